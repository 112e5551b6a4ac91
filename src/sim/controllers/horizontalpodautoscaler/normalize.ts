/**
 * From what the metrics ask for to what is done: windows that look back, the rate of change, least and most (horizontal.go
 * normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors).
 */
import type { Instant } from '../../clock';
import { type Behavior, DOWNSCALE_STABILIZATION, type ScalingRules } from './autoscaler';
import { lastOf, type Memory, type ScaleEvent } from './memory';

export interface Bounds {
  current: number;
  min: number;
  max: number;
}

export interface Verdict {
  reason: string;
  message: string;
}

export interface Stabilized {
  replicas: number;
  /** For the condition AbleToScale. */
  verdict: Verdict;
  /** What was recommended within the windows, for telling. */
  lowest: number;
  highest: number;
  upWindow: number;
  downWindow: number;
}

export interface Limited {
  replicas: number;
  /** For the condition ScalingLimited. */
  verdict: Verdict;
  /** How far the rate lets it go, and by which policies; absent where it did not come to that. */
  limit?: number;
  policies?: { text: string; proposed: number }[];
}

const READY: Verdict = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const DOWN_STABILIZED: Verdict = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const UP_STABILIZED: Verdict = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const IN_RANGE: Verdict = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const TOO_FEW: Verdict = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const TOO_MANY: Verdict = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const UP_LIMIT: Verdict = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const DOWN_LIMIT: Verdict = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};

/** stabilizeRecommendation, stabilizeRecommendationWithBehaviors. */
export function stabilize(
  desired: number,
  current: number,
  behavior: Behavior | undefined,
  { recommendations }: Memory,
  now: Instant,
): Stabilized {
  const upWindow = (behavior?.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downWindow = secondsOr(behavior?.scaleDown?.stabilizationWindowSeconds, DOWNSCALE_STABILIZATION);
  let lowest = desired;
  let highest = desired;
  for (const stretch of recommendations) {
    const last = lastOf(stretch, now);
    if (behavior && last > now - upWindow) lowest = Math.min(lowest, stretch.replicas);
    // Without a behavior, what is as old as the window still counts.
    const counts = behavior ? last > now - downWindow : last >= now - downWindow;
    if (counts) highest = Math.max(highest, stretch.replicas);
  }
  const replicas = behavior ? Math.min(Math.max(current, lowest), highest) : highest;
  const stabilized = !behavior || desired < current ? DOWN_STABILIZED : UP_STABILIZED;
  return { replicas, verdict: replicas === desired ? READY : stabilized, lowest, highest, upWindow, downWindow };
}

function secondsOr(seconds: number | undefined, fallback: number): number {
  return seconds === undefined ? fallback : seconds * 1000;
}

/** convertDesiredReplicasWithRules, convertDesiredReplicasWithBehaviorRate. */
export function limit(
  desired: number,
  bounds: Bounds,
  behavior: Behavior | undefined,
  memory: Memory,
  now: Instant,
): Limited {
  const { current, min, max } = bounds;
  if (!behavior) {
    // Figures may be wrong: it never grows too fast.
    const rate = Math.max(2 * current, 4);
    const most = Math.min(max, rate);
    if (desired < min) return { replicas: min, verdict: TOO_FEW };
    if (desired <= most) return { replicas: desired, verdict: IN_RANGE };
    return { replicas: most, verdict: max > rate ? UP_LIMIT : TOO_MANY, limit: rate };
  }
  if (desired > current) {
    const { result, policies } = scaleUpLimit(current, behavior.scaleUp ?? {}, memory, now);
    const rate = Math.max(result, current);
    const most = Math.min(max, rate);
    if (desired > most) return { replicas: most, verdict: max > rate ? UP_LIMIT : TOO_MANY, limit: rate, policies };
  } else if (desired < current) {
    const { result, policies } = scaleDownLimit(current, behavior.scaleDown ?? {}, memory, now);
    const rate = Math.min(result, current);
    const least = Math.max(min, rate);
    if (desired < least) return { replicas: least, verdict: min < rate ? DOWN_LIMIT : TOO_FEW, limit: rate, policies };
  }
  return { replicas: desired, verdict: IN_RANGE };
}

interface Rate {
  result: number;
  policies: { text: string; proposed: number }[];
}

/** calculateScaleUpLimitWithScalingRules */
function scaleUpLimit(current: number, rules: ScalingRules, memory: Memory, now: Instant): Rate {
  const { selectPolicy, policies = [] } = rules;
  if (selectPolicy === 'Disabled') return { result: current, policies: [{ text: 'Disabled', proposed: current }] };
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(current, periodSeconds, memory, now);
    const proposed = type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
    return { text: policyText(type, value, periodSeconds, start, '+'), proposed };
  });
  const all = proposals.map(({ proposed }) => proposed);
  const result = selectPolicy === 'Min' ? Math.min(...all) : Math.max(...all);
  return { result: Number.isFinite(result) ? result : current, policies: proposals };
}

/** calculateScaleDownLimitWithBehaviors */
function scaleDownLimit(current: number, rules: ScalingRules, memory: Memory, now: Instant): Rate {
  const { selectPolicy, policies = [] } = rules;
  if (selectPolicy === 'Disabled') return { result: current, policies: [{ text: 'Disabled', proposed: current }] };
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(current, periodSeconds, memory, now);
    const proposed = type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
    return { text: policyText(type, value, periodSeconds, start, '-'), proposed };
  });
  const all = proposals.map(({ proposed }) => proposed);
  // The least change leaves the most replicas.
  const result = selectPolicy === 'Min' ? Math.max(...all) : Math.min(...all);
  return { result: Number.isFinite(result) ? result : current, policies: proposals };
}

function policyText(type: string, value: number, period: number, start: number, sign: string): string {
  return `${start} ${sign} ${value}${type === 'Pods' ? ' pods' : ' %'} in ${period}s`;
}

/** How many there were when the period began. */
function startOfPeriod(current: number, periodSeconds: number, { scaleUps, scaleDowns }: Memory, now: Instant): number {
  const since = now - periodSeconds * 1000;
  return current - changes(scaleUps, since) + changes(scaleDowns, since);
}

/** getReplicasChangePerPeriod */
function changes(events: readonly ScaleEvent[], since: Instant): number {
  return events.reduce((sum, { change, at }) => (at > since ? sum + change : sum), 0);
}
