/**
 * The events of the cache. They are most of all objects, and written once: so they have no places of their own (place-bucket.ts) and
 * are not found by key, name or uid, but by what they are about, of which each has few.
 */
import type { KubeObject } from '../apimachinery/meta';
import { expiryOf } from './event-expiry';
import { aboutKey } from './indices';

const NONE: readonly KubeObject[] = Object.freeze([]);

/** Up to so many events about one object are kept without room to grow: very many objects have as few. */
const FEW = 8;
/** So many that have gone may lie about in a minute, beside as many as are there. */
const MOST_LEFTOVERS = 32;

/** Those that go together. */
interface Minute {
  events: KubeObject[];
  /** How many of them have gone before it. */
  leftovers: number;
}

/** Two indices: `about` (see aboutKey) and `expiry`. What is listed is in the order of the keys, and stands until something changes. */
export class EventShelf {
  private count = 0;
  private readonly subjects = new Map<string, KubeObject[]>();
  private readonly minutes = new Map<string, Minute>();
  /** By namespace, and all of them under ''; made when somebody asks, which is rare. */
  private lists: ReadonlyMap<string, readonly KubeObject[]> | undefined;

  get size(): number {
    return this.count;
  }

  /** Puts an event that is not there. */
  add(event: KubeObject): void {
    const subject = subjectOf(event);
    const known = this.subjects.get(subject);
    if (!known) this.subjects.set(subject, [event]);
    else {
      const grown = withOneMore(known, event);
      if (grown !== known) this.subjects.set(subject, grown);
    }
    const minute = minuteOf(event);
    const going = this.minutes.get(minute);
    if (going) going.events.push(event);
    else this.minutes.set(minute, { events: [event], leftovers: 0 });
    this.count++;
    this.lists = undefined;
  }

  /** Takes out what is there of an event, given as it was: undefined where it is not there. */
  take(event: KubeObject): KubeObject | undefined {
    const subject = subjectOf(event);
    const known = this.subjects.get(subject) ?? NONE;
    const at = placeOf(known, event);
    const found = known[at];
    if (!found || compareKeys(found, event) !== 0) return undefined;
    if (known.length === 1) this.subjects.delete(subject);
    else
      this.subjects.set(
        subject,
        known.filter((other) => other !== found),
      );
    this.leave(found);
    this.count--;
    this.lists = undefined;
    return found;
  }

  private leave(event: KubeObject): void {
    const name = minuteOf(event);
    const minute = this.minutes.get(name) as Minute;
    minute.leftovers++;
    const left = minute.events.length - minute.leftovers;
    if (left === 0) this.minutes.delete(name);
    else if (minute.leftovers > left + MOST_LEFTOVERS) this.sweep(minute);
  }

  private sweep(minute: Minute): void {
    minute.events = minute.events.filter((event) => {
      const known = this.subjects.get(subjectOf(event)) ?? NONE;
      return known[placeOf(known, event)] === event;
    });
    minute.leftovers = 0;
  }

  /** Undefined where there is no index of this name. */
  index(index: string, value: string): readonly KubeObject[] | undefined {
    if (index === 'about') return this.subjects.get(value) ?? NONE;
    if (index !== 'expiry') return undefined;
    const minute = this.minutes.get(value);
    if (!minute) return NONE;
    if (minute.leftovers > 0) this.sweep(minute);
    return minute.events.sort(compareKeys);
  }

  /** In the order of their keys, as all lists. */
  list(namespace = ''): readonly KubeObject[] {
    this.lists ??= listsOf([...this.subjects.values()].flat());
    return this.lists.get(namespace) ?? NONE;
  }
}

function subjectOf(event: KubeObject): string {
  return aboutKey(event['involvedObject'] ?? {});
}

function minuteOf(event: KubeObject): string {
  return expiryOf(event)[0] as string;
}

/** In its place, which is mostly the last. */
function withOneMore(events: KubeObject[], event: KubeObject): KubeObject[] {
  const at = placeOf(events, event);
  if (events.length < FEW) return at === events.length ? events.concat(event) : events.toSpliced(at, 0, event);
  events.splice(at, 0, event);
  return events;
}

/** Where an event is, or would be. */
function placeOf(events: readonly KubeObject[], event: KubeObject): number {
  let low = 0;
  let high = events.length;
  // Names end in the time.
  if (high > 0 && compareKeys(events[high - 1] as KubeObject, event) < 0) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(events[middle] as KubeObject, event) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As the keys of the store are: by namespace and name. */
function compareKeys({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  if (a.namespace !== b.namespace) return compare(`${a.namespace}/`, `${b.namespace}/`);
  return compare(a.name ?? '', b.name ?? '');
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function listsOf(events: KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const all = events.sort(compareKeys);
  const lists = new Map([['', all]]);
  for (const event of all) {
    const { namespace = '' } = event.metadata;
    const list = lists.get(namespace);
    if (list) list.push(event);
    else lists.set(namespace, [event]);
  }
  return lists;
}
