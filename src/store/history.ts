/** What happened lately, in order and bounded: what `changes` and reads of the past are answered from. */
import { type Change, CompactedError, type Entry, type Revision } from './store';

/** One key in one commit. `before` is absent where the key did not exist, `after` where it was deleted. */
export interface Step {
  key: string;
  revision: Revision;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** How many steps are remembered unless told. They share most of their values with what is current, so they weigh little. */
const DEFAULT_LIMIT = 100_000;

export class History {
  #steps: Step[] = [];

  /** `compacted`: the oldest revision whose state can still be told. */
  constructor(
    public compacted: Revision = 0,
    private readonly limit = DEFAULT_LIMIT,
  ) {}

  append(step: Step): void {
    this.#steps.push(step);
  }

  /** Forgets the oldest commits, whole ones, once there are a quarter more steps than allowed. Call it between commits. */
  trim(): void {
    if (this.#steps.length <= this.limit * 1.25) return;
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

function changeOf({ key, revision, before, after }: Step): Change {
  if (!after)
    return { type: 'delete', key, value: (before as Entry).value, previous: (before as Entry).value, revision };
  return before
    ? { type: 'put', key, value: after.value, previous: before.value, revision }
    : { type: 'put', key, value: after.value, revision };
}
