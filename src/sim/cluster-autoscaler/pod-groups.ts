/** Pods that are alike to the scheduler are thought about once (autoscaler `core/scaleup/equivalence/groups.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { controllerOf } from '../../apimachinery/meta';
import type { PodInfo } from '../scheduler/pod-info';
import { isDaemonPod } from './pods';

export interface PodGroup {
  pods: PodInfo[];
  /** Group of nodes → why it is no help. */
  errors: Map<string, readonly string[]>;
  /** Groups of nodes that would help. */
  schedulableOn: string[];
}

/** maxEquivalenceGroupsByController: after so many kinds of pods of one owner, each is for itself. */
const MOST_KINDS = 10;

export function podGroups(pods: readonly PodInfo[]): PodGroup[] {
  const groups: PodGroup[] = [];
  const kindsOf = new Map<string, Map<string, PodGroup>>();
  const start = (pod: PodInfo): PodGroup => {
    const group: PodGroup = { pods: [pod], errors: new Map(), schedulableOn: [] };
    groups.push(group);
    return group;
  };
  for (const info of pods) {
    const owner = controllerOf(info.pod);
    if (!owner || isDaemonPod(info.pod)) {
      start(info);
      continue;
    }
    const own = kindsOf.get(owner.uid) ?? new Map<string, PodGroup>();
    kindsOf.set(owner.uid, own);
    const kind = kindOf(info.pod);
    const known = own.get(kind);
    if (known) known.pods.push(info);
    else if (own.size < MOST_KINDS) own.set(kind, start(info));
    else start(info);
  }
  return groups;
}

const kinds = new WeakMap<KubeObject, string>();

/** Labels and spec as text, without the name of the volume that each pod gets for its own token (PodSpecSemanticallyEqual). */
function kindOf(pod: KubeObject): string {
  let kind = kinds.get(pod);
  if (kind === undefined) {
    kind = JSON.stringify([pod.metadata.labels, pod['spec']]).replace(/"kube-api-access-[a-z0-9]{5}"/g, '""');
    kinds.set(pod, kind);
  }
  return kind;
}
