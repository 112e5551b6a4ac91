/**
 * Events as client-go's recorders write them: `tools/record` counts repeats of one event, combines many that differ only in
 * their message and drops what a source says too often; `tools/events` (kube-scheduler) turns repeats into a series. Upstream
 * keeps what it said in memory; here it is read from the events themselves, so that a new process goes on counting.
 */

import { allWhere, firstWhere } from '../apimachinery/first-where';
import type { Json, JsonObject } from '../apimachinery/json';
import type { KubeObject, ObjectMeta } from '../apimachinery/meta';
import { isDNS1123Subdomain } from '../apimachinery/names';
import { remembered } from '../apimachinery/remembered';
import { ApiError, isReason, type Status } from '../apimachinery/status';
import { formatMicroTime, formatTime, parseTime } from '../apimachinery/time';
import type { Client } from '../client/client';
import type { Clock, Instant } from './clock';
import type { EventOptions, EventSource, IndexedCache, Recorder } from './controller';
import { aboutKey } from './indices';
import type { Random } from './random';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
/** Takes many at once; see cluster/event-batches.ts. */
const TOGETHER = '/kubetick/events';

/** tools/record events_cache.go: from this many different messages within this time on, they are combined. */
const AGGREGATE_EVENTS = 10;
const AGGREGATE_INTERVAL = 600_000;
const COMBINED = '(combined from similar events): ';
/** A source may say so much about an object at once, and then one more thing each five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL = 300_000;
/** tools/events event_broadcaster.go finishTime: a series that was quiet for so long is over. */
const SERIES_END = 360_000;

interface Draft {
  about: KubeObject;
  type: string;
  reason: string;
  message: string;
  options: EventOptions;
}

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
    options: EventOptions = {},
  ): void {
    this.drafts.push({ about, type, reason, message, options });
  }

  /**
   * Writes what was said since the last time. The caller's turn is over: the cache shows what was before it. `between` is called
   * after each thousand.
   */
  async flush(between?: () => Promise<void>): Promise<void> {
    if (this.drafts.length === 0) return;
    const fresh = new FreshEvents(this.drafts);
    // Taken from the end: each is let go when it is written.
    const drafts = this.drafts.reverse();
    this.drafts = [];
    const random = this.random();
    const moment = inOrder(random);
    let written = 0;
    for (let draft = drafts.pop(); draft; draft = drafts.pop()) {
      try {
        await this.write(draft, fresh, random, moment());
      } catch (error) {
        this.refused(error);
      }
      fresh.isSaid(draft);
      if (this.created.length >= MOST_AT_ONCE) await this.create();
      if (++written % MOST_AT_ONCE === 0) await between?.();
    }
    await this.create();
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

  private async write(draft: Draft, fresh: FreshEvents, random: Random, moment: number): Promise<void> {
    const event = this.draw(draft, random, moment);
    const about = aboutKey(event.involvedObject);
    const written = fresh.about(about);
    const before = this.cache.index('events', 'about', about);
    const known = written.length === 0 ? before : withNewer(before, written);
    const patch = this.source.api === 'events' ? this.series(event, known) : this.correlate(event, known);
    if (patch === 'drop') return;
    if (patch) {
      // What was said a moment ago has to be there before it can be said again.
      if (this.created.some(({ object }) => object.metadata.name === patch.name)) await this.create();
      const { namespace = '' } = event.metadata;
      const client = draft.options.user ? this.client.as(draft.options.user) : this.client;
      try {
        const patched = await client.patch(EVENTS, namespace, patch.name, 'strategic', patch.patch);
        remember(written, patched);
        return;
      } catch (error) {
        // It has expired meanwhile: it begins anew (tools/record event.go recordEvent).
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
    this.created.push({ user: draft.options.user ?? this.client.options.user, object: event });
    remember(written, event);
  }

  /** tools/record EventCorrelator: what to patch, nothing for a new event, or 'drop'. May rewrite the event's message. */
  private correlate(
    event: KubeObject,
    known: readonly KubeObject[],
  ): { name: string; patch: Json } | 'drop' | undefined {
    const now = this.clock.now();
    const ofSource = allWhere(known, (other) => sameSource(event, other));
    const similar = allWhere(ofSource, (other) => other.reason === event.reason);
    if (manyMessages(event.message, similar, now)) event.message = COMBINED + event.message;
    const combined = event.message.startsWith(COMBINED);
    const same = firstWhere(similar, (other) =>
      combined
        ? other.message.startsWith(COMBINED)
        : other.message === event.message && other.involvedObject.fieldPath === event.involvedObject.fieldPath,
    );
    if (isSpam(ofSource, now)) return 'drop';
    if (!same) return undefined;
    const count = (same.count ?? 1) + 1;
    return {
      name: same.metadata.name as string,
      patch: { count, lastTimestamp: formatTime(now), message: event.message },
    };
  }

  /** tools/events recordToSink: the second time it becomes a series. */
  private series(event: KubeObject, known: readonly KubeObject[]): { name: string; patch: Json } | undefined {
    const now = this.clock.now();
    const same = firstWhere(
      known,
      (other) =>
        other.type === event.type &&
        other.action === event.action &&
        other.reason === event.reason &&
        other.reportingComponent === event.reportingComponent &&
        other.involvedObject.resourceVersion === event.involvedObject.resourceVersion &&
        now - lastSeen(other) < SERIES_END,
    );
    if (!same) return undefined;
    const series = { count: (same.series?.count ?? 1) + 1, lastObservedTime: formatMicroTime(now) };
    return { name: same.metadata.name as string, patch: { series } };
  }

  /** makeEvent of either recorder. */
  private draw({ about, type, reason, message, options }: Draft, random: Random, moment: number): KubeObject {
    const now = this.clock.now();
    const { namespace = '', name = '' } = about.metadata;
    const involvedObject = reference(about, options.fieldPath);
    const metadata: ObjectMeta = {
      name: eventName(name, now, moment, random),
      namespace: namespace || 'default',
    };
    if (options.annotations) metadata.annotations = options.annotations as Record<string, string>;
    const component = options.component ?? this.source.component;
    // Many are made: each in one go, all in one form, which is the decoded one.
    if (this.source.api === 'events') {
      const event: KubeObject = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata,
        involvedObject,
        reason,
        message,
        type,
        source: {},
        eventTime: formatMicroTime(now),
        action: options.action ?? reason,
      };
      if (options.related) event['related'] = reference(options.related);
      event['reportingComponent'] = component;
      event['reportingInstance'] = instanceOf(component);
      event['firstTimestamp'] = null;
      event['lastTimestamp'] = null;
      return event;
    }
    const time = formatTime(now);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      involvedObject,
      reason,
      message,
      type,
      source: sourceOf(component, options.host),
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      reportingComponent: component,
      reportingInstance: options.host ?? '',
      eventTime: null,
    };
  }
}

/**
 * The events written in one flush, by what they are about: the cache does not show them yet. Those about one object are forgotten
 * when no more is said of it: of fifty thousand pods they would be as much again as what is stored of them.
 */
class FreshEvents {
  private readonly events = new Map<string, KubeObject[]>();
  /** How much is still to be said of the object with this uid. */
  private readonly left = new Map<string, number>();

  constructor(drafts: readonly Draft[]) {
    for (const { about } of drafts) {
      const { uid = '' } = about.metadata;
      this.left.set(uid, (this.left.get(uid) ?? 0) + 1);
    }
  }

  /** Those under a key (see aboutKey), a list to add to. */
  about(key: string): KubeObject[] {
    let events = this.events.get(key);
    if (!events) {
      events = [];
      this.events.set(key, events);
    }
    return events;
  }

  isSaid({ about }: Draft): void {
    const { uid = '' } = about.metadata;
    const left = (this.left.get(uid) ?? 0) - 1;
    this.left.set(uid, left);
    if (left === 0) this.events.delete(uid);
  }
}

/** One object for all events of a source: frozen, as what is stored is. */
const sourceOf = (component: string, host: string | undefined): JsonObject =>
  host === undefined ? sourceNamed(component) : sourcesOf(component)(host);
const sourceNamed = remembered(1000, (component): JsonObject => Object.freeze({ component }));
const sourcesOf = remembered(1000, (component) =>
  remembered(10_000, (host): JsonObject => Object.freeze({ component, host })),
);

/** The instance that a component of tools/events is: there is one of each. */
const instanceOf = remembered(1000, (component) => `${component}-${component.replace(/^default-/, 'kube-')}`);

/** An ObjectReference to an object (client-go `tools/reference/ref.go` GetReference). */
export function reference(object: KubeObject, fieldPath?: string): JsonObject {
  const { kind, apiVersion, metadata } = object;
  const { namespace, name, uid, resourceVersion } = metadata;
  // Many are made of pods: in one go they take less room than field by field.
  if (kind && namespace && name && uid && apiVersion && resourceVersion)
    return fieldPath
      ? { kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath }
      : { kind, namespace, name, uid, apiVersion, resourceVersion };
  const result: JsonObject = {};
  if (kind) result['kind'] = kind;
  if (namespace) result['namespace'] = namespace;
  if (name) result['name'] = name;
  if (uid) result['uid'] = uid;
  if (apiVersion) result['apiVersion'] = apiVersion;
  if (resourceVersion) result['resourceVersion'] = resourceVersion;
  if (fieldPath) result['fieldPath'] = fieldPath;
  return result;
}

/** Nanoseconds within one instant, each later than the one before: what was said in this order is listed in it. */
function inOrder(random: Random): () => number {
  let moment = random.below(500_000_000);
  return () => {
    moment += 1 + random.below(1000);
    return moment;
  };
}

/**
 * `<name>.<hex of the instant in nanoseconds>` (tools/record `util/util.go` GenerateEventName). Simulated time has no
 * nanoseconds of its own, so they are drawn; a name that can't begin an event's gets a UUID.
 */
function eventName(name: string, now: Instant, moment: number, random: Random): string {
  // Put together in one piece: it stays for an hour.
  const text = [name, hexNanoseconds(Math.floor(now), moment)].join('.');
  return isDNS1123Subdomain(text).length === 0 ? text : random.uuid();
}

const TWO_TO_32 = 0x1_0000_0000;
/** A double holds the nanoseconds of no instant of ours, but it holds both halves: the last instant's. */
let halves = { at: Number.NaN, high: 0, low: 0 };

/** An instant and so many nanoseconds more, in hexadecimal. */
function hexNanoseconds(at: number, more: number): string {
  if (halves.at !== at) {
    const nanoseconds = BigInt(at) * 1_000_000n;
    halves = { at, high: Number(nanoseconds >> 32n), low: Number(nanoseconds & 0xffff_ffffn) };
  }
  const low = halves.low + more;
  if (halves.high === 0) return low.toString(16);
  const carry = low >= TWO_TO_32 ? 1 : 0;
  return (halves.high + carry).toString(16) + (low - carry * TWO_TO_32).toString(16).padStart(8, '0');
}

function remember(written: KubeObject[], event: KubeObject): void {
  const at = written.findIndex((other) => other.metadata.name === event.metadata.name);
  if (at >= 0) written[at] = event;
  else written.push(event);
}

/** What the cache shows, with what was written since in its place. */
function withNewer(before: readonly KubeObject[], written: readonly KubeObject[]): readonly KubeObject[] {
  if (before.length === 0) return written;
  const names = new Set(written.map((event) => event.metadata.name));
  return [...before.filter((event) => !names.has(event.metadata.name)), ...written];
}

/** The common part of getSpamKey and EventAggregatorByReasonFunc; both events are about one object already. */
function sameSource(a: KubeObject, b: KubeObject): boolean {
  return a.source?.component === b.source?.component && a.source?.host === b.source?.host && a.type === b.type;
}

/** EventAggregate: is this one of too many messages, in a row of events that never paused for longer than the interval? */
function manyMessages(message: string, similar: readonly KubeObject[], now: Instant): boolean {
  if (similar.length < AGGREGATE_EVENTS - 1) return false;
  const messages = new Set([message]);
  let last = now;
  for (const event of [...similar].sort((a, b) => lastSeen(b) - lastSeen(a))) {
    if (last - lastSeen(event) > AGGREGATE_INTERVAL) break;
    last = lastSeen(event);
    if (event.message === message) return false;
    if (!event.message.startsWith(COMBINED)) messages.add(event.message);
  }
  return messages.size >= AGGREGATE_EVENTS;
}

/** EventSourceObjectSpamFilter: a bucket of 25, one more each five minutes, reckoned from what was said. */
function isSpam(said: readonly KubeObject[], now: Instant): boolean {
  let count = 0;
  for (const event of said) count += event['count'] ?? 1;
  if (count < SPAM_BURST) return false;
  const first = Math.min(...said.map((event) => parseTime(event['firstTimestamp'] ?? '') ?? now));
  return count >= SPAM_BURST + Math.floor((now - first) / SPAM_REFILL);
}

function lastSeen(event: KubeObject): Instant {
  const text = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? '';
  return parseTime(text) ?? 0;
}
