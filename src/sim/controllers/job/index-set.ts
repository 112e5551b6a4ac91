/** Sets of completion indexes, written `0,2-4` (kubernetes `pkg/controller/job/indexed_job_utils.go`, orderedIntervals). */

/** Both ends belong to it. */
type Interval = [first: number, last: number];

export class IndexSet {
  static readonly NONE = new IndexSet([]);

  /** @param intervals in rising order, with gaps between them */
  private constructor(private readonly intervals: readonly Interval[]) {}

  /** What the text names below `completions`; what can't be read is passed over (parseIndexesFromString). */
  static parse(text: string, completions: number): IndexSet {
    const intervals: Interval[] = [];
    for (const part of text === '' ? [] : text.split(',')) {
      const [first = Number.NaN, last = first] = part.split('-').map(toIndex);
      if (Number.isNaN(first) || Number.isNaN(last)) continue;
      if (first >= completions) break;
      push(intervals, [first, Math.min(last, completions - 1)]);
    }
    return new IndexSet(intervals);
  }

  static of(indexes: Iterable<number>): IndexSet {
    const intervals: Interval[] = [];
    for (const index of [...indexes].sort((a, b) => a - b)) push(intervals, [index, index]);
    return new IndexSet(intervals);
  }

  /** Those of both. */
  merge(other: IndexSet): IndexSet {
    if (other.intervals.length === 0) return this;
    const merged: Interval[] = [];
    const all = [...this.intervals, ...other.intervals].sort((a, b) => a[0] - b[0]);
    for (const interval of all) push(merged, interval);
    return new IndexSet(merged);
  }

  get total(): number {
    let total = 0;
    for (const [first, last] of this.intervals) total += last - first + 1;
    return total;
  }

  has(index: number): boolean {
    let [low, high] = [0, this.intervals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.intervals[middle] as Interval)[1] >= index) high = middle;
      else low = middle + 1;
    }
    const interval = this.intervals[low];
    return interval !== undefined && interval[0] <= index;
  }

  /** How many indexes both have. */
  overlap(other: IndexSet): number {
    let shared = 0;
    for (let [i, j] = [0, 0]; i < this.intervals.length && j < other.intervals.length; ) {
      const a = this.intervals[i] as Interval;
      const b = other.intervals[j] as Interval;
      shared += Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0]) + 1);
      if (a[1] < b[1]) i++;
      else j++;
    }
    return shared;
  }

  /** The first `count` indexes below `completions` that are not in it. */
  firstMissing(count: number, completions: number): number[] {
    const missing: number[] = [];
    let candidate = 0;
    for (const [first, last] of this.intervals) {
      for (; candidate < Math.min(first, completions) && missing.length < count; candidate++) missing.push(candidate);
      candidate = Math.max(candidate, last + 1);
    }
    for (; candidate < completions && missing.length < count; candidate++) missing.push(candidate);
    return missing;
  }

  /** Two neighbours are written with a comma: `3,4`. */
  toString(): string {
    return this.intervals
      .map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
      .join(',');
  }
}

/** Appends an interval, as part of the last where it touches that. */
function push(intervals: Interval[], [first, last]: Interval): void {
  const before = intervals.at(-1);
  if (!before || first > before[1] + 1) intervals.push([first, last]);
  else if (before[1] < last) before[1] = last;
}

function toIndex(text: string): number {
  return /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
