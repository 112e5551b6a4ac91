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

/**
 * A table for a terminal whose cells may hold lines of their own, already broken to fit; a line between rows where any does.
 * The head is bold where colours are.
 */
export async function framedTable(
  { colour }: Streams,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const bold = colour ? (await chalkFor()).bold : (text: string) => text;
  const compact = rows.every((row) => row.every((cell) => !cell.includes('\n')));
  const table = new Table({
    head: head.map((text) => bold(text)),
    style: { head: [], border: [], compact },
    chars: compact ? FRAME : {},
  });
  for (const row of rows) table.push([...row]);
  return `${table.toString()}\n`;
}

/** Colours for a terminal that was found to take them. */
export async function chalkFor(): Promise<import('chalk').ChalkInstance> {
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
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
