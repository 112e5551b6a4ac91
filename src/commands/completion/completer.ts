/** From a command line to candidates for its last word (cobra's getCompletions). */
import { compareStrings } from '../../apimachinery/json-text';
import type { Command, Flag, Flags } from '../command';
import { type FoundCommand, findCommand, shownSubcommands } from '../find-command';
import { flagsOf, isOpen } from '../gates';
import { globalFlags } from '../global-flags';
import { CommandInvocation, type Surroundings } from '../invocation';
import { FlagError, indexFlags, noOptDefault, type ParsedFlags, parseFlags } from '../parse-flags';
import { type Candidates, candidatesFor } from './candidates';
import type { CompletionLog } from './completion-log';
import { Directive } from './declared';
import { gently } from './gentle-connection';
import { type CompletionTree, topCommands } from './tree';

const NONE: Candidates = { candidates: [], directive: Directive.Default };

export class Completer {
  constructor(
    private readonly tree: CompletionTree,
    private readonly surroundings: Surroundings,
    private readonly log: CompletionLog,
  ) {}

  async complete(argv: readonly string[]): Promise<Candidates> {
    const before = argv.slice(0, -1);
    const found = await this.find(before);
    if (found.unknown !== undefined) {
      this.log.error(`unable to find a command for arguments: [${before.join(' ')}]`);
      return NONE;
    }
    const line = new Line(found, argv.at(-1) as string, this.surroundings, this.tree);
    if (line.error !== undefined) {
      this.log.error(line.error);
      return NONE;
    }
    if (line.flags?.changed('help')) return { candidates: [], directive: Directive.NoFileComp };
    if (line.completesFlagNames) {
      const named = this.flagNames(line);
      if (!line.isRaw) return named;
    }
    return line.flag ? this.flagValues(line, line.flag) : this.words(line);
  }

  private find(argv: readonly string[]): Promise<FoundCommand> {
    const { environment } = this.surroundings;
    return findCommand(argv, { environment, more: this.tree.more });
  }

  /** Names of flags that begin so; the ones that must be given before all others. */
  private flagNames(line: Line): Candidates {
    let candidates = line.requiredFlags();
    if (candidates.length === 0) {
      candidates = line.shown
        .filter((flag) => !line.flags?.changed(flag.name) || /Array|Slice/.test(flag.type))
        .flatMap((flag) => line.named(flag));
    }
    return { candidates, directive: Directive.NoFileComp };
  }

  private async flagValues(line: Line, flag: Flag): Promise<Candidates> {
    if (!flag.completion) return NONE;
    // The first argument is not what a flag's names go by.
    const args = flag.completion.offer === 'containers' ? line.args : [];
    return this.offered(line, flag.completion, args);
  }

  /** Subcommands, flags that must be given, and what may be an argument. */
  private async words(line: Line): Promise<Candidates> {
    const candidates: string[] = [];
    let directive: number = Directive.Default;
    if (line.args.length === 0 && !line.hasLocalFlags) {
      const commands = await this.subcommands(line.found, line.typed);
      if (line.hasSubcommands) directive = Directive.NoFileComp;
      candidates.push(...commands.map(([name, { short }]) => `${name}\t${short}`));
    }
    candidates.push(...line.requiredFlags());
    const completion = line.found.command?.completion;
    if (!completion) return { candidates, directive };
    const offered = await this.offered(line, completion, line.args);
    return { candidates: [...candidates, ...offered.candidates], directive: offered.directive };
  }

  private async subcommands({ command }: FoundCommand, typed: string): Promise<[string, Command][]> {
    const { program, environment } = this.surroundings;
    const listed = command
      ? await Promise.all(
          Object.entries(shownSubcommands(command, program) ?? {})
            .filter(([name]) => name.startsWith(typed))
            .map(async ([name, load]): Promise<[string, Command]> => [name, (await load()).default]),
        )
      : await topCommands(this.tree, program, environment, typed);
    return listed
      .filter(([, { hidden, gate }]) => !hidden && isOpen(gate, environment))
      .sort(([a], [b]) => compareStrings(a, b));
  }

  private async offered(
    line: Line,
    completion: NonNullable<Command['completion']>,
    args: readonly string[],
  ): Promise<Candidates> {
    if (completion.offer === 'commands') {
      const found = await this.find(args);
      if (found.unknown !== undefined) return { candidates: [], directive: Directive.NoFileComp };
      const commands = await this.subcommands(found, line.typed);
      const candidates = commands.map(([name, { short }]) => `${name}\t${short}`);
      return { candidates, directive: Directive.NoFileComp };
    }
    const invocation = line.invocation(gently(this.surroundings));
    try {
      return await candidatesFor(completion, { args, typed: line.typed, invocation, log: this.log });
    } finally {
      await invocation.close();
    }
  }
}

/** A command line taken apart: its command, what is given before the last word, and what the last word is. */
class Line {
  readonly isRaw: boolean;
  /** Flags of the command, those of every command first, each by name; hidden ones and kubectl's strangers left out. */
  readonly shown: Flag[];
  /** What the user has typed of the word that is completed. */
  readonly typed: string;
  /** The flag whose value is completed. */
  readonly flag: Flag | undefined;
  readonly flags: Flags | undefined;
  readonly args: readonly string[];
  readonly error: string | undefined;
  readonly completesFlagNames: boolean;
  private readonly own: readonly Flag[];
  private readonly parsed: ParsedFlags | undefined;

  constructor(
    readonly found: FoundCommand,
    last: string,
    private readonly surroundings: Surroundings,
    { withoutGlobalFlags, defaults }: CompletionTree,
  ) {
    const { program, environment } = surroundings;
    const { command, path, rest } = found;
    this.isRaw = command?.runRaw !== undefined;
    const global = withoutGlobalFlags ? [] : flagsOf({ flags: globalFlags }, environment);
    const help: Flag = { name: 'help', shorthand: 'h', type: 'bool', usage: `help for ${path.at(-1) ?? program}` };
    this.own = this.isRaw ? [] : [...flagsOf(command, environment), help];
    const inherited = global.filter(({ name }) => !this.own.some((flag) => flag.name === name));
    const groups = command ? [inherited, this.own] : [[...inherited, help]];
    this.shown = groups.flatMap((flags) =>
      flags
        .filter(({ hidden, deprecated, own }) => !hidden && !deprecated && !(own && program === 'kubectl'))
        .sort((a, b) => compareStrings(a.name, b.name)),
    );
    const declared = [...this.own, ...inherited];
    const asked = this.isRaw ? { rest, typed: last } : flagInQuestion(rest, last, declared, path.at(-1) ?? program);
    const afterDash = !this.isRaw && rest.includes('--') && isAfterDash(asked.rest, declared);
    this.typed = asked.typed;
    this.flag = afterDash ? undefined : asked.flag;
    this.completesFlagNames = !asked.flag && /^-[^=]*$/.test(asked.typed) && !afterDash;
    let error = afterDash ? undefined : asked.error;
    let parsed: ParsedFlags | undefined;
    try {
      if (!this.isRaw) {
        const preset = defaults.filter(({ flag }) => declared.includes(flag));
        parsed = parseFlags(asked.rest, declared, preset);
      }
    } catch (failure) {
      if (!(failure instanceof FlagError)) throw failure;
      error = `Error while parsing flags from args [${asked.rest.join(' ')}]: ${failure.message}`;
    }
    this.error = error;
    this.parsed = parsed;
    this.flags = parsed?.flags;
    this.args = this.isRaw ? rest : (parsed?.args ?? []);
  }

  get hasSubcommands(): boolean {
    const { command } = this.found;
    return !command || Object.keys(shownSubcommands(command, this.surroundings.program) ?? {}).length > 0;
  }

  get hasLocalFlags(): boolean {
    return this.found.command !== undefined && this.own.some(({ name }) => this.flags?.changed(name));
  }

  /** Required flags that are not given yet and whose names begin with what is typed. */
  requiredFlags(): string[] {
    const missing = this.shown.filter(({ required, name }) => required && !this.flags?.changed(name));
    return missing.flatMap((flag) => this.named(flag));
  }

  /** `--output` and `-o`, where what is typed begins so. */
  named({ name, shorthand, usage }: Flag): string[] {
    const names = shorthand ? [`--${name}`, `-${shorthand}`] : [`--${name}`];
    return names.filter((each) => each.startsWith(this.typed)).map((each) => `${each}\t${usage}`);
  }

  /** The command as it would be run so far, for what a cluster or a kubeconfig knows. */
  invocation(surroundings: Surroundings): CommandInvocation {
    const { flags = parseFlags([], globalFlags).flags, argsBeforeDash } = this.parsed ?? {};
    return new CommandInvocation(surroundings, {
      args: [...this.args],
      argsBeforeDash,
      flags,
      path: this.found.path,
      ownFlags: new Set(this.own.map(({ name }) => name)),
    });
  }
}

interface Asked {
  rest: readonly string[];
  typed: string;
  flag?: Flag;
  error?: string;
}

/** Is the last word the value of a flag, of the word before it or behind `=`? (checkIfFlagCompletion) */
function flagInQuestion(rest: readonly string[], last: string, declared: readonly Flag[], subcommand: string): Asked {
  const equals = last.indexOf('=');
  const isFlag = last.startsWith('-');
  if (isFlag && equals < 0) return { rest, typed: last };
  let name = '';
  let typed = last;
  let before = rest;
  if (isFlag) {
    name = nameOf(last.slice(0, equals));
    typed = last.slice(equals + 1);
  } else {
    const previous = rest.at(-1) ?? '';
    if (/^(?:--.|-[^-])/.test(previous) && !previous.includes('=')) {
      name = nameOf(previous);
      before = rest.slice(0, -1);
    }
  }
  if (name === '') return { rest: before, typed };
  const index = indexFlags(declared);
  const flag =
    name.length === 1 ? index.short.get(name) : (index.long.get(name) ?? index.long.get(name.replaceAll('_', '-')));
  if (!flag) {
    return { rest, typed: last, error: `Subcommand '${subcommand}' does not support flag '${name}'` };
  }
  // Flags that stand alone have no value behind a blank.
  if (!isFlag && noOptDefault(flag) !== undefined) return { rest, typed };
  return { rest: before, typed, flag };
}

/** Without dashes; of several letters the last. */
function nameOf(word: string): string {
  return word.startsWith('--') ? word.slice(2) : word.slice(-1);
}

/** Does a `--` stand before, which ends all flags? */
function isAfterDash(rest: readonly string[], declared: readonly Flag[]): boolean {
  try {
    return parseFlags(rest, declared).argsBeforeDash !== undefined;
  } catch {
    return false;
  }
}
