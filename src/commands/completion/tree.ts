/** The commands that a completion goes through: those of the program, help, aliases and plugins. */
import type { Command, RawRequest } from '../command';
import { isOpen } from '../gates';
import type { Assignment } from '../parse-flags';
import { listPlugins, pluginShort, wordsOfPlugin } from '../plugin/names';
import { commandGroups, findTopLevel } from '../program';
import type { CompletionLog } from './completion-log';

export interface CompletionTree {
  /** Commands besides those of the program. */
  more: ReadonlyMap<string, Command>;
  /** A plugin's command line: the program's own flags are not for it. */
  withoutGlobalFlags: boolean;
  /** Flags that an alias gives. */
  defaults: readonly Assignment[];
}

/** `help`, which is no command of the table. */
const help: Command = {
  use: 'help [command]',
  short: 'Help about any command',
  completion: { offer: 'commands' },
};

/** Plugins are looked for where the command line may name one (plugin.SetupPluginCompletion). */
export async function completionTree(request: RawRequest, log: CompletionLog): Promise<CompletionTree> {
  const { argv, surroundings, defaults } = request;
  const more = new Map([...request.more, ['help', help] as const]);
  const [first = ''] = argv;
  if (first.startsWith('-')) return { more, defaults, withoutGlobalFlags: false };
  const mayBePlugin = argv.length > 1 && !findTopLevel(first) && !more.has(first);
  if (mayBePlugin) log.debug('Cleared global flags for plugin completion');
  if (argv.length === 1 || mayBePlugin) {
    for (const path of listPlugins(surroundings)) addPlugin(wordsOfPlugin(path), more);
  }
  return { more, defaults, withoutGlobalFlags: mayBePlugin };
}

/** `foo bar` becomes a command foo with a command bar below it. What is built in is left alone. */
function addPlugin(words: readonly string[], more: Map<string, Command>): void {
  const [first = '', ...rest] = words;
  if (findTopLevel(first)) return;
  let command = more.get(first) ?? pluginCommand([first]);
  more.set(first, command);
  for (const [i, word] of rest.entries()) {
    const subcommands = command.subcommands as Record<string, () => Promise<{ default: Command }>> | undefined;
    if (!subcommands) return;
    const there = below.get(command)?.get(word);
    const child = there ?? pluginCommand([first, ...rest.slice(0, i + 1)]);
    below.get(command)?.set(word, child);
    subcommands[word] = async () => ({ default: child });
    command = child;
  }
}

const below = new WeakMap<Command, Map<string, Command>>();

function pluginCommand(words: readonly string[]): Command {
  const word = words.at(-1) as string;
  const plugin = words.map((each) => each.replaceAll('-', '_')).join('-');
  const command: Command = {
    use: word,
    short: pluginShort(word),
    subcommands: {},
    completion: { offer: 'plugin', plugin },
    // Reads its own flags.
    runRaw: async () => 0,
  };
  below.set(command, new Map());
  return command;
}

/** Names and descriptions of the commands at the top, for who is called `program`. */
export async function topCommands(
  { more }: CompletionTree,
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
  typed: string,
): Promise<[string, Command][]> {
  const listed: [string, Command][] = [...more];
  for (const { commands, own } of commandGroups) {
    if (own && program === 'kubectl') continue;
    for (const [name, load] of Object.entries(commands)) {
      if (name.startsWith(typed)) listed.push([name, (await load()).default]);
    }
  }
  return listed.filter(([name, { gate }]) => name.startsWith(typed) && isOpen(gate, environment));
}
