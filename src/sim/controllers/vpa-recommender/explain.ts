/** Answers `/kubetick/why/verticalpodautoscalers.autoscaling.k8s.io/…`: the numbers of a recommendation as things are now, and what comes of it for each pod. */
import { type Json, jsonOf } from '../../../apimachinery/json';
import { quantityOf, quantityOfMilli } from '../../../apimachinery/quantity';
import { notFound } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import {
  type Amounts,
  updateModeOf,
  type VerticalPodAutoscaler,
  VPA_RESOURCE,
  VPAS,
} from '../../../apimachinery/vertical-scaling/autoscaler';
import { FLAGS_NAME, FLAGS_NAMESPACE, isWatched, readFlags } from '../../../apimachinery/vertical-scaling/flags';
import { flagsOfVpa } from '../../../apimachinery/vertical-scaling/own-flags';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';
import { explainUpdates, type ToldUpdates } from '../vpa-updater/explain';
import type { Estimate, ResourceEstimates } from './estimate';
import { podsMatched } from './look';
import { lookupIn } from './lookup';
import { readHistoryAsOf } from './memory';
import { type ContainerReasons, findTarget, isOfThisRecommender, reasonsFor, statusOf } from './recommend';

export interface ToldEstimate {
  percentile: number;
  value: string;
  withMargin: string;
  /** What a bound is multiplied with; `Infinity` where there is no history. */
  multiplier?: string;
  scaled: string;
  minimum: string;
  amount: string;
  /** After the autoscaler's policy. */
  recommended: string;
}

export interface ToldResource {
  resource: string;
  confidence: number;
  target: ToldEstimate;
  lowerBound: ToldEstimate;
  upperBound: ToldEstimate;
}

export interface ToldContainer {
  container: string;
  samples: number;
  firstSample?: string;
  lastSample?: string;
  resources: ToldResource[];
  capped: readonly string[];
}

export interface VpaExplanation {
  kind: 'VerticalPodAutoscalerExplanation';
  apiVersion: 'kubetick.dev/v1';
  autoscaler: { namespace: string; name: string };
  target: string;
  mode: string;
  at: string;
  pods: number;
  marginFraction: number;
  /** What is wrong with the target, or with flags; who else recommends. */
  complaints: string[];
  containers: ToldContainer[];
  updates: ToldUpdates;
}

interface Surroundings {
  cache: IndexedCache;
  client: Client;
  now: Instant;
}

/** @throws ApiError 404 where there is no such autoscaler. */
export async function whyVpa(
  { cache, client, now }: Surroundings,
  namespace: string,
  name: string,
  memory: Json | undefined,
): Promise<Json> {
  const vpa = cache.get(VPA_RESOURCE, namespace, name) as VerticalPodAutoscaler | undefined;
  if (!vpa) throw notFound(VPAS, name);
  const { flags: common, complaints } = readFlags(cache.get('configmaps', FLAGS_NAMESPACE, FLAGS_NAME));
  const flags = flagsOfVpa(vpa, common);
  const lookup = lookupIn(cache, client);
  const target = await findTarget(vpa, lookup);
  const pods = podsMatched(namespace, target.selector, cache);
  const isSeen = isWatched(namespace, flags);
  const isOurs = isSeen && isOfThisRecommender(vpa, flags);
  const reasons = isOurs
    ? reasonsFor(vpa, readHistoryAsOf(memory, vpa.metadata.uid ?? '', now, flags), target.selector, flags)
    : [];
  // What the updater would do, it would do by what is recommended now.
  const current = isOurs ? { ...vpa, status: statusOf(vpa, reasons, target, pods.length > 0, now) } : vpa;
  const { targetRef } = vpa.spec;
  const told: VpaExplanation = {
    kind: 'VerticalPodAutoscalerExplanation',
    apiVersion: 'kubetick.dev/v1',
    autoscaler: { namespace, name },
    target: `${targetRef?.kind.toLowerCase()}/${targetRef?.name}`,
    mode: updateModeOf(vpa),
    at: formatTime(now),
    pods: pods.length,
    marginFraction: flags.marginFraction,
    complaints: [
      ...(target.unsupported ? [target.unsupported] : []),
      ...(isSeen ? [] : ['By the flags, autoscalers in this namespace are left alone.']),
      ...(isOurs || !isSeen ? [] : ['Its recommender is another one, which kubetick does not have.']),
      ...complaints,
    ],
    containers: reasons.map((reason) => tellContainer(reason)),
    updates: isSeen
      ? await explainUpdates(current, vpa, { cache, client, lookup, now, flags })
      : { none: 'Its pods are left alone, too.', groups: [], pods: [] },
  };
  return jsonOf(told) as Json;
}

function tellContainer({
  container,
  aggregate,
  estimates,
  controlled,
  capped,
  recommendation,
}: ContainerReasons): ToldContainer {
  const { firstSample, lastSample, samples } = aggregate;
  const tell = (resource: 'cpu' | 'memory'): ToldResource => {
    const bounds: ResourceEstimates = estimates[resource];
    const one = (estimate: Estimate, amounts: Amounts | undefined) => tellEstimate(resource, estimate, amounts);
    return {
      resource,
      confidence: estimates.confidence[resource],
      target: one(bounds.target, recommendation.target),
      lowerBound: one(bounds.lower, recommendation.lowerBound),
      upperBound: one(bounds.upper, recommendation.upperBound),
    };
  };
  return {
    container,
    samples,
    ...(firstSample === undefined ? {} : { firstSample: formatTime(firstSample) }),
    ...(lastSample === undefined ? {} : { lastSample: formatTime(lastSample) }),
    resources: (['cpu', 'memory'] as const).filter((resource) => controlled.includes(resource)).map(tell),
    capped,
  };
}

function tellEstimate(
  resource: 'cpu' | 'memory',
  { percentile, value, withMargin, multiplier, scaled, minimum, amount }: Estimate,
  recommended: Amounts | undefined,
): ToldEstimate {
  const text = (number: number) =>
    String(resource === 'cpu' ? quantityOfMilli(number) : quantityOf(number, 'BinarySI'));
  return {
    percentile,
    value: text(value),
    withMargin: text(withMargin),
    ...(multiplier === undefined ? {} : { multiplier: String(multiplier) }),
    scaled: text(scaled),
    minimum: text(minimum),
    amount: text(amount),
    recommended: String(recommended?.[resource] ?? ''),
  };
}
