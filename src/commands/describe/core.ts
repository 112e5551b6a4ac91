/** Pods, nodes, namespaces and their like with what belongs to them. */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { ResourcePath } from '../../client/client';
import { messageOf } from '../errors';
import { CORE, type Target } from './target';

const LEASES: ResourcePath = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const RESOURCE_SLICES: ResourcePath = { group: 'resource.k8s.io', version: 'v1', resource: 'resourceslices' };
const MIRROR = 'kubernetes.io/config.mirror';

export async function describePodTarget(target: Target): Promise<string> {
  const { describePod } = await import('../../printers/describe/pod');
  const pod = await target.get('v1');
  const { now, showEvents } = target.settings;
  if (!showEvents) return describePod(pod, { now });
  // A pod that mirrors one of a node's files has the events of that one.
  const uid = pod.metadata.annotations?.[MIRROR] ?? pod.metadata.uid;
  return describePod(pod, { now, events: await target.events(pod, { uid }).catch(() => []) });
}

export async function describeConfigMapTarget(target: Target): Promise<string> {
  const { describeConfigMap } = await import('../../printers/describe/config');
  const configMap = await target.get('v1');
  const { now, showEvents } = target.settings;
  const { uid } = configMap.metadata;
  return describeConfigMap(configMap, {
    now,
    events: showEvents ? await target.events(configMap, { kind: 'ConfigMap', uid }) : undefined,
  });
}

export async function describeNamespaceTarget(target: Target): Promise<string> {
  const { describeNamespace } = await import('../../printers/describe/namespace');
  const namespace = await target.get('v1');
  return describeNamespace(namespace, {
    quotas: await listIfServed(target, 'resourcequotas'),
    limitRanges: await listIfServed(target, 'limitranges'),
  });
}

async function listIfServed(target: Target, resource: string): Promise<KubeObject[] | undefined> {
  try {
    return await target.list(CORE(resource), target.name);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

export async function describeNodeTarget(target: Target): Promise<string> {
  const { describeNode } = await import('../../printers/describe/node');
  const { client, name, settings } = target;
  const node = await target.get('v1');
  let pods: KubeObject[] | undefined;
  try {
    const fieldSelector = `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`;
    pods = await target.list(CORE('pods'), '', { fieldSelector });
  } catch (error) {
    if (!isReason(error, 'Forbidden')) throw error;
  }
  const lease = await client
    .get(LEASES, 'kube-node-lease', name)
    .catch((error: unknown) => ({ error: messageOf(error) }));
  const resourceSlices = await client
    .list(RESOURCE_SLICES, '', { fieldSelector: `spec.nodeName=${name}` })
    .then(({ items }) => items)
    .catch(() => []);
  return describeNode(node, {
    now: settings.now,
    events: settings.showEvents ? await nodeEvents(target, node) : undefined,
    pods,
    lease,
    resourceSlices,
  });
}

/** Controllers name a node by its UID, its kubelet by its name. */
async function nodeEvents(target: Target, node: KubeObject): Promise<KubeObject[]> {
  const { name, uid } = node.metadata;
  const byUid = await target.events(node, { kind: 'Node', uid }).catch(() => []);
  const byName = await target.events(node, { kind: 'Node', uid: name }).catch(() => []);
  return [...byUid, ...byName];
}

export async function describeClaimTarget(target: Target): Promise<string> {
  const { describePersistentVolumeClaim } = await import('../../printers/describe/persistent-volume-claim');
  const claim = await target.get('v1');
  const inNamespace = await target.list(CORE('pods'), target.namespace);
  const pods = podsOfClaim(claim, inNamespace);
  return describePersistentVolumeClaim(claim, { ...(await target.related(claim)), pods });
}

/** Pods with a volume of the claim, once for each, and those that own it (getPodsForPVC). */
function podsOfClaim(claim: KubeObject, pods: readonly KubeObject[]): KubeObject[] {
  const users: KubeObject[] = [];
  for (const pod of pods)
    for (const { persistentVolumeClaim } of pod['spec']?.volumes ?? [])
      if (persistentVolumeClaim?.claimName === claim.metadata.name) users.push(pod);
  for (const { kind, uid } of claim.metadata.ownerReferences ?? []) {
    if (kind !== 'Pod' || users.some((pod) => pod.metadata.uid === uid)) continue;
    const owner = pods.find((pod) => pod.metadata.uid === uid);
    if (owner) users.push(owner);
  }
  return users;
}
