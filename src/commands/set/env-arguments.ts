/** NAME=VALUE, NAME- and `-`: how variables are given (kubectl pkg/cmd/set/env/env_parse.go). */
import { isEnvVarName } from '../../apimachinery/names';
import { CommandError } from '../command';
import type { EnvVar } from './pod-spec';

/** Parts resources from variables, which come after them. */
export function splitEnvironment(args: readonly string[]): { resources: string[]; changes: string[] } {
  const isChange = (arg: string) => arg.lastIndexOf('=') > 0 || arg.endsWith('-');
  const first = args.findIndex(isChange);
  if (first < 0) return { resources: [...args], changes: [] };
  const changes = args.slice(first);
  if (!changes.every(isChange)) {
    throw new CommandError(`all resources must be specified before environment changes: ${args.join(' ')}`);
  }
  return { resources: args.slice(0, first), changes };
}

export interface EnvChanges {
  env: EnvVar[];
  remove: string[];
}

/** `stdin` is read where a change is `-` (ParseEnv). */
export async function parseEnvironment(
  changes: readonly string[],
  stdin: () => Promise<string>,
): Promise<EnvChanges & { usedStdin: boolean }> {
  const env: EnvVar[] = [];
  const remove: string[] = [];
  const named = new Set<string>();
  let usedStdin = false;
  for (const change of changes) {
    const at = change.indexOf('=');
    if (change === '-') {
      env.push(...readLines(await stdin()));
      usedStdin = true;
    } else if (at >= 0) {
      const name = change.slice(0, at);
      const complaints = isEnvVarName(name);
      if (complaints.length > 0) {
        throw new CommandError(`${JSON.stringify(name)} is not a valid key name: ${complaints.join(';')}`);
      }
      named.add(name);
      env.push(variable(name, change.slice(at + 1)));
    } else if (change.endsWith('-')) remove.push(change.slice(0, -1));
    else throw new CommandError(`unknown environment variable: ${change}`);
  }
  if (remove.some((name) => named.has(name))) {
    throw new CommandError('can not both modify and remove the same environment variable in the same command');
  }
  return { env, remove, usedStdin };
}

/** What stands behind a `#` is none of it; lines without `=` count for nothing. */
function readLines(text: string): EnvVar[] {
  const env: EnvVar[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [content = ''] = line.split('#');
    const at = content.indexOf('=');
    if (at >= 0) env.push(variable(content.slice(0, at), content.slice(at + 1)));
  }
  return env;
}

/** A value that is empty is left out, as Go leaves it out. */
function variable(name: string, value: string): EnvVar {
  return value === '' ? { name } : { name, value };
}

/** Sets and removes by name; whichever is given twice counts first, and removal before all (updateEnv). */
export function updateEnvironment(existing: readonly EnvVar[], { env, remove }: EnvChanges): EnvVar[] {
  const result: EnvVar[] = [];
  const covered = new Set(remove);
  const first = (name: string) => env.find((each) => each.name === name);
  for (const each of existing) {
    if (covered.has(each.name)) continue;
    const newer = first(each.name);
    if (newer) covered.add(each.name);
    result.push(newer ?? each);
  }
  for (const each of env) {
    if (covered.has(each.name)) continue;
    covered.add(each.name);
    result.push(each);
  }
  return result;
}
