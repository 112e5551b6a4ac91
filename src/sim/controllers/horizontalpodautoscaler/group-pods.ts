/** Which pods count for a metric, and why others do not (replica_calculator.go groupPods, calculateRequests). */
import type { KubeObject } from '../../../apimachinery/meta';
import { type PodSpecResources, podRequests } from '../../../apimachinery/pod-requests';
import { milliValue } from '../../../apimachinery/quantity';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { podCondition } from '../pod-state';
import { CPU_INITIALIZATION_PERIOD, INITIAL_READINESS_DELAY } from './autoscaler';

/** What was measured of a pod, in thousandths. */
export interface PodMetric {
  timestamp: Instant;
  window: number;
  value: number;
}

export type PodMetrics = ReadonlyMap<string, PodMetric>;

/** By the names of pods; why each is not among those that count. */
export interface PodGroups {
  ready: string[];
  unready: Map<string, string>;
  missing: Map<string, string>;
  ignored: Map<string, string>;
}

/** `resource` is '' for metrics that are none. */
export function groupPods(pods: readonly KubeObject[], metrics: PodMetrics, resource: string, now: Instant): PodGroups {
  const groups: PodGroups = { ready: [], unready: new Map(), missing: new Map(), ignored: new Map() };
  for (const pod of pods) {
    const name = pod.metadata.name ?? '';
    const phase: string | undefined = pod['status']?.phase;
    const metric = metrics.get(name);
    if (pod.metadata.deletionTimestamp !== undefined) groups.ignored.set(name, 'it is being deleted');
    else if (phase === 'Failed') groups.ignored.set(name, 'it has failed');
    else if (phase === 'Pending') groups.unready.set(name, 'it is pending');
    else if (!metric) groups.missing.set(name, 'there is no metric of it');
    else {
      const why = resource === 'cpu' ? unreadyForCpu(pod, metric, now) : undefined;
      if (why) groups.unready.set(name, why);
      else groups.ready.push(name);
    }
  }
  return groups;
}

/** All of them count. */
export function allReady(pods: readonly KubeObject[]): PodGroups {
  let ready = names.get(pods);
  if (!ready) {
    ready = pods.map(({ metadata }) => metadata.name ?? '');
    names.set(pods, ready);
  }
  return { ready, unready: NONE, missing: NONE, ignored: NONE };
}

const NONE: Map<string, string> = new Map();
const names = new WeakMap<readonly KubeObject[], string[]>();

/** Starting takes CPU that says nothing about the load. Why the figure is not believed, if it is not. */
function unreadyForCpu(pod: KubeObject, metric: PodMetric, now: Instant): string | undefined {
  const { start, ready, since } = readinessOf(pod);
  if (ready === undefined || start === undefined) return 'it has not started';
  if (start + CPU_INITIALIZATION_PERIOD > now) {
    if (ready === 'False') return 'it is not ready, in its first 5 minutes';
    return metric.timestamp < since + metric.window ? 'it has not been ready for a whole window' : undefined;
  }
  const neverReady = ready === 'False' && start + INITIAL_READINESS_DELAY > since;
  return neverReady ? 'it has never been ready' : undefined;
}

interface Readiness {
  start: Instant | undefined;
  ready: string | undefined;
  since: Instant;
}

/** Pods are frozen, and looked at again and again. */
const readiness = new WeakMap<KubeObject, Readiness>();

function readinessOf(pod: KubeObject): Readiness {
  let known = readiness.get(pod);
  if (!known) {
    const condition = podCondition(pod, 'Ready');
    known = {
      start: parseTime(pod['status']?.startTime ?? ''),
      ready: condition?.status,
      since: parseTime(condition?.lastTransitionTime ?? '') ?? 0,
    };
    readiness.set(pod, known);
  }
  return known;
}

interface Container {
  name: string;
  restartPolicy?: string;
  resources?: { requests?: Record<string, string> };
}

/**
 * What each pod requests, in thousandths: of one container, or of the pod.
 * @throws Error that a request is missing
 */
export function requestsOf(
  pods: readonly KubeObject[],
  container: string,
  resource: string,
): ReadonlyMap<string, number> {
  const key = `${container}/${resource}`;
  let known = requests.get(pods);
  if (!known) {
    known = new Map();
    requests.set(pods, known);
  }
  let result = known.get(key);
  if (!result) {
    result = new Map(pods.map((pod) => [pod.metadata.name ?? '', knownRequestOf(pod, container, resource, key)]));
    known.set(key, result);
  }
  return result;
}

/** What all of them request together, known for as long. */
export function requestedBy(requests: ReadonlyMap<string, number>): number {
  let sum = sums.get(requests);
  if (sum === undefined) {
    sum = 0;
    for (const request of requests.values()) sum += request;
    sums.set(requests, sum);
  }
  return sum;
}

const sums = new WeakMap<ReadonlyMap<string, number>, number>();

/** The cache gives the same list until one of its pods changes. */
const requests = new WeakMap<readonly KubeObject[], Map<string, ReadonlyMap<string, number>>>();

/** What a pod requests, by its spec, which stays the same object while its status changes. */
const requestsBySpec = new WeakMap<object, Map<string, number>>();

function knownRequestOf(pod: KubeObject, container: string, resource: string, key: string): number {
  let ofSpec = requestsBySpec.get(pod.spec);
  if (!ofSpec) {
    ofSpec = new Map();
    requestsBySpec.set(pod.spec, ofSpec);
  }
  let request = ofSpec.get(key);
  if (request === undefined) {
    request = requestOf(pod, container, resource);
    ofSpec.set(key, request);
  }
  return request;
}

/** Pod-level requests count where they are set (IsPodLevelRequestsSet). */
const POD_LEVEL = /^(cpu|memory|hugepages-.+)$/;

function requestOf(pod: KubeObject, container: string, resource: string): number {
  const { spec } = pod;
  const name = pod.metadata.name ?? '';
  const podLevel = Object.keys(spec.resources?.requests ?? {}).some((key) => POD_LEVEL.test(key));
  if (podLevel && container === '') {
    const amounts = podRequests(spec as PodSpecResources);
    const known = spec.resources.requests[resource] !== undefined || requestedByAny(spec, resource);
    if (!known) throw new Error(`missing pod-level request for ${resource} in Pod ${name}`);
    return resource === 'cpu' ? amounts.milliCPU : 1000 * (resource === 'memory' ? amounts.memory : 0);
  }
  const sidecars = ((spec.initContainers ?? []) as Container[]).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  );
  let sum = 0;
  for (const one of [...((spec.containers ?? []) as Container[]), ...sidecars]) {
    if (container !== '' && container !== one.name) continue;
    const request = one.resources?.requests?.[resource];
    if (request === undefined)
      throw new Error(`missing request for ${resource} in container ${one.name} of Pod ${name}`);
    sum += milliValue(request);
    if (container === one.name) return sum;
  }
  if (container !== '') throw new Error(`container ${container} not found in Pod ${name}`);
  return sum;
}

function requestedByAny(spec: { containers?: Container[]; initContainers?: Container[] }, resource: string): boolean {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(
    ({ resources }) => resources?.requests?.[resource] !== undefined,
  );
}
