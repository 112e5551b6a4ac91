/**
 * One look at the cluster (autoscaler `core/static_autoscaler.go` RunOnce): it thinks, and says what is to be done. Whoever calls it
 * does that, or, to explain, does not.
 */
import { parseDuration } from '../../apimachinery/duration';
import { deepEqual, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { IndexedCache } from '../controller';
import { createRandom } from '../random';
import type { PodInfo } from '../scheduler/pod-info';
import type { Beat } from './beat';
import { bufferPods } from './capacity-buffers';
import { ClusterState } from './cluster-state';
import type { ScaleUpDecision } from './decision';
import type { Effects } from './effects';
import { expectedPods, limitExpected } from './expected-pods';
import { asksForGpu } from './gpu';
import type { NodeGroup, NodeGroups } from './node-group';
import type { Options } from './options';
import { createdAt, isUnschedulable, oldEnoughAt } from './pods';
import { drainedPods, podsToHelp } from './pods-to-help';
import type { Priorities } from './priorities';
import { isRequested, scaleUpByTurns } from './provision';
import { Requests } from './provisioning-requests';
import { readinessOf } from './readiness';
import { sayUnhelped } from './say-helped';
import { ScaleDown } from './scale-down';
import { type ScaleUpOutcome, type ScaleUpWorld, scaleUp, scaleUpToMinSize, type Unhelped } from './scale-up';
import type { Snapshot } from './snapshot';
import type { AutoscalerState } from './state';
import { instance, type Template, templates } from './template';

export interface ScanWorld {
  cache: IndexedCache;
  snapshot: Snapshot;
  /** Pods without a node. */
  pending: Iterable<PodInfo>;
  groups: NodeGroups;
  options: Options;
  state: AutoscalerState;
  effects: Effects;
  priorities: Priorities;
  /** Chance begins with this and the time. */
  seed: string;
  beat: Beat;
  now: Instant;
}

export interface Scan {
  clusterState: ClusterState;
  scaleDown?: ScaleDown;
  /** What was thought of groups and pods, where any pod needs help. */
  outcome: ScaleUpOutcome;
  /** There is no healthy cluster to be scaled. */
  unhealthy: boolean;
  /** When it is worth another look, though nothing changes. */
  due?: Instant;
  /** The same, of what no settle waits for: requests that are tried again, expire, and are cleared away. */
  later?: Instant;
  /** There is more to do than was done at once. */
  more: boolean;
}

/** unschedulablePodTimeBuffer, unschedulablePodWithGpuTimeBuffer */
const NEW_PODS = 2000;
const NEW_GPU_PODS = 30_000;

export function scan(world: ScanWorld): Scan {
  const { cache, snapshot, options, groups, state, effects, now } = world;
  const mark = snapshot.fork();
  const nodes = cache.list('nodes');
  const clusterState = new ClusterState(groups, nodes, state, options, now, effects);
  const due = new Due(now);
  const later = new Due(now);
  const outcome: ScaleUpOutcome = { result: 'ScaleUpNotTried', resizes: [], triggered: [], unhelped: [] };
  const told: Scan = { clusterState, outcome, unhealthy: false, more: false };
  const requests = options.is('enable-provisioning-requests')
    ? new Requests(world, (instant) => later.after(instant))
    : undefined;
  try {
    requests?.refresh();
    const ready = nodes.filter((node) => node['spec']?.unschedulable !== true && readinessOf(node, options).ready);
    if (!options.is('scale-up-from-zero') && ready.length === 0) {
      state.unneeded = {};
      told.unhealthy = true;
      effects.say('Warning', 'ClusterUnhealthy', `Cluster has no ${nodes.length === 0 ? '' : 'ready '}nodes.`);
      return told;
    }
    const daemonSets = cache.list('daemonsets.apps');
    const found = templates({ groups, nodes, daemonSets, snapshot, options, now });
    clusterState.update();
    removeUnregistered(world, due);
    if (!clusterState.isHealthy) {
      state.unneeded = {};
      told.unhealthy = true;
      effects.say('Warning', 'ClusterUnhealthy', 'Cluster is unhealthy');
      return told;
    }
    removeBroken(world);
    if (fixSizes(world, due)) {
      told.more = true;
      return told;
    }
    const starting = imagineUpcoming(world, clusterState, found);
    const standing = nodes.filter(({ metadata }) => !starting.has(metadata.name ?? ''));
    const scaleUpWorld: ScaleUpWorld = {
      ...world,
      clusterState,
      templates: found,
      nodes: [...snapshot.view.nodes.values()].map(({ node }) => node),
      nodeCount: nodes.length,
      chance: createRandom(`${world.seed} ${now}`),
    };
    const pods = needy(world, due, requests);
    told.outcome = tryScaleUp(pods, ready.length, scaleUpWorld, world, due, told, requests);
    if (told.outcome.result === 'ScaleUpSuccessful') state.lastScaleUp = now;
    if (options.is('scale-down-enabled')) {
      const isNew = told.outcome.result === 'ScaleUpInCooldown';
      told.scaleDown = tryScaleDown(standing, isNew, world, due, told);
    }
    if (options.is('enforce-node-group-min-size')) {
      const resizes = scaleUpToMinSize(scaleUpWorld);
      if (resizes.length > 0) state.lastScaleUp = now;
    }
    return told;
  } finally {
    dueByState(world, clusterState, due);
    if (due.at !== undefined) told.due = due.at;
    if (later.at !== undefined) told.later = later.at;
    sayUnhelped(told.outcome, world);
    snapshot.revert(mark);
  }
}

/** Puts nodes that are on their way into the snapshot, ready; the names of those that are there and still starting, which go. */
function imagineUpcoming(
  { groups, snapshot }: ScanWorld,
  clusterState: ClusterState,
  found: ReadonlyMap<string, Template>,
): Set<string> {
  const starting = new Set<string>();
  for (const group of groups.all) {
    const { count, registered } = clusterState.upcoming(group);
    const template = found.get(group.name);
    for (let i = 0; template && i < count; i++) {
      const { node, pods } = instance(template, `upcoming-${i}`);
      snapshot.addNode(node, pods);
    }
    for (const name of registered) {
      starting.add(name);
      snapshot.removeNode(name);
    }
  }
  return starting;
}

/** The earliest of several instants, all of them to come. */
class Due {
  at: Instant | undefined;
  constructor(private readonly now: Instant) {}
  /** Something is true from the first instant on that is later than this. */
  after(instant: Instant): void {
    this.from(instant + 1);
  }
  from(instant: Instant): void {
    if (instant > this.now && (this.at === undefined || instant < this.at)) this.at = instant;
  }
}

/** removeOldUnregisteredNodes */
function removeUnregistered({ groups, state, options, effects, now }: ScanWorld, due: Due): void {
  for (const group of groups.all) {
    const patience = group.options.duration('max-node-provision-time');
    let old: string[] = [];
    for (const { name } of group.machines) {
      const since = state.unregistered[name];
      if (since === undefined) continue;
      if (since + patience < now) old.push(name);
      else due.after(since + patience);
    }
    if (!options.is('force-delete-unregistered-nodes'))
      old = old.slice(0, Math.max(0, group.targetSize - group.minSize));
    if (old.length > 0) old = allOrNone(group, old);
    if (old.length === 0) continue;
    group.deleteMachines(old);
    for (const name of old) {
      delete state.unregistered[name];
      effects.say('Normal', 'DeleteUnregistered', `Removed unregistered node ${name}`);
    }
  }
}

/** deleteCreatedNodesWithErrors; a cloud does not go below the least size unless forced. */
function removeBroken({ groups, options }: ScanWorld): void {
  for (const group of groups.all) {
    let broken = group.machines.filter(({ fail }) => fail === 'quota').map(({ name }) => name);
    if (broken.length > 0) broken = allOrNone(group, broken);
    const room = Math.max(0, group.targetSize - group.minSize);
    if (!options.is('force-delete-failed-nodes') && broken.length > room)
      broken = group.isAtomic ? [] : broken.slice(0, room);
    if (broken.length > 0) group.deleteMachines(broken);
  }
}

/** overrideNodesToDeleteForZeroOrMax: of some groups all machines go, or none. */
function allOrNone(group: NodeGroup, names: string[]): string[] {
  if (!group.isAtomic) return names;
  const all = group.machines.map(({ name }) => name);
  return names.length === all.length || !group.options.is('allow-non-atomic-scale-up-to-max') ? all : [];
}

/** fixNodeGroupSize: fewer nodes than there shall be, for too long. */
function fixSizes({ groups, state, now }: ScanWorld, due: Due): boolean {
  let fixed = false;
  for (const group of groups.all) {
    const wrong = state.incorrectSizes[group.name];
    if (!wrong || wrong.current >= wrong.expected) continue;
    const until = wrong.first + group.options.duration('max-node-provision-time');
    if (until >= now) due.after(until);
    else if (group.decreaseTargetSize(wrong.expected - wrong.current) === undefined) fixed = true;
  }
  return fixed;
}

/** Pods that need new nodes, and are old enough. */
function needy(world: ScanWorld, due: Due, requests: Requests | undefined): PodInfo[] {
  const { snapshot, state, options, now } = world;
  const bypassed = options.list('bypassed-scheduler-names');
  const allowed = [...options.list('allowed-scheduler-names'), ...bypassed];
  const isAllowed = ({ pod }: PodInfo) =>
    options.list('allowed-scheduler-names').length === 0 ||
    allowed.includes(pod['spec'].schedulerName ?? 'default-scheduler');
  const unschedulable = [...world.pending].filter((info) => isAllowed(info) && isUnschedulable(info.pod, bypassed));
  unschedulable.sort((a, b) =>
    a.namespace === b.namespace ? compare(a.name, b.name) : compare(a.namespace, b.namespace),
  );
  if (options.is('capacity-buffer-pod-injection-enabled')) unschedulable.push(...bufferPods(world));
  if (options.is('enable-proactive-scaleup')) unschedulable.push(...expectedPods(unschedulable, snapshot, world.cache));
  const draining = Object.keys(state.deletions).filter((name) => state.deletions[name]?.drain);
  const drained = drainedPods(snapshot, draining.sort());
  let pods = podsToHelp(unschedulable, drained, snapshot, options.number('expendable-pods-priority-cutoff'));
  if (requests) {
    pods = [...requests.withoutConsumers(pods), ...requests.next()];
    requests.book(snapshot);
  }
  return limitExpected(pods, options).filter(({ pod }) => {
    const from = oldEnoughAt(pod, options, parseDuration);
    if (now > from) return true;
    due.after(from);
    return false;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function tryScaleUp(
  pods: readonly PodInfo[],
  readyNodes: number,
  scaleUpWorld: ScaleUpWorld,
  world: ScanWorld,
  due: Due,
  told: Scan,
  requests: Requests | undefined,
): ScaleUpOutcome {
  const { options, effects, state } = world;
  const nothing = { resizes: [], triggered: [], unhelped: [] };
  if (pods.length === 0) return { result: 'ScaleUpNotNeeded', ...nothing };
  // Who has asked for room ahead does not wait (ProvisioningRequestScaleUpEnforcer).
  const isForced = requests !== undefined && pods.some(isRequested);
  const most = options.number('max-nodes-total');
  const until = newUntil(pods, world);
  if (most > 0 && readyNodes >= most) {
    effects.say('Warning', 'MaxNodesTotalReached', `Max total nodes in cluster reached: ${most}`);
    const unhelped = pods.map((pod): Unhelped => ({ pod, rejected: new Map(), skipped: new Map() }));
    if (!isForced) return { result: 'ScaleUpLimitedByMaxNodesTotal', ...nothing, unhelped };
  } else if (until !== undefined) {
    due.from(until);
    if (!isForced) return { result: 'ScaleUpInCooldown', ...nothing };
  }
  const others = (some: readonly PodInfo[]) =>
    options.is('salvo-scale-up') ? salvo(some, scaleUpWorld, world) : scaleUp(some, scaleUpWorld);
  let outcome: ScaleUpOutcome;
  if (requests) {
    const { outcome: made, left } = scaleUpByTurns(pods, requests, scaleUpWorld, others);
    outcome = made;
    if (left) told.more = true;
  } else outcome = others(pods);
  // Thinking the same again is no news.
  if (outcome.decision && !sameBut(outcome.decision, state.decision)) state.decision = outcome.decision;
  // Whoever is left alone for a while may help after it.
  for (const { until } of Object.values(state.backOffs)) due.after(until);
  return outcome;
}

/** allPodsAreNew: more of them may come until then. */
function newUntil(pods: readonly PodInfo[], { options, now }: ScanWorld): Instant | undefined {
  if (options.list('bypassed-scheduler-names').length > 0) return undefined;
  const oldest = (some: readonly PodInfo[]) => Math.min(now, ...some.map(({ pod }) => createdAt(pod)));
  const until = oldest(pods) + NEW_PODS;
  if (until > now) return until;
  const gpuPods = pods.filter(asksForGpu);
  const gpuUntil = oldest(gpuPods) + NEW_GPU_PODS;
  return gpuPods.length > 0 && gpuUntil > now ? gpuUntil : undefined;
}

/** runScaleUpSalvo: again and again, as if the new nodes were there, until all are helped or nobody is. */
function salvo(pods: readonly PodInfo[], scaleUpWorld: ScaleUpWorld, world: ScanWorld): ScaleUpOutcome {
  const { snapshot, templates } = scaleUpWorld;
  let left = pods;
  let { nodes } = scaleUpWorld;
  for (let round = 0; ; round++) {
    const outcome = scaleUp(left, { ...scaleUpWorld, nodes });
    if (outcome.result !== 'ScaleUpSuccessful') return outcome;
    world.state.lastScaleUp = world.now;
    const helped = new Set(outcome.triggered);
    left = left.filter((pod) => !helped.has(pod));
    if (helped.size === 0 || left.length === 0) return outcome;
    const added = new Set<string>();
    for (const { group, from, to } of outcome.resizes)
      for (let i = 0; i < to - from; i++) {
        const { node, pods: own } = instance(templates.get(group) as Template, `${i}-salvo-${round}`);
        snapshot.addNode(node, own);
        added.add(node.metadata.name ?? '');
        nodes = [...nodes, node];
      }
    if (!outcome.triggered.every((pod) => snapshot.scheduleAnywhere(pod, (name) => added.has(name)))) return outcome;
    sayUnhelped(outcome, world);
  }
}

function sameBut(a: ScaleUpDecision, b: ScaleUpDecision | undefined): boolean {
  return b !== undefined && deepEqual(jsonOf({ ...a, time: 0 }), jsonOf({ ...b, time: 0 }));
}

function tryScaleDown(
  nodes: readonly KubeObject[],
  disabled: boolean,
  world: ScanWorld,
  due: Due,
  told: Scan,
): ScaleDown {
  const { cache, now } = world;
  const scaleDown = new ScaleDown({ ...world, nodes, objects: cache });
  scaleDown.update();
  if (scaleDown.recheckDue !== undefined) due.from(scaleDown.recheckDue);
  const rest = cooldownUntil(world);
  for (const node of scaleDown.unneeded) {
    const at = scaleDown.dueAt(node) as Instant;
    if (rest > now && rest > at) due.from(rest);
    else due.after(at);
  }
  if (!disabled && rest <= now && scaleDown.candidates.length > 0) {
    const all = [...world.snapshot.view.nodes.values()].map(({ node }) => node);
    if (scaleDown.start(scaleDown.crop(scaleDown.toDelete(all)))) world.state.lastScaleDownDelete = now;
  }
  if (scaleDown.markUnneeded() || scaleDown.cropped || disabled) told.more = true;
  return scaleDown;
}

/** isScaleDownInCooldown: until when no node is removed, since some were added, or removed, or could not be. */
export function cooldownUntil({ options, state }: Pick<ScanWorld, 'options' | 'state'>): Instant {
  if (options.is('scale-down-delay-type-local')) return 0;
  const ends = [
    [state.lastScaleUp, 'scale-down-delay-after-add'],
    [state.lastScaleDownFail, 'scale-down-delay-after-failure'],
    [state.lastScaleDownDelete, 'scale-down-delay-after-delete'],
  ] as const;
  return Math.max(0, ...ends.map(([since, flag]) => (since === undefined ? 0 : since + options.duration(flag))));
}

/** What comes to pass by itself in what is remembered. */
function dueByState({ state, groups, options, cache, beat }: ScanWorld, clusterState: ClusterState, due: Due): void {
  for (const { expectedAddTime } of Object.values(state.scaleUpRequests)) due.after(expectedAddTime);
  for (const name of clusterState.total.notStarted) {
    const node = cache.get('nodes', '', name);
    const group = node && groups.of(node);
    if (node && group) due.from(createdAt(node) + group.options.duration('max-node-startup-time'));
  }
  if (options.is('scale-down-delay-type-local'))
    for (const { up, down, fail } of Object.values(state.groupTimes)) {
      if (up !== undefined) due.from(up + options.duration('scale-down-delay-after-add'));
      if (down !== undefined) due.from(down + options.duration('scale-down-delay-after-delete'));
      if (fail !== undefined) due.from(fail + options.duration('scale-down-delay-after-failure'));
    }
  // A pod of kube-system keeps its node only while it is young.
  for (const { pod, why, until } of Object.values(state.unremovable)) {
    if (why !== 'UnmovableKubeSystemPod' || pod === undefined) continue;
    const [namespace = '', name = ''] = pod.split('/');
    const found = cache.get('pods', namespace, name);
    const timeout = options.duration('blocking-system-pod-distruption-timeout');
    if (found) due.from(beat.recheck(until, createdAt(found) + timeout + 1));
  }
}
