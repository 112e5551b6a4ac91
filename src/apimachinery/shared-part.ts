/**
 * Parts that many objects have alike and are one object in all of them: a kubelet tells the very same conditions of all pods of a
 * template that came to run at one moment. What is worked out of such a part (what it decodes to, how large it is, what differs
 * from another) holds wherever it stands.
 */
import { deepFreeze } from './json';

const parts = new WeakSet<object>();

/** Makes a value a shared part: frozen with all it holds, for good. Nothing in it may have been frozen with parts that are not. */
export function sharedPart<T extends object>(value: T): T {
  parts.add(deepFreeze(value));
  return value;
}

/** Is it one that was made so? Quick for what is not. */
export function isSharedPart(value: object): boolean {
  return parts.has(value);
}
