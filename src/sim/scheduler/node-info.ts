/** A node as the scheduler sees it: what it offers and what is taken, updated as pods come and go, never summed anew (kubernetes `pkg/scheduler/framework` NodeInfo). */
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, podRequests, type ResourceAmounts } from '../../apimachinery/pod-requests';

/** Containers that ask for no cpu or memory count as this much when nodes are compared (`pkg/scheduler/util/pod_resources.go`). */
const ASSUMED_REQUEST = { milliCPU: 100, memory: 200 * 1024 * 1024 };

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

/** What the scheduler needs to know of a pod, worked out once. */
export interface PodInfo {
  pod: KubeObject;
  requests: ResourceAmounts;
  /** With assumed requests for what containers don't name; for scoring. */
  assumed: ResourceAmounts;
  hostPorts: readonly HostPort[];
}

export function podInfo(pod: KubeObject): PodInfo {
  const spec = pod['spec'];
  return {
    pod,
    requests: podRequests(spec),
    assumed: podRequests(spec, ASSUMED_REQUEST),
    hostPorts: hostPortsOf(spec),
  };
}

interface Container {
  restartPolicy?: string;
  ports?: { hostPort?: number; hostIP?: string; protocol?: string }[];
}

/** The ports on the node that the pod's containers and sidecars take (schedutil GetHostPorts). */
function hostPortsOf(spec: { containers?: Container[]; initContainers?: Container[] }): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const ports: HostPort[] = [];
  for (const container of [...sidecars, ...(spec.containers ?? [])]) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? [])
      if (hostPort) ports.push({ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort });
  }
  return ports;
}

export class NodeInfo {
  node: KubeObject;
  allocatable: ResourceAmounts = amountsOf({});
  /** How many pods it may hold. */
  allowedPods = 0;
  readonly pods = new Map<string, PodInfo>();
  readonly requested = { milliCPU: 0, memory: 0, ephemeralStorage: 0, scalar: {} as Record<string, number> };
  readonly assumed = { milliCPU: 0, memory: 0 };

  constructor(node: KubeObject) {
    this.node = node;
    this.update(node);
  }

  get name(): string {
    return this.node.metadata.name ?? '';
  }

  update(node: KubeObject): void {
    this.node = node;
    const { pods, ...rest } = (node['status']?.allocatable ?? {}) as Record<string, string>;
    this.allocatable = amountsOf(rest);
    this.allowedPods = Number(pods ?? 0);
  }

  add(info: PodInfo): void {
    const uid = info.pod.metadata.uid ?? '';
    if (this.pods.has(uid)) this.remove(uid);
    this.pods.set(uid, info);
    this.count(info, 1);
  }

  remove(uid: string): void {
    const info = this.pods.get(uid);
    if (!info) return;
    this.pods.delete(uid);
    this.count(info, -1);
  }

  private count({ requests, assumed }: PodInfo, sign: 1 | -1): void {
    this.requested.milliCPU += sign * requests.milliCPU;
    this.requested.memory += sign * requests.memory;
    this.requested.ephemeralStorage += sign * requests.ephemeralStorage;
    for (const name of Object.keys(requests.scalar))
      this.requested.scalar[name] = (this.requested.scalar[name] ?? 0) + sign * (requests.scalar[name] as number);
    this.assumed.milliCPU += sign * assumed.milliCPU;
    this.assumed.memory += sign * assumed.memory;
  }

  /** Is this port taken by a pod here? An address of all takes every address (HostPortInfo.CheckConflict). */
  portTaken(wanted: HostPort): boolean {
    for (const { hostPorts } of this.pods.values()) {
      for (const taken of hostPorts) {
        if (taken.port !== wanted.port || taken.protocol !== wanted.protocol) continue;
        if (taken.ip === wanted.ip || taken.ip === '0.0.0.0' || wanted.ip === '0.0.0.0') return true;
      }
    }
    return false;
  }
}
