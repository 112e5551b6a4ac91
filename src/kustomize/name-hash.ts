/** The ten letters behind the name of what generators made: they change with its content (api/hasher). */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { stringifyGo } from '../apimachinery/json-text';
import { fieldOf } from './fields';
import type { YamlNode } from './node';
import { nodeToJson } from './node-value';

/** Digits that could make words become letters that can't. */
const LETTERS: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

export async function nameHash(node: YamlNode): Promise<string> {
  const bytes = new TextEncoder().encode(hashed(node));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest.subarray(0, 5), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/[013ae]/g, (digit) => LETTERS[digit] as string);
}

/** What of it counts. Its name does not: upstream looks for a field called `metadata/name`. */
function hashed(node: YamlNode): string {
  const kind = fieldOf(node, 'kind')?.value;
  if (kind !== 'ConfigMap' && kind !== 'Secret') return stringifyGo(nodeToJson(node));
  const value = (name: string): Json => {
    const field = fieldOf(node, name);
    if (!field) return '';
    return field.kind === 'scalar' ? field.value : nodeToJson(field);
  };
  const content: JsonObject = { kind, name: '', data: value('data') };
  if (kind === 'Secret') content.type = value('type');
  const more = kind === 'Secret' ? 'stringData' : 'binaryData';
  const extra = value(more);
  if (isObject(extra)) content[more] = extra;
  return stringifyGo(content);
}
