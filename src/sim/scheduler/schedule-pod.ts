/** Finds a node for a pod: filters, scores, picks (kube-scheduler `schedule_one.go`). */
import type { ClusterView } from './cluster-view';
import { Diagnosis } from './fit-error';
import { NOMINATED } from './node-columns';
import type { NodeInfo } from './node-info';
import { NodeRow } from './node-row';
import { type Plugin, type PodFilter, type Rejection, unresolvable } from './plugin';
import type { PodInfo } from './pod-info';
import type { Profile } from './profile';
import { bestOf, chanceOf, prepareScorers, totalScores } from './scoring';

/** Below this many nodes all that fit are scored; above it a share of them (minFeasibleNodesToFind). */
const MIN_FEASIBLE = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;
/** So many nodes at first, then twice as many each time, are looked at in one go where they all fit. */
const FIRST_STRIDE = 8;

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
  if (feasible.length === 1) return { node: feasible.at(0), prepared };
  const totals = totalScores(feasible, prepareScorers(pod, profile, feasible));
  return { node: feasible.at(bestOf(totals, pod)), prepared };
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
  private readonly active: { name: string; filter: PodFilter }[] = [];
  private readonly filters: NonNullable<PodFilter['filter']>[] = [];
  /** Where in `filters` those are that have something against nodes without marks, too. */
  private readonly everywhere: number[] = [];
  private marks = NOMINATED;
  private last = 0;

  constructor(
    private readonly pod: PodInfo,
    { filters }: PreparedFilters,
    private readonly view: ClusterView,
  ) {
    for (const { plugin, filter } of filters) {
      if (!filter.filter) continue;
      if (filter.onlyMarked === undefined) this.everywhere.push(this.filters.length);
      else this.marks |= filter.onlyMarked;
      this.active.push({ name: plugin.name, filter });
      this.filters.push(filter.filter);
    }
  }

  /** Undefined where the pod could run, else the first rejection. */
  verdict(node: NodeInfo): Rejection | undefined {
    return node.nominated.size === 0 ? this.run(node) : this.withNominated(node);
  }

  /** The same, told by the columns where they can. */
  verdictAt(slot: number, node: NodeInfo): Rejection | undefined {
    const { active, filters, everywhere } = this;
    const { columns } = this.view;
    // Most nodes have no mark that matters.
    if (((columns.marks[slot] as number) & this.marks) !== 0) return this.verdict(node);
    for (let at = 0; at < everywhere.length; at++) {
      const i = everywhere[at] as number;
      const { filterAt } = (active[i] as (typeof active)[number]).filter;
      let rejection = filterAt ? filterAt(slot, columns) : 'ask';
      if (rejection === 'ask') rejection = (filters[i] as NonNullable<PodFilter['filter']>)(node);
      if (!rejection) continue;
      this.last = i;
      return rejection;
    }
    return undefined;
  }

  /** Is the pod judged as that one is, as far as the columns tell all that there is to know of it? */
  isAsThatOf({ active, everywhere, marks }: Judge): boolean {
    if (marks !== this.marks || everywhere.length !== this.everywhere.length) return false;
    for (let at = 0; at < everywhere.length; at++) {
      const { filter } = active[everywhere[at] as number] as (typeof active)[number];
      const { filter: own } = this.active[this.everywhere[at] as number] as (typeof active)[number];
      if (filter !== own || !filter.clearUntil) return false;
    }
    return true;
  }

  /** Up to which of these slots the columns tell that the pod could run everywhere. */
  clearUntil(slots: Int32Array, from: number, to: number): number {
    const { active, everywhere, marks } = this;
    const { columns } = this.view;
    let until = from;
    while (until < to && ((columns.marks[slots[until] as number] as number) & marks) === 0) until++;
    for (let at = 0; at < everywhere.length && until > from; at++) {
      const { filter } = active[everywhere[at] as number] as (typeof active)[number];
      until = filter.clearUntil ? filter.clearUntil(slots, from, until, columns) : from;
    }
    return until;
  }

  /** Whose the last rejection was. */
  get plugin(): string {
    return this.active[this.last]?.name ?? '';
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

/** The nodes that the scheduler would compare; good until the next pod's are looked for. */
export function feasibleNodesOf(pod: PodInfo, profile: Profile, prepared: PreparedFilters, view: ClusterView): NodeRow {
  if (prepared.beforehand) return new NodeRow(view.columns);
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
): NodeRow {
  const { only, narrowedBy } = prepared;
  let { ordered: nodes, slots } = view;
  if (only) {
    nodes = nodes.filter(({ name }) => only.has(name));
    slots = Int32Array.from(nodes, slotOf);
    diagnosis.absent = unresolvable(`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`);
    for (const plugin of narrowedBy) diagnosis.plugins.add(plugin);
  }
  const cleared = only ? undefined : view.columns.clearance.of(judge, slots);
  const count = nodes.length;
  const enough = profile.scorers.length === 0 ? 1 : feasibleNodesToFind(count, profile.percentageOfNodesToScore);
  const { row } = view.columns.sheet;
  row.clear(Math.min(enough, count));
  // Neighbours are often out for the same, and then it is the very same object.
  let last: Rejection | undefined;
  let run = 0;
  let at = count < MIN_FEASIBLE ? 0 : chanceOf(pod).below(count);
  let left = count;
  let stride = FIRST_STRIDE;
  while (left > 0 && row.length < enough) {
    if (at === count) at = 0;
    if (cleared?.everywhere) {
      const run = Math.min(count - at, left, enough - row.length);
      row.addRun(slots, at, at + run);
      at += run;
      left -= run;
      continue;
    }
    const slot = slots[at] as number;
    const rejection = judge.verdictAt(slot, nodes[at] as NodeInfo);
    at++;
    left--;
    if (!rejection) {
      row.add(slot);
      // Neighbours often all fit, too.
      const end = at + Math.min(stride, count - at, left, enough - row.length);
      const until = (cleared ?? judge).clearUntil(slots, at, end);
      stride = until === end ? stride * 2 : FIRST_STRIDE;
      left -= until - at;
      row.addRun(slots, at, until);
      at = until;
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
  return row;
}

/** How many feasible nodes are enough (numFeasibleNodesToFind): all of up to 100, then 50 % less 1 % per 125 nodes, at least 5 %. */
export function feasibleNodesToFind(nodes: number, percentageOfNodesToScore = 0): number {
  if (nodes < MIN_FEASIBLE) return nodes;
  let percentage = percentageOfNodesToScore;
  if (percentage === 0) percentage = Math.max(MIN_FEASIBLE_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  return Math.max(MIN_FEASIBLE, Math.trunc((nodes * percentage) / 100));
}

function slotOf({ slot }: NodeInfo): number {
  return slot;
}
