/** The names of those that make volumes; in-tree ones answer under the name of their CSI driver (csi-translation-lib). */
import type { KubeObject } from '../../../apimachinery/meta';

export const CSI_NAMES: Readonly<Record<string, string>> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com',
  'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com',
  'kubernetes.io/cinder': 'cinder.csi.openstack.org',
  'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
  'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
};

/** Who makes the volumes of a class. */
export function provisionerOf(storageClass: KubeObject): string {
  const name: string = storageClass['provisioner'] ?? '';
  return CSI_NAMES[name] ?? name;
}
