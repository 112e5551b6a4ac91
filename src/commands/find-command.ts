/** From a command line to the command that it invokes, as cobra finds it: flags may stand before, between and after the names. */
import type { Command, Flag, Subcommands } from './command';
import { type Environment, flagsOf, isOpen } from './gates';
import { globalFlags } from './global-flags';
import { indexFlags, noOptDefault } from './parse-flags';
import { commandGroups, findTopLevel, type Loader } from './program';

export interface FoundCommand {
  /** Undefined where only the program itself was named. */
  command: Command | undefined;
  /** `['create', 'configmap']`; aliases are replaced by names. */
  path: string[];
  /** The command line without the names. */
  rest: string[];
  /** The first word, where it is none of the program's commands: `bogus`, `help`. */
  unknown: string | undefined;
}

export interface CommandTree {
  environment?: Environment;
  /** Commands besides those of the program, by name. */
  more?: ReadonlyMap<string, Command> | undefined;
}

/** Follows the first words of `argv` that are not flags down the tree of commands (cobra's Find). */
export async function findCommand(argv: readonly string[], tree: CommandTree = {}): Promise<FoundCommand> {
  const { environment = {} } = tree;
  let rest = [...argv];
  const path: string[] = [];
  let command: Command | undefined;
  let unknown: string | undefined;
  for (;;) {
    const at = firstWord(rest, [...flagsOf(command, environment), ...globalFlags]);
    if (at < 0) break;
    const word = rest[at] as string;
    const child = command ? subcommand(command, word) : topLevel(word, tree);
    const loaded = child && (await child.load()).default;
    if (!child || !loaded || !isOpen(loaded.gate, environment)) {
      if (!command) unknown = word;
      break;
    }
    command = loaded;
    path.push(child.name);
    rest = [...rest.slice(0, at), ...rest.slice(at + 1)];
  }
  return { command, path, rest, unknown };
}

interface Child {
  name: string;
  load: Loader;
}

function topLevel(word: string, { more }: CommandTree): Child | undefined {
  const load = findTopLevel(word);
  if (load) return { name: word, load };
  const added = more?.get(word);
  return added && { name: word, load: async () => ({ default: added }) };
}

function subcommand(command: Command, word: string): Child | undefined {
  const { subcommandAliases } = command;
  const subcommands: Subcommands = { ...command.subcommands, ...command.ownSubcommands };
  const name = subcommandAliases && Object.hasOwn(subcommandAliases, word) ? (subcommandAliases[word] as string) : word;
  return Object.hasOwn(subcommands, name) ? { name, load: subcommands[name] as Loader } : undefined;
}

/** The subcommands that are shown to who calls the program by this name; undefined for none. */
export function shownSubcommands(command: Command, program: string): Subcommands | undefined {
  const { subcommands, ownSubcommands } = command;
  return program === 'kubectl' || !ownSubcommands ? subcommands : { ...subcommands, ...ownSubcommands };
}

/** Where the first word stands that is neither a flag nor a flag's value; an unknown flag is taken to have one (stripFlags). */
export function firstWord(argv: readonly string[], declared: readonly Flag[]): number {
  let index: ReturnType<typeof indexFlags> | undefined;
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] as string;
    if (token === '--') return -1;
    if (token === '' || !token.startsWith('-')) {
      if (token !== '') return i;
      continue;
    }
    if (token.includes('=')) continue;
    index ??= indexFlags(declared);
    const long = token.startsWith('--');
    if (!long && token.length !== 2) continue;
    const flag = long ? index.long.get(token.slice(2)) : index.short.get(token.slice(1));
    const help = token === '--help' || (token === '-h' && !flag);
    if (!help && (!flag || noOptDefault(flag) === undefined)) i++;
  }
  return -1;
}

/**
 * `\n\nDid you mean this?\n\tget\n` for a mistyped top-level command, or '' (cobra's SuggestionsFor, in kubectl's order). Who is
 * called kubectl knows of kubectl's commands only.
 */
export function suggestCommands(typed: string, program: string): string {
  const groups =
    program === 'kubectl' ? commandGroups.filter((group) => !group.own && !group.simulation) : commandGroups;
  const names = groups.flatMap((group) => Object.keys(group.commands));
  const lower = typed.toLowerCase();
  const close = names.filter((name) => distance(lower, name.toLowerCase()) <= 2 || name.startsWith(lower));
  return close.length === 0 ? '' : `\n\nDid you mean this?\n${close.map((name) => `\t${name}\n`).join('')}`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
