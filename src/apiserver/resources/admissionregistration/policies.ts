/** What validating and mutating admission policies and their bindings share. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error';
import { isDNS1035Label, isDNS1123Subdomain, isPathSegmentName, nameIsDNSSubdomain } from '../../../apimachinery/names';
import { POLICY_GROUP as GROUP, type PolicySpec as WrittenSpec } from '../../admission/policies/policy-objects';
import { validatePolicyExpressions } from '../../admission/policies/validate-expressions';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector } from '../../validation/core-types';
import { complain } from '../../validation/field-checks';
import { validateLabelSelector } from '../../validation/labels';
import { type Rule, validateAdmissionRule } from '../../validation/webhooks';
import { AGE, ageOf, column, formatLabelSelector, NAME, nameOf } from '../columns';

interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: Rule[];
  excludeResourceRules?: Rule[];
}
interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelector;
  parameterNotFoundAction?: string;
}
type PolicySpec = Omit<WrittenSpec, 'matchConstraints' | 'failurePolicy'> & {
  failurePolicy?: string;
  matchConstraints?: MatchResources;
};
interface BindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
  validationActions?: string[];
}

/** @param rules the field with the policy's rules */
export function policyDefinition(resource: string, rules: 'validations' | 'mutations'): ResourceDefinition {
  const validates = rules === 'validations';
  return {
    group: GROUP,
    resource,
    requiresResourceVersionOnUpdate: true,
    columns: [
      NAME,
      column(validates ? 'Validations' : 'Mutations', {
        type: 'integer',
        description: validates
          ? 'Validations indicates the number of validation rules defined in this configuration'
          : 'Mutation indicates the number of mutations rules defined in this configuration',
      }),
      column('ParamKind', {
        description: 'ParamKind specifies the kind of resources used to parameterize this policy',
      }),
      AGE,
    ],
    cells(object, now) {
      const spec: PolicySpec = object.spec ?? {};
      const { paramKind } = spec;
      return [
        nameOf(object),
        spec[rules]?.length ?? 0,
        paramKind ? `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}` : '<unset>',
        ageOf(object, now),
      ];
    },
    defaults(object) {
      object.spec ??= {};
      const spec: PolicySpec = object.spec;
      spec.failurePolicy ??= 'Fail';
      if (!validates) spec.reinvocationPolicy ??= 'Never';
      defaultMatchResources(spec.matchConstraints);
    },
    prepareForCreate(object) {
      if (validates) object.status = {};
    },
    validate(object) {
      const errors: FieldError[] = [];
      validatePolicy(object.spec ?? {}, validates, object.metadata.name ?? '', errors);
      return errors;
    },
  };
}

export function policyBindingDefinition(resource: string, hasActions: boolean): ResourceDefinition {
  return {
    group: GROUP,
    resource,
    requiresResourceVersionOnUpdate: true,
    columns: [
      NAME,
      column('PolicyName', {
        description: 'PolicyName indicates the policy definition which the policy binding binded to',
      }),
      column('ParamRef', {
        description: 'ParamRef indicates the param resource which sets the configuration param',
      }),
      AGE,
    ],
    cells(object, now) {
      const spec: BindingSpec = object.spec ?? {};
      return [nameOf(object), spec.policyName ?? '', paramText(spec.paramRef), ageOf(object, now)];
    },
    defaults(object) {
      object.spec ??= {};
      const spec: BindingSpec = object.spec;
      defaultMatchResources(spec.matchResources);
    },
    validate(object) {
      const errors: FieldError[] = [];
      const spec: BindingSpec = object.spec ?? {};
      if (!spec.policyName) errors.push(required('spec.policyName'));
      else complain('spec.policyName', spec.policyName, nameIsDNSSubdomain(spec.policyName, false), errors);
      if (spec.paramRef) validateParamRef('spec.paramRef', spec.paramRef, errors);
      if (spec.matchResources) validateMatchResources('spec.matchResources', spec.matchResources, errors);
      if (hasActions) validateActions('spec.validationActions', spec.validationActions ?? [], errors);
      return errors;
    },
  };
}

function paramText(param: ParamRef | undefined): string {
  if (param?.name) return `${param.namespace || '*'}/${param.name}`;
  return param?.selector ? formatLabelSelector(param.selector) : '<unset>';
}

function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

function validatePolicy(spec: PolicySpec, validates: boolean, name: string, errors: FieldError[]): void {
  const policies = ['Fail', 'Ignore'];
  if (spec.failurePolicy !== undefined && !policies.includes(spec.failurePolicy))
    errors.push(notSupported('spec.failurePolicy', spec.failurePolicy, policies));
  if (spec.paramKind) validateParamKind('spec.paramKind', spec.paramKind, errors);
  if (!spec.matchConstraints) errors.push(required('spec.matchConstraints'));
  else {
    validateMatchResources('spec.matchConstraints', spec.matchConstraints, errors);
    if (!spec.matchConstraints.resourceRules?.length) errors.push(required('spec.matchConstraints.resourceRules'));
  }
  validatePolicyExpressions(spec as WrittenSpec, validates, name, errors);
}

function validateParamKind(path: string, param: NonNullable<PolicySpec['paramKind']>, errors: FieldError[]): void {
  const { apiVersion = '', kind = '' } = param;
  const parts = apiVersion.split('/');
  if (apiVersion === '') errors.push(required(`${path}.apiVersion`));
  else if (parts.length > 2)
    errors.push(invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const version = parts.pop() ?? '';
    const [group = ''] = parts;
    const groupComplaints = group === '' ? [] : isDNS1123Subdomain(group);
    if (groupComplaints.length > 0) errors.push(invalid(`${path}.apiVersion`, group, groupComplaints.join(',')));
    const complaints = isDNS1035Label(version);
    if (version === '') errors.push(invalid(`${path}.apiVersion`, apiVersion, 'version must be specified'));
    else if (complaints.length > 0) errors.push(invalid(`${path}.apiVersion`, version, complaints.join(',')));
  }
  const complaints = isDNS1035Label(kind.toLowerCase());
  if (kind === '') errors.push(required(`${path}.kind`));
  else if (complaints.length > 0)
    errors.push(
      invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${complaints.join(',')}`),
    );
}

function validateMatchResources(path: string, match: MatchResources, errors: FieldError[]): void {
  const policies = ['Equivalent', 'Exact'];
  if (match.matchPolicy !== undefined && !policies.includes(match.matchPolicy))
    errors.push(notSupported(`${path}.matchPolicy`, match.matchPolicy, policies));
  validateLabelSelector(`${path}.namespaceSelector`, match.namespaceSelector, errors);
  validateLabelSelector(`${path}.objectSelector`, match.objectSelector, errors);
  for (const field of ['resourceRules', 'excludeResourceRules'] as const)
    (match[field] ?? []).forEach((rule, i) => {
      validateAdmissionRule(`${path}.${field}[${i}]`, rule, errors);
    });
}

function validateParamRef(path: string, param: ParamRef, errors: FieldError[]): void {
  const { name, selector, parameterNotFoundAction: action } = param;
  const text = 'name and selector are mutually exclusive';
  if (name) {
    complain(`${path}.name`, name, isPathSegmentName(name), errors);
    if (selector) errors.push(forbiddenField(`${path}.name`, text));
  }
  if (selector) {
    validateLabelSelector(`${path}.selector`, selector, errors);
    if (name) errors.push(forbiddenField(`${path}.selector`, text));
  }
  if (!name && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  if (!action) errors.push(required(`${path}.parameterNotFoundAction`));
  else if (action !== 'Deny' && action !== 'Allow')
    errors.push(notSupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow']));
}

function validateActions(path: string, actions: readonly string[], errors: FieldError[]): void {
  const known = ['Audit', 'Deny', 'Warn'];
  const seen = new Set<string>();
  actions.forEach((action, i) => {
    if (!known.includes(action)) errors.push(notSupported(`${path}[${i}]`, action, known));
    if (seen.has(action)) errors.push(duplicate(`${path}[${i}]`, action));
    seen.add(action);
  });
  if (seen.has('Deny') && seen.has('Warn'))
    errors.push(
      invalid(
        path,
        [...actions],
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    );
  if (seen.size === 0) errors.push(required(path, 'at least one validation action is required'));
}
