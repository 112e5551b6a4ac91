/** What a pod asks of a node, as plain numbers (k8s.io/component-helpers `resource/helpers.go` PodRequests). */
import { milliValue, wholeValue } from './quantity';

/** CPU in thousandths, memory and ephemeral storage in bytes, everything else in whole units by name. */
export interface ResourceAmounts {
  milliCPU: number;
  memory: number;
  ephemeralStorage: number;
  scalar: Readonly<Record<string, number>>;
}

export type ResourceList = Readonly<Record<string, string | number>>;

interface Container {
  restartPolicy?: string;
  resources?: { requests?: ResourceList; limits?: ResourceList };
}

export interface PodSpecResources {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
  overhead?: ResourceList;
  /** Requests of the pod as a whole stand in for the sum of its containers'. */
  resources?: { requests?: ResourceList };
}

/** Pod-level requests count for these only (IsSupportedPodLevelResource; hugepages too). */
const POD_LEVEL = /^(cpu|memory|hugepages-.+)$/;

/**
 * The most that the pod needs at any time: its containers and sidecars together, or the hungriest init container with the
 * sidecars started before it; plus overhead. `missing` gives what to count for containers that name no cpu or memory.
 */
export function podRequests(spec: PodSpecResources, missing?: { milliCPU: number; memory: number }): ResourceAmounts {
  const sum = new Sums();
  for (const container of spec.containers ?? []) sum.add(requestsOf(container, missing));
  const sidecars = new Sums();
  const peak = new Sums();
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container, missing);
    if (container.restartPolicy === 'Always') {
      sum.add(requests);
      sidecars.add(requests);
      peak.raiseTo(sidecars.amounts);
    } else {
      const during = new Sums();
      during.add(requests);
      during.add(sidecars.amounts);
      peak.raiseTo(during.amounts);
    }
  }
  sum.raiseTo(peak.amounts);
  for (const [name, quantity] of Object.entries(spec.resources?.requests ?? {}))
    if (POD_LEVEL.test(name)) sum.set(name, quantity);
  if (spec.overhead) sum.add(amountsOf(spec.overhead));
  return sum.amounts;
}

/** A resource list as numbers. */
export function amountsOf(list: ResourceList): ResourceAmounts {
  const sum = new Sums();
  for (const [name, quantity] of Object.entries(list)) sum.set(name, quantity);
  return sum.amounts;
}

function requestsOf(container: Container, missing: { milliCPU: number; memory: number } | undefined): ResourceAmounts {
  const requests = container.resources?.requests ?? {};
  const amounts = amountsOf(requests);
  if (!missing) return amounts;
  return {
    ...amounts,
    milliCPU: requests['cpu'] === undefined ? missing.milliCPU : amounts.milliCPU,
    memory: requests['memory'] === undefined ? missing.memory : amounts.memory,
  };
}

class Sums {
  readonly amounts = { milliCPU: 0, memory: 0, ephemeralStorage: 0, scalar: {} as Record<string, number> };

  set(name: string, quantity: string | number): void {
    if (name === 'cpu') this.amounts.milliCPU = milliValue(quantity);
    else if (name === 'memory') this.amounts.memory = wholeValue(quantity);
    else if (name === 'ephemeral-storage') this.amounts.ephemeralStorage = wholeValue(quantity);
    else this.amounts.scalar[name] = wholeValue(quantity);
  }
  add(other: ResourceAmounts): void {
    const { amounts } = this;
    amounts.milliCPU += other.milliCPU;
    amounts.memory += other.memory;
    amounts.ephemeralStorage += other.ephemeralStorage;
    for (const name of Object.keys(other.scalar))
      amounts.scalar[name] = (amounts.scalar[name] ?? 0) + (other.scalar[name] as number);
  }
  raiseTo(other: ResourceAmounts): void {
    const { amounts } = this;
    amounts.milliCPU = Math.max(amounts.milliCPU, other.milliCPU);
    amounts.memory = Math.max(amounts.memory, other.memory);
    amounts.ephemeralStorage = Math.max(amounts.ephemeralStorage, other.ephemeralStorage);
    for (const name of Object.keys(other.scalar))
      amounts.scalar[name] = Math.max(amounts.scalar[name] ?? 0, other.scalar[name] as number);
  }
}

/** A spec in which what is limited, and not asked for, is asked for (SetDefaults_Pod): for pods that no API server has seen. */
export function withRequests<S extends PodSpecResources>(spec: S): S {
  const asking = (container: Container): Container => {
    const { limits, requests } = container.resources ?? {};
    return limits
      ? { ...container, resources: { ...container.resources, requests: { ...limits, ...requests } } }
      : container;
  };
  const { containers, initContainers } = spec;
  return {
    ...spec,
    ...(containers ? { containers: containers.map(asking) } : {}),
    ...(initContainers ? { initContainers: initContainers.map(asking) } : {}),
  };
}
