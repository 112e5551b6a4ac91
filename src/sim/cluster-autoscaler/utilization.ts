/** How much of a node is asked for (autoscaler `simulator/utilization/info.go`). */
import { formatShortest } from '../../apimachinery/float-text';
import type { Instant } from '../clock';
import type { NodeInfo } from '../scheduler/node-info';
import type { Options } from './options';
import { isDaemonPod, isLongTerminating, isMirrorPod } from './pods';

export interface Utilization {
  cpu: number;
  memory: number;
  /** The larger of them, and which that is. */
  most: number;
  resource: 'cpu' | 'memory';
}

/** Undefined for a node that offers nothing. */
export function utilizationOf(
  { allocatable, pods }: NodeInfo,
  group: Options,
  cluster: Options,
  now: Instant,
): Utilization | undefined {
  if (allocatable.milliCPU === 0 || allocatable.memory === 0) return undefined;
  const skipDaemons = group.is('ignore-daemonsets-utilization');
  const skipMirrors = cluster.is('ignore-mirror-pods-utilization');
  const asked = { cpu: 0, memory: 0 };
  const ignored = { cpu: 0, memory: 0 };
  for (const { pod, requests, terminating } of pods.values()) {
    const isIgnored = (skipDaemons && isDaemonPod(pod)) || (skipMirrors && isMirrorPod(pod));
    if (!isIgnored && terminating && isLongTerminating(pod, now)) continue;
    const sum = isIgnored ? ignored : asked;
    sum.cpu += requests.milliCPU;
    sum.memory += requests.memory;
  }
  const cpu = asked.cpu / (allocatable.milliCPU - ignored.cpu);
  const memory = asked.memory / (allocatable.memory - ignored.memory);
  return cpu > memory ? { cpu, memory, most: cpu, resource: 'cpu' } : { cpu, memory, most: memory, resource: 'memory' };
}

/** Go's `%v` of utilization.Info, as events show it. */
export function formatUtilization({ cpu, memory, most, resource }: Utilization): string {
  return `{${formatShortest(cpu)} ${formatShortest(memory)} 0 0 ${resource} ${formatShortest(most)}}`;
}
