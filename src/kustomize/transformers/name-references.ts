/** After names have changed, whoever referred to them by the old ones gets the new ones (filters/nameref). */

import type { NameReference } from '../default-config';
import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { fieldOf, setField, setScalar } from '../fields';
import { formatId, type GvkSelector, isClusterScoped, isSelected, sameNamespace } from '../ids';
import { isMissing, scalarNode, type YamlNode } from '../node';
import type { Resource } from '../resource';
import { formatResource, ResourceList } from '../resource-list';
import type { Transformer } from './transformer';

export function fixNameReferences(references: readonly NameReference[]): Transformer {
  return (list) => {
    const originals = list.resources.map((resource) => ({ resource, original: resource.originalId }));
    const filters = new Map<Resource, { spec: FieldSpec; target: GvkSelector }[]>();
    for (const { fieldSpecs, group = '', version = '', kind = '' } of references) {
      const target = { group, version, kind };
      for (const spec of fieldSpecs) {
        for (const { resource, original } of originals) {
          if (!isSelected(original, spec)) continue;
          const found = filters.get(resource);
          if (found) found.push({ spec, target });
          else filters.set(resource, [{ spec, target }]);
        }
      }
    }
    for (const [referrer, wanted] of filters) {
      let candidates: Resource[] | undefined;
      for (const { spec, target } of wanted) {
        if (!hasField(referrer.node, spec.path)) continue;
        candidates ??= candidatesFor(list, referrer);
        new Fixer(referrer, spec, target, candidates).run();
      }
    }
  };
}

/** A quick look whether the first step of the path is there at all. */
function hasField(node: YamlNode, path: string): boolean {
  const [first = '', second] = path.split('/');
  const field = fieldOf(node, first.replace(/\[\]$/, ''));
  if (!field) return false;
  return (
    second === undefined ||
    field.kind !== 'map' ||
    second.includes('\\') ||
    fieldOf(field, second.replace(/\[\]$/, '')) !== undefined
  );
}

/** What a resource can refer to: its own namespace, what is in none, and accounts that a role binding speaks of. */
function candidatesFor(list: ResourceList, referrer: Resource): Resource[] {
  const { id } = referrer;
  if (isClusterScoped(id)) return list.resources;
  const namespaces = subjectNamespaces(referrer);
  return list.resources.filter((candidate) => {
    const other = candidate.id;
    return isClusterScoped(other) || sameNamespace(other, id) || namespaces.has(other.namespace);
  });
}

function subjectNamespaces({ node, kind }: Resource): Set<string> {
  const subjects = kind === 'RoleBinding' ? (fieldOf(node, 'subjects')?.content ?? []) : [];
  return new Set(
    subjects.flatMap((subject) => {
      const namespace = fieldOf(subject, 'namespace');
      return namespace && fieldOf(subject, 'kind')?.value === 'ServiceAccount' ? [namespace.value] : [];
    }),
  );
}

class Fixer {
  constructor(
    private readonly referrer: Resource,
    private readonly spec: FieldSpec,
    private readonly target: GvkSelector,
    private readonly candidates: readonly Resource[],
  ) {}

  run(): void {
    const { referrer, spec } = this;
    try {
      // By the kind that it has now: a patch may have changed it.
      applyFieldSpec(referrer.node, { ...spec, ...referrer.gvk }, (node) => this.set(node));
    } catch (error) {
      throw new Error(
        `updating name reference in '${spec.path}' field of '${formatId(referrer.id)}': ${(error as Error).message}`,
      );
    }
  }

  private set(node: YamlNode): void {
    if (isMissing(node)) return;
    if (node.kind === 'scalar') this.setText(node);
    else if (node.kind === 'map') this.setMapping(node);
    else {
      for (const item of node.content) {
        if (isMissing(item)) continue;
        if (item.kind === 'scalar') this.setText(item);
        else if (item.kind === 'map') this.setMapping(item);
      }
    }
  }

  private setText(node: YamlNode): void {
    const referral = this.select(node.value, this.candidates, (a, b) => a.name === b.name);
    if (!referral) return;
    referral.referredBy(formatId(this.referrer.id));
    if (referral.name !== node.value) setScalar(node, scalarNode(referral.name));
  }

  private setMapping(node: YamlNode): void {
    const nameNode = fieldOf(node, 'name');
    if (!nameNode) throw new Error("path config error; no 'name' field in node");
    const oldName = nameNode.value;
    const same = (a: Resource, b: Resource) => a.name === b.name && a.namespace === b.namespace;
    const referral = this.select(oldName, this.inNamespaceOf(node), same);
    if (!referral) return;
    referral.referredBy(formatId(this.referrer.id));
    const { name, namespace } = referral;
    if (name === oldName && namespace === '') return;
    setField(node, 'name', scalarNode(name));
    if (namespace !== '') setField(node, 'namespace', scalarNode(namespace));
  }

  private inNamespaceOf(node: YamlNode): readonly Resource[] {
    const namespace = fieldOf(node, 'namespace');
    if (!namespace) return this.candidates;
    const list = new ResourceList([...this.candidates]);
    const before = list.inNamespace(namespace.value, (resource) => resource.originalId);
    return before.length > 0 ? before : list.inNamespace(namespace.value, (resource) => resource.id);
  }

  private select(
    oldName: string,
    among: readonly Resource[],
    identical: (a: Resource, b: Resource) => boolean,
  ): Resource | undefined {
    const { referrer } = this;
    const role = this.roleReference();
    const { id } = referrer;
    let found = among.filter((candidate) => {
      const ids = candidate.previousIds;
      return (
        ids.some((each) => each.name === oldName) &&
        ids.some((each) => isSelected(each, this.target)) &&
        (!role || ids.some((each) => isSelected(each, role))) &&
        (isClusterScoped(id) || this.isReachable(candidate))
      );
    });
    if (found.length === 1) return found[0];
    found = found.filter((candidate) => candidate.sharesAffixes(referrer, true));
    if (found.length > 1) found = found.filter((candidate) => candidate.sharesAffixes(referrer, false));
    const [first] = found;
    if (!first || found.every((candidate) => identical(candidate, first))) return first;
    throw new Error(tooMany(referrer, found));
  }

  private isReachable(candidate: Resource): boolean {
    const { id } = candidate;
    return isClusterScoped(id) || id.kind === 'ServiceAccount' || sameNamespace(id, this.referrer.id);
  }

  /** Roles and cluster roles are told apart by what stands beside the name. */
  private roleReference(): GvkSelector | undefined {
    if (!this.spec.path.endsWith('roleRef/name')) return undefined;
    const reference = fieldOf(this.referrer.node, 'roleRef');
    const group = fieldOf(reference, 'apiGroup')?.value;
    const kind = fieldOf(reference, 'kind')?.value;
    return group === undefined || kind === undefined ? undefined : { group, kind };
  }
}

function tooMany(referrer: Resource, candidates: readonly Resource[]): string {
  const ids = candidates.map((candidate) => formatId(candidate.id)).join(', ');
  const shown = candidates.map((each, i) => `--- possible referral ${i}:\n${formatResource(each)}\n`).join('');
  return `found multiple possible referrals: ${ids}\n\n**** Too many possible referral targets to referrer:\n${formatResource(referrer)}\n${shown}`;
}
