/**
 * JSON text, read and written as Kubernetes' Go programs do (encoding/json and sigs.k8s.io/json): an int64 keeps all its
 * digits, keys are written in byte order, and a mistake is told in Go's words.
 */
import { type Json, type JsonObject, setKey } from './json';

/** Text that is not JSON; `offset` counts the bytes read up to and including the offending one (json.SyntaxError). */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
    this.name = 'JsonSyntaxError';
  }
}

/** A run of digits that a double may not hold, where a number can stand. False alarms (inside strings) only cost time. */
const LONG_INTEGER = /(?:^|[:,[\s])-?\d{16,}/;
const MAX_DEPTH = 10_000;

/**
 * Reads one JSON value. Integers beyond 2^53 that fit an int64 become `bigint`; larger ones become doubles, as
 * sigs.k8s.io/json's UnmarshalCaseSensitivePreserveInts has them.
 * @throws JsonSyntaxError in Go's words: `invalid character 'b' looking for beginning of object key string`.
 */
export function parseJson(text: string): Json {
  if (LONG_INTEGER.test(text)) return new Reader(text).only();
  try {
    return JSON.parse(text) as Json;
  } catch {
    // JSON.parse says no in words of its own; reading again finds Go's (and accepts what only Go accepts).
    return new Reader(text).only();
  }
}

/**
 * Reads the JSON value at the start of `text` (from index `at`) and tells where it ends, for several values in one stream
 * (json.Decoder.Decode). Undefined when only white space is left.
 * @throws JsonSyntaxError; a value cut off by the end of the text is `unexpected EOF`.
 */
export function parseJsonPrefix(text: string, at = 0): { value: Json; end: number } | undefined {
  const reader = new Reader(text, at, 'unexpected EOF');
  return reader.next();
}

/** Reads JSON character by character, after encoding/json's scanner: what each state expects is what its error says. */
class Reader {
  private depth = 0;
  constructor(
    private readonly text: string,
    private at = 0,
    private readonly endMessage = 'unexpected end of JSON input',
  ) {}

  only(): Json {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) this.fail('after top-level value');
    return value;
  }

  next(): { value: Json; end: number } | undefined {
    this.space();
    if (this.at >= this.text.length) return undefined;
    const value = this.value();
    return { value, end: this.at };
  }

  private value(): Json {
    try {
      return this.nested();
    } catch (error) {
      // The stack may end before ten thousand levels do.
      if (error instanceof RangeError) throw new JsonSyntaxError('exceeded max depth', this.at);
      throw error;
    }
  }

  private nested(): Json {
    this.space();
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b:
        return this.object();
      case 0x5b:
        return this.array();
      case 0x22:
        return this.string();
      case 0x74:
        return this.literal('true', true);
      case 0x66:
        return this.literal('false', false);
      case 0x6e:
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  private object(): JsonObject {
    this.enter();
    const object: JsonObject = {};
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      this.depth--;
      return object;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string');
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') this.fail('after object key');
      this.at++;
      setKey(object, key, this.nested());
      this.space();
      const c = this.text[this.at];
      if (c !== ',' && c !== '}') this.fail('after object key:value pair');
      this.at++;
      if (c === '}') break;
    }
    this.depth--;
    return object;
  }

  private array(): Json[] {
    this.enter();
    const array: Json[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      this.depth--;
      return array;
    }
    for (;;) {
      array.push(this.nested());
      this.space();
      const c = this.text[this.at];
      if (c !== ',' && c !== ']') this.fail('after array element');
      this.at++;
      if (c === ']') break;
    }
    this.depth--;
    return array;
  }

  private string(): string {
    const start = this.at++;
    let plain = true;
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c === 0x22) break;
      if (!(c >= 0x20)) this.fail('in string literal');
      if (c === 0x5c) {
        plain = false;
        this.at++;
        const letter = this.text[this.at];
        if (letter === 'u') {
          for (let i = 0; i < 4; i++) {
            this.at++;
            if (!/[0-9a-fA-F]/.test(this.text[this.at] ?? '')) this.fail('in \\u hexadecimal character escape');
          }
        } else if (letter === undefined || !'bfnrt\\/"'.includes(letter)) this.fail('in string escape code');
      }
      this.at++;
    }
    this.at++;
    return plain
      ? this.text.slice(start + 1, this.at - 1)
      : (JSON.parse(this.text.slice(start, this.at)) as string).toString();
  }

  private number(): number | bigint {
    const start = this.at;
    let whole = true;
    if (this.text[this.at] === '-') {
      this.at++;
      if (!this.digit()) this.fail('in numeric literal');
    }
    if (!this.digit()) this.fail('looking for beginning of value');
    if (this.text[this.at] === '0') this.at++;
    else while (this.digit()) this.at++;
    if (this.text[this.at] === '.') {
      whole = false;
      this.at++;
      if (!this.digit()) this.fail('after decimal point in numeric literal');
      while (this.digit()) this.at++;
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      whole = false;
      this.at++;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at++;
      if (!this.digit()) this.fail('in exponent of numeric literal');
      while (this.digit()) this.at++;
    }
    return numberOf(this.text.slice(start, this.at), whole);
  }

  private digit(): boolean {
    const c = this.text.charCodeAt(this.at);
    return c >= 0x30 && c <= 0x39;
  }

  private literal<T extends Json>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      this.at++;
      if (this.text[this.at] !== word[i]) this.fail(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.at++;
    return value;
  }

  private space(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.at++;
    }
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth', this.bytes(this.at) + 1);
  }

  private bytes(index: number): number {
    return new TextEncoder().encode(this.text.slice(0, index)).length;
  }

  private fail(where: string): never {
    const offset = this.bytes(this.at);
    if (this.at >= this.text.length) throw new JsonSyntaxError(this.endMessage, offset);
    throw new JsonSyntaxError(`invalid character ${quoteByte(this.text, this.at)} ${where}`, offset + 1);
  }
}

/** How encoding/json quotes the offending byte: the first byte of a longer character, read as Latin-1. */
function quoteByte(text: string, at: number): string {
  const byte = new TextEncoder().encode(String.fromCodePoint(text.codePointAt(at) as number))[0] as number;
  if (byte === 0x27) return `'\\''`;
  if (byte === 0x22) return `'"'`;
  const named: Record<number, string> = {
    7: '\\a',
    8: '\\b',
    9: '\\t',
    10: '\\n',
    11: '\\v',
    12: '\\f',
    13: '\\r',
    92: '\\\\',
  };
  if (named[byte]) return `'${named[byte]}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  if ((byte >= 0x80 && byte < 0xa1) || byte === 0xad) return `'\\u${byte.toString(16).padStart(4, '0')}'`;
  return `'${String.fromCharCode(byte)}'`;
}

/** The value of a number's text: int64 kept exactly, everything else a double. */
function numberOf(text: string, whole: boolean): number | bigint {
  const value = Number(text);
  if (!whole) return value;
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const exact = BigInt(text);
  return exact === BigInt.asIntN(64, exact) ? exact : value;
}

export interface StringifyOptions {
  /** What one level is indented by (`    ` for `-o json`); nothing: one line. */
  indent?: string;
  /** What every line but the first begins with (json.Indent's prefix). */
  prefix?: string;
  /** Keys in byte order, as Go writes maps. Default true; false keeps the object's own order. */
  sortKeys?: boolean;
  /** `<`, `>` and `&` as \u003c, \u003e, \u0026. Default true, as json.Marshal does. */
  escapeHtml?: boolean;
}

/**
 * Writes a value as Go's json.Marshal (with `indent`: json.MarshalIndent) writes a map. No newline at the end.
 * Members that are `undefined` are left out.
 */
export function stringifyGo(value: Json | undefined, options: StringifyOptions = {}): string {
  const sortKeys = options.sortKeys ?? true;
  const quote = (options.escapeHtml ?? true) ? quoteHtml : quoteGo;
  const indent = options.indent ?? '';
  const colon = indent === '' ? ':' : ': ';
  const write = (node: Json | undefined, newline: string): string => {
    switch (typeof node) {
      case 'string':
        return quote(node);
      case 'number':
        return formatNumber(node);
      case 'bigint':
      case 'boolean':
        return String(node);
      case 'object':
        break;
      default:
        return 'null';
    }
    if (node === null) return 'null';
    const inner = indent === '' ? '' : newline + indent;
    if (Array.isArray(node)) {
      if (node.length === 0) return '[]';
      let text = `[${inner}${write(node[0], inner)}`;
      for (let i = 1; i < node.length; i++) text += `,${inner}${write(node[i], inner)}`;
      return `${text}${indent === '' ? '' : newline}]`;
    }
    const keys = Object.keys(node);
    if (sortKeys) sortStrings(keys);
    let text = '';
    for (const key of keys) {
      const member = node[key];
      if (member === undefined) continue;
      text += `${text === '' ? '{' : ','}${inner}${quote(key)}${colon}${write(member, inner)}`;
    }
    if (text === '') return '{}';
    return `${text}${indent === '' ? '' : newline}}`;
  };
  return write(value, indent === '' ? '' : `\n${options.prefix ?? ''}`);
}

/** Writes a value fast: compact, keys as they stand, nothing escaped that JSON doesn't ask for; only keeps bigints whole. */
export function stringifyJson(value: Json | undefined): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // A bigint somewhere.
    return stringifyGo(value, { sortKeys: false, escapeHtml: false });
  }
}

const SPECIAL = /[\u2028\u2029\ud800-\udfff]/;
const SPECIAL_HTML = /[<>&\u2028\u2029\ud800-\udfff]/;

function quoteGo(text: string): string {
  return SPECIAL.test(text) ? escapeMore(JSON.stringify(toWellFormed(text)), /[\u2028\u2029]/g) : JSON.stringify(text);
}

function quoteHtml(text: string): string {
  return SPECIAL_HTML.test(text)
    ? escapeMore(JSON.stringify(toWellFormed(text)), /[<>&\u2028\u2029]/g)
    : JSON.stringify(text);
}

function escapeMore(quoted: string, which: RegExp): string {
  return quoted.replace(which, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Half a surrogate pair can't be written in UTF-8; Go has U+FFFD in its place. */
function toWellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

/** A double as encoding/json writes it: no exponent between 1e-6 and 1e21 (which is JavaScript's rule too), but `-0`. */
export function formatNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? String(value) : 'null';
}

/** Sorts in place by UTF-8 bytes, Go's order of strings. */
export function sortStrings(strings: string[]): string[] {
  return strings.length < 2 ? strings : strings.sort(compareStrings);
}

/** Go's `<` on strings: by UTF-8 bytes, which is by code point. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Code units agree with code points except that surrogates stand for what lies above U+FFFF.
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? codePointOrder(x) - codePointOrder(y) : x - y;
  }
  return a.length - b.length;
}

function codePointOrder(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
