import fc from 'fast-check';
import {
  formatRequirement,
  parseLabelSelector,
  type Requirement,
  selectorFromLabels,
  selectorOf,
} from '../../src/apimachinery/labels';

const parse = (text: string) => parseLabelSelector(text).toString();

describe('parseLabelSelector', () => {
  test.each([
    ['', ''],
    ['a=b', 'a=b'],
    ['a==b', 'a==b'],
    [' a = b , c != d ', 'a=b,c!=d'],
    ['z=1,a=2', 'a=2,z=1'],
    ['x in (foo,,baz),y,z notin ()', 'x in (,baz,foo),y,z notin ()'],
    ['x in (b,a,b)', 'x in (a,b)'],
    ['!x', '!x'],
    ['x>1,y<2', 'x>1,y<2'],
    ['a=', 'a='],
    ['a=,b=c', 'a=,b=c'],
    ['in in (in,notin)', 'in in (in,notin)'],
    ['notin=in', 'notin=in'],
    ['example.com/a.b_c', 'example.com/a.b_c'],
    ['a\t=\nb', 'a=b'],
  ])('%j is %j', (text, expected) => expect(parse(text)).toBe(expected));

  // Each text is what kubectl 1.36 says of the same selector.
  test.each([
    ['a in (b', `unable to parse requirement: found '', expected: ',' or ')'`],
    ['a in', `unable to parse requirement: found '' expected: '('`],
    ['a in (', `unable to parse requirement: found '', expected: ',', ')' or identifier`],
    ['a b', `unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt`],
    ['a=b c', `found 'c', expected: ',' or 'end of string'`],
    ['a,', `found '', expected: identifier after ','`],
    [',a', `found ',', expected: !, identifier, or 'end of string'`],
    ['=a', `found '=', expected: !, identifier, or 'end of string'`],
    ['!', `unable to parse requirement: found '', expected: identifier`],
    ['a=!', `unable to parse requirement: found '!', expected: identifier`],
    [
      'a>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      'a$=b',
      `unable to parse requirement: <nil>: Invalid value: "a$": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'a=-b',
      `unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ])('%j is refused', (text, message) => expect(() => parse(text)).toThrow(new Error(message)));
});

describe('matching', () => {
  test.each([
    ['a=1', { a: '1' }, true],
    ['a=1', {}, false],
    ['a!=1', {}, true],
    ['a!=1', { a: '1' }, false],
    ['a in (1,2)', { a: '2' }, true],
    ['a notin (1,2)', { a: '3' }, true],
    ['a notin (1,2)', undefined, true],
    ['a', { a: '' }, true],
    ['!a', { b: '' }, true],
    ['a>1', { a: '2' }, true],
    ['a>1', { a: '1' }, false],
    ['a<9223372036854775807', { a: '9223372036854775806' }, true],
    ['a>1', { a: 'x' }, false],
    ['constructor', {}, false],
    ['', undefined, true],
  ])('%j on %j: %s', (text, labels, expected) =>
    expect(parseLabelSelector(text).matches(labels as Record<string, string> | undefined)).toBe(expected),
  );
});

describe('selectorOf', () => {
  test('an absent selector matches nothing, an empty one everything', () => {
    expect(selectorOf(undefined).matches({ a: 'b' })).toBe(false);
    expect(selectorOf(null).empty).toBe(false);
    expect(selectorOf({}).matches({})).toBe(true);
  });
  test('labels and expressions must all hold', () => {
    const selector = selectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    });
    expect(selector.toString()).toBe('app=web,!old,tier in (a,b)');
    expect(selector.matches({ app: 'web', tier: 'b' })).toBe(true);
    expect(selector.matches({ app: 'web', tier: 'b', old: '' })).toBe(false);
  });
  test('what is no operator', () =>
    expect(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'toString' }] })).toThrow(
      '"toString" is not a valid label selector operator',
    ));
});

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9._]{0,5}[a-z0-9])?$/);
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    key: name,
    operator: fc.constantFrom('=', '==', '!=') as fc.Arbitrary<Requirement['operator']>,
    values: fc.tuple(name),
  }),
  fc.record({
    key: name,
    operator: fc.constantFrom('in', 'notin') as fc.Arbitrary<Requirement['operator']>,
    values: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    key: name,
    operator: fc.constantFrom('exists', '!') as fc.Arbitrary<Requirement['operator']>,
    values: fc.constant([]),
  }),
);

test('what is printed is parsed back to a selector that matches the same labels', () => {
  const labels = fc.dictionary(name, name);
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), labels, (requirements, set) => {
      const text = requirements.map(formatRequirement).join(',');
      const parsed = parseLabelSelector(text);
      expect(parseLabelSelector(parsed.toString()).toString()).toBe(parsed.toString());
      const naive = requirements.every(({ key, operator, values }) => {
        const value = Object.hasOwn(set, key) ? set[key] : undefined;
        if (operator === 'exists') return value !== undefined;
        if (operator === '!') return value === undefined;
        const listed = value !== undefined && values.includes(value);
        return operator === '!=' || operator === 'notin' ? !listed : listed;
      });
      expect(parsed.matches(set)).toBe(naive);
    }),
  );
});

test('a selector made of labels matches them and whatever has more', () => {
  fc.assert(
    fc.property(fc.dictionary(name, name), fc.dictionary(name, name), (some, more) => {
      expect(selectorFromLabels(some).matches({ ...more, ...some })).toBe(true);
      for (const key of Object.keys(some)) {
        const { [key]: _, ...rest } = some;
        expect(selectorFromLabels(some).matches(rest)).toBe(false);
      }
    }),
  );
});

test('any text is parsed or refused with words', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab,=!()<> in\0'), maxLength: 12 }), (text) => {
      try {
        parseLabelSelector(text);
      } catch (error) {
        expect((error as Error).name).toBe('SelectorError');
      }
    }),
    { numRuns: 2000 },
  );
});
