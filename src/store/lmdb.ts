/**
 * The driver for large clusters: one LMDB database, in which each entry is one record. `root.json` tells its name.
 *
 * What was written is held in memory until save() commits it in one transaction. With the entries lies a log of the last
 * changes (10,000 unless told) with what was before each, so that changes are known across processes and restarts.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { open as openLmdb, type RootDatabase } from 'lmdb';
import { withRoom } from '../host/young-heap';
import { keyBytes } from './cesu8';
import { readIfThere, removeFile, replaceFile, StorageError } from './durable-files';
import { keyOfText, parseEntry } from './entry-text';
import type { Files } from './file-store';
import { LMDB_FILES, ROOT_FILE, ROOT_FORMAT, sweepState } from './folder-layout';
import { changeOf, History, type Step } from './history';
import { KnownEntries } from './known-entries';
import { checkLmdbFile } from './lmdb-file';
import { entryRecord, type LmdbRecord, plainRecord, recordEncoder } from './lmdb-record';
import {
  type Change,
  CompactedError,
  DamagedStateError,
  type Entry,
  type Page,
  type PageEnd,
  type Revision,
  type Visit,
  visitPage,
} from './store';

/** The first byte of a record's key: what kind of record it is. */
const META = Buffer.of(0);
const ENTRY = 1;
const STEP = 2;
const LAST = 0xff;

const LOG_LIMIT = 10_000;
/** So many steps may wait in memory to be saved. */
const MOST_UNSAVED = 2_500;
/** From so many entries on it pays to make room for them. */
const MANY = 200;
/** MDB_PANIC, MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_VERSION_MISMATCH, MDB_INVALID. */
const DAMAGE: ReadonlySet<unknown> = new Set([-30795, -30796, -30797, -30794, -30793]);

const EIO = 5;

interface Meta {
  revision: Revision;
  /** The oldest revision that the log leads back to. */
  compacted: Revision;
  /** How many steps are in the log. */
  steps: number;
}

/** What a key is now, whether the database has it, and whether it need not stay at hand when it is saved. */
interface Written {
  entry: Entry | undefined;
  isThere: boolean;
  rarelyRead: boolean;
}

type Database = RootDatabase<LmdbRecord, Uint8Array>;

export class LmdbFiles implements Files {
  revision: Revision = 0;
  readonly #rootFile: string;
  #root: string | undefined;
  #path = '';
  #db: Database | undefined;
  #meta: Meta = { revision: 0, compacted: 0, steps: 0 };
  readonly #limit: number;
  /** What happened since this process opened the store. */
  readonly #history: History;
  #opened: Revision = 0;
  /** Entries as they are in the database now. */
  readonly #known = new KnownEntries();
  /** Written, and not in the database yet. */
  readonly #written = new Map<string, Written>();
  #steps: Step[] = [];

  /** `isNew`: nothing in the folder counts; what is written takes its place. */
  constructor(
    private readonly folder: string,
    private readonly tell: (keys?: string[]) => void,
    options: { isNew: boolean; history?: number },
  ) {
    this.#rootFile = join(folder, ROOT_FILE);
    this.#limit = options.history ?? LOG_LIMIT;
    this.#history = new History(0, options.history);
    if (!options.isNew) this.#open();
  }

  #open(): void {
    const root = readIfThere(this.#rootFile)?.toString();
    if (root === undefined) throw new DamagedStateError(this.#rootFile, 'it is missing');
    const name = databaseOf(root, this.#rootFile);
    void this.#db?.close();
    this.#root = root;
    this.#path = join(this.folder, name);
    checkLmdbFile(this.#path);
    this.#db = this.#asking(() => open(this.#path));
    this.#restart();
  }

  #restart(): void {
    this.#meta = this.#readMeta();
    this.revision = this.#meta.revision;
    this.#opened = this.revision;
    this.#history.restart(this.revision);
    this.#known.clear();
  }

  get isChanged(): boolean {
    return this.#steps.length > 0;
  }

  get isFull(): boolean {
    return this.#steps.length >= MOST_UNSAVED;
  }

  refresh(): void {
    if (!this.#db) return;
    const root = readIfThere(this.#rootFile)?.toString();
    if (root !== this.#root) {
      this.#open();
      this.tell();
      return;
    }
    this.#db.resetReadTxn();
    const meta = this.#readMeta();
    if (meta.revision === this.revision) return;
    if (meta.compacted > this.revision) {
      this.#restart();
      this.tell();
      return;
    }
    const stored = this.#readLog(this.revision, meta.revision);
    for (const { key } of stored) this.#known.forget(key);
    this.#meta = meta;
    this.revision = meta.revision;
    const steps = this.#complete(stored, new Map());
    for (const step of steps) this.#history.append(step);
    this.tell(steps.map(({ key }) => key));
  }

  /** Nothing to do: what is asked for is read then. */
  load(): void {}

  get(key: string): Entry | undefined {
    const written = this.#written.get(key);
    if (written) return written.entry;
    const known = this.#known.get(key);
    if (known) return known;
    const record = this.#asking(() => this.#db?.get(keyBytes(ENTRY, key)));
    if (record === undefined) return undefined;
    const entry = this.#parse(record);
    if (entry.key !== key) throw new DamagedStateError(this.#path, `the record of ${key} is another's`);
    this.#known.read(key, entry);
    return entry;
  }

  page(prefix: string, after: string | undefined, limit = Number.POSITIVE_INFINITY): Page {
    const { start, end } = keysAfter(prefix, after);
    const written = this.#writtenAfter(prefix, after);
    let entries: Entry[] = [];
    // So many of the database's entries may turn out to be written over.
    const records = this.#records(start, end, limit + written.length);
    const read = (most: number) => {
      // One by one: a text that is parsed at once is gone before the collector of garbage gets to see it.
      for (let count = 0; count < most; count++) {
        const next = records.next();
        if (next.done) return false;
        entries.push(this.#entryOf(next.value.value));
      }
      return true;
    };
    this.#asking(() => read(MANY) && withRoom(() => read(Number.POSITIVE_INFINITY)));
    if (written.length > 0) {
      entries = entries.filter(({ key }) => !this.#written.has(key));
      for (const [, { entry }] of written) if (entry) entries.push(entry);
      entries.sort((a, b) => (a.key < b.key ? -1 : 1));
    }
    if (entries.length > limit) entries.length = limit;
    return { entries, ...this.#pageEnd(start, end, limit, entries.length, written) };
  }

  scan(prefix: string, after: string | undefined, limit = Number.POSITIVE_INFINITY, visit: Visit): PageEnd {
    const written = this.#writtenAfter(prefix, after);
    if (written.length > 0) return visitPage(this.page(prefix, after, limit), visit);
    const { start, end } = keysAfter(prefix, after);
    let seen = 0;
    this.#asking(() => {
      const records = this.#records(start, end, limit);
      for (let next = records.next(); !next.done; next = records.next()) {
        const record = next.value.value;
        const known = this.#known.get(keyOfText(record.text));
        if (known) visit(known, false);
        else visit(this.#parse(record, true), true);
        seen++;
      }
    });
    return this.#pageEnd(start, end, limit, seen, written);
  }

  #writtenAfter(prefix: string, after: string | undefined) {
    if (this.#written.size === 0) return [];
    return [...this.#written].filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after));
  }

  #records(start: Buffer, end: Buffer, limit: number): Iterator<{ value: LmdbRecord }> {
    if (!this.#db || limit === 0) return [].values();
    const range = limit === Number.POSITIVE_INFINITY ? { start, end } : { start, end, limit };
    const db = this.#db;
    return this.#asking(() => db.getRange(range)[Symbol.iterator]());
  }

  /** How many entries follow those that were seen. */
  #pageEnd(
    start: Buffer,
    end: Buffer,
    limit: number,
    seen: number,
    written: readonly (readonly [string, Written])[],
  ): PageEnd {
    const { revision } = this;
    // Counting reads all keys there are; who got fewer than were asked for got all.
    if (seen < limit) return { revision, more: false, remaining: 0 };
    let total = this.#asking(() => this.#db?.getKeysCount({ start, end }) ?? 0);
    for (const [, { entry, isThere }] of written) total += (entry ? 1 : 0) - (isThere ? 1 : 0);
    const remaining = total - seen;
    return { revision, more: remaining > 0, remaining };
  }

  /** The same entry is the same object, for those who remember what they made of it. */
  #entryOf(record: LmdbRecord): Entry {
    const key = keyOfText(record.text);
    const known = this.#known.get(key);
    if (known) return known;
    const entry = this.#parse(record);
    this.#known.read(key, entry);
    return entry;
  }

  changes(since: Revision, prefix: string): Change[] {
    const older = this.#older(since)
      .filter(({ key }) => key.startsWith(prefix))
      .map(changeOf);
    return older.concat(this.#history.changes(Math.max(since, this.#opened), prefix));
  }

  isTouched(since: Revision, prefix: string): boolean {
    if (since < this.#opened) return this.changes(since, prefix).length > 0;
    return this.#history.isTouched(since, prefix);
  }

  before(at: Revision, prefix: string): Map<string, Entry | undefined> {
    const then = new Map<string, Entry | undefined>();
    for (const { key, before } of this.#older(at)) if (key.startsWith(prefix) && !then.has(key)) then.set(key, before);
    for (const [key, before] of this.#history.before(Math.max(at, this.#opened), prefix))
      if (!then.has(key)) then.set(key, before);
    return then;
  }

  /** What happened after `since` and before this process opened the store, as the log has it. */
  #older(since: Revision): Step[] {
    if (since >= this.#opened) return [];
    if (this.#history.compacted > this.#opened) throw new CompactedError(since, this.#history.compacted);
    if (since < this.#meta.compacted) throw new CompactedError(since, this.#meta.compacted);
    return this.#complete(this.#readLog(since, this.#opened), this.#history.before(this.#opened, ''));
  }

  write(key: string, after: Entry | undefined, revision: Revision, rarelyRead = false): void {
    const before = this.get(key);
    const isThere = this.#written.get(key)?.isThere ?? before !== undefined;
    this.#written.set(key, { entry: after, isThere, rarelyRead });
    this.revision = revision;
    const step = { key, revision, before, after };
    this.#history.append(step);
    this.#steps.push(step);
  }

  save(): void {
    const isNew = this.#db === undefined;
    const name = isNew ? this.#create() : '';
    const db = this.#db as Database;
    try {
      const meta = db.transactionSync(() => this.#saveWithin(db));
      if (isNew) {
        const root = `${JSON.stringify({ format: ROOT_FORMAT, store: 'lmdb', database: name }, null, 2)}\n`;
        replaceFile(this.#rootFile, root);
        this.#root = root;
        sweepState(this.folder, { lmdb: name });
      }
      this.#meta = meta;
    } catch (error) {
      if (error instanceof DamagedStateError || (error as NodeJS.ErrnoException).syscall) throw error;
      const { code, message } = error as Error & { code?: unknown };
      // LMDB calls a write that was cut short so, which is what a full disk does.
      const reason = code === EIO ? 'no space left on device, or a failing one' : message;
      throw new StorageError(`can't write to ${this.#path}: ${reason}`, undefined);
    }
    for (const [key, { entry, rarelyRead }] of this.#written) this.#known.wrote(key, rarelyRead ? undefined : entry);
    this.#written.clear();
    this.#steps = [];
  }

  /** Makes the database's files, under a name that the present root does not use. */
  #create(): string {
    const present = readIfThere(this.#rootFile)?.toString() ?? '';
    const name = present.includes(`"${LMDB_FILES[0]}"`) ? LMDB_FILES[1] : LMDB_FILES[0];
    this.#path = join(this.folder, name);
    for (const file of [this.#path, `${this.#path}-lock`]) {
      removeFile(file);
      closeSync(openSync(file, 'wx', 0o600));
    }
    this.#db = open(this.#path);
    return name;
  }

  #saveWithin(db: Database): Meta {
    const found = this.#readMeta();
    if (found.revision !== this.#meta.revision) throw new Error('somebody else wrote to it meanwhile');
    for (const [key, { entry }] of this.#written) {
      if (entry) db.put(keyBytes(ENTRY, key), entryRecord(entry));
      else db.remove(keyBytes(ENTRY, key));
    }
    const meta = { revision: this.revision, compacted: found.compacted, steps: found.steps };
    this.#writeLog(db, meta);
    db.put(META, plainRecord(JSON.stringify(meta)));
    return meta;
  }

  /** Adds the steps to the log, but for those that would be trimmed from it at once. */
  #writeLog(db: Database, meta: Meta): void {
    let first = Math.max(0, this.#steps.length - Math.floor(this.#limit * 1.25));
    const revision = this.#steps[first - 1]?.revision;
    while (revision !== undefined && this.#steps[first]?.revision === revision) first++;
    if (revision !== undefined) {
      for (const key of [...db.getKeys({ start: stepKey(0, 0), end: Buffer.of(STEP, LAST) })]) db.remove(key);
      meta.steps = 0;
      meta.compacted = revision;
    }
    for (let i = first; i < this.#steps.length; i++) {
      const step = this.#steps[i] as Step;
      db.put(stepKey(step.revision, i), stepRecord(step));
    }
    meta.steps += this.#steps.length - first;
    if (meta.steps > this.#limit * 1.25) this.#trimLog(db, meta);
  }

  /** Removes the oldest commits from the log, whole ones. */
  #trimLog(db: Database, meta: Meta): void {
    let last: Revision | undefined;
    for (const key of [...db.getKeys({ start: stepKey(0, 0), end: Buffer.of(STEP, LAST) })]) {
      const revision = revisionOf(key);
      if (meta.steps <= this.#limit && revision !== last) break;
      db.remove(key);
      meta.steps--;
      last = revision;
    }
    meta.compacted = last ?? meta.compacted;
  }

  #readMeta(): Meta {
    const record = this.#asking(() => this.#db?.get(META));
    if (record === undefined) return { revision: 0, compacted: 0, steps: 0 };
    return this.#readable(() => JSON.parse(record.text) as Meta);
  }

  /** The steps of the log after `since` up to `until`; what came after each is not known from itself. */
  #readLog(
    since: Revision,
    until: Revision,
  ): { key: string; revision: Revision; put: boolean; before: Entry | undefined }[] {
    const range = { start: stepKey(since + 1, 0), end: stepKey(until + 1, 0) };
    const records = this.#asking(() => (this.#db ? [...this.#db.getRange(range)] : []));
    return records.map(({ key, value }) => {
      const { text, managed, longIntegers } = value;
      const end = text.indexOf('\n');
      const head = this.#readable(() => JSON.parse(text.slice(0, end)) as { key: string; put: boolean });
      const before =
        end + 1 === text.length ? undefined : this.#parse({ text: text.slice(end + 1), managed, longIntegers });
      return { ...head, revision: revisionOf(key), before };
    });
  }

  /** Puts to each step what came after it: what the next step of its key found, or else what `then` has, or what is there now. */
  #complete(
    stored: { key: string; revision: Revision; put: boolean; before: Entry | undefined }[],
    then: ReadonlyMap<string, Entry | undefined>,
  ): Step[] {
    const next = new Map(then);
    const steps: Step[] = [];
    for (const { key, revision, put, before } of stored.reverse()) {
      const after = put ? (next.has(key) ? next.get(key) : this.get(key)) : undefined;
      steps.push({ key, revision, before, after });
      next.set(key, before);
    }
    return steps.reverse();
  }

  #parse({ text, managed, longIntegers }: LmdbRecord, own = false): Entry {
    return this.#readable(() => parseEntry(text, managed, longIntegers, own));
  }

  /** What does not parse was damaged. */
  #readable<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw new DamagedStateError(
        this.#path,
        `a record in it does not read as it was written (${(error as Error).message})`,
      );
    }
  }

  #asking<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      const { code, message } = error as Error & { code?: unknown };
      if (DAMAGE.has(code)) throw new DamagedStateError(this.#path, message);
      // Even to read LMDB writes, into the lock beside its file.
      if (typeof code === 'number') throw new StorageError(`can't use ${this.#path}: ${message}`, undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#db?.close();
    this.#db = undefined;
  }
}

/** The keys of entries under a prefix, after one of them. */
function keysAfter(prefix: string, after: string | undefined): { start: Buffer; end: Buffer } {
  const start = after === undefined || after < prefix ? keyBytes(ENTRY, prefix) : keyBytes(ENTRY, after, 0);
  return { start, end: keyBytes(ENTRY, prefix, LAST) };
}

/** Keys are bytes. Those of entries are not read: the text of an entry has its key. */
const keyEncoder = {
  writeKey(key: Uint8Array, target: Uint8Array, at: number): number {
    target.set(key, at);
    return at + key.length;
  },
  readKey(source: Uint8Array, start: number, end: number): Uint8Array {
    // A copy: the source is used again, and slice() of a Buffer is none.
    return source[start] === ENTRY ? NO_KEY : Uint8Array.from(source.subarray(start, end));
  },
};
const NO_KEY = new Uint8Array();

function open(path: string): Database {
  return openLmdb<LmdbRecord, Uint8Array>({
    path,
    noSubdir: true,
    encoder: recordEncoder,
    keyEncoder,
    maxDbs: 1,
    // A commit is on disk when it returns: there is one per flush.
    overlappingSync: false,
  });
}

function databaseOf(root: string, file: string): string {
  let parsed: { format?: unknown; store?: unknown; database?: unknown } | null;
  try {
    parsed = JSON.parse(root);
  } catch (error) {
    throw new DamagedStateError(file, root === '' ? 'it is empty' : `it is not JSON (${(error as Error).message})`);
  }
  const name = LMDB_FILES.find((known) => known === parsed?.database);
  if (!name || parsed?.store !== 'lmdb' || parsed.format !== ROOT_FORMAT)
    throw new DamagedStateError(file, 'it names no database that this version knows');
  return name;
}

/** What is told of a step: a line that says what happened, and what was there before. */
function stepRecord({ key, before, after }: Step): LmdbRecord {
  const head = `${JSON.stringify({ key, put: after !== undefined })}\n`;
  if (!before) return plainRecord(head);
  const { text, ...rest } = entryRecord(before);
  return { text: head + text, ...rest };
}

function stepKey(revision: Revision, index: number): Buffer {
  const key = Buffer.alloc(13);
  key[0] = STEP;
  key.writeBigUInt64BE(BigInt(revision), 1);
  key.writeUInt32BE(index, 9);
  return key;
}

function revisionOf(key: Uint8Array): Revision {
  return Number(Buffer.from(key).readBigUInt64BE(1));
}
