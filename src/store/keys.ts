/** Keys, and the buckets they fall into: one bucket per resource, `/registry/<group>/<resource>/`, and one per first segment elsewhere. */

const REGISTRY = '/registry/';

/** The bucket of a key: what it starts with, the closing slash included. RangeError for a key that names nothing in a bucket. */
export function bucketOf(key: string): string {
  const bucket = bucketWithin(key);
  if (bucket === undefined || bucket.length === key.length) throw new RangeError(`not a key of the store: ${key}`);
  return bucket;
}

/** The bucket that everything under this prefix falls into; undefined where a prefix is so short that there can be several. */
export function bucketWithin(prefix: string): string | undefined {
  if (prefix.charCodeAt(0) !== 47) return undefined;
  let end = prefix.startsWith(REGISTRY) ? prefix.indexOf('/', REGISTRY.length) : 0;
  if (end < 0) return undefined;
  end = prefix.indexOf('/', end + 1);
  return end < 0 ? undefined : prefix.slice(0, end + 1);
}

/** The place of the first key that is not less than `key`; `keys` is sorted by code unit. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the keys that start with `prefix` lie in `keys`: from `start` (included) to `end` (excluded). */
export function span(keys: readonly string[], prefix: string, after?: string): { start: number; end: number } {
  const first = lowerBound(keys, prefix);
  let low = first;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string).startsWith(prefix)) low = middle + 1;
    else high = middle;
  }
  if (after === undefined || after < prefix) return { start: first, end: low };
  const next = lowerBound(keys, after);
  const start = Math.min(Math.max(first, keys[next] === after ? next + 1 : next), low);
  return { start, end: low };
}
