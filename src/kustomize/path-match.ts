/** All nodes that a path leads to: as lookup, but `[name=…]` is a regular expression and `*` is every item (kyaml/yaml/match.go). */
import { getField, isIndexNumber, isListIndex, kindForPart, requireKind, setField, splitIndex } from './fields';
import { goRegExp } from './go-regexp';
import { isMissing, mapNode, type NodeKind, scalarNode, YamlNode } from './node';
import { readDocument } from './node-read';
import { writeNode } from './node-write';

/** `create` makes fields and items that are missing; the last one is of that kind. */
export function matchPath(node: YamlNode | undefined, path: readonly string[], create?: NodeKind): YamlNode[] {
  const [part, ...rest] = path;
  if (part === undefined) return node ? [node] : [];
  if (isIndexNumber(part)) return matchIndex(node, part, rest, create);
  if (isListIndex(part)) return matchItems(node, part, rest, create);
  if (part === '*') {
    requireKind(node, 'seq');
    return (isMissing(node) ? [] : node.content).flatMap((item) => matchPath(item, rest, create));
  }
  return matchField(node, part, rest, create);
}

function matchField(
  node: YamlNode | undefined,
  part: string,
  rest: readonly string[],
  create: NodeKind | undefined,
): YamlNode[] {
  let field = getField(node, part);
  if (!field) {
    if (create === undefined || node === undefined) return [];
    field = new YamlNode(kindForPart(rest[0], create));
    setField(node, part, field);
  }
  // A text that holds YAML itself is read on in; what is found there is a copy.
  if (field.kind === 'scalar' && rest.length > 0) return matchPath(readDocument(field.value), rest, create);
  return matchPath(field, rest, create);
}

function matchIndex(
  node: YamlNode | undefined,
  part: string,
  rest: readonly string[],
  create: NodeKind | undefined,
): YamlNode[] {
  const index = Number(part);
  requireKind(node, 'seq');
  const items = isMissing(node) ? [] : node.content;
  if (items.length === index && create !== undefined) items.push(new YamlNode(kindForPart(rest[0], create)));
  if (items.length < index + 1) throw new Error(`index ${index} specified but only ${items.length} elements found`);
  return matchPath(items[index], rest, create);
}

function matchItems(
  node: YamlNode | undefined,
  part: string,
  rest: readonly string[],
  create: NodeKind | undefined,
): YamlNode[] {
  const [field, pattern] = splitIndex(part);
  requireKind(node, 'seq');
  if (isMissing(node)) return [];
  const matcher = goRegExp(pattern);
  const matches = (item: YamlNode | undefined) => item !== undefined && matcher.test(writeNode(item).trim());
  const find = (): YamlNode[] =>
    field === ''
      ? node.content.filter(matches)
      : node.content
          .filter((item) => item.kind === 'map' && matches(getField(item, field)))
          .flatMap((item) => matchPath(item, rest, create));
  const found = find();
  if (found.length > 0 || create === undefined) return found;
  node.content.push(field === '' ? scalarNode(pattern) : mapNode([scalarNode(field), scalarNode(pattern)]));
  return find();
}
