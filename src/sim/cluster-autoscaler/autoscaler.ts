/** The autoscaler at work: what it has seen, when it looks, and what it then does. Loaded when there is a node group. */
import { clone, deepEqual, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import {
  AUTOSCALER_NAME,
  AUTOSCALER_RESOURCE,
  CLUSTER_AUTOSCALERS,
  NODE_GROUP_RESOURCE,
} from '../../apimachinery/node-groups';
import { isReason } from '../../apimachinery/status';
import type { Instant } from '../clock';
import type { Context, IndexedCache, Result } from '../controller';
import { type Application, applyEffects, hasChanged, hasNews } from './apply';
import { Beat } from './beat';
import { BUFFER_RESOURCE } from './capacity-buffers';
import { advanceDeletions, delayAfterTaint } from './deletion';
import { Effects } from './effects';
import { NodeGroups } from './node-group';
import { Options, type WrittenFlags } from './options';
import { unschedulableSince } from './pods';
import { PRIORITIES_NAME, PRIORITIES_NAMESPACE, prioritiesFor } from './priorities';
import { REQUEST_RESOURCE } from './provisioning-requests';
import { type Scan, scan } from './scan';
import { type AutoscalerState, readState, writeState } from './state';
import { AutoscalerView, nodeMatters, podMatters } from './view';

const SECOND = 1000;

type Matters = (before: KubeObject | undefined, after: KubeObject) => boolean;

/** Of objects that are there: which of their changes may matter. */
const MATTERS: Readonly<Record<string, Matters>> = {
  nodes: nodeMatters,
  pods: podMatters,
  [NODE_GROUP_RESOURCE]: differsIn('spec', 'status'),
  [AUTOSCALER_RESOURCE]: differsIn('spec'),
  'daemonsets.apps': differsIn('spec'),
  'replicasets.apps': differsIn('spec'),
  'statefulsets.apps': differsIn('spec'),
  'jobs.batch': differsIn('spec'),
  'poddisruptionbudgets.policy': (before, after) =>
    differsIn('spec')(before, after) || before?.['status']?.disruptionsAllowed !== after['status']?.disruptionsAllowed,
  [REQUEST_RESOURCE]: differsIn('spec', 'status'),
  [BUFFER_RESOURCE]: differsIn('status'),
  podtemplates: differsIn('template'),
  configmaps: (_, { metadata }) => metadata.name === PRIORITIES_NAME && metadata.namespace === PRIORITIES_NAMESPACE,
};

function differsIn(...parts: readonly string[]): Matters {
  return (before, after) => !before || parts.some((part) => !deepEqual(before[part] ?? null, after[part] ?? null));
}

/** What is written of the autoscaler, read once. */
interface Written {
  object: KubeObject;
  flags: WrittenFlags;
  options: Options;
  state: AutoscalerState;
  beat: Beat;
}

export class Autoscaler {
  private view: AutoscalerView | undefined;
  private record: Written | undefined;
  /** Something has changed since the last look; at first nobody knows. */
  private dirty: boolean | 'unknown' = 'unknown';
  /** When it is worth a look though nothing changes; when a deletion goes on. */
  private due: Instant | undefined;
  private later: Instant | undefined;
  private deletionDue: Instant | undefined;

  /** Something happened to an object that is there, or is gone; does it matter? */
  saw(resource: string, object: KubeObject, cache: IndexedCache, previous: KubeObject | undefined): boolean {
    const { namespace = '', name = '' } = object.metadata;
    const there = cache.get(resource, namespace, name);
    if (resource === 'nodes') this.sawNode(name, there);
    else if (resource === 'pods') this.sawPod(object, there, previous);
    const matters = !there || MATTERS[resource]?.(previous, object) !== false;
    if (matters && this.dirty === false) this.dirty = true;
    return matters;
  }

  private sawNode(name: string, there: KubeObject | undefined): void {
    if (there) this.view?.setNode(there);
    else this.view?.removeNode(name);
  }

  private sawPod(pod: KubeObject, there: KubeObject | undefined, previous: KubeObject | undefined): void {
    if (!this.view) return;
    const before = previous?.metadata.uid;
    if (before && before !== there?.metadata.uid) this.view.removePod(before);
    if (there) this.view.setPod(there);
    else this.view.removePod(pod.metadata.uid ?? '');
  }

  async reconcile(context: Context): Promise<Result | undefined> {
    const { cache, clock } = context;
    const object = cache.get(AUTOSCALER_RESOURCE, '', AUTOSCALER_NAME);
    if (!object) return this.appear(context);
    const now = clock.now();
    const record = this.read(object);
    this.viewFor(cache, record.options);
    const looks = this.isTime(record, now);
    const goesOn = Object.keys(record.state.deletions).length > 0 && (this.deletionDue ?? now) <= now;
    if (this.dirty === 'unknown' && !looks) await this.findOut(record, context);
    if (looks || goesOn) await this.act(record, looks, context);
    const next = this.next(now);
    const later = this.later === undefined ? undefined : record.beat.from(Math.max(this.later, now + 1));
    if (next !== undefined) return { requeueAfter: Math.min(next, later ?? next) - now };
    return later === undefined ? undefined : { requeueAfter: later - now, periodic: true };
  }

  /** There are groups, and nobody has said what flags it shall have. */
  private async appear({ client }: Context): Promise<undefined> {
    const { group, version } = CLUSTER_AUTOSCALERS;
    const metadata = { name: AUTOSCALER_NAME };
    try {
      const apiVersion = `${group}/${version}`;
      await client.create(CLUSTER_AUTOSCALERS, '', { apiVersion, kind: 'ClusterAutoscaler', metadata });
    } catch (error) {
      // Its kind is not defined, or somebody was faster.
      if (!isReason(error, 'NotFound') && !isReason(error, 'AlreadyExists')) throw error;
    }
  }

  private read(object: KubeObject): Written {
    if (this.record?.object === object) return this.record;
    const flags: WrittenFlags = object['spec']?.flags ?? {};
    const options = new Options(flags);
    const state = readState(jsonOf(object['status'] ?? {}));
    this.record = { object, flags, options, state, beat: new Beat(object, options) };
    return this.record;
  }

  private viewFor(cache: IndexedCache, options: Options): AutoscalerView {
    const cutoff = options.number('expendable-pods-priority-cutoff');
    if (this.view?.cutoff !== cutoff) this.view = new AutoscalerView(cache, cutoff);
    return this.view;
  }

  /** Is this an instant at which it looks? On the beat when there may be something new; at once after what does not wait. */
  private isTime({ beat, options, state }: Written, now: Instant): boolean {
    const isDue = [this.due, this.later].some((at) => at !== undefined && at <= now);
    if (beat.isOn(now) && (this.dirty !== false || isDue)) return true;
    if (!options.is('frequent-loops-enabled')) return false;
    const done = [state.lastScaleUp, state.lastScaleDownDelete, state.lastProvisioning];
    if (done.includes(now - SECOND)) return true;
    for (const { pod } of this.view?.pending.values() ?? []) if (unschedulableSince(pod) === now - SECOND) return true;
    return false;
  }

  /** A new process: would a look find anything that the last one of the process before did not? */
  private async findOut(record: Written, context: Context): Promise<void> {
    const thought = this.prepare(record, context);
    const told = await this.look(record, thought);
    this.dirty = (await hasNews({ ...thought, told }, record.state)) || told.more;
  }

  private prepare({ flags, options, state }: Written, context: Context): Application {
    return {
      groups: new NodeGroups(context.cache, flags),
      state: clone(jsonOf(state)) as unknown as AutoscalerState,
      effects: new Effects(),
      options,
      context,
    };
  }

  private async look({ object, beat }: Written, application: Application): Promise<Scan> {
    const { options, context } = application;
    const { cache, clock, settings } = context;
    const view = this.viewFor(cache, options);
    const told = scan({
      ...application,
      cache,
      snapshot: view.snapshot(settings),
      pending: view.pending.values(),
      priorities: await prioritiesFor(options, cache),
      seed: object.metadata.uid ?? '',
      beat,
      now: clock.now(),
    });
    this.due = told.due;
    this.later = told.later;
    return told;
  }

  private async act(record: Written, looks: boolean, context: Context): Promise<void> {
    const application = this.prepare(record, context);
    const { state, options } = application;
    this.deletionDue = await advanceDeletions(application);
    if (looks) {
      application.told = await this.look(record, application);
      // What was done or learned may lead to more, as the next look will tell.
      this.dirty = application.told.more || hasChanged(application, record.state);
      const now = context.clock.now();
      const wait = now + delayAfterTaint(options);
      if (Object.values(state.deletions).some(({ started }) => started === now))
        this.deletionDue = Math.min(this.deletionDue ?? wait, wait);
    }
    await applyEffects(application);
    const status = writeState(state);
    if (!deepEqual(status, jsonOf(record.object['status'] ?? {}))) await writeStatus(record.object, status, context);
    record.state = state;
  }

  /** When to come back: for a deletion, for the next beat if there may be something new, for what comes due. */
  private next(now: Instant): Instant | undefined {
    const { beat, options, state } = this.record as Written;
    const times: Instant[] = [];
    if (this.deletionDue !== undefined && this.deletionDue > now) times.push(this.deletionDue);
    if (this.dirty !== false) times.push(beat.after(now));
    if (this.due !== undefined) times.push(beat.from(Math.max(this.due, now + 1)));
    if (options.is('frequent-loops-enabled'))
      for (const done of [state.lastScaleUp, state.lastScaleDownDelete, state.lastProvisioning])
        if (done !== undefined && done + SECOND > now) times.push(done + SECOND);
    return times.length > 0 ? Math.min(...times) : undefined;
  }
}

/** Somebody may have changed its flags meanwhile: that does not concern what it remembers. */
async function writeStatus(
  object: KubeObject,
  status: ReturnType<typeof writeState>,
  { client }: Context,
): Promise<void> {
  try {
    await client.updateStatus(CLUSTER_AUTOSCALERS, { ...object, status });
  } catch (error) {
    if (!isReason(error, 'Conflict')) throw error;
    const fresh = await client.get(CLUSTER_AUTOSCALERS, '', AUTOSCALER_NAME);
    await client.updateStatus(CLUSTER_AUTOSCALERS, { ...fresh, status });
  }
}
