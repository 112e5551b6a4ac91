/**
 * `list.find(test)` for lists that may be frozen, as all that comes from the store is: V8 runs its own find, some and filter on
 * those ten times slower than a loop, and `for of` twice slower than counting. For what is asked of every object.
 */
export function firstWhere<T>(list: readonly T[] | undefined, test: (item: T) => boolean): T | undefined {
  if (list)
    for (let i = 0; i < list.length; i++) {
      const item = list[i] as T;
      if (test(item)) return item;
    }
  return undefined;
}

/** `list.filter(test)`, likewise. */
export function allWhere<T>(list: readonly T[], test: (item: T) => boolean): T[] {
  const found: T[] = [];
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as T;
    if (test(item)) found.push(item);
  }
  return found;
}

/** Are they the very same items, in the same order? */
export function sameItems<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
