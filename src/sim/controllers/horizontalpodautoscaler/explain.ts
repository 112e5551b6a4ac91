/** Answers `/kubetick/why/horizontalpodautoscalers.autoscaling/…`: the numbers of the decision that a sync would come to now. */
import { type Json, jsonOf } from '../../../apimachinery/json';
import { type Quantity, quantityOf, quantityOfMilli } from '../../../apimachinery/quantity';
import { notFound } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import type { MetricTarget } from './autoscaler';
import { AUTOSCALER_RESOURCE, type Autoscaler, tolerancesOf } from './autoscaler';
import type { Circumstances, Decision } from './decide';
import { lastOf, readMemory } from './memory';
import type { MetricOutcome } from './proposals';
import type { Arithmetic } from './replica-calculator';
import { deliberate, type Surroundings } from './sync';

export interface ToldPod {
  pod: string;
  /** What it uses, or the metric says of it. */
  value?: string;
  request?: string;
  /** Why it does not count. */
  because?: string;
  /** What it counts as all the same. */
  assumed?: string;
}

export interface ToldMetric {
  metric: string;
  type: string;
  /** `80%`, `30`: what is wanted; and what is. */
  target: string;
  current?: string;
  counted: ToldPod[];
  others: ToldPod[];
  total?: string;
  requested?: string;
  ratio?: number;
  /** With figures for pods that have none. */
  assumedRatio?: number;
  /** What the ratio was multiplied with. */
  times?: number;
  rule?: string;
  proposal?: number;
  failure?: string;
}

export interface AutoscalerExplanation {
  kind: 'AutoscalerExplanation';
  apiVersion: 'kubetick.dev/v1';
  autoscaler: { namespace: string; name: string };
  target: string;
  at: string;
  current?: number;
  min?: number;
  max?: number;
  tolerance: { scaleUp: number; scaleDown: number };
  metrics: ToldMetric[];
  /** Why metrics were not asked, or what is wrong. */
  shortcut?: string;
  failure?: string;
  desired?: number;
  stabilization?: {
    replicas: number;
    lowest: number;
    highest: number;
    upWindowSeconds: number;
    downWindowSeconds: number;
    recommendations: { replicas: number; from: string; to: string }[];
  };
  limit?: {
    replicas: number;
    reason: string;
    message: string;
    rate?: number;
    policies?: { text: string; proposed: number }[];
  };
  result?: number;
  reason?: string;
  lastScaleTime?: string;
}

/** @throws ApiError 404 where there is no such autoscaler. */
export async function whyAutoscaler(
  surroundings: Surroundings,
  namespace: string,
  name: string,
  memory: Json | undefined,
): Promise<Json> {
  const autoscaler = surroundings.cache.get(AUTOSCALER_RESOURCE, namespace, name) as Autoscaler | undefined;
  if (!autoscaler) throw notFound({ group: 'autoscaling', resource: 'horizontalpodautoscalers' }, name);
  const remembered = readMemory(memory, autoscaler.metadata.uid ?? '');
  const decision = await deliberate(autoscaler, remembered, surroundings);
  return jsonOf(explain(autoscaler, decision)) as Json;
}

function explain(autoscaler: Autoscaler, decision: Decision & { circumstances: Circumstances }): AutoscalerExplanation {
  const { metadata, spec, status } = autoscaler;
  const { bounds, evaluation, stabilized, limited, circumstances, rescale } = decision;
  const { now, target, memory } = circumstances;
  const failure = 'error' in target ? target.error : failureOf(decision, target.selector);
  return {
    kind: 'AutoscalerExplanation',
    apiVersion: 'kubetick.dev/v1',
    autoscaler: { namespace: metadata.namespace ?? '', name: metadata.name ?? '' },
    target: `${spec.scaleTargetRef.kind.toLowerCase()}/${spec.scaleTargetRef.name}`,
    at: formatTime(now),
    ...(bounds ?? {}),
    tolerance: tolerancesOf(autoscaler),
    metrics: (evaluation?.outcomes ?? []).map(tellMetric),
    ...(decision.shortcut ? { shortcut: decision.shortcut } : {}),
    ...(failure ? { failure } : {}),
    ...(decision.desired === undefined ? {} : { desired: decision.desired }),
    ...(stabilized
      ? {
          stabilization: {
            replicas: stabilized.replicas,
            lowest: stabilized.lowest,
            highest: stabilized.highest,
            upWindowSeconds: stabilized.upWindow / 1000,
            downWindowSeconds: stabilized.downWindow / 1000,
            recommendations: memory.recommendations.map((one) => ({
              replicas: one.replicas,
              from: formatTime(one.from),
              to: formatTime(lastOf(one, now)),
            })),
          },
        }
      : {}),
    ...(limited
      ? {
          limit: {
            replicas: limited.replicas,
            ...limited.verdict,
            ...(limited.limit === undefined ? {} : { rate: limited.limit }),
            ...(limited.policies ? { policies: limited.policies } : {}),
          },
        }
      : {}),
    ...(decision.replicas === undefined ? {} : { result: decision.replicas }),
    ...(rescale ? { reason: rescale.reason } : {}),
    ...(status?.lastScaleTime ? { lastScaleTime: status.lastScaleTime } : {}),
  };
}

function failureOf({ evaluation }: Decision, selector: object): string | undefined {
  if ('message' in selector) return String(selector.message);
  return evaluation?.error;
}

function tellMetric({ spec, text, proposal, failure }: MetricOutcome): ToldMetric {
  const source = sourceOf(spec);
  const isMemory = source.name === 'memory';
  const amount = (value: number) => amountText(value, isMemory);
  const told = { metric: text, type: spec.type, target: targetText(source.target) };
  if (!proposal) return { ...told, counted: [], others: [], failure: failure?.message ?? '' };
  const { arithmetic, utilization, usage, replicas } = proposal;
  const { ratio, assumedRatio, times, rule, requested, total, measured } = arithmetic;
  return {
    ...told,
    current: utilization === undefined ? amount(usage) : `${utilization}%`,
    counted: measured().map(({ pod, value, request }) => ({
      pod,
      value: amount(value),
      ...(request === undefined ? {} : { request: amount(request) }),
    })),
    others: others(arithmetic, amount),
    total: amount(total),
    ...(requested === undefined ? {} : { requested: amount(requested) }),
    ratio,
    ...(assumedRatio === undefined ? {} : { assumedRatio }),
    ...(times === undefined ? {} : { times }),
    rule,
    proposal: replicas,
  };
}

function others({ groups, assumed }: Arithmetic, amount: (value: number) => string): ToldPod[] {
  if (!groups) return [];
  return [groups.missing, groups.unready, groups.ignored].flatMap((group) =>
    [...group].map(([pod, because]) => {
      const put = assumed.find((one) => one.pod === pod);
      return { pod, because, ...(put ? { assumed: amount(put.value) } : {}) };
    }),
  );
}

function sourceOf(spec: MetricOutcome['spec']): { name: string; target: MetricTarget } {
  switch (spec.type) {
    case 'Resource':
      return spec.resource;
    case 'ContainerResource':
      return spec.containerResource;
    case 'Pods':
      return { name: spec.pods.metric.name, target: spec.pods.target };
    case 'Object':
      return { name: spec.object.metric.name, target: spec.object.target };
    default:
      return { name: spec.external.metric.name, target: spec.external.target };
  }
}

function targetText({ averageUtilization, averageValue, value }: MetricTarget): string {
  if (averageUtilization !== undefined) return `${averageUtilization}%`;
  return averageValue === undefined ? String(value) : `${averageValue} each`;
}

const KIBIBYTE = 1024_000;

/** Memory in binary units where it comes out even. */
function amountText(thousandths: number, isMemory: boolean): string {
  if (isMemory && thousandths % KIBIBYTE === 0) return quantityOf(thousandths / 1000, 'BinarySI').toString();
  const quantity: Quantity = quantityOfMilli(thousandths);
  return quantity.toString();
}
