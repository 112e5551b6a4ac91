/**
 * One sync's decision, worked out and not yet carried out (horizontal.go reconcileAutoscaler): `why hpa/NAME` asks for the same.
 */
import type { LabelSelector } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { type Autoscaler, type AutoscalerStatus, type Condition, tolerancesOf } from './autoscaler';
import { begun, type Memory, recommended, scaled } from './memory';
import type { MetricSource } from './metric-source';
import { type Bounds, type Limited, limit, type Stabilized, stabilize } from './normalize';
import { type Evaluation, evaluateMetrics } from './proposals';
import type { Scale } from './target';

export interface Circumstances {
  now: Instant;
  memory: Memory;
  source: MetricSource;
  /** The feature gate HPAScaleToZero. */
  scaleToZero: boolean;
  /** Or what went wrong when it was asked for. */
  target: Target | { error: string };
}

export interface Target {
  scale: Scale;
  /** Or why its pods can't be found. */
  selector: LabelSelector | { reason: string; message: string; error: string; event?: string };
  pods: readonly KubeObject[];
}

export interface Said {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export interface Decision {
  status: AutoscalerStatus;
  said: Said[];
  memory: Memory;
  /** Absent where nothing is to be changed. */
  rescale?: { from: number; to: number; reason: string };
  bounds?: Bounds;
  /** Why the metrics were not asked. */
  shortcut?: string;
  evaluation?: Evaluation;
  desired?: number;
  stabilized?: Stabilized;
  limited?: Limited;
  /** What it all came to, where it came to anything. */
  replicas?: number;
}

export function decide(autoscaler: Autoscaler, circumstances: Circumstances): Decision {
  const { now, memory, target } = circumstances;
  const conditions = new Conditions(autoscaler.status?.conditions ?? [], now);
  const said: Said[] = [];
  if ('error' in target) {
    conditions.set('AbleToScale', false, 'FailedGetScale', `${UNABLE_TO_GET_SCALE}: ${target.error}`);
    said.push({ type: 'Warning', reason: 'FailedGetScale', message: target.error });
    const before = autoscaler.status ?? { desiredReplicas: 0, currentMetrics: null };
    return { status: { ...before, conditions: conditions.list }, said, memory: recommended(memory, undefined, now) };
  }
  conditions.set(
    'AbleToScale',
    true,
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  );
  const { spec } = autoscaler;
  const current = target.scale.spec?.replicas ?? 0;
  const bounds = { current, min: spec.minReplicas ?? 1, max: spec.maxReplicas };
  const sync = new Sync(autoscaler, { ...circumstances, target }, bounds, conditions, said);
  return sync.decide();
}

const UNABLE_TO_GET_SCALE = "the HPA controller was unable to get the target's current scale";

class Sync {
  private memory: Memory;

  constructor(
    private readonly autoscaler: Autoscaler,
    private readonly circumstances: Circumstances & { target: Target },
    private readonly bounds: Bounds,
    private readonly conditions: Conditions,
    private readonly said: Said[],
  ) {
    this.memory = begun(circumstances.memory, bounds.current, circumstances.now);
  }

  decide(): Decision {
    const { current, min, max } = this.bounds;
    if (current === 0 && !this.mayLeaveZero()) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      this.conditions.set('ScalingActive', false, 'ScalingDisabled', message);
      return this.outcome(current, undefined, [], { shortcut: 'the target has no replicas: scaling is disabled' });
    }
    if (current > max) {
      const reason = 'Current number of replicas above Spec.MaxReplicas';
      return this.outcome(max, reason, null, { shortcut: `${current} are more than the most, ${max}` });
    }
    if (current > 0 && current < min) {
      const reason = 'Current number of replicas below Spec.MinReplicas';
      return this.outcome(min, reason, null, { shortcut: `${current} are less than the least, ${min}` });
    }
    return this.byMetrics();
  }

  /** Zero replicas stay zero, unless it was an autoscaler that brought them there (shouldComputeMetricsForZeroReplicas). */
  private mayLeaveZero(): boolean {
    if (!this.circumstances.scaleToZero || !this.conditions.isTrue('ScaledToZero')) return false;
    return this.bounds.min !== 0 || this.hasOutsideMetric();
  }

  private hasOutsideMetric(): boolean {
    return (this.autoscaler.spec.metrics ?? []).some(({ type }) => type === 'Object' || type === 'External');
  }

  private byMetrics(): Decision {
    const { autoscaler, bounds, conditions, said } = this;
    const { now, source, target } = this.circumstances;
    const { selector, scale, pods } = target;
    if ('error' in selector) {
      conditions.set('ScalingActive', false, selector.reason, selector.message);
      if (selector.event) said.push({ type: 'Warning', reason: selector.event, message: selector.error });
      return this.failed(selector.error, null);
    }
    const evaluation = evaluateMetrics(autoscaler.spec.metrics ?? [], {
      namespace: autoscaler.metadata.namespace ?? '',
      pods,
      currentReplicas: bounds.current,
      statusReplicas: scale.status?.replicas ?? 0,
      tolerances: tolerancesOf(autoscaler),
      source,
      now,
    });
    const { outcomes, replicas: desired, name, error = '', failure } = evaluation;
    for (const { failure: own } of outcomes)
      if (own) said.push({ type: 'Warning', reason: own.reason, message: own.message });
    const statuses = outcomes.map(({ status }) => status);
    if (desired === undefined || failure) {
      const message = `the HPA was unable to compute the replica count: ${failure?.message ?? ''}`;
      conditions.set('ScalingActive', false, failure?.reason ?? '', message);
      return { ...this.failed(error, statuses), evaluation };
    }
    const found = `the HPA was able to successfully calculate a replica count from ${name}`;
    conditions.set('ScalingActive', true, 'ValidMetricFound', found);
    const reason =
      desired > bounds.current ? `${name} above target` : desired < bounds.current ? 'All metrics below target' : '';
    const { behavior } = autoscaler.spec;
    const stabilized = stabilize(desired, bounds.current, behavior, this.memory, now);
    this.memory = recommended(this.memory, desired, now);
    conditions.set('AbleToScale', true, stabilized.verdict.reason, stabilized.verdict.message);
    const limited = limit(stabilized.replicas, bounds, behavior, this.memory, now);
    const isLimited = limited.replicas !== stabilized.replicas;
    conditions.set('ScalingLimited', isLimited, limited.verdict.reason, limited.verdict.message);
    // Back from zero it goes at least to what is now the least.
    const replicas = bounds.current === 0 ? Math.max(limited.replicas, bounds.min) : limited.replicas;
    return this.outcome(replicas, replicas === bounds.current ? undefined : reason, statuses, {
      evaluation,
      desired,
      stabilized,
      limited,
    });
  }

  /** Without a recommendation: nothing is done, and the last ones grow old. */
  private failed(error: string, statuses: object[] | null): Decision {
    const { conditions, said, bounds, autoscaler } = this;
    said.push({ type: 'Warning', reason: 'FailedComputeMetricsReplicas', message: error });
    const status = this.status(autoscaler.status?.desiredReplicas ?? 0, statuses, conditions);
    return { status, said, memory: recommended(this.memory, undefined, this.circumstances.now), bounds };
  }

  /** `reason` is why it is to be changed, undefined where it is not. */
  private outcome(
    replicas: number,
    reason: string | undefined,
    statuses: object[] | null,
    more: Partial<Decision>,
  ): Decision {
    const { bounds, conditions, said } = this;
    const { now } = this.circumstances;
    const wasAsked = more.evaluation !== undefined;
    if (!wasAsked) this.memory = recommended(this.memory, undefined, now);
    const metrics = wasAsked ? statuses : null;
    if (reason === undefined) {
      const status = this.status(bounds.current, metrics, conditions);
      return { status, said, memory: this.memory, bounds, replicas: bounds.current, ...more };
    }
    const { behavior } = this.autoscaler.spec;
    const memory = behavior ? scaled(this.memory, bounds.current, replicas, now) : this.memory;
    const rescale = { from: bounds.current, to: replicas, reason };
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    conditions.set('AbleToScale', true, 'SucceededRescale', message);
    this.noteZero(replicas);
    said.push({ type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${replicas}; reason: ${reason}` });
    const status = { ...this.status(replicas, metrics, conditions), lastScaleTime: formatTime(now) };
    return { status, said, memory, rescale, bounds, replicas, ...more };
  }

  private noteZero(replicas: number): void {
    if (!this.circumstances.scaleToZero) return;
    const isZero = replicas === 0 && this.bounds.min === 0 && this.hasOutsideMetric();
    if (isZero)
      this.conditions.set('ScaledToZero', true, 'ScaledToZero', 'the HPA controller scaled the workload to zero');
    else
      this.conditions.set(
        'ScaledToZero',
        false,
        'NotScaledToZero',
        'the HPA controller did not scale the workload to zero',
      );
  }

  private status(desiredReplicas: number, currentMetrics: object[] | null, { list }: Conditions): AutoscalerStatus {
    const lastScaleTime = this.autoscaler.status?.lastScaleTime;
    return {
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      currentReplicas: this.bounds.current,
      desiredReplicas,
      currentMetrics,
      conditions: list,
    };
  }
}

/** What to write when the target would not take the new scale (FailedRescale). */
export function refused(autoscaler: Autoscaler, decision: Decision, error: string, now: Instant): Decision {
  const { rescale, bounds } = decision;
  if (!rescale || !bounds) return decision;
  const before = new Conditions(autoscaler.status?.conditions ?? [], now);
  for (const { type, status, reason = '', message = '' } of decision.status.conditions ?? [])
    if (type !== 'AbleToScale' && type !== 'ScaledToZero') before.set(type, status === 'True', reason, message);
  before.set(
    'AbleToScale',
    false,
    'FailedUpdateScale',
    `the HPA controller was unable to update the target scale: ${error}`,
  );
  const said = decision.said.filter(({ reason }) => reason !== 'SuccessfulRescale');
  const message = `New size: ${rescale.to}; reason: ${rescale.reason}; error: ${error}`;
  const { lastScaleTime: _, ...status } = decision.status;
  const scaledAt = autoscaler.status?.lastScaleTime;
  return {
    ...decision,
    said: [...said, { type: 'Warning', reason: 'FailedRescale', message }],
    status: {
      ...status,
      ...(scaledAt === undefined ? {} : { lastScaleTime: scaledAt }),
      desiredReplicas: autoscaler.status?.desiredReplicas ?? 0,
      conditions: before.list,
    },
    // The change that was not made is not remembered as one.
    memory: {
      ...decision.memory,
      scaleUps: decision.memory.scaleUps.filter(({ at }) => at !== now),
      scaleDowns: decision.memory.scaleDowns.filter(({ at }) => at !== now),
    },
  };
}

/** setConditionInList */
class Conditions {
  readonly list: Condition[];
  private readonly time: string;

  constructor(conditions: readonly Condition[], now: Instant) {
    this.list = [...conditions];
    this.time = formatTime(now);
  }

  isTrue(type: string): boolean {
    return this.list.some((condition) => condition.type === type && condition.status === 'True');
  }

  set(type: string, isTrue: boolean, reason: string, message: string): void {
    const status = isTrue ? 'True' : 'False';
    const at = this.list.findIndex((condition) => condition.type === type);
    const before = this.list[at];
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : this.time;
    const condition = { type, status, ...(lastTransitionTime ? { lastTransitionTime } : {}), reason, message };
    if (at < 0) this.list.push(condition);
    else this.list[at] = condition;
  }
}
