/** Which pods go first when a ReplicaSet has too many (controller_utils.go ActivePodsWithRanks). */
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { byMostRestarts, isPodActive, isPodReady, readySince } from '../pod-state';

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** The annotation that says how much a pod would be missed (core/v1 PodDeletionCost). */
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The `count` pods to delete: those that were never placed, are pending, not ready, cheap, crowded together on a node, young,
 * or restarting, in this order. `related` are the pods of all ReplicaSets of the same owner: whom it counts as crowding.
 */
export function podsToDelete(
  pods: readonly KubeObject[],
  related: readonly KubeObject[],
  count: number,
  now: Instant,
): readonly KubeObject[] {
  if (count >= pods.length) return pods;
  const crowd = new Map<string, number>();
  for (const pod of related) {
    if (!isPodActive(pod)) continue;
    const node = nodeOf(pod);
    crowd.set(node, (crowd.get(node) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: crowd.get(nodeOf(pod)) ?? 0 }));
  ranked.sort((a, b) => compare(a.pod, a.rank, b.pod, b.rank, now));
  return ranked.slice(0, count).map(({ pod }) => pod);
}

/** Less than 0 where `a` goes before `b`. */
function compare(a: KubeObject, rankA: number, b: KubeObject, rankB: number, now: Instant): number {
  const [nodeA, nodeB] = [nodeOf(a), nodeOf(b)];
  if (nodeA !== nodeB && (nodeA === '' || nodeB === '')) return nodeA === '' ? -1 : 1;
  const byPhase = phaseOrder(a) - phaseOrder(b);
  if (byPhase !== 0) return byPhase;
  const [readyA, readyB] = [isPodReady(a), isPodReady(b)];
  if (readyA !== readyB) return readyA ? 1 : -1;
  const byCost = deletionCost(a) - deletionCost(b);
  if (byCost !== 0) return byCost;
  if (rankA !== rankB) return rankB - rankA;
  if (readyA && readyB) {
    const byReadiness = byYouth(readySince(a), readySince(b), a, b, now);
    if (byReadiness !== 0) return byReadiness;
  }
  const byRestarts = byMostRestarts(a, b);
  if (byRestarts !== 0) return byRestarts;
  return byYouth(createdAt(a), createdAt(b), a, b, now);
}

/**
 * The younger goes first, but ages count by their order of magnitude only (LogarithmicScaleDown): among pods of like age the
 * uid decides, so that not always the newest dies.
 */
function byYouth(
  a: Instant | undefined,
  b: Instant | undefined,
  podA: KubeObject,
  podB: KubeObject,
  now: Instant,
): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const difference = magnitude(now - a) - magnitude(now - b);
  if (difference !== 0) return difference;
  return (podA.metadata.uid ?? '') < (podB.metadata.uid ?? '') ? -1 : 1;
}

/** The order of magnitude of an age, by powers of two of nanoseconds; -1 for an age of nothing (logarithmicRankDiff). */
function magnitude(age: number): number {
  return age <= 0 ? -1 : Math.floor(Math.log2(age * 1e6));
}

function nodeOf(pod: KubeObject): string {
  return pod['spec']?.nodeName ?? '';
}

function phaseOrder(pod: KubeObject): number {
  return PHASE_ORDER[pod['status']?.phase ?? ''] ?? 0;
}

function deletionCost(pod: KubeObject): number {
  const cost = Number(pod.metadata.annotations?.[DELETION_COST] ?? '0');
  return Number.isInteger(cost) ? cost : 0;
}

function createdAt(pod: KubeObject): Instant | undefined {
  return pod.metadata.creationTimestamp ? parseTime(pod.metadata.creationTimestamp) : undefined;
}
