/** RBAC rules as rows of a table, for `describe role` and `auth can-i --list` (kubectl util/rbac, describe.go CombineResourceGroup). */
import { compareStrings } from '../apimachinery/json-text';
import { breakDownRule, type PolicyRule } from '../apimachinery/policy-rules';
import { listText } from './describe/values';

/**
 * Resources, paths, names and verbs, as text: rules are taken apart by resource, the verbs of one resource put together, and
 * all stand in the order of their texts.
 */
export function policyRuleRows(rules: readonly PolicyRule[]): string[][] {
  const compacted = compactRules(rules.flatMap(breakDownRule));
  compacted.sort((a, b) => compareStrings(ruleText(a), ruleText(b)));
  return compacted.map((rule) => [
    resourceText(rule),
    listText(rule.nonResourceURLs ?? []),
    listText(rule.resourceNames ?? []),
    listText(rule.verbs ?? []),
  ]);
}

/** Rules that differ by their verb only become one; those of paths stay as they are. */
function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compacted = rules.filter(({ nonResourceURLs }) => nonResourceURLs);
  const byResource = new Map<string, PolicyRule>();
  for (const rule of rules) {
    if (rule.nonResourceURLs) continue;
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const verbs = [...(byResource.get(key)?.verbs ?? []), ...(rule.verbs ?? [])];
    byResource.set(key, { ...rule, verbs: [...new Set(verbs)] });
  }
  return [...compacted, ...byResource.values()];
}

/** What rules are sorted by (PolicyRule.String). */
function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const text = (values: readonly string[] | undefined) => listText(values ?? []);
  return `&PolicyRule{Verbs:${text(verbs)},APIGroups:${text(apiGroups)},Resources:${text(resources)},ResourceNames:${text(resourceNames)},NonResourceURLs:${text(nonResourceURLs)},}`;
}

/** `deployments.apps/scale`, of a rule for one resource. */
function resourceText({ resources: [resource] = [], apiGroups: [group] = [] }: PolicyRule): string {
  if (resource === undefined) return '';
  const slash = resource.indexOf('/');
  const [name, subresource] = slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash)];
  return `${name}${group ? `.${group}` : ''}${subresource}`;
}
