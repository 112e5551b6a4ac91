import { deepFreeze, type JsonObject } from '../../src/apimachinery/json';
import { parseJson } from '../../src/apimachinery/json-text';
import { entryText } from '../../src/store/entry-text';

const manager = (port: number | bigint): JsonObject => deepFreeze({ manager: 'm', fieldsV1: { 'f:ports': [port] } });
const written = (...managedFields: JsonObject[]) =>
  entryText({ key: '/a', revision: 1, value: { metadata: { name: 'a', managedFields } } });

test('managers that many objects have are written in each as they are, with the integers that a double can not hold', () => {
  const [plain, long] = [manager(80), manager(2n ** 62n)];
  for (const _ of ['once', 'again']) {
    expect(written(plain)).toMatchObject({ longIntegers: false, managed: JSON.stringify([plain]) });
    const { longIntegers, managed } = written(plain, long);
    expect(longIntegers).toBe(true);
    expect(parseJson(managed as string)).toEqual([plain, long]);
  }
  for (let port = 1000; port < 1200; port++) expect(written(manager(port)).managed).toContain(`[${port}]`);
});
