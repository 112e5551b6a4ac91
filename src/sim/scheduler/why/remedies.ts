/** The smallest changes that would let a pod in. Each is tried: the cluster is changed so, and the scheduler asked again. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import type { PodFilter, Remedy } from '../plugin';
import { PodInfo } from '../pod-info';
import type { Profile } from '../profile';
import { Judge, prepareFilters, schedulePod } from '../schedule-pod';
import type { ToldChange } from './explanation';

/** A node that needs more changes than this needs too many. */
const MOST_CHANGES = 6;
/** How many ways are told. */
const MOST_WAYS = 5;
/** On a large cluster not every node is tried. */
const MOST_NODES = 200;

interface Way {
  remedies: readonly Remedy[];
  node: string;
}

/** @param on only ways to this node */
export function smallestChanges(pod: KubeObject, profile: Profile, view: ClusterView, on?: string): ToldChange[] {
  const gated = withoutGates(pod);
  const start = gated ? gated.pod : pod;
  const open = gated && !on && nodeFor(start, profile, view);
  if (open) return [{ changes: [gated.text], nodes: [open] }];
  const nodes = on ? [view.nodes.get(on)].filter((node) => node !== undefined) : view.ordered.slice(0, MOST_NODES);
  const ways = nodes.map((node) => wayTo(node, start, profile, view)).filter((way) => way !== undefined);
  const first = toldOf(ways, gated?.text);
  // On one node for all that are alike, and where there is room: what is the lesser change shall not be left out for it.
  const others = first.flatMap(({ way }) => insteadOf(way, start, profile, view) ?? []);
  return [...first, ...toldOf(others, gated?.text).slice(0, MOST_WAYS - first.length)]
    .sort(byExtent)
    .map(({ changes, nodes: to }) => ({ changes, nodes: to.sort() }));
}

/** A way, and all nodes that it leads to. */
interface ToldWay extends ToldChange {
  way: Way;
  size: number;
}

/** The ways that are told, the least first; those that are worded alike are one. @param gate what has to be done before all */
function toldOf(ways: readonly Way[], gate: string | undefined): ToldWay[] {
  const told = new Map<string, ToldWay>();
  for (const way of ways) {
    const { remedies, node } = way;
    const changes = [...(gate === undefined ? [] : [gate]), ...remedies.map(({ text }) => text)];
    if (changes.length === 0) continue;
    const key = changes.join('\n');
    const known = told.get(key);
    if (known) known.nodes.push(node);
    else told.set(key, { way, changes, nodes: [node], size: remedies.reduce((sum, one) => sum + sizeOf(one), 0) });
  }
  return [...told.values()].sort(byExtent).slice(0, MOST_WAYS);
}

function byExtent(a: ToldWay, b: ToldWay): number {
  return a.changes.length - b.changes.length || a.size - b.size || compare(a.nodes[0], b.nodes[0]);
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a change amounts to, to put the lesser ones first. */
function sizeOf({ size = 1, without = [], beside }: Remedy): number {
  return beside ? 3 : without.length > 0 ? 2 + without.length : size;
}

function withoutGates(pod: KubeObject): { pod: KubeObject; text: string } | undefined {
  const gates: { name: string }[] = pod['spec'].schedulingGates ?? [];
  if (gates.length === 0) return undefined;
  const { schedulingGates: _, ...spec } = pod['spec'];
  return {
    pod: { ...pod, spec },
    text: `remove scheduling gate${gates.length === 1 ? '' : 's'} ${gates.map(({ name }) => name).join(', ')}`,
  };
}

/** One remedy after the other, until the node would take the pod; undefined where that can't be reached, or nothing is to be done. */
function wayTo(node: NodeInfo, pod: KubeObject, profile: Profile, view: ClusterView): Way | undefined {
  const remedies: Remedy[] = [];
  const barrierAfter = (some: readonly Remedy[]) =>
    asIf(some, node, pod, view, (changed) => barrierTo(node, changed, profile, view));
  for (;;) {
    const barrier = barrierAfter(remedies);
    if (barrier === 'closed') return undefined;
    if (barrier === undefined) return { remedies: needed(remedies, barrierAfter), node: node.name };
    const next = asIf(remedies, node, pod, view, () => barrier.remedies?.(node)[0]);
    if (!next || remedies.length >= MOST_CHANGES || remedies.some((one) => contradicts(one, next))) return undefined;
    remedies.push(next);
  }
}

/** The same way with what would do as well in the place of what is proposed, where it does. */
function insteadOf({ remedies, node: name }: Way, pod: KubeObject, profile: Profile, view: ClusterView) {
  const node = view.nodes.get(name);
  if (!node || !remedies.some(({ instead }) => instead)) return undefined;
  const others = remedies.map((remedy) => remedy.instead ?? remedy);
  const helps = asIf(others, node, pod, view, (changed) => barrierTo(node, changed, profile, view) === undefined);
  return helps ? { remedies: others, node: name } : undefined;
}

/** The same once more did not help; and who was to come need not go. */
function contradicts({ text, beside }: Remedy, next: Remedy): boolean {
  return text === next.text || (beside !== undefined && next.without?.includes(beside.metadata.uid ?? '') === true);
}

/** The filter that keeps the pod from the node, if any; 'closed' where the node does not come into question. */
function barrierTo(
  node: NodeInfo,
  pod: KubeObject,
  profile: Profile,
  view: ClusterView,
): PodFilter | 'closed' | undefined {
  const info = new PodInfo(pod);
  const prepared = prepareFilters(info, profile);
  if (prepared.beforehand || (prepared.only && !prepared.only.has(node.name))) return 'closed';
  const judge = new Judge(info, prepared, view);
  if (!judge.verdict(node)) return undefined;
  return prepared.filters.find(({ plugin }) => plugin.name === judge.plugin)?.filter ?? 'closed';
}

/** Those without which it would not do: a pod that goes for its port takes its memory along. */
function needed(remedies: readonly Remedy[], barrierAfter: (some: readonly Remedy[]) => unknown): readonly Remedy[] {
  let left = remedies;
  for (const one of remedies) {
    if (left.length === 1) break;
    const fewer = left.filter((other) => other !== one);
    if (barrierAfter(fewer) === undefined) left = fewer;
  }
  return left;
}

function nodeFor(pod: KubeObject, profile: Profile, view: ClusterView): string | undefined {
  const found = schedulePod(new PodInfo(pod), profile, view);
  return 'node' in found ? found.node.name : undefined;
}

/** Runs something on the cluster as it would be, and puts it back. */
function asIf<T>(
  remedies: readonly Remedy[],
  node: NodeInfo,
  pod: KubeObject,
  view: ClusterView,
  run: (pod: KubeObject) => T,
): T {
  const before = node.node;
  let changed = pod;
  const taken: { info: PodInfo; nodeName: string }[] = [];
  const added: string[] = [];
  for (const { node: changeNode, pod: changePod, without = [], beside } of remedies) {
    if (changeNode) view.setNode(changeNode(node.node));
    if (changePod) changed = changePod(changed);
    for (const uid of without) {
      const place = view.placeOf(uid);
      if (place) taken.push(place);
      view.displace(uid);
    }
    if (beside) {
      view.place(new PodInfo(beside), node.name);
      added.push(beside.metadata.uid ?? '');
    }
  }
  try {
    return run(changed);
  } finally {
    for (const uid of added) view.displace(uid);
    for (const { info, nodeName } of taken) view.place(info, nodeName);
    if (node.node !== before) view.setNode(before);
  }
}
