/**
 * How each group stands against how it should: what is ready, what is on its way, what failed (autoscaler
 * `clusterstate/clusterstate.go` ClusterStateRegistry). Requests to grow are remembered until their nodes are there, or are given up.
 */
import { formatDuration } from '../../apimachinery/duration';
import type { KubeObject } from '../../apimachinery/meta';
import type { Machine } from '../../apimachinery/node-groups';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { backedOff, backOff } from './back-off';
import type { Effects } from './effects';
import type { NodeGroup, NodeGroups } from './node-group';
import type { Options } from './options';
import { isSuspended, lacksGpu, readinessOf } from './readiness';
import type { AutoscalerState } from './state';

/** Names of nodes, or of machines that have none. */
export interface Standing {
  ready: string[];
  unready: string[];
  /** Of those: for want of a resource. */
  resourceUnready: string[];
  notStarted: string[];
  suspended: string[];
  deleted: string[];
  registered: string[];
  unregistered: string[];
  longUnregistered: string[];
}

const empty = (): Standing => ({
  ready: [],
  unready: [],
  resourceUnready: [],
  notStarted: [],
  suspended: [],
  deleted: [],
  registered: [],
  unregistered: [],
  longUnregistered: [],
});

/** What a machine that can't be made says: `OutOfResource.QUOTA_EXCEEDED`. */
const QUOTA_ERROR = { class: 'OutOfResource', code: 'QUOTA_EXCEEDED' };
const quotaMessage = ({ name }: Machine) => `Instance '${name}' creation failed: Quota 'CPUS' exceeded.`;

export class ClusterState {
  readonly total = empty();
  private readonly byGroup = new Map<string, Standing>();

  constructor(
    private readonly groups: NodeGroups,
    private readonly nodes: readonly KubeObject[],
    private readonly state: AutoscalerState,
    private readonly options: Options,
    private readonly now: Instant,
    private readonly effects: Effects,
  ) {}

  /** updateClusterStateRegistry */
  update(): void {
    for (const known of [this.state.backOffs, this.state.groupTimes])
      for (const name of Object.keys(known)) if (!this.groups.get(name)) delete known[name];
    this.findUnregistered();
    for (const node of this.nodes) this.count(node);
    this.countUnregistered();
    this.settleRequests();
    this.noteCreationErrors();
    this.findIncorrectSizes();
  }

  of({ name }: NodeGroup): Standing {
    return this.byGroup.get(name) ?? empty();
  }

  private findUnregistered(): void {
    const registered = new Set(this.nodes.map(({ metadata }) => metadata.name));
    const known = this.state.unregistered;
    this.state.unregistered = {};
    for (const group of this.groups.all)
      for (const { name, fail } of group.machines)
        if (!registered.has(name) && fail !== 'quota') this.state.unregistered[name] = known[name] ?? this.now;
  }

  private count(node: KubeObject): void {
    const group = this.groups.of(node);
    const name = node.metadata.name ?? '';
    const startup = (group?.options ?? this.options).duration('max-node-startup-time');
    const created = parseTime(node.metadata.creationTimestamp ?? '') ?? 0;
    let list: keyof Standing = 'unready';
    if (group && !group.machines.some((machine) => machine.name === name)) list = 'deleted';
    else if (isSuspended(node)) list = 'suspended';
    else if (readinessOf(node, this.options).ready) list = 'ready';
    else if (created + startup > this.now) list = 'notStarted';
    for (const standing of [this.total, ...(group ? [this.standing(group)] : [])]) {
      standing.registered.push(name);
      standing[list].push(name);
      if (list === 'unready' && lacksGpu(node)) standing.resourceUnready.push(name);
    }
  }

  private countUnregistered(): void {
    for (const group of this.groups.all)
      for (const { name } of group.machines) {
        const since = this.state.unregistered[name];
        if (since === undefined) continue;
        const long = since + group.options.duration('max-node-provision-time') < this.now;
        const list = long ? 'longUnregistered' : 'unregistered';
        this.standing(group)[list].push(name);
        this.total[list].push(name);
      }
  }

  private standing({ name }: NodeGroup): Standing {
    let found = this.byGroup.get(name);
    if (!found) {
      found = empty();
      this.byGroup.set(name, found);
    }
    return found;
  }

  /** updateScaleRequests */
  private settleRequests(): void {
    const { state, now, effects } = this;
    for (const [name, request] of Object.entries(state.scaleUpRequests)) {
      const group = this.groups.get(name);
      if (!group || this.upcomingIn(group) <= 0) {
        delete state.scaleUpRequests[name];
        continue;
      }
      if (request.expectedAddTime >= now) continue;
      const took = formatDuration(now - request.time);
      effects.say('Warning', 'ScaleUpTimedOut', `Nodes added to group ${name} failed to register within ${took}`);
      const message = `Scale-up timed out for node group ${name} after ${took}`;
      this.failed(group, { code: 'timeout', message });
      const refused = group.decreaseTargetSize(request.increase);
      if (refused !== undefined)
        effects.say(
          'Warning',
          'FailedToRevertScaleUp',
          `Failed to decrease target size for group ${name} after scale-up timeout: ${refused}`,
        );
      delete state.scaleUpRequests[name];
    }
  }

  /** RegisterFailedScaleUp */
  failed({ name }: NodeGroup, error: { code: string; message: string }): void {
    backOff(this.state, name, error, this.options, this.now);
  }

  /** registerOrUpdateScaleUpNoLock */
  requested(group: NodeGroup, delta: number): void {
    const { state, now } = this;
    const request = state.scaleUpRequests[group.name];
    if (!request) {
      if (delta <= 0) return;
      const expectedAddTime = now + group.options.duration('max-node-provision-time');
      state.scaleUpRequests[group.name] = { increase: delta, time: now, expectedAddTime };
      return;
    }
    if (request.increase + delta <= 0) {
      delete state.scaleUpRequests[group.name];
      return;
    }
    request.increase += delta;
    if (delta <= 0) return;
    request.time = now;
    request.expectedAddTime = now + group.options.duration('max-node-provision-time');
  }

  /** handleInstanceCreationErrors */
  private noteCreationErrors(): void {
    const { state, effects } = this;
    const seen = new Set(state.seenErrors);
    state.seenErrors = [];
    for (const group of this.groups.all) {
      const broken = group.machines.filter(({ fail }) => fail === 'quota');
      state.seenErrors.push(...broken.map(({ name }) => name));
      const unseen = broken.filter(({ name }) => !seen.has(name));
      if (unseen.length === 0 || !this.isScalingUp(group)) continue;
      const code = `${QUOTA_ERROR.class}.${QUOTA_ERROR.code}`;
      const message = broken.map(quotaMessage).join(', ') + (broken.length > 3 ? ', ...' : '');
      effects.say(
        'Warning',
        'ScaleUpFailed',
        `Failed adding ${unseen.length} nodes to group ${group.name} due to ${code}; source errors: ${message}`,
      );
      this.requested(group, -unseen.length);
      this.failed(group, { code: QUOTA_ERROR.code, message });
    }
  }

  private findIncorrectSizes(): void {
    const known = this.state.incorrectSizes;
    this.state.incorrectSizes = {};
    for (const group of this.groups.all) {
      const standing = this.byGroup.get(group.name);
      if (!standing) continue;
      const current = standing.registered.length;
      const expected = group.targetSize;
      const unregistered = standing.unregistered.length + standing.longUnregistered.length;
      if (current <= expected && current >= expected - unregistered) continue;
      const before = known[group.name];
      const same = before?.current === current && before.expected === expected;
      this.state.incorrectSizes[group.name] = same ? before : { current, expected, first: this.now };
    }
  }

  /** The least ready nodes that are all right (updateAcceptableRanges). */
  private leastReady(group: NodeGroup): number {
    const asked = this.state.scaleUpRequests[group.name]?.increase ?? 0;
    return group.targetSize - this.of(group).longUnregistered.length - asked;
  }

  /** Nodes that are not ready yet, but shall be (calculateUpcomingNodesInNodeGroup). */
  upcomingIn(group: NodeGroup): number {
    const { ready, unready, suspended, longUnregistered } = this.of(group);
    return group.targetSize - (ready.length + unready.length + suspended.length + longUnregistered.length);
  }

  isScalingUp(group: NodeGroup): boolean {
    return this.upcomingIn(group) > 0 && this.state.scaleUpRequests[group.name] !== undefined;
  }

  /** GetUpcomingNodes: how many, and those of them that have a node already. */
  upcoming(group: NodeGroup): { count: number; registered: readonly string[] } {
    const count = this.upcomingIn(group);
    const counts = count > 0 && this.state.scaleUpRequests[group.name] && !backedOff(this.state, group.name, this.now);
    return counts ? { count, registered: this.of(group).notStarted } : { count: 0, registered: [] };
  }

  /** IsClusterHealthy */
  get isHealthy(): boolean {
    const unready = this.total.unready.length;
    const ok = this.options.number('ok-total-unready-count');
    const share = this.options.number('max-total-unready-percentage') / 100;
    return !(unready > ok && unready > share * this.nodes.length);
  }

  /** IsNodeGroupHealthy */
  isGroupHealthy(group: NodeGroup): boolean {
    const min = this.leastReady(group);
    const standing = this.byGroup.get(group.name);
    if (!standing) return group.targetSize === 0 || (min === 0 && group.targetSize > 0);
    const { ready, unready, notStarted, suspended } = standing;
    const missing = Math.max(0, min - ready.length - suspended.length);
    const all = ready.length + unready.length + notStarted.length + suspended.length;
    const share = this.options.number('max-total-unready-percentage') / 100;
    return !(missing > this.options.number('ok-total-unready-count') && missing > share * all);
  }

  /** NodeGroupScaleUpSafety: why it should not grow now. */
  whyNotGrow(group: NodeGroup): string | undefined {
    if (!this.isGroupHealthy(group)) return 'not ready for scale-up';
    return backedOff(this.state, group.name, this.now) ? 'in backoff after failed scale-up' : undefined;
  }
}
