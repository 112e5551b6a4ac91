/** What lies where in a state folder. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { removeFile, sweepFolder } from './durable-files';
import { ROOT_FILE } from './find-state-folder';

export { ROOT_FILE };
export const ROOT_FORMAT = 1;
/** lowdb: one file per resource. */
export const RESOURCES_FOLDER = 'resources';
/** lmdb: the database is one of these, each with its `-lock` beside it. */
export const LMDB_FILES = ['cluster.mdb', 'cluster-2.mdb'] as const;

/** The lock that all who write into a state folder take. */
export function lockFileOf(folder: string): string {
  return join(folder, 'lock');
}

/** The lock that a server of the cluster holds as long as it serves. */
export function serverLockOf(folder: string): string {
  return join(folder, 'server.lock');
}

/** A file by which others find the server of the cluster (src/server/serving-record.ts). */
export function servingFileOf(folder: string): string {
  return join(folder, 'serving.json');
}

/** Is the cluster served, or was it by somebody who was killed? */
export function mayBeServed(folder: string): boolean {
  return existsSync(servingFileOf(folder));
}

/** How many bytes the cluster takes on disk, about: its files come and go meanwhile. */
export function stateSize(folder: string): number {
  const resources = join(folder, RESOURCES_FOLDER);
  let size = 0;
  for (const file of [...LMDB_FILES.map((name) => join(folder, name)), ...filesIn(resources)])
    size += statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Removes what killed writers and replaced clusters left. For the holder of the lock, after a commit. `keep` are the files that count. */
export function sweepState(folder: string, keep: { resources?: ReadonlySet<string>; lmdb?: string }): void {
  sweepFolder(folder, (name) => !(name.startsWith(`${ROOT_FILE}.`) && name.endsWith('.tmp')));
  const resources = join(folder, RESOURCES_FOLDER);
  if (keep.resources) sweepFolder(resources, (name) => keep.resources?.has(name) === true);
  else rmSync(resources, { recursive: true, force: true });
  const present = new Set(readdirSync(folder));
  for (const name of LMDB_FILES)
    if (name !== keep.lmdb)
      for (const file of [name, `${name}-lock`]) if (present.has(file)) removeFile(join(folder, file));
}
