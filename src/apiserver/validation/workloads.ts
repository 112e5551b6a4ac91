/** What the kinds that run pods from a template share (pkg/apis/apps/validation/validation.go). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import { type Json, jsonOf } from '../../apimachinery/json';
import { type LabelSelectorObject, selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import { isDNS1123Label, isValidPercent } from '../../apimachinery/names';
import type { PodValidationOptions } from './containers';
import type { LabelSelector, PodTemplateSpec } from './core-types';
import { complain, validateNonnegative } from './field-checks';
import { isEmptySelector, labelsValue, selectorValue, validateLabelSelector } from './labels';
import { validatePodTemplateSpec } from './pod-template';
import { podWarnings } from './pod-warnings';

type Counts = Record<string, number | undefined>;
type IntOrPercent = number | string | undefined;

/** A selector that must be there and must not be empty; `kind` as upstream's text names it. */
export function validateWorkloadSelector(
  path: string,
  selector: LabelSelector | undefined,
  kind: string,
  errors: FieldError[],
): void {
  if (!selector) {
    errors.push(required(path));
    return;
  }
  validateLabelSelector(path, selector, errors);
  if (isEmptySelector(selector))
    errors.push(invalid(path, selectorValue(selector), `empty selector is invalid for ${kind}`));
}

/** The selector must select what the template makes; false for a selector that makes no sense at all. */
export function validateSelectorMatches(
  templatePath: string,
  selector: LabelSelector | undefined,
  template: PodTemplateSpec,
  errors: FieldError[],
): boolean {
  try {
    const labels = template.metadata?.labels;
    const parsed = selectorOf(selector as LabelSelectorObject | undefined);
    if (!parsed.empty && !parsed.matches(labels))
      errors.push(
        invalid(`${templatePath}.metadata.labels`, labelsValue(labels), '`selector` does not match template `labels`'),
      );
    return true;
  } catch {
    return false;
  }
}

/** ValidatePodTemplateSpecForReplicaSet, after the selector: the template, which must run its pods forever. */
export function validateLastingTemplate(
  path: string,
  template: PodTemplateSpec,
  kind: string,
  errors: FieldError[],
  options?: PodValidationOptions,
): void {
  validatePodTemplateSpec(path, template, errors, options);
  validateLastingPolicy(path, template, kind, errors);
}

/** Pods of these kinds are restarted always and have no deadline. */
export function validateLastingPolicy(
  path: string,
  template: PodTemplateSpec,
  kind: string,
  errors: FieldError[],
): void {
  const spec = template.spec ?? {};
  if (spec.restartPolicy !== 'Always')
    errors.push(notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy ?? '', ['Always']));
  if (spec.activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
    );
}

/** ValidatePositiveIntOrPercent. */
export function validateIntOrPercent(field: string, value: IntOrPercent, errors: FieldError[]): void {
  if (typeof value === 'string') complain(field, value, isValidPercent(value), errors);
  else validateNonnegative(field, value, errors);
}
/** IsNotMoreThan100Percent. */
export function validateAtMostAll(field: string, value: IntOrPercent, errors: FieldError[]): void {
  if (typeof value === 'string' && isValidPercent(value).length === 0 && Number.parseInt(value, 10) > 100)
    errors.push(invalid(field, value, 'must not be greater than 100%'));
}
/** The number before the sign of a percentage, or the number; 0 for what is neither (getIntOrPercentValue). */
export function intOrPercentValue(value: IntOrPercent): number {
  return typeof value === 'string' ? Number.parseInt(value, 10) || 0 : (value ?? 0);
}

/** Counts of a status: none below zero, and none of `parts` above `replicas`. */
export function validateCounts(
  status: Counts,
  fields: readonly string[],
  parts: readonly string[],
  errors: FieldError[],
): void {
  for (const field of fields) validateNonnegative(`status.${field}`, status[field], errors);
  const replicas = status.replicas ?? 0;
  for (const field of parts)
    if ((status[field] ?? 0) > replicas)
      errors.push(invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
}

/** collisionCount only rises. */
export function validateCollisionCount(status: Counts, old: Counts, errors: FieldError[]): void {
  const now = status.collisionCount;
  const was = old.collisionCount;
  if (was !== undefined && (now === undefined || now < was))
    errors.push(invalid('status.collisionCount', now ?? 0, 'cannot be decremented'));
}

/** Warnings of a workload: its name becomes part of hostnames, and what its template deserves. */
export function workloadWarnings(object: KubeObject, old: KubeObject | undefined): string[] {
  if (old && object.metadata.generation === old.metadata.generation) return [];
  const template: PodTemplateSpec = object.spec?.template ?? {};
  const warnings = podWarnings('spec.template.', template.spec ?? {}, template.metadata?.annotations);
  return old ? warnings : [...nameWarnings(object), ...warnings];
}

/** Of a name that will be part of pods' names and hostnames. */
export function nameWarnings(object: KubeObject): string[] {
  const complaints = isDNS1123Label(object.metadata.name ?? '');
  if (complaints.length === 0) return [];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${complaints.join(' ')}]`,
  ];
}

/** The selector as the scale subresource tells it. */
export function scaleSelector(object: KubeObject): string {
  try {
    return selectorOf(object.spec?.selector).toString();
  } catch {
    return '';
  }
}

/** The spec as JSON without some of its fields, to compare what is left. */
export function withoutFields(spec: object | undefined, fields: readonly string[]): Json {
  const rest = { ...jsonOf(spec ?? {}) };
  for (const field of fields) delete rest[field];
  return rest;
}
