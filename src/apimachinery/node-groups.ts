/** Node groups: kubetick's own kinds, the paths to them, and what both the commands and the simulation know of them. */
import type { KubeObject } from './meta';

export const GROUP = 'kubetick.dev';
export const VERSION = 'v1alpha1';

/** Sets of equal machines, as a cloud makes and removes them. */
export const NODE_GROUPS = { group: GROUP, version: VERSION, resource: 'nodegroups' };
/** The one Cluster Autoscaler: its flags, and what it remembers. */
export const CLUSTER_AUTOSCALERS = { group: GROUP, version: VERSION, resource: 'clusterautoscalers' };

/** As the cache names them. */
export const NODE_GROUP_RESOURCE = `nodegroups.${GROUP}`;
export const AUTOSCALER_RESOURCE = `clusterautoscalers.${GROUP}`;

/** The name of the one ClusterAutoscaler. */
export const AUTOSCALER_NAME = 'cluster-autoscaler';

/** On every node of a group: its name. */
export const NODE_GROUP_LABEL = 'kubetick.dev/nodegroup';

/** On every node that has GPUs: of which type they are (the cloud's GPULabel). */
export const GPU_LABEL = 'kubetick.dev/accelerator';

/** The resources that are known to be GPUs (autoscaler `utils/gpu/gpu.go` GPUVendorResourceNames, DefaultGPUType). */
export const GPU_RESOURCES = [
  'nvidia.com/gpu',
  'habana.ai/gaudi',
  'gpu.intel.com/xe',
  'amd.com/gpu',
  'microsoft.com/directx',
] as const;
export const DEFAULT_GPU_TYPE = 'nvidia-tesla-k80';

/**
 * What may go wrong with a group's machines:
 *
 * | mode | what happens |
 * |---|---|
 * | `refuse` | the cloud refuses to make the group larger |
 * | `quota` | machines can't be made: they are there at once, with an error |
 * | `silent` | machines start and never register |
 * | `unready` | machines register, and their nodes never become ready |
 */
export const FAIL_MODES = ['refuse', 'quota', 'silent', 'unready'] as const;
export type FailMode = (typeof FAIL_MODES)[number];

export interface NodeGroupTaint {
  key: string;
  value?: string;
  effect: string;
}

export interface NodeGroupSpec {
  minSize: number;
  maxSize: number;
  /** How many machines there shall be. */
  targetSize: number;
  template: {
    cpu: string;
    memory: string;
    pods?: number;
    /** `resource` is `nvidia.com/gpu` unless told. */
    gpu?: { count: number; type: string; resource?: (typeof GPU_RESOURCES)[number] };
    labels?: Record<string, string>;
    taints?: NodeGroupTaint[];
  };
  zone?: string;
  /** Of one machine for one hour, in whatever money. */
  price?: number;
  /** From a machine's order to its node: a duration. */
  provisionTime?: string;
  /** Machines up to this number fail so; all of them where it is absent. */
  fail?: { mode: FailMode; until?: number };
  /** Machines that shall go. */
  delete?: string[];
  /** Flags of the autoscaler that are other than usual for this group. */
  options?: Record<string, string>;
}

export interface Machine {
  name: string;
  /** When it was ordered. RFC 3339. */
  created: string;
  /** Its node is there. */
  registered?: boolean;
  fail?: Exclude<FailMode, 'refuse'>;
}

export interface NodeGroupStatus {
  /** How many machines were ever ordered: the number of the last one. */
  ordered?: number;
  machines?: Machine[];
  /** How many of them have a node. */
  nodes?: number;
}

/** `kubetick://pool/pool-1`: by this a node is known to be a group's. */
export function providerID(group: string, machine: string): string {
  return `kubetick://${group}/${machine}`;
}

/** The group that a node says it is of; undefined for one that no cloud made. */
export function groupOfNode(node: KubeObject): string | undefined {
  const id: string | undefined = node['spec']?.providerID;
  return id ? /^kubetick:\/\/([^/]+)\//.exec(id)?.[1] : undefined;
}
