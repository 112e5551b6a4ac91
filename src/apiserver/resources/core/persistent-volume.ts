/** Persistent volumes (pkg/registry/core/persistentvolume/strategy.go, pkg/api/persistentvolume). */
import { type FieldError, forbiddenField } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { ResourceDefinition } from '../../resource';
import { semanticEqual, validateImmutable } from '../../validation/field-checks';
import {
  OTHER_FIELDS,
  type VolumeSpec,
  validateAttributesClassChange,
  validateMountOptions,
  validateNodeAffinityChange,
  validateVolumeSpec,
} from '../../validation/persistent-volume';
import { nodeSelectorTermWarnings } from '../../validation/pod-warnings';
import { diffOf } from '../../validation/spec-diff';
import { withoutFields } from '../../validation/workloads';
import { AGE, ageOf, column, NAME, nameOf, wide } from '../columns';
import { defaultResourceList } from '../defaults/resource-lists';
import { defaultVolumeSource } from '../defaults/volumes';
import { formatAccessModes, STORAGE_CLASS } from './storage-columns';

const definition: ResourceDefinition = {
  group: '',
  resource: 'persistentvolumes',
  hasGeneration: false,
  columns: [
    NAME,
    ...['Capacity', 'Access Modes', 'Reclaim Policy', 'Status', 'Claim'].map((name) => column(name)),
    column('StorageClass', { description: 'StorageClass of the pv' }),
    column('VolumeAttributesClass', { description: 'VolumeAttributesClass of the pv' }),
    column('Reason'),
    AGE,
    wide('VolumeMode'),
  ],
  cells(object, now) {
    const spec: VolumeSpec = object.spec ?? {};
    const { status = {}, metadata } = object;
    return [
      nameOf(object),
      String(spec.capacity?.storage ?? '0'),
      formatAccessModes(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? '',
      metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
      spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
      metadata.annotations?.[STORAGE_CLASS] ?? spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      status.reason ?? '',
      ageOf(object, now),
      spec.volumeMode ?? '<unset>',
    ];
  },
  defaults(object) {
    object.spec ??= {};
    const spec: VolumeSpec = object.spec;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.capacity) defaultResourceList(spec.capacity);
    for (const [kind, source] of Object.entries(spec))
      if (!OTHER_FIELDS.includes(kind) && source) defaultVolumeSource(kind, source as Record<string, unknown>);
  },
  prepareForCreate(object, { clock }) {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(clock.now()) };
  },
  validate(object) {
    const errors: FieldError[] = [];
    validateVolumeSpec('spec', object.spec ?? {}, object.metadata.name ?? '', false, errors);
    validateMountOptions(object, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const spec: VolumeSpec = object.spec ?? {};
    const was: VolumeSpec = old.spec ?? {};
    const adoptsSecret = was.csi && !was.csi.controllerExpandSecretRef && spec.csi?.controllerExpandSecretRef;
    const source = withoutFields(
      adoptsSecret ? { ...spec, csi: withoutFields(spec.csi, ['controllerExpandSecretRef']) } : spec,
      OTHER_FIELDS,
    );
    const oldSource = withoutFields(was, OTHER_FIELDS);
    if (!semanticEqual(source, oldSource))
      errors.push(
        forbiddenField(
          'spec.persistentvolumesource',
          `spec.persistentvolumesource is immutable after creation\n${diffOf('PersistentVolumeSource', jsonOf(oldSource as object), jsonOf(source as object))}`,
        ),
      );
    validateImmutable('volumeMode', spec.volumeMode, was.volumeMode, errors);
    validateNodeAffinityChange(spec, was, errors);
    validateAttributesClassChange(spec, was, errors);
    return errors;
  },
  warnings,
  selectableFields: { name: nameOf },
  subresources: {
    status: {
      prepareForUpdate(object, old, { clock }) {
        const status = { ...object.status };
        const was = old.status?.lastPhaseTransitionTime;
        const changed = status.phase !== old.status?.phase;
        if (!changed) status.lastPhaseTransitionTime ??= was;
        else if (!status.lastPhaseTransitionTime || status.lastPhaseTransitionTime === was)
          status.lastPhaseTransitionTime = formatTime(clock.now());
        if (status.lastPhaseTransitionTime === undefined) delete status.lastPhaseTransitionTime;
        object.status = status;
      },
    },
  },
};
export default definition;

const DEPRECATED: readonly (readonly [kind: string, name: string, text: string])[] = [
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

function warnings(object: KubeObject): string[] {
  const spec: VolumeSpec = object.spec ?? {};
  const { annotations } = object.metadata;
  const found: string[] = [];
  if (annotations?.[STORAGE_CLASS] !== undefined)
    found.push(
      `metadata.annotations[${STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
    );
  const options = 'volume.beta.kubernetes.io/mount-options';
  if (annotations?.[options] !== undefined)
    found.push(`metadata.annotations[${options}]: deprecated since v1.31; use "mountOptions" attribute instead`);
  if (spec.persistentVolumeReclaimPolicy === 'Recycle')
    found.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    );
  (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).forEach((term, i) => {
    found.push(...nodeSelectorTermWarnings(`spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, term, false));
  });
  const fields = jsonOf(spec);
  for (const [kind, name, text] of DEPRECATED) if (fields[kind]) found.push(`spec.${name}: ${text}`);
  return found;
}
