/**
 * The cluster as the scheduler sees it (kube-scheduler `backend/cache`, its snapshot): nodes with what is taken on each, and
 * what is counted over all of them; updated by what changes, never built anew.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { PodCounts } from './counts/pod-counts';
import { TermCounts } from './counts/term-counts';
import { NodeColumns } from './node-columns';
import { NodeInfo } from './node-info';
import { PodInfo } from './pod-info';

/** Where the objects are that are neither nodes nor pods: claims, volumes, services, budgets. */
export type Objects = Pick<IndexedCache, 'get' | 'list' | 'index'>;

const ZONE = 'topology.kubernetes.io/zone';
const REGION = 'topology.kubernetes.io/region';
const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';
const OLD_REGION = 'failure-domain.beta.kubernetes.io/region';

export class ClusterView {
  readonly nodes = new Map<string, NodeInfo>();
  readonly columns = new NodeColumns();
  readonly pods = new PodCounts(this.nodes);
  readonly terms = new TermCounts();
  /** Image → on how many nodes it is. */
  readonly imageNodes = new Map<string, number>();
  /** `namespace/claim` → how many placed pods use it. */
  readonly claimUsers = new Map<string, number>();
  /** Where pods are that have a place, by uid; also those whose node is not there. */
  private readonly places = new Map<string, { info: PodInfo; nodeName: string }>();
  private readonly homeless = new Map<string, Map<string, PodInfo>>();
  private readonly nominations = new Map<string, { info: PodInfo; nodeName: string }>();
  private readonly priorities = new Map<number, number>();
  private inOrder: readonly NodeInfo[] | undefined;
  private slotsInOrder: Int32Array | undefined;
  /** Goes up with every change. */
  generation = 0;

  constructor(public objects: Objects) {}

  /** All nodes, zone by zone in turn, so that a few in a row are of many zones (backend/cache `node_tree.go`). */
  get ordered(): readonly NodeInfo[] {
    this.inOrder ??= interleaved(this.nodes);
    return this.inOrder;
  }

  /** The slots of `ordered`. */
  get slots(): Int32Array {
    this.slotsInOrder ??= Int32Array.from(this.ordered, ({ slot }) => slot);
    return this.slotsInOrder;
  }

  /** @param matters false where nothing has changed that keeps pods away or lets them in */
  setNode(node: KubeObject, matters = true): void {
    if (matters) this.generation++;
    const name = node.metadata.name ?? '';
    let info = this.nodes.get(name);
    const zone = info && zoneOf(info);
    if (info) {
      this.countImages(info, -1);
      info.update(node);
    } else {
      info = new NodeInfo(node, this.columns);
      this.nodes.set(name, info);
      for (const pod of this.homeless.get(name)?.values() ?? []) this.put(pod, info);
      this.homeless.delete(name);
      for (const { info: pod, nodeName } of this.nominations.values()) if (nodeName === name) info.nominate(pod);
    }
    if (zone !== zoneOf(info)) {
      this.inOrder = undefined;
      this.slotsInOrder = undefined;
    }
    this.countImages(info, 1);
    this.pods.nodeChanged(info);
  }

  removeNode(name: string): void {
    const info = this.nodes.get(name);
    if (!info) return;
    this.generation++;
    this.inOrder = undefined;
    this.slotsInOrder = undefined;
    this.countImages(info, -1);
    const left = [...info.pods.values()];
    for (const pod of left) this.take(pod, info);
    if (left.length > 0) this.homeless.set(name, new Map(left.map((pod) => [pod.uid, pod])));
    this.nodes.delete(name);
    this.columns.give(info.slot);
    this.pods.nodeRemoved(info);
  }

  /** A pod that has a place, or that is taken to have it (assume). */
  place(info: PodInfo, nodeName: string): void {
    this.displace(info.uid);
    this.generation++;
    this.places.set(info.uid, { info, nodeName });
    const node = this.nodes.get(nodeName);
    if (node) this.put(info, node);
    else {
      const pods = this.homeless.get(nodeName);
      if (pods) pods.set(info.uid, info);
      else this.homeless.set(nodeName, new Map([[info.uid, info]]));
    }
  }

  /** Gives what it had taken. */
  displace(uid: string): PodInfo | undefined {
    const place = this.places.get(uid);
    if (!place) return undefined;
    this.generation++;
    this.places.delete(uid);
    const { info, nodeName } = place;
    const node = this.nodes.get(nodeName);
    if (node?.pods.has(uid)) this.take(info, node);
    const homeless = this.homeless.get(nodeName);
    homeless?.delete(uid);
    if (homeless?.size === 0) this.homeless.delete(nodeName);
    return info;
  }

  placeOf(uid: string): { info: PodInfo; nodeName: string } | undefined {
    return this.places.get(uid);
  }

  /** A pod waits for room on this node; '' for none. */
  nominate(info: PodInfo, nodeName: string): void {
    const before = this.nominations.get(info.uid);
    if (before?.nodeName === nodeName && before.info === info) return;
    if (before) {
      this.nodes.get(before.nodeName)?.withdraw(info.uid);
      this.nominations.delete(info.uid);
      this.generation++;
    }
    if (!nodeName) return;
    this.generation++;
    this.nominations.set(info.uid, { info, nodeName });
    this.nodes.get(nodeName)?.nominate(info);
  }

  nominationOf(uid: string): string | undefined {
    return this.nominations.get(uid)?.nodeName;
  }

  /** Runs something as if these pods were on the node. */
  withPods<T>(node: NodeInfo, added: readonly PodInfo[], run: () => T): T {
    for (const pod of added) this.put(pod, node);
    try {
      return run();
    } finally {
      for (const pod of added) this.take(pod, node);
    }
  }

  /** Is there a placed pod of less priority than this? */
  hasPodsBelow(priority: number): boolean {
    for (const known of this.priorities.keys()) if (known < priority) return true;
    return false;
  }

  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.objects.get('namespaces', '', namespace)?.metadata.labels;
  }

  /** To be called between pods: forgets what is of no use any more. */
  sweep(): void {
    this.terms.sweep();
  }

  /** Counts a pod on a node, to see what would be; who does so takes it off again. */
  put(info: PodInfo, node: NodeInfo): void {
    node.add(info);
    this.pods.podAdded(info, node);
    this.terms.podAdded(info, node);
    this.count(info, 1);
  }

  /** Takes a pod off a node, to see what would be; who does so puts it back. */
  take(info: PodInfo, node: NodeInfo): void {
    node.remove(info.uid);
    this.pods.podRemoved(info, node);
    this.terms.podRemoved(info, node);
    this.count(info, -1);
  }

  private count({ priority, namespace, volumes }: PodInfo, by: 1 | -1): void {
    tally(this.priorities, priority, by);
    for (const { persistentVolumeClaim } of volumes)
      if (persistentVolumeClaim) tally(this.claimUsers, `${namespace}/${persistentVolumeClaim.claimName}`, by);
  }

  private countImages(node: NodeInfo, by: 1 | -1): void {
    for (const image of node.images.keys()) tally(this.imageNodes, image, by);
  }
}

function tally<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** component-helpers `node/topology` GetZoneKey. */
function zoneOf({ labels }: NodeInfo): string {
  const zone = labels[ZONE] ?? labels[OLD_ZONE] ?? '';
  const region = labels[REGION] ?? labels[OLD_REGION] ?? '';
  return zone || region ? `${region}:\0:${zone}` : '';
}

function interleaved(nodes: ReadonlyMap<string, NodeInfo>): NodeInfo[] {
  const byName = [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const zones = new Map<string, NodeInfo[]>();
  for (const node of byName) {
    const zone = zoneOf(node);
    const members = zones.get(zone);
    if (members) members.push(node);
    else zones.set(zone, [node]);
  }
  if (zones.size === 1) return byName;
  const result: NodeInfo[] = [];
  const lists = [...zones.values()];
  for (let i = 0; result.length < byName.length; i++)
    for (const list of lists) {
      const node = list[i];
      if (node) result.push(node);
    }
  return result;
}

/** A view of all nodes and pods there are. */
export function viewOf(objects: Objects): ClusterView {
  const view = new ClusterView(objects);
  for (const node of objects.list('nodes')) view.setNode(node);
  for (const pod of objects.list('pods')) {
    const { phase } = pod['status'] ?? {};
    if (phase === 'Succeeded' || phase === 'Failed') continue;
    const info = new PodInfo(pod);
    const nodeName: string | undefined = pod['spec'].nodeName;
    if (nodeName) view.place(info, nodeName);
    else if (info.nominatedNode) view.nominate(info, info.nominatedNode);
  }
  return view;
}
