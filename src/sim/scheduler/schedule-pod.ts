/** Finds a node for a pod: filters, scores, picks (kube-scheduler `schedule_one.go`). */
import { createRandom, type Random } from '../random';
import type { ClusterView } from './cluster-view';
import { Diagnosis } from './fit-error';
import { NOMINATED, type NodeColumns } from './node-columns';
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
  const diagnosis = new Diagnosis(view.nodes.size);
  if (prepared.beforehand) {
    diagnosis.beforehand = prepared.beforehand.rejection;
    diagnosis.plugins.add(prepared.beforehand.plugin);
    return { diagnosis, prepared };
  }
  const judge = new Judge(pod, prepared, view);
  const nominated = view.nodes.get(view.nominationOf(pod.uid) ?? '');
  if (nominated && isEligible(prepared, nominated) && !judge.verdict(nominated)) return { node: nominated, prepared };
  const feasible = feasibleNodes(pod, profile, prepared, view, judge, diagnosis);
  if (feasible.length === 0) return { diagnosis, prepared };
  const [first] = feasible;
  if (feasible.length === 1 && first) return { node: first, prepared };
  const totals = totalScores(feasible, prepareScorers(pod, profile, feasible), view.columns);
  return { node: pick(winnersOf(feasible, totals), pod), prepared };
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

/** Says of each node whether a pod could run there. */
export class Judge {
  private readonly filters: readonly NonNullable<PodFilter['filter']>[];
  private readonly atSlots: readonly PodFilter['filterAt'][];
  /** Where in `filters` those are that have something against nodes without marks, too. */
  private readonly everywhere: readonly number[];
  private readonly marks: number;
  private readonly plugins: readonly string[];
  private readonly slots: Int32Array;
  private readonly nodes: readonly NodeInfo[];
  private last = 0;

  constructor(
    private readonly pod: PodInfo,
    { filters }: PreparedFilters,
    private readonly view: ClusterView,
  ) {
    const active = filters.flatMap(({ plugin, filter: { filter, filterAt, onlyMarked } }) =>
      filter ? [{ name: plugin.name, filter, filterAt, onlyMarked }] : [],
    );
    this.everywhere = [...active.keys()].filter((i) => active[i]?.onlyMarked === undefined);
    this.marks = active.reduce((marks, { onlyMarked = 0 }) => marks | onlyMarked, NOMINATED);
    this.filters = active.map(({ filter }) => filter);
    this.atSlots = active.map(({ filterAt }) => filterAt);
    this.plugins = active.map(({ name }) => name);
    this.slots = view.slots;
    this.nodes = view.ordered;
  }

  /** Undefined where the pod could run, else the first rejection. */
  verdict(node: NodeInfo): Rejection | undefined {
    return node.nominated.size === 0 ? this.run(node) : this.withNominated(node);
  }

  /** The same for the node in this place of the view's order. */
  verdictAt(place: number): Rejection | undefined {
    const { filters, atSlots, everywhere, nodes } = this;
    const { columns } = this.view;
    const slot = this.slots[place] as number;
    // Most nodes have no mark that matters.
    if (((columns.marks[slot] as number) & this.marks) !== 0) return this.verdict(nodes[place] as NodeInfo);
    for (let at = 0; at < everywhere.length; at++) {
      const i = everywhere[at] as number;
      const filterAt = atSlots[i];
      let rejection = filterAt ? filterAt(slot, columns) : 'ask';
      if (rejection === 'ask') rejection = (filters[i] as NonNullable<PodFilter['filter']>)(nodes[place] as NodeInfo);
      if (!rejection) continue;
      this.last = i;
      return rejection;
    }
    return undefined;
  }

  /** Whose the last rejection was. */
  get plugin(): string {
    return this.plugins[this.last] ?? '';
  }

  private run(node: NodeInfo): Rejection | undefined {
    const { filters } = this;
    for (let i = 0; i < filters.length; i++) {
      const rejection = (filters[i] as NonNullable<PodFilter['filter']>)(node);
      if (!rejection) continue;
      this.last = i;
      return rejection;
    }
    return undefined;
  }

  /**
   * RunFilterPluginsWithNominatedPods: a node that others of at least the same priority were promised room on must do with
   * them and without them.
   */
  private withNominated(node: NodeInfo): Rejection | undefined {
    const { pod } = this;
    const others = [...node.nominated.values()].filter(
      ({ uid, priority }) => uid !== pod.uid && priority >= pod.priority && !node.pods.has(uid),
    );
    if (others.length === 0) return this.run(node);
    return this.view.withPods(node, others, () => this.run(node)) ?? this.run(node);
  }
}

/** The nodes that the scheduler would compare. */
export function feasibleNodesOf(
  pod: PodInfo,
  profile: Profile,
  prepared: PreparedFilters,
  view: ClusterView,
): NodeInfo[] {
  if (prepared.beforehand) return [];
  const judge = new Judge(pod, prepared, view);
  return feasibleNodes(pod, profile, prepared, view, judge, new Diagnosis(view.nodes.size));
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
  const all = view.ordered;
  let places: Int32Array | undefined;
  if (only) {
    places = Int32Array.from(all.keys()).filter((place) => only.has((all[place] as NodeInfo).name));
    diagnosis.absent = unresolvable(`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`);
    for (const plugin of narrowedBy) diagnosis.plugins.add(plugin);
  }
  const count = places ? places.length : all.length;
  const enough = profile.scorers.length === 0 ? 1 : feasibleNodesToFind(count, profile.percentageOfNodesToScore);
  const start = count < MIN_FEASIBLE ? 0 : chanceOf(pod).below(count);
  const feasible: NodeInfo[] = [];
  // Neighbours are often out for the same, and then it is the very same object.
  let last: Rejection | undefined;
  let run = 0;
  for (let i = 0, at = start; i < count && feasible.length < enough; i++, at++) {
    if (at === count) at = 0;
    const place = places ? (places[at] as number) : at;
    const rejection = judge.verdictAt(place);
    if (!rejection) {
      feasible.push(all[place] as NodeInfo);
      continue;
    }
    if (rejection !== last) {
      if (last) diagnosis.count(last, run);
      last = rejection;
      run = 0;
      diagnosis.plugins.add(judge.plugin);
    }
    run++;
  }
  if (last) diagnosis.count(last, run);
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
  const raw = nodes.map((node) => scorer.score(node));
  const scores = [...raw];
  scorer.normalise?.(scores, nodes);
  return { raw, scores };
}

/** What nodes are compared by. */
export function totalScores(
  nodes: readonly NodeInfo[],
  prepared: readonly PreparedScorer[],
  columns: NodeColumns,
): Float64Array {
  const slots = new Int32Array(nodes.length);
  for (let i = 0; i < slots.length; i++) slots[i] = (nodes[i] as NodeInfo).slot;
  const byRoom: PreparedScorer[] = [];
  const others: PreparedScorer[] = [];
  for (const one of prepared) {
    const { same, kind, normalise } = one.scorer;
    // Who gives all nodes the same makes no difference.
    if (same === undefined) (kind !== undefined && !normalise ? byRoom : others).push(one);
  }
  const totals = byRoom.length > 0 ? roomTotals(byRoom, slots, columns) : new Float64Array(nodes.length);
  for (const { weight, scorer } of others) {
    const { normalise, scoreAt } = scorer;
    if (normalise) {
      const scores: number[] = [];
      for (let i = 0; i < nodes.length; i++)
        scores.push(scoreAt ? scoreAt(slots[i] as number, columns) : scorer.score(nodes[i] as NodeInfo));
      normalise(scores, nodes);
      for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + weight * (scores[i] as number);
    } else
      for (let i = 0; i < totals.length; i++)
        totals[i] =
          (totals[i] as number) +
          weight * (scoreAt ? scoreAt(slots[i] as number, columns) : scorer.score(nodes[i] as NodeInfo));
  }
  return totals;
}

/** The sum of scores that depend on a node's room alone: worked out again only where that has changed since the last such pod. */
function roomTotals(scorers: readonly PreparedScorer[], slots: Int32Array, columns: NodeColumns): Float64Array {
  const kind = scorers.map(({ plugin, weight, scorer }) => `${plugin} ${weight} ${scorer.kind}`).join();
  const { values, versions } = columns.remembered(kind);
  const { roomVersions: current } = columns;
  const totals = new Float64Array(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    if (versions[slot] !== current[slot]) {
      let sum = 0;
      for (const { weight, scorer } of scorers) sum += weight * (scorer.scoreAt?.(slot, columns) ?? 0);
      values[slot] = sum;
      versions[slot] = current[slot] as number;
    }
    totals[i] = values[slot] as number;
  }
  return totals;
}

/** The nodes with the highest total. */
export function winnersOf(nodes: readonly NodeInfo[], totals: ArrayLike<number>): NodeInfo[] {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < nodes.length; i++) if ((totals[i] as number) > highest) highest = totals[i] as number;
  const winners: NodeInfo[] = [];
  for (let i = 0; i < nodes.length; i++) if (totals[i] === highest) winners.push(nodes[i] as NodeInfo);
  return winners;
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
