/**
 * Cuts YAML into tokens as libyaml (and so go-yaml v2) does, to find what it would complain about and where. Values are not
 * kept: reading is read.ts's work; this runs only over text that could not be read (scannerc.go).
 */

import { Cursor, isBlank, isBlankz, isBreak, isBreakz } from './cursor';

export type TokenType =
  | 'stream-start'
  | 'stream-end'
  | 'version-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | '['
  | ']'
  | '{'
  | '}'
  | '-'
  | ','
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  type: TokenType;
  /** Line of its first character, from 0. */
  line: number;
  /** Name of an anchor or alias, handle of a tag or directive, version of a directive. */
  value?: string;
}

interface SimpleKey {
  possible: boolean;
  required: boolean;
  token: number;
  at: number;
  line: number;
  column: number;
}

const MAX_DEPTH = 10_000;

export class Scanner extends Cursor {
  private tokens: Token[] = [];
  private taken = 0;
  private started = false;
  private flowLevel = 0;
  private indent = -1;
  private indents: number[] = [];
  private keyAllowed = true;
  private keys: SimpleKey[] = [];
  /** Where lines of quoted scalars and flow collections begin that stand too far left, and how much is missing (see indentQuoted). */
  readonly outdented: { at: number; missing: number }[] = [];

  /** The next token, left in place. What a simple key may still turn it into is found out first. */
  peek(): Token {
    while (this.tokens.length === 0 || this.headMayBeKey()) this.fetch();
    return this.tokens[0] as Token;
  }

  skip(): void {
    this.tokens.shift();
    this.taken++;
  }

  private headMayBeKey(): boolean {
    const key = this.keys.find((candidate) => candidate.possible && candidate.token === this.taken);
    return key !== undefined && this.isValid(key);
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.line < this.line || key.at + 1024 < this.at) {
      if (key.required) this.fail("could not find expected ':'", key.line);
      key.possible = false;
    }
    return key.possible;
  }

  private fetch(): void {
    if (!this.started) {
      this.started = true;
      this.keys.push(this.newKey(false));
      this.push('stream-start', this.line);
      return;
    }
    this.toNextToken();
    this.unroll(this.column);
    const c = this.char();
    if (c === '') {
      this.streamEnd();
      return;
    }
    if (this.column === 0) {
      if (c === '%') {
        this.directive();
        return;
      }
      if (this.isDocumentIndicator()) {
        this.documentIndicator(c);
        return;
      }
    }
    const blankAfter = isBlankz(this.char(1));
    switch (c) {
      case '[':
      case '{':
        this.flowStart(c);
        return;
      case ']':
      case '}':
        this.flowEnd(c);
        return;
      case ',':
        this.removeKey();
        this.keyAllowed = true;
        this.single(',');
        return;
      case '-':
        if (blankAfter) {
          this.blockEntry();
          return;
        }
        break;
      case '?':
        if (this.flowLevel > 0 || blankAfter) {
          this.explicitKey();
          return;
        }
        break;
      case ':':
        if (this.flowLevel > 0 || blankAfter) {
          this.value();
          return;
        }
        break;
      case '*':
      case '&':
        this.anchor(c);
        return;
      case '!':
        this.tag();
        return;
      case '|':
      case '>':
        if (this.flowLevel === 0) {
          this.blockScalar();
          return;
        }
        break;
      case "'":
      case '"':
        this.quoted(c);
        return;
    }
    const startsPlain = !isBlankz(c) && !'-?:,[]{}#&*!|>\'"%@`'.includes(c);
    if (
      startsPlain ||
      (c === '-' && !isBlank(this.char(1))) ||
      (this.flowLevel === 0 && '?:'.includes(c) && !blankAfter)
    )
      this.plain();
    else this.fail('found character that cannot start any token');
  }

  private streamEnd(): void {
    if (this.column !== 0) {
      this.column = 0;
      this.line++;
    }
    this.unroll(-1);
    this.removeKey();
    this.keyAllowed = false;
    this.push('stream-end', this.line);
  }

  private documentIndicator(c: string): void {
    this.unroll(-1);
    this.removeKey();
    this.keyAllowed = false;
    this.push(c === '-' ? 'document-start' : 'document-end', this.line);
    this.advance(3);
  }

  private flowStart(c: '[' | '{'): void {
    this.saveKey();
    this.keys.push(this.newKey(false));
    if (++this.flowLevel > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`);
    this.keyAllowed = true;
    this.single(c);
  }

  private flowEnd(c: ']' | '}'): void {
    this.removeKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      this.keys.pop();
    }
    this.keyAllowed = false;
    this.single(c);
  }

  private blockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) this.fail('block sequence entries are not allowed in this context');
      this.roll(this.column, this.tokens.length, 'block-sequence-start', this.line);
    }
    this.removeKey();
    this.keyAllowed = true;
    this.single('-');
  }

  private explicitKey(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) this.fail('mapping keys are not allowed in this context');
      this.roll(this.column, this.tokens.length, 'block-mapping-start', this.line);
    }
    this.removeKey();
    this.keyAllowed = this.flowLevel === 0;
    this.single('key');
  }

  private value(): void {
    const key = this.keys[this.keys.length - 1] as SimpleKey;
    if (this.isValid(key)) {
      const index = key.token - this.taken;
      this.tokens.splice(index, 0, { type: 'key', line: key.line });
      this.roll(key.column, index, 'block-mapping-start', key.line);
      key.possible = false;
      this.keyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.keyAllowed) this.fail('mapping values are not allowed in this context');
        this.roll(this.column, this.tokens.length, 'block-mapping-start', this.line);
      }
      this.keyAllowed = this.flowLevel === 0;
    }
    this.single('value');
  }

  private anchor(c: string): void {
    this.saveKey();
    this.keyAllowed = false;
    const { line } = this;
    this.advance();
    const value = this.word();
    if (value === '' || !(isBlankz(this.char()) || '?:,]}%@`'.includes(this.char())))
      this.fail('did not find expected alphabetic or numeric character', line);
    this.push(c === '*' ? 'alias' : 'anchor', line, value);
  }

  private tag(): void {
    this.saveKey();
    this.keyAllowed = false;
    const { line } = this;
    let handle = '';
    if (this.char(1) === '<') {
      this.advance(2);
      this.tagUri(false, line);
      if (this.char() !== '>') this.fail("did not find the expected '>'", line);
      this.advance();
    } else {
      handle = this.tagHandle(false, line);
      if (handle.length > 1 && handle.endsWith('!')) this.tagUri(false, line);
      else {
        this.tagUri(true, line);
        handle = '!';
      }
    }
    if (!isBlankz(this.char())) this.fail('did not find expected whitespace or line break', line);
    this.push('tag', line, handle);
  }

  private directive(): void {
    this.unroll(-1);
    this.removeKey();
    this.keyAllowed = false;
    const { line } = this;
    this.advance();
    const name = this.word();
    if (name === '') this.fail('could not find expected directive name', line);
    if (!isBlankz(this.char())) this.fail('found unexpected non-alphabetical character', line);
    let value: string;
    if (name === 'YAML') {
      this.blanks();
      const major = this.versionNumber(line);
      if (this.char() !== '.') this.fail("did not find expected digit or '.' character", line);
      this.advance();
      value = `${major}.${this.versionNumber(line)}`;
    } else if (name === 'TAG') {
      this.blanks();
      value = this.tagHandle(true, line);
      if (!isBlank(this.char())) this.fail('did not find expected whitespace', line);
      this.blanks();
      this.tagUri(false, line);
      if (!isBlankz(this.char())) this.fail('did not find expected whitespace or line break', line);
    } else this.fail('found unknown directive name', line);
    this.endOfLine(line);
    this.push(name === 'YAML' ? 'version-directive' : 'tag-directive', line, value);
  }

  private blockScalar(): void {
    this.removeKey();
    this.keyAllowed = true;
    const { line } = this;
    this.advance();
    let increment = 0;
    for (let i = 0; i < 2; i++) {
      if (i === 0 || increment === 0) {
        if (/\d/.test(this.char())) {
          if (this.char() === '0') this.fail('found an indentation indicator equal to 0', line);
          increment = Number(this.char());
          this.advance();
          if (i === 0 && /[+-]/.test(this.char())) this.advance();
          break;
        }
        if (i === 0 && /[+-]/.test(this.char())) this.advance();
        else break;
      }
    }
    this.endOfLine(line);
    let indent = increment > 0 ? Math.max(this.indent, 0) + increment : 0;
    indent = this.blockScalarBreaks(indent, line);
    while (this.column === indent && this.char() !== '') {
      while (!isBreakz(this.char())) this.advance();
      this.newline();
      indent = this.blockScalarBreaks(indent, line);
    }
    this.push('scalar', line);
  }

  private blockScalarBreaks(given: number, line: number): number {
    let widest = 0;
    for (;;) {
      while ((given === 0 || this.column < given) && this.char() === ' ') this.advance();
      widest = Math.max(widest, this.column);
      if ((given === 0 || this.column < given) && this.char() === '\t')
        this.fail('found a tab character where an indentation space is expected', line);
      if (!isBreak(this.char())) break;
      this.newline();
    }
    return given === 0 ? Math.max(widest, this.indent + 1, 1) : given;
  }

  private quoted(quote: string): void {
    this.saveKey();
    this.keyAllowed = false;
    const { line, column } = this;
    this.advance();
    for (;;) {
      if (this.column === 0 && this.isDocumentIndicator()) this.fail('found unexpected document indicator', line);
      if (this.char() === '') this.fail('found unexpected end of stream', line);
      while (!isBlankz(this.char())) {
        if (this.char() === quote) {
          if (quote === '"' || this.char(1) !== "'") break;
          this.advance(2);
        } else if (quote === '"' && this.char() === '\\') {
          if (isBreak(this.char(1))) {
            this.advance();
            this.newline();
            this.noteOutdented(column);
            break;
          }
          this.escape(line);
        } else this.advance();
      }
      if (this.char() === quote) break;
      while (isBlank(this.char()) || isBreak(this.char())) {
        if (isBlank(this.char())) this.advance();
        else {
          this.newline();
          this.noteOutdented(column);
        }
      }
    }
    this.advance();
    this.push('scalar', line);
  }

  private noteOutdented(column: number): void {
    let spaces = 0;
    while (spaces < column && this.char(spaces) === ' ') spaces++;
    if (spaces < column) this.outdented.push({ at: this.at, missing: column - spaces });
  }

  private plain(): void {
    this.saveKey();
    this.keyAllowed = false;
    const { line } = this;
    const indent = this.indent + 1;
    let leadingBlanks = false;
    for (;;) {
      if (this.column === 0 && this.isDocumentIndicator()) break;
      if (this.char() === '#') break;
      while (!isBlankz(this.char())) {
        const c = this.char();
        if (c === ':' && isBlankz(this.char(1))) break;
        if (this.flowLevel > 0 && ',?[]{}'.includes(c)) break;
        leadingBlanks = false;
        this.advance();
      }
      if (!isBlank(this.char()) && !isBreak(this.char())) break;
      while (isBlank(this.char()) || isBreak(this.char())) {
        if (isBlank(this.char())) {
          if (leadingBlanks && this.column < indent && this.char() === '\t')
            this.fail('found a tab character that violates indentation', line);
          this.advance();
        } else {
          this.newline();
          if (this.flowLevel > 0) this.noteOutdented(this.indent + 1);
          leadingBlanks = true;
        }
      }
      if (this.flowLevel === 0 && this.column < indent) break;
    }
    this.push('scalar', line);
    if (leadingBlanks) this.keyAllowed = true;
  }

  private toNextToken(): void {
    for (;;) {
      if (this.column === 0 && this.char() === '\ufeff') this.advance();
      while (this.char() === ' ' || ((this.flowLevel > 0 || !this.keyAllowed) && this.char() === '\t')) this.advance();
      if (this.char() === '#') while (!isBreakz(this.char())) this.advance();
      if (!isBreak(this.char())) return;
      this.newline();
      if (this.flowLevel > 0) this.noteOutdented(this.indent + 1);
      if (this.flowLevel === 0) this.keyAllowed = true;
    }
  }

  private saveKey(): void {
    if (!this.keyAllowed) return;
    this.removeKey();
    this.keys[this.keys.length - 1] = {
      ...this.newKey(true),
      required: this.flowLevel === 0 && this.indent === this.column,
    };
  }

  private removeKey(): void {
    const key = this.keys[this.keys.length - 1] as SimpleKey;
    if (key.possible && key.required) this.fail("could not find expected ':'", key.line);
    key.possible = false;
  }

  private newKey(possible: boolean): SimpleKey {
    const { at, line, column } = this;
    return { possible, required: false, token: this.taken + this.tokens.length, at, line, column };
  }

  private roll(column: number, index: number, type: TokenType, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`);
    this.tokens.splice(index, 0, { type, line });
  }

  private unroll(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.push('block-end', this.line);
      this.indent = this.indents.pop() as number;
    }
  }

  private single(type: TokenType): void {
    this.push(type, this.line);
    this.advance();
  }

  private push(type: TokenType, line: number, value?: string): void {
    this.tokens.push(value === undefined ? { type, line } : { type, line, value });
  }
}
