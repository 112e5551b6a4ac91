/**
 * Nobody grants more than they have: what is checked before a role or binding is written (kubernetes
 * `pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go`, `escalation_check.go`,
 * `validation/rule.go` ConfirmNoEscalation).
 */
import { deepEqual } from '../../apimachinery/json';
import { sortStrings } from '../../apimachinery/json-text';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { breakDownRule, type PolicyRule, uncoveredRules } from '../../apimachinery/policy-rules';
import { RBAC_GROUP } from '../../apimachinery/rbac';
import { forbidden, notFound } from '../../apimachinery/status';
import { type AccessAttributes, decide } from '../authorization';
import type { RequestContext } from '../request-context';
import { PolicyCache } from './policy';

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * @param old what is there, on an update
 * @throws ApiError 403 where the object would give what its writer has not got, 404 where what it binds is not there.
 */
export async function checkEscalation(context: RequestContext, object: KubeObject, old?: KubeObject): Promise<void> {
  const { user, resource, info } = context;
  const { plural } = resource.info;
  if (user.groups.includes('system:masters')) return;
  const isRole = plural === 'roles' || plural === 'clusterroles';
  if (isRole && (await mayEscalate(context))) return;
  if (old && changesOnlyOwners(object, old)) return;
  if (isRole) {
    await confirm(context, object, (object['rules'] ?? []) as PolicyRule[]);
    if (plural === 'clusterroles' && (object['aggregationRule'] || old?.['aggregationRule'])) {
      if ((await missing(context, EVERYTHING)).length > 0)
        throw refused(context, object, 'must have cluster-admin privileges to use the aggregationRule');
    }
    return;
  }
  const namespace = plural === 'rolebindings' ? info.namespace : '';
  const { kind = '', name = '' } = object['roleRef'] ?? {};
  if (kind !== 'Role' && kind !== 'ClusterRole') return;
  const bound = kind === 'Role' ? 'roles' : 'clusterroles';
  if (await allows(context, { verb: 'bind', resource: bound, namespace, name })) return;
  const role = (await PolicyCache.of(context.core.store).current()).role({ kind, name }, namespace);
  if (!role) throw notFound({ group: RBAC_GROUP, resource: bound }, name);
  await confirm(context, object, (role['rules'] ?? []) as PolicyRule[]);
}

/** RoleEscalationAuthorized: on what the request names, which is nothing when something is made. */
function mayEscalate(context: RequestContext): Promise<boolean> {
  const { resource, namespace, name } = context.info;
  return allows(context, { verb: 'escalate', resource, namespace, name });
}

async function allows(
  { core, user }: RequestContext,
  asked: Pick<AccessAttributes, 'verb' | 'resource' | 'namespace' | 'name'>,
): Promise<boolean> {
  const attributes = { isResourceRequest: true, path: '', group: RBAC_GROUP, version: '*', subresource: '', ...asked };
  return (await decide(core.authorizer, user, attributes)).allowed;
}

/** The garbage collector may take a role's owners and finalizers away (IsOnlyMutatingGCFields). */
function changesOnlyOwners(object: KubeObject, old: KubeObject): boolean {
  const rest = ({ metadata, ...other }: KubeObject) => {
    const { ownerReferences, finalizers, managedFields, resourceVersion, ...kept } = metadata;
    return asJson({ ...other, metadata: kept } as KubeObject);
  };
  return deepEqual(rest(object), rest(old));
}

async function confirm(context: RequestContext, object: KubeObject, rules: readonly PolicyRule[]): Promise<void> {
  const lacking = await missing(context, rules);
  if (lacking.length === 0) return;
  const { user } = context;
  const groups = `[${user.groups.map((group) => JSON.stringify(group)).join(' ')}]`;
  const told = sortStrings([...new Set(compact(lacking).map(ruleText))]).join('\n');
  const { errors } = await owned(context);
  const resolution = errors.length > 0 ? `; resolution errors: [${errors.join(' ')}]` : '';
  throw refused(
    context,
    object,
    `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${told}${resolution}`,
  );
}

async function owned({ core, user, info }: RequestContext) {
  return (await PolicyCache.of(core.store).current()).rulesOf(user, info.namespace);
}

async function missing(context: RequestContext, rules: readonly PolicyRule[]): Promise<PolicyRule[]> {
  const { rules: own } = await owned(context);
  return uncoveredRules(
    own.map(({ rule }) => rule),
    rules,
  );
}

function refused({ resource }: RequestContext, object: KubeObject, why: string) {
  return forbidden(resource.groupResource, object.metadata.name ?? '', why);
}

/** Verbs of one resource are put together (CompactRules). */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const byResource = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules.flatMap(breakDownRule)) {
    if (rule.nonResourceURLs) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const verbs = [...(byResource.get(key)?.verbs ?? []), ...(rule.verbs ?? [])];
    byResource.set(key, { ...rule, verbs: [...new Set(verbs)] });
  }
  return [...others, ...byResource.values()];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` (CompactString). */
function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['NonResourceURLs', nonResourceURLs],
    ['ResourceNames', resourceNames],
    ['Verbs', verbs],
  ];
  const told = parts.filter(([, values]) => values?.length);
  return `{${told.map(([name, values]) => `${name}:[${values?.map((value) => JSON.stringify(value)).join(' ')}]`).join(', ')}}`;
}
