/** Files that are whole on disk, under their name, when the function that wrote them returns; for their owner's eyes only. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The state could not be written (or read) for a reason outside of it: a full disk, missing rights. */
export class StorageError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
    this.name = 'StorageError';
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOTDIR: 'not a directory',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  EIO: 'input/output error',
  EEXIST: 'file exists',
  ENOENT: 'no such file or directory',
};

/** What the file system said, in words; errors of other kinds are returned as they are. */
export function storageError(error: unknown, doing: string): Error {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || error instanceof StorageError) return error as Error;
  const reason = REASONS[code] ?? message;
  return new StorageError(`${doing}: ${path === undefined ? '' : `${path}: `}${reason}`, code);
}

export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Writes a file that must not exist yet, all of it on disk. Removes it again when that fails. */
export function writeNewFile(file: string, content: string | Uint8Array): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    removeFile(file);
    throw error;
  }
}

/** Puts a new content in the place of a file, in one step: whoever reads sees the old one or the new one, whole. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}.tmp`;
  writeNewFile(temporary, content);
  try {
    renameOver(temporary, file);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
  syncFolder(dirname(file));
}

/** Windows refuses for a moment while somebody reads what is to be replaced. */
function renameOver(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const passing = code === 'EPERM' || code === 'EACCES' || code === 'EBUSY';
      if (process.platform !== 'win32' || !passing || attempt >= 100) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Makes the names in a folder durable. Systems that keep them so by themselves (Windows) refuse to be asked. */
export function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EIO' || code === 'ENOSPC') throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** True when the file was there and is gone now. */
export function removeFile(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}

/** The content, or undefined where there is no such file. */
export function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Removes what lies in a folder and is not to be kept: what killed writers left. */
export function sweepFolder(folder: string, keep: (name: string) => boolean): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) if (!keep(name)) removeFile(join(folder, name));
}
