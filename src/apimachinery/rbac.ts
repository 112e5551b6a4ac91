/**
 * What roles allow and whom bindings mean (kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`,
 * `pkg/registry/rbac/validation/rule.go`). Pure: the server decides with it, and clients explain with it.
 */
import { deepEqual, jsonOf } from './json';
import { selectorOf } from './labels';
import type { KubeObject } from './meta';
import type { PolicyRule } from './policy-rules';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** Somebody, as far as bindings look. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface Subject {
  kind?: string;
  apiGroup?: string;
  name?: string;
  namespace?: string;
}

/** What is asked of a rule. */
export interface Asked {
  readonly isResourceRequest: boolean;
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/** Part by part, so that it can be told which one fails (RuleAllows). */
export const RULE_PARTS = {
  verb: ({ verbs = [] }: PolicyRule, { verb }: Asked) => verbs.includes('*') || verbs.includes(verb),
  group: ({ apiGroups = [] }: PolicyRule, { group }: Asked) => apiGroups.includes('*') || apiGroups.includes(group),
  resource: ({ resources = [] }: PolicyRule, { resource, subresource }: Asked) =>
    resources.includes('*') ||
    resources.includes(subresource ? `${resource}/${subresource}` : resource) ||
    (subresource !== '' && resources.includes(`*/${subresource}`)),
  name: ({ resourceNames = [] }: PolicyRule, { name }: Asked) =>
    resourceNames.length === 0 || resourceNames.includes(name),
  path: ({ nonResourceURLs = [] }: PolicyRule, { path }: Asked) =>
    nonResourceURLs.some(
      (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''))),
    ),
};

export type RulePart = keyof typeof RULE_PARTS;

const RESOURCE_PARTS: readonly RulePart[] = ['verb', 'group', 'resource', 'name'];
const PATH_PARTS: readonly RulePart[] = ['verb', 'path'];

export function ruleAllows(rule: PolicyRule, asked: Asked): boolean {
  const parts = asked.isResourceRequest ? RESOURCE_PARTS : PATH_PARTS;
  for (const part of parts) if (!RULE_PARTS[part](rule, asked)) return false;
  return true;
}

/** What of a rule says no; none: it allows. */
export function missingParts(rule: PolicyRule, asked: Asked): RulePart[] {
  const parts = asked.isResourceRequest ? RESOURCE_PARTS : PATH_PARTS;
  return parts.filter((part) => !RULE_PARTS[part](rule, asked));
}

/** The first of a binding's subjects that means this person (appliesTo). @param namespace the binding's */
export function matchingSubject(binding: KubeObject, person: Person, namespace: string): Subject | undefined {
  const subjects: readonly Subject[] = binding['subjects'] ?? [];
  return subjects.find((subject) => isMeant(person, subject, namespace));
}

function isMeant(person: Person, { kind, name = '', namespace }: Subject, bindingNamespace: string): boolean {
  switch (kind) {
    case 'User':
      return person.name === name;
    case 'Group':
      return person.groups.includes(name);
    case 'ServiceAccount': {
      const home = namespace || bindingNamespace;
      return home !== '' && person.name === `system:serviceaccount:${home}:${name}`;
    }
    default:
      return false;
  }
}

/** `ClusterRoleBinding "x" of ClusterRole "y" to User "z"`. */
export function describeBinding(binding: KubeObject, subject: Subject): string {
  const { name = '', namespace = '' } = binding.metadata;
  const { kind, name: role } = binding['roleRef'] ?? {};
  const text = JSON.stringify;
  const title = namespace ? `RoleBinding ${text(`${name}/${namespace}`)}` : `ClusterRoleBinding ${text(name)}`;
  return `${title} of ${kind} ${text(role ?? '')} to ${describeSubject(subject, namespace)}`;
}

function describeSubject({ kind, name = '', namespace }: Subject, bindingNamespace: string): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace || bindingNamespace}` : name)}`;
}

/** The rules that a role gathers from others by its aggregationRule (`pkg/controller/clusterroleaggregation`). */
export function aggregatedRules(role: KubeObject, roles: readonly KubeObject[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const inOrder = [...roles].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const selector of role['aggregationRule']?.clusterRoleSelectors ?? []) {
    const chosen = selectorOf(selector);
    for (const other of inOrder) {
      if (other.metadata.name === role.metadata.name || !chosen.matches(other.metadata.labels ?? {})) continue;
      for (const rule of (other['rules'] ?? []) as PolicyRule[])
        if (!rules.some((one) => deepEqual(jsonOf(one), jsonOf(rule)))) rules.push(rule);
    }
  }
  return rules;
}
