/**
 * `python3 -c …` as examples of jobs have it: what is imported, said, waited for, and how it exits, which may hang on numbers, texts and the
 * environment. All else is beyond this.
 */
import { type Happening, RunsOn, UnknownCommand, type Value } from './program';

type Steps = Generator<Happening, number>;
type Thing = string | number | boolean | null;

interface Line {
  indent: number;
  text: string;
}

class Exit extends Error {
  constructor(readonly code: number) {
    super();
  }
}

/** @throws UnknownCommand for what is beyond this */
export function* runPython(script: string, environment: ReadonlyMap<string, Value>): Steps {
  const lines = script
    .split('\n')
    .map((line): Line => ({ indent: line.length - line.trimStart().length, text: line.trim() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
  try {
    yield* new Python(environment).block(lines);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
  return 0;
}

const MOST_STATEMENTS = 10_000;

class Python {
  private readonly variables = new Map<string, Thing>();
  private statements = 0;

  constructor(private readonly environment: ReadonlyMap<string, Value>) {}

  *block(lines: readonly Line[]): Generator<Happening, void> {
    const own = lines[0]?.indent ?? 0;
    for (let at = 0; at < lines.length; ) {
      const { indent, text } = lines[at] as Line;
      if (indent !== own || ++this.statements > MOST_STATEMENTS) throw new UnknownCommand();
      const header = /^(if|while)\b(.*):$/.exec(text);
      if (!header) {
        for (const part of statementsOf(text)) yield* this.statement(part);
        at++;
      } else if (header[1] === 'while') {
        const body = bodyAt(lines, at + 1, own);
        while (truth(this.evaluate(header[2] as string))) yield* this.turn(body);
        at += body.length + 1;
      } else at = yield* this.branches(lines, at, own);
    }
  }

  /** One of a loop: a loop in which no time passes goes on for ever. */
  private *turn(body: readonly Line[]): Generator<Happening, void> {
    if (++this.statements > MOST_STATEMENTS) throw new RunsOn();
    yield* this.block(body);
  }

  /** `if …: elif …: else:`; what comes after it. */
  private *branches(lines: readonly Line[], start: number, own: number): Generator<Happening, number> {
    let at = start;
    let taken = false;
    for (;;) {
      const line = lines[at];
      const [, word, condition = ''] = (line?.indent === own && /^(if|elif|else)\b(.*):$/.exec(line.text)) || [];
      if (word === undefined || (word === 'if' && at !== start)) return at;
      const body = bodyAt(lines, at + 1, own);
      if (!taken && (word === 'else' || truth(this.evaluate(condition)))) {
        taken = true;
        yield* this.block(body);
      }
      at += body.length + 1;
    }
  }

  private *statement(text: string): Generator<Happening, void> {
    if (text === 'pass' || /^(import|from)\s+[\w.]+/.test(text)) return;
    const [, name, value] = /^([A-Za-z_]\w*)\s*=(?!=)\s*(.+)$/.exec(text) ?? [];
    if (name !== undefined && value !== undefined) {
      this.variables.set(name, this.evaluate(value));
      return;
    }
    const [, called = '', rest = ''] = /^([A-Za-z_][\w.]*)\((.*)\)$/.exec(text) ?? [];
    const given = this.arguments(rest);
    switch (called) {
      case 'print':
        yield { kind: 'say', text: `${given.map(textOf).join(' ')}\n` };
        return;
      case 'time.sleep':
      case 'sleep':
        yield { kind: 'wait', milliseconds: numberOf(given[0]) * 1000 };
        return;
      case 'sys.exit':
      case 'exit':
      case 'quit': {
        const [code = null] = given;
        // A text is said, and is a failure.
        if (typeof code === 'string') yield { kind: 'say', text: `${code}\n` };
        throw new Exit(code === null ? 0 : typeof code === 'string' ? 1 : Number(code) & 0xff);
      }
      default:
        throw new UnknownCommand();
    }
  }

  private arguments(text: string): Thing[] {
    if (text.trim() === '') return [];
    const expression = new Expression(text, this.variables, this.environment);
    const values = [expression.value()];
    while (expression.take(',')) values.push(expression.value());
    expression.end();
    return values;
  }

  private evaluate(text: string): Thing {
    const [value = null, ...more] = this.arguments(text);
    if (more.length > 0) throw new UnknownCommand();
    return value;
  }
}

/** What follows and stands further in. */
function bodyAt(lines: readonly Line[], at: number, own: number): Line[] {
  let end = at;
  while (end < lines.length && (lines[end] as Line).indent > own) end++;
  if (end === at) throw new UnknownCommand();
  return lines.slice(at, end);
}

/** `import sys; sys.exit(3)` */
function statementsOf(text: string): string[] {
  const parts = text.match(/(?:'[^']*'|"[^"]*"|[^;'"])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(==|!=|<=|>=|\/\/|[-+*/%<>()[\],]))/y;

/** Binary operators from the weakest on. */
const LEVELS = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '//', '%']];

class Expression {
  private readonly tokens: string[] = [];
  private at = 0;

  constructor(
    text: string,
    private readonly variables: ReadonlyMap<string, Thing>,
    private readonly environment: ReadonlyMap<string, Value>,
  ) {
    const source = text.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < source.length) {
      const match = TOKEN.exec(source);
      if (!match) throw new UnknownCommand();
      this.tokens.push(match[0].trim());
    }
  }

  take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  end(): void {
    if (this.at < this.tokens.length) throw new UnknownCommand();
  }

  value(level = 0): Thing {
    const operators = LEVELS[level];
    if (!operators) return this.unary();
    let left = this.value(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.take(one));
      if (operator === undefined) return left;
      left = applied(operator, left, this.value(level + 1));
    }
  }

  private unary(): Thing {
    if (this.take('not')) return !truth(this.unary());
    if (this.take('-')) return -numberOf(this.unary());
    if (this.take('(')) {
      const value = this.value();
      this.expect(')');
      return value;
    }
    const token = this.tokens[this.at++] ?? '';
    if (/^['"]/.test(token))
      return token.slice(1, -1).replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter));
    if (/^\d/.test(token)) return Number(token);
    if (this.take('(')) return this.call(token);
    if (token === 'os.environ' && this.take('[')) {
      const value = this.variable(this.value());
      this.expect(']');
      if (value === null) throw new UnknownCommand();
      return value;
    }
    if (token === 'True' || token === 'False') return token === 'True';
    if (token === 'None') return null;
    const value = this.variables.get(token);
    if (value === undefined) throw new UnknownCommand();
    return value;
  }

  private call(name: string): Thing {
    const given: Thing[] = [];
    if (!this.take(')')) {
      do given.push(this.value());
      while (this.take(','));
      this.expect(')');
    }
    const [first = null, second = null] = given;
    switch (name) {
      case 'os.environ.get':
      case 'os.getenv':
        return this.variable(first) ?? second;
      case 'int':
        return Math.trunc(numberOf(first));
      case 'float':
        return numberOf(first);
      case 'str':
        return textOf(first);
      case 'len':
        return textOf(first).length;
      default:
        throw new UnknownCommand();
    }
  }

  /** What is from elsewhere decides nothing. */
  private variable(name: Thing): string | null {
    const value = this.environment.get(textOf(name));
    if (value?.foreign) throw new UnknownCommand();
    return value?.text ?? null;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw new UnknownCommand();
  }
}

function applied(operator: string, left: Thing, right: Thing): Thing {
  switch (operator) {
    case 'or':
      return truth(left) ? left : right;
    case 'and':
      return truth(left) ? right : left;
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '+':
      if (typeof left === 'string' && typeof right === 'string') return left + right;
  }
  if (typeof left !== 'number' || typeof right !== 'number') throw new UnknownCommand();
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
  }
  if (right === 0) throw new UnknownCommand();
  // The remainder has the sign of what is divided by.
  if (operator === '%') return ((left % right) + right) % right;
  return operator === '//' ? Math.floor(left / right) : left / right;
}

function truth(value: Thing): boolean {
  return Boolean(value);
}

function numberOf(value: Thing | undefined): number {
  const number = typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') throw new UnknownCommand();
  return number;
}

function textOf(value: Thing): string {
  if (value === null) return 'None';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}
