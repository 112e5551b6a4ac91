/** Claims that pods use stay (kubernetes `pkg/controller/volume/pvcprotection/pvc_protection_controller.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { PHASE, SPEC } from '../../changed-parts';
import type { Controller, IndexedCache } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { addFinalizer, isHeld, lacksFinalizer, removeFinalizer } from '../finalizers';
import { CLAIMS } from '../persistentvolume-binder/bind';
import { isPodTerminal } from '../pod-state';

const FINALIZER = 'kubernetes.io/pvc-protection';

const controller: Controller = {
  name: 'pvc-protection-controller',
  user: 'system:serviceaccount:kube-system:pvc-protection-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    {
      resource: 'persistentvolumeclaims',
      keys: (claim) => (isHeld(claim, FINALIZER) || lacksFinalizer(claim, FINALIZER) ? [keyOf(claim)] : []),
    },
    { resource: 'pods', minds: SPEC | PHASE, keys: claimsLetGo },
  ],
  async reconcile(key, { cache, client }) {
    const { namespace, name } = splitKey(key);
    const claim = cache.get('persistentvolumeclaims', namespace, name);
    if (!claim) return undefined;
    if (lacksFinalizer(claim, FINALIZER)) await addFinalizer(client, CLAIMS, claim, FINALIZER);
    else if (isHeld(claim, FINALIZER) && !isUsed(claim, cache)) await removeFinalizer(client, CLAIMS, claim, FINALIZER);
    return undefined;
  },
};
export default controller;

/** The claims of a pod that is gone, or has ended, or never had a node. */
function claimsLetGo(pod: KubeObject, cache: IndexedCache): readonly string[] {
  const claims = claimNames(pod);
  if (claims.length === 0) return claims;
  const { namespace = '', name = '' } = pod.metadata;
  const gone = cache.get('pods', namespace, name)?.metadata.uid !== pod.metadata.uid;
  if (!gone && !isPodTerminal(pod) && pod['spec'].nodeName) return [];
  return claims.map((claim) => `${namespace}/${claim}`);
}

interface Volume {
  name: string;
  persistentVolumeClaim?: { claimName: string };
  ephemeral?: object;
}

function claimNames(pod: KubeObject): string[] {
  const names: string[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of (pod['spec'].volumes ?? []) as Volume[]) {
    if (persistentVolumeClaim) names.push(persistentVolumeClaim.claimName);
    else if (ephemeral) names.push(`${pod.metadata.name}-${name}`);
  }
  return names;
}

/** Only pods with a node count: no kubelet starts a pod whose claim is being deleted. */
function isUsed(claim: KubeObject, cache: IndexedCache): boolean {
  return cache
    .index('pods', 'reference', `persistentvolumeclaims/${keyOf(claim)}`)
    .some((pod) => pod['spec'].nodeName && podUses(pod, claim));
}

function podUses(pod: KubeObject, claim: KubeObject): boolean {
  const shutDown = pod.metadata.deletionTimestamp !== undefined && pod.metadata.deletionGracePeriodSeconds === 0;
  const owned = claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.metadata.uid);
  return ((pod['spec'].volumes ?? []) as Volume[]).some(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName === claim.metadata.name ||
      (ephemeral && !shutDown && owned && `${pod.metadata.name}-${name}` === claim.metadata.name),
  );
}
