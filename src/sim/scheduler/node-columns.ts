/**
 * What is asked of every node for every pod, side by side in memory: thousands of nodes are looked at in the time that a few
 * would take to be fetched one by one. A node writes here what it holds itself; nothing is here alone.
 */
const FIRST_SIZE = 64;

/** A node is cordoned, has taints that keep pods away or put them off, or has been promised to pods that wait. */
export const UNSCHEDULABLE = 1;
export const HARD_TAINTS = 2;
export const SOFT_TAINTS = 4;
export const NOMINATED = 8;

export class NodeColumns {
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
  private readonly unused: number[] = [];
  private used = 0;

  /** A place for a node. */
  take(): number {
    const slot = this.unused.pop() ?? this.used++;
    if (slot >= this.marks.length) this.grow();
    return slot;
  }

  give(slot: number): void {
    this.unused.push(slot);
  }

  mark(slot: number, mark: number, on: boolean): void {
    const before = this.marks[slot] as number;
    this.marks[slot] = on ? before | mark : before & ~mark;
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
