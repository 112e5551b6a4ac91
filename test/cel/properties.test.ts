/** What holds for all expressions and values. */
import fc from 'fast-check';
import { compile, environmentOf } from '../../src/cel/program';
import { escapeName, unescapeName } from '../../src/cel/property-names';
import { formatCelDuration, formatTimestamp, parseCelDuration, parseTimestamp, timestampOf } from '../../src/cel/time';
import { DYN } from '../../src/cel/types';
import { CelError, Duration, equal, type Value } from '../../src/cel/values';

const SEED = { seed: 36, numRuns: 200 };
const environment = environmentOf({ variables: { a: DYN, b: DYN } });
const INT64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);

function evaluate(text: string, variables: Record<string, Value> = {}): Value {
  const { program, issues } = compile(text, environment);
  if (issues !== undefined) throw new Error(issues);
  return program.evaluate((name) => variables[name]).value;
}

test('whole numbers are those of 64 bits', () => {
  fc.assert(
    fc.property(INT64, INT64, fc.constantFrom('+', '-', '*'), (a, b, operator) => {
      const exact = operator === '+' ? a + b : operator === '-' ? a - b : a * b;
      const value = evaluate(`a ${operator} b`, { a, b });
      if (BigInt.asIntN(64, exact) === exact) expect(value).toBe(exact);
      else expect(value).toBeInstanceOf(CelError);
    }),
    SEED,
  );
});

test('numbers of different types are compared as the numbers that they are', () => {
  fc.assert(
    fc.property(INT64, fc.double({ noNaN: true }), (a, b) => {
      const [less, same, more] = ['a < b', 'a == b', 'a > b'].map((text) => evaluate(text, { a, b }));
      expect([less, same, more].filter((one) => one === true)).toHaveLength(1);
      if (Number.isFinite(b) && Number.isInteger(b)) expect(same).toBe(BigInt(b) === a);
    }),
    SEED,
  );
});

test('every text can be quoted and read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const quoted = evaluate('strings.quote(a)', { a: text }) as string;
      expect(evaluate(quoted)).toBe(text);
    }),
    SEED,
  );
});

test('times are read as they are written', () => {
  fc.assert(
    fc.property(fc.bigInt(-62135596800n, 253402300799n), fc.nat(999_999_999), (seconds, nanos) => {
      const time = timestampOf(seconds, nanos);
      if (time instanceof CelError) throw new Error(time.message);
      expect(equal(parseTimestamp(formatTimestamp(time)) as Value, time)).toBe(true);
    }),
    SEED,
  );
  fc.assert(
    fc.property(INT64, (nanos) => {
      const duration = new Duration(nanos);
      const text = formatCelDuration(duration);
      // What is written has no more digits than a double shows.
      if (Math.abs(Number(nanos)) < 1e15) expect(parseCelDuration(text)).toEqual(duration);
      else expect(text.endsWith('s')).toBe(true);
    }),
    SEED,
  );
});

test('names of properties come back', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z_./-][a-zA-Z0-9_./-]{0,20}$/), (name) => {
      const escaped = escapeName(name);
      expect(escaped).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
      expect(unescapeName(escaped as string)).toBe(name);
    }),
    SEED,
  );
});

test('whatever is written, it compiles or says where it does not', () => {
  const word = fc.constantFrom(
    ...[
      'a',
      'b',
      '1',
      '2u',
      '1.5',
      "'x'",
      'null',
      'true',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '.',
      '?',
      '.?',
      '[?',
    ],
    ...[
      '+',
      '-',
      '*',
      '/',
      '%',
      '!',
      '&&',
      '||',
      '==',
      '<',
      'in',
      'has',
      'all',
      'map',
      'size',
      'for',
      '"',
      '\\',
      '\n',
      'é',
    ],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const { program, issues } = compile(words.join(' '), environment);
      if (issues !== undefined) expect(issues).toMatch(/^ERROR: <input>:\d+:\d+: /);
      else if (program.prepare() === undefined) {
        const { cost } = program.evaluate(() => 1n);
        const { max } = program.estimate(() => undefined);
        expect(BigInt(cost)).toBeLessThanOrEqual(BigInt(max));
      }
    }),
    { seed: 36, numRuns: 1000 },
  );
});
