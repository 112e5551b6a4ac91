/** What happened lately, in order and bounded: what `changes` and reads of the past are answered from. */
import { type Change, CompactedError, type Entry, type Page, type Revision } from './store';

/** One key in one commit. `before` is absent where the key did not exist, `after` where it was deleted. */
export interface Step {
  key: string;
  revision: Revision;
  before: Entry | undefined;
  after: Entry | undefined;
}

/**
 * How many steps are remembered unless told, and up to a quarter more. What was before each is in memory for that alone, about a
 * kilobyte; kube-apiserver's own window holds from 100 to 100 * 1024 events of a resource (cacher/watch_cache_history.go).
 */
const DEFAULT_LIMIT = 10_000;

export class History {
  #steps: Step[] = [];

  /** `compacted`: the oldest revision whose state can still be told. */
  constructor(
    public compacted: Revision = 0,
    private readonly limit = DEFAULT_LIMIT,
  ) {}

  append(step: Step): void {
    const last = this.#steps[this.#steps.length - 1];
    if (last && last.revision !== step.revision && this.#steps.length > this.limit * 1.25) this.#trim();
    this.#steps.push(step);
  }

  /** Forgets the oldest commits, whole ones. */
  #trim(): void {
    let cut = this.#steps.length - this.limit;
    const last = (this.#steps[cut - 1] as Step).revision;
    while (this.#steps[cut]?.revision === last) cut++;
    this.compacted = last;
    this.#steps = this.#steps.slice(cut);
  }

  /** Forgets everything up to this revision. */
  restart(compacted: Revision): void {
    this.compacted = compacted;
    this.#steps = [];
  }

  /** The changes after `since` under `prefix`. Throws CompactedError. */
  changes(since: Revision, prefix: string): Change[] {
    const changes: Change[] = [];
    for (let i = this.#firstAfter(since); i < this.#steps.length; i++) {
      const step = this.#steps[i] as Step;
      if (step.key.startsWith(prefix)) changes.push(changeOf(step));
    }
    return changes;
  }

  /** Whether anything under `prefix` has changed after `since`, as far as is remembered. Quick where `since` is not long ago. */
  isTouched(since: Revision, prefix: string): boolean {
    if (since < this.compacted) return true;
    for (let i = this.#steps.length - 1; i >= 0; i--) {
      const step = this.#steps[i] as Step;
      if (step.revision <= since) return false;
      if (step.key.startsWith(prefix)) return true;
    }
    return false;
  }

  /** What the keys under `prefix` that changed after `at` were then; undefined for those that did not exist. Throws CompactedError. */
  before(at: Revision, prefix: string): Map<string, Entry | undefined> {
    const then = new Map<string, Entry | undefined>();
    for (let i = this.#firstAfter(at); i < this.#steps.length; i++) {
      const step = this.#steps[i] as Step;
      if (step.key.startsWith(prefix) && !then.has(step.key)) then.set(step.key, step.before);
    }
    return then;
  }

  #firstAfter(since: Revision): number {
    if (since < this.compacted) throw new CompactedError(since, this.compacted);
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#steps[middle] as Step).revision <= since) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function changeOf({ key, revision, before, after }: Step): Change {
  if (!after)
    return { type: 'delete', key, value: (before as Entry).value, previous: (before as Entry).value, revision };
  return before
    ? { type: 'put', key, value: after.value, previous: before.value, revision }
    : { type: 'put', key, value: after.value, revision };
}

/**
 * A page of the past. `now` holds all entries of today after the key `after`, `then` what those that changed since were (see
 * History.before).
 */
export function pageOfThePast(
  now: Page,
  then: ReadonlyMap<string, Entry | undefined>,
  revision: Revision,
  after = '',
  limit = Number.POSITIVE_INFINITY,
): Page {
  const all = now.entries.filter((entry) => !then.has(entry.key));
  for (const entry of then.values()) if (entry && entry.key > after) all.push(entry);
  if (then.size > 0) all.sort((a, b) => (a.key < b.key ? -1 : 1));
  const entries = limit < all.length ? all.slice(0, limit) : all;
  const remaining = all.length - entries.length;
  return { entries, revision, more: remaining > 0, remaining };
}
