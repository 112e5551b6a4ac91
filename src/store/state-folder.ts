/** Where a cluster's state lies, and how it is opened. Small: each driver is loaded when it is needed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, storageError } from './durable-files';
import { FileStore, type OpenFiles } from './file-store';
import { findStateFolder, hasStore } from './find-state-folder';
import { lockFileOf, ROOT_FILE, serverLockOf } from './folder-layout';
import { acquireLock, type Lock, lockHolder, tryLock } from './lock';
import type { Store } from './store';

export type DriverName = 'lowdb' | 'lmdb';

export { findStateFolder, hasStore };

/**
 * Opens the store of a folder; undefined where there is none yet. `history` is how many changes are remembered.
 * Rejects with DamagedStateError, or with StorageError where it can't be read.
 */
export async function openStore(folder: string, options: { history?: number } = {}): Promise<Store | undefined> {
  if (!hasStore(folder)) return undefined;
  const open = await driver(driverOf(folder), folder, { ...options, isNew: false });
  return new FileStore(folder, open);
}

/** There is a cluster in the folder already. */
export class StoreExistsError extends Error {
  constructor(readonly folder: string) {
    super(`there is a cluster in ${folder} already`);
    this.name = 'StoreExistsError';
  }
}

/** The cluster in the folder is being served: it can't be replaced. */
export class StoreServedError extends Error {
  constructor(readonly pid: number) {
    super(`the cluster is being served by process ${pid}; stop it first`);
    this.name = 'StoreServedError';
  }
}

/**
 * Makes an empty store in a folder, which is made too. With `force` it replaces what is there; else that is StoreExistsError.
 * Nothing changes on disk before the first flush, and then everything in one step: whoever is killed before has done nothing.
 * Until then no other process can write there, or make a store.
 */
export async function createStore(
  folder: string,
  driverName: DriverName,
  options: { force?: boolean; history?: number } = {},
): Promise<Store> {
  if (!options.force && hasStore(folder)) throw new StoreExistsError(folder);
  try {
    makeFolder(folder);
    const lock = await acquireLock(lockFileOf(folder));
    try {
      if (!options.force && hasStore(folder)) throw new StoreExistsError(folder);
      // A server takes its lock before this one (see claimToServe), so neither can miss the other.
      const server = lockHolder(serverLockOf(folder));
      if (server !== undefined) throw new StoreServedError(server);
      const open = await driver(driverName, folder, { ...options, isNew: true });
      return new FileStore(folder, open, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw storageError(error, "can't make a cluster");
  }
}

/**
 * The right to serve the cluster of a folder: one process at a time has it, and while it has, nobody replaces the cluster.
 * Rejects with StoreServedError.
 */
export async function claimToServe(folder: string): Promise<Lock> {
  const file = serverLockOf(folder);
  try {
    makeFolder(folder);
    const claim = tryLock(file);
    if (!claim) throw new StoreServedError(lockHolder(file) ?? 0);
    try {
      // Whoever makes a new cluster just now has looked for servers before: wait for it.
      (await acquireLock(lockFileOf(folder))).release();
      return claim;
    } catch (error) {
      claim.release();
      throw error;
    }
  } catch (error) {
    throw storageError(error, "can't serve the cluster");
  }
}

/** Opens the store of a folder, or makes an empty one where there is none; of several processes at once one makes it. */
export async function openOrCreateStore(folder: string): Promise<{ store: Store; created: boolean }> {
  for (;;) {
    const store = await openStore(folder);
    if (store) return { store, created: false };
    try {
      return { store: await createStore(folder, 'lowdb'), created: true };
    } catch (error) {
      if (!(error instanceof StoreExistsError)) throw error;
    }
  }
}

async function driver(
  name: DriverName,
  folder: string,
  options: { isNew: boolean; history?: number },
): Promise<OpenFiles> {
  if (name === 'lmdb') {
    const { LmdbFiles } = await import('./lmdb');
    return (tell) => new LmdbFiles(folder, tell, options);
  }
  const { LowdbFiles } = await import('./lowdb/lowdb');
  return (tell) => new LowdbFiles(folder, tell, options);
}

/** A root that can't be read is left to the default driver, which says what is wrong with it. */
export function driverOf(folder: string): DriverName {
  try {
    const root = JSON.parse(readFileSync(join(folder, ROOT_FILE), 'utf8')) as { store?: unknown };
    return root.store === 'lmdb' ? 'lmdb' : 'lowdb';
  } catch {
    return 'lowdb';
  }
}
