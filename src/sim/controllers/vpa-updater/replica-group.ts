/**
 * How many pods of one controller may be disturbed at once (autoscaler `pkg/updater/restriction/pods_restriction_factory.go`,
 * `pods_eviction_restriction.go`, `pods_inplace_restriction.go`).
 */
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import { updateModeOf, type VerticalPodAutoscaler } from '../../../apimachinery/vertical-scaling/autoscaler';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';
import { podCondition } from '../pod-state';

/** How long a resize may wait, and how long it may take, before the pod is evicted instead. */
const DEFERRED_TIMEOUT = 300_000;
const IN_PROGRESS_TIMEOUT = 3_600_000;

export interface ReplicaGroup {
  controller: string;
  /** As many as there should be. */
  configured: number;
  running: number;
  pending: number;
  /** So many may be away. */
  tolerance: number;
  /** By this look. */
  evicted: number;
  resized: number;
  /** Why no pod of it is touched. */
  closed?: string;
  /** There are too few to evict any. */
  belowMinReplicas: boolean;
}

const RESOURCES: Readonly<Record<string, string>> = {
  ReplicationController: 'replicationcontrollers',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
};

/** Was the pod there when a look began? */
export function isThere(pod: KubeObject, lookBegan: Instant): boolean {
  return (parseTime(pod.metadata.creationTimestamp ?? '') ?? 0) <= lookBegan;
}

/** GetCreatorMaps: by the uid of the controller. */
export function replicaGroups(
  pods: readonly KubeObject[],
  vpa: VerticalPodAutoscaler,
  cache: IndexedCache,
  flags: VpaFlags,
  lookBegan: Instant,
): Map<string, ReplicaGroup> {
  const byController = new Map<string, KubeObject[]>();
  for (const pod of pods) {
    const uid = controllerOf(pod)?.uid ?? '';
    const members = byController.get(uid);
    if (members) members.push(pod);
    else byController.set(uid, [pod]);
  }
  const groups = new Map<string, ReplicaGroup>();
  for (const [uid, members] of byController) groups.set(uid, groupOf(members, vpa, cache, flags, lookBegan));
  return groups;
}

function groupOf(
  pods: readonly KubeObject[],
  vpa: VerticalPodAutoscaler,
  cache: IndexedCache,
  flags: VpaFlags,
  lookBegan: Instant,
): ReplicaGroup {
  const owner = controllerOf(pods[0] as KubeObject);
  const required = vpa.spec.updatePolicy?.minReplicas ?? flags.minReplicas;
  const { configured, complaint } = configuredReplicas(pods, cache);
  // Those that have come since take the places of others in no count but that of all.
  const there = pods.filter((pod) => isThere(pod, lookBegan));
  const pending = there.filter((pod) => pod['status']?.phase === 'Pending').length;
  const mayResizeAll = flags.skipDisruptionBudget && updateModeOf(vpa) === 'InPlaceOrRecreate';
  const belowMinReplicas = pods.length < required;
  const tooFew = `there are ${pods.length} of at least ${required} replicas`;
  const closed = belowMinReplicas && !mayResizeAll ? tooFew : complaint;
  return {
    controller: `${owner?.kind.toLowerCase()}/${owner?.name}`,
    configured,
    running: there.length - pending,
    pending,
    tolerance: Math.trunc(configured * flags.evictionTolerance),
    evicted: 0,
    resized: 0,
    belowMinReplicas,
    ...(closed === undefined ? {} : { closed }),
  };
}

/** getReplicaCount */
function configuredReplicas(
  pods: readonly KubeObject[],
  cache: IndexedCache,
): { configured: number; complaint?: string } {
  const pod = pods[0] as KubeObject;
  const owner = controllerOf(pod);
  const kind = owner?.kind ?? '';
  if (kind === 'Job') return { configured: pods.length };
  const resource = Object.hasOwn(RESOURCES, kind) ? RESOURCES[kind] : undefined;
  if (!resource) return { configured: 0 };
  const controller = cache.get(resource, pod.metadata.namespace ?? '', owner?.name ?? '');
  if (!controller) return { configured: 0, complaint: 'its controller does not exist' };
  const configured = Number(
    kind === 'DaemonSet' ? (controller['status']?.numberReady ?? 0) : (controller['spec']?.replicas ?? 1),
  );
  return configured === 0 ? { configured, complaint: 'its controller has no replicas' } : { configured };
}

/** isPodDisruptable */
export function isDisruptable(group: ReplicaGroup): boolean {
  const { configured, tolerance, running, evicted, resized } = group;
  const alive = running - (evicted + resized);
  return (
    alive > configured - tolerance || (configured === running && tolerance === 0 && evicted === 0 && resized === 0)
  );
}

/** CanEvict */
export function canEvict(pod: KubeObject, group: ReplicaGroup, now: Instant): boolean {
  if (group.closed !== undefined) return false;
  if (pod['status']?.phase === 'Pending') return true;
  if (group.belowMinReplicas) return false;
  return isResizing(pod) ? isResizeStuck(pod, group, now) : isDisruptable(group);
}

export type InPlaceDecision = 'resize' | 'defer' | 'evict';

/** CanInPlaceUpdate, for the mode InPlaceOrRecreate. */
export function canResize(
  pod: KubeObject,
  vpa: VerticalPodAutoscaler,
  group: ReplicaGroup,
  now: Instant,
  flags: VpaFlags,
): InPlaceDecision {
  if (group.closed !== undefined || pod['status']?.phase === 'Pending' || !vpa.status?.recommendation) return 'defer';
  if (isResizing(pod)) return isResizeStuck(pod, group, now) ? 'evict' : 'defer';
  if (flags.skipDisruptionBudget && restartsNothing(pod)) return 'resize';
  return isDisruptable(group) ? 'resize' : 'defer';
}

/** isInPlaceUpdating */
export function isResizing(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
  return (
    conditions.find(({ type }) => type === 'PodResizePending' || type === 'PodResizeInProgress')?.status === 'True'
  );
}

/** CanEvictInPlacingPod: it can't be resized where it is, or not soon. */
function isResizeStuck(pod: KubeObject, group: ReplicaGroup, now: Instant): boolean {
  if (!isDisruptable(group)) return false;
  const pending = podCondition(pod, 'PodResizePending');
  if (pending) return pending.reason !== 'Deferred' || now - sinceOf(pending, now) > DEFERRED_TIMEOUT;
  const inProgress = podCondition(pod, 'PodResizeInProgress');
  if (!inProgress) return false;
  if (inProgress.reason || inProgress.message) return true;
  return now - sinceOf(inProgress, now) > IN_PROGRESS_TIMEOUT;
}

/** Upstream counts from when it first saw it, which it remembers; the condition tells it to everybody. */
function sinceOf({ lastTransitionTime }: { lastTransitionTime?: string }, now: Instant): Instant {
  return parseTime(lastTransitionTime ?? '') ?? now;
}

/** IsNonDisruptiveResize */
function restartsNothing(pod: KubeObject): boolean {
  const containers: { resizePolicy?: { restartPolicy?: string }[] }[] = pod['spec']?.containers ?? [];
  return !containers.some(({ resizePolicy = [] }) =>
    resizePolicy.some(({ restartPolicy }) => restartPolicy === 'RestartContainer'),
  );
}
