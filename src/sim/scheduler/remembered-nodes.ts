/** What was found of nodes, as long as they stay as they are: of those that change it is forgotten, one by one. */
import type { NodeColumns } from './node-columns';

/** So many changes are noted; who has not read them by then forgets everything. */
const MOST = 4096;

/** Which nodes changed, one after the other. */
export class ChangeLog {
  readonly slots = new Int32Array(MOST);
  length = 0;
  /** How often it was begun anew. */
  volume = 0;

  /** The node at this place is not what it was, or is there no longer. */
  note(slot: number): void {
    if (this.length === MOST) {
      this.length = 0;
      this.volume++;
    }
    this.slots[this.length++] = slot;
  }
}

/** A number for each node, by its slot; NaN where it is to be found again. */
export class Remembered {
  values = new Float64Array(0);
  private volume = -1;
  private read = 0;

  constructor(private readonly columns: NodeColumns) {}

  /** Forgets what has changed since it was called last. Values are good until the nodes change again. */
  refresh(): void {
    const { changes, marks } = this.columns;
    const size = marks.length;
    if (this.values.length !== size) this.values = new Float64Array(size).fill(Number.NaN);
    else if (this.volume !== changes.volume) this.values.fill(Number.NaN);
    else for (let i = this.read; i < changes.length; i++) this.values[changes.slots[i] as number] = Number.NaN;
    this.volume = changes.volume;
    this.read = changes.length;
  }
}
