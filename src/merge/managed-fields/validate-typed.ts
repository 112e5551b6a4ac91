/**
 * Judges an applied configuration before anything is merged: values of the wrong kind, fields that the schema does not have,
 * elements twice or without keys (structured-merge-diff `typed/validate.go`).
 */
import { isObject, type Json } from '../../apimachinery/json';
import type { Schema } from '../../schema/schema';
import { formatGo } from '../go-value';
import { formatElement } from './path-element';
import { TypedValueError, typeOf } from './value-type';

export interface TypedError {
  path: string;
  message: string;
}

/** What is wrong with `value`; nothing when it is as `schema` says. */
export function validateTyped(value: Json, schema: Schema | undefined): TypedError[] {
  const errors: TypedError[] = [];
  validate(value, schema, '', errors);
  return errors;
}

/** The errors as one text: alone `.spec.x: field not declared in schema`, several one per line (ValidationErrors.Error). */
export function formatTypedErrors(errors: readonly TypedError[]): string {
  const texts = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return texts.length === 1 ? (texts[0] as string) : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n');
}

function validate(value: Json, schema: Schema | undefined, path: string, errors: TypedError[]): void {
  if (schema === undefined || schema.type === 'any' || value === null) return;
  const fail = (message: string) => errors.push({ path, message });
  switch (schema.type) {
    case 'object':
    case 'map':
      if (isObject(value)) validateFields(value, schema, path, errors);
      else fail(`expected map, got &{${formatGo(value)}}`);
      return;
    case 'array':
      if (Array.isArray(value)) validateElements(value, schema, path, errors);
      else fail(`expected list, got &{${formatGo(value)}}`);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') fail(`expected boolean, got &{${formatGo(value)}}`);
      return;
    case 'integer':
    case 'number':
      if (typeof value !== 'number' && typeof value !== 'bigint') {
        fail(`expected numeric (int or float), got ${goTypeOf(value)}`);
      }
      return;
    case 'string':
      if (typeof value !== 'string') fail(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
      return;
    default:
      if (typeof value === 'object') fail(`expected any scalar, got &{${formatGo(value)}}`);
  }
}

function goTypeOf(value: Json): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

/** A value as `%#v` prints it. */
function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return formatGo(value);
  const entries = Object.keys(value).sort();
  return `map[string]interface {}{${entries.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key] as Json)}`).join(', ')}}`;
}

function validateFields(object: { [key: string]: Json }, schema: Schema, path: string, errors: TypedError[]): void {
  for (const name of Object.keys(object)) {
    const inner = schema.type === 'map' ? schema.items : schema.field?.(name);
    const field = `${path}.${name}`;
    if (inner === undefined && schema.type === 'object' && !schema.preserveUnknownFields) {
      errors.push({ path: field, message: 'field not declared in schema' });
      return;
    }
    validate(object[name] as Json, inner, field, errors);
  }
}

function validateElements(list: Json[], schema: Schema, path: string, errors: TypedError[]): void {
  const type = typeOf(schema);
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    let place = `[${i}]`;
    if (type.ownership !== 'leaf') {
      let element: string;
      try {
        element = type.elementOf(item);
      } catch (error) {
        if (!(error instanceof TypedValueError)) throw error;
        errors.push({ path, message: `element ${i}: ${error.message}` });
        return;
      }
      place = formatElement(element);
      if (seen.has(element)) errors.push({ path, message: `duplicate entries for key ${place}` });
      seen.add(element);
    }
    validate(item, schema.items, path + place, errors);
  }
}
