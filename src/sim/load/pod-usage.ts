/**
 * What the containers of a pod use, as declared: by a Load of the pod or its owners, by kwok's annotations, or a little. A
 * pure function of the objects and the instant.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { milliValue, parseQuantity, wholeValue } from '../../apimachinery/quantity';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { ContainerStatus } from '../kubelet/container';
import { declarationOf } from '../kubelet/declared';
import type { DeclaredSeries } from './declared-load';
import { type Membership, wasReady } from './members';

export type UsageResource = 'cpu' | 'memory';

export interface ContainerUsage {
  name: string;
  startedAt: Instant;
  /** Cores, as a number; what it would use without its limit. */
  cpuDemand: number;
  /** … and what it does use. */
  cpu: number;
  /** Bytes. */
  memoryDemand: number;
  memory: number;
}

interface Container {
  name: string;
  restartPolicy?: string;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

/** What a container uses of which nothing was said: as kwok has it. */
const IDLE = { cpu: 0.001, memory: 1024 * 1024 } as const;
/** kwok `charts/metrics-usage/templates/usage-from-annotation.yaml`: of a pod, so much in each of its containers. */
const KWOK = { cpu: 'kwok.x-k8s.io/usage-cpu', memory: 'kwok.x-k8s.io/usage-memory' } as const;

/** Of the containers that run now, in the order of the spec, sidecars first. */
export function podUsage(pod: KubeObject, members: Membership, instant: Instant): ContainerUsage[] {
  const running = runningContainers(pod);
  if (running.length === 0) return [];
  const main = running.filter(({ isMain }) => isMain).map(({ container }) => container);
  const cpu = declaredUse(pod, 'cpu', main, members, instant);
  const memory = declaredUse(pod, 'memory', main, members, instant);
  return running.map(({ container, startedAt, isMain }) => {
    const [cpuDemand, memoryDemand] = [cpu, memory].map((use, i) => {
      const resource = i === 0 ? 'cpu' : 'memory';
      const own = isMain ? use?.get(container.name) : undefined;
      return own ?? annotatedUse(pod, container.name, resource, isMain) ?? IDLE[resource];
    }) as [number, number];
    const { limits = {} } = container.resources ?? {};
    return {
      name: container.name,
      startedAt,
      cpuDemand,
      cpu: limits['cpu'] === undefined ? cpuDemand : Math.min(cpuDemand, milliValue(limits['cpu']) / 1000),
      memoryDemand,
      memory: limits['memory'] === undefined ? memoryDemand : Math.min(memoryDemand, wholeValue(limits['memory'])),
    };
  });
}

/** How much of a series falls to one pod: its share of a total, or so much as each has. Nothing where it is not ready to serve. */
export function shareOf(
  pod: KubeObject,
  series: DeclaredSeries,
  load: Parameters<Membership['readyAt']>[0],
  members: Membership,
  instant: Instant,
): number | undefined {
  if (series.per === 'Pod') return series.valueAt(instant, pod.metadata.uid);
  if (!wasReady(pod, instant)) return undefined;
  return series.valueAt(instant) / members.readyAt(load, instant);
}

/** By container; undefined where nothing was declared, or the pod has no share in it. */
function declaredUse(
  pod: KubeObject,
  resource: UsageResource,
  containers: readonly Container[],
  members: Membership,
  instant: Instant,
): Map<string, number> | undefined {
  for (const load of members.loadsFor(pod)) {
    const series = load.series.find(({ type, name }) => type === 'Resource' && name === resource);
    if (!series) continue;
    const share = shareOf(pod, series, load, members, instant);
    return share === undefined ? undefined : split(Math.max(0, share), containers, resource);
  }
  return undefined;
}

/** By what they request, else evenly. */
function split(amount: number, containers: readonly Container[], resource: UsageResource): Map<string, number> {
  const read = resource === 'cpu' ? milliValue : wholeValue;
  const weights = containers.map(({ resources }) => read(resources?.requests?.[resource]));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(
    containers.map(({ name }, i) => [
      name,
      total > 0 ? (amount * (weights[i] as number)) / total : amount / containers.length,
    ]),
  );
}

function annotatedUse(pod: KubeObject, name: string, resource: UsageResource, isMain: boolean): number | undefined {
  const text = pod.metadata.annotations?.[KWOK[resource]];
  if (text !== undefined)
    try {
      return parseQuantity(text.trim()).toNumber();
    } catch {
      // What is no quantity says nothing.
    }
  return resource === 'memory' ? declarationOf(pod).of(name, isMain).memoryUsage : undefined;
}

interface Running {
  container: Container;
  startedAt: Instant;
  isMain: boolean;
}

function runningContainers(pod: KubeObject): Running[] {
  const { status, spec } = pod;
  if (status?.phase !== 'Running') return [];
  const running: Running[] = [];
  const add = (list: Container[] | undefined, statuses: ContainerStatus[] | undefined, isMain: boolean) => {
    for (const container of list ?? []) {
      const text = statuses?.find(({ name }) => name === container.name)?.state?.running?.startedAt;
      const startedAt = parseTime(text ?? '');
      if (startedAt !== undefined) running.push({ container, startedAt, isMain });
    }
  };
  add(spec?.initContainers, status.initContainerStatuses, false);
  add(spec?.containers, status.containerStatuses, true);
  return running;
}
