/**
 * Writes down how the numbers of a cluster change, while its changes pass by: `/kubetick/timeline/SERIES` is the record of a
 * series that grows, `/kubetick/timeline-past/SERIES/NUMBER` are those that are full, the oldest of which are forgotten. What
 * does not change is not written. New points wait in memory, and go to the store with the clock.
 *
 *     history.saw(change);
 *     const page = await history.page();
 *     const revision = await store.commit([...page.writes]);
 *     page.written(revision);
 */
import type { Revision, Store, Write } from '../../store/store';
import type { CacheChange } from '../cache';
import type { Clock } from '../clock';
import { keyOf } from '../resource-names';
import { appended, EMPTY, FULL, type Head, headOf, isGone, type Point, type Values } from './record-text';
import {
  COUNTED,
  type Count,
  type Counted,
  GROUPS,
  NODE_SERIES,
  POD_SERIES,
  SUBJECTS,
  targetOfGroup,
} from './subjects';

export const TIMELINE = '/kubetick/timeline/';
export const TIMELINE_PAST = '/kubetick/timeline-past/';

/** So many full records of a series are kept: some 16,000 changes. */
const MOST_RECORDS = 64;
/** So many seconds after what it is about. */
const KEPT = 7 * 86_400;
/** So many points may wait. */
const MANY = 4096;

interface Known {
  head: Head;
  revision: Revision;
}

/** What is to be written. */
export interface Page {
  writes: Write[];
  /** It is, at this revision. */
  written(revision: Revision): void;
}

const NOTHING: Page = { writes: [], written() {} };

export class History {
  private readonly waiting = new Map<string, Point[]>();
  private count = 0;
  /** The records that grow, once they were needed. */
  private heads: Map<string, Known> | undefined;
  private readonly counted = new Map<string, (number | undefined)[]>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Must hear of every change once, from the first look on. */
  saw({ resource, object, previous, gone, parts }: CacheChange): void {
    // Most of what happens: pods and events.
    if (resource === 'events') return;
    if (Object.hasOwn(COUNTED, resource)) {
      const { by, countOf } = COUNTED[resource] as Counted;
      if (parts & by) this.recount(previous && countOf(previous), gone ? undefined : countOf(object));
    } else if (Object.hasOwn(SUBJECTS, resource)) {
      const key = `${resource}/${keyOf(object)}`;
      for (const { part, values } of SUBJECTS[resource]?.(object) ?? [])
        this.note(part === undefined ? key : `${key}/${part}`, gone ? [] : values);
    } else if (resource === GROUPS) {
      const { series, target } = targetOfGroup(object);
      const values = this.valuesOf(series);
      values[0] = gone ? undefined : target;
      this.noteCount(series, values);
    }
  }

  /** Enough waits to be written before the end of a run. */
  get isFull(): boolean {
    return this.count >= MANY;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** What waits, to be written; all of it waits until it is. */
  async page(): Promise<Page> {
    if (this.isEmpty) return NOTHING;
    const writes: Write[] = [];
    this.heads ??= await this.read(writes);
    const { heads } = this;
    const changed = new Map<string, Head>();
    for (const [series, points] of this.waiting) {
      const known = heads.get(series);
      let head = known?.head ?? EMPTY;
      for (const point of points) {
        const { number, text } = head;
        const longer = appended(head, point);
        if (longer.count <= FULL) {
          head = longer;
          continue;
        }
        writes.push({ key: pastKey(series, number), value: text });
        if (number >= MOST_RECORDS) writes.push({ key: pastKey(series, number - MOST_RECORDS), value: undefined });
        head = appended({ ...EMPTY, number: number + 1 }, point);
      }
      if (head === (known?.head ?? EMPTY)) continue;
      changed.set(series, head);
      writes.push({ key: TIMELINE + series, value: { ...head }, expect: known?.revision ?? 0 });
    }
    return {
      writes,
      written: (revision) => {
        for (const [series, head] of changed) heads.set(series, { head, revision });
        this.waiting.clear();
        this.count = 0;
      },
    };
  }

  /** Another process wrote, too: its records are to be read again. */
  forgetRecords(): void {
    this.heads = undefined;
  }

  /** What has long been gone is forgotten, where nothing new is known of it. */
  private async read(writes: Write[]): Promise<Map<string, Known>> {
    const heads = new Map<string, Known>();
    const old = this.clock.now() / 1000 - KEPT;
    await this.store.scan(TIMELINE, {}, ({ key, value, revision }) => {
      const series = key.slice(TIMELINE.length);
      const head = headOf(value);
      if (head.last >= old || !isGone(head) || this.waiting.has(series)) heads.set(series, { head, revision });
      else {
        writes.push({ key, value: undefined, expect: revision });
        for (let number = Math.max(0, head.number - MOST_RECORDS); number < head.number; number++)
          writes.push({ key: pastKey(series, number), value: undefined });
      }
    });
    return heads;
  }

  private recount(before: Count | undefined, after: Count | undefined): void {
    if (before === after || (before && after && isAlike(before, after))) return;
    if (before) this.add(before, -1);
    if (after) this.add(after, 1);
  }

  private add({ series, columns }: Count, by: number): void {
    const values = this.valuesOf(series);
    for (const column of columns) values[column] = (values[column] ?? 0) + by;
    this.noteCount(series, values);
  }

  private noteCount(series: string, values: Values): void {
    // A group that is no more, and has no node left.
    const isOver = series !== POD_SERIES && values[0] === undefined && values[1] === 0;
    this.note(series, isOver ? [] : values.slice());
  }

  private valuesOf(series: string): (number | undefined)[] {
    let values = this.counted.get(series);
    if (!values) {
      values = series.startsWith(NODE_SERIES) ? [undefined, 0, 0] : [0, 0, 0];
      this.counted.set(series, values);
    }
    return values;
  }

  private note(series: string, values: Values): void {
    const at = Math.floor(this.clock.now() / 1000);
    const points = this.waiting.get(series);
    if (!points) {
      this.waiting.set(series, [{ at, values }]);
      this.count++;
      return;
    }
    const last = points[points.length - 1] as Point;
    if (areSame(last.values, values)) return;
    if (last.at === at) last.values = values;
    else {
      points.push({ at, values });
      this.count++;
    }
  }
}

function isAlike(a: Count, b: Count): boolean {
  return a.series === b.series && a.columns === b.columns;
}

function areSame(a: Values, b: Values): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function pastKey(series: string, number: number): string {
  return `${TIMELINE_PAST}${series}/${String(number).padStart(6, '0')}`;
}
