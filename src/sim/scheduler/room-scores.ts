/** The scores that depend on the room on a node alone: the sum of them is worked out again only where there is more room or less. */
import type { NodeRow } from './node-row';
import type { Remembered } from './remembered-nodes';
import type { PreparedScorer } from './scoring';

export class RoomScores {
  /** Whose scores were asked for last: pods that are alike come in rows. */
  private scorers: readonly PreparedScorer[] = [];
  private found: Remembered | undefined;

  /** Writes for each node what these scorers give it together. */
  fill(scorers: readonly PreparedScorer[], { slots, columns }: NodeRow, totals: Float64Array): void {
    const { values } = this.rememberedFor(scorers, columns);
    for (let i = 0; i < totals.length; i++) {
      const slot = slots[i] as number;
      let sum = values[slot] as number;
      if (Number.isNaN(sum)) {
        sum = 0;
        for (const { weight, scorer } of scorers) sum += weight * (scorer.scoreAt?.(slot, columns) ?? 0);
        values[slot] = sum;
      }
      totals[i] = sum;
    }
  }

  private rememberedFor(scorers: readonly PreparedScorer[], columns: NodeRow['columns']): Remembered {
    if (this.found && areSame(scorers, this.scorers)) {
      this.found.refresh();
      return this.found;
    }
    this.scorers = scorers;
    this.found = columns.remembered(
      scorers.map(({ plugin, weight, scorer }) => `${plugin} ${weight} ${scorer.kind}`).join(),
    );
    return this.found;
  }
}

function areSame(some: readonly PreparedScorer[], others: readonly PreparedScorer[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) {
    const [one, other] = [some[i] as PreparedScorer, others[i] as PreparedScorer];
    if (one.scorer !== other.scorer || one.weight !== other.weight) return false;
  }
  return true;
}
