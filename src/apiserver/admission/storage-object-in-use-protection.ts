/** StorageObjectInUseProtection: claims and volumes are made with what protects them (kubernetes `plugin/pkg/admission/storage/storageobjectinuseprotection`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { AdmissionPlugin } from './plugin';

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumes: 'kubernetes.io/pv-protection',
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
};

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',

  handles(operation, { info }, subresource) {
    return operation === 'CREATE' && subresource === '' && info.group === '' && Object.hasOwn(FINALIZERS, info.plural);
  },

  admit({ object, resource }) {
    const { metadata } = object as KubeObject;
    const finalizer = FINALIZERS[resource.info.plural] as string;
    if (metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
