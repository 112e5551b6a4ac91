/** U+2028 and U+2029 end lines and stay what they are; lines of flow collections may begin anywhere: as kubectl 1.36 reads it. */
import { parseManifests } from '../../src/yaml/read';
import cases from './testdata/separators.json';

const table = (cases as { input: string; documents?: unknown[]; error?: string }[]).flatMap((one) =>
  [
    one,
    // The one is as good as the other.
    JSON.parse(JSON.stringify(one).replaceAll('\u2028', '\u2029')) as typeof one,
  ].map((each) => ({ ...each, shown: JSON.stringify(each.input) })),
);

test.each(table)('$shown', ({ input, documents, error }) => {
  if (error !== undefined) expect(() => parseManifests(input)).toThrow(error);
  else expect(parseManifests(input)).toEqual(documents);
});

test.each([
  ['s: [a,\nb]', { s: ['a', 'b'] }],
  ['s: {a: b,\n\nc: [\nd\ne\n]}\nt: 1', { s: { a: 'b', c: ['d e'] }, t: 1 }],
  ['a:\n  b: [c,\nd,\n e]\n  f: g', { a: { b: ['c', 'd', 'e'], f: 'g' } }],
  ['a: ["b\u2028c",\n"d\u2029\n  e"]', { a: ['b\u2028c', 'd\u2029\ne'] }],
])('%j', (text, value) => {
  expect(parseManifests(text)).toEqual([value]);
});
