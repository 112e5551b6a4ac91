/**
 * Load as text: `200m`, `sine(200m, 1800m, 30m)`, `steps(0s: 100m, 10m: 500m) + noise(20m)`. A curve is a function of the time
 * since it was declared, and of nothing else but what noise is drawn for it.
 *
 *     curve    = term { ("+" | "-") term }
 *     term     = factor { "*" number }
 *     factor   = quantity | function | "(" curve ")"
 *     function = "sine(" low "," high "," period ["," offset] ")"      low at 0 and after each period, high between
 *              | "ramp(" from "," to "," duration ["," start] ")"      and there it stays
 *              | "steps(" time ":" quantity {"," time ":" quantity} ["," "every" duration] ")"
 *              | "noise(" amplitude ["," duration] ")"                  drawn anew from -amplitude to amplitude every 15s
 *              | "csv(" file ["," "every" duration] ")"
 *              | ("min" | "max") "(" curve {"," curve} ")"
 */
import { parseDuration } from './duration';
import { parseQuantity } from './quantity';
import { parseTime } from './time';

/** From -1 to 1: what is drawn for the n-th noise of a curve in its k-th stretch of time. */
export type Noise = (n: number, k: number) => number;
export const SILENCE: Noise = () => 0;

export interface Curve {
  /** What it is, so many milliseconds after it was declared. */
  at(elapsed: number, noise: Noise): number;
  readonly hasNoise: boolean;
  /** The CSV files that it names. */
  readonly files: readonly string[];
}

type Value = (elapsed: number, noise: Noise) => number;

const NOISE_STRETCH = 15_000;

/**
 * Reads a curve. `fileOf` gives the text of a CSV file.
 * @throws Error that says what is wrong, and where
 */
export function parseCurve(text: string, fileOf: (name: string) => string): Curve {
  const parser = new Parser(text, fileOf);
  const value = parser.whole();
  return { at: value, hasNoise: parser.noises > 0, files: parser.files };
}

class Parser {
  noises = 0;
  readonly files: string[] = [];
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly fileOf: (name: string) => string,
  ) {}

  whole(): Value {
    const value = this.curve();
    if (this.peek() !== '') throw this.unexpected('an operator or the end');
    return value;
  }

  private curve(): Value {
    const negative = this.take('-');
    let sum = this.term();
    if (negative) {
      const first = sum;
      sum = (t, noise) => -first(t, noise);
    }
    for (;;) {
      const sign = this.take('+') ? 1 : this.take('-') ? -1 : 0;
      if (sign === 0) return sum;
      const [left, right] = [sum, this.term()];
      sum = (t, noise) => left(t, noise) + sign * right(t, noise);
    }
  }

  private term(): Value {
    let value = this.factor();
    while (this.take('*')) {
      const [inner, factor] = [value, this.number()];
      value = (t, noise) => inner(t, noise) * factor;
    }
    return value;
  }

  private factor(): Value {
    if (this.take('(')) {
      const value = this.curve();
      this.expect(')');
      return value;
    }
    const word = this.match(/[a-z]+(?=\s*\()/y);
    if (word === undefined) {
      const value = this.quantity();
      return () => value;
    }
    this.expect('(');
    const read = Object.hasOwn(FUNCTIONS, word) ? FUNCTIONS[word as keyof typeof FUNCTIONS] : undefined;
    if (!read) throw new Error(`unknown function ${JSON.stringify(word)}: one of ${Object.keys(FUNCTIONS).join(', ')}`);
    const value = this[read]();
    this.expect(')');
    return value;
  }

  private sine(): Value {
    const [low, high] = this.two(() => this.quantity());
    this.expect(',');
    const period = this.positive('the period');
    const offset = this.take(',') ? this.duration() : 0;
    const [middle, swing] = [(low + high) / 2, (high - low) / 2];
    return (t) => middle - swing * Math.cos((2 * Math.PI * (t + offset)) / period);
  }

  private ramp(): Value {
    const [from, to] = this.two(() => this.quantity());
    this.expect(',');
    const over = this.positive('the duration');
    const start = this.take(',') ? this.duration() : 0;
    return (t) => from + (to - from) * Math.min(1, Math.max(0, (t - start) / over));
  }

  private steps(): Value {
    const points: Point[] = [];
    do {
      if (this.match(/every\b/y) !== undefined) return played(points, this.positive('every'));
      const at = this.duration();
      this.expect(':');
      const last = points.at(-1);
      if (last && at <= last.at) throw new Error(`steps must go on in time: ${at / 1000}s after ${last.at / 1000}s`);
      points.push({ at, value: this.quantity() });
    } while (this.take(','));
    return played(points);
  }

  private noise(): Value {
    const amplitude = this.quantity();
    const stretch = this.take(',') ? this.positive('the duration') : NOISE_STRETCH;
    const n = this.noises++;
    return (t, noise) => amplitude * noise(n, Math.floor(t / stretch));
  }

  private csv(): Value {
    const name = this.match(/[^\s,)]+/y);
    if (name === undefined) throw this.unexpected('the name of a file');
    if (!this.files.includes(name)) this.files.push(name);
    const points = readCsv(this.fileOf(name), name);
    if (!this.take(',')) return played(points);
    if (this.match(/every\b/y) === undefined) throw this.unexpected('every DURATION');
    return played(points, this.positive('every'));
  }

  private least(): Value {
    const all = this.several();
    return (t, noise) => Math.min(...all.map((one) => one(t, noise)));
  }

  private most(): Value {
    const all = this.several();
    return (t, noise) => Math.max(...all.map((one) => one(t, noise)));
  }

  private several(): Value[] {
    const all = [this.curve()];
    while (this.take(',')) all.push(this.curve());
    return all;
  }

  private two(read: () => number): [number, number] {
    const first = read();
    this.expect(',');
    return [first, read()];
  }

  private quantity(): number {
    const word = this.match(/[\d.][\w.]*/y);
    if (word === undefined) throw this.unexpected('a quantity such as 200m or 64Mi');
    try {
      return parseQuantity(word).toNumber();
    } catch {
      throw new Error(`${JSON.stringify(word)} is no quantity such as 200m or 64Mi`);
    }
  }

  private number(): number {
    const word = this.match(/[\d.]+/y);
    if (word === undefined || !Number.isFinite(Number(word))) throw this.unexpected('a number');
    return Number(word);
  }

  private duration(): number {
    const word = this.match(/[\d.][\w.]*/y);
    if (word === undefined) throw this.unexpected('a duration such as 30s or 10m');
    return parseDuration(word);
  }

  private positive(what: string): number {
    const duration = this.duration();
    if (duration <= 0) throw new Error(`${what} must be more than nothing`);
    return duration;
  }

  private peek(): string {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t' || this.text[this.at] === '\n') this.at++;
    return this.text[this.at] ?? '';
  }

  private take(letter: string): boolean {
    if (this.peek() !== letter) return false;
    this.at++;
    return true;
  }

  private expect(letter: string): void {
    if (!this.take(letter)) throw this.unexpected(JSON.stringify(letter));
  }

  private match(pattern: RegExp): string | undefined {
    this.peek();
    pattern.lastIndex = this.at;
    const [word] = pattern.exec(this.text) ?? [];
    if (word !== undefined) this.at += word.length;
    return word;
  }

  private unexpected(wanted: string): Error {
    const rest = this.text.slice(this.at);
    return new Error(`expected ${wanted} ${rest === '' ? 'at the end' : `at ${JSON.stringify(rest)}`}`);
  }
}

const FUNCTIONS = {
  sine: 'sine',
  ramp: 'ramp',
  steps: 'steps',
  noise: 'noise',
  csv: 'csv',
  min: 'least',
  max: 'most',
} as const;

interface Point {
  at: number;
  value: number;
}

/** Each value holds until the next; nothing comes before the first. With `every` all of it comes again and again. */
function played(points: readonly Point[], every?: number): Value {
  const first = points[0];
  if (!first) throw new Error('there must be at least one step');
  const last = points.at(-1) as Point;
  if (every !== undefined && every <= last.at) throw new Error('every must be longer than what is to be repeated');
  return (t) => {
    const within = every === undefined ? t : ((t % every) + every) % every;
    let [low, high] = [0, points.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle] as Point).at <= within) low = middle + 1;
      else high = middle;
    }
    if (low > 0) return (points[low - 1] as Point).value;
    return every !== undefined && t >= every ? last.value : 0;
  };
}

/**
 * `TIME,VALUE` a line; a head, blank lines and `# …` are passed over, and so are further columns. A time is a duration, a
 * number of seconds, or an instant (RFC 3339); instants are told from the first of them on.
 */
function readCsv(text: string, name: string): Point[] {
  const points: Point[] = [];
  let begin: number | undefined;
  let isFirst = true;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [time = '', amount = ''] = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const where = `${name}:${i + 1}`;
    const instant = parseTime(time);
    let at = instant ?? elapsedOf(time);
    if (at === undefined && isFirst) {
      isFirst = false;
      continue;
    }
    isFirst = false;
    if (at === undefined) throw new Error(`${where}: ${JSON.stringify(time)} is no time`);
    if (instant !== undefined) {
      begin ??= instant;
      at = instant - begin;
    }
    const last = points.at(-1);
    if (last && at <= last.at) throw new Error(`${where}: the times must go on`);
    try {
      points.push({ at, value: parseQuantity(amount).toNumber() });
    } catch {
      throw new Error(`${where}: ${JSON.stringify(amount)} is no quantity`);
    }
  }
  if (points.length === 0) throw new Error(`${name} has no line TIME,VALUE`);
  return points;
}

function elapsedOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
