/** What becomes of a volume (`pv_controller.go` syncVolume, reclaimVolume, recycleVolumeOperation, deleteVolumeOperation). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context } from '../../controller';
import { isPodTerminal } from '../pod-state';
import { setVolumePhase, unbind, VOLUMES } from './bind';

export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const MIGRATED_TO = 'pv.kubernetes.io/migrated-to';

export async function syncVolume(volume: KubeObject, context: Context): Promise<void> {
  const { cache, client } = context;
  const { claimRef, persistentVolumeReclaimPolicy: policy } = volume['spec'];
  if (!claimRef?.uid) {
    await setVolumePhase(client, volume, 'Available');
    return;
  }
  const found = cache.get('persistentvolumeclaims', claimRef.namespace ?? '', claimRef.name ?? '');
  const claim = found?.metadata.uid === claimRef.uid ? found : undefined;
  if (!claim) return release(volume, context);
  const name: string | undefined = claim['spec'].volumeName;
  // The claim is on its way to it.
  if (!name) return;
  if (name === volume.metadata.name) {
    await setVolumePhase(client, volume, 'Bound');
    return;
  }
  const made = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined;
  if (made && policy === 'Delete') return release(volume, context);
  return unbind(client, volume);
}

/** Its claim is gone: what happens to it is its reclaim policy's to say. */
async function release(volume: KubeObject, context: Context): Promise<void> {
  const phase = volume['status']?.phase;
  const released =
    phase === 'Released' || phase === 'Failed' ? volume : await setVolumePhase(context.client, volume, 'Released');
  if (released.metadata.annotations?.[MIGRATED_TO]) return;
  const policy = released['spec'].persistentVolumeReclaimPolicy;
  if (policy === 'Delete') await remove(released, context);
  else if (policy === 'Recycle') await recycle(released, context);
}

async function fail(volume: KubeObject, reason: string, message: string, { client, events }: Context): Promise<void> {
  if (volume['status']?.phase === 'Failed') return;
  events.event(await setVolumePhase(client, volume, 'Failed', message), 'Warning', reason, message);
}

/** Only files of a node or of an NFS server can be wiped by a pod. */
async function recycle(volume: KubeObject, context: Context): Promise<void> {
  const { namespace = '', name = '' } = volume['spec'].claimRef;
  const pods = context.cache
    .index('pods', 'reference', `persistentvolumeclaims/${namespace}/${name}`)
    .filter((pod) => !isPodTerminal(pod))
    .map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`);
  if (pods.length > 0 && !context.cache.get('persistentvolumeclaims', namespace, name)) {
    const message = `Volume is used by pods: ${pods.join(',')}`;
    context.events.event(volume, 'Normal', 'VolumeFailedRecycle', message);
    return;
  }
  if (!volume['spec'].hostPath && !volume['spec'].nfs)
    return fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!', context);
  context.events.event(volume, 'Normal', 'VolumeRecycled', 'Volume recycled');
  await unbind(context.client, volume);
}

async function remove(volume: KubeObject, context: Context): Promise<void> {
  const complaint = deletionComplaint(volume);
  if (complaint === 'not here') return;
  if (complaint !== undefined) return fail(volume, 'VolumeFailedDelete', complaint, context);
  try {
    await context.client.delete(VOLUMES, '', volume.metadata.name ?? '');
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

/** Whether the controller manager can delete what the volume stands for; others do that for drivers (findDeletablePlugin). */
function deletionComplaint({ metadata, ...volume }: KubeObject): string | 'not here' | undefined {
  const { hostPath, csi } = volume['spec'];
  if (metadata.annotations?.[PROVISIONED_BY] || csi) return 'not here';
  if (!hostPath)
    return `error getting deleter volume plugin for volume ${JSON.stringify(metadata.name)}: no deletable volume plugin matched`;
  // pkg/volume/hostpath: nothing but scratch space is deleted.
  return /^\/tmp\/.+/.test(hostPath.path)
    ? undefined
    : `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`;
}
