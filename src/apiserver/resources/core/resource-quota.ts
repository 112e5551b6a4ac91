/** Quotas of a namespace (pkg/registry/core/resourcequota/strategy.go, ValidateResourceQuota). */
import { type FieldError, invalid, required } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import type { Quantities } from '../../validation/core-types';
import { IMMUTABLE } from '../../validation/field-checks';
import {
  isStandardQuotaResource,
  quantity,
  validateQuotaResourceName,
  validateResourceQuantity,
} from '../../validation/resources';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';
import { defaultResourceList } from '../defaults/resource-lists';

interface ScopeRequirement {
  scopeName?: string;
  operator?: string;
  values?: string[];
}
interface ResourceQuotaSpec {
  hard?: Quantities;
  scopes?: string[];
  scopeSelector?: { matchExpressions?: ScopeRequirement[] };
}

const definition: ResourceDefinition = {
  group: '',
  resource: 'resourcequotas',
  hasGeneration: false,
  columns: [
    NAME,
    column('Request', {
      description: 'Request represents a minimum amount of cpu/memory that a container may consume.',
    }),
    column('Limit', {
      description:
        'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    }),
    AGE,
  ],
  cells(object, now) {
    const hard: Quantities = object.status?.hard ?? {};
    const used: Quantities = object.status?.used ?? {};
    const names = Object.keys(hard).sort();
    const text = (name: string) => `${name}: ${used[name] ?? '0'}/${hard[name]}`;
    const isLimit = (name: string) => name.startsWith('limits.');
    return [
      nameOf(object),
      names
        .filter((name) => !isLimit(name))
        .map(text)
        .join(', '),
      names.filter(isLimit).map(text).join(', '),
      ageOf(object, now),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    defaultResourceList(object.spec.hard);
    defaultResourceList(object.status?.hard);
    defaultResourceList(object.status?.used);
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate(object) {
    const errors: FieldError[] = [];
    const spec: ResourceQuotaSpec = object.spec ?? {};
    validateAmounts('spec.hard', spec.hard, errors);
    validateScopes(spec, errors);
    validateScopeSelector(spec, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const scopes: string[] = object.spec?.scopes ?? [];
    const text = (list: string[]) => JSON.stringify([...new Set(list)].sort());
    if (text(scopes) !== text(old.spec?.scopes ?? []))
      errors.push(invalid('spec.scopes', object.spec?.scopes ?? null, IMMUTABLE));
    return errors;
  },
  warnings: (object, old) => (old ? [] : warningsOnCreate(object)),
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        validateAmounts('status.hard', object.status?.hard, errors);
        validateAmounts('status.used', object.status?.used, errors);
        return errors;
      },
    },
  },
};
export default definition;

function validateAmounts(path: string, amounts: Quantities | undefined, errors: FieldError[]): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    validateQuotaResourceName(`${path}[${name}]`, name, errors);
    validateResourceQuantity(`${path}[${name}]`, name, amount, errors);
  }
}

const POD_SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
];
const COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

function isScope(scope: string): boolean {
  return POD_SCOPES.includes(scope) || scope === 'VolumeAttributesClass';
}
/** IsResourceQuotaScopeValidForResource. */
function appliesTo(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass')
    return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
  return !POD_SCOPES.includes(scope) || resource === 'pods' || COMPUTE.includes(resource);
}
/** The standard resources of a quota that a scope has nothing to do with. */
function misapplied(spec: ResourceQuotaSpec, scope: string): string[] {
  return Object.keys(spec.hard ?? {}).filter((name) => isStandardQuotaResource(name) && !appliesTo(scope, name));
}
function conflicts(scopes: readonly string[]): number {
  const pairs = [
    ['BestEffort', 'NotBestEffort'],
    ['NotTerminating', 'Terminating'],
  ];
  return pairs.filter((pair) => pair.every((scope) => scopes.includes(scope))).length;
}

function validateScopes(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  const { scopes = [] } = spec;
  const complaint = (text: string) => errors.push(invalid('spec.scopes', scopes, text));
  for (const scope of scopes) {
    if (!isScope(scope)) complaint('unsupported scope');
    for (const _ of misapplied(spec, scope)) complaint('unsupported scope applied to resource');
  }
  for (let i = conflicts(scopes); i > 0; i--) complaint('conflicting scopes');
}

function validateScopeSelector(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  if (!spec.scopeSelector) return;
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions = spec.scopeSelector.matchExpressions ?? [];
  for (const { scopeName: scope = '', operator = '', values = [] } of expressions) {
    if (!isScope(scope)) errors.push(invalid(`${path}.scopeName`, scope, 'unsupported scope'));
    for (const _ of misapplied(spec, scope))
      errors.push(invalid(path, jsonOf(spec.scopeSelector), 'unsupported scope applied to resource'));
    if (POD_SCOPES.includes(scope) && scope !== 'PriorityClass' && operator !== 'Exists')
      errors.push(
        invalid(
          `${path}.operator`,
          operator,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(
          required(
            `${path}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        );
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(
          invalid(
            `${path}.values`,
            values,
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
          ),
        );
    } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  const names = expressions.map((expression) => expression.scopeName ?? '');
  for (let i = conflicts(names); i > 0; i--) errors.push(invalid(path, spec.scopes ?? null, 'conflicting scopes'));
}

function warningsOnCreate(object: KubeObject): string[] {
  const hard: Quantities = object.spec?.hard ?? {};
  const warnings: string[] = [];
  for (const name of ['cpu', 'memory', 'storage', 'ephemeral-storage']) {
    let request = `requests.${name}`;
    if (hard[request] === undefined && (name === 'cpu' || name === 'memory')) request = name;
    const limit = `limits.${name}`;
    if (hard[request] === undefined || hard[limit] === undefined) continue;
    const [asked, most] = [quantity(hard[request]), quantity(hard[limit])];
    if (asked.cmp(most) > 0)
      warnings.push(`ResourceQuota ${request} (${asked}) should be less than ${limit} (${most})`);
  }
  return warnings;
}
