/** Finds a node for a pod: filters, scores, picks (kubernetes `pkg/scheduler/schedule_one.go`). */
import type { Random } from '../random';
import type { NodeInfo, PodInfo } from './node-info';
import type { Plugin, PodPlugin, Rejection } from './plugin';
import { nodeAffinity } from './plugins/node-affinity';
import { nodeName, nodePorts, nodeUnschedulable } from './plugins/node-basics';
import { nodeResourcesBalancedAllocation, nodeResourcesFit } from './plugins/node-resources';
import { taintToleration } from './plugins/taint-toleration';

/** The default profile, in the order in which upstream runs its filters (apis/config/v1/default_plugins.go). */
export const DEFAULT_PLUGINS: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  nodeResourcesBalancedAllocation,
];

/** Below this many nodes all that fit are scored; above it a share of them (minFeasibleNodesToFind). */
const MIN_FEASIBLE = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;

export interface Placement {
  node: NodeInfo;
}

export interface NoPlacement {
  /** Of every node that was looked at. */
  rejections: Map<NodeInfo, Rejection>;
  nodes: number;
}

/** Where searches start, so that on large clusters not always the same nodes are looked at (nextStartNodeIndex). */
export interface SearchStart {
  index: number;
}

/** A node for the pod, or why there is none. Ties between the best are broken by chance. */
export function schedulePod(
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  start: SearchStart,
  random: Random,
  plugins: readonly Plugin[] = DEFAULT_PLUGINS,
): Placement | NoPlacement {
  const prepared: { weight: number; plugin: PodPlugin }[] = [];
  for (const plugin of plugins) {
    const forPod = plugin.prepare(pod);
    if (forPod) prepared.push({ weight: plugin.weight, plugin: forPod });
  }
  const filters = prepared.flatMap(({ plugin }) => (plugin.filter ? [plugin.filter] : []));
  const wanted = feasibleNodesToFind(nodes.length);
  const feasible: NodeInfo[] = [];
  const rejections = new Map<NodeInfo, Rejection>();
  let looked = 0;
  for (; looked < nodes.length && feasible.length < wanted; looked++) {
    const node = nodes[(start.index + looked) % nodes.length] as NodeInfo;
    const rejection = firstRejection(filters, node);
    if (rejection) rejections.set(node, rejection);
    else feasible.push(node);
  }
  if (nodes.length > 0) start.index = (start.index + looked) % nodes.length;
  if (feasible.length === 0) return { rejections, nodes: nodes.length };
  if (feasible.length === 1) return { node: feasible[0] as NodeInfo };
  return { node: best(feasible, totalScores(feasible, prepared), random) };
}

function firstRejection(
  filters: readonly ((node: NodeInfo) => Rejection | undefined)[],
  node: NodeInfo,
): Rejection | undefined {
  for (const filter of filters) {
    const rejection = filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}

/** How many feasible nodes are enough (numFeasibleNodesToFind): all of up to 100, then 50 % less 1 % per 125 nodes, at least 5 %. */
export function feasibleNodesToFind(nodes: number): number {
  if (nodes < MIN_FEASIBLE) return nodes;
  const percentage = Math.max(MIN_FEASIBLE_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  return Math.max(MIN_FEASIBLE, Math.trunc((nodes * percentage) / 100));
}

function totalScores(nodes: readonly NodeInfo[], prepared: readonly { weight: number; plugin: PodPlugin }[]): number[] {
  const totals = new Array<number>(nodes.length).fill(0);
  for (const { weight, plugin } of prepared) {
    const { score } = plugin;
    if (!score) continue;
    const scores = nodes.map((node) => score(node));
    plugin.normalise?.(scores);
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + weight * (scores[i] as number);
  }
  return totals;
}

function best(nodes: readonly NodeInfo[], totals: readonly number[], random: Random): NodeInfo {
  let highest = Number.NEGATIVE_INFINITY;
  let winners: NodeInfo[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const total = totals[i] as number;
    if (total < highest) continue;
    if (total > highest) winners = [];
    highest = total;
    winners.push(nodes[i] as NodeInfo);
  }
  return winners[winners.length === 1 ? 0 : random.below(winners.length)] as NodeInfo;
}

/** Why no node would do, as upstream words it (framework/types.go FitError; preemption's part after it). */
export function fitError({ rejections, nodes }: NoPlacement): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  let hopeless = 0;
  for (const { reasons, unresolvable } of rejections.values()) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (unresolvable) hopeless++;
  }
  const available = `0/${nodes} nodes are available:`;
  const preemption = new Map([
    ['Preemption is not helpful for scheduling', hopeless],
    ['No preemption victims found for incoming pod', rejections.size - hopeless],
  ]);
  return `${available} ${histogram(counts)}. preemption: ${available} ${histogram(preemption)}.`;
}

function histogram(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
