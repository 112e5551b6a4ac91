/** Where a user's preferences are, and whether there are any: next to nothing is loaded for who has none (kuberc.LoadKuberc). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findStateFolder } from '../../store/find-state-folder';
import type { Command } from '../command';
import { type Environment, isOpen, kubercGate } from '../gates';
import type { Surroundings } from '../invocation';
import type { Assignment } from '../parse-flags';
import type { PluginPolicy } from './plugin-policy';

/** A command line as a kuberc has it. */
export interface Preferred {
  argv: readonly string[];
  /** The alias that was called, by its name. */
  aliases: ReadonlyMap<string, Command>;
  /** Flags that the user did not give, and their values. */
  defaults: readonly Assignment[];
  pluginPolicy?: { pluginPolicy: PluginPolicy };
}

export type Home = Pick<Surroundings, 'environment' | 'cwd'>;

/** Applies the kuberc that is in force to a command line. @throws PreferencesError */
export async function withPreferences(argv: readonly string[], surroundings: Surroundings): Promise<Preferred> {
  const as = { argv, aliases: NONE, defaults: [] };
  if (argv.length === 0 || !isOpen(kubercGate, surroundings.environment)) return as;
  const flag = rawFlag(argv, 'kuberc');
  if (flag === undefined) {
    const file = locateKuberc('', argv, surroundings);
    if (!file || (!file.explicit && !existsSync(file.path))) return as;
  }
  const { applyPreferences } = await import('./apply-preferences');
  return applyPreferences(argv, flag, surroundings);
}

const NONE: ReadonlyMap<string, Command> = new Map();

export interface KubercFile {
  path: string;
  /** The user named it: it must be there. */
  explicit: boolean;
}

/**
 * The file of --kuberc, else of KUBERC, else `kuberc` in the state folder of the cluster if there is one, else ~/.kube/kuberc.
 * Undefined where KUBERC=off.
 */
export function locateKuberc(flag: string, argv: readonly string[], home: Home): KubercFile | undefined {
  const { environment, cwd } = home;
  const named = environment['KUBERC'] ?? '';
  if (named === 'off') {
    if (flag) throw new Error('disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive');
    return undefined;
  }
  if (flag || named) return { path: flag || named, explicit: true };
  const folder = homeFolder(environment);
  const state = findStateFolder({ flag: rawFlag(argv, 'state'), environment, cwd, home: folder });
  const own = join(state, 'kuberc');
  return { path: existsSync(own) ? own : join(folder, '.kube', 'kuberc'), explicit: false };
}

function homeFolder(environment: Environment): string {
  return environment['HOME'] || environment['USERPROFILE'] || '';
}

/** The value of a flag before flags are read: '' where it has none, undefined without the flag (getExplicitKuberc). */
function rawFlag(argv: readonly string[], name: string): string | undefined {
  for (const [i, token] of argv.entries()) {
    if (token === '--') return undefined;
    if (token === `--${name}`) return argv[i + 1] ?? '';
    if (token.includes(`--${name}=`)) return token.split('=')[1] ?? '';
  }
  return undefined;
}
