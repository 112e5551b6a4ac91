/**
 * What is asked of every node for every pod, side by side in memory: thousands of nodes are looked at in the time that a few
 * would take to be fetched one by one. A node writes here what it holds itself; nothing is here alone.
 */
import { Clearance } from './clearance';
import type { NodeInfo } from './node-info';
import { ChangeLog, Remembered } from './remembered-nodes';
import { ScoreSheet } from './score-sheet';

const FIRST_SIZE = 64;

/** A node is cordoned, has taints that keep pods away or put them off, or has been promised to pods that wait. */
export const UNSCHEDULABLE = 1;
export const HARD_TAINTS = 2;
export const SOFT_TAINTS = 4;
export const NOMINATED = 8;

/** So many kinds of pods are remembered with how they scored. */
const MOST_KINDS = 32;

export class NodeColumns {
  readonly sheet = new ScoreSheet(this);
  /** Who stands where. */
  readonly nodes: (NodeInfo | undefined)[] = [];
  /** What is left of each resource: thousandths, bytes, bytes, pods. */
  freeMilliCPU = new Float64Array(FIRST_SIZE);
  freeMemory = new Float64Array(FIRST_SIZE);
  freeStorage = new Float64Array(FIRST_SIZE);
  freePods = new Float64Array(FIRST_SIZE);
  /** What there is when the node is empty. */
  milliCPU = new Float64Array(FIRST_SIZE);
  memory = new Float64Array(FIRST_SIZE);
  storage = new Float64Array(FIRST_SIZE);
  /** What is taken, with assumed requests. */
  assumedMilliCPU = new Float64Array(FIRST_SIZE);
  assumedMemory = new Float64Array(FIRST_SIZE);
  /** UNSCHEDULABLE, HARD_TAINTS, SOFT_TAINTS, NOMINATED. */
  marks = new Uint8Array(FIRST_SIZE);
  /** Which nodes changed lately. */
  readonly changes = new ChangeLog();
  readonly clearance = new Clearance(this);
  /** How many nodes have taints that put pods off. */
  softTainted = 0;
  private readonly kinds = new Map<string, Remembered>();
  private readonly unused: number[] = [];
  private used = 0;

  /** A place for a node. */
  take(node: NodeInfo): number {
    const slot = this.unused.pop() ?? this.used++;
    this.nodes[slot] = node;
    if (slot >= this.marks.length) this.grow();
    return slot;
  }

  give(slot: number): void {
    this.mark(slot, SOFT_TAINTS, false);
    this.nodes[slot] = undefined;
    this.changes.note(slot);
    this.unused.push(slot);
  }

  /** What was found of nodes for pods of this kind when they were looked at last. */
  remembered(kind: string): Remembered {
    let known = this.kinds.get(kind);
    if (known) this.kinds.delete(kind);
    else {
      known = new Remembered(this);
      const [oldest] = this.kinds.keys();
      if (this.kinds.size >= MOST_KINDS && oldest !== undefined) this.kinds.delete(oldest);
    }
    this.kinds.set(kind, known);
    known.refresh();
    return known;
  }

  mark(slot: number, mark: number, on: boolean): void {
    const before = this.marks[slot] as number;
    if (mark === SOFT_TAINTS && ((before & mark) !== 0) !== on) this.softTainted += on ? 1 : -1;
    const after = on ? before | mark : before & ~mark;
    if (after === before) return;
    this.marks[slot] = after;
    this.changes.note(slot);
  }

  private grow(): void {
    const size = this.marks.length * 2;
    const wider = (column: Float64Array) => {
      const copy = new Float64Array(size);
      copy.set(column);
      return copy;
    };
    this.freeMilliCPU = wider(this.freeMilliCPU);
    this.freeMemory = wider(this.freeMemory);
    this.freeStorage = wider(this.freeStorage);
    this.freePods = wider(this.freePods);
    this.milliCPU = wider(this.milliCPU);
    this.memory = wider(this.memory);
    this.storage = wider(this.storage);
    this.assumedMilliCPU = wider(this.assumedMilliCPU);
    this.assumedMemory = wider(this.assumedMemory);
    const marks = new Uint8Array(size);
    marks.set(this.marks);
    this.marks = marks;
  }
}
