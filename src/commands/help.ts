/** `--help`, `help` and `options` in kubectl's form (kubectl/pkg/util/templates). */
import type { Command, Flag, Streams } from './command';
import { findCommand, shownSubcommands } from './find-command';
import { formatFlagDefault } from './flag-values';
import { type Environment, flagsOf, isOpen } from './gates';
import { globalFlags } from './global-flags';
import { commandGroups } from './program';

/** What help goes by. */
export interface HelpFor {
  program: string;
  environment: Environment;
  cwd: string;
  streams: Streams;
}

/** Prints the help of a command, or of the program itself. Texts are written for `kubectl`; `program` takes its place. */
export async function printHelp(command: Command | undefined, path: readonly string[], about: HelpFor): Promise<void> {
  // It is a topic of help itself: upstream has nothing to say about it.
  if (path[0] === 'options') return;
  const text = command ? await commandHelp(command, path, about) : await programHelp(about);
  about.streams.out(wrap(text, lineLimit(about.streams)));
}

/** `help [command …]`. */
export async function helpOn(words: readonly string[], about: HelpFor): Promise<void> {
  const { streams, environment } = about;
  const { command, path } = await findCommand(
    words.filter((word) => !word.startsWith('-')),
    { environment },
  );
  if ((!command || command.runRaw) && words.length > 0) {
    // cobra shows the program's help, as an error.
    streams.err(`Unknown help topic ${`[${words.map((word) => `\`${word}\``).join(' ')}]`}\n`);
    return printHelp(undefined, [], { ...about, streams: { ...streams, out: streams.err } });
  }
  await printHelp(command, path, about);
}

/** What `options` prints: the flags that every command takes. */
export function globalOptions({ program, streams, environment }: Omit<HelpFor, 'cwd'>): string {
  const flags = flagsOf({ flags: globalFlags }, environment).filter((flag) => !flag.own || program !== 'kubectl');
  return `The following options can be passed to any command:\n\n${flagUsages(flags, lineLimit(streams))}`;
}

async function programHelp(about: HelpFor): Promise<string> {
  const { program, environment } = about;
  const sections: string[] = [];
  for (const { title, commands, own } of commandGroups) {
    if (own && program === 'kubectl') continue;
    if (title === 'Other Commands:') sections.push(await pluginSection(about));
    const listed = await listing(commands, new Set(['options']), environment);
    if (listed) sections.push(`${title}\n${listed}`);
  }
  return (
    `${program} controls a Kubernetes cluster: the one in a folder, which it keeps itself.\n\n${sections.join('\n\n')}\n\n` +
    `Usage:\n  ${program} [flags] [options]\n\n` +
    `Use "${program} <command> --help" for more information about a given command.\n` +
    `Use "${program} options" for a list of global command-line options (applies to all commands).\n`
  );
}

/** The commands that plugins add; the heading is there without any, as kubectl has it. */
async function pluginSection(about: HelpFor): Promise<string> {
  const { firstWordsOfPlugins, pluginShort } = await import('./plugin/names');
  const names = firstWordsOfPlugins(about);
  const width = Math.max(11, ...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}   ${pluginShort(name)}`);
  return ['Subcommands provided by plugins:', ...lines].join('\n');
}

async function commandHelp(
  command: Command,
  path: readonly string[],
  { program, streams, environment }: HelpFor,
): Promise<string> {
  const named = (text: string) => (program === 'kubectl' ? text : text.replace(/\bkubectl\b/g, program));
  const parts = [named(paragraphs(command.long ?? command.short))];
  if (command.aliases?.length) parts.push(`Aliases:\n${[path.at(-1), ...command.aliases].join(', ')}`);
  if (command.examples) parts.push(`Examples:\n${named(indent(command.examples))}`);
  const subcommands = shownSubcommands(command, program);
  const listed = subcommands ? await listing(subcommands, new Set(), environment) : '';
  if (listed) parts.push(`Available Commands:\n${listed}`);
  const flags = flagsOf(command, environment).filter((flag) => !flag.own || program !== 'kubectl');
  const usages = flagUsages(flags, lineLimit(streams)).trimEnd();
  if (usages) parts.push(`Options:\n${usages}`);
  const parent = [program, ...path.slice(0, -1)].join(' ');
  let usage = `${parent} ${command.use}`;
  if (!usage.includes('[options]')) usage += ' [options]';
  parts.push(`Usage:\n  ${usage}`);
  let tips = '';
  if (subcommands) {
    tips += `Use "${[program, ...path].join(' ')} <command> --help" for more information about a given command.\n`;
  }
  tips += `Use "${program} options" for a list of global command-line options (applies to all commands).\n`;
  return `${parts.join('\n\n')}\n\n${tips}`;
}

/** Name and short description of each command, in two columns; '' for none. */
async function listing(
  commands: Readonly<Record<string, () => Promise<{ default: Command }>>>,
  without: ReadonlySet<string>,
  environment: Environment,
): Promise<string> {
  const lines: [string, string][] = [];
  for (const name of Object.keys(commands)) {
    const command = (await (commands[name] as () => Promise<{ default: Command }>)()).default;
    if (!command.hidden && !without.has(name) && isOpen(command.gate, environment)) lines.push([name, command.short]);
  }
  const width = Math.max(11, ...Object.keys(commands).map((name) => name.length));
  return lines.map(([name, short]) => `  ${name.padEnd(width)}   ${short}`).join('\n');
}

/** Flags by name, each with its default and what it does (templates.HelpFlagPrinter). */
function flagUsages(flags: readonly Flag[], limit: number | undefined): string {
  return [...flags]
    .filter((flag) => !flag.hidden)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => {
      const value = flag.type === 'string' ? `'${formatFlagDefault(flag)}'` : formatFlagDefault(flag);
      const name = flag.shorthand ? `-${flag.shorthand}, --${flag.name}` : `--${flag.name}`;
      const usage = flag.usage + (flag.deprecated ? ` (DEPRECATED: ${flag.deprecated})` : '');
      const wrapped = wrap(usage.replaceAll('\n', ' '), limit && limit - 10).replaceAll('\n', '\n\t');
      return `    ${name}=${value}:\n\t${wrapped}\n\n`;
    })
    .join('');
}

/** Paragraphs after the first stand one column in, as kubectl's renderer of descriptions has it. */
function paragraphs(text: string): string {
  return text.trim().replace(/\n\n(?=\S)/g, '\n\n ');
}

function indent(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `  ${line.trim()}`)
    .join('\n');
}

/** Columns to wrap at: 80, 100 or 120 on a terminal, else none (term.getTerminalLimitWidth). */
function lineLimit({ columns }: Streams): number | undefined {
  if (columns === undefined) return undefined;
  return [120, 100, 80].find((limit) => columns >= limit);
}

/** Breaks lines at blanks so that none is longer than `limit`, where words allow. */
function wrap(text: string, limit: number | undefined): string {
  if (!limit) return text;
  return text
    .split('\n')
    .map((line) => {
      if (line.length <= limit) return line;
      let out = '';
      let width = 0;
      for (const word of line.split(/(?<=\s)(?=\S)/)) {
        if (width > 0 && width + word.trimEnd().length > limit) {
          out = `${out.trimEnd()}\n`;
          width = 0;
        }
        out += word;
        width += word.length;
      }
      return out;
    })
    .join('\n');
}
