/**
 * `list.find(test)` for lists that may be frozen, as all that comes from the store is: V8 runs its own find, some and filter on
 * those ten times slower than a loop. For what is asked of every object.
 */
export function firstWhere<T>(list: readonly T[] | undefined, test: (item: T) => boolean): T | undefined {
  if (list) for (const item of list) if (test(item)) return item;
  return undefined;
}

/** `list.filter(test)`, likewise. */
export function allWhere<T>(list: readonly T[], test: (item: T) => boolean): T[] {
  const found: T[] = [];
  for (const item of list) if (test(item)) found.push(item);
  return found;
}
