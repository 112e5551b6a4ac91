/** The nodes and pods that count for the autoscaler, in the scheduler's own view, kept current by what is watched. */
import { deepEqual, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache, Settings } from '../controller';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import { ClusterView } from '../scheduler/cluster-view';
import { profilesOf } from '../scheduler/configuration/configuration';
import { PodInfo } from '../scheduler/pod-info';
import { createProfile, type Profile } from '../scheduler/profile';
import { isExpendable, nodeOf } from './pods';
import { Snapshot } from './snapshot';

export class AutoscalerView {
  /** Pods without a node, by uid. */
  readonly pending = new Map<string, PodInfo>();
  private readonly view: ClusterView;
  /** Of the configuration that it was made for. */
  private profile: { of: Settings['scheduler']; made: Profile } | undefined;

  /** @param cutoff pods of a lower priority count for nothing */
  constructor(
    cache: IndexedCache,
    readonly cutoff: number,
  ) {
    this.view = new ClusterView(cache);
    for (const node of cache.list('nodes')) this.setNode(node);
    for (const pod of cache.list('pods')) this.setPod(pod);
  }

  snapshot({ scheduler }: Settings): Snapshot {
    if (!this.profile || this.profile.of !== scheduler) {
      const [first] = profilesOf(scheduler);
      this.profile = { of: scheduler, made: createProfile(first as NonNullable<typeof first>, this.view) };
    }
    return new Snapshot(this.view, this.profile.made);
  }

  setNode(node: KubeObject): void {
    this.view.setNode(node);
  }
  removeNode(name: string): void {
    this.view.removeNode(name);
  }

  setPod(pod: KubeObject): void {
    const { uid = '' } = pod.metadata;
    if (isPodTerminal(pod) || isExpendable(pod, this.cutoff)) {
      this.removePod(uid);
      return;
    }
    const nodeName = nodeOf(pod);
    const known = this.view.placeOf(uid);
    if (known?.nodeName === nodeName && known.info.updateStatus(pod)) return;
    if (!nodeName && !known && this.pending.get(uid)?.updateStatus(pod)) return;
    this.removePod(uid);
    const info = new PodInfo(pod);
    if (nodeName) this.view.place(info, nodeName);
    else this.pending.set(uid, info);
  }

  removePod(uid: string): void {
    this.view.displace(uid);
    this.pending.delete(uid);
  }
}

/** Did anything change that may matter? Most writes of pods only tell how their containers fare. */
export function podMatters(before: KubeObject | undefined, after: KubeObject): boolean {
  if (!before || before.metadata.uid !== after.metadata.uid || before['spec'] !== after['spec']) return true;
  if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
  if (isPodTerminal(before) !== isPodTerminal(after) || nodeOf(before) !== nodeOf(after)) return true;
  const [told, tells] = [podCondition(before, 'PodScheduled'), podCondition(after, 'PodScheduled')];
  if (told?.status !== tells?.status || told?.reason !== tells?.reason) return true;
  return !same(before, after, ({ metadata }) => [metadata.labels, metadata.annotations, metadata.ownerReferences]);
}

export function nodeMatters(before: KubeObject | undefined, after: KubeObject): boolean {
  if (!before) return true;
  return !same(before, after, ({ metadata, spec, status }) => [
    metadata.labels,
    metadata.annotations,
    spec,
    status?.allocatable,
    status?.capacity,
    (status?.conditions ?? []).map((one: { type: string; status: string }) => [one.type, one.status]),
  ]);
}

function same(a: KubeObject, b: KubeObject, parts: (object: KubeObject) => readonly unknown[]): boolean {
  const [left, right] = [parts(a), parts(b)];
  return left.every((part, i) => part === right[i] || deepEqual(part as Json, right[i] as Json));
}
