/**
 * The nodes that are being removed, step by step: when the mark has been seen their pods are evicted and waited for, and then the
 * machine goes (autoscaler `core/scaledown/actuation`, whose goroutines these are).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { Instant } from '../clock';
import type { Context } from '../controller';
import { isPodTerminal } from '../controllers/pod-state';
import { PodInfo } from '../scheduler/pod-info';
import { Budgets } from './budgets';
import { podsToMove } from './drainability';
import type { Effects } from './effects';
import type { NodeGroups } from './node-group';
import type { Options } from './options';
import { isDaemonPod, isExpendable, isMirrorPod } from './pods';
import { TO_BE_DELETED } from './readiness';
import type { AutoscalerState, Deletion } from './state';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const SECOND = 1000;
/** DefaultEvictionRetryTime, DefaultPodEvictionHeadroom; and how often pods are looked for. */
const EVICTION_RETRY = 10 * SECOND;
const HEADROOM = 30 * SECOND;
const POLL = 5 * SECOND;
const DEFAULT_GRACE = 30;
const EVICT_DAEMON_POD = 'cluster-autoscaler.kubernetes.io/enable-ds-eviction';
const DELAY_PREFIX = 'delay-deletion.cluster-autoscaler.kubernetes.io/';

export interface DeletionWorld {
  context: Context;
  groups: NodeGroups;
  options: Options;
  state: AutoscalerState;
  effects: Effects;
}

/** Pods whose priority is at least this, and how many seconds they may take. */
interface Round {
  priority: number;
  seconds: number;
}

/** How long to wait after a taint until everybody must have seen it: no longer than requests take, if that is measured. */
export function delayAfterTaint(options: Options): number {
  return options.is('dynamic-node-delete-delay-after-taint-enabled')
    ? 0
    : options.duration('node-delete-delay-after-taint');
}

/** Takes each deletion as far as it goes now; when to go on. */
export async function advanceDeletions(world: DeletionWorld): Promise<Instant | undefined> {
  const { state, context } = world;
  let next: Instant | undefined;
  const ready = new Map<string, NodeDeletion[]>();
  for (const name of Object.keys(state.deletions).sort()) {
    const deletion = state.deletions[name] as Deletion;
    const node = context.cache.get('nodes', '', name);
    if (!node) {
      delete state.deletions[name];
      // The others of its batch do not wait for it.
      for (const other of Object.values(state.deletions))
        if (other.group === deletion.group && other.batch !== undefined) other.batch--;
      continue;
    }
    const one = new NodeDeletion(node, deletion, world);
    const due = await one.advance();
    if (due !== undefined) next = Math.min(next ?? due, due);
    if (one.isReady) ready.set(deletion.group, [...(ready.get(deletion.group) ?? []), one]);
  }
  for (const together of ready.values()) {
    const due = removeTogether(together, world);
    if (due !== undefined) next = Math.min(next ?? due, due);
  }
  return next;
}

/** Machines of one group that can go (GroupDeletionScheduler, NodeDeletionBatcher); when those go that are gathered first. */
function removeTogether(ready: readonly NodeDeletion[], { context, options }: DeletionWorld): Instant | undefined {
  const now = context.clock.now();
  const interval = options.duration('node-deletion-batcher-interval');
  const doomed = ready.some(({ deletion }) => deletion.doomed);
  if (doomed) {
    for (const one of ready) one.abort("couldn't scale down other nodes in this node group");
    return undefined;
  }
  if (ready.some(({ deletion: { batch = 0 } }) => ready.length < batch)) return undefined;
  const gathered = ready.find(({ deletion }) => deletion.gatheredUntil !== undefined)?.deletion.gatheredUntil;
  const until = gathered ?? now + interval;
  if (until > now) {
    for (const { deletion } of ready) deletion.gatheredUntil = until;
    return until;
  }
  for (const one of ready) one.remove();
  return undefined;
}

class NodeDeletion {
  private readonly name: string;
  private readonly now: Instant;

  constructor(
    private readonly node: KubeObject,
    readonly deletion: Deletion,
    private readonly world: DeletionWorld,
  ) {
    this.name = node.metadata.name ?? '';
    this.now = world.context.clock.now();
  }

  async advance(): Promise<Instant | undefined> {
    const { deletion, now } = this;
    const { options } = this.world;
    if (deletion.ready) return undefined;
    if (deletion.evicting === undefined) {
      const due = deletion.started + delayAfterTaint(options);
      if (now < due) return due;
      const obstacle = this.obstacle();
      if (obstacle !== undefined) return this.abort(obstacle);
      deletion.evicting = now;
    }
    const wait = deletion.drain ? await this.drain() : await this.evictDaemons();
    if (wait !== undefined || !this.isOn) return wait;
    const delayed = this.awaitAnnotations();
    if (delayed === undefined) deletion.ready = true;
    return delayed;
  }

  get isReady(): boolean {
    return this.isOn && this.deletion.ready === true;
  }

  /** It was not given up meanwhile. */
  private get isOn(): boolean {
    return this.world.state.deletions[this.name] === this.deletion;
  }

  /** Pods that count, on this node. */
  private get pods(): KubeObject[] {
    const cutoff = this.world.options.number('expendable-pods-priority-cutoff');
    return this.world.context.cache
      .index('pods', 'node', this.name)
      .filter((pod) => !isPodTerminal(pod) && !isExpendable(pod, cutoff));
  }

  /** Things may have changed since the node was chosen (deleteNodesAsync). */
  private obstacle(): string | undefined {
    const { drain } = this.deletion;
    const { options, context } = this.world;
    const { pods, onCompletion, blocked } = podsToMove(
      this.pods.map((pod) => new PodInfo(pod)),
      {
        ...(drain ? { objects: context.cache } : {}),
        budgets: new Budgets(drain ? context.cache.list('poddisruptionbudgets.policy') : []),
        options,
        now: this.now,
      },
    );
    const quoted = JSON.stringify(this.name);
    if (blocked) return `GetPodsToMove for ${quoted} returned error: ${blocked.message}`;
    if (drain) return undefined;
    if (pods.length > 0) return `failed to delete empty node ${quoted}, new pods scheduled`;
    if (onCompletion.length > 0) return `failed to delete empty node ${quoted}, active on-completion pods present`;
    return undefined;
  }

  /** Round by round of priorities (DrainNode): evicts, and waits until they are gone. */
  private async drain(): Promise<Instant | undefined> {
    const { deletion, now } = this;
    const rounds = roundsOf(this.world.options);
    const byPriority = this.world.options.text('drain-priority-config') !== '';
    for (let i = deletion.round ?? 0; i < rounds.length; i++) {
      deletion.round = i;
      const round = rounds[i] as Round;
      const full = this.pods.filter(
        (pod) => !isMirrorPod(pod) && roundOf(pod, rounds) === i && (byPriority || !isDaemonPod(pod)),
      );
      const daemons = byPriority ? [] : this.evictableDaemons('daemonset-eviction-for-occupied-nodes', rounds, i);
      const wait = await this.evict(full, daemons, round);
      if (wait !== undefined || !this.isOn) return wait;
      deletion.waitUntil ??= now + round.seconds * SECOND + HEADROOM;
      if (full.length === 0) {
        delete deletion.waitUntil;
        deletion.evicting = now;
        continue;
      }
      if (now < deletion.waitUntil) return Math.min(now + POLL, deletion.waitUntil);
      return this.abort(`Failed to drain node /${this.name}: pods remaining after timeout`);
    }
    return undefined;
  }

  /** initiateEviction: each pod until it takes it, or there is no more time. */
  private async evict(
    full: readonly KubeObject[],
    daemons: readonly KubeObject[],
    { seconds }: Round,
  ): Promise<Instant | undefined> {
    const { deletion, now } = this;
    const retryUntil = (deletion.evicting as Instant) + this.world.options.duration('max-pod-eviction-time');
    const isFirst = deletion.evicting === now;
    let refused = deletion.refused ?? [];
    if (isFirst || now < retryUntil) {
      refused = [];
      for (const pod of full) {
        const problem = await this.evictOne(pod, seconds);
        if (problem !== undefined) refused.push(this.failure(pod, problem));
      }
      // Those of DaemonSets may refuse.
      for (const pod of daemons) await this.evictOne(pod, seconds);
      delete deletion.refused;
      if (refused.length === 0) return undefined;
      deletion.refused = refused;
      if (now < retryUntil) return Math.min(now + EVICTION_RETRY, retryUntil);
    }
    if (full.every((pod) => this.wasEvicted(pod))) return undefined;
    for (const pod of full)
      if (!this.wasEvicted(pod))
        this.world.effects.sayOf(pod, 'Warning', 'ScaleDownFailed', 'failed to delete pod for ScaleDown');
    return this.abort(`Failed to drain node /${this.name}, due to following errors: [${refused.join(' ')}]`);
  }

  private failure({ metadata }: KubeObject, problem: string): string {
    return `failed to evict pod ${metadata.namespace}/${metadata.name} within allowed timeout (last error: ${problem})`;
  }

  private wasEvicted({ metadata }: KubeObject): boolean {
    return this.deletion.evicted?.includes(`${metadata.namespace}/${metadata.name}`) ?? false;
  }

  /** What the API server had against it; undefined where the pod goes. */
  private async evictOne(pod: KubeObject, most: number): Promise<string | undefined> {
    const { name = '', namespace = '', deletionTimestamp } = pod.metadata;
    if (this.wasEvicted(pod)) return undefined;
    const { effects, context } = this.world;
    if (this.deletion.evicting === this.now)
      effects.sayOf(pod, 'Normal', 'ScaleDown', 'deleting pod for node scale down');
    const own = pod['spec'].terminationGracePeriodSeconds ?? DEFAULT_GRACE;
    const gracePeriodSeconds = most > 0 && own > most ? most : own;
    try {
      if (deletionTimestamp === undefined)
        await context.client.createSubresource(PODS, namespace, name, 'eviction', {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name, namespace },
          deleteOptions: { gracePeriodSeconds },
        });
    } catch (error) {
      if (!isReason(error, 'NotFound')) return (error as Error).message;
    }
    this.deletion.evicted = [...(this.deletion.evicted ?? []), `${namespace}/${name}`];
    return undefined;
  }

  /** From a node that is empty otherwise: as it comes (EvictDaemonSetPods). */
  private async evictDaemons(): Promise<undefined> {
    const rounds = roundsOf(this.world.options);
    for (const [i, { seconds }] of rounds.entries())
      for (const pod of this.evictableDaemons('daemonset-eviction-for-empty-nodes', rounds, i))
        await this.evictOne(pod, seconds);
  }

  private evictableDaemons(
    flag: 'daemonset-eviction-for-occupied-nodes' | 'daemonset-eviction-for-empty-nodes',
    rounds: readonly Round[],
    round: number,
  ): KubeObject[] {
    const usual = this.world.options.is(flag);
    return this.pods.filter((pod) => {
      if (!isDaemonPod(pod) || isMirrorPod(pod) || roundOf(pod, rounds) !== round) return false;
      const own = pod.metadata.annotations?.[EVICT_DAEMON_POD];
      return own === undefined ? usual : own === 'true';
    });
  }

  /** WaitForDelayDeletion */
  private awaitAnnotations(): Instant | undefined {
    const { deletion, now } = this;
    const timeout = this.world.options.duration('node-deletion-delay-timeout');
    const held = Object.keys(this.node.metadata.annotations ?? {}).some((key) => key.startsWith(DELAY_PREFIX));
    if (!held || timeout === 0) return undefined;
    deletion.delayedUntil ??= now + timeout;
    return now < deletion.delayedUntil ? Math.min(now + POLL, deletion.delayedUntil) : undefined;
  }

  /** deleteNodesFromCloudProvider, RegisterAndRecordSuccessfulScaleDownEvent */
  remove(): void {
    const { state, effects, groups } = this.world;
    const { group, drain } = this.deletion;
    delete state.deletions[this.name];
    groups.get(group)?.deleteMachines([this.name]);
    effects.sayOf(this.node, 'Normal', 'ScaleDown', 'nodes removed by cluster autoscaler');
    state.groupTimes[group] = { ...state.groupTimes[group], down: this.now };
    if (drain) effects.say('Normal', 'ScaleDown', `Scale-down: node ${this.name} removed with drain`);
    else effects.say('Normal', 'ScaleDownEmpty', `Scale-down: empty node ${this.name} removed`);
  }

  /** AbortNodeDeletion: the node stays, without its mark; and so does a group that would go as a whole. */
  abort(problem: string): undefined {
    const { state, effects, options } = this.world;
    const { group, batch } = this.deletion;
    if (batch !== undefined)
      for (const other of Object.values(state.deletions)) if (other.group === group) other.doomed = true;
    const what = this.deletion.drain ? 'failed to drain and delete node' : 'failed to delete empty node';
    effects.sayOf(this.node, 'Warning', 'ScaleDownFailed', `${what}: ${problem}`);
    const cordon = options.is('cordon-node-before-terminating');
    effects.mark({ node: this.name, remove: TO_BE_DELETED, ...(cordon ? { cordon: false } : {}) });
    delete state.deletions[this.name];
  }
}

/** All pods in one round, or by --drain-priority-config, lowest priorities first. */
function roundsOf(options: Options): Round[] {
  const text = options.text('drain-priority-config');
  if (text === '')
    return [{ priority: Number.MAX_SAFE_INTEGER, seconds: options.number('max-graceful-termination-sec') }];
  return text
    .split(',')
    .map((pair) => {
      const [priority = 0, seconds = 0] = pair.split(':').map(Number);
      return { priority, seconds };
    })
    .sort((a, b) => a.priority - b.priority);
}

/** groupIndex */
function roundOf(pod: KubeObject, rounds: readonly Round[]): number {
  const priority: number = pod['spec'].priority ?? 0;
  const at = rounds.findIndex((round) => round.priority >= priority);
  if (at < 0) return rounds.length - 1;
  return at > 0 && (rounds[at] as Round).priority > priority ? at - 1 : at;
}
