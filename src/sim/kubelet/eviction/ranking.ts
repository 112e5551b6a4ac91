/** Which pod goes first when a node is under pressure (kubernetes `pkg/kubelet/eviction/helpers.go`). */

import type { Signal } from '../../../apimachinery/behaviour-annotations';
import type { KubeObject } from '../../../apimachinery/meta';
import { podRequests } from '../../../apimachinery/pod-requests';
import { wholeValue } from '../../../apimachinery/quantity';
import type { Instant } from '../../clock';
import { allContainers, declaredFor, runsToCompletion } from '../container';
import { hungerOf } from '../stress';
import { volumesOnDisk } from './local-storage';

/** What a container uses that asked for nothing. */
const USED_ANYWAY = { memory: 32 * 1024 * 1024, disk: 1024 * 1024 } as const;

export interface Usage {
  container: string;
  used: number;
  requested: number;
}

/** What each of its containers uses: what is declared, or what it asked for, and a little if that is nothing. */
export function usageOf(pod: KubeObject, signal: 'memory' | 'disk'): Usage[] {
  const resource = signal === 'memory' ? 'memory' : 'ephemeral-storage';
  return allContainers(pod)
    .filter((placed) => placed.list !== 'ephemeralContainers' && !runsToCompletion(placed))
    .map((placed) => {
      const { container } = placed;
      const declared = declaredFor(pod, placed);
      const requested = wholeValue(container.resources?.requests?.[resource] ?? '0');
      const told = signal === 'memory' ? (declared.memoryUsage ?? hungerOf(container).memory) : declared.diskUsage;
      return { container: container.name, requested, used: told ?? Math.max(requested, USED_ANYWAY[signal]) };
    });
}

/** The pods in the order in which they are evicted (rankMemoryPressure, rankDiskPressureFunc, rankPIDPressure). */
export function rankForEviction(pods: readonly KubeObject[], signal: Signal, now: Instant): KubeObject[] {
  const ranked = pods.map((pod) => {
    const usage = signal === 'pid' ? [] : usageOf(pod, signal);
    const volumes = signal === 'disk' ? volumesOnDisk(pod, now) : 0;
    const used = usage.reduce((sum, one) => sum + one.used, volumes);
    const requested = signal === 'pid' ? 0 : requestOf(pod, signal);
    return { pod, priority: priorityOf(pod), exceeds: used > requested, over: used - requested };
  });
  ranked.sort(
    (a, b) =>
      Number(b.exceeds) - Number(a.exceeds) || a.priority - b.priority || b.over - a.over || byKey(a.pod, b.pod),
  );
  return ranked.map(({ pod }) => pod);
}

/** GetResourceRequestQuantity: what init containers ask for counts as well. */
function requestOf(pod: KubeObject, signal: 'memory' | 'disk'): number {
  const { memory, ephemeralStorage } = podRequests(pod['spec']);
  return signal === 'memory' ? memory : ephemeralStorage;
}

function byKey(a: KubeObject, b: KubeObject): number {
  const key = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}

export function priorityOf(pod: KubeObject): number {
  return pod['spec'].priority ?? 0;
}

const SYSTEM_CRITICAL = 2_000_000_000;

/** Never evicted: static pods, mirrors of them, and what the system stands on (kubetypes.IsCriticalPod). */
export function isCritical(pod: KubeObject): boolean {
  return isMirror(pod) || priorityOf(pod) >= SYSTEM_CRITICAL;
}

/** Does it only show in the API that a kubelet has a static pod? */
export function isMirror({ metadata }: KubeObject): boolean {
  return Object.hasOwn(metadata.annotations ?? {}, 'kubernetes.io/config.mirror');
}
