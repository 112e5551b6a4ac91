/**
 * Scaling down: which nodes are unneeded, for how long, and which of them go now (autoscaler `core/scaledown/planner`,
 * `eligibility`, `unneeded`, `unremovable`, `budgets`, and the first half of `actuation`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { Objects } from '../scheduler/cluster-view';
import type { Beat } from './beat';
import { Budgets } from './budgets';
import { crop, type Going, partial } from './crop';
import { type DrainContext, emptiness } from './drainability';
import type { Effects } from './effects';
import { gpuOf } from './gpu';
import type { NodeGroup, NodeGroups } from './node-group';
import type { Options } from './options';
import { isDaemonPod, isMirrorPod } from './pods';
import { Quotas } from './quotas';
import { DELETION_CANDIDATE, hasTaint, readinessOf, TO_BE_DELETED, taintsOf } from './readiness';
import { type Removable, simulateRemoval } from './removal';
import type { Snapshot } from './snapshot';
import type { AutoscalerState } from './state';
import { formatUtilization, type Utilization, utilizationOf } from './utilization';

export interface ScaleDownWorld {
  groups: NodeGroups;
  /** Without those that are still starting. */
  nodes: readonly KubeObject[];
  snapshot: Snapshot;
  objects: Objects;
  options: Options;
  state: AutoscalerState;
  effects: Effects;
  beat: Beat;
  now: Instant;
}

/** simulator.UnremovableReason */
export type UnremovableReason =
  | 'ScaleDownDisabledAnnotation'
  | 'ScaleDownUnreadyDisabled'
  | 'NotUnneededLongEnough'
  | 'NotUnreadyLongEnough'
  | 'NodeGroupMinSizeReached'
  | 'MinimalResourceLimitExceeded'
  | 'CurrentlyBeingDeleted'
  | 'NotUnderutilized'
  | 'NotUnneededOtherReason'
  | 'RecentlyUnremovable'
  | 'NoPlaceToMovePods'
  | 'BlockedByPod'
  | 'UnexpectedError'
  | 'NoNodeInfo'
  | 'BlockedByOnCompletionPod'
  | 'AtomicScaleDownFailed';

/** What is thought of one node. */
export interface NodeVerdict {
  node: string;
  group: string;
  utilization?: Utilization;
  /** Absent: it can go. */
  reason?: UnremovableReason;
  /** The pod that keeps it, by what, and in words. */
  pod?: string;
  why?: string;
  message?: string;
  unneededSince?: Instant;
  /** Pods that have to move. */
  pods?: string[];
}

const DISABLED = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
const NO_BUDGETS = new Budgets([]);
/** MaxCloudProviderNodeDeletionTime */
const DELETION_TIME = 300_000;

export class ScaleDown {
  readonly verdicts = new Map<string, NodeVerdict>();
  private removable: Removable[] = [];
  /** There were more nodes than are looked at in one go. */
  cropped = false;
  /** When a node is looked at again that was found to be stuck a while ago, and is not any more. */
  recheckDue: Instant | undefined;
  readonly candidates: readonly KubeObject[];
  private readonly drain: DrainContext;

  constructor(private readonly world: ScaleDownWorld) {
    const { objects, options, now } = world;
    const budgets = new Budgets(objects.list('poddisruptionbudgets.policy'));
    this.drain = { objects, budgets, options, now };
    this.candidates = this.findCandidates();
  }

  /** Nodes of groups that are above their least size; empty ones first, then those that were unneeded before. */
  private findCandidates(): KubeObject[] {
    const { nodes, groups, state } = this.world;
    const ranked = nodes.flatMap((node) => {
      const group = groups.of(node);
      if (!group) return [];
      if (group.targetSize <= group.minSize) {
        this.note(node, group, { reason: 'NodeGroupMinSizeReached' });
        return [];
      }
      if (this.isDelayed(group)) return [];
      const { empty, onCompletion } = this.emptiness(node);
      const known = state.unneeded[node.metadata.name ?? ''] !== undefined;
      return [{ node, rank: (empty ? 0 : 4) + (onCompletion ? 2 : 0) + (known ? 0 : 1) }];
    });
    return ranked.sort((a, b) => a.rank - b.rank).map(({ node }) => node);
  }

  /** emptycandidates.EmptySorting, which asks neither owners nor budgets. */
  private emptiness(node: KubeObject): { empty: boolean; onCompletion: boolean } {
    const { options, now, snapshot } = this.world;
    const pods = snapshot.node(node.metadata.name ?? '')?.pods;
    if (!pods) return { empty: false, onCompletion: false };
    const { empty, waits } = emptiness(pods.values(), { budgets: NO_BUDGETS, options, now });
    return { empty, onCompletion: waits };
  }

  /** ScaleDownCandidatesDelayProcessor, where delays hold for each group by itself. */
  private isDelayed({ name }: NodeGroup): boolean {
    const { options, state, now } = this.world;
    if (!options.is('scale-down-delay-type-local')) return false;
    const { up, down, fail } = state.groupTimes[name] ?? {};
    const lasts = (since: Instant | undefined, flag: Parameters<Options['duration']>[0]) =>
      since !== undefined && since + options.duration(flag) > now;
    return (
      lasts(up, 'scale-down-delay-after-add') ||
      lasts(down, 'scale-down-delay-after-delete') ||
      lasts(fail, 'scale-down-delay-after-failure')
    );
  }

  /** UpdateClusterState: finds out which nodes are unneeded, and since when. */
  update(): void {
    const { nodes, groups, state, snapshot, options, now } = this.world;
    const mark = snapshot.fork();
    const going = new Set(Object.keys(state.deletions));
    const destinations = new Set(nodes.map(({ metadata }) => metadata.name ?? '').filter((name) => !going.has(name)));
    const present = new Set(nodes.map(({ metadata }) => metadata.name ?? ''));
    for (const [name, { until }] of Object.entries(state.unremovable))
      if (!present.has(name) || this.world.beat.recheck(until, now) <= now) delete state.unremovable[name];
    const eligible = this.candidates.filter((node) => !going.has(node.metadata.name ?? '') && this.isEligible(node));
    const limit = this.unneededLimit();
    const recheck = now + options.duration('unremovable-node-recheck-timeout');
    // Those of groups that go as a whole do not count.
    let single = 0;
    for (const node of eligible) {
      const name = node.metadata.name ?? '';
      if (single >= limit) {
        this.cropped = true;
        this.note(node, undefined, { reason: 'NotUnneededOtherReason' });
        continue;
      }
      const found = simulateRemoval(name, destinations, snapshot, this.drain);
      if ('reason' in found) {
        const { reason, pod, why, message } = found;
        state.unremovable[name] = { until: recheck, reason, ...(pod ? { pod } : {}), ...(why ? { why } : {}) };
        this.note(node, undefined, {
          reason,
          ...(pod ? { pod } : {}),
          ...(why ? { why } : {}),
          ...(message ? { message } : {}),
        });
        continue;
      }
      destinations.delete(name);
      this.drain.budgets.remove(found.pods);
      this.removable.push(found);
      if (!groups.of(node)?.isAtomic) single++;
    }
    this.peek(destinations);
    snapshot.revert(mark);
    this.rememberUnneeded();
  }

  /** Would those that are not looked at yet be found to be unneeded? Then it is worth coming back when they are. */
  private peek(destinations: ReadonlySet<string>): void {
    const { state, snapshot, beat, now } = this.world;
    for (const node of this.candidates) {
      const recent = state.unremovable[node.metadata.name ?? ''];
      if (!recent || this.verdicts.get(node.metadata.name ?? '')?.reason !== 'RecentlyUnremovable') continue;
      if (this.obstacle(node) !== undefined) continue;
      const mark = snapshot.fork();
      const found = simulateRemoval(node.metadata.name ?? '', destinations, snapshot, this.drain);
      snapshot.revert(mark);
      if ('reason' in found) continue;
      const look = beat.recheck(recent.until, now + 1);
      if (this.recheckDue === undefined || look < this.recheckDue) this.recheckDue = look;
    }
  }

  /** planner.unneededNodesLimit */
  private unneededLimit(): number {
    const { options, state } = this.world;
    const parallel = options.number('max-scale-down-parallelism');
    const limit = Object.keys(state.unneeded).length + 2 * parallel;
    const interval = Math.max(1, options.duration('scan-interval'));
    const unneeded = Math.max(interval, options.duration('scale-down-unneeded-time'));
    return Math.min(limit, parallel * Math.floor(unneeded / interval) + parallel);
  }

  private rememberUnneeded(): void {
    const { state, now, groups } = this.world;
    const before = state.unneeded;
    state.unneeded = {};
    for (const { node, pods } of this.removable) {
      const name = node.metadata.name ?? '';
      const since = before[name] ?? now;
      state.unneeded[name] = since;
      this.note(node, groups.of(node), {
        unneededSince: since,
        pods: pods.map((pod) => `${pod.namespace}/${pod.name}`),
      });
    }
  }

  /** eligibility.FilterOutUnremovable */
  private isEligible(node: KubeObject): boolean {
    const { groups, state } = this.world;
    const group = groups.of(node) as NodeGroup;
    const utilization = this.utilization(node);
    if (utilization) this.note(node, group, { utilization });
    const recent = state.unremovable[node.metadata.name ?? ''];
    const pod = recent?.pod;
    const reason = recent ? 'RecentlyUnremovable' : this.obstacle(node);
    if (reason === undefined) return true;
    this.note(node, group, {
      reason,
      ...(recent ? { why: recent.why ?? recent.reason } : {}),
      ...(pod ? { pod } : {}),
    });
    return false;
  }

  private utilization(node: KubeObject): Utilization | undefined {
    const { groups, options, snapshot, now } = this.world;
    const info = snapshot.node(node.metadata.name ?? '');
    return info && utilizationOf(info, groups.of(node)?.options ?? options, options, now);
  }

  /** unremovableReasonAndNodeUtilization: what speaks against it before any pod is looked at. */
  private obstacle(node: KubeObject): UnremovableReason | undefined {
    const { groups, options, now } = this.world;
    if (isBeingDeleted(node, now)) return 'CurrentlyBeingDeleted';
    if (node.metadata.annotations?.[DISABLED] === 'true') return 'ScaleDownDisabledAnnotation';
    const utilization = this.utilization(node);
    if (!utilization) return 'UnexpectedError';
    if (!options.is('scale-down-unready-enabled') && !readinessOf(node, options).ready)
      return 'ScaleDownUnreadyDisabled';
    const flag = gpuOf(node) ? 'scale-down-gpu-utilization-threshold' : 'scale-down-utilization-threshold';
    const threshold = (groups.of(node)?.options ?? options).number(flag);
    return utilization.most > threshold ? 'NotUnderutilized' : undefined;
  }

  private note(node: KubeObject, group: NodeGroup | undefined, more: Partial<NodeVerdict>): void {
    const name = node.metadata.name ?? '';
    const known = this.verdicts.get(name) ?? { node: name, group: group?.name ?? '' };
    this.verdicts.set(name, { ...known, ...more });
  }

  /** How long a node must have been unneeded, in milliseconds: longer where it is not ready. */
  patience(node: KubeObject): number {
    const { groups, options } = this.world;
    const flag = readinessOf(node, options).ready ? 'scale-down-unneeded-time' : 'scale-down-unready-time';
    return (groups.of(node)?.options ?? options).duration(flag);
  }

  /** When a node that is unneeded now may go: the first instant after this. */
  dueAt(node: KubeObject): Instant | undefined {
    const since = this.world.state.unneeded[node.metadata.name ?? ''];
    return since === undefined ? undefined : since + this.patience(node);
  }

  get unneeded(): readonly KubeObject[] {
    return this.removable.map(({ node }) => node);
  }

  /** NodesToDelete: of the unneeded, those that may go now; empty ones first. */
  toDelete(allNodes: readonly KubeObject[]): Going {
    const { options, groups, state } = this.world;
    // Upstream counts those that are on their way out, and so may take more than is allowed.
    const remaining = allNodes.filter(({ metadata }) => !state.deletions[metadata.name ?? '']);
    const quotas = Quotas.forLeast(remaining, options);
    const sizes = new Map(groups.all.map(({ name, targetSize }) => [name, targetSize]));
    const inProgress = (group: string) => Object.values(state.deletions).filter((one) => one.group === group).length;
    const whyNot = ({ node }: Removable): UnremovableReason | undefined => {
      if (node.metadata.annotations?.[DISABLED] === 'true') return 'ScaleDownDisabledAnnotation';
      const patience = this.patience(node);
      const since = state.unneeded[node.metadata.name ?? ''] ?? this.world.now;
      if (patience > 0 && since + patience >= this.world.now)
        return readinessOf(node, options).ready ? 'NotUnneededLongEnough' : 'NotUnreadyLongEnough';
      const group = groups.of(node) as NodeGroup;
      const size = sizes.get(group.name) ?? 0;
      if (size - inProgress(group.name) <= group.minSize) return 'NodeGroupMinSizeReached';
      if (quotas.consume(node, 1).exceeded.length > 0) return 'MinimalResourceLimitExceeded';
      sizes.set(group.name, size - 1);
      return undefined;
    };
    const ripe = (which: readonly Removable[]) =>
      which.filter((one) => {
        const reason = whyNot(one);
        if (reason) this.note(one.node, undefined, { reason });
        return reason === undefined;
      });
    const empty = ripe(this.removable.filter(({ pods }) => pods.length === 0));
    const drain = ripe(this.removable.filter(({ pods }) => pods.length > 0)).sort(
      (a, b) => Number(a.risky) - Number(b.risky),
    );
    const staying = partial([...empty, ...drain], groups, this.registered());
    const goes = (one: Removable) => {
      if (!staying.has(one) && one.onCompletion.length === 0) return true;
      this.note(one.node, undefined, {
        reason: staying.has(one) ? 'AtomicScaleDownFailed' : 'BlockedByOnCompletionPod',
      });
      return false;
    };
    return { empty: empty.filter(goes), drain: drain.filter(goes) };
  }

  /** CropNodes: no more at the same time than flags allow. */
  crop(going: Going): Going {
    const { groups, options, state } = this.world;
    const present = Object.values(state.deletions);
    const draining = present.filter((one) => one.drain).length;
    return crop(going, groups, {
      registered: this.registered(),
      room: options.number('max-scale-down-parallelism') - present.length,
      drainRoom: options.number('max-drain-parallelism') - draining,
    });
  }

  /** Nodes of each group that goes as a whole, which the cloud knows, and without those that are still starting. */
  private registered(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const node of this.world.nodes) {
      const group = this.world.groups.of(node);
      if (group?.isAtomic && group.machines.some(({ name }) => name === node.metadata.name))
        counts.set(group.name, (counts.get(group.name) ?? 0) + 1);
    }
    return counts;
  }

  /** StartDeletion: they are marked; all else follows when the mark has been seen. True where there were any. */
  start({ empty, drain }: Going): boolean {
    const together = new Map<string, number>();
    for (const { node } of [...empty, ...drain]) {
      const group = this.world.groups.of(node);
      if (group?.isAtomic) together.set(group.name, (together.get(group.name) ?? 0) + 1);
    }
    this.begin(empty, false, together);
    this.begin(drain, true, together);
    return empty.length + drain.length > 0;
  }

  private begin(nodes: readonly Removable[], drain: boolean, together: ReadonlyMap<string, number>): void {
    const { effects, state, options, groups, now } = this.world;
    for (const { node } of nodes) {
      const name = node.metadata.name ?? '';
      const cordon = options.is('cordon-node-before-terminating');
      effects.mark({ node: name, add: { key: TO_BE_DELETED, effect: 'NoSchedule' }, ...(cordon ? { cordon } : {}) });
      effects.sayOf(node, 'Normal', 'ScaleDown', 'marked the node as toBeDeleted/unschedulable');
    }
    for (const { node } of nodes) {
      const name = node.metadata.name ?? '';
      effects.say('Normal', drain ? 'ScaleDown' : 'ScaleDownEmpty', this.announcement(node, drain));
      const group = groups.of(node)?.name ?? '';
      const batch = together.get(group);
      state.deletions[name] = { group, drain, started: now, ...(batch === undefined ? {} : { batch }) };
    }
  }

  private announcement(node: KubeObject, drain: boolean): string {
    const { snapshot, groups, options, now } = this.world;
    const name = node.metadata.name ?? '';
    if (!drain) return `Scale-down: removing empty node ${JSON.stringify(name)}`;
    const info = snapshot.node(name);
    const utilization = info && utilizationOf(info, groups.of(node)?.options ?? options, options, now);
    const evicted = [...(info?.pods.values() ?? [])].filter(({ pod }) => !isDaemonPod(pod) && !isMirrorPod(pod));
    const text = utilization ? formatUtilization(utilization) : '{}';
    return `Scale-down: removing node ${name}, utilization: ${text}, pods to reschedule: ${evicted.map((pod) => pod.name).join(',')}`;
  }

  /** UpdateSoftDeletionTaints: unneeded nodes are marked so that pods prefer others, a few at a time. */
  markUnneeded(): boolean {
    const { nodes, groups, options, effects, state } = this.world;
    const most = options.number('max-bulk-soft-taint-count');
    if (most === 0) return false;
    let left = most;
    const unneeded = new Set(Object.keys(state.unneeded));
    const ours = nodes.filter(
      (node) => groups.of(node) && !hasTaint(node, TO_BE_DELETED) && !state.deletions[node.metadata.name ?? ''],
    );
    for (const node of ours) {
      const name = node.metadata.name ?? '';
      if (unneeded.has(name) || !hasTaint(node, DELETION_CANDIDATE)) continue;
      if (left-- <= 0) return true;
      effects.mark({ node: name, remove: DELETION_CANDIDATE });
    }
    for (const node of ours) {
      const name = node.metadata.name ?? '';
      if (!unneeded.has(name) || hasTaint(node, DELETION_CANDIDATE)) continue;
      if (left-- <= 0) return true;
      effects.mark({ node: name, add: { key: DELETION_CANDIDATE, effect: 'PreferNoSchedule' } });
    }
    return false;
  }
}

/** actuation.IsNodeBeingDeleted */
export function isBeingDeleted(node: KubeObject, now: Instant): boolean {
  const value = taintsOf(node).find(({ key }) => key === TO_BE_DELETED)?.value;
  return value !== undefined && /^\d+$/.test(value) && now - Number(value) * 1000 < DELETION_TIME;
}
