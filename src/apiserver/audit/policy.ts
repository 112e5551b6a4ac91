/** What is written into the audit log of which requests (apiserver `pkg/audit/policy`, `pkg/apis/audit/validation`). */
import { type FieldError, invalid, notSupported, required } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { nameIsDNSSubdomain } from '../../apimachinery/names';
import { throwFieldErrors } from '../admission/plugin-configuration';
import type { UserInfo } from '../authentication';
import type { AccessAttributes } from '../authorization';

export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof LEVELS)[number];

export const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof STAGES)[number];

interface Rule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: { group?: string; resources?: string[]; resourceNames?: string[] }[];
  namespaces?: string[];
  nonResourceURLs?: string[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

export interface AuditPolicy {
  rules: Rule[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

/** How one request is noted. */
export interface Noted {
  readonly level: Level;
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean;
}

/** @throws Error that says all that is wrong with it. */
export function readAuditPolicy(value: Json): AuditPolicy {
  const object = isObject(value) ? value : {};
  const { apiVersion = '', kind = '' } = object;
  if (kind !== 'Policy' || apiVersion !== 'audit.k8s.io/v1')
    throw new Error(
      `failed decoding: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/audit/scheme.go:30"`,
    );
  const rules = Array.isArray(object['rules']) ? object['rules'] : [];
  const errors: FieldError[] = [];
  for (const [i, rule] of rules.entries()) validateRule(`rules[${i}]`, isObject(rule) ? rule : {}, errors);
  validateStages('omitStages', object['omitStages'], errors);
  throwFieldErrors(errors);
  if (rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  return object as unknown as AuditPolicy;
}

function validateRule(path: string, rule: JsonObject, errors: FieldError[]): void {
  const { level = '', nonResourceURLs, resources, namespaces } = rule;
  if (level === '') errors.push(required(`${path}.level`));
  else if (!(LEVELS as readonly Json[]).includes(level)) errors.push(notSupported(`${path}.level`, level, LEVELS));
  const urls = Array.isArray(nonResourceURLs) ? nonResourceURLs.map(String) : [];
  for (const [i, url] of urls.entries()) {
    if (url === '*') continue;
    const at = `${path}.nonResourceURLs[${i}]`;
    if (!url.startsWith('/')) errors.push(invalid(at, url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes('*'))
      errors.push(invalid(at, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  }
  for (const one of Array.isArray(resources) ? resources.filter(isObject) : []) {
    const { group = '', resources: names, resourceNames } = one;
    const wrong = group === '' || group === '*' ? [] : nameIsDNSSubdomain(String(group), false);
    if (wrong.length > 0) errors.push(invalid(`${path}.resources.group`, group, wrong.join(',')));
    if (hasAny(resourceNames) && !hasAny(names))
      errors.push(
        invalid(
          `${path}.resources.resourceNames`,
          resourceNames as Json,
          'using resourceNames requires at least one resource',
        ),
      );
  }
  validateStages(`${path}.omitStages`, rule['omitStages'], errors);
  if (urls.length > 0 && (hasAny(resources) || hasAny(namespaces)))
    errors.push(
      invalid(`${path}.nonResourceURLs`, urls, 'rules cannot apply to both regular resources and non-resource URLs'),
    );
}

function validateStages(path: string, stages: Json | undefined, errors: FieldError[]): void {
  for (const [i, stage] of (Array.isArray(stages) ? stages : []).entries())
    if (!(STAGES as readonly Json[]).includes(stage))
      errors.push(invalid(`${path}[${i}]`, String(stage), `allowed stages are ${STAGES.join(',')}`));
}

function hasAny(list: Json | undefined): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** What the first rule that matches says; without one, nothing is noted (EvaluatePolicyRule). */
export function notedBy(policy: AuditPolicy, user: UserInfo | undefined, asked: AccessAttributes): Noted {
  const rule = policy.rules.find((one) => matches(one, user, asked));
  const omitStages = [...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])];
  const omitManagedFields = rule?.omitManagedFields ?? policy.omitManagedFields ?? false;
  return { level: rule?.level ?? 'None', omitStages, omitManagedFields };
}

function matches(rule: Rule, user: UserInfo | undefined, asked: AccessAttributes): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !(user && users.includes(user.name))) return false;
  if (userGroups.length > 0 && !user?.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(asked.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) {
    if (!asked.isResourceRequest) return false;
    if (namespaces.length > 0 && !namespaces.includes(asked.namespace)) return false;
    return resources.length === 0 || resources.some((one) => matchesResource(one, asked));
  }
  if (nonResourceURLs.length === 0) return true;
  return !asked.isResourceRequest && nonResourceURLs.some((spec) => matchesPath(asked.path, spec));
}

function matchesPath(path: string, spec: string): boolean {
  return spec === '*' || spec === path || (spec.endsWith('*') && path.startsWith(spec.replace(/\*+$/, '')));
}

function matchesResource(
  { group = '', resources = [], resourceNames = [] }: NonNullable<Rule['resources']>[number],
  asked: AccessAttributes,
): boolean {
  if (group !== '*' && group !== asked.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false;
  const { resource, subresource } = asked;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (one) =>
      one === '*' || one === whole || (subresource !== '' && one === `*/${subresource}`) || one === `${resource}/*`,
  );
}
