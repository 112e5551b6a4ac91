/**
 * The tick: (1) everything that changed since the last look goes to the work queues of those who watch it; (2) each
 * controller, in a fixed order, reconciles what is due, seeing the state of the start of this step; (3) its writes are in the
 * store; (4) the clock moves to the next second if anything is queued, else to the next instant at which something is due.
 *
 * Nothing is remembered between processes: the first look queues every object for everybody who watches it.
 */

import { isReason } from '../apimachinery/status';
import { Client } from '../client/client';
import type { Transport } from '../client/transport';
import { ConflictError, type Revision, type Store, type Write } from '../store/store';
import { ActionLog } from './actions';
import { type CacheChange, ObjectCache } from './cache';
import { ANYTHING, type Parts } from './changed-parts';
import type { Instant, SimulatedClock } from './clock';
import { CLOCK_KEY, clockRecord, readClockRecord } from './clock-record';
import type { ControlPlaneKeys } from './control-plane-keys';
import type {
  Action,
  Context,
  Controller,
  Failure,
  ResourceName,
  Result,
  Settings,
  StepReport,
  TickReport,
  TickRequest,
  Watch,
} from './controller';
import type { Random } from './random';
import { EventRecorder } from './recorder';
import { keyOf } from './resource-names';
import { History } from './timeline/history';
import { WorkQueue } from './workqueue';

const SECOND = 1000;
const HOUR = 3_600_000;
const MOST_FAILURES = 100;
/** After so many writes within a step it is noted what came of them. */
const MANY_WRITES = 1000;

export interface SimulationOptions {
  store: Store;
  transport: Transport;
  clock: SimulatedClock;
  random: Random;
  settings: Settings;
  /** For controllers that sign; where it lacks, they can't. */
  keys?: ControlPlaneKeys;
  /** In the order in which they react. */
  controllers: readonly Controller[];
  /** Called again and again while time passes: lets others in the same process have their turn. */
  breathe?(): Promise<void> | undefined;
}

/** A controller's watch. */
interface Watcher {
  worker: Worker;
  watch: Watch;
  minds: Parts;
}

/** A controller at work. */
interface Worker {
  controller: Controller;
  queue: WorkQueue;
  client: Client;
  recorder: EventRecorder;
}

export class Simulation {
  readonly cache: ObjectCache;
  private readonly workers: Worker[];
  private readonly watches = new Map<ResourceName | '*', Watcher[]>();
  private readonly log: ActionLog;
  private readonly history: History;
  private failures: Failure[] = [];
  private steps = 0;
  /** The step whose writes, or what others wrote since, last changed more than events. */
  private lastChange = 0;
  private clockRevision: Revision = 0;
  private runEnds: Instant | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SimulationOptions) {
    this.cache = new ObjectCache(options.store);
    this.log = new ActionLog(this.cache, options.clock);
    this.history = new History(options.store, options.clock);
    this.workers = options.controllers.map((controller) => this.employ(controller));
  }

  /**
   * Lets time pass as asked; reports what was done. Runs wait for one another.
   * `onStep` hears of each step in which something was done.
   */
  run(request: TickRequest, onStep?: (step: StepReport) => void): Promise<TickReport> {
    const run = this.running.then(() => this.pass(request, onStep));
    this.running = run.catch(() => {});
    return run;
  }

  private async pass(request: TickRequest, onStep?: (step: StepReport) => void): Promise<TickReport> {
    this.failures = [];
    await this.look();
    this.begin();
    const from = this.now;
    const limit = from + (request.advance ?? request.timeout ?? HOUR);
    this.runEnds = request.advance === undefined ? undefined : limit;
    const actions: Action[] = [];
    const firstStep = this.steps;
    let reached = true;
    for (;;) {
      if (request.until && this.holds(request.until)) break;
      const at = this.now;
      if (request.advance !== undefined && at >= limit) break;
      const done = await this.step();
      await this.look();
      if (request.until && this.holds(request.until)) {
        this.report(at, at, done, actions, onStep);
        break;
      }
      const next = this.next(request, limit);
      if (next.to !== undefined && next.to > at)
        await this.moveClock(next.to, next.end !== undefined || next.to === limit);
      this.report(at, this.now, done, actions, onStep);
      if (next.end) {
        reached = next.end === 'reached';
        break;
      }
    }
    if (!this.history.isEmpty) await this.record([]);
    return {
      from,
      to: this.now,
      steps: this.steps - firstStep,
      actions,
      reached,
      ...(reached ? {} : { why: this.restlessness() }),
      idle: this.workers.every(({ queue }) => queue.earliest() === undefined),
      failures: this.failures,
    };
  }

  private get now(): Instant {
    return this.options.clock.now();
  }

  /** Where the clock goes after a step, and whether that ends the run. */
  private next(request: TickRequest, limit: Instant): { to?: Instant; end?: 'reached' | 'gave up' } {
    const { now } = this;
    const due = this.earliest();
    if (request.advance !== undefined) return { to: Math.min(limit, due ?? limit) };
    if (request.settle) {
      if (!this.restless(request.timeout ?? HOUR)) return { end: 'reached' };
      const to = due as Instant;
      return to > limit ? { end: 'gave up' } : { to };
    }
    if (request.until) {
      if (due === undefined) return { end: 'gave up' };
      return due > limit ? { to: limit, end: 'gave up' } : { to: due };
    }
    if (request.next) return due === undefined ? { end: 'reached' } : { to: Math.min(limit, due), end: 'reached' };
    return { to: now + SECOND, end: 'reached' };
  }

  /** The next instant on whole seconds at which anything is due: the next second if it is due already. */
  private earliest(): Instant | undefined {
    let due: Instant | undefined;
    for (const { queue } of this.workers) {
      const first = queue.earliest();
      if (first !== undefined && (due === undefined || first < due)) due = first;
    }
    if (due === undefined) return undefined;
    const nextSecond = (Math.floor(this.now / SECOND) + 1) * SECOND;
    return Math.max(nextSecond, Math.ceil(due / SECOND) * SECOND);
  }

  /**
   * Would anything still change? Work does, if it is due within so long: a container that sleeps for days is at rest. A periodic
   * look does not, and trying again does not when nothing but events has changed since it failed.
   */
  private restless(within: number): boolean {
    const horizon = this.now + within;
    return this.workers.some(
      ({ queue }) =>
        (queue.earliestWork() ?? Number.POSITIVE_INFINITY) <= horizon || queue.retriesSince(this.lastChange),
    );
  }

  /** What keeps the cluster from coming to rest, in words. */
  private restlessness(): string {
    const busy = this.workers.flatMap(({ controller, queue }) =>
      queue.list('work', 'retry').map(({ key, due }) => ({ controller: controller.name, key, due })),
    );
    if (busy.length === 0) return 'nothing more will happen';
    busy.sort((a, b) => a.due - b.due);
    const names = busy.slice(0, 3).map(({ controller, key }) => `${controller} ${key}`);
    const more = busy.length > names.length ? ` and ${busy.length - names.length} more` : '';
    return `still changing: ${names.join(', ')}${more}`;
  }

  /** What controllers look at again whenever a run begins, as they would in a new process. */
  private begin(): void {
    for (const { controller, queue } of this.workers)
      for (const key of controller.begin?.() ?? []) queue.add(key, this.now);
  }

  /** Looks at the store, and queues what changed for those who watch it. */
  private async look(): Promise<void> {
    const changes = await this.cache.refresh((key, value, revision) => {
      // What this simulation wrote itself it knows.
      if (key !== CLOCK_KEY || revision === this.clockRevision) return;
      this.clockRevision = revision;
      const now = readClockRecord(value);
      // Another process may have moved it on; it never goes back.
      if (now !== undefined && now > this.now) this.options.clock.advanceTo(now);
    });
    if (changes.length === 0) return;
    const attentive = new Map<ResourceName, readonly Watcher[]>();
    for (const change of changes) {
      const { resource } = change;
      this.history.saw(change);
      if (resource !== 'events') this.lastChange = this.steps;
      let watchers = attentive.get(resource);
      if (!watchers) {
        watchers = this.watchersOf(resource);
        attentive.set(resource, watchers);
      }
      this.distribute(change, watchers);
    }
  }

  /** Those who watch a resource, and whom its changes may concern as things stand. */
  private watchersOf(resource: ResourceName): readonly Watcher[] {
    const exact = this.watches.get(resource) ?? [];
    const all = resource === 'events' ? [] : (this.watches.get('*') ?? []);
    return [...exact, ...all].filter(({ watch }) => watch.when?.(this.cache) !== false);
  }

  private distribute({ resource, object, previous, parts }: CacheChange, watchers: readonly Watcher[]): void {
    const { now } = this;
    for (let i = 0; i < watchers.length; i++) {
      const { worker, watch, minds } = watchers[i] as Watcher;
      if ((minds & parts) === 0) continue;
      try {
        const keys = watch.keys(object, this.cache, previous, resource);
        for (let k = 0; k < keys.length; k++) worker.queue.add(keys[k] as string, now);
      } catch (error) {
        // An object that a controller can't read is that controller's failure, not the tick's.
        this.fail(worker.controller.name, `${resource} ${keyOf(object)}`, error);
      }
    }
  }

  /** One step: every controller reconciles what is due. */
  private async step(): Promise<Action[]> {
    const { now } = this;
    this.steps++;
    const { revision } = this.cache;
    let noted = 0;
    for (const worker of this.workers) {
      const keys = worker.queue.take(now);
      if (keys.length === 0) continue;
      for (const key of keys) {
        // Most have nothing to do and say so at once: no need to wait for them.
        const outcome = this.reconcile(worker, key, now, revision);
        if (outcome) await outcome;
        if (this.log.size >= noted + MANY_WRITES) {
          noted = this.log.size;
          await this.cache.note();
        }
        const pause = this.options.breathe?.();
        if (pause) await pause;
      }
      await worker.recorder
        .flush(() => this.cache.note())
        .catch((error) => this.fail(worker.controller.name, '', error));
    }
    return this.log.take();
  }

  private reconcile(worker: Worker, key: string, now: Instant, revision: Revision): Promise<void> | undefined {
    try {
      const outcome = worker.controller.reconcile(key, this.context(worker, key, revision));
      if (outcome instanceof Promise) return this.outcomeOf(outcome, worker, key, now);
      settled(worker, key, now, outcome);
    } catch (error) {
      this.failed(worker, key, now, error);
    }
    return undefined;
  }

  private async outcomeOf(
    outcome: Promise<Result | undefined>,
    worker: Worker,
    key: string,
    now: Instant,
  ): Promise<void> {
    try {
      settled(worker, key, now, await outcome);
    } catch (error) {
      this.failed(worker, key, now, error);
    }
  }

  private failed({ controller, queue }: Worker, key: string, now: Instant, error: unknown): void {
    queue.retry(key, now, this.steps);
    if (!isReason(error, 'Conflict')) this.fail(controller.name, key, error);
  }

  private context(worker: Worker, key: string, revision: Revision): Context {
    return new ReconcileContext(this.options, this.cache, worker, key, revision, this.runEnds);
  }

  private fail(controller: string, key: string, error: unknown): void {
    if (this.failures.length >= MOST_FAILURES) return;
    const message = error instanceof Error ? error.message : String(error);
    this.failures.push({ at: this.now, controller, key, message });
  }

  /** Moves the clock and writes down where it stands. Another process that did so at the same time is followed. */
  private async moveClock(to: Instant, isLast: boolean): Promise<void> {
    const { store, clock } = this.options;
    const write = { key: CLOCK_KEY, value: clockRecord(to), expect: this.clockRevision };
    const revision =
      isLast || this.history.isFull ? await this.record([write]) : await committed(() => store.commit([write]));
    if (revision === undefined) return this.look();
    this.clockRevision = revision;
    clock.advanceTo(to);
  }

  /** Writes, and with it what the timeline has to tell. Undefined where another process wrote at the same time. */
  private async record(writes: Write[]): Promise<Revision | undefined> {
    const page = await this.history.page();
    const revision = await committed(() => this.options.store.commit([...writes, ...page.writes]));
    if (revision === undefined) this.history.forgetRecords();
    else page.written(revision);
    return revision;
  }

  private holds({ resource, namespace, name, condition, status }: NonNullable<TickRequest['until']>): boolean {
    const object = this.cache.get(resource, namespace, name);
    const conditions: { type?: string; status?: string }[] = object?.['status']?.conditions ?? [];
    const wanted = (status ?? 'True').toLowerCase();
    return conditions.some(
      (c) => c.type?.toLowerCase() === condition.toLowerCase() && c.status?.toLowerCase() === wanted,
    );
  }

  private report(
    from: Instant,
    to: Instant,
    done: Action[],
    actions: Action[],
    onStep: ((step: StepReport) => void) | undefined,
  ): void {
    for (const action of done) actions.push(action);
    if (done.length > 0) onStep?.({ from, to, actions: done });
  }

  private employ(controller: Controller): Worker {
    const { transport, clock, random } = this.options;
    const { name, user, fieldManager, watches } = controller;
    const client = new Client(this.log.watch(transport, name), { user, userAgent: fieldManager });
    const worker: Worker = {
      controller,
      client,
      queue: new WorkQueue(),
      // Events are talk: they are not among the actions, so they need not pass the log.
      recorder: new EventRecorder(
        new Client(transport, { user, userAgent: fieldManager }),
        this.cache,
        clock,
        controller.eventSource ?? { component: name },
        () => random.fork(name, this.cache.revision),
        (message) => this.fail(name, '', message),
      ),
    };
    for (const watch of watches) {
      const watchers = this.watches.get(watch.resource) ?? [];
      watchers.push({ worker, watch, minds: watch.minds ?? ANYTHING });
      this.watches.set(watch.resource, watchers);
    }
    return worker;
  }
}

/** A key went well: it comes back when its controller says. */
function settled({ queue }: Worker, key: string, now: Instant, result: Result | undefined): void {
  queue.forget(key);
  if (result?.requeueAfter !== undefined)
    queue.add(key, now + Math.max(0, result.requeueAfter), result.periodic ? 'periodic' : 'work');
}

async function committed(commit: () => Promise<Revision>): Promise<Revision | undefined> {
  try {
    return await commit();
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

/** What a controller has at hand for one key. Made for each, so it is small; chance is forked when first asked for. */
class ReconcileContext implements Context {
  private own: Random | undefined;
  constructor(
    private readonly options: SimulationOptions,
    readonly cache: ObjectCache,
    private readonly worker: Worker,
    private readonly key: string,
    private readonly revision: Revision,
    readonly runEnds: Instant | undefined,
  ) {}
  get client(): Client {
    return this.worker.client;
  }
  get clock(): SimulatedClock {
    return this.options.clock;
  }
  get settings(): Settings {
    return this.options.settings;
  }
  get keys(): ControlPlaneKeys {
    const { keys } = this.options;
    if (!keys) throw new Error('there are no keys to sign with');
    return keys;
  }
  get events(): EventRecorder {
    return this.worker.recorder;
  }
  get random(): Random {
    this.own ??= this.options.random.fork(this.worker.controller.name, this.key, this.revision);
    return this.own;
  }
}
