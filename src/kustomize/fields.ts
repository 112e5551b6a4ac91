/** Finding, making, setting and clearing fields of nodes (kyaml/yaml/fns.go). */
import { isEmptyMap, isMissing, isStringNode, mapNode, type NodeKind, scalarNode, YamlNode } from './node';
import { isYaml11NonString } from './node-value';
import { writeNode } from './node-write';

/** `wrong node kind: expected ScalarNode but got MappingNode: node contents: …` */
export class InvalidNodeKindError extends Error {
  constructor(
    expected: NodeKind,
    readonly node: YamlNode,
  ) {
    super(
      `wrong node kind: expected ${KIND_NAMES[expected]} but got ${KIND_NAMES[node.kind]}: node contents:\n${writeNode(node)}`,
    );
  }
}

const KIND_NAMES: Readonly<Record<NodeKind, string>> = {
  scalar: 'ScalarNode',
  map: 'MappingNode',
  seq: 'SequenceNode',
};

/** @throws InvalidNodeKindError unless the node is missing, null or of this kind. */
export function requireKind(node: YamlNode | undefined, kind: NodeKind): void {
  if (!isMissing(node) && node.kind !== kind) throw new InvalidNodeKindError(kind, node);
}

/** The value of a mapping's field; undefined where there is none, or no mapping (RNode.Field). */
export function fieldOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  if (node?.kind !== 'map') return undefined;
  const { content } = node;
  for (let i = 0; i < content.length; i += 2) if (content[i]?.value === name) return content[i + 1];
  return undefined;
}

/** The names of a mapping's fields. */
export function fieldNames(node: YamlNode): string[] {
  const names: string[] = [];
  for (let i = 0; i < node.content.length; i += 2) names.push((node.content[i] as YamlNode).value);
  return names;
}

/** The same, and an error where the node is something else (FieldMatcher). */
export function getField(node: YamlNode | undefined, name: string): YamlNode | undefined {
  if (isMissing(node)) return undefined;
  requireKind(node, 'map');
  return fieldOf(node, name);
}

/** Puts an entry into a mapping, in place of one with the same key (MapEntrySetter). */
export function setEntry(map: YamlNode, key: YamlNode, value: YamlNode): void {
  const { content } = map;
  for (let i = 0; i < content.length; i += 2) {
    if (content[i]?.value !== key.value) continue;
    content[i] = key;
    content[i + 1] = value;
    return;
  }
  content.push(key, value);
}

/** Removes a field (FieldClearer); `ifEmpty`: only when nothing is in it. */
export function clearField(map: YamlNode | undefined, name: string, ifEmpty = false): void {
  if (isMissing(map)) return;
  requireKind(map, 'map');
  const { content } = map;
  for (let i = 0; i < content.length; i += 2) {
    if (content[i]?.value !== name) continue;
    if (!ifEmpty || content[i + 1]?.content.length === 0) content.splice(i, 2);
    return;
  }
}

/**
 * Sets a field. The node that is there keeps its place and its style, so that a text that was quoted stays so; null clears
 * the field (FieldSetter with a name).
 */
export function setField(map: YamlNode, name: string, value: YamlNode | undefined): void {
  quoteIfNeeded(value);
  if (value === undefined || (value.tag === '!!null' && !value.keep)) {
    clearField(map, name);
    return;
  }
  requireKind(map, 'map');
  const field = fieldOf(map, name);
  if (field) {
    value.style = field.style;
    field.become(value);
  } else map.content.push(scalarNode(name), value);
}

/** Sets a scalar where it stands; its style stays (FieldSetter without a name). */
export function setScalar(node: YamlNode, value: YamlNode): void {
  quoteIfNeeded(value);
  requireKind(node, 'scalar');
  if (isMissing(value)) return;
  value.style = node.style;
  node.become(value);
}

function quoteIfNeeded(value: YamlNode | undefined): void {
  if (value && isStringNode(value) && value.style === '' && isYaml11NonString(value)) value.style = 'double';
}

/** `[name=web]` */
export function isListIndex(part: string): boolean {
  return part.startsWith('[') && part.endsWith(']');
}

export function isIndexNumber(part: string): boolean {
  return /^\+?\d+$/.test(part) || /^-0+$/.test(part);
}

/** `[name=web]` → `['name', 'web']`; `[=web]` means an item that is a scalar. */
export function splitIndex(part: string): [field: string, value: string] {
  const inside = part.replace(/^\[/, '').replace(/\]$/, '');
  const at = inside.indexOf('=');
  if (at < 0) throw new Error('list path element must contain fieldName=fieldValue for element to match');
  return [inside.slice(0, at), inside.slice(at + 1)];
}

/** What kind of node must stand where this part of a path leads from. */
export function kindForPart(next: string | undefined, last: NodeKind): NodeKind {
  if (next === undefined || next === '') return last;
  return isListIndex(next) || isIndexNumber(next) ? 'seq' : 'map';
}

/** Follows a path of field names, `[key=value]`, indices and `-`; with `create`, makes what is missing (PathGetter). */
export function lookup(node: YamlNode | undefined, path: readonly string[], create?: NodeKind): YamlNode | undefined {
  const parts = path.map((part) => part.trim()).filter((part) => part !== '');
  let found = node;
  for (const [i, part] of parts.entries()) {
    found = step(found, part, parts[i + 1], create);
    if (found === undefined) return undefined;
  }
  return found;
}

function step(
  node: YamlNode | undefined,
  part: string,
  next: string | undefined,
  create: NodeKind | undefined,
): YamlNode | undefined {
  if (part === '*') throw new Error('wildcard is not supported in PathGetter');
  if (/^[+-]?\d+$/.test(part)) {
    const index = Number(part);
    if (index < 0) throw new Error(`array index ${index} cannot be negative`);
    requireKind(node, 'seq');
    return isMissing(node) ? undefined : node.content[index];
  }
  if (part === '-') {
    requireKind(node, 'seq');
    return node?.content.at(-1);
  }
  if (isListIndex(part)) return element(node, part, create !== undefined);
  const field = getField(node, part);
  if (field || create === undefined || isMissing(node)) return field;
  const made = new YamlNode(kindForPart(next, create));
  node.content.push(scalarNode(part), made);
  return made;
}

function element(list: YamlNode | undefined, part: string, create: boolean): YamlNode | undefined {
  const [field, value] = splitIndex(part);
  requireKind(list, 'seq');
  if (isMissing(list)) return undefined;
  const found = findElement(list, [field], [value]);
  if (found || !create) return found;
  const made = field === '' ? scalarNode(value) : mapNode([scalarNode(field), scalarNode(value)]);
  list.content.push(made);
  return made;
}

/** The first item whose fields have these values; no key means items that are scalars (ElementMatcher). */
export function findElement(list: YamlNode, keys: readonly string[], values: readonly string[]): YamlNode | undefined {
  if (keys.length === 0 || keys[0] === '') return list.content.find((item) => item.value === (values[0] ?? ''));
  return list.content.find((item) => {
    if (!isMissing(item) && item.kind !== 'map') return false;
    if (isMissing(item)) return false;
    return keys.every((key, i) => fieldOf(item, key)?.value === values[i]);
  });
}

/**
 * Puts an item where one with the same keys is, or behind all; without one, takes them out. Empty items go (ElementSetter).
 */
export function setElement(
  list: YamlNode,
  item: YamlNode | undefined,
  keys: readonly string[],
  values: readonly string[],
): void {
  const setsMaps = keys.length > 0 && keys[0] !== '' && values.length > 0 && values[0] !== '';
  const content: YamlNode[] = [];
  let matched = false;
  for (const each of list.content) {
    if (isMissing(each) || isEmptyMap(each)) continue;
    if (each.kind !== 'map' && setsMaps) {
      content.push(each);
      continue;
    }
    if (!hasKeys(each, keys.length === 0 ? [''] : keys, values)) {
      if (values.length > 0) content.push(each);
      continue;
    }
    matched = true;
    if (item) content.push(item);
  }
  list.content = content;
  if (!isMissing(item) && !matched) content.push(item);
}

function hasKeys(node: YamlNode, keys: readonly string[], values: readonly string[]): boolean {
  let found: YamlNode | undefined;
  for (const [i, key] of keys.entries()) {
    const value = values[i];
    if (value !== undefined) found = matchField(node, key, value);
    if (!found) return false;
  }
  return true;
}

function matchField(node: YamlNode, name: string, value: string): YamlNode | undefined {
  if (name === '') {
    requireKind(node, 'scalar');
    return node.value === value ? node : undefined;
  }
  const field = getField(node, name);
  return field && (value === '' || field.value === value) ? field : undefined;
}

/** `/`-separated, with `\/` for a slash inside (utils.PathSplitter). */
export function splitPath(path: string, delimiter: string): string[] {
  let parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === '') parts = parts.slice(1);
  const result = [parts[0] as string];
  for (const part of parts.slice(1)) {
    const last = result.length - 1;
    const before = result[last] as string;
    if (before.endsWith('\\')) result[last] = before.slice(0, -1) + delimiter + part;
    else result.push(part);
  }
  return result;
}

/** The same, and `[a.b.c]` is one part: a key with dots, or an item's mark when there is a `=` in it (SmarterPathSplitter). */
export function splitFieldPath(path: string, delimiter = '.'): string[] {
  const parts = splitPath(path, delimiter);
  const result: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (!part.startsWith('[') || part.endsWith(']')) {
      result.push(part);
      continue;
    }
    const bracketed = [part];
    while (i < parts.length - 1) {
      bracketed.push(parts[++i] as string);
      if (parts[i]?.endsWith(']')) break;
    }
    const joined = bracketed.join(delimiter);
    result.push(joined.includes('=') ? joined : joined.replace(/^[[\]]+|[[\]]+$/g, ''));
  }
  return result;
}
