/** Lists of the indexes of an indexed job: `0,2-4` (pkg/apis/batch/validation validateIndexesFormat). */

export interface Indexes {
  /** Both ends belong to it. In rising order. */
  intervals: (readonly [number, number])[];
  total: number;
}

/** The indexes, or what is wrong with the text. */
export function parseIndexes(text: string, completions: number): Indexes | string {
  const intervals: (readonly [number, number])[] = [];
  let total = 0;
  if (text === '') return { intervals, total };
  let last: number | undefined;
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return interval;
    const [start, end] = interval;
    if (last !== undefined && last >= start) return `non-increasing order, previous: ${last}, current: ${start}`;
    total += end - start + 1;
    last = end;
    intervals.push(interval);
  }
  return { intervals, total };
}

function parseInterval(text: string, completions: number): readonly [number, number] | string {
  const limits = text.split('-');
  if (limits.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const values: number[] = [];
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
    values.push(Number(limit));
  }
  const [start = 0, end = start] = values;
  if (values.length > 1 && start >= end) return `non-increasing order, previous: ${start}, current: ${end}`;
  return [start, end];
}

/** The first index that both lists hold. */
export function overlapOf(a: Indexes, b: Indexes): number | undefined {
  for (const [start, end] of a.intervals)
    for (const [from, to] of b.intervals) if (start <= to && from <= end) return Math.max(start, from);
  return undefined;
}
