/** Nodes to choose from, one after the other: where each stands in the columns. */
import type { NodeColumns } from './node-columns';
import type { NodeInfo } from './node-info';

const FIRST_SIZE = 128;
const FEW = 64;

export class NodeRow {
  /** As many as `length` count. */
  slots = new Int32Array(FIRST_SIZE);
  length = 0;

  constructor(readonly columns: NodeColumns) {}

  /** These nodes. */
  static of(nodes: readonly NodeInfo[], columns: NodeColumns): NodeRow {
    const row = new NodeRow(columns);
    row.clear(nodes.length);
    for (const { slot } of nodes) row.add(slot);
    return row;
  }

  /** There is none yet, and there will be so many at most. */
  clear(most: number): void {
    this.length = 0;
    if (most > this.slots.length) this.slots = new Int32Array(Math.max(most, this.slots.length * 2));
  }

  add(slot: number): void {
    this.slots[this.length++] = slot;
  }

  /** Adds those from one place on up to another. */
  addRun(slots: Int32Array, from: number, to: number): void {
    const own = this.slots;
    let { length } = this;
    // To copy a few at once takes longer than one by one.
    if (to - from > FEW) own.set(slots.subarray(from, to), length);
    else for (let i = from; i < to; i++) own[length++] = slots[i] as number;
    this.length += to - from;
  }

  at(i: number): NodeInfo {
    return this.columns.nodes[this.slots[i] as number] as NodeInfo;
  }

  nodes(): NodeInfo[] {
    return Array.from({ length: this.length }, (_, i) => this.at(i));
  }
}
