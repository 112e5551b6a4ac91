/** The only time there is. */

/** Milliseconds since 1970-01-01T00:00:00Z, simulated. */
export type Instant = number;

export interface Clock {
  now(): Instant;
}

/** The clock of one cluster: stands still until the tick loop (and nobody else) advances it. */
export class SimulatedClock implements Clock {
  constructor(private instant: Instant) {}
  now(): Instant {
    return this.instant;
  }
  /** Moves time forward; going back is a programming error. */
  advanceTo(instant: Instant): void {
    if (instant < this.instant) throw new RangeError('simulated time does not run backwards');
    this.instant = instant;
  }
}

/** Where simulated time begins unless told: a fixed instant, so that runs repeat. */
export const DEFAULT_START: Instant = Date.parse('2026-01-01T00:00:00Z');
