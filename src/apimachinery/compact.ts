/**
 * What is stored, in as little memory as it takes. Parts that many objects have alike are one part: pods of one template differ in
 * little but their names. And objects are built as JSON.parse builds them, without room to grow: what was put together field by
 * field takes half as much again, and what a field was deleted from has a hidden class to itself.
 */
import { deepFreeze, type Json, type JsonObject } from './json';
import { lateMemberOf } from './late-member';

/** From this depth on parts are looked up: what is above (`spec`, `status`, `metadata`) is like no other. */
const SHARED_DEPTH = 2;
/** A part whose text is longer is looked up in parts. */
const LONGEST = 3072;

const NO_FIELDS: JsonObject = Object.freeze({});
const NO_ITEMS: Json[] = Object.freeze([]) as unknown as Json[];

/** What was seen lately, by its text; what was not asked for through a generation is forgotten. */
class Seen<V> {
  private young = new Map<string, V>();
  private old = new Map<string, V>();

  constructor(private readonly generation: number) {}

  get(text: string): V | undefined {
    const known = this.young.get(text);
    if (known !== undefined) return known;
    const older = this.old.get(text);
    if (older !== undefined) this.set(text, older);
    return older;
  }

  set(text: string, value: V): void {
    if (this.young.size >= this.generation) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(text, value);
  }
}

const parts = new Seen<Json>(2048);
const strings = new Seen<string>(4096);

/** A value deeply frozen, as small as it gets. The argument is used up: parts of it may be parts of the result. */
export function compacted(value: Json): Json {
  return compactedAt(value, 0);
}

/** As compacted, but nothing is looked for or moved: many times quicker, and up to half as much again in memory. */
export function frozenInPlace(value: Json): Json {
  return typeof value !== 'object' || value === null ? value : frozenAround(value, 0);
}

/** From this depth on no member is read late: it is an object's or its metadata's. */
const LATE_DEPTH = 2;

function frozenAround(value: JsonObject | Json[], depth: number): Json {
  if (depth >= LATE_DEPTH || Array.isArray(value)) return deepFreeze(value);
  if (Object.isFrozen(value)) return value;
  const late = lateMemberOf(value);
  for (const key in value) {
    const part = key === late ? null : value[key];
    if (typeof part === 'object' && part !== null) frozenAround(part, depth + 1);
  }
  return Object.freeze(value);
}

/** What is frozen was compacted before, or is somebody's own: it stays as it is, unless it is to be looked at `again`. */
function compactedAt(value: Json, depth: number, again = false): Json {
  if (typeof value === 'string') return sharedString(value);
  if (typeof value !== 'object' || value === null || (Object.isFrozen(value) && !again)) return value;
  if (depth < SHARED_DEPTH) return rebuilt(value, depth, again);
  const shared = Array.isArray(value) && !again ? listOf(value) : undefined;
  if (shared) return shared;
  const text = textOf(value);
  if (text === undefined) return deepFreeze(value);
  if (text === '{}') return NO_FIELDS;
  if (text === '[]') return NO_ITEMS;
  const isShort = text.length <= LONGEST;
  const known = isShort ? parts.get(text) : undefined;
  if (known !== undefined) return known;
  const made = rebuilt(value, depth, again);
  if (isShort) parts.set(text, made);
  return made;
}

/** Lists of one thing that is shared itself, by that: the managers of what was made alike. */
const singles = new WeakMap<object, Json[]>();

function listOf(value: Json[]): Json[] | undefined {
  const [only] = value;
  if (value.length !== 1 || typeof only !== 'object' || only === null || !Object.isFrozen(only)) return undefined;
  let list = singles.get(only);
  if (!list) {
    list = Object.freeze([only]) as Json[];
    singles.set(only, list);
  }
  return list;
}

function rebuilt(value: JsonObject | Json[], depth: number, again: boolean): Json {
  if (Array.isArray(value)) return Object.freeze(value.map((item) => compactedAt(item, depth + 1, again))) as Json[];
  const late = lateMemberOf(value);
  if (late !== undefined) return Object.isFrozen(value) ? value : compactedAround(late, value, depth);
  if (Object.hasOwn(value, '__proto__')) return deepFreeze(value);
  // Made as a dictionary because its keys are like no other's: to parse it would fill V8's tree of layouts (managed-fields/node.ts).
  if (Object.getPrototypeOf(value) === null) return Object.isFrozen(value) ? value : compactedInPlace(value, depth);
  const keys: string[] = [];
  for (const key of Object.keys(value)) if (value[key] !== undefined) keys.push(key);
  const copy = JSON.parse(emptyObject(keys)) as JsonObject;
  for (const key of keys) {
    const part = value[key] as Json;
    // A spec that changes (a pod is bound) has most of its parts from before, when there may have been too little to be small.
    const isOldSpec =
      depth === 0 && key === SPEC && typeof part === 'object' && part !== null && !Object.isFrozen(part);
    copy[key] = compactedAt(part, depth + 1, again || isOldSpec);
  }
  return Object.freeze(copy);
}

const SPEC = 'spec';

function compactedInPlace(value: JsonObject, depth: number): Json {
  for (const key of Object.keys(value)) value[key] = compactedAt(value[key] as Json, depth + 1);
  return Object.freeze(value);
}

/** All but a member that is better left unread. */
function compactedAround(late: string, value: JsonObject, depth: number): Json {
  for (const key of Object.keys(value)) if (key !== late) value[key] = compactedAt(value[key] as Json, depth + 1);
  return Object.freeze(value);
}

/** Shorter ones are shared by V8 itself where they come from a text. */
const SHORT = 11;
const LONG = 200;

/** The same text as one string, without what it was put together from. */
function sharedString(text: string): string {
  if (text.length < SHORT || text.length > LONG) return text;
  const known = strings.get(text);
  if (known !== undefined) return known;
  const flat = JSON.parse(JSON.stringify(text)) as string;
  strings.set(flat, flat);
  return flat;
}

/** The text of an object with the fields on the way here, and how it goes on with each next field. */
interface Layout {
  text: string | undefined;
  readonly next: Map<string, Layout>;
}

/** Keys come from outside and without end: so many ways to go on are remembered. */
const MOST_LAYOUTS = 4096;
const layouts: Layout = { text: undefined, next: new Map() };
let layoutCount = 0;

/** The text of an object with these fields, all null: put together once for objects that have the same. */
function emptyObject(keys: readonly string[]): string {
  let layout = layouts;
  for (const key of keys) {
    let next = layout.next.get(key);
    if (!next) {
      if (layoutCount >= MOST_LAYOUTS) return textOfEmpty(keys);
      next = { text: undefined, next: new Map() };
      layout.next.set(key, next);
      layoutCount++;
    }
    layout = next;
  }
  layout.text ??= textOfEmpty(keys);
  return layout.text;
}

function textOfEmpty(keys: readonly string[]): string {
  return `{${keys.map((key) => `${JSON.stringify(key)}:null`).join(',')}}`;
}

/** The text that stands for a part. Not for one with integers that JSON.stringify refuses (bigint). */
function textOf(value: JsonObject | Json[]): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
