/** Definitions of kinds (apiextensions-apiserver `pkg/registry/customresourcedefinition/strategy.go`). */
import type { FieldError } from '../../../apimachinery/field-error';
import type { KubeObject } from '../../../apimachinery/meta';
import { withCondition } from '../../custom/conditions';
import { CLEANUP_FINALIZER } from '../../custom/definition';
import type { ResourceDefinition } from '../../resource';
import {
  type CustomResourceDefinitionSpec,
  validateDefinition,
  validateDefinitionUpdate,
  validateNames,
} from '../../validation/custom-resource-definition';

const definition: ResourceDefinition = {
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
  requiresResourceVersionOnUpdate: true,
  defaults(object) {
    object.spec ??= {};
    const spec: CustomResourceDefinitionSpec = object.spec;
    spec.names ??= {};
    const { names } = spec;
    names.singular ||= (names.kind ?? '').toLowerCase();
    if (names.kind) names.listKind ||= `${names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate(object) {
    object.status = {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: storageVersions(object),
    };
  },
  prepareForUpdate(object) {
    const stored: string[] = object.status?.storedVersions ?? [];
    const missing = storageVersions(object).filter((version) => !stored.includes(version));
    if (missing.length > 0) object.status = { ...object.status, storedVersions: [...stored, ...missing] };
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateDefinition(object, old, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateDefinitionUpdate(object, old, errors);
    return errors;
  },
  startDeletion(object, now) {
    const { metadata } = object;
    metadata.deletionTimestamp = now;
    if (!metadata.finalizers?.includes(CLEANUP_FINALIZER))
      metadata.finalizers = [...(metadata.finalizers ?? []), CLEANUP_FINALIZER];
    const condition = {
      type: 'Terminating',
      status: 'True' as const,
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    };
    object['status'] = { ...object['status'], conditions: withCondition(object['status']?.conditions, condition, now) };
  },
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        validateNames('status.acceptedNames', object.status?.acceptedNames ?? {}, errors);
        return errors;
      },
    },
  },
};
export default definition;

function storageVersions(object: KubeObject): string[] {
  const spec: CustomResourceDefinitionSpec = object.spec;
  const storage = spec.versions?.find((version) => version.storage);
  return storage ? [storage.name ?? ''] : [];
}
