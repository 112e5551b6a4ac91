/** Makes the claims that pods bring with them (kubernetes `pkg/controller/volume/ephemeral/controller.go`). */
import { firstWhere } from '../../../apimachinery/first-where';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context, Controller } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { CLAIMS } from '../persistentvolume-binder/bind';

interface Volume {
  name: string;
  ephemeral?: {
    volumeClaimTemplate?: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: object;
    };
  };
}

const controller: Controller = {
  name: 'ephemeral-volume-controller',
  user: 'system:serviceaccount:kube-system:ephemeral-volume-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'ephemeral_volume' },
  watches: [
    { resource: 'pods', keys: (pod) => (isPending(pod) ? [keyOf(pod)] : NOBODY) },
    {
      // One that is deleted, or was in the way, is made again.
      resource: 'persistentvolumeclaims',
      keys(claim, cache) {
        const { namespace = '', name = '' } = claim.metadata;
        if (cache.get('persistentvolumeclaims', namespace, name)) return [];
        const users = cache.index('pods', 'reference', `persistentvolumeclaims/${namespace}/${name}`);
        return users.filter(isPending).map(keyOf);
      },
    },
  ],
  async reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const pod = context.cache.get('pods', namespace, name);
    if (!pod || pod.metadata.deletionTimestamp) return undefined;
    for (const volume of (pod['spec'].volumes ?? []) as Volume[])
      if (volume.ephemeral && !(await makeClaim(pod, volume, context))) break;
    return undefined;
  },
};
export default controller;

function isEphemeral({ ephemeral }: Volume): boolean {
  return Boolean(ephemeral);
}

const NOBODY: readonly string[] = [];

function isPending(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  return firstWhere(pod['spec'].volumes as Volume[] | undefined, isEphemeral) !== undefined;
}

/** False where somebody else's is in the way. */
async function makeClaim(
  pod: KubeObject,
  { name: volumeName, ephemeral }: Volume,
  { cache, client, events }: Context,
): Promise<boolean> {
  const { namespace = '', name: podName = '', uid = '' } = pod.metadata;
  const name = `${podName}-${volumeName}`;
  const present = cache.get('persistentvolumeclaims', namespace, name);
  const isOurs = present?.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid);
  const template = ephemeral?.volumeClaimTemplate;
  if (isOurs || !template) return true;
  const fail = (why: string) => events.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${volumeName}: ${why}`);
  if (present) {
    fail(`PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`);
    return false;
  }
  const { labels, annotations } = template.metadata ?? {};
  const owner = { apiVersion: 'v1', kind: 'Pod', name: podName, uid, controller: true, blockOwnerDeletion: true };
  try {
    await client.create(CLAIMS, namespace, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        ...(labels ? { labels } : {}),
        ...(annotations ? { annotations } : {}),
        ownerReferences: [owner],
      },
      spec: template.spec,
    });
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) return true;
    fail(`create PVC ${name}: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
  return true;
}
