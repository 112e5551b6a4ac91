/** Specs of jobs (pkg/apis/batch/validation/validation.go). */
import { type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../../apimachinery/field-error';
import { utf8Length } from '../../apimachinery/names';
import type { PodValidationOptions } from './containers';
import type { LabelSelector, PodTemplateSpec } from './core-types';
import { validateDomainPrefixedPath } from './domain-path';
import { complain, validateNonnegative, validateQualifiedName } from './field-checks';
import { parseIndexes } from './job-indexes';
import { validatePodTemplateSpec } from './pod-template';
import { internalOf } from './spec-diff';

export interface PodFailurePolicyRule {
  action?: string;
  onExitCodes?: { containerName?: string; operator?: string; values?: number[] };
  onPodConditions?: { type?: string; status?: string }[];
}
export interface SuccessPolicyRule {
  succeededIndexes?: string;
  succeededCount?: number;
}
export interface JobSpec {
  parallelism?: number;
  completions?: number;
  activeDeadlineSeconds?: number;
  podFailurePolicy?: { rules?: PodFailurePolicyRule[] };
  successPolicy?: { rules?: SuccessPolicyRule[] };
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  selector?: LabelSelector;
  manualSelector?: boolean;
  template?: PodTemplateSpec;
  ttlSecondsAfterFinished?: number;
  completionMode?: string;
  suspend?: boolean;
  podReplacementPolicy?: string;
  managedBy?: string;
}

const MAX_INDEXED = 100_000;
const MAX_PARALLELISM_OF_MANY = 10_000;

/** validateJobSpec: all but the selector, which a job's template in a cron job does not have. */
export function validateJobTemplate(
  path: string,
  spec: JobSpec,
  errors: FieldError[],
  options?: PodValidationOptions,
): void {
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const)
    validateNonnegative(`${path}.${field}`, spec[field], errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (spec.managedBy !== undefined) {
    validateDomainPrefixedPath(`${path}.managedBy`, spec.managedBy, errors);
    if (utf8Length(spec.managedBy) > 63) errors.push(tooLong(`${path}.managedBy`, 63));
  }
  validateCompletionMode(path, spec, errors);
  if (spec.podFailurePolicy) validatePodFailurePolicy(`${path}.podFailurePolicy.rules`, spec, errors);
  if (spec.successPolicy) {
    if (spec.completionMode === 'Indexed') validateSuccessPolicy(`${path}.successPolicy.rules`, spec, errors);
    else
      errors.push(
        invalid(
          `${path}.successPolicy`,
          internalOf('SuccessPolicy', spec.successPolicy),
          'requires indexed completion mode',
        ),
      );
  }
  validatePodReplacementPolicy(`${path}.podReplacementPolicy`, spec, errors);
  validatePodTemplateSpec(`${path}.template`, spec.template ?? {}, errors, options);
  validateRestartPolicy(`${path}.template.spec.restartPolicy`, spec, errors);
}

function validateCompletionMode(path: string, spec: JobSpec, errors: FieldError[]): void {
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex, completionMode: mode } = spec;
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    errors.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  if (mode === undefined || mode === 'NonIndexed') {
    if (backoffLimitPerIndex !== undefined)
      errors.push(invalid(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, 'requires indexed completion mode'));
    if (maxFailedIndexes !== undefined)
      errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'requires indexed completion mode'));
  }
  if (mode !== 'Indexed') return;
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  if (parallelism !== undefined && parallelism > MAX_INDEXED)
    errors.push(
      invalid(
        `${path}.parallelism`,
        parallelism,
        `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`,
      ),
    );
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'));
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_INDEXED)
    errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${MAX_INDEXED}`));
  if (completions === undefined || completions <= MAX_INDEXED || backoffLimitPerIndex === undefined) return;
  const text = `must be less than or equal to ${MAX_PARALLELISM_OF_MANY} when completions are above ${MAX_INDEXED} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined)
    errors.push(required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MAX_INDEXED}`));
  if (parallelism !== undefined && parallelism > MAX_PARALLELISM_OF_MANY)
    errors.push(invalid(`${path}.parallelism`, parallelism, text));
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_PARALLELISM_OF_MANY)
    errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, text));
}

function validateRestartPolicy(field: string, spec: JobSpec, errors: FieldError[]): void {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    errors.push(notSupported(field, policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy && policy !== 'Never')
    errors.push(invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified'));
}

function validatePodReplacementPolicy(path: string, spec: JobSpec, errors: FieldError[]): void {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return;
  if (spec.podFailurePolicy) {
    if (policy !== 'Failed') errors.push(notSupported(path, policy, ['Failed']));
  } else if (policy !== 'Failed' && policy !== 'TerminatingOrFailed')
    errors.push(notSupported(path, policy, ['Failed', 'TerminatingOrFailed']));
}

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const quotedList = (values: readonly string[]): string => `valid values: [${values.map((v) => `"${v}"`).join(' ')}]`;

function validatePodFailurePolicy(path: string, spec: JobSpec, errors: FieldError[]): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > 20) errors.push(tooMany(path, rules.length, 20));
  const { containers, initContainers } = spec.template?.spec ?? {};
  const names = new Set([...(containers ?? []), ...(initContainers ?? [])].map((container) => container.name ?? ''));
  rules.forEach((rule, i) => {
    const at = `${path}[${i}]`;
    if (!rule.action) errors.push(required(`${at}.action`, quotedList(ACTIONS)));
    else if (rule.action === 'FailIndex') {
      if (spec.backoffLimitPerIndex === undefined)
        errors.push(invalid(`${at}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'));
    } else if (!ACTIONS.includes(rule.action)) errors.push(notSupported(`${at}.action`, rule.action, ACTIONS));
    const conditions = rule.onPodConditions ?? [];
    if (rule.onExitCodes) validateExitCodes(`${at}.onExitCodes`, rule.onExitCodes, names, errors);
    if (conditions.length > 0) validatePodConditions(`${at}.onPodConditions`, conditions, errors);
    if (rule.onExitCodes && conditions.length > 0)
      errors.push(invalidWithoutValue(at, 'specifying both OnExitCodes and OnPodConditions is not supported'));
    if (!rule.onExitCodes && conditions.length === 0)
      errors.push(invalidWithoutValue(at, 'specifying one of OnExitCodes and OnPodConditions is required'));
  });
}

/** An error that tells no value (field.OmitValueType). */
export function invalidWithoutValue(field: string, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, body: `Invalid value: ${detail}` };
}

function validatePodConditions(
  path: string,
  conditions: NonNullable<PodFailurePolicyRule['onPodConditions']>,
  errors: FieldError[],
): void {
  const statuses = ['False', 'True', 'Unknown'];
  if (conditions.length > 20) errors.push(tooMany(path, conditions.length, 20));
  conditions.forEach(({ type = '', status = '' }, i) => {
    validateQualifiedName(`${path}[${i}].type`, type, errors);
    if (status === '') errors.push(required(`${path}[${i}].status`, quotedList(statuses)));
    else if (!statuses.includes(status)) errors.push(notSupported(`${path}[${i}].status`, status, statuses));
  });
}

function validateExitCodes(
  path: string,
  rule: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  containers: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const operators = ['In', 'NotIn'];
  const { operator = '', containerName } = rule;
  const values = rule.values ?? [];
  if (operator === '') errors.push(required(`${path}.operator`, quotedList(operators)));
  else if (!operators.includes(operator)) errors.push(notSupported(`${path}.operator`, operator, operators));
  if (containerName != null && !containers.has(containerName))
    errors.push(
      invalid(
        `${path}.containerName`,
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  const at = `${path}.values`;
  if (values.length === 0) errors.push(invalid(at, rule.values ?? null, 'at least one value is required'));
  else if (values.length > 255) errors.push(tooMany(at, values.length, 255));
  const seen = new Set<number>();
  values.forEach((value, i) => {
    if (operator === 'In' && value === 0)
      errors.push(invalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'));
    if (seen.has(value))
      errors.push({ type: 'FieldValueDuplicate', field: `${at}[${i}]`, body: `Duplicate value: ${value}` });
    seen.add(value);
  });
  if (values.some((value, i) => i > 0 && (values[i - 1] as number) > value))
    errors.push(invalid(at, values, 'must be ordered'));
}

function validateSuccessPolicy(path: string, spec: JobSpec, errors: FieldError[]): void {
  const rules = spec.successPolicy?.rules ?? [];
  const completions = spec.completions ?? 0;
  if (rules.length === 0)
    errors.push(required(path, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > 20) errors.push(tooMany(path, rules.length, 20));
  rules.forEach(({ succeededCount: count, succeededIndexes: indexes }, i) => {
    const at = `${path}[${i}]`;
    if (count === undefined && indexes === undefined)
      errors.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'));
    let total = 0;
    if (indexes !== undefined) {
      if (utf8Length(indexes) > 65536) errors.push(tooLong(`${at}.succeededIndexes`, 65536));
      const parsed = parseIndexes(indexes, completions);
      if (typeof parsed === 'string')
        complain(`${at}.succeededIndexes`, indexes, [`error parsing succeededIndexes: ${parsed}`], errors);
      else total = parsed.total;
    }
    if (count === undefined) return;
    const field = `${at}.succeededCount`;
    validateNonnegative(field, count, errors);
    if (count > completions)
      errors.push(
        invalid(field, count, `must be less than or equal to ${completions} (the number of specified completions)`),
      );
    if (indexes !== undefined && count > total)
      errors.push(
        invalid(
          field,
          count,
          `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
        ),
      );
  });
}
