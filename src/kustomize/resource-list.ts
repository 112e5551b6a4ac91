/** The resources of a build in their order, each id only once (api/resmap/reswrangler.go). */

import { stringifyGo } from '../apimachinery/json-text';
import { type LabelSelector, parseLabelSelector } from '../apimachinery/labels';
import { toYaml } from '../yaml/write';
import { clearField, fieldOf, lookup, setField } from './fields';
import { anchored } from './go-regexp';
import { goSyntax } from './go-syntax';
import { effectiveNamespace, formatId, isClusterScoped, keyOfId, type ResId, sameId } from './ids';
import { mergePatch } from './merge';
import type { MergeSchemas } from './merge-schema';
import { mapNode, stringNode, textOf, type YamlNode } from './node';
import { nodeToJson } from './node-value';
import { annotationsOf, labelsOf, ORIGIN, type Resource, type TRANSFORMATIONS } from './resource';

/** What patches and replacements choose resources by; each is a regular expression, '' or absent means any. */
export interface Selector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

export class ResourceList {
  constructor(public resources: Resource[] = []) {}

  /** @throws where there is one of this id already. */
  append(resource: Resource): void {
    this.appendAll([resource]);
  }

  appendAll(resources: readonly Resource[]): void {
    const known = new Set(this.resources.map((resource) => keyOfId(resource.id)));
    for (const resource of resources) {
      const { id } = resource;
      const key = keyOfId(id);
      if (known.has(key)) throw new Error(`may not add resource with an already registered id: ${formatId(id)}`);
      known.add(key);
      this.resources.push(resource);
    }
  }

  /** Adds what a generator made, or joins it with what is there, as its behavior says (appendReplaceOrMerge). */
  absorb(resource: Resource): void {
    const { id, behavior } = resource;
    const matches = this.byAnyId((each) => sameId(id, each));
    const [old] = matches;
    if (!old) {
      if (behavior === 'merge' || behavior === 'replace')
        throw new Error(`id ${goSyntaxOfId(id)} does not exist; cannot merge or replace`);
      this.append(resource);
      return;
    }
    if (matches.length > 1) {
      throw new Error(`found multiple objects ${describeAll(matches)} that could accept merge of ${formatId(id)}`);
    }
    if (behavior !== 'replace' && behavior !== 'merge') {
      throw new Error(
        `id ${goSyntaxOfId(id)} exists; can not use behavior: '${behavior}', behavior must be merge or replace`,
      );
    }
    const origin = annotationsOf(old.node).get(ORIGIN);
    resource.takeMetadata(old);
    if (behavior === 'merge') {
      mergeData(resource, old);
      if (origin !== undefined) resource.annotate(ORIGIN, origin);
    }
    this.resources[this.resources.indexOf(old)] = resource;
  }

  /** Those that are, or were once, what the condition asks for. */
  byAnyId(matches: (id: ResId) => boolean): Resource[] {
    return this.resources.filter(
      (resource) => !resource.isEmpty && [...resource.previousIds, resource.id].some(matches),
    );
  }

  /** The one resource that is or was called so. @throws for none and for several. */
  only(id: ResId): Resource {
    const found = this.byAnyId((each) => sameId(id, each));
    if (found.length === 1) return found[0] as Resource;
    const text = formatId(id);
    throw new Error(
      `${found.length > 1 ? 'multiple' : 'no'} matches for Id ${text}; failed to find unique target for patch ${text}`,
    );
  }

  select(selector: Selector): Resource[] {
    const matcher = new SelectorMatcher(selector);
    return this.resources.filter((resource) => {
      const { id, originalId } = resource;
      return (
        (matcher.namespace(effectiveNamespace(originalId)) || matcher.namespace(effectiveNamespace(id))) &&
        (matcher.name(originalId.name) || matcher.name(id.name)) &&
        matcher.gvk(id) &&
        matcher.metadata(resource.node)
      );
    });
  }

  /** Strategic merge of one patch into several resources; those that it deletes go. */
  patch(targets: readonly Resource[], patch: Resource, schemas: MergeSchemas): void {
    for (const resource of targets) {
      const copy = patch.copy();
      copy.takeMetadata(patch);
      const { gvk } = resource;
      copy.setKind(gvk.kind);
      copy.setApiVersion(gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`);
      copy.setKind(patch.kind);
      patchResource(resource, copy, schemas);
    }
    const remaining = this.resources.filter((resource) => !resource.isEmpty);
    this.resources = [];
    this.appendAll(remaining);
  }

  dropEmpty(): void {
    this.resources = this.resources.filter((resource) => !resource.isEmpty);
  }

  removeTracking(annotation: typeof ORIGIN | typeof TRANSFORMATIONS): void {
    for (const resource of this.resources) resource.annotate(annotation, undefined);
  }
}

/** Strategic merge into one resource; name, kind and namespace stay unless the patch may change them (Resource.ApplySmPatch). */
export function patchResource(resource: Resource, patch: Resource, schemas: MergeSchemas): void {
  const { name, namespace, kind } = resource.id;
  const allowsName = patch.allows('name');
  const allowsKind = patch.allows('kind');
  if (allowsName || allowsKind) resource.rememberId();
  const merged = mergePatch(resource.node, patch.node, schemas);
  if (!merged) {
    resource.node.become(NOTHING_LEFT.copy());
    return;
  }
  resource.node = merged;
  if (resource.isEmpty) return;
  if (!allowsKind) resource.setKind(kind);
  if (!allowsName) resource.setName(name);
  resource.setNamespace(namespace);
}

const NOTHING_LEFT = mapNode();

/** The documents, parted by `---`. */
export function formatResources(resources: readonly Resource[]): string {
  const documents = resources.map((resource) => {
    try {
      return formatResource(resource);
    } catch (error) {
      throw new Error(`${goSyntax(resource.node)}: ${(error as Error).message}`);
    }
  });
  return documents.join('---\n');
}

/** One resource as YAML, fields sorted (Resource.AsYAML). */
export function formatResource(resource: Resource): string {
  return toYaml(nodeToJson(resource.node));
}

/** types.SelectorRegex, with the label and annotation selectors. */
export class SelectorMatcher {
  private readonly patterns: Partial<Record<'group' | 'version' | 'kind' | 'name' | 'namespace', RegExp>> = {};
  private labels: LabelSelector | undefined;
  private annotations: LabelSelector | undefined;

  constructor(private readonly selector: Selector) {
    for (const part of ['group', 'version', 'kind', 'name', 'namespace'] as const) {
      const pattern = selector[part];
      if (pattern) this.patterns[part] = anchored(pattern);
    }
  }

  gvk({ group, version, kind }: { group: string; version: string; kind: string }): boolean {
    return this.test('group', group) && this.test('version', version) && this.test('kind', kind);
  }

  name(name: string): boolean {
    return this.test('name', name);
  }

  namespace(namespace: string): boolean {
    return this.test('namespace', namespace);
  }

  metadata(node: Resource['node']): boolean {
    this.labels ??= parseLabelSelector(this.selector.labelSelector ?? '');
    this.annotations ??= parseLabelSelector(this.selector.annotationSelector ?? '');
    return (
      this.labels.matches(Object.fromEntries(labelsOf(node))) &&
      this.annotations.matches(Object.fromEntries(annotationsOf(node)))
    );
  }

  private test(part: keyof typeof this.patterns, text: string): boolean {
    return this.patterns[part]?.test(text) ?? true;
  }
}

function mergeData(resource: Resource, old: Resource): void {
  const { node } = resource;
  for (const field of ['data', 'binaryData']) {
    const merged = new Map([...dataOf(old.node, field), ...dataOf(node, field)]);
    clearField(node, field);
    for (const key of [...merged.keys()].sort()) {
      setField(lookup(node, [field], 'map') as YamlNode, key, stringNode(merged.get(key) as string));
    }
  }
}

function dataOf(node: YamlNode, field: string): Map<string, string> {
  const texts = new Map<string, string>();
  const content = fieldOf(node, field)?.content ?? [];
  for (let i = 0; i < content.length; i += 2) texts.set((content[i] as YamlNode).value, textOf(content[i + 1]));
  return texts;
}

/** An id as %#v prints it. */
function goSyntaxOfId(id: ResId): string {
  const { group, version, kind, name, namespace } = id;
  const q = JSON.stringify;
  return `resid.ResId{Gvk:resid.Gvk{Group:${q(group)}, Version:${q(version)}, Kind:${q(kind)}, isClusterScoped:${isClusterScoped(id)}}, Name:${q(name)}, Namespace:${q(namespace)}}`;
}

function describeAll(resources: readonly Resource[]): string {
  return `[${resources.map((resource) => stringifyGo(nodeToJson(resource.node))).join(' ')}]`;
}
