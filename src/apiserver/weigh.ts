/** About how large a value is: looked at with every write, so it is worked out of what is new alone, on the way that freezes it. */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { lateMemberOf } from '../apimachinery/late-member';

/** Roughly, and never less than a quarter of what it is; stops where it is `enough`. */
export function estimate(value: Json | undefined, enough = Number.POSITIVE_INFINITY): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 2;
  let size = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && size < enough; i++) size += estimate(value[i], enough);
    return size;
  }
  for (const key in value) {
    size += key.length + 2 + estimate(value[key], enough);
    if (size >= enough) break;
  }
  return size;
}

/**
 * Freezes a value with all it holds, and tells about how much there is in it that is no part of `before`: what is stored in its
 * place, frozen. Lists that stand in the same place in both are looked through one by one: most managers of an object stay.
 */
export function freezeAndWeigh(value: JsonObject, before: JsonObject): number {
  let size = 0;
  for (const key in value) {
    const part = value[key] as Json;
    const old = before[key];
    if (part === old) continue;
    size += isObject(part) && isObject(old) ? weighFields(part, old) : key.length + 2 + weigh(part);
  }
  Object.freeze(value);
  return size;
}

function weighFields(value: JsonObject, before: JsonObject): number {
  const late = lateMemberOf(value);
  let size = 0;
  for (const key in value) {
    if (key === late) continue;
    const part = value[key] as Json;
    const old = before[key];
    if (part === old) continue;
    size += key.length + 2 + (Array.isArray(part) && Array.isArray(old) ? weighNewItems(part, old) : weigh(part));
  }
  if (!Object.isFrozen(value)) Object.freeze(value);
  return size;
}

function weighNewItems(list: Json[], before: readonly Json[]): number {
  let size = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as Json;
    if (item !== before[i] && !before.includes(item)) size += weigh(item);
  }
  Object.freeze(list);
  return size;
}

/** Of a part that is new: what is frozen in it is somebody's own, and stays as it is. */
function weigh(value: Json): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 2;
  if (Object.isFrozen(value)) return estimate(value);
  let size = 0;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) size += weigh(value[i] as Json);
  else for (const key in value) size += key.length + 2 + weigh(value[key] as Json);
  Object.freeze(value);
  return size;
}
