/** Leaves out of a custom object what its schema doesn't have (apiextensions-apiserver `pkg/apiserver/schema/pruning`, `defaulting/prunenulls.go`). */
import { clone, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { sortStrings } from '../apimachinery/json-text';
import {
  additionalOf,
  asResource,
  hasAdditionalProperties,
  itemsOf,
  type JsonSchema,
  META_FIELDS,
  propertyOf,
} from './json-schema';

/** A copy of a whole object without unknown fields, whose paths are told sorted. Its apiVersion, kind and metadata stay as they are. */
export function pruneObject(value: JsonObject, schema: JsonSchema): { object: JsonObject; unknown: string[] } {
  const unknown: string[] = [];
  const object = prune(value, asResource(schema), unknown) as JsonObject;
  return { object, unknown: sortStrings(unknown) };
}

/**
 * A copy of a value without the fields that its schema doesn't have; their paths are added to `unknown`. Where
 * `additionalProperties` is no more than true the values of keys stay, but nothing in them.
 */
export function prune(value: Json, schema: JsonSchema | undefined, unknown: string[] = [], path = ''): Json {
  if (schema?.['x-kubernetes-preserve-unknown-fields']) return pruneKnown(value, schema, unknown, path);
  if (Array.isArray(value)) return value.map((item, i) => prune(item, itemsOf(schema), unknown, `${path}[${i}]`));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    if (schema?.['x-kubernetes-embedded-resource'] && META_FIELDS.has(key)) setKey(copy, key, clone(inner));
    else if (schema && (propertyOf(schema, key) || hasAdditionalProperties(schema)))
      setKey(copy, key, prune(inner, propertyOf(schema, key) ?? additionalOf(schema), unknown, join(path, key)));
    else if (!META_FIELDS.has(key) || path !== '') unknown.push(join(path, key));
  }
  return copy;
}

/** Where everything stays (skipPrune): but what the schema has something to say about is pruned all the same. */
function pruneKnown(value: Json, schema: JsonSchema | undefined, unknown: string[], path: string): Json {
  if (!schema) return clone(value);
  if (Array.isArray(value)) return value.map((item, i) => pruneKnown(item, itemsOf(schema), unknown, `${path}[${i}]`));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    const isMeta = schema['x-kubernetes-embedded-resource'] && META_FIELDS.has(key);
    const field = isMeta ? undefined : propertyOf(schema, key);
    if (field) setKey(copy, key, prune(inner, field, unknown, join(path, key)));
    else if (!isMeta && hasAdditionalProperties(schema))
      setKey(copy, key, prune(inner, additionalOf(schema), unknown, join(path, key)));
    else setKey(copy, key, clone(inner));
  }
  return copy;
}

/** Takes nulls out of a value where the schema allows none and has no default in their place. The value is changed. */
export function dropNulls(value: Json, schema: JsonSchema | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, itemsOf(schema));
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    const field = propertyOf(schema, key) ?? additionalOf(schema);
    if (inner === null && field && !field.nullable && !hasDefault(field)) delete value[key];
    else dropNulls(inner, field);
  }
}

/** A default of null is none. */
export function hasDefault(schema: JsonSchema): boolean {
  return schema.default !== undefined && schema.default !== null;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
