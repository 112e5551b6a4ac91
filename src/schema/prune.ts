/** Leaves out of a custom object what its schema doesn't have (apiextensions-apiserver `pkg/apiserver/schema/pruning`). */
import { clone, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { sortStrings } from '../apimachinery/json-text';
import type { Schema } from './schema';

/** A copy without unknown fields, which are told as strict errors: `unknown field "spec.nosuch"`, sorted. */
export function pruneObject(value: JsonObject, schema: Schema): { object: JsonObject; strictErrors: string[] } {
  const unknown: string[] = [];
  const object = prune(value, schema, unknown) as JsonObject;
  return { object, strictErrors: sortStrings(unknown).map((path) => `unknown field ${JSON.stringify(path)}`) };
}

/** A copy of a value without the fields that its schema doesn't have; their paths are added to `unknown`. */
export function prune(value: Json, schema: Schema, unknown: string[] = [], path = ''): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return clone(value);
    return value.map((item, i) => prune(item, items, unknown, `${path}[${i}]`));
  }
  if (!isObject(value)) return value;
  if (schema.type === 'map' && schema.items) {
    const copy: JsonObject = {};
    for (const key of Object.keys(value))
      setKey(copy, key, prune(value[key] as Json, schema.items, unknown, join(path, key)));
    return copy;
  }
  if (schema.type !== 'object' || !schema.field) {
    return schema.preserveUnknownFields || schema.type === 'any' ? clone(value) : pruneAll(value, unknown, path);
  }
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const field = schema.field(key);
    if (field) setKey(copy, key, prune(value[key] as Json, field, unknown, join(path, key)));
    else if (schema.preserveUnknownFields) setKey(copy, key, clone(value[key] as Json));
    else unknown.push(join(path, key));
  }
  return copy;
}

/** An object where the schema has a scalar: nothing in it is known, validation will complain of it. */
function pruneAll(value: JsonObject, unknown: string[], path: string): JsonObject {
  for (const key of Object.keys(value)) unknown.push(join(path, key));
  return {};
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
