/**
 * Events as client-go's recorders write them: `tools/record` counts repeats of one event, combines many that differ only in
 * their message and drops what a source says too often; `tools/events` (kube-scheduler) turns repeats into a series. Upstream
 * keeps what it said in memory; here it is read from the events themselves, so that a new process goes on counting.
 */

import type { Json, JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { ApiError, isReason, type Status } from '../apimachinery/status';
import { formatMicroTime, formatTime } from '../apimachinery/time';
import type { Client } from '../client/client';
import type { Clock } from './clock';
import type { EventOptions, EventSource, IndexedCache, Recorder } from './controller';
import { isSpam, messageOf, saidBefore, seriesBefore } from './event-correlation';
import { canBeginName, type Draft, eventName, eventOf, inOrder, reference } from './event-draft';
import { aboutKey } from './indices';
import type { Random } from './random';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
/** Takes many at once; see cluster/event-batches.ts. */
const TOGETHER = '/kubetick/events';

/** An event that is to be created, and by whom. */
interface NewEvent {
  user: string | undefined;
  object: KubeObject;
}

/** So many are created at once. */
const MOST_AT_ONCE = 1000;

export class EventRecorder implements Recorder {
  private drafts: Draft[] = [];
  private created: NewEvent[] = [];
  /** False once the API server was found to take them one by one only. */
  private together = true;

  constructor(
    private readonly client: Client,
    private readonly cache: IndexedCache,
    private readonly clock: Clock,
    private readonly source: EventSource,
    /** A generator for this controller and step: names must not depend on what this process did before. */
    private readonly random: () => Random,
    /** Hears what the API server did not take, other than for a namespace that goes. */
    private readonly onRejected: (message: string) => void = () => {},
  ) {}

  event(
    about: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: EventOptions = NO_OPTIONS,
  ): void {
    this.drafts.push({ about, type, reason, message, options });
  }

  /**
   * Writes what was said since the last time. The caller's turn is over: the cache shows what was before it. `between` is called
   * after each thousand.
   */
  async flush(between?: () => Promise<void>): Promise<void> {
    if (this.drafts.length === 0) return;
    // Taken from the end: each is let go when it is written, and what was said of an object with the last that is said of it. Of fifty
    // thousand pods it would be as much again as what is stored of them.
    const drafts = this.drafts.reverse();
    const saids = this.saidOf(drafts);
    this.drafts = [];
    const random = this.random();
    const moment = inOrder(random);
    let written = 0;
    for (let draft = drafts.pop(); draft; draft = drafts.pop()) {
      const said = saids.pop() as Said;
      try {
        const writing = this.write(draft, said, random, moment());
        if (writing) await writing;
      } catch (error) {
        this.refused(error);
      }
      said.left--;
      if (this.created.length >= MOST_AT_ONCE) await this.create();
      if (++written % MOST_AT_ONCE === 0) await between?.();
    }
    await this.create();
  }

  /** What was said of the object of each draft: the same for all that are about one. */
  private saidOf(drafts: readonly Draft[]): Said[] {
    const all = new Map<string, Said>();
    return drafts.map(({ about }) => {
      const key = about.metadata.uid || aboutKey(reference(about));
      let said = all.get(key);
      if (!said) {
        said = new Said(key, about, this.cache);
        all.set(key, said);
      }
      said.left++;
      return said;
    });
  }

  private refused(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    // The namespace is going or gone, or somebody wrote the very same event: client-go shrugs too.
    if (!['Forbidden', 'NotFound', 'AlreadyExists'].includes(error.reason)) this.onRejected(error.message);
  }

  /** Creates the events that are waiting for it. */
  private async create(): Promise<void> {
    const { created } = this;
    if (created.length === 0) return;
    this.created = [];
    if (this.together)
      try {
        const body = { drafts: created } as unknown as Json;
        const { refused } = await this.client.request<{ refused: Status[] }>({ method: 'POST', path: TOGETHER, body });
        for (const status of refused) this.refused(new ApiError(status));
        return;
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
        this.together = false;
      }
    for (const { user, object } of created)
      try {
        const client = user ? this.client.as(user) : this.client;
        await client.create(EVENTS, object.metadata.namespace ?? '', object);
      } catch (error) {
        this.refused(error);
      }
  }

  /** A promise only where something is counted that was said before: what is new waits to be created with others. */
  private write(draft: Draft, said: Said, random: Random, moment: number): Promise<void> | undefined {
    const { source } = this;
    const now = this.clock.now();
    const name = eventName(draft.about.metadata.name ?? '', said.canBeginName, now, moment, random);
    const { known } = said;
    let { message } = draft;
    let same: KubeObject | undefined;
    if (source.api === 'events') same = seriesBefore(draft, source, known, now);
    else {
      if (isSpam(draft, source, known, now)) return undefined;
      message = messageOf(draft, source, known, now);
      same = saidBefore(draft, source, message, known);
    }
    if (!same) {
      this.add(draft, said, name, message);
      return undefined;
    }
    return this.countOn(same, draft, said, message).then((isThere) => {
      // It has expired meanwhile: it begins anew (tools/record event.go recordEvent).
      if (!isThere) this.add(draft, said, name, message);
    });
  }

  private add(draft: Draft, said: Said, name: string, message: string): void {
    const event = eventOf(draft, this.source, name, message, said.reference(draft), this.clock.now());
    this.created.push({ user: draft.options.user ?? this.client.options.user, object: event });
    said.add(event);
  }

  /** False where the event that is to be counted on is no longer there. */
  private async countOn(same: KubeObject, { options }: Draft, said: Said, message: string): Promise<boolean> {
    const { name = '', namespace = '' } = same.metadata;
    // What was said a moment ago has to be there before it can be said again.
    if (this.created.some(({ object }) => object.metadata.name === name)) await this.create();
    const client = options.user ? this.client.as(options.user) : this.client;
    try {
      said.replace(await client.patch(EVENTS, namespace, name, 'strategic', this.counted(same, message)));
      return true;
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      return false;
    }
  }

  private counted(same: KubeObject, message: string): JsonObject {
    const now = this.clock.now();
    if (this.source.api === 'events')
      return { series: { count: (same.series?.count ?? 1) + 1, lastObservedTime: formatMicroTime(now) } };
    return { count: (same.count ?? 1) + 1, lastTimestamp: formatTime(now), message };
  }
}

const NO_OPTIONS: EventOptions = Object.freeze({});

/** What was said of one object: what the cache shows, with what was written since in its place; as long as more is to be said. */
class Said {
  /** So much is still to be said. */
  left = 0;
  readonly canBeginName: boolean;
  /** Undefined as long as nothing was written. */
  private own: KubeObject[] | undefined;
  /** So many of them, the last ones, were written since. */
  private written = 0;
  private latest: { about: KubeObject; fieldPath: string | undefined; reference: JsonObject } | undefined;

  constructor(
    /** See aboutKey. */
    readonly key: string,
    about: KubeObject,
    private readonly cache: IndexedCache,
  ) {
    this.canBeginName = canBeginName(about.metadata.name ?? '');
  }

  get known(): readonly KubeObject[] {
    return this.own ?? this.cache.index('events', 'about', this.key);
  }

  add(event: KubeObject): void {
    // The last thing that is said of an object: nobody will ask.
    if (this.left === 1) return;
    this.own ??= this.known.slice();
    this.own.push(event);
    this.written++;
  }

  /** Puts an event that was counted on in the place of what it was, if that was written since; else it is the last that was. */
  replace(event: KubeObject): void {
    this.own ??= this.known.slice();
    const at = this.own.findIndex((other) => other.metadata.name === event.metadata.name);
    if (at >= this.own.length - this.written) this.own[at] = event;
    else {
      if (at >= 0) this.own.splice(at, 1);
      this.add(event);
    }
  }

  /** Events that follow one another are mostly about the same object as it was at the same time: they share what says so. */
  reference({ about, options: { fieldPath } }: Draft): JsonObject {
    if (this.latest?.about !== about || this.latest.fieldPath !== fieldPath)
      this.latest = { about, fieldPath, reference: Object.freeze(reference(about, fieldPath)) };
    return this.latest.reference;
  }
}
