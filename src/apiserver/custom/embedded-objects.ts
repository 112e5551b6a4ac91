/** Objects in objects: x-kubernetes-embedded-resource (apiextensions-apiserver `pkg/apiserver/schema/objectmeta/validation.go`). */
import { type FieldError, invalid, required } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { ObjectMeta } from '../../apimachinery/meta';
import { isDNS1035Label, nameIsPathSegment } from '../../apimachinery/names';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../../schema/json-schema';
import { validateObjectMeta } from '../object-meta';

/** What is wrong with the type and the metadata of embedded objects. Their metadata has been decoded. */
export function validateEmbedded(value: Json, schema: JsonSchema | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return value.flatMap((item, i) => validateEmbedded(item, items, `${path}[${i}]`));
  }
  if (!isObject(value)) return [];
  const errors = schema['x-kubernetes-embedded-resource'] ? validateObject(value, path) : [];
  for (const key of Object.keys(value)) {
    const field = propertyOf(schema, key);
    if (field) errors.push(...validateEmbedded(value[key] as Json, field, path === '' ? key : `${path}.${key}`));
    else errors.push(...validateEmbedded(value[key] as Json, additionalOf(schema), `${path}[${key}]`));
  }
  return errors;
}

function validateObject(object: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (field: string) => (path === '' ? field : `${path}.${field}`);
  for (const field of ['apiVersion', 'kind']) if (!Object.hasOwn(object, field)) errors.push(required(at(field)));
  const { apiVersion, kind, metadata } = object;
  if (apiVersion !== undefined) {
    if (typeof apiVersion !== 'string') errors.push(invalid(at('apiVersion'), apiVersion, 'must be a string'));
    else if (apiVersion === '') errors.push(invalid(at('apiVersion'), apiVersion, 'must not be empty'));
    else if (apiVersion.split('/').length > 2)
      errors.push(invalid(at('apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
  if (kind !== undefined) {
    if (typeof kind !== 'string') errors.push(invalid(at('kind'), kind, 'must be a string'));
    else if (kind === '') errors.push(invalid(at('kind'), kind, 'must not be empty'));
    else {
      const complaints = isDNS1035Label(kind.toLowerCase());
      if (complaints.length > 0) {
        const detail = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
        errors.push(invalid(at('kind'), kind, detail));
      }
    }
  }
  if (isObject(metadata)) {
    const meta = metadata as unknown as ObjectMeta;
    const named = meta.name ? meta : { ...meta, name: 'fakename' };
    for (const error of validateObjectMeta(named, Boolean(meta.namespace), nameIsPathSegment))
      errors.push({ ...error, field: at(error.field) });
  }
  return errors;
}
