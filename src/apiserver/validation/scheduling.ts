/** What a pod tells the scheduler beside its affinities: tolerations, taints, gates and how to spread. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../apimachinery/field-error';
import type { JsonObject } from '../../apimachinery/json';
import { isQualifiedName, isValidLabelValue } from '../../apimachinery/names';
import type { Toleration } from '../../apimachinery/toleration';
import { validateLabelKeys } from './affinity';
import type { PodSpec, TopologySpreadConstraint } from './core-types';
import { complain, semanticEqual, validatePositive } from './field-checks';
import { validateLabelSelector } from './labels';

/** validateTaintEffect. */
export function validateTaintEffect(
  field: string,
  effect: string | undefined,
  allowEmpty: boolean,
  errors: FieldError[],
): void {
  const supported = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
  if (!effect && !allowEmpty) errors.push(required(field));
  else if (!supported.includes(effect ?? '')) errors.push(notSupported(field, effect ?? '', supported));
}

/** ValidateTolerations. */
export function validateTolerations(
  path: string,
  tolerations: readonly Toleration[] | undefined,
  errors: FieldError[],
): void {
  if (!tolerations) return;
  for (let i = 0; i < tolerations.length; i++) {
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = tolerations[i] as Toleration;
    if (key !== '') complain(`${path}[${i}].key`, key, isQualifiedName(key), errors);
    if (key === '' && operator !== 'Exists')
      errors.push(
        invalid(
          `${path}[${i}].operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(
        invalid(`${path}[${i}].effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    if (operator === 'Equal' || operator === '') {
      const complaints = isValidLabelValue(value);
      if (complaints.length > 0) errors.push(invalid(`${path}[${i}].operator`, value, complaints.join(';')));
    } else if (operator === 'Exists') {
      if (value !== '')
        errors.push(invalid(`${path}[${i}].operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else {
      const comparison = operator === 'Lt' || operator === 'Gt';
      errors.push(
        notSupported(
          `${path}[${i}].operator`,
          operator,
          comparison ? ['Equal', 'Exists', 'Lt', 'Gt'] : ['Equal', 'Exists'],
        ),
      );
    }
    if (effect !== '') validateTaintEffect(`${path}[${i}].effect`, effect, true, errors);
  }
}

/** Tolerations may only be added, and their seconds changed (validateOnlyAddedTolerations). */
export function validateAddedTolerations(
  path: string,
  tolerations: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
  errors: FieldError[],
): void {
  for (const was of old) {
    const kept = tolerations.some((now) => semanticEqual(withoutSeconds(now), withoutSeconds(was)));
    if (!kept) {
      errors.push(forbiddenField(path, 'existing toleration can not be modified except its tolerationSeconds'));
      return;
    }
  }
  validateTolerations(path, tolerations, errors);
}

function withoutSeconds({ key = '', operator = '', value = '', effect = '' }: Toleration): JsonObject {
  return { key, operator, value, effect };
}

/** validateSchedulingGates. */
export function validateSchedulingGates(path: string, gates: PodSpec['schedulingGates'], errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [i, { name = '' }] of (gates ?? []).entries()) {
    complain(`${path}[${i}]`, name, isQualifiedName(name), errors);
    if (seen.has(name)) errors.push(duplicate(`${path}[${i}]`, name));
    seen.add(name);
  }
}

/** Gates may only be taken away (validateOnlyDeletedSchedulingGates). */
export function validateDeletedSchedulingGates(
  path: string,
  gates: PodSpec['schedulingGates'],
  old: PodSpec['schedulingGates'],
  errors: FieldError[],
): void {
  for (const [i, gate] of (gates ?? []).entries())
    if (!(old ?? []).some((was) => was.name === gate.name))
      errors.push(
        forbiddenField(
          `${path}[${i}].name`,
          `only deletion is allowed, but found new scheduling gate '${gate.name ?? ''}'`,
        ),
      );
}

/** validateTopologySpreadConstraints. */
export function validateTopologySpread(
  path: string,
  constraints: readonly TopologySpreadConstraint[] | undefined,
  errors: FieldError[],
  allowInvalidSelector = false,
): void {
  if (!constraints) return;
  for (const [i, constraint] of constraints.entries()) {
    const at = `${path}[${i}]`;
    const { topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
    validatePositive(`${at}.maxSkew`, constraint.maxSkew, errors);
    if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (whenUnsatisfiable !== 'DoNotSchedule' && whenUnsatisfiable !== 'ScheduleAnyway')
      errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
    const repeated = constraints
      .slice(i + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeated)
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
    if (minDomains !== undefined) {
      validatePositive(`${at}.minDomains`, minDomains, errors);
      if (whenUnsatisfiable !== 'DoNotSchedule')
        errors.push(
          invalid(
            `${at}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        );
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[field];
      if (policy !== undefined && policy !== 'Honor' && policy !== 'Ignore')
        errors.push(notSupported(`${at}.${field}`, policy, ['Honor', 'Ignore']));
    }
    validateLabelKeys(at, constraint.matchLabelKeys, [], constraint.labelSelector, errors);
    if (!allowInvalidSelector) validateLabelSelector(`${at}.labelSelector`, constraint.labelSelector, errors);
  }
}
