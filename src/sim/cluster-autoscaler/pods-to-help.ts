/** Which pods need new nodes: those that fit nowhere, not even on what is coming (autoscaler `core/podlistprocessor`). */
import { PodInfo, unplaced } from '../scheduler/pod-info';
import { podGroups } from './pod-groups';
import { isDaemonPod, isExpendable, isRecreatable } from './pods';
import type { Snapshot } from './snapshot';

/** Pods of nodes that are being drained: they will be made again, and need room (currentlyDrainedNodesPodListProcessor). */
export function drainedPods(snapshot: Snapshot, drained: readonly string[]): PodInfo[] {
  return drained.flatMap((name) =>
    [...(snapshot.node(name)?.pods.values() ?? [])]
      .filter(({ pod, terminating }) => !terminating && isRecreatable(pod))
      .map(({ pod, uid }) => new PodInfo({ ...unplaced(pod), metadata: { ...pod.metadata, uid: `${uid} again` } })),
  );
}

/** Those that fit take their places in the snapshot, the most important first (filterOutSchedulableByPacking). */
export function podsToHelp(
  unschedulable: readonly PodInfo[],
  drained: readonly PodInfo[],
  snapshot: Snapshot,
  cutoff: number,
): PodInfo[] {
  const candidates = [...unschedulable.filter(({ pod }) => !isExpendable(pod, cutoff)), ...drained];
  candidates.sort((a, b) => b.priority - a.priority);
  const placed = placeAll(candidates, snapshot, () => true, false);
  return candidates.filter((info) => !placed.has(info) && !isDaemonPod(info.pod));
}

/**
 * Finds a place for each pod, in order; one like another that found none is not tried (HintingSimulator.TrySchedulePods).
 * `all`: stop at the first that finds none.
 */
export function placeAll(
  pods: readonly PodInfo[],
  snapshot: Snapshot,
  acceptable: (node: string) => boolean,
  all: boolean,
): Set<PodInfo> {
  const placed = new Set<PodInfo>();
  const alike = new Map<PodInfo, object>();
  if (!all && pods.length > 1) for (const group of podGroups(pods)) for (const pod of group.pods) alike.set(pod, group);
  const hopeless = new Set<object>();
  for (const pod of pods) {
    const kind = alike.get(pod) ?? pod;
    if (!hopeless.has(kind) && snapshot.scheduleAnywhere(pod, acceptable) !== undefined) {
      placed.add(pod);
      continue;
    }
    if (all) break;
    hopeless.add(kind);
  }
  return placed;
}
