/**
 * A store whose state lies in files that several processes share: what the file drivers have in common.
 *
 * A commit takes the lock between processes, catches up with what others committed, checks its demands and applies itself in
 * memory: then it is acknowledged to this process. The lock is kept until all that was acknowledged is on disk; that happens
 * at flush(), else a moment later by itself. So many commits share one write, and nobody else can come between them.
 */
import { deepFreeze } from '../apimachinery/json';
import { after as afterwards, sleep, wallClockNow } from '../host/wall-clock';
import { ChangeReaders } from './change-readers';
import { StorageError, storageError } from './durable-files';
import { lockFileOf } from './folder-layout';
import { pageOfThePast } from './history';
import { bucketOf } from './keys';
import { acquireLock, type Lock, othersWait, sweepLock } from './lock';
import { effectiveWrites } from './memory';
import {
  type Change,
  CompactedError,
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

/** Real milliseconds after which what was committed is written without being asked. */
const IDLE = 50;
/**
 * Real milliseconds for which a busy writer may keep the lock and hold back what it committed; ten writes' time if that is more.
 */
const BUSY = 500;
/** So long, if that is more, while nobody waits for the lock: then it is held back only from those who read. */
const BUSY_ALONE = 5_000;
/** Longer than those who wait for the lock pause between two attempts. */
const LET_OTHERS = 15;
/** How often a reader of changes that has read everything looks for those of other processes. */
const LOOK = 100;

/** The files of one driver, as one process knows them. Nothing here waits: whoever writes holds the lock. */
export interface Files {
  /** What is shown now; later than what is in the files where something was written since. */
  readonly revision: Revision;
  /** True when something was written that is not in the files. */
  readonly isChanged: boolean;
  /** True when so much was written that is not in the files that memory asks for it to be saved. */
  readonly isFull: boolean;
  /** Looks whether another process has committed, and takes over what it did. Only while nothing is changed. */
  refresh(): void;
  /** Makes sure that what lies under this prefix can be got. May take over what another process did. */
  load(prefix: string): void;
  get(key: string): Entry | undefined;
  page(prefix: string, after: string | undefined, limit: number | undefined): Page;
  /** The same entries one by one; those that were not read before are not remembered. */
  scan(prefix: string, after: string | undefined, limit: number | undefined, visit: Visit): PageEnd;
  /** What the keys under `prefix` that changed after `at` were then. Throws CompactedError. */
  before(at: Revision, prefix: string): Map<string, Entry | undefined>;
  /** Throws CompactedError. */
  changes(since: Revision, prefix: string): Change[];
  /** Whether there are any; throws likewise. */
  isTouched(since: Revision, prefix: string): boolean;
  /** `rarelyRead`: see Write. */
  write(key: string, after: Entry | undefined, revision: Revision, rarelyRead?: boolean): void;
  /** Commits what was written, durably. When it throws, nothing was committed, and the files are of no more use. */
  save(): void;
  close(): Promise<void>;
}

/** Makes the files of a driver; `tell` hears the keys that other processes changed, or nothing: anything may be different. */
export type OpenFiles = (tell: (keys?: string[]) => void) => Files;

export class FileStore implements Store {
  readonly #files: Files;
  readonly #readers = new ChangeReaders();
  readonly #lockFile: string;
  #lock: Lock | undefined;
  #locking: Promise<void> | undefined;
  #lockedAt = 0;
  #lastSave = 0;
  #lookedForOthers = Number.NEGATIVE_INFINITY;
  #releasedAt = Number.NEGATIVE_INFINITY;
  #cancelSave: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #failure: Error | undefined;
  #closed = false;
  /** A new store that was not written yet: its first write makes it, even an empty one. */
  #new = false;

  /** Opens what lies in a folder. With the folder's lock: something new, which replaces what lies there when it is written first. */
  constructor(folder: string, open: OpenFiles, lock?: Lock) {
    this.#lockFile = lockFileOf(folder);
    this.#files = this.#guarded(() =>
      open((keys) => {
        if (keys) this.#readers.tell([...keys].map((key) => ({ key })));
        else this.#readers.tellAll();
      }),
    );
    if (lock) {
      this.#new = true;
      this.#hold(lock);
    }
  }

  async get(key: string): Promise<Entry | undefined> {
    // While this process holds the lock, what it knows is current.
    const known = this.atHand(key);
    if (known) return known;
    this.#look(bucketOf(key));
    return this.#files.get(key);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<Page> {
    this.#look(prefix);
    return this.#guarded(() => this.#page(prefix, options));
  }

  #page(prefix: string, { after, limit, at = this.#files.revision }: RangeOptions): Page {
    const { revision } = this.#files;
    if (at === revision) return this.#files.page(prefix, after, limit);
    if (at > revision) throw new RangeError('mvcc: required revision is a future revision');
    const then = this.#files.before(at, prefix);
    return pageOfThePast(this.#files.page(prefix, after, undefined), then, at, after, limit);
  }

  async scan(prefix: string, options: RangeOptions, visit: Visit): Promise<PageEnd> {
    this.#look(prefix);
    return this.#guarded(() => {
      const { after, limit, at } = options;
      return at === undefined || at === this.#files.revision
        ? this.#files.scan(prefix, after, limit, visit)
        : visitPage(this.#page(prefix, options), visit);
    });
  }

  atHand(key: string): Entry | undefined {
    return this.#lock && !this.#failure ? this.#files.get(key) : undefined;
  }

  async commit(writes: readonly Write[]): Promise<Revision> {
    while (!this.#lock || this.#isBusyTooLong()) {
      if (this.#lock) this.#save();
      await this.#takeLock();
    }
    return this.#commitLocked(writes);
  }

  commitAtOnce(writes: readonly Write[]): Revision | undefined {
    return this.#lock && !this.#isBusyTooLong() ? this.#commitLocked(writes) : undefined;
  }

  #commitLocked(writes: readonly Write[]): Revision {
    this.#check();
    try {
      const effective = this.#guarded(() => {
        for (const { key } of writes) this.#files.load(bucketOf(key));
        return effectiveWrites(writes, (key) => this.#files.get(key));
      });
      if (effective.length > 0) this.#apply(effective);
      return this.#files.revision;
    } finally {
      // Also after a conflict: then its caller looks again and tries again, and nobody comes between.
      this.#cancelSave ??= afterwards(IDLE, () => this.#saveInTheBackground());
    }
  }

  #apply(writes: Write[]): void {
    const revision = this.#files.revision + 1;
    for (const { key, value, rarelyRead } of writes) {
      const after = value === undefined ? undefined : Object.freeze({ key, value: deepFreeze(value), revision });
      this.#files.write(key, after, revision, rarelyRead);
    }
    this.#readers.tell(writes);
  }

  changes(since: Revision, prefix: string): AsyncIterable<Change> {
    return this.#readers.read(
      since,
      prefix,
      (from, under) => this.#news(from, under),
      () => this.#lookAgain(),
    );
  }

  async changesUntilNow(since: Revision, prefix: string): Promise<{ changes: Change[]; revision: Revision }> {
    return this.#news(since, prefix);
  }

  untouchedUntil(since: Revision, prefix: string): Revision | undefined {
    this.#look(prefix);
    const { revision } = this.#files;
    return revision === since || this.#isUntouched(since, prefix) ? revision : undefined;
  }

  #isUntouched(since: Revision, prefix: string): boolean {
    try {
      return !this.#guarded(() => this.#files.isTouched(since, prefix));
    } catch (error) {
      // What is no longer remembered may have changed.
      if (error instanceof CompactedError) return false;
      throw error;
    }
  }

  #news(since: Revision, prefix: string): { changes: Change[]; revision: Revision } {
    this.#look(prefix);
    return this.#guarded(() => ({ changes: this.#files.changes(since, prefix), revision: this.#files.revision }));
  }

  async revision(): Promise<Revision> {
    this.#look();
    return this.#files.revision;
  }

  async flush(): Promise<void> {
    this.#check();
    if (this.#lock) this.#save();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#readers.close();
    this.#cancelLook?.();
    await this.#locking?.catch(() => {});
    try {
      if (this.#lock) this.#save();
    } finally {
      await this.#files.close();
    }
  }

  /** Catches up with other processes, and reads what lies under a prefix. */
  #look(prefix?: string): void {
    this.#check();
    this.#guarded(() => {
      if (!this.#lock) this.#files.refresh();
      if (prefix !== undefined) this.#files.load(prefix);
    });
  }

  /** A reader waits for what other processes do: looks now and then, as long as one does. */
  #lookAgain(): void {
    if (this.#closed) return;
    this.#cancelLook ??= afterwards(LOOK, () => {
      this.#cancelLook = undefined;
      try {
        if (!this.#failure) this.#look();
      } catch {
        this.#readers.tellAll(); // they look for themselves, and meet the error
        return;
      }
      if (this.#readers.waiting) this.#lookAgain();
    });
  }

  #isBusyTooLong(): boolean {
    if (this.#files.isFull) return true;
    if (!this.#files.isChanged) return false;
    const now = wallClockNow();
    const held = now - this.#lockedAt;
    if (held <= Math.max(BUSY, 10 * this.#lastSave)) return false;
    if (held > BUSY_ALONE) return true;
    if (now - this.#lookedForOthers < LET_OTHERS) return false;
    this.#lookedForOthers = now;
    return othersWait(this.#lockFile);
  }

  /** Several commits may wait at once: they wait for the same lock. */
  #takeLock(): Promise<void> {
    this.#check();
    this.#locking ??= this.#takeLockAlone().finally(() => {
      this.#locking = undefined;
    });
    return this.#locking;
  }

  async #takeLockAlone(): Promise<void> {
    try {
      const waited = wallClockNow() - this.#releasedAt < LET_OTHERS && othersWait(this.#lockFile);
      if (waited) await sleep(LET_OTHERS);
      this.#hold(await acquireLock(this.#lockFile));
      if (waited) sweepLock(this.#lockFile);
    } catch (error) {
      throw storageError(error, "can't write the cluster's state");
    }
    try {
      this.#guarded(() => this.#files.refresh());
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  #hold(lock: Lock): void {
    this.#lock = lock;
    this.#lockedAt = wallClockNow();
  }

  #letGo(): void {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#lock?.release();
    this.#lock = undefined;
    this.#releasedAt = wallClockNow();
  }

  /** Writes what was committed and lets go of the lock. After a failure the store is of no more use: what it had acknowledged is lost. */
  #save(): void {
    const started = wallClockNow();
    try {
      if (this.#files.isChanged || this.#new) {
        if (!this.#lock?.isHeld())
          throw new StorageError("can't write the cluster's state: the lock was taken away", undefined);
        this.#files.save();
        this.#new = false;
        this.#lastSave = wallClockNow() - started;
      }
    } catch (error) {
      this.#failure = storageError(error, "can't write the cluster's state");
      throw this.#failure;
    } finally {
      this.#letGo();
    }
  }

  #saveInTheBackground(): void {
    this.#cancelSave = undefined;
    try {
      this.#save();
    } catch {
      // Whoever asks next is told, flush() and close() first of all.
    }
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new Error('the store is closed');
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw storageError(error, "can't read the cluster's state");
    }
  }
}
