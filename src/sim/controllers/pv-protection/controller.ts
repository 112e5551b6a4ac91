/** Volumes that are bound stay (kubernetes `pkg/controller/volume/pvprotection/pv_protection_controller.go`). */
import type { Controller } from '../../controller';
import { addFinalizer, isHeld, lacksFinalizer, removeFinalizer } from '../finalizers';
import { VOLUMES } from '../persistentvolume-binder/bind';

const FINALIZER = 'kubernetes.io/pv-protection';

const controller: Controller = {
  name: 'pv-protection-controller',
  user: 'system:serviceaccount:kube-system:pv-protection-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    {
      resource: 'persistentvolumes',
      keys: (volume) =>
        isHeld(volume, FINALIZER) || lacksFinalizer(volume, FINALIZER) ? [volume.metadata.name ?? ''] : [],
    },
  ],
  async reconcile(name, { cache, client }) {
    const volume = cache.get('persistentvolumes', '', name);
    if (!volume) return undefined;
    if (lacksFinalizer(volume, FINALIZER)) await addFinalizer(client, VOLUMES, volume, FINALIZER);
    else if (isHeld(volume, FINALIZER) && volume['status']?.phase !== 'Bound')
      await removeFinalizer(client, VOLUMES, volume, FINALIZER);
    return undefined;
  },
};
export default controller;
