/** A place in YAML text, and the small things that can be read from there (libyaml's scannerc.go). */

/** libyaml's complaint. `line` and `contextLine` count from 0. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly kind: 'reader' | 'scanner' | 'parser',
    readonly line: number,
    readonly contextLine: number,
  ) {
    super(message);
  }
}

export class Cursor {
  protected at = 0;
  protected line = 0;
  protected column = 0;

  constructor(protected readonly text: string) {}

  protected isDocumentIndicator(): boolean {
    const three = this.text.slice(this.at, this.at + 3);
    return (three === '---' || three === '...') && isBlankz(this.char(3));
  }

  protected tagHandle(directive: boolean, line: number): string {
    if (this.char() !== '!') this.fail("did not find expected '!'", line);
    this.advance();
    let handle = `!${this.word()}`;
    if (this.char() === '!') {
      handle += '!';
      this.advance();
    } else if (directive && handle !== '!') this.fail("did not find expected '!'", line);
    return handle;
  }

  protected tagUri(mayBeEmpty: boolean, line: number): void {
    let found = mayBeEmpty;
    while (/[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]%]/.test(this.char())) {
      if (this.char() === '%' && !/^[0-9a-fA-F]{2}$/.test(this.text.slice(this.at + 1, this.at + 3)))
        this.fail('did not find URI escaped octet', line);
      this.advance();
      found = true;
    }
    if (!found) this.fail('did not find expected tag URI', line);
  }

  protected versionNumber(line: number): string {
    let digits = '';
    while (/\d/.test(this.char())) {
      digits += this.char();
      if (digits.length > 2) this.fail('found extremely long version number', line);
      this.advance();
    }
    if (digits === '') this.fail('did not find expected version number', line);
    return digits;
  }

  /** White space, a comment, the end of the line; anything else is a mistake. */
  protected endOfLine(line: number): void {
    this.blanks();
    if (this.char() === '#') while (!isBreakz(this.char())) this.advance();
    if (!isBreakz(this.char())) this.fail('did not find expected comment or line break', line);
    this.newline();
  }

  protected escape(line: number): void {
    const letter = this.char(1);
    const length = { x: 2, u: 4, U: 8 }[letter] ?? 0;
    if (length === 0 && !('0abt\tnvfre "\'\\N_LP'.includes(letter) && letter !== ''))
      this.fail('found unknown escape character', line);
    this.advance(2);
    if (length === 0) return;
    const hex = this.text.slice(this.at, this.at + length);
    if (!new RegExp(`^[0-9a-fA-F]{${length}}$`).test(hex)) this.fail('did not find expected hexdecimal number', line);
    const code = Number.parseInt(hex, 16);
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
      this.fail('found invalid Unicode character escape code', line);
    this.advance(length);
  }

  protected word(): string {
    const start = this.at;
    while (/[0-9A-Za-z_-]/.test(this.char())) this.advance();
    return this.text.slice(start, this.at);
  }

  protected blanks(): void {
    while (isBlank(this.char())) this.advance();
  }

  protected char(ahead = 0): string {
    const c = this.text[this.at + ahead];
    return c === undefined || c === '\0' ? '' : c;
  }

  protected advance(count = 1): void {
    this.at += count;
    this.column += count;
  }

  protected newline(): void {
    if (!isBreak(this.char())) return;
    this.at += this.char() === '\r' && this.char(1) === '\n' ? 2 : 1;
    this.column = 0;
    this.line++;
  }

  protected fail(message: string, contextLine = this.line): never {
    throw new SyntaxProblem(message, 'scanner', this.line, contextLine);
  }
}

export function isBlank(c: string): boolean {
  return c === ' ' || c === '\t';
}

export function isBreak(c: string): boolean {
  return c === '\n' || c === '\r' || c === '\u0085' || c === '\u2028' || c === '\u2029';
}

export function isBreakz(c: string): boolean {
  return c === '' || isBreak(c);
}

export function isBlankz(c: string): boolean {
  return isBlank(c) || isBreakz(c);
}
