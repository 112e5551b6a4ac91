/**
 * How strategic merge compares, orders and divides lists: of maps by their merge key, of scalars by value
 * (apimachinery `util/strategicpatch/patch.go`). Nothing here changes a list that it is given.
 */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { formatGo, type GoKind, goKind, scalarEqual } from './go-value';
import { badArgType, noListOfLists, noMergeKey, PatchError } from './patch-error';

export const DIRECTIVE = '$patch';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList';
export const RETAIN_KEYS = '$retainKeys';
export const SET_ELEMENT_ORDER = '$setElementOrder';

/**
 * The kind that all elements of these lists share (sliceElementType).
 * @throws PatchError for lists of lists, mixed kinds, or no element at all.
 */
export function elementKind(...lists: readonly (readonly Json[])[]): GoKind {
  let kind: GoKind | undefined;
  for (const list of lists) {
    for (const element of list) {
      const its = goKind(element);
      if (kind === undefined) {
        if (its === 'slice') throw noListOfLists();
        kind = its;
      } else if (its !== kind) {
        throw new PatchError(`list element types are not identical: ${formatGo(lists as Json[])}`);
      }
    }
  }
  if (kind === undefined) throw new PatchError('no elements in any of the given slices');
  return kind;
}

/** The first map of `list` whose `mergeKey` has this value; its index, or -1 (findMapInSliceBasedOnKeyValue). */
export function findByMergeKey(list: readonly Json[], mergeKey: string, value: Json | undefined): number {
  for (let i = 0; i < list.length; i++) {
    const element = list[i];
    if (!isObject(element)) throw new PatchError(`value for key ${i} is not a map`);
    if (Object.hasOwn(element, mergeKey) && scalarEqual(element[mergeKey], value)) return i;
  }
  return -1;
}

/** The merge key's value of a list element that must be a map and must have one. */
export function mergeKeyValue(element: Json | undefined, mergeKey: string): Json {
  if (!isObject(element)) throw badArgType('map', element);
  if (!Object.hasOwn(element, mergeKey)) throw noMergeKey(element, mergeKey);
  return element[mergeKey] as Json;
}

/** What an element is known by: a map by its merge key, a scalar by itself. */
function identity(element: Json | undefined, mergeKey: string, kind: GoKind): Json | undefined {
  if (kind !== 'map') return element;
  return isObject(element) && Object.hasOwn(element, mergeKey) ? element[mergeKey] : undefined;
}

function indexIn(list: readonly Json[], element: Json | undefined, mergeKey: string, kind: GoKind): number {
  const wanted = identity(element, mergeKey, kind);
  for (let i = 0; i < list.length; i++) if (scalarEqual(identity(list[i], mergeKey, kind), wanted)) return i;
  return -1;
}

/** Elements of `list` that stand in `by`, and those that don't, each in the order of `list`. */
export function partition(list: readonly Json[], by: readonly Json[], mergeKey: string): [Json[], Json[]] {
  const inside: Json[] = [];
  const outside: Json[] = [];
  const scalars = mergeKey === '' ? new Set(by.map(canonical)) : undefined;
  for (const element of list) {
    const found = scalars
      ? scalars.has(canonical(element))
      : findByMergeKey(by, mergeKey, mergeKeyValue(element, mergeKey)) >= 0;
    (found ? inside : outside).push(element);
  }
  return [inside, outside];
}

/** Whole numbers as bigint, so that a Set finds 1n where 1 was put in. */
export function canonical(value: Json): Json {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

/** `a` without those elements that are directives to delete, and those (extractToDeleteItems). */
export function splitDeletions(list: readonly Json[]): { kept: Json[]; deletions: Json[] } {
  const kept: Json[] = [];
  const deletions: Json[] = [];
  for (const element of list) {
    if (!isObject(element)) throw badArgType('map', element);
    (element[DIRECTIVE] === 'delete' ? deletions : kept).push(element);
  }
  return { kept, deletions };
}

/**
 * The elements of a patch and those only the server has, in one list: the former in `patchOrder`, the latter in
 * `serverOrder`, and between the two the order of the server as far as that goes (normalizeElementOrder).
 */
export function mergeInOrder(
  patch: readonly Json[],
  serverOnly: readonly Json[],
  patchOrder: readonly Json[],
  serverOrder: readonly Json[],
  mergeKey: string,
  kind: GoKind,
): Json[] {
  const right = sortByOrder(patch, patchOrder, mergeKey, kind);
  const left = sortByOrder(serverOnly, serverOrder, mergeKey, kind);
  const merged: Json[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const leftAt = indexIn(serverOrder, left[l], mergeKey, kind);
    const rightAt = leftAt < 0 ? -1 : indexIn(serverOrder, right[r], mergeKey, kind);
    if (rightAt >= 0 && leftAt < rightAt) merged.push(left[l++] as Json);
    else merged.push(right[r++] as Json);
  }
  while (l < left.length) merged.push(left[l++] as Json);
  while (r < right.length) merged.push(right[r++] as Json);
  return merged;
}

/** `list` in the order that its elements have in `order`; directives to delete go last (normalizeSliceOrder). */
export function sortByOrder(list: readonly Json[], order: readonly Json[], mergeKey: string, kind: GoKind): Json[] {
  let sorted = [...list];
  let deletions: Json[] = [];
  if (kind === 'map') {
    for (const element of list) mergeKeyValue(element, mergeKey);
    for (const element of order) mergeKeyValue(element, mergeKey);
    ({ kept: sorted, deletions } = splitDeletions(list));
  }
  const places = sorted.map((element) => indexIn(order, element, mergeKey, kind));
  const keys = sorted.map((_, i) => i);
  // Upstream's comparison calls an element without a place smaller than any, even than itself: each moves before what
  // precedes it, as in the insertion sort that Go runs on up to twenty elements.
  for (let i = 1; i < keys.length; i++) {
    for (let j = i; j > 0 && precedes(places[keys[j]!]!, places[keys[j - 1]!]!); j--) {
      [keys[j], keys[j - 1]] = [keys[j - 1]!, keys[j]!];
    }
  }
  return [...keys.map((k) => sorted[k] as Json), ...deletions];
}

function precedes(a: number, b: number): boolean {
  return a < 0 || b < 0 || a < b;
}

/** The scalars, sorted as Go prints them (sortScalars). */
export function sortScalars(list: readonly Json[]): Json[] {
  return sortByText(list, formatGo);
}

/** Maps sorted by their merge key as Go prints it; of equal ones the later comes first, as upstream's sort leaves them. */
export function sortByMergeKey(list: readonly Json[], mergeKey: string): Json[] {
  return sortByText(list, (element) => formatGo((element as JsonObject)[mergeKey]));
}

function sortByText(list: readonly Json[], text: (element: Json) => string): Json[] {
  return list
    .map((element, i) => ({ element, i, key: text(element) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : b.i - a.i))
    .map(({ element }) => element);
}

/** Each scalar once. The last element takes the place of a repeated one, as upstream has it (deduplicateScalars). */
export function deduplicate(list: readonly Json[]): Json[] {
  const once = [...list];
  for (let i = 0; i < once.length - 1; i++) {
    for (let j = i + 1; j < once.length; j++) {
      if (!scalarEqual(once[i], once[j])) continue;
      const last = once.pop() as Json;
      if (j < once.length) once[j] = last;
      j--;
    }
  }
  return once;
}
