/**
 * How many replicas a metric asks for (replica_calculator.go, metrics/utilization.go). All amounts are thousandths, whole
 * numbers as upstream has them; each result tells the numbers that led to it.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Instant } from '../../clock';
import { isPodReady } from '../pod-state';
import { isWithin, type Tolerances } from './autoscaler';
import {
  allReady,
  groupPods,
  type PodGroups,
  type PodMetric,
  type PodMetrics,
  requestedBy,
  requestsOf,
} from './group-pods';
import type { CrowdMetric } from './metric-source';

const MOST_REPLICAS = 2 ** 31 - 1;

/** Why it is so many. */
export type Rule =
  | 'within tolerance'
  | 'ratio times pods'
  | 'the direction would turn'
  | 'value by target'
  | 'ratio, from zero';

export interface Arithmetic {
  /** Absent where pods have no part in it. */
  groups?: PodGroups;
  /** Those that count: their figures, and requests where they matter. */
  measured(): { pod: string; value: number; request?: number }[];
  /** What the ratio is of. */
  total: number;
  requested?: number;
  /** The first ratio: of what was measured. */
  ratio: number;
  /** Figures that were put in for pods without one, and the ratio with them. */
  assumed: { pod: string; value: number; because: 'missing' | 'unready' }[];
  assumedRatio?: number;
  /** What the ratio was multiplied with. */
  times?: number;
  rule: Rule;
}

export interface Proposal {
  replicas: number;
  /** What status tells: of each pod on average, or the value itself. */
  usage: number;
  /** Per cent of what is requested. */
  utilization?: number;
  arithmetic: Arithmetic;
}

export interface Situation {
  /** Those that the target's selector matches. */
  pods: readonly KubeObject[];
  currentReplicas: number;
  tolerances: Tolerances;
  now: Instant;
}

/** GetResourceReplicas: by the share of what is requested. */
export function utilizationReplicas(
  situation: Situation,
  metrics: PodMetrics,
  target: number,
  resource: string,
  container: string,
): Proposal {
  const groups = grouped(situation, metrics, resource);
  const values = counted(metrics, groups);
  const requests = requestsOf(situation.pods, container, resource);
  const ratioOf = (figures: ReadonlyMap<string, number>) => utilizationRatio(figures, requests, target);
  const fallback = Math.max(100, target);
  const first = ratioOf(values);
  const result = rebalanced(
    situation,
    groups,
    values,
    first.ratio,
    (figures) => ratioOf(figures).ratio,
    (pod) => Math.trunc(((requests.get(pod) ?? 0) * fallback) / 100),
  );
  return {
    replicas: result.replicas,
    usage: first.average,
    utilization: first.utilization,
    arithmetic: {
      ...result.arithmetic,
      groups,
      measured: () => [...values].map(([pod, value]) => ({ pod, value, request: requests.get(pod) ?? 0 })),
      total: first.total,
      requested: first.requested,
      ratio: first.ratio,
    },
  };
}

/**
 * utilizationReplicas of pods that all count, by their kinds: the same result, without looking at each. `metrics` gives each
 * pod's figure to those who ask.
 */
export function crowdUtilizationReplicas(
  situation: Situation,
  crowd: readonly CrowdMetric[],
  target: number,
  resource: string,
  container: string,
  metrics: () => PodMetrics,
): Proposal {
  const { pods, currentReplicas, tolerances } = situation;
  const requests = requestsOf(pods, container, resource);
  const total = crowd.reduce((sum, { value, count }) => sum + value * count, 0);
  const { ratio, utilization, average, requested } = ratioOfSums(total, requestedBy(requests), pods.length, target);
  const within = isWithin(tolerances, ratio);
  const arithmetic: Arithmetic = {
    groups: allReady(pods),
    measured: () => [...metrics()].map(([pod, { value }]) => ({ pod, value, request: requests.get(pod) ?? 0 })),
    total,
    requested,
    ratio,
    assumed: [],
    ...(within ? { rule: 'within tolerance' } : { times: pods.length, rule: 'ratio times pods' }),
  };
  return {
    replicas: within ? currentReplicas : Math.ceil(ratio * pods.length),
    usage: average,
    utilization,
    arithmetic,
  };
}

/** GetRawResourceReplicas, GetMetricReplicas: by the average. `resource` is '' for custom metrics. */
export function averageReplicas(situation: Situation, metrics: PodMetrics, target: number, resource: string): Proposal {
  const groups = grouped(situation, metrics, resource);
  const values = counted(metrics, groups);
  const { ratio, average, total } = usageRatio(values, target);
  const result = rebalanced(
    situation,
    groups,
    values,
    ratio,
    (figures) => usageRatio(figures, target).ratio,
    () => target,
  );
  return {
    replicas: result.replicas,
    usage: average,
    arithmetic: {
      ...result.arithmetic,
      groups,
      measured: () => [...values].map(([pod, value]) => ({ pod, value })),
      total,
      ratio,
    },
  };
}

/** getUsageRatioReplicaCount: a value of the whole, against a target for the whole. */
export function valueReplicas(situation: Situation, value: number, target: number): Proposal {
  const { currentReplicas, tolerances, pods } = situation;
  const ratio = value / target;
  const arithmetic = { measured: () => [], total: value, ratio, assumed: [] };
  if (currentReplicas === 0)
    return { replicas: Math.ceil(ratio), usage: value, arithmetic: { ...arithmetic, rule: 'ratio, from zero' } };
  if (isWithin(tolerances, ratio))
    return { replicas: currentReplicas, usage: value, arithmetic: { ...arithmetic, rule: 'within tolerance' } };
  if (pods.length === 0)
    throw new Error('unable to calculate ready pods: no pods returned by selector while calculating replica count');
  const times = pods.filter((pod) => pod['status']?.phase === 'Running' && isPodReady(pod)).length;
  const replicas = Math.min(MOST_REPLICAS, Math.ceil(ratio * times));
  return { replicas, usage: value, arithmetic: { ...arithmetic, times, rule: 'ratio times pods' } };
}

/** GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas: a value of the whole, against a target for each replica. */
export function perReplicaReplicas(
  statusReplicas: number,
  tolerances: Tolerances,
  value: number,
  target: number,
): Proposal {
  const ratio = value / (target * statusReplicas);
  const within = isWithin(tolerances, ratio);
  return {
    replicas: within ? statusReplicas : Math.min(MOST_REPLICAS, Math.ceil(value / target)),
    // Of no replicas Go makes the smallest number there is.
    usage: statusReplicas === 0 ? value : Math.ceil(value / statusReplicas),
    arithmetic: {
      measured: () => [],
      total: value,
      ratio,
      assumed: [],
      times: statusReplicas,
      rule: within ? 'within tolerance' : 'value by target',
    },
  };
}

function grouped({ pods, now }: Situation, metrics: PodMetrics, resource: string): PodGroups {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  return groupPods(pods, metrics, resource, now);
}

/** The figures that count. Pods that the selector does not match count too, if they were measured. */
function counted(metrics: PodMetrics, { unready, ignored }: PodGroups): Map<string, number> {
  const values = new Map<string, number>();
  for (const [pod, { value }] of metrics as ReadonlyMap<string, PodMetric>)
    if (!unready.has(pod) && !ignored.has(pod)) values.set(pod, value);
  if (values.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  return values;
}

interface Rebalanced {
  replicas: number;
  arithmetic: Pick<Arithmetic, 'assumed' | 'assumedRatio' | 'times' | 'rule'>;
}

/**
 * Pods without a figure may not drive the scale: on the way down a missing one counts as on target, on the way up missing and
 * unready ones count as idle. If that turns the direction, nothing is done.
 */
function rebalanced(
  { currentReplicas, tolerances }: Situation,
  { ready, unready, missing }: PodGroups,
  values: ReadonlyMap<string, number>,
  ratio: number,
  ratioOf: (figures: ReadonlyMap<string, number>) => number,
  onTarget: (pod: string) => number,
): Rebalanced {
  const stay = (rule: Rule, more: object = {}): Rebalanced => ({
    replicas: currentReplicas,
    arithmetic: { assumed: [], ...more, rule },
  });
  const withUnready = unready.size > 0 && ratio > 1;
  if (!withUnready && missing.size === 0) {
    if (isWithin(tolerances, ratio)) return stay('within tolerance');
    const times = ready.length;
    return {
      replicas: Math.ceil(ratio * times),
      arithmetic: { assumed: [], times, rule: 'ratio times pods' },
    };
  }
  const assumed: Arithmetic['assumed'] = [];
  if (ratio !== 1)
    for (const pod of missing.keys()) assumed.push({ pod, value: ratio < 1 ? onTarget(pod) : 0, because: 'missing' });
  if (withUnready) for (const pod of unready.keys()) assumed.push({ pod, value: 0, because: 'unready' });
  const figures = new Map(values);
  for (const { pod, value } of assumed) figures.set(pod, value);
  const assumedRatio = ratioOf(figures);
  const times = figures.size;
  const more = { assumed, assumedRatio, times };
  if (isWithin(tolerances, assumedRatio)) return stay('within tolerance', more);
  const turned = (ratio < 1 && assumedRatio > 1) || (ratio > 1 && assumedRatio < 1);
  const replicas = Math.ceil(assumedRatio * times);
  const against = (assumedRatio < 1 && replicas > currentReplicas) || (assumedRatio > 1 && replicas < currentReplicas);
  if (turned || against) return stay('the direction would turn', more);
  return { replicas, arithmetic: { ...more, rule: 'ratio times pods' } };
}

/** GetResourceUtilizationRatio. @throws Error where no pod that was measured requests anything. */
function utilizationRatio(values: ReadonlyMap<string, number>, requests: ReadonlyMap<string, number>, target: number) {
  let total = 0;
  let requested = 0;
  let entries = 0;
  for (const [pod, value] of values) {
    const request = requests.get(pod);
    if (request === undefined) continue;
    total += value;
    requested += request;
    entries++;
  }
  return ratioOfSums(total, requested, entries, target);
}

function ratioOfSums(total: number, requested: number, entries: number, target: number) {
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  // A hundredfold sum of memory is more than a double can hold.
  const utilization = Number((BigInt(total) * 100n) / BigInt(requested));
  return { ratio: utilization / target, utilization, average: Math.trunc(total / entries), total, requested };
}

/** GetMetricUsageRatio */
function usageRatio(values: ReadonlyMap<string, number>, target: number) {
  let total = 0;
  for (const value of values.values()) total += value;
  const average = Math.trunc(total / values.size);
  return { ratio: average / target, average, total };
}
