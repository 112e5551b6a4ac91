/** Plugins are programs on the PATH whose names begin with `kubectl-` (kubectl pkg/cmd/plugin/plugin.go ListPlugins). */
import { readdirSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { goFileError } from '../print-objects';
import { findTopLevel } from '../program';

export interface OnPath {
  program: string;
  environment: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** What names of plugins begin with: kubetick has those of kubectl too, and its own come first. */
export function pluginPrefixes(program: string): string[] {
  return program === 'kubectl' ? ['kubectl'] : [program, 'kubectl'];
}

/** Their paths, folder by folder; `tell` hears of folders that can't be read. */
export function listPlugins({ program, environment, cwd }: OnPath, tell: (text: string) => void = () => {}): string[] {
  const prefixes = pluginPrefixes(program).map((prefix) => `${prefix}-`);
  const plugins: string[] = [];
  for (const folder of new Set((environment['PATH'] ?? '').split(delimiter))) {
    if (folder.trim() === '') continue;
    try {
      const entries = readdirSync(resolve(cwd, folder), { withFileTypes: true });
      const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
      const found = names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix))).sort();
      plugins.push(...found.map((name) => join(folder, name)));
    } catch (error) {
      const path = JSON.stringify(folder);
      tell(`Unable to read directory ${path} from your PATH: ${goFileError(error, folder)}. Skipping...\n`);
    }
  }
  return plugins;
}

/** The words by which a plugin is called: `kubectl-foo_bar-baz` by `foo-bar baz`. */
export function wordsOfPlugin(path: string): string[] {
  return basename(path)
    .split('-')
    .slice(1)
    .map((word) => word.replaceAll('_', '-'));
}

/** The commands that help lists for plugins. */
export function firstWordsOfPlugins(where: OnPath): string[] {
  const words = listPlugins(where).map((path) => wordsOfPlugin(path)[0] as string);
  return [...new Set(words)].filter((word) => !findTopLevel(word));
}

export function pluginShort(word: string): string {
  return `The command ${word} is a plugin installed by the user`;
}
