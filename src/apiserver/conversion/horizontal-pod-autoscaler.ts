/**
 * autoscaling/v1, which knows one number for the CPU and keeps the rest in annotations, stored as autoscaling/v2 (kubernetes
 * `pkg/apis/autoscaling/v1/conversion.go`).
 */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { stringifyJson } from '../../apimachinery/json-text';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import type { Conversion } from './conversion';

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const DEFAULT_CPU_UTILIZATION = 80;

export const horizontalPodAutoscalerConversion: Conversion = {
  fromStored(stored) {
    const { metrics, behavior, ...spec } = objectAt(asJson(stored), 'spec');
    const { currentMetrics, conditions, ...status } = objectAt(asJson(stored), 'status');
    const all = listOf(metrics);
    const cpu = all.find(isCpuUtilization);
    const annotations = withoutRoundTrip(stored.metadata.annotations);
    const others = all.filter((metric) => !isCpuUtilization(metric)).map((metric) => specToV1(metric));
    if (others.length) annotations[METRICS] = stringifyJson(others);
    const current = listOf(currentMetrics);
    if (current.length) annotations[CURRENT_METRICS] = stringifyJson(current.map((metric) => statusToV1(metric)));
    if (isObject(behavior)) annotations[BEHAVIOR] = stringifyJson(behavior);
    if (listOf(conditions).length) annotations[CONDITIONS] = stringifyJson(conditions);
    const cpuTarget = cpu && objectAt(objectAt(cpu, 'resource'), 'target')['averageUtilization'];
    const cpuStatus = current.find((metric) => objectAt(metric, 'resource')['name'] === 'cpu');
    const cpuCurrent = cpuStatus && objectAt(objectAt(cpuStatus, 'resource'), 'current')['averageUtilization'];
    return served(stored, 'autoscaling/v1', annotations, {
      spec: { ...spec, ...(cpuTarget === undefined ? {} : { targetCPUUtilizationPercentage: cpuTarget }) },
      status: {
        currentReplicas: 0,
        ...status,
        ...(cpuCurrent === undefined ? {} : { currentCPUUtilizationPercentage: cpuCurrent }),
      },
    });
  },

  toStored(object) {
    const { targetCPUUtilizationPercentage, ...spec } = objectAt(asJson(object), 'spec');
    const { currentCPUUtilizationPercentage, ...status } = objectAt(asJson(object), 'status');
    const { annotations = {} } = object.metadata;
    const metrics = listIn(annotations, METRICS).map((metric) => specToV2(metric));
    if (targetCPUUtilizationPercentage !== undefined) metrics.push(cpuUtilization(targetCPUUtilizationPercentage));
    if (metrics.length === 0) metrics.push(cpuUtilization(DEFAULT_CPU_UTILIZATION));
    const behavior = valueIn(annotations, BEHAVIOR);
    const current = listIn(annotations, CURRENT_METRICS).map((metric) => statusToV2(metric));
    if (current.length === 0 && currentCPUUtilizationPercentage !== undefined)
      current.push({
        type: 'Resource',
        resource: { name: 'cpu', current: { averageUtilization: currentCPUUtilizationPercentage } },
      });
    const conditions = listIn(annotations, CONDITIONS);
    return served(object, 'autoscaling/v2', withoutRoundTrip(annotations), {
      spec: { ...spec, metrics, ...(isObject(behavior) ? { behavior } : {}) },
      status: {
        ...status,
        ...(current.length ? { currentMetrics: current } : {}),
        ...(conditions.length ? { conditions } : {}),
      },
    });
  },
};

function served(
  object: KubeObject,
  apiVersion: string,
  annotations: Record<string, string>,
  fields: JsonObject,
): KubeObject {
  const metadata = { ...object.metadata };
  if (Object.keys(annotations).length) metadata.annotations = annotations;
  else delete metadata.annotations;
  return asObject({ ...asJson({ ...object, apiVersion, metadata }), ...fields });
}

function cpuUtilization(averageUtilization: Json): JsonObject {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function isCpuUtilization(metric: JsonObject): boolean {
  const resource = objectAt(metric, 'resource');
  return (
    metric['type'] === 'Resource' &&
    resource['name'] === 'cpu' &&
    objectAt(resource, 'target')['averageUtilization'] !== undefined
  );
}

/** The member that goes with `type: Pods`: `pods`. */
function sourceKey(metric: JsonObject): string {
  const type = String(metric['type'] ?? '');
  return type.slice(0, 1).toLowerCase() + type.slice(1);
}

/** metric{name, selector}, target{…}, describedObject → metricName, selector, targetValue, …, target. */
function specToV1(metric: JsonObject): JsonObject {
  const key = sourceKey(metric);
  const { metric: identifier, target, describedObject, ...rest } = objectAt(metric, key);
  const { value, averageValue, averageUtilization } = isObject(target) ? target : {};
  const named = identifierToV1(key, identifier);
  switch (key) {
    case 'pods':
      return { type: 'Pods', pods: defined({ ...rest, ...named, targetAverageValue: averageValue }) };
    case 'object':
      return {
        type: 'Object',
        object: defined({ ...rest, ...named, target: describedObject, targetValue: value ?? '0', averageValue }),
      };
    case 'external':
      return {
        type: 'External',
        external: defined({ ...rest, ...named, targetValue: value, targetAverageValue: averageValue }),
      };
    default:
      return {
        type: metric['type'] ?? '',
        [key]: defined({
          ...rest,
          targetAverageUtilization: averageUtilization,
          targetAverageValue: averageValue,
        }),
      };
  }
}

function specToV2(metric: JsonObject): JsonObject {
  const key = sourceKey(metric);
  const source = objectAt(metric, key);
  const identifier = identifierToV2(source);
  const { targetValue, targetAverageValue, targetAverageUtilization, averageValue, target } = source;
  switch (key) {
    case 'pods':
      return {
        type: 'Pods',
        pods: { metric: identifier, target: defined({ type: 'AverageValue', averageValue: targetAverageValue }) },
      };
    case 'object': {
      const value = averageValue !== undefined && (targetValue === '0' || targetValue === 0) ? undefined : targetValue;
      const type = averageValue === undefined ? 'Value' : 'AverageValue';
      return {
        type: 'Object',
        object: { describedObject: target ?? {}, metric: identifier, target: defined({ type, value, averageValue }) },
      };
    }
    case 'external': {
      const type = targetValue === undefined ? 'AverageValue' : 'Value';
      return {
        type: 'External',
        external: {
          metric: identifier,
          target: defined({ type, value: targetValue, averageValue: targetAverageValue }),
        },
      };
    }
    default: {
      const type = targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization';
      return {
        type: metric['type'] ?? '',
        [key]: {
          ...defined({ name: source['name'], container: source['container'] }),
          target: defined({
            type,
            averageValue: targetAverageValue,
            averageUtilization: targetAverageUtilization,
          }),
        },
      };
    }
  }
}

function statusToV1(metric: JsonObject): JsonObject {
  const key = sourceKey(metric);
  const { metric: identifier, current, describedObject, ...rest } = objectAt(metric, key);
  const { value, averageValue, averageUtilization } = isObject(current) ? current : {};
  const named = identifierToV1(key, identifier);
  switch (key) {
    case 'pods':
      return { type: 'Pods', pods: defined({ ...rest, ...named, currentAverageValue: averageValue ?? '0' }) };
    case 'object':
      return {
        type: 'Object',
        object: defined({ ...rest, ...named, target: describedObject, currentValue: value ?? '0', averageValue }),
      };
    case 'external':
      return {
        type: 'External',
        external: defined({ ...rest, ...named, currentValue: value ?? '0', currentAverageValue: averageValue }),
      };
    default:
      return {
        type: metric['type'] ?? '',
        [key]: defined({
          ...rest,
          currentAverageUtilization: averageUtilization,
          currentAverageValue: averageValue ?? '0',
        }),
      };
  }
}

function statusToV2(metric: JsonObject): JsonObject {
  const key = sourceKey(metric);
  const source = objectAt(metric, key);
  const identifier = identifierToV2(source);
  const { currentValue, currentAverageValue, currentAverageUtilization, averageValue, target } = source;
  switch (key) {
    case 'pods':
      return { type: 'Pods', pods: { metric: identifier, current: defined({ averageValue: currentAverageValue }) } };
    case 'object':
      return {
        type: 'Object',
        object: {
          describedObject: target ?? {},
          metric: identifier,
          current: defined({ value: currentValue, averageValue }),
        },
      };
    case 'external':
      return {
        type: 'External',
        external: {
          metric: identifier,
          current: defined({ value: currentValue, averageValue: currentAverageValue }),
        },
      };
    default:
      return {
        type: metric['type'] ?? '',
        [key]: {
          ...defined({ name: source['name'], container: source['container'] }),
          current: defined({
            averageValue: currentAverageValue,
            averageUtilization: currentAverageUtilization,
          }),
        },
      };
  }
}

/** External metrics call their selector otherwise. */
function identifierToV1(key: string, identifier: Json | undefined): Record<string, Json | undefined> {
  if (!isObject(identifier)) return {};
  const { name, selector } = identifier;
  return { metricName: name, [key === 'external' ? 'metricSelector' : 'selector']: selector };
}

function identifierToV2({ metricName, selector, metricSelector }: JsonObject): JsonObject {
  return defined({ name: metricName, selector: selector ?? metricSelector });
}

function withoutRoundTrip(annotations: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const { [METRICS]: _, [CURRENT_METRICS]: __, [CONDITIONS]: ___, [BEHAVIOR]: ____, ...others } = annotations ?? {};
  return others;
}

/** Annotations come from anybody: what can't be read is as good as absent. */
function valueIn(annotations: Readonly<Record<string, string>>, name: string): Json | undefined {
  const text = annotations[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function listIn(annotations: Readonly<Record<string, string>>, name: string): JsonObject[] {
  return listOf(valueIn(annotations, name));
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

function defined(object: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}
