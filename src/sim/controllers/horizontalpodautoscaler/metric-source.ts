/**
 * Where the figures come from: what metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io would answer, in whole
 * thousandths, with the errors that a client of theirs would meet (podautoscaler/metrics/client.go).
 */

import { type LabelSelectorObject, selectorOf } from '../../../apimachinery/labels';
import { labelsText, METRICS_SERVICE } from '../../../apimachinery/load';
import type { KubeObject } from '../../../apimachinery/meta';
import type { IndexedCache } from '../../controller';
import { type MetricSample, type PodSample, RESOLUTION, type UsageReader } from '../../load/usage-reader';
import type { DescribedObject } from './autoscaler';
import type { PodMetric, PodMetrics } from './group-pods';

export interface MetricSource {
  /** cpu or memory of these pods, or of one of their containers. */
  resource(pods: readonly KubeObject[], resource: string, container: string): PodMetrics;
  /** The same where all of the pods count: what pods that are alike use, and how many of them there are. */
  crowd?(pods: readonly KubeObject[], resource: string, container: string): CrowdMetric[] | undefined;
  pods(pods: readonly KubeObject[], metric: string, selector: LabelSelectorObject | undefined): PodMetrics;
  object(namespace: string, object: DescribedObject, metric: string, selector: LabelSelectorObject | undefined): number;
  external(namespace: string, metric: string, selector: LabelSelectorObject | undefined): number[];
}

/** So many pods use so much each, in thousandths. */
export interface CrowdMetric {
  value: number;
  count: number;
}

export class LoadMetrics implements MetricSource {
  constructor(
    private readonly reader: UsageReader,
    private readonly cache: Pick<IndexedCache, 'get'>,
  ) {}

  resource(pods: readonly KubeObject[], resource: string, container: string): PodMetrics {
    if (!this.isServed())
      throw new Error(
        'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
      );
    const metrics = new Map<string, PodMetric>();
    const known = new Map<PodSample, PodMetric | undefined>();
    let measured = 0;
    for (const pod of pods) {
      const sample = this.reader.podSample(pod);
      if (!sample) continue;
      measured++;
      let metric = known.get(sample);
      if (!metric) {
        const value = container === '' ? podValue(sample, resource) : containerValue(pod, sample, resource, container);
        metric = value === undefined ? undefined : { timestamp: sample.timestamp, window: sample.window, value };
        known.set(sample, metric);
      }
      if (metric) metrics.set(pod.metadata.name ?? '', metric);
    }
    if (measured === 0) throw new Error('no metrics returned from resource metrics API');
    return metrics;
  }

  crowd(pods: readonly KubeObject[], resource: string, container: string): CrowdMetric[] | undefined {
    const crowd = this.isServed() ? this.reader.crowdSamples(pods) : undefined;
    const metrics: CrowdMetric[] = [];
    for (const { pod, count, sample } of crowd ?? []) {
      const value = container === '' ? podValue(sample, resource) : containerValue(pod, sample, resource, container);
      if (value === undefined) return undefined;
      metrics.push({ value, count });
    }
    return metrics.length === 0 ? undefined : metrics;
  }

  pods(pods: readonly KubeObject[], metric: string, selector: LabelSelectorObject | undefined): PodMetrics {
    const metrics = new Map<string, PodMetric>();
    for (const pod of pods) {
      const sample = chosen(this.reader.podMetric(pod, metric), selector)[0];
      if (!sample) continue;
      const { sampledAt: timestamp } = this.reader;
      metrics.set(pod.metadata.name ?? '', { timestamp, window: RESOLUTION, value: thousandths(sample.value) });
    }
    if (metrics.size === 0) throw customMetricsError(`the server could not find the metric ${metric} for pods`);
    return metrics;
  }

  object(
    namespace: string,
    { apiVersion = 'v1', kind, name }: DescribedObject,
    metric: string,
    selector: LabelSelectorObject | undefined,
  ): number {
    // A namespace is the autoscaler's own, whatever it is called.
    const isNamespace = kind === 'Namespace' && !apiVersion.includes('/');
    const target = { apiVersion, kind, name: isNamespace ? namespace : name };
    const sample = chosen(this.reader.objectMetric(target, isNamespace ? '' : namespace, metric), selector)[0];
    if (!sample)
      throw customMetricsError(
        `the server could not find the metric ${metric} for ${kind.toLowerCase()} ${target.name}`,
      );
    return thousandths(sample.value);
  }

  external(namespace: string, metric: string, selector: LabelSelectorObject | undefined): number[] {
    const samples = chosen(this.reader.externalMetrics(namespace, metric), selector);
    if (samples.length === 0) throw new Error('no metrics returned from external metrics API');
    return samples.map(({ value }) => thousandths(value));
  }

  private isServed(): boolean {
    return this.cache.get('apiservices.apiregistration.k8s.io', '', METRICS_SERVICE.metadata.name ?? '') !== undefined;
  }
}

function customMetricsError(text: string): Error {
  return new Error(`unable to fetch metrics from custom metrics API: ${text}`);
}

/** Without a selector all are chosen: upstream's selector for nothing is sent as no selector. */
function chosen(samples: readonly MetricSample[], selector: LabelSelectorObject | undefined): readonly MetricSample[] {
  if (!selector) return samples;
  const matcher = selectorOf(selector);
  return samples.filter(({ labels }) => matcher.matches(labels));
}

/** getPodMetrics: all of its containers together. */
function podValue({ containers }: PodSample, resource: string): number | undefined {
  let sum = 0;
  for (const container of containers) {
    const value = amount(container, resource);
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

/** getContainerMetrics */
function containerValue(pod: KubeObject, sample: PodSample, resource: string, name: string): number | undefined {
  const container = sample.containers.find((one) => one.name === name);
  const { namespace, name: podName } = pod.metadata;
  if (!container)
    throw new Error(
      `failed to get container metrics: container ${name} not present in metrics for pod ${namespace}/${podName}`,
    );
  return amount(container, resource);
}

/** In thousandths, rounded up from what the API tells: nanocores and bytes. */
function amount({ cpu, memory }: { cpu: number; memory: number }, resource: string): number | undefined {
  if (resource === 'cpu') return Math.ceil(Math.round(cpu * 1e9) / 1e6);
  return resource === 'memory' ? Math.round(memory) * 1000 : undefined;
}

function thousandths(value: number): number {
  return Math.round(value * 1000);
}

/** A selector as Go prints it with %+v (LabelSelector.String). */
export function goSelector(selector: LabelSelectorObject | undefined): string {
  if (!selector) return 'nil';
  const labels = selector.matchLabels ?? {};
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}: ${labels[key]},`);
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${pairs.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

/** `queue_length{queue=jobs}`, for people. */
export function metricText({ name, selector }: { name: string; selector?: LabelSelectorObject }): string {
  if (!selector) return name;
  return selector.matchExpressions?.length
    ? `${name}{${selectorOf(selector)}}`
    : `${name}${labelsText(selector.matchLabels)}`;
}
