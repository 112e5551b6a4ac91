/** What containers of a pod ask for (autoscaler `pkg/utils/resources/resourcehelpers.go`). */
import type { KubeObject } from '../meta';
import { type ResourceTotals, totalsOf, type WrittenList } from '../resource-lists';

interface Container {
  name: string;
  resources?: { requests?: WrittenList; limits?: WrittenList };
}

export interface ContainerResources {
  requests: ResourceTotals;
  limits: ResourceTotals;
}

export function containersOf(pod: KubeObject): readonly Container[] {
  return pod['spec']?.containers ?? [];
}

/** ContainerRequestsAndLimits: what it has, as its kubelet says; or as its spec says where that does not. */
export function resourcesOf(pod: KubeObject, name: string): ContainerResources {
  const statuses: Container[] = pod['status']?.containerStatuses ?? [];
  const { requests, limits } =
    statuses.find((status) => status.name === name)?.resources ??
    containersOf(pod).find((container) => container.name === name)?.resources ??
    {};
  return { requests: totalsOf(requests), limits: totalsOf(limits) };
}
