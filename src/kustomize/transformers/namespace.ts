/** namespace: puts everything that can be in one there, and the accounts named `default` that bindings speak of. */

import { stringifyGo } from '../../apimachinery/json-text';
import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { fieldOf, lookup, requireKind, setScalar } from '../fields';
import { isClusterScoped, keyOfId, sameId } from '../ids';
import { isMissing, scalarNode, textOf, type YamlNode } from '../node';
import { nodeToJson } from '../node-value';
import type { Resource } from '../resource';
import type { Transformer } from './transformer';

export interface NamespaceOptions {
  /** Only where no namespace is set yet. */
  unsetOnly?: boolean;
  /** Which subjects of role bindings get it. */
  setRoleBindingSubjects?: string;
}

const SUBJECTS = ['defaultOnly', 'none', 'allServiceAccounts'];

/** NamespaceTransformer. @throws Error for a mode of subjects that is none. */
export function setNamespace(
  namespace: string,
  specs: readonly FieldSpec[],
  { unsetOnly = false, setRoleBindingSubjects = '' }: NamespaceOptions = {},
): Transformer {
  const subjects = setRoleBindingSubjects || 'defaultOnly';
  if (!SUBJECTS.includes(subjects)) {
    throw new Error(
      `invalid value ${JSON.stringify(subjects)} for setRoleBindingSubjects: must be one of "defaultOnly", "none" or "allServiceAccounts"`,
    );
  }
  const set = (node: YamlNode) => {
    if (unsetOnly && node.kind === 'scalar' && textOf(node) !== '') return;
    setScalar(node, scalarNode(namespace, '!!str'));
  };
  return (list) => {
    if (namespace === '') return;
    const counts = new Map<string, number>();
    const count = (key: string, change: number) => {
      const counted = (counts.get(key) ?? 0) + change;
      counts.set(key, counted);
      return counted;
    };
    for (const { id } of list.resources) count(keyOfId(id), 1);
    for (const resource of list.resources) {
      if (resource.isEmpty) continue;
      count(keyOfId(resource.id), -1);
      resource.rememberId();
      apply(resource, specs, subjects, set);
      const { id } = resource;
      if (count(keyOfId(id), 1) !== 1) {
        const same = list.resources.filter((each) => sameId(id, each.id));
        throw new Error(`namespace transformation produces ID conflict: [${same.map(describe).join(' ')}]`);
      }
    }
  };
}

function describe(resource: Resource): string {
  return stringifyGo(nodeToJson(resource.node));
}

function apply(resource: Resource, specs: readonly FieldSpec[], subjects: string, set: (node: YamlNode) => void): void {
  const { node, id } = resource;
  const isBinding = id.kind === 'RoleBinding' || id.kind === 'ClusterRoleBinding';
  if (!isClusterScoped(id)) applyFieldSpec(node, { path: 'metadata/namespace', create: true }, set, 'scalar');
  if (isBinding && subjects !== 'none') setSubjects(node, subjects, set);
  for (const spec of specs) {
    if (spec.path === 'metadata/namespace') continue;
    if (spec.path === 'metadata/name' && !(id.group === '' && id.version === 'v1')) continue;
    const ofBinding = spec.kind === 'RoleBinding' || spec.kind === 'ClusterRoleBinding';
    if (isBinding && ofBinding && spec.path === 'subjects/namespace') continue;
    try {
      applyFieldSpec(node, spec, set, 'scalar', '!!str');
    } catch (error) {
      throw new Error(`namespace transformation failed: ${(error as Error).message}`);
    }
  }
}

function setSubjects(binding: YamlNode, mode: string, set: (node: YamlNode) => void): void {
  const list = fieldOf(binding, 'subjects');
  if (isMissing(list)) return;
  requireKind(list, 'seq');
  for (const subject of list.content) {
    const chosen =
      mode === 'defaultOnly'
        ? fieldOf(subject, 'name')?.value === 'default'
        : fieldOf(subject, 'kind')?.value === 'ServiceAccount';
    if (chosen) set(lookup(subject, ['namespace'], 'scalar') as YamlNode);
  }
}
