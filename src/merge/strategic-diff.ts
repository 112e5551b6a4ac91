/**
 * Makes the strategic merge patch between two objects (apimachinery `util/strategicpatch/patch.go`, diffMaps and its kin).
 */
import { deepEqual, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import type { Schema } from '../schema/schema';
import { formatGo } from './go-value';
import { noListOfLists, PatchError, preconditionFailed } from './patch-error';
import {
  canonical,
  DELETE_FROM_PRIMITIVE_LIST,
  DIRECTIVE,
  deduplicate,
  elementKind,
  mergeKeyValue,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
  sortByMergeKey,
  sortByOrder,
  sortScalars,
} from './patch-list';
import { sliceMeta, structMeta } from './patch-meta';

/** A precondition on a patch: false makes the merge fail (mergepatch.PreconditionFunc). */
export type Precondition = (patch: JsonObject) => boolean;

/** The patch may not change this field of the object (mergepatch.RequireKeyUnchanged). */
export function keyUnchanged(key: string): Precondition {
  return (patch) => !Object.hasOwn(patch, key);
}

/** The patch may not change this field of its metadata (mergepatch.RequireMetadataKeyUnchanged). */
export function metadataKeyUnchanged(key: string): Precondition {
  return (patch) => !isObject(patch['metadata']) || !Object.hasOwn(patch['metadata'], key);
}

/**
 * The patch that makes `modified` of `original` (CreateTwoWayMergePatch).
 * @throws PatchError for lists that can't be merged, and when a precondition does not hold.
 */
export function createTwoWayPatch(
  original: JsonObject,
  modified: JsonObject,
  schema: Schema,
  options: { preconditions?: readonly Precondition[] } = {},
): JsonObject {
  const patch = diffMaps(original, modified, schema, { setElementOrder: true });
  checkPreconditions(patch, options.preconditions);
  return patch;
}

/** @throws PatchError `precondition failed for: map[…]`. */
export function checkPreconditions(patch: JsonObject, preconditions: readonly Precondition[] = []): void {
  for (const holds of preconditions) if (!holds(patch)) throw preconditionFailed(patch);
}

export interface DiffOptions {
  /** Write `$setElementOrder` beside lists that merge. */
  readonly setElementOrder?: boolean;
  /** Only deletions, no changes and additions. */
  readonly ignoreChangesAndAdditions?: boolean;
  /** Only changes and additions, no deletions. */
  readonly ignoreDeletions?: boolean;
}

/** The difference between two maps, as a patch; `retain` says to write `$retainKeys`. */
export function diffMaps(
  original: JsonObject,
  modified: JsonObject,
  schema: Schema | undefined,
  options: DiffOptions,
  retain = false,
): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(modified)) {
    const after = modified[key] as Json;
    if (!Object.hasOwn(original, key)) {
      if (!options.ignoreChangesAndAdditions) setKey(patch, key, after);
      continue;
    }
    const before = original[key] as Json;
    if (key === DIRECTIVE) {
      diffDirective(before, after, patch);
    } else if (isObject(before) && isObject(after)) {
      diffMapField(key, before, after, patch, schema, options);
    } else if (Array.isArray(before) && Array.isArray(after)) {
      diffListField(key, before, after, patch, schema, options);
    } else {
      replaceIfChanged(key, before, after, patch, options);
    }
  }
  if (!options.ignoreDeletions) {
    for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setKey(patch, key, null);
  }
  if (retain) {
    const kept = Object.keys(modified).filter((key) => modified[key] !== null);
    const clears = () => Object.keys(original).some((key) => original[key] !== null && !Object.hasOwn(modified, key));
    if (kept.length > 0 && (Object.keys(patch).length > 0 || clears())) patch[RETAIN_KEYS] = sortScalars(kept);
  }
  return patch;
}

function diffDirective(before: Json, after: Json, patch: JsonObject): void {
  if (typeof before !== 'string' || typeof after !== 'string') {
    throw new PatchError(`invalid value for special key: ${DIRECTIVE}`);
  }
  if (before !== after) patch[DIRECTIVE] = after;
}

function replaceIfChanged(key: string, before: Json, after: Json, patch: JsonObject, options: DiffOptions): void {
  if (!options.ignoreChangesAndAdditions && !deepEqual(before, after)) setKey(patch, key, after);
}

function diffMapField(
  key: string,
  before: JsonObject,
  after: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
  options: DiffOptions,
): void {
  const meta = metaUnlessEqual(structMeta, schema, key, before, after);
  if (meta === undefined) return;
  if (meta.strategy === 'replace') {
    if (!options.ignoreChangesAndAdditions) setKey(patch, key, after);
    return;
  }
  const change = diffMaps(before, after, meta.schema, options, meta.retainKeys);
  if (Object.keys(change).length > 0) setKey(patch, key, change);
}

function diffListField(
  key: string,
  before: Json[],
  after: Json[],
  patch: JsonObject,
  schema: Schema | undefined,
  options: DiffOptions,
): void {
  const meta = metaUnlessEqual(sliceMeta, schema, key, before, after);
  if (meta === undefined) return;
  if (meta.strategy !== 'merge') {
    replaceIfChanged(key, before, after, patch, options);
    return;
  }
  const { changes, deletions, order } = diffLists(before, after, meta.schema, meta.mergeKey, options, meta.retainKeys);
  if (changes.length > 0) setKey(patch, key, changes);
  if (deletions.length > 0) patch[`${DELETE_FROM_PRIMITIVE_LIST}/${key}`] = deletions;
  if (order.length > 0) patch[`${SET_ELEMENT_ORDER}/${key}`] = order;
}

/** A field that the schema does not know is no error while nothing changes there. */
function metaUnlessEqual<M>(
  look: (schema: Schema | undefined, key: string) => M,
  schema: Schema | undefined,
  key: string,
  before: Json,
  after: Json,
): M | undefined {
  try {
    return look(schema, key);
  } catch (error) {
    if (deepEqual(before, after)) return undefined;
    throw error;
  }
}

interface ListDiff {
  /** Elements to add or change, then for maps the directives to delete. */
  changes: Json[];
  /** Scalars to delete. */
  deletions: Json[];
  /** For `$setElementOrder`. */
  order: Json[];
}

function diffLists(
  original: Json[],
  modified: Json[],
  schema: Schema | undefined,
  mergeKey: string,
  options: DiffOptions,
  retain: boolean,
): ListDiff {
  const { setElementOrder = false, ignoreChangesAndAdditions = false, ignoreDeletions = false } = options;
  if (original.length === 0) {
    return { changes: ignoreChangesAndAdditions ? [] : modified, deletions: [], order: [] };
  }
  const kind = elementKind(original, modified);
  if (kind === 'slice') throw noListOfLists();
  if (kind === 'map') {
    const diff = diffListsOfMaps(original, modified, schema, mergeKey, options, retain);
    const changes = [...sortByOrder(diff.changes, modified, mergeKey, kind), ...diff.deletions];
    const changed = changes.length > 0;
    const ordered =
      (!ignoreChangesAndAdditions && (changed || !sameOrder(original, modified, mergeKey))) ||
      (!ignoreDeletions && changed);
    const order =
      setElementOrder && ordered
        ? modified.map((element) => ({ [mergeKey]: (element as JsonObject)[mergeKey] ?? null }))
        : [];
    return { changes, deletions: [], order };
  }
  const diff = diffListsOfScalars(original, modified, options);
  const changes = sortByOrder(diff.changes, modified, mergeKey, kind);
  // Upstream has sorted the original by now, so a list that is not in sorted order gets its order written even when
  // nothing has changed.
  const ordered =
    (!ignoreDeletions && diff.deletions.length > 0) ||
    (!ignoreChangesAndAdditions && !deepEqual(sortScalars(original), modified));
  return { changes, deletions: diff.deletions, order: setElementOrder && ordered ? modified : [] };
}

function sameOrder(original: Json[], modified: Json[], mergeKey: string): boolean {
  if (original.length !== modified.length) return false;
  return modified.every(
    (element, i) => canonical(mergeKeyValue(original[i], mergeKey)) === canonical(mergeKeyValue(element, mergeKey)),
  );
}

function diffListsOfMaps(
  original: Json[],
  modified: Json[],
  schema: Schema | undefined,
  mergeKey: string,
  options: DiffOptions,
  retain: boolean,
): { changes: Json[]; deletions: Json[] } {
  const before = sortByMergeKey(original, mergeKey);
  const after = sortByMergeKey(modified, mergeKey);
  const changes: Json[] = [];
  const deletions: Json[] = [];
  let b = 0;
  let a = 0;
  while (b < before.length || a < after.length) {
    const beforeKey = b < before.length ? mergeKeyValue(before[b], mergeKey) : undefined;
    const afterKey = a < after.length ? mergeKeyValue(after[a], mergeKey) : undefined;
    const beforeText = beforeKey === undefined ? undefined : formatGo(beforeKey);
    const afterText = afterKey === undefined ? undefined : formatGo(afterKey);
    if (beforeText !== undefined && beforeText === afterText) {
      const change = diffMaps(before[b] as JsonObject, after[a] as JsonObject, schema, options, retain);
      if (Object.keys(change).length > 0) {
        setKey(change, mergeKey, afterKey as Json);
        changes.push(change);
      }
      b++;
      a++;
    } else if (beforeText === undefined || (afterText !== undefined && beforeText > afterText)) {
      if (!options.ignoreChangesAndAdditions) changes.push(after[a] as Json);
      a++;
    } else {
      if (!options.ignoreDeletions) deletions.push({ [mergeKey]: beforeKey as Json, [DIRECTIVE]: 'delete' });
      b++;
    }
  }
  return { changes, deletions };
}

function diffListsOfScalars(
  original: Json[],
  modified: Json[],
  options: DiffOptions,
): { changes: Json[]; deletions: Json[] } {
  const before = sortScalars(original);
  const after = sortScalars(modified);
  const changes: Json[] = [];
  const deletions: Json[] = [];
  let b = 0;
  let a = 0;
  while (b < before.length || a < after.length) {
    const beforeText = b < before.length ? formatGo(before[b]) : undefined;
    const afterText = a < after.length ? formatGo(after[a]) : undefined;
    if (beforeText === afterText) {
      b++;
      a++;
    } else if (beforeText === undefined || (afterText !== undefined && beforeText > afterText)) {
      if (!options.ignoreChangesAndAdditions) changes.push(after[a] as Json);
      a++;
    } else {
      if (!options.ignoreDeletions) deletions.push(before[b] as Json);
      b++;
    }
  }
  return { changes, deletions: deduplicate(deletions) };
}
