/** What buffers come to, and what their pods ask for. */
import { type PodSpecResources, podRequests } from '../../../apimachinery/pod-requests';
import type { BufferStatus, CapacityBuffer } from '../../cluster-autoscaler/capacity-buffers';

export interface PodTemplateSpec {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpecResources & { volumes?: Named[]; containers: Container[]; initContainers?: Container[] };
}
export interface Named {
  name: string;
}
export interface Container {
  volumeMounts?: Named[];
  resources?: { requests?: Record<string, string | number>; limits?: Record<string, string | number> };
}

/** What one buffer has come to, before quotas. */
export interface Translated {
  buffer: CapacityBuffer;
  status: BufferStatus;
  template?: PodTemplateSpec;
}

/** What a pod of the template asks for, in thousandths, by name; without what it does not ask for. */
export function requestsOf({ spec }: PodTemplateSpec): [name: string, milli: number][] {
  const { milliCPU, memory, ephemeralStorage, scalar } = podRequests(spec);
  const all: [string, number][] = [
    ['cpu', milliCPU],
    ['memory', memory * 1000],
    ['ephemeral-storage', ephemeralStorage * 1000],
    ...Object.entries(scalar).map(([name, amount]): [string, number] => [name, amount * 1000]),
  ];
  return all.filter(([, amount]) => amount > 0);
}
