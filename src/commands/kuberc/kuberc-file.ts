/** The kuberc that `kuberc view` and `kuberc set` are about: found, read and written. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { JsonObject } from '../../apimachinery/json';
import { toYaml } from '../../yaml/write';
import { CommandError, type Flag, type Invocation } from '../command';
import { kubercGate } from '../gates';
import { goFileError } from '../print-objects';
import { type KubercFile, locateKuberc } from './locate';
import { loadForEditing, type Preference, readKuberc } from './preference';

/** --kuberc, which these commands have of their own. */
export const kubercFlag: Flag = {
  name: 'kuberc',
  type: 'string',
  gate: kubercGate,
  usage:
    'Path to the kuberc file to use for preferences. This can be disabled by exporting KUBECTL_KUBERC=false feature gate or turning off the feature KUBERC=off.',
};

/** @throws CommandError where preferences are off */
export function kubercOf(invocation: Invocation): KubercFile {
  const { flags } = invocation;
  const state = flags.string('state');
  const file = locateKuberc(flags.string('kuberc'), state ? [`--state=${state}`] : [], invocation);
  if (!file) throw new CommandError('KUBERC is disabled via KUBERC=off environment variable');
  return file;
}

/** What it says; undefined where there is no such file. */
export function readPreference({ path }: KubercFile, { cwd }: Invocation): Preference | undefined {
  let text: string;
  try {
    text = readKuberc(path, cwd);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`error reading kuberc file: ${(error as Error).message}`);
  }
  return loadForEditing(text, path);
}

/** Writes it, and says so (SavePreference). */
export function savePreference(preference: Preference, { path }: KubercFile, { cwd, streams }: Invocation): void {
  const file = resolve(cwd, path);
  const { defaults, aliases } = preference;
  const text = toYaml({
    ...inDeclaredOrder(preference),
    ...(defaults ? {} : { defaults: null }),
    ...(aliases ? {} : { aliases: null }),
  });
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`failed to write kuberc file: ${goFileError(error, path)}`);
  }
  streams.out(`Updated ${path}\n`);
}

/** In the order of the Go type, its lists there even when empty. */
export function inDeclaredOrder(preference: Preference): JsonObject {
  const { kind, apiVersion, defaults = [], aliases = [] } = preference;
  const { credentialPluginPolicy, credentialPluginAllowlist } = preference;
  return {
    ...(kind ? { kind } : {}),
    ...(apiVersion ? { apiVersion } : {}),
    defaults: defaults.map(({ command = '', options }) => ({
      command,
      options: options?.map(orderedOption) ?? null,
    })),
    aliases: aliases.map(({ name = '', command = '', prependArgs = [], appendArgs = [], options = [] }) => ({
      name,
      command,
      ...(prependArgs.length > 0 ? { prependArgs } : {}),
      ...(appendArgs.length > 0 ? { appendArgs } : {}),
      ...(options.length > 0 ? { options: options.map(orderedOption) } : {}),
    })),
    ...(credentialPluginPolicy ? { credentialPluginPolicy } : {}),
    ...(credentialPluginAllowlist?.length
      ? {
          credentialPluginAllowlist: credentialPluginAllowlist.map(({ name, command }) => ({
            ...(name ? { name } : {}),
            ...(command ? { command } : {}),
          })),
        }
      : {}),
  };
}

function orderedOption({ name = '', default: value = '' }: { name?: string; default?: string }) {
  return { name, default: value };
}
