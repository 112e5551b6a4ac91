/** Nodes as their kubelets register them (kubernetes `pkg/kubelet/kubelet_node_status.go` and `nodestatus/setters.go`). */
import { KUBELET_FEATURES } from '../../apimachinery/declared-features';
import type { KubeObject } from '../../apimachinery/meta';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';

export interface NodeSize {
  /** A quantity of cores: `4`. */
  cpu: string;
  /** A quantity of bytes: `16Gi`. */
  memory: string;
  /** How many pods it may run. */
  pods: number;
}

export const KUBELET_VERSION = 'v1.36.0';

/** The first address that a node gets; the API server has the one before. */
const FIRST_NODE_ADDRESS = [172, 18, 0, 3] as const;
const IPV6_NODES = 'fc00:f853:ccd:e793::';

/** The address of the API server, of the family that services have by default. */
export function apiServerAddress(serviceCIDR: string): string {
  return serviceCIDR.split(',')[0]?.includes(':') ? `${IPV6_NODES}2` : '172.18.0.2';
}

/** `node-1`, `node-2` …: the names of the nodes that init makes, counted from 1. */
export function nodeName(number: number): string {
  return `node-${number}`;
}

/** The address of the node with this number, counted from 1. */
export function nodeAddress(number: number): string {
  const [a, b, c, d] = FIRST_NODE_ADDRESS;
  const offset = c * 256 + d + number - 1;
  return `${a}.${b + (offset >> 16)}.${(offset >> 8) & 255}.${offset & 255}`;
}

/** All addresses of the node with this number: one of each family that the cluster has, in its order. */
export function nodeAddresses(number: number, clusterCIDR: string): string[] {
  return clusterCIDR
    .split(',')
    .map((cidr) => (cidr.includes(':') ? `${IPV6_NODES}${(number + 2).toString(16)}` : nodeAddress(number)));
}

/** What a node offers. */
export function nodeResources(size: NodeSize): Record<string, string> {
  return {
    cpu: size.cpu,
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: size.memory,
    pods: String(size.pods),
  };
}

export const DEFAULT_SIZE: NodeSize = { cpu: '4', memory: '16Gi', pods: 110 };

/** A ready node of this size. Without blocks of addresses it is given some by who looks after them. */
export function registeredNode(
  name: string,
  addresses: readonly string[],
  podCIDRs: readonly string[],
  size: NodeSize,
  now: Instant,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: podCIDRs.length === 0 ? {} : { podCIDR: podCIDRs[0] as string, podCIDRs: [...podCIDRs] },
    status: {
      capacity: nodeResources(size),
      allocatable: nodeResources(size),
      conditions: healthyConditions(now),
      addresses: [
        ...addresses.map((address) => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'containerd://2.2.0',
        kernelVersion: '6.12.0',
        kubeProxyVersion: '',
        kubeletVersion: KUBELET_VERSION,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'kubetick',
        systemUUID: '',
      },
      declaredFeatures: [...KUBELET_FEATURES],
    },
  };
}

/** Signal → the condition and the reasons and messages that it has (kubernetes `pkg/kubelet/nodestatus/setters.go`). */
export const PRESSURE_CONDITIONS = {
  memory: {
    type: 'MemoryPressure',
    off: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available', 'NodeHasSufficientMemory'],
    on: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available', 'NodeHasInsufficientMemory'],
  },
  disk: {
    type: 'DiskPressure',
    off: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure', 'NodeHasNoDiskPressure'],
    on: ['KubeletHasDiskPressure', 'kubelet has disk pressure', 'NodeHasDiskPressure'],
  },
  pid: {
    type: 'PIDPressure',
    off: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available', 'NodeHasSufficientPID'],
    on: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available', 'NodeHasInsufficientPID'],
  },
} as const;

export const READY = ['KubeletReady', 'kubelet is posting ready status'] as const;

/** The conditions of a node without complaints, as of now. */
export function healthyConditions(now: Instant) {
  const time = formatTime(now);
  const condition = (type: string, status: string, [reason, message]: readonly string[]) => ({
    type,
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason,
    message,
  });
  return [
    ...Object.values(PRESSURE_CONDITIONS).map(({ type, off }) => condition(type, 'False', off)),
    condition('Ready', 'True', READY),
  ];
}
