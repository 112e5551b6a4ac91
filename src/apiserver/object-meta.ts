/** Whether an object's metadata may be stored (apimachinery `api/validation/objectmeta.go`, `meta/v1/validation`). */
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../apimachinery/field-error';
import { deepEqual, type Json } from '../apimachinery/json';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../apimachinery/meta';
import { isDNS1123Label, isQualifiedName, nameIsDNSSubdomain } from '../apimachinery/names';
import { validateAnnotations, validateLabels } from './validation/labels';
import { validateFieldManager } from './write-options';

export const FINALIZER_ORPHAN_DEPENDENTS = 'orphan';
export const FINALIZER_DELETE_DEPENDENTS = 'foregroundDeletion';

type NameFunction = (name: string, prefix: boolean) => string[];

/**
 * ValidateObjectMeta: on creation, when the name has been generated; and on updates.
 * @param old what is stored: the parts of it that are still there were judged when they came
 */
export function validateObjectMeta(
  meta: ObjectMeta,
  namespaced: boolean,
  nameFunction: NameFunction = nameIsDNSSubdomain,
  old?: ObjectMeta,
): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName && meta.generateName !== old?.generateName)
    for (const complaint of nameFunction(meta.generateName, true))
      errors.push(invalid('metadata.generateName', meta.generateName, complaint));
  if (!meta.name) errors.push(required('metadata.name', 'name or generateName is required'));
  else if (meta.name !== old?.name)
    for (const complaint of nameFunction(meta.name, false)) errors.push(invalid('metadata.name', meta.name, complaint));
  if (namespaced) {
    if (!meta.namespace) errors.push(required('metadata.namespace'));
    else if (meta.namespace !== old?.namespace)
      for (const complaint of isDNS1123Label(meta.namespace))
        errors.push(invalid('metadata.namespace', meta.namespace, complaint));
  } else if (meta.namespace) errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  if ((meta.generation ?? 0) < 0)
    errors.push(invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0'));
  validateContents(meta, old, errors);
  return errors;
}

/** ValidateObjectMetaUpdate: what of the metadata may not change. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const extra = (meta.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
    if (extra.length)
      errors.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${[
            ...new Set(extra),
          ]
            .sort()
            .map((finalizer) => JSON.stringify(finalizer))
            .join(', ')}}`,
        ),
      );
  }
  if (!meta.resourceVersion) errors.push(invalid('metadata.resourceVersion', '', 'must be specified for an update'));
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const)
    if ((meta[field] ?? '') !== (old[field] ?? ''))
      errors.push(
        invalid(`metadata.${field}`, meta[field] ?? (typeof old[field] === 'string' ? '' : null), 'field is immutable'),
      );
  validateContents(meta, old, errors);
  return errors;
}

function validateContents(meta: ObjectMeta, old: ObjectMeta | undefined, errors: FieldError[]): void {
  // What has not been touched was judged when it came.
  if (meta.labels !== old?.labels) validateLabels('metadata.labels', meta.labels, errors);
  if (meta.annotations !== old?.annotations) validateAnnotations('metadata.annotations', meta.annotations, errors);
  if (meta.ownerReferences !== old?.ownerReferences) validateOwnerReferences(meta.ownerReferences, errors);
  if (meta.finalizers !== old?.finalizers) validateFinalizers(meta.finalizers, errors);
  if (meta.managedFields !== old?.managedFields) validateManagedFields(meta.managedFields, old?.managedFields, errors);
}

function validateOwnerReferences(references: readonly OwnerReference[] | undefined, errors: FieldError[]): void {
  const path = 'metadata.ownerReferences';
  let controller: OwnerReference | undefined;
  for (const reference of references ?? []) {
    const { apiVersion = '', kind = '' } = reference;
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    if (version === '') errors.push(invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid'] as const)
      if (!reference[field]) errors.push(invalid(`${path}.${field}`, reference[field] ?? '', 'must not be empty'));
    if (apiVersion === 'v1' && kind === 'Event')
      errors.push(invalid(path, reference as unknown as Json, '/v1, Kind=Event is disallowed from being an owner'));
    if (reference.controller !== true) continue;
    if (controller)
      errors.push(
        invalid(
          path,
          references as unknown as Json,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/${controller.name} and ${kind}/${reference.name}`,
        ),
      );
    else controller = reference;
  }
}

function validateFinalizers(finalizers: readonly string[] | undefined, errors: FieldError[]): void {
  const path = 'metadata.finalizers';
  if (!finalizers) return;
  for (const finalizer of finalizers)
    for (const complaint of isQualifiedName(finalizer)) errors.push(invalid(path, finalizer, complaint));
  if (finalizers.includes(FINALIZER_ORPHAN_DEPENDENTS) && finalizers.includes(FINALIZER_DELETE_DEPENDENTS))
    errors.push(
      invalid(
        path,
        [...finalizers],
        `finalizer ${FINALIZER_ORPHAN_DEPENDENTS} and ${FINALIZER_DELETE_DEPENDENTS} cannot be both set`,
      ),
    );
}

function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] = [],
  old: readonly ManagedFieldsEntry[] | undefined,
  errors: FieldError[],
): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as ManagedFieldsEntry;
    if (old?.includes(entry)) continue;
    const path = `metadata.managedFields[${i}]`;
    if (entry.operation !== 'Apply' && entry.operation !== 'Update')
      errors.push(invalid(`${path}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'));
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1')
      errors.push(invalid(`${path}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    errors.push(...validateFieldManager(entry.manager ?? '', `${path}.manager`));
    if ((entry.subresource ?? '').length > 256) errors.push(tooLong(`${path}.subresource`, 256));
  }
}

/** Drops owner references that are there twice; gives the uids that were (dedupOwnerReferences). */
export function dedupOwnerReferences(meta: ObjectMeta): string[] {
  const references = meta.ownerReferences;
  if (!references || references.length < 2) return [];
  const kept: OwnerReference[] = [];
  const duplicates: string[] = [];
  for (const reference of references) {
    if (
      kept.some((one) => one.uid === reference.uid && deepEqual(one as unknown as Json, reference as unknown as Json))
    )
      duplicates.push(reference.uid);
    else kept.push(reference);
  }
  if (duplicates.length) meta.ownerReferences = kept;
  return duplicates;
}
