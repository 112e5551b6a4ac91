/**
 * Applies strategic merge patches, with every directive (apimachinery `util/strategicpatch/patch.go`).
 *
 * Where upstream changes its arguments, this copies what changes and shares the rest, so frozen objects may come in.
 */
import { deepEqual, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import type { Schema } from '../schema/schema';
import { formatGo, goKind } from './go-value';
import {
  badArgType,
  badPatchType,
  badPrimitiveList,
  badRetainKeys,
  badSetElementOrder,
  cannotUnmarshal,
  noMergeKey,
  PatchError,
} from './patch-error';
import {
  canonical,
  DELETE_FROM_PRIMITIVE_LIST,
  DIRECTIVE,
  deduplicate,
  elementKind,
  findByMergeKey,
  mergeInOrder,
  mergeKeyValue,
  partition,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
  splitDeletions,
} from './patch-list';
import { goKindOfSchema, sliceMeta, structMeta } from './patch-meta';

/**
 * The object that a strategic merge patch makes of `original` (StrategicMergeMapPatchUsingLookupPatchMeta).
 *
 * Nulls of the patch delete; but as upstream's, nulls inside a list element that is new, or under `$patch: replace`, stay in
 * the result, for whoever decodes it to drop.
 * @throws PatchError, which `patchApiError` turns into the server's answer.
 */
export function applyStrategicPatch(original: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  return mergeMap(original, patch, schema, APPLY);
}

/**
 * The body of a request as a strategic merge patch; null is an empty one.
 * @throws PatchError 'BadRequest' for anything but an object.
 */
export function strategicPatchOf(body: Json): JsonObject {
  if (body === null) return {};
  if (!isObject(body)) throw new PatchError(cannotUnmarshal(body), 'BadRequest');
  return body;
}

/**
 * One patch that does what `first` and then `second` do. Nulls and directives stay in it, and lists that merge are not
 * sorted out yet (mergeMap, as CreateThreeWayMergePatch calls it).
 */
export function combineStrategicPatches(first: JsonObject, second: JsonObject, schema: Schema): JsonObject {
  return mergeMap(first, second, schema, COMBINE);
}

interface MergeMode {
  /** True to obey directives that stand beside a list; false to keep them in the result, which is a patch itself. */
  readonly mergeParallelList: boolean;
  /** True to drop nulls that match nothing; false to keep them, as the deletions of a patch. */
  readonly ignoreUnmatchedNulls: boolean;
}
const APPLY: MergeMode = { mergeParallelList: true, ignoreUnmatchedNulls: true };
const COMBINE: MergeMode = { mergeParallelList: false, ignoreUnmatchedNulls: false };

function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema | undefined, mode: MergeMode): JsonObject {
  if (Object.hasOwn(patch, DIRECTIVE)) return replaceOrDelete(patch);
  const result: JsonObject = { ...original };
  retainKeys(result, patch, mode);
  const merged = mergeOrderedLists(result, patch, schema, mode);
  for (const key of Object.keys(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(SET_ELEMENT_ORDER) || merged?.has(key)) continue;
    mergeField(result, key, patch[key] as Json, schema, mode);
  }
  return result;
}

/** `$patch: replace` takes the rest of the patch as it is, `$patch: delete` leaves an empty map. */
function replaceOrDelete(patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  const result: JsonObject = {};
  if (directive === 'replace') {
    for (const key of Object.keys(patch)) if (key !== DIRECTIVE) setKey(result, key, patch[key] as Json);
    return result;
  }
  if (directive === 'delete') return result;
  // `merge` too: upstream has that word only to refuse it.
  throw badPatchType(directive, patch);
}

function mergeField(
  result: JsonObject,
  patchKey: string,
  patchValue: Json,
  schema: Schema | undefined,
  mode: MergeMode,
): void {
  let key = patchKey;
  const deletesFromList = key.startsWith(DELETE_FROM_PRIMITIVE_LIST);
  if (deletesFromList) {
    if (!mode.mergeParallelList) {
      setKey(result, key, patchValue);
      return;
    }
    key = listNameOf(key, DELETE_FROM_PRIMITIVE_LIST);
  }
  if (patchValue === null) {
    delete result[key];
    if (mode.ignoreUnmatchedNulls) return;
  }
  const present = Object.hasOwn(result, key) ? (result[key] as Json) : undefined;
  const kind = goKind(patchValue);
  if (present === undefined || goKind(present) !== kind || (kind !== 'map' && kind !== 'slice')) {
    if (deletesFromList && (present === undefined || goKind(present) !== kind)) return;
    const added = mode.ignoreUnmatchedNulls && goKind(present) !== kind ? withoutNulls(patchValue) : patchValue;
    put(result, key, withoutDirectives(added));
  } else if (isObject(patchValue)) {
    const meta = structMeta(schema, key);
    const replaces = meta.strategy === 'replace';
    setKey(result, key, replaces ? patchValue : mergeMap(present as JsonObject, patchValue, meta.schema, mode));
  } else {
    const meta = sliceMeta(schema, key);
    const merges = meta.strategy === 'merge' || deletesFromList;
    const [list, change] = [present as Json[], patchValue as Json[]];
    setKey(result, key, merges ? mergeList(list, change, meta.schema, meta.mergeKey, mode, deletesFromList) : change);
  }
}

function put(result: JsonObject, key: string, value: Json | undefined): void {
  if (value === undefined) delete result[key];
  else setKey(result, key, value);
}

/** `$setElementOrder/containers` → `containers`. */
function listNameOf(key: string, prefix: string): string {
  const slash = key.indexOf('/');
  if (slash < 0 || key.slice(0, slash) !== prefix) {
    throw prefix === SET_ELEMENT_ORDER ? badSetElementOrder() : badPrimitiveList();
  }
  return key.slice(slash + 1);
}

/** Obeys `$retainKeys`: fields of `result` that it does not name go, and the patch may name no others. */
function retainKeys(result: JsonObject, patch: JsonObject, mode: MergeMode): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
  const wanted = patch[RETAIN_KEYS] as Json;
  if (!mode.mergeParallelList) {
    if (!Object.hasOwn(result, RETAIN_KEYS)) result[RETAIN_KEYS] = wanted;
    else if (!deepEqual(result[RETAIN_KEYS], wanted)) {
      throw new PatchError(
        `${formatGo(result[RETAIN_KEYS])} and ${formatGo(wanted)} are not deep equal: this may happen when calculating the 3-way diff patch`,
      );
    }
    return;
  }
  if (!Array.isArray(wanted)) throw badRetainKeys();
  const retained = new Set<Json>(wanted);
  for (const key of Object.keys(patch)) {
    const exempt =
      key === RETAIN_KEYS ||
      patch[key] === null ||
      key.startsWith(DELETE_FROM_PRIMITIVE_LIST) ||
      key.startsWith(SET_ELEMENT_ORDER);
    if (!exempt && !retained.has(key)) throw badRetainKeys();
  }
  for (const key of Object.keys(result)) if (!retained.has(key)) delete result[key];
}

/**
 * Obeys each `$setElementOrder/<list>`, together with the list of that name in the patch. Precedence: that order, then the
 * live one. Returns the names of the lists it has merged (mergePatchIntoOriginal).
 */
function mergeOrderedLists(
  result: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
  mode: MergeMode,
): Set<string> | undefined {
  let merged: Set<string> | undefined;
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ELEMENT_ORDER)) continue;
    const order = patch[key] as Json;
    if (!mode.mergeParallelList) {
      if (!Object.hasOwn(result, key)) setKey(result, key, order);
      else if (!deepEqual(result[key], order)) throw badSetElementOrder();
    }
    if (!Array.isArray(order)) throw badArgType('slice', order);
    const name = listNameOf(key, SET_ELEMENT_ORDER);
    const present = Object.hasOwn(result, name) ? listOf(result[name]) : undefined;
    const change = Object.hasOwn(patch, name) ? listOf(patch[name]) : undefined;
    const meta = sliceMeta(schema, name);
    validateOrder(change ?? [], order, meta.mergeKey);
    const liveOrder = [...(present ?? [])];
    let list: Json[];
    if (present === undefined) {
      if (change === undefined) continue;
      list = withoutDirectives(change) as Json[];
    } else if (change === undefined) list = present;
    else if (meta.strategy === 'merge')
      list = mergeList(present, change, meta.schema, meta.mergeKey, mode, false, liveOrder);
    else list = change;
    const [named, others] = partition(list, order, meta.mergeKey);
    const kind = elementKind(present ?? [], change ?? []);
    setKey(result, name, mergeInOrder(named, others, order, liveOrder, meta.mergeKey, kind));
    merged ??= new Set();
    merged.add(name);
  }
  return merged;
}

function listOf(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw badArgType('slice', value);
  return value;
}

/** The elements of the patch must stand in the order that `order` gives them, and all in it (validatePatchWithSetOrderList). */
function validateOrder(change: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (order.length === 0 || change.length === 0) return;
  const elements = mergeKey === '' ? change : splitDeletions(change).kept;
  let at = 0;
  let place = 0;
  while (at < elements.length && place < order.length) {
    const element = elements[at] as Json;
    if (isObject(element) && Object.hasOwn(element, DIRECTIVE)) {
      at++;
      continue;
    }
    if (sameElement(element, order[place] as Json, mergeKey)) at++;
    place++;
  }
  if (at < elements.length && place >= order.length) {
    throw new PatchError(
      `The order in patch list:\n${formatGo(change as Json[])}\n doesn't match ${SET_ELEMENT_ORDER} list:\n${formatGo(order as Json[])}\n`,
    );
  }
}

function sameElement(a: Json, b: Json, mergeKey: string): boolean {
  if (mergeKey === '') return canonical(a) === canonical(b);
  return canonical(mergeKeyValue(a, mergeKey)) === canonical(mergeKeyValue(b, mergeKey));
}

/** `liveOrder`, a copy of `original`, is changed to the order that upstream leaves in it. */
function mergeList(
  original: Json[],
  patch: Json[],
  schema: Schema | undefined,
  mergeKey: string,
  mode: MergeMode,
  deletes: boolean,
  liveOrder: Json[] = [],
): Json[] {
  if (original.length === 0 && patch.length === 0) return original;
  const kind = elementKind(original, patch);
  let merged: Json[];
  let server = original;
  let changes = patch;
  let replaced = false;
  if (kind !== 'map') {
    if (mode.mergeParallelList && deletes) return withoutScalars(original, patch);
    merged = deduplicate([...original, ...patch]);
  } else {
    if (mergeKey === '') {
      throw new PatchError(`cannot merge lists without merge key for ${goKindOfSchema(schema)}`);
    }
    ({ server, changes, replaced } = obeyElementDirectives(original, patch as JsonObject[], mergeKey, liveOrder));
    merged = mergeElements(server, changes as JsonObject[], mergeKey, schema, mode);
    // Upstream works in the live list's own memory, where elements that are added take the places of deleted ones.
    const places = Math.min(merged.length, liveOrder.length);
    if (!replaced) for (let i = 0; i < places; i++) liveOrder[i] = merged[i] as Json;
    server = merged.slice(0, server.length);
  }
  const [named, others] = partition(merged, changes, mergeKey);
  return mergeInOrder(named, others, changes, server, mergeKey, kind);
}

function withoutScalars(list: readonly Json[], unwanted: readonly Json[]): Json[] {
  const gone = new Set(unwanted.map(canonical));
  return list.filter((value) => !gone.has(canonical(value)));
}

/** Elements that are directives: `$patch: delete` takes its element out, `$patch: replace` puts the others in the list's place. */
function obeyElementDirectives(
  original: Json[],
  patch: readonly JsonObject[],
  mergeKey: string,
  liveOrder: Json[],
): { server: Json[]; changes: Json[]; replaced: boolean } {
  const changes: Json[] = [];
  let server = original;
  let replace = false;
  for (const element of patch) {
    if (!Object.hasOwn(element, DIRECTIVE)) {
      changes.push(element);
      continue;
    }
    switch (element[DIRECTIVE]) {
      case 'delete': {
        if (!Object.hasOwn(element, mergeKey)) throw noMergeKey(element, mergeKey);
        const value = element[mergeKey] as Json;
        for (let at = findByMergeKey(server, mergeKey, value); at >= 0; ) {
          const end = server.length;
          server = server.filter((_, i) => i !== at);
          liveOrder.copyWithin(at, at + 1, end);
          at = findByMergeKey(server, mergeKey, value);
        }
        break;
      }
      case 'replace':
        replace = true;
        break;
      case 'merge':
        throw new PatchError('merging lists cannot yet be specified in the patch');
      default:
        throw badPatchType(element[DIRECTIVE], element);
    }
  }
  return replace ? { server: changes, changes: [], replaced: true } : { server, changes, replaced: false };
}

/** Merges each element of the patch into the one with its merge key, or puts it at the end. */
function mergeElements(
  server: readonly Json[],
  changes: readonly JsonObject[],
  mergeKey: string,
  schema: Schema | undefined,
  mode: MergeMode,
): Json[] {
  const merged = [...server];
  for (const element of changes) {
    const at = findByMergeKey(merged, mergeKey, mergeKeyValue(element, mergeKey));
    if (at < 0) merged.push(element);
    else merged[at] = mergeMap(merged[at] as JsonObject, element, schema, mode);
  }
  return merged;
}

/** `value` without maps that carry a directive; undefined when it is one itself. Shares what has none (removeDirectives). */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) {
    const kept = value.map(withoutDirectives);
    if (kept.every((item, i) => item === value[i])) return value;
    return kept.filter((item) => item !== undefined) as Json[];
  }
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  return mapFields(value, withoutDirectives);
}

/** `value` without fields that are null; nulls in lists stay (discardNullValuesFromPatch). */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    const kept = value.map(withoutNulls);
    return kept.every((item, i) => item === value[i]) ? value : kept;
  }
  if (!isObject(value)) return value;
  return mapFields(value, (field) => (field === null ? undefined : withoutNulls(field)));
}

/** The object with `change` done to each field; itself when nothing changes. Fields that become undefined go. */
function mapFields(object: JsonObject, change: (value: Json) => Json | undefined): JsonObject {
  let copy: JsonObject | undefined;
  for (const key of Object.keys(object)) {
    const before = object[key] as Json;
    const after = change(before);
    if (after === before) continue;
    copy ??= { ...object };
    put(copy, key, after);
  }
  return copy ?? object;
}
