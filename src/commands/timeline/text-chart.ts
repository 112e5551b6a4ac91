/** Charts of text: one below the other over one axis of time, with Braille dots or with letters. */
import { amountText, type Span, spanText, ticksOf } from './amounts';
import { columnsOf } from './columns';
import { boundsOf, type Panel, turnsText } from './panels';

export interface TextOptions {
  width: number;
  /** Rows of each chart. */
  height: number;
  braille: boolean;
  colour: boolean;
}

/** The letters of lines. */
const LETTERS = ['*', 'o', '+', 'x', '#', '@', '%', '&'];
const TARGET = '-';
/** What stands left of a chart. */
const MARGIN = 8;
const LEAST_WIDTH = 30;
/** Columns that a time below the axis needs. */
const TICK = 9;

type Paint = (text: string) => string;

interface Palette {
  lines: readonly Paint[];
  target: Paint;
  title: Paint;
}

const PLAIN: Palette = { lines: [(text) => text], target: (text) => text, title: (text) => text };

export async function timelineText(panels: readonly Panel[], span: Span, options: TextOptions): Promise<string> {
  const palette = options.colour ? await colours() : PLAIN;
  const columns = Math.max(LEAST_WIDTH, options.width) - MARGIN - 1;
  const lines = [spanText(span)];
  for (const panel of panels) lines.push('', ...panelText(panel, span, columns, options, palette));
  lines.push(...axisText(span, columns));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

async function colours(): Promise<Palette> {
  const { chalkFor } = await import('../own-table');
  const chalk = await chalkFor();
  const { cyan, yellow, magenta, green, blue, red } = chalk;
  return { lines: [cyan, yellow, magenta, green, blue, red], target: chalk.dim, title: chalk.bold };
}

function panelText(panel: Panel, span: Span, columns: number, options: TextOptions, palette: Palette): string[] {
  const { title, unit, target } = panel;
  const wanted = target === undefined ? '' : `, wanted ${amountText(target, unit)}`;
  const head = [
    palette.title(
      `${title}${unit === 'pods' || unit === 'nodes' || title.includes(unit) ? '' : ` (${unit})`}${wanted}`,
    ),
  ];
  const most = Math.max(target ?? 0, ...panel.lines.map(({ points }) => boundsOf(points)?.most ?? 0)) || 1;
  const key = panel.lines.map(({ name, points }, i) => {
    const paint = paintOf(palette, i);
    const bounds = boundsOf(points);
    if (!bounds) return '';
    const last = points.at(-1)?.[1] ?? undefined;
    const amounts = `${amountText(bounds.least, unit)} to ${amountText(bounds.most, unit)}`;
    const now = last === undefined ? 'gone' : `at the end ${amountText(last, unit)}`;
    return `  ${paint(options.braille ? '⠤⠤' : letterOf(i))} ${name}: ${amounts}, ${now}, ${turnsText(points)}`;
  });
  const rows = options.braille
    ? brailleRows(panel, span, columns, options.height, most, palette)
    : letterRows(panel, span, columns, options.height, most, palette);
  const labels = new Map([
    [0, amountText(most, unit)],
    [options.height - 1, '0'],
  ]);
  if (options.height > 4)
    labels.set(Math.floor((options.height - 1) / 2), amountText(levelOf(options.height, most), unit));
  return [...head, ...key, ...rows.map((row, i) => `${(labels.get(i) ?? '').padStart(MARGIN - 1)} |${row}`)];
}

/** What the row in the middle stands for. */
function levelOf(height: number, most: number): number {
  return most * (1 - Math.floor((height - 1) / 2) / (height - 1));
}

function letterOf(i: number): string {
  return LETTERS[i % LETTERS.length] as string;
}

function paintOf({ lines }: Palette, i: number): Paint {
  return lines[i % lines.length] as Paint;
}

/** Which rows of a grid a line passes in each column, from above. */
function passes(points: Panel['lines'][number]['points'], span: Span, columns: number, rows: number, most: number) {
  const rowOf = (value: number) => Math.round((1 - Math.max(0, value) / most) * (rows - 1));
  return columnsOf(points, span, columns).map(
    (column) => column && { first: rowOf(column.most), last: rowOf(column.least) },
  );
}

function letterRows(
  { lines, target }: Panel,
  span: Span,
  columns: number,
  height: number,
  most: number,
  palette: Palette,
): string[] {
  const cells = Array.from({ length: height }, () => new Array<string>(columns).fill(' '));
  const put = (row: number, column: number, text: string) => {
    (cells[row] as string[])[column] = text;
  };
  if (target !== undefined) {
    const row = Math.round((1 - target / most) * (height - 1));
    for (let column = 0; column < columns; column++) put(row, column, palette.target(TARGET));
  }
  // The first is the most important: it is drawn last.
  for (let i = lines.length - 1; i >= 0; i--) {
    const letter = paintOf(palette, i)(letterOf(i));
    const points = lines[i]?.points ?? [];
    passes(points, span, columns, height, most).forEach((pass, column) => {
      if (pass) for (let row = pass.first; row <= pass.last; row++) put(row, column, letter);
    });
  }
  return cells.map((row) => row.join(''));
}

/** The bits of the dots of a Braille cell, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

function brailleRows(
  { lines, target }: Panel,
  span: Span,
  columns: number,
  height: number,
  most: number,
  palette: Palette,
): string[] {
  const cells = Array.from({ length: height }, () => new Uint8Array(columns));
  const owners = Array.from({ length: height }, () => new Int8Array(columns).fill(-1));
  const dot = (row: number, column: number, owner: number) => {
    const [y, x] = [row >> 2, column >> 1];
    const bit = (DOTS[row & 3] as readonly [number, number])[(column & 1) as 0 | 1];
    (cells[y] as Uint8Array)[x] = ((cells[y] as Uint8Array)[x] as number) | bit;
    (owners[y] as Int8Array)[x] = owner;
  };
  if (target !== undefined) {
    const row = Math.round((1 - target / most) * (4 * height - 1));
    for (let column = 0; column < 2 * columns; column += 3) dot(row, column, -1);
  }
  for (let i = lines.length - 1; i >= 0; i--)
    passes(lines[i]?.points ?? [], span, 2 * columns, 4 * height, most).forEach((pass, column) => {
      if (pass) for (let row = pass.first; row <= pass.last; row++) dot(row, column, i);
    });
  return cells.map((row, y) =>
    [...row]
      .map((bits, x) => {
        if (bits === 0) return ' ';
        const owner = (owners[y] as Int8Array)[x] as number;
        const paint = owner < 0 ? palette.target : paintOf(palette, owner);
        return paint(String.fromCharCode(0x2800 + bits));
      })
      .join(''),
  );
}

function axisText(span: Span, columns: number): string[] {
  const rule = new Array<string>(columns).fill('-');
  const below = new Array<string>(columns + TICK).fill(' ');
  for (const { at, text } of ticksOf(span, Math.max(2, Math.floor(columns / TICK)))) {
    const column = Math.min(columns - 1, Math.floor(((at - span.from) / (span.to - span.from)) * columns));
    rule[column] = '+';
    const begin = Math.min(Math.max(0, column - Math.floor(text.length / 2)), columns - text.length);
    for (const [i, letter] of [...text].entries()) below[begin + i] = letter;
  }
  const margin = ' '.repeat(MARGIN);
  return [`${margin}+${rule.join('')}`, `${margin} ${below.join('')}`];
}
