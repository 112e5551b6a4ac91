/** Entries in memory, bucket by bucket, each bucket's keys sorted when somebody asks for their order. */
import { bucketOf, bucketWithin, lowerBound, span } from './keys';
import type { Entry, Page, PageEnd, Revision, Visit } from './store';

/** Up to so many new or removed keys are put in their place one by one; beyond, the whole bucket is sorted anew. */
const FEW = 32;
/** Who asks what was touched asks about few prefixes. */
const MOST_PREFIXES = 100;

export class Bucket {
  readonly #entries: Map<string, Entry | string>;
  #sorted: string[];
  /** What was added and removed since, in the order in which it was: a key may be among both, and more than once. */
  #added: string[] = [];
  #removed: string[] = [];
  /** The latest revision at which one of its entries was written, as far as is known here. */
  touched: Revision = 0;

  /** A bucket may be filled with texts, in the order of their keys, each of which `parse` makes an entry of when it is asked for. */
  constructor(
    texts?: ReadonlyMap<string, string>,
    private readonly parse?: (text: string, own: boolean) => Entry,
  ) {
    this.#entries = new Map<string, Entry | string>(texts);
    this.#sorted = texts ? [...texts.keys()] : [];
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    const found = this.#entries.get(key);
    if (typeof found !== 'string') return found;
    const entry = this.parse?.(found, false) as Entry;
    this.#entries.set(key, entry);
    return entry;
  }

  /** Shows an entry without remembering what had to be parsed for it. */
  show(key: string, visit: Visit): void {
    const found = this.#entries.get(key) as Entry | string;
    if (typeof found === 'string') visit(this.parse?.(found, true) as Entry, true);
    else visit(found, false);
  }

  set(entry: Entry): void {
    if (this.#entries.has(entry.key)) this.replace(entry);
    else this.add(entry);
  }

  /** As `set`, of an entry whose key is not there. */
  add(entry: Entry): void {
    this.#added.push(entry.key);
    this.replace(entry);
  }

  /** As `set`, of an entry whose key is there. */
  replace(entry: Entry): void {
    this.touched = entry.revision;
    this.#entries.set(entry.key, entry);
  }

  delete(key: string, revision: Revision = this.touched): void {
    this.touched = revision;
    if (this.#entries.delete(key)) this.#removed.push(key);
  }

  /** All keys, sorted. Not to be changed. */
  keys(): readonly string[] {
    if (this.#removed.length > 0) this.#dropRemoved();
    if (this.#added.length > 0) this.#placeAdded();
    return this.#sorted;
  }

  /** From `#sorted` what was removed, whether or not it was added anew, and from `#added` what is not there or there twice. */
  #dropRemoved(): void {
    if (this.#removed.length > FEW) {
      const removed = new Set(this.#removed);
      this.#sorted = this.#sorted.filter((key) => !removed.has(key));
    } else
      for (const key of this.#removed) {
        const at = lowerBound(this.#sorted, key);
        if (this.#sorted[at] === key) this.#sorted.splice(at, 1);
      }
    this.#removed = [];
    if (this.#added.length > 0) this.#added = [...new Set(this.#added)].filter((key) => this.#entries.has(key));
  }

  #placeAdded(): void {
    if (this.#added.length > FEW) {
      // Their own order first: the sort then merges two sorted runs, which costs little.
      this.#sorted = this.#sorted.concat(this.#added.sort()).sort();
    } else for (const key of this.#added) this.#sorted.splice(lowerBound(this.#sorted, key), 0, key);
    this.#added = [];
  }
}

export class Table {
  readonly buckets = new Map<string, Bucket>();
  #names: string[] | undefined;
  /** The buckets under prefixes that were asked about, as long as there are no others. */
  readonly #under = new Map<string, readonly Bucket[]>();
  /** The bucket that was last asked for: keys of one resource come in rows. */
  #latest: { name: string; bucket: Bucket } | undefined;

  get(key: string): Entry | undefined {
    return this.#bucketOf(key)?.get(key);
  }

  set(entry: Entry): void {
    (this.#bucketOf(entry.key) ?? this.put(bucketOf(entry.key), new Bucket())).set(entry);
  }

  /** As `set`, of an entry whose key is not there. */
  add(entry: Entry): void {
    (this.#bucketOf(entry.key) ?? this.put(bucketOf(entry.key), new Bucket())).add(entry);
  }

  /** As `set`, of an entry whose key is there. */
  replace(entry: Entry): void {
    this.#bucketOf(entry.key)?.replace(entry);
  }

  delete(key: string, revision?: Revision): void {
    this.#bucketOf(key)?.delete(key, revision);
  }

  /** The latest revision at which anything in the buckets was written that hold keys under this prefix; see Bucket.touched. */
  touched(prefix: string): Revision {
    let under = this.#under.get(prefix);
    if (!under) {
      under = this.bucketsUnder(prefix).map((name) => this.buckets.get(name) as Bucket);
      if (this.#under.size >= MOST_PREFIXES) this.#under.clear();
      this.#under.set(prefix, under);
    }
    let latest = 0;
    for (let i = 0; i < under.length; i++) latest = Math.max(latest, (under[i] as Bucket).touched);
    return latest;
  }

  #bucketOf(key: string): Bucket | undefined {
    const latest = this.#latest;
    if (latest && key.length > latest.name.length && key.startsWith(latest.name)) return latest.bucket;
    const name = bucketOf(key);
    const bucket = this.buckets.get(name);
    if (bucket) this.#latest = { name, bucket };
    return bucket;
  }

  /** The bucket of this name, made when there is none. */
  bucket(name: string): Bucket {
    return this.buckets.get(name) ?? this.put(name, new Bucket());
  }

  put(name: string, bucket: Bucket): Bucket {
    this.buckets.set(name, bucket);
    this.#forgetNames();
    return bucket;
  }

  clear(): void {
    this.buckets.clear();
    this.#forgetNames();
  }

  #forgetNames(): void {
    this.#names = undefined;
    this.#latest = undefined;
    this.#under.clear();
  }

  /** The names of the buckets that hold keys under this prefix, sorted. */
  bucketsUnder(prefix: string): string[] {
    const one = bucketWithin(prefix);
    if (one !== undefined) return this.buckets.has(one) ? [one] : [];
    this.#names ??= [...this.buckets.keys()].sort();
    return this.#names.filter((name) => name.startsWith(prefix));
  }

  /** Entries under `prefix` after the key `after`, at most `limit`; `revision` is what the page says it shows. */
  page(prefix: string, revision: Revision, after?: string, limit?: number): Page {
    const entries: Entry[] = [];
    const end = this.#walk(prefix, revision, after, limit, (bucket, key) => entries.push(bucket.get(key) as Entry));
    return { entries, ...end };
  }

  /** The same, each shown to `visit`; see Bucket.show. */
  scan(
    prefix: string,
    revision: Revision,
    after: string | undefined,
    limit: number | undefined,
    visit: Visit,
  ): PageEnd {
    return this.#walk(prefix, revision, after, limit, (bucket, key) => bucket.show(key, visit));
  }

  #walk(
    prefix: string,
    revision: Revision,
    after: string | undefined,
    limit = Number.POSITIVE_INFINITY,
    each: (bucket: Bucket, key: string) => void,
  ): PageEnd {
    let walked = 0;
    let remaining = 0;
    for (const name of this.bucketsUnder(prefix)) {
      const bucket = this.buckets.get(name) as Bucket;
      const keys = bucket.keys();
      const { start, end } = span(keys, prefix, after);
      const stop = Math.min(end, start + limit - walked);
      for (let i = start; i < stop; i++) each(bucket, keys[i] as string);
      walked += Math.max(0, stop - start);
      remaining += end - stop;
    }
    return { revision, more: remaining > 0, remaining };
  }
}
