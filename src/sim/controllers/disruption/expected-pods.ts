/** How many pods a budget reckons with, and how many of them must be healthy (kubernetes `pkg/controller/disruption`, getExpectedPodCount). */
import { scaledValue } from '../../../apimachinery/int-or-string';
import { controllerOf, type KubeObject, type OwnerReference, parseGroupVersion } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context } from '../../controller';

export interface Expectation {
  expected: number;
  desiredHealthy: number;
  /** Names of pods that nothing controls: they belong to no scale. */
  unmanaged: string[];
}

/** @throws Error where the scale behind the pods can't be found out */
export async function expectedPods(
  budget: KubeObject,
  pods: readonly KubeObject[],
  context: Context,
): Promise<Expectation> {
  const { minAvailable, maxUnavailable } = budget['spec'] ?? {};
  if (maxUnavailable !== undefined) {
    const { scale, unmanaged } = await scaleOf(pods, context);
    const desiredHealthy = Math.max(0, scale - scaledValue(maxUnavailable, scale, true));
    return { expected: scale, desiredHealthy, unmanaged };
  }
  if (typeof minAvailable === 'number') return { expected: pods.length, desiredHealthy: minAvailable, unmanaged: [] };
  if (minAvailable === undefined) return { expected: 0, desiredHealthy: 0, unmanaged: [] };
  const { scale, unmanaged } = await scaleOf(pods, context);
  return { expected: scale, desiredHealthy: scaledValue(minAvailable, scale, true), unmanaged };
}

/** The sum of the sizes of all controllers that any of the pods has (getExpectedScale). */
async function scaleOf(pods: readonly KubeObject[], context: Context): Promise<{ scale: number; unmanaged: string[] }> {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const { name = '', namespace = '' } = pod.metadata;
    const controller = controllerOf(pod);
    if (!controller) unmanaged.push(name);
    if (!controller || seen.has(controller.uid)) continue;
    seen.add(controller.uid);
    const found =
      (await workloadScale(controller, namespace, context)) ?? (await otherScale(controller, namespace, context));
    if (!found) throw new Error(`found no controllers for pod "${name}"`);
    scales.set(found.uid, found.replicas);
  }
  return { scale: [...scales.values()].reduce((sum, one) => sum + one, 0), unmanaged };
}

interface Scale {
  uid: string;
  replicas: number;
}

/** Kind → where the built-in workloads are that have a size. */
const WORKLOADS: Readonly<Record<string, string>> = {
  ReplicationController: 'replicationcontrollers',
  ReplicaSet: 'replicasets.apps',
  StatefulSet: 'statefulsets.apps',
  Deployment: 'deployments.apps',
};

/** A built-in workload; of a ReplicaSet that a Deployment has, the Deployment counts. */
function workloadScale(reference: OwnerReference, namespace: string, context: Context): Scale | undefined {
  const resource = Object.hasOwn(WORKLOADS, reference.kind) ? WORKLOADS[reference.kind] : undefined;
  const group = reference.kind === 'ReplicationController' ? '' : 'apps';
  if (!resource || parseGroupVersion(reference.apiVersion).group !== group) return undefined;
  const workload = context.cache.get(resource, namespace, reference.name);
  if (!workload || workload.metadata.uid !== reference.uid) return undefined;
  const above = reference.kind === 'ReplicaSet' ? controllerOf(workload) : undefined;
  if (above?.kind === 'Deployment') return workloadScale(above, namespace, context);
  return { uid: reference.uid, replicas: workload['spec'].replicas ?? 1 };
}

/** Anything else that has a scale subresource (getScaleController). @throws Error for a kind that has none */
async function otherScale(
  reference: OwnerReference,
  namespace: string,
  { client }: Context,
): Promise<Scale | undefined> {
  const { apiVersion, kind, name, uid } = reference;
  const { group } = parseGroupVersion(apiVersion);
  const root = group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const { resources } = await client.request<{ resources: { name: string; kind: string }[] }>({
    method: 'GET',
    path: root,
  });
  const plural = resources.find((one) => one.kind === kind && !one.name.includes('/'))?.name;
  if (!plural) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
  const named = group === '' ? plural : `${plural}.${group}`;
  if (!resources.some((one) => one.name === `${plural}/scale`))
    throw new Error(`${named} does not implement the scale subresource`);
  try {
    const path = `${root}/namespaces/${namespace}/${plural}/${name}/scale`;
    const scale = await client.request<KubeObject>({ method: 'GET', path });
    return scale.metadata.uid === uid ? { uid, replicas: scale['spec']?.replicas ?? 0 } : undefined;
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
