/**
 * When the autoscaler looks: every --scan-interval, counted from when it was made, so that every process keeps the same time
 * (upstream counts from the end of the last look). Looks that would find what the one before found are left out; what they would
 * have done to what is remembered can be told without them.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Options } from './options';

const SECOND = 1000;

export class Beat {
  private readonly interval: number;
  private readonly start: Instant;
  private readonly recheckAfter: number;

  constructor(autoscaler: KubeObject, options: Options) {
    this.interval = Math.max(SECOND, Math.ceil(options.duration('scan-interval') / SECOND) * SECOND);
    this.start = parseTime(autoscaler.metadata.creationTimestamp ?? '') ?? 0;
    this.recheckAfter = options.duration('unremovable-node-recheck-timeout');
  }

  /** The first look at this instant or after it. */
  from(instant: Instant): Instant {
    return this.start + Math.ceil((instant - this.start) / this.interval) * this.interval;
  }

  /** The last look at this instant or before it. */
  before(instant: Instant): Instant {
    return this.start + Math.floor((instant - this.start) / this.interval) * this.interval;
  }

  isOn(now: Instant): boolean {
    return this.from(now) === now;
  }

  /** The first look after this instant. */
  after(instant: Instant): Instant {
    return this.from(instant + 1);
  }

  /**
   * A node that could not be emptied is looked at again after a while, and again after another if nothing has changed: the first
   * such look that is not before `from`.
   */
  recheck(until: Instant, from: Instant): Instant {
    let look = this.from(until);
    if (this.recheckAfter <= 0) return Math.max(look, from);
    while (look < from) look = this.from(look + this.recheckAfter);
    return look;
  }
}
