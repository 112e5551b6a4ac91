/** Pods that are resized in place: what counts is told by their status, too (component-helpers `resource/helpers.go`). */
import { firstWhere } from '../../apimachinery/first-where';
import { deepEqual, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, type PodSpecResources, type ResourceList } from '../../apimachinery/pod-requests';

interface Container {
  name?: string;
  resources?: { requests?: ResourceList };
}

interface ContainerStatus {
  name: string;
  allocatedResources?: ResourceList;
  resources?: { requests?: ResourceList };
}

/** Has any of its containers been given something else than the spec asks for? */
export function isResized(pod: KubeObject): boolean {
  const { spec, status } = pod;
  if (!status) return false;
  return isAnyOther(status.containerStatuses, spec) || isAnyOther(status.initContainerStatuses, spec);
}

function isAnyOther(statuses: readonly ContainerStatus[] = NO_STATUSES, spec: Containers): boolean {
  for (let i = 0; i < statuses.length; i++) if (isOther(statuses[i] as ContainerStatus, spec)) return true;
  return false;
}

const NO_STATUSES: readonly ContainerStatus[] = [];

interface Containers {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
}

function isOther({ name, resources, allocatedResources }: ContainerStatus, spec: Containers): boolean {
  if (!resources && !allocatedResources) return false;
  const named = (container: Container) => container.name === name;
  const container = firstWhere(spec.containers, named) ?? firstWhere(spec.initContainers, named);
  const wanted = container?.resources?.requests ?? NOTHING;
  if (resources && !areSame(resources.requests ?? NOTHING, wanted)) return true;
  return allocatedResources !== undefined && !areSame(allocatedResources, wanted);
}

const NOTHING: ResourceList = {};

function areSame(some: ResourceList, others: ResourceList): boolean {
  return some === others || deepEqual(jsonOf(some), jsonOf(others));
}

/**
 * While a pod is resized in place, the most of what is wanted, given and in use counts; what can't be given does not count
 * (component-helpers `resource/helpers.go` determineContainerReqs).
 */
export function withStatusResources({ spec, status }: KubeObject): PodSpecResources {
  const statuses = new Map<string, ContainerStatus>();
  for (const list of [status?.containerStatuses, status?.initContainerStatuses])
    for (const one of list ?? []) if (one.resources || one.allocatedResources) statuses.set(one.name, one);
  if (statuses.size === 0) return spec;
  const conditions = (status as { conditions?: { type: string; reason?: string }[] }).conditions ?? [];
  const infeasible = conditions.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible');
  const counted = (container: Container) => {
    const there = statuses.get(container.name ?? '');
    if (!there) return container;
    const lists = [there.resources?.requests ?? {}, there.allocatedResources ?? {}];
    if (!infeasible) lists.push(container.resources?.requests ?? {});
    return { ...container, resources: { requests: most(lists) } };
  };
  return {
    ...spec,
    containers: (spec.containers ?? []).map(counted),
    initContainers: (spec.initContainers ?? []).map(counted),
  };
}

function most(lists: readonly ResourceList[]): Record<string, string | number> {
  const result: Record<string, string | number> = {};
  for (const list of lists)
    for (const [name, quantity] of Object.entries(list)) {
      const known = result[name];
      if (known === undefined || amount(name, known) < amount(name, quantity)) result[name] = quantity;
    }
  return result;
}

function amount(name: string, quantity: string | number): number {
  const { milliCPU, memory, ephemeralStorage, scalar } = amountsOf({ [name]: quantity });
  return milliCPU + memory + ephemeralStorage + (scalar[name] ?? 0);
}
