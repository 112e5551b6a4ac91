import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseJson } from '../../src/apimachinery/json-text';
import { toKyaml } from '../../src/yaml/kyaml';
import { parseYaml } from '../../src/yaml/read';
import { toYaml } from '../../src/yaml/write';

interface Case {
  json: string;
  /** What `kubectl label --local -o yaml` and `-o kyaml` made of it. */
  yaml: string;
  kyaml: string;
}

const cases: Case[] = JSON.parse(readFileSync(join(__dirname, 'testdata/written.json'), 'utf8'));

describe('documents that kubectl 1.36 has written', () => {
  test.each(cases.map((c, i) => ({ ...c, i })))('yaml $i', ({ json, yaml }) => {
    expect(toYaml(parseJson(json))).toBe(yaml);
  });
  test.each(cases.map((c, i) => ({ ...c, i })))('kyaml $i', ({ json, kyaml }) => {
    expect(toKyaml(parseJson(json))).toBe(kyaml);
  });
});

/** Text that YAML can carry as it is; what go-yaml can't read back (control characters in literals) it quotes. */
const text = fc.stringMatching(/^[ -~\n\t\u00a0-\u024f]{0,12}$/);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.integer(),
    // Whole numbers between 2^53 and 2^63 come back as bigints.
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((n) => !Number.isInteger(n) || Math.abs(n) < 2 ** 53 || Math.abs(n) > 2 ** 63)
      .map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test('what is written is read back', () => {
  fc.assert(
    fc.property(value, (original) => {
      expect(parseYaml(toYaml(original as never))).toEqual(original);
    }),
    { numRuns: 400, seed: 1 },
  );
});

test('KYAML is YAML', () => {
  fc.assert(
    fc.property(value, (original) => {
      expect(parseYaml(toKyaml(original as never))).toEqual(original);
    }),
    { numRuns: 400, seed: 2 },
  );
});
