/** What is wrong with a field, in upstream's words (apimachinery `util/validation/field/errors.go`). */
import type { Json } from './json';
import { type ApiError, apiError } from './status';

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

export interface FieldError {
  type: FieldErrorType;
  /** `spec.containers[0].image` */
  field: string;
  /** The part after the field: `Invalid value: -1: must be greater than or equal to 0`. */
  body: string;
}

/** How upstream prints a bad value: strings quoted as Go's %q, numbers bare, structs as JSON. */
export function formatBadValue(value: Json | undefined): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object') return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v));
  return String(value);
}

export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, body: detail ? `Required value: ${detail}` : 'Required value' };
}
export function invalid(field: string, value: Json | undefined, detail: string): FieldError {
  return {
    type: 'FieldValueInvalid',
    field,
    body: `Invalid value: ${formatBadValue(value)}${detail ? `: ${detail}` : ''}`,
  };
}
export function duplicate(field: string, value: Json): FieldError {
  return { type: 'FieldValueDuplicate', field, body: `Duplicate value: ${formatBadValue(value)}` };
}
/** `supported` is told in the order given, as upstream does; where upstream has a set, pass it sorted. */
export function notSupported(field: string, value: Json | undefined, supported: readonly string[]): FieldError {
  const list = supported.map((s) => JSON.stringify(s)).join(', ');
  return {
    type: 'FieldValueNotSupported',
    field,
    body: `Unsupported value: ${formatBadValue(value)}${supported.length ? `: supported values: ${list}` : ''}`,
  };
}
export function forbiddenField(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, body: detail ? `Forbidden: ${detail}` : 'Forbidden' };
}
export function notFoundField(field: string, value: Json): FieldError {
  return { type: 'FieldValueNotFound', field, body: `Not found: ${formatBadValue(value)}` };
}
export function tooLong(field: string, maxBytes: number): FieldError {
  return {
    type: 'FieldValueTooLong',
    field,
    body: maxBytes >= 0 ? `Too long: may not be more than ${maxBytes} bytes` : 'Too long: value is too long',
  };
}
export function tooMany(field: string, actual: number, max: number): FieldError {
  return { type: 'FieldValueTooMany', field, body: `Too many: ${actual}: must have at most ${max} items` };
}
export function typeInvalid(field: string, value: Json, detail: string): FieldError {
  return { type: 'FieldValueTypeInvalid', field, body: `Invalid value: ${formatBadValue(value)}: ${detail}` };
}

/** The 422 that carries these errors: `Deployment.apps "x" is invalid: [a, b]` (errors.NewInvalid). */
export function invalidObject(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.body}`))];
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const summary = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return apiError(422, 'Invalid', `${qualified} "${name}" is invalid: ${summary}`, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.kind,
    causes: errors.map((e) => ({ reason: e.type, message: e.body, field: e.field })),
  });
}
