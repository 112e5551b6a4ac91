import fc from 'fast-check';
import { deepEqual, deepFreeze, isObject, type Json, type JsonObject } from '../../src/apimachinery/json';
import { stringifyJson } from '../../src/apimachinery/json-text';
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from '../../src/merge/json-merge-patch';
import { createTwoWayPatch } from '../../src/merge/strategic-diff';
import { applyStrategicPatch } from '../../src/merge/strategic-patch';
import { createThreeWayStrategicPatch } from '../../src/merge/three-way';
import type { Schema } from '../../src/schema/schema';
import { mergeItem } from './merge-item';

const RUNS = 10_000;
/** Always the same cases; another seed looks for more. */
const seed = Number(process.env['KUBETICK_SEED'] ?? 1);

/**
 * An object from some numbers, digit by digit: a fifth of the time that fast-check's own records take, and numbers that
 * shrink to 0 shrink to an empty object. Few names and values, so that the three sides have much in common.
 */
const item = fc.array(fc.nat(2 ** 30 - 1), { minLength: 4, maxLength: 4, size: 'max' }).map((numbers) => {
  const rest = [...numbers];
  let left = rest.pop() as number;
  const digit = (base: number): number => {
    if (left < base) left = rest.pop() ?? left;
    const value = left % base;
    left = Math.floor(left / base);
    return value;
  };
  const word = (): Json => (digit(2) ? 'x' : 'y');
  const some = (fields: Record<string, () => Json>): JsonObject => {
    const object: JsonObject = {};
    for (const key of Object.keys(fields)) if (digit(2)) object[key] = (fields[key] as () => Json)();
    return object;
  };
  const orders = [[], [0], [1, 0], [0, 1], [2, 0], [1, 2, 0], [2, 1, 0], [0, 1, 2]];
  const set = (): Json => (orders[digit(8)] as number[]).map((i) => [1, 2, 9007199254740993n][i] as Json);
  const elements = (fields: Record<string, () => Json>) => (): Json =>
    (orders[digit(8)] as number[]).map((i) => ({ name: 'abc'[i] as string, ...some(fields) }));
  const inner = { value: word, mergingIntList: set };
  return deepFreeze(
    some({
      value: word,
      simpleMap: () => some({ a: word, b: word }),
      mergingList: elements({ ...inner, mergingList: elements({ value: word }) }),
      retainKeysMap: () => some({ ...inner, other: word }),
      retainKeysMergingList: elements({ value: word, other: word }),
      mergingIntList: set,
      nonMergingIntList: set,
      nonMergingList: elements({ value: word }),
    }),
  );
});

/**
 * What a three-way merge should give, said without patches: the file, with what of the live object neither the file nor
 * last-applied has.
 */
function expected(last: Json | undefined, file: Json, live: Json | undefined, schema: Schema | undefined): Json {
  if (isObject(file) && isObject(live)) return expectedMap(isObject(last) ? last : {}, file, live, schema);
  if (Array.isArray(file) && Array.isArray(live) && schema?.patchStrategy?.includes('merge')) {
    return expectedList(Array.isArray(last) ? last : [], file, live, schema);
  }
  return file;
}

function expectedMap(
  last: JsonObject,
  file: JsonObject,
  live: JsonObject,
  schema: Schema | undefined,
  retain = false,
): JsonObject {
  const result: JsonObject = {};
  const clears = (retain || schema?.patchStrategy?.includes('retainKeys')) && Object.keys(file).length > 0;
  for (const key of Object.keys(live)) if (!(key in file) && !(key in last) && !clears) result[key] = live[key] as Json;
  for (const key of Object.keys(file)) {
    result[key] = expected(
      last[key],
      file[key] as Json,
      live[key],
      schema?.type === 'map' ? schema.items : schema?.field?.(key),
    );
  }
  return result;
}

function expectedList(last: Json[], file: Json[], live: Json[], schema: Schema): Json[] {
  const key = schema.patchMergeKey;
  const same = (a: Json, b: Json) => (key ? (a as JsonObject)[key] === (b as JsonObject)[key] : a === b);
  const find = (list: Json[], element: Json) => list.find((other) => same(other, element));
  const kept = live.filter((element) => find(file, element) === undefined && find(last, element) === undefined);
  const retain = schema.patchStrategy?.includes('retainKeys') ?? false;
  const wanted = file.map((element) => {
    const present = find(live, element);
    if (present === undefined || !isObject(element)) return element;
    return expectedMap((find(last, element) ?? {}) as JsonObject, element, present as JsonObject, schema.items, retain);
  });
  return [...wanted, ...kept];
}

/**
 * True when both mean the same object: whatever the order of lists that merge, and without the nulls and directives that
 * upstream, too, forgets in elements that are new.
 */
function alike(a: Json | undefined, b: Json | undefined, schema: Schema | undefined): boolean {
  if (isObject(a) && isObject(b)) return holds(a, b, schema) && holds(b, a, schema);
  if (!Array.isArray(a) || !Array.isArray(b) || !schema?.patchStrategy?.includes('merge')) return deepEqual(a, b);
  const [left, right] = [a, b].map((list) => list.filter((element) => !isObject(element) || !('$patch' in element)));
  const find = (element: Json) => right?.find((other) => nameOf(other) === nameOf(element));
  return left?.length === right?.length && left!.every((element) => alike(element, find(element), schema.items));
}

function holds(a: JsonObject, b: JsonObject, schema: Schema | undefined): boolean {
  for (const key in b) {
    if (b[key] !== null && !key.startsWith('$') && !alike(a[key], b[key], schema?.field?.(key))) return false;
  }
  return true;
}

function nameOf(element: Json): Json {
  return isObject(element) ? (element['name'] as Json) : element;
}

function expectSame(got: Json, wanted: Json): void {
  if (!alike(got, wanted, mergeItem)) expect(got).toEqual(wanted);
}

/** True when the elements that both lists have stand in the same order. Of scalars upstream promises less: see diffLists. */
function sameOrder(a: Json[], b: Json[]): boolean {
  const [left, right] = [a, b].map((list) => list.map(nameOf)) as [Json[], Json[]];
  return deepEqual(
    left.filter((element) => right.includes(element)),
    right.filter((element) => left.includes(element)),
  );
}

const runs = (numRuns: number) => ({ numRuns, seed });

test('three-way: the file holds, and exactly what it dropped is gone', () => {
  fc.assert(
    fc.property(item, item, item, (lastApplied, modified, current) => {
      const { patch } = createThreeWayStrategicPatch({ lastApplied, modified, current }, mergeItem);
      const result = applyStrategicPatch(current, patch, mergeItem);
      expectSame(result, expected(lastApplied, modified, current, mergeItem));
      const [wanted, got] = [modified['mergingList'], result['mergingList']].map((list) => (list ?? []) as Json[]);
      if (!sameOrder(wanted!, got!)) throw new Error('order lost');
      const again = createThreeWayStrategicPatch({ lastApplied: modified, modified, current: result }, mergeItem).patch;
      expectSame(applyStrategicPatch(result, again, mergeItem), result);
    }),
    runs(RUNS),
  );
});

test('three-way: what was decided is what happened', () => {
  fc.assert(
    fc.property(item, item, item, (lastApplied, modified, current) => {
      const { patch, decisions } = createThreeWayStrategicPatch({ lastApplied, modified, current }, mergeItem);
      const result = applyStrategicPatch(current, patch, mergeItem);
      const seen = new Set<string>();
      for (const { path, action, rule, live, result: after, wanted } of decisions) {
        const key = stringifyJson(path as Json[]);
        if (seen.has(key)) throw new Error(`decided twice: ${key}`);
        seen.add(key);
        if (action === 'add' && live !== undefined) throw new Error(`added what was there: ${key}`);
        if (action === 'remove' && after !== undefined) throw new Error(`removed what is there: ${key}`);
        if (action === 'keep' && !deepEqual(live, after)) throw new Error(`kept what changed: ${key}`);
        if (rule === 'kept-other-writer' && wanted !== undefined) throw new Error(`the file has it: ${key}`);
      }
      if (decisions.every(({ action }) => action === 'keep')) expect(result).toEqual(current);
    }),
    runs(RUNS / 10),
  );
});

test('two-way: applied to the original gives the modified', () => {
  fc.assert(
    fc.property(item, item, (original, modified) => {
      expectSame(applyStrategicPatch(original, createTwoWayPatch(original, modified, mergeItem), mergeItem), modified);
    }),
    runs(RUNS / 5),
  );
});

test('merge patch: between any two objects', () => {
  fc.assert(
    fc.property(item, item, (original, modified) => {
      expect(deepEqual(applyMergePatch(original, createMergePatch(original, modified)), modified)).toBe(true);
    }),
    runs(RUNS / 10),
  );
});

test('three-way merge patch: the file holds, and exactly what it dropped is gone', () => {
  fc.assert(
    fc.property(item, item, item, (lastApplied, modified, current) => {
      const { patch } = createThreeWayMergePatch({ lastApplied, modified, current });
      const result = applyMergePatch(current, patch);
      expectSame(result, expected(lastApplied, modified, current, undefined));
      const again = createThreeWayMergePatch({ lastApplied: modified, modified, current: result });
      expect(again.patch).toEqual({});
    }),
    runs(RUNS / 10),
  );
});
