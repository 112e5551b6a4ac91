/** Roles and their bindings (pkg/apis/rbac/validation/validation.go). */
import { type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error';
import { isPathSegmentName, nameIsDNSSubdomain } from '../../apimachinery/names';
import { complain } from './field-checks';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

export interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}
export interface RoleRef {
  apiGroup?: string;
  kind?: string;
  name?: string;
}
export interface Subject {
  kind?: string;
  apiGroup?: string;
  name?: string;
  namespace?: string;
}

/** ValidatePolicyRule for each. */
export function validateRules(
  rules: readonly PolicyRule[] | undefined,
  namespaced: boolean,
  errors: FieldError[],
): void {
  (rules ?? []).forEach((rule, i) => {
    const at = `rules[${i}]`;
    const { nonResourceURLs: urls } = rule;
    if (!rule.verbs?.length) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (urls?.length) {
      const field = `${at}.nonResourceURLs`;
      if (namespaced) errors.push(invalid(field, urls, 'namespaced rules cannot apply to non-resource URLs'));
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length)
        errors.push(invalid(field, urls, 'rules cannot apply to both regular resources and non-resource URLs'));
      return;
    }
    if (!rule.apiGroups?.length)
      errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!rule.resources?.length)
      errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  });
}

/** @param kinds what may be bound: a cluster's binding binds cluster roles only. */
export function validateBinding(
  { roleRef = {}, subjects }: { roleRef?: RoleRef; subjects?: Subject[] },
  kinds: readonly string[],
  namespaced: boolean,
  errors: FieldError[],
): void {
  if (roleRef.apiGroup !== RBAC_GROUP)
    errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup ?? '', [RBAC_GROUP]));
  if (!kinds.includes(roleRef.kind ?? '')) errors.push(notSupported('roleRef.kind', roleRef.kind ?? '', kinds));
  if (!roleRef.name) errors.push(required('roleRef.name'));
  else complain('roleRef.name', roleRef.name, isPathSegmentName(roleRef.name), errors);
  (subjects ?? []).forEach((subject, i) => {
    validateSubject(`subjects[${i}]`, subject, namespaced, errors);
  });
}

/** The role that is bound stays. */
export function validateRoleRefUpdate(now: RoleRef = {}, old: RoleRef = {}, errors: FieldError[]): void {
  if (now.apiGroup === old.apiGroup && now.kind === old.kind && now.name === old.name) return;
  const value = { APIGroup: now.apiGroup ?? '', Kind: now.kind ?? '', Name: now.name ?? '' };
  errors.push(invalid('roleRef', value, 'cannot change roleRef'));
}

function validateSubject(path: string, subject: Subject, namespaced: boolean, errors: FieldError[]): void {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject;
  if (name === '') errors.push(required(`${path}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') complain(`${path}.name`, name, nameIsDNSSubdomain(name, false), errors);
      if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!namespaced && namespace === '') errors.push(required(`${path}.namespace`));
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC_GROUP) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [RBAC_GROUP]));
      break;
    default:
      errors.push(notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  }
}
