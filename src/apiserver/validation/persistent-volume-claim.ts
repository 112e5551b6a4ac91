/** Claims of volumes: their spec, as an object of its own and as a template in pods and stateful sets. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import type { Json } from '../../apimachinery/json';
import { isDNS1123Subdomain, nameIsDNSLabel, nameIsDNSSubdomain } from '../../apimachinery/names';
import type { LabelSelector, ResourceRequirements, TemplateMeta } from './core-types';
import { complain, validateAllowedFields } from './field-checks';
import { type LabelSelectorOptions, validateAnnotations, validateLabelSelector, validateLabels } from './labels';
import { quantity, validatePositiveQuantity } from './resources';

interface DataSource {
  apiGroup?: string | null;
  kind?: string;
  name?: string;
  namespace?: string;
}
export interface ClaimSpec {
  accessModes?: string[];
  selector?: LabelSelector;
  resources?: ResourceRequirements;
  volumeName?: string;
  storageClassName?: string;
  volumeMode?: string;
  dataSource?: DataSource;
  dataSourceRef?: DataSource;
  volumeAttributesClassName?: string;
}
export interface ClaimTemplate {
  metadata?: TemplateMeta;
  spec?: ClaimSpec;
}

export interface ClaimOptions extends LabelSelectorOptions {
  /** For what was stored before API groups were checked. */
  allowInvalidDataSourceGroup?: boolean;
}

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** What claims and volumes demand of access modes alike. */
export function validateAccessModes(path: string, modes: readonly string[] | undefined, errors: FieldError[]): void {
  let exclusive = false;
  let shared = false;
  for (const mode of modes ?? []) {
    if (!accessModes.includes(mode)) errors.push(notSupported(path, mode, accessModes));
    else if (mode === 'ReadWriteOncePod') exclusive = true;
    else shared = true;
  }
  if (exclusive && shared) errors.push(forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'));
}

export function validateVolumeMode(field: string, mode: string | undefined, errors: FieldError[]): void {
  if (mode !== undefined && mode !== 'Block' && mode !== 'Filesystem')
    errors.push(notSupported(field, mode, ['Block', 'Filesystem']));
}

/** ValidatePersistentVolumeClaimSpec. */
export function validateClaimSpec(path: string, spec: ClaimSpec, errors: FieldError[], options?: ClaimOptions): void {
  if ((spec.accessModes ?? []).length === 0)
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  validateLabelSelector(`${path}.selector`, spec.selector, errors, options);
  validateAccessModes(`${path}.accessModes`, spec.accessModes, errors);
  const requests = spec.resources?.requests;
  if (!requests || !Object.hasOwn(requests, 'storage')) errors.push(required(`${path}.resources[storage]`));
  else validatePositiveQuantity(`${path}.resources[storage]`, requests.storage, errors);
  if (spec.storageClassName)
    complain(
      `${path}.storageClassName`,
      spec.storageClassName,
      nameIsDNSSubdomain(spec.storageClassName, false),
      errors,
    );
  validateVolumeMode(`${path}.volumeMode`, spec.volumeMode, errors);
  if (spec.dataSource) validateDataSource(`${path}.dataSource`, spec.dataSource, false, errors, options);
  if (spec.dataSourceRef) validateDataSource(`${path}.dataSourceRef`, spec.dataSourceRef, true, errors, options);
  if (spec.dataSource && spec.dataSourceRef) {
    // Upstream gives the path itself as the bad value; a path prints as {} in JSON.
    if (spec.dataSourceRef.namespace)
      errors.push(invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified'));
    else if (!sameDataSource(spec.dataSource, spec.dataSourceRef))
      errors.push(invalid(path, {}, 'must match dataSourceRef'));
  }
  const attributes = spec.volumeAttributesClassName;
  if (attributes)
    complain(`${path}.volumeAttributesClassName`, attributes, nameIsDNSSubdomain(attributes, false), errors);
}

function sameDataSource(a: DataSource, b: DataSource): boolean {
  return (a.apiGroup ?? null) === (b.apiGroup ?? null) && a.kind === b.kind && a.name === b.name;
}

function validateDataSource(
  path: string,
  source: DataSource,
  withNamespace: boolean,
  errors: FieldError[],
  options?: ClaimOptions,
): void {
  if (!source.name) errors.push(required(`${path}.name`));
  if (!source.kind) errors.push(required(`${path}.kind`));
  if (!source.apiGroup) {
    if (source.kind !== 'PersistentVolumeClaim')
      errors.push(
        invalid(path, source.kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
      );
  } else if (!options?.allowInvalidDataSourceGroup) {
    complain(`${path}.apiGroup`, source.apiGroup, isDNS1123Subdomain(source.apiGroup), errors);
  }
  if (withNamespace && source.namespace)
    complain(`${path}.namespace`, source.namespace, nameIsDNSLabel(source.namespace, false), errors);
}

/** ValidatePersistentVolumeClaimTemplate: of the metadata only labels and annotations may be given. */
export function validateClaimTemplate(path: string, template: ClaimTemplate, errors: FieldError[]): void {
  const metadata = template.metadata ?? {};
  validateAnnotations(`${path}.metadata.annotations`, metadata.annotations, errors);
  validateLabels(`${path}.metadata.labels`, metadata.labels, errors);
  validateAllowedFields(`${path}.metadata`, metadata, ['annotations', 'labels'], 'cannot be set', errors);
  validateClaimSpec(`${path}.spec`, template.spec ?? {}, errors);
}

/** True if a quantity is smaller than another; both of fields. */
export function isSmaller(a: Json | undefined, b: Json | undefined): boolean {
  return quantity(a).cmp(quantity(b)) < 0;
}
