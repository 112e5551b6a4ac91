/** How pods are counted (kubernetes `pkg/quota/v1/evaluator/core/pods.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { podTotalsWithOverhead } from '../../apimachinery/pod-resource-lists';
import { addTo, ONE, type ResourceTotals, totalsOf } from '../../apimachinery/resource-lists';
import { parseTime } from '../../apimachinery/time';
import type { Container, PodSpec } from '../validation/core-types';
import { computeQOSClass } from '../validation/pod-qos';
import { isExtendedResource, isHugePages, isNativeResource } from '../validation/resources';
import { type Evaluator, matchesClass } from './evaluator';

const NAMES = [
  'count/pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
];

/** Where a quota counts these, each container must say how much of them it wants. */
const REQUIRED = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

export const pods: Evaluator = {
  handles: (operation, subresource) =>
    (operation === 'CREATE' && subresource === '') || (operation === 'UPDATE' && subresource === 'resize'),

  matching: (names) =>
    names.filter(
      (name) =>
        NAMES.includes(name) ||
        isHugePages(name) ||
        name.startsWith('requests.hugepages-') ||
        (!isNativeResource(name) && name.startsWith('requests.')),
    ),

  matchesScope(requirement, pod) {
    const spec = pod['spec'] as PodSpec;
    switch (requirement.scopeName) {
      case 'Terminating':
        return isTerminating(spec);
      case 'NotTerminating':
        return !isTerminating(spec);
      case 'BestEffort':
        return qosOf(pod) === 'BestEffort';
      case 'NotBestEffort':
        return qosOf(pod) !== 'BestEffort';
      case 'PriorityClass':
        return matchesClass(requirement, spec.priorityClassName ?? '');
      case 'CrossNamespacePodAffinity':
        return looksAcrossNamespaces(pod);
      default:
        return false;
    }
  },

  complaint(names, pod) {
    const spec = pod['spec'] as PodSpec;
    const required = REQUIRED.filter((name) => names.includes(name));
    if (required.length === 0) return undefined;
    const missing = new Map<string, string[]>();
    for (const { name = '', resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      const usage = computeUsage(resources);
      for (const resource of required)
        if (!usage.has(resource)) missing.set(resource, [...(missing.get(resource) ?? []), name]);
    }
    if (missing.size === 0) return undefined;
    const parts = [...missing.keys()].sort().map((name) => `${name} for: ${missing.get(name)?.sort().join(',')}`);
    return `must specify ${parts.join('; ')}`;
  },

  usage(pod, now) {
    const result: ResourceTotals = new Map([['count/pods', ONE]]);
    if (!isCharged(pod, now)) return result;
    const spec = pod['spec'] as PodSpec;
    addTo(result, usageOf(podTotalsWithOverhead(spec, 'requests'), podTotalsWithOverhead(spec, 'limits')));
    return result;
  },

  changesAt(pod, now) {
    const end = isCharged(pod, now) ? endOfPatience(pod) : undefined;
    return end === undefined ? undefined : end + 1;
  },
};

function computeUsage(resources: Container['resources']): ResourceTotals {
  return usageOf(totalsOf(resources?.requests), totalsOf(resources?.limits));
}

/** podComputeUsageHelper: one amount under all the names that quotas have for it. */
function usageOf(requests: ResourceTotals, limits: ResourceTotals): ResourceTotals {
  const result: ResourceTotals = new Map([['pods', ONE]]);
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const request = requests.get(name);
    if (request) result.set(name, request).set(`requests.${name}`, request);
    const limit = limits.get(name);
    if (limit) result.set(`limits.${name}`, limit);
  }
  for (const [name, request] of requests) {
    if (isHugePages(name)) result.set(name, request).set(`requests.${name}`, request);
    if (isExtendedResource(name)) result.set(`requests.${name}`, request);
  }
  return result;
}

/** QuotaV1Pod: not what has ended, nor what should long have gone. */
function isCharged(pod: KubeObject, now: number): boolean {
  const phase = pod['status']?.phase;
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  const end = endOfPatience(pod);
  return end === undefined || now <= end;
}

function endOfPatience({ metadata }: KubeObject): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return undefined;
  return (parseTime(deletionTimestamp) ?? 0) + deletionGracePeriodSeconds * 1000;
}

function isTerminating(spec: PodSpec): boolean {
  return spec.activeDeadlineSeconds !== undefined && Number(spec.activeDeadlineSeconds) >= 0;
}

/** GetPodQOS */
function qosOf(pod: KubeObject): string {
  return pod['status']?.qosClass || computeQOSClass(pod['spec'] as PodSpec);
}

interface AffinityTerm {
  namespaces?: string[];
  namespaceSelector?: unknown;
}

interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: AffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: { podAffinityTerm?: AffinityTerm }[];
}

/** usesCrossNamespacePodAffinity */
function looksAcrossNamespaces(pod: KubeObject): boolean {
  const { podAffinity, podAntiAffinity } = (pod['spec']?.affinity ?? {}) as Record<string, PodAffinity | undefined>;
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return [...required, ...preferred.map((one) => one.podAffinityTerm ?? {})].some(
      ({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined,
    );
  });
}
