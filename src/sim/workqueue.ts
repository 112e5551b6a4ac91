/**
 * The work of one controller: keys, each at most once, each with the instant it is due (client-go `util/workqueue`: the
 * delaying, rate-limiting queue). What is due is handed out in the order of the keys, so that the order does not depend on
 * how the queue came to be: in one long run or in a new process.
 */
import type { Instant } from './clock';

/** Why a key waits: for work, to look again whether something drifted, or to try again what failed. */
export type Lane = 'work' | 'periodic' | 'retry';

interface Item {
  key: string;
  due: Instant;
  lane: Lane;
}

/** client-go DefaultTypedControllerRateLimiter: 5 ms doubled with each failure, at most 1000 s. */
const BASE_DELAY = 5;
const MAX_DELAY = 1_000_000;

export class WorkQueue {
  private readonly items = new Map<string, Item>();
  private readonly heap = new DueHeap();
  private readonly failures = new Map<string, { inARow: number; step: number }>();
  private readonly counts: Record<Lane, number> = { work: 0, periodic: 0, retry: 0 };

  /** Queues a key, to be due at this instant or when it was due already, whichever is earlier. */
  add(key: string, due: Instant, lane: Lane = 'work'): void {
    const present = this.items.get(key);
    if (present) {
      if (present.due <= due && !(lane === 'work' && present.due === due)) return;
      this.counts[present.lane]--;
    }
    const item = { key, due, lane };
    this.items.set(key, item);
    this.counts[lane]++;
    this.heap.push(item);
  }

  /** Queues a key that failed in this step, after a time that doubles with each failure in a row (`AddRateLimited`). */
  retry(key: string, now: Instant, step: number): void {
    const inARow = this.failures.get(key)?.inARow ?? 0;
    this.failures.set(key, { inARow: inARow + 1, step });
    this.add(key, now + Math.min(BASE_DELAY * 2 ** inARow, MAX_DELAY), 'retry');
  }

  /** A key that went well: its next failure is a first one again. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** Takes out every key that is due, in order. */
  take(now: Instant): string[] {
    const keys: string[] = [];
    for (let top = this.peek(); top && top.due <= now; top = this.peek()) {
      this.heap.pop();
      this.items.delete(top.key);
      this.counts[top.lane]--;
      keys.push(top.key);
    }
    return keys.sort();
  }

  /** When the first key is due. */
  earliest(): Instant | undefined {
    return this.peek()?.due;
  }

  /** When the first key in the lane `work` is due. Usually it is the first of all. */
  earliestWork(): Instant | undefined {
    if (this.counts.work === 0) return undefined;
    const top = this.peek();
    if (top?.lane === 'work') return top.due;
    let due: Instant | undefined;
    for (const item of this.items.values())
      if (item.lane === 'work' && (due === undefined || item.due < due)) due = item.due;
    return due;
  }

  /** How many keys wait in this lane. */
  waiting(lane: Lane): number {
    return this.counts[lane];
  }

  /** Does a key wait to be tried again that last failed in this step or before? */
  retriesSince(step: number): boolean {
    if (this.counts.retry === 0) return false;
    for (const [key, failure] of this.failures)
      if (failure.step <= step && this.items.get(key)?.lane === 'retry') return true;
    return false;
  }

  /** The keys that wait in these lanes, soonest first; for telling people, not for the loop. */
  list(...lanes: Lane[]): { key: string; due: Instant }[] {
    return [...this.items.values()]
      .filter((item) => lanes.includes(item.lane))
      .sort((a, b) => a.due - b.due || (a.key < b.key ? -1 : 1))
      .map(({ key, due }) => ({ key, due }));
  }

  /** The first item that still counts: a key that was queued again left its old item in the heap. */
  private peek(): Item | undefined {
    for (;;) {
      const top = this.heap.top();
      if (!top || this.items.get(top.key) === top) return top;
      this.heap.pop();
    }
  }
}

/** A binary heap, soonest on top. */
class DueHeap {
  private readonly items: Item[] = [];

  top(): Item | undefined {
    return this.items[0];
  }
  push(item: Item): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as Item).due <= item.due) break;
      items[at] = items[parent] as Item;
      at = parent;
    }
    items[at] = item;
  }
  pop(): void {
    const { items } = this;
    const last = items.pop();
    if (!last || items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as Item).due < (items[child] as Item).due) child++;
      if ((items[child] as Item).due >= last.due) break;
      items[at] = items[child] as Item;
      at = child;
    }
    items[at] = last;
  }
}
