/**
 * Where the nodes that fit a pod are gathered and scored. The next pod's are written over these: to make arrays for each pod
 * costs more than all that is written there.
 */
import type { NodeColumns } from './node-columns';
import { NodeRow } from './node-row';
import { RoomScores } from './room-scores';

export class ScoreSheet {
  readonly row: NodeRow;
  readonly byRoom = new RoomScores();
  /** Of each node of the row the sum of its scores, and what one plugin says of it. */
  totals = new Float64Array(0);
  scores = new Float64Array(0);
  private room = { totals: new Float64Array(0), scores: new Float64Array(0) };

  constructor(columns: NodeColumns) {
    this.row = new NodeRow(columns);
  }

  /** Room for the scores of so many nodes. */
  rule(rows: number): void {
    if (rows === this.totals.length) return;
    if (rows > this.room.totals.length) {
      const size = Math.max(rows, this.room.totals.length * 2);
      this.room = { totals: new Float64Array(size), scores: new Float64Array(size) };
    }
    this.totals = this.room.totals.subarray(0, rows);
    this.scores = this.room.scores.subarray(0, rows);
  }
}
