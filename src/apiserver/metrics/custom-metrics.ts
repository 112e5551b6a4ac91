/**
 * custom.metrics.k8s.io: `/namespaces/NAMESPACE/RESOURCE/NAME/METRIC`, with `*` as name for all that labelSelector chooses; and
 * `/namespaces/NAMESPACE/metrics/METRIC` for the namespace itself (custom-metrics-apiserver `pkg/registry/custom_metrics`).
 */
import type { JsonObject } from '../../apimachinery/json';
import { formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import { type ApiError, apiError } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import type { ResourceInfo } from '../../schema/schema';
import type { MetricSample, UsageReader } from '../../sim/load/usage-reader';
import type { RequestContext } from '../request-context';
import { pathNotFound, respond } from '../responses';
import { listOf, metricQuantity, usageOf } from './answer';
import { selectorIn } from './external-metrics';

export async function answerCustomMetrics(context: RequestContext): Promise<ApiResponse> {
  const { core, info, resource, warnings } = context;
  const { metric, name, plural, namespace } = asked(context);
  if (metric === '') throw pathNotFound();
  const described = await core.catalog.find(plural.group, undefined, plural.resource);
  if (!described) throw pathNotFound();
  const metricSelector = selectorIn(context, 'metricLabelSelector');
  const reader = await usageOf(context, namespace);
  const { group } = plural;
  const labels = selectorIn(context, 'labelSelector');
  const objects =
    name === '*'
      ? (await core.reader.list(group, plural.resource, namespace)).filter((one) => labels.matches(one.metadata.labels))
      : [await core.reader.get(group, plural.resource, described.info.namespaced ? namespace : '', name)];
  const items = objects.flatMap((object) => {
    if (!object) return [];
    const samples = samplesOf(reader, object, described.info, namespace, metric);
    const sample = samples.find((one) => metricSelector.matches(one.labels));
    return sample ? [metricValue(sample, object, described.info, metric, reader, info.version)] : [];
  });
  if (items.length === 0 && name !== '*') throw metricNotFound(metric, info.resource, name);
  if (items.length === 0 && objects.length > 0) throw metricNotFound(metric, info.resource);
  return respond(200, listOf('MetricValueList', resource.apiVersion, items), warnings);
}

function asked({ info }: RequestContext) {
  // The metrics of a namespace are asked for by a path that looks like one of something in it.
  if (info.resource === 'metrics')
    return { metric: info.name, name: info.namespace, plural: { group: '', resource: 'namespaces' }, namespace: '' };
  const dot = info.resource.indexOf('.');
  const plural =
    dot < 0
      ? { group: '', resource: info.resource }
      : { group: info.resource.slice(dot + 1), resource: info.resource.slice(0, dot) };
  return { metric: info.subresource, name: info.name, plural, namespace: info.namespace };
}

function samplesOf(
  reader: UsageReader,
  object: KubeObject,
  { group, version, kind, plural }: ResourceInfo,
  namespace: string,
  metric: string,
): MetricSample[] {
  const name = object.metadata.name ?? '';
  const target = { apiVersion: formatGroupVersion({ group, version }), kind, name };
  const own = reader.objectMetric(target, namespace, metric);
  return own.length > 0 || group !== '' || plural !== 'pods' ? own : reader.podMetric(object, metric);
}

function metricValue(
  { value }: MetricSample,
  { metadata }: KubeObject,
  { group, version, kind, namespaced }: ResourceInfo,
  metric: string,
  { sampledAt }: UsageReader,
  served: string,
): JsonObject {
  const { name = '', namespace = '' } = metadata;
  return {
    describedObject: {
      kind,
      ...(namespaced ? { namespace } : {}),
      name,
      apiVersion: formatGroupVersion({ group, version }),
    },
    ...(served === 'v1beta1' ? { metricName: metric } : { metric: { name: metric, selector: null } }),
    timestamp: formatTime(sampledAt),
    value: metricQuantity(value),
    ...(served === 'v1beta1' ? { selector: null } : {}),
  };
}

/** provider.NewMetricNotFoundError, NewMetricNotFoundForError */
export function metricNotFound(metric: string, resource: string, name?: string): ApiError {
  const of = name === undefined ? resource : `${resource} ${name}`;
  return apiError(404, 'NotFound', `the server could not find the metric ${metric} for ${of}`);
}
