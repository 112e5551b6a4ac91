/**
 * JSON values as Kubernetes carries them. Whole numbers that a double can't hold exactly (beyond 2^53) are `bigint`, so
 * that an int64 survives a round trip; everything else is what JSON.parse gives.
 */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Typed data seen as the JSON that it is; the caller vouches that it holds nothing else. */
export function jsonOf(value: object): JsonObject {
  return value as unknown as JsonObject;
}

/** Deep equality of JSON values; the order of keys does not count, `1` and `1n` are equal. */
export function deepEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a === 'bigint' || typeof b === 'bigint') return isWhole(a) && isWhole(b) && BigInt(a) === BigInt(b);
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
    return true;
  }
  if (!isObject(a) || !isObject(b)) return false;
  let more = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !deepEqual(a[key], b[key])) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}

function isWhole(value: Json | undefined): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

/** A deep copy that shares nothing with the original. */
export function clone<T extends Json | undefined>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => clone(item)) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setKey(copy, key, clone(value[key] as Json));
  return copy as T;
}

/** Sets a key that came from outside: `__proto__` becomes an ordinary own property, never a prototype. */
export function setKey(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Freezes a value and all it holds; stops at what is frozen already. Returns its argument. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) freezeWithin(value);
  return value;
}

function freezeWithin(value: object): void {
  Object.freeze(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const inner: unknown = value[i];
      if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) freezeWithin(inner);
    }
    return;
  }
  // To ask takes as long as to freeze, and fields that are owned are one object many times over.
  let last: unknown;
  for (const key in value) {
    const inner: unknown = value[key as keyof typeof value];
    if (typeof inner !== 'object' || inner === null || inner === last) continue;
    last = inner;
    if (!Object.isFrozen(inner)) freezeWithin(inner);
  }
}
