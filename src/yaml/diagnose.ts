/**
 * What go-yaml v2 says about text that is not YAML: `line 3: mapping values are not allowed in this context`. The grammar is
 * libyaml's, over libyaml's tokens (parserc.go, decode.go parser.fail).
 */
import { SyntaxProblem } from './cursor';
import { Scanner, type Token, type TokenType } from './scanner';

/**
 * go-yaml's complaint about the first document of a text, or undefined when it has none. `version` 3 names the line where
 * the broken part begins rather than the one where it breaks, as go-yaml v3 does.
 */
export function diagnose(text: string, version: 2 | 3 = 2): string | undefined {
  const control = controlCharacter(text);
  try {
    new Grammar(new Scanner(control === undefined ? text : text.slice(0, control))).document();
  } catch (error) {
    if (error instanceof UnknownAnchor) return error.message;
    if (!(error instanceof SyntaxProblem)) throw error;
    if (control !== undefined && error.line >= text.slice(0, control).split('\n').length - 1)
      return 'control characters are not allowed';
    // Lines count from 0, and only the scanner's are put right; line 0 goes unsaid.
    const more = error.kind === 'scanner' ? 1 : 0;
    let line = error.line !== 0 ? error.line + more : error.contextLine;
    if (version === 3 && error.contextLine !== 0) line = error.contextLine + more;
    return line === 0 ? error.message : `line ${line}: ${error.message}`;
  }
  return control === undefined ? undefined : 'control characters are not allowed';
}

class UnknownAnchor extends Error {}

/** The offset of the first character that YAML forbids (readerc.go). */
function controlCharacter(text: string): number | undefined {
  const at = text.search(/[^\t\n\r\x20-\x7e\u0085\u00a0-\ufefe\uff00-\ufffd]/);
  // A byte order mark is let through by the reader, at the start only.
  return at < 0 || (at === 0 && text.charCodeAt(0) === 0xfeff) ? undefined : at;
}

class Grammar {
  private readonly anchors = new Set<string>();
  private handles = new Set(['!', '!!']);

  constructor(private readonly scanner: Scanner) {}

  document(): void {
    this.scanner.peek();
    this.scanner.skip();
    if (!this.is('version-directive', 'tag-directive', 'document-start', 'stream-end')) {
      this.node(true, false);
    } else if (this.scanner.peek().type !== 'stream-end') {
      this.directives();
      const token = this.scanner.peek();
      if (token.type !== 'document-start') this.fail('did not find expected <document start>', token);
      this.scanner.skip();
      if (!this.is('version-directive', 'tag-directive', 'document-start', 'document-end', 'stream-end'))
        this.node(true, false);
    } else return;
    // The end of a document is whatever comes; only the scanner may object to it.
    this.scanner.peek();
  }

  private directives(): void {
    let version = false;
    const handles = new Set<string>();
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === 'version-directive') {
        if (version) this.fail('found duplicate %YAML directive', token);
        if (token.value !== '1.1') this.fail('found incompatible YAML document', token);
        version = true;
      } else if (token.type === 'tag-directive') {
        if (handles.has(token.value as string)) this.fail('found duplicate %TAG directive', token);
        handles.add(token.value as string);
        this.handles.add(token.value as string);
      } else return;
      this.scanner.skip();
    }
  }

  private node(block: boolean, indentless: boolean): void {
    let token = this.scanner.peek();
    if (token.type === 'alias') {
      if (!this.anchors.has(token.value as string))
        throw new UnknownAnchor(`unknown anchor '${token.value}' referenced`);
      this.scanner.skip();
      return;
    }
    const start = token;
    let properties = false;
    let anchor: string | undefined;
    let tag: Token | undefined;
    for (let i = 0; i < 2; i++) {
      if (token.type === 'anchor' && anchor === undefined) anchor = token.value;
      else if (token.type === 'tag' && tag === undefined) tag = token;
      else break;
      properties = true;
      this.scanner.skip();
      token = this.scanner.peek();
    }
    if (tag?.value && !this.handles.has(tag.value))
      throw new SyntaxProblem('found undefined tag handle', 'parser', tag.line, start.line);
    if (anchor !== undefined) this.anchors.add(anchor);
    if (indentless && token.type === '-') {
      this.indentlessSequence();
      return;
    }
    if (token.type === 'scalar') {
      this.scanner.skip();
      return;
    }
    if (token.type === '[') {
      this.flowSequence();
      return;
    }
    if (token.type === '{') {
      this.flowMapping();
      return;
    }
    if (block && token.type === 'block-sequence-start') {
      this.blockSequence();
      return;
    }
    if (block && token.type === 'block-mapping-start') {
      this.blockMapping();
      return;
    }
    if (properties) return;
    this.fail('did not find expected node content', token, start.line);
  }

  private blockSequence(): void {
    const start = this.scanner.peek();
    this.scanner.skip();
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === 'block-end') {
        this.scanner.skip();
        return;
      }
      if (token.type !== '-') this.fail("did not find expected '-' indicator", token, start.line);
      this.scanner.skip();
      if (!this.is('-', 'block-end')) this.node(true, false);
    }
  }

  private indentlessSequence(): void {
    while (this.is('-')) {
      this.scanner.skip();
      if (!this.is('-', 'key', 'value', 'block-end')) this.node(true, false);
    }
  }

  private blockMapping(): void {
    const start = this.scanner.peek();
    this.scanner.skip();
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === 'block-end') {
        this.scanner.skip();
        return;
      }
      if (token.type !== 'key') this.fail('did not find expected key', token, start.line);
      this.scanner.skip();
      if (!this.is('key', 'value', 'block-end')) this.node(true, true);
      if (!this.is('value')) continue;
      this.scanner.skip();
      if (!this.is('key', 'value', 'block-end')) this.node(true, true);
    }
  }

  private flowSequence(): void {
    const start = this.scanner.peek();
    this.scanner.skip();
    for (let first = true; !this.is(']'); first = false) {
      if (!first) this.comma("did not find expected ',' or ']'", start);
      if (this.is('key')) {
        this.scanner.skip();
        if (this.is('value', ',', ']')) {
          // libyaml takes the token after an empty key for granted, whatever it is.
          this.scanner.skip();
          if (this.is('value')) this.flowValue(']');
        } else {
          this.node(false, false);
          if (this.is('value')) this.flowValue(']');
        }
      } else if (!this.is(']')) this.node(false, false);
      else break;
    }
    this.scanner.skip();
  }

  private flowMapping(): void {
    const start = this.scanner.peek();
    this.scanner.skip();
    for (let first = true; !this.is('}'); first = false) {
      if (!first) this.comma("did not find expected ',' or '}'", start);
      if (this.is('key')) {
        this.scanner.skip();
        if (!this.is('value', ',', '}')) this.node(false, false);
        if (this.is('value')) this.flowValue('}');
      } else if (!this.is('}')) this.node(false, false);
      else break;
    }
    this.scanner.skip();
  }

  private flowValue(end: TokenType): void {
    this.scanner.skip();
    if (!this.is(',', end)) this.node(false, false);
  }

  private comma(message: string, start: Token): void {
    const token = this.scanner.peek();
    if (token.type !== ',') this.fail(message, token, start.line);
    this.scanner.skip();
  }

  private is(...types: TokenType[]): boolean {
    return types.includes(this.scanner.peek().type);
  }

  private fail(message: string, token: Token, contextLine = 0): never {
    throw new SyntaxProblem(message, 'parser', token.line, contextLine);
  }
}
