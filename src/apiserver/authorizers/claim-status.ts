/**
 * Who may write which part of a ResourceClaim's status: schedulers what is allocated, drivers what they say of their own devices
 * (kubernetes `pkg/registry/resource/utils.go` AuthorizedForBinding, AuthorizedForDeviceStatus; on since 1.36).
 */
import { type FieldError, forbiddenField } from '../../apimachinery/field-error';
import { deepEqual, type Json } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { UserInfo } from '../authentication';
import { type AccessAttributes, decide, forbiddenAccess } from '../authorization';
import type { RequestContext } from '../request-context';

const NODE_NAME_KEY = 'authentication.kubernetes.io/node-name';
const SERVICE_ACCOUNT = /^system:serviceaccount:[^:]+:[^:]+$/;

interface ClaimStatus {
  allocation?: { nodeSelector?: { nodeSelectorTerms?: SelectorTerm[] } };
  reservedFor?: Json[];
  devices?: Device[];
}

interface SelectorTerm {
  matchExpressions?: unknown[];
  matchFields?: { key?: string; operator?: string; values?: string[] }[];
}

interface Device {
  driver?: string;
  pool?: string;
  device?: string;
  shareID?: string;
}

export async function claimStatusErrors(
  context: RequestContext,
  object: KubeObject,
  old: KubeObject,
): Promise<FieldError[]> {
  const [now, before]: [ClaimStatus, ClaimStatus] = [object['status'] ?? {}, old['status'] ?? {}];
  return [...(await bindingErrors(context, now, before)), ...(await deviceErrors(context, now, before))];
}

async function bindingErrors(context: RequestContext, now: ClaimStatus, before: ClaimStatus): Promise<FieldError[]> {
  if (isSame(now.allocation, before.allocation) && isSame(now.reservedFor, before.reservedFor)) return [];
  const { verb } = context.info;
  const refused = await refusal(context, { verb, subresource: 'binding', namespace: '', name: '' });
  if (refused === undefined) return [];
  const why = `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission: ${refused}`;
  return [forbiddenField('status', why)];
}

async function deviceErrors(context: RequestContext, now: ClaimStatus, before: ClaimStatus): Promise<FieldError[]> {
  const { info, user } = context;
  const verbs = [`arbitrary-node:${info.verb}`];
  if (isOnNode(user, allocatedNode(now))) verbs.unshift(`associated-node:${info.verb}`);
  const errors: FieldError[] = [];
  for (const name of changedDrivers(now.devices ?? [], before.devices ?? [])) {
    const refusals: string[] = [];
    for (const verb of verbs) {
      const refused = await refusal(context, { verb, subresource: 'driver', namespace: info.namespace, name });
      if (refused === undefined) break;
      refusals.push(refused);
    }
    if (refusals.length < verbs.length) continue;
    const why = `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission: ${refusals[0]}`;
    errors.push(forbiddenField('status.devices', why));
  }
  return errors;
}

/** What the authorizers have against it; undefined where it is allowed. */
async function refusal(
  { core, user, info }: RequestContext,
  asked: Pick<AccessAttributes, 'verb' | 'subresource' | 'namespace' | 'name'>,
): Promise<string | undefined> {
  const attributes = { ...info, ...asked };
  const { allowed, reason = '', error = '' } = await decide(core.authorizer, user, attributes);
  if (allowed) return undefined;
  return forbiddenAccess(user, attributes, error && reason ? `${error}: ${reason}` : error || reason).message;
}

/** Drivers whose entries came, went or changed (getModifiedDrivers). */
function changedDrivers(now: readonly Device[], before: readonly Device[]): string[] {
  const keyOf = ({ driver, pool, device, shareID = '' }: Device) => JSON.stringify([driver, pool, device, shareID]);
  const old = new Map(before.map((device) => [keyOf(device), device]));
  const changed = now.filter((device) => {
    const key = keyOf(device);
    const was = old.get(key);
    old.delete(key);
    return !isSame(device, was);
  });
  return [...new Set([...changed, ...old.values()].map(({ driver = '' }) => driver))].sort();
}

/** The one node that the devices are on (nodeNameFromAllocation). */
function allocatedNode({ allocation }: ClaimStatus): string | undefined {
  const [term, ...others] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [field, ...more] = term?.matchFields ?? [];
  if (others.length > 0 || more.length > 0 || (term?.matchExpressions ?? []).length > 0) return undefined;
  const { key, operator, values = [] } = field ?? {};
  return key === 'metadata.name' && operator === 'In' && values.length === 1 ? values[0] : undefined;
}

/** Of a driver that runs on a node its token tells which (saAssociatedWithAllocatedNode). */
function isOnNode({ name, extra }: UserInfo, node: string | undefined): boolean {
  const names = extra?.[NODE_NAME_KEY] ?? [];
  return node !== undefined && SERVICE_ACCOUNT.test(name) && names.length === 1 && names[0] === node;
}

function isSame(one: unknown, other: unknown): boolean {
  return deepEqual((one ?? null) as Json, (other ?? null) as Json);
}
