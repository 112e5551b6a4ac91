/** Volumes and where they come from (kubectl describe.go describeVolumes). */
import { compareStrings } from '../../apimachinery/json-text';
import type { DescriptionWriter } from './writer';

// biome-ignore lint/suspicious/noExplicitAny: volume sources as the API has them
type Described = any;

/** What is shown of a source: its kind in words, and the fields by their titles. */
interface Shown {
  type: string;
  fields: Readonly<Record<string, (source: Described) => unknown>>;
}

const readOnly = (source: Described) => source.readOnly ?? false;

/** The sources of which a list of fields is all there is to show. */
const SOURCES: Readonly<Record<string, Shown>> = {
  hostPath: {
    type: 'HostPath (bare host directory volume)',
    fields: { Path: ({ path }) => path, HostPathType: ({ type }) => type ?? '<none>' },
  },
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: { Medium: ({ medium }) => medium, SizeLimit: ({ sizeLimit }) => sizeLimit || '<unset>' },
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
  persistentVolumeClaim: {
    type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    fields: { ClaimName: ({ claimName }) => claimName, ReadOnly: readOnly },
  },
  ephemeral: {
    type: 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    fields: {},
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
    writeSource(writer, volume);
  }
}

function writeSource(writer: DescriptionWriter, volume: Described): void {
  for (const [name, { type, fields }] of Object.entries(SOURCES)) {
    const source = volume[name];
    if (source === undefined) continue;
    writer.write(2, `Type:\t${type}\n`);
    for (const [title, value] of Object.entries(fields)) writer.write(2, `${title}:\t${value(source) ?? ''}\n`);
    return;
  }
  if (volume.projected) writeProjected(writer, volume.projected);
  else if (volume.downwardAPI) writeDownwardApi(writer, volume.downwardAPI);
  else if (volume.csi) writeCsi(writer, volume.csi);
  else writer.write(1, '<unknown>\n');
}

function writeProjected(writer: DescriptionWriter, { sources = [] }: Described): void {
  writer.write(2, 'Type:\tProjected (a volume that contains injected data from multiple sources)\n');
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of sources) {
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

function writeCsi(
  writer: DescriptionWriter,
  { driver, fsType = '', volumeAttributes = {}, ...source }: Described,
): void {
  writer.write(2, 'Type:\tCSI (a Container Storage Interface (CSI) volume source)\n');
  writer.write(2, `Driver:\t${driver}\n`);
  writer.write(2, `FSType:\t${fsType}\n`);
  writer.write(2, `ReadOnly:\t${readOnly(source)}\n`);
  const keys = Object.keys(volumeAttributes).sort(compareStrings);
  writer.write(2, `VolumeAttributes:\t${keys.length === 0 ? '<none>\n' : ''}`);
  for (const [i, key] of keys.entries()) {
    const value = String(volumeAttributes[key]);
    writer.write(i === 0 ? 0 : 2, `${i === 0 ? '' : '\t'}    ${key}=${value}\n`);
  }
}
