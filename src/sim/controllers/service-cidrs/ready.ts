/** What makes a ServiceCIDR one that addresses are taken from. */
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';

export const SERVICE_CIDRS = { group: 'networking.k8s.io', version: 'v1', resource: 'servicecidrs' };
export const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
const MANAGER = 'service-cidr-controller';

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** Protected from going while it is used, and Ready; writes only what is not so yet. */
export async function makeReady(client: Client, cidr: KubeObject, now: Instant): Promise<void> {
  const { name = '', finalizers = [] } = cidr.metadata;
  if (!finalizers.includes(FINALIZER))
    await client.patch(SERVICE_CIDRS, '', name, 'strategic', { metadata: { finalizers: [FINALIZER] } });
  await applyCondition(client, cidr, { status: 'True', message: 'Kubernetes Service CIDR is ready' }, now);
}

export async function applyCondition(
  client: Client,
  { metadata: { name = '' }, status }: KubeObject,
  condition: Omit<Condition, 'type'>,
  now: Instant,
): Promise<void> {
  const conditions: Condition[] = status?.conditions ?? [];
  const present = conditions.find(({ type }) => type === 'Ready');
  if (present?.status === condition.status && present.message === condition.message) return;
  const patch = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name },
    status: { conditions: [{ type: 'Ready', ...condition, lastTransitionTime: formatTime(now) }] },
  };
  await client.patch(SERVICE_CIDRS, '', name, 'apply', patch, { fieldManager: MANAGER, force: 'true' }, 'status');
}
