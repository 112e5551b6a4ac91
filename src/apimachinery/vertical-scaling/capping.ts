/**
 * Recommendations within what an autoscaler and its namespace allow (autoscaler `pkg/utils/vpa/capping.go`): once for the status, where
 * only the autoscaler's policy counts, and once for each pod that is to get one.
 */
import type { KubeObject } from '../meta';
import { type Quantity, ZERO } from '../quantity';
import { addTo, type ResourceTotals, sortedNames, totalsOf } from '../resource-lists';
import { type ContainerPolicy, policyOf, type Recommendation, type VerticalPodAutoscaler } from './autoscaler';
import { type ContainerResources, containersOf, resourcesOf } from './container-resources';
import type { LimitRanges, Range } from './limit-range';
import { boundaryRequest, proportionalLimit, scaled } from './proportions';

/** One container's, as amounts. */
export interface Recommended {
  container: string;
  target: ResourceTotals;
  lower: ResourceTotals;
  upper: ResourceTotals;
}

export interface Capped {
  recommended: readonly Recommended[];
  /** `cpu capped to maxAllowed`, by container. */
  notes: Map<string, string[]>;
}

export function readRecommendation(recommendation: Recommendation | undefined): Recommended[] {
  return (recommendation?.containerRecommendations ?? []).map(({ containerName, target, lowerBound, upperBound }) => ({
    container: containerName,
    target: totalsOf(target),
    lower: totalsOf(lowerBound),
    upper: totalsOf(upperBound),
  }));
}

/** What a policy does to amounts, in place; which of them it changed, and how. */
export function applyPolicy(
  amounts: ResourceTotals,
  policy: Pick<ContainerPolicy, 'minAllowed' | 'maxAllowed'> | undefined,
): string[] {
  if (!policy) return [];
  return bounded(
    amounts,
    totalsOf(policy.minAllowed),
    totalsOf(policy.maxAllowed),
    'capped to minAllowed',
    'capped to maxAllowed',
  );
}

/** First up to the minimum, then down to the maximum; zero is no bound. */
function bounded(
  amounts: ResourceTotals,
  min: ResourceTotals,
  max: ResourceTotals,
  up: string,
  down: string,
): string[] {
  const notes: string[] = [];
  for (const resource of sortedNames(amounts)) {
    const [least, most] = [min.get(resource), max.get(resource)];
    if (least && !least.isZero() && (amounts.get(resource) as Quantity).cmp(least) < 0) {
      amounts.set(resource, least);
      notes.push(`${resource} ${up}`);
    }
    if (most && !most.isZero() && (amounts.get(resource) as Quantity).cmp(most) > 0) {
      amounts.set(resource, most);
      notes.push(`${resource} ${down}`);
    }
  }
  return notes;
}

/** cappingRecommendationProcessor.Apply: what this pod is to have. Undefined where nothing is known. */
export function recommendationFor(
  pod: KubeObject,
  vpa: VerticalPodAutoscaler,
  ranges: LimitRanges,
): Capped | undefined {
  const { recommendation } = vpa.status ?? {};
  if (!recommendation && !vpa.spec.resourcePolicy) return undefined;
  const notes = new Map<string, string[]>();
  const names = containersOf(pod).map(({ name }) => name);
  const recommended = withinPod(readRecommendation(recommendation), pod, ranges.pod).filter(({ container }) =>
    names.includes(container),
  );
  for (const one of recommended) {
    const policy = policyOf(vpa, one.container);
    const present = resourcesOf(pod, one.container);
    const said = cap(one.target, present, policy, ranges.container);
    cap(one.lower, present, policy, ranges.container);
    cap(one.upper, present, policy, ranges.container);
    if (said.length > 0) notes.set(one.container, said);
  }
  return { recommended, notes };
}

function cap(
  amounts: ResourceTotals,
  present: ContainerResources,
  policy: ContainerPolicy | undefined,
  range: Range | undefined,
): string[] {
  const notes = range
    ? bounded(
        amounts,
        leastWithin(range, present),
        mostWithin(range, present),
        'capped to fit Min in container LimitRange',
        'capped to fit Max in container LimitRange',
      )
    : [];
  notes.push(...applyPolicy(amounts, policy));
  if (policy?.controlledValues !== 'RequestsOnly') return notes;
  for (const resource of sortedNames(present.limits)) {
    const limit = present.limits.get(resource) as Quantity;
    const amount = amounts.get(resource);
    if (!amount || amount.milliValue() <= limit.milliValue()) continue;
    amounts.set(resource, limit);
    notes.push(`${resource} capped to container limit`);
  }
  return notes;
}

/** getMaxAllowedRecommendation: the limit must not exceed the maximum either. */
function mostWithin(range: Range, present: ContainerResources): ResourceTotals {
  return range.max ? boundaries(range.max, range, present) : new Map();
}

function leastWithin(range: Range, present: ContainerResources): ResourceTotals {
  if (!range.min) return new Map();
  const least = boundaries(range.min, range, present);
  for (const [resource, amount] of least) {
    const request = range.min.get(resource) ?? ZERO;
    if (request.cmp(amount) > 0) least.set(resource, request);
  }
  return least;
}

function boundaries(bound: ResourceTotals, range: Range, { requests, limits }: ContainerResources): ResourceTotals {
  return new Map(
    ['cpu', 'memory'].map((resource) => [
      resource,
      boundaryRequest(
        resource,
        requests.get(resource),
        limits.get(resource),
        bound.get(resource),
        range.default?.get(resource),
      ),
    ]),
  );
}

/** capProportionallyToPodLimitRange: the containers of a pod together. */
function withinPod(recommended: Recommended[], pod: KubeObject, range: Range | undefined): Recommended[] {
  if (!range) return recommended;
  // Containers without a recommendation keep what they ask for.
  const missing = containersOf(pod)
    .filter(({ name }) => !recommended.some(({ container }) => container === name))
    .map(({ name }) => ({
      container: name,
      target: resourcesOf(pod, name).requests,
      lower: new Map(),
      upper: new Map(),
    }))
    .filter(({ target }) => target.size > 0);
  const all = [...recommended, ...missing];
  for (const part of ['upper', 'target', 'lower'] as const)
    for (const resource of ['cpu', 'memory']) shareWithin(range, resource, part, all, pod);
  return all;
}

/** applyPodLimitRange */
function shareWithin(
  range: Range,
  resource: string,
  part: 'upper' | 'target' | 'lower',
  recommended: readonly Recommended[],
  pod: KubeObject,
): void {
  const [min, max] = [range.min?.get(resource) ?? ZERO, range.max?.get(resource) ?? ZERO];
  const limits: ResourceTotals = new Map();
  const amounts: ResourceTotals = new Map();
  const shares = containersOf(pod).map(({ name }) => recommended.find(({ container }) => container === name));
  containersOf(pod).forEach(({ name }, i) => {
    const present = resourcesOf(pod, name);
    const request = present.requests.get(resource);
    const share = shares[i];
    const amount = (share ? share[part].get(resource) : request) ?? ZERO;
    const { limit } = proportionalLimit(
      resource,
      present.limits.get(resource),
      request,
      amount,
      range.default?.get(resource),
    );
    if (limit) addTo(limits, new Map([[resource, limit]]));
    addTo(amounts, new Map([[resource, amount]]));
  });
  const [limit, amount] = [limits.get(resource) ?? ZERO, amounts.get(resource) ?? ZERO];
  const isTooSmall = min.cmp(amount) > 0;
  const isTooLarge = !max.isZero() && max.cmp(limit) < 0;
  if (!isTooSmall && min.cmp(limit) <= 0 && !isTooLarge) return;
  if (limit.isZero()) return;
  const [base, wanted, roundUp] = isTooSmall ? [amount, min, true] : [limit, isTooLarge ? max : min, false];
  for (const share of shares) {
    const own = share?.[part].get(resource);
    if (own) share?.[part].set(resource, scaled(resource, own, base, wanted, roundUp).amount);
  }
}
