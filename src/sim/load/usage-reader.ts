/**
 * What the metrics of a cluster say at an instant: of pods and nodes as metrics-server tells it, which looks every 15 seconds,
 * and of the metrics that Loads declare. Pure: it depends on the objects, the seed and the clock, and remembers nothing.
 *
 *     const reader = new UsageReader(cache, clock.now());
 *     reader.podSample(pod)?.containers           // [{ name: 'web', cpu: 0.25, memory: 1048576 }]
 *     reader.externalMetrics('default', 'queue')  // [{ labels: { queue: 'jobs' }, value: 30 }]
 */
import { CLUSTER_LOADS, refersTo, type TargetReference } from '../../apimachinery/load';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { isSilent } from '../kubelet/node-state';
import { crowdOf } from './crowd';
import { type DeclaredLoad, type DeclaredSeries, declaredLoad } from './declared-load';
import { type Membership, membershipOf } from './members';
import { factsOf } from './pod-facts';
import { type ContainerUsage, type KwokUsage, podUsage, shareOf, wasReady } from './pod-usage';
import { hasKwokUsages, type LoadView, loadsOf } from './view';

/** metrics-server --metric-resolution */
export const RESOLUTION = 15_000;
/** metrics-server freshContainerMinMetricsResolution: younger containers are not told of. */
const FRESH = 10_000;
/** What the system of a node uses beside its pods. */
const SYSTEM = { cpu: 0.05, memory: 256 * 1024 * 1024 } as const;

/** What was measured: when, over which time, and how much: cores and bytes. */
export interface Sample {
  timestamp: Instant;
  window: number;
}
export interface PodSample extends Sample {
  containers: readonly { name: string; cpu: number; memory: number }[];
}
export interface NodeSample extends Sample {
  cpu: number;
  memory: number;
}

export interface MetricSample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

let kwokUsage: typeof import('./kwok-usage').kwokUsage | undefined;

/** Loads what reads kwok's kinds, where there are any: before a reader is made. Undefined where nothing is to be waited for. */
export function prepareUsage(view: LoadView): Promise<void> | undefined {
  if (kwokUsage || !hasKwokUsages(view)) return undefined;
  return import('./kwok-usage').then((module) => {
    kwokUsage = module.kwokUsage;
  });
}

export class UsageReader {
  /** When metrics were last collected. */
  readonly sampledAt: Instant;
  /** There are kinds of kwok, by which each pod may differ. */
  private readonly hasKwok: boolean;
  private readonly memberships = new Map<string, Membership>();
  private readonly samples = new Map<readonly DeclaredLoad[], Map<object, PodSample>>();

  constructor(
    private readonly view: LoadView,
    readonly now: Instant,
  ) {
    this.sampledAt = Math.floor(now / RESOLUTION) * RESOLUTION;
    this.hasKwok = hasKwokUsages(view);
    if (this.hasKwok && !kwokUsage) throw new Error('prepareUsage was not called');
  }

  /** What its containers use at an instant, measured or not; `demand` is what they would without limits. */
  podUsage(pod: KubeObject, instant: Instant = this.now): ContainerUsage[] {
    const { view } = this;
    const kwok: KwokUsage | undefined = this.hasKwok
      ? (one, container, resource) => kwokUsage?.(view, one, container, resource, instant)
      : undefined;
    return podUsage(pod, this.members(pod), instant, kwok);
  }

  /**
   * What metrics-server says of a pod; undefined as long as it does not know (podStorage.GetMetrics). Pods that are alike have
   * one sample.
   */
  podSample(pod: KubeObject): PodSample | undefined {
    const { sampledAt } = this;
    const { containers, youngest, shape } = factsOf(pod);
    if (containers.length === 0 || sampledAt - youngest < FRESH) return undefined;
    const window = Math.min(RESOLUTION, sampledAt - youngest);
    const loads = this.members(pod).loadsFor(pod);
    const isUsual = window === RESOLUTION && wasReady(pod, sampledAt);
    if (!isUsual || this.hasKwok || loads.some(({ differs }) => differs)) return this.measure(pod, window);
    let alike = this.samples.get(loads);
    if (!alike) {
      alike = new Map();
      this.samples.set(loads, alike);
    }
    let sample = alike.get(shape);
    if (!sample) {
      sample = this.measure(pod, window);
      alike.set(shape, sample);
    }
    return sample;
  }

  /**
   * The same of pods of one namespace that all are ready, and have been for a whole window: one sample of each kind of them, with
   * how many there are. Undefined where some are not.
   */
  crowdSamples(pods: readonly KubeObject[]): { pod: KubeObject; count: number; sample: PodSample }[] | undefined {
    const [first] = pods;
    const crowd = first && !this.hasKwok ? crowdOf(pods, this.members(first)) : undefined;
    if (!crowd || this.sampledAt - crowd.youngest < RESOLUTION) return undefined;
    return crowd.kinds.map(({ pod, count }) => ({ pod, count, sample: this.measure(pod, RESOLUTION) }));
  }

  private measure(pod: KubeObject, window: number): PodSample {
    const { sampledAt } = this;
    const containers = this.podUsage(pod, sampledAt).map(({ name, cpu, memory }) => ({ name, cpu, memory }));
    return { timestamp: sampledAt, window, containers };
  }

  /** … and of a node: its pods and its system. */
  nodeSample(node: KubeObject): NodeSample | undefined {
    const { sampledAt, view } = this;
    const age = sampledAt - (parseTime(node.metadata.creationTimestamp ?? '') ?? sampledAt);
    if (age < FRESH || isSilent(node)) return undefined;
    let { cpu, memory } = this.systemUsage(node);
    for (const pod of view.index('pods', 'node', node.metadata.name ?? ''))
      for (const container of this.podUsage(pod, sampledAt)) {
        cpu += container.cpu;
        memory += container.memory;
      }
    return { timestamp: sampledAt, window: Math.min(RESOLUTION, age), cpu, memory };
  }

  /** A custom metric of a pod: its share of what was declared for its owner, or for itself. */
  podMetric(pod: KubeObject, metric: string): MetricSample[] {
    const { startedAt } = factsOf(pod);
    if (pod['status']?.phase !== 'Running' || startedAt === undefined || startedAt > this.sampledAt) return [];
    const members = this.members(pod);
    for (const load of members.loadsFor(pod)) {
      const found = load.series.filter(({ type, name }) => type === 'Pods' && name === metric);
      if (found.length > 0) return found.map((series) => sampleOf(series, this.share(pod, series, load, members)));
    }
    return [];
  }

  /** A custom metric of an object itself. */
  objectMetric(target: TargetReference, namespace: string, metric: string): MetricSample[] {
    return loadsOf(this.view, namespace || CLUSTER_LOADS)
      .map(declaredLoad)
      .filter((load) => load.target && refersTo(load.target, target))
      .flatMap(({ series }) => series.filter(({ type, name }) => type === 'Object' && name === metric))
      .map((series) => sampleOf(series, series.valueAt(this.sampledAt)));
  }

  /** All values of an external metric of a namespace. */
  externalMetrics(namespace: string, metric: string): MetricSample[] {
    return loadsOf(this.view, namespace)
      .flatMap((load) => declaredLoad(load).series)
      .filter(({ type, name }) => type === 'External' && name === metric)
      .map((series) => sampleOf(series, series.valueAt(this.sampledAt)));
  }

  private share(pod: KubeObject, series: DeclaredSeries, load: DeclaredLoad, members: Membership): number {
    return shareOf(pod, series, load, members, this.sampledAt) ?? 0;
  }

  private systemUsage(node: KubeObject): { cpu: number; memory: number } {
    const target = { apiVersion: 'v1', kind: 'Node', name: node.metadata.name ?? '' };
    const declared = loadsOf(this.view, CLUSTER_LOADS)
      .map(declaredLoad)
      .find((load) => load.target && refersTo(load.target, target));
    const use = (resource: 'cpu' | 'memory') =>
      declared?.series.find(({ type, name }) => type === 'Resource' && name === resource)?.valueAt(this.sampledAt) ??
      SYSTEM[resource];
    return { cpu: use('cpu'), memory: use('memory') };
  }

  private members({ metadata }: KubeObject): Membership {
    const { namespace = '' } = metadata;
    let members = this.memberships.get(namespace);
    if (!members) {
      members = membershipOf(this.view, namespace);
      this.memberships.set(namespace, members);
    }
    return members;
  }
}

function sampleOf({ labels }: DeclaredSeries, value: number): MetricSample {
  return { labels: labels ?? NO_LABELS, value };
}
