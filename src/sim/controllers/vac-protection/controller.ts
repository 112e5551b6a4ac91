/** Classes of volumes' attributes that claims or volumes name stay (kubernetes `pkg/controller/volume/vacprotection/vac_protection_controller.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Controller, IndexedCache } from '../../controller';
import { addFinalizer, isHeld, lacksFinalizer, removeFinalizer } from '../finalizers';

const FINALIZER = 'kubernetes.io/vac-protection';
const CLASSES = { group: 'storage.k8s.io', version: 'v1', resource: 'volumeattributesclasses' };
const CLASS_RESOURCE = 'volumeattributesclasses.storage.k8s.io';

const controller: Controller = {
  name: 'volumeattributesclass-protection-controller',
  user: 'system:serviceaccount:kube-system:volumeattributesclass-protection-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    {
      resource: CLASS_RESOURCE,
      keys: (object) =>
        isHeld(object, FINALIZER) || lacksFinalizer(object, FINALIZER) ? [object.metadata.name ?? ''] : [],
    },
    { resource: 'persistentvolumeclaims', keys: (claim, cache, previous) => heldClasses(claim, previous, cache) },
    { resource: 'persistentvolumes', keys: (volume, cache, previous) => heldClasses(volume, previous, cache) },
  ],
  async reconcile(name, { cache, client }) {
    const object = cache.get(CLASS_RESOURCE, '', name);
    if (!object) return undefined;
    if (lacksFinalizer(object, FINALIZER)) await addFinalizer(client, CLASSES, object, FINALIZER);
    else if (isHeld(object, FINALIZER) && !isNamed(name, cache))
      await removeFinalizer(client, CLASSES, object, FINALIZER);
    return undefined;
  },
};
export default controller;

/** getPVCReferencedVACNames, getPVReferencedVACNames */
function namedBy(object: KubeObject): (string | undefined)[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = object['status'] ?? {};
  const target: string | undefined = modifyVolumeStatus?.targetVolumeAttributesClassName;
  return [object['spec'].volumeAttributesClassName, currentVolumeAttributesClassName, target];
}

/** Those that are let go of, and only wait for that. */
function heldClasses(_: KubeObject, previous: KubeObject | undefined, cache: IndexedCache): readonly string[] {
  if (!previous || cache.count(CLASS_RESOURCE) === 0) return [];
  return namedBy(previous).filter((name) => {
    const held = name ? cache.get(CLASS_RESOURCE, '', name) : undefined;
    return held !== undefined && isHeld(held, FINALIZER);
  }) as string[];
}

function isNamed(name: string, cache: IndexedCache): boolean {
  const names = (object: KubeObject) => namedBy(object).includes(name);
  return cache.list('persistentvolumeclaims').some(names) || cache.list('persistentvolumes').some(names);
}
