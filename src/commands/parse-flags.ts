/**
 * Flags as pflag reads them, held by commander. What users type to kubectl (`-oyaml`, `-o=yaml`, `-Aw`, `--bool=false`,
 * `--dry-run` alone) is rewritten to `--name=value`, the one form that commander and pflag read alike; commander keeps the
 * declarations, parses the values and remembers which were given.
 */
import { Command as CommanderCommand, Option } from 'commander';
import { type Flag, type Flags, UsageError } from './command';
import { defaultFlagValue, type FlagValue, parseFlagValue } from './flag-values';

/** A flag was given wrongly; ends as `error: <message>` and `See 'kubectl get --help' for usage.` */
export class FlagError extends Error {}

/** `--help` or `-h` was given. */
export class HelpRequested extends Error {}

export interface ParsedFlags {
  flags: Flags;
  /** What is not a flag. */
  args: string[];
  /** How many args stood before `--`. */
  argsBeforeDash: number | undefined;
  /** What to say about deprecated flags that were given. */
  notices: string[];
}

/** A flag with the text that it is given. */
export interface Assignment {
  flag: Flag;
  value: string;
}

/**
 * Parses `argv` by `declared`; where two flags share a name or letter the first one counts (a command's own before global ones).
 * `preset` are flags that stand for given ones, as a kuberc has them. Throws FlagError in pflag's words, HelpRequested, and
 * checks nothing about flags that must be there (see requireFlags).
 */
export function parseFlags(
  argv: readonly string[],
  declared: readonly Flag[],
  preset: readonly Assignment[] = [],
): ParsedFlags {
  const index = indexFlags(declared);
  const { assignments, args, argsBeforeDash, help } = readArguments(argv, index);
  assignments.unshift(...preset);
  const command = new CommanderCommand();
  for (const flag of index.long.values()) command.addOption(new PflagOption(flag));
  const notices: string[] = [];
  for (const { flag } of assignments) {
    if (flag.deprecated) notices.push(`Flag --${flag.name} has been deprecated, ${flag.deprecated}`);
  }
  command.parseOptions(assignments.map(({ flag, value }) => `--${flag.name}=${value}`));
  if (help) throw new HelpRequested();
  return { flags: new CommanderFlags(command, index.long, assignments), args, argsBeforeDash, notices };
}

/** Throws when a required flag was not given: `required flag(s) "image" not set` (cobra's ValidateRequiredFlags). */
export function requireFlags(flags: Flags, declared: readonly Flag[]): void {
  const missing = declared.filter((flag) => flag.required && !flags.changed(flag.name)).map((flag) => `"${flag.name}"`);
  if (missing.length > 0) throw new Error(`required flag(s) ${missing.join(', ')} not set`);
}

interface FlagIndex {
  long: Map<string, Flag>;
  short: Map<string, Flag>;
}

export function indexFlags(declared: readonly Flag[]): FlagIndex {
  const index: FlagIndex = { long: new Map(), short: new Map() };
  for (const flag of declared) {
    if (index.long.has(flag.name)) continue;
    index.long.set(flag.name, flag);
    if (flag.shorthand && !index.short.has(flag.shorthand)) index.short.set(flag.shorthand, flag);
  }
  return index;
}

/** The value of a flag that stands alone, or undefined where it needs an argument. */
export function noOptDefault(flag: Flag): string | undefined {
  return flag.type === 'bool' ? 'true' : flag.noOptDefault;
}

/** Splits a command line into flags with their texts and the rest (pflag's parseArgs, parseLongArg, parseSingleShortArg). */
function readArguments(argv: readonly string[], index: FlagIndex) {
  const assignments: Assignment[] = [];
  const args: string[] = [];
  let argsBeforeDash: number | undefined;
  let help = false;
  let i = 0;
  const next = () => (i < argv.length ? (argv[i++] as string) : undefined);
  while (i < argv.length && !help) {
    const token = argv[i++] as string;
    if (token === '--') {
      argsBeforeDash = args.length;
      args.push(...argv.slice(i));
      break;
    }
    if (!token.startsWith('-') || token === '-') args.push(token);
    else if (token.startsWith('--')) help = !readLong(token, index, next, assignments);
    else help = !readShort(token.slice(1), index, next, assignments);
  }
  return { assignments, args, argsBeforeDash, help };
}

/** False when it was `--help`. */
function readLong(token: string, index: FlagIndex, next: () => string | undefined, into: Assignment[]): boolean {
  const body = token.slice(2);
  if (body.startsWith('-') || body.startsWith('=')) throw new FlagError(`bad flag syntax: ${token}`);
  const equals = body.indexOf('=');
  const typed = equals < 0 ? body : body.slice(0, equals);
  // kubectl takes --as_group for --as-group (WordSepNormalizeFunc).
  const flag = index.long.get(typed) ?? index.long.get(typed.replaceAll('_', '-'));
  if (!flag) {
    if (typed === 'help') return false;
    throw new FlagError(`unknown flag: --${typed}`);
  }
  const value = equals >= 0 ? body.slice(equals + 1) : (noOptDefault(flag) ?? next());
  if (value === undefined) throw new FlagError(`flag needs an argument: --${flag.name}`);
  into.push({ flag, value });
  return true;
}

/** False when it held `-h`. */
function readShort(letters: string, index: FlagIndex, next: () => string | undefined, into: Assignment[]): boolean {
  let rest = letters;
  while (rest !== '') {
    const letter = String.fromCodePoint(rest.codePointAt(0) as number);
    const flag = index.short.get(letter);
    if (!flag) {
      if (letter === 'h') return false;
      throw new FlagError(`unknown shorthand flag: '${letter}' in -${rest}`);
    }
    const alone = noOptDefault(flag);
    const after = rest.slice(letter.length);
    if (after.length > 1 && after.startsWith('=')) {
      into.push({ flag, value: after.slice(1) });
      return true;
    }
    if (alone !== undefined) {
      into.push({ flag, value: alone });
      rest = after;
      continue;
    }
    const value = after !== '' ? after : next();
    if (value === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${rest}`);
    into.push({ flag, value });
    return true;
  }
  return true;
}

/** A commander option by pflag's rules: every one has a value, `--no-headers` is a name and no negation. */
class PflagOption extends Option {
  constructor(flag: Flag) {
    super(`--${flag.name} <value>`);
    this.negate = false;
    this.default(defaultFlagValue(flag));
    let given = false;
    this.argParser((text: string, previous: FlagValue) => {
      try {
        const value = parseFlagValue(flag.type, text, given ? previous : undefined);
        given = true;
        return value;
      } catch (error) {
        const names = flag.shorthand ? `-${flag.shorthand}, --${flag.name}` : `--${flag.name}`;
        throw new FlagError(
          `invalid argument ${JSON.stringify(text)} for "${names}" flag: ${error instanceof Error ? error.message : error}`,
        );
      }
    });
  }
  override attributeName(): string {
    return (this.long as string).slice(2);
  }
}

class CommanderFlags implements Flags {
  constructor(
    private readonly command: CommanderCommand,
    private readonly declared: ReadonlyMap<string, Flag>,
    private readonly assignments: readonly Assignment[],
  ) {}
  given(): readonly { name: string; value: string }[] {
    return this.assignments.map(({ flag, value }) => ({ name: flag.name, value }));
  }
  string(name: string): string {
    return this.value(name) as string;
  }
  bool(name: string): boolean {
    return this.value(name) as boolean;
  }
  int(name: string): number {
    return this.value(name) as number;
  }
  duration(name: string): number {
    return this.value(name) as number;
  }
  strings(name: string): string[] {
    return this.value(name) as string[];
  }
  changed(name: string): boolean {
    return this.declared.has(name) && this.command.getOptionValueSource(name) === 'cli';
  }
  private value(name: string): FlagValue {
    if (!this.declared.has(name)) throw new TypeError(`flag accessed but not defined: ${name}`);
    return this.command.getOptionValue(name) as FlagValue;
  }
}

/** Refuses arguments where a command takes none (cmdutil.RequireNoArguments). */
export function requireNoArguments(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`unknown command ${JSON.stringify(args.join(' '))}`);
}
