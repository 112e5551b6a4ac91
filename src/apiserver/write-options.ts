/** What a write says about itself beside its body: CreateOptions, UpdateOptions, PatchOptions (apimachinery `meta/v1/validation`). */

import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidObject,
  notSupported,
  required,
  tooLong,
} from '../apimachinery/field-error';
import { utf8Length } from '../apimachinery/names';
import { remembered } from '../apimachinery/remembered';
import type { RequestContext } from './request-context';
import { isTrue, NO_QUERY, param } from './request-info';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  dryRun: boolean;
  /** As the request says, else from its user agent. */
  fieldManager: string;
  fieldValidation: FieldValidation;
  /** Of an apply: takes fields from their owners. */
  force: boolean;
}

const FIELD_MANAGER_MAX_LENGTH = 128;
const PRINTABLE = /^[ -~]*$/;

/**
 * @param kind `CreateOptions`, `UpdateOptions` or `PatchOptions`, for the message.
 * @throws ApiError 422 with upstream's causes.
 */
export function writeOptions(context: RequestContext, kind: string, patchType?: string): WriteOptions {
  const { query } = context.info;
  if (query === NO_QUERY && patchType !== 'apply') return optionsOf(context.request.headers?.['user-agent'] ?? '');
  const dryRun = param(query, 'dryRun');
  const fieldManager = param(query, 'fieldManager');
  const fieldValidation = param(query, 'fieldValidation');
  const force = param(query, 'force');
  const errors: FieldError[] = [];
  if (patchType === 'apply') {
    if (fieldManager === '') errors.push(required('fieldManager', 'is required for apply patch'));
  } else if (patchType !== undefined && force !== '')
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  errors.push(...validateFieldManager(fieldManager, 'fieldManager'));
  errors.push(...validateDryRun(dryRun === '' ? [] : [dryRun]));
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  if (errors.length) throw invalidObject({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun: dryRun !== '',
    fieldManager: fieldManager || managerOfUserAgent(context.request.headers?.['user-agent'] ?? ''),
    // The server's default; kubectl asks for Strict.
    fieldValidation: (fieldValidation || 'Warn') as FieldValidation,
    force: isTrue(force),
  };
}

/** Of a request that says nothing: the writer's name is all there is. Callers are few. */
export const optionsOf = remembered(100, (userAgent): WriteOptions => {
  const fieldManager = managerOfUserAgent(userAgent);
  return Object.freeze({ dryRun: false, fieldManager, fieldValidation: 'Warn', force: false });
});

/** ValidateDryRun: `All` or nothing. */
export function validateDryRun(values: readonly string[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [notSupported('dryRun', [...values], ['All'])];
}

/** ValidateFieldManager. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(manager) > FIELD_MANAGER_MAX_LENGTH) errors.push(tooLong(path, FIELD_MANAGER_MAX_LENGTH));
  if (PRINTABLE.test(manager)) return errors;
  let position = 0;
  for (const rune of manager) {
    if (!isPrint(rune))
      errors.push(invalid(path, manager, `invalid character ${formatRune(rune)} (at position ${position})`));
    position += utf8Length(rune);
  }
  return errors;
}

/** The part of a user agent before its first slash, printable characters only, cut at 128 bytes (prefixFromUserAgent). */
export function managerOfUserAgent(userAgent: string): string {
  const slash = userAgent.indexOf('/');
  const prefix = slash < 0 ? userAgent : userAgent.slice(0, slash);
  if (prefix.length <= 40 && PRINTABLE.test(prefix)) return prefix;
  let manager = '';
  let bytes = 0;
  for (const rune of prefix) {
    if (!isPrint(rune)) continue;
    bytes += utf8Length(rune);
    if (bytes > FIELD_MANAGER_MAX_LENGTH) break;
    manager += rune;
  }
  return manager;
}

/** unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII blank. */
function isPrint(rune: string): boolean {
  return rune === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(rune);
}

/** Go's %#U: `U+0007`, with the character behind it where it can be printed. */
function formatRune(rune: string): string {
  return `U+${(rune.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
}
