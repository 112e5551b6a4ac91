/** Volumes and where they come from (kubectl describe.go describeVolumes). */
import { compareStrings } from '../../apimachinery/json-text';
import { toQuantity } from '../../apimachinery/quantity';
import { MAX_ANNOTATION, shorten } from './maps';
import { writeClaim } from './persistent-volume-claim';
import { listText } from './values';
import type { Described, DescriptionWriter } from './writer';

/** What is shown of a source: its kind in words, and the fields by their titles. */
export interface Shown {
  type: string;
  fields: Readonly<Record<string, (source: Described) => unknown>>;
}

const readOnly = (source: Described) => source.readOnly ?? false;
const fsType = (source: Described) => source.fsType;
const volumeID = (source: Described) => source.volumeID;
/** A pointer to a reference as Go prints it. */
const localReference = ({ secretRef }: Described) =>
  secretRef ? `&LocalObjectReference{Name:${secretRef.name ?? ''},}` : 'nil';
const options = (map: Record<string, unknown> = {}) =>
  `map[${Object.keys(map)
    .sort(compareStrings)
    .map((key) => `${key}:${map[key]}`)
    .join(' ')}]`;

/** The sources of which a list of fields is all there is to show; pods look for theirs in this order. */
export const SOURCES: Readonly<Record<string, Shown>> = {
  hostPath: {
    type: 'HostPath (bare host directory volume)',
    fields: { Path: ({ path }) => path, HostPathType: ({ type }) => type ?? '<none>' },
  },
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: {
      Medium: ({ medium }) => medium,
      SizeLimit: ({ sizeLimit }) => (toQuantity(sizeLimit).sign() > 0 ? toQuantity(sizeLimit) : '<unset>'),
    },
  },
  gcePersistentDisk: {
    type: 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)',
    fields: {
      PDName: ({ pdName }) => pdName,
      FSType: fsType,
      Partition: ({ partition }) => partition ?? 0,
      ReadOnly: readOnly,
    },
  },
  awsElasticBlockStore: {
    type: 'AWSElasticBlockStore (a Persistent Disk resource in AWS)',
    fields: { VolumeID: volumeID, FSType: fsType, Partition: ({ partition }) => partition ?? 0, ReadOnly: readOnly },
  },
  gitRepo: {
    type: 'GitRepo (a volume that is pulled from git when the pod is created)',
    fields: { Repository: ({ repository }) => repository, Revision: ({ revision }) => revision },
  },
  secret: {
    type: 'Secret (a volume populated by a Secret)',
    fields: { SecretName: ({ secretName }) => secretName, Optional: ({ optional }) => optional === true },
  },
  configMap: {
    type: 'ConfigMap (a volume populated by a ConfigMap)',
    fields: { Name: ({ name }) => name, Optional: ({ optional }) => optional === true },
  },
  nfs: {
    type: 'NFS (an NFS mount that lasts the lifetime of a pod)',
    fields: { Server: ({ server }) => server, Path: ({ path }) => path, ReadOnly: readOnly },
  },
  iscsi: {
    type: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    fields: {
      TargetPortal: ({ targetPortal }) => targetPortal,
      IQN: ({ iqn }) => iqn,
      Lun: ({ lun }) => lun ?? 0,
      ISCSIInterface: ({ iscsiInterface }) => iscsiInterface,
      FSType: fsType,
      ReadOnly: readOnly,
      Portals: ({ portals }) => listText(portals),
      DiscoveryCHAPAuth: ({ chapAuthDiscovery }) => chapAuthDiscovery ?? false,
      SessionCHAPAuth: ({ chapAuthSession }) => chapAuthSession ?? false,
      SecretRef: localReference,
      InitiatorName: ({ initiatorName }) => initiatorName ?? '<none>',
    },
  },
  glusterfs: {
    type: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    fields: { EndpointsName: ({ endpoints }) => endpoints, Path: ({ path }) => path, ReadOnly: readOnly },
  },
  persistentVolumeClaim: {
    type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    fields: { ClaimName: ({ claimName }) => claimName, ReadOnly: readOnly },
  },
  ephemeral: {
    type: 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    fields: {},
  },
  rbd: {
    type: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    fields: {
      CephMonitors: ({ monitors }) => listText(monitors),
      RBDImage: ({ image }) => image,
      FSType: fsType,
      RBDPool: ({ pool }) => pool,
      RadosUser: ({ user }) => user,
      Keyring: ({ keyring }) => keyring,
      SecretRef: localReference,
      ReadOnly: readOnly,
    },
  },
  quobyte: {
    type: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    fields: { Registry: ({ registry }) => registry, Volume: ({ volume }) => volume, ReadOnly: readOnly },
  },
  azureDisk: {
    type: 'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    fields: {
      DiskName: ({ diskName }) => diskName,
      DiskURI: ({ diskURI }) => diskURI,
      Kind: ({ kind }) => kind,
      FSType: fsType,
      CachingMode: ({ cachingMode }) => cachingMode,
      ReadOnly: readOnly,
    },
  },
  vsphereVolume: {
    type: 'vSphereVolume (a Persistent Disk resource in vSphere)',
    fields: {
      VolumePath: ({ volumePath }) => volumePath,
      FSType: fsType,
      StoragePolicyName: ({ storagePolicyName }) => storagePolicyName,
    },
  },
  cinder: {
    type: 'Cinder (a Persistent Disk resource in OpenStack)',
    fields: { VolumeID: volumeID, FSType: fsType, ReadOnly: readOnly, SecretRef: localReference },
  },
  photonPersistentDisk: {
    type: 'PhotonPersistentDisk (a Persistent Disk resource in photon platform)',
    fields: { PdID: ({ pdID }) => pdID, FSType: fsType },
  },
  portworxVolume: { type: 'PortworxVolume (a Portworx Volume resource)', fields: { VolumeID: volumeID } },
  scaleIO: {
    type: 'ScaleIO (a persistent volume backed by a block device in ScaleIO)',
    fields: {
      Gateway: ({ gateway }) => gateway,
      System: ({ system }) => system,
      'Protection Domain': ({ protectionDomain }) => protectionDomain,
      'Storage Pool': ({ storagePool }) => storagePool,
      'Storage Mode': ({ storageMode }) => storageMode,
      VolumeName: ({ volumeName }) => volumeName,
      FSType: fsType,
      ReadOnly: readOnly,
    },
  },
  cephfs: {
    type: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    fields: {
      Monitors: ({ monitors }) => listText(monitors),
      Path: ({ path }) => path,
      User: ({ user }) => user,
      SecretFile: ({ secretFile }) => secretFile,
      SecretRef: localReference,
      ReadOnly: readOnly,
    },
  },
  storageos: {
    type: 'StorageOS (a StorageOS Persistent Disk resource)',
    fields: {
      VolumeName: ({ volumeName }) => volumeName,
      VolumeNamespace: ({ volumeNamespace }) => volumeNamespace,
      FSType: fsType,
      ReadOnly: readOnly,
    },
  },
  fc: {
    type: 'FC (a Fibre Channel disk)',
    fields: {
      TargetWWNs: ({ targetWWNs = [] }) => targetWWNs.join(', '),
      LUN: ({ lun }) => lun ?? '<none>',
      FSType: fsType,
      ReadOnly: readOnly,
    },
  },
  azureFile: {
    type: 'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    fields: { SecretName: ({ secretName }) => secretName, ShareName: ({ shareName }) => shareName, ReadOnly: readOnly },
  },
  flexVolume: {
    type: 'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
    fields: {
      Driver: ({ driver }) => driver,
      FSType: fsType,
      SecretRef: localReference,
      ReadOnly: readOnly,
      Options: (source) => options(source.options),
    },
  },
  flocker: {
    type: 'Flocker (a Flocker volume mounted by the Flocker agent)',
    fields: { DatasetName: ({ datasetName }) => datasetName, DatasetUUID: ({ datasetUUID }) => datasetUUID },
  },
  csi: {
    type: 'CSI (a Container Storage Interface (CSI) volume source)',
    fields: { Driver: ({ driver }) => driver, FSType: fsType, ReadOnly: readOnly },
  },
  image: {
    type: 'Image (a container image or OCI artifact)',
    fields: { Reference: ({ reference }) => reference, PullPolicy: ({ pullPolicy }) => pullPolicy },
  },
};

export function writeVolumes(writer: DescriptionWriter, volumes: readonly Described[] = [], indent: string): void {
  if (volumes.length === 0) {
    writer.write(0, `${indent}Volumes:\t<none>\n`);
    return;
  }
  writer.write(0, `${indent}Volumes:\n`);
  for (const volume of volumes) {
    writer.write(1, `${indent ? ' ' : ''}${volume.name}:\n`);
    if (volume.projected) writeProjected(writer, volume.projected);
    else if (volume.downwardAPI) writeDownwardApi(writer, volume.downwardAPI);
    else {
      writeSource(writer, volume, SOURCES);
      const template = volume.ephemeral?.volumeClaimTemplate;
      if (template) writeClaim(writer.nested(2), template);
    }
  }
}

/** The one source that `volume` has, of those that are known. */
export function writeSource(
  writer: DescriptionWriter,
  volume: Described,
  sources: Readonly<Record<string, Shown>>,
): void {
  for (const [name, { type, fields }] of Object.entries(sources)) {
    const source = volume[name];
    if (source === undefined || source === null) continue;
    writer.write(2, `Type:\t${type}\n`);
    // Upstream forgot a colon.
    for (const [title, value] of Object.entries(fields))
      writer.write(2, `${title}${title === 'ISCSIInterface' ? '' : ':'}\t${value(source) ?? ''}\n`);
    if (name === 'csi') writeVolumeAttributes(writer, source.volumeAttributes);
    return;
  }
  writer.write(1, '<unknown>\n');
}

function writeProjected(writer: DescriptionWriter, { sources }: Described): void {
  writer.write(2, 'Type:\tProjected (a volume that contains injected data from multiple sources)\n');
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of sources ?? []) {
    if (secret) writer.write(2, `SecretName:\t${secret.name}\n    Optional:\t${secret.optional === true}\n`);
    else if (downwardAPI) writer.write(2, 'DownwardAPI:\ttrue\n');
    else if (configMap)
      writer.write(2, `ConfigMapName:\t${configMap.name}\n    Optional:\t${configMap.optional === true}\n`);
    else if (serviceAccountToken)
      writer.write(2, `TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds}\n`);
  }
}

function writeDownwardApi(writer: DescriptionWriter, { items = [] }: Described): void {
  writer.write(2, 'Type:\tDownwardAPI (a volume populated by information about the pod)\n    Items:\n');
  for (const { fieldRef, resourceFieldRef, path } of items) {
    if (fieldRef) writer.write(3, `${fieldRef.fieldPath} -> ${path}\n`);
    if (resourceFieldRef) writer.write(3, `${resourceFieldRef.resource} -> ${path}\n`);
  }
}

function writeVolumeAttributes(writer: DescriptionWriter, attributes: Record<string, string> = {}): void {
  writer.write(2, 'VolumeAttributes:\t');
  const keys = Object.keys(attributes).sort(compareStrings);
  if (keys.length === 0) writer.write(0, '<none>\n');
  for (const [i, key] of keys.entries()) {
    if (i > 0) {
      writer.write(2, '');
      writer.write(2, '\t');
    }
    writer.write(2, `${shorten(`${key}=${attributes[key]}`, MAX_ANNOTATION)}\n`);
  }
}
