/** What is wrong with an expression: the words, and the place. */
import { compile, environmentOf } from '../../src/cel/program';
import { BOOL, DYN, INT, listOf, mapOf, STRING, type Type } from '../../src/cel/types';

const variables: Record<string, Type> = {
  n: INT,
  s: STRING,
  b: BOOL,
  d: DYN,
  l: listOf(STRING),
  m: mapOf(STRING, INT),
};
const environment = environmentOf({ variables });
/** The lines about a text: each with where it is, which follows from its column. */
const issues = (text: string) => compile(text, environment).issues;

describe('of grammar', () => {
  test.each([
    [
      '',
      "1:1: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
    [
      '1 +',
      "1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
    ['1 2', "1:3: Syntax error: extraneous input '2' expecting <EOF>"],
    ['s.', "1:3: Syntax error: no viable alternative at input '.'"],
    ['(1', "1:3: Syntax error: missing ')' at '<EOF>'"],
    ["'a", "1:1: Syntax error: token recognition error at: ''a'"],
    [
      'in',
      "1:1: Syntax error: mismatched input 'in' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
    ['while', '1:1: reserved identifier: while'],
    ['99999999999999999999', '1:1: invalid int literal'],
    ['l.all(1, true)', '1:7: argument must be a simple name'],
    ['has(m)', '1:5: invalid argument to has() macro'],
    ["'\\q'", "1:1: Syntax error: token recognition error at: ''\\q'"],
  ])('%s', (text, expected) => {
    const [first = ''] = (issues(text) ?? 'none').split('\n');
    expect(first).toBe(`ERROR: <input>:${expected}`);
  });
  test('all of them, each at its place', () => {
    expect(issues('while +\n  for')).toBe(
      'ERROR: <input>:1:1: reserved identifier: while\n | while +\n | ^\nERROR: <input>:2:3: reserved identifier: for\n |   for\n | ..^',
    );
  });
  test('wide letters count as they are shown', () => {
    expect(issues("'あ' + 1")).toBe(
      "ERROR: <input>:1:5: found no matching overload for '_+_' applied to '(string, int)'\n | 'あ' + 1\n | .．..^",
    );
  });
});

describe('of types', () => {
  test.each([
    ['x', "1:1: undeclared reference to 'x' (in container '')"],
    ['s.size', "1:2: type 'string' does not support field selection"],
    ['nosuch(1)', "1:7: undeclared reference to 'nosuch' (in container '')"],
    ['s.nosuch()', "1:9: undeclared reference to 'nosuch' (in container '')"],
    ['n + s', "1:3: found no matching overload for '_+_' applied to '(int, string)'"],
    ['s.startsWith(n)', "1:13: found no matching overload for 'startsWith' applied to 'string.(int)'"],
    ['b && n', "1:6: expected type 'bool' but found 'int'"],
    ['b ? n : s', "1:3: found no matching overload for '_?_:_' applied to '(bool, int, string)'"],
    ['l[s]', "1:2: found no matching overload for '_[_]' applied to '(list(string), string)'"],
    ['m.a == s', "1:5: found no matching overload for '_==_' applied to '(int, string)'"],
    [
      'n.all(x, true)',
      "1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ['l.map(x, x + 1)', "1:12: found no matching overload for '_+_' applied to '(string, int)'"],
    ["[1, 'a']", "1:5: expected type 'int' but found 'string'"],
    ["{'a': 1, 'b': 2u}", "1:15: expected type 'int' but found 'uint'"],
    ["s.matches('(')", '1:11: invalid matches argument'],
    ["duration('x')", '1:10: invalid duration argument'],
    ["timestamp('x')", '1:11: invalid timestamp argument'],
    [
      "'%d'.format(['a'])",
      '1:14: error during formatting: decimal clause can only be used on integers, was given string',
    ],
    ["'%d %d'.format([1])", '1:15: index 1 out of range'],
  ])('%s', (text, expected) => {
    const [first = ''] = (issues(text) ?? 'none').split('\n');
    expect(first).toBe(`ERROR: <input>:${expected}`);
  });
  test.each([
    ['d.a.b + 1', 'int'],
    ['d + d', 'dyn'],
    ['l.map(x, size(x))', 'list(int)'],
    ['m.?a', 'optional_type(int)'],
    ['[]', 'list(dyn)'],
    ['{s: [n]}', 'map(string, list(int))'],
    ['type(n)', 'type(int)'],
    ['b ? dyn(n) : s', 'dyn'],
    ["quantity('1')", 'kubernetes.Quantity'],
  ])('%s is %s', async (text, type) => {
    const { formatType } = await import('../../src/cel/types');
    const { program } = compile(text, environment) as { program: { type: Type } };
    expect(formatType(program.type)).toBe(type);
  });
});
