/** The names of those that make volumes; in-tree ones answer under the name of their CSI driver (csi-translation-lib). */
import type { KubeObject, ObjectMeta } from '../../../apimachinery/meta';

export const CSI_NAMES: Readonly<Record<string, string>> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com',
  'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com',
  'kubernetes.io/cinder': 'cinder.csi.openstack.org',
  'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
  'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
};

export const MIGRATED_TO = 'pv.kubernetes.io/migrated-to';

/**
 * The driver that does now what an in-tree one, by name of an annotation, did, where that is not written yet
 * (`pv_controller_base.go` updateMigrationAnnotations).
 */
export function newlyMigrated({ annotations = {} }: ObjectMeta, ...keys: string[]): string | undefined {
  const maker = keys.map((key) => annotations[key]).find((name) => name !== undefined);
  const driver = maker === undefined || !Object.hasOwn(CSI_NAMES, maker) ? undefined : CSI_NAMES[maker];
  return driver === annotations[MIGRATED_TO] ? undefined : driver;
}

/** Who makes the volumes of a class. */
export function provisionerOf(storageClass: KubeObject): string {
  const name: string = storageClass['provisioner'] ?? '';
  return CSI_NAMES[name] ?? name;
}
