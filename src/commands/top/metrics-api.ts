/** What nodes and pods use, as metrics.k8s.io tells it. */

import { parseLabelSelector } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import type { Query } from '../../client/client';
import { CommandError, type Invocation } from '../command';

/** Amounts by resource, as quantities: `{ cpu: '12m', memory: '3Mi' }`. */
export type Amounts = Readonly<Record<string, string>>;

export interface NodeMetrics extends KubeObject {
  usage?: Amounts;
}

export interface PodMetrics extends KubeObject {
  containers?: ContainerMetrics[];
}

export interface ContainerMetrics {
  name: string;
  usage?: Amounts;
}

/** The one version that kubectl 1.36 knows. */
const METRICS = { group: 'metrics.k8s.io', version: 'v1beta1' };

/** Throws where the server has no such API (SupportedMetricsAPIVersionAvailable). */
async function requireMetricsAPI(invocation: Invocation): Promise<void> {
  const served = (await invocation.mapper()).all();
  if (!served.some(({ group, version }) => group === METRICS.group && version === METRICS.version)) {
    throw new CommandError('Metrics API not available');
  }
}

export interface MetricsQuery {
  resource: 'nodes' | 'pods';
  namespace: string;
  /** One by its name, or '' for all that the selectors choose. */
  name: string;
  labelSelector: string;
  fieldSelector?: string;
}

export async function fetchMetrics<T extends KubeObject>(invocation: Invocation, query: MetricsQuery): Promise<T[]> {
  const { resource, namespace, name } = query;
  await requireMetricsAPI(invocation);
  const client = await invocation.client();
  const path = { ...METRICS, resource };
  if (name) return [await client.get<T>(path, namespace, name)];
  return (await client.list<T>(path, namespace, selectorQuery(query))).items;
}

/** The query of a list; what is '' is left out. */
export function selectorQuery({ labelSelector, fieldSelector = '' }: Omit<MetricsQuery, 'resource'>): Query {
  return { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) };
}

/** -l in the form that is sent. Throws for what is no selector. */
export function labelSelectorOf({ flags }: Invocation): string {
  return parseLabelSelector(flags.string('selector')).toString();
}

export function requireSortKey({ flags }: Invocation): void {
  if (!['', 'cpu', 'memory'].includes(flags.string('sort-by'))) {
    throw new CommandError('--sort-by accepts only cpu or memory');
  }
}
