/**
 * Whoever writes a policy can have it say what is in its parameters, and so must be allowed to read them (kubernetes
 * `pkg/registry/admissionregistration/{validating,mutating}admissionpolicy{,binding}/authz.go`).
 */
import { type FieldError, forbiddenField } from '../../apimachinery/field-error';
import type { KubeObject } from '../../apimachinery/meta';
import { type BindingSpec, POLICY_GROUP, type PolicySpec } from '../admission/policies/policy-objects';
import type { UserInfo } from '../authentication';
import { decide } from '../authorization';
import type { RequestContext } from '../request-context';

/** @param old what is there, on an update */
export async function parameterErrors(
  context: RequestContext,
  object: KubeObject,
  old?: KubeObject,
): Promise<FieldError[]> {
  const { plural } = context.resource.info;
  if (context.user.groups.includes('system:masters')) return [];
  if (plural.endsWith('admissionpolicybindings')) return ofBinding(context, object['spec'] ?? {});
  return plural.endsWith('admissionpolicies') ? ofPolicy(context, object['spec'] ?? {}, old?.['spec'] ?? {}) : [];
}

async function ofPolicy(context: RequestContext, spec: PolicySpec, before: PolicySpec): Promise<FieldError[]> {
  const { paramKind } = spec;
  if (!paramKind || isSame(paramKind, before.paramKind)) return [];
  if (await mayGet(context, paramKind, '*', '*')) return [];
  const { kind = '', apiVersion = '' } = paramKind;
  const why = `user ${goSyntax(context.user)} must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`;
  return [forbiddenField('spec.paramKind', why)];
}

/** On an update anew: upstream compares what the reference points to by where it lies, which is never the same. */
async function ofBinding(context: RequestContext, { policyName = '', paramRef }: BindingSpec): Promise<FieldError[]> {
  if (!paramRef) return [];
  const policies = context.resource.info.plural.replace(/bindings$/, '').replace(/y$/, 'ies');
  const policy = await context.core.reader.get(POLICY_GROUP, policies, '', policyName);
  const { paramKind }: PolicySpec = policy?.['spec'] ?? {};
  if (await mayGet(context, paramKind, paramRef.namespace ?? '', paramRef.name ?? '')) return [];
  const why = `user ${goSyntax(context.user)} does not have "get" permission on the object referenced by paramRef`;
  return [forbiddenField('spec.paramRef', why)];
}

/** What can't be told stands for everything. */
async function mayGet(
  { core, user }: RequestContext,
  paramKind: PolicySpec['paramKind'],
  namespace: string,
  name: string,
): Promise<boolean> {
  const parts = paramKind?.apiVersion?.split('/') ?? [];
  const [group, version] = parts.length === 2 ? parts : parts.length === 1 ? ['', parts[0]] : ['*', '*'];
  const isIt = (one: { group: string; version: string; kind: string }) =>
    one.group === group && one.version === version && one.kind === paramKind?.kind;
  const resource = core.catalog.all().find(isIt)?.plural ?? '*';
  const asked = { verb: 'get', group: group as string, version: version as string, resource, namespace, name };
  const attributes = { isResourceRequest: true, path: '', subresource: '', ...asked };
  return (await decide(core.authorizer, user, attributes)).allowed;
}

function isSame(one: PolicySpec['paramKind'], other: PolicySpec['paramKind']): boolean {
  return one?.apiVersion === other?.apiVersion && one?.kind === other?.kind;
}

/** As Go's %v prints a user.DefaultInfo. */
function goSyntax({ name, uid = '', groups, extra = {} }: UserInfo): string {
  const pairs = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  const map = pairs.map(([key, values]) => `${key}:[${values.join(' ')}]`).join(' ');
  return `&{${name} ${uid} [${groups.join(' ')}] map[${map}]}`;
}
