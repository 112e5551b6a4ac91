/** What one set of RBAC rules allows of another (component-helpers `auth/rbac/validation/policy_comparator.go`). */

/** A rule of a Role or ClusterRole, in the order in which its Go type declares its fields. */
export interface PolicyRule {
  verbs?: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

/** What of `rules` `owned` does not allow, taken apart (Covers). */
export function uncoveredRules(owned: readonly PolicyRule[], rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(breakDownRule).filter((one) => !owned.some((rule) => covers(rule, one)));
}

/** One rule for each group, resource, verb and name; one for each path and verb (BreakdownRule). */
export function breakDownRule(rule: PolicyRule): PolicyRule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const rules: PolicyRule[] = [];
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (resourceNames.length === 0) rules.push(one);
        else for (const name of resourceNames) rules.push({ ...one, resourceNames: [name] });
      }
  for (const path of nonResourceURLs) for (const verb of verbs) rules.push({ verbs: [verb], nonResourceURLs: [path] });
  return rules;
}

/** ruleCovers: `one` was taken apart. */
function covers(rule: PolicyRule, one: PolicyRule): boolean {
  return (
    hasAll(rule.verbs, one.verbs) &&
    hasAll(rule.apiGroups, one.apiGroups) &&
    (one.resources ?? []).every((resource) => coversResource(rule.resources ?? [], resource)) &&
    (!rule.resourceNames?.length ||
      (!!one.resourceNames?.length && includesAll(rule.resourceNames, one.resourceNames))) &&
    (one.nonResourceURLs ?? []).every((path) => (rule.nonResourceURLs ?? []).some((own) => coversPath(own, path)))
  );
}

function hasAll(owned: readonly string[] = [], values: readonly string[] = []): boolean {
  return owned.includes('*') || includesAll(owned, values);
}

function includesAll(owned: readonly string[], values: readonly string[]): boolean {
  return values.every((value) => owned.includes(value));
}

/** A resource of any name, or a subresource of any resource. */
function coversResource(owned: readonly string[], resource: string): boolean {
  if (owned.includes('*') || owned.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`);
}

function coversPath(owned: string, path: string): boolean {
  return owned === path || (owned.endsWith('*') && path.startsWith(owned.replace(/\*+$/, '')));
}
