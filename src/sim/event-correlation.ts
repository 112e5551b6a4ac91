/**
 * What becomes of something that is said again: client-go's `tools/record/events_cache.go` (EventCorrelator) and, for the newer
 * recorder, `tools/events/event_broadcaster.go`. Asked of the events that are known about the object.
 */
import { firstWhere } from '../apimachinery/first-where';
import type { KubeObject } from '../apimachinery/meta';
import { parseTime } from '../apimachinery/time';
import type { Instant } from './clock';
import type { EventSource } from './controller';
import { componentOf, type Draft } from './event-draft';

/** From this many different messages within this time on, they are combined. */
const AGGREGATE_EVENTS = 10;
const AGGREGATE_INTERVAL = 600_000;
const COMBINED = '(combined from similar events): ';
/** A source may say so much about an object at once, and then one more thing each five minutes. */
const SPAM_BURST = 25;
const SPAM_REFILL = 300_000;
/** tools/events event_broadcaster.go finishTime: a series that was quiet for so long is over. */
const SERIES_END = 360_000;

/** EventSourceObjectSpamFilter: a bucket of 25, one more each five minutes, reckoned from what was said. */
export function isSpam(draft: Draft, source: EventSource, known: readonly KubeObject[], now: Instant): boolean {
  let count = 0;
  for (let i = 0; i < known.length; i++) {
    const other = known[i] as KubeObject;
    if (isOfSource(draft, source, other)) count += other['count'] ?? 1;
  }
  if (count < SPAM_BURST) return false;
  let first = Number.POSITIVE_INFINITY;
  for (const other of known)
    if (isOfSource(draft, source, other)) first = Math.min(first, parseTime(other['firstTimestamp'] ?? '') ?? now);
  return count >= SPAM_BURST + Math.floor((now - first) / SPAM_REFILL);
}

/** EventAggregate: what is said in the end, once there are too many messages in a row of events that never paused for longer than the interval. */
export function messageOf(draft: Draft, source: EventSource, known: readonly KubeObject[], now: Instant): string {
  return known.length >= AGGREGATE_EVENTS - 1 && isOneOfMany(draft, source, known, now)
    ? COMBINED + draft.message
    : draft.message;
}

function isOneOfMany(draft: Draft, source: EventSource, known: readonly KubeObject[], now: Instant): boolean {
  const similar = known.filter((other) => isSimilar(draft, source, other));
  if (similar.length < AGGREGATE_EVENTS - 1) return false;
  const messages = new Set([draft.message]);
  let last = now;
  for (const event of similar.sort((a, b) => lastSeen(b) - lastSeen(a))) {
    if (last - lastSeen(event) > AGGREGATE_INTERVAL) break;
    last = lastSeen(event);
    if (event.message === draft.message) return false;
    if (!event.message.startsWith(COMBINED)) messages.add(event.message);
  }
  return messages.size >= AGGREGATE_EVENTS;
}

/** The event that is counted on, if it was said before. @param message see messageOf */
export function saidBefore(
  draft: Draft,
  source: EventSource,
  message: string,
  known: readonly KubeObject[],
): KubeObject | undefined {
  if (known.length === 0) return undefined;
  const fieldPath = draft.options.fieldPath || undefined;
  const combined = message.startsWith(COMBINED);
  return firstWhere(
    known,
    (other) =>
      isSimilar(draft, source, other) &&
      (combined
        ? other.message.startsWith(COMBINED)
        : other.message === message && other.involvedObject.fieldPath === fieldPath),
  );
}

/** tools/events recordToSink: the second time it becomes a series. */
export function seriesBefore(
  draft: Draft,
  source: EventSource,
  known: readonly KubeObject[],
  now: Instant,
): KubeObject | undefined {
  if (known.length === 0) return undefined;
  const { about, options, reason, type } = draft;
  const action = options.action ?? reason;
  const component = componentOf(draft, source);
  const resourceVersion = about.metadata.resourceVersion || undefined;
  return firstWhere(
    known,
    (other) =>
      other.type === type &&
      other.action === action &&
      other.reason === reason &&
      other.reportingComponent === component &&
      other.involvedObject.resourceVersion === resourceVersion &&
      now - lastSeen(other) < SERIES_END,
  );
}

/** The common part of getSpamKey and EventAggregatorByReasonFunc; both events are about one object already. */
function isOfSource(draft: Draft, source: EventSource, other: KubeObject): boolean {
  const from: { component?: string; host?: string } | undefined = other['source'];
  return (
    from?.component === componentOf(draft, source) && from.host === draft.options.host && other['type'] === draft.type
  );
}

function isSimilar(draft: Draft, source: EventSource, other: KubeObject): boolean {
  return other['reason'] === draft.reason && isOfSource(draft, source, other);
}

function lastSeen(event: KubeObject): Instant {
  const text = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? '';
  return parseTime(text) ?? 0;
}
