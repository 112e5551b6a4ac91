/** When the kubelet has to look at a pod again. */
import type { Instant } from '../clock';
import type { Result } from '../controller';

/** From a container's end to the kubelet's next look at the pod. */
export const NEXT_LOOK = 1000;

export class Agenda {
  private work: Instant = Number.POSITIVE_INFINITY;
  private talk: Instant = Number.POSITIVE_INFINITY;

  constructor(readonly now: Instant) {}

  /** Something changes by itself then. */
  wakeAt(at: Instant | undefined): void {
    if (at !== undefined && at > this.now && at < this.work) this.work = at;
  }

  /** There is only something to be said or looked after then. */
  lookAt(at: Instant | undefined): void {
    if (at !== undefined && at > this.now && at < this.talk) this.talk = at;
  }

  result(): Result | undefined {
    const first = Math.min(this.work, this.talk);
    if (first === Number.POSITIVE_INFINITY) return undefined;
    const requeueAfter = first - this.now;
    return this.work === Number.POSITIVE_INFINITY ? { requeueAfter, periodic: true } : { requeueAfter };
  }
}
