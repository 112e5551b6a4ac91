/** The rules of custom kinds: what they say, when they are asked, and what they may cost. */
import type { Json } from '../../src/apimachinery/json';
import type { ApiError } from '../../src/apimachinery/status';
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

const ruled = (schema: TestSchema, rule: string, more: object = {}): TestSchema => ({
  ...schema,
  'x-kubernetes-validations': [{ rule, ...more }],
});
const short = { ...text, maxLength: 20 };
const shortTexts = list(short, { maxItems: 5 });
const duration = { ...short, format: 'duration' };
const time = { ...short, format: 'date-time' };
const bytes = { ...short, format: 'byte' };
const range = object({ min: integer, max: integer });
const port = { 'x-kubernetes-int-or-string': true };

/** The property's name, its schema, a value, and what is said of it; nothing: it is taken. */
const RULES: [string, TestSchema, unknown, string][] = [
  ['plain', ruled(text, 'self != "a"'), 'b', ''],
  ['plain', ruled(text, 'self != "a"'), 'a', 'spec.plain: Invalid value: "a": failed rule: self != "a"'],
  ['said', ruled(text, 'self != "a"', { message: 'no a' }), 'a', 'spec.said: Invalid value: "a": no a'],
  [
    'shown',
    ruled(text, 'self != "a"', { messageExpression: '"not " + self' }),
    'a',
    'spec.shown: Invalid value: "a": not a',
  ],
  [
    'silent',
    ruled(short, 'self != "a"', { message: 'no a', messageExpression: '"" + self.replace("a", "")' }),
    'a',
    'spec.silent: Invalid value: "a": no a',
  ],
  [
    'forbidden',
    ruled(text, 'false', { message: 'm', reason: 'FieldValueForbidden' }),
    'a',
    'spec.forbidden: Forbidden: m',
  ],
  [
    'required',
    ruled(text, 'false', { message: 'm', reason: 'FieldValueRequired' }),
    'a',
    'spec.required: Required value: m',
  ],
  [
    'duplicate',
    ruled(text, 'false', { message: 'm', reason: 'FieldValueDuplicate' }),
    'a',
    'spec.duplicate: Duplicate value: "a"',
  ],
  ['range', ruled(range, 'self.min <= self.max'), { min: 1, max: 2 }, ''],
  [
    'range',
    ruled(range, 'self.min <= self.max'),
    { min: 3, max: 2 },
    'spec.range: Invalid value: failed rule: self.min <= self.max',
  ],
  [
    'range',
    ruled(range, 'self.min <= self.max'),
    { max: 2 },
    'spec.range: Invalid value: "object": no such key: min evaluating rule: self.min <= self.max',
  ],
  [
    'field',
    ruled(range, 'self.min <= self.max', { fieldPath: '.max', message: 'm' }),
    { min: 3, max: 2 },
    'spec.field.max: Invalid value: m',
  ],
  [
    'within',
    list(ruled(short, 'self.startsWith("a")', { message: 'm' }), { maxItems: 5 }),
    ['a', 'b'],
    'spec.within[1]: Invalid value: "b": m',
  ],
  [
    'values',
    { type: 'object', additionalProperties: ruled(integer, 'self > 0', { message: 'm' }), maxProperties: 5 },
    { a: 1, 'b.c': 0 },
    'spec.values[b.c]: Invalid value: 0: m',
  ],
  ['all', ruled(shortTexts, 'self.all(x, x.size() < 3)', { message: 'm' }), ['a', 'bcd'], 'spec.all: Invalid value: m'],
  [
    'division',
    ruled(integer, '10 / self > 1'),
    0,
    'spec.division: Invalid value: "integer": division by zero evaluating rule: 10 / self > 1',
  ],
  ['port', ruled(port, 'type(self) == string || self > 10', { message: 'm' }), 5, 'spec.port: Invalid value: 5: m'],
  ['port', ruled(port, 'type(self) == string || self > 10', { message: 'm' }), 'http', ''],
  ['duration', ruled(duration, 'self > duration("1m")', { message: 'm' }), '90s', ''],
  [
    'duration',
    ruled(duration, 'self > duration("1m")', { message: 'm' }),
    '30s',
    'spec.duration: Invalid value: "30s": m',
  ],
  [
    'time',
    ruled(time, 'self.getFullYear() == 2024', { message: 'm' }),
    '2025-01-01T00:00:00Z',
    'spec.time: Invalid value: "2025-01-01T00:00:00Z": m',
  ],
  ['bytes', ruled(bytes, 'size(self) == 3', { message: 'm' }), 'YWJj', ''],
  ['bytes', ruled(bytes, 'self == b"abc"', { message: 'm' }), 'YWI=', 'spec.bytes: Invalid value: "YWI=": m'],
  [
    'escaped',
    ruled(object({ 'a-b': integer, namespace: integer }), 'self.a__dash__b < self.__namespace__', { message: 'm' }),
    { 'a-b': 2, namespace: 1 },
    'spec.escaped: Invalid value: m',
  ],
  ['optional', ruled(range, 'self.?min.orValue(0) < self.?max.orValue(10)', { message: 'm' }), {}, ''],
  [
    'unset',
    ruled(range, '!has(self.min) || has(self.max)', { message: 'm' }),
    { min: 1 },
    'spec.unset: Invalid value: m',
  ],
  [
    'quantity',
    ruled(short, 'isQuantity(self) && quantity(self).isGreaterThan(quantity("1Gi"))', { message: 'm' }),
    '2Gi',
    '',
  ],
  [
    'quantity',
    ruled(short, 'isQuantity(self) && quantity(self).isGreaterThan(quantity("1Gi"))', { message: 'm' }),
    '1G',
    'spec.quantity: Invalid value: "1G": m',
  ],
  ['address', ruled(short, 'ip(self).family() == 4', { message: 'm' }), '::1', 'spec.address: Invalid value: "::1": m'],
  [
    'address',
    ruled(short, 'ip(self).family() == 4', { message: 'm' }),
    'x',
    'spec.address: Invalid value: "string": IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP evaluating rule: m',
  ],
];

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
});

describe('values', () => {
  beforeAll(() => {
    // Every property once: the first rule that is given for it.
    const properties = Object.fromEntries([...RULES].reverse().map(([name, schema]) => [name, schema]));
    return cluster.client.create(DEFINITIONS, '', widgets(properties));
  });
  afterAll(() => cluster.client.delete(DEFINITIONS, '', 'widgets.example.com'));
  test.each(RULES)('%s %j: %j', async (name, _, value, complaint) => {
    const create = cluster.client.create(WIDGETS, 'default', widget('w', { [name]: value }), { dryRun: 'All' });
    if (complaint === '') await create;
    else expect((await failure(create)).message).toBe(`Widget.example.com "w" is invalid: ${complaint}`);
  });
});

describe('changes', () => {
  const set = async (spec: unknown) => {
    const patch = cluster.client.patch(WIDGETS, 'default', 'w', 'merge', { spec } as Json);
    try {
      await patch;
      return '';
    } catch (error) {
      return (error as ApiError).message.replace('Widget.example.com "w" is invalid: ', '');
    }
  };
  const start = async (properties: Record<string, TestSchema>, spec: unknown) => {
    await cluster.client.create(DEFINITIONS, '', widgets(properties));
    await cluster.client.create(WIDGETS, 'default', widget('w', spec));
  };
  const redefine = async (properties: Record<string, TestSchema>) => {
    const { spec } = widgets(properties) as unknown as { spec: Json };
    await cluster.client.patch(DEFINITIONS, '', 'widgets.example.com', 'merge', { spec } as Json);
  };
  afterEach(() => cluster.client.delete(DEFINITIONS, '', 'widgets.example.com'));

  test('a rule about what was there is asked when there was something', async () => {
    await start({ size: ruled(integer, 'self >= oldSelf', { message: 'it never shrinks' }), other: integer }, {});
    expect(await set({ size: 3 })).toBe('');
    expect(await set({ size: 2 })).toBe('spec.size: Invalid value: 2: it never shrinks');
    expect(await set({ size: 4 })).toBe('');
    expect(await set({ size: null })).toBe('');
    expect(await set({ size: 1 })).toBe('');
  });
  test('with optionalOldSelf it is asked always', async () => {
    const rule = 'oldSelf.hasValue() ? self == oldSelf.value() : self > 0';
    const size = ruled(integer, rule, { message: 'no', optionalOldSelf: true });
    await start({ size }, {});
    expect(await set({ size: 0 })).toBe('spec.size: Invalid value: 0: no');
    expect(await set({ size: 2 })).toBe('');
    expect(await set({ size: 3 })).toBe('spec.size: Invalid value: 3: no');
  });
  test('items of a list are compared by their keys', async () => {
    const items = object(
      { name: short, size: ruled(integer, 'self >= oldSelf', { message: 'no' }) },
      { required: ['name'] },
    );
    const keyed = { maxItems: 5, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
    await start({ parts: list(items, keyed) }, { parts: [{ name: 'a', size: 5 }] });
    expect(
      await set({
        parts: [
          { name: 'b', size: 1 },
          { name: 'a', size: 5 },
        ],
      }),
    ).toBe('');
    expect(await set({ parts: [{ name: 'a', size: 4 }] })).toBe('spec.parts[0].size: Invalid value: 4: no');
  });
  test('what was wrong already and is left alone may stay', async () => {
    await start({ a: integer, b: text, c: object({ d: text }) }, { a: 0, b: 'x', c: { d: 'x' } });
    await redefine({
      a: { ...integer, minimum: 1 },
      b: ruled(text, 'self == "y"', { message: 'not y' }),
      c: object({ d: { ...text, enum: ['y'] } }),
      other: text,
    });
    expect(await set({ other: 'x' })).toBe('');
    expect(await set({ a: -1 })).toBe('spec.a: Invalid value: -1: spec.a in body should be greater than or equal to 1');
    expect(await set({ b: 'z' })).toBe('spec.b: Invalid value: "z": not y');
    expect(await set({ c: { d: 'z' } })).toContain('[spec.c.d: Unsupported value: "z": supported values: "y", ');
    expect(await set({ a: 1, b: 'y', c: { d: 'y' } })).toBe('');
  });
  test('what is evaluated has a budget', async () => {
    const thrice = 'self.all(a, self.all(b, self.all(c, a != b || b != c || c == "ab")))';
    const words = (length: number) => Array.from({ length }, () => 'ab');
    const costly = ruled(list({ ...text, maxLength: 2 }, { maxItems: 80 }), thrice, { message: 'no' });
    await start({ words: costly }, {});
    expect(await set({ words: words(8) })).toBe('');
    expect(await set({ words: words(80) })).toBe(
      'spec.words: Invalid value: "array": \'operation cancelled: actual cost limit exceeded\': no further validation rules will be run due to call cost exceeds limit for rule: no',
    );
  });
});

describe('what a rule may cost', () => {
  const AT =
    'spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-validations[0].rule: Forbidden:';
  const HELP =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  test.each([
    [
      'a list in itself',
      ruled(list(short), 'self.all(a, self.all(b, a == b))'),
      `[${AT} estimated rule cost exceeds budget by factor of more than 100x ${HELP}, ${AT} contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema, spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${HELP}]`,
    ],
    [
      'a list thrice in itself',
      ruled(list(short, { maxItems: 130 }), 'self.all(a, self.all(b, self.all(c, a == b)))'),
      `${AT} estimated rule cost exceeds budget by factor of 2.9x ${HELP}`,
    ],
  ])('%s', async (_, schema, complaint) => {
    const { message } = await failure(cluster.client.create(DEFINITIONS, '', widgets({ x: schema })));
    expect(message).toBe(
      `CustomResourceDefinition.apiextensions.k8s.io "widgets.example.com" is invalid: ${complaint}`,
    );
  });
});
