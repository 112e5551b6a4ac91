/** Names and amounts of resources, requests and limits (validateResourceRequirements, pkg/apis/core/helper/helpers.go). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import type { Json } from '../../apimachinery/json';
import { isQualifiedName } from '../../apimachinery/names';
import { parseQuantity, type Quantity, QuantityError, toQuantity, ZERO } from '../../apimachinery/quantity';
import type { Container, PodSpec, Quantities, ResourceRequirements } from './core-types';
import { isRestartable } from './core-types';
import { complain, NOT_NEGATIVE, NOT_POSITIVE, validateDNS1123Label } from './field-checks';

const HUGE_PAGES = 'hugepages-';
const REQUESTS = 'requests.';

const standardContainerResources = ['cpu', 'memory', 'ephemeral-storage'];
const computeQuotaResources = [
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
];
const countedResources = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];

export const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES);
const isQuotaHugePages = (name: string) => isHugePages(name) || name.startsWith(`${REQUESTS}${HUGE_PAGES}`);
export const isStandardContainerResource = (name: string): boolean =>
  standardContainerResources.includes(name) || isHugePages(name);
/** Of Kubernetes itself: without a domain, or of kubernetes.io. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);
const isStandardResource = (name: string) =>
  standardContainerResources.includes(name) ||
  computeQuotaResources.includes(name) ||
  countedResources.includes(name) ||
  name === 'storage' ||
  name === 'requests.storage' ||
  isQuotaHugePages(name);
export const isStandardQuotaResource = (name: string) =>
  standardContainerResources.includes(name) ||
  computeQuotaResources.includes(name) ||
  countedResources.includes(name) ||
  name === 'requests.storage' ||
  isQuotaHugePages(name);
/** `example.com/gpu`: counted in whole units, never overcommitted. */
export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) && !name.startsWith(REQUESTS) && isQualifiedName(REQUESTS + name).length === 0;
const isInteger = (name: string) => countedResources.includes(name) || isExtendedResource(name);

/** A quantity that the schema has let through; what can't be read counts as zero here, for it was complained about before. */
export function quantity(value: Json | undefined): Quantity {
  try {
    return toQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) return ZERO;
    throw error;
  }
}

/** validateResourceName. */
export function validateResourceName(field: string, name: string, errors: FieldError[]): boolean {
  const complaints = isQualifiedName(name);
  complain(field, name, complaints, errors);
  if (complaints.length > 0) return false;
  if (name.includes('/') || isStandardResource(name)) return true;
  errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
  return false;
}

/** validateContainerResourceName. */
export function validateContainerResourceName(field: string, name: string, errors: FieldError[]): void {
  if (standardContainerResources.includes(name)) return;
  validateResourceName(field, name, errors);
  if (!name.includes('/')) {
    if (!isStandardContainerResource(name))
      errors.push(invalid(field, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(field, name, "doesn't follow extended resource name standard"));
  }
}

/** ValidateResourceQuotaResourceName. */
export function validateQuotaResourceName(field: string, name: string, errors: FieldError[]): void {
  validateResourceName(field, name, errors);
  if (!name.includes('/') && !isStandardQuotaResource(name))
    errors.push(invalid(field, name, 'must be a standard resource for quota'));
}

function validatePodResourceName(field: string, name: string, errors: FieldError[]): void {
  if (!validateResourceName(field, name, errors)) return;
  if (!isPodLevelResource(name)) errors.push(notSupported(field, name, ['cpu', HUGE_PAGES, 'memory']));
}

/** What `spec.resources` of a pod may name (IsSupportedPodLevelResource). */
export const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePages(name);

export function validateNonnegativeQuantity(field: string, value: Json | undefined, errors: FieldError[]): void {
  const amount = quantity(value);
  if (amount.sign() < 0) errors.push(invalid(field, amount.toString(), NOT_NEGATIVE));
}
export function validatePositiveQuantity(field: string, value: Json | undefined, errors: FieldError[]): void {
  const amount = quantity(value);
  if (amount.sign() <= 0) errors.push(invalid(field, amount.toString(), NOT_POSITIVE));
}
/** validateBasicResource. */
export function validateBasicResource(field: string, value: Json | undefined, errors: FieldError[]): void {
  const amount = quantity(value);
  if (amount.sign() < 0) errors.push(invalid(field, amount.value(), 'must be a valid resource quantity'));
}

/** ValidateResourceQuantityValue. */
export function validateResourceQuantity(field: string, name: string, value: Json, errors: FieldError[]): void {
  const amount = quantity(value);
  if (amount.sign() < 0) errors.push(invalid(field, amount.toString(), NOT_NEGATIVE));
  if (isInteger(name) && amount.scaled(-3) % 1000n !== 0n)
    errors.push(invalid(field, amount.toString(), 'must be an integer'));
}

export interface ResourceOptions {
  /** For what was stored before huge pages had to be whole. */
  allowIndivisibleHugePages?: boolean;
}

/** ValidateContainerResourceRequirements. */
export function validateContainerResources(
  path: string,
  requirements: ResourceRequirements | undefined,
  claimNames: ReadonlySet<string>,
  errors: FieldError[],
  options?: ResourceOptions,
): void {
  if (requirements)
    validateRequirements(path, requirements, validateContainerResourceName, claimNames, errors, options);
}

function validateRequirements(
  path: string,
  requirements: ResourceRequirements,
  validateName: (field: string, name: string, errors: FieldError[]) => void,
  claimNames: ReadonlySet<string>,
  errors: FieldError[],
  options?: ResourceOptions,
): void {
  const { limits, requests, claims } = requirements;
  let computes = false;
  let hugePages = false;
  const validateEntry = (field: string, name: string, value: Json) => {
    validateName(field, name, errors);
    validateResourceQuantity(field, name, value, errors);
    if (name === 'cpu' || name === 'memory') computes = true;
  };
  const validateHugePages = (field: string, name: string, value: Json) => {
    if (!isHugePages(name)) return;
    hugePages = true;
    if (!options?.allowIndivisibleHugePages && !isDivisible(name, quantity(value)))
      errors.push(
        invalid(field, quantity(value).toString(), `${quantity(value)} is not positive integer multiple of ${name}`),
      );
  };
  for (const name in limits) {
    const field = `${path}.limits[${name}]`;
    validateEntry(field, name, limits[name] as Json);
    validateHugePages(field, name, limits[name] as Json);
  }
  for (const name in requests) {
    const field = `${path}.requests[${name}]`;
    const value = requests[name] as Json;
    validateEntry(field, name, value);
    if (limits && Object.hasOwn(limits, name)) {
      if (limits[name] !== value) {
        const amount = quantity(value);
        const limit = quantity(limits[name]);
        const order = amount.cmp(limit);
        if (order !== 0 && !isOvercommitAllowed(name))
          errors.push(invalid(`${path}.requests`, amount.toString(), `must be equal to ${name} limit of ${limit}`));
        else if (order > 0)
          errors.push(
            invalid(`${path}.requests`, amount.toString(), `must be less than or equal to ${name} limit of ${limit}`),
          );
      }
    } else if (!isOvercommitAllowed(name)) {
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
    validateHugePages(field, name, value);
  }
  if (hugePages && !computes) errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  if (claims) validateClaimNames(`${path}.claims`, claims, claimNames, errors);
}

function isDivisible(name: string, amount: Quantity): boolean {
  try {
    const page = parseQuantity(name.slice(HUGE_PAGES.length));
    if (page.sign() <= 0 || page.scaled(-3) % 1000n !== 0n) return false;
    return amount.scaled(0) % page.scaled(0) === 0n;
  } catch {
    return false;
  }
}

function validateClaimNames(
  path: string,
  claims: NonNullable<ResourceRequirements['claims']>,
  claimNames: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  for (const [i, { name = '', request = '' }] of claims.entries()) {
    const field = `${path}[${i}]`;
    if (name === '') {
      errors.push(required(field));
      continue;
    }
    const duplicate = (value: string) =>
      errors.push({ type: 'FieldValueDuplicate', field, body: `Duplicate value: ${JSON.stringify(value)}` });
    if (seen.has(name)) duplicate(name);
    else {
      if (request !== '') validateDNS1123Label(`${field}.request`, request, errors);
      const key = request === '' ? name : `${name}/${request}`;
      if (seen.has(key)) duplicate(key);
      else if (request === '') for (const other of seen) if (other.startsWith(`${name}/`)) duplicate(name);
      seen.add(key);
    }
    if (!claimNames.has(name)) {
      const known = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
      errors.push({
        type: 'FieldValueNotFound',
        field,
        body: `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${known}`,
      });
    }
  }
}

/** `spec.resources` of a pod, and how its containers fit in (validatePodResources, validatePodResourceConsistency). */
export function validatePodResources(
  spec: PodSpec,
  claimNames: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
  options?: ResourceOptions,
): void {
  const pod = spec.resources;
  if (!pod) return;
  if (spec.os?.name === 'windows') {
    errors.push(forbiddenField(path, 'may not be set for a windows pod'));
    return;
  }
  if (pod.claims) errors.push(forbiddenField(`${path}.claims`, 'claims may not be set for Resources at pod-level'));
  validateRequirements(path, pod, validatePodResourceName, claimNames, errors, options);
  const requests = aggregate(spec, 'requests');
  for (const [name, amount] of requests) {
    if (!pod.requests || !Object.hasOwn(pod.requests, name)) continue;
    const given = quantity(pod.requests[name]);
    if (amount.cmp(given) > 0)
      errors.push(
        invalid(
          `${path}.requests[${name}]`,
          given.toString(),
          `must be greater than or equal to aggregate container requests of ${amount}`,
        ),
      );
  }
  for (const [name, amount] of aggregate(spec, 'limits')) {
    if (!isHugePages(name) || !pod.limits || !Object.hasOwn(pod.limits, name)) continue;
    const given = quantity(pod.limits[name]);
    if (amount.cmp(given) > 0)
      errors.push(
        invalid(
          `${path}.limits[${name}]`,
          given.toString(),
          `must be greater than or equal to aggregate container limits of ${amount}`,
        ),
      );
  }
  for (const [i, container] of (spec.containers ?? []).entries())
    for (const name of Object.keys(container.resources?.limits ?? {})) {
      if (!pod.limits || !Object.hasOwn(pod.limits, name)) continue;
      const limit = quantity(container.resources?.limits?.[name]);
      const given = quantity(pod.limits[name]);
      if (limit.cmp(given) > 0)
        errors.push(
          invalid(
            `${path}.containers[${i}][${name}].limits`,
            limit.toString(),
            `must be less than or equal to pod limits of ${given}`,
          ),
        );
    }
}

/**
 * What a pod's containers need together: the sum of the regular ones and sidecars, or what an init container needs beside the
 * sidecars started before it, if that is more (resourcehelper.AggregateContainerRequests and …Limits).
 */
export function aggregate(spec: PodSpec, which: 'requests' | 'limits'): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  for (const container of spec.containers ?? []) add(total, container.resources?.[which]);
  const sidecars = new Map<string, Quantity>();
  const most = new Map<string, Quantity>();
  for (const container of spec.initContainers ?? []) {
    const needs = new Map<string, Quantity>();
    add(needs, container.resources?.[which]);
    if (isRestartable(container as Container)) {
      addAll(total, needs);
      addAll(sidecars, needs);
      max(most, sidecars);
    } else {
      addAll(needs, sidecars);
      max(most, needs);
    }
  }
  max(total, most);
  return total;
}

function add(total: Map<string, Quantity>, amounts: Quantities | undefined): void {
  for (const name in amounts) {
    const amount = quantity(amounts[name]);
    const present = total.get(name);
    total.set(name, present ? present.add(amount) : amount);
  }
}
function addAll(total: Map<string, Quantity>, amounts: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of amounts) total.set(name, total.get(name)?.add(amount) ?? amount);
}
function max(total: Map<string, Quantity>, amounts: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of amounts) {
    const present = total.get(name);
    if (!present || amount.cmp(present) > 0) total.set(name, amount);
  }
}
