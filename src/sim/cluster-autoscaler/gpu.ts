/** Graphics processors, as the autoscaler finds them on nodes and asked for by pods (autoscaler `utils/gpu/gpu.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { GPU_LABEL, GPU_RESOURCES } from '../../apimachinery/node-groups';
import { wholeValue } from '../../apimachinery/quantity';
import type { PodInfo } from '../scheduler/pod-info';

export interface NodeGpu {
  /** What its label says; '' where it has none. */
  type: string;
  /** `nvidia.com/gpu` */
  resource: string;
  /** How many a pod could ask for; 0 while there are none yet. */
  count: number;
}

/** Undefined for a node without any (GetNodeGPUFromCloudProvider). */
export function gpuOf({ metadata, ...node }: KubeObject): NodeGpu | undefined {
  const allocatable = node['status']?.allocatable ?? {};
  const type = metadata.labels?.[GPU_LABEL];
  for (const resource of GPU_RESOURCES) {
    const count = allocatable[resource] === undefined ? 0 : wholeValue(allocatable[resource]);
    if (count > 0) return { type: type ?? '', resource, count };
  }
  return type === undefined ? undefined : { type, resource: GPU_RESOURCES[0], count: 0 };
}

/** PodRequestsGpu */
export function asksForGpu({ requests }: PodInfo): boolean {
  return GPU_RESOURCES.some((resource) => requests.scalar[resource] !== undefined);
}
