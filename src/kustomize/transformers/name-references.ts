/** After names have changed, whoever referred to them by the old ones gets the new ones (filters/nameref). */

import type { NameReference } from '../default-config';
import { applyFieldSpec, type FieldSpec } from '../field-spec';
import { fieldOf, setField, setScalar } from '../fields';
import {
  effectiveNamespace,
  formatId,
  type GvkSelector,
  isClusterScoped,
  isSelected,
  type ResId,
  sameNamespace,
} from '../ids';
import { isMissing, scalarNode, type YamlNode } from '../node';
import { nodeToJson } from '../node-value';
import type { Resource } from '../resource';
import { formatResource } from '../resource-list';
import type { Transformer } from './transformer';

export function fixNameReferences(references: readonly NameReference[]): Transformer {
  return (list) => {
    const all = list.resources.map(
      (resource): Known => ({
        resource,
        id: resource.id,
        original: resource.originalId,
        previous: resource.previousIds,
      }),
    );
    const index = new NameIndex(all);
    const filters = new Map<Known, { spec: FieldSpec; target: GvkSelector }[]>();
    for (const { fieldSpecs, group = '', version = '', kind = '' } of references) {
      const target = { group, version, kind };
      for (const spec of fieldSpecs) {
        for (const known of all) {
          if (!isSelected(known.original, spec) || !hasField(known.resource.node, spec.path)) continue;
          const found = filters.get(known);
          if (found) found.push({ spec, target });
          else filters.set(known, [{ spec, target }]);
        }
      }
    }
    for (const [referrer, wanted] of filters) {
      const candidates = new Candidates(referrer, index);
      for (const { spec, target } of wanted) new Fixer(referrer, spec, target, candidates).run();
    }
  };
}

/** A resource with what it is and was: none of this changes while references are mended. */
interface Known {
  readonly resource: Resource;
  readonly id: ResId;
  readonly original: ResId;
  readonly previous: readonly ResId[];
}

/** Resources by the names that they once had. */
class NameIndex {
  private readonly byName = new Map<string, Known[]>();

  constructor(readonly all: readonly Known[]) {
    for (const known of all) {
      for (const name of new Set(known.previous.map((id) => id.name))) {
        const same = this.byName.get(name);
        if (same) same.push(known);
        else this.byName.set(name, [known]);
      }
    }
  }

  once(name: string): readonly Known[] {
    return this.byName.get(name) ?? [];
  }
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
class Candidates {
  private readonly everything: boolean;
  private readonly namespaces: ReadonlySet<string>;

  constructor(
    private readonly referrer: Known,
    private readonly index: NameIndex,
  ) {
    this.everything = isClusterScoped(referrer.id);
    this.namespaces = this.everything ? new Set() : subjectNamespaces(referrer.resource);
  }

  /** Those that were once called so; `namespace`: and are, or were, there. */
  once(name: string, namespace: string | undefined): Known[] {
    const found = this.index.once(name).filter((known) => this.has(known));
    if (namespace === undefined || found.length === 0) return found;
    const wasThere = this.index.all.some((known) => isIn(known.original, namespace) && this.has(known));
    return found.filter(({ original, id }) => isIn(wasThere ? original : id, namespace));
  }

  private has({ id }: Known): boolean {
    if (this.everything || isClusterScoped(id) || sameNamespace(id, this.referrer.id)) return true;
    return this.namespaces.has(id.namespace);
  }
}

function isIn(id: ResId, namespace: string): boolean {
  return !isClusterScoped(id) && effectiveNamespace(id) === namespace;
}

function subjectNamespaces({ node, kind, id }: Resource): Set<string> {
  const subjects = kind === 'RoleBinding' ? (fieldOf(node, 'subjects')?.content ?? []) : [];
  return new Set(
    subjects.flatMap((subject) => {
      const namespace = fieldOf(subject, 'namespace');
      if (!namespace || fieldOf(subject, 'kind')?.value !== 'ServiceAccount') return [];
      if (typeof nodeToJson(namespace) !== 'string') {
        throw new Error(`Invalid Input: namespace is blank for resource ${JSON.stringify(formatId(id))}\n`);
      }
      return [namespace.value];
    }),
  );
}

class Fixer {
  constructor(
    private readonly referrer: Known,
    private readonly spec: FieldSpec,
    private readonly target: GvkSelector,
    private readonly candidates: Candidates,
  ) {}

  run(): void {
    const { spec } = this;
    const { resource: referrer } = this.referrer;
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
    const referral = this.select(node.value, undefined, (a, b) => a.name === b.name);
    if (!referral) return;
    referral.referredBy(formatId(this.referrer.id));
    if (referral.name !== node.value) setScalar(node, scalarNode(referral.name));
  }

  private setMapping(node: YamlNode): void {
    const nameNode = fieldOf(node, 'name');
    if (!nameNode) throw new Error("path config error; no 'name' field in node");
    const oldName = nameNode.value;
    const same = (a: Resource, b: Resource) => a.name === b.name && a.namespace === b.namespace;
    const referral = this.select(oldName, fieldOf(node, 'namespace')?.value, same);
    if (!referral) return;
    referral.referredBy(formatId(this.referrer.id));
    const { name, namespace } = referral;
    if (name === oldName && namespace === '') return;
    setField(node, 'name', scalarNode(name));
    if (namespace !== '') setField(node, 'namespace', scalarNode(namespace));
  }

  private select(
    oldName: string,
    namespace: string | undefined,
    identical: (a: Resource, b: Resource) => boolean,
  ): Resource | undefined {
    const { resource: referrer, id } = this.referrer;
    const role = this.roleReference();
    let found = this.candidates
      .once(oldName, namespace)
      .filter(
        (candidate) =>
          candidate.previous.some((each) => isSelected(each, this.target)) &&
          (!role || candidate.previous.some((each) => isSelected(each, role))) &&
          (isClusterScoped(id) || this.isReachable(candidate)),
      )
      .map((candidate) => candidate.resource);
    if (found.length === 1) return found[0];
    found = found.filter((candidate) => candidate.sharesAffixes(referrer, true));
    if (found.length > 1) found = found.filter((candidate) => candidate.sharesAffixes(referrer, false));
    const [first] = found;
    if (!first || found.every((candidate) => identical(candidate, first))) return first;
    throw new Error(tooMany(referrer, found));
  }

  private isReachable({ id }: Known): boolean {
    return isClusterScoped(id) || id.kind === 'ServiceAccount' || sameNamespace(id, this.referrer.id);
  }

  /** Roles and cluster roles are told apart by what stands beside the name. */
  private roleReference(): GvkSelector | undefined {
    if (!this.spec.path.endsWith('roleRef/name')) return undefined;
    const reference = fieldOf(this.referrer.resource.node, 'roleRef');
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
