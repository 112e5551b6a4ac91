/**
 * An entry as text, for the drivers that write: `{"key":…,"revision":…,"value":…}`. The managedFields of an object stand apart,
 * on a second line, and are read when somebody asks for them: they are a third of all text, and few look at them.
 */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { parseJson, stringifyJson } from '../apimachinery/json-text';
import { defineLate } from '../apimachinery/late-member';
import type { Entry } from './store';

/** Between the two lines of an entry. No text of JSON.stringify has a line break in it. */
const BREAK = ',\n';

export function entryText({ key, revision, value }: Entry): string {
  const start = `{"key":${JSON.stringify(key)},"revision":${revision},"value":`;
  const metadata = isObject(value) ? value.metadata : undefined;
  const managed = isObject(metadata) ? metadata[MANAGED] : undefined;
  if (!Array.isArray(managed)) return `${start}${stringifyJson(value)}}`;
  // Null keeps their place among the members.
  const rest = { ...(value as JsonObject), metadata: { ...(metadata as JsonObject), [MANAGED]: null } };
  return `${start}${stringifyJson(rest)}}${BREAK}${stringifyJson(managed)}`;
}

const MANAGED = 'managedFields';

/** Digits that a double may not hold, where a number can stand; false alarms only cost time. */
const LONG_INTEGER = /[[:,]-?\d{16}/;

/** True when the text may hold an integer that needs care to be read. */
export function hasLongInteger(text: string): boolean {
  return LONG_INTEGER.test(text);
}

/** The entry of a text, frozen (see FREEZE). Throws SyntaxError or JsonSyntaxError. */
export function parseEntry(text: string, longIntegers: boolean): Entry {
  const parse = longIntegers ? parseJson : (JSON.parse as (text: string) => Json);
  const end = text.indexOf(BREAK);
  const entry = parse(end < 0 ? text : text.slice(0, end)) as { key: string; revision: number; value: Json };
  if (end < 0) freeze(entry.value);
  else {
    const object = entry.value as JsonObject;
    const metadata = object.metadata as JsonObject;
    if (FREEZE) {
      for (const key in object) if (key !== 'metadata') freeze(object[key] as Json);
      for (const key in metadata) freeze(metadata[key] as Json);
    }
    defineLate(metadata, MANAGED, () => {
      const value = parse(text.slice(end + BREAK.length));
      freeze(value);
      return value;
    });
    Object.freeze(metadata);
    Object.freeze(object);
  }
  return Object.freeze(entry);
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
