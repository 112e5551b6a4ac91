/** kube-scheduler: takes pods without a node, most important first, and binds each to the best node (kubernetes `pkg/scheduler`). */
import { deepEqual } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { Context, Controller, IndexedCache, Result, Watch } from '../controller';
import { isPodTerminal } from '../controllers/pod-state';
import { backOffUntil } from './back-off';
import { type ClusterEvent, nodeEvents, podUpdateEvents, WATCHED } from './cluster-events';
import { ClusterView } from './cluster-view';
import { profilesOf } from './configuration/configuration';
import { Failures } from './failures';
import { byPriority, type PendingPod, PendingPods, schedulerOf } from './pending-pods';
import type { Reservation } from './plugin';
import { PodInfo } from './pod-info';
import { createProfile, type Profile } from './profile';
import { type NoPlacement, type Placement, schedulePod } from './schedule-pod';
import { bindPod, nominatePod, preemptFor, rejectPod } from './writes';

/** The one key: a turn of the scheduler. */
const TURN = ['pods'];
const NO_TURN: readonly string[] = [];
const NOTHING: ReadonlySet<string> = new Set();
const SECOND = 1000;

/** What the scheduler knows of the cluster, kept current by what it watches; a restart learns it anew. */
class Scheduler implements Controller {
  readonly name = 'default-scheduler';
  readonly user = 'system:kube-scheduler';
  readonly fieldManager = 'kube-scheduler';
  readonly eventSource = { component: 'default-scheduler', api: 'events' as const };
  readonly watches: readonly Watch[] = [
    { resource: 'nodes', keys: (node, cache, previous) => this.sawNode(node, cache, previous) },
    { resource: 'pods', keys: (pod, cache, previous) => this.sawPod(pod, cache, previous) },
    ...Object.keys(WATCHED).map((resource) => ({
      resource,
      keys: (object: KubeObject, cache: IndexedCache, previous?: KubeObject) =>
        this.sawOther(resource, object, cache, previous),
    })),
  ];

  private view: ClusterView | undefined;
  private profiles: ReadonlyMap<string, Profile> = new Map();
  private readonly pending = new PendingPods();
  private readonly failures = new Failures();

  private viewOf(cache: IndexedCache): ClusterView {
    this.view ??= new ClusterView(cache);
    return this.view;
  }

  private get turn(): readonly string[] {
    return this.pending.anyActive ? TURN : NO_TURN;
  }

  begin(): readonly string[] {
    if (this.view) this.pending.activateStale(this.view.generation);
    return this.turn;
  }

  private sawNode(node: KubeObject, cache: IndexedCache, previous: KubeObject | undefined): readonly string[] {
    const view = this.viewOf(cache);
    const name = node.metadata.name ?? '';
    const there = cache.get('nodes', '', name);
    const events = nodeEvents(previous, there && node);
    const cordoned = node['spec']?.unschedulable !== previous?.['spec']?.unschedulable;
    if (there) view.setNode(node, events.length > 0 || cordoned);
    else view.removeNode(name);
    for (const event of events) this.tell(event);
    return this.turn;
  }

  private sawPod(pod: KubeObject, cache: IndexedCache, previous: KubeObject | undefined): readonly string[] {
    const view = this.viewOf(cache);
    const { uid = '' } = pod.metadata;
    // Another pod of the same name took its place between two looks.
    if (previous && previous.metadata.uid !== uid) this.forget(previous, view);
    if (!cache.byUid(uid) || isPodTerminal(pod)) this.forget(pod, view);
    else if (pod['spec'].nodeName) this.sawPlaced(pod, view, previous);
    else this.sawUnplaced(pod, view);
    return this.turn;
  }

  private sawPlaced(pod: KubeObject, view: ClusterView, previous: KubeObject | undefined): void {
    const { uid = '' } = pod.metadata;
    this.pending.remove(uid);
    const known = view.placeOf(uid);
    const nodeName: string = pod['spec'].nodeName;
    if (
      known &&
      known.nodeName === nodeName &&
      (known.info.updateStatus(pod) || this.sawBound(known.info, pod, view))
    ) {
      if (!previous?.['spec'].nodeName) this.tell({ resource: 'AssignedPod', action: 'Add', after: pod });
      return;
    }
    const info = new PodInfo(pod);
    view.nominate(info, '');
    view.place(info, nodeName);
    if (!previous?.['spec'].nodeName) this.tell({ resource: 'AssignedPod', action: 'Add', after: pod });
    else for (const event of podUpdateEvents(previous, pod)) this.tell(event);
  }

  /** It was bound to where it was taken to be. */
  private sawBound(info: PodInfo, pod: KubeObject, view: ClusterView): boolean {
    const isAsTaken = info.updateBound(pod);
    if (isAsTaken) view.generation++;
    return isAsTaken;
  }

  private sawUnplaced(pod: KubeObject, view: ClusterView): void {
    const tried = this.pending.get(pod.metadata.uid ?? '');
    const nominated: string = pod['status']?.nominatedNodeName ?? '';
    // Its own status tells nothing new: what was tried in vain stays so until something that matters changes.
    if (tried && sameWish(tried.info.pod, pod)) {
      tried.info.pod = pod;
      this.moveNomination(tried.info, nominated, view);
      return;
    }
    const { info } = this.pending.add(new PodInfo(pod));
    this.moveNomination(info, nominated, view);
  }

  /** A pod that gives up its claim on a node makes room for those that are not more important. */
  private moveNomination(info: PodInfo, nodeName: string, view: ClusterView): void {
    const before = view.nominationOf(info.uid);
    view.nominate(info, nodeName);
    if (before && before !== nodeName) this.tell({ resource: 'AssignedPod', action: 'Delete', before: info.pod });
  }

  /** A pod is gone, or has ended. */
  private forget(pod: KubeObject, view: ClusterView): void {
    const { uid = '' } = pod.metadata;
    const pending = this.pending.remove(uid);
    const nominated = view.nominationOf(uid);
    if (pending && nominated) view.nominate(pending.info, '');
    const placed = view.displace(uid);
    if (placed || nominated) this.tell({ resource: 'AssignedPod', action: 'Delete', before: placed?.pod ?? pod });
  }

  private sawOther(
    resource: string,
    object: KubeObject,
    cache: IndexedCache,
    before: KubeObject | undefined,
  ): readonly string[] {
    const { namespace = '', name = '' } = object.metadata;
    const after = cache.get(resource, namespace, name) && object;
    const kind = WATCHED[resource];
    if (!kind || (before && after && deepEqual(relevant(before), relevant(after)))) return this.turn;
    // What plugins look up there has no count of its own.
    this.viewOf(cache).generation++;
    this.tell({ resource: kind, action: !before ? 'Add' : after ? 'Update' : 'Delete', before, after });
    return this.turn;
  }

  private tell(event: ClusterEvent): void {
    this.pending.wake(event, this.profiles);
  }

  async reconcile(_key: string, context: Context): Promise<Result | undefined> {
    const view = this.viewOf(context.cache);
    const { scheduler } = context.settings;
    if (this.profiles.size === 0)
      this.profiles = new Map(
        profilesOf(scheduler).map((profile) => [profile.schedulerName, createProfile(profile, view)]),
      );
    if (!this.pending.anyActive) this.pending.activateStale(view.generation);
    const now = context.clock.now();
    const backOff = {
      initial: (scheduler?.podInitialBackoffSeconds ?? 1) * SECOND,
      max: (scheduler?.podMaxBackoffSeconds ?? 10) * SECOND,
    };
    const queue = this.pending.takeActive();
    const waits = new Map<PodInfo, number>();
    for (const { info } of queue) {
      const until = backOffUntil(info, context.cache, backOff);
      if (until > now) waits.set(info, until);
    }
    const waitOf = (info: PodInfo): number => waits.get(info) ?? 0;
    queue.sort(({ info: a }, { info: b }) => (waits.size > 0 ? waitOf(a) - waitOf(b) : 0) || byPriority(a, b));
    for (let i = 0; i < queue.length; i++) {
      try {
        const done = this.scheduleOne(queue[i] as PendingPod, view, context);
        // Most pods get a place, and that is waited for.
        if (done) await done;
      } catch (error) {
        for (const left of queue.slice(i)) if (this.pending.get(left.info.uid) === left) this.pending.activate(left);
        throw error;
      }
      view.sweep();
    }
    return this.pending.anyStale(view.generation) ? { requeueAfter: SECOND } : undefined;
  }

  private scheduleOne(pending: PendingPod, view: ClusterView, context: Context): Promise<void> | undefined {
    const { info } = pending;
    const profile = this.profiles.get(schedulerOf(info));
    // Pods of other schedulers, and those that go (skipPodSchedule): nothing helps them.
    if (!profile || info.pod.metadata.deletionTimestamp !== undefined) {
      this.pending.rest(pending, NOTHING, view.generation);
      return undefined;
    }
    for (const { name, preEnqueue } of profile.preEnqueue)
      if (preEnqueue?.(info) !== undefined) {
        this.pending.rest(pending, new Set([name]), view.generation);
        return undefined;
      }
    const found = this.failures.known(info, view) ?? schedulePod(info, profile, view);
    return 'node' in found
      ? this.assume(pending, found, profile, view, context)
      : this.fail(pending, found, profile, view, context);
  }

  private async fail(
    pending: PendingPod,
    found: NoPlacement,
    profile: Profile,
    view: ClusterView,
    context: Context,
  ): Promise<void> {
    const { info } = pending;
    const failure = this.failures.of(info, found, profile, view);
    this.pending.rest(pending, failure.waitsFor, view.generation);
    const { preemption } = failure.outcome;
    if (preemption?.chosen) {
      await preemptFor(info, preemption.chosen, profile, view, context);
      view.nominate(info, preemption.chosen.node.name);
    } else if (preemption?.clearNomination) view.nominate(info, '');
    await rejectPod(info, failure.outcome, profile, context);
  }

  /** Takes the place for the pod, and binds it when nothing is to be waited for. */
  private async assume(
    pending: PendingPod,
    { node, prepared }: Placement,
    profile: Profile,
    view: ClusterView,
    context: Context,
  ): Promise<void> {
    const { info } = pending;
    const reservations: Reservation[] = [];
    for (const { filter } of prepared.filters) {
      const reservation = filter.reserve?.(node);
      if (reservation) reservations.push(reservation);
    }
    const ready = reservations.every((one) => one.ready);
    if (!ready) {
      this.pending.rest(pending, new Set(['VolumeBinding']), view.generation);
      view.nominate(info, node.name);
      await nominatePod(info, node.name, context);
    }
    for (const { write } of reservations) await write?.(context.client);
    if (!ready) return;
    try {
      await bindPod(info, node.name, profile, context);
    } catch (error) {
      // Deleted, replaced or bound by another meanwhile: what is watched will say.
      if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
      throw error;
    }
    // Until the bound pod is seen, its place counts as taken.
    this.pending.remove(info.uid);
    view.nominate(info, '');
    view.place(info, node.name);
  }
}

export default (): Controller => new Scheduler();

/** Does the pod ask for the same as before? Then a second try would fail like the first. */
function sameWish(before: KubeObject, after: KubeObject): boolean {
  return (
    (before['spec'] === after['spec'] || deepEqual(before['spec'], after['spec'])) &&
    deepEqual(before.metadata.labels, after.metadata.labels) &&
    deepEqual(before['status']?.resourceClaimStatuses, after['status']?.resourceClaimStatuses)
  );
}

/** What may matter to a pod of an object that is neither pod nor node. */
function relevant(object: KubeObject) {
  const { metadata, ...rest } = object;
  const { labels = null, annotations = null, deletionTimestamp = null } = metadata;
  return { ...rest, labels, annotations, deletionTimestamp } as never;
}
