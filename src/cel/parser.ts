/** From the text of an expression to what it is (cel-go `parser/parser.go`, `parser/gen/CEL.g4`). */
import type { Call, Expr, FieldInit, MapEntry } from './ast';
import type { Token, TokenType } from './lexer';
import { expandGlobal, expandMember, type MacroError } from './macros';
import { GivenUp, Recognizer } from './recognizer';
import type { Issue } from './source';
import { unescapeBytes, unescapeString } from './unescape';
import { Uint, type Value } from './values';

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);
const MOST_NESTED = 250;
const LONGEST = 100_000;

const tokens = (...types: TokenType[]): ReadonlySet<TokenType> => new Set(types);
const FIRST = tokens(
  "'['",
  "'{'",
  "'('",
  "'.'",
  "'-'",
  "'!'",
  "'true'",
  "'false'",
  "'null'",
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
);
const NONE = tokens();
const RELATIONS = tokens("'<'", "'<='", "'>='", "'>'", "'=='", "'!='", "'in'");
const PRODUCTS = tokens("'*'", "'/'", "'%'");
const SUMS = tokens("'+'", "'-'");
const CALCULATIONS = tokens(...PRODUCTS, ...SUMS);
const MEMBERS = tokens("'.'", "'['");
const OPTIONAL_FIRST = tokens("'?'", ...FIRST);
const FIELD_FIRST = tokens("'?'", 'IDENTIFIER', 'ESC_IDENTIFIER');

/** The expression; what is wrong with it, if anything is. */
export function parse(text: string): { expr: Expr; issues: readonly Issue[] } {
  const size = Array.from(text).length;
  if (size > LONGEST) return given(`expression code point size exceeds limit: size: ${size}, limit ${LONGEST}`);
  const parser = new Parser(text);
  try {
    const expr = parser.start();
    const tooDeep = expr.depth > MOST_NESTED;
    const issues = [
      ...parser.syntax.issues,
      ...(tooDeep ? [{ message: 'max recursion depth exceeded', offset: undefined }] : parser.issues),
    ];
    return { expr, issues };
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error;
    return given(error.message, parser.syntax.issues);
  }
}

function given(message: string | undefined, before: readonly Issue[] = []): { expr: Expr; issues: readonly Issue[] } {
  const issues = message === undefined ? before : [...before, { message, offset: undefined }];
  return { expr: { kind: 'broken', offset: 0, depth: 0 }, issues };
}

class Parser {
  /** What is wrong with what is well-formed. */
  readonly issues: Issue[] = [];
  readonly syntax: Recognizer;
  private nested = 0;

  constructor(text: string) {
    this.syntax = new Recognizer(text);
  }

  start(): Expr {
    return this.syntax.rule(NONE, true, this.broken, () => {
      const expr = this.expr(tokens('<EOF>'), false);
      this.syntax.match('<EOF>');
      return expr;
    });
  }

  private expr(follow: ReadonlySet<TokenType>, ends: boolean): Expr {
    if (++this.nested > MOST_NESTED) throw new GivenUp(`expression recursion limit exceeded: ${MOST_NESTED}`);
    const expr = this.syntax.rule(follow, ends, this.broken, () => {
      const condition = this.or(tokens("'?'"), true);
      if (this.syntax.token.type !== "'?'") return condition;
      const { offset } = this.syntax.take();
      const yes = this.or(tokens("':'"), false);
      this.syntax.match("':'", FIRST, false);
      const no = this.expr(NONE, true);
      return call('_?_:_', [condition, yes, no], offset, 1);
    });
    this.nested--;
    return expr;
  }

  private or(follow: ReadonlySet<TokenType>, ends: boolean): Expr {
    return this.logic(follow, ends, "'||'", '_||_', () => this.and());
  }

  private and(): Expr {
    return this.logic(tokens("'||'"), true, "'&&'", '_&&_', () => this.relation(1, tokens("'&&'")));
  }

  /** Terms joined by one operator, as a balanced tree. */
  private logic(
    follow: ReadonlySet<TokenType>,
    ends: boolean,
    operator: TokenType,
    name: string,
    term: () => Expr,
  ): Expr {
    return this.syntax.rule(follow, ends, this.broken, () => {
      const terms = [term()];
      const offsets: number[] = [];
      while (this.syntax.token.type === operator) {
        offsets.push(this.syntax.take().offset);
        terms.push(term());
      }
      const tree = (low: number, high: number): Expr => {
        const middle = (low + high + 1) >> 1;
        const left = middle === low ? (terms[middle] as Expr) : tree(low, middle - 1);
        const right = middle === high ? (terms[middle + 1] as Expr) : tree(middle + 1, high);
        return call(name, [left, right], offsets[middle] as number, 0);
      };
      return offsets.length === 0 ? (terms[0] as Expr) : tree(0, offsets.length - 1);
    });
  }

  private relation(precedence: number, follow: ReadonlySet<TokenType>): Expr {
    return this.syntax.rule(follow, true, this.broken, () => {
      let left = this.calculation(1, RELATIONS);
      while (precedence <= 1 && RELATIONS.has(this.syntax.token.type))
        left = this.binary(left, () => this.relation(2, RELATIONS));
      return left;
    });
  }

  private calculation(precedence: number, follow: ReadonlySet<TokenType>): Expr {
    return this.syntax.rule(follow, true, this.broken, () => {
      let left = this.unary();
      for (;;) {
        const { type } = this.syntax.token;
        if (PRODUCTS.has(type) && precedence <= 2) left = this.binary(left, () => this.calculation(3, CALCULATIONS));
        else if (SUMS.has(type) && precedence <= 1) left = this.binary(left, () => this.calculation(2, CALCULATIONS));
        else return left;
      }
    });
  }

  private binary(left: Expr, operand: () => Expr): Expr {
    const { text, offset } = this.syntax.take();
    return call(text === 'in' ? '@in' : `_${text}_`, [left, operand()], offset, 1);
  }

  private unary(): Expr {
    return this.syntax.rule(CALCULATIONS, true, this.broken, () => {
      this.syntax.sync(FIRST, 'unary');
      const { type, offset } = this.syntax.token;
      let operators = 0;
      if (type === "'!'") {
        do {
          this.syntax.take();
          operators++;
          this.syntax.syncLoop(FIRST);
        } while (this.syntax.token.type === "'!'");
      } else if (type === "'-'" && !this.isSigned()) {
        do {
          if (this.syntax.look(2) === "'!'" || !FIRST.has(this.syntax.look(2)))
            this.syntax.noViableAlternative(2, 'negate');
          this.syntax.take();
          operators++;
        } while (this.syntax.token.type === "'-'");
      }
      const operand = this.member();
      return operators % 2 === 0 ? operand : call(type === "'!'" ? '!_' : '-_', [operand], offset, 0);
    });
  }

  /** A minus that belongs to a number. */
  private isSigned(): boolean {
    const next = this.syntax.look(2);
    return next === 'NUM_INT' || next === 'NUM_FLOAT';
  }

  private member(): Expr {
    return this.syntax.rule(NONE, true, this.broken, () => {
      let operand = this.primary();
      for (;;) {
        const { type } = this.syntax.token;
        if (type === "'.'") operand = this.selection(operand);
        else if (type === "'['") operand = this.index(operand);
        else return operand;
      }
    });
  }

  private selection(operand: Expr): Expr {
    const next = this.syntax.look(2);
    if (next !== "'?'" && next !== 'IDENTIFIER' && next !== 'ESC_IDENTIFIER')
      this.syntax.noViableAlternative(2, 'member');
    const { offset } = this.syntax.take();
    if (next === 'IDENTIFIER' && this.syntax.look(2) === "'('") {
      const { text } = this.syntax.take();
      const open = this.syntax.take();
      const args = this.args();
      return this.expanded(expandMember(text, operand, args, open.offset)) ?? member(text, operand, args, open.offset);
    }
    const optional = this.syntax.token.type === "'?'";
    if (optional) this.syntax.take();
    const name = this.fieldName();
    if (!name) return this.broken();
    if (optional) {
      const field: Expr = { kind: 'literal', value: name.text, offset: name.offset, depth: 0 };
      return call('_?._', [operand, field], offset, 1);
    }
    return { kind: 'select', operand, field: name.text, test: false, offset, depth: operand.depth + 1 };
  }

  /** escapeIdent; undefined if it is none, or one that quotes. */
  private fieldName(): Token | undefined {
    return this.syntax.rule(
      MEMBERS,
      true,
      () => undefined,
      () => {
        this.syntax.sync(tokens('IDENTIFIER', 'ESC_IDENTIFIER'), 'escapeIdent');
        const token = this.syntax.take();
        if (token.type === 'IDENTIFIER') return token;
        this.issues.push({ message: "unsupported syntax: '`'", offset: token.offset });
        return undefined;
      },
    );
  }

  private index(operand: Expr): Expr {
    const { offset } = this.syntax.take();
    this.syntax.sync(OPTIONAL_FIRST, 'index');
    const optional = this.syntax.token.type === "'?'";
    if (optional) this.syntax.take();
    const index = this.expr(tokens("']'"), false);
    this.syntax.match("']'", MEMBERS);
    return call(optional ? '_[?_]' : '_[_]', [operand, index], offset, 1);
  }

  /** The arguments up to the closing parenthesis. */
  private args(): Expr[] {
    this.syntax.sync(tokens(...FIRST, "')'"), 'arguments');
    const args: Expr[] = [];
    if (this.syntax.token.type !== "')'")
      this.syntax.rule(
        tokens("')'"),
        false,
        () => undefined,
        () => {
          args.push(this.expr(tokens("','"), true));
          while (this.syntax.token.type === "','") {
            this.syntax.take();
            args.push(this.expr(tokens("','"), true));
          }
        },
      );
    this.syntax.match("')'", MEMBERS);
    return args;
  }

  private primary(): Expr {
    return this.syntax.rule(MEMBERS, true, this.broken, () => {
      this.syntax.sync(FIRST, 'primary');
      switch (this.syntax.token.type) {
        case "'('": {
          this.syntax.take();
          const expr = this.expr(tokens("')'"), false);
          this.syntax.match("')'");
          return expr;
        }
        case "'['":
          return this.list();
        case "'{'":
          return this.map();
        case "'.'":
        case 'IDENTIFIER':
          return this.named();
        default:
          return this.literal();
      }
    });
  }

  private named(): Expr {
    const start = this.syntax.token;
    let distance = start.type === "'.'" ? 2 : 1;
    if (this.syntax.look(distance) !== 'IDENTIFIER') this.syntax.noViableAlternative(distance, 'primary');
    const prefix = start.type === "'.'" ? this.syntax.take().text : '';
    distance = 2;
    if (this.syntax.look(distance) === "'('") {
      const { text } = this.syntax.take();
      const open = this.syntax.take();
      const args = this.args();
      if (RESERVED.has(text)) return this.reserved(text, start.offset);
      const expansion = prefix ? undefined : expandGlobal(text, args, open.offset);
      return this.expanded(expansion) ?? call(prefix + text, args, open.offset, 0);
    }
    while (this.syntax.look(distance) === "'.'" && this.syntax.look(distance + 1) === 'IDENTIFIER') distance += 2;
    if (this.syntax.look(distance) === "'{'") return this.struct(prefix);
    const { text, offset } = this.syntax.take();
    if (RESERVED.has(text)) return this.reserved(text, start.offset);
    return { kind: 'ident', name: prefix + text, offset, depth: 0 };
  }

  private reserved(name: string, offset: number): Expr {
    this.issues.push({ message: `reserved identifier: ${name}`, offset });
    return { kind: 'broken', offset, depth: 0 };
  }

  private struct(prefix: string): Expr {
    const names = [this.syntax.take().text];
    while (this.syntax.token.type === "'.'") {
      this.syntax.take();
      names.push(this.syntax.take().text);
    }
    const { offset } = this.syntax.take();
    const fields: FieldInit[] = [];
    this.syntax.sync(tokens("'}'", "','", ...FIELD_FIRST), 'struct');
    if (FIELD_FIRST.has(this.syntax.token.type))
      this.entries(FIELD_FIRST, "'}'", () => {
        const optional = this.syntax.token.type === "'?'";
        if (optional) this.syntax.take();
        const name = this.fieldName();
        const colon = this.syntax.match("':'", FIRST, false);
        const value = this.expr(tokens("','"), true);
        if (name) fields.push({ name: name.text, value, optional, offset: colon.offset });
      });
    this.close("'}'");
    return {
      kind: 'struct',
      name: prefix + names.join('.'),
      fields,
      offset,
      depth: deepest(fields.map(({ value }) => value)),
    };
  }

  private list(): Expr {
    const { offset } = this.syntax.take();
    const elements: Expr[] = [];
    const optional = new Set<number>();
    this.syntax.sync(tokens(...OPTIONAL_FIRST, "','", "']'"), 'list');
    if (OPTIONAL_FIRST.has(this.syntax.token.type))
      this.entries(OPTIONAL_FIRST, "']'", () => {
        const { expr, isOptional } = this.optionalExpr(tokens("','"), true);
        if (isOptional) optional.add(elements.length);
        elements.push(expr);
      });
    this.close("']'");
    return { kind: 'list', elements, optional, offset, depth: deepest(elements) };
  }

  private map(): Expr {
    const { offset } = this.syntax.take();
    const entries: MapEntry[] = [];
    this.syntax.sync(tokens(...OPTIONAL_FIRST, "','", "'}'"), 'map');
    if (OPTIONAL_FIRST.has(this.syntax.token.type))
      this.entries(OPTIONAL_FIRST, "'}'", () => {
        const { expr: key, isOptional: optional } = this.optionalExpr(tokens("':'"), false);
        const colon = this.syntax.match("':'", FIRST, false);
        entries.push({ key, value: this.expr(tokens("','"), true), optional, offset: colon.offset });
      });
    this.close("'}'");
    return { kind: 'map', entries, offset, depth: deepest(entries.flatMap(({ key, value }) => [key, value])) };
  }

  private optionalExpr(follow: ReadonlySet<TokenType>, ends: boolean): { expr: Expr; isOptional: boolean } {
    return this.syntax.rule(
      follow,
      ends,
      () => ({ expr: this.broken(), isOptional: false }),
      () => {
        this.syntax.sync(OPTIONAL_FIRST, 'optExpr');
        const isOptional = this.syntax.token.type === "'?'";
        if (isOptional) this.syntax.take();
        return { expr: this.expr(NONE, true), isOptional };
      },
    );
  }

  /** Entries between commas; a comma behind which none begins is left. */
  private entries(first: ReadonlySet<TokenType>, bracket: TokenType, entry: () => void): void {
    this.syntax.rule(
      tokens("','", bracket),
      false,
      () => undefined,
      () => {
        entry();
        while (this.syntax.token.type === "','" && first.has(this.syntax.look(2))) {
          this.syntax.take();
          entry();
        }
      },
    );
  }

  private close(bracket: TokenType): void {
    this.syntax.sync(tokens("','", bracket), 'close');
    if (this.syntax.token.type === "','") this.syntax.take();
    this.syntax.match(bracket);
  }

  private literal(): Expr {
    const { offset } = this.syntax.token;
    const sign = this.syntax.token.type === "'-'" ? this.syntax.take().text : '';
    const { type, text } = this.syntax.take();
    try {
      return { kind: 'literal', value: literalOf(type, sign, text), offset, depth: 0 };
    } catch (error) {
      this.issues.push({ message: (error as Error).message, offset });
      return { kind: 'broken', offset, depth: 0 };
    }
  }

  private expanded(expansion: Expr | { readonly error: MacroError } | undefined): Expr | undefined {
    if (!expansion || !('error' in expansion)) return expansion;
    this.issues.push(expansion.error);
    return { kind: 'broken', offset: expansion.error.offset, depth: 0 };
  }

  private readonly broken = (): Expr => ({ kind: 'broken', offset: this.syntax.token.offset, depth: 0 });
}

function literalOf(type: TokenType, sign: string, text: string): Value {
  switch (type) {
    case "'true'":
    case "'false'":
      return type === "'true'";
    case "'null'":
      return null;
    case 'NUM_INT': {
      const magnitude = BigInt(text);
      const value = sign ? -magnitude : magnitude;
      if (value !== BigInt.asIntN(64, value)) throw new Error('invalid int literal');
      return value;
    }
    case 'NUM_UINT': {
      const value = BigInt(text.slice(0, -1));
      if (value !== BigInt.asUintN(64, value)) throw new Error('invalid uint literal');
      return new Uint(value);
    }
    case 'NUM_FLOAT': {
      const value = Number(sign + text);
      if (!Number.isFinite(value)) throw new Error('invalid double literal');
      return value;
    }
    case 'BYTES':
      return unescapeBytes(text.slice(1));
    default:
      return unescapeString(text);
  }
}

function call(name: string, args: readonly Expr[], offset: number, level: number): Call {
  return { kind: 'call', function: name, target: undefined, args, offset, depth: deepest(args) + level };
}
function member(name: string, target: Expr, args: readonly Expr[], offset: number): Call {
  return { kind: 'call', function: name, target, args, offset, depth: deepest([target, ...args]) + 1 };
}
function deepest(exprs: readonly Expr[]): number {
  return Math.max(0, ...exprs.map(({ depth }) => depth));
}
