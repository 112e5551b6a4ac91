/**
 * What custom objects must be and become, from their definition (apiextensions-apiserver `pkg/registry/customresource/strategy.go`,
 * `status_strategy.go`, `validator.go`). Loaded when one is first written.
 */
import { type FieldError, invalid } from '../../apimachinery/field-error';
import { deepEqual, type Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { isQualifiedName, nameIsDNSSubdomain } from '../../apimachinery/names';
import { type JsonSchema, propertyOf } from '../../schema/json-schema';
import type { ResourceDefinition } from '../resource';
import { Correlation } from './correlation';
import { applyDefaults } from './defaults';
import type { CustomVersion, ScalePaths } from './definition';
import { validateEmbedded } from './embedded-objects';
import { validateListTypes } from './list-types';
import type { SchemaRules } from './rules';
import { nested, validateScaleSpec, validateScaleStatus } from './scale-rules';
import { validateValue } from './validate-value';

type Rules = Omit<ResourceDefinition, 'group' | 'resource' | 'columns' | 'cells' | 'selectableFields'>;
type Warn = (text: string) => void;

export async function customRules(version: CustomVersion): Promise<Rules> {
  const schema = version.schema?.openAPIV3Schema ?? {};
  const scale = version.subresources?.scale;
  const cel = await celRules(schema);
  const status = propertyOf(schema, 'status');
  return {
    requiresResourceVersionOnUpdate: true,
    hasGeneration: true,
    generationChanged: (object, old) =>
      [...new Set([...Object.keys(object), ...Object.keys(old)])].some(
        (field) => field !== 'metadata' && !deepEqual(object[field], old[field]),
      ),
    validateName: nameIsDNSSubdomain,
    defaults: (object) => applyDefaults(asJson(object), schema),
    validate(object, old, warn) {
      const value = asJson(object);
      const correlation = old && new Correlation(value, asJson(old), schema);
      const errors = validateValue(value, schema, '', correlation);
      if (scale) errors.push(...validateScaleSpec(value, scale), ...validateScaleStatus(value, scale));
      errors.push(...validateEmbedded(value, schema));
      if (!old || validateListTypes(asJson(old), schema).length === 0) errors.push(...validateListTypes(value, schema));
      return withRules(errors, cel, object, old, correlation, warn);
    },
    warnings: (object, old) => finalizerWarnings(object, old),
    subresources: {
      status: {
        validateUpdate(object, old, warn) {
          const value = asJson(object);
          const before = asJson(old);
          const correlation = new Correlation(value, before, schema);
          const errors: FieldError[] = [];
          if (status && Object.hasOwn(value, 'status'))
            errors.push(...validateValue(value['status'], status, 'status', correlation.key('status')));
          if (scale) errors.push(...validateScaleStatus(value, scale));
          const lists = validateListTypes(value, schema);
          if (lists.length > 0 && validateListTypes(before, schema).length === 0) errors.push(...lists);
          return withRules(errors, cel, object, old, correlation, warn);
        },
      },
    },
    ...(scale ? { scale: scaleOf(scale) } : {}),
  };
}

/** The rules of x-kubernetes-validations; the evaluator is loaded for schemas that have some. */
async function celRules(schema: JsonSchema): Promise<SchemaRules | undefined> {
  const { hasRules } = await import('./has-rules');
  if (!hasRules(schema)) return undefined;
  const { compileSchemaRules } = await import('./rules');
  return compileSchemaRules(schema);
}

/** Rules are asked about what is sound in itself only (hasBlockingErr). */
function withRules(
  errors: FieldError[],
  rules: SchemaRules | undefined,
  object: KubeObject,
  old: KubeObject | undefined,
  correlation: Correlation | undefined,
  warn: Warn | undefined,
): FieldError[] {
  if (!rules) return errors;
  if (errors.some(({ type }) => BLOCKING.has(type)))
    errors.push(
      invalid(
        '<nil>',
        null,
        'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      ),
    );
  else errors.push(...rules.validate(asJson(object), old && asJson(old), { correlation, warn }));
  return errors;
}

const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

/** scaleFromCustomResource (apiextensions-apiserver `pkg/registry/customresource/etcd.go`). */
function scaleOf({ specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths): Rules['scale'] {
  const selector = (object: KubeObject) =>
    labelSelectorPath ? nested(asJson(object), labelSelectorPath, 'string') : { value: '' };
  return {
    specReplicas: specReplicasPath,
    statusReplicas: statusReplicasPath,
    selector: (object) => (selector(object).value as string | undefined) ?? '',
    complaint: (object) =>
      nested(asJson(object), specReplicasPath, 'int64').error ??
      nested(asJson(object), statusReplicasPath, 'int64').error ??
      selector(object).error,
  };
}

const STANDARD_FINALIZERS: ReadonlySet<Json> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** validateKubeFinalizerName, for finalizers that are new. */
function finalizerWarnings(object: KubeObject, old: KubeObject | undefined): string[] {
  const known = new Set(old?.metadata.finalizers ?? []);
  const added = [...new Set(object.metadata.finalizers ?? [])].filter((finalizer) => !known.has(finalizer)).sort();
  return added.flatMap((finalizer) => {
    const about = `metadata.finalizers: ${JSON.stringify(finalizer)}:`;
    const warnings = isQualifiedName(finalizer).map((complaint) => `${about} ${complaint}`);
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer))
      warnings.push(
        `${about} prefer a domain-qualified finalizer name ${finalizer.includes('.') ? 'including a path (/) ' : ''}to avoid accidental conflicts with other finalizer writers`,
      );
    return warnings;
  });
}
