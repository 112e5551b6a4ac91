/**
 * What a write changed, as sets of fields (structured-merge-diff `typed/compare.go`). This runs on every write, so it walks
 * only where the two values are not the same object, and builds nothing where they are equal.
 */
import { deepEqual, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { isSharedPart } from '../../apimachinery/shared-part';
import { type FieldSet, LEAF, withSelf } from './field-set';
import { copyNode } from './node';
import { Draft } from './shared-nodes';
import { type FieldType, fieldValue, type ValueType } from './value-type';

export interface Comparison {
  /** Fields that the new value adds or has differently. */
  changed: FieldSet;
  /** Fields that only the old value has. */
  removed: FieldSet;
}

/** The two halves of the answer while it is put together; undefined where nothing differs. */
interface Difference {
  changed: FieldSet | undefined;
  removed: FieldSet | undefined;
}

class Found {
  changed: Draft | undefined;
  removed: Draft | undefined;
}

/** Puts what was found of one element or field to the rest. */
function note(found: Found | undefined, element: string, difference: Difference): Found | undefined {
  const { changed, removed } = difference;
  if (changed === undefined && removed === undefined) return found;
  const all = found ?? new Found();
  if (changed !== undefined) {
    all.changed ??= new Draft();
    all.changed.set(element, changed);
  }
  if (removed !== undefined) {
    all.removed ??= new Draft();
    all.removed.set(element, removed);
  }
  return all;
}

function outcome(found: Found | undefined): Difference {
  return found === undefined ? SAME : { changed: found.changed?.node(), removed: found.removed?.node() };
}

const SAME: Difference = Object.freeze({ changed: undefined, removed: undefined });
const CHANGED: Difference = Object.freeze({ changed: LEAF, removed: undefined });
const REMOVED: Difference = Object.freeze({ changed: undefined, removed: LEAF });

/** A value that was not there before. */
function added(value: Json, type: ValueType): Difference {
  const changed = everything(value, type);
  return changed === LEAF ? CHANGED : { changed, removed: undefined };
}

function gone(value: Json, type: ValueType): Difference {
  const removed = everything(value, type);
  return removed === LEAF ? REMOVED : { changed: undefined, removed };
}

/**
 * Compares an object before and after a write.
 * @throws TypedValueError where a list's element has no keys.
 */
export function compare(before: JsonObject, after: JsonObject, type: ValueType): Comparison {
  const { changed, removed } = compareValues(before, after, type);
  return { changed: changed ?? LEAF, removed: removed ?? LEAF };
}

/** Every field of a value, with the structs, maps, lists and elements that hold them: what is owned when it is all new. */
export function everything(value: Json, type: ValueType): FieldSet {
  switch (type.ownership) {
    case 'leaf':
      return LEAF;
    case 'struct':
    case 'map':
      return isObject(value) ? everyField(value, type) : LEAF;
    case 'keyed':
    case 'set':
      return Array.isArray(value) ? everyElement(value, type) : LEAF;
    default:
      return isObject(value) ? everyField(value, type) : LEAF;
  }
}

function everyField(object: JsonObject, type: ValueType): FieldSet {
  const draft = new Draft();
  for (const name in object) {
    const field = type.field(name);
    const value = field.omitsZero ? fieldValue(object, name, field) : (object[name] as Json);
    if (value !== undefined) draft.set(field.element, everything(value, field.type));
  }
  const { implied } = type;
  for (let i = 0; i < implied.length; i++) {
    const [name, field] = implied[i] as [string, FieldType];
    if (object[name] === undefined || !Object.hasOwn(object, name))
      draft.set(field.element, everything(field.implied as Json, field.type));
  }
  return draft.nodeWithSelf();
}

function everyElement(list: readonly Json[], type: ValueType): FieldSet {
  const draft = new Draft();
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as Json;
    const element = type.elementOf(item);
    // Elements with one key are owned as one thing.
    draft.set(element, draft.has(element) ? LEAF : everything(item, type.items));
  }
  return draft.nodeWithSelf();
}

function compareFields(old: JsonObject | null, now: JsonObject | null, name: string, field: FieldType): Difference {
  const before = fieldValue(old, name, field);
  const after = fieldValue(now, name, field);
  if (before === after) return SAME;
  if (before === undefined) return added(after as Json, field.type);
  if (after === undefined) return gone(before, field.type);
  return compareValues(before, after, field.type);
}

function compareValues(before: Json, after: Json, type: ValueType): Difference {
  if (before === after) return SAME;
  switch (type.ownership) {
    case 'leaf':
      return deepEqual(before, after) ? SAME : CHANGED;
    case 'struct':
    case 'map':
      return compareMaps(before, after, type);
    case 'keyed':
    case 'set':
      return isShared(after) ? compareShared(before, after, type) : compareLists(before, after, type);
    default:
      return compareDeduced(before, after, type);
  }
}

function isShared(value: Json): value is Json[] | JsonObject {
  return typeof value === 'object' && value !== null && isSharedPart(value);
}

/** Null is an empty map or list here, and so is what is no such thing at all. */
function compareMaps(before: Json, after: Json, type: ValueType): Difference {
  const old = isObject(before) ? before : null;
  const now = isObject(after) ? after : null;
  if (isEmpty(old) && isEmpty(now)) return deepEqual(before, after) ? SAME : CHANGED;
  let found: Found | undefined;
  for (const name in now) {
    if (old !== null && now[name] === old[name]) continue;
    const field = type.field(name);
    found = note(found, field.element, compareFields(old, now, name, field));
  }
  for (const name in old) {
    if (now !== null && Object.hasOwn(now, name)) continue;
    const field = type.field(name);
    found = note(found, field.element, compareFields(old, now, name, field));
  }
  if (old === null || now === null) {
    for (const [name, field] of type.implied) {
      if (!Object.hasOwn(old ?? now ?? {}, name)) {
        found = note(found, field.element, compareFields(old, now, name, field));
      }
    }
  }
  return outcome(found);
}

/** True for null too. */
function isEmpty(object: JsonObject | null): boolean {
  for (const _ in object) return false;
  return true;
}

function compareLists(before: Json, after: Json, type: ValueType): Difference {
  const old = Array.isArray(before) ? before : [];
  const now = Array.isArray(after) ? after : [];
  if (old.length === 0 && now.length === 0) return deepEqual(before, after) ? SAME : CHANGED;
  if (old.length === now.length) {
    const elements = commonElements(old, now, type);
    if (elements === 'same') return SAME;
    if (elements && areDistinct(elements)) return compareInOrder(old, now, elements, type);
  }
  const [olds, news] = [byElement(old, type), byElement(now, type)];
  let found: Found | undefined;
  for (const [element, items] of news) found = note(found, element, compareItems(olds.get(element), items, type));
  for (const [element, items] of olds) {
    if (news.has(element)) continue;
    found = note(found, element, items instanceof Repeated ? REMOVED : gone(items, type.items));
  }
  return outcome(found);
}

/** What became of one list that is another now, where many objects have both. */
interface Step {
  before: Json;
  type: ValueType;
  difference: Difference;
}
const steps = new WeakMap<object, Step>();

/** As compareLists, of a list that many objects have: it is found out once, as long as it took the place of the same one. */
function compareShared(before: Json, after: Json[] | JsonObject, type: ValueType): Difference {
  const known = steps.get(after);
  if (known !== undefined && known.before === before && known.type === type) return known.difference;
  const difference = compareLists(before, after, type);
  if (isShared(before)) steps.set(after, { before, type, difference });
  return difference;
}

/** What the elements of two lists of one length are called, if they are called alike in each place. */
function commonElements(old: readonly Json[], now: readonly Json[], type: ValueType): string[] | 'same' | undefined {
  let i = 0;
  while (i < old.length && old[i] === now[i]) i++;
  if (i === old.length) return 'same';
  const elements: string[] = [];
  for (let i = 0; i < old.length; i++) {
    const before = old[i] as Json;
    const after = now[i] as Json;
    const element = type.elementOf(before);
    if (before !== after && type.elementOf(after) !== element) return undefined;
    elements.push(element);
  }
  return elements;
}

/** Lists are short as a rule: a Set of their elements takes longer than it saves. */
const FEW = 16;

function areDistinct(elements: readonly string[]): boolean {
  if (elements.length > FEW) return new Set(elements).size === elements.length;
  for (let i = 1; i < elements.length; i++) if (elements.indexOf(elements[i] as string) < i) return false;
  return true;
}

/** The usual case: the same elements in the same places. */
function compareInOrder(
  old: readonly Json[],
  now: readonly Json[],
  elements: readonly string[],
  type: ValueType,
): Difference {
  let found: Found | undefined;
  const { items } = type;
  for (let i = 0; i < old.length; i++) {
    const difference = compareValues(old[i] as Json, now[i] as Json, items);
    found = note(found, elements[i] as string, difference);
  }
  return outcome(found);
}

/** Several elements with the same keys: owned together, as one leaf. */
class Repeated {
  constructor(readonly items: Json[]) {}
}

function byElement(list: readonly Json[], type: ValueType): Map<string, Json | Repeated> {
  const elements = new Map<string, Json | Repeated>();
  for (const item of list) {
    const element = type.elementOf(item);
    const known = elements.get(element);
    if (known === undefined) elements.set(element, item);
    else if (known instanceof Repeated) known.items.push(item);
    else elements.set(element, new Repeated([known, item]));
  }
  return elements;
}

function compareItems(old: Json | Repeated | undefined, now: Json | Repeated, type: ValueType): Difference {
  if (now instanceof Repeated) {
    if (old === undefined) return CHANGED;
    if (old instanceof Repeated) return deepEqual(old.items, now.items) ? SAME : CHANGED;
    return { changed: LEAF, removed: everything(old, type.items) };
  }
  if (old instanceof Repeated) return { changed: everything(now, type.items), removed: LEAF };
  if (old === undefined) return added(now, type.items);
  return compareValues(old, now, type.items);
}

/** Without a schema: maps field by field, everything else whole. */
function compareDeduced(before: Json, after: Json, type: ValueType): Difference {
  const maps = isObject(before) || isObject(after);
  const compatible = (isObject(before) || before === null) && (isObject(after) || after === null);
  if (!maps) return deepEqual(before, after) ? SAME : CHANGED;
  if (compatible) return compareMaps(before, after, type);
  const { changed, removed } = compareMaps(before, after, type);
  return { changed: changed === undefined ? LEAF : withSelf(copyNode(changed)), removed };
}
