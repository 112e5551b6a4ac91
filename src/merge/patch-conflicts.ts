/** Whether two patches change the same thing differently (apimachinery strategicpatch.MergingMapsHaveConflicts and mergepatch.HasConflicts). */
import { deepEqual, isObject, type Json, type JsonObject } from '../apimachinery/json';
import type { Schema } from '../schema/schema';
import { formatGo, formatGoString } from './go-value';
import { PatchError } from './patch-error';
import { DIRECTIVE, deduplicate, elementKind, RETAIN_KEYS, sortScalars } from './patch-list';
import { type PatchMeta, sliceMeta, structMeta } from './patch-meta';

/** True when two strategic merge patches for objects of `schema` contradict each other. */
export function strategicPatchesConflict(left: JsonObject, right: JsonObject, schema: Schema): boolean {
  return valuesConflict(left, right, { schema, strategy: '', retainKeys: false, mergeKey: '' });
}

function valuesConflict(left: Json, right: Json, meta: PatchMeta | undefined): boolean {
  if (Array.isArray(left)) return !Array.isArray(right) || listsConflict(left, right, meta);
  if (!isObject(left)) return !deepEqual(left, right);
  if (!isObject(right)) return true;
  const [marksLeft, marksRight] = [Object.hasOwn(left, DIRECTIVE), Object.hasOwn(right, DIRECTIVE)];
  if (marksLeft !== marksRight) return true;
  if (marksLeft && left[DIRECTIVE] !== right[DIRECTIVE]) return true;
  return meta?.strategy !== 'replace' && mapsConflict(left, right, meta?.schema);
}

function mapsConflict(left: JsonObject, right: JsonObject, schema: Schema | undefined): boolean {
  for (const key of Object.keys(left)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || !Object.hasOwn(right, key)) continue;
    const value = left[key] as Json;
    let meta: PatchMeta | undefined;
    if (Array.isArray(value)) meta = sliceMeta(schema, key);
    else if (isObject(value)) meta = structMeta(schema, key);
    if (valuesConflict(value, right[key] as Json, meta)) return true;
  }
  return false;
}

function listsConflict(left: Json[], right: Json[], meta: PatchMeta | undefined): boolean {
  const kind = elementKind(left, right);
  if (meta?.strategy === 'merge') {
    // Lists of scalars that merge can't contradict each other.
    if (kind !== 'map') return false;
    const others = byMergeKey(right, meta.mergeKey);
    for (const [key, element] of byMergeKey(left, meta.mergeKey)) {
      const other = others.get(key);
      if (other && valuesConflict(element, other, { ...meta, strategy: '', mergeKey: '' })) return true;
    }
    return false;
  }
  if (left.length !== right.length) return true;
  const [a, b] = kind === 'map' ? [left, right] : [sortScalars(deduplicate(left)), sortScalars(deduplicate(right))];
  const element = meta && { ...meta, strategy: '', mergeKey: '' };
  return a.some((value, i) => valuesConflict(value, b[i] ?? null, element));
}

function byMergeKey(list: readonly Json[], mergeKey: string): Map<string, JsonObject> {
  const elements = new Map<string, JsonObject>();
  for (const element of list) {
    if (!isObject(element)) throw new PatchError(`invalid element type in merging list:${formatGo(list as Json[])}`);
    if (!Object.hasOwn(element, mergeKey)) {
      throw new PatchError(`cannot find merge key \`${mergeKey}\` in merging list element:${formatGo(element)}`);
    }
    elements.set(formatGoString(element[mergeKey]), element);
  }
  return elements;
}

/** True when two JSON merge patches contradict each other; lists by position. */
export function mergePatchesConflict(left: Json, right: Json): boolean {
  if (isObject(left)) {
    if (!isObject(right)) return true;
    return Object.keys(left).some(
      (key) => Object.hasOwn(right, key) && mergePatchesConflict(left[key] as Json, right[key] as Json),
    );
  }
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return true;
    return left.some((value, i) => mergePatchesConflict(value, right[i] as Json));
  }
  return !deepEqual(left, right);
}
