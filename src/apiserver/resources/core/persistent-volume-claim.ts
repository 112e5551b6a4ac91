/** Claims of volumes (pkg/registry/core/persistentvolumeclaim/strategy.go, pkg/api/persistentvolumeclaim). */
import { type FieldError, forbiddenField, invalid, required } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isDNS1123Subdomain } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import type { Quantities } from '../../validation/core-types';
import { IMMUTABLE, semanticEqual, validateImmutable } from '../../validation/field-checks';
import { hasInvalidLabelValues } from '../../validation/labels';
import { type ClaimSpec, isSmaller, validateClaimSpec } from '../../validation/persistent-volume-claim';
import { quantity, validateBasicResource } from '../../validation/resources';
import { diffOf } from '../../validation/spec-diff';
import { AGE, ageOf, column, NAME, nameOf, wide } from '../columns';
import { defaultClaimSpec } from '../defaults/volumes';
import { formatAccessModes, STORAGE_CLASS } from './storage-columns';

const definition: ResourceDefinition = {
  group: '',
  resource: 'persistentvolumeclaims',
  hasGeneration: false,
  columns: [
    NAME,
    ...['Status', 'Volume', 'Capacity', 'Access Modes'].map((name) => column(name)),
    column('StorageClass', { description: 'StorageClass of the pvc' }),
    column('VolumeAttributesClass', { description: 'VolumeAttributesClass of the pvc' }),
    AGE,
    wide('VolumeMode'),
  ],
  cells(object, now) {
    const spec: ClaimSpec = object.spec ?? {};
    const { status = {}, metadata } = object;
    const isBound = Boolean(spec.volumeName);
    return [
      nameOf(object),
      metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
      spec.volumeName ?? '',
      isBound ? String(status.capacity?.storage ?? '0') : '',
      isBound ? formatAccessModes(status.accessModes) : '',
      metadata.annotations?.[STORAGE_CLASS] ?? spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      ageOf(object, now),
      spec.volumeMode ?? '<unset>',
    ];
  },
  defaults(object) {
    object.spec ??= {};
    defaultClaimSpec(object.spec);
  },
  prepareForCreate(object) {
    object.status = { phase: 'Pending' };
    dropUnknownSource(object.spec);
    normalizeSources(object.spec);
  },
  prepareForUpdate(object, old) {
    if (!old.spec?.dataSource && !old.spec?.dataSourceRef) dropUnknownSource(object.spec);
    normalizeSources(object.spec);
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const was: ClaimSpec | undefined = old?.spec;
    // The API always says what the group is, of core as null.
    const isBad = (group: string | null = null) => group !== null && isDNS1123Subdomain(group).length > 0;
    validateClaimSpec('spec', object.spec ?? {}, errors, {
      allowInvalidValues: hasInvalidLabelValues(was?.selector),
      allowInvalidDataSourceGroup: isBad(was?.dataSource?.apiGroup) || isBad(was?.dataSourceRef?.apiGroup),
    });
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateClaimUpdate(object, old, errors);
    return errors;
  },
  warnings(object) {
    const warnings: string[] = [];
    if (object.metadata.annotations?.[STORAGE_CLASS] !== undefined)
      warnings.push(
        `metadata.annotations[${STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      );
    for (const kind of ['requests', 'limits'] as const) {
      const amount = (object.spec as ClaimSpec | undefined)?.resources?.[kind]?.storage;
      if (amount !== undefined && quantity(amount).milliValue() % 1000 !== 0)
        warnings.push(
          `spec.resources.${kind}[storage]: fractional byte value "${quantity(amount).toString()}" is invalid, must be an integer`,
        );
    }
    return warnings;
  },
  selectableFields: { name: nameOf },
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        if (!object.spec?.accessModes?.length) errors.push(required('Spec.accessModes'));
        const amounts: Quantities = object.status?.capacity ?? {};
        for (const [name, amount] of Object.entries(amounts))
          validateBasicResource(`status.capacity[${name}]`, amount, errors);
        return errors;
      },
    },
  },
};
export default definition;

/** Sources other than claims and snapshots go in dataSourceRef; in dataSource they are dropped silently. */
function dropUnknownSource(spec: ClaimSpec): void {
  const source = spec.dataSource;
  if (!source || spec.dataSourceRef) return;
  const isClaim = source.kind === 'PersistentVolumeClaim' && !source.apiGroup;
  const isSnapshot = source.kind === 'VolumeSnapshot' && source.apiGroup === 'snapshot.storage.k8s.io';
  if (!isClaim && !isSnapshot) delete spec.dataSource;
}

/** The two fields for a source hold the same when only one was given (NormalizeDataSources). */
function normalizeSources(spec: ClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
}

function validateClaimUpdate(object: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const spec: ClaimSpec = object.spec ?? {};
  const was: ClaimSpec = { ...old.spec };
  normalizeSources(was);
  const compared: ClaimSpec = { ...spec };
  const isBound = old.status?.phase === 'Bound';
  // The volume's name is set once, by who binds the claim.
  if (!was.volumeName) was.volumeName = spec.volumeName;
  adoptClass(object, old, compared, was, errors);
  const requests = compared.resources?.requests;
  const oldRequests = was.resources?.requests;
  if (isBound && requests)
    compared.resources = {
      ...compared.resources,
      requests: { ...requests, storage: oldRequests?.storage ?? '0' },
    };
  if (isBound) compared.volumeAttributesClassName = was.volumeAttributesClassName;
  if (!semanticEqual(jsonOf(compared), jsonOf(was)))
    errors.push(
      forbiddenField(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${diffOf('PersistentVolumeClaimSpec', was, compared)}`,
      ),
    );
  const size = spec.resources?.requests?.storage;
  if (isSmaller(size, oldRequests?.storage) && !isSmaller(old.status?.capacity?.storage, size))
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  validateImmutable('volumeMode', spec.volumeMode, was.volumeMode, errors);
  const attributes = spec.volumeAttributesClassName;
  const applied = old.status?.currentVolumeAttributesClassName !== undefined;
  if (applied && attributes !== old.spec?.volumeAttributesClassName && !attributes)
    errors.push(
      forbiddenField(
        'spec.volumeAttributesClassName',
        `update to ${attributes === undefined ? 'nil' : 'empty string'} is forbidden when status.currentVolumeAttributesClassName is not nil`,
      ),
    );
}

/** The class may move from the old annotation to the spec, and be set where there was none. */
function adoptClass(
  object: KubeObject,
  old: KubeObject,
  compared: ClaimSpec,
  was: ClaimSpec,
  errors: FieldError[],
): void {
  const annotated = object.metadata.annotations?.[STORAGE_CLASS];
  const oldAnnotated = old.metadata.annotations?.[STORAGE_CLASS];
  const name = compared.storageClassName;
  const wasUnset = was.storageClassName === undefined;
  const moves =
    oldAnnotated !== undefined &&
    wasUnset &&
    name === oldAnnotated &&
    (annotated === undefined || annotated === oldAnnotated);
  if (moves) {
    delete compared.storageClassName;
    return;
  }
  if (annotated !== oldAnnotated)
    errors.push(invalid(`metadata.annotations.${STORAGE_CLASS}`, annotated ?? '', IMMUTABLE));
  if (name !== undefined && wasUnset && (oldAnnotated === undefined || name === oldAnnotated))
    delete compared.storageClassName;
}
