/** What x-kubernetes-list-type asks of a schema (apiextensions-apiserver `pkg/apis/apiextensions/validation`). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { itemsOf, type JsonSchema, propertyOf } from '../../../schema/json-schema';
import { hasDefault } from '../../../schema/prune';
import { internalItems, invalidStruct } from './internal-json';

/** The elements of a set are compared as wholes. */
export function nonAtomicSetErrors(path: string, schema: JsonSchema): FieldError[] {
  const items = itemsOf(schema);
  if (schema['x-kubernetes-list-type'] !== 'set' || !items) return [];
  const listType = items['x-kubernetes-list-type'];
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalid(`${path}.items.x-kubernetes-list-type`, listType, detail)];
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    return [invalidStruct(`${path}.items.x-kubernetes-map-type`, listType ?? null, detail)];
  return [];
}

export function listTypeErrors(path: string, schema: JsonSchema): FieldError[] {
  const errors: FieldError[] = [];
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const supported = ['atomic', 'set', 'map'];
  if (listType !== undefined && !supported.includes(listType))
    errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, supported));
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = `${path}.x-kubernetes-list-type`;
    errors.push(listType === undefined ? required(at, detail) : invalid(at, listType, detail));
  }
  if (listType !== 'map') return errors;
  if (keys.length === 0)
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  if (schema.items === undefined || schema.items === null)
    errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
  else if (Array.isArray(schema.items))
    errors.push(
      invalidStruct(
        `${path}.items`,
        internalItems(schema.items),
        'must only have a single schema if x-kubernetes-list-type is map',
      ),
    );
  const items = itemsOf(schema);
  if (items && items.type !== 'object')
    errors.push(
      invalid(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"),
    );
  else if (items) errors.push(...keyErrors(path, items, keys));
  return errors;
}

function keyErrors(path: string, items: JsonSchema, keys: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${path}.x-kubernetes-list-map-keys`;
  keys.forEach((key, i) => {
    const property = propertyOf(items, key);
    if (!property) errors.push(invalid(at, [...keys], 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object')
      errors.push(
        invalid(
          `${path}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (keys.indexOf(key) < i) errors.push(invalid(at, [...keys], 'must not contain duplicate entries'));
  });
  return errors;
}

/** Elements and their keys must always be there (validateMapListKeysMapSet). */
export function nullableKeyErrors(path: string, schema: JsonSchema): FieldError[] {
  const items = itemsOf(schema);
  const listType = schema['x-kubernetes-list-type'];
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  if (items.nullable)
    errors.push(
      forbiddenField(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  if (listType === 'set') return errors;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const at = `${path}.items.properties[${key}]`;
    if (!items.required?.includes(key) && !hasDefault(property))
      errors.push(
        required(
          `${at}.default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    if (property.nullable)
      errors.push(
        forbiddenField(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'),
      );
  }
  return errors;
}
