/** The claims that a pod's volumes stand for, and what is known of volumes (component-helpers `storage/{volume,ephemeral}`). */
import type { KubeObject } from '../../../apimachinery/meta';

export { storageClassOf as classOf } from '../../../apimachinery/storage-class';

import type { Objects } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { termTest } from '../node-selector';
import type { PodInfo, PodVolume } from '../pod-info';

export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';

/** The name of the claim that a volume uses, and whether it is made for the pod. */
export function claimOf(pod: PodInfo, volume: PodVolume): { name: string; ephemeral: boolean } | undefined {
  if (volume.persistentVolumeClaim) return { name: volume.persistentVolumeClaim.claimName, ephemeral: false };
  if (volume.ephemeral) return { name: `${pod.name}-${volume.name}`, ephemeral: true };
  return undefined;
}

/** Does a claim of this name belong to any of the pod's volumes? */
export function usesClaim(pod: PodInfo, claim: KubeObject | undefined): boolean {
  if (!claim || claim.metadata.namespace !== pod.namespace) return false;
  return pod.volumes.some((volume) => claimOf(pod, volume)?.name === claim.metadata.name);
}

/** Does any of the pod's volumes name this claim? One that is made for the pod is not named. */
export function namesClaim({ namespace, volumes }: PodInfo, claim: KubeObject | undefined): boolean {
  if (!claim || claim.metadata.namespace !== namespace) return false;
  return volumes.some(({ persistentVolumeClaim: named }) => named && named.claimName === claim.metadata.name);
}

/** Is the claim owned by the pod (ephemeral.VolumeIsForPod)? The complaint where it is not. */
export function notForPod(pod: PodInfo, claim: KubeObject): string | undefined {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.uid === pod.uid) return undefined;
  const { namespace, name } = claim.metadata;
  return `PVC ${namespace}/${name} was not created for pod ${pod.namespace}/${pod.name} (pod is not owner)`;
}

/** Is a claim's volume bound for good (isPVCFullyBound)? */
export function isFullyBound(claim: KubeObject): boolean {
  return !!claim['spec'].volumeName && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** May a volume be used on a node (CheckNodeAffinity)? */
export function volumeAllows(volume: KubeObject, node: Pick<NodeInfo, 'labels' | 'name'>): boolean {
  const terms = volume['spec'].nodeAffinity?.required?.nodeSelectorTerms;
  if (!terms) return true;
  // Only labels count here.
  return terms.some((term: Parameters<typeof termTest>[0]) => termTest(term)({ labels: node.labels, name: '' }));
}

export function claimNamed(objects: Objects, namespace: string, name: string): KubeObject | undefined {
  return objects.get('persistentvolumeclaims', namespace, name);
}

export function volumeNamed(objects: Objects, name: string): KubeObject | undefined {
  return objects.get('persistentvolumes', '', name);
}

export function storageClassNamed(objects: Objects, name: string): KubeObject | undefined {
  return objects.get('storageclasses.storage.k8s.io', '', name);
}

/** Upstream's words for a claim that is not there. */
export function claimNotFound(name: string): string {
  return `persistentvolumeclaim "${name}" not found`;
}
