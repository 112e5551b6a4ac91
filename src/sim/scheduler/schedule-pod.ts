/** Finds a node for a pod: filters, scores, picks (kube-scheduler `schedule_one.go`). */
import { createRandom, type Random } from '../random';
import type { ClusterView } from './cluster-view';
import type { Diagnosis } from './fit-error';
import type { NodeInfo } from './node-info';
import { type Plugin, type PodFilter, type PodScorer, type Rejection, unresolvable } from './plugin';
import type { PodInfo } from './pod-info';
import type { Profile } from './profile';

/** Below this many nodes all that fit are scored; above it a share of them (minFeasibleNodesToFind). */
const MIN_FEASIBLE = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;

/** The filters of a profile, prepared for one pod. */
export interface PreparedFilters {
  filters: readonly { plugin: Plugin; filter: PodFilter }[];
  /** The pod is refused whatever the nodes, by this plugin. */
  beforehand?: { plugin: string; rejection: Rejection };
  /** Only these come into question; and the plugins that say so. */
  only?: ReadonlySet<string>;
  narrowedBy: readonly string[];
}

export interface Placement {
  node: NodeInfo;
  prepared: PreparedFilters;
}

export interface NoPlacement {
  diagnosis: Diagnosis;
  prepared: PreparedFilters;
}

/** A node for the pod, or why there is none. Ties between the best are broken by the pod's own chance. */
export function schedulePod(pod: PodInfo, profile: Profile, view: ClusterView): Placement | NoPlacement {
  const prepared = prepareFilters(pod, profile);
  const diagnosis = emptyDiagnosis(view);
  if (prepared.beforehand) {
    diagnosis.beforehand = prepared.beforehand.rejection;
    diagnosis.plugins.add(prepared.beforehand.plugin);
    return { diagnosis, prepared };
  }
  const judge = judgeFor(pod, prepared, view);
  const nominated = view.nodes.get(view.nominationOf(pod.uid) ?? '');
  if (nominated && isEligible(prepared, nominated) && !judge(nominated)) return { node: nominated, prepared };
  const feasible = feasibleNodes(pod, profile, prepared, view, judge, diagnosis);
  if (feasible.length === 0) return { diagnosis, prepared };
  const [first] = feasible;
  if (feasible.length === 1 && first) return { node: first, prepared };
  const totals = totalScores(feasible, prepareScorers(pod, profile, feasible));
  return { node: pick(winnersOf(feasible, totals), pod), prepared };
}

export function emptyDiagnosis(view: ClusterView): Diagnosis {
  return {
    nodes: view.nodes.size,
    looked: [],
    rejections: [],
    absent: undefined,
    beforehand: undefined,
    plugins: new Set(),
  };
}

/** RunPreFilterPlugins. */
export function prepareFilters(pod: PodInfo, { filters: plugins }: Profile): PreparedFilters {
  const filters: { plugin: Plugin; filter: PodFilter }[] = [];
  const narrowedBy: string[] = [];
  let only: ReadonlySet<string> | undefined;
  for (const plugin of plugins) {
    const filter = plugin.filterFor?.(pod);
    if (!filter) continue;
    if (filter.rejection)
      return { filters, narrowedBy, beforehand: { plugin: plugin.name, rejection: filter.rejection } };
    filters.push({ plugin, filter });
    const names = filter.only;
    if (!names) continue;
    narrowedBy.push(plugin.name);
    const before = only;
    only = before ? new Set([...before].filter((name) => names.has(name))) : names;
    if (only.size > 0) continue;
    const reason =
      narrowedBy.length === 1
        ? `node(s) didn't satisfy plugin ${plugin.name}`
        : `node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}] simultaneously`;
    return { filters, narrowedBy, beforehand: { plugin: plugin.name, rejection: unresolvable(reason) } };
  }
  return { filters, narrowedBy, ...(only ? { only } : {}) };
}

function isEligible({ only }: PreparedFilters, { name }: NodeInfo): boolean {
  return !only || only.has(name);
}

/** Undefined where the pod could run, else the first rejection and whose it is. */
export type Judge = (node: NodeInfo) => { rejection: Rejection; plugin: string } | undefined;

/**
 * RunFilterPluginsWithNominatedPods: a node that others of at least the same priority were promised room on must do with
 * them and without them.
 */
export function judgeFor(pod: PodInfo, { filters }: PreparedFilters, view: ClusterView): Judge {
  const active = filters.flatMap(({ plugin, filter: prepared }) => {
    const { filter } = prepared;
    return filter ? [{ plugin: plugin.name, filter: (node: NodeInfo) => filter(node) }] : [];
  });
  const run: Judge = (node) => {
    for (const { plugin, filter } of active) {
      const rejection = filter(node);
      if (rejection) return { rejection, plugin };
    }
    return undefined;
  };
  return (node) => {
    if (node.nominated.size === 0) return run(node);
    const others = [...node.nominated.values()].filter(
      ({ uid, priority }) => uid !== pod.uid && priority >= pod.priority && !node.pods.has(uid),
    );
    if (others.length === 0) return run(node);
    return view.withPods(node, others, () => run(node)) ?? run(node);
  };
}

/** findNodesThatFitPod: as many as are enough, from a place of the pod's own on, so that not always the same are looked at. */
function feasibleNodes(
  pod: PodInfo,
  profile: Profile,
  prepared: PreparedFilters,
  view: ClusterView,
  judge: Judge,
  diagnosis: Diagnosis,
): NodeInfo[] {
  const { only, narrowedBy } = prepared;
  let nodes = view.ordered;
  if (only) {
    nodes = nodes.filter(({ name }) => only.has(name));
    diagnosis.absent = unresolvable(`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`);
    for (const plugin of narrowedBy) diagnosis.plugins.add(plugin);
  }
  const enough = profile.scorers.length === 0 ? 1 : feasibleNodesToFind(nodes.length, profile.percentageOfNodesToScore);
  const start = nodes.length < MIN_FEASIBLE ? 0 : chanceOf(pod).below(nodes.length);
  const feasible: NodeInfo[] = [];
  let lastPlugin = '';
  for (let i = 0; i < nodes.length && feasible.length < enough; i++) {
    const at = start + i;
    const node = nodes[at < nodes.length ? at : at - nodes.length] as NodeInfo;
    const verdict = judge(node);
    if (!verdict) {
      feasible.push(node);
      continue;
    }
    diagnosis.looked.push(node);
    diagnosis.rejections.push(verdict.rejection);
    if (verdict.plugin !== lastPlugin) {
      lastPlugin = verdict.plugin;
      diagnosis.plugins.add(lastPlugin);
    }
  }
  return feasible;
}

/** How many feasible nodes are enough (numFeasibleNodesToFind): all of up to 100, then 50 % less 1 % per 125 nodes, at least 5 %. */
export function feasibleNodesToFind(nodes: number, percentageOfNodesToScore = 0): number {
  if (nodes < MIN_FEASIBLE) return nodes;
  let percentage = percentageOfNodesToScore;
  if (percentage === 0) percentage = Math.max(MIN_FEASIBLE_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  return Math.max(MIN_FEASIBLE, Math.trunc((nodes * percentage) / 100));
}

export interface PreparedScorer {
  plugin: string;
  weight: number;
  scorer: PodScorer;
}

/** RunPreScorePlugins. */
export function prepareScorers(pod: PodInfo, { scorers }: Profile, nodes: readonly NodeInfo[]): PreparedScorer[] {
  return scorers.flatMap(({ plugin, weight }) => {
    const scorer = plugin.scorerFor?.(pod, nodes);
    return scorer ? [{ plugin: plugin.name, weight, scorer }] : [];
  });
}

/** One plugin's scores, before and after they are brought to 0…100. */
export function scoresOf({ scorer }: PreparedScorer, nodes: readonly NodeInfo[]): { raw: number[]; scores: number[] } {
  const raw = new Array<number>(nodes.length);
  for (let i = 0; i < nodes.length; i++) raw[i] = scorer.score(nodes[i] as NodeInfo);
  if (!scorer.normalise) return { raw, scores: raw };
  const scores = raw.slice();
  scorer.normalise(scores, nodes);
  return { raw, scores };
}

export function totalScores(nodes: readonly NodeInfo[], prepared: readonly PreparedScorer[]): number[] {
  const totals = new Array<number>(nodes.length).fill(0);
  for (const one of prepared) {
    const { scores } = scoresOf(one, nodes);
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + one.weight * (scores[i] as number);
  }
  return totals;
}

/** The nodes with the highest total, in the order of their names. */
export function winnersOf(nodes: readonly NodeInfo[], totals: readonly number[]): NodeInfo[] {
  let highest = Number.NEGATIVE_INFINITY;
  let winners: NodeInfo[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const total = totals[i] as number;
    if (total < highest) continue;
    if (total > highest) winners = [];
    highest = total;
    winners.push(nodes[i] as NodeInfo);
  }
  return winners.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One of the winners, by the pod's own chance. */
export function pick(winners: readonly NodeInfo[], pod: PodInfo): NodeInfo {
  if (winners.length === 1) return winners[0] as NodeInfo;
  return winners[chanceOf(pod).fork('tie').below(winners.length)] as NodeInfo;
}

/**
 * Chance that belongs to the pod: its uid was drawn by the cluster's generator, so the same seed gives the same, and whoever
 * asks again, in another process or to explain, is told the same.
 */
export function chanceOf({ uid }: PodInfo): Random {
  return createRandom(uid);
}
