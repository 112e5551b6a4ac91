/** A pod as the scheduler sees it: what it asks for and where it may go, worked out once (kube-scheduler `framework/types.go` PodInfo). */
import { firstWhere } from '../../apimachinery/first-where';
import { deepEqual, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import {
  amountsOf,
  type PodSpecResources,
  podRequests,
  type ResourceAmounts,
  type ResourceList,
} from '../../apimachinery/pod-requests';
import { type PodTermSet, podTerms } from './affinity-term';

/** Containers that ask for no cpu or memory count as this much when nodes are compared (`pkg/scheduler/util/pod_resources.go`). */
export const ASSUMED_REQUEST = { milliCPU: 100, memory: 200 * 1024 * 1024 };

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

export interface PodVolume {
  name: string;
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  ephemeral?: object;
  gcePersistentDisk?: { pdName: string; readOnly?: boolean };
  awsElasticBlockStore?: { volumeID: string };
  iscsi?: { iqn: string; readOnly?: boolean };
  rbd?: { monitors?: string[]; pool?: string; image?: string; readOnly?: boolean };
}

export class PodInfo {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Being deleted. */
  readonly terminating: boolean;
  readonly requests: ResourceAmounts;
  readonly hostPorts: readonly HostPort[];
  readonly volumes: readonly PodVolume[];
  private assumedRequests: ResourceAmounts | undefined;
  private termSet: PodTermSet | undefined;

  constructor(public pod: KubeObject) {
    const spec = pod['spec'];
    const { uid = '', namespace = '', name = '', labels = {}, deletionTimestamp } = pod.metadata;
    this.uid = uid;
    this.namespace = namespace;
    this.name = name;
    this.labels = labels;
    this.terminating = deletionTimestamp !== undefined;
    this.priority = spec.priority ?? 0;
    const counted = countedSpec(pod);
    this.requests = podRequests(counted);
    this.assumedRequests = namesAll(counted) ? this.requests : undefined;
    this.hostPorts = hostPortsOf(spec);
    this.volumes = spec.volumes ?? NO_VOLUMES;
  }

  /** With assumed requests for what containers don't name; for scoring. */
  get assumed(): ResourceAmounts {
    this.assumedRequests ??= podRequests(countedSpec(this.pod), ASSUMED_REQUEST);
    return this.assumedRequests;
  }

  /** Its terms of affinity to other pods and against them. */
  get terms(): PodTermSet {
    this.termSet ??= podTerms(this.namespace, this.pod['spec'].affinity);
    return this.termSet;
  }

  /** Takes over the pod's new status; false where more changed than that, and a new PodInfo is called for. */
  updateStatus(pod: KubeObject): boolean {
    const same =
      pod['spec'] === this.pod['spec'] &&
      pod.metadata.labels === this.pod.metadata.labels &&
      (pod.metadata.deletionTimestamp !== undefined) === this.terminating &&
      !isResized(pod) &&
      !isResized(this.pod);
    if (same) this.pod = pod;
    return same;
  }

  get hasAffinity(): boolean {
    const { affinity } = this.pod['spec'];
    return affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined;
  }

  get nominatedNode(): string {
    return this.pod['status']?.nominatedNodeName ?? '';
  }
}

const NO_VOLUMES: readonly PodVolume[] = Object.freeze([]);
const NO_PORTS: readonly HostPort[] = Object.freeze([]);

interface Container {
  name?: string;
  restartPolicy?: string;
  ports?: { hostPort?: number; hostIP?: string; protocol?: string }[];
  resources?: { requests?: ResourceList };
}

/** Does every container name cpu and memory? Then nothing is to be assumed. */
function namesAll({ containers = [], initContainers = [] }: PodSpecResources): boolean {
  for (const list of [containers, initContainers])
    for (const { resources } of list)
      if (resources?.requests?.['cpu'] === undefined || resources.requests['memory'] === undefined) return false;
  return true;
}

/** The ports on the node that the pod's containers and sidecars take (schedutil GetHostPorts). */
export function hostPortsOf(spec: { containers?: Container[]; initContainers?: Container[] }): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const look = ({ ports: declared }: Container) => {
    for (const { hostPort, hostIP, protocol } of declared ?? [])
      if (hostPort) {
        ports ??= [];
        ports.push({ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort });
      }
  };
  for (const container of spec.initContainers ?? []) if (container.restartPolicy === 'Always') look(container);
  for (const container of spec.containers ?? []) look(container);
  return ports ?? NO_PORTS;
}

/** Can't both be had on one node (HostPortInfo.CheckConflict)? */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
}

interface ContainerStatus {
  name: string;
  allocatedResources?: ResourceList;
  resources?: { requests?: ResourceList };
}

/** Has any of its containers been given something else than the spec asks for? */
export function isResized(pod: KubeObject): boolean {
  const { containerStatuses = [], initContainerStatuses = [] } = (pod['status'] ?? {}) as {
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
  for (const list of [containerStatuses, initContainerStatuses])
    for (const status of list) if (hasOther(status, pod['spec'])) return true;
  return false;
}

function hasOther(
  { name, resources, allocatedResources }: ContainerStatus,
  {
    containers = [],
    initContainers = [],
  }: { containers?: readonly Container[]; initContainers?: readonly Container[] },
): boolean {
  if (!resources && !allocatedResources) return false;
  const named = (container: Container) => container.name === name;
  const wanted = (firstWhere(containers, named) ?? firstWhere(initContainers, named))?.resources?.requests ?? {};
  if (resources && !deepEqual(jsonOf(resources.requests ?? {}), jsonOf(wanted))) return true;
  return allocatedResources !== undefined && !deepEqual(jsonOf(allocatedResources), jsonOf(wanted));
}

/** The spec that counts. */
function countedSpec(pod: KubeObject): PodSpecResources {
  return isResized(pod) ? withStatusResources(pod['spec'], pod['status']) : pod['spec'];
}

/**
 * While a pod is resized in place, the most of what is wanted, given and in use counts; what can't be given does not count
 * (component-helpers `resource/helpers.go` determineContainerReqs).
 */
function withStatusResources(
  spec: PodSpecResources & { containers?: readonly Container[]; initContainers?: readonly Container[] },
  status: { containerStatuses?: ContainerStatus[]; initContainerStatuses?: ContainerStatus[] } | undefined,
): PodSpecResources {
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

/** The pod as it was before it had a place. */
export function unplaced(pod: KubeObject): KubeObject {
  const { nodeName, ...spec } = pod['spec'];
  return nodeName ? { ...pod, spec } : pod;
}
