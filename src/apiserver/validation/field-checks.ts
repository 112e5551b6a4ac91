/** Checks of single fields that many kinds share (pkg/apis/core/validation/validation.go, apimachinery `api/validation`). */
import { type FieldError, forbiddenField, invalid } from '../../apimachinery/field-error';
import { deepEqual, type Json } from '../../apimachinery/json';
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidPortName,
  isValidPortNum,
} from '../../apimachinery/names';

export const IMMUTABLE = 'field is immutable';
export const NOT_NEGATIVE = 'must be greater than or equal to 0';
export const NOT_POSITIVE = 'must be greater than zero';

/** Adds each complaint about `value` as an error of the field. */
export function complain(
  field: string,
  value: Json | undefined,
  complaints: readonly string[],
  errors: FieldError[],
): void {
  for (const complaint of complaints) errors.push(invalid(field, value, complaint));
}

export function validateDNS1123Label(field: string, value: string, errors: FieldError[]): void {
  complain(field, value, isDNS1123Label(value), errors);
}
export function validateDNS1123Subdomain(field: string, value: string, errors: FieldError[]): void {
  complain(field, value, isDNS1123Subdomain(value), errors);
}
export function validateQualifiedName(field: string, value: string, errors: FieldError[]): void {
  complain(field, value, isQualifiedName(value), errors);
}
/** An absent number is 0. */
export function validateNonnegative(field: string, value: number | undefined, errors: FieldError[]): void {
  if (value !== undefined && value < 0) errors.push(invalid(field, value, NOT_NEGATIVE));
}
export function validatePositive(field: string, value: number | undefined, errors: FieldError[]): void {
  if ((value ?? 0) <= 0) errors.push(invalid(field, value ?? 0, NOT_POSITIVE));
}
/** A port as number or as name; absent is 0 (ValidatePortNumOrName). */
export function validatePortNumberOrName(field: string, port: number | string | undefined, errors: FieldError[]): void {
  if (typeof port === 'string') complain(field, port, isValidPortName(port), errors);
  else complain(field, port ?? 0, isValidPortNum(port ?? 0), errors);
}
/** ValidateImmutableField: absent, null, `{}`, `[]` and `''` count as the same nothing. */
export function validateImmutable(
  field: string,
  value: Json | undefined,
  old: Json | undefined,
  errors: FieldError[],
): void {
  if (!semanticEqual(value, old)) errors.push(invalid(field, value, IMMUTABLE));
}

/** Equality as apiequality.Semantic sees it on objects that went through their types: what is empty equals what is absent. */
export function semanticEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b || deepEqual(a, b)) return true;
  if (isEmptyValue(a)) return isEmptyValue(b);
  if (isEmptyValue(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => semanticEqual(item, b[i]));
  if (typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) || Array.isArray(b)) return false;
  const left = a as Record<string, Json>;
  const right = b as Record<string, Json>;
  for (const key of Object.keys(left)) {
    const other = Object.hasOwn(right, key) ? right[key] : undefined;
    if (!semanticEqual(left[key], other)) return false;
  }
  for (const key of Object.keys(right)) if (!Object.hasOwn(left, key) && !isEmptyValue(right[key])) return false;
  return true;
}

/** What Go's types hold for a field that was not given. */
function isEmptyValue(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Forbids fields other than those allowed to be set (validateFieldAllowList), in the order given by the object. */
export function validateAllowedFields(
  path: string,
  value: object,
  allowed: readonly string[],
  text: string,
  errors: FieldError[],
): void {
  for (const [name, held] of Object.entries(value))
    if (!allowed.includes(name) && !isEmptyValue(held as Json) && held !== 0 && held !== false)
      errors.push(forbiddenField(`${path}.${name}`, text));
}
