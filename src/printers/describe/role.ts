/** Roles and bindings described (kubectl describe.go RoleDescriber, RoleBindingDescriber; util/rbac). */
import { compareStrings } from '../../apimachinery/json-text';
import { listText } from './values';
import { writeLabelsAndAnnotations } from './workload';
import { type Described, described } from './writer';

/** A rule of one resource and what may be done with it, or of paths. */
interface Rule {
  group?: string;
  resource?: string;
  resourceName?: string;
  path?: string;
  verbs: string[];
}

/** Role and ClusterRole: rules taken apart by resource, verbs of one resource put together, in the order of their texts. */
export function describeRole(role: Described): string {
  const rules = compactRules((role.rules ?? []).flatMap(breakDownRule));
  rules.sort((a, b) => compareStrings(ruleText(a), ruleText(b)));
  return described((writer) => {
    writer.field(0, 'Name', role.metadata.name);
    writeLabelsAndAnnotations(writer, role);
    writer.write(0, 'PolicyRule:\n');
    writer.write(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs\n');
    writer.write(1, '---------\t-----------------\t--------------\t-----\n');
    for (const { group, resource, resourceName, path, verbs } of rules) {
      const cells = [resourceText(resource, group), oneText(path), oneText(resourceName), listText(verbs)];
      writer.write(1, `${cells.join('\t')}\n`);
    }
  });
}

/** RoleBinding and ClusterRoleBinding. */
export function describeRoleBinding(binding: Described): string {
  const { roleRef = {}, subjects = [] } = binding;
  return described((writer) => {
    writer.field(0, 'Name', binding.metadata.name);
    writeLabelsAndAnnotations(writer, binding);
    writer.write(0, 'Role:\n');
    writer.field(1, 'Kind', roleRef.kind ?? '');
    writer.field(1, 'Name', roleRef.name ?? '');
    writer.write(0, 'Subjects:\n');
    writer.write(1, 'Kind\tName\tNamespace\n');
    writer.write(1, '----\t----\t---------\n');
    for (const { kind = '', name = '', namespace = '' } of subjects)
      writer.write(1, `${kind}\t${name}\t${namespace}\n`);
  });
}

/** One rule for each group, resource, verb and name; one for each path and verb. */
function breakDownRule({ apiGroups, resources, verbs, resourceNames, nonResourceURLs }: Described): Rule[] {
  const rules: Rule[] = [];
  for (const group of apiGroups ?? [])
    for (const resource of resources ?? [])
      for (const verb of verbs ?? []) {
        if (!resourceNames?.length) rules.push({ group, resource, verbs: [verb] });
        else for (const resourceName of resourceNames) rules.push({ group, resource, resourceName, verbs: [verb] });
      }
  for (const path of nonResourceURLs ?? []) for (const verb of verbs ?? []) rules.push({ path, verbs: [verb] });
  return rules;
}

/** Rules that differ by their verb only become one; those of paths stay as they are. */
function compactRules(rules: readonly Rule[]): Rule[] {
  const compacted: Rule[] = rules.filter(({ path }) => path !== undefined);
  const byResource = new Map<string, Rule>();
  for (const rule of rules) {
    if (rule.path !== undefined) continue;
    const key = JSON.stringify([rule.group, rule.resource, rule.resourceName]);
    const known = byResource.get(key);
    if (!known) byResource.set(key, { ...rule, verbs: [...rule.verbs] });
    else for (const verb of rule.verbs) if (!known.verbs.includes(verb)) known.verbs.push(verb);
  }
  return [...compacted, ...byResource.values()];
}

/** What rules are sorted by (PolicyRule.String). */
function ruleText({ group, resource, resourceName, path, verbs }: Rule): string {
  return `&PolicyRule{Verbs:${listText(verbs)},APIGroups:${oneText(group)},Resources:${oneText(resource)},ResourceNames:${oneText(resourceName)},NonResourceURLs:${oneText(path)},}`;
}

function oneText(value: string | undefined): string {
  return listText(value === undefined ? [] : [value]);
}

/** `deployments.apps/scale` (CombineResourceGroup). */
function resourceText(resource: string | undefined, group: string | undefined): string {
  if (resource === undefined) return '';
  const slash = resource.indexOf('/');
  const [name, subresource] = slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash)];
  return `${name}${group ? `.${group}` : ''}${subresource}`;
}
