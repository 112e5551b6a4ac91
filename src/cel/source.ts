/** The text of an expression, and how what is wrong with it is shown (cel-go `common/source.go`, `common/error.go`). */

export interface Issue {
  readonly message: string;
  /** Where, in code points; undefined for nowhere. */
  readonly offset: number | undefined;
}

const LONGEST_SNIPPET = 16384;
const MOST_SHOWN = 100;

export class Source {
  readonly points: readonly string[];
  private lines: readonly number[] | undefined;

  constructor(readonly text: string) {
    this.points = Array.from(text);
  }

  /** The issues in the order of their places, each with the line and a mark below it (Errors.ToDisplayString). */
  display(issues: readonly Issue[]): string {
    const sorted = issues.slice(0, MOST_SHOWN).sort((a, b) => (a.offset ?? -1) - (b.offset ?? -1));
    const texts = sorted.map((issue) => this.displayOne(issue));
    if (issues.length > MOST_SHOWN) texts.push(`${issues.length - MOST_SHOWN} more errors were truncated`);
    return texts.join('\n');
  }

  private displayOne({ message, offset }: Issue): string {
    if (offset === undefined) return `ERROR: <input>:-1:0: ${message}`;
    const { line, column, start } = this.position(offset);
    const end = this.points.indexOf('\n', start);
    const snippet = this.points.slice(start, end < 0 ? undefined : end).map((point) => (point === '\t' ? ' ' : point));
    const shown = `ERROR: <input>:${line}:${column + 1}: ${message}`;
    if (snippet.length > LONGEST_SNIPPET) return shown;
    const dots = snippet.slice(0, column).map((point) => (isWide(point) ? '．' : '.'));
    return `${shown}\n | ${snippet.join('')}\n | ${dots.join('')}${isWide(snippet[column] ?? '') ? '＾' : '^'}`;
  }

  private position(offset: number): { line: number; column: number; start: number } {
    this.lines ??= [0, ...this.points.flatMap((point, i) => (point === '\n' ? [i + 1] : []))];
    let line = this.lines.length;
    while (line > 1 && (this.lines[line - 1] as number) > offset) line--;
    const start = this.lines[line - 1] as number;
    return { line, column: offset - start, start };
  }
}

function isWide(point: string): boolean {
  return (point.codePointAt(0) ?? 0) >= 0x80;
}
