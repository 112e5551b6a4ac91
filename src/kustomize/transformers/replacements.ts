/** replacements: copies a value from one field into others (filters/replacement). */
import type { Json } from '../../apimachinery/json';
import { isObject } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import { decodeStruct } from '../decode-struct';
import { lookup, splitFieldPath } from '../fields';
import { formatId, isSelected, type ResId, sameNamespace } from '../ids';
import { type FieldOptions, type Replacement, shapes, yamlToJson } from '../kustomization';
import { isEmptyNode, type NodeKind, scalarNode, textOf, type YamlNode } from '../node';
import { readDocument } from '../node-read';
import { nodeToJson } from '../node-value';
import { writeNode } from '../node-write';
import { matchPath } from '../path-match';
import { previousIds, type Resource, resourceIdOf } from '../resource';
import { SelectorMatcher } from '../resource-list';
import type { StepContext, Transformer } from './transformer';

type Source = NonNullable<Replacement['source']>;
type Target = NonNullable<Replacement['targets']>[number];

const DEFAULT_PATH = 'metadata.name';

/** ReplacementTransformer. Entries with a path stand for the replacements in that file. */
export function applyReplacements(entries: readonly Replacement[], { loader }: StepContext): Transformer {
  const replacements = entries.flatMap((entry) => {
    if (!entry.path) return [entry];
    if (entry.source || (entry.targets ?? []).length > 0) {
      throw new Error('cannot specify both path and inline replacement');
    }
    return replacementsIn(yamlToJson(loader.text(entry.path)));
  });
  return (list) => {
    for (const replacement of replacements) replace(list.resources, replacement);
    list.dropEmpty();
  };
}

function replacementsIn(value: Json): Replacement[] {
  const decode = (each: Json) => decodeStruct(each, shapes.replacementOnly, true) as unknown as Replacement;
  if (Array.isArray(value)) return value.map(decode);
  if (isObject(value)) return [decode(value)];
  const kind = value === null ? 'invalid' : typeof value === 'number' ? 'float64' : typeof value;
  throw new Error(`unsupported replacement type encountered within replacement path: ${kind}`);
}

function replace(resources: readonly Resource[], { source, sourceValue, targets }: Replacement): void {
  if ((sourceValue === undefined && !source) || !targets) {
    throw new Error('replacements must specify a source and at least one target');
  }
  if (sourceValue !== undefined && source) throw new Error('value and resource selectors are mutually exclusive');
  const value = source ? sourceNode(resources, source) : scalarNode(sourceValue as string);
  for (const target of targets) applyTo(resources, target, value);
}

function sourceNode(resources: readonly Resource[], source: Source): YamlNode {
  const chosen = resources.filter(({ node }) => idsOf(node).some((id) => isChosen(id, source)));
  if (chosen.length > 1) throw new Error(`multiple matches for selector ${formatSource(source)}`);
  const [resource] = chosen;
  if (!resource) throw new Error(`nothing selected by ${formatSource(source)}`);
  const fieldPath = source.fieldPath || DEFAULT_PATH;
  let node: YamlNode | undefined;
  try {
    node = lookup(resource.node, splitFieldPath(fieldPath));
  } catch (error) {
    throw new Error(`error looking up replacement source: ${(error as Error).message}`);
  }
  if (isEmptyNode(node)) {
    throw new Error(`fieldPath \`${fieldPath}\` is missing for replacement source ${formatId(source)}`);
  }
  return refined(node as YamlNode, source.options);
}

/** What it is called now, and was before. */
function idsOf(node: YamlNode): ResId[] {
  return [resourceIdOf(node), ...previousIds(node)];
}

function isChosen(id: ResId, source: Source): boolean {
  return (
    (!source.name || source.name === id.name) &&
    (!source.namespace || sameNamespace({ ...NOWHERE, namespace: source.namespace }, id)) &&
    isSelected(id, source)
  );
}

const NOWHERE: ResId = { group: '', version: '', kind: '', name: '', namespace: '' };

function formatSource(source: Source): string {
  const parts = [formatId(source), source.fieldPath ?? '', formatOptions(source.options)];
  return parts.filter((part) => part !== '').join(':');
}

function formatOptions(options: FieldOptions | undefined): string {
  if (!options || (!options.delimiter && !options.create)) return '';
  return `${options.delimiter ?? ''}(${options.index ?? 0}), create=${options.create ?? false}`;
}

function refined(node: YamlNode, options: FieldOptions | undefined): YamlNode {
  if (!options?.delimiter) return node;
  if (node.kind !== 'scalar') throw new Error('delimiter option can only be used with scalar nodes');
  const parts = textOf(node).split(options.delimiter);
  const index = options.index ?? 0;
  const part = parts[index];
  if (part === undefined) throw new Error(`options.index ${index} is out of bounds for value ${textOf(node)}`);
  const copy = node.copy();
  copy.value = part;
  return copy;
}

function applyTo(resources: readonly Resource[], target: Target, value: YamlNode): void {
  if (!target.select) throw new Error('target must specify resources to select');
  let select: SelectorMatcher;
  let rejects: { matcher: SelectorMatcher; byId: boolean; byMetadata: boolean }[];
  try {
    select = new SelectorMatcher(target.select);
    rejects = (target.reject ?? []).map((selector) => ({
      matcher: new SelectorMatcher(selector),
      byId: [selector.group, selector.version, selector.kind, selector.name, selector.namespace].some(Boolean),
      byMetadata: Boolean(selector.labelSelector || selector.annotationSelector),
    }));
  } catch (error) {
    throw new Error(`error creating target selector: ${(error as Error).message}`);
  }
  const matches = (matcher: SelectorMatcher, id: ResId) =>
    matcher.gvk(id) && matcher.name(id.name) && matcher.namespace(id.namespace);
  for (const { node } of resources) {
    const ids = idsOf(node);
    if (!select.metadata(node)) continue;
    if (rejects.some(({ matcher, byMetadata }) => byMetadata && matcher.metadata(node))) continue;
    if (rejects.some(({ matcher, byId }) => byId && ids.some((id) => matches(matcher, id)))) continue;
    if (ids.some((id) => matches(select, id))) copyValue(node, value, target);
  }
}

function copyValue(node: YamlNode, value: YamlNode, { fieldPaths, options }: Target): void {
  for (const fieldPath of fieldPaths?.length ? fieldPaths : [DEFAULT_PATH]) {
    const create = options?.create ? value.kind : undefined;
    const path = splitFieldPath(fieldPath);
    if (setInsideText(node, value, path, create)) continue;
    const failure = `unable to find ${create ? 'or create ' : ''}field ${JSON.stringify(fieldPath)} in replacement target`;
    let fields: YamlNode[];
    try {
      fields = matchPath(node, path, create);
    } catch (error) {
      throw new Error(`${failure}: ${(error as Error).message}`);
    }
    if (fields.length === 0) throw new Error(failure);
    for (const field of fields) setValue(field, value, options);
  }
}

function setValue(field: YamlNode, value: YamlNode, options: FieldOptions | undefined): void {
  const copy = value.copy();
  if (options?.delimiter) {
    if (field.kind !== 'scalar') throw new Error('delimiter option can only be used with scalar nodes');
    const parts = field.value.split(options.delimiter);
    const index = options.index ?? 0;
    if (index < 0) parts.unshift(textOf(value));
    else if (index >= parts.length) parts.push(textOf(value));
    else parts[index] = textOf(value);
    copy.value = parts.join(options.delimiter);
  }
  // A scalar stays of its kind: what was a number before is one afterwards.
  if (field.kind === 'scalar') field.value = copy.value;
  else field.become(copy);
}

/** Fields in a text that is YAML or JSON itself, such as a file in a ConfigMap. False where the path leads into no such text. */
function setInsideText(
  node: YamlNode,
  value: YamlNode,
  path: readonly string[],
  create: NodeKind | undefined,
): boolean {
  try {
    for (let i = 1; i < path.length; i++) {
      const text = attempt(() => lookup(node, path.slice(0, i)));
      if (text?.kind !== 'scalar') continue;
      const inside = attempt(() => ({ document: readDocument(text.value) }));
      if (!inside) continue;
      const fields = matchPath(inside.document, path.slice(i), create);
      if (fields.length === 0 || !inside.document) return false;
      for (const field of fields) {
        if (field.kind === 'scalar') field.value = value.value;
        else field.become(value);
      }
      text.value = serialize(inside.document, text.value);
      return true;
    }
  } catch {
    // Whatever is wrong with it: it is tried as an ordinary path next.
  }
  return false;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function serialize(document: YamlNode, before: string): string {
  if (!/^\s*[[{]/.test(before)) return writeNode(document).trim();
  const pretty = before.includes('\n') && before.includes('  ');
  return stringifyGo(nodeToJson(document), pretty ? { indent: '  ' } : {});
}
