/** The kind Load (kubetick.dev/v1): what is declared that the pods of an object use, and what metrics say. */
import type { KubeObject } from './meta';
import { parseGroupVersion } from './meta';

export const LOAD_GROUP = 'kubetick.dev';
export const LOADS = { group: LOAD_GROUP, version: 'v1', resource: 'loads' } as const;
/** The Loads of what lies in no namespace are kept here. */
export const CLUSTER_LOADS = 'kube-system';
/** The name of the Load that holds the external metrics of a namespace. */
export const EXTERNAL = 'external';

/**
 * What a series tells of: cpu and memory that pods use (Resource), a custom metric of each pod (Pods), a custom metric of the
 * object itself (Object), or an external metric of the namespace.
 */
export type SeriesType = 'Resource' | 'Pods' | 'Object' | 'External';

export interface Series {
  type: SeriesType;
  /** cpu, memory, or the metric. */
  name: string;
  /** Of the metric. */
  labels?: Readonly<Record<string, string>>;
  /** A curve: see load-curve.ts. */
  value: string;
  /** Total: the ready pods share it. Pod: each has so much. */
  per?: 'Total' | 'Pod';
  /** When its time began; absent: when the Load was made. */
  since?: string;
}

export interface TargetReference {
  apiVersion: string;
  kind: string;
  name: string;
}

export interface LoadSpec {
  /** Absent where there are only external metrics. */
  targetRef?: TargetReference;
  series?: Series[];
  /** CSV files by name. */
  files?: Record<string, string>;
}

export function specOfLoad(load: KubeObject): LoadSpec {
  return (load['spec'] ?? {}) as LoadSpec;
}

/** `deployment.web`; one for each object. */
export function loadName({ kind, name }: { kind: string; name: string }): string {
  return `${kind.toLowerCase()}.${name}`;
}

/** Is this the object that a Load is for? Versions of one group are one. */
export function refersTo(
  reference: TargetReference,
  object: { apiVersion: string; kind: string; name: string },
): boolean {
  return (
    reference.name === object.name &&
    reference.kind === object.kind &&
    parseGroupVersion(reference.apiVersion).group === parseGroupVersion(object.apiVersion).group
  );
}

/** Two series of one object are one if they tell of the same. */
export function sameSeries(a: Series, b: Pick<Series, 'type' | 'name' | 'labels'>): boolean {
  return a.type === b.type && a.name === b.name && labelsText(a.labels) === labelsText(b.labels);
}

/** `{queue=jobs,zone=a}`, '' for none. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '' : `{${keys.map((key) => `${key}=${labels?.[key]}`).join(',')}}`;
}

export const API_SERVICES = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' } as const;

/** What has metrics.k8s.io served (metrics-server `manifests/base/apiservice.yaml`). */
export const METRICS_SERVICE: KubeObject = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io', labels: { 'k8s-app': 'metrics-server' } },
  spec: {
    group: 'metrics.k8s.io',
    groupPriorityMinimum: 100,
    insecureSkipTLSVerify: true,
    service: { name: 'metrics-server', namespace: 'kube-system' },
    version: 'v1beta1',
    versionPriority: 100,
  },
};
