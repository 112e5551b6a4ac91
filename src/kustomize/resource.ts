/**
 * A resource on its way through a build. What it was called before, and what else the build must remember, stands in
 * annotations of its own until the end, as upstream keeps it: patches see them, and leave them (api/resource/resource.go).
 */
import { clearField, fieldOf, lookup, setField } from './fields';
import { effectiveNamespace, type Gvk, gvkOf, type ResId } from './ids';
import { isEmptyNode, mapNode, scalarNode, stringNode, type YamlNode } from './node';

const INTERNAL = 'internal.config.kubernetes.io/';
const PREVIOUS_KINDS = `${INTERNAL}previousKinds`;
const PREVIOUS_NAMES = `${INTERNAL}previousNames`;
const PREVIOUS_NAMESPACES = `${INTERNAL}previousNamespaces`;
const PREFIXES = `${INTERNAL}prefixes`;
const SUFFIXES = `${INTERNAL}suffixes`;
const REFERRED_BY = `${INTERNAL}refBy`;
const BEHAVIOR = `${INTERNAL}generatorBehavior`;
const NEEDS_HASH = `${INTERNAL}needsHashSuffix`;
const ALLOW_NAME_CHANGE = `${INTERNAL}allowNameChange`;
const ALLOW_KIND_CHANGE = `${INTERNAL}allowKindChange`;
export const ORIGIN = 'config.kubernetes.io/origin';
export const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';
export const LOCAL_CONFIG = 'config.kubernetes.io/local-config';
const LEGACY = ['config.kubernetes.io/path', 'config.kubernetes.io/index', 'config.k8s.io/id'];

/** What is taken out of every resource at the end. */
const BUILD_ANNOTATIONS: readonly string[] = [
  PREVIOUS_KINDS,
  PREVIOUS_NAMES,
  PREFIXES,
  SUFFIXES,
  PREVIOUS_NAMESPACES,
  ALLOW_NAME_CHANGE,
  ALLOW_KIND_CHANGE,
  REFERRED_BY,
  BEHAVIOR,
  NEEDS_HASH,
  ...['path', 'index', 'seqindent', 'id', 'annotations-migration-resource-id'].map((name) => INTERNAL + name),
  ...LEGACY,
  `${INTERNAL}helm-generated`,
];

export type Behavior = 'create' | 'replace' | 'merge' | 'unspecified';

/** What a node says that it is. */
export function resourceIdOf(node: YamlNode): ResId {
  const metadata = fieldOf(node, 'metadata');
  return {
    ...gvkOf(fieldOf(node, 'apiVersion')?.value ?? '', fieldOf(node, 'kind')?.value ?? ''),
    name: metaText(metadata, 'name'),
    namespace: metaText(metadata, 'namespace'),
  };
}

function metaText(metadata: YamlNode | undefined, name: string): string {
  const field = fieldOf(metadata, name);
  return isEmptyNode(field) ? '' : (field as YamlNode).value;
}

/** Texts of a mapping of texts under metadata: labels, annotations. */
function textsOf(node: YamlNode, field: 'labels' | 'annotations'): Map<string, string> {
  const map = fieldOf(fieldOf(node, 'metadata'), field);
  const texts = new Map<string, string>();
  const content = map?.content ?? [];
  for (let i = 0; i < content.length; i += 2) texts.set((content[i] as YamlNode).value, content[i + 1]?.value ?? '');
  return texts;
}

export function labelsOf(node: YamlNode): Map<string, string> {
  return textsOf(node, 'labels');
}

export function annotationsOf(node: YamlNode): Map<string, string> {
  return textsOf(node, 'annotations');
}

function setTexts(node: YamlNode, field: 'labels' | 'annotations', texts: ReadonlyMap<string, string>): void {
  const metadata = lookup(node, ['metadata'], 'map');
  clearField(metadata, field);
  if (texts.size === 0 || !metadata) return;
  const content = [...texts.keys()].sort().flatMap((key) => [scalarNode(key), stringNode(texts.get(key) as string)]);
  setField(metadata, field, mapNode(content));
}

export function setAnnotations(node: YamlNode, annotations: ReadonlyMap<string, string>): void {
  setTexts(node, 'annotations', annotations);
}

/** Annotations that a JSON patch must not lose (kioutil.GetInternalAnnotations). */
export function internalAnnotations(node: YamlNode): [string, string][] {
  return [...annotationsOf(node)].filter(([key]) => key.startsWith(INTERNAL) || LEGACY.includes(key));
}

/** The ids that a node had before, the oldest first (utils.PrevIds). */
export function previousIds(node: YamlNode): ResId[] {
  const annotations = annotationsOf(node);
  const names = annotations.get(PREVIOUS_NAMES)?.split(',');
  if (!names) return [];
  const namespaces = (annotations.get(PREVIOUS_NAMESPACES) ?? '').split(',');
  const kinds = (annotations.get(PREVIOUS_KINDS) ?? '').split(',');
  if (names.length !== namespaces.length || names.length !== kinds.length) {
    throw new Error('number of previous names, number of previous namespaces, number of previous kinds not equal');
  }
  const { group, version } = resourceIdOf(node);
  return names.map((name, i) => ({
    group,
    version,
    kind: kinds[i] as string,
    name,
    namespace: namespaces[i] as string,
  }));
}

export class Resource {
  /** Names of vars that read from it. */
  vars: string[] = [];

  constructor(public node: YamlNode) {}

  copy(): Resource {
    const copy = new Resource(this.node.copy());
    copy.vars = [...this.vars];
    return copy;
  }

  /** What it is now. */
  get id(): ResId {
    return resourceIdOf(this.node);
  }

  /** What it was called in the file that it came from. */
  get originalId(): ResId {
    return this.previousIds[0] ?? this.id;
  }

  get previousIds(): ResId[] {
    return previousIds(this.node);
  }

  get kind(): string {
    return fieldOf(this.node, 'kind')?.value ?? '';
  }

  get gvk(): Gvk {
    return gvkOf(fieldOf(this.node, 'apiVersion')?.value ?? '', this.kind);
  }

  get name(): string {
    return this.id.name;
  }

  get namespace(): string {
    return this.id.namespace;
  }

  /** Nothing is left of it: a patch has deleted it. */
  get isEmpty(): boolean {
    return isEmptyNode(this.node);
  }

  setName(name: string): void {
    setField(lookup(this.node, ['metadata'], 'map') as YamlNode, 'name', scalarNode(name));
  }

  setKind(kind: string): void {
    setField(this.node, 'kind', scalarNode(kind));
  }

  setApiVersion(apiVersion: string): void {
    setField(this.node, 'apiVersion', scalarNode(apiVersion));
  }

  setNamespace(namespace: string): void {
    if (namespace === '') clearField(fieldOf(this.node, 'metadata'), 'namespace');
    else setField(lookup(this.node, ['metadata'], 'map') as YamlNode, 'namespace', scalarNode(namespace));
  }

  annotate(key: string, value: string | undefined): void {
    const annotations = annotationsOf(this.node);
    if (value === undefined) annotations.delete(key);
    else annotations.set(key, value);
    setAnnotations(this.node, annotations);
  }

  private remember(key: string, value: string): void {
    if (value === '') return;
    const before = this.list(key);
    // Set where it stands; the other annotations keep the form in which they were written.
    const metadata = lookup(this.node, ['metadata'], 'map') as YamlNode;
    clearField(metadata, 'annotations', true);
    const map = lookup(metadata, ['annotations'], 'map') as YamlNode;
    const node = stringNode([...before, value].join(','));
    node.style = 'single';
    setField(map, key, node);
  }

  private list(key: string): string[] {
    return annotationsOf(this.node).get(key)?.split(',') ?? [];
  }

  /** Before it is renamed, moved, or becomes another kind. */
  rememberId(): void {
    const { name, kind } = this.id;
    this.remember(PREVIOUS_NAMES, name);
    this.remember(PREVIOUS_NAMESPACES, effectiveNamespace(this.id));
    this.remember(PREVIOUS_KINDS, kind);
  }

  addPrefix(prefix: string): void {
    this.remember(PREFIXES, prefix);
  }

  addSuffix(suffix: string): void {
    this.remember(SUFFIXES, suffix);
  }

  referredBy(id: string): void {
    this.remember(REFERRED_BY, id);
  }

  /** Whether both went through the same kustomizations last, as their prefixes and suffixes show (PrefixesSuffixesEquals). */
  sharesAffixes(other: Resource, allowEmpty: boolean): boolean {
    return [PREFIXES, SUFFIXES].every((key) => {
      const mine = this.list(key);
      const theirs = other.list(key);
      return (allowEmpty && (mine.length === 0 || theirs.length === 0)) || sameEnding(mine, theirs);
    });
  }

  get behavior(): Behavior {
    const behavior = annotationsOf(this.node).get(BEHAVIOR);
    return behavior === 'create' || behavior === 'replace' || behavior === 'merge' ? behavior : 'unspecified';
  }

  set behavior(behavior: Behavior) {
    this.annotate(BEHAVIOR, behavior);
  }

  get needsHash(): boolean {
    return annotationsOf(this.node).get(NEEDS_HASH) === 'enabled';
  }

  requireHash(): void {
    this.annotate(NEEDS_HASH, 'enabled');
  }

  /** Of a patch: it may rename what it patches, or change its kind. */
  allow(change: 'name' | 'kind'): void {
    this.annotate(change === 'name' ? ALLOW_NAME_CHANGE : ALLOW_KIND_CHANGE, 'enabled');
  }

  allows(change: 'name' | 'kind'): boolean {
    return annotationsOf(this.node).get(change === 'name' ? ALLOW_NAME_CHANGE : ALLOW_KIND_CHANGE) === 'enabled';
  }

  /** Takes labels, annotations, name and namespace over; its own labels and annotations win (CopyMergeMetaDataFieldsFrom). */
  takeMetadata(other: Resource): void {
    setTexts(this.node, 'labels', new Map([...labelsOf(other.node), ...labelsOf(this.node)]));
    const theirs = annotationsOf(other.node);
    const mine = annotationsOf(this.node);
    const merged = new Map([...theirs, ...mine]);
    for (const key of BUILD_ANNOTATIONS) {
      const value = theirs.get(key);
      if (value !== undefined) merged.set(key, value);
      else merged.delete(key);
    }
    if (!mine.has(NEEDS_HASH)) merged.delete(NEEDS_HASH);
    setAnnotations(this.node, merged);
    this.setName(other.name);
    this.setNamespace(other.namespace);
    this.vars = [...other.vars];
  }

  removeBuildAnnotations(): void {
    const annotations = annotationsOf(this.node);
    if (annotations.size === 0) return;
    for (const key of BUILD_ANNOTATIONS) annotations.delete(key);
    setAnnotations(this.node, annotations);
  }
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length > b.length ? [b, a] : [a, b];
  const shift = long.length - short.length;
  if (short.length === 0) return shift === 0;
  return short.every((each, i) => long[i + shift] === each);
}
