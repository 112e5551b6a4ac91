/**
 * Writes YAML as kubectl does, through sigs.k8s.io/yaml and go-yaml v2: block style, keys in go-yaml's order, lists not
 * indented under their key, long lines folded at a space behind column 80 (encode.go, emitterc.go, sorter.go).
 */
import { formatShortest } from '../apimachinery/float-text';
import type { Json } from '../apimachinery/json';
import { isAmbiguous } from './resolve';

/** The YAML text of one value, ending in a newline. Members that are `undefined` are left out. */
export function toYaml(value: Json): string {
  const emitter = new Emitter();
  emitter.node(value, 'root');
  emitter.startLine(0);
  return emitter.text();
}

type Context = 'root' | 'sequence' | 'mapping';

/** What libyaml's emitter keeps while it writes: where it is on the line, and what stands there. */
class Emitter {
  private out = '';
  private column = 0;
  private indent = -1;
  /** The last thing written was white space. */
  private whitespace = true;
  /** Nothing but indentation and `-`, `?`, `:` stands on this line. */
  private indention = true;

  text(): string {
    return this.out;
  }

  node(value: Json, context: Context): void {
    if (typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) this.sequence(value, context);
      else this.mapping(value);
      return;
    }
    if (typeof value === 'string') this.string(value);
    else this.put(this.whitespace ? scalarText(value) : ` ${scalarText(value)}`);
    if (typeof value !== 'string') this.whitespace = this.indention = false;
  }

  /** Begins a line at this indentation, unless the cursor is already there (write_indent). */
  startLine(indent: number): void {
    if (!this.indention || this.column > indent || (this.column === indent && !this.whitespace)) {
      this.out += '\n';
      this.column = 0;
    }
    if (this.column < indent) this.put(' '.repeat(indent - this.column));
    this.whitespace = true;
    this.indention = true;
  }

  private sequence(items: Json[], context: Context): void {
    if (items.length === 0) {
      this.indicator('[]', false);
      return;
    }
    const outer = this.indent;
    if (outer < 0) this.indent = 0;
    else if (!(context === 'mapping' && !this.indention)) this.indent += 2;
    for (const item of items) {
      this.startLine(this.indent);
      this.indicator('-', true);
      this.node(item ?? null, 'sequence');
    }
    this.indent = outer;
  }

  private mapping(object: Exclude<Json, null | boolean | number | bigint | string | Json[]>): void {
    const keys = Object.keys(object).filter((key) => object[key] !== undefined);
    if (keys.length === 0) {
      this.indicator('{}', false);
      return;
    }
    if (keys.length > 1) keys.sort(compareKeys);
    const outer = this.indent;
    this.indent = outer < 0 ? 0 : outer + 2;
    for (const key of keys) {
      this.startLine(this.indent);
      if (isSimpleKey(key)) {
        const text = keyText(key);
        this.put(this.whitespace ? `${text}:` : ` ${text}:`);
        this.whitespace = this.indention = false;
      } else {
        this.indicator('?', true);
        this.string(key);
        this.startLine(this.indent);
        this.indicator(':', true);
      }
      this.node(object[key] as Json, 'mapping');
    }
    this.indent = outer;
  }

  private string(text: string): void {
    const style = scalarStyle(text);
    const outer = this.indent;
    this.indent = outer < 0 ? 2 : outer + 2;
    if (style === LITERAL) this.literal(text);
    else if (style === SINGLE && BREAK.test(text)) this.singleQuotedLines(text);
    else {
      const written = style === PLAIN ? text : style === SINGLE ? singleQuote(text) : doubleQuote(text);
      if (!this.whitespace) this.put(' ');
      if (this.column + written.length <= WIDTH || !text.includes(' ')) this.put(written);
      else this.folded(written, style);
      this.whitespace = this.indention = false;
    }
    this.indent = outer;
  }

  /** Breaks the line at a space that stands behind column 80; what quotes there are belong to the text here. */
  private folded(text: string, style: number): void {
    const first = style === PLAIN ? 0 : 1;
    const last = text.length - 1 - first;
    let start = 0;
    let spaces = false;
    for (let i = 0; i < text.length; i++) {
      if (text[i] !== ' ') {
        spaces = false;
        continue;
      }
      const inside = style === PLAIN || (i > first && i < last);
      if (!spaces && inside && this.column + (i - start) > WIDTH && (style === DOUBLE || text[i + 1] !== ' ')) {
        this.put(text.slice(start, i));
        this.out += `\n${' '.repeat(this.indent)}`;
        this.column = this.indent;
        // A quoted line that begins with a space needs its space kept.
        if (style === DOUBLE && text[i + 1] === ' ') this.put('\\');
        start = i + 1;
      }
      spaces = true;
    }
    this.put(text.slice(start));
  }

  private literal(text: string): void {
    let header = '|';
    if (/^[ \n\u2028\u2029]/.test(text)) header += '2';
    if (!/[\n\u2028\u2029]$/.test(text)) header += '-';
    else if (/(?:^|[\n\u2028\u2029])[\n\u2028\u2029]$/.test(text)) header += '+';
    this.indicator(header, false);
    this.out += '\n';
    this.column = 0;
    this.whitespace = this.indention = true;
    this.lines(text);
  }

  /** The line separators of Unicode, for a newline makes a literal or a double-quoted scalar. */
  private singleQuotedLines(text: string): void {
    this.indicator("'", false);
    this.lines(text, (part) => {
      const written = part.replaceAll("'", "''");
      if (this.column + written.length <= WIDTH) this.put(written);
      else this.folded(written, PLAIN);
    });
    this.put("'");
    this.whitespace = this.indention = false;
  }

  /** Writes text of several lines, each but the first indented; the first too when the cursor stands on a new line. */
  private lines(text: string, write = (part: string) => this.put(part)): void {
    let fresh = this.column === 0;
    for (const part of text.split(/([\n\u2028\u2029])/)) {
      if (part === '') continue;
      if (part === '\n' || part === '\u2028' || part === '\u2029') {
        this.out += part;
        this.column = 0;
        this.indention = true;
        fresh = true;
      } else {
        if (fresh) this.put(' '.repeat(Math.max(0, this.indent)));
        write(part);
        this.indention = false;
        fresh = false;
      }
    }
  }

  private indicator(text: string, keepsIndention: boolean): void {
    this.put(this.whitespace ? text : ` ${text}`);
    this.whitespace = false;
    this.indention = this.indention && keepsIndention;
  }

  private put(text: string): void {
    this.out += text;
    // What is not in the basic plane is written as an escape, so code units are characters.
    this.column += text.length;
  }
}

function scalarText(value: null | boolean | number | bigint): string {
  if (typeof value !== 'number') return String(value);
  // JSON came in between, and there a whole number has no point; go-yaml reads it as an integer where 64 bits hold it.
  if (Number.isInteger(value) && value < 2 ** 64 && value >= -(2 ** 63)) return String(value);
  const text = formatShortest(value);
  return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text;
}

/** Where lines are broken (best_width). */
const WIDTH = 80;

const PLAIN = 0;
const SINGLE = 1;
const DOUBLE = 2;
const LITERAL = 3;

/** Names, versions, images and the like: nothing in them needs a look. They begin with a letter that begins no known word. */
const HARMLESS = /^[A-Zabcdeg-mp-su-xz/_][A-Za-z0-9_./-]*$/;
/** What libyaml does not print as it is: control characters, tabs, halves of surrogate pairs, byte order marks. */
const SPECIAL = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const BREAK = /[\n\u2028\u2029]/;
const SPACE_BREAK = / [\n\u2028\u2029]/;
const BREAK_SPACE = /[\n\u2028\u2029] /;
const INDICATORS = /^(?:[#,[\]{}&*!|>'"%@`]|[?:-](?: |$)|---|\.\.\.)|:(?: |$)|[ \n\u2028\u2029]#/;
const OUTER_SPACE = /^[ \n\u2028\u2029]|[ \n\u2028\u2029]$/;

function scalarStyle(text: string): number {
  if (HARMLESS.test(text) && !isAmbiguous(text)) return PLAIN;
  if (text === '') return DOUBLE;
  const special = SPECIAL.test(text);
  if (text.includes('\n')) return special || text.endsWith(' ') || SPACE_BREAK.test(text) ? DOUBLE : LITERAL;
  if (isAmbiguous(text)) return DOUBLE;
  const broken = BREAK.test(text);
  if (!special && !broken && !INDICATORS.test(text) && !OUTER_SPACE.test(text)) return PLAIN;
  return special || (broken && (SPACE_BREAK.test(text) || BREAK_SPACE.test(text))) ? DOUBLE : SINGLE;
}

/** A key that stands before its colon on one line: no line breaks, at most 128 bytes (check_simple_key). */
function isSimpleKey(key: string): boolean {
  if (BREAK.test(key) || key.includes('\r') || key.includes('\u0085')) return false;
  return key.length <= 42 || (key.length <= 128 && new TextEncoder().encode(key).length <= 128);
}

function keyText(key: string): string {
  const style = scalarStyle(key);
  return style === PLAIN ? key : style === SINGLE ? singleQuote(key) : doubleQuote(key);
}

function singleQuote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const NAMED_ESCAPES: Record<string, string> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function doubleQuote(text: string): string {
  const escaped = text.replace(
    /[\ud800-\udbff][\udc00-\udfff]|[^\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\]/g,
    (c) => {
      const named = NAMED_ESCAPES[c];
      if (named !== undefined) return named;
      const code = c.codePointAt(0) as number;
      if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
      const hex = code.toString(16).toUpperCase();
      return code <= 0xff
        ? `\\x${hex.padStart(2, '0')}`
        : code <= 0xffff
          ? `\\u${hex.padStart(4, '0')}`
          : `\\U${hex.padStart(8, '0')}`;
    },
  );
  return `"${escaped}"`;
}

/** The order of keys: numbers inside names count as numbers, and what is no letter comes first (keyList.Less). */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const x = Array.from(a);
  const y = Array.from(b);
  for (let i = 0; i < x.length && i < y.length; i++) {
    const c = x[i] as string;
    const d = y[i] as string;
    if (c === d) continue;
    const letter = isLetter(c);
    if (letter && isLetter(d)) return codeOrder(c, d);
    if (letter || isLetter(d)) return letter ? 1 : -1;
    let first = 0n;
    let second = 0n;
    if (c === '0' || d === '0') {
      // A zero inside a number that began with something else is just a digit.
      for (let j = i - 1; j >= 0 && isDigit(x[j] as string); j--) {
        if (x[j] === '0') continue;
        first = second = 1n;
        break;
      }
    }
    let m = i;
    for (; m < x.length && isDigit(x[m] as string); m++) first = first * 10n + digitValue(x[m] as string);
    let n = i;
    for (; n < y.length && isDigit(y[n] as string); n++) second = second * 10n + digitValue(y[n] as string);
    if (m > 17 + i || n > 17 + i) {
      first = BigInt.asIntN(64, first);
      second = BigInt.asIntN(64, second);
    }
    if (first !== second) return first < second ? -1 : 1;
    if (m !== n) return m - n;
    return codeOrder(c, d);
  }
  return x.length - y.length;
}

function codeOrder(a: string, b: string): number {
  return (a.codePointAt(0) as number) - (b.codePointAt(0) as number);
}

function isLetter(c: string): boolean {
  const code = c.charCodeAt(0);
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
  return /\p{L}/u.test(c);
}

function isDigit(c: string): boolean {
  const code = c.charCodeAt(0);
  return code < 0x80 ? code >= 0x30 && code <= 0x39 : /\p{Nd}/u.test(c);
}

function digitValue(c: string): bigint {
  return BigInt((c.codePointAt(0) as number) - 0x30);
}
