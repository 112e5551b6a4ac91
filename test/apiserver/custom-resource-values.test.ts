/** What the schema of a custom kind says about its objects, in the words of the real server. */
import { memoryCluster, type TestCluster } from '../commands/harness';
import {
  DEFINITIONS,
  integer,
  list,
  object,
  type TestSchema,
  text,
  WIDGETS,
  widget,
  widgets,
} from './custom-resources-for-tests';
import { failure } from './server-for-tests';

const anyText = { type: 'object', additionalProperties: text };
const embedded = {
  type: 'object',
  'x-kubernetes-embedded-resource': true,
  'x-kubernetes-preserve-unknown-fields': true,
};
const intOrString = { 'x-kubernetes-int-or-string': true };
const ab = [{ pattern: '^a' }, { pattern: 'b$' }];

/** The property's name, its schema, a value, and what is said of it; nothing: it is taken. */
const VALUES: [string, TestSchema, unknown, string][] = [
  ['whole', integer, 3, ''],
  ['whole', integer, 'a', 'spec.whole: Invalid value: "string": spec.whole in body must be of type integer: "string"'],
  [
    'whole',
    integer,
    1.5,
    '[spec.whole: Invalid value: "number": spec.whole in body must be of type integer: "number", <nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.whole]',
  ],
  ['text', text, 1, 'spec.text: Invalid value: "integer": spec.text in body must be of type string: "integer"'],
  [
    'flag',
    { type: 'boolean' },
    'x',
    'spec.flag: Invalid value: "string": spec.flag in body must be of type boolean: "string"',
  ],
  [
    'texts',
    list(text),
    [1],
    'spec.texts[0]: Invalid value: "integer": spec.texts[0] in body must be of type string: "integer"',
  ],
  ['texts', list(text), {}, 'spec.texts: Invalid value: "object": spec.texts in body must be of type array: "object"'],
  ['thing', object({}), [], 'spec.thing: Invalid value: "array": spec.thing in body must be of type object: "array"'],
  [
    'map',
    anyText,
    { a: 1 },
    'spec.map.a: Invalid value: "integer": spec.map.a in body must be of type string: "integer"',
  ],
  ['nothing', integer, null, ''],
  ['nullable', { ...integer, nullable: true }, null, ''],
  [
    'min',
    { ...integer, minimum: 1 },
    0,
    'spec.min: Invalid value: 0: spec.min in body should be greater than or equal to 1',
  ],
  [
    'above',
    { ...integer, minimum: 1, exclusiveMinimum: true },
    1,
    'spec.above: Invalid value: 1: spec.above in body should be greater than 1',
  ],
  [
    'max',
    { ...integer, maximum: 1 },
    2,
    'spec.max: Invalid value: 2: spec.max in body should be less than or equal to 1',
  ],
  [
    'below',
    { ...integer, maximum: 1, exclusiveMaximum: true },
    1,
    'spec.below: Invalid value: 1: spec.below in body should be less than 1',
  ],
  ['by3', { ...integer, multipleOf: 3 }, 4, 'spec.by3: Invalid value: 4: spec.by3 in body should be a multiple of 3'],
  [
    'tenth',
    { type: 'number', multipleOf: 0.1 },
    0.25,
    'spec.tenth: Invalid value: 0.25: spec.tenth in body should be a multiple of 0.1',
  ],
  [
    'long',
    { ...text, minLength: 2 },
    'a',
    'spec.long: Invalid value: "a": spec.long in body should be at least 2 chars long',
  ],
  ['short', { ...text, maxLength: 2 }, 'abc', 'spec.short: Too long: may not be more than 2 bytes'],
  ['like', { ...text, pattern: '^a+$' }, 'b', 'spec.like: Invalid value: "b": spec.like in body should match \'^a+$\''],
  ['one', { ...text, enum: ['a', 'b'] }, 'c', 'spec.one: Unsupported value: "c": supported values: "a", "b"'],
  [
    'some',
    list(text, { minItems: 1 }),
    [],
    'spec.some: Invalid value: 0: spec.some in body should have at least 1 items',
  ],
  ['few', list(text, { maxItems: 1 }), ['a', 'b'], 'spec.few: Too many: 2: must have at most 1 items'],
  [
    'keys',
    { ...anyText, minProperties: 1 },
    {},
    'spec.keys: Invalid value: 0: spec.keys in body should have at least 1 properties',
  ],
  ['keys2', { ...anyText, maxProperties: 1 }, { a: '', b: '' }, 'spec.keys2: Too many: 2: must have at most 1 items'],
  ['set', list(text, { 'x-kubernetes-list-type': 'set' }), ['a', 'a', 'a'], 'spec.set[1]: Duplicate value: "a"'],
  [
    'byName',
    list(object({ n: text }, { required: ['n'] }), {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['n'],
    }),
    [{ n: 'a' }, { n: 'b' }, { n: 'a' }],
    'spec.byName[2]: Duplicate value: {"n":"a"}',
  ],
  ['needs', object({ a: text }, { required: ['a'] }), {}, 'spec.needs.a: Required value'],
  [
    'time',
    { ...text, format: 'date-time' },
    'x',
    'spec.time: Invalid value: "x": spec.time in body must be of type date-time: "x"',
  ],
  ['ip', { ...text, format: 'ipv4' }, 'x', 'spec.ip: Invalid value: "x": spec.ip in body must be of type ipv4: "x"'],
  ['odd', { ...text, format: 'no-such-format' }, 'x', ''],
  [
    'int32',
    { ...integer, format: 'int32' },
    2 ** 40,
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.int32',
  ],
  ['int64', { ...integer, format: 'int64' }, 2 ** 40, ''],
  ['port', intOrString, '1', ''],
  ['port', intOrString, 1, ''],
  [
    'port',
    intOrString,
    1.5,
    'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"',
  ],
  [
    'oneOf',
    { ...text, oneOf: ab },
    'ab',
    '<nil>: Invalid value: "": "spec.oneOf" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ],
  [
    'oneOf',
    { ...text, oneOf: ab },
    'c',
    '[<nil>: Invalid value: "": "spec.oneOf" must validate one and only one schema (oneOf). Found none valid, spec.oneOf: Invalid value: "c": spec.oneOf in body should match \'^a\']',
  ],
  [
    'anyOf',
    { ...text, anyOf: ab },
    'c',
    '[<nil>: Invalid value: "": "spec.anyOf" must validate at least one schema (anyOf), spec.anyOf: Invalid value: "c": spec.anyOf in body should match \'^a\']',
  ],
  [
    'allOf',
    { ...text, allOf: ab },
    'c',
    '[spec.allOf: Invalid value: "c": spec.allOf in body should match \'^a\', spec.allOf: Invalid value: "c": spec.allOf in body should match \'b$\', <nil>: Invalid value: "": "spec.allOf" must validate all the schemas (allOf). None validated]',
  ],
  [
    'not',
    { ...text, not: { pattern: '^a' } },
    'a',
    '<nil>: Invalid value: "": "spec.not" must not validate the schema (not)',
  ],
  ['whole2', embedded, { apiVersion: 'v1' }, 'spec.whole2.kind: Required value'],
];

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
  const properties = Object.fromEntries(VALUES.map(([name, schema]) => [name, schema]));
  await cluster.client.create(DEFINITIONS, '', widgets(properties));
});

test.each(VALUES)('%s %j: %j', async (name, _, value, complaint) => {
  const create = cluster.client.create(WIDGETS, 'default', widget('w', { [name]: value }), { dryRun: 'All' });
  if (complaint === '') await create;
  else expect((await failure(create)).message).toBe(`Widget.example.com "w" is invalid: ${complaint}`);
});

test('what the schema does not name is dropped, warned of or refused', async () => {
  const create = (fieldValidation?: string) =>
    cluster.client.create(WIDGETS, 'default', widget('w', { whole: 1, nosuch: { a: 1 } }), {
      dryRun: 'All',
      fieldValidation,
    });
  expect((await create('Ignore'))['spec']).toEqual({ whole: 1 });
  expect((await failure(create('Strict'))).message).toBe(
    'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.nosuch"',
  );
});
