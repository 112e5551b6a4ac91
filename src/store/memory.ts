/**
 * The store in memory: for tests, for throw-away clusters, and wherever there are no files. Remembers the last 10,000
 * changes (`history`), from which reads of the past and `changes` are answered.
 */
import { deepFreeze } from '../apimachinery/json';
import { ChangeReaders } from './change-readers';
import { History, pageOfThePast } from './history';
import {
  type Change,
  ConflictError,
  type Entry,
  type Page,
  type PageEnd,
  type RangeOptions,
  type Revision,
  type Store,
  type Visit,
  visitPage,
  type Write,
} from './store';
import { Table } from './table';

export class MemoryStore implements Store {
  readonly #table = new Table();
  readonly #history: History;
  readonly #readers = new ChangeReaders();
  #revision: Revision = 0;
  /** Where what is known of the past begins. */
  readonly #first: Revision;
  /** What was last asked for or written. */
  #latestKey: string | undefined;
  #latest: Entry | undefined;

  /** `from`: what another store holds, each entry at its revision there; its past is not known here. */
  constructor(options: { history?: number; from?: { entries: readonly Entry[]; revision: Revision } } = {}) {
    const { from, history } = options;
    this.#revision = from?.revision ?? 0;
    this.#first = this.#revision;
    this.#history = new History(this.#revision, history);
    for (const { key, value, revision } of from?.entries ?? []) {
      this.#table.set(Object.freeze({ key, value: deepFreeze(value), revision }));
    }
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.atHand(key);
  }

  atHand(key: string): Entry | undefined {
    // A write looks at what it replaces again and again, and among many entries each look is a slow one.
    if (key !== this.#latestKey) {
      this.#latest = this.#table.get(key);
      this.#latestKey = key;
    }
    return this.#latest;
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<Page> {
    const { after, limit, at = this.#revision } = options;
    if (at === this.#revision) return this.#table.page(prefix, at, after, limit);
    if (at > this.#revision) throw new RangeError('mvcc: required revision is a future revision');
    return pageOfThePast(this.#table.page(prefix, at, after), this.#history.before(at, prefix), at, after, limit);
  }

  async scan(prefix: string, options: RangeOptions, visit: Visit): Promise<PageEnd> {
    return visitPage(await this.range(prefix, options), visit);
  }

  async commit(writes: readonly Write[]): Promise<Revision> {
    return this.commitAtOnce(writes);
  }

  commitAtOnce(writes: readonly Write[]): Revision {
    const found = writes.length === 1 ? [this.#demanded(writes[0] as Write)] : this.#allDemanded(writes);
    const last = this.#revision;
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i] as Write;
      // Deleting what does not exist is no change.
      if (!found[i] && write.value === undefined) continue;
      if (this.#revision === last) this.#revision++;
      this.#write(write, found[i]);
    }
    if (this.#revision !== last) this.#readers.tell(writes);
    return this.#revision;
  }

  /** What the writes replace, each at the revision that is demanded. */
  #allDemanded(writes: readonly Write[]): (Entry | undefined)[] {
    const seen = new Set<string>();
    const found: (Entry | undefined)[] = [];
    for (const write of writes) {
      if (seen.has(write.key)) throw duplicateKey();
      seen.add(write.key);
      found.push(this.#demanded(write));
    }
    return found;
  }

  #demanded(write: Write): Entry | undefined {
    const entry = this.atHand(write.key);
    demandRevision(write, entry);
    return entry;
  }

  #write({ key, value }: Write, before: Entry | undefined): void {
    const revision = this.#revision;
    const after = value === undefined ? undefined : Object.freeze({ key, value: deepFreeze(value), revision });
    if (!after) this.#table.delete(key, revision);
    else if (before) this.#table.replace(after);
    else this.#table.add(after);
    this.#latestKey = key;
    this.#latest = after;
    this.#history.append({ key, revision, before, after });
  }

  changes(since: Revision, prefix: string): AsyncIterable<Change> {
    return this.#readers.read(since, prefix, (from, under) => this.#news(from, under));
  }

  async changesUntilNow(since: Revision, prefix: string): Promise<{ changes: Change[]; revision: Revision }> {
    return this.#news(since, prefix);
  }

  untouchedUntil(since: Revision, prefix: string): Revision | undefined {
    const isUntouched =
      (since >= this.#first && this.#table.touched(prefix) <= since) || !this.#history.isTouched(since, prefix);
    return isUntouched ? this.#revision : undefined;
  }

  #news(since: Revision, prefix: string): { changes: Change[]; revision: Revision } {
    return { changes: this.#history.changes(since, prefix), revision: this.#revision };
  }

  async revision(): Promise<Revision> {
    return this.#revision;
  }

  /** Nothing to do: memory does not outlive the process. */
  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#readers.close();
  }
}

/**
 * Checks a commit's demands against what is there and returns the writes that change something: deleting what does not
 * exist is no change. Throws ConflictError, and RangeError for a key named twice (etcd: ErrDuplicateKey).
 */
export function effectiveWrites(writes: readonly Write[], current: (key: string) => Entry | undefined): Write[] {
  const effective: Write[] = [];
  const seen = writes.length > 1 ? new Set<string>() : undefined;
  for (const write of writes) {
    if (seen?.has(write.key)) throw duplicateKey();
    seen?.add(write.key);
    const entry = current(write.key);
    demandRevision(write, entry);
    if (entry || write.value !== undefined) effective.push(write);
  }
  return effective;
}

function demandRevision({ key, expect }: Write, entry: Entry | undefined): void {
  const actual = entry?.revision ?? 0;
  if (expect !== undefined && expect !== actual) throw new ConflictError(key, expect, actual);
}

function duplicateKey(): RangeError {
  return new RangeError('etcdserver: duplicate key given in txn request');
}
