/**
 * Horizontal pod autoscalers, as autoscaling/v2 has them (pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go,
 * pkg/apis/autoscaling/v2/defaults.go).
 */
import type { FieldError } from '../../../apimachinery/field-error';
import { isEnabled } from '../../feature-gates';
import type { ResourceDefinition } from '../../resource';
import { validateNonnegative } from '../../validation/field-checks';
import {
  type AutoscalerSpec,
  type MetricSource,
  type MetricSpec,
  type MetricStatus,
  type ScalingRules,
  validateAutoscalerSpec,
} from '../../validation/horizontal-pod-autoscaler';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';
import { canonicalQuantity } from '../defaults/resource-lists';

const definition: ResourceDefinition = {
  group: 'autoscaling',
  resource: 'horizontalpodautoscalers',
  hasGeneration: false,
  columns: [NAME, ...['Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas'].map((name) => column(name)), AGE],
  cells(object, now) {
    const spec: AutoscalerSpec = object.spec ?? {};
    const { kind = '', name = '' } = spec.scaleTargetRef ?? {};
    return [
      nameOf(object),
      `${kind}/${name}`,
      formatMetrics(spec.metrics ?? [], object.status?.currentMetrics ?? []),
      spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec.maxReplicas ?? 0,
      object.status?.currentReplicas ?? 0,
      ageOf(object, now),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    const spec: AutoscalerSpec = object.spec;
    spec.minReplicas ??= 1;
    if (!spec.metrics?.length)
      spec.metrics = [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ];
    for (const metric of spec.metrics) canonicalize(metric);
    const { behavior } = spec;
    // What is written back unchanged is frozen: only what is missing is filled in.
    if (behavior && !isComplete(behavior.scaleUp, true)) behavior.scaleUp = defaultRules(behavior.scaleUp, 0, UP);
    if (behavior && !isComplete(behavior.scaleDown, false))
      behavior.scaleDown = defaultRules(behavior.scaleDown, undefined, DOWN);
  },
  prepareForCreate(object) {
    object.status = { currentMetrics: null, desiredReplicas: 0 };
  },
  validate(object, old, _warn, gates = {}) {
    const errors: FieldError[] = [];
    validateAutoscalerSpec(object.spec ?? {}, old?.spec, isEnabled(gates, 'HPAScaleToZero'), errors);
    return errors;
  },
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        validateNonnegative('status.currentReplicas', object.status?.currentReplicas, errors);
        validateNonnegative('status.desiredReplicas', object.status?.desiredReplicas, errors);
        return errors;
      },
    },
  },
};
export default definition;

function canonicalize(metric: MetricSpec): void {
  for (const source of [metric.object, metric.pods, metric.resource, metric.containerResource, metric.external]) {
    const target = source?.target;
    for (const field of ['value', 'averageValue'] as const) {
      const written = target?.[field];
      if (target === undefined || written === undefined) continue;
      const canonical = canonicalQuantity(written);
      if (canonical !== written) target[field] = canonical;
    }
  }
}

const UP: NonNullable<ScalingRules['policies']> = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];
const DOWN: NonNullable<ScalingRules['policies']> = [{ type: 'Percent', value: 100, periodSeconds: 15 }];

function isComplete(rules: ScalingRules | undefined, withWindow: boolean): boolean {
  const { stabilizationWindowSeconds, selectPolicy, policies } = rules ?? {};
  return (
    (stabilizationWindowSeconds !== undefined || !withWindow) && selectPolicy !== undefined && policies !== undefined
  );
}

function defaultRules(
  rules: ScalingRules | undefined,
  window: number | undefined,
  policies: NonNullable<ScalingRules['policies']>,
): ScalingRules {
  const result: ScalingRules = { ...rules };
  if (window !== undefined) result.stabilizationWindowSeconds ??= window;
  result.selectPolicy ??= 'Max';
  result.policies ??= policies.map((policy) => ({ ...policy }));
  return result;
}

/** Two metrics at most: `cpu: <unknown>/80%` (formatHPAMetrics). */
function formatMetrics(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.slice(0, 2).map((spec, i) => formatMetric(spec, statuses[i]));
  const text = texts.join(', ');
  return specs.length > 2 ? `${text} + ${specs.length - 2} more...` : text;
}

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return formatValue(spec.external, status?.external);
    case 'Object':
      return formatValue(spec.object, status?.object);
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? '<unknown>'}/${spec.pods?.target?.averageValue ?? '0'}`;
    case 'Resource':
      return formatResource(spec.resource, status?.resource);
    case 'ContainerResource':
      return formatResource(spec.containerResource, status?.containerResource);
    default:
      return '<unknown type>';
  }
}

type StatusSource = MetricStatus['resource'];

function formatValue(source: MetricSource | undefined, status: StatusSource): string {
  const target = source?.target;
  if (target?.averageValue !== undefined)
    return `${status?.current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`;
  return `${status ? (status.current?.value ?? '<nil>') : '<unknown>'}/${target?.value ?? '<nil>'}`;
}

function formatResource(source: MetricSource | undefined, status: StatusSource): string {
  const { name = '', target } = source ?? {};
  if (target?.averageValue !== undefined)
    return `${name}: ${status ? (status.current?.averageValue ?? '<nil>') : '<unknown>'}/${target.averageValue}`;
  const current = status?.current?.averageUtilization;
  const wanted = target?.averageUtilization;
  const percent = (value: number | undefined, absent: string) => (value === undefined ? absent : `${value}%`);
  return `${name}: ${percent(current, '<unknown>')}/${percent(wanted, '<auto>')}`;
}
