/**
 * The simple part of jq: paths, `.a.b`, `.a["b"]`, `.a[0]`, `.a[]`, pipes, `select(…)`, comparisons, `and`, `or`, `not`, `//` and
 * literals. It is what the Stages of kwok are written with.
 */
import { deepEqual, isObject, type Json } from '../../apimachinery/json';

/** From one value to as many as there are. */
export type Query = (value: Json) => Json[];

/** @throws Error for what is no jq, or more than this knows */
export function parseQuery(text: string): Query {
  const parser = new Parser(text);
  const query = parser.pipe();
  parser.end();
  return query;
}

const TOKEN =
  /\s*(?:(\.\.|\|\||\/\/|==|!=|<=|>=|[|()[\].,<>?])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(\S))/y;

type Token = { kind: 'sign' | 'string' | 'number' | 'word'; text: string; at: number };

class Parser {
  private readonly tokens: Token[] = [];
  private next = 0;

  constructor(private readonly text: string) {
    TOKEN.lastIndex = 0;
    const trimmed = text.trimEnd();
    while (TOKEN.lastIndex < trimmed.length) {
      const at = TOKEN.lastIndex;
      const [, sign, string, number, word, other] = TOKEN.exec(trimmed) as RegExpExecArray;
      if (other !== undefined) throw new Error(`unexpected token ${JSON.stringify(other)} in ${JSON.stringify(text)}`);
      const kind =
        sign !== undefined ? 'sign' : string !== undefined ? 'string' : number !== undefined ? 'number' : 'word';
      this.tokens.push({ kind, text: (sign ?? string ?? number ?? word) as string, at });
    }
  }

  end(): void {
    const token = this.tokens[this.next];
    if (token) throw this.unexpected(token);
  }

  pipe(): Query {
    let query = this.alternative();
    while (this.takes('|')) {
      const [first, second] = [query, this.alternative()];
      query = (value) => first(value).flatMap(second);
    }
    return query;
  }

  /** `a // b`: what a gives that is neither null nor false, else b. */
  private alternative(): Query {
    const first = this.either();
    if (!this.takes('//')) return first;
    const second = this.alternative();
    return (value) => {
      const found = first(value).filter(isTruthy);
      return found.length > 0 ? found : second(value);
    };
  }

  private either(): Query {
    let query = this.both();
    while (this.takesWord('or')) query = combined(query, this.both(), (a, b) => isTruthy(a) || isTruthy(b));
    return query;
  }

  private both(): Query {
    let query = this.comparison();
    while (this.takesWord('and')) query = combined(query, this.comparison(), (a, b) => isTruthy(a) && isTruthy(b));
    return query;
  }

  private comparison(): Query {
    const first = this.term();
    for (const [sign, compare] of COMPARISONS) if (this.takes(sign)) return combined(first, this.term(), compare);
    return first;
  }

  private term(): Query {
    const token = this.tokens[this.next++];
    if (!token) throw new Error(`unexpected end of ${JSON.stringify(this.text)}`);
    if (token.kind === 'string') return constant(JSON.parse(token.text));
    if (token.kind === 'number') return constant(Number(token.text));
    if (token.text === '(') {
      const inner = this.pipe();
      this.demand(')');
      return this.steps(inner);
    }
    if (token.text === '.') return this.path();
    if (token.kind === 'word') return this.word(token);
    throw this.unexpected(token);
  }

  private word(token: Token): Query {
    switch (token.text) {
      case 'true':
        return constant(true);
      case 'false':
        return constant(false);
      case 'null':
        return constant(null);
      case 'empty':
        return () => [];
      case 'not':
        return (value) => [!isTruthy(value)];
      case 'length':
        return (value) => [lengthOf(value)];
      case 'select': {
        this.demand('(');
        const condition = this.pipe();
        this.demand(')');
        return (value) =>
          condition(value)
            .filter(isTruthy)
            .map(() => value);
      }
      default:
        throw this.unexpected(token);
    }
  }

  /** Behind a first `.`: a name, an index, or nothing. */
  private path(): Query {
    const token = this.tokens[this.next];
    let query: Query = (value) => [value];
    if (token?.kind === 'word' || token?.kind === 'string') {
      this.next++;
      query = field(token.kind === 'word' ? token.text : JSON.parse(token.text));
    }
    return this.steps(query);
  }

  private steps(start: Query): Query {
    let query = start;
    for (;;) {
      const before = query;
      const then = (step: Query) => {
        query = (value) => before(value).flatMap(step);
      };
      if (this.takes('?')) query = quietly(before);
      else if (this.takes('[')) then(this.bracket());
      else if (this.takes('.')) {
        const token = this.tokens[this.next];
        // `.a.[]` is `.a[]`.
        if (token?.text === '[') continue;
        if (token?.kind !== 'word' && token?.kind !== 'string') throw this.unexpected(token);
        this.next++;
        then(field(token.kind === 'word' ? token.text : JSON.parse(token.text)));
      } else return query;
    }
  }

  private bracket(): Query {
    if (this.takes(']')) return each;
    const token = this.tokens[this.next++];
    if (token?.kind !== 'string' && token?.kind !== 'number') throw this.unexpected(token);
    this.demand(']');
    return token.kind === 'string' ? field(JSON.parse(token.text)) : item(Number(token.text));
  }

  private takes(sign: string): boolean {
    const token = this.tokens[this.next];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.next++;
    return true;
  }

  private takesWord(word: string): boolean {
    const token = this.tokens[this.next];
    if (token?.kind !== 'word' || token.text !== word) return false;
    this.next++;
    return true;
  }

  private demand(sign: string): void {
    if (!this.takes(sign)) throw this.unexpected(this.tokens[this.next]);
  }

  private unexpected(token: Token | undefined): Error {
    const what = token ? `unexpected token ${JSON.stringify(token.text)}` : 'unexpected end';
    return new Error(`${what} in ${JSON.stringify(this.text)}`);
  }
}

/** A value that is of the wrong kind for what is asked of it. */
class WrongKind extends Error {}

function constant(value: Json): Query {
  return () => [value];
}

function field(name: string): Query {
  return (value) => {
    if (value === null) return [null];
    if (!isObject(value)) throw new WrongKind();
    return [Object.hasOwn(value, name) ? (value[name] as Json) : null];
  };
}

function item(index: number): Query {
  return (value) => {
    if (value === null) return [null];
    if (!Array.isArray(value)) throw new WrongKind();
    return [value.at(index) ?? null];
  };
}

function each(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (isObject(value)) return Object.values(value);
  throw new WrongKind();
}

function quietly(query: Query): Query {
  return (value) => {
    try {
      return query(value);
    } catch (error) {
      if (error instanceof WrongKind) return [];
      throw error;
    }
  };
}

function combined(first: Query, second: Query, combine: (a: Json, b: Json) => Json): Query {
  return (value) => second(value).flatMap((b) => first(value).map((a) => combine(a, b)));
}

const COMPARISONS: readonly [string, (a: Json, b: Json) => boolean][] = [
  ['==', (a, b) => deepEqual(a, b)],
  ['!=', (a, b) => !deepEqual(a, b)],
  ['<=', (a, b) => order(a, b) <= 0],
  ['>=', (a, b) => order(a, b) >= 0],
  ['<', (a, b) => order(a, b) < 0],
  ['>', (a, b) => order(a, b) > 0],
];

function order(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const rank = (value: Json) => [null, false, true].indexOf(value as null) + 1 || 4;
  return rank(a) - rank(b);
}

function lengthOf(value: Json): number {
  if (value === null) return 0;
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : Math.abs(Number(value));
}

function isTruthy(value: Json): boolean {
  return value !== null && value !== false;
}

/** All that a query finds but null; nothing where it does not fit (kwok `pkg/utils/expression/query.go`). */
export function found(query: Query, value: Json): Json[] {
  try {
    return query(value).filter((one) => one !== null);
  } catch (error) {
    if (error instanceof WrongKind) return [];
    throw error;
  }
}
