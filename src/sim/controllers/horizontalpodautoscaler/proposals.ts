/**
 * What each metric asks for, and what all of them come to (horizontal.go computeReplicasForMetrics, computeReplicasForMetric and
 * the computeStatusFor… of each source).
 */
import type { LabelSelectorObject } from '../../../apimachinery/labels';
import { milliValue, quantityOfMilli } from '../../../apimachinery/quantity';
import type { MetricSpec, MetricTarget } from './autoscaler';
import { goSelector, type MetricSource, metricText } from './metric-source';
import {
  averageReplicas,
  crowdUtilizationReplicas,
  type Proposal,
  perReplicaReplicas,
  type Situation,
  utilizationReplicas,
  valueReplicas,
} from './replica-calculator';

export interface MetricOutcome {
  spec: MetricSpec;
  /** For people: `cpu`, `queue_length{queue=jobs}`. */
  text: string;
  /** Of status.currentMetrics; `{type: ''}` for one that failed. */
  status: object;
  proposal?: Proposal;
  /** As messages name it: `cpu resource utilization (percentage of request)`. */
  name?: string;
  failure?: Failure;
}

export interface Failure {
  /** `FailedGetResourceMetric` */
  reason: string;
  /** Of the event and the condition. */
  message: string;
  /** What the sync as a whole says of it. */
  error: string;
}

export interface Evaluation {
  outcomes: MetricOutcome[];
  /** Undefined where the metrics don't do for a decision. */
  replicas?: number;
  /** The metric that asked for most. */
  name?: string;
  /** What is wrong with some or all. */
  error?: string;
  /** The condition is about the first that failed. */
  failure?: Failure;
}

export interface Subject extends Situation {
  namespace: string;
  statusReplicas: number;
  source: MetricSource;
}

/** The most that any asks for; one that fails keeps the others from scaling down. */
export function evaluateMetrics(specs: readonly MetricSpec[], subject: Subject): Evaluation {
  const outcomes = specs.map((spec) => evaluateMetric(spec, subject));
  let replicas = 0;
  let name = '';
  for (const { proposal, name: own = '' } of outcomes)
    if (proposal && (replicas === 0 || proposal.replicas > replicas))
      ({ replicas, name } = { replicas: proposal.replicas, name: own });
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const [failure] = failures;
  if (!failure) return { outcomes, replicas, name };
  const error = `invalid metrics (${failures.length} invalid out of ${specs.length}), first error is: ${failure.error}`;
  if (failures.length >= specs.length || replicas < subject.currentReplicas) return { outcomes, error, failure };
  return { outcomes, replicas, name, error };
}

function evaluateMetric(spec: MetricSpec, subject: Subject): MetricOutcome {
  switch (spec.type) {
    case 'Resource': {
      const { name, target } = spec.resource;
      const wrap = (text: string) => `failed to get ${name} resource metric value: ${text}`;
      return outcome(spec, name, 'FailedGetResourceMetric', wrap, () => {
        const { proposal, current, title } = byResource(name, '', target, subject);
        return { proposal, name: title, status: { type: 'Resource', resource: { name, current } } };
      });
    }
    case 'ContainerResource': {
      const { name, container, target } = spec.containerResource;
      const wrap = (text: string) => `failed to get ${container} container metric value: ${text}`;
      return outcome(spec, `${name} of ${container}`, 'FailedGetContainerResourceMetric', wrap, () => {
        const { proposal, current, title } = byResource(name, container, target, subject);
        const containerResource = { container, name, current };
        return { proposal, name: title, status: { type: 'ContainerResource', containerResource } };
      });
    }
    case 'Pods':
      return byPods(spec, subject);
    case 'Object':
      return byObject(spec, subject);
    case 'External':
      return byExternal(spec, subject);
    default: {
      const { type } = spec as { type: string };
      const wrap = (text: string) => text;
      return outcome(spec, type, 'InvalidMetricSourceType', wrap, () => {
        throw new Error(`unknown metric source type ${JSON.stringify(type)}`);
      });
    }
  }
}

/** computeStatusForResourceMetricGeneric */
function byResource(resource: string, container: string, target: MetricTarget, subject: Subject) {
  const metrics = () => {
    const fetched = attempt(`unable to get metrics for resource ${resource}: `, () =>
      subject.source.resource(subject.pods, resource, container),
    );
    return fetched;
  };
  if (target.averageValue !== undefined) {
    const proposal = attempt(`failed to get ${resource} usage: `, () =>
      averageReplicas(subject, metrics(), milliValue(target.averageValue), resource),
    );
    return { proposal, current: { averageValue: milli(proposal.usage) }, title: `${resource} resource` };
  }
  const { averageUtilization } = target;
  if (averageUtilization === undefined)
    throw new Error(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    );
  const proposal = attempt(`failed to get ${resource} utilization: `, () => {
    const crowd = subject.source.crowd?.(subject.pods, resource, container);
    return crowd
      ? crowdUtilizationReplicas(subject, crowd, averageUtilization, resource, container, metrics)
      : utilizationReplicas(subject, metrics(), averageUtilization, resource, container);
  });
  const current = { averageUtilization: proposal.utilization, averageValue: milli(proposal.usage) };
  const what = container === '' ? 'resource utilization' : 'container resource utilization';
  return { proposal, current, title: `${resource} ${what} (percentage of request)` };
}

function byPods(spec: MetricSpec & { type: 'Pods' }, subject: Subject): MetricOutcome {
  const { metric, target } = spec.pods;
  const wrap = (text: string) => `failed to get pods metric value: ${text}`;
  return outcome(spec, metricText(metric), 'FailedGetPodsMetric', wrap, () => {
    const metrics = attempt(`unable to get metric ${metric.name}: `, () =>
      subject.source.pods(subject.pods, metric.name, metric.selector),
    );
    const proposal = averageReplicas(subject, metrics, milliValue(target.averageValue), '');
    const pods = { metric: identifier(metric), current: { averageValue: milli(proposal.usage) } };
    return { proposal, name: `pods metric ${metric.name}`, status: { type: 'Pods', pods } };
  });
}

function byObject(spec: MetricSpec & { type: 'Object' }, subject: Subject): MetricOutcome {
  const { metric, target, describedObject } = spec.object;
  const { kind, name } = describedObject;
  const isValue = target.type === 'Value' && target.value !== undefined;
  const isAverage = target.type === 'AverageValue' && target.averageValue !== undefined;
  const wrap = (text: string) =>
    `failed to get object metric value: ${isAverage ? `failed to get ${metric.name} object metric: ` : ''}${text}`;
  return outcome(spec, `${metricText(metric)} of ${kind.toLowerCase()}/${name}`, 'FailedGetObjectMetric', wrap, () => {
    if (!isValue && !isAverage)
      throw new Error('invalid object metric source: neither a value target nor an average value target was set');
    // Upstream's words stand in another order than was meant.
    const value = attempt(`unable to get metric ${metric.name}: ${kind} on ${subject.namespace} ${name}/`, () =>
      subject.source.object(subject.namespace, describedObject, metric.name, metric.selector),
    );
    const { proposal, current, title } = byWholeValue(value, target, isValue, subject, metric);
    const object = { metric: identifier(metric), current, describedObject };
    return { proposal, name: isValue ? `${kind} metric ${metric.name}` : title, status: { type: 'Object', object } };
  });
}

function byExternal(spec: MetricSpec & { type: 'External' }, subject: Subject): MetricOutcome {
  const { metric, target } = spec.external;
  const isValue = target.averageValue === undefined;
  const inner = isValue
    ? `failed to get external metric ${metric.name}`
    : `failed to get ${metric.name} external metric`;
  const isTarget = target.value !== undefined || target.averageValue !== undefined;
  const wrap = (text: string) =>
    `failed to get ${metric.name} external metric value: ${isTarget ? `${inner}: ` : ''}${text}`;
  return outcome(spec, metricText(metric), 'FailedGetExternalMetric', wrap, () => {
    if (!isTarget)
      throw new Error('invalid external metric source: neither a value target nor an average value target was set');
    const where = `${subject.namespace}/${metric.name}/${goSelector(metric.selector)}`;
    const values = attempt(`unable to get external metric ${where}: `, () =>
      subject.source.external(subject.namespace, metric.name, metric.selector),
    );
    const total = values.reduce((sum, value) => sum + value, 0);
    const { proposal, current, title } = byWholeValue(total, target, isValue, subject, metric);
    return {
      proposal,
      name: title,
      status: { type: 'External', external: { metric: identifier(metric), current } },
    };
  });
}

function byWholeValue(
  value: number,
  target: MetricTarget,
  isValue: boolean,
  subject: Subject,
  { name, selector }: { name: string; selector?: LabelSelectorObject },
) {
  const title = `external metric ${name}(${goSelector(selector)})`;
  if (isValue) {
    const proposal = valueReplicas(subject, value, milliValue(target.value));
    return { proposal, current: { value: milli(proposal.usage) }, title };
  }
  const { statusReplicas, tolerances } = subject;
  const proposal = perReplicaReplicas(statusReplicas, tolerances, value, milliValue(target.averageValue));
  return { proposal, current: { averageValue: milli(proposal.usage) }, title };
}

/** Runs it, and makes a failure of what it throws: status, condition, event and error of the sync have words of their own. */
function outcome(
  spec: MetricSpec,
  text: string,
  reason: string,
  wrap: (message: string) => string,
  evaluate: () => { proposal: Proposal; name: string; status: object },
): MetricOutcome {
  try {
    return { spec, text, ...evaluate() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { spec, text, status: { type: '' }, failure: { reason, message, error: wrap(message) } };
  }
}

function attempt<T>(prefix: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(prefix + (error instanceof Error ? error.message : String(error)));
  }
}

function identifier({ name, selector }: { name: string; selector?: LabelSelectorObject }): object {
  return { name, ...(selector ? { selector } : {}) };
}

function milli(value: number): string {
  return quantityOfMilli(value).toString();
}
