/** Fields that a transformer works on: a path in certain kinds (types/fieldspec.go, filters/fieldspec). */
import { fieldOf, getField, lookup, splitPath } from './fields';
import { compareGvks, formatId, type Gvk, type GvkSelector, gvkOf, isSelected } from './ids';
import { isMissing, type NodeKind, type NodeTag, type YamlNode } from './node';
import { resourceIdOf } from './resource';

export interface FieldSpec extends GvkSelector {
  /** `spec/template/metadata/labels`; lists on the way are gone through, `containers[]` says that it is one. */
  readonly path: string;
  /** What is missing on the way is made. */
  readonly create?: boolean;
}

/** Calls `set` with each node that the field stands at. `kind` and `tag`: what is made at the end of the path. */
export function applyFieldSpec(
  object: YamlNode,
  spec: FieldSpec,
  set: (node: YamlNode) => void,
  kind?: NodeKind,
  tag: NodeTag = '',
): void {
  const ofKind = fieldOf(object, 'kind')?.value ?? '';
  if (spec.kind && spec.kind !== ofKind) return;
  if ((spec.group || spec.version) && !isSelected(gvkOf(fieldOf(object, 'apiVersion')?.value ?? '', ofKind), spec))
    return;
  try {
    follow(object, splitPath(spec.path, '/'), { create: spec.create === true, set, kind, tag });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = `considering field '${spec.path}' of object ${formatId(resourceIdOf(object))}: ${error.message}`;
    throw Object.assign(error, { message });
  }
}

interface Following {
  create: boolean;
  set(node: YamlNode): void;
  kind: NodeKind | undefined;
  tag: NodeTag;
}

function follow(node: YamlNode, path: readonly string[], how: Following): void {
  if (path.length === 0) {
    how.set(node);
    return;
  }
  if (isMissing(node)) return;
  if (node.kind === 'map') followField(node, path, how);
  else if (node.kind === 'seq') {
    for (const item of node.content) {
      try {
        follow(item, path, how);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const message = `visit traversal on path: [${path.join(' ')}]: ${error.message}`;
        throw Object.assign(error, { message });
      }
    }
  } else throw new Error('expected sequence or mapping node');
}

function followField(node: YamlNode, [part = '', ...rest]: readonly string[], how: Following): void {
  const isList = part.endsWith('[]');
  const name = isList ? part.slice(0, -2) : part;
  if (name === '') throw new Error('cannot set or create an empty field name');
  let kind: NodeKind | undefined;
  let tag: NodeTag = '';
  let field: YamlNode | undefined;
  if (!how.create || how.kind === undefined || isList) {
    field = lookupField(node, name);
    if (isList) kind = 'seq';
  } else {
    kind = rest.length === 0 ? how.kind : 'map';
    tag = rest.length === 0 ? how.tag : '!!map';
    field = lookupField(node, name, kind);
  }
  if (!field) return;
  if (field.tag === '!!null' && kind !== undefined) {
    field.kind = kind;
    field.tag = tag;
  }
  follow(field, rest, how);
}

function lookupField(node: YamlNode, name: string, create?: NodeKind): YamlNode | undefined {
  try {
    return create === undefined && /^[\w.-]*[a-zA-Z][\w.-]*$/.test(name)
      ? getField(node, name)
      : lookup(node, [name], create);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw Object.assign(error, { message: `fieldName: ${name}: ${error.message}` });
  }
}

/** Adds those of `more` that are not there yet (FsSlice.MergeAll). @throws where both disagree about `create`. */
export function mergeFieldSpecs(specs: readonly FieldSpec[], more: readonly FieldSpec[]): FieldSpec[] {
  const result = [...specs];
  for (const spec of more) {
    const same = result.find((each) => each.path === spec.path && isSelected(gvk(each), spec));
    if (!same) result.push(spec);
    else if ((same.create === true) !== (spec.create === true)) throw new Error('conflicting fieldspecs');
  }
  return result;
}

function gvk({ group = '', version = '', kind = '' }: GvkSelector): Gvk {
  return { group, version, kind };
}

export function sortFieldSpecs<T extends GvkSelector>(specs: T[]): T[] {
  return specs.sort(compareGvks);
}
