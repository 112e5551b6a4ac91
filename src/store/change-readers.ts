/** Those who read changes as they happen: each waits until a change under its prefix is told, then reads on from the history. */
import type { Change, Revision } from './store';

interface News {
  changes: Change[];
  revision: Revision;
}

/** Where a reader gets what happened after a revision: the changes, and the revision up to which that is all of them. */
type Source = (since: Revision, prefix: string) => News;

interface Waiting {
  wake(): void;
}

export class ChangeReaders {
  readonly #waiting = new Map<string, Set<Waiting>>();
  readonly #open = new Set<AsyncIterator<Change>>();
  /** What was found for a prefix since something was last told: many read the same, and those who woke together need it once. */
  readonly #latest = new Map<string, { since: Revision; news: News }>();

  /** True while a reader has read all there is and waits for more. */
  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Wakes the readers that one of these writes concerns. */
  tell(written: readonly { key: string }[]): void {
    if (this.#latest.size > 0) this.#latest.clear();
    if (this.#waiting.size === 0) return;
    for (const [prefix, readers] of this.#waiting)
      if (written.some(({ key }) => key.startsWith(prefix))) this.#wake(prefix, readers);
  }

  /** Wakes all, so that they look for themselves. */
  tellAll(): void {
    this.#latest.clear();
    for (const [prefix, readers] of [...this.#waiting]) this.#wake(prefix, readers);
  }

  #wake(prefix: string, readers: Set<Waiting>): void {
    this.#waiting.delete(prefix);
    for (const reader of readers) reader.wake();
  }

  /**
   * The changes after `since` under `prefix` and those to come. `idle` is called whenever a reader starts to wait. Ends when
   * its reader stops or all are closed; throws what `source` throws.
   */
  read(since: Revision, prefix: string, source: Source, idle?: () => void): AsyncIterable<Change> {
    return { [Symbol.asyncIterator]: () => this.#iterate(since, prefix, source, idle) };
  }

  #iterate(since: Revision, prefix: string, source: Source, idle?: () => void): AsyncIterator<Change> {
    let from = since;
    let batch: Change[] = [];
    let next = 0;
    let done = false;
    const waits = new Set<Waiting>();
    // Each call of next() takes its turn: two at once would both find the same change.
    let turn: Promise<unknown> = Promise.resolve();

    const take = async (): Promise<IteratorResult<Change>> => {
      for (;;) {
        if (done) return { done: true, value: undefined };
        const change = batch[next];
        if (change) {
          next++;
          return { done: false, value: change };
        }
        const news = this.#news(from, prefix, source);
        batch = news.changes;
        next = 0;
        from = Math.max(from, news.revision);
        if (batch.length === 0) await new Promise<void>((wake) => this.#wait(prefix, { wake }, waits, idle));
      }
    };
    const iterator: AsyncIterator<Change> = {
      next: () => {
        const result = turn.then(take);
        turn = result.catch(() => {
          done = true;
          this.#open.delete(iterator);
        });
        return result;
      },
      return: async () => {
        done = true;
        this.#open.delete(iterator);
        for (const waiting of waits) {
          this.#forget(prefix, waiting);
          waiting.wake();
        }
        return { done: true, value: undefined };
      },
    };
    this.#open.add(iterator);
    return iterator;
  }

  #news(since: Revision, prefix: string, source: Source): News {
    const latest = this.#latest.get(prefix);
    if (latest?.since === since) return latest.news;
    const news = source(since, prefix);
    // What is found empty may not be so any more the next time: other processes write too.
    if (news.changes.length > 0) this.#latest.set(prefix, { since, news });
    return news;
  }

  #wait(prefix: string, reader: Waiting, own: Set<Waiting>, idle?: () => void): void {
    const waiting: Waiting = {
      wake() {
        own.delete(waiting);
        reader.wake();
      },
    };
    own.add(waiting);
    const readers = this.#waiting.get(prefix);
    if (readers) readers.add(waiting);
    else this.#waiting.set(prefix, new Set([waiting]));
    idle?.();
  }

  #forget(prefix: string, waiting: Waiting): void {
    const readers = this.#waiting.get(prefix);
    if (readers?.delete(waiting) && readers.size === 0) this.#waiting.delete(prefix);
  }

  /** Ends every reader. */
  close(): void {
    for (const iterator of [...this.#open]) void iterator.return?.();
  }
}
