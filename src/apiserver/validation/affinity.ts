/** Node selectors and affinities (validateAffinity, ValidateNodeSelector). */
import { type FieldError, forbiddenField, invalid, required } from '../../apimachinery/field-error';
import { isQualifiedName, nameIsDNSLabel, nameIsDNSSubdomain } from '../../apimachinery/names';
import type {
  Affinity,
  LabelSelector,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from './core-types';
import { complain } from './field-checks';
import { type LabelSelectorOptions, validateLabelSelector, validateRequirement } from './labels';

export interface AffinityOptions {
  allowInvalidLabelValueInSelector?: boolean;
  allowInvalidLabelValueInRequiredNodeAffinity?: boolean;
}

export function validateAffinity(
  path: string,
  affinity: Affinity | undefined,
  errors: FieldError[],
  options: AffinityOptions = {},
): void {
  if (!affinity) return;
  const node = affinity.nodeAffinity;
  if (node) {
    const at = `${path}.nodeAffinity`;
    if (node.requiredDuringSchedulingIgnoredDuringExecution)
      validateNodeSelector(
        `${at}.requiredDuringSchedulingIgnoredDuringExecution`,
        node.requiredDuringSchedulingIgnoredDuringExecution,
        errors,
        options.allowInvalidLabelValueInRequiredNodeAffinity,
      );
    for (const [i, term] of (node.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const termPath = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      validateWeight(termPath, term.weight, errors);
      validateNodeSelectorTerm(`${termPath}.preference`, term.preference ?? {}, errors, true);
    }
  }
  const selectorOptions = { allowInvalidValues: options.allowInvalidLabelValueInSelector };
  if (affinity.podAffinity) validatePodAffinity(`${path}.podAffinity`, affinity.podAffinity, errors, selectorOptions);
  if (affinity.podAntiAffinity)
    validatePodAffinity(`${path}.podAntiAffinity`, affinity.podAntiAffinity, errors, selectorOptions);
}

function validateWeight(path: string, weight: number | undefined, errors: FieldError[]): void {
  if (weight === undefined || weight <= 0 || weight > 100)
    errors.push(invalid(`${path}.weight`, weight ?? 0, 'must be in the range 1-100'));
}

/** ValidateNodeSelector. */
export function validateNodeSelector(
  path: string,
  selector: NodeSelector,
  errors: FieldError[],
  allowInvalidValues = false,
): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0)
    errors.push(required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term'));
  for (const [i, term] of terms.entries())
    validateNodeSelectorTerm(`${path}.nodeSelectorTerms[${i}]`, term, errors, allowInvalidValues);
}

function validateNodeSelectorTerm(
  path: string,
  term: NodeSelectorTerm,
  errors: FieldError[],
  allowInvalidValues: boolean,
): void {
  for (const [i, requirement] of (term.matchExpressions ?? []).entries())
    validateRequirement(`${path}.matchExpressions[${i}]`, requirement, errors, { allowInvalidValues, compares: true });
  for (const [i, requirement] of (term.matchFields ?? []).entries())
    validateFieldExpression(`${path}.matchFields[${i}]`, requirement, errors);
}

function validateFieldExpression(path: string, requirement: NodeSelectorRequirement, errors: FieldError[]): void {
  const values = requirement.values ?? [];
  if (requirement.operator === 'In' || requirement.operator === 'NotIn') {
    if (values.length !== 1)
      errors.push(
        required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
      );
  } else {
    errors.push(invalid(`${path}.operator`, requirement.operator ?? '', 'not a valid selector operator'));
  }
  if (requirement.key !== 'metadata.name')
    errors.push(invalid(`${path}.key`, requirement.key ?? '', 'not a valid field selector key'));
  else
    values.forEach((value, i) => {
      complain(`${path}.values[${i}]`, value, nameIsDNSSubdomain(value, false), errors);
    });
}

function validatePodAffinity(
  path: string,
  affinity: PodAffinity,
  errors: FieldError[],
  options: LabelSelectorOptions,
): void {
  for (const [i, term] of (affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
    validatePodAffinityTerm(`${path}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`, term, errors, options);
  for (const [i, weighted] of (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    validateWeight(at, weighted.weight, errors);
    validatePodAffinityTerm(`${at}.podAffinityTerm`, weighted.podAffinityTerm ?? {}, errors, options);
  }
}

function validatePodAffinityTerm(
  path: string,
  term: PodAffinityTerm,
  errors: FieldError[],
  options: LabelSelectorOptions,
): void {
  validateLabelSelector(`${path}.labelSelector`, term.labelSelector, errors, options);
  validateLabelSelector(`${path}.namespaceSelector`, term.namespaceSelector, errors, options);
  for (const namespace of term.namespaces ?? [])
    complain(`${path}.namespace`, namespace, nameIsDNSLabel(namespace, false), errors);
  validateLabelKeys(path, term.matchLabelKeys, term.mismatchLabelKeys, term.labelSelector, errors);
  if (!term.topologyKey) errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  complain(`${path}.topologyKey`, term.topologyKey ?? '', isQualifiedName(term.topologyKey ?? ''), errors);
}

/** ValidateMatchLabelKeysAndMismatchLabelKeys; also of topology spread constraints. */
export function validateLabelKeys(
  path: string,
  matchKeys: readonly string[] = [],
  mismatchKeys: readonly string[] = [],
  selector: LabelSelector | undefined,
  errors: FieldError[],
): void {
  for (const [field, keys] of [
    ['matchLabelKeys', matchKeys],
    ['mismatchLabelKeys', mismatchKeys],
  ] as const) {
    if (keys.length === 0) continue;
    if (!selector)
      errors.push(forbiddenField(`${path}.${field}`, 'must not be specified when labelSelector is not set'));
    else
      keys.forEach((key, i) => {
        complain(`${path}.${field}[${i}]`, key, isQualifiedName(key), errors);
      });
  }
  if (selector) {
    // The requirements that were built from matchLabelKeys stand in the selector already: a key met twice was given twice.
    const seen = new Set(Object.keys(selector.matchLabels ?? {}));
    for (const { key = '' } of selector.matchExpressions ?? []) {
      const at = matchKeys.lastIndexOf(key);
      if (at >= 0 && seen.has(key))
        errors.push(invalid(`${path}[${at}]`, key, 'exists in both matchLabelKeys and labelSelector'));
      seen.add(key);
    }
  }
  matchKeys.forEach((key, i) => {
    if (mismatchKeys.includes(key))
      errors.push(invalid(`${path}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  });
}
