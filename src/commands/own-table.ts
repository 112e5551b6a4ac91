/** Tables of what kubetick itself has to say: drawn by cli-table3 on a terminal, plain columns elsewhere. */
import type { Streams } from './command';

/** The text of a table; without a head only rows. */
export async function ownTable(
  { isTerminal, colour, columns }: Streams,
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): Promise<string> {
  if (!isTerminal) return plainColumns(head ? [head, ...rows] : rows);
  const { default: Table } = await import('cli-table3');
  const bold = colour ? (await import('chalk')).default.bold : (text: string) => text;
  const table = new Table({
    ...(head ? { head: head.map((text) => bold(text)) } : {}),
    style: { head: [], border: [], compact: true },
    chars: FRAME,
    ...(columns ? { wordWrap: false } : {}),
  });
  for (const row of rows) table.push([...row]);
  return `${table.toString()}\n`;
}

/** Light lines; none between rows. */
const FRAME = {
  mid: '',
  'left-mid': '',
  'mid-mid': '',
  'right-mid': '',
};

/** Three blanks between columns, none at the end of a line. */
export function plainColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] as number))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}
