/**
 * How many pods the updater may evict, or resize, each second: --eviction-rate-limit and --eviction-rate-burst (autoscaler
 * `pkg/updater/logic/updater.go` getRateLimiter, golang.org/x/time/rate). Upstream keeps its tokens in memory and waits for them in the
 * middle of a look; here what was taken is read from events, and a look goes on when there is another token, until the next one begins.
 */
import { parseTime } from '../../../apimachinery/time';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';

export const EVICTED = 'EvictedByVPA';
export const RESIZED = 'InPlaceResizedByVPA';

export class RateLimit {
  /** By this look, whoever's pods they were. */
  private used = 0;
  /** At its beginning. */
  private tokens: number;

  /** @param taken when, in rising order. */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    taken: readonly Instant[],
    private readonly lookBegan: Instant,
  ) {
    this.tokens = burst;
    let last = taken[0] ?? lookBegan;
    const refill = (until: Instant) => {
      this.tokens = Math.min(burst, this.tokens + ((until - last) / 1000) * perSecond);
      last = until;
    };
    for (const at of taken) {
      if (at >= lookBegan) this.used++;
      else {
        refill(at);
        this.tokens--;
      }
    }
    refill(lookBegan);
  }

  /** Is somebody waiting in the middle of a look? */
  get isInUse(): boolean {
    return this.perSecond > 0 && (this.used > 0 || this.tokens < 1);
  }

  take(now: Instant): boolean {
    if (this.perSecond <= 0) return true;
    if (this.burst < 1 || now < this.next()) return false;
    this.used++;
    return true;
  }

  /** When there is another token. The simulation knows whole seconds. */
  next(): Instant {
    if (this.burst < 1) return Number.POSITIVE_INFINITY;
    const missing = Math.max(0, this.used + 1 - this.tokens);
    return this.lookBegan + Math.ceil(missing / this.perSecond) * 1000;
  }
}

/** The limit of one reason, as all pods were updated until now. */
export function rateLimit(reason: string, flags: VpaFlags, cache: IndexedCache, lookBegan: Instant): RateLimit {
  const { evictionRate, evictionBurst } = flags;
  const taken: Instant[] = [];
  if (evictionRate > 0)
    for (const event of cache.list('events'))
      if (event['reason'] === reason) taken.push(parseTime(event['lastTimestamp'] ?? '') ?? 0);
  taken.sort((a, b) => a - b);
  return new RateLimit(evictionRate, evictionBurst, taken, lookBegan);
}
