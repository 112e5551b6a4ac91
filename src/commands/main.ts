/** The program: finds the command, parses its flags, runs it, turns errors into kubectl's words and exit status. */
import { type Command, ExitSilently, type Flags, HelpError, UsageError } from './command';
import { endingOf } from './errors';
import { type FoundCommand, findCommand, firstWord, suggestCommands } from './find-command';
import { flagsOf } from './gates';
import { globalFlags } from './global-flags';
import { CommandInvocation, type Surroundings } from './invocation';
import { type Preferred, withPreferences } from './kuberc/locate';
import { FlagError, HelpRequested, parseFlags, requireFlags, requireNoArguments } from './parse-flags';

/** `program` is the name it was called by. Tests put in streams and a connection of their own. */
export type MainOptions = { program: string } & Partial<Surroundings>;

/** Runs one command line and resolves to its exit status; everything it reported as done is durable by then. */
export async function main(argv: string[], options: MainOptions): Promise<number> {
  const surroundings = await surround(options);
  const { streams, program, environment } = surroundings;
  let commandPath = program;
  let found: FoundCommand | undefined;
  let invocation: CommandInvocation | undefined;
  let exitCode = 0;
  try {
    const preferred = await withPreferences(argv, surroundings);
    found = await findCommand(preferred.argv, { environment, more: preferred.aliases });
    const plugin = await runPlugin(argv, found, surroundings);
    if (plugin !== undefined) return plugin;
    const { command, path, rest } = found;
    if (command?.runRaw) {
      const name = path[0] as string;
      const { aliases: more, defaults } = preferred;
      return await command.runRaw({ argv: rest, name, surroundings, more, defaults });
    }
    commandPath = [program, ...path].join(' ');
    invocation = await prepare(found, preferred, surroundings, commandPath);
    if (invocation) {
      await (command as Required<Command>).run(invocation);
      if (invocation.flags.bool('warnings-as-errors') && invocation.warnings > 0) {
        const { warnings } = invocation;
        throw new Error(`${warnings} warning${warnings === 1 ? '' : 's'} received`);
      }
      await invocation.release();
    }
  } catch (error) {
    if (error instanceof HelpError && invocation) {
      const { printHelp } = await import('./help');
      await printHelp(found?.command, found?.path ?? [], { ...surroundings, streams: invocation.streams });
    }
    exitCode = await report(error, invocation, surroundings, commandPath);
  }
  try {
    await invocation?.close();
  } catch (error) {
    streams.err(endingOf(error, commandPath).text);
    exitCode ||= 1;
  }
  return exitCode;
}

/** A command that there is not may be a plugin: its exit status, or undefined where there is no such plugin. */
async function runPlugin(
  argv: readonly string[],
  { command, path, rest, unknown }: FoundCommand,
  surroundings: Surroundings,
): Promise<number | undefined> {
  const subcommand = path.length === 1 && path[0] === 'create' ? rest[0] : undefined;
  const mayBe = command
    ? // What is below create may be added to, by full names only.
      subcommand !== undefined && !subcommand.startsWith('-') && !Object.hasOwn(command.subcommands ?? {}, subcommand)
    : unknown !== undefined && unknown !== 'help';
  if (!mayBe) return undefined;
  const { runPluginFor } = await import('./plugin/run-plugin');
  return runPluginFor(argv, command ? argv.length - rest.length + 1 : 1, surroundings);
}

/** Parses the flags; undefined when there is nothing left to run because help was asked for and given. */
async function prepare(
  { command, path, rest, unknown }: FoundCommand,
  { defaults, pluginPolicy }: Preferred,
  surroundings: Surroundings,
  commandPath: string,
): Promise<CommandInvocation | undefined> {
  const { streams, program, environment } = surroundings;
  if (unknown !== undefined && unknown !== 'help') {
    throw new Error(`unknown command ${JSON.stringify(unknown)} for "${program}"${suggestCommands(unknown, program)}`);
  }
  const declared = [...flagsOf(command, environment), ...flagsOf({ flags: globalFlags }, environment)];
  const handedOn = command?.takesCommands ? firstWord(rest, declared) : -1;
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(handedOn < 0 ? rest : rest.slice(0, handedOn), declared, defaults);
    if (handedOn >= 0) parsed.args = rest.slice(handedOn);
  } catch (error) {
    if (error instanceof FlagError) {
      if (command?.flagErrorExitCode) throw new UsageError(error.message, command.flagErrorExitCode);
      const hint =
        path[0] === 'options' ? `Run '${commandPath}' without flags.` : `See '${commandPath} --help' for usage.`;
      throw new Error(`${error.message}\n${hint}`);
    }
    if (!(error instanceof HelpRequested)) throw error;
    const { printHelp } = await import('./help');
    await printHelp(command, path, surroundings);
    return undefined;
  }
  if (command?.simulates) await runElsewhere(parsed.flags, surroundings);
  for (const notice of parsed.notices) streams.err(`${notice}\n`);
  const { args, argsBeforeDash, flags } = parsed;
  if (!command) {
    const { printHelp, helpOn } = await import('./help');
    if (args[0] === 'help') await helpOn(args.slice(1), surroundings);
    else await printHelp(undefined, [], surroundings);
    return undefined;
  }
  if (!command.run) {
    requireNoArguments(args);
    const { printHelp } = await import('./help');
    await printHelp(command, path, { ...surroundings, streams: onStandardError(streams) });
    throw new ExitSilently(1);
  }
  requireFlags(flags, declared);
  const ownFlags = new Set(flagsOf(command, environment).map(({ name }) => name));
  return new CommandInvocation(surroundings, { args, argsBeforeDash, flags, path, ownFlags, ...pluginPolicy });
}

/** What simulates a large cluster does so in a process made for that: it then ends here with what came of it. */
async function runElsewhere(flags: Flags, { environment, cwd, script }: Surroundings): Promise<void> {
  if (script === undefined) return;
  const [{ stateFolderOf }, { mayBeServed, stateSize }, { runInLargeProcess }] = await Promise.all([
    import('./connection'),
    import('../store/folder-layout'),
    import('../host/large-process'),
  ]);
  const folder = await stateFolderOf({ flags, environment, cwd });
  const exitCode = await runInLargeProcess(script, mayBeServed(folder) ? 0 : stateSize(folder));
  if (exitCode !== undefined) throw new ExitSilently(exitCode);
}

async function report(
  error: unknown,
  invocation: CommandInvocation | undefined,
  { streams, environment }: Surroundings,
  commandPath: string,
): Promise<number> {
  let told = error;
  try {
    await invocation?.release();
  } catch (failure) {
    told = failure;
  }
  // What a printer had written before it failed.
  const { output } = told as { output?: unknown };
  if (typeof output === 'string') streams.out(output);
  const { text, exitCode } = endingOf(told, commandPath);
  if (text) streams.err(text);
  if (environment.KUBETICK_TRACE && told instanceof Error) streams.err(`${told.stack}\n`);
  return exitCode;
}

/** Where help goes that was not asked for (cmdutil.DefaultSubCommandRun). */
function onStandardError(streams: Surroundings['streams']): Surroundings['streams'] {
  return { ...streams, out: streams.err, columns: streams.columns };
}

async function surround(options: MainOptions): Promise<Surroundings> {
  const environment = options.environment ?? process.env;
  return {
    program: options.program,
    script: options.script,
    environment,
    cwd: options.cwd ?? process.cwd(),
    streams: options.streams ?? (await import('./host-streams')).processStreams(environment),
    connect: options.connect ?? (await import('./connection')).connectToFolder,
  };
}
