import fc from 'fast-check';
import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  intersects,
  isEmptySet,
  parseFieldSet,
  pathsOf,
  recursiveDifference,
  setOf,
  union,
} from '../../../src/merge/managed-fields/field-set';
import {
  compareElements,
  formatElement,
  keyElement,
  valueElement,
} from '../../../src/merge/managed-fields/path-element';

/** Sets of paths as plain sets of texts: what the operations mean. */
const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1');
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
const texts = (set: FieldSet) => pathsOf(set).map((path) => path.join('/'));
const plain = (list: string[][]) => new Set(list.map((path) => path.join('/')));
const sorted = (values: Iterable<string>) => [...values].sort();

describe('as sets of paths', () => {
  const check = (
    name: string,
    act: (a: FieldSet, b: FieldSet) => FieldSet,
    means: (a: Set<string>, b: Set<string>) => string[],
  ) =>
    test(name, () => {
      fc.assert(
        fc.property(paths, paths, (a, b) => {
          const [left, right] = [setOf(a), setOf(b)];
          const before = JSON.stringify([left, right]);
          expect(sorted(texts(act(left, right)))).toEqual(sorted(means(plain(a), plain(b))));
          expect(JSON.stringify([left, right])).toBe(before);
        }),
        { numRuns: 500, seed: 1 },
      );
    });
  check('union', union, (a, b) => [...new Set([...a, ...b])]);
  check('difference', difference, (a, b) => [...a].filter((path) => !b.has(path)));
  check('intersection', intersection, (a, b) => [...a].filter((path) => b.has(path)));
  check('recursiveDifference', recursiveDifference, (a, b) =>
    [...a].filter((path) => ![...b].some((gone) => path === gone || path.startsWith(`${gone}/`))),
  );

  test('has and intersects', () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const set = setOf(a);
        for (const path of b) expect(hasPath(set, path)).toBe(plain(a).has(path.join('/')));
        expect(intersects(set, setOf(b))).toBe(b.some((path) => plain(a).has(path.join('/'))));
        expect(isEmptySet(set)).toBe(a.length === 0);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('what changes nothing gives back the very set', () => {
    const set = setOf([['f:a', 'f:b'], ['f:c']]);
    expect(union(set, setOf([['f:c']]))).toBe(set);
    expect(difference(set, setOf([['f:a'], ['f:d']]))).toBe(set);
    expect(recursiveDifference(set, setOf([['f:d']]))).toBe(set);
  });
});

test('written as fieldsV1 has it', () => {
  const set = setOf([
    ['f:a'],
    ['f:a', 'f:b'],
    ['f:c', 'f:d'],
    ['f:l', 'k:{"name":"x"}'],
    ['f:l', 'k:{"name":"x"}', 'f:v'],
  ]);
  expect(set).toEqual({
    'f:a': { '.': {}, 'f:b': {} },
    'f:c': { 'f:d': {} },
    'f:l': { 'k:{"name":"x"}': { '.': {}, 'f:v': {} } },
  });
});

describe('path elements', () => {
  test('are written with their keys in order, and escaped as Go does', () => {
    expect(keyElement(['containerPort', 'protocol'], [80, 'TCP'])).toBe('k:{"containerPort":80,"protocol":"TCP"}');
    expect(keyElement(['name'], ['a<b>&"c"'])).toBe('k:{"name":"a\\u003cb\\u003e\\u0026\\"c\\""}');
    expect(valueElement('x')).toBe('v:"x"');
    expect(valueElement(9007199254740993n)).toBe('v:9007199254740993');
  });

  test('read as paths have them', () => {
    expect(['f:spec', 'k:{"name":"a","port":80}', 'v:"x"', 'v:true', 'i:3'].map(formatElement).join('')).toBe(
      '.spec[name="a",port=80][="x"][=true][3]',
    );
  });

  test('are sorted: fields, keys, values, indices; numbers as numbers', () => {
    const order = [
      'f:a',
      'f:b',
      'k:{"name":"a"}',
      'k:{"name":"b"}',
      'k:{"port":80}',
      'k:{"port":443}',
      'v:9',
      'v:10',
      'v:"a"',
      'v:true',
      'i:2',
      'i:10',
    ];
    expect([...order].reverse().sort(compareElements)).toEqual(order);
  });

  test('from outside are put in our form, unknown ones dropped, malformed ones refused', () => {
    expect(
      parseFieldSet({
        'k:{"protocol":"TCP", "containerPort":80}': { '.': {} },
        'x:new': {},
        'f:a': { '.': {}, 'f:b': {} },
      }),
    ).toEqual({
      'k:{"containerPort":80,"protocol":"TCP"}': {},
      'f:a': { '.': {}, 'f:b': {} },
    });
    expect(() => parseFieldSet({ spec: {} })).toThrow('missing colon: spec');
    expect(() => parseFieldSet({ 'i:x': {} })).toThrow('strconv.Atoi: parsing "x": invalid syntax');
  });
});
