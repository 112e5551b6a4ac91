/** Reads YAML into nodes; aliases and merge keys are put in their place at once (kio.FromBytes, RNode.DeAnchor). */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, type Scalar } from 'yaml';
import { DecodeError } from '../yaml/decode';
import { diagnose } from '../yaml/diagnose';
import { compose } from '../yaml/read';
import { fieldOf, setEntry } from './fields';
import {
  isEmptyNode,
  isMissing,
  mapNode,
  type NodeStyle,
  type NodeTag,
  scalarNode,
  seqNode,
  type YamlNode,
} from './node';
import { resolveScalar } from './scalar';

/** Text that is not YAML, in go-yaml's words: `MalformedYAMLError: yaml: line 3: …`. */
export class MalformedYamlError extends Error {}

/** The documents of a file, empty ones left out; a single `List` is opened up. */
export function readNodes(text: string): YamlNode[] {
  const documents = splitDocuments(text.replaceAll('\r\n', '\n'));
  const nodes: YamlNode[] = [];
  for (const document of documents) {
    const node = readDocument(document);
    if (isMissing(node)) continue;
    const kind = fieldOf(node, 'kind')?.value;
    if (documents.length === 1 && (kind === 'List' || kind === 'ResourceList')) {
      const items = fieldOf(node, 'items');
      if (items || fieldOf(node, 'functionConfig')) {
        if (items) nodes.push(...items.content);
        continue;
      }
    }
    nodes.push(node);
  }
  return nodes;
}

function splitDocuments(text: string): string[] {
  if (text === '') return [];
  const documents: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/\n---.*\n/g)) {
    const rest = match[0].slice(4).trim();
    if (rest !== '' && !rest.startsWith('#')) throw new Error(`invalid document separator: ${match[0].trim()}`);
    documents.push(`${text.slice(from, match.index)}\n`);
    from = match.index + match[0].length;
  }
  documents.push(text.slice(from));
  return documents;
}

/** The first document of a text, or undefined for none. @throws MalformedYamlError */
export function readDocument(text: string): YamlNode | undefined {
  try {
    const problem = diagnose(text, 3);
    if (problem !== undefined) throw new DecodeError(problem);
    const document = compose(text, new LineCounter());
    if (!document || document.contents === null) return undefined;
    const node = new Reader(text).node(document.contents);
    if (document.commentBefore) node.comments = { ...node.comments, head: document.commentBefore };
    return node;
  } catch (error) {
    if (error instanceof DecodeError) throw new MalformedYamlError(`MalformedYAMLError: yaml: ${error.message}`);
    throw error;
  }
}

const STYLES: Readonly<Record<string, NodeStyle>> = {
  QUOTE_DOUBLE: 'double',
  QUOTE_SINGLE: 'single',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};
const LONG_TAG = 'tag:yaml.org,2002:';

/** From the library's nodes to ours. */
class Reader {
  private readonly anchors = new Map<string, YamlNode>();

  constructor(private readonly text: string) {}

  node(node: unknown): YamlNode {
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (!target) throw new DecodeError(`unknown anchor '${node.source}' referenced`);
      return target.copy();
    }
    const result = this.plainNode(node);
    const { anchor, commentBefore, comment } = (node ?? {}) as Record<string, string | undefined>;
    if (anchor) this.anchors.set(anchor, result);
    if (commentBefore || comment) {
      result.comments = {
        ...(commentBefore ? { head: commentBefore } : {}),
        ...(comment ? (result.kind === 'scalar' ? { line: comment } : { foot: comment }) : {}),
      };
    }
    return result;
  }

  private plainNode(node: unknown): YamlNode {
    if (isScalar(node)) return scalar(node, this.text);
    if (isSeq(node)) {
      const list = seqNode(node.items.map((item) => this.node(item)));
      list.tag = '!!seq';
      if (node.flow) list.style = 'flow';
      return list;
    }
    if (!isMap(node)) return scalarNode('', '!!null');
    const map = mapNode();
    map.tag = '!!map';
    if (node.flow) map.style = 'flow';
    let merged: YamlNode | undefined;
    for (const pair of node.items as Pair[]) {
      const key = this.node(pair.key);
      const value = this.node(pair.value);
      if (key.tag === '!!merge') merged = value;
      else map.content.push(key, value);
    }
    return merged ? mergeInto(map, merged) : map;
  }
}

function scalar(node: Scalar, source: string): YamlNode {
  let text = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const style = STYLES[node.type ?? ''] ?? '';
  // Where the file ends without a newline, so does the block that it ends with.
  const atEnd = (node.range?.[1] ?? 0) >= source.length && !source.endsWith('\n');
  if ((style === 'literal' || style === 'folded') && atEnd) text = text.replace(/\n$/, '');
  let tag: NodeTag;
  if (node.tag && node.tag !== '!')
    tag = node.tag.startsWith(LONG_TAG) ? `!!${node.tag.slice(LONG_TAG.length)}` : node.tag;
  else tag = style === '' ? resolveScalar(text).tag : '!!str';
  return scalarNode(text, tag, style);
}

/** `<<`: of several mappings the first wins, and what stands in the mapping itself before all of them. */
function mergeInto(map: YamlNode, merged: YamlNode): YamlNode {
  const sources = merged.kind === 'seq' ? [...merged.content].reverse() : [merged];
  const result = map.copy();
  for (const source of [...sources, map]) {
    if (source.kind !== 'map') throw new DecodeError('map merge requires map or sequence of maps as the value');
    for (let i = 0; i < source.content.length; i += 2) {
      setEntry(result, source.content[i] as YamlNode, source.content[i + 1] as YamlNode);
    }
  }
  return result;
}

/**
 * The objects of a file, checked: each must have a kind and, unless it is a list, a name; lists of objects are opened up
 * (resource.Factory RNodesFromBytes).
 */
export function readObjects(text: string): YamlNode[] {
  const queue = checkedObjects(readNodes(text));
  const objects: YamlNode[] = [];
  for (let node = queue.shift(); node; node = queue.shift()) {
    const kind = fieldOf(node, 'kind')?.value ?? '';
    const items = kind.endsWith('List') ? fieldOf(node, 'items') : undefined;
    if (!items) objects.push(node);
    else if (items.kind === 'seq') queue.push(...checkedObjects(items.content));
    else if (items.tag !== '!!null') {
      const found = items.kind === 'map' ? 'map[string]interface {}' : GO_TYPES[resolveScalar(items.value).tag];
      throw new Error(`expected array in ${kind}/items, but found ${found ?? 'string'}`);
    }
  }
  return objects;
}

const GO_TYPES: Readonly<Record<string, string>> = { '!!int': 'int', '!!bool': 'bool', '!!float': 'float64' };

function checkedObjects(nodes: YamlNode[]): YamlNode[] {
  return nodes.filter((node) => {
    if (isEmptyNode(node)) return false;
    checkMetadata(node);
    return true;
  });
}

/** @throws what upstream says of an object without kind or name (RNode.GetValidatedMetadata). */
export function checkMetadata(node: YamlNode): void {
  const text = (parent: YamlNode | undefined, name: string) => {
    const field = fieldOf(parent, name);
    return isEmptyNode(field) ? '' : (field as YamlNode).value;
  };
  const texts = (parent: YamlNode | undefined, name: string) => {
    const field = fieldOf(parent, name);
    if (isEmptyNode(field) || field?.kind !== 'map') return '';
    const pairs: string[] = [];
    for (let i = 0; i < field.content.length; i += 2) {
      pairs.push(`${field.content[i]?.value}:${isMissing(field.content[i + 1]) ? '' : field.content[i + 1]?.value}`);
    }
    return pairs.sort().join(' ');
  };
  const apiVersion = text(node, 'apiVersion');
  const kind = text(node, 'kind');
  const metadata = fieldOf(node, 'metadata');
  const name = text(metadata, 'name');
  const namespace = text(metadata, 'namespace');
  const labels = texts(metadata, 'labels');
  const annotations = texts(metadata, 'annotations');
  if (![apiVersion, kind, name, namespace, labels, annotations].some((each) => each !== ''))
    throw new Error('missing Resource metadata');
  const shown = `{{${apiVersion} ${kind}} {{${name} ${namespace}} map[${labels}] map[${annotations}]}}`;
  if (kind === '') throw new Error(`missing kind in object ${shown}`);
  if (!kind.endsWith('List') && name === '') throw new Error(`missing metadata.name in object ${shown}`);
}
