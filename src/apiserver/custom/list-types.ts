/** Lists that are sets or maps hold nothing twice (apiextensions-apiserver `pkg/apiserver/schema/listtype/validation.go`). */
import { duplicate, type FieldError, invalid } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../../schema/json-schema';

/** ValidateListSetsAndMaps. */
export function validateListTypes(value: Json, schema: JsonSchema | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) return validateList(value, schema, path);
  if (!isObject(value)) return [];
  const additional = additionalOf(schema);
  return Object.keys(value).flatMap((key) => {
    const inner = value[key] as Json;
    const field = propertyOf(schema, key);
    return [
      ...(additional ? validateListTypes(inner, additional, `${path}[${key}]`) : []),
      ...(field ? validateListTypes(inner, field, path === '' ? key : `${path}.${key}`) : []),
    ];
  });
}

function validateList(list: Json[], schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-list-type'] === 'set')
    for (const i of repeated(list)) errors.push(duplicate(`${path}[${i}]`, list[i] as Json));
  if (schema['x-kubernetes-list-type'] === 'map') errors.push(...validateMap(list, schema, path));
  const items = itemsOf(schema);
  list.forEach((item, i) => void errors.push(...validateListTypes(item, items, `${path}[${i}]`)));
  return errors;
}

function validateMap(list: Json[], schema: JsonSchema, path: string): FieldError[] {
  const stranger = list.findIndex((item) => item !== null && !isObject(item));
  if (stranger >= 0)
    return [invalid(`${path}[${stranger}]`, list[stranger] as Json, 'must be an object for an array of list-type map')];
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keys = list.map((item): JsonObject => {
    const key: JsonObject = {};
    for (const name of names) if (isObject(item) && Object.hasOwn(item, name)) key[name] = item[name] as Json;
    return key;
  });
  return repeated(keys).map((i) => duplicate(`${path}[${i}]`, keys[i] as Json));
}

/** Where values come the second time; not the third. */
function repeated(list: readonly Json[]): number[] {
  const times = new Map<string, number>();
  const indices: number[] = [];
  list.forEach((item, i) => {
    const text = stringifyGo(item);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    if (before === 1) indices.push(i);
  });
  return indices;
}
