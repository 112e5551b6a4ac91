import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json, type JsonObject } from '../../src/apimachinery/json';
import { stringifyGo } from '../../src/apimachinery/json-text';
import { ManifestError, manifests, parseManifests, parseYaml } from '../../src/yaml/read';

interface Case {
  name: string;
  input: string;
  /** What `kubectl label --local -f - -o json zz=zz` printed. */
  output?: string;
  /** What it said after `error: error parsing FILE: `. */
  error?: string;
}

const cases: Case[] = JSON.parse(readFileSync(join(__dirname, 'testdata/documents.json'), 'utf8'));

function labelled(value: unknown): string {
  const object = value as JsonObject;
  if (!isObject(object.metadata)) object.metadata = {};
  if (!isObject(object.metadata.labels)) object.metadata.labels = {};
  object.metadata.labels.zz = 'zz';
  return `${stringifyGo(object, { indent: '    ' })}\n`;
}

describe('documents that kubectl 1.36 has read', () => {
  test.each(cases.filter((c) => c.output !== undefined))('$name', ({ input, output }) => {
    const read = parseManifests(input, { duplicateKeys: 'last' });
    expect(read.map(labelled).join('')).toBe(output);
  });

  test.each(cases.filter((c) => c.error !== undefined))('refused: $name', ({ input, error }) => {
    expect(() => parseManifests(input, { duplicateKeys: 'last' })).toThrow(new ManifestError(error as string));
  });
});

test('a key that stands twice is an error in the words of the strict decoder', () => {
  expect(() => parseManifests('a: 1\nb:\n  c: 1\n  c: 2\na: 3\n1: x\n1: y\n')).toThrow(
    new ManifestError(
      'error converting YAML to JSON: yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map\n  line 7: key 1 already set in map',
    ),
  );
});

test('a merged key may be set again', () => {
  expect(parseYaml('a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n')).toEqual({ a: { x: 1 }, b: { x: 2 } });
});

test('a line of a quoted scalar may begin further left than its block', () => {
  const text = `a:
    rule: 'self.all(p, p.x
  == '''' ||

p.y)'
    list:
    - "one \\
two
\tthree"
    - b: 'x''
 y'
    c: d: e
`;
  const rest = { list: ['one two three', { b: "x' y" }] };
  expect(parseYaml(text.replace('d: e', 'd'))).toEqual({
    a: { rule: "self.all(p, p.x == '' ||\np.y)", ...rest, c: 'd' },
  });
  expect(() => parseYaml(text)).toThrow('yaml: line 12: mapping values are not allowed in this context');
  expect(() => parseYaml(text.replace('d: e', 'f\n    c: f'))).toThrow('line 13: key "c" already set in map');
});

test('a carriage return alone ends a line', () => {
  expect(parseManifests('a: 1\rb: |\r  c\r  d\r\n---\ne: 2\r')).toEqual([{ a: 1, b: 'c\nd\n' }, { e: 2 }]);
});

// As kubectl 1.36 reads them.
test.each([
  ['between keys', 'a: 1\u0085b: 2\n', { a: 1, b: 2 }],
  ['after a comment', 'a: one # c\u0085b: two\n', { a: 'one', b: 'two' }],
  ['in a literal', 'a: |\n  one\u0085  two\n', { a: 'one\ntwo\n' }],
  ['in what is folded', 'a: >\n  one\u0085  two\n', { a: 'one two\n' }],
  ['between quotes', 'a: "one\u0085   two"\nb: \'x\u0085  \'\n', { a: 'one two', b: 'x ' }],
])('a next line (NEL) ends a line: %s', (_, text, expected) => {
  expect(parseManifests(text)).toEqual([expected]);
});

test('documents before a bad one are handed out first', () => {
  const stream = manifests('a: 1\n---\nb: c: d\n');
  expect(stream.next().value).toEqual({ a: 1 });
  expect(() => stream.next()).toThrow('mapping values are not allowed in this context');
});

test('the key __proto__ is a key like any other', () => {
  const [object] = parseManifests('__proto__: {polluted: true}\nx: 1\n');
  expect(Object.keys(object as object)).toEqual(['__proto__', 'x']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('three hundred levels are read, a hundred thousand are refused', () => {
  let value = parseYaml(`${'['.repeat(300)}${']'.repeat(300)}`);
  for (let depth = 1; depth < 300; depth++) value = (value as Json[])[0] as Json;
  expect(value).toEqual([]);
  expect(() => parseYaml(`${'['.repeat(100_000)}`)).toThrow('exceeded max depth of 10000');
});

test('a single quote may be escaped between double quotes, as go-yaml has it', () => {
  expect(parseYaml(String.raw`{a: "it\'s \\'x' \"y\"", b: 'c\'}`)).toEqual({ a: `it's \\'x' "y"`, b: 'c\\' });
  expect(parseYaml(String.raw`["\'": 1, x: "\'"]`)).toEqual([{ "'": 1 }, { x: "'" }]);
});
