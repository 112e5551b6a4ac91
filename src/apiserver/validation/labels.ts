/** Labels, annotations and label selectors (apimachinery `apis/meta/v1/validation`, `api/validation/objectmeta.go`). */
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../../apimachinery/field-error';
import { type JsonObject, jsonOf } from '../../apimachinery/json';
import { isQualifiedName, isValidLabelValue, utf8Length } from '../../apimachinery/names';
import type { LabelSelector, LabelSelectorRequirement } from './core-types';
import { complain } from './field-checks';

/** 256 KiB over all keys and values of an object. */
const ANNOTATIONS_LIMIT = 262144;

/** ValidateLabels: every error stands at the map's own path. */
export function validateLabels(
  path: string,
  labels: Readonly<Record<string, string>> | undefined,
  errors: FieldError[],
): void {
  if (!labels) return;
  for (const key of Object.keys(labels)) {
    complain(path, key, isQualifiedName(key), errors);
    const value = labels[key] as string;
    complain(path, value, isValidLabelValue(value), errors);
  }
}

/** ValidateAnnotations. */
export function validateAnnotations(
  path: string,
  annotations: Readonly<Record<string, string>> | undefined,
  errors: FieldError[],
): void {
  if (!annotations) return;
  let size = 0;
  for (const key of Object.keys(annotations)) {
    complain(path, key, isQualifiedName(key.toLowerCase()), errors);
    size += utf8Length(key) + utf8Length(annotations[key] as string);
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLong(path, ANNOTATIONS_LIMIT));
}

export interface LabelSelectorOptions {
  /** For what was stored before values were checked. */
  allowInvalidValues?: boolean;
}

/** ValidateLabelSelector. */
export function validateLabelSelector(
  path: string,
  selector: LabelSelector | undefined,
  errors: FieldError[],
  options?: LabelSelectorOptions,
): void {
  if (!selector) return;
  validateLabels(`${path}.matchLabels`, selector.matchLabels, errors);
  const expressions = selector.matchExpressions;
  for (let i = 0; i < (expressions?.length ?? 0); i++)
    validateRequirement(
      `${path}.matchExpressions[${i}]`,
      (expressions as LabelSelectorRequirement[])[i] as LabelSelectorRequirement,
      errors,
      options,
    );
}

/** ValidateLabelSelectorRequirement, and ValidateNodeSelectorRequirement where numbers may be compared too. */
export function validateRequirement(
  path: string,
  { key = '', operator = '', values = [] }: { key?: string; operator?: string; values?: string[] },
  errors: FieldError[],
  { allowInvalidValues, compares }: LabelSelectorOptions & { compares?: boolean } = {},
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(
          forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      break;
    default:
      if (!compares || (operator !== 'Gt' && operator !== 'Lt'))
        errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
      else if (values.length !== 1)
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  }
  complain(`${path}.key`, key, isQualifiedName(key), errors);
  if (allowInvalidValues) return;
  values.forEach((value, i) => {
    complain(`${path}.values[${i}]`, value, isValidLabelValue(value), errors);
  });
}

/** True for a selector with values that today's rules refuse (LabelSelectorHasInvalidLabelValue). */
export function hasInvalidLabelValues(selector: LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some((expression) =>
    (expression.values ?? []).some((value) => isValidLabelValue(value).length > 0),
  );
}

/** True for `{}` and for nothing. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    !selector ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}

/** Labels as a complaint shows them: keys in order; `null` for none. */
export function labelsValue(labels: Readonly<Record<string, string>> | undefined): Record<string, string> | null {
  return labels ? Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) : null;
}

/** A selector as a complaint shows it. */
export function selectorValue(selector: LabelSelector | undefined): JsonObject {
  const { matchLabels, matchExpressions } = selector ?? {};
  return {
    ...(matchLabels && { matchLabels: labelsValue(matchLabels) }),
    ...(matchExpressions && { matchExpressions: matchExpressions.map((expression) => jsonOf(expression)) }),
  };
}
