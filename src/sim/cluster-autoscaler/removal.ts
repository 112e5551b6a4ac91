/** Would the pods of a node find room elsewhere? (autoscaler `simulator/cluster.go` RemovalSimulator) */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { PodInfo } from '../scheduler/pod-info';
import type { Budgets } from './budgets';
import { type BlockingReason, type DrainContext, podsToMove } from './drainability';
import { placeAll } from './pods-to-help';
import { TO_BE_DELETED } from './readiness';
import { type Snapshot, withoutPlace } from './snapshot';

export interface Removable {
  node: KubeObject;
  /** Pods that have to move. */
  pods: PodInfo[];
  onCompletion: PodInfo[];
  /** Its pods can't all be evicted at the same time. */
  risky: boolean;
}

export interface Unremovable {
  reason: 'NoNodeInfo' | 'BlockedByPod' | 'NoPlaceToMovePods';
  pod?: string;
  why?: BlockingReason;
  message?: string;
}

/** The node is gone from the snapshot afterwards, its pods are elsewhere; or all is as it was. */
export function simulateRemoval(
  name: string,
  destinations: ReadonlySet<string>,
  snapshot: Snapshot,
  context: DrainContext & { budgets: Budgets },
): Removable | Unremovable {
  const info = snapshot.node(name);
  if (!info) return { reason: 'NoNodeInfo' };
  const { pods, onCompletion, blocked } = podsToMove(info.pods.values(), context);
  if (blocked) {
    const { pod, reason: why, message } = blocked;
    return { reason: 'BlockedByPod', pod: `${pod.namespace}/${pod.name}`, why, message };
  }
  const { node } = info;
  const mark = snapshot.fork();
  snapshot.removeNode(name);
  const ghost = tainted(node, context.now);
  snapshot.addNode(ghost);
  const moving = pods.map(withoutPlace);
  const placed = placeAll(moving, snapshot, (other) => other !== name && destinations.has(other), true);
  if (placed.size < moving.length) {
    snapshot.revert(mark);
    return { reason: 'NoPlaceToMovePods' };
  }
  snapshot.removeNode(name);
  return { node, pods, onCompletion, risky: !context.budgets.inParallel(pods) };
}

/** As it will be while it is drained: it still counts where pods are to be spread, but takes none (replaceWithTaintedGhostNode). */
function tainted(node: KubeObject, now: Instant): KubeObject {
  const taint = { key: TO_BE_DELETED, value: String(Math.floor(now / 1000)), effect: 'NoSchedule' };
  return { ...node, spec: { ...node['spec'], taints: [...(node['spec']?.taints ?? []), taint] } };
}
