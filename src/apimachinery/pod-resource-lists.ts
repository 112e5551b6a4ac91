/** What a pod asks for and may use, by resource and exactly (k8s.io/component-helpers `resource/helpers.go`, PodRequests, PodLimits). */
import { addTo, type ResourceTotals, raiseTo, totalsOf, type WrittenList } from './resource-lists';

type Part = 'requests' | 'limits';

interface Resources {
  requests?: WrittenList;
  limits?: WrittenList;
}

interface Container {
  restartPolicy?: string;
  resources?: Resources;
}

interface PodSpec {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
  overhead?: WrittenList;
  resources?: Resources;
}

const POD_LEVEL = /^(cpu|memory|hugepages-.+)$/;

/**
 * The most that it needs at any time: containers and sidecars together, or the hungriest init container with the sidecars
 * started before it; what is said of the pod as a whole stands instead.
 */
export function podTotals(spec: PodSpec, part: Part): ResourceTotals {
  const totals: ResourceTotals = new Map();
  for (const container of spec.containers ?? []) addTo(totals, totalsOf(container.resources?.[part]));
  const sidecars: ResourceTotals = new Map();
  const peak: ResourceTotals = new Map();
  for (const container of spec.initContainers ?? []) {
    const amounts = totalsOf(container.resources?.[part]);
    if (container.restartPolicy === 'Always') {
      addTo(totals, amounts);
      addTo(sidecars, amounts);
      raiseTo(peak, sidecars);
    } else {
      addTo(amounts, sidecars);
      raiseTo(peak, amounts);
    }
  }
  raiseTo(totals, peak);
  for (const [name, amount] of totalsOf(spec.resources?.[part])) if (POD_LEVEL.test(name)) totals.set(name, amount);
  return totals;
}

/** The same with what running the pod costs by itself; a limit that is not set stays so. */
export function podTotalsWithOverhead(spec: PodSpec, part: Part): ResourceTotals {
  const totals = podTotals(spec, part);
  const overhead = totalsOf(spec.overhead);
  if (part === 'requests') addTo(totals, overhead);
  else
    for (const [name, amount] of overhead) {
      const limit = totals.get(name);
      if (limit && !limit.isZero()) totals.set(name, limit.add(amount));
    }
  return totals;
}
