/** Lines with who wrote them in the margin; where that leaves no room, numbers stand there and a list says who they are. */
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import type { Streams } from '../command';
import { chalkFor } from '../own-table';
import { shorten } from '../wrap-text';
import type { BlamedLine } from './blamed-lines';

/** Lines are seldom longer; those that are need not be seen whole. */
const COMMON_LINE = 52;
const BAR = ' │ ';

export async function withMargin(lines: readonly BlamedLine[], streams: Streams): Promise<string> {
  const entries = [...new Set(lines.flatMap(({ owners }) => owners))];
  const paint = await painter(streams, entries);
  const names = columnsOf(entries);
  const width = Math.max(0, ...[...names.values()].map(({ length }) => length));
  const columns = streams.isTerminal ? (streams.columns ?? 80) : undefined;
  const longest = Math.min(COMMON_LINE, Math.max(0, ...lines.map(({ text }) => text.length)));
  if (columns === undefined || width + BAR.length + longest <= columns)
    return beside(lines, names, width, paint, columns);
  return numbered(lines, entries, names, paint, columns);
}

type Paint = (text: string, entry: ManagedFieldsEntry) => string;

/** Who, how and when, in columns of one width. */
function columnsOf(entries: readonly ManagedFieldsEntry[]): Map<ManagedFieldsEntry, string> {
  const cells = entries.map(({ manager, operation, subresource, time }) => [
    manager,
    subresource ? `${operation} of ${subresource}` : operation,
    time ?? '',
  ]);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...cells.map((row) => (row[i] as string).length)));
  return new Map(
    entries.map((entry, i) => [
      entry,
      (cells[i] as string[]).map((cell, at) => cell.padEnd(widths[at] as number)).join('  '),
    ]),
  );
}

function beside(
  lines: readonly BlamedLine[],
  names: ReadonlyMap<ManagedFieldsEntry, string>,
  width: number,
  paint: Paint,
  columns: number | undefined,
): string {
  return lines
    .map(({ text, owners }) => {
      const room = columns === undefined ? Number.MAX_SAFE_INTEGER : columns - width - BAR.length;
      const first = owners[0];
      const margin = first ? paint(names.get(first) as string, first) : ' '.repeat(width);
      const others = owners.slice(1).map((owner) => `${paint(names.get(owner) as string, owner)}${BAR.trimEnd()}\n`);
      return `${margin}${BAR}${shorten(text, room)}\n${others.join('')}`;
    })
    .join('');
}

function numbered(
  lines: readonly BlamedLine[],
  entries: readonly ManagedFieldsEntry[],
  names: ReadonlyMap<ManagedFieldsEntry, string>,
  paint: Paint,
  columns: number,
): string {
  const number = (entry: ManagedFieldsEntry) => String(entries.indexOf(entry) + 1);
  const legend = entries.map((entry) => shorten(`${number(entry)}  ${names.get(entry)}`.trimEnd(), columns));
  const marks = lines.map(({ owners }) => owners.map(number).join(','));
  const width = Math.max(0, ...marks.map(({ length }) => length));
  const body = lines.map(({ text, owners }, i) => {
    const mark = (marks[i] as string).padEnd(width);
    return `${owners[0] ? paint(mark, owners[0]) : mark}${BAR}${shorten(text, columns - width - BAR.length)}\n`;
  });
  return `${legend.map((text, i) => `${paint(text, entries[i] as ManagedFieldsEntry)}\n`).join('')}\n${body.join('')}`;
}

/** A colour for each, as long as there are some. */
async function painter({ colour }: Streams, entries: readonly ManagedFieldsEntry[]): Promise<Paint> {
  if (!colour) return (text) => text;
  const chalk = await chalkFor();
  const colours = [chalk.cyan, chalk.yellow, chalk.green, chalk.magenta, chalk.blue, chalk.red];
  return (text, entry) => (colours[entries.indexOf(entry) % colours.length] as (text: string) => string)(text);
}
