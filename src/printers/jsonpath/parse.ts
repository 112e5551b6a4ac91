/** Reads a JSONPath template such as `{range .items[*]}{.metadata.name}{"\n"}{end}` (client-go util/jsonpath/parser.go). */

export type PathNode =
  | { type: 'text'; text: string }
  | { type: 'list'; nodes: PathNode[] }
  | { type: 'field'; name: string }
  | { type: 'array'; params: [Param, Param, Param] }
  | { type: 'filter'; left: PathNode[]; right: PathNode[]; operator: string }
  | { type: 'int'; value: number | bigint }
  | { type: 'float'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'wildcard' }
  | { type: 'recursive' }
  | { type: 'union'; lists: PathNode[][] }
  | { type: 'identifier'; name: string };

/** One of start, end and step of `[start:end:step]`. */
export interface Param {
  value: number;
  known: boolean;
  /** The end of `[3]`: one past the start. */
  derived: boolean;
}

/**
 * The nodes of a template.
 * @throws Error in client-go's words: `unclosed action`, `unterminated array`, `unrecognized character in action: U+007C '|'`.
 */
export function parseJsonPath(text: string): PathNode[] {
  return new PathParser(text).parse();
}

class PathParser {
  private readonly root: PathNode[] = [];
  private at = 0;
  private start = 0;

  constructor(private readonly input: string) {}

  parse(): PathNode[] {
    while (this.at < this.input.length) {
      this.text();
      if (this.at < this.input.length) {
        this.at++;
        this.consume();
        const nodes: PathNode[] = [];
        this.root.push({ type: 'list', nodes });
        this.action(nodes);
      }
    }
    return this.root;
  }

  /** Text up to the next `{`. */
  private text(): void {
    const open = this.input.indexOf('{', this.at);
    this.at = open < 0 ? this.input.length : open;
    if (this.at > this.start) this.root.push({ type: 'text', text: this.consume() });
  }

  private action(nodes: PathNode[]): void {
    for (;;) {
      if (this.input.startsWith('}', this.at)) {
        this.at++;
        this.consume();
        return;
      }
      if (this.input.startsWith('[?(', this.at)) {
        this.filter(nodes);
        continue;
      }
      if (this.input.startsWith('..', this.at)) {
        this.recursive(nodes);
        continue;
      }
      const c = this.next();
      if (c === '' || c === '\n' || c === '\r') throw new Error('unclosed action');
      if (c === ' ' || c === '@' || c === '$') this.consume();
      else if (c === '[') this.array(nodes);
      else if (c === '"' || c === "'") this.quote(nodes, c);
      else if (c === '.') this.field(nodes);
      else if (c === '+' || c === '-' || isDigit(c)) {
        this.at -= c.length;
        this.number(nodes);
      } else if (isAlphaNumeric(c)) {
        this.at -= c.length;
        this.identifier(nodes);
      } else throw new Error(`unrecognized character in action: ${describeRune(c)}`);
    }
  }

  private identifier(nodes: PathNode[]): void {
    while (!isTerminator(this.peek())) this.next();
    const name = this.consume();
    if (name === 'true' || name === 'false') nodes.push({ type: 'bool', value: name === 'true' });
    else nodes.push({ type: 'identifier', name });
  }

  private recursive(nodes: PathNode[]): void {
    if (nodes[nodes.length - 1]?.type === 'recursive') throw new Error('invalid multiple recursive descent');
    this.at += 2;
    this.consume();
    nodes.push({ type: 'recursive' });
    if (isAlphaNumeric(this.peek())) this.field(nodes);
  }

  private number(nodes: PathNode[]): void {
    if (this.peek() === '+' || this.peek() === '-') this.next();
    while (this.peek() === '.' || isDigit(this.peek())) this.next();
    const text = this.consume();
    const integer = parseAtoi(text);
    if (integer !== undefined) nodes.push({ type: 'int', value: integer });
    else if (/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text)) nodes.push({ type: 'float', value: Number(text) });
    else throw new Error(`cannot parse number ${text}`);
  }

  private array(nodes: PathNode[]): void {
    for (;;) {
      const c = this.next();
      if (c === '' || c === '\n') throw new Error('unterminated array');
      if (c === ']') break;
    }
    let text = this.consume().slice(1, -1);
    if (text === '*') text = ':';
    const parts = text.split(',');
    if (parts.length > 1) {
      nodes.push({ type: 'union', lists: parts.map((part) => parseAction(`[${part.replace(/^ +| +$/g, '')}]`)) });
      return;
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key) {
      nodes.push(...parseAction(`.${key[1]}`));
      return;
    }
    nodes.push({ type: 'array', params: parseSlice(text) });
  }

  private filter(nodes: PathNode[]): void {
    this.at += 3;
    this.consume();
    let begun = false;
    let ended = false;
    let pair = '';
    for (;;) {
      const c = this.next();
      if (c === '' || c === '\n') throw new Error('unterminated filter');
      if (c === '"' || c === "'") {
        if (!begun) {
          begun = true;
          pair = c;
        } else if (this.input[this.at - 2] !== '\\' && c === pair) ended = true;
      } else if (c === ')' && begun === ended) break;
    }
    if (this.next() !== ']') throw new Error('unclosed array expect ]');
    const text = this.consume().slice(0, -2);
    const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (!comparison) {
      nodes.push({ type: 'filter', left: parseAction(text), right: [], operator: 'exists' });
      return;
    }
    const [, left, operator, right] = comparison as unknown as [string, string, string, string];
    nodes.push({ type: 'filter', left: parseAction(left), right: parseAction(right), operator });
  }

  private quote(nodes: PathNode[], end: string): void {
    for (;;) {
      const c = this.next();
      if (c === '' || c === '\n') throw new Error('unterminated quoted string');
      if (c === end && this.input[this.at - 2] !== '\\') break;
    }
    const quoted = this.consume();
    const text = unquote(quoted);
    if (text === undefined) throw new Error(`unquote string ${quoted} error invalid syntax`);
    nodes.push({ type: 'text', text });
  }

  private field(nodes: PathNode[]): void {
    this.consume();
    for (;;) {
      if (this.peek() === '\\') {
        this.next();
        this.next();
      } else if (isTerminator(this.peek())) break;
      else this.next();
    }
    const name = this.consume();
    if (name === '*') nodes.push({ type: 'wildcard' });
    else nodes.push({ type: 'field', name: name.replaceAll('\\', '') });
  }

  /** The next character, or nothing at the end. */
  private next(): string {
    const c = this.peek();
    this.at += c.length;
    return c;
  }

  private peek(): string {
    const code = this.input.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private consume(): string {
    const text = this.input.slice(this.start, this.at);
    this.start = this.at;
    return text;
  }
}

/** The nodes of the first action of `{text}`. */
function parseAction(text: string): PathNode[] {
  const [first] = parseJsonPath(`{${text}}`);
  return first?.type === 'list' ? first.nodes : [];
}

function parseSlice(text: string): [Param, Param, Param] {
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (!match) throw new Error(`invalid array index ${text}`);
  const params: Param[] = [];
  for (let i = 0; i < 3; i++) {
    let part = match[i + 1] ?? '';
    if (part === '') {
      params.push(
        i === 1
          ? { value: (params[0] as Param).value + 1, known: true, derived: true }
          : { value: 0, known: false, derived: false },
      );
      continue;
    }
    if (i > 0) part = part.slice(1);
    if (part === '') {
      params.push({ value: 0, known: false, derived: false });
      continue;
    }
    const value = parseAtoi(part);
    if (value === undefined) throw new Error(`array index ${part} is not a number`);
    params.push({ value: Number(value), known: true, derived: false });
  }
  return params as [Param, Param, Param];
}

/** strconv.Atoi. */
function parseAtoi(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const exact = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, exact) !== exact) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

const SIMPLE_ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Go's string escapes between single or double quotes (UnquoteExtend); undefined when they are wrong. */
export function unquote(quoted: string): string | undefined {
  const quote = quoted[0];
  const body = quoted.slice(1, -1);
  if (quoted.length < 2 || quoted[quoted.length - 1] !== quote) return undefined;
  if (!body.includes('\\') && !body.includes(quote as string)) return body;
  let text = '';
  for (let i = 0; i < body.length; i++) {
    const c = body[i] as string;
    if (c === quote) return undefined;
    if (c !== '\\') {
      text += c;
      continue;
    }
    const letter = body[++i];
    if (letter === undefined) return undefined;
    const simple = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
    if (simple !== undefined) text += simple;
    else if (letter === quote) text += letter;
    else {
      const length = { x: 2, u: 4, U: 8 }[letter];
      const digits = length
        ? new RegExp(`^[0-9a-fA-F]{${length}}`).exec(body.slice(i + 1))?.[0]
        : /^[0-7]{3}/.exec(body.slice(i))?.[0];
      if (digits === undefined) return undefined;
      const code = Number.parseInt(digits, length ? 16 : 8);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || (!length && code > 255)) return undefined;
      text += String.fromCodePoint(code);
      i += length ? digits.length : digits.length - 1;
    }
  }
  return text;
}

function isDigit(c: string): boolean {
  return c !== '' && /\p{Nd}/u.test(c);
}

function isAlphaNumeric(c: string): boolean {
  return c !== '' && /[_\p{L}\p{Nd}]/u.test(c);
}

function isTerminator(c: string): boolean {
  return c === '' || ' \t\r\n.,[]$@{}'.includes(c);
}

/** Go's %#U: `U+007C '|'`. */
function describeRune(c: string): string {
  const code = (c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c) ? `U+${code} '${c}'` : `U+${code}`;
}
