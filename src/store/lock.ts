/**
 * A lock between processes that frees itself when its holder dies. It is a file that names its holder; who finds one whose
 * holder is dead replaces it at once. Works wherever files do: no flock, no signals but the question whether a process lives.
 *
 * - Taking: the claim is written to a file of its own and then hard-linked to the lock's name, so the lock appears whole or
 *   not at all, and for one taker only.
 * - Taking over: the right to replace the claim of a dead holder is itself such a lock, named by that claim. So of two who
 *   find the same dead holder one replaces it, and neither can replace the claim of somebody who came between them.
 */
import {
  closeSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sleep, wallClockNow } from '../host/wall-clock';

export interface Lock {
  release(): void;
  /** False when somebody else holds it by now: the holder had seemed dead to them (a stopped machine that woke up). */
  isHeld(): boolean;
}

/** Somebody else has held the lock for too long. */
export class LockedError extends Error {
  constructor(
    readonly file: string,
    readonly pid: number | undefined,
  ) {
    super(
      `another process${pid === undefined ? '' : ` (${pid})`} has been writing to this cluster for a long time; ` +
        `if there is none, remove ${file}`,
    );
    this.name = 'LockedError';
  }
}

interface Claim {
  pid: number;
  /** Where the pid means something: the machine, its boot, and its pid namespace. */
  place: string;
  /** When the process began, as the machine counts it; empty where it does not tell. */
  began: string;
  /** Tells this claim from all others. */
  token: string;
}

/** A claim from another machine or container, whose processes can't be asked, counts as dead after so many milliseconds. */
const FOREIGN_CLAIM_LIVES = 30_000;
/** A claim that can't be read is being written (only where there are no hard links); after so long its writer is dead. */
const UNREADABLE_CLAIM_LIVES = 2_000;

/** Waits for the lock at most `patience` milliseconds. Rejects with LockedError, or with what the file system says. */
export async function acquireLock(file: string, patience = 60_000): Promise<Lock> {
  const first = tryLock(file);
  if (first) return first;
  // A claim file of one's own that stays while one waits: it tells a busy holder that somebody does (see othersWait).
  const claim = newClaim();
  const own = writeClaim(file, claim);
  try {
    const since = wallClockNow();
    for (let pause = 1; ; pause = Math.min(pause * 1.5, 12)) {
      await sleep(pause);
      if (take(file, own, claim)) return held(file, claim);
      if (wallClockNow() - since > patience) throw new LockedError(file, readClaim(file)?.pid);
    }
  } finally {
    remove(own);
  }
}

/** Takes the lock if it is free or its holder is dead. */
export function tryLock(file: string): Lock | undefined {
  const present = readClaim(file);
  if (present && !isDead(file, present)) return undefined;
  const claim = newClaim();
  const own = writeClaim(file, claim);
  try {
    return take(file, own, claim) ? held(file, claim) : undefined;
  } finally {
    remove(own);
  }
}

/** The process that holds this lock, undefined when none does that lives. */
export function lockHolder(file: string): number | undefined {
  const present = readClaim(file);
  return present && !isDead(file, present) ? present.pid : undefined;
}

/** True when another process waits for this lock. Who wants it again right after letting go of it should then wait a little. */
export function othersWait(file: string): boolean {
  const waiting = `${basename(file)}.wait-`;
  return readdirSync(dirname(file)).some((name) => name.startsWith(waiting));
}

/** Removes what killed takers left beside the lock. For its holder only. */
export function sweepLock(file: string): void {
  const prefix = `${basename(file)}.`;
  for (const name of readdirSync(dirname(file))) {
    if (!name.startsWith(prefix)) continue;
    const path = join(dirname(file), name);
    const claim = readClaim(path);
    if (claim && isDead(path, claim)) remove(path);
  }
}

function held(file: string, claim: Claim): Lock {
  const isHeld = () => readClaim(file)?.token === claim.token;
  return {
    isHeld,
    release() {
      if (isHeld()) remove(file);
    },
  };
}

/** `own` is a file that holds `claim`. */
function take(file: string, own: string, claim: Claim): boolean {
  if (linkNew(own, file)) return true;
  const present = readClaim(file);
  if (!present || !isDead(file, present)) return false;
  const right = `${file}.over-${present.token}`;
  if (!take(right, own, claim)) return false;
  try {
    // Nobody but the holder of `right` replaces this claim, and its own holder is dead: what is read here stays true.
    const still = readClaim(file);
    if (still?.token !== present.token || !isDead(file, still)) return false;
    const copy = `${own}-${counter++}`;
    writeNew(copy, JSON.stringify(claim));
    renameSync(copy, file);
    return true;
  } finally {
    remove(right);
  }
}

/** Gives the claim a second name that must be new. Where there are no hard links the claim is written anew under that name. */
function linkNew(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT' || code === 'ENOSPC' || code === 'EROFS' || code === 'EACCES') throw error;
  }
  try {
    writeNew(file, readFileSync(own, 'utf8'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function writeClaim(file: string, claim: Claim): string {
  const own = `${file}.wait-${claim.token}`;
  writeNew(own, JSON.stringify(claim));
  return own;
}

function writeNew(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined where there is no such file; a claim of pid 0 where it can't be read. */
function readClaim(file: string): Claim | undefined {
  try {
    const claim = JSON.parse(readFileSync(file, 'utf8')) as Claim;
    if (typeof claim.pid === 'number' && typeof claim.token === 'string') return claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  return { pid: 0, place: '', began: '', token: 'unreadable' };
}

function isDead(file: string, claim: Claim): boolean {
  if (claim.place !== place()) return isOlder(file, claim.pid === 0 ? UNREADABLE_CLAIM_LIVES : FOREIGN_CLAIM_LIVES);
  try {
    process.kill(claim.pid, 0);
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  const began = beginning(claim.pid);
  return began === 'dead' || (began !== '' && claim.began !== '' && began !== claim.began);
}

/** Compared with a file made just now, so that only the clock of the file system counts. */
function isOlder(file: string, milliseconds: number): boolean {
  const probe = `${file}.age-${newToken()}`;
  try {
    writeNew(probe, '');
    return statSync(probe).mtimeMs - statSync(file).mtimeMs > milliseconds;
  } catch {
    return false;
  } finally {
    remove(probe);
  }
}

let counter = 0;
function newToken(): string {
  return `${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}-${(counter++).toString(36)}`;
}

let ownBeginning: string | undefined;
function newClaim(): Claim {
  ownBeginning ??= beginning(process.pid);
  return { pid: process.pid, place: place(), began: ownBeginning, token: newToken() };
}

let ownPlace: string | undefined;
function place(): string {
  ownPlace ??= [hostname(), ask(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())]
    .concat(ask(() => readlinkSync('/proc/self/ns/pid')))
    .filter((part) => part !== '')
    .join(' ');
  return ownPlace;
}

/** What Linux tells of a process: its start in ticks since the boot, or `dead` for one that is only waiting to be buried. */
function beginning(pid: number): string {
  // The name in parentheses may hold anything; the state is the first field after it, the start the twentieth.
  const stat = ask(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : (fields[19] ?? '');
}

function ask(question: () => string): string {
  try {
    return question();
  } catch {
    return '';
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Gone already.
  }
}
