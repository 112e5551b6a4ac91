/** PersistentVolumeClaimResize: only claims of classes that allow it grow (kubernetes `plugin/pkg/admission/storage/persistentvolume/resize`). */
import type { KubeObject } from '../../apimachinery/meta';
import { wholeValue } from '../../apimachinery/quantity';
import { storageClassOf } from '../../apimachinery/storage-class';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',

  handles(operation, { info }, subresource) {
    return (
      operation === 'UPDATE' && subresource === '' && info.group === '' && info.plural === 'persistentvolumeclaims'
    );
  },

  async validate(attributes) {
    const [claim, old] = [attributes.object as KubeObject, attributes.oldObject as KubeObject];
    if (sizeOf(claim) <= sizeOf(old)) return;
    if (old['status']?.phase !== 'Bound')
      throw admissionForbidden(attributes, 'Only bound persistent volume claims can be expanded');
    if (!(await allows(attributes, storageClassOf(claim), storageClassOf(old))))
      throw admissionForbidden(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
  },
};

function sizeOf(claim: KubeObject): number {
  return wholeValue(claim['spec']?.resources?.requests?.storage);
}

async function allows({ core }: AdmissionAttributes, name: string, oldName: string): Promise<boolean> {
  if (name === '' || name !== oldName) return false;
  const storageClass = await core.reader.get('storage.k8s.io', 'storageclasses', '', name);
  return storageClass?.['allowVolumeExpansion'] === true;
}
