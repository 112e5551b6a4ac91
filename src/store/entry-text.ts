/** An entry as text, for the drivers that write: `{"key":…,"revision":…,"value":…}` on one line. */
import type { Json } from '../apimachinery/json';
import { parseJson, stringifyJson } from '../apimachinery/json-text';
import type { Entry } from './store';

export function entryText({ key, revision, value }: Entry): string {
  return `{"key":${JSON.stringify(key)},"revision":${revision},"value":${stringifyJson(value)}}`;
}

/** Digits that a double may not hold, where a number can stand; false alarms only cost time. */
const LONG_INTEGER = /[[:,]-?\d{16}/;

/** True when the text may hold an integer that needs care to be read. */
export function hasLongInteger(text: string): boolean {
  return LONG_INTEGER.test(text);
}

/** The entry of a text, frozen. Throws SyntaxError or JsonSyntaxError. */
export function parseEntry(text: string, longIntegers: boolean): Entry {
  const entry = (longIntegers ? parseJson(text) : JSON.parse(text)) as Json;
  freeze(entry);
  return entry as unknown as Entry;
}

/** Freezes what was parsed just now and nobody else holds. */
function freeze(value: Json): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) freeze(item);
  } else {
    const object = value as { [key: string]: Json };
    for (const key in object) {
      const item = object[key] as Json;
      if (typeof item === 'object' && item !== null) freeze(item);
    }
  }
  Object.freeze(value);
}

const KEY_START = '{"key":"'.length;

/** The key of a text, without parsing the rest. */
export function keyOfText(text: string): string {
  const key = text.slice(KEY_START, text.indexOf('","revision":', KEY_START));
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
}
