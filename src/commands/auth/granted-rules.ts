/** All rules that anybody is given, read through the API, with the bindings that give them. */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { PolicyRule } from '../../apimachinery/policy-rules';
import { type Asked, RBAC_GROUP } from '../../apimachinery/rbac';
import type { Client } from '../../client/client';
import type { Question } from './run-can-i';

export interface Grant {
  binding: KubeObject;
  /** '' where it holds in the whole cluster. */
  namespace: string;
  rules: readonly PolicyRule[];
}

/** Bindings of roles that are not there give nothing. */
export async function readGrants(client: Client): Promise<Grant[]> {
  const list = async (resource: string) => (await client.list({ group: RBAC_GROUP, version: 'v1', resource })).items;
  const [clusterRoles, roles, clusterBindings, bindings] = await Promise.all([
    list('clusterroles'),
    list('roles'),
    list('clusterrolebindings'),
    list('rolebindings'),
  ]);
  const rulesOf = new Map<string, PolicyRule[]>();
  for (const role of [...clusterRoles, ...roles]) {
    const { namespace = '', name = '' } = role.metadata;
    rulesOf.set(`${namespace}/${name}`, role['rules'] ?? []);
  }
  return [...clusterBindings, ...bindings].map((binding) => {
    const { namespace = '' } = binding.metadata;
    const { kind, name = '' } = binding['roleRef'] ?? {};
    return { binding, namespace, rules: rulesOf.get(`${kind === 'Role' ? namespace : ''}/${name}`) ?? [] };
  });
}

/** The question as rules are asked it. */
export function askedOf({ verb, path, resource: { group, resource }, subresource, name }: Question): Asked {
  return { isResourceRequest: path === '', verb, path, group, resource, subresource, name };
}

/** `clusterrolebinding/ops-view`, `rolebinding/ann-reads -n default`. */
export function bindingText({ binding, namespace }: Grant): string {
  const { name = '' } = binding.metadata;
  return namespace ? `rolebinding/${name} -n ${namespace}` : `clusterrolebinding/${name}`;
}

/** `clusterrole/view` */
export function roleText({ binding }: Grant): string {
  const { kind = '', name = '' } = binding['roleRef'] ?? {};
  return `${kind.toLowerCase()}/${name}`;
}

/** The binding and its role, for programs. */
export function grantObject({ binding, namespace }: Grant): JsonObject {
  const { kind = '', name = '' } = binding['roleRef'] ?? {};
  const of: JsonObject = namespace ? { kind: 'RoleBinding', namespace } : { kind: 'ClusterRoleBinding' };
  return { binding: { ...of, name: binding.metadata.name ?? '' }, role: { kind, name } };
}

const MOST = 4;

/** `get,list pods,pods/log named web`; of long lists what is asked about, and that there is more. */
export function ruleText(rule: PolicyRule, { verb, resource, subresource, group }: Asked): string {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const wanted = [verb, subresource ? `${resource}/${subresource}` : resource, group];
  const some = (values: readonly string[]) => {
    if (values.length <= MOST) return values.join(',');
    const asked = values.filter((value) => wanted.includes(value));
    return `${(asked.length > 0 ? asked : values.slice(0, MOST)).join(',')},…`;
  };
  if (nonResourceURLs.length > 0) return `${some(verbs)} ${some(nonResourceURLs)}`;
  const groups = apiGroups.filter((group) => group !== '');
  const named = resourceNames.length > 0 ? ` named ${some(resourceNames)}` : '';
  return `${some(verbs)} ${some(resources)}${groups.length > 0 ? ` in ${some(groups)}` : ''}${named}`;
}
