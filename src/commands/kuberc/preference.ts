/** What a kuberc says (kubectl pkg/config/v1beta1/types.go), and how it is read from its file (pkg/kuberc/marshal.go). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Json } from '../../apimachinery/json';
import { JsonSyntaxError, parseJson } from '../../apimachinery/json-text';
import { parseGroupVersion } from '../../apimachinery/meta';
import { looksLikeJson, ManifestError, parseYaml, splitDocuments } from '../../yaml/read';
import { goFileError } from '../print-objects';
import { type Decoded, decodeStruct, type Struct } from './decode-struct';

export interface Preference {
  kind: string;
  apiVersion: string;
  defaults?: CommandDefaults[];
  aliases?: Alias[];
  credentialPluginPolicy?: string;
  credentialPluginAllowlist?: AllowlistEntry[];
}

export interface CommandDefaults {
  command: string;
  options?: OptionDefault[];
}

export interface Alias {
  name: string;
  command: string;
  prependArgs?: string[];
  appendArgs?: string[];
  options?: OptionDefault[];
}

export interface OptionDefault {
  name: string;
  default: string;
}

export interface AllowlistEntry {
  /** What it was called before 1.36. */
  name?: string;
  command?: string;
}

const GROUP = 'kubectl.config.k8s.io';
export const API_VERSION = `${GROUP}/v1beta1`;

const optionDefault = {
  type: 'CommandOptionDefault',
  fields: { name: { shape: 'string' }, default: { shape: 'string' } },
} as const satisfies Struct;

/** `options`: what v1beta1 calls `options` and v1alpha1 `flags`. */
function preferenceStruct(version: string): Struct {
  const old = version === 'v1alpha1';
  const options = { shape: { list: optionDefault }, as: 'options' };
  const named: Struct['fields'] = old ? { flags: options } : { options };
  const commandDefaults: Struct = { type: 'CommandDefaults', fields: { command: { shape: 'string' }, ...named } };
  const texts = { shape: { list: 'string' } } as const;
  const alias: Struct = {
    type: 'AliasOverride',
    fields: {
      name: { shape: 'string' },
      command: { shape: 'string' },
      prependArgs: texts,
      appendArgs: texts,
      ...named,
    },
  };
  const defaults = { shape: { list: commandDefaults }, as: 'defaults' };
  const allowlistEntry: Struct = {
    type: 'AllowlistEntry',
    fields: { name: { shape: 'string' }, command: { shape: 'string' } },
  };
  return {
    type: 'Preference',
    fields: {
      kind: { shape: 'string', within: 'TypeMeta' },
      apiVersion: { shape: 'string', within: 'TypeMeta' },
      ...(old ? { overrides: defaults } : { defaults }),
      aliases: { shape: { list: alias } },
      ...(old
        ? {}
        : {
            credentialPluginPolicy: { shape: 'string' },
            credentialPluginAllowlist: { shape: { list: allowlistEntry } },
          }),
    },
  };
}

export interface LoadedPreference {
  /** Undefined for a file without anything in it. */
  preference: Preference | undefined;
  /** What a strict reader objects to: unknown fields, keys that stand twice. */
  objections: string | undefined;
}

/** Nothing in the file is a Preference. */
export class NoPreferenceError extends Error {}

/** The text of the file. @throws Error as Go tells it: `open x: no such file or directory` */
export function readKuberc(path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw Object.assign(new Error(goFileError(error, path)), { code: (error as NodeJS.ErrnoException).code });
  }
}

/** The first document that is a Preference (decodePreference). @throws NoPreferenceError */
export function loadPreference(text: string, path: string): LoadedPreference {
  let attempts = 0;
  for (const document of splitDocuments(text)) {
    const body = document.replace(/^---.*\n/, '');
    if (body.trim() === '') continue;
    attempts++;
    const loaded = decodeDocument(document);
    if (loaded) return loaded;
  }
  if (attempts > 0) {
    throw new NoPreferenceError(`no valid preferences found in ${path}, use --v=5 to see details`);
  }
  return { preference: undefined, objections: undefined };
}

function decodeDocument(document: string): LoadedPreference | undefined {
  let value: Json;
  let objections: string[] = [];
  try {
    // What begins like JSON is JSON.
    value = looksLikeJson(document) ? parseJson(document) : parseYaml(document);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    if (!(error instanceof ManifestError)) throw error;
    objections = [error.message.replace(/^error converting YAML to JSON: /, '')];
    try {
      value = parseYaml(document, { duplicateKeys: 'last' });
    } catch {
      return undefined;
    }
  }
  const head = value as { apiVersion?: unknown; kind?: unknown } | null;
  if (typeof head?.apiVersion !== 'string' || head.kind !== 'Preference') return undefined;
  const { group, version } = parseGroupVersion(head.apiVersion);
  if (group !== GROUP || (version !== 'v1beta1' && version !== 'v1alpha1')) return undefined;
  const decoded = decode(value, version, !looksLikeJson(document));
  if (decoded.problem !== undefined) return undefined;
  const preference = { ...decoded.value, apiVersion: API_VERSION } as unknown as Preference;
  if (preference.credentialPluginAllowlist?.some(({ name, command }) => name && command && name !== command)) {
    return undefined;
  }
  objections.push(...decoded.unknown.map((field) => `unknown field ${JSON.stringify(field)}`));
  return {
    preference,
    objections: objections.length > 0 ? `strict decoding error: ${objections.join(', ')}` : undefined,
  };
}

function decode(value: Json, version: string, sorted: boolean): Decoded {
  return decodeStruct(value, preferenceStruct(version), `${version}.`, sorted);
}

/**
 * What `kuberc view` and `set` work on: the first Preference; where there is none, the first document as if it were one.
 * @throws Error `error parsing kuberc file: …`
 */
export function loadForEditing(text: string, path: string): Preference {
  try {
    const { preference } = loadPreference(text, path);
    return preference ?? newPreference();
  } catch (error) {
    if (!(error instanceof NoPreferenceError)) throw error;
  }
  let value: Json;
  try {
    value = parseYaml(text, { duplicateKeys: 'last' });
  } catch (error) {
    throw new Error(`error parsing kuberc file: ${(error as Error).message}`);
  }
  if (value === null) return newPreference();
  const decoded = decode(value, 'v1beta1', true);
  if (decoded.problem !== undefined) {
    throw new Error(
      `error parsing kuberc file: error unmarshaling JSON: while decoding JSON: json: ${decoded.problem}`,
    );
  }
  return decoded.value as unknown as Preference;
}

export function newPreference(): Preference {
  return { kind: 'Preference', apiVersion: API_VERSION };
}
