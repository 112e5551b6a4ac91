/** Runs the plugin that a command line names (kubectl pkg/cmd/plugin.go HandlePluginCommand). */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Surroundings } from '../invocation';
import { lookPath } from './look-path';
import { pluginPrefixes } from './names';

/**
 * The plugin with the longest name of at least `atLeast` words. Resolves to the exit status; undefined where there is no such
 * plugin.
 */
export async function runPluginFor(
  argv: readonly string[],
  atLeast: number,
  surroundings: Surroundings,
): Promise<number | undefined> {
  const { program, environment, cwd, streams } = surroundings;
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  const words = argv.slice(0, firstFlag < 0 ? argv.length : firstFlag).map((word) => word.replaceAll('-', '_'));
  if (words.length === 0) {
    streams.err(`Error: flags cannot be placed before plugin name: ${argv[0]}\n`);
    return 1;
  }
  for (let length = words.length; length >= Math.max(atLeast, 1); length--) {
    for (const prefix of pluginPrefixes(program)) {
      const path = lookPath(`${prefix}-${words.slice(0, length).join('-')}`, environment, cwd);
      if (path !== undefined) return execute(resolve(cwd, path), argv.slice(length), surroundings);
    }
  }
  return undefined;
}

/** In the place of this process, as near as that can be had: its streams, its signals, its exit status. */
function execute(path: string, args: readonly string[], { environment, cwd, streams }: Surroundings): Promise<number> {
  return new Promise((done) => {
    let child: ChildProcess | undefined;
    // What a terminal sends, it sends to the plugin as well; what is sent to this process alone is passed on. So it is from
    // before the plugin begins.
    const passOn = (signal: NodeJS.Signals) => child?.kill(signal);
    const ignore = () => {};
    for (const signal of PASSED_ON) process.on(signal, passOn);
    for (const signal of IGNORED) process.on(signal, ignore);
    const end = (code: number) => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
      for (const signal of IGNORED) process.off(signal, ignore);
      done(code);
    };
    child = spawn(path, args, {
      cwd,
      // By it plugins find who called them.
      env: { ...environment, KUBECTL_PATH: resolve(process.argv[1] ?? '') },
      stdio: 'inherit',
      // Scripts need their interpreter there.
      shell: process.platform === 'win32' && /\.(bat|cmd)$/i.test(path),
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      streams.err(`Error: ${WORDS[error.code ?? ''] ?? error.message}\n`);
      end(1);
    });
    child.on('close', (code, signal) => end(code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0)));
  });
}

const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const;
const IGNORED = ['SIGINT', 'SIGQUIT'] as const;

/** What Go says of a program that can't be started. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'exec format error',
};
