/** A line, cut into columns: the least and the most of it in each. */
import type { TimelineSeries } from '../../apimachinery/timeline';
import type { Span } from './amounts';

export interface Column {
  least: number;
  most: number;
}

/** Undefined where there is nothing yet, or nothing any more. */
export function columnsOf(points: TimelineSeries['points'], { from, to }: Span, count: number): (Column | undefined)[] {
  const columns: (Column | undefined)[] = [];
  let next = 0;
  let value: number | null = null;
  for (let i = 0; i < count; i++) {
    const end = from + ((to - from) * (i + 1)) / count;
    // What it was when the column began counts, so that steps are joined.
    let column = value === null ? undefined : { least: value, most: value };
    for (; next < points.length; next++) {
      const [at, now] = points[next] as TimelineSeries['points'][number];
      if (at > end || (at === end && i < count - 1)) break;
      value = now;
      if (now !== null)
        column = column
          ? { least: Math.min(column.least, now), most: Math.max(column.most, now) }
          : { least: now, most: now };
    }
    columns.push(column);
  }
  return columns;
}
