import type { JsonObject } from '../../src/apimachinery/json';
import { validateBySchema } from '../../src/apiserver/validate-by-schema';
import { kindSchema } from '../../src/schema/catalog';
import { decodeValue } from '../../src/schema/decode';
import type { Schema } from '../../src/schema/schema';

const complaints = (group: string, version: string, kind: string, object: JsonObject) => {
  const schema = kindSchema(group, version, kind) as Schema;
  return validateBySchema(decodeValue(object, schema).object, schema).map(({ field, body }) => `${field}: ${body}`);
};

test.each<[string, string, string, JsonObject, string[]]>([
  [
    'rbac.authorization.k8s.io',
    'v1',
    'RoleBinding',
    {},
    ['roleRef.kind: Required value', 'roleRef.name: Required value'],
  ],
  ['rbac.authorization.k8s.io', 'v1', 'Role', { rules: [{ resources: ['pods'] }] }, ['rules[0].verbs: Required value']],
  ['scheduling.k8s.io', 'v1', 'PriorityClass', { value: 0 }, []],
  ['storage.k8s.io', 'v1', 'StorageClass', {}, ['provisioner: Required value']],
  ['storage.k8s.io', 'v1', 'StorageClass', { provisioner: 'x', parameters: { a: '' } }, []],
])('%s/%s %s %j', (group, version, kind, object, expected) =>
  expect(complaints(group, version, kind, object)).toEqual(expect.arrayContaining(expected)),
);

test('words that a field may have', () => {
  const schema: Schema = {
    type: 'object',
    fieldNames: ['modes', 'byName'],
    field: (name) =>
      name === 'modes'
        ? { type: 'array', items: { type: 'string', enum: ['A', 'B'] } }
        : {
            type: 'map',
            items: { type: 'object', fieldNames: ['x'], required: ['x'], field: () => ({ type: 'string' }) },
          },
  };
  expect(validateBySchema({ modes: ['A', 'C'], byName: { k: {} } }, schema)).toMatchObject([
    { field: 'modes[1]', body: 'Unsupported value: "C": supported values: "A", "B"' },
    { field: 'byName[k].x', body: 'Required value' },
  ]);
});
