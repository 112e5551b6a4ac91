/**
 * A look at an LMDB data file before LMDB maps it: it takes an empty file for a new database, and a process that reads beyond
 * the end of a file that was cut short is killed (SIGBUS).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DamagedStateError } from './store';

/** liblmdb mdb.c: MDB_MAGIC, and where MDB_page and MDB_meta have their fields. */
const MAGIC = 0xbeefc0de;
const META = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, end: 160 };

/** Pages that a transaction took at the end and gave back are counted but never written; there are few of them. */
const UNWRITTEN = 32n;

/** Throws DamagedStateError when the file can't be the database that was written, or what the file system says. */
export function checkLmdbFile(file: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new DamagedStateError(file, 'it is missing');
    throw error;
  }
  try {
    if (fstatSync(descriptor).size === 0) throw new DamagedStateError(file, 'it is empty');
    const first = readMeta(descriptor, 0, file);
    const second = readMeta(descriptor, first.pageSize, file);
    const newest = first.transaction > second.transaction ? first : second;
    const pages = newest.lastPage + 1n;
    const unwritten = pages / 8n < UNWRITTEN ? pages / 8n : UNWRITTEN;
    // Asked after the pages were read: others may write meanwhile, and the file grows before a page says so.
    const { size } = fstatSync(descriptor);
    if (BigInt(size) < (pages - unwritten) * BigInt(first.pageSize))
      throw new DamagedStateError(file, 'it was cut short');
  } finally {
    closeSync(descriptor);
  }
}

function readMeta(descriptor: number, at: number, file: string) {
  const bytes = Buffer.alloc(META.end);
  const read = readSync(descriptor, bytes, 0, META.end, at);
  if (read < META.end || bytes.readUInt32LE(META.magic) !== MAGIC)
    throw new DamagedStateError(file, 'it is no LMDB database');
  return {
    pageSize: bytes.readUInt32LE(META.pageSize),
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    transaction: bytes.readBigUInt64LE(META.transaction),
  };
}
