/**
 * What the containers of a pod use, as declared: by a Load of the pod or its owners, by kwok's kinds, by annotations, or a little. A pure
 * function of the objects and the instant.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { DeclaredLoad, DeclaredSeries } from './declared-load';
import type { Membership } from './members';
import { type Amounts, factsOf, type RunningContainer } from './pod-facts';

export interface ContainerUsage extends Amounts {
  name: string;
  startedAt: Instant;
  /** What it would use without its limits. */
  demand: Amounts;
}

/** What a container uses of which nothing was said: as kwok has it. */
const IDLE: Amounts = { cpu: 0.001, memory: 1024 * 1024 };

/** What kwok's kinds say of a container; undefined where they say nothing. */
export type KwokUsage = (pod: KubeObject, container: string, resource: keyof Amounts) => number | undefined;

/** Of the containers that run now. */
export function podUsage(
  pod: KubeObject,
  members: Membership,
  instant: Instant,
  kwok: KwokUsage | undefined,
): ContainerUsage[] {
  const { containers } = factsOf(pod);
  if (containers.length === 0) return [];
  const main = containers.filter(({ isMain }) => isMain);
  const cpu = declaredUse(pod, 'cpu', main, members, instant);
  const memory = declaredUse(pod, 'memory', main, members, instant);
  return containers.map(({ name, startedAt, isMain, limits, annotated }) => {
    const said = (resource: keyof Amounts, load: Map<string, number> | undefined) =>
      isMain ? (load?.get(name) ?? kwok?.(pod, name, resource)) : undefined;
    const demand = {
      cpu: said('cpu', cpu) ?? annotated.cpu ?? IDLE.cpu,
      memory: said('memory', memory) ?? annotated.memory ?? IDLE.memory,
    };
    return {
      name,
      startedAt,
      demand,
      cpu: Math.min(demand.cpu, limits.cpu ?? demand.cpu),
      memory: Math.min(demand.memory, limits.memory ?? demand.memory),
    };
  });
}

/** How much of a series falls to one pod: its share of a total, or so much as each has. Nothing where it is not ready to serve. */
export function shareOf(
  pod: KubeObject,
  series: DeclaredSeries,
  load: DeclaredLoad,
  members: Membership,
  instant: Instant,
): number | undefined {
  if (series.per === 'Pod') return series.valueAt(instant, pod.metadata.uid);
  if (!wasReady(pod, instant)) return undefined;
  return series.valueAt(instant) / members.readyAt(load, instant);
}

/** Ready at this instant, and not being deleted. */
export function wasReady(pod: KubeObject, instant: Instant): boolean {
  const { readySince } = factsOf(pod);
  return readySince !== undefined && readySince <= instant;
}

/** By container; undefined where nothing was declared, or the pod has no share in it. */
function declaredUse(
  pod: KubeObject,
  resource: keyof Amounts,
  containers: readonly RunningContainer[],
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
function split(amount: number, containers: readonly RunningContainer[], resource: keyof Amounts): Map<string, number> {
  const total = containers.reduce((sum, { requests }) => sum + requests[resource], 0);
  return new Map(
    containers.map(({ name, requests }) => [
      name,
      total > 0 ? (amount * requests[resource]) / total : amount / containers.length,
    ]),
  );
}
