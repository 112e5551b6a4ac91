/** The numbers that the scale subresource stands for (apiextensions-apiserver `pkg/registry/customresource/validator.go`). */
import { type FieldError, invalid } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { goString } from '../../printers/go-format';
import { goType } from '../../printers/go-values';
import type { ScalePaths } from './definition';

const MAX_INT32 = 2 ** 31 - 1;

/** ValidateScaleSpec. */
export function validateScaleSpec(object: JsonObject, { specReplicasPath }: ScalePaths): FieldError[] {
  return validateReplicas(object, specReplicasPath);
}

/** ValidateScaleStatus. */
export function validateScaleStatus(
  object: JsonObject,
  { statusReplicasPath, labelSelectorPath }: ScalePaths,
): FieldError[] {
  const errors = validateReplicas(object, statusReplicasPath);
  if (labelSelectorPath !== undefined && labelSelectorPath !== null) {
    const { error } = nested(object, labelSelectorPath, 'string');
    if (error) errors.push(invalid(labelSelectorPath, '', error));
  }
  return errors;
}

function validateReplicas(object: JsonObject, path: string): FieldError[] {
  const { value = 0, error } = nested(object, path, 'int64');
  if (error) return [invalid(path, 0, error)];
  const replicas = value as number | bigint;
  if (replicas < 0) return [invalid(path, replicas, 'should be a non-negative integer')];
  if (replicas > MAX_INT32) return [invalid(path, replicas, `should be less than or equal to ${MAX_INT32}`)];
  return [];
}

/** unstructured.NestedInt64 and NestedString: a value, nothing, or why it can't be had. `.spec.replicas` */
export function nested(object: JsonObject, path: string, type: 'int64' | 'string'): { value?: Json; error?: string } {
  const steps = path.replace(/^\./, '').split('.');
  const seen: string[] = [];
  let value: Json = object;
  const cannot = (wanted: string) =>
    `.${seen.join('.')} accessor error: ${goString(value)} is of the type ${goType(value)}, expected ${wanted}`;
  for (const step of steps) {
    if (value === null) return {};
    seen.push(step);
    if (!isObject(value)) return { error: cannot('map[string]interface{}') };
    if (!Object.hasOwn(value, step)) return {};
    value = value[step] as Json;
  }
  return goType(value) === type ? { value } : { error: cannot(type) };
}
