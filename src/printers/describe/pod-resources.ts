/** What a pod asks for and may use, as quantities that keep how they were written (component-helpers resource PodRequests, PodLimits). */
import { type Quantity, toQuantity } from '../../apimachinery/quantity';
import type { Described } from './writer';

export type Amounts = Map<string, Quantity>;

/** Requests or limits of the pod as a whole count for these. */
const POD_LEVEL = /^(cpu|memory|hugepages-.*)$/;

/** `fromStatus`: what the kubelet says a container has, where that is more. */
export function podAmounts(pod: Described, list: 'requests' | 'limits', fromStatus: boolean): Amounts {
  const { spec = {}, status = {} } = pod;
  const statuses: readonly Described[] = fromStatus
    ? [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
    : [];
  const ofContainer = (container: Described): Amounts => {
    const asked = amountsOf(container.resources?.[list]);
    const found = statuses.find(({ name }) => name === container.name);
    return found?.resources ? effective(pod, list, asked, found) : asked;
  };
  const sum: Amounts = new Map();
  for (const container of spec.containers ?? []) add(sum, ofContainer(container));
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      const amounts = ofContainer(container);
      add(sum, amounts);
      add(sidecars, amounts);
      raise(peak, sidecars);
    } else {
      const during = amountsOf(container.resources?.[list]);
      add(during, sidecars);
      raise(peak, during);
    }
  }
  raise(sum, peak);
  for (const [name, quantity] of amountsOf(spec.resources?.[list])) if (POD_LEVEL.test(name)) sum.set(name, quantity);
  for (const [name, quantity] of amountsOf(spec.overhead)) {
    const before = sum.get(name);
    if (list === 'requests') sum.set(name, before ? before.add(quantity) : quantity);
    else if (before && !before.isZero()) sum.set(name, before.add(quantity));
  }
  return sum;
}

/** The most of what is asked for, allocated and in force; of a resize that can't be, not what is asked for. */
function effective(pod: Described, list: 'requests' | 'limits', asked: Amounts, status: Described): Amounts {
  const resize = (pod.status.conditions ?? []).find(({ type }: Described) => type === 'PodResizePending');
  const amounts = amountsOf(status.resources[list]);
  if (resize?.reason !== 'Infeasible') raise(amounts, asked);
  if (list === 'requests') raise(amounts, amountsOf(status.allocatedResources));
  return amounts;
}

function amountsOf(list: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(Object.entries(list).map(([name, text]) => [name, toQuantity(text)]));
}

export function add(sum: Amounts, more: Amounts): void {
  for (const [name, quantity] of more) {
    const before = sum.get(name);
    sum.set(name, before ? before.add(quantity) : quantity);
  }
}

function raise(peak: Amounts, other: Amounts): void {
  for (const [name, quantity] of other) {
    const before = peak.get(name);
    if (!before || quantity.cmp(before) > 0) peak.set(name, quantity);
  }
}
