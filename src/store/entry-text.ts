/**
 * An entry as text, for the drivers that write: `{"key":…,"revision":…,"value":…}`. The managedFields of an object stand apart
 * and are read when somebody asks for them: they are a third of all text, and few look at them.
 */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { parseJson, stringifyJson } from '../apimachinery/json-text';
import { defineLate } from '../apimachinery/late-member';
import type { Entry } from './store';

export interface EntryText {
  /** All but the managedFields, in whose place is null. One line. */
  text: string;
  /** The managedFields, if there are any. One line. */
  managed: string | undefined;
  /** True when an integer in either may need care to be read. */
  longIntegers: boolean;
}

export function entryText({ key, revision, value }: Entry): EntryText {
  const write = (json: Json) => `{"key":${JSON.stringify(key)},"revision":${revision},"value":${stringifyJson(json)}}`;
  const metadata = isObject(value) ? value.metadata : undefined;
  const managed = isObject(metadata) ? metadata[MANAGED] : undefined;
  if (!Array.isArray(managed)) {
    const text = write(value);
    return { text, managed: undefined, longIntegers: LONG_INTEGER.test(text) };
  }
  const rest = { ...(value as JsonObject), metadata: { ...(metadata as JsonObject), [MANAGED]: null } };
  const text = write(rest);
  let longIntegers = LONG_INTEGER.test(text);
  const managers = managed.map((entry) => {
    const written = managerText(entry);
    longIntegers ||= written.longIntegers;
    return written.text;
  });
  return { text, managed: `[${managers.join()}]`, longIntegers };
}

/** Objects that were made alike share the entry of who made them, and are written one soon after another. */
const lately = new Map<Json, { text: string; longIntegers: boolean }>();
const MOST = 64;

function managerText(entry: Json): { text: string; longIntegers: boolean } {
  let written = lately.get(entry);
  if (written === undefined) {
    const text = stringifyJson(entry);
    written = { text, longIntegers: LONG_INTEGER.test(text) };
    // What may still change is not remembered.
    if (Object.isFrozen(entry)) {
      if (lately.size >= MOST) lately.clear();
      lately.set(entry, written);
    }
  }
  return written;
}

const MANAGED = 'managedFields';

/** Digits that a double may not hold, where a number can stand; false alarms only cost time. */
const LONG_INTEGER = /[[:,]-?\d{16}/;

/**
 * The entry of a text, frozen (see FREEZE) unless it is to be its reader's `own`. `managed` gives the text of its managedFields,
 * `longIntegers` tells that numbers in either may need care. Throws SyntaxError or JsonSyntaxError.
 */
export function parseEntry(
  text: string,
  managed: (() => string) | undefined,
  longIntegers: boolean,
  own: boolean,
): Entry {
  const parse = longIntegers ? parseJson : (JSON.parse as (text: string) => Json);
  const entry = parse(text) as { key: string; revision: number; value: Json };
  if (!managed) {
    if (!own) freeze(entry.value);
  } else {
    const object = entry.value as JsonObject;
    const metadata = object.metadata as JsonObject;
    if (FREEZE && !own) {
      for (const key in object) if (key !== 'metadata') freeze(object[key] as Json);
      for (const key in metadata) freeze(metadata[key] as Json);
    }
    defineLate(metadata, MANAGED, () => {
      const value = parse(managed());
      freeze(value);
      return value;
    });
    if (!own) {
      Object.freeze(metadata);
      Object.freeze(object);
    }
  }
  return own ? entry : Object.freeze(entry);
}

/**
 * Whoever changes what the store handed out fails at once, in every test. The built program is spared the freezing, which takes a
 * tenth of the time of a listing.
 */
const FREEZE = process.env.NODE_ENV !== 'production';

/** Freezes what was parsed just now and nobody else holds. */
function freeze(value: Json): void {
  if (!FREEZE || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) freeze(item);
  else for (const key in value) freeze(value[key] as Json);
  Object.freeze(value);
}

const KEY_START = '{"key":"'.length;

/** The key of a text, without parsing the rest. */
export function keyOfText(text: string): string {
  const key = text.slice(KEY_START, text.indexOf('","revision":', KEY_START));
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
}
