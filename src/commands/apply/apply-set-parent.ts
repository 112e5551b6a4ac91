/** Labels and annotations of an ApplySet (the specification in KEP 3659), and what they say. */
import type { RestMapper } from '../../client/rest-mapper';
import type { ResourceInfo } from '../../schema/schema';

export const LABELS = {
  /** On a member: the id of its set. */
  partOf: 'applyset.kubernetes.io/part-of',
  /** On the parent. */
  id: 'applyset.kubernetes.io/id',
  /** On the parent: `kubectl/v1.36.3`. */
  tooling: 'applyset.kubernetes.io/tooling',
  /** On the parent: the kinds of the members, `ConfigMap,Deployment.apps`. */
  kinds: 'applyset.kubernetes.io/contains-group-kinds',
  /** What it was before 1.28: `configmaps,deployments.apps`. */
  resources: 'applyset.kubernetes.io/contains-group-resources',
  /** On the parent: namespaces of members other than its own. */
  namespaces: 'applyset.kubernetes.io/additional-namespaces',
  /** On the definition of a custom resource that may be a parent. */
  isParentType: 'applyset.kubernetes.io/is-parent-type',
} as const;

/** `applyset-<hash>-v1`: the URL-safe base64 of the SHA-256 of the parent's name, namespace, kind and group. */
export async function applySetId(
  { kind, group }: Pick<ResourceInfo, 'kind' | 'group'>,
  name: string,
  namespace: string,
): Promise<string> {
  const bytes = new TextEncoder().encode([name, namespace, kind, group].join('.'));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  return `applyset-${Buffer.from(digest).toString('base64url')}-v1`;
}

/** `Deployment.apps` (schema.GroupKind.String). */
export function formatKind({ kind, group }: { kind: string; group: string }): string {
  return group ? `${kind}.${group}` : kind;
}

/** The kinds that the parent names; none for an empty annotation. @throws Error where it has none, or a kind is not served */
export function kindsOf(annotations: Record<string, string>, mapper: RestMapper): Map<string, ResourceInfo> {
  const text = annotations[LABELS.kinds];
  const kinds = new Map<string, ResourceInfo>();
  if (text !== undefined) {
    for (const each of text === '' ? [] : text.split(',')) {
      const { head: kind, group } = atFirstDot(each);
      const mapping = mapper.kind(group, kind);
      if (!mapping) {
        throw new Error(
          `could not find mapping for kind in ${JSON.stringify(LABELS.kinds)} annotation: no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`,
        );
      }
      kinds.set(formatKind(mapping), mapping);
    }
    return kinds;
  }
  const old = annotations[LABELS.resources];
  if (!old) {
    throw new Error(
      `kubectl requires the ${JSON.stringify(LABELS.kinds)} annotation to be set on all ApplySet parent objects`,
    );
  }
  for (const each of old.split(',')) {
    const mapping = mapper.resource(each);
    if (!mapping) {
      const { head: resource, group } = atFirstDot(each);
      throw new Error(
        `invalid group resource in ${JSON.stringify(LABELS.resources)} annotation: no matches for ${group}/, Resource=${resource}`,
      );
    }
    kinds.set(formatKind(mapping), mapping);
  }
  return kinds;
}

/** The namespaces that the parent names besides its own. */
export function namespacesOf(annotations: Record<string, string>): Set<string> {
  return new Set((annotations[LABELS.namespaces] ?? '').split(',').filter((namespace) => namespace !== ''));
}

function atFirstDot(text: string): { head: string; group: string } {
  const dot = text.indexOf('.');
  return dot < 0 ? { head: text, group: '' } : { head: text.slice(0, dot), group: text.slice(dot + 1) };
}
