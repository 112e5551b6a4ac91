/** What becomes of a volume (`pv_controller.go` syncVolume, reclaimVolume, recycleVolumeOperation, deleteVolumeOperation). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context } from '../../controller';
import { isPodTerminal } from '../pod-state';
import { annotated, setVolumePhase, unbind, VOLUMES } from './bind';
import { MIGRATED_TO, newlyMigrated } from './provisioner-names';

export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

export async function syncVolume(volume: KubeObject, context: Context): Promise<void> {
  const { cache, client } = context;
  const driver = newlyMigrated(volume.metadata, PROVISIONED_BY);
  if (driver) {
    await client.update(VOLUMES, { ...volume, metadata: annotated(volume.metadata, { [MIGRATED_TO]: driver }) });
    return;
  }
  const { claimRef, persistentVolumeReclaimPolicy: policy } = volume['spec'];
  if (!claimRef?.uid) {
    await setVolumePhase(client, volume, 'Available');
    return;
  }
  const found = cache.get('persistentvolumeclaims', claimRef.namespace ?? '', claimRef.name ?? '');
  const claim = found?.metadata.uid === claimRef.uid ? found : undefined;
  if (!claim) return release(volume, context);
  const name: string | undefined = claim['spec'].volumeName;
  // The claim is on its way to it, unless it never can be.
  if (!name) return complainOfMode(volume, claim, context);
  if (name === volume.metadata.name) {
    await setVolumePhase(client, volume, 'Bound');
    return;
  }
  const made = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined;
  if (made && policy === 'Delete') return release(volume, context);
  return unbind(client, volume);
}

function complainOfMode(volume: KubeObject, claim: KubeObject, { events }: Context): void {
  const modeOf = ({ spec }: KubeObject) => spec.volumeMode ?? 'Filesystem';
  if (modeOf(volume) === modeOf(claim)) return;
  const [own, wanted] = [volume, claim].map(({ metadata }) => JSON.stringify(metadata.name));
  const why = 'due to incompatible volumeMode.';
  const text = `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${wanted} ${why}`;
  events.event(volume, 'Warning', 'VolumeMismatch', text);
  const answer = `Cannot bind PersistentVolume ${own} to requested PersistentVolumeClaim ${why}`;
  events.event(claim, 'Warning', 'VolumeMismatch', answer);
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
    .map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`)
    .sort();
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
  const maker = metadata.annotations?.[PROVISIONED_BY];
  if (maker?.startsWith('kubernetes.io/') && maker !== 'kubernetes.io/host-path')
    return `no volume plugin matched name: ${maker}`;
  if ((maker && maker !== 'kubernetes.io/host-path') || csi) return 'not here';
  if (!hostPath)
    return `error getting deleter volume plugin for volume ${JSON.stringify(metadata.name)}: no deletable volume plugin matched`;
  // pkg/volume/hostpath: nothing but scratch space is deleted.
  return /\/tmp\/.+/.test(hostPath.path)
    ? undefined
    : `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`;
}
