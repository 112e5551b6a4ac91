/** Reads a watch (or a log) as its events come, and can tell when all that have come are dealt with. */
import type { WatchEvent } from '../client/transport';

export class WatchReader<T = WatchEvent> {
  ended = false;
  private seen = 0;
  private failure: { error: unknown } | undefined;

  constructor(events: AsyncIterable<T>, each: (event: T, first: boolean) => Promise<void>) {
    this.read(events, each).then(
      () => {
        this.ended = true;
      },
      (error) => {
        this.ended = true;
        this.failure = { error };
      },
    );
  }

  /** Resolves when turns of the event loop bring nothing new. */
  async caughtUp(): Promise<void> {
    for (let quiet = 0; quiet < 3 && !this.ended; ) {
      const before = this.seen;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.seen === before ? quiet + 1 : 0;
    }
    if (this.failure) throw this.failure.error;
  }

  private async read(events: AsyncIterable<T>, each: (event: T, first: boolean) => Promise<void>): Promise<void> {
    for await (const event of events) {
      await each(event, this.seen === 0);
      this.seen++;
    }
  }
}
