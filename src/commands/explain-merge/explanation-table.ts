/** An explanation as a table: as many columns as the terminal has room for, plain columns in a pipe. */
import type { Json } from '../../apimachinery/json';
import { stringifyJson } from '../../apimachinery/json-text';
import type { Streams } from '../command';
import { chalkFor, framedTable, plainColumns } from '../own-table';
import { shorten, wrapText } from '../wrap-text';
import { type FieldExplanation, sizeOf, type Verb } from './explanation';

/** A field and why it came to be as it is. */
export interface ExplainedRow {
  field: FieldExplanation;
  why: string;
}

type Cells = { name: string; values: string[]; verb: Verb; why: string };

const VALUE_HEADS = ['LAST-APPLIED', 'LIVE', 'FILE', 'RESULT'];
/** A value is not shown longer than this; -o json has it whole. */
const LONGEST_VALUE = 60;
/** Columns that a verb needs. */
const VERB_WIDTH = 9;

export async function explanationTable(streams: Streams, rows: readonly ExplainedRow[]): Promise<string> {
  const cells = rows.map(({ field, why }) => ({
    name: field.text,
    values: [field.lastApplied, field.live, field.file, field.result].map((value) => valueText(field, value)),
    verb: field.verb,
    why,
  }));
  if (!streams.isTerminal) {
    const head = ['FIELD', ...VALUE_HEADS, 'VERB', 'WHY'];
    return plainColumns([head, ...cells.map(({ name, values, verb, why }) => [name, ...values, verb, why])]);
  }
  const columns = streams.columns ?? 80;
  const layout = wide(cells, columns) ?? medium(cells, columns) ?? narrow(cells, columns);
  const paint = await painter(streams);
  return framedTable(
    streams,
    layout.head,
    layout.rows.map((row, i) => row.map((cell) => paint(cell, (cells[i] as Cells).verb))),
  );
}

interface Layout {
  head: string[];
  rows: string[][];
}

/** What the frame and the padding of so many columns take. */
const frame = (columns: number) => columns * 3 + 1;

const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));

/** Widths of the four columns of values: what they need, but not too much. */
function valueWidths(cells: readonly Cells[], most: number): number[] {
  return VALUE_HEADS.map((head, i) =>
    Math.min(
      Math.max(head.length, widest(cells.map(({ values }) => values[i] as string))),
      Math.max(most, head.length),
    ),
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const fitted = (text: string, width: number) => wrapText(text, width).join('\n');

/** A column for everything; undefined where there is no room. */
function wide(cells: readonly Cells[], columns: number): Layout | undefined {
  const widths = valueWidths(cells, 24);
  const room = columns - frame(7) - VERB_WIDTH - sum(widths);
  const names = Math.min(widest(cells.map(({ name }) => name)), Math.max(40, Math.floor(room / 2)));
  if (room - names < 40) return undefined;
  return {
    head: ['FIELD', ...VALUE_HEADS, 'VERB', 'WHY'],
    rows: cells.map(({ name, values, verb, why }) => [
      fitted(name, names),
      ...values.map((value, i) => fitted(value, widths[i] as number)),
      verb,
      fitted(why, room - names),
    ]),
  };
}

/** What became of a field and why stands below its name. */
function medium(cells: readonly Cells[], columns: number): Layout | undefined {
  const widths = valueWidths(cells, 16);
  const room = columns - frame(5) - sum(widths);
  if (room < 36) return undefined;
  return {
    head: ['FIELD', ...VALUE_HEADS],
    rows: cells.map(({ name, values, verb, why }) => [
      fitted(`${name}\n${told(verb, why)}`, room),
      ...values.map((value, i) => fitted(value, widths[i] as number)),
    ]),
  };
}

/** Everything of a field below its name. */
function narrow(cells: readonly Cells[], columns: number): Layout {
  const room = columns - frame(1);
  return {
    head: ['FIELD'],
    rows: cells.map(({ name, values, verb, why }) => {
      const sides = VALUE_HEADS.map((head, i) => `${head.toLowerCase()} ${values[i]}`).join(', ');
      return [fitted(`${name}\n${sides}\n${told(verb, why)}`, room)];
    }),
  };
}

const told = (verb: Verb, why: string) => (why.startsWith(verb) ? why : `${verb}: ${why}`);

/** A value in one line; `-` where there is none. */
export function valueText(field: FieldExplanation, value: Json | undefined): string {
  if (value === undefined) return '-';
  if (field.rule === 'merged-by-key') {
    const size = sizeOf(value);
    return `${size} element${size === 1 ? '' : 's'}`;
  }
  if (typeof value === 'string') {
    if (field.rule === 'remembered' && !value.startsWith('*')) return `${new TextEncoder().encode(value).length} bytes`;
    return shorten(PLAIN.test(value) ? value : JSON.stringify(value), LONGEST_VALUE);
  }
  return shorten(stringifyJson(value), LONGEST_VALUE);
}

/** Texts that can be taken for nothing else. */
const PLAIN = /^(?!(?:-|true|false|null|[\d.+-]+)$)[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Paints the verb, the first time it stands in a cell. */
async function painter({ colour }: Streams): Promise<(cell: string, verb: Verb) => string> {
  if (!colour) return (cell) => cell;
  const chalk = await chalkFor();
  const colours: Record<Verb, (text: string) => string> = {
    added: chalk.green,
    changed: chalk.yellow,
    removed: chalk.red,
    kept: chalk.cyan,
    unchanged: chalk.dim,
  };
  return (cell, verb) => {
    const lines = cell.split('\n');
    const at = lines.findIndex((line) => line === verb || line.startsWith(`${verb}:`));
    if (at < 0) return cell;
    lines[at] = colours[verb](verb) + (lines[at] as string).slice(verb.length);
    return lines.join('\n');
  };
}
