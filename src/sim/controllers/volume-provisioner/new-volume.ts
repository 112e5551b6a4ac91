/** A volume as a provisioner makes it for a claim (sig-storage-lib-external-provisioner `controller/controller.go`, external-provisioner `pkg/controller/controller.go`). */
import { type Json, type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { PROVISIONED_BY } from '../persistentvolume-binder/sync-volume';
import { driverNamed } from './drivers';

export const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';

/** Parameter of a StorageClass: the label of nodes that its volumes are tied to. */
const TOPOLOGY = 'kubetick.dev/topology';

/** What the volume of a claim is called. */
export function volumeNameFor(claim: KubeObject): string {
  return `pvc-${claim.metadata.uid}`;
}

export function newVolume(
  claim: KubeObject,
  storageClass: KubeObject,
  provisioner: string,
  node: KubeObject | undefined,
): KubeObject {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = claim.metadata;
  const { accessModes, resources, volumeMode = 'Filesystem', volumeAttributesClassName } = claim['spec'];
  const policy: string = storageClass['reclaimPolicy'] ?? 'Delete';
  const affinity = nodeAffinity(storageClass, provisioner, node);
  const spec: JsonObject = {
    accessModes,
    capacity: { storage: resources?.requests?.storage ?? '0' },
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, resourceVersion, uid },
    persistentVolumeReclaimPolicy: policy,
    storageClassName: storageClass.metadata.name ?? '',
    volumeMode,
    ...(storageClass['mountOptions'] ? { mountOptions: storageClass['mountOptions'] } : {}),
    ...(volumeAttributesClassName ? { volumeAttributesClassName } : {}),
    ...(affinity ? { nodeAffinity: affinity } : {}),
    ...source(claim, provisioner, storageClass),
  };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeNameFor(claim),
      annotations: {
        [PROVISIONED_BY]: provisioner,
        'volume.kubernetes.io/provisioner-deletion-secret-name': '',
        'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
      },
      ...(policy === 'Delete' ? { finalizers: [FINALIZER] } : {}),
    },
    spec,
  };
}

/** A directory for the plain provisioners, for CSI drivers a handle. */
function source(claim: KubeObject, provisioner: string, storageClass: KubeObject): JsonObject {
  const { namespace = '', name = '' } = claim.metadata;
  const { directory } = driverNamed(provisioner);
  const volume = volumeNameFor(claim);
  if (provisioner === 'rancher.io/local-path' && directory)
    return { hostPath: { path: `${directory}/${volume}_${namespace}_${name}`, type: 'DirectoryOrCreate' } };
  if (directory) return { hostPath: { path: `${directory}/${namespace}/${name}`, type: '' } };
  const fsType: string | undefined = storageClass['parameters']?.['csi.storage.k8s.io/fstype'];
  return {
    csi: {
      driver: provisioner,
      volumeHandle: volume,
      ...(fsType ? { fsType } : {}),
      volumeAttributes: { 'storage.kubernetes.io/csiProvisionerIdentity': provisioner },
    },
  };
}

interface TopologyTerm {
  matchLabelExpressions?: { key: string; values?: string[] }[];
}

/** Where the volume can be used: where the pod goes; without one, where the class allows. */
function nodeAffinity(storageClass: KubeObject, provisioner: string, node: KubeObject | undefined): Json | undefined {
  const key: string | undefined = storageClass['parameters']?.[TOPOLOGY] ?? driverNamed(provisioner).topology;
  const value = key === undefined ? undefined : node?.metadata.labels?.[key];
  if (key !== undefined && value !== undefined)
    return required([{ matchExpressions: [{ key, operator: 'In', values: [value] }] }]);
  const terms: TopologyTerm[] = node ? [] : (storageClass['allowedTopologies'] ?? []);
  if (terms.length === 0) return undefined;
  return required(
    terms.map(({ matchLabelExpressions = [] }) => ({
      matchExpressions: matchLabelExpressions.map((one) => ({
        key: one.key,
        operator: 'In',
        values: one.values ?? [],
      })),
    })),
  );
}

function required(nodeSelectorTerms: object[]): Json {
  return jsonOf({ required: { nodeSelectorTerms } });
}
