/**
 * How long a pod that failed waits behind the others (kube-scheduler `backend/queue/backoff_queue.go`): 1 s, doubled with each
 * failure, at most 10 s. Upstream takes such pods early when there is nobody else to try (SchedulerPopFromBackoffQ), so within
 * one turn it only says who goes last. How often a pod failed is told by the events about it.
 */
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { IndexedCache } from '../controller';
import { podCondition } from '../controllers/pod-state';
import type { PodInfo } from './pod-info';

export interface BackOff {
  /** Milliseconds. */
  initial: number;
  max: number;
}

/** When the pod is no longer to be kept behind the others; 0: it is not. */
export function backOffUntil(
  { pod, uid }: PodInfo,
  cache: Pick<IndexedCache, 'index'>,
  { initial, max }: BackOff,
): Instant {
  const condition = podCondition(pod, 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason === 'SchedulingGated') return 0;
  let last = parseTime(condition.lastTransitionTime ?? '') ?? 0;
  let failures = 0;
  for (const event of cache.index('events', 'about', uid)) {
    if (event['reason'] !== 'FailedScheduling') continue;
    failures += event['series']?.count ?? 1;
    const at = parseTime(event['series']?.lastObservedTime ?? event['eventTime'] ?? '');
    if (at !== undefined && at > last) last = at;
  }
  return last + backOffAfter(failures || 1, { initial, max });
}

/** calculateBackoffDuration. */
export function backOffAfter(failures: number, { initial, max }: BackOff): number {
  if (failures <= 0) return 0;
  return failures > 31 ? max : Math.min(max, initial * 2 ** (failures - 1));
}
