/** Answers requests for metrics: metrics.k8s.io here, the others by their own modules. */
import type { JsonObject } from '../../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { Quantity, quantityOf } from '../../apimachinery/quantity';
import { notFound } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import type { Sample, UsageReader } from '../../sim/load/usage-reader';
import { listOptions, selects } from '../list-options';
import type { RequestContext } from '../request-context';
import { methodNotAllowed, notImplemented, respond } from '../responses';
import { CUSTOM_METRICS, RESOURCE_METRICS } from './metric-groups';

export async function answerMetrics(context: RequestContext): Promise<ApiResponse> {
  const { info } = context;
  if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
  if (info.group === RESOURCE_METRICS.group) return answerUsage(context);
  if (info.group === CUSTOM_METRICS) return (await import('./custom-metrics')).answerCustomMetrics(context);
  return (await import('./external-metrics')).answerExternalMetrics(context);
}

/** What a namespace's load says, or with '' what that of all says. */
export async function usageOf({ core }: RequestContext, namespace: string): Promise<UsageReader> {
  if (!core.readUsage) throw notImplemented('metrics');
  return core.readUsage(namespace);
}

/** metrics-server `pkg/api/pod.go`, `pkg/api/node.go` */
async function answerUsage(context: RequestContext): Promise<ApiResponse> {
  const { core, info, resource, warnings } = context;
  const isPods = info.resource === 'pods';
  const measure = async () => {
    const reader = await usageOf(context, isPods ? info.namespace : '');
    return (object: KubeObject) => (isPods ? podMetrics(object, reader) : nodeMetrics(object, reader));
  };
  if (info.verb === 'get') {
    const object = await core.reader.get('', info.resource, info.namespace, info.name);
    if (!object) throw notFound({ group: '', resource: info.resource }, info.name);
    const metrics = (await measure())(object);
    if (!metrics)
      throw isPods
        ? notFound({ ...resource.groupResource, resource: 'podmetrics' }, `${info.namespace}/${info.name}`)
        : notFound({ ...resource.groupResource, resource: 'nodemetrics' }, info.name);
    return respond(200, { kind: resource.info.kind, apiVersion: resource.apiVersion, ...metrics }, warnings);
  }
  const options = listOptions(context);
  const objects = await core.reader.list('', info.resource, info.namespace);
  const chosen = objects.filter((object) => selects(resource, options, object));
  const measured = chosen.length > 0 ? await measure() : () => undefined;
  const items = chosen.flatMap((object) => measured(object) ?? []);
  return respond(200, { kind: resource.listKind, apiVersion: resource.apiVersion, metadata: {}, items }, warnings);
}

function podMetrics(pod: KubeObject, reader: UsageReader): JsonObject | undefined {
  const sample = reader.podSample(pod);
  if (!sample) return undefined;
  const containers = sample.containers.map(({ name, ...amounts }) => ({ name, usage: usage(amounts) }));
  return { ...header(pod, sample, reader), containers };
}

function nodeMetrics(node: KubeObject, reader: UsageReader): JsonObject | undefined {
  const sample = reader.nodeSample(node);
  return sample && { ...header(node, sample, reader), usage: usage(sample) };
}

function header({ metadata }: KubeObject, { timestamp, window }: Sample, { now }: UsageReader): JsonObject {
  const { name = '', namespace, labels } = metadata;
  return {
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      creationTimestamp: formatTime(now),
      ...(labels ? { labels } : {}),
    },
    timestamp: formatTime(timestamp),
    window: `${window / 1000}s`,
  };
}

/** As metrics-server has them: nanocores, and kibibytes where it comes out even. */
function usage({ cpu, memory }: { cpu: number; memory: number }): JsonObject {
  return {
    cpu: new Quantity(BigInt(Math.round(cpu * 1e9)), -9, 'DecimalSI').toString(),
    memory: quantityOf(BigInt(Math.round(memory)), 'BinarySI').toString(),
  };
}

/** A list's body, of items that have no metadata. */
export function listOf(kind: string, apiVersion: string, items: readonly JsonObject[]): JsonObject {
  return asJson(asObject({ kind, apiVersion, metadata: {}, items: [...items] }));
}

/** A metric's value, in thousandths. */
export function metricQuantity(value: number): string {
  return new Quantity(BigInt(Math.round(value * 1000)), -3, 'DecimalSI').toString();
}
