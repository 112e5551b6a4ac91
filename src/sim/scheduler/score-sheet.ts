/**
 * Where the nodes that fit a pod are scored. The next pod's scores are written over these: to make typed arrays for each pod
 * costs more than all that is written there.
 */
import type { NodeInfo } from './node-info';

const FIRST_SIZE = 128;

export class ScoreSheet {
  /** Of each node its place in the columns, the sum of its scores, and what one plugin says of it. */
  slots = new Int32Array(0);
  totals = new Float64Array(0);
  scores = new Float64Array(0);
  private room = {
    slots: new Int32Array(FIRST_SIZE),
    totals: new Float64Array(FIRST_SIZE),
    scores: new Float64Array(FIRST_SIZE),
  };

  /** A row for each of these nodes. */
  begin(nodes: readonly NodeInfo[]): void {
    const { length } = nodes;
    if (length !== this.slots.length) this.resize(length);
    const { slots } = this;
    for (let i = 0; i < length; i++) slots[i] = (nodes[i] as NodeInfo).slot;
    this.totals.fill(0);
  }

  private resize(rows: number): void {
    if (rows > this.room.slots.length) {
      const size = Math.max(rows, this.room.slots.length * 2);
      this.room = { slots: new Int32Array(size), totals: new Float64Array(size), scores: new Float64Array(size) };
    }
    this.slots = this.room.slots.subarray(0, rows);
    this.totals = this.room.totals.subarray(0, rows);
    this.scores = this.room.scores.subarray(0, rows);
  }
}
