/** Cuts a Go template into tokens (text/template/parse/lex.go). */
import { goQuote, sprintf } from '../go-format';

export type TokenType =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'assign'
  | 'declare'
  | 'EOF'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | 'dot'
  | Keyword;

type Keyword =
  | 'block'
  | 'break'
  | 'continue'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with';

export interface Token {
  type: TokenType;
  value: string;
  /** Offset in the template. */
  at: number;
  /** From 1. */
  line: number;
}

const KEYWORDS = new Set<string>([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
]);

/** A token as errors show it. */
export function describeToken(token: Token): string {
  if (token.type === 'EOF') return 'EOF';
  if (token.type === 'error') return token.value;
  if (token.type === 'dot' || KEYWORDS.has(token.type)) return `<${token.value}>`;
  return token.value.length > 10 ? sprintf('%.10q...', [token.value]) : goQuote(token.value);
}

/** All tokens of a template; the last is `EOF`, or an `error` that says what stopped the lexer. */
export function lex(input: string): Token[] {
  return new Lexer(input).run();
}

class Lexer {
  private readonly tokens: Token[] = [];
  private at = 0;
  private start = 0;
  private startLine = 1;
  private parens = 0;
  private done = false;

  constructor(private readonly input: string) {}

  run(): Token[] {
    while (!this.done) this.text();
    return this.tokens;
  }

  private text(): void {
    const open = this.input.indexOf('{{', this.at);
    if (open < 0) {
      this.at = this.input.length;
      if (this.at > this.start) this.emit('text');
      this.emit('EOF');
      this.done = true;
      return;
    }
    this.at = open;
    const trims = hasLeftTrim(this.input, open + 2);
    const end = trims ? this.start + trimRight(this.input.slice(this.start, open)).length : open;
    if (end > this.start) this.push('text', this.input.slice(this.start, end));
    this.ignore();
    this.leftDelimiter(trims);
  }

  private leftDelimiter(trims: boolean): void {
    const afterMarker = trims ? 2 : 0;
    if (this.input.startsWith('/*', this.at + 2 + afterMarker)) {
      this.at += 2 + afterMarker;
      this.comment();
      return;
    }
    this.at += 2;
    this.emit('leftDelim');
    this.at += afterMarker;
    this.ignore();
    this.parens = 0;
    while (!this.done && !this.insideAction());
  }

  private comment(): void {
    const end = this.input.indexOf('*/', this.at + 2);
    if (end < 0) {
      this.fail('unclosed comment');
      return;
    }
    this.at = end + 2;
    const { delimiter, trims } = this.atRightDelimiter();
    if (!delimiter) {
      this.fail('comment ends before closing delimiter');
      return;
    }
    this.at += trims ? 4 : 2;
    if (trims) this.at += leadingSpace(this.input, this.at);
    this.ignore();
  }

  private atRightDelimiter(): { delimiter: boolean; trims: boolean } {
    if (hasRightTrim(this.input, this.at) && this.input.startsWith('}}', this.at + 2))
      return { delimiter: true, trims: true };
    return { delimiter: this.input.startsWith('}}', this.at), trims: false };
  }

  private rightDelimiter(): void {
    const trims = hasRightTrim(this.input, this.at);
    if (trims) {
      this.at += 2;
      this.ignore();
    }
    this.at += 2;
    this.emit('rightDelim');
    if (trims) {
      this.at += leadingSpace(this.input, this.at);
      this.ignore();
    }
  }

  /** One token of an action; true when the action has ended. */
  private insideAction(): boolean {
    if (this.atRightDelimiter().delimiter) {
      if (this.parens > 0) this.fail('unclosed left paren');
      else this.rightDelimiter();
      return true;
    }
    const c = this.next();
    switch (c) {
      case '':
        this.fail('unclosed action');
        return true;
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        this.at--;
        return this.space();
      case '=':
        this.emit('assign');
        return false;
      case ':':
        if (this.next() === '=') this.emit('declare');
        else this.fail('expected :=');
        return false;
      case '|':
        this.emit('pipe');
        return false;
      case '"':
        this.quoted('"', 'string', 'unterminated quoted string');
        return false;
      case "'":
        this.quoted("'", 'charConstant', 'unterminated character constant');
        return false;
      case '`':
        this.rawString();
        return false;
      case '$':
        this.fieldOrVariable('variable');
        return false;
      case '(':
        this.emit('leftParen');
        this.parens++;
        return false;
      case ')':
        this.emit('rightParen');
        if (--this.parens < 0) this.replaceByError('unexpected right paren');
        return false;
    }
    if (c === '.' && !/[0-9]/.test(this.input[this.at] ?? '')) this.fieldOrVariable('field');
    else if (c === '+' || c === '-' || c === '.' || /[0-9]/.test(c)) this.number();
    else if (isAlphaNumeric(c)) this.identifier();
    else if (c >= ' ' && c <= '~') this.emit('char');
    else this.fail(`unrecognized character in action: ${describeRune(c)}`);
    return false;
  }

  private space(): boolean {
    let count = 0;
    while (isSpace(this.peek())) {
      this.at++;
      count++;
    }
    // The last space may belong to a closing ` -}}`.
    if (hasRightTrim(this.input, this.at - 1) && this.input.startsWith('}}', this.at + 1)) {
      this.at--;
      if (count === 1) {
        this.rightDelimiter();
        return true;
      }
    }
    this.emit('space');
    return false;
  }

  private identifier(): void {
    while (isAlphaNumeric(this.peek())) this.next();
    const word = this.input.slice(this.start, this.at);
    if (!this.atTerminator()) {
      this.fail(`bad character ${describeRune(this.peek())}`);
      return;
    }
    if (KEYWORDS.has(word)) this.emit(word as Keyword);
    else this.emit(word === 'true' || word === 'false' ? 'bool' : 'identifier');
  }

  private fieldOrVariable(type: 'field' | 'variable'): void {
    if (this.atTerminator()) {
      this.emit(type === 'variable' ? 'variable' : 'dot');
      return;
    }
    while (isAlphaNumeric(this.peek())) this.next();
    if (this.atTerminator()) this.emit(type);
    else this.fail(`bad character ${describeRune(this.peek())}`);
  }

  private atTerminator(): boolean {
    const c = this.peek();
    return c === '' || isSpace(c) || '.,|:)('.includes(c) || this.input.startsWith('}}', this.at);
  }

  private quoted(quote: string, type: TokenType, unterminated: string): void {
    for (;;) {
      let c = this.next();
      if (c === '\\') {
        c = this.next();
        if (c !== '' && c !== '\n') continue;
      }
      if (c === '' || c === '\n') {
        this.fail(unterminated);
        return;
      }
      if (c === quote) break;
    }
    this.emit(type);
  }

  private rawString(): void {
    const end = this.input.indexOf('`', this.at);
    if (end < 0) {
      this.fail('unterminated raw quoted string');
      return;
    }
    this.at = end + 1;
    this.emit('rawString');
  }

  private number(): void {
    this.at = this.start;
    const number =
      /^[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*\.?[0-7_]*|0[bB][01_]*\.?[01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)/.exec(
        this.input.slice(this.at),
      );
    this.at += (number as RegExpExecArray)[0].length;
    if (this.peek() === 'i') this.at++;
    if (this.peek() === '+' || this.peek() === '-') {
      // The other half of a complex number, which nothing here can use.
      this.at += (/^[+-][0-9_.]*/.exec(this.input.slice(this.at)) as RegExpExecArray)[0].length;
      this.fail(`bad number syntax: ${goQuote(this.input.slice(this.start, this.at))}`);
    } else if (isAlphaNumeric(this.peek())) {
      this.next();
      this.fail(`bad number syntax: ${goQuote(this.input.slice(this.start, this.at))}`);
    } else this.emit('number');
  }

  private next(): string {
    const c = this.peek();
    this.at += c.length;
    return c;
  }

  private peek(): string {
    const code = this.input.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private emit(type: TokenType): void {
    this.push(type, this.input.slice(this.start, this.at));
    this.ignore();
  }

  private push(type: TokenType, value: string): void {
    this.tokens.push({ type, value, at: this.start, line: this.startLine });
  }

  private ignore(): void {
    for (let i = this.start; i < this.at; i++) if (this.input[i] === '\n') this.startLine++;
    this.start = this.at;
  }

  private replaceByError(message: string): void {
    this.tokens.pop();
    this.fail(message);
  }

  private fail(message: string): void {
    this.push('error', message);
    this.done = true;
  }
}

function hasLeftTrim(input: string, at: number): boolean {
  return input[at] === '-' && isSpace(input[at + 1] ?? '');
}

function hasRightTrim(input: string, at: number): boolean {
  return isSpace(input[at] ?? '') && input[at + 1] === '-';
}

function trimRight(text: string): string {
  return text.replace(/[ \t\r\n]+$/, '');
}

function leadingSpace(input: string, at: number): number {
  let count = 0;
  while (isSpace(input[at + count] ?? '')) count++;
  return count;
}

function isSpace(c: string): boolean {
  return c === ' ' || c === '\t' || c === '\r' || c === '\n';
}

function isAlphaNumeric(c: string): boolean {
  return c !== '' && /[_\p{L}\p{Nd}]/u.test(c);
}

/** Go's %#U. */
function describeRune(c: string): string {
  if (c === '') return 'U+FFFFFFFFFFFFFFFF';
  return sprintf('%#U', [c.codePointAt(0)]);
}
