/**
 * Which metrics are served: those of pods and nodes where an APIService says so, custom and external ones as far as Loads
 * declare them (custom-metrics-apiserver `pkg/provider/resource_lister.go`). Read from the store when somebody asks.
 */
import { LOADS, type SeriesType, specOfLoad, type TargetReference } from '../../apimachinery/load';
import { type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { builtinResources } from '../../schema/resources';
import type { ResourceInfo } from '../../schema/schema';
import type { Revision, Store } from '../../store/store';
import type { DynamicKinds } from '../catalog';
import type { ServedResource } from '../served-resource';
import { objectKey, objectOf, resourcePrefix } from '../stored';
import {
  CUSTOM_METRICS,
  CUSTOM_VERSIONS,
  EXTERNAL_METRICS,
  isMetricsGroup,
  RESOURCE_METRICS,
  RESOURCE_METRICS_SERVICE,
} from './metric-groups';

const SERVICE_KEY = objectKey(resourcePrefix('apiregistration.k8s.io', 'apiservices'), '', RESOURCE_METRICS_SERVICE);
const LOADS_PREFIX = resourcePrefix(LOADS.group, LOADS.resource);
const NONE: readonly ResourceInfo[] = [];

export class MetricKinds implements DynamicKinds {
  generation = 0;
  private infos: readonly ResourceInfo[] = NONE;
  private seen: Revision = -1;
  private shown = '';

  constructor(private readonly store: Store) {}

  all(): readonly ResourceInfo[] {
    return this.infos;
  }

  async find(group: string, version: string | undefined, resource: string): Promise<ServedResource | undefined> {
    if (!isMetricsGroup(group)) return undefined;
    await this.refresh();
    const { servedMetrics } = await import('./served-metrics');
    return servedMetrics(this.infos, group, version, resource);
  }

  async refresh(): Promise<void> {
    if ((await this.store.revision()) === this.seen) return;
    const [service, { entries, revision }] = await Promise.all([
      this.store.get(SERVICE_KEY),
      this.store.range(LOADS_PREFIX),
    ]);
    const shown = `${service !== undefined} ${entries.map((entry) => `${entry.key}@${entry.revision}`).join()}`;
    this.seen = revision;
    if (shown === this.shown) return;
    this.shown = shown;
    const loads = entries.map((entry) => objectOf(entry.value, entry.revision));
    const infos = [...(service ? PODS_AND_NODES : []), ...customMetrics(loads), ...externalMetrics(loads)];
    if (infos.length === 0 && this.infos.length === 0) return;
    this.infos = infos;
    this.generation++;
  }
}

const METRIC = { singular: '', shortNames: [], categories: [], subresources: [] } as const;

const PODS_AND_NODES: readonly ResourceInfo[] = [
  { ...METRIC, ...RESOURCE_METRICS, kind: 'NodeMetrics', plural: 'nodes', namespaced: false, verbs: ['get', 'list'] },
  { ...METRIC, ...RESOURCE_METRICS, kind: 'PodMetrics', plural: 'pods', namespaced: true, verbs: ['get', 'list'] },
];

function customMetrics(loads: readonly KubeObject[]): ResourceInfo[] {
  const metrics = new Map<string, boolean>();
  for (const load of loads) {
    const { targetRef } = specOfLoad(load);
    for (const name of namesOf(load, 'Pods')) metrics.set(`pods/${name}`, true);
    const target = targetRef && resourceOf(targetRef);
    for (const name of namesOf(load, 'Object')) if (target) metrics.set(`${target.name}/${name}`, target.namespaced);
  }
  const names = [...metrics.keys()].sort();
  return CUSTOM_VERSIONS.flatMap((version) =>
    names.map((plural) => ({
      ...METRIC,
      group: CUSTOM_METRICS,
      version,
      kind: 'MetricValueList',
      plural,
      namespaced: metrics.get(plural) === true,
      verbs: ['get'],
    })),
  );
}

function externalMetrics(loads: readonly KubeObject[]): ResourceInfo[] {
  const names = new Set(loads.flatMap((load) => namesOf(load, 'External')));
  return [...names].sort().map((plural) => ({
    ...METRIC,
    ...EXTERNAL_METRICS,
    kind: 'ExternalMetricValueList',
    plural,
    namespaced: true,
    verbs: ['get'],
  }));
}

function namesOf(load: KubeObject, wanted: SeriesType): string[] {
  return (specOfLoad(load).series ?? []).filter(({ type }) => type === wanted).map(({ name }) => name);
}

/** `ingresses.networking.k8s.io` of an Ingress; a custom kind by the usual plural. */
function resourceOf({ apiVersion, kind }: TargetReference): { name: string; namespaced: boolean } {
  const { group } = parseGroupVersion(apiVersion);
  const info = builtinResources().find((one) => one.group === group && one.kind === kind);
  const plural = info?.plural ?? `${kind.toLowerCase()}s`;
  return { name: group ? `${plural}.${group}` : plural, namespaced: info?.namespaced ?? true };
}
