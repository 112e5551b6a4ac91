/** What is to be said, and the Event that says it (makeEvent of client-go's `tools/record/event.go` and `tools/events/event_recorder.go`). */
import type { JsonObject } from '../apimachinery/json';
import type { KubeObject, ObjectMeta } from '../apimachinery/meta';
import { isDNS1123Subdomain } from '../apimachinery/names';
import { remembered } from '../apimachinery/remembered';
import { formatMicroTime, formatTime } from '../apimachinery/time';
import type { Instant } from './clock';
import type { EventOptions, EventSource } from './controller';
import type { Random } from './random';

export interface Draft {
  about: KubeObject;
  type: string;
  reason: string;
  message: string;
  options: EventOptions;
}

export function componentOf({ options }: Draft, source: EventSource): string {
  return options.component ?? source.component;
}

/**
 * Many are made: each in one go, all in one form, which is the decoded one.
 * @param involvedObject may be shared by several
 */
export function eventOf(
  draft: Draft,
  source: EventSource,
  name: string,
  message: string,
  involvedObject: JsonObject,
  now: Instant,
): KubeObject {
  const { about, type, reason, options } = draft;
  const metadata: ObjectMeta = { name, namespace: about.metadata.namespace || 'default' };
  if (options.annotations) metadata.annotations = options.annotations as Record<string, string>;
  const component = componentOf(draft, source);
  if (source.api === 'events') {
    const event: KubeObject = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      involvedObject,
      reason,
      message,
      type,
      source: NO_SOURCE,
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

/** One object for all events of a source: frozen, as what is stored is. */
const sourceOf = (component: string, host: string | undefined): JsonObject =>
  host === undefined ? sourceNamed(component) : sourcesOf(component)(host);
const sourceNamed = remembered(1000, (component): JsonObject => Object.freeze({ component }));
const sourcesOf = remembered(1000, (component) =>
  remembered(10_000, (host): JsonObject => Object.freeze({ component, host })),
);
const NO_SOURCE: JsonObject = Object.freeze({});

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
export function inOrder(random: Random): () => number {
  let moment = random.below(500_000_000);
  return () => {
    moment += 1 + random.below(1000);
    return moment;
  };
}

const MOST_LETTERS = 253;

/** Whether the names of events may begin with this name. */
export function canBeginName(name: string): boolean {
  return isDNS1123Subdomain(name).length === 0;
}

/**
 * `<name>.<hex of the instant in nanoseconds>` (tools/record `util/util.go` GenerateEventName). Simulated time has no
 * nanoseconds of its own, so they are drawn; a name that can't begin an event's gets a UUID.
 * @param canBegin see canBeginName
 */
export function eventName(name: string, canBegin: boolean, now: Instant, moment: number, random: Random): string {
  if (!canBegin) return random.uuid();
  // Put together in one piece: it stays for an hour.
  const text = [name, hexNanoseconds(Math.floor(now), moment)].join('.');
  return text.length <= MOST_LETTERS ? text : random.uuid();
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
