/**
 * Writes nodes as kyaml does: fields in their order, quotes and flow style as they were, lists not indented under their key,
 * lines never folded (kyaml/yaml/alias.go NewEncoder over go-yaml v3 encode.go).
 */
import type { YamlNode } from './node';
import { resolveScalar } from './scalar';

/** The text of a node, ending in a newline. */
export function writeNode(node: YamlNode): string {
  const { head } = node.comments ?? {};
  const comment = head ? `${commentLines(head, '')}\n` : '';
  if (node.kind === 'scalar') return `${comment}${scalarText(node, 0)}\n`;
  if (isInline(node)) return `${comment}${flowText(node)}\n`;
  return comment + blockText(node, 0);
}

function isInline(node: YamlNode): boolean {
  return node.kind === 'scalar' || node.content.length === 0 || node.style === 'flow';
}

function blockText(node: YamlNode, indent: number): string {
  return node.kind === 'map' ? mapText(node, indent) : listText(node, indent);
}

function mapText(node: YamlNode, indent: number): string {
  const pad = ' '.repeat(indent);
  let text = '';
  for (let i = 0; i < node.content.length; i += 2) {
    const key = node.content[i] as YamlNode;
    const value = node.content[i + 1] as YamlNode;
    text += `${before(key, pad)}${pad}${scalarText(key, indent)}:`;
    if (isInline(value)) {
      const written = value.kind === 'scalar' ? scalarText(value, indent + 2) : flowText(value);
      text += `${written === '' ? '' : ` ${written}`}${behind(value)}\n`;
    } else {
      text += `\n${before(value, pad)}${blockText(value, value.kind === 'map' ? indent + 2 : indent)}`;
    }
    text += below(key, pad) + (value.kind === 'scalar' ? '' : below(value, pad));
  }
  return text;
}

function listText(node: YamlNode, indent: number): string {
  const pad = ' '.repeat(indent);
  let text = '';
  for (const item of node.content) {
    text += `${before(item, pad)}${pad}- `;
    if (!isInline(item)) text += blockText(item, indent + 2).slice(indent + 2);
    else text += `${item.kind === 'scalar' ? scalarText(item, indent + 2) : flowText(item)}${behind(item)}\n`;
  }
  return text;
}

function flowText(node: YamlNode): string {
  if (node.kind === 'scalar') return scalarText(node, 0, true);
  if (node.kind === 'seq') return `[${node.content.map(flowText).join(', ')}]`;
  const members: string[] = [];
  for (let i = 0; i < node.content.length; i += 2) {
    members.push(`${flowText(node.content[i] as YamlNode)}: ${flowText(node.content[i + 1] as YamlNode)}`);
  }
  return `{${members.join(', ')}}`;
}

function before(node: YamlNode, pad: string): string {
  const { head } = node.comments ?? {};
  return head ? `${commentLines(head, pad)}\n` : '';
}

function behind(node: YamlNode): string {
  const { line } = node.comments ?? {};
  return line ? ` #${line}` : '';
}

function below(node: YamlNode, pad: string): string {
  const { foot } = node.comments ?? {};
  return foot ? `${commentLines(foot, pad)}\n` : '';
}

function commentLines(text: string, pad: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `${pad}#${line}`))
    .join('\n');
}

function scalarText(node: YamlNode, indent: number, flow = false): string {
  const { value, style, tag } = node;
  if (style === 'double') return doubleQuoted(value);
  if (style === 'single') return singleQuoted(value);
  if (!flow && (style === 'literal' || style === 'folded' || value.includes('\n'))) return blockScalar(node, indent);
  if (tag === '!!str' && resolveScalar(value).tag !== '!!str') return doubleQuoted(value);
  if (!isPlain(value, flow)) return value.includes('\n') ? doubleQuoted(value) : singleQuoted(value);
  return value;
}

function blockScalar({ value, style }: YamlNode, indent: number): string {
  if (/ \n| $|^\n/.test(value) || /[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(value)) return doubleQuoted(value);
  const pad = ' '.repeat(indent === 0 ? 2 : indent);
  const hint = /^[ \n]/.test(value) ? '2' : '';
  const chomp = !value.endsWith('\n') ? '-' : value.endsWith('\n\n') || value === '\n' ? '+' : '';
  const body = value.replace(/\n$/, '');
  const lines = style === 'folded' ? body.replaceAll(/\n(?! |\n)/g, '\n\n') : body;
  const written = lines.split('\n').map((line) => (line === '' ? '' : pad + line));
  return `${style === 'folded' ? '>' : '|'}${hint}${chomp}\n${written.join('\n')}`;
}

function isPlain(text: string, flow: boolean): boolean {
  if (text === '') return !flow;
  if (/^[\s]|[\s]$|[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(text)) return false;
  if (/^(?:[#,[\]{}&*!|>'"%@`]|[?:-](?:\s|$)|---|\.\.\.)/.test(text)) return false;
  if (flow && /[,?[\]{}]|:/.test(text)) return false;
  return !/:(?:\s|$)|\s#/.test(text);
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll('\\u007f', '\\x7F')
    .replace(/\\u00([01][0-9a-f])/g, (_, hex: string) => `\\x${hex.toUpperCase()}`);
}
