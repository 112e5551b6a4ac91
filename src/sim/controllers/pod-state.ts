/** What controllers ask of a pod (kubernetes `pkg/api/v1/pod/util.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Result } from '../controller';

export interface PodCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastProbeTime?: string | null;
}

/** The condition of this type, if the pod has it. */
export function podCondition(pod: KubeObject, type: string): PodCondition | undefined {
  return conditionNamed(pod['status']?.conditions, type);
}

/** Asked of every pod again and again, so it is spelt out. */
export function conditionNamed(
  conditions: readonly PodCondition[] | undefined,
  type: string,
): PodCondition | undefined {
  if (conditions)
    for (let i = 0; i < conditions.length; i++) {
      const condition = conditions[i] as PodCondition;
      if (condition.type === type) return condition;
    }
  return undefined;
}

/** IsPodReady: the Ready condition is True. */
export function isPodReady(pod: KubeObject): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready, if it is. */
export function readySince(pod: KubeObject): Instant | undefined {
  const ready = podCondition(pod, 'Ready');
  return ready?.status === 'True' && ready.lastTransitionTime ? parseTime(ready.lastTransitionTime) : undefined;
}

/** IsPodAvailable: ready for `minReadySeconds`. */
export function isPodAvailable(pod: KubeObject, minReadySeconds: number, now: Instant): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySince(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= now;
}

/** When the next of these pods will have been ready for minReadySeconds (controller_utils.go FindMinNextPodAvailabilityCheck). */
export function nextAvailability(
  pods: readonly KubeObject[],
  minReadySeconds: number,
  now: Instant,
): Result | undefined {
  if (minReadySeconds === 0) return undefined;
  let soonest: Instant | undefined;
  for (const pod of pods) {
    const since = readySince(pod);
    if (since === undefined) continue;
    const at = since + minReadySeconds * 1000;
    if (at > now && (soonest === undefined || at < soonest)) soonest = at;
  }
  return soonest === undefined ? undefined : { requeueAfter: soonest - now };
}

/** IsPodTerminal: it has ended, well or badly. */
export function isPodTerminal(pod: KubeObject): boolean {
  const phase = pod['status']?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** IsPodActive: neither ended nor being deleted. */
export function isPodActive(pod: KubeObject): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** IsPodTerminating: being deleted, and not ended yet. */
export function isPodTerminating(pod: KubeObject): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

/** Which of two pods has restarted more, by the one of its containers that did most, then by its sidecars; negative for `a` (compareMaxContainerRestarts). */
export function byMostRestarts(a: KubeObject, b: KubeObject): number {
  return (
    mostRestarts(b, 'containerStatuses') - mostRestarts(a, 'containerStatuses') ||
    sidecarRestarts(b) - sidecarRestarts(a)
  );
}

type Restarting = { name?: string; restartCount?: number };

function mostRestarts(pod: KubeObject, statuses: string, counts: (status: Restarting) => boolean = () => true): number {
  let most = 0;
  for (const status of (pod['status']?.[statuses] ?? []) as Restarting[])
    if (counts(status)) most = Math.max(most, status.restartCount ?? 0);
  return most;
}

function sidecarRestarts(pod: KubeObject): number {
  const containers: { name: string; restartPolicy?: string }[] = pod['spec']?.initContainers ?? [];
  if (containers.length === 0) return 0;
  const sidecars = new Set(containers.filter((one) => one.restartPolicy === 'Always').map(({ name }) => name));
  return mostRestarts(pod, 'initContainerStatuses', ({ name = '' }) => sidecars.has(name));
}
