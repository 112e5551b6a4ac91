/**
 * The drivers of storage classes: they make volumes for claims, make them larger or otherwise, and delete them when they are released
 * (kubernetes-csi external-provisioner and external-resizer). Which drivers there are is told by drivers.ts.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { PHASE } from '../../changed-parts';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { BIND_COMPLETED, classOf, storageClassNamed } from '../../scheduler/plugins/volume-claims';
import { isHeld, removeFinalizer } from '../finalizers';
import { VOLUMES } from '../persistentvolume-binder/bind';
import { MIGRATED_TO } from '../persistentvolume-binder/provisioner-names';
import { PROVISIONER } from '../persistentvolume-binder/sync-claim';
import { PROVISIONED_BY } from '../persistentvolume-binder/sync-volume';
import { isAtWork } from './drivers';
import { expand, wantsMore } from './expand';
import { type Modified, modify, wantsOther } from './modify';
import { FINALIZER } from './new-volume';
import { provision } from './provision';

const controller: Controller = {
  name: 'csi-provisioner',
  user: 'system:serviceaccount:kube-system:csi-provisioner',
  fieldManager: 'csi-provisioner',
  watches: [
    {
      resource: 'persistentvolumeclaims',
      keys: (claim) => (needsVolume(claim) || isToChange(claim) ? [keyOf(claim)] : []),
    },
    { resource: 'persistentvolumes', keys: (volume) => (isOver(volume) ? [volume.metadata.name ?? ''] : []) },
    { resource: 'pods', minds: PHASE, keys: claimsOfRunning },
    { resource: 'csidrivers.storage.k8s.io', keys: (_, cache) => waitingClaims(cache) },
    {
      resource: 'volumeattributesclasses.storage.k8s.io',
      keys: ({ metadata }, cache) =>
        cache
          .list('persistentvolumeclaims')
          .filter((claim) => claim['spec'].volumeAttributesClassName === metadata.name && wantsOther(claim))
          .map(keyOf),
    },
    {
      resource: 'storageclasses.storage.k8s.io',
      keys: ({ metadata }, cache) =>
        cache
          .index('persistentvolumeclaims', 'unbound', metadata.name ?? '')
          .filter(needsVolume)
          .map(keyOf),
    },
  ],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    if (namespace === '') return reclaim(name, context);
    const claim = context.cache.get('persistentvolumeclaims', namespace, name);
    if (claim && needsVolume(claim)) return provision(claim, context);
    return claim && isToChange(claim) ? change(claim, context) : undefined;
  },
};
export default controller;

function needsVolume({ metadata, ...claim }: KubeObject): boolean {
  const { annotations = {} } = metadata;
  return !claim['spec'].volumeName && annotations[PROVISIONER] !== undefined && !annotations[BIND_COMPLETED];
}

function waitingClaims(cache: IndexedCache): readonly string[] {
  return cache.list('persistentvolumeclaims').filter(needsVolume).map(keyOf);
}

/** Has its claim gone, or is it to go itself? */
function isOver({ metadata, ...volume }: KubeObject): boolean {
  if (metadata.annotations?.[PROVISIONED_BY] === undefined) return false;
  return metadata.deletionTimestamp !== undefined || volume['status']?.phase === 'Released';
}

/** A pod that begins to run is where a file system can grow. */
function claimsOfRunning(pod: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  if (pod['status']?.phase !== 'Running' || previous?.['status']?.phase === 'Running') return [];
  const { namespace = '' } = pod.metadata;
  const keys: string[] = [];
  for (const { persistentVolumeClaim } of pod['spec'].volumes ?? []) {
    const name: string | undefined = persistentVolumeClaim?.claimName;
    const claim = name === undefined ? undefined : cache.get('persistentvolumeclaims', namespace, name);
    if (claim && wantsMore(claim)) keys.push(keyOf(claim));
  }
  return keys;
}

function isToChange(claim: KubeObject): boolean {
  return wantsMore(claim) || wantsOther(claim);
}

/** One thing at a time: what is written brings the claim back here. */
async function change(claim: KubeObject, context: Context): Promise<Result | undefined> {
  const { wrote, result }: Modified = wantsOther(claim) ? await modify(claim, context) : { wrote: false };
  const again = !wrote && wantsMore(claim) ? await grow(claim, context) : undefined;
  return !result || (again?.requeueAfter ?? Infinity) < (result.requeueAfter ?? Infinity) ? again : result;
}

async function grow(claim: KubeObject, context: Context): Promise<Result | undefined> {
  const storageClass = storageClassNamed(context.cache, classOf(claim));
  const provisioner = claim.metadata.annotations?.[PROVISIONER];
  if (!provisioner || !isAtWork(provisioner, storageClass, context.cache)) return undefined;
  return expand(claim, provisioner, storageClass, context);
}

/** Deletes what nobody needs any more, and then lets the volume go (shouldDelete, deleteVolumeOperation). */
async function reclaim(name: string, { cache, client }: Context): Promise<Result | undefined> {
  const volume = cache.get('persistentvolumes', '', name);
  if (!volume || !isOver(volume)) return undefined;
  const { annotations = {} } = volume.metadata;
  const driver = annotations[MIGRATED_TO] ?? annotations[PROVISIONED_BY] ?? '';
  if (!isAtWork(driver, storageClassNamed(cache, classOf(volume)), cache)) return undefined;
  const isDeleted = volume.metadata.deletionTimestamp !== undefined;
  if (isDeleted && isHeld(volume, FINALIZER) && volume['status']?.phase !== 'Bound')
    await removeFinalizer(client, VOLUMES, volume, FINALIZER);
  if (isDeleted || volume['spec'].persistentVolumeReclaimPolicy !== 'Delete') return undefined;
  try {
    await client.delete(VOLUMES, '', name);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
  return undefined;
}
