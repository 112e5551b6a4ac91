/** Whether a request fits the quotas of its namespace (apiserver `admission/plugin/resourcequota/controller.go`, CheckRequest). */
import type { KubeObject } from '../../apimachinery/meta';
import {
  addTo,
  increase,
  masked,
  type ResourceTotals,
  sameTotals,
  sortedNames,
  totalsOf,
  withoutZeros,
} from '../../apimachinery/resource-lists';
import { admissionForbidden } from '../admission/forbidden';
import type { AdmissionAttributes } from '../admission/plugin';
import { type Evaluator, scopesOf } from './evaluator';

/** A quota and what it will have used. */
export interface Charge {
  quota: KubeObject;
  used: ResourceTotals;
}

/** @returns the quotas that must be charged. @throws ApiError 403 where one has not enough left, or the object says too little. */
export function checkRequest(
  quotas: readonly KubeObject[],
  attributes: AdmissionAttributes,
  evaluator: Evaluator,
): Charge[] {
  const object = attributes.object as KubeObject;
  const concerned = quotas.filter((quota) => matches(quota, object, evaluator));
  for (const quota of concerned) demandFacts(quota, attributes, evaluator);
  if (concerned.length === 0) return [];
  const now = attributes.core.clock.now();
  const usage = evaluator.usage(object, now);
  const negative = [...usage].filter(([, amount]) => amount.sign() < 0).map(([name]) => name);
  if (negative.length > 0)
    throw admissionForbidden(attributes, `quota usage is negative for resource(s): ${negative.sort().join(',')}`);
  const { oldObject } = attributes;
  const more = oldObject ? increase(usage, evaluator.usage(oldObject, now)) : usage;
  const charges: Charge[] = [];
  for (const quota of concerned) {
    // What the quota did not count before, it counts in full.
    const delta = withoutZeros(oldObject && matches(quota, oldObject, evaluator) ? more : usage);
    if (delta.size === 0) continue;
    const used = charged(quota, delta, attributes);
    if (!sameTotals(used, totalsOf(quota['status']?.used))) charges.push({ quota, used });
  }
  return charges;
}

/** It counts something of the object, and the object is in its scope. */
export function matches(quota: KubeObject, object: KubeObject, evaluator: Evaluator): boolean {
  const names = Object.keys(quota['status']?.hard ?? {});
  if (evaluator.matching(names).length === 0) return false;
  return scopesOf(quota).every((requirement) => evaluator.matchesScope(requirement, object));
}

/** The object must say what it wants of what is limited, and what is used of it must be known. */
function demandFacts(quota: KubeObject, attributes: AdmissionAttributes, evaluator: Evaluator): void {
  const { hard = {}, used = {} } = quota['status'] ?? {};
  const names = evaluator.matching(Object.keys(hard));
  const complaint = evaluator.complaint?.(names, attributes.object as KubeObject);
  if (complaint) throw admissionForbidden(attributes, `failed quota: ${quota.metadata.name}: ${complaint}`);
  if (names.some((name) => !Object.hasOwn(used, name)))
    throw admissionForbidden(
      attributes,
      `status unknown for quota: ${quota.metadata.name}, resources: ${names.sort().join(',')}`,
    );
}

function charged(quota: KubeObject, delta: ResourceTotals, attributes: AdmissionAttributes): ResourceTotals {
  const hard = totalsOf(quota['status']?.hard);
  const used = totalsOf(quota['status']?.used);
  const requested = masked(delta, hard.keys());
  const total: ResourceTotals = new Map(used);
  addTo(total, requested);
  if (attributes.subresource === 'status') return total;
  const exceeded = sortedNames(requested).filter((name) => {
    const [sum, limit] = [total.get(name), hard.get(name)];
    return sum && limit && sum.cmp(limit) > 0;
  });
  if (exceeded.length > 0) {
    const text = (list: ResourceTotals) =>
      exceeded
        .filter((name) => list.has(name))
        .map((name) => `${name}=${list.get(name)}`)
        .join(',');
    throw admissionForbidden(
      attributes,
      `exceeded quota: ${quota.metadata.name}, requested: ${text(requested)}, used: ${text(used)}, limited: ${text(hard)}`,
    );
  }
  return total;
}
