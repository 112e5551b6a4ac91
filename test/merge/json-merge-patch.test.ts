import { deepFreeze, type Json, type JsonObject } from '../../src/apimachinery/json';
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from '../../src/merge/json-merge-patch';
import { isPatchError } from '../../src/merge/patch-error';
import { keyUnchanged } from '../../src/merge/strategic-diff';

describe('applying', () => {
  // The table of RFC 7386, appendix A, where both sides are objects, and more.
  test.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 1 }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    [{ a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
    [{ a: null }, { a: { b: null } }, { a: {} }],
    [{}, { a: [{ b: null }, null] }, { a: [{}, null] }],
    [{ a: { b: 1 } }, { a: [null] }, { a: [null] }],
    [{ n: 9007199254740993n }, { m: 9007199254740995n }, { n: 9007199254740993n, m: 9007199254740995n }],
    [{}, JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
  ])('%# %o', (original, patch, result) => {
    expect(applyMergePatch(deepFreeze(original), deepFreeze(patch))).toEqual(result);
  });

  test('what does not change is shared', () => {
    const original = deepFreeze({ a: { b: 1 }, c: { d: 1 } });
    expect(applyMergePatch(original, { c: { d: 2 } })['a']).toBe(original.a);
  });

  test.each<[Json, string]>([
    [null, 'Invalid JSON Patch'],
    [['a'], 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    [5, 'error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}'],
  ])('%j is refused', (patch, message) => {
    expect(() => applyMergePatch({}, patch)).toThrow(message);
  });
});

describe('making', () => {
  test.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 1 }, { a: 1 }, {}],
    [{ a: 1 }, { a: 2 }, { a: 2 }],
    [{ a: 1 }, {}, { a: null }],
    [{}, { a: {} }, { a: {} }],
    [{ a: {} }, { a: {} }, {}],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
    [{ a: [1, 2] }, { a: [2, 1] }, { a: [2, 1] }],
    [{ a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    [{ a: null }, { a: null }, {}],
    [{ a: 9007199254740993n }, { a: 9007199254740992 }, { a: 9007199254740992 }],
  ])('%# %o', (original, modified, patch) => {
    expect(createMergePatch(original, modified)).toEqual(patch);
  });
});

describe('three-way', () => {
  const merge = (lastApplied: JsonObject | undefined, modified: JsonObject, current: JsonObject) =>
    createThreeWayMergePatch(deepFreeze({ lastApplied, modified, current }));

  test.each<[string, JsonObject | undefined, JsonObject, JsonObject, JsonObject]>([
    ['added', { a: 1 }, { a: 1, b: 2 }, { a: 1 }, { b: 2 }],
    ['dropped', { a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2 }, { b: null }],
    ['dropped and gone already is said all the same', { a: 1, b: 2 }, { a: 1 }, { a: 1 }, { b: null }],
    ['of others', { a: 1 }, { a: 1 }, { a: 1, z: 9 }, {}],
    ['changed by others', { a: 1 }, { a: 1 }, { a: 9 }, { a: 1 }],
    ['never applied', undefined, { a: 1 }, { a: 0, z: 9 }, { a: 1 }],
    ['nested', { s: { a: 1, b: 1 } }, { s: { a: 2 } }, { s: { a: 1, b: 1, z: 1 } }, { s: { a: 2, b: null } }],
    ['lists are one value', { l: [1, 2] }, { l: [1] }, { l: [1, 2, 3] }, { l: [1] }],
    ['a whole map dropped', { s: { a: 1 } }, {}, { s: { a: 1, z: 1 } }, { s: null }],
    ['an empty map added', {}, { s: {} }, {}, { s: {} }],
    ['an empty map where there is one', {}, { s: {} }, { s: { z: 1 } }, {}],
    // Only nulls of the deletions are kept, so a null in the file deletes nothing that was never applied.
    ['null in the file', { a: 1 }, { a: null }, { a: 1 }, { a: null }],
    ['null in the file for what others set', {}, { a: null }, { a: 1 }, { a: null }],
    ['null in the file, then and now', { a: null }, { a: null }, { a: 1 }, {}],
    ['a map becomes a list', { s: { a: 1 } }, { s: [1] }, { s: { a: 1 } }, { s: [1] }],
  ])('%s', (_, last, modified, current, patch) => {
    expect(merge(last, modified, current).patch).toEqual(patch);
  });

  test('decisions', () => {
    const { decisions } = merge({ a: 1, b: 2 }, { a: 3 }, { a: 1, b: 2, z: [1] });
    expect(decisions.map(({ path, action, rule }) => `${path.join('.')} ${action} ${rule}`)).toEqual([
      'a change set-by-file',
      'b remove dropped-from-file',
      'z keep kept-other-writer',
    ]);
  });

  test('a precondition', () => {
    const act = () =>
      createThreeWayMergePatch(
        { lastApplied: { kind: 'A' }, modified: { kind: 'B' }, current: { kind: 'A' } },
        { preconditions: [keyUnchanged('kind')] },
      );
    expect(act).toThrow('precondition failed for: map[kind:B]');
    try {
      act();
    } catch (error) {
      expect(isPatchError(error, 'Precondition')).toBe(true);
    }
  });
});
