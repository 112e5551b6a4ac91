/** Definitions of kinds (apiextensions-apiserver `pkg/registry/customresourcedefinition/strategy.go`). */
import type { FieldError } from '../../../apimachinery/field-error';
import type { KubeObject } from '../../../apimachinery/meta';
import { visitSchemas } from '../../../schema/json-schema';
import { withCondition } from '../../custom/conditions';
import { CLEANUP_FINALIZER } from '../../custom/definition';
import { supportedFormat } from '../../custom/formats';
import { hasRules } from '../../custom/has-rules';
import type { ResourceDefinition } from '../../resource';
import { validateDefinition } from '../../validation/custom-resource-definition';
import { validateNames } from '../../validation/definitions/names';
import type { RuleJudge } from '../../validation/definitions/schema';
import { type DefinitionSpec, hoist, schemasOf } from '../../validation/definitions/spec';

/** Loaded when rules are first written. */
let judge: RuleJudge | undefined;

const definition: ResourceDefinition = {
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
  requiresResourceVersionOnUpdate: true,
  defaults(object) {
    object.spec ??= {};
    const spec: DefinitionSpec = object.spec;
    spec.names ??= {};
    const { names } = spec;
    names.singular ||= (names.kind ?? '').toLowerCase();
    if (names.kind) names.listKind ||= `${names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  async prepareForCreate(object) {
    await loadJudge(object);
    object.status = {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: storageVersions(object),
    };
  },
  async prepareForUpdate(object) {
    await loadJudge(object);
    const stored: string[] = object.status?.storedVersions ?? [];
    const missing = storageVersions(object).filter((version) => !stored.includes(version));
    if (missing.length > 0) object.status = { ...object.status, storedVersions: [...stored, ...missing] };
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateDefinition(object, old, judge, errors);
    return errors;
  },
  warnings: (object, old) =>
    unrecognizedFormats(object)
      .filter((format) => !old || !unrecognizedFormats(old).includes(format))
      .map((format) => `unrecognized format ${JSON.stringify(format)}`),
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

async function loadJudge({ spec }: KubeObject): Promise<void> {
  if (schemasOf(spec ?? {}).some(hasRules)) judge ??= await import('../../validation/definitions/rule-costs');
}

/** Formats that no value is judged by; those of a schema that all versions share once. */
function unrecognizedFormats({ spec }: KubeObject): string[] {
  const { common, versions } = hoist((spec as DefinitionSpec | undefined)?.versions ?? []);
  const formats: string[] = [];
  for (const { schema } of [common, ...versions])
    visitSchemas(schema?.openAPIV3Schema, (one) => {
      if (one.format && supportedFormat({ ...one, 'x-kubernetes-int-or-string': false }) === undefined)
        formats.push(one.format);
    });
  return formats;
}

function storageVersions(object: KubeObject): string[] {
  const spec: DefinitionSpec = object.spec;
  const storage = spec.versions?.find((version) => version.storage);
  return storage ? [storage.name ?? ''] : [];
}
