/** `plugin list` (kubectl pkg/cmd/plugin/plugin.go). */
import { statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { type Command, CommandError } from '../command';
import { findCommand } from '../find-command';
import type { Environment } from '../gates';
import { goFileError } from '../print-objects';
import { listPlugins, type OnPath } from './names';

const command: Command = {
  use: 'list [flags]',
  short: "List all visible plugin executables on a user's PATH",
  long: `List the plugins on the PATH: files whose names begin with "kubectl-". Those that can't be run, because they are not executable or something else of that name comes first, are told.`,
  examples: `# The plugins that are there
kubectl plugin list

# Their names without paths
kubectl plugin list --name-only`,
  flags: [
    {
      name: 'name-only',
      type: 'bool',
      usage: 'If true, display only the binary name of each plugin, rather than its full path',
    },
  ],
  async run(invocation) {
    const { flags, streams, program } = invocation;
    const plugins = listPlugins(invocation, (text) => streams.err(text));
    const problems: string[] = [];
    if (plugins.length > 0) streams.out('The following compatible plugins are available:\n\n');
    else problems.push(`error: unable to find any ${program} plugins in your PATH`);
    const seen = new Map<string, string>();
    let warnings = 0;
    for (const path of plugins) {
      streams.out(`${flags.bool('name-only') ? basename(path) : path}\n`);
      for (const warning of await verify(path, seen, invocation)) {
        streams.err(`  - ${warning}\n`);
        warnings++;
      }
    }
    if (warnings === 1) problems.push('error: one plugin warning was found');
    if (warnings > 1) problems.push(`error: ${warnings} plugin warnings were found`);
    if (problems.length > 0) throw new CommandError(problems.map((problem) => `${problem}\n`).join(''));
  },
};

export default command;

/** What keeps a plugin from being run by its name (CommandOverrideVerifier). */
async function verify(path: string, seen: Map<string, string>, where: OnPath): Promise<string[]> {
  const { program, environment, cwd } = where;
  const name = basename(path);
  const warnings: string[] = [];
  try {
    if (!isExecutable(resolve(cwd, path), environment)) {
      warnings.push(`warning: ${path} identified as a ${program} plugin, but it is not executable`);
    }
  } catch (error) {
    const why = goFileError(error, path).replace(/^open/, 'stat');
    warnings.push(`error: unable to identify ${path} as an executable file: ${why}`);
  }
  const earlier = seen.get(name);
  if (earlier !== undefined) {
    warnings.push(`warning: ${path} is overshadowed by a similarly named plugin: ${earlier}`);
  } else seen.set(name, path);
  const found = await findCommand(name.split('-').slice(1), { environment });
  if (found.command) {
    const commandPath = [program, ...found.path].join(' ');
    warnings.push(`warning: ${name} overwrites existing command: ${JSON.stringify(commandPath)}`);
  }
  return warnings;
}

function isExecutable(path: string, environment: Environment): boolean {
  const { mode } = statSync(path);
  if (process.platform !== 'win32') return (mode & 0o111) !== 0;
  const extensions = (environment['PATHEXT'] ?? '.bat;.cmd;.com;.exe;.ps1').toLowerCase().split(';');
  return extensions.includes(extname(path).toLowerCase());
}
