/** An object as Go's %#v prints the map that it is read into: what stands before the error when it can't be printed. */
import { formatShortest } from '../apimachinery/float-text';
import type { Json } from '../apimachinery/json';
import type { YamlNode } from './node';
import { isTextKey, nodeToJson } from './node-value';
import { resolveScalar } from './scalar';

export function goSyntax(node: YamlNode): string {
  try {
    return mapSyntax(node, true);
  } catch {
    return 'map[string]interface {}(nil)';
  }
}

function mapSyntax(node: YamlNode, isRoot: boolean): string {
  const keys = node.content.filter((_, i) => i % 2 === 0);
  if (new Set(keys.map((key) => key.value)).size < keys.length) throw new Error('a key stands twice');
  const textKeys = isRoot || keys.every(isTextKey);
  const members = keys.map((key, i) => {
    const value = valueSyntax(node.content[2 * i + 1] as YamlNode);
    const resolved = textKeys || isTextKey(key) ? key.value : resolveScalar(key.value).value;
    return { rank: KEY_ORDER.indexOf(typeof resolved), key: resolved, text: `${scalarSyntax(resolved)}:${value}` };
  });
  members.sort((a, b) => a.rank - b.rank || (String(a.key) < String(b.key) ? -1 : 1));
  const type = textKeys ? 'map[string]interface {}' : 'map[interface {}]interface {}';
  return `${type}{${members.map(({ text }) => text).join(', ')}}`;
}

/** fmt sorts keys of several kinds by kind first. */
const KEY_ORDER = ['string', 'number', 'bigint', 'boolean'];

function valueSyntax(node: YamlNode): string {
  if (node.kind === 'map') return mapSyntax(node, false);
  if (node.kind === 'seq') return `[]interface {}{${node.content.map(valueSyntax).join(', ')}}`;
  return scalarSyntax(nodeToJson(node));
}

function scalarSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' ? formatShortest(value) : String(value);
}
