/**
 * The bookmarks of a watch: about one a minute, and one right before the watch ends, so that who watches again begins with what
 * is new (apiserver `storage/cacher/cache_watcher.go` nextBookmarkTime).
 */
import type { WatchEvent, WatchEvents } from '../client/transport';
import { after, wallClockNow } from '../host/wall-clock';

/** defaultBookmarkFrequency (`storage/cacher/cacher.go`), in real milliseconds. */
const EVERY = 60_000;
/** How long before the end. */
const BEFORE_END = 2_000;

/** The events with bookmarks among them, where the watch was asked for with them. @param end of the watch, milliseconds since 1970 */
export function withBookmarks(events: WatchEvents, end: number, every = EVERY): AsyncIterable<WatchEvent> {
  return events.bookmark ? bookmarked(events, end, every) : events;
}

async function* bookmarked(events: WatchEvents, end: number, every: number): AsyncGenerator<WatchEvent> {
  const reading = events[Symbol.asyncIterator]();
  const bell = new Bell(end, every);
  try {
    for (;;) {
      let came = false;
      const next = reading.next().finally(() => {
        came = true;
      });
      while (await bell.ringsBefore(next)) {
        const bookmark = await events.bookmark?.();
        // What came meanwhile is told before anybody hears that everything has been told.
        if (came) break;
        bell.wind();
        if (bookmark) yield bookmark;
      }
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    bell.stop();
    await reading.return?.();
  }
}

/** Rings when the next bookmark is due, until it is wound again. */
class Bell {
  private rings = false;
  private heard = () => {};
  private cancel = () => {};

  constructor(
    private readonly end: number,
    private readonly every: number,
  ) {
    this.wind();
  }

  wind(): void {
    const beforeEnd = this.end - BEFORE_END - wallClockNow();
    this.rings = false;
    this.cancel = after(beforeEnd > 0 ? Math.min(this.every, beforeEnd) : this.every, () => {
      this.rings = true;
      this.heard();
    });
  }

  stop(): void {
    this.cancel();
  }

  /** False when `other` has settled first. (Promise.race would leave something behind with each event until the bell rings.) */
  ringsBefore(other: Promise<unknown>): Promise<boolean> {
    if (this.rings) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.heard = () => resolve(true);
      const settled = () => resolve(false);
      other.then(settled, settled);
    });
  }
}
