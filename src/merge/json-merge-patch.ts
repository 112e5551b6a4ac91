/**
 * JSON merge patches (RFC 7386) as the API server and kubectl handle them: gopkg.in/evanphx/json-patch.v4 `merge.go`, and
 * apimachinery `util/jsonmergepatch` for the three-way patch of kinds without a compiled schema.
 */
import { deepEqual, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { explainMerge } from './explain-merge';
import { mergePatchesConflict } from './patch-conflicts';
import { cannotUnmarshal, mergeConflict, PatchError } from './patch-error';
import { checkPreconditions } from './strategic-diff';
import { explained, type ThreeWay, type ThreeWayOptions, type ThreeWayResult } from './three-way';

/**
 * The object that a merge patch makes of `original`. Changes neither; shares what stays the same.
 * @throws PatchError 'BadRequest' for a patch that is no object, in the server's words.
 */
export function applyMergePatch(original: JsonObject, patch: Json): JsonObject {
  if (patch === null) throw new PatchError('Invalid JSON Patch', 'BadRequest');
  if (!isObject(patch)) throw new PatchError(`error decoding patch: ${cannotUnmarshal(patch)}`, 'BadRequest');
  return merge(original, patch, false);
}

/** `keepNulls`: the original is a patch too, so a null has to stay in it (mergeDocs with mergeMerge). */
function merge(original: JsonObject, patch: JsonObject, keepNulls: boolean): JsonObject {
  const result: JsonObject = { ...original };
  for (const key of Object.keys(patch)) {
    const change = patch[key] as Json;
    const present = Object.hasOwn(result, key) ? (result[key] as Json) : null;
    if (change === null) {
      if (keepNulls) setKey(result, key, null);
      else delete result[key];
    } else if (present === null) setKey(result, key, keepNulls ? change : withoutNulls(change));
    else if (isObject(present)) setKey(result, key, isObject(change) ? merge(present, change, keepNulls) : change);
    else setKey(result, key, withoutNulls(change));
  }
  return result;
}

/** `value` without the fields that are null, also inside lists, whose own nulls stay (pruneNulls). */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    const pruned = value.map(withoutNulls);
    return pruned.every((item, i) => item === value[i]) ? value : pruned;
  }
  if (!isObject(value)) return value;
  let copy: JsonObject | undefined;
  for (const key of Object.keys(value)) {
    const before = value[key] as Json;
    const after = before === null ? undefined : withoutNulls(before);
    if (after === before) continue;
    copy ??= { ...value };
    if (after === undefined) delete copy[key];
    else setKey(copy, key, after);
  }
  return copy ?? value;
}

/** The merge patch that makes `modified` of `original` (jsonpatch.CreateMergePatch); lists are taken whole. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(modified)) {
    const after = modified[key] as Json;
    if (!Object.hasOwn(original, key)) {
      setKey(patch, key, after);
      continue;
    }
    const before = original[key] as Json;
    if (isObject(before) && isObject(after)) {
      const change = createMergePatch(before, after);
      if (Object.keys(change).length > 0) setKey(patch, key, change);
    } else if (!deepEqual(before, after)) setKey(patch, key, after);
  }
  for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setKey(patch, key, null);
  return patch;
}

/**
 * The patch of `kubectl apply` for custom kinds (CreateThreeWayJSONMergePatch): additions and changes against the live
 * object, deletions against what was last applied.
 * @throws PatchError 'Precondition', or 'Conflict' when additions and deletions contradict each other.
 */
export function createThreeWayMergePatch(
  { lastApplied = {}, modified, current }: ThreeWay,
  options: Omit<ThreeWayOptions, 'overwrite'> = {},
): ThreeWayResult {
  const additions = filterNulls(createMergePatch(current, modified), false);
  const deletions = filterNulls(createMergePatch(lastApplied, modified), true);
  if (mergePatchesConflict(additions, deletions)) {
    const { toYaml = (value: JsonObject) => `${JSON.stringify(value)}\n` } = options;
    throw mergeConflict(toYaml(additions), toYaml(deletions));
  }
  // Upstream applies the additions to the deletions as a merge patch. Additions hold no null where maps are compared, and
  // nulls inside values that are new are pruned by it.
  const patch = merge(deletions, additions, false);
  checkPreconditions(patch, options.preconditions);
  return explained(patch, () =>
    explainMerge({ lastApplied, live: current, wanted: modified, result: applyMergePatch(current, patch) }),
  );
}

/**
 * Only the nulls of a patch, or all but its nulls (keepOrDeleteNullInObj). An empty map in it is a value; one that becomes
 * empty here was an empty change, and goes.
 */
function filterNulls(patch: JsonObject, keepNulls: boolean): JsonObject {
  const filtered: JsonObject = {};
  for (const key of Object.keys(patch)) {
    const value = patch[key] as Json;
    if (value === null) {
      if (keepNulls) setKey(filtered, key, null);
    } else if (isObject(value) && Object.keys(value).length > 0) {
      const inner = filterNulls(value, keepNulls);
      if (Object.keys(inner).length > 0) setKey(filtered, key, inner);
    } else if (!keepNulls) setKey(filtered, key, value);
  }
  return filtered;
}
