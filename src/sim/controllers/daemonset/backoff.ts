/**
 * How long a failed daemon pod is left alone before it is deleted: 1 s, doubled with each failure on that node, at most 15
 * min (flowcontrol.Backoff as kube-controller-manager makes it). Upstream keeps it in memory; here it is read from what was
 * said of the failures, so that a new process goes on counting. The failed pod was made when the one before it was deleted.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 900_000;
/** What was quiet for twice the longest delay begins anew (Backoff.hasExpired). */
const FORGOTTEN_AFTER = 2 * LONGEST_DELAY;

export const FAILED_POD = 'FailedDaemonPod';

export function failedPodMessage(pod: KubeObject, nodeName: string): string {
  const { namespace, name } = pod.metadata;
  return `Found failed daemon pod ${namespace}/${name} on node ${nodeName}, will try to kill it`;
}

/** When a failed pod may be deleted. */
export function deletableAt(
  pod: KubeObject,
  nodeName: string,
  set: KubeObject,
  cache: IndexedCache,
  now: Instant,
): Instant {
  const failures = failuresOn(nodeName, set, cache, now);
  if (failures === 0) return now;
  const made = parseTime(pod.metadata.creationTimestamp ?? '') ?? now;
  return made + Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_DELAY);
}

/** How many failed pods on this node were deleted of late. Of events that were combined it has at least its share. */
function failuresOn(nodeName: string, set: KubeObject, cache: IndexedCache, now: Instant): number {
  const suffix = ` on node ${nodeName}, will try to kill it`;
  let named = 0;
  let combined = 0;
  for (const event of cache.index('events', 'about', set.metadata.uid ?? '')) {
    if (event['reason'] !== FAILED_POD) continue;
    if (now - (parseTime(event['lastTimestamp'] ?? '') ?? 0) > FORGOTTEN_AFTER) continue;
    const count: number = event['count'] ?? 1;
    if (event['message'].endsWith(suffix)) named += count;
    else combined += count > 1 ? count : 0;
  }
  const nodes = Math.max(1, set['status']?.desiredNumberScheduled ?? 1);
  return Math.max(named, Math.floor(combined / nodes));
}
