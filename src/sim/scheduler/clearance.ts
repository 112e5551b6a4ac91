/**
 * On which nodes a pod could run, by the columns: kept for the next pod that is judged as this one is, for which only those are
 * looked at again that have changed (upstream's opportunistic batching, KEP-5598, keeps what it found for a signature).
 */
import type { NodeColumns } from './node-columns';
import type { Judge } from './schedule-pod';

const ONE = new Int32Array(1);

export class Clearance {
  private judge: Judge | undefined;
  /** By slot: 1 where the pod could run. */
  private clear = new Uint8Array(0);
  private isKnown = false;
  /** How many of the nodes are not clear. */
  private barred = 0;
  private volume = 0;
  private read = 0;

  constructor(private readonly columns: NodeColumns) {}

  /** What holds for a pod, if the one before was judged in the same way; `slots` are those of all nodes. */
  of(judge: Judge, slots: Int32Array): this | undefined {
    const before = this.judge;
    this.judge = judge;
    if (!before || !judge.isAsThatOf(before)) {
      this.isKnown = false;
      return undefined;
    }
    const { changes, nodes } = this.columns;
    if (this.isKnown && this.volume === changes.volume && nodes.length <= this.clear.length)
      for (let i = this.read; i < changes.length; i++) this.lookAgain(changes.slots[i] as number, judge);
    else this.lookAtAll(slots, judge);
    this.isKnown = true;
    this.volume = changes.volume;
    this.read = changes.length;
    return this;
  }

  /** Could the pod run on every node? */
  get everywhere(): boolean {
    return this.barred === 0;
  }

  /** Up to which of these slots the pod could run everywhere. */
  clearUntil(slots: Int32Array, from: number, to: number): number {
    const { clear } = this;
    let until = from;
    while (until < to && clear[slots[until] as number] === 1) until++;
    return until;
  }

  private lookAtAll(slots: Int32Array, judge: Judge): void {
    const { length } = this.columns.marks;
    // Where no node is, nothing is in the way.
    if (this.clear.length === length) this.clear.fill(1);
    else this.clear = new Uint8Array(length).fill(1);
    this.barred = 0;
    for (let at = 0; at < slots.length; at++) {
      at = judge.clearUntil(slots, at, slots.length);
      if (at === slots.length) return;
      this.clear[slots[at] as number] = 0;
      this.barred++;
    }
  }

  private lookAgain(slot: number, judge: Judge): void {
    ONE[0] = slot;
    const isClear = this.columns.nodes[slot] === undefined || judge.clearUntil(ONE, 0, 1) === 1 ? 1 : 0;
    this.barred += (this.clear[slot] as number) - isClear;
    this.clear[slot] = isClear;
  }
}
