/** What could run on a node: what is left there, which pods that wait it would take, and which of the others. */
import type { KubeObject } from '../../../apimachinery/meta';
import { controllerOf } from '../../../apimachinery/meta';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { schedulerOf } from '../pending-pods';
import { PodInfo, unplaced } from '../pod-info';
import type { Profile } from '../profile';
import { amountIn, formatAmount } from '../resource-amount';
import { prepareFilters } from '../schedule-pod';
import { formatTaint } from '../tolerations';
import { heldBy, noScheduler, verdictOn } from './explain-pod';
import type { NodeExplanation, ToldPod } from './explanation';

export function explainNode(
  node: NodeInfo,
  pods: readonly KubeObject[],
  view: ClusterView,
  profiles: ReadonlyMap<string, Profile>,
): NodeExplanation {
  const told: NodeExplanation = {
    apiVersion: 'kubetick.dev/v1',
    kind: 'NodeRoom',
    node: node.name,
    unschedulable: node.unschedulable,
    taints: [...node.hardTaints, ...node.softTaints].map(formatTaint),
    room: roomOn(node),
    pending: [],
    elsewhere: [],
  };
  const seen = new Set<string>();
  for (const pod of pods) {
    const { phase } = pod['status'] ?? {};
    if (phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp) continue;
    const nodeName: string | undefined = pod['spec'].nodeName;
    if (!nodeName) {
      told.pending.push(tell(new PodInfo(pod), node, view, profiles));
      continue;
    }
    // Pods of one owner are alike; those of the node itself show it.
    const owner = controllerOf(pod)?.uid ?? pod.metadata.uid ?? '';
    if (nodeName === node.name || seen.has(owner)) continue;
    seen.add(owner);
    // Another like it: as if it were not there itself.
    const place = view.placeOf(pod.metadata.uid ?? '');
    view.displace(pod.metadata.uid ?? '');
    told.elsewhere.push(tell(new PodInfo(unplaced(pod)), node, view, profiles));
    if (place) view.place(place.info, place.nodeName);
  }
  return told;
}

function tell(info: PodInfo, node: NodeInfo, view: ClusterView, profiles: ReadonlyMap<string, Profile>): ToldPod {
  const owner = controllerOf(info.pod);
  const told = { pod: `${info.namespace}/${info.name}`, ...(owner ? { owner: `${owner.kind}/${owner.name}` } : {}) };
  const profile = profiles.get(schedulerOf(info));
  if (!profile) return { ...told, fits: false, reasons: [noScheduler(info, profiles)] };
  const { name: _, ...verdict } = verdictOn(node, info, prepareFilters(info, profile), view);
  const held = heldBy(info, profile)?.reason;
  return { ...told, ...verdict, ...(held === undefined ? {} : { held }) };
}

function roomOn(node: NodeInfo): NodeExplanation['room'] {
  const { allocatable, requested } = node;
  const names = ['cpu', 'memory', 'ephemeral-storage', ...Object.keys(allocatable.scalar)];
  const room: NodeExplanation['room'] = {};
  for (const name of names) {
    const [there, taken] = [amountIn(allocatable, name), amountIn(requested, name)];
    if (there === 0 && taken === 0) continue;
    room[name] = {
      allocatable: formatAmount(name, there),
      requested: formatAmount(name, taken),
      free: formatAmount(name, there - taken),
    };
  }
  room['pods'] = {
    allocatable: String(node.allowedPods),
    requested: String(node.pods.size),
    free: String(node.allowedPods - node.pods.size),
  };
  return room;
}
