/**
 * What server-side apply does with values of a schema: the fields that a configuration names, the merge of a configuration
 * into the live object, and taking fields away again (structured-merge-diff `typed/tofieldset.go`, `merge.go`, `remove.go`).
 */
import { deepEqual, isObject, type Json, type JsonObject, setKey } from '../../apimachinery/json';
import { childrenOf, type FieldSet, isMember, LEAF, withSelf } from './field-set';
import { copyNode, type MutableNode, nodeWith } from './node';
import type { ValueType } from './value-type';

/** The fields and elements that `value` names: who applies it owns these. */
export function fieldsOf(value: Json, type: ValueType): FieldSet {
  const node = fieldsIn(value, type);
  return node ?? LEAF;
}

/** The node of a value without regard to itself; undefined for a map or list that names nothing inside. */
function fieldsIn(value: Json, type: ValueType): FieldSet | undefined {
  switch (type.ownership) {
    case 'leaf':
      return LEAF;
    case 'keyed':
    case 'set':
      return Array.isArray(value) ? fieldsOfList(value, type) : undefined;
    case 'struct':
    case 'map':
      return isObject(value) ? fieldsOfMap(value, type) : undefined;
    default:
      return isObject(value) ? fieldsOfMap(value, type) : LEAF;
  }
}

function fieldsOfMap(object: JsonObject, type: ValueType): FieldSet | undefined {
  let node: MutableNode | undefined;
  for (const name of Object.keys(object)) {
    const value = object[name] as Json;
    const field = type.field(name);
    const inner = fieldsIn(value, field.type);
    const named = value === null || (isObject(value) && Object.keys(value).length === 0) || !field.declared;
    const held = named ? memberOf(inner) : inner;
    if (held === undefined) continue;
    node ??= nodeWith(field.element);
    node[field.element] = held;
  }
  return node;
}

function fieldsOfList(list: readonly Json[], type: ValueType): FieldSet | undefined {
  let node: MutableNode | undefined;
  for (const item of list) {
    const element = type.elementOf(item);
    node ??= nodeWith(element);
    node[element] = element in node ? LEAF : memberOf(fieldsIn(item, type.items));
  }
  return node;
}

function memberOf(node: FieldSet | undefined): FieldSet {
  return node === undefined ? LEAF : withSelf(copyNode(node));
}

/**
 * The live value with the applied one laid over it. Nothing is removed; where nothing changes the live value itself comes back.
 * Lists keep the order of the configuration, with what only the live list has left where it was.
 */
export function mergeTyped(live: Json | undefined, applied: Json | undefined, type: ValueType): Json | undefined {
  if (applied === undefined || applied === live) return live;
  if (live === undefined) return applied;
  const maps = isObject(live) && isObject(applied) && type.ownership !== 'leaf';
  switch (type.ownership) {
    case 'struct':
    case 'map':
      if (maps) return mergeMaps(live, applied, type);
      // Null is a map without fields: it removes nothing.
      if (applied === null && isObject(live) && Object.keys(live).length > 0) return live;
      return applied;
    case 'keyed':
    case 'set':
      if (Array.isArray(live) && Array.isArray(applied)) return mergeLists(live, applied, type);
      if (applied === null && Array.isArray(live) && live.length > 0) return live;
      return applied;
    case 'deduced':
      if (maps) return mergeMaps(live, applied, type);
      if (applied === null && isObject(live) && Object.keys(live).length > 0) return live;
      return deepEqual(live, applied) ? live : applied;
    default:
      return deepEqual(live, applied) ? live : applied;
  }
}

function mergeMaps(live: JsonObject, applied: JsonObject, type: ValueType): JsonObject {
  let result: JsonObject | undefined;
  for (const name of Object.keys(applied)) {
    const before = Object.hasOwn(live, name) ? (live[name] as Json) : undefined;
    const after = mergeTyped(before, applied[name] as Json, type.field(name).type);
    if (after === before || after === undefined) continue;
    result ??= { ...live };
    setKey(result, name, after);
  }
  return result ?? live;
}

function mergeLists(live: Json[], applied: Json[], type: ValueType): Json[] {
  if (applied.length === 0) return live;
  const left = live.map((item) => type.elementOf(item));
  const right = applied.map((item) => type.elementOf(item));
  const lives = new Map<string, Json>();
  // Elements that the live list has twice are not merged with, but replaced.
  for (const [i, element] of left.entries()) lives.set(element, lives.has(element) ? null : (live[i] as Json));
  const wanted = new Map(right.map((element, i) => [element, applied[i] as Json]));
  const shared = right.filter((element) => lives.has(element));
  const merged = new Set<string>();
  const out: Json[] = [];
  const take = (element: string): void => {
    merged.add(element);
    out.push(mergeTyped(lives.get(element), wanted.get(element), type.items) as Json);
  };
  let next = shared.shift();
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const ours = left[l] as string;
    if (l < left.length && r < right.length) {
      if (ours === right[r]) {
        take(ours);
        l++;
        r++;
        next = shared.shift();
        continue;
      }
      if (wanted.has(ours) && next !== undefined && next !== ours) {
        // Shared, but its turn comes later.
        l++;
        continue;
      }
    }
    if (l < left.length) {
      if (!wanted.has(ours)) {
        out.push(live[l++] as Json);
        continue;
      }
      if (merged.has(ours)) l++;
    }
    if (r < right.length) {
      const theirs = right[r++] as string;
      take(theirs);
      if (theirs === next) next = shared.shift();
    }
  }
  return out.length === live.length && out.every((item, i) => item === live[i]) ? live : out;
}

/**
 * `value` without the fields and elements of `unwanted`; undefined when nothing is left of a map or list that had something,
 * and for one that is owned whole.
 */
export function removeFields(value: Json, unwanted: FieldSet, type: ValueType): Json | undefined {
  if (isObject(value)) {
    if (type.ownership === 'leaf' || Object.keys(value).length === 0) return undefined;
    return removeFromMap(value, unwanted, type);
  }
  if (!Array.isArray(value)) return value;
  if (type.ownership !== 'keyed' && type.ownership !== 'set') return undefined;
  return removeFromList(value, unwanted, type);
}

function removeFromMap(object: JsonObject, unwanted: FieldSet, type: ValueType): JsonObject | undefined {
  let result: JsonObject | undefined;
  for (const name of Object.keys(object)) {
    const field = type.field(name);
    const gone = unwanted[field.element];
    if (gone === undefined) continue;
    const before = object[name] as Json;
    // Upstream leaves null where all that a map held is gone, though the map itself is not.
    const after = isMember(gone) ? undefined : (removeFields(before, gone, field.type) ?? null);
    if (after === before) continue;
    result ??= { ...object };
    if (after === undefined) delete result[name];
    else setKey(result, name, after);
  }
  if (result === undefined) return object;
  return Object.keys(result).length === 0 ? undefined : result;
}

function removeFromList(list: Json[], unwanted: FieldSet, type: ValueType): Json[] | undefined {
  const kept: Json[] = [];
  let changed = false;
  for (const item of list) {
    const gone = unwanted[type.elementOf(item)];
    const after =
      gone === undefined ? item : isMember(gone) ? undefined : (removeFields(item, gone, type.items) ?? null);
    if (after !== item) changed = true;
    if (after !== undefined) kept.push(after);
  }
  if (!changed) return list;
  return kept.length === 0 ? undefined : kept;
}

/** `set` with every named field of a struct that has members inside as a member too (EnsureNamedFieldsAreMembers). */
export function withNamedFields(set: FieldSet, type: ValueType | undefined): FieldSet {
  let node: MutableNode | undefined;
  for (const element of childrenOf(set)) {
    node ??= nodeWith(element);
    const inner = set[element] as FieldSet;
    const isField = element.startsWith('f:');
    const field =
      isField && type && type.ownership !== 'set' && type.ownership !== 'keyed'
        ? type.field(element.slice(2))
        : undefined;
    const innerType = field?.type ?? (element.startsWith('k:') && type?.ownership === 'keyed' ? type.items : undefined);
    if (childrenOf(inner).length === 0) {
      node[element] = LEAF;
      continue;
    }
    const copy = withNamedFields(inner, innerType) as MutableNode;
    node[element] = isMember(inner) || field?.declared ? withSelf(copy) : copy;
  }
  return node ?? LEAF;
}

const COMPOSITE = new Set<string | undefined>(['object', 'map', 'array', 'any']);

/** `set` with everything below a value that is owned whole put down to that value, for schemas that have changed (ReconcileFieldSetWithSchema). */
export function reconcileWithSchema(set: FieldSet, type: ValueType): FieldSet {
  let result: MutableNode | undefined;
  for (const element of childrenOf(set)) {
    const before = set[element] as FieldSet;
    if (childrenOf(before).length === 0) continue;
    const inner = element.startsWith('f:')
      ? type.ownership === 'keyed' || type.ownership === 'set'
        ? undefined
        : type.field(element.slice(2)).type
      : type.ownership === 'keyed' || type.ownership === 'set'
        ? type.items
        : undefined;
    if (inner === undefined || inner.ownership === 'deduced') continue;
    const whole = inner.ownership === 'leaf' && COMPOSITE.has(inner.schema?.type);
    const after = whole ? LEAF : reconcileWithSchema(before, inner);
    if (after === before) continue;
    result ??= copyNode(set);
    result[element] = after;
  }
  return result ?? set;
}
