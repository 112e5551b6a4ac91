/**
 * Members of an object that are read when somebody asks for them: to whoever looks they are ordinary members. An object's
 * `managedFields` is such: a third of its text, and few look at it.
 */
import { type Json, type JsonObject, setKey } from './json';

interface Late {
  name: string;
  read(): Json;
  value?: Json;
}

/** Where an object that has a late member keeps what it is read from. */
const LATE = Symbol('late');
type WithLate = JsonObject & { [LATE]?: Late };

/** Gives an object a member that `read` tells when it is first asked for. One per object; before the object is frozen. */
export function defineLate(object: JsonObject, name: string, read: () => Json): void {
  attach(object, { name, read });
}

/** A copy as `{ ...object, ...members }` makes it, but a late member stays late. */
export function copyWith<T extends object>(object: T, members: Partial<T>): T {
  const late = (object as WithLate)[LATE];
  if (late === undefined || Object.hasOwn(members, late.name)) return mixed(object, members);
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (key === late.name) attach(copy, late);
    else setKey(copy, key, (object as JsonObject)[key] as Json);
  }
  return Object.assign(copy, members) as T;
}

/** Which member of an object, if any, is read when it is asked for. */
export function lateMemberOf(object: object): string | undefined {
  return (object as WithLate)[LATE]?.name;
}

/** `{ ...object, ...members }`; V8 is slow at it where objects come in many forms or are frozen. */
function mixed<T extends object>(object: T, members: Partial<T>): T {
  const copy: JsonObject = {};
  for (const key in object) setKey(copy, key, object[key] as Json);
  for (const key in members) setKey(copy, key, members[key] as Json);
  return copy as T;
}

function attach(object: JsonObject, late: Late): void {
  Object.defineProperty(object, LATE, { value: late });
  // One getter for all: objects of one form then share their layout in memory.
  Object.defineProperty(object, late.name, { get: readLate, enumerable: true });
}

function readLate(this: WithLate): Json {
  const late = this[LATE] as Late;
  if (late.value === undefined) late.value = late.read();
  return late.value;
}
