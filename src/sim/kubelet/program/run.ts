/** Runs the script of a shell, as far as it can be told what that does. */
import { evaluateArithmetic } from './arithmetic';
import { refuseForeign, runCommand } from './builtins';
import {
  type Ending,
  type Happening,
  type Program,
  type ProgramSurroundings,
  RunsOn,
  UnknownCommand,
  type Value,
} from './program';
import type { Command, Redirection, Script, Word, WordPart } from './syntax';

/** So many commands without time passing are a loop that does nothing else. */
const BUSY = 10_000;

const LONGEST_FILE = 65_536;

export interface ShellOptions {
  /** `-e`: ends with the first command that fails. */
  exitOnError: boolean;
  /** `-x`: says what it runs. */
  trace: boolean;
  /** `$0`, `$1` … */
  parameters: readonly string[];
}

export function* runScript(script: Script, surroundings: ProgramSurroundings, options: ShellOptions): Program {
  const shell = new Shell(surroundings, options);
  return yield* untilEnd(shell.script(script));
}

/** From what a command throws to how the program goes on. */
export function* untilEnd(work: Generator<Happening, number>): Generator<Happening, Ending> {
  try {
    return { exitCode: yield* work };
  } catch (error) {
    if (error instanceof Exit) return { exitCode: error.code };
    if (error instanceof RunsOn) return 'runs on';
    if (error instanceof UnknownCommand) return 'unknown';
    throw error;
  }
}

class Exit extends Error {
  constructor(readonly code: number) {
    super();
  }
}

/** `break` and `continue` on their way to the loop that they are for. */
class LoopJump extends Error {
  constructor(
    readonly word: 'break' | 'continue',
    public levels: number,
  ) {
    super();
  }
}

type Steps = Generator<Happening, number>;

/** Without a path nobody looks into it. */
interface OpenFile {
  path?: string;
}

class Shell {
  private readonly options: ShellOptions;
  private readonly variables: Map<string, Value>;
  private readonly exported: Set<string>;
  private now: number;
  private status = 0;
  private busy = 0;
  private loops = 0;
  /** What it has written into files; nothing in place of those that it has removed. */
  private written = new Map<string, Value | undefined>();

  constructor(
    private readonly surroundings: ProgramSurroundings,
    options: ShellOptions,
  ) {
    this.options = { ...options };
    this.variables = new Map(surroundings.environment);
    this.exported = new Set(this.variables.keys());
    this.now = surroundings.startedAt;
  }

  /** `tested`: its failure decides something and ends nothing. */
  *script(script: Script, tested = false): Steps {
    let status = 0;
    for (const [i, { joint, command }] of script.entries()) {
      if (joint === '&&' && status !== 0) continue;
      if (joint === '||' && status === 0) continue;
      const decides = tested || (script[i + 1] !== undefined && script[i + 1]?.joint !== ';') || command.kind === 'not';
      status = yield* this.command(command, decides);
      this.status = status;
      if (status !== 0 && this.options.exitOnError && !decides) throw new Exit(status);
    }
    return status;
  }

  private *command(command: Command, tested: boolean): Steps {
    switch (command.kind) {
      case 'simple':
        return yield* this.simple(command);
      case 'not':
        return (yield* this.command(command.command, true)) === 0 ? 1 : 0;
      case 'group':
        return yield* command.own ? this.subshell(command.body, tested) : this.script(command.body, tested);
      case 'if':
        for (const { condition, body } of command.branches)
          if ((yield* this.script(condition, true)) === 0) return yield* this.script(body, tested);
        return command.otherwise ? yield* this.script(command.otherwise, tested) : 0;
      case 'loop':
        if (this.surroundings.hurried && !this.options.exitOnError && isEndless(command)) {
          yield* this.script(command.body);
          throw new RunsOn();
        }
        return yield* this.loop(command.body, tested, function* (this: Shell) {
          return ((yield* this.script(command.condition, true)) === 0) !== command.until;
        });
      case 'for': {
        const words = yield* this.words(command.words);
        let at = 0;
        return yield* this.loop(command.body, tested, () => {
          const word = words[at++];
          if (word) this.variables.set(command.name, word);
          return word !== undefined;
        });
      }
      case 'unknown':
        throw new UnknownCommand();
    }
  }

  private *loop(body: Script, tested: boolean, again: (this: Shell) => Generator<Happening, boolean> | boolean): Steps {
    let status = 0;
    this.loops++;
    try {
      for (;;) {
        const more = again.call(this);
        if (!(typeof more === 'boolean' ? more : yield* more)) break;
        // A loop of nothing takes time as well.
        this.toil();
        try {
          status = yield* this.script(body, tested);
        } catch (error) {
          if (!(error instanceof LoopJump)) throw error;
          if (--error.levels > 0 && this.loops > 1) throw error;
          if (error.word === 'break') break;
        }
      }
    } finally {
      this.loops--;
    }
    return status;
  }

  private *subshell(body: Script, tested: boolean): Steps {
    const shell = new Shell(this.surroundings, this.options);
    for (const [name, value] of this.variables) shell.variables.set(name, value);
    for (const name of this.exported) shell.exported.add(name);
    shell.now = this.now;
    shell.status = this.status;
    shell.busy = this.busy;
    shell.written = this.written;
    try {
      return yield* shell.script(body, tested);
    } catch (error) {
      if (error instanceof Exit) return error.code;
      throw error;
    } finally {
      this.now = shell.now;
      this.busy = shell.busy;
    }
  }

  private *simple({ assignments, words, redirections }: Command & { kind: 'simple' }): Steps {
    this.toil();
    const expanded = yield* this.words(words);
    for (const { name, value } of assignments) {
      const joined = yield* this.word(value);
      if (expanded.length > 0) throw new UnknownCommand();
      this.variables.set(name, joined);
    }
    if (this.options.trace && expanded.length > 0)
      yield { kind: 'say', text: `+ ${expanded.map(({ text }) => text).join(' ')}\n` };
    const file = yield* this.openFiles(redirections);
    if (expanded.length === 0) return 0;
    const steps = this.builtin(expanded) ?? runCommand(expanded, this.context());
    return yield* this.passOn(steps, file);
  }

  /** What output goes to is there before the command is run: the file of what it says. */
  private *openFiles(redirections: readonly Redirection[]): Generator<Happening, OpenFile | undefined> {
    let said: OpenFile | undefined;
    for (const { descriptor, target, path, append } of redirections) {
      const name = path && (yield* this.word(path));
      const isKnown = name !== undefined && !name.foreign && name.text !== '/dev/null';
      if (isKnown) yield this.write(name.text, append, '', false);
      if (descriptor === 1 && target === 'file') said = isKnown ? { path: name.text } : {};
    }
    return said;
  }

  /** What a command does, with its time counted; silent where its output goes to a file. */
  private *passOn(steps: Steps, file: OpenFile | undefined): Steps {
    let text = '';
    let foreign = false;
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        if (file?.path !== undefined && (text !== '' || foreign)) yield this.write(file.path, true, text, foreign);
        return value;
      }
      if (value.kind === 'wait') {
        this.now += value.milliseconds;
        this.busy = 0;
        yield value;
      } else if (value.kind === 'file') {
        this.note(value.path, value.exists);
        yield value;
      } else if (file) {
        text += value.text;
        foreign ||= value.foreign === true;
      } else yield value;
    }
  }

  /** That a command has made or removed a file. */
  private note(path: string, exists: boolean): void {
    const before = this.context().surroundings.files.read(path);
    this.written.set(path, exists ? (before ?? { text: '', foreign: false }) : undefined);
  }

  private write(path: string, append: boolean | undefined, text: string, foreign: boolean): Happening {
    const before = append ? this.context().surroundings.files.read(path) : undefined;
    const whole = (before?.text ?? '') + text;
    // Of what grows and grows nobody keeps account.
    const value = {
      text: whole.length > LONGEST_FILE ? '' : whole,
      foreign: foreign || before?.foreign === true || whole.length > LONGEST_FILE,
    };
    this.written.set(path, value);
    return { kind: 'file', path, exists: true, ...value };
  }

  /** What changes the shell itself; undefined for all other commands. */
  private builtin(words: readonly Value[]): Steps | undefined {
    const [name = '', ...args] = words.map(({ text }) => text);
    switch (name) {
      case 'exit':
        refuseForeign(words);
        throw new Exit(args[0] === undefined ? this.status : exitCode(args[0]));
      case 'break':
      case 'continue':
        refuseForeign(words);
        if (this.loops === 0) return quietly(() => {});
        throw new LoopJump(name, Math.max(1, Number(args[0] ?? 1) || 1));
      case 'exec':
        return this.exec(words.slice(1));
      case 'export':
        return quietly(() => this.export(words.slice(1)));
      case 'cd':
      case 'trap':
      case 'wait':
      case 'umask':
        return quietly(() => {});
      case 'set':
        return quietly(() => this.set(args));
      default:
        return undefined;
    }
  }

  private *exec(words: readonly Value[]): Steps {
    if (words.length === 0) return 0;
    throw new Exit(yield* runCommand(words, this.context()));
  }

  private export(words: readonly Value[]): void {
    for (const { text, foreign } of words) {
      const [, name = '', value] = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(text) ?? [];
      if (name === '') throw new UnknownCommand();
      if (value !== undefined) this.variables.set(name, { text: value, foreign });
      this.exported.add(name);
    }
  }

  private set(args: readonly string[]): void {
    for (const arg of args) {
      if (arg === 'pipefail') continue;
      const match = /^([-+])([euxo]+)$/.exec(arg);
      if (!match) throw new UnknownCommand();
      const on = match[1] === '-';
      if (match[2]?.includes('e')) this.options.exitOnError = on;
      if (match[2]?.includes('x')) this.options.trace = on;
    }
  }

  private context() {
    const { variables, exported, now, written } = this;
    const { files } = this.surroundings;
    const read = (path: string) => (written.has(path) ? written.get(path) : files.read(path));
    const isKnown = (path: string) => written.has(path) || files.isKnown(path);
    return { variables, exported, now, surroundings: { ...this.surroundings, files: { ...files, read, isKnown } } };
  }

  private toil(): void {
    if (++this.busy > BUSY) throw new UnknownCommand();
  }

  /** Words as a command gets them: expanded, and taken apart at blanks where they were not quoted. */
  private *words(words: readonly Word[]): Generator<Happening, Value[]> {
    const fields: Value[] = [];
    for (const word of words) {
      let field: Value | undefined;
      for (const part of word) {
        const value = yield* this.part(part);
        if (part.quoted || part.kind === 'text') {
          field = joined(field, value);
          continue;
        }
        const pieces = value.text.split(/[ \t\n]+/);
        for (const [i, piece] of pieces.entries()) {
          if (i > 0 && field) {
            fields.push(field);
            field = undefined;
          }
          if (piece !== '') field = joined(field, { text: piece, foreign: value.foreign });
        }
      }
      if (field) fields.push(field);
    }
    return fields;
  }

  /** A word that stays one: what is assigned. */
  private *word(word: Word): Generator<Happening, Value> {
    let value: Value = { text: '', foreign: false };
    for (const part of word) value = joined(value, yield* this.part(part));
    return value;
  }

  private *part(part: WordPart): Generator<Happening, Value> {
    switch (part.kind) {
      case 'text':
        return { text: part.text, foreign: false };
      case 'output':
        return yield* this.outputOf(part.script);
      case 'arithmetic':
        return evaluateArithmetic(part.expression, (name) => this.variables.get(name));
      case 'variable':
        return yield* this.variable(part);
    }
  }

  private *variable({ name, operator, fallback }: WordPart & { kind: 'variable' }): Generator<Happening, Value> {
    const value = this.valueOf(name);
    const nothing = { text: '', foreign: this.surroundings.unlisted };
    const missing = value === undefined || (operator.startsWith(':') && value.text === '');
    if (operator.endsWith('+')) return missing ? nothing : yield* this.word(fallback);
    if (!missing || operator === '') return value ?? nothing;
    const instead = joined(value ?? nothing, yield* this.word(fallback));
    if (operator.endsWith('=')) this.variables.set(name, instead);
    return instead;
  }

  private valueOf(name: string): Value | undefined {
    const { parameters } = this.options;
    const plain = (text: string | undefined) => (text === undefined ? undefined : { text, foreign: false });
    if (name === '?') return plain(String(this.status));
    if (name === '#') return plain(String(Math.max(0, parameters.length - 1)));
    if (name === '@' || name === '*') return plain(parameters.slice(1).join(' '));
    if (/^\d+$/.test(name)) return plain(parameters[Number(name)]);
    return this.variables.get(name);
  }

  /** `$(…)`: what it says, without the line ends at the end. */
  private *outputOf(script: Script): Generator<Happening, Value> {
    let text = '';
    let foreign = [...this.variables.values()].some((each) => each.foreign && each.text !== '');
    const steps = this.subshell(script, true);
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        this.status = value;
        break;
      }
      if (value.kind === 'say') {
        text += value.text;
        foreign ||= value.foreign === true;
      } else yield value;
    }
    return { text: text.replace(/\n+$/, ''), foreign };
  }
}

/** `while true` without a word that could end it. */
function isEndless({ condition, body, until }: Command & { kind: 'loop' }): boolean {
  const [only] = condition;
  if (until || condition.length !== 1 || only?.command.kind !== 'simple') return false;
  const { words } = only.command;
  const [first] = words[0] ?? [];
  if (words.length !== 1 || first?.kind !== 'text' || !['true', ':'].includes(first.text)) return false;
  return !/"text":"(?:break|exit|exec|set|continue)"/.test(JSON.stringify(body));
}

function joined(a: Value | undefined, b: Value): Value {
  return a ? { text: a.text + b.text, foreign: a.foreign || b.foreign } : b;
}

// biome-ignore lint/correctness/useYield: a command that says nothing and takes no time
function* quietly(work: () => void): Steps {
  work();
  return 0;
}

function exitCode(text: string): number {
  if (!/^\d+$/.test(text)) throw new UnknownCommand();
  return Number(text) & 0xff;
}
