/** Specs of horizontal pod autoscalers (pkg/apis/autoscaling/validation/validation.go). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../apimachinery/field-error';
import type { Json } from '../../apimachinery/json';
import { parseGroupVersion } from '../../apimachinery/meta';
import { isPathSegmentName } from '../../apimachinery/names';
import { complain, NOT_POSITIVE, validateDNS1123Label } from './field-checks';
import { validateSegment } from './references';
import { quantity, validateContainerResourceName, validateNonnegativeQuantity } from './resources';

export interface MetricTarget {
  type?: string;
  value?: Json;
  averageValue?: Json;
  averageUtilization?: number;
}
export interface ObjectReference {
  kind?: string;
  name?: string;
  apiVersion?: string;
}
export interface MetricSource {
  name?: string;
  container?: string;
  describedObject?: ObjectReference;
  metric?: { name?: string };
  target?: MetricTarget;
}
export interface MetricSpec {
  type?: string;
  object?: MetricSource;
  pods?: MetricSource;
  resource?: MetricSource;
  containerResource?: MetricSource;
  external?: MetricSource;
}
interface MetricStatusSource {
  current?: { value?: string; averageValue?: string; averageUtilization?: number };
}
export type MetricStatus = {
  [source in 'object' | 'pods' | 'resource' | 'containerResource' | 'external']?: MetricStatusSource;
};
export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type?: string; value?: number; periodSeconds?: number }[];
  tolerance?: Json;
}
export interface AutoscalerSpec {
  scaleTargetRef?: ObjectReference;
  minReplicas?: number;
  maxReplicas?: number;
  metrics?: MetricSpec[];
  behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules };
}

/** `old` is what is stored: a reference that does not change is not judged again. */
export function validateAutoscalerSpec(
  spec: AutoscalerSpec,
  old: AutoscalerSpec | undefined,
  scaleToZero: boolean,
  errors: FieldError[],
): void {
  const { minReplicas, maxReplicas = 0, scaleTargetRef: target = {}, metrics = [], behavior } = spec;
  const least = scaleToZero || old?.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < least)
    errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`));
  if (maxReplicas === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 0) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  const was = old?.scaleTargetRef;
  const isSame = was !== undefined && was.apiVersion === target.apiVersion && was.kind === target.kind;
  const group = target.kind === 'ReplicationController' ? 'optional' : 'required';
  validateReference('spec.scaleTargetRef', target, isSame ? 'any' : group, errors);
  const isBad = (metric: MetricSpec) => apiVersionComplaint(metric.object?.describedObject, 'optional') !== undefined;
  const objectGroup = old?.metrics?.some(isBad) ? 'any' : 'optional';
  metrics.forEach((metric, i) => {
    validateMetric(`spec.metrics[${i}]`, metric, objectGroup, errors);
  });
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External'))
    errors.push(
      forbiddenField(
        'spec.metrics',
        'must specify at least one Object or External metric to support scaling to zero replicas',
      ),
    );
  if (behavior?.scaleUp) validateRules('spec.behavior.scaleUp', behavior.scaleUp, errors);
  if (behavior?.scaleDown) validateRules('spec.behavior.scaleDown', behavior.scaleDown, errors);
}

/** How much an apiVersion is judged: not at all, only its form, or that it names a group too. */
type GroupRule = 'any' | 'optional' | 'required';

function validateReference(path: string, reference: ObjectReference, group: GroupRule, errors: FieldError[]): void {
  validateSegment(`${path}.kind`, reference.kind, errors);
  validateSegment(`${path}.name`, reference.name, errors);
  const complaint = apiVersionComplaint(reference, group);
  if (complaint) errors.push(invalid(`${path}.apiVersion`, reference.apiVersion ?? '', complaint));
}

function apiVersionComplaint(reference: ObjectReference | undefined, group: GroupRule): string | undefined {
  if (!reference || group === 'any') return undefined;
  const { apiVersion = '' } = reference;
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  if (group === 'required' && parseGroupVersion(apiVersion).group === '') return 'apiVersion must specify API group';
  return undefined;
}

const SOURCES = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
const TYPES = Object.keys(SOURCES).sort();

function validateMetric(path: string, metric: MetricSpec, group: GroupRule, errors: FieldError[]): void {
  const { type = '' } = metric;
  const expected = Object.hasOwn(SOURCES, type) ? SOURCES[type as keyof typeof SOURCES] : undefined;
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'));
  if (!expected) errors.push(notSupported(`${path}.type`, type, TYPES));
  const present = Object.values(SOURCES).filter((name) => metric[name]);
  const first = present[0];
  if (first) validateSource(first, `${path}.${first}`, metric[first] ?? {}, group, errors);
  if (expected && !metric[expected])
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  if (!expected) errors.push(notSupported(`${path}.type`, type, TYPES));
  if (present.length !== 1)
    for (const name of present)
      if (name !== expected)
        errors.push(forbiddenField(`${path}.${name}`, 'must populate the given metric source only'));
}

function validateSource(
  kind: (typeof SOURCES)[keyof typeof SOURCES],
  path: string,
  source: MetricSource,
  group: GroupRule,
  errors: FieldError[],
): void {
  const target = source.target ?? {};
  const { value, averageValue, averageUtilization } = target;
  if (kind === 'object') validateReference(`${path}.describedObject`, source.describedObject ?? {}, group, errors);
  if (kind === 'object' || kind === 'external' || kind === 'pods')
    validateMetricName(`${path}.metric.name`, source.metric?.name ?? '', errors);
  else if (!source.name) errors.push(required(`${path}.name`, 'must specify a resource name'));
  else if (kind === 'containerResource') validateContainerResourceName(`${path}.name`, source.name, errors);
  if (kind === 'containerResource') {
    if (!source.container) errors.push(required(`${path}.container`, 'must specify a container'));
    else validateDNS1123Label(`${path}.container`, source.container, errors);
  }
  const at = `${path}.target`;
  validateTarget(at, target, errors);
  switch (kind) {
    case 'object':
      if (value === undefined && averageValue === undefined)
        errors.push(required(`${at}.averageValue`, 'must set either a target value or averageValue'));
      break;
    case 'external':
      if (value === undefined && averageValue === undefined)
        errors.push(required(`${at}.averageValue`, 'must set either a target value for metric or a per-pod target'));
      if (value !== undefined && averageValue !== undefined)
        errors.push(forbiddenField(`${at}.value`, 'may not set both a target value for metric and a per-pod target'));
      break;
    case 'pods':
      if (averageValue === undefined)
        errors.push(required(`${at}.averageValue`, 'must specify a positive target averageValue'));
      break;
    default:
      if (averageUtilization === undefined && averageValue === undefined)
        errors.push(required(`${at}.averageUtilization`, 'must set either a target raw value or a target utilization'));
      if (averageUtilization !== undefined && averageValue !== undefined)
        errors.push(
          forbiddenField(`${at}.averageValue`, 'may not set both a target raw value and a target utilization'),
        );
  }
}

function validateMetricName(field: string, name: string, errors: FieldError[]): void {
  if (name === '') errors.push(required(field, 'must specify a metric name'));
  else complain(field, name, isPathSegmentName(name), errors);
}

function validateTarget(path: string, target: MetricTarget, errors: FieldError[]): void {
  const { type = '' } = target;
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (type !== 'Utilization' && type !== 'Value' && type !== 'AverageValue')
    errors.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target[field];
    if (amount !== undefined && quantity(amount).sign() <= 0)
      errors.push(invalid(`${path}.${field}`, quantity(amount).toString(), 'must be positive'));
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1)
    errors.push(invalid(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
}

function validateRules(path: string, rules: ScalingRules, errors: FieldError[]): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const field = `${path}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) errors.push(invalid(field, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > 3600) errors.push(invalid(field, window, 'must be less than or equal to 3600'));
  const selects = ['Disabled', 'Max', 'Min'];
  if (selectPolicy !== undefined && !selects.includes(selectPolicy))
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, selects));
  if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  policies.forEach(({ type = '', value = 0, periodSeconds = 0 }, i) => {
    const at = `${path}.policies[${i}]`;
    if (type !== 'Pods' && type !== 'Percent') errors.push(notSupported(`${at}.type`, type, ['Percent', 'Pods']));
    if (value <= 0) errors.push(invalid(`${at}.value`, value, NOT_POSITIVE));
    if (periodSeconds <= 0) errors.push(invalid(`${at}.periodSeconds`, periodSeconds, NOT_POSITIVE));
    if (periodSeconds > 1800)
      errors.push(invalid(`${at}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800'));
  });
  if (tolerance !== undefined) validateNonnegativeQuantity(`${path}.tolerance`, tolerance, errors);
}
