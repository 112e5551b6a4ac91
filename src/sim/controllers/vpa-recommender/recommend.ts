/** The recommendation of one autoscaler, worked out and not yet written (autoscaler `pkg/recommender/routines`): `why vpa/NAME` asks for the same. */
import { type LabelSelector, NOTHING } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { parseQuantity, type Quantity, quantityOf, quantityOfMilli } from '../../../apimachinery/quantity';
import { type ResourceTotals, writtenTotals } from '../../../apimachinery/resource-lists';
import { formatTime } from '../../../apimachinery/time';
import {
  type ContainerRecommendation,
  policyOf,
  type VerticalPodAutoscaler,
  type VpaCondition,
} from '../../../apimachinery/vertical-scaling/autoscaler';
import { applyPolicy } from '../../../apimachinery/vertical-scaling/capping';
import {
  type ControllerLookup,
  controllerAt,
  sameController,
  selectorOfTarget,
  topmostController,
} from '../../../apimachinery/vertical-scaling/controllers';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Instant } from '../../clock';
import { messageOf } from '../pod-control';
import { Aggregate } from './aggregate';
import { type Bound, type ContainerEstimates, estimate } from './estimate';
import type { History } from './history';

export interface Target {
  /** That matches nothing where the target is not supported. */
  selector: LabelSelector;
  /** Why it is not. */
  unsupported?: string;
}

/** getSelector, validateTargetRef */
export async function findTarget(vpa: VerticalPodAutoscaler, lookup: ControllerLookup): Promise<Target> {
  const { targetRef } = vpa.spec;
  let selector: LabelSelector;
  try {
    selector = await selectorOfTarget(vpa, lookup);
  } catch (error) {
    return { selector: NOTHING, unsupported: `Cannot read targetRef. Reason: ${messageOf(error)}` };
  }
  const target = controllerAt(targetRef as { kind: string; name: string }, vpa.metadata.namespace ?? '');
  const named = `target ${target.apiVersion}.${target.kind}/${target.name}`;
  try {
    const topmost = await topmostController(target, lookup);
    if (topmost && sameController(topmost, target)) return { selector };
    const unsupported = topmost
      ? `The ${named} has a parent controller but it should point to a topmost well-known or scalable controller`
      : `Unknown error during checking if ${named} is a topmost well-known or scalable controller`;
    return { selector: NOTHING, unsupported };
  } catch (error) {
    const unsupported = `Error checking if ${named} is a topmost well-known or scalable controller: ${messageOf(error)}`;
    return { selector: NOTHING, unsupported };
  }
}

/** How the recommendation for one container came about. */
export interface ContainerReasons {
  container: string;
  aggregate: Aggregate;
  estimates: ContainerEstimates;
  controlled: readonly string[];
  /** What the autoscaler's policy changed in the target. */
  capped: readonly string[];
  recommendation: ContainerRecommendation;
}

const CONTROLLED = ['cpu', 'memory'];

/** By the names of containers. */
export function reasonsFor(
  vpa: VerticalPodAutoscaler,
  history: History | undefined,
  selector: LabelSelector,
  flags: VpaFlags,
): ContainerReasons[] {
  const aggregates = aggregatesOf(history, selector, flags);
  const scaled = [...aggregates].filter(([container]) => policyOf(vpa, container)?.mode !== 'Off');
  return scaled
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([container, aggregate]) => {
      const estimates = estimate(aggregate, scaled.length, flags);
      const policy = policyOf(vpa, container);
      const controlled = (policy?.controlledResources ?? CONTROLLED).filter((name) => CONTROLLED.includes(name));
      const amounts = (bound: Bound) =>
        amountsOf(estimates, bound, controlled, flags, isInteger(vpa, container, flags));
      const limits = {
        minAllowed: policy?.minAllowed ?? {},
        maxAllowed: { ...globalMost(flags), ...policy?.maxAllowed },
      };
      const target = amounts('target');
      const uncappedTarget = writtenTotals(target);
      const capped = applyPolicy(target, limits);
      const [lower, upper] = [amounts('lower'), amounts('upper')];
      applyPolicy(lower, limits);
      applyPolicy(upper, limits);
      const recommendation = {
        containerName: container,
        target: writtenTotals(target),
        lowerBound: writtenTotals(lower),
        upperBound: writtenTotals(upper),
        uncappedTarget,
      };
      return { container, aggregate, estimates, controlled, capped, recommendation };
    });
}

/** AggregateStateByContainerName: those of pods that the autoscaler is for now. */
export function aggregatesOf(
  history: History | undefined,
  selector: LabelSelector,
  flags: VpaFlags,
): Map<string, Aggregate> {
  const aggregates = new Map<string, Aggregate>();
  const merged = new Set<string>();
  for (const { labels, container, aggregate } of history?.groups.values() ?? []) {
    if (!selector.matches(labels)) continue;
    const present = aggregates.get(container);
    if (!present) {
      aggregates.set(container, aggregate);
      continue;
    }
    if (!merged.has(container)) {
      const sum = new Aggregate(flags);
      sum.merge(present);
      aggregates.set(container, sum);
      merged.add(container);
    }
    aggregates.get(container)?.merge(aggregate);
  }
  return aggregates;
}

function amountsOf(
  estimates: ContainerEstimates,
  bound: Bound,
  controlled: readonly string[],
  { roundMillicores, roundMemoryBytes, humanizeMemory }: VpaFlags,
  isWhole: boolean,
): ResourceTotals {
  const amounts: ResourceTotals = new Map();
  if (controlled.includes('cpu')) {
    const cpu = quantityOfMilli(roundedUp(estimates.cpu[bound].amount, roundMillicores));
    amounts.set('cpu', isWhole ? cpu.roundUp(0) : cpu);
  }
  if (controlled.includes('memory')) {
    const bytes = roundedUp(estimates.memory[bound].amount, roundMemoryBytes);
    amounts.set('memory', humanizeMemory ? humanized(bytes) : quantityOf(bytes, 'BinarySI'));
  }
  return amounts;
}

/** HumanizeMemoryQuantity: two digits behind the point of the largest unit. */
function humanized(bytes: number): Quantity {
  const unit = ['Ti', 'Gi', 'Mi', 'Ki'].find((_, i) => bytes >= 1024 ** (4 - i));
  if (!unit) return quantityOf(bytes, 'BinarySI');
  return parseQuantity(`${(bytes / 1024 ** (['Ki', 'Mi', 'Gi', 'Ti'].indexOf(unit) + 1)).toFixed(2)}${unit}`);
}

/** RoundUpToScale */
function roundedUp(amount: number, unit: number): number {
  return unit <= 1 ? amount : Math.ceil(amount / unit) * unit;
}

/** IntegerCPUPostProcessor */
function isInteger({ metadata }: KubeObject, container: string, { integerCPU }: VpaFlags): boolean {
  return integerCPU && metadata.annotations?.[`vpa-post-processor.kubernetes.io/${container}_integerCPU`] === 'true';
}

function globalMost({ maxAllowedCPU, maxAllowedMemory }: VpaFlags): Record<string, string> {
  return {
    ...(maxAllowedCPU === '' ? {} : { cpu: maxAllowedCPU }),
    ...(maxAllowedMemory === '' ? {} : { memory: maxAllowedMemory }),
  };
}

/** AsStatus */
export function statusOf(
  vpa: VerticalPodAutoscaler,
  reasons: readonly ContainerReasons[],
  target: Target,
  hasPods: boolean,
  now: Instant,
): NonNullable<VerticalPodAutoscaler['status']> {
  const conditions = new Map((vpa.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const set = (type: string, isTrue: boolean, reason: string, message: string) => {
    const status = isTrue ? 'True' : 'False';
    const before = conditions.get(type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now);
    const condition: VpaCondition = { type, status, lastTransitionTime };
    if (reason !== '') condition.reason = reason;
    if (message !== '') condition.message = message;
    conditions.set(type, condition);
  };
  conditions.delete('ConfigDeprecated');
  if (target.unsupported === undefined) conditions.delete('ConfigUnsupported');
  else set('ConfigUnsupported', true, '', target.unsupported);
  const [reason, message] = hasPods ? ['', ''] : ['NoPodsMatched', 'No pods match this VPA object'];
  if (hasPods) conditions.delete('NoPodsMatched');
  else set('NoPodsMatched', true, reason, message);
  const isProvided = reasons.length > 0;
  if (isProvided) set('RecommendationProvided', true, '', '');
  else set('RecommendationProvided', false, reason, message);
  const { generation } = vpa.metadata;
  return {
    conditions: [...conditions.values()].sort((a, b) => (a.type < b.type ? -1 : 1)),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    recommendation: isProvided ? { containerRecommendations: reasons.map(({ recommendation }) => recommendation) } : {},
  };
}

/** Does the recommender that comes with the cluster look after it? (filterVPAs) */
export function isOfThisRecommender({ spec }: VerticalPodAutoscaler, { recommenderName }: VpaFlags): boolean {
  const { recommenders = [] } = spec;
  if (recommenders.length === 0) return recommenderName === 'default';
  return recommenders.some(({ name }) => name === recommenderName);
}
