/** What a schema alone can say against an object: what must be there, and which words may stand in a field. For kinds that declare no rules of their own. */
import { type FieldError, notSupported, required } from '../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import type { Schema } from '../schema/schema';

/** The object has been decoded: its types are right, and what Go always writes is there, if only as null or ''. */
export function validateBySchema(object: JsonObject, schema: Schema): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of schema.fieldNames ?? []) {
    // Metadata has rules that hold for all kinds.
    if (name === 'metadata' || name === 'status') continue;
    validateField(object, name, schema, '', errors);
  }
  return errors;
}

function validateField(parent: JsonObject, name: string, schema: Schema, path: string, errors: FieldError[]): void {
  const field = schema.field?.(name);
  if (!field) return;
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  const at = path === '' ? name : `${path}.${name}`;
  if (isMissing(value)) {
    if (schema.required?.includes(name)) errors.push(required(at));
    return;
  }
  validateValue(value as Json, field, at, errors);
}

function isMissing(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function validateValue(value: Json, schema: Schema, path: string, errors: FieldError[]): void {
  if (typeof value === 'string') {
    if (schema.enum && !schema.enum.includes(value)) errors.push(notSupported(path, value, schema.enum));
  } else if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, i) => void validateValue(item, items, `${path}[${i}]`, errors));
  } else if (isObject(value)) {
    const { items } = schema;
    if (schema.type === 'object')
      for (const name of schema.fieldNames ?? []) validateField(value, name, schema, path, errors);
    else if (items)
      for (const key of Object.keys(value)) validateValue(value[key] as Json, items, `${path}[${key}]`, errors);
  }
}
