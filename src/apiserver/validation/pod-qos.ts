/** The quality-of-service class of a pod (pkg/apis/core/helper/qos ComputePodQOS). */
import type { Quantity } from '../../apimachinery/quantity';
import type { PodSpec, ResourceRequirements } from './core-types';
import { quantity } from './resources';

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed where CPU and memory have limits everywhere and requests equal them; BestEffort where nothing is asked for. */
export function computeQOSClass(spec: PodSpec): QOSClass {
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  let guaranteed = true;
  const count = (resources: ResourceRequirements | undefined) => {
    add(requests, resources?.requests);
    if (add(limits, resources?.limits) < 2) guaranteed = false;
  };
  if (spec.resources) {
    add(requests, spec.resources.requests);
    if (Object.keys(spec.resources.limits ?? {}).length > 0 && add(limits, spec.resources.limits) < 2)
      guaranteed = false;
  } else {
    for (const container of spec.containers ?? []) count(container.resources);
    for (const container of spec.initContainers ?? []) count(container.resources);
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  if (!guaranteed || requests.size !== limits.size) return 'Burstable';
  for (const [name, amount] of requests) {
    const limit = limits.get(name);
    if (limit?.cmp(amount) !== 0) return 'Burstable';
  }
  return 'Guaranteed';
}

/** Adds the compute resources above zero; returns how many there were. */
function add(total: Map<string, Quantity>, list: ResourceRequirements['limits']): number {
  let found = 0;
  for (const name of ['cpu', 'memory']) {
    if (!list || !Object.hasOwn(list, name)) continue;
    const amount = quantity(list[name]);
    if (amount.sign() <= 0) continue;
    found++;
    total.set(name, total.get(name)?.add(amount) ?? amount);
  }
  return found;
}
