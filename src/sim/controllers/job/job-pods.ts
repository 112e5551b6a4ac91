/** What the Job controller asks of pods (kubernetes `pkg/controller/job/job_controller.go`, `backoff_utils.go`, `tracking_utils.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import { PODS } from '../pod-control';
import { byMostRestarts, isPodReady, podCondition, readySince } from '../pod-state';
import { type JobSpec, replacesOnlyFailed } from './job';

/** Keeps a pod until its job has counted it. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
/** The annotation, and the label. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

export function isTracked(pod: KubeObject): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** Lets go of a pod. One that is gone already needs no letting go. @throws ApiError why not */
export async function stopTracking(pod: KubeObject, client: Client): Promise<void> {
  if (!isTracked(pod)) return;
  const { namespace = '', name = '' } = pod.metadata;
  const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } };
  try {
    await client.patch(PODS, namespace, name, 'strategic', patch);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

/** A pod on its way out counts as failed too, unless only pods that have failed are replaced (isPodFailed). */
export function isPodFailed(pod: KubeObject, spec: JobSpec): boolean {
  const phase = pod['status']?.phase;
  if (phase === 'Failed') return true;
  return !replacesOnlyFailed(spec) && pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded';
}

/** The index that a pod of an indexed job works on; undefined for none that could be one (getCompletionIndex). */
export function completionIndex(pod: KubeObject): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : undefined;
}

/** The index, if it is one of the job's. */
export function validIndex(pod: KubeObject, { completions = 0 }: JobSpec): number | undefined {
  const index = completionIndex(pod);
  return index !== undefined && index < completions ? index : undefined;
}

export function indexesOf(pods: readonly KubeObject[]): Set<number> {
  return new Set(pods.flatMap((pod) => completionIndex(pod) ?? []));
}

/** When a pod ended: its last container, or when it stopped being ready, or was deleted, or made (getFinishedTime). */
export function finishedAt(pod: KubeObject): Instant {
  const ready = podCondition(pod, 'Ready');
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata;
  return (
    lastContainerEnd(pod) ??
    (ready?.status === 'False' ? parseTime(ready.lastTransitionTime ?? '') : undefined) ??
    (deletionTimestamp ? (parseTime(deletionTimestamp) ?? 0) - deletionGracePeriodSeconds * 1000 : undefined) ??
    parseTime(creationTimestamp ?? '') ??
    0
  );
}

/** Of containers and sidecars, if all have ended. */
function lastContainerEnd(pod: KubeObject): Instant | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod['status'] ?? {};
  const inits: { name: string; restartPolicy?: string }[] = pod['spec']?.initContainers ?? [];
  const sidecars = new Set(inits.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const statuses: { name: string; state?: { terminated?: { finishedAt?: string } } }[] = [
    ...containerStatuses,
    ...initContainerStatuses.filter(({ name }: { name: string }) => sidecars.has(name)),
  ];
  let last: Instant | undefined;
  for (const { state } of statuses) {
    const end = parseTime(state?.terminated?.finishedAt ?? '');
    if (end === undefined) return undefined;
    last = Math.max(last ?? end, end);
  }
  return last;
}

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Less than 0 where `a` goes before `b` when there are too many (controller_utils.go ActivePods). */
export function byDispensability(a: KubeObject, b: KubeObject): number {
  const [placedA, placedB] = [a, b].map((pod) => Boolean(pod['spec']?.nodeName));
  if (placedA !== placedB) return placedA ? 1 : -1;
  const phase = (pod: KubeObject) => PHASE_ORDER[pod['status']?.phase ?? ''] ?? 0;
  if (phase(a) !== phase(b)) return phase(a) - phase(b);
  if (isPodReady(a) !== isPodReady(b)) return isPodReady(a) ? 1 : -1;
  if (isPodReady(a)) {
    const [since, sinceB] = [readySince(a) ?? 0, readySince(b) ?? 0];
    if (since !== sinceB) return since === 0 || (sinceB !== 0 && since > sinceB) ? -1 : 1;
  }
  const restarts = byMostRestarts(a, b);
  if (restarts !== 0) return restarts;
  const created = (pod: KubeObject) => parseTime(pod.metadata.creationTimestamp ?? '') ?? 0;
  if (created(a) !== created(b)) return created(b) - created(a);
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** All indexes but one pod's are too many: which pods are to go, and which may stay (appendDuplicatedIndexPodsForRemoval). */
export function withoutDuplicates(
  pods: readonly KubeObject[],
  spec: JobSpec,
): { surplus: KubeObject[]; left: KubeObject[] } {
  const surplus: KubeObject[] = [];
  const byIndex = new Map<number, KubeObject[]>();
  for (const pod of pods) {
    const index = validIndex(pod, spec);
    if (index === undefined) surplus.push(pod);
    else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  const left = [...byIndex].map(([, same]) => {
    const sorted = same.sort(byDispensability);
    surplus.push(...sorted.slice(0, -1));
    return sorted.at(-1) as KubeObject;
  });
  return { surplus, left };
}
