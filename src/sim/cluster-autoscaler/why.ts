/** Answers `/kubetick/why/nodegroups.kubetick.dev/…`: the autoscaler is asked once more, and tells what it looks at. */
import { clone, type Json, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { AUTOSCALER_NAME, AUTOSCALER_RESOURCE, GROUP, NODE_GROUPS, VERSION } from '../../apimachinery/node-groups';
import { notFound } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ObjectCache } from '../cache';
import type { Instant } from '../clock';
import type { Settings } from '../controller';
import { backedOff } from './back-off';
import { Beat } from './beat';
import type { ScaleUpDecision } from './decision';
import { Effects } from './effects';
import { type NodeGroup, NodeGroups } from './node-group';
import { Options, type WrittenFlags } from './options';
import { prioritiesFor } from './priorities';
import { readinessOf } from './readiness';
import type { NodeVerdict } from './scale-down';
import { cooldownUntil, type Scan, scan } from './scan';
import { type AutoscalerState, readState } from './state';
import type { Utilization } from './utilization';
import { AutoscalerView } from './view';

export interface ToldMachine {
  name: string;
  /** `ready`, `not ready`, `starting`, `can't be made`, `never registered`, `being removed` */
  state: string;
  since: string;
}

export interface ToldNode {
  node: string;
  cpu?: number;
  memory?: number;
  /** Of a node that has any: then nothing else counts. */
  gpu?: number;
  /** Upstream's name of what keeps it; absent for one that is unneeded. */
  reason?: string;
  pod?: string;
  why?: string;
  message?: string;
  unneededSince?: string;
  /** It was stuck for this when it was looked at last, and will be looked at again then. */
  recheckAt?: string;
  stuckFor?: string;
  /** When it may go, if nothing changes. */
  goesAt?: string;
  pods?: string[];
}

export interface NodeGroupExplanation {
  apiVersion: 'kubetick.dev/v1';
  kind: 'NodeGroupScaling';
  group: string;
  now: string;
  size: { min: number; max: number; target: number; ready: number; upcoming: number };
  machines: ToldMachine[];
  /** It is left alone until then. */
  backOff?: { until: string; errorCode: string; errorMessage: string };
  /** What was decided when pods last needed nodes. */
  last?: ScaleUpDecision & { at: string };
  /** What would be decided now, if pods need nodes. */
  present?: ScaleUpDecision;
  scaleDown: {
    enabled: boolean;
    threshold: number;
    /** It is GPUs that the threshold is for. */
    ofGpus?: true;
    /** All nodes of the group go, or none. */
    whole?: true;
    unneededTime: number;
    /** No node goes before this. */
    cooldownUntil?: string;
    nodes: ToldNode[];
  };
}

/** @throws ApiError 404 where there is no such group. */
export async function whyNodeGroup(cache: ObjectCache, settings: Settings, now: Instant, name: string): Promise<Json> {
  const thought = await think(cache, settings, now);
  const group = thought.groups.get(name);
  if (!group) throw notFound(NODE_GROUPS, name);
  return jsonOf(explain(group, thought));
}

/** What the autoscaler thinks of one node; undefined where it is no group's. */
export async function scaleDownOf(
  cache: ObjectCache,
  settings: Settings,
  now: Instant,
  node: string,
): Promise<ToldNode | undefined> {
  const thought = await think(cache, settings, now);
  const object = cache.get('nodes', '', node);
  const group = object && thought.groups.of(object);
  return group && toldNodes(group, thought).find((told) => told.node === node);
}

interface Thought {
  cache: ObjectCache;
  groups: NodeGroups;
  options: Options;
  /** As it is written, and as it would be after the look. */
  before: AutoscalerState;
  told: Scan;
  beat: Beat;
  now: Instant;
}

async function think(cache: ObjectCache, settings: Settings, now: Instant): Promise<Thought> {
  const autoscaler: KubeObject = cache.get(AUTOSCALER_RESOURCE, '', AUTOSCALER_NAME) ?? {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'ClusterAutoscaler',
    metadata: { name: AUTOSCALER_NAME },
  };
  const flags: WrittenFlags = autoscaler['spec']?.flags ?? {};
  const options = new Options(flags);
  const before = readState(jsonOf(autoscaler['status'] ?? {}));
  const groups = new NodeGroups(cache, flags);
  const beat = new Beat(autoscaler, options);
  const view = new AutoscalerView(cache, options.number('expendable-pods-priority-cutoff'));
  const told = scan({
    cache,
    snapshot: view.snapshot(settings),
    pending: view.pending.values(),
    groups,
    options,
    // Why a node can't be emptied is found out anew.
    state: { ...(clone(jsonOf(before)) as unknown as AutoscalerState), unremovable: {} },
    effects: new Effects(),
    priorities: await prioritiesFor(options, cache),
    seed: autoscaler.metadata.uid ?? '',
    beat,
    now,
  });
  return { cache, groups: new NodeGroups(cache, flags), options, before, told, beat, now };
}

function explain(group: NodeGroup, thought: Thought): NodeGroupExplanation {
  const { before, told, options, now } = thought;
  const { clusterState, outcome } = told;
  const held = backedOff(before, group.name, now);
  const rest = cooldownUntil({ options, state: before });
  const last = before.decision;
  const { gpu } = group.spec.template;
  return {
    apiVersion: 'kubetick.dev/v1',
    kind: 'NodeGroupScaling',
    group: group.name,
    now: formatTime(now),
    size: {
      min: group.minSize,
      max: group.maxSize,
      target: group.targetSize,
      ready: clusterState.of(group).ready.length,
      upcoming: Math.max(0, group.targetSize - clusterState.of(group).registered.length),
    },
    machines: machinesOf(group, thought),
    ...(held
      ? {
          backOff: {
            until: formatTime(held.until),
            errorCode: held.errorCode,
            errorMessage: held.errorMessage,
          },
        }
      : {}),
    ...(last ? { last: { ...last, at: formatTime(last.time) } } : {}),
    ...(outcome.decision ? { present: outcome.decision } : {}),
    scaleDown: {
      enabled: options.is('scale-down-enabled') && told.scaleDown !== undefined,
      threshold: group.options.number(
        gpu ? 'scale-down-gpu-utilization-threshold' : 'scale-down-utilization-threshold',
      ),
      ...(gpu ? { ofGpus: true } : {}),
      ...(group.isAtomic ? { whole: true } : {}),
      unneededTime: group.options.duration('scale-down-unneeded-time'),
      ...(rest > now ? { cooldownUntil: formatTime(rest) } : {}),
      nodes: toldNodes(group, thought),
    },
  };
}

function machinesOf(group: NodeGroup, { cache, options, before }: Thought): ToldMachine[] {
  return group.machines.map(({ name, created, fail }) => {
    const node = cache.get('nodes', '', name);
    let state = 'starting';
    if (before.deletions[name]) state = 'being removed';
    else if (node) state = readinessOf(node, options).ready ? 'ready' : 'not ready';
    else if (fail === 'quota') state = "can't be made";
    else if (fail === 'silent') state = 'not heard of';
    return { name, state, since: node?.metadata.creationTimestamp ?? created };
  });
}

function toldNodes(group: NodeGroup, thought: Thought): ToldNode[] {
  const nodes = [...(thought.told.scaleDown?.verdicts.values() ?? [])]
    .filter((verdict) => verdict.group === group.name)
    .sort((a, b) => (a.node < b.node ? -1 : 1))
    .map((verdict) => ({
      node: verdict.node,
      ...(verdict.utilization ? sharesOf(verdict.utilization) : {}),
      ...pick(verdict),
      ...(verdict.reason === undefined || WAITS.includes(verdict.reason) ? prospects(verdict, group, thought) : {}),
    }));
  if (!group.isAtomic || nodes.every(({ goesAt }) => goesAt !== undefined)) return nodes;
  return nodes.map(({ goesAt, ...node }) =>
    goesAt === undefined ? node : { ...node, reason: 'AtomicScaleDownFailed' },
  );
}

function sharesOf({ cpu, memory, gpu, resource }: Utilization): Partial<ToldNode> {
  return resource === 'cpu' || resource === 'memory' ? { cpu, memory } : { gpu };
}

/** Of a node that is unneeded: since when, and when it may go. */
function prospects(
  { node }: NodeVerdict,
  group: NodeGroup,
  { told, before, options, beat, now }: Thought,
): Partial<ToldNode> {
  const since = before.unneeded[node];
  const stuck = since === undefined ? before.unremovable[node] : undefined;
  const found = since ?? (stuck ? beat.recheck(stuck.until, now) : now);
  const object = told.scaleDown?.unneeded.find(({ metadata }) => metadata.name === node);
  const patience = (object && told.scaleDown?.patience(object)) ?? group.options.duration('scale-down-unneeded-time');
  const goes = Math.max(found + patience, cooldownUntil({ options, state: before }), now);
  return {
    ...(since === undefined ? {} : { unneededSince: formatTime(since) }),
    ...(stuck ? { recheckAt: formatTime(found), stuckFor: stuck.why ?? stuck.reason } : {}),
    goesAt: formatTime(goes),
  };
}

const WAITS: readonly string[] = ['NotUnneededLongEnough', 'NotUnreadyLongEnough'];

function pick({ reason, pod, why, message, pods }: NodeVerdict): Partial<ToldNode> {
  return {
    ...(reason ? { reason } : {}),
    ...(pod ? { pod } : {}),
    ...(why ? { why } : {}),
    ...(message ? { message } : {}),
    ...(pods?.length ? { pods } : {}),
  };
}
