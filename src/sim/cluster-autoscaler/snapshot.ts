/**
 * The cluster as it would be: nodes and pods are put there and taken away to see what the scheduler would say, and all of it is
 * undone (autoscaler `simulator/clustersnapshot`). The scheduler's own view and filters are used.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { ClusterView } from '../scheduler/cluster-view';
import type { NodeInfo } from '../scheduler/node-info';
import type { Rejection } from '../scheduler/plugin';
import { PodInfo, unplaced } from '../scheduler/pod-info';
import type { Profile } from '../scheduler/profile';
import { Judge, prepareFilters } from '../scheduler/schedule-pod';

/** Why a pod can't be on a node: by which plugin, and in its words. */
export interface Refusal {
  plugin: string;
  reasons: readonly string[];
}

export class Snapshot {
  private readonly undo: (() => void)[] = [];
  /** Where the last pod found its place: the search goes on behind it. */
  private last = 0;

  constructor(
    readonly view: ClusterView,
    private readonly profile: Profile,
  ) {}

  /** A mark to come back to. */
  fork(): number {
    return this.undo.length;
  }

  revert(mark = 0): void {
    while (this.undo.length > mark) this.undo.pop()?.();
    this.view.sweep();
  }

  node(name: string): NodeInfo | undefined {
    return this.view.nodes.get(name);
  }

  addNode(node: KubeObject, pods: readonly PodInfo[] = []): NodeInfo {
    const { view } = this;
    const name = node.metadata.name ?? '';
    view.setNode(node);
    this.undo.push(() => view.removeNode(name));
    for (const pod of pods) this.place(pod, name);
    return view.nodes.get(name) as NodeInfo;
  }

  /** With the pods on it. */
  removeNode(name: string): void {
    const { view } = this;
    const info = view.nodes.get(name);
    if (!info) return;
    for (const uid of [...info.pods.keys()]) this.take(uid);
    const { node } = info;
    view.removeNode(name);
    this.undo.push(() => view.setNode(node));
  }

  place(pod: PodInfo, nodeName: string): void {
    const { view } = this;
    view.place(pod, nodeName);
    this.undo.push(() => view.displace(pod.uid));
  }

  take(uid: string): void {
    const { view } = this;
    const place = view.placeOf(uid);
    if (!place) return;
    view.displace(uid);
    this.undo.push(() => view.place(place.info, place.nodeName));
  }

  /** CheckPredicates: undefined where the pod could run there. */
  check(pod: PodInfo, nodeName: string): Refusal | undefined {
    const node = this.view.nodes.get(nodeName);
    if (!node) return { plugin: '', reasons: [`node ${nodeName} not found`] };
    const prepared = prepareFilters(pod, this.profile);
    const { beforehand, only, narrowedBy } = prepared;
    if (beforehand) return { plugin: beforehand.plugin, reasons: beforehand.rejection.reasons };
    if (only && !only.has(nodeName)) return { plugin: [...narrowedBy].sort().join(', '), reasons: [] };
    const judge = new Judge(pod, prepared, this.view);
    const rejection: Rejection | undefined = judge.verdict(node);
    return rejection && { plugin: judge.plugin, reasons: rejection.reasons };
  }

  /** SchedulePod: puts it there, if it fits. */
  schedule(pod: PodInfo, nodeName: string): Refusal | undefined {
    const refusal = this.check(pod, nodeName);
    if (!refusal) this.place(pod, nodeName);
    return refusal;
  }

  /** SchedulePodOnAnyNodeMatching: puts it on the first node that will do, and says which. */
  scheduleAnywhere(pod: PodInfo, acceptable: (name: string) => boolean): string | undefined {
    const prepared = prepareFilters(pod, this.profile);
    if (prepared.beforehand) return undefined;
    const { ordered } = this.view;
    const judge = new Judge(pod, prepared, this.view);
    for (let i = 0; i < ordered.length; i++) {
      const at = (i + 1 + this.last) % ordered.length;
      const node = ordered[at] as NodeInfo;
      const { name, unschedulable } = node;
      if (unschedulable || (prepared.only && !prepared.only.has(name)) || !acceptable(name)) continue;
      if (judge.verdictAt(node.slot, node)) continue;
      this.last = at;
      this.place(pod, name);
      return name;
    }
    return undefined;
  }
}

const homeless = new WeakMap<PodInfo, PodInfo>();

/** The pod as if it had no place yet. */
export function withoutPlace(info: PodInfo): PodInfo {
  if (!info.pod['spec'].nodeName) return info;
  let found = homeless.get(info);
  if (found?.pod.metadata.resourceVersion !== info.pod.metadata.resourceVersion) found = undefined;
  if (!found) {
    found = new PodInfo(unplaced(info.pod));
    homeless.set(info, found);
  }
  return found;
}
