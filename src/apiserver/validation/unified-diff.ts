/**
 * The unified diff of two lists of lines, three lines of context, without file names: the longest runs in common first, lines
 * that are everywhere left out of the search, as pmezard/go-difflib (and Python's difflib before it) does.
 */

/** A run of `size` equal lines, at `a` in the one list and at `b` in the other. */
interface Match {
  a: number;
  b: number;
  size: number;
}
interface Change {
  equal: boolean;
  a: [from: number, to: number];
  b: [from: number, to: number];
}

const CONTEXT = 3;

/** Ends with a line end; empty where nothing differs. */
export function unifiedDiff(a: readonly string[], b: readonly string[]): string {
  let text = '';
  for (const group of groupChanges(changesBetween(a, b))) {
    const first = group[0] as Change;
    const last = group[group.length - 1] as Change;
    text += `@@ -${formatRange(first.a[0], last.a[1])} +${formatRange(first.b[0], last.b[1])} @@\n`;
    for (const { equal, a: inA, b: inB } of group) {
      if (equal) for (const line of a.slice(...inA)) text += ` ${line}\n`;
      else {
        for (const line of a.slice(...inA)) text += `-${line}\n`;
        for (const line of b.slice(...inB)) text += `+${line}\n`;
      }
    }
  }
  return text;
}

function formatRange(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return `${length === 0 ? from : from + 1},${length}`;
}

function changesBetween(a: readonly string[], b: readonly string[]): Change[] {
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  for (const match of [...matchingRuns(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < match.a || j < match.b) changes.push({ equal: false, a: [i, match.a], b: [j, match.b] });
    i = match.a + match.size;
    j = match.b + match.size;
    if (match.size > 0) changes.push({ equal: true, a: [match.a, i], b: [match.b, j] });
  }
  return changes;
}

/** Splits where more than twice the context is equal, and trims what is equal at both ends. */
function groupChanges(changes: Change[]): Change[][] {
  const first = changes[0];
  if (first?.equal) first.a[0] = Math.max(first.a[0], first.a[1] - CONTEXT);
  if (first?.equal) first.b[0] = Math.max(first.b[0], first.b[1] - CONTEXT);
  const last = changes[changes.length - 1];
  if (last?.equal) last.a[1] = Math.min(last.a[1], last.a[0] + CONTEXT);
  if (last?.equal) last.b[1] = Math.min(last.b[1], last.b[0] + CONTEXT);
  const groups: Change[][] = [];
  let group: Change[] = [];
  for (const change of changes) {
    const { equal, a, b } = change;
    if (equal && a[1] - a[0] > 2 * CONTEXT) {
      group.push({ equal, a: [a[0], a[0] + CONTEXT], b: [b[0], b[0] + CONTEXT] });
      groups.push(group);
      group = [{ equal, a: [a[1] - CONTEXT, a[1]], b: [b[1] - CONTEXT, b[1]] }];
    } else group.push(change);
  }
  if (group.length > 0) groups.push(group);
  return groups.filter((one) => one.some((change) => !change.equal));
}

function matchingRuns(a: readonly string[], b: readonly string[]): Match[] {
  const positions = positionsOf(b);
  const matches: Match[] = [];
  const search = (aFrom: number, aTo: number, bFrom: number, bTo: number): void => {
    const match = longestMatch(a, b, positions, aFrom, aTo, bFrom, bTo);
    if (match.size === 0) return;
    if (aFrom < match.a && bFrom < match.b) search(aFrom, match.a, bFrom, match.b);
    matches.push(match);
    if (match.a + match.size < aTo && match.b + match.size < bTo)
      search(match.a + match.size, aTo, match.b + match.size, bTo);
  };
  search(0, a.length, 0, b.length);
  const joined: Match[] = [];
  for (const match of matches) {
    const before = joined[joined.length - 1];
    if (before && before.a + before.size === match.a && before.b + before.size === match.b) before.size += match.size;
    else joined.push({ ...match });
  }
  return joined;
}

/** Where each line is, but for those of long lists that are in more than a hundredth of the places. */
function positionsOf(lines: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  lines.forEach((line, i) => {
    const known = positions.get(line);
    if (known) known.push(i);
    else positions.set(line, [i]);
  });
  if (lines.length >= 200) {
    const popular = Math.floor(lines.length / 100) + 1;
    for (const [line, where] of positions) if (where.length > popular) positions.delete(line);
  }
  return positions;
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  positions: ReadonlyMap<string, readonly number[]>,
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
): Match {
  const best: Match = { a: aFrom, b: bFrom, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aFrom; i < aTo; i++) {
    const next = new Map<number, number>();
    for (const j of positions.get(a[i] as string) ?? []) {
      if (j < bFrom) continue;
      if (j >= bTo) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) Object.assign(best, { a: i - size + 1, b: j - size + 1, size });
    }
    lengths = next;
  }
  // Lines that were left out of the search belong to a run that they touch.
  while (best.a > aFrom && best.b > bFrom && a[best.a - 1] === b[best.b - 1]) {
    best.a--;
    best.b--;
    best.size++;
  }
  while (best.a + best.size < aTo && best.b + best.size < bTo && a[best.a + best.size] === b[best.b + best.size])
    best.size++;
  return best;
}
