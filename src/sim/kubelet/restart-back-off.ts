/**
 * How long a container that ended waits before it is started again (kubelet doBackOff, client-go `util/flowcontrol/backoff.go`).
 * Upstream keeps the last wait in memory; here it is read from what was written of the container: how long after its last end
 * it was started, or the message that it waits with.
 */
import { parseDuration } from '../../apimachinery/duration';
import { parseTime } from '../../apimachinery/time';
import type { ContainerStatus, Terminated } from './container';

/** 10 s doubled up to 5 min (kubelet.go containerBackOffPeriod, MaxCrashLoopBackOff). */
const FIRST = 10_000;
const MOST = 300_000;
/** A container that ran longer than this starts afresh: twice the most. */
const RESET = 2 * MOST;

/**
 * Milliseconds from the end `ended` to the next start. `overhead`: what a start takes beside the waiting.
 * The first time it is started again at once.
 */
export function backOffAfter(ended: Terminated, before: ContainerStatus, overhead: number): number {
  const told = toldBackOff(before);
  if (told !== undefined) return told;
  const finished = parseTime(ended.finishedAt) ?? 0;
  const started = parseTime(ended.startedAt) ?? 0;
  // One that could not be started has no start.
  const begun = started > 0 ? started : finished;
  if (finished - begun > RESET) return 0;
  const last = before.lastState.terminated;
  if (last === undefined) return before.restartCount === 0 ? 0 : FIRST;
  // It waits with this very end before it, and the one before that is not known any more.
  if (last === ended) return before.restartCount === 0 ? 0 : nthBackOff(before.restartCount - 1);
  return nextBackOff(begun - (parseTime(last.finishedAt) ?? begun) - overhead);
}

/** What `back-off 40s restarting failed container=…` says. */
function toldBackOff({ state }: ContainerStatus): number | undefined {
  if (state.waiting?.reason !== 'CrashLoopBackOff') return undefined;
  const text = /^back-off (\S+) /.exec(state.waiting.message ?? '')?.[1];
  return text === undefined ? undefined : parseDuration(text);
}

/** The back-off that follows one of this length, or of a little more. */
function nextBackOff(waited: number): number {
  let n = 0;
  while (nthBackOff(n) <= waited && nthBackOff(n) < MOST) n++;
  return nthBackOff(n);
}

/** 10 s, 20 s, 40 s … 5 min, counted from 0. */
export function nthBackOff(n: number): number {
  return Math.min(FIRST * 2 ** n, MOST);
}
