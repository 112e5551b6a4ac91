/**
 * The store: keys to values with revisions, as etcd has them. Small on purpose; drivers are `memory`, `lowdb`, `lmdb`, and
 * all are held to one contract test.
 *
 * Keys: `/registry/<group or core>/<resource>/[<namespace>/]<name>` for objects; `/kubetick/<name>` for the cluster's own
 * records (its clock, its settings). Values are JSON, handed out frozen: whoever wants to change one makes a copy.
 */
import type { Json } from '../apimachinery/json';

/** Counts commits, from 1. Each commit is one revision, however many keys it writes. */
export type Revision = number;

export interface Entry {
  key: string;
  value: Json;
  /** The commit that wrote this value. */
  revision: Revision;
}

export interface Page {
  /** In the order of their keys (by code unit). */
  entries: Entry[];
  /** The revision of the whole store that this page shows. */
  revision: Revision;
  /** True when `limit` cut the page short. */
  more: boolean;
  /** How many entries follow this page. */
  remaining: number;
}

/** What a look at many entries ends with. */
export type PageEnd = Omit<Page, 'entries'>;

export interface RangeOptions {
  after?: string;
  limit?: number;
  at?: Revision;
}

/**
 * Sees one entry of a scan. `own`: the entry was read for this look alone and is remembered by nobody else; it is the visitor's,
 * to keep or to change.
 */
export type Visit = (entry: Entry, own: boolean) => void;

/** A scan of what is in memory anyway. */
export function visitPage({ entries, ...end }: Page, visit: Visit): PageEnd {
  for (const entry of entries) visit(entry, false);
  return end;
}

export interface Write {
  key: string;
  /** The new value; `undefined` deletes the key. */
  value: Json | undefined;
  /** The revision that the key must be at: 0 demands that it does not exist; absent demands nothing. */
  expect?: Revision;
  /** Its writer expects that it will hardly ever be read: a store that has it in a file need not have it at hand as well. */
  rarelyRead?: boolean;
}

export interface Change {
  type: 'put' | 'delete';
  key: string;
  /** After the change; for a delete the last value. */
  value: Json;
  /** Before the change, if the key existed. */
  previous?: Json;
  revision: Revision;
}

export interface Store {
  get(key: string): Promise<Entry | undefined>;
  /** The entry, where it can be had without waiting; undefined says nothing. */
  atHand?(key: string): Entry | undefined;
  /** Entries whose key starts with `prefix`, after the key `after`, as of revision `at` (default: now). */
  range(prefix: string, options?: RangeOptions): Promise<Page>;
  /** As range, for whoever looks at much and keeps little: entry by entry, and what is read for it is not remembered. */
  scan(prefix: string, options: RangeOptions, visit: Visit): Promise<PageEnd>;
  /** All or nothing. Rejects with ConflictError when a demanded revision does not hold. Empty writes return the present revision. */
  commit(writes: readonly Write[]): Promise<Revision>;
  /** As `commit`, where nothing has to be waited for; undefined where something has, and then nothing was done. */
  commitAtOnce?(writes: readonly Write[]): Revision | undefined;
  /** The changes after `since` under `prefix`, in order, and then those to come, until the reader stops. Throws CompactedError. */
  changes(since: Revision, prefix: string): AsyncIterable<Change>;
  /** The changes after `since` that have happened already, at once. Throws CompactedError. */
  changesUntilNow(since: Revision, prefix: string): Promise<{ changes: Change[]; revision: Revision }>;
  /**
   * The present revision, if nothing under `prefix` has changed after `since`; undefined if something has, or if it can't be told
   * at once. For who asks so often that a promise would be too slow.
   */
  untouchedUntil?(since: Revision, prefix: string): Revision | undefined;
  revision(): Promise<Revision>;
  /** Resolves when every commit that was acknowledged so far would survive the death of the machine. */
  flush(): Promise<void>;
  /** Flushes, and lets go of locks and files. */
  close(): Promise<void>;
}

/** A key was not at the revision that a write demanded. `actual` is 0 where the key does not exist. */
export class ConflictError extends Error {
  constructor(
    readonly key: string,
    readonly expected: Revision,
    readonly actual: Revision,
  ) {
    super(`${key}: expected revision ${expected}, found ${actual}`);
    this.name = 'ConflictError';
  }
}

/** The history asked for is gone. */
export class CompactedError extends Error {
  constructor(
    readonly requested: Revision,
    readonly oldest: Revision,
  ) {
    super(`mvcc: required revision has been compacted`);
    this.name = 'CompactedError';
  }
}

/** What is on disk can't be understood; `file` names it. It is never overwritten. */
export class DamagedStateError extends Error {
  constructor(
    readonly file: string,
    readonly why: string,
  ) {
    super(`the state file ${file} is damaged: ${why}`);
    this.name = 'DamagedStateError';
  }
}
