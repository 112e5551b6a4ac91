/** What a SubjectAccessReview asks about, and what is wrong with a question (kubernetes `pkg/apis/authorization/validation`). */
import { type FieldError, forbiddenField, invalid, required } from '../../apimachinery/field-error';
import { parseFieldSelector } from '../../apimachinery/fields';
import { type JsonObject, jsonOf } from '../../apimachinery/json';
import { parseLabelSelector } from '../../apimachinery/labels';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { isQualifiedName, isValidLabelValue } from '../../apimachinery/names';
import { complain } from '../validation/field-checks';

export interface AccessSpec {
  resourceAttributes?: ResourceAttributes;
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

export interface ResourceAttributes {
  namespace?: string;
  verb?: string;
  group?: string;
  version?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  fieldSelector?: SelectorAttributes;
  labelSelector?: SelectorAttributes;
}

interface SelectorAttributes {
  rawSelector?: string;
  requirements?: SelectorRequirement[];
}

interface SelectorRequirement {
  key?: string;
  operator?: string;
  values?: string[];
}

/** Whose access is asked about: one's own, or that of whom the spec names; there may be one namespace only. */
export type Subject = 'self' | 'named' | 'local';

/** ValidateSelfSubjectAccessReview, ValidateSubjectAccessReview, ValidateLocalSubjectAccessReview. */
export function validateAccessReview(review: KubeObject, subject: Subject): FieldError[] {
  const spec: AccessSpec = review['spec'] ?? {};
  const { resourceAttributes, nonResourceAttributes } = spec;
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    const told = jsonOf(nonResourceAttributes);
    const why = 'cannot be specified in combination with resourceAttributes';
    errors.push(invalid('spec.nonResourceAttributes', told, why));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', null, why));
  }
  if (subject !== 'self' && !spec.user && !spec.groups?.length) {
    errors.push(invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'));
  }
  validateSelector(
    'spec.resourceAttributes.fieldSelector',
    resourceAttributes?.fieldSelector,
    fieldRequirement,
    errors,
  );
  validateSelector(
    'spec.resourceAttributes.labelSelector',
    resourceAttributes?.labelSelector,
    labelRequirement,
    errors,
  );
  const { managedFields: _, namespace = '', ...rest } = review.metadata;
  if (Object.keys(rest).length > 0 || (namespace !== '' && subject !== 'local')) {
    const why = subject === 'local' ? 'must be empty except for namespace' : 'must be empty';
    errors.push(invalid('metadata', asJson(review)['metadata'], why));
  }
  if (subject !== 'local') return errors;
  if (resourceAttributes && (resourceAttributes.namespace ?? '') !== namespace) {
    const told = resourceAttributes.namespace ?? '';
    errors.push(invalid('spec.resourceAttributes.namespace', told, 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) {
    const told = jsonOf(nonResourceAttributes) as JsonObject;
    errors.push(invalid('spec.nonResourceAttributes', told, 'disallowed on this kind of request'));
  }
  return errors;
}

function validateSelector(
  path: string,
  selector: SelectorAttributes | undefined,
  validate: (path: string, requirement: SelectorRequirement, errors: FieldError[]) => void,
  errors: FieldError[],
): void {
  if (!selector) return;
  const { rawSelector = '', requirements = [] } = selector;
  if (rawSelector !== '' && requirements.length > 0) {
    errors.push(invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'));
  }
  if (rawSelector === '' && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(required(`${path}.requirements`, why));
  }
  for (const [i, requirement] of requirements.entries()) validate(`${path}.requirements[${i}]`, requirement, errors);
}

/** ValidateFieldSelectorRequirement; operators that are not known here are let through. */
function fieldRequirement(path: string, requirement: SelectorRequirement, errors: FieldError[]): void {
  if (!requirement.key) errors.push(required(`${path}.key`, 'must be specified'));
  requirementValues(path, requirement, errors);
}

/** ValidateLabelSelectorRequirement, likewise. */
function labelRequirement(path: string, requirement: SelectorRequirement, errors: FieldError[]): void {
  const { key = '', values = [] } = requirement;
  requirementValues(path, requirement, errors);
  complain(`${path}.key`, key, isQualifiedName(key), errors);
  for (const [i, value] of values.entries()) complain(`${path}.values[${i}]`, value, isValidLabelValue(value), errors);
}

function requirementValues(path: string, { operator, values = [] }: SelectorRequirement, errors: FieldError[]): void {
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    errors.push(forbiddenField(`${path}.values`, why));
  }
}

/** What of the selectors can't be understood, and so does not narrow the question down (BuildEvaluationError). */
export function selectorErrors({ fieldSelector, labelSelector }: ResourceAttributes): string[] {
  const told: string[] = [];
  const tell = (field: string, ignored: string | undefined) => {
    if (ignored) told.push(`spec.resourceAttributes.${field} ${ignored} due to parse error`);
  };
  tell('fieldSelector', ignoredPart(fieldSelector, parseFieldSelector, isFieldRequirement));
  tell('labelSelector', ignoredPart(labelSelector, parseLabelSelector, isLabelRequirement));
  return told;
}

function ignoredPart(
  selector: SelectorAttributes | undefined,
  parse: (text: string) => unknown,
  isUnderstood: (requirement: SelectorRequirement) => boolean,
): string | undefined {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  if (requirements.length > 0) {
    const understood = requirements.filter(isUnderstood).length;
    if (understood === requirements.length) return undefined;
    return understood > 0 ? 'partially ignored' : 'ignored';
  }
  try {
    parse(rawSelector);
    return undefined;
  } catch {
    return 'ignored';
  }
}

function isFieldRequirement({ operator, values = [] }: SelectorRequirement): boolean {
  return (operator === 'In' || operator === 'NotIn') && values.length === 1;
}

function isLabelRequirement({ operator = '' }: SelectorRequirement): boolean {
  return ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator);
}
