/**
 * The store in readable JSON files, through lowdb: the default. In the state folder lie `root.json`, which names one file per
 * resource in `resources/`, and `lock` while somebody writes.
 *
 * A commit takes the lock between processes, catches up with what others committed, checks its demands and applies itself in
 * memory: then it is acknowledged to this process. The lock is kept until all that was acknowledged is on disk; that happens
 * at flush(), else a moment later by itself. So many commits share one write, and nobody else can come between them.
 *
 * Changes by other processes are seen at the next look (each read looks) as their outcome: of several changes to one key only
 * the last is told. What happened before this process first looked at a resource is unknown: CompactedError.
 */
import { join } from 'node:path';
import { deepFreeze } from '../../apimachinery/json';
import { after as afterwards, sleep, wallClockNow } from '../../host/wall-clock';
import { ChangeReaders } from '../change-readers';
import { makeFolder, StorageError, storageError } from '../durable-files';
import { bucketOf } from '../keys';
import { acquireLock, type Lock, othersWait, sweepLock } from '../lock';
import { effectiveWrites } from '../memory';
import type { Change, Entry, Page, Revision, Store, Write } from '../store';
import { View } from './view';

/** Real milliseconds after which what was committed is written without being asked. */
const IDLE = 50;
/** Real milliseconds for which a busy writer may keep the lock and hold back what it committed; ten writes' time if that is more. */
const BUSY = 500;
/** Longer than those who wait for the lock pause between two attempts. */
const LET_OTHERS = 15;
/** How often a reader of changes that has read everything looks for those of other processes. */
const LOOK = 100;

export class LowdbStore implements Store {
  readonly #view: View;
  readonly #readers = new ChangeReaders();
  readonly #lockFile: string;
  #lock: Lock | undefined;
  #locking: Promise<void> | undefined;
  #lockedAt = 0;
  #lastSave = 0;
  #releasedAt = Number.NEGATIVE_INFINITY;
  #cancelSave: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #failure: Error | undefined;
  #closed = false;

  private constructor(folder: string, history?: number) {
    this.#lockFile = join(folder, 'lock');
    this.#view = new View(
      folder,
      (keys) => {
        if (!keys) this.#readers.tellAll();
        else if (this.#readers.waiting) this.#readers.tell(keys);
      },
      history,
    );
  }

  /** Opens the store of a folder; DamagedStateError when its root can't be read. */
  static open(folder: string, options: { history?: number } = {}): LowdbStore {
    const store = new LowdbStore(folder, options.history);
    store.#guard(() => store.#view.open());
    return store;
  }

  /**
   * A new, empty store in a folder. It takes the place of what is there with its first write, in one step; until then it holds
   * the lock.
   */
  static async create(folder: string, options: { history?: number } = {}): Promise<LowdbStore> {
    const store = new LowdbStore(folder, options.history);
    try {
      makeFolder(folder);
      store.#hold(await acquireLock(store.#lockFile));
    } catch (error) {
      throw storageError(error, "can't make a cluster");
    }
    store.#new = true;
    return store;
  }

  /** Created, and not written yet. */
  #new = false;

  async get(key: string): Promise<Entry | undefined> {
    this.#look(bucketOf(key));
    return this.#view.table.get(key);
  }

  async range(prefix: string, options: { after?: string; limit?: number; at?: Revision } = {}): Promise<Page> {
    this.#look(prefix);
    const { table, history, revision } = this.#view;
    const { after, limit, at = revision } = options;
    if (at === revision) return table.page(prefix, at, after, limit);
    if (at > revision) throw new RangeError('mvcc: required revision is a future revision');
    this.#view.requireState(at, prefix);
    return table.pageOfThePast(history.before(at, prefix), prefix, at, after, limit);
  }

  async commit(writes: Write[]): Promise<Revision> {
    while (!this.#lock || this.#isBusyTooLong()) {
      if (this.#lock) this.#save();
      await this.#takeLock();
    }
    this.#check();
    try {
      this.#guard(() => {
        for (const { key } of writes) this.#view.load(bucketOf(key));
      });
      const effective = effectiveWrites(writes, (key) => this.#view.table.get(key));
      if (effective.length > 0) this.#apply(effective);
      return this.#view.revision;
    } finally {
      if (!this.#view.isChanged && !this.#new) this.#letGo();
      else this.#cancelSave ??= afterwards(IDLE, () => this.#saveInTheBackground());
    }
  }

  #apply(writes: Write[]): void {
    const revision = this.#view.revision + 1;
    for (const { key, value } of writes)
      this.#view.write(
        key,
        value === undefined ? undefined : Object.freeze({ key, value: deepFreeze(value), revision }),
        revision,
      );
    this.#view.history.trim();
    if (this.#readers.waiting) this.#readers.tell(writes.map(({ key }) => key));
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

  #news(since: Revision, prefix: string): { changes: Change[]; revision: Revision } {
    this.#look(prefix);
    this.#view.requireChanges(since, prefix);
    return { changes: this.#view.history.changes(since, prefix), revision: this.#view.revision };
  }

  async revision(): Promise<Revision> {
    this.#look();
    return this.#view.revision;
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
    if (this.#locking) await this.#locking.catch(() => {});
    if (this.#failure) return;
    if (this.#lock) this.#save();
  }

  /** Catches up with other processes, and reads what lies under a prefix. */
  #look(prefix?: string): void {
    this.#check();
    this.#guard(() => {
      if (!this.#lock) this.#view.refresh();
      if (prefix !== undefined) this.#view.load(prefix);
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
    return this.#view.isChanged && wallClockNow() - this.#lockedAt > Math.max(BUSY, 10 * this.#lastSave);
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
      this.#guard(() => this.#view.refresh());
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
      if (this.#view.isChanged || this.#new) {
        if (!this.#lock?.isHeld())
          throw new StorageError("can't write the cluster's state: the lock was taken away", undefined);
        this.#view.save();
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

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      throw storageError(error, `can't read the cluster's state`);
    }
  }
}
