/** How much of a node is asked for (autoscaler `simulator/utilization/info.go`). */
import { formatShortest } from '../../apimachinery/float-text';
import type { Instant } from '../clock';
import type { NodeInfo } from '../scheduler/node-info';
import { gpuOf } from './gpu';
import type { Options } from './options';
import { isDaemonPod, isLongTerminating, isMirrorPod } from './pods';

export interface Utilization {
  cpu: number;
  memory: number;
  /** Of a node that has GPUs nothing else counts. */
  gpu: number;
  /** What counts: the larger of cpu and memory, or that of GPUs; and what it is of: `nvidia.com/gpu`. */
  most: number;
  resource: string;
}

/** Undefined for a node that offers nothing. */
export function utilizationOf(info: NodeInfo, group: Options, cluster: Options, now: Instant): Utilization | undefined {
  const { allocatable, node } = info;
  const gpus = gpuOf(node);
  if (!gpus && (allocatable.milliCPU === 0 || allocatable.memory === 0)) return undefined;
  const { asked, ignored } = requestsOn(info, gpus?.resource, group, cluster, now);
  if (gpus) {
    // Where they are not ready yet the node counts as unused.
    const gpu = gpus.count === 0 ? 0 : asked.gpu / (gpus.count - ignored.gpu);
    return { cpu: 0, memory: 0, gpu, most: gpu, resource: gpus.resource };
  }
  const cpu = asked.cpu / (allocatable.milliCPU - ignored.cpu);
  const memory = asked.memory / (allocatable.memory - ignored.memory);
  const isCPU = cpu > memory;
  return { cpu, memory, gpu: 0, most: isCPU ? cpu : memory, resource: isCPU ? 'cpu' : 'memory' };
}

/** CalculateUtilizationOfResource, for all resources at once. */
function requestsOn(
  { pods }: NodeInfo,
  gpu: string | undefined,
  group: Options,
  cluster: Options,
  now: Instant,
): Record<'asked' | 'ignored', { cpu: number; memory: number; gpu: number }> {
  const skipDaemons = group.is('ignore-daemonsets-utilization');
  const skipMirrors = cluster.is('ignore-mirror-pods-utilization');
  const asked = { cpu: 0, memory: 0, gpu: 0 };
  const ignored = { cpu: 0, memory: 0, gpu: 0 };
  for (const { pod, requests, terminating } of pods.values()) {
    const isIgnored = (skipDaemons && isDaemonPod(pod)) || (skipMirrors && isMirrorPod(pod));
    if (!isIgnored && terminating && isLongTerminating(pod, now)) continue;
    const sum = isIgnored ? ignored : asked;
    sum.cpu += requests.milliCPU;
    sum.memory += requests.memory;
    if (gpu !== undefined) sum.gpu += requests.scalar[gpu] ?? 0;
  }
  return { asked, ignored };
}

/** Go's `%v` of utilization.Info, as events show it. */
export function formatUtilization({ cpu, memory, gpu, most, resource }: Utilization): string {
  const [c, m, g, all] = [cpu, memory, gpu, most].map((share) => formatShortest(share));
  return `{${c} ${m} ${g} 0 ${resource} ${all}}`;
}
