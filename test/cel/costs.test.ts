/** What rules cost: at most, as their schema says, and in fact (the figures are those of the real server's own tests). */
import type { Json } from '../../src/apimachinery/json';
import { compile, environmentOf } from '../../src/cel/program';
import { pathSizes, schemaType, structsOf } from '../../src/cel/schema-types';
import { schemaValue } from '../../src/cel/schema-values';
import { formatValue } from '../../src/cel/values';
import type { JsonSchema } from '../../src/schema/json-schema';

function ruleOf(schema: JsonSchema, rule: string) {
  const type = schemaType(schema, false);
  if (!type) throw new Error('a schema without a type');
  const variables = { self: type.type, oldSelf: type.type };
  const { program, issues } = compile(rule, environmentOf({ variables, structs: structsOf(type) }));
  if (issues !== undefined) throw new Error(issues);
  return { program, type };
}

type Limit = number | undefined;
const text = (maxLength: Limit): JsonSchema => ({ type: 'string', ...(maxLength === undefined ? {} : { maxLength }) });
const texts = (limit: Limit): JsonSchema => list(text(limit), limit);
const list = (items: JsonSchema, maxItems: Limit): JsonSchema => ({
  type: 'array',
  items,
  ...(maxItems === undefined ? {} : { maxItems }),
});
const map =
  (items: JsonSchema) =>
  (maxProperties: Limit): JsonSchema => ({
    type: 'object',
    additionalProperties: items,
    ...(maxProperties === undefined ? {} : { maxProperties }),
  });
const intOrString = (maxLength: Limit): JsonSchema => ({
  'x-kubernetes-int-or-string': true,
  ...(maxLength === undefined ? {} : { maxLength }),
});
const fields = (properties: Record<string, JsonSchema>): JsonSchema => ({ type: 'object', properties });

/** A rule, its schema without and with a limit, and the most that it can cost in either. */
test.each<[string, (limit: Limit) => JsonSchema, number, number, number]>([
  ["self.find('[0-9]+') == ''", text, 629147, 10, 11],
  ["self.join(' ') == 'aa bb'", texts, 329853068905, 10, 43],
  ['self.isSorted() == true', texts, 329854432052, 10, 52],
  [
    "self.str.replace(self.before, self.after) == 'does not matter'",
    (limit) => fields({ str: text(limit), before: text(2), after: text(4) }),
    629154,
    4,
    12,
  ],
  [
    'self.str.split(self.separator) == []',
    (limit) => fields({ str: text(limit), separator: text(limit) }),
    629160,
    10,
    22,
  ],
  ["self.lowerAscii() == 'lower!'", text, 314575, 10, 6],
  ['isQuantity(self)', intOrString, 314574, 20, 9],
  ['oldSelf.size() == self.size()', map({ type: 'integer' }), 5, 10, 5],
  ['self["a"] == self["b"]', map({ type: 'string', format: 'date-time' }), 8, 7, 8],
  ['self["c"] == self["d"]', map({ type: 'string', format: 'duration' }), 8, 42, 8],
])('%s costs at most', (rule, schema, unlimited, limit, limited) => {
  const most = (one: JsonSchema) => {
    const { program, type } = ruleOf(one, rule);
    return Number(program.estimate(pathSizes(type)).max);
  };
  expect([most(schema(undefined)), most(schema(limit))]).toEqual([unlimited, limited]);
});

const integer: JsonSchema = { type: 'integer' };
/** A rule, its schema, a value, and what it costs to ask. */
test.each<[string, JsonSchema, Json, number]>([
  ['true', integer, 1, 0],
  ['self == oldSelf', integer, 1, 3],
  ['self + self == 2', integer, 1, 4],
  ["self.startsWith('a')", text(undefined), 'abc', 2],
  ["self.contains('c')", text(undefined), `${'a'.repeat(100)}c`, 12],
  ["self.matches('^a+$')", text(undefined), 'a'.repeat(100), 12],
  ["self + 'b' == 'aab'", text(undefined), 'aa', 3],
  ['self.size() == 3', list(integer, undefined), [1, 2, 3], 3],
  ['self[0] == 1', list(integer, undefined), [1, 2], 3],
  ['1 in self', list(integer, undefined), [3, 2, 1], 4],
  ['self.all(x, x > 0)', list(integer, undefined), [1, 2, 3], 17],
  ['self.exists(x, x == 1)', list(integer, undefined), [1, 2, 3], 11],
  ['self.map(x, x + 1).size() == 2', list(integer, undefined), [1, 2], 32],
  ['self.isSorted()', list(integer, undefined), [1, 2, 3], 4],
  ['has(self.a) && self.a > 0', fields({ a: integer }), { a: 1 }, 4],
  ['self.a.b == 1', fields({ a: fields({ b: integer }) }), { a: { b: 1 } }, 4],
  ["quantity(self) == quantity('1Gi')", text(undefined), '1024Mi', 4],
])('%s of %j %j costs', (rule, schema, json, cost) => {
  const { program } = ruleOf(schema, rule);
  const self = schemaValue(json, schema);
  const result = program.evaluate((name) => (name === 'self' || name === 'oldSelf' ? self : undefined));
  expect([formatValue(result.value), result.cost]).toEqual(['true', cost]);
});

test('what costs more than it may is broken off', () => {
  const { program } = ruleOf(list(integer, undefined), 'self.all(x, self.all(y, x + y > 0))');
  const self = schemaValue(
    Array.from({ length: 100 }, (_, i) => i + 1),
    list(integer, undefined),
  );
  const { value, cost } = program.evaluate(() => self, 1000);
  expect([formatValue(value), cost > 1000 && cost < 1020]).toEqual([
    'operation cancelled: actual cost limit exceeded',
    true,
  ]);
});
