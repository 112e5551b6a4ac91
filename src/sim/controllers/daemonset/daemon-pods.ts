/** The pods of a DaemonSet by the nodes they are on or meant for. */
import type { KubeObject } from '../../../apimachinery/meta';
import { isPodTerminal } from '../pod-state';
import { isUpdated, targetNode } from './placement';

export type DaemonPods = Map<string, KubeObject[]>;

/** Those that have ended and are being deleted are no concern of the controller's any more (getNodesToDaemonPods). */
export function byNode(pods: readonly KubeObject[]): DaemonPods {
  const found: DaemonPods = new Map();
  for (const pod of pods) {
    if (isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined) continue;
    const node = targetNode(pod);
    if (node === undefined) continue;
    const there = found.get(node);
    if (there) there.push(pod);
    else found.set(node, [pod]);
  }
  return found;
}

/** Placed ones first, then the older, then by name (podByCreationTimestampAndPhase). */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [placedA, placedB] = [Boolean(a['spec'].nodeName), Boolean(b['spec'].nodeName)];
  if (placedA !== placedB) return placedA ? -1 : 1;
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** The one pod of the present template and the one of an earlier on a node; undefined where there are more (findUpdatedPodsOnNode). */
export function newAndOld(
  pods: readonly KubeObject[],
  set: KubeObject,
  hash: string,
): { newPod?: KubeObject; oldPod?: KubeObject } | undefined {
  const found: { newPod?: KubeObject; oldPod?: KubeObject } = {};
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const which = isUpdated(pod, set, hash) ? 'newPod' : 'oldPod';
    if (found[which]) return undefined;
    found[which] = pod;
  }
  return found;
}
