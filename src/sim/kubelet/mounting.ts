/**
 * When the volumes of a pod are mounted, what is said while they can't be, and when that is tried again (kubernetes
 * `pkg/util/goroutinemap/exponentialbackoff`, `pkg/kubelet/kubelet.go` SyncPod). What was tried before is read from what was said.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { IndexedCache } from '../controller';
import { AFTER_ERROR } from './repetition';
import { unmounted, type WaitsFor } from './volumes';

export interface Mounting {
  done: boolean;
  /** What is to be said now. */
  complaints: readonly string[];
  /** When what can be mounted by now is. */
  mountsAt?: Instant;
  /** When it is tried again, and told. */
  triesAt?: Instant;
}

const MOUNTED: Mounting = { done: true, complaints: [] };

/** initialDurationBeforeRetry, doubled up to maxDurationBeforeRetry */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 122_000;

/** `isNew`: the kubelet sees it for the first time. */
export function mountingOf(pod: KubeObject, isNew: boolean, now: Instant, cache: IndexedCache): Mounting {
  const obstacles = unmounted(pod, cache);
  if (isNew && obstacles.length === 0) return MOUNTED;
  const failures = failuresOf(pod, cache);
  const complaints: string[] = [];
  const missing = new Set<string>();
  let triesAt = Number.POSITIVE_INFINITY;
  for (const { name, message, waitsFor } of obstacles) {
    missing.add(name);
    if (waitsFor === 'attachment') continue;
    const failure = failures.get(name) ?? { waitsFor, first: now, last: now - AFTER_ERROR };
    const due = nextTry({ ...failure, waitsFor }, now);
    if (due === now) complaints.push(message);
    const last = due === now ? now : failure.last;
    triesAt = Math.min(triesAt, due > now ? due : nextTry({ ...failure, waitsFor, last }, now + 1));
  }
  if (missing.size > 0) return { done: false, complaints, ...(triesAt < Number.POSITIVE_INFINITY ? { triesAt } : {}) };
  let mountsAt = now;
  for (const failure of failures.values()) mountsAt = Math.max(mountsAt, nextTry(failure, now));
  return mountsAt > now ? { done: false, complaints, mountsAt } : MOUNTED;
}

interface Failure {
  waitsFor: WaitsFor;
  first: Instant;
  last: Instant;
}

/** Volume → since when it could not be mounted, and when that was last said. */
function failuresOf(pod: KubeObject, cache: IndexedCache): Map<string, Failure> {
  const failures = new Map<string, Failure>();
  for (const event of cache.index('events', 'about', pod.metadata.uid ?? '')) {
    if (event['reason'] !== 'FailedMount') continue;
    const message: string = event['message'];
    const content = /^MountVolume\.SetUp failed for volume "([^"]+)"/.exec(message)?.[1];
    const name = content ?? /^Unable to attach or mount volumes: unmounted volumes=\[([^\]]+)\]/.exec(message)?.[1];
    if (name === undefined) continue;
    const first = parseTime(event['firstTimestamp'] ?? '') ?? 0;
    const last = parseTime(event['lastTimestamp'] ?? '') ?? 0;
    const before = failures.get(name);
    failures.set(name, {
      waitsFor: content === undefined && (before?.last ?? 0) <= last ? 'claim' : 'content',
      first: Math.min(first, before?.first ?? first),
      last: Math.max(last, before?.last ?? last),
    });
  }
  return failures;
}

/** The first try at this instant or after it. */
function nextTry({ waitsFor, first, last }: Failure, from: Instant): Instant {
  if (waitsFor === 'claim') return Math.max(from, last + AFTER_ERROR);
  let at = first;
  for (let delay = FIRST_DELAY; Math.ceil(at / 1000) * 1000 < from; delay = Math.min(2 * delay, LONGEST_DELAY))
    at += delay;
  return Math.ceil(at / 1000) * 1000;
}
