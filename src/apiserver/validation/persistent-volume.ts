/** Specs of persistent volumes (ValidatePersistentVolumeSpec, pkg/volume/validation). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import { type Json, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { nameIsDNSSubdomain } from '../../apimachinery/names';
import { validateNodeSelector } from './affinity';
import type { NodeSelector, Quantities } from './core-types';
import { complain } from './field-checks';
import { validateAccessModes, validateVolumeMode } from './persistent-volume-claim';
import { validateBasicResource, validatePositiveQuantity } from './resources';
import * as sources from './volume-sources';

export interface VolumeSpec {
  accessModes?: string[];
  capacity?: Quantities;
  claimRef?: { namespace?: string; name?: string };
  mountOptions?: string[];
  nodeAffinity?: { required?: NodeSelector };
  persistentVolumeReclaimPolicy?: string;
  storageClassName?: string;
  volumeAttributesClassName?: string;
  volumeMode?: string;
  hostPath?: { path?: string };
  csi?: { controllerExpandSecretRef?: object };
}

/** The fields that are no source of the volume. */
export const OTHER_FIELDS = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
];

/** `inline` for the spec that stands within a VolumeAttachment. */
export function validateVolumeSpec(
  path: string,
  spec: VolumeSpec,
  volumeName: string,
  inline: boolean,
  errors: FieldError[],
): void {
  const INLINE = 'in the context of inline volumes';
  const { accessModes, capacity = {}, nodeAffinity, persistentVolumeReclaimPolicy: policy } = spec;
  if (inline) {
    const forbid = (field: string) => errors.push(forbiddenField(`${path}.${field}`, `may not be specified ${INLINE}`));
    if (spec.claimRef) forbid('claimRef');
    if (Object.keys(capacity).length > 0) forbid('capacity');
    if (!spec.csi) errors.push(required(`${path}.csi`, `has to be specified ${INLINE}`));
  }
  if (!accessModes?.length) errors.push(required(`${path}.accessModes`));
  validateAccessModes(`${path}.accessModes`, accessModes, errors);
  if (!inline) validateCapacity(`${path}.capacity`, capacity, errors);
  if (policy && inline) {
    if (policy !== 'Retain')
      errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${INLINE}`));
  } else if (policy && !['Delete', 'Recycle', 'Retain'].includes(policy))
    errors.push(notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, ['Delete', 'Recycle', 'Retain']));
  if (nodeAffinity && inline) errors.push(forbiddenField(`${path}.nodeAffinity`, `may not be specified ${INLINE}`));
  else if (nodeAffinity?.required) validateNodeSelector(`${path}.nodeAffinity.required`, nodeAffinity.required, errors);
  else if (nodeAffinity)
    errors.push(required(`${path}.nodeAffinity.required`, 'must specify required node constraints'));
  const hasAffinity = nodeAffinity !== undefined && !inline;
  sources.validateOneSource(path, { ...spec }, sourceKinds(path, volumeName, hasAffinity), errors);
  if (spec.hostPath?.path && cleanIsRoot(spec.hostPath.path) && policy === 'Recycle')
    errors.push(
      forbiddenField(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"),
    );
  validateClasses(path, spec, inline, errors);
}

/** True for `/`, `//`, `/./` and the like. */
function cleanIsRoot(path: string): boolean {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return path.startsWith('/') && parts.length === 0;
}

function validateCapacity(path: string, capacity: Quantities, errors: FieldError[]): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required(path));
  if (names.length !== 1 || names[0] !== 'storage') errors.push(notSupported(path, capacity as Json, ['storage']));
  for (const name of names) {
    validateBasicResource(`${path}[${name}]`, capacity[name], errors);
    validatePositiveQuantity(`${path}[${name}]`, capacity[name], errors);
  }
}

function validateClasses(path: string, spec: VolumeSpec, inline: boolean, errors: FieldError[]): void {
  const { storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec;
  if (storageClassName) {
    const field = `${path}.storageClassName`;
    if (inline) errors.push(forbiddenField(field, 'may not be specified in the context of inline volumes'));
    else complain(field, storageClassName, nameIsDNSSubdomain(storageClassName, false), errors);
  }
  if (!inline) validateVolumeMode(`${path}.volumeMode`, volumeMode, errors);
  else if (volumeMode !== undefined && volumeMode !== 'Filesystem')
    errors.push(
      forbiddenField(
        `${path}.volumeMode`,
        'may not specify volumeMode other than Filesystem in the context of inline volumes',
      ),
    );
  if (attributes === undefined) return;
  const field = `${path}.volumeAttributesClassName`;
  if (attributes === '') errors.push(required(field, 'an empty string is disallowed'));
  else complain(field, attributes, nameIsDNSSubdomain(attributes, false), errors);
  if (!spec.csi) errors.push(required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName'));
}

function sourceKinds(path: string, volumeName: string, hasAffinity: boolean): readonly sources.SourceKind[] {
  return [
    ['hostPath', 'hostPath', sources.validateHostPath],
    ['gcePersistentDisk', 'persistentDisk', sources.validateGCEPersistentDisk],
    ['awsElasticBlockStore', 'awsElasticBlockStore', sources.validateAWSElasticBlockStore],
    ['glusterfs', 'glusterfs', sources.validateGlusterfsPersistent],
    ['flocker', 'flocker', sources.validateFlocker],
    ['nfs', 'nfs', sources.validateNFS],
    ['rbd', 'rbd', sources.validateRBD],
    ['quobyte', 'quobyte', sources.validateQuobyte],
    ['cephfs', 'cephfs', sources.validateCephFS],
    ['iscsi', 'iscsi', sources.validateISCSI(true, volumeName)],
    ['cinder', 'cinder', sources.validateCinder(true)],
    ['fc', 'fc', sources.validateFC],
    ['flexVolume', 'flexVolume', sources.validateFlexVolume],
    ['azureFile', 'azureFile', sources.validateAzureFilePersistent],
    ['vsphereVolume', 'vsphereVolume', sources.validateVsphereVolume],
    ['photonPersistentDisk', 'photonPersistentDisk', sources.validatePhotonPersistentDisk],
    ['portworxVolume', 'portworxVolume', sources.validatePortworxVolume],
    ['azureDisk', 'azureDisk', sources.validateAzureDisk],
    ['scaleIO', 'scaleIO', sources.validateScaleIO],
    [
      'local',
      'local',
      (at, source, errors) => {
        sources.validateLocal(at, source, errors);
        if (!hasAffinity) errors.push(required(`${path}.nodeAffinity`, 'Local volume requires node affinity'));
      },
    ],
    ['storageos', 'storageos', sources.validateStorageOS(true)],
    ['csi', 'csi', sources.validateCSIPersistent],
  ];
}

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
const MOUNTABLE = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
];

/** Only some kinds of volumes take the old annotation with mount options. */
export function validateMountOptions(object: KubeObject, errors: FieldError[]): void {
  if (object.metadata.annotations?.[MOUNT_OPTIONS] === undefined) return;
  const spec = jsonOf(object.spec ?? {});
  if (!MOUNTABLE.some((kind) => spec[kind]))
    errors.push(
      forbiddenField(`metadata.annotations.${MOUNT_OPTIONS}`, 'may not specify mount options for this volume type'),
    );
}

/** An attributes class once chosen may change, but not go. */
export function validateAttributesClassChange(spec: VolumeSpec, old: VolumeSpec, errors: FieldError[]): void {
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    errors.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
}

/** Where the volume is reachable does not change, but for the names of labels. */
export function validateNodeAffinityChange(spec: VolumeSpec, old: VolumeSpec, errors: FieldError[]): void {
  const text = (affinity: VolumeSpec['nodeAffinity']) =>
    JSON.stringify(affinity ?? null)
      .replaceAll('failure-domain.beta.kubernetes.io/', 'topology.kubernetes.io/')
      .replaceAll('beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type')
      .replaceAll('"beta.kubernetes.io/', '"kubernetes.io/');
  if (old.nodeAffinity && text(spec.nodeAffinity) !== text(old.nodeAffinity))
    errors.push(
      invalid(
        'nodeAffinity',
        spec.nodeAffinity ? jsonOf(spec.nodeAffinity) : null,
        'field is immutable, except for updating from beta label to GA',
      ),
    );
}
