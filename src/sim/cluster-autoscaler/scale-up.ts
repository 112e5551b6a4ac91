/**
 * Scaling up: which groups would help which pods, how many nodes that takes, which group grows, and by how much at most (autoscaler
 * `core/scaleup/orchestrator/orchestrator.go`, `executor.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { Random } from '../random';
import type { PodInfo } from '../scheduler/pod-info';
import type { ClusterState } from './cluster-state';
import type { ScaleUpDecision, ToldRefusal, ToldResize } from './decision';
import type { Effects } from './effects';
import { estimate } from './estimator';
import { bestOption, type ExpansionOption } from './expanders';
import type { NodeGroup, NodeGroups } from './node-group';
import type { Options } from './options';
import { type PodGroup, podGroups } from './pod-groups';
import type { Priorities } from './priorities';
import { Quotas, quotaReason } from './quotas';
import { areSimilar, balance } from './similar-groups';
import type { Snapshot } from './snapshot';
import type { AutoscalerState } from './state';
import { instance, type Template } from './template';

export interface ScaleUpWorld {
  groups: NodeGroups;
  clusterState: ClusterState;
  templates: ReadonlyMap<string, Template>;
  snapshot: Snapshot;
  /** Those of the snapshot, with the imagined ones. */
  nodes: readonly KubeObject[];
  /** Those that there really are. */
  nodeCount: number;
  options: Options;
  state: AutoscalerState;
  priorities: Priorities;
  effects: Effects;
  chance: Random;
  now: Instant;
}

/** A pod that no group helps, and why. */
export interface Unhelped {
  pod: PodInfo;
  rejected: ReadonlyMap<string, readonly string[]>;
  skipped: ReadonlyMap<string, string>;
}

export type ScaleUpResult =
  | 'ScaleUpSuccessful'
  | 'ScaleUpError'
  | 'ScaleUpNoOptionsAvailable'
  | 'ScaleUpNotNeeded'
  | 'ScaleUpNotTried'
  | 'ScaleUpInCooldown'
  | 'ScaleUpLimitedByMaxNodesTotal';

export interface ScaleUpOutcome {
  result: ScaleUpResult;
  resizes: ToldResize[];
  triggered: readonly PodInfo[];
  unhelped: Unhelped[];
  decision?: ScaleUpDecision;
}

const MOST_TOLD_PODS = 5;

/** @param allOrNothing either there is room for all of them afterwards, or nothing is done. */
export function scaleUp(pods: readonly PodInfo[], world: ScaleUpWorld, allOrNothing = false): ScaleUpOutcome {
  const { groups, options, nodes, now } = world;
  const alike = podGroups(pods);
  const quotas = Quotas.forMost(nodes, options);
  const skipped = new Map<string, string>();
  const valid: NodeGroup[] = [];
  for (const group of groups.all) {
    const why = whySkipped(group, quotas, world);
    if (why === undefined) valid.push(group);
    else skipped.set(group.name, why);
  }
  const helped = new Map(valid.map((group) => [group.name, helpedBy(group, alike, world)]));
  const expansions = valid
    .map((group) => expansionOf(group, helped, world, allOrNothing))
    .filter((option) => option.pods.length > 0 && option.nodes > 0)
    .filter((option) => !allOrNothing || option.pods.length >= pods.length);
  const decision: ScaleUpDecision = {
    time: now,
    pending: pods.length,
    pods: pods.slice(0, MOST_TOLD_PODS).map(({ namespace, name }) => `${namespace}/${name}`),
    result: 'ScaleUpNoOptionsAvailable',
    expander: options.text('expander'),
    options: expansions.map(({ group, pods: own, nodes: count, packing, similar, scores }) => ({
      group: group.name,
      pods: own.length,
      nodes: count,
      packing: [...packing],
      ...(similar.length > 0 ? { similar: similar.map(({ name }) => name) } : {}),
      scores,
    })),
    refusals: refusals(groups, alike, skipped),
    limits: [],
    resizes: [],
  };
  const outcome = (result: ScaleUpResult, more: Partial<ScaleUpOutcome> = {}): ScaleUpOutcome => {
    decision.result = result;
    const told = { result, resizes: [], triggered: [], ...more };
    return { ...told, unhelped: unhelped(alike, skipped, world), decision };
  };
  if (expansions.length === 0) return outcome('ScaleUpNoOptionsAvailable');
  const best = bestOption(options.list('expander'), expansions, expanding(world));
  if (!best) {
    nobodyHelps(alike, 'expansion options filtered out and no longer considered');
    return outcome('ScaleUpNoOptionsAvailable');
  }
  decision.best = best.group.name;
  decision.wanted = best.nodes;
  const plan = planFor(best, helped, quotas, decision, world);
  if (plan === undefined) return outcome('ScaleUpError', { triggered: best.pods });
  if (allOrNothing && decision.limits.length > 0) {
    nobodyHelps(alike, 'not all pods would fit and scale-up is using all-or-nothing strategy');
    return outcome('ScaleUpNoOptionsAvailable');
  }
  const refused = execute(plan, world);
  decision.resizes = plan.filter(({ group }) => !refused.includes(group));
  for (const group of refused) decision.limits.push(`the cloud refused to add machines to ${group}`);
  if (refused.length > 0) return outcome('ScaleUpError', { triggered: best.pods });
  return outcome('ScaleUpSuccessful', { resizes: plan, triggered: best.pods });
}

/** filterValidScaleUpNodeGroups: why a group can't grow, whoever asks. */
function whySkipped(group: NodeGroup, quotas: Quotas, world: ScaleUpWorld): string | undefined {
  const { clusterState, templates, options, nodes } = world;
  const why = clusterState.whyNotGrow(group);
  if (why !== undefined) return why;
  if (group.targetSize >= group.maxSize) return 'max node group size reached';
  const count = group.isAtomic ? group.maxSize - group.targetSize : 1;
  const most = options.number('max-nodes-total');
  if (group.isAtomic && most !== 0 && nodes.length + count > most)
    return 'atomic scale-up exceeds cluster node count limit';
  const template = templates.get(group.name);
  if (!template) return 'not ready for scale-up';
  const check = quotas.check(template.node, count);
  return check.exceeded.length > 0 ? quotaReason(check) : undefined;
}

/** SchedulablePodGroups: whom one node of this group would help. */
function helpedBy({ name }: NodeGroup, alike: readonly PodGroup[], { snapshot, templates }: ScaleUpWorld): PodGroup[] {
  const mark = snapshot.fork();
  const { node, pods } = instance(templates.get(name) as Template, 'try');
  snapshot.addNode(node, pods);
  const helped = alike.filter((group) => {
    const refusal = snapshot.check(group.pods[0] as PodInfo, node.metadata.name ?? '');
    if (refusal) group.errors.set(name, refusal.reasons);
    else group.schedulableOn.push(name);
    return !refusal;
  });
  snapshot.revert(mark);
  return helped;
}

type Helped = ReadonlyMap<string, readonly PodGroup[]>;

/** ComputeExpansionOption */
function expansionOf(group: NodeGroup, helped: Helped, world: ScaleUpWorld, allOrNothing: boolean): ExpansionOption {
  const own = helped.get(group.name) ?? [];
  const option: ExpansionOption = { group, nodes: 0, pods: [], packing: [], similar: [], scores: [] };
  if (own.length === 0) return option;
  const similar = similarTo(group, helped, world);
  const { templates, snapshot } = world;
  const found = estimate(own, templates.get(group.name) as Template, snapshot, nodeLimit(group, similar, world));
  if (group.isAtomic && allOrNothing && found.nodes > group.maxSize) return option;
  // Of such a group all or nothing.
  const nodes = group.isAtomic && found.nodes > 0 ? group.maxSize : found.nodes;
  return { ...option, ...found, nodes, similar };
}

/** The least of what limits an estimate: per scale-up, by the groups' sizes, by the cluster's (`estimator/*_threshold.go`). */
function nodeLimit(group: NodeGroup, similar: readonly NodeGroup[], { options, nodes }: ScaleUpWorld): number {
  const limits = [options.number('max-nodes-per-scaleup')];
  const room = [group, ...similar].reduce((sum, one) => sum + Math.max(0, one.maxSize - one.targetSize), 0);
  limits.push(room <= 0 ? -1 : room);
  const most = options.number('max-nodes-total');
  if (most !== 0) limits.push(most <= nodes.length ? -1 : most - nodes.length);
  if (limits.some((limit) => limit < 0)) return -1;
  const real = limits.filter((limit) => limit > 0);
  return real.length > 0 ? Math.min(...real) : 0;
}

/** ComputeSimilarNodeGroups: of one kind, fit to grow, and of help to the same pods. */
function similarTo(group: NodeGroup, helped: Helped, world: ScaleUpWorld): NodeGroup[] {
  const { groups, templates, options, clusterState } = world;
  if (!options.is('balance-similar-node-groups') || group.isAtomic) return [];
  const own = helped.get(group.name) ?? [];
  const template = templates.get(group.name);
  if (own.length === 0 || !template) return [];
  return groups.all.filter((other) => {
    const theirs = templates.get(other.name);
    if (other === group || !theirs || !areSimilar(template, theirs, options)) return false;
    if (clusterState.whyNotGrow(other) !== undefined) return false;
    const others = helped.get(other.name);
    return others !== undefined && own.every((pods) => others.includes(pods));
  });
}

/** How much each group is to grow; undefined where the cluster is full. */
function planFor(
  best: ExpansionOption,
  helped: Helped,
  quotas: Quotas,
  decision: ScaleUpDecision,
  world: ScaleUpWorld,
): ToldResize[] | undefined {
  const { options, nodes, effects, templates, groups } = world;
  const most = options.number('max-nodes-total');
  let count = best.nodes;
  if (most > 0 && count + nodes.length > most) {
    count = most - nodes.length;
    effects.say('Warning', 'MaxNodesTotalReached', `Max total nodes in cluster reached: ${most}`);
    decision.limits.push(`max-nodes-total ${most}: ${Math.max(0, count)} of ${best.nodes} nodes`);
    if (count < 1) return undefined;
  }
  const check = quotas.check((templates.get(best.group.name) as Template).node, count);
  if (check.allowed < count) decision.limits.push(`${quotaReason(check)}: ${check.allowed} of ${count} nodes`);
  count = check.allowed;
  const similar = similarTo(best.group, helped, world).filter(
    ({ name }) => quotas.check((templates.get(name) as Template).node, 1).exceeded.length === 0,
  );
  const plan = balance([best.group, ...similar], count);
  const added = plan.reduce((sum, { from, to }) => sum + to - from, 0);
  if (added < count) decision.limits.push(`node group limits: ${added} of ${count} nodes`);
  // capScaleUpsByQuota
  for (const resize of plan) {
    const node = (templates.get(resize.group) as Template).node;
    const { allowed } = quotas.check(node, resize.to - resize.from);
    resize.to = resize.from + allowed;
    if (allowed > 0) quotas.consume(node, allowed);
  }
  return plan.filter(({ group, from, to }) => groups.get(group) && from !== to);
}

/** ExecuteScaleUps: one after the other up to the first group that the cloud refuses, or all of them; those that it refused. */
export function execute(
  plan: readonly ToldResize[],
  world: Pick<ScaleUpWorld, 'groups' | 'options' | 'effects' | 'clusterState' | 'state' | 'now'>,
): string[] {
  const { groups, options, effects, clusterState, state, now } = world;
  const allRefused: string[] = [];
  for (const { group: name, from, to, max } of plan) {
    const group = groups.get(name) as NodeGroup;
    effects.say(
      'Normal',
      'ScaledUpGroup',
      `Scale-up: setting group ${name} size to ${to} instead of ${from} (max: ${max})`,
    );
    const refused = group.increaseSize(to - from);
    if (refused !== undefined) {
      effects.say('Warning', 'FailedToScaleUpGroup', `Scale-up failed for group ${name}: ${refused}`);
      const message = `failed to increase node group size: ${refused}`;
      clusterState.failed(group, { code: 'cloudProviderError', message });
      allRefused.push(name);
      if (options.is('parallel-scale-up')) continue;
      break;
    }
    clusterState.requested(group, to - from);
    state.groupTimes[name] = { ...state.groupTimes[name], up: now };
    effects.say(
      'Normal',
      'ScaledUpGroup',
      `Scale-up: group ${name} size set to ${to} instead of ${from} (max: ${max})`,
    );
  }
  return allRefused;
}

/** ScaleUpToNodeGroupMinSize */
export function scaleUpToMinSize(world: ScaleUpWorld): ToldResize[] {
  const { groups, options, nodes, clusterState, templates } = world;
  const quotas = Quotas.forMost(nodes, options);
  const most = options.number('max-nodes-total');
  const plan: ToldResize[] = [];
  for (const group of groups.all) {
    const from = group.targetSize;
    const template = templates.get(group.name);
    if (from >= group.minSize || clusterState.whyNotGrow(group) !== undefined || !template) continue;
    if (quotas.check(template.node, 1).exceeded.length > 0) continue;
    let count = quotas.check(template.node, group.minSize - from).allowed;
    if (most > 0) count = Math.min(count, most - from);
    if (count > 0) plan.push({ group: group.name, from, to: from + count, max: group.maxSize });
  }
  execute(plan, world);
  return plan;
}

/** markAllGroupsAsUnschedulable */
function nobodyHelps(alike: readonly PodGroup[], reason: string): void {
  for (const { schedulableOn, errors } of alike) for (const name of schedulableOn.splice(0)) errors.set(name, [reason]);
}

function expanding({ templates, nodeCount, priorities, effects, chance }: ScaleUpWorld) {
  return { templates, nodeCount, priorities, effects, chance };
}

/** GetRemainingPods */
function unhelped(alike: readonly PodGroup[], skipped: ReadonlyMap<string, string>, world: ScaleUpWorld): Unhelped[] {
  const hopeless = alike.filter(({ schedulableOn }) => schedulableOn.length === 0);
  let relevant: (group: PodGroup) => ReadonlyMap<string, string> = () => skipped;
  if (world.options.is('scaleup-simulation-for-skipped-node-groups-enabled')) {
    for (const name of skipped.keys()) {
      const group = world.groups.get(name);
      if (group && world.templates.has(name)) helpedBy(group, hopeless, world);
    }
    relevant = ({ errors }) => new Map([...skipped].filter(([name]) => !errors.has(name)));
  }
  return hopeless.flatMap((group) =>
    group.pods.map((pod) => ({ pod, rejected: group.errors, skipped: relevant(group) })),
  );
}

function refusals(groups: NodeGroups, alike: readonly PodGroup[], skipped: ReadonlyMap<string, string>): ToldRefusal[] {
  return groups.all.flatMap(({ name }): ToldRefusal[] => {
    const why = skipped.get(name);
    if (why !== undefined) return [{ group: name, skipped: why }];
    const rejected: Record<string, number> = {};
    for (const { pods, errors } of alike)
      for (const reason of errors.get(name) ?? []) rejected[reason] = (rejected[reason] ?? 0) + pods.length;
    return Object.keys(rejected).length > 0 ? [{ group: name, rejected }] : [];
  });
}
