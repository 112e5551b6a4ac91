import type { JsonObject } from '../../../src/apimachinery/json';
import { sharedPart } from '../../../src/apimachinery/shared-part';
import { compare } from '../../../src/merge/managed-fields/compare';
import { typeOf } from '../../../src/merge/managed-fields/value-type';
import { kindSchema } from '../../../src/schema/catalog';

const type = typeOf(kindSchema('', 'v1', 'Pod')!);
const conditions = (...types: string[]): JsonObject[] => types.map((type) => ({ type, status: 'True' }));
const podWith = (list: JsonObject[]): JsonObject => ({ status: { conditions: list } });

test('what differs from a list that many objects have goes by both lists', () => {
  const plain = { before: conditions('A'), other: conditions('A', 'C'), after: conditions('A', 'B') };
  const [before, other, after] = [plain.before, plain.other, plain.after].map((list) =>
    sharedPart(conditions(...list.map(({ type }) => String(type)))),
  ) as [JsonObject[], JsonObject[], JsonObject[]];
  for (const [old, same] of [
    [before, plain.before],
    [other, plain.other],
    [before, plain.before],
    [plain.other, plain.other],
  ] as const) {
    const difference = compare(podWith(old), podWith(after), type);
    expect(difference).toEqual(compare(podWith(same), podWith(plain.after), type));
    expect(Object.keys(difference.removed)).toEqual(old.length > 1 ? ['f:status'] : []);
  }
  expect(compare(podWith(before), podWith(after), type).changed).toBe(
    compare(podWith(before), podWith(after), type).changed,
  );
});
