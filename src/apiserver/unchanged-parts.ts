/**
 * Parts of a body that are the very parts of the stored object: a controller read it, and put its changes beside what it
 * found. They were decoded and defaulted before they were stored, so only the rest needs to be.
 */
import { isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';

export interface Split {
  /** What has to be decoded. */
  changed: JsonObject;
  /**
   * Puts the unchanged parts into the decoded rest: objects at the top are copied, what is in them is the stored object's, frozen.
   * @param only copies no other but this one
   */
  putBack(decoded: JsonObject, only?: string): void;
}

/** Looks two levels deep (`spec.template`, `metadata.managedFields`). Undefined where nothing is shared. */
export function splitUnchanged(value: JsonObject, existing: JsonObject): Split | undefined {
  const changed: JsonObject = {};
  const whole: string[] = [];
  const partly: { key: string; fields: string[] }[] = [];
  for (const key in value) {
    const part = value[key] as Json;
    const old = Object.hasOwn(existing, key) ? existing[key] : undefined;
    if (typeof part !== 'object' || part === null || old === undefined) setKey(changed, key, part);
    else if (part === old) whole.push(key);
    else if (isObject(part) && isObject(old)) {
      const { rest, fields } = splitFields(part, old);
      setKey(changed, key, rest);
      if (fields.length) partly.push({ key, fields });
    } else setKey(changed, key, part);
  }
  if (whole.length === 0 && partly.length === 0) return undefined;
  return {
    changed,
    putBack(decoded, only) {
      for (const key of whole) {
        const old = existing[key] as Json;
        decoded[key] = isObject(old) && (only === undefined || key === only) ? copyOf(old) : old;
      }
      for (const { key, fields } of partly) {
        const old = existing[key] as JsonObject;
        // Decoding may have dropped it, had it nothing else in it.
        const target = (decoded[key] ?? {}) as JsonObject;
        for (const field of fields) target[field] = old[field] as Json;
        decoded[key] = target;
      }
    },
  };
}

function splitFields(part: JsonObject, old: JsonObject): { rest: JsonObject; fields: string[] } {
  const rest: JsonObject = {};
  const fields: string[] = [];
  for (const field in part) {
    const child = part[field] as Json;
    if (typeof child === 'object' && child !== null && Object.hasOwn(old, field) && child === old[field])
      fields.push(field);
    else setKey(rest, field, child);
  }
  return { rest, fields };
}

/** `{ ...object }`; V8 is slow at it where the object is frozen. */
function copyOf(object: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const key in object) setKey(copy, key, object[key] as Json);
  return copy;
}

/** Puts the stored object's own parts in the place of copies that differ in nothing, so that they are shared and compared at once. */
export function shareUnchanged(object: JsonObject, existing: JsonObject): void {
  for (const key in object) {
    const part = object[key];
    const old = existing[key];
    // The metadata's own copy loses its resourceVersion on the way into the store.
    if (key !== 'metadata' && part !== old && isObject(part) && isObject(old) && isSame(part, old)) object[key] = old;
  }
}

/** Equal one level deep, by identity. */
function isSame(a: JsonObject, b: JsonObject): boolean {
  let more = 0;
  for (const key in a) {
    if (a[key] !== b[key] || !Object.hasOwn(b, key)) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}
