/**
 * How the parser goes over tokens and what it does where they are wrong: what ANTLR's DefaultErrorStrategy does, so that its
 * complaints are the same, and as many.
 */
import { type Piece, TOKENS, type Token, type TokenType, tokenize } from './lexer';
import type { Issue } from './source';

type Tokens = ReadonlySet<TokenType>;

/** What may follow a rule where it was called; with `ends`, also whatever may follow the rule that called it. */
interface Frame {
  readonly follow: Tokens;
  readonly ends: boolean;
}

/** A token that fits nowhere. */
class Mismatch {
  constructor(
    readonly message: string,
    readonly token: Token,
    readonly place: string,
  ) {}
}
/** The end of the attempt. */
export class GivenUp {
  constructor(readonly message: string | undefined) {}
}

const MOST_RECOVERIES = 30;
const MOST_SYNTAX_ERRORS = 100;
const MOST_SKIPPED = 256;

export class Recognizer {
  readonly issues: Issue[] = [];
  private readonly pieces: readonly Piece[];
  private readonly tokens: readonly Token[];
  private readonly frames: Frame[] = [];
  private at = 0;
  private recovering = false;
  private recoveries = 0;
  private lastError: { at: number; places: Set<string> } | undefined;

  constructor(text: string) {
    this.pieces = tokenize(text, this.issues);
    this.tokens = this.pieces.filter((piece): piece is Token => piece.type !== undefined);
  }

  get token(): Token {
    return this.tokens[this.at] as Token;
  }
  look(distance: number): TokenType {
    return (this.tokens[this.at + distance - 1] ?? (this.tokens.at(-1) as Token)).type;
  }

  /** Runs a rule; where it fails, what can't belong to it any more is skipped. */
  rule<T>(follow: Tokens, ends: boolean, broken: () => T, body: () => T): T {
    this.frames.push({ follow, ends });
    try {
      return body();
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      this.report(error.message, error.token);
      this.recover(error.place);
      return broken();
    } finally {
      this.frames.pop();
    }
  }

  /** The token of a type that must come now; one too many before it is left out, a missing one is made up. */
  match(type: TokenType, after: Tokens = NOTHING, ends = true): Token {
    if (this.token.type === type) return this.take();
    this.countRecovery();
    if (this.look(2) === type) {
      this.reportUnwanted(new Set([type]));
      this.advance();
      return this.take();
    }
    if (after.has(this.token.type) || (ends && this.mayFollow(this.token.type))) {
      this.report(`missing ${type} at ${display(this.token)}`, this.token);
      return { ...this.token, type, text: `<missing ${type}>` };
    }
    throw new Mismatch(`mismatched input ${display(this.token)} expecting ${type}`, this.token, `match ${type}`);
  }

  /** Sees to it that the next token is one of a set, where it must be. */
  sync(expected: Tokens, place: string): void {
    if (expected.has(this.token.type)) return;
    if (expected.has(this.look(2))) {
      this.reportUnwanted(expected);
      this.advance();
      this.matched();
      return;
    }
    throw new Mismatch(`mismatched input ${display(this.token)} expecting ${list(expected)}`, this.token, place);
  }

  /** The same at the end of a round of a loop: what does not fit is skipped. */
  syncLoop(expected: Tokens): void {
    if (expected.has(this.token.type)) return;
    this.reportUnwanted(expected);
    this.skipTo(new Set([...expected, ...this.recoverySet()]));
  }

  /** No rule begins with the tokens from here to the one at a distance. */
  noViableAlternative(distance: number, place: string): never {
    const offending = this.tokens[Math.min(this.at + distance - 1, this.tokens.length - 1)] as Token;
    const text = this.pieces
      .filter(({ offset, end, type }) => offset >= this.token.offset && end <= offending.end && type !== '<EOF>')
      .map((piece) => piece.text);
    const reserved = /^.(true|false|null)$/s.exec(text.join(''));
    throw new Mismatch(
      reserved
        ? `mismatched input '${reserved[1]}' expecting IDENTIFIER`
        : `no viable alternative at input '${escaped(text.join('') || '<EOF>')}'`,
      offending,
      place,
    );
  }

  take(): Token {
    const { token } = this;
    this.matched();
    this.advance();
    return token;
  }

  private advance(): void {
    if (this.at < this.tokens.length - 1) this.at++;
  }

  private matched(): void {
    this.recovering = false;
    this.lastError = undefined;
  }

  private report(message: string, token: Token): void {
    if (this.recovering) return;
    this.recovering = true;
    this.complain(message, token);
  }

  private complain(message: string, token: Token): void {
    const syntaxErrors = this.issues.length;
    if (syntaxErrors >= MOST_SYNTAX_ERRORS) {
      this.issues.push({
        message: `Syntax error: More than ${MOST_SYNTAX_ERRORS} syntax errors`,
        offset: token.offset,
      });
      throw new GivenUp(undefined);
    }
    this.issues.push({ message: `Syntax error: ${message}`, offset: token.offset });
  }

  private reportUnwanted(expected: Tokens): void {
    this.report(`extraneous input ${display(this.token)} expecting ${list(expected)}`, this.token);
  }

  private recover(place: string): void {
    this.countRecovery();
    if (this.lastError?.at === this.at && this.lastError.places.has(place)) this.advance();
    const places = this.lastError?.places ?? new Set();
    this.lastError = { at: this.at, places: places.add(place) };
    this.skipTo(this.recoverySet());
  }

  private countRecovery(): void {
    if (this.recoveries++ < MOST_RECOVERIES) return;
    this.complain(`error recovery attempt limit exceeded: ${MOST_RECOVERIES}`, this.token);
    throw new GivenUp(undefined);
  }

  private skipTo(wanted: Tokens): void {
    for (let skipped = 0; this.token.type !== '<EOF>' && !wanted.has(this.token.type); skipped++) {
      if (skipped >= MOST_SKIPPED) throw new GivenUp(`error recovery token lookahead limit exceeded: ${MOST_SKIPPED}`);
      this.advance();
    }
  }

  private recoverySet(): Tokens {
    return new Set(this.frames.flatMap(({ follow }) => [...follow]));
  }

  private mayFollow(type: TokenType): boolean {
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const { follow, ends } = this.frames[i] as Frame;
      if (follow.has(type)) return true;
      if (!ends) return false;
    }
    return type === '<EOF>';
  }
}

const NOTHING: Tokens = new Set();

function display({ type, text }: Token): string {
  return type === '<EOF>' ? "'<EOF>'" : `'${escaped(text)}'`;
}

function escaped(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

function list(types: Tokens): string {
  const sorted = TOKENS.filter((type) => types.has(type));
  return sorted.length === 1 ? (sorted[0] as string) : `{${sorted.join(', ')}}`;
}
