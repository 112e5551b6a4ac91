/**
 * Columns from text with tabs, as Go's text/tabwriter (and kubectl's fork of it, liggitt/tabwriter) lays them out: a cell
 * ends at a tab, a column is as wide as its widest cell in neighbouring lines, and the last cell of a line belongs to none.
 */

export interface TabWriterOptions {
  /** Least width of a column, padding included. */
  minWidth: number;
  /** Width of a tab, where padding is done with tabs. */
  tabWidth: number;
  /** Spaces between the widest cell and the next column. */
  padding: number;
  /** ` ` or a tab. */
  padChar?: string;
  alignRight?: boolean;
  /** Columns of nothing but `\v`-terminated empty cells vanish. */
  discardEmptyColumns?: boolean;
  /** Leading empty cells are padded with tabs. */
  tabIndent?: boolean;
  /** `|` between columns. */
  debug?: boolean;
  /** A column never gets narrower than it was before a flush (liggitt/tabwriter's RememberWidths). */
  rememberWidths?: boolean;
}

/** \t \n \v \f */
const END = /[\t-\f]/g;

interface Cell {
  text: string;
  width: number;
  tab: boolean;
}

/** What `get` and its kin print with (cli-runtime printers.GetNewTabWriter). */
export function newGetTabWriter(): TabWriter {
  return new TabWriter({ minWidth: 6, tabWidth: 4, padding: 3, rememberWidths: true });
}

export class TabWriter {
  private readonly padChar: string;
  private readonly alignRight: boolean;
  private lines: Cell[][] = [[]];
  /** Rows as wide as each other, while nothing else was written: these are laid out without cells of their own. */
  private rows: (readonly string[])[] = [];
  private partial = '';
  private widths: number[] = [];
  private maxWidths: number[] = [];
  private output: string[] = [];

  constructor(private readonly options: TabWriterOptions) {
    this.padChar = options.padChar ?? ' ';
    this.alignRight = options.alignRight === true && this.padChar !== '\t';
  }

  /** As write() of a line of these cells, none of which has a tab or an end of a line in it. */
  writeRow(cells: readonly string[]): void {
    if (this.takesRow(cells.length)) this.rows.push(cells);
    else this.write(lineOf(cells));
  }

  private takesRow(length: number): boolean {
    if (this.rows.length > 0) return (this.rows[0] as readonly string[]).length === length;
    const { tabIndent, debug } = this.options;
    const isPlain = this.padChar === ' ' && !this.alignRight && !tabIndent && !debug;
    return isPlain && length > 1 && this.partial === '' && this.lines.length === 1 && this.lines[0]?.length === 0;
  }

  /** Takes text in; what can be laid out already is kept for the next flush(). */
  write(text: string): void {
    if (this.rows.length > 0) {
      const { rows } = this;
      this.rows = [];
      for (const cells of rows) this.write(lineOf(cells));
    }
    let start = 0;
    // Searching for what ends a cell is done by the engine itself: a large table is printed before loops like these are compiled.
    for (END.lastIndex = 0; ; ) {
      if (!END.test(text)) break;
      const end = END.lastIndex - 1;
      const c = text.charCodeAt(end);
      this.partial += text.slice(start, end);
      start = end + 1;
      const cells = this.endCell(c === 9);
      if (c !== 10 && c !== 12) continue;
      this.lines.push([]);
      // A line of one cell takes no part in any column, so what came before is settled.
      if (c === 12 || cells === 1) {
        this.layOut();
        if (c === 12 && this.options.debug) this.output.push('---\n');
      }
    }
    this.partial += text.slice(start);
  }

  /** Lays out what is left and returns everything since the last flush(). */
  flush(): string {
    this.layOut();
    const text = this.output.join('');
    this.output = [];
    return text;
  }

  /** Forgets the widths of earlier columns: a new table begins (SetRememberedWidths(nil)). */
  forgetWidths(): void {
    this.maxWidths = [];
  }

  private endCell(tab: boolean): number {
    const line = this.lines[this.lines.length - 1] as Cell[];
    line.push({ text: this.partial, width: runes(this.partial), tab });
    this.partial = '';
    return line.length;
  }

  private layOut(): void {
    if (this.partial !== '') this.endCell(false);
    if (this.rows.length > 0) this.layOutRows();
    else this.format(0, this.lines.length);
    this.rows = [];
    this.lines = [[]];
    this.widths = [];
  }

  private layOutRows(): void {
    const { rows, widths } = this;
    const { minWidth, padding } = this.options;
    const last = (rows[0] as readonly string[]).length - 1;
    // Measuring code points takes longer, and names are ASCII nearly always.
    const isWide = rows.some((cells) => SURROGATE.test(cells.join('')));
    const widthOf = isWide ? runes : (text: string) => text.length;
    for (let column = 0; column < last; column++) {
      let width = minWidth;
      for (const cells of rows) width = Math.max(width, widthOf(cells[column] as string) + padding);
      widths.push(this.options.rememberWidths ? this.remember(width) : width);
    }
    for (const cells of rows) {
      let text = '';
      for (let column = 0; column < last; column++) {
        const cell = cells[column] as string;
        text += cell.padEnd((widths[column] as number) + cell.length - widthOf(cell));
      }
      this.output.push(`${text}${cells[last]}\n`);
    }
  }

  private format(from: number, to: number): void {
    const column = this.widths.length;
    let line = from;
    for (let at = from; at < to; at++) {
      if (column >= (this.lines[at] as Cell[]).length - 1) continue;
      // This line has a cell in the column: print what stands above, then measure down to the end of the block.
      this.print(line, at);
      line = at;
      let width = this.options.minWidth;
      let discardable = true;
      for (; at < to; at++) {
        const cells = this.lines[at] as Cell[];
        if (column >= cells.length - 1) break;
        const cell = cells[column] as Cell;
        width = Math.max(width, cell.width + this.options.padding);
        if (cell.width > 0 || cell.tab) discardable = false;
      }
      if (discardable && this.options.discardEmptyColumns) width = 0;
      if (this.options.rememberWidths) width = this.remember(width);
      this.widths.push(width);
      this.format(line, at);
      this.widths.pop();
      line = at;
      // Go's loop goes on at the line after the one that ended the block; the for statement above does the same.
    }
    this.print(line, to);
  }

  private remember(width: number): number {
    const column = this.widths.length;
    for (let i = this.maxWidths.length; i < column; i++) this.maxWidths.push(this.widths[i] as number);
    this.maxWidths[column] = Math.max(this.maxWidths[column] ?? 0, width);
    return this.maxWidths[column];
  }

  private print(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const line = this.lines[i] as Cell[];
      let useTabs = this.options.tabIndent === true;
      let text = '';
      for (let column = 0; column < line.length; column++) {
        const cell = line[column] as Cell;
        if (column > 0 && this.options.debug) text += '|';
        const width = this.widths[column];
        if (cell.text === '') {
          if (width !== undefined) text += this.pad(cell.width, width, useTabs);
          continue;
        }
        useTabs = false;
        if (!this.alignRight) text += cell.text;
        if (width !== undefined) text += this.pad(cell.width, width, false);
        if (this.alignRight) text += cell.text;
      }
      if (i + 1 < this.lines.length) text += '\n';
      this.output.push(text);
    }
  }

  private pad(textWidth: number, cellWidth: number, useTabs: boolean): string {
    const { tabWidth } = this.options;
    if (this.padChar === '\t' || useTabs) {
      if (tabWidth === 0) return '';
      const width = Math.ceil(cellWidth / tabWidth) * tabWidth;
      return '\t'.repeat(Math.ceil((width - textWidth) / tabWidth));
    }
    return this.padChar.repeat(Math.max(0, cellWidth - textWidth));
  }
}

function lineOf(cells: readonly string[]): string {
  return `${cells.join('\t')}\n`;
}

/** Code points, which is how tabwriter measures. */
function runes(text: string): number {
  let count = text.length;
  if (SURROGATE.test(text)) for (let i = 1; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}

const SURROGATE = /[\udc00-\udfff]/;
