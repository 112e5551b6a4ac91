/**
 * Whether a kubelet takes a pod that nobody asked the scheduler about (kubernetes `pkg/kubelet/lifecycle/predicate.go`, and the
 * eviction manager's Admit).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, podRequests, type ResourceAmounts } from '../../apimachinery/pod-requests';
import type { IndexedCache } from '../controller';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import { isCritical } from './eviction/ranking';
import { nodeCondition } from './node-state';

export interface Rejection {
  reason: string;
  message: string;
}

export function rejectionOf(pod: KubeObject, node: KubeObject, cache: IndexedCache): Rejection | undefined {
  return pressureRejection(pod, node) ?? (wasScheduled(pod) ? undefined : fitRejection(pod, node, cache));
}

function wasScheduled(pod: KubeObject): boolean {
  return podCondition(pod, 'PodScheduled')?.status === 'True';
}

/** Under pressure of memory only those that asked for some are let in; under any other, nobody. */
function pressureRejection(pod: KubeObject, node: KubeObject): Rejection | undefined {
  const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].filter(
    (type) => nodeCondition(node, type)?.status === 'True',
  );
  if (pressures.length === 0 || isCritical(pod)) return undefined;
  if (pressures.length === 1 && pressures[0] === 'MemoryPressure') {
    if (pod['status']?.qosClass !== 'BestEffort' || toleratesMemoryPressure(pod)) return undefined;
  }
  return { reason: 'Evicted', message: `Pod was rejected: The node had condition: [${pressures.join(' ')}]. ` };
}

function toleratesMemoryPressure(pod: KubeObject): boolean {
  const tolerations: { key?: string; operator?: string; effect?: string }[] = pod['spec'].tolerations ?? [];
  return tolerations.some(
    ({ key, operator, effect }) =>
      (!effect || effect === 'NoSchedule') &&
      ((!key && operator === 'Exists') || key === 'node.kubernetes.io/memory-pressure'),
  );
}

function fitRejection(pod: KubeObject, node: KubeObject, cache: IndexedCache): Rejection | undefined {
  const allocatable: Record<string, string> | undefined = node['status']?.allocatable;
  if (!allocatable) return undefined;
  const capacity = amountsOf(allocatable);
  const others = cache
    .index('pods', 'node', node.metadata.name ?? '')
    .filter((other) => other.metadata.uid !== pod.metadata.uid && !isPodTerminal(other) && other['status']?.startTime);
  const pods = capacity.scalar['pods'];
  if (pods !== undefined && others.length + 1 > pods) return outOf('pods', 1, others.length, pods);
  const wanted = podRequests(pod['spec']);
  const used = others.map((other) => podRequests(other['spec']));
  for (const [name, amount] of RESOURCES) {
    const requested = amount(wanted);
    const taken = used.reduce((sum, other) => sum + amount(other), 0);
    if (requested > 0 && requested + taken > amount(capacity)) return outOf(name, requested, taken, amount(capacity));
  }
  return undefined;
}

const RESOURCES: readonly [string, (amounts: ResourceAmounts) => number][] = [
  ['cpu', ({ milliCPU }) => milliCPU],
  ['memory', ({ memory }) => memory],
  ['ephemeral-storage', ({ ephemeralStorage }) => ephemeralStorage],
];

function outOf(resource: string, requested: number, used: number, capacity: number): Rejection {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return {
    reason: `OutOf${resource}`,
    message: `Pod was rejected: Node didn't have enough resource: ${resource}, ${amounts}`,
  };
}
