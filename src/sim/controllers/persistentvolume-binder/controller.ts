/**
 * Binds claims to volumes, and sees to volumes whose claims are gone (kubernetes `pkg/controller/volume/persistentvolume`).
 * Upstream looks at everything again every 15 s; here a claim is looked at again when anything changes that it could wait for.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isDefaultClass } from '../../../apimachinery/storage-class';
import type { Context, Controller, IndexedCache } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { classOf } from '../../scheduler/plugins/volume-claims';
import { syncClaim } from './sync-claim';
import { syncVolume } from './sync-volume';

const controller: Controller = {
  name: 'persistent-volume-binder',
  user: 'system:serviceaccount:kube-system:persistent-volume-binder',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'persistentvolume-controller' },
  watches: [
    { resource: 'persistentvolumes', keys: volumeKeys },
    { resource: 'persistentvolumeclaims', keys: claimKeys },
    { resource: 'storageclasses.storage.k8s.io', keys: classKeys },
  ],
  async reconcile(key, context: Context) {
    const { namespace, name } = splitKey(key);
    if (namespace === '') {
      const volume = context.cache.get('persistentvolumes', '', name);
      if (volume) await syncVolume(volume, context);
    } else {
      const claim = context.cache.get('persistentvolumeclaims', namespace, name);
      if (claim) await syncClaim(claim, context);
    }
    return undefined;
  },
};
export default controller;

/** The volume, the claim that it belongs to, and those that could want it. */
function volumeKeys(volume: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const name = volume.metadata.name ?? '';
  const keys = [name];
  const { claimRef } = volume['spec'];
  for (const reference of [claimRef, previous?.['spec'].claimRef])
    if (reference) keys.push(`${reference.namespace}/${reference.name}`);
  for (const claim of cache.index('persistentvolumeclaims', 'volume', name)) keys.push(keyOf(claim));
  const opens = volume['status']?.phase === 'Available' && !claimRef;
  if (opens) for (const claim of waiting(cache, classOf(volume))) keys.push(keyOf(claim));
  return keys;
}

/** The claim, and the volumes that are promised to it. */
function claimKeys(claim: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const key = keyOf(claim);
  const keys = [key];
  for (const name of [claim['spec'].volumeName, previous?.['spec'].volumeName]) if (name) keys.push(name);
  for (const volume of cache.index('persistentvolumes', 'claim', key)) keys.push(volume.metadata.name ?? '');
  return keys;
}

/** The claims that wait for volumes of the class; a default one is the class of claims without any. */
function classKeys(storageClass: KubeObject, cache: IndexedCache): readonly string[] {
  const keys = waiting(cache, storageClass.metadata.name ?? '').map(keyOf);
  if (isDefaultClass(storageClass)) keys.push(...waiting(cache, '').map(keyOf));
  return keys;
}

function waiting(cache: IndexedCache, storageClass: string): readonly KubeObject[] {
  return cache.index('persistentvolumeclaims', 'unbound', storageClass);
}
