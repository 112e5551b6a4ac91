/** DefaultStorageClass: a claim that names no class gets the default one, if any (kubernetes `plugin/pkg/admission/storage/storageclass/setdefault`). */
import type { KubeObject } from '../../apimachinery/meta';
import {
  defaultStorageClass as defaultOf,
  hasStorageClass,
  namesClasslessVolume,
} from '../../apimachinery/storage-class';
import type { AdmissionPlugin } from './plugin';

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',

  handles(operation, { info }, subresource) {
    return (
      operation === 'CREATE' && subresource === '' && info.group === '' && info.plural === 'persistentvolumeclaims'
    );
  },

  async admit({ object, core }) {
    const claim = object as KubeObject;
    if (hasStorageClass(claim)) return;
    const { volumeName } = claim['spec'];
    const volume = volumeName ? await core.reader.get('', 'persistentvolumes', '', volumeName) : undefined;
    if (namesClasslessVolume(claim, volume)) return;
    const chosen = defaultOf(await core.reader.list('storage.k8s.io', 'storageclasses'));
    if (chosen) claim['spec'].storageClassName = chosen.metadata.name ?? '';
  },
};
