/** Carries out what was decided of one autoscaler, and says whether more is to come. */

import { deepEqual, type Json, jsonOf } from '../../../apimachinery/json';
import { type LabelSelector, parseLabelSelector } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { remembered } from '../../../apimachinery/remembered';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import type { Context, IndexedCache, Settings } from '../../controller';
import { factsOf } from '../../load/pod-facts';
import { prepareUsage, RESOLUTION, UsageReader } from '../../load/usage-reader';
import { keyOf } from '../../resource-names';
import { messageOf } from '../pod-control';
import { isPodReady, readySince } from '../pod-state';
import { AUTOSCALER_RESOURCE, AUTOSCALERS, type Autoscaler } from './autoscaler';
import { type Circumstances, type Decision, decide, refused, type Target } from './decide';
import { keep, type Memory } from './memory';
import { LoadMetrics } from './metric-source';
import { othersSelecting, podsSelected, resourceOf, scaleOf } from './target';

export interface Surroundings {
  cache: IndexedCache;
  client: Client;
  now: Instant;
  settings: Settings;
}

/** What a sync would decide now. */
export async function deliberate(
  autoscaler: Autoscaler,
  memory: Memory,
  { cache, client, now, settings }: Surroundings,
): Promise<Decision & { circumstances: Circumstances }> {
  const preparing = prepareUsage(cache);
  if (preparing) await preparing;
  const circumstances: Circumstances = {
    now,
    memory,
    source: new LoadMetrics(new UsageReader(cache, now), cache),
    scaleToZero: settings.featureGates?.['HPAScaleToZero'] ?? false,
    target: await findTarget(autoscaler, cache, client),
  };
  return { ...decide(autoscaler, circumstances), circumstances };
}

async function findTarget(
  autoscaler: Autoscaler,
  cache: IndexedCache,
  client: Client,
): Promise<Circumstances['target']> {
  const { namespace = '' } = autoscaler.metadata;
  try {
    const { scale } = await scaleOf(autoscaler, cache, client);
    const text = scale.status?.selector ?? '';
    const missing = {
      reason: 'InvalidSelector',
      message: "the HPA target's scale is missing a selector",
      error: 'selector is required',
      event: 'SelectorRequired',
    };
    if (text === '') return { scale, selector: missing, pods: [] };
    let selector: LabelSelector;
    try {
      selector = selectorNamed(text);
    } catch (error) {
      const message = `couldn't convert selector into a corresponding internal selector object: ${messageOf(error)}`;
      return {
        scale,
        selector: { reason: 'InvalidSelector', message, error: message, event: 'InvalidSelector' },
        pods: [],
      };
    }
    const pods = podsSelected(namespace, selector, cache);
    const autoscalers = cache.list(AUTOSCALER_RESOURCE, namespace) as readonly Autoscaler[];
    const selecting = autoscalers.length > 1 ? await othersSelecting(autoscaler, pods, autoscalers, cache, client) : [];
    if (selecting.length <= 1) return { scale, selector, pods };
    const message = `pods by selector ${text} are controlled by multiple HPAs: [${selecting.join(' ')}]`;
    return {
      scale,
      selector: { reason: 'AmbiguousSelector', message, error: message, event: 'AmbiguousSelector' },
      pods,
    };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** The same few are asked for with every sync. @throws Error for what is none */
const selectorNamed = remembered(1000, parseLabelSelector);

export async function carryOut(
  autoscaler: Autoscaler,
  decided: Decision & { circumstances: Circumstances },
  { cache, client, clock, events }: Context,
): Promise<void> {
  const { circumstances } = decided;
  const now = clock.now();
  let decision: Decision = decided;
  if (decided.rescale && 'scale' in circumstances.target)
    try {
      const path = resourceOf(autoscaler.spec.scaleTargetRef, cache);
      const { scale } = circumstances.target;
      await client.update(
        path,
        { ...scale, spec: { ...scale.spec, replicas: decided.rescale.to } },
        undefined,
        'scale',
      );
    } catch (error) {
      decision = refused(autoscaler, decided, messageOf(error), now);
    }
  const uid = autoscaler.metadata.uid ?? '';
  if (decision.memory !== circumstances.memory) await keep(client, keyOf(autoscaler), uid, decision.memory);
  for (const { type, reason, message } of decision.said) events.event(autoscaler, type, reason, message);
  const status = jsonOf(decision.status) as Json;
  if (!deepEqual(jsonOf(autoscaler.status ?? {}), status))
    await client.updateStatus(AUTOSCALERS, { ...autoscaler, status } as KubeObject);
}

/**
 * Would another sync do something, the load being what it is? Then a settle waits for it: for a window to pass, for the rate to
 * let it go on, for the first figures of new pods.
 */
export function isMoving(autoscaler: Autoscaler, decision: Decision & { circumstances: Circumstances }): boolean {
  const { rescale, desired, bounds, circumstances } = decision;
  if (rescale || !autoscaler.status?.conditions?.length) return true;
  const { target } = circumstances;
  if ('pods' in target && lacksFigures(decision) && awaitsFigures(target, autoscaler, circumstances)) return true;
  if (desired === undefined || !bounds) return false;
  const { current, min, max } = bounds;
  const wanted = Math.min(Math.max(desired, min), max);
  if (wanted === current) return false;
  const { scaleUp, scaleDown } = autoscaler.spec.behavior ?? {};
  return (wanted > current ? scaleUp : scaleDown)?.selectPolicy !== 'Disabled';
}

/** Some pods did not count, or none could: it may be that they will soon. */
function lacksFigures({ evaluation }: Decision): boolean {
  if (!evaluation) return false;
  return evaluation.outcomes.some(({ proposal, failure }) => {
    const groups = proposal?.arithmetic.groups;
    return failure !== undefined || (groups !== undefined && groups.unready.size + groups.missing.size > 0);
  });
}

/** Pods that are ready, and of which the first whole figures will come soon. */
function awaitsFigures({ pods }: Target, { spec }: Autoscaler, { source, now }: Circumstances): boolean {
  const byUsage = (spec.metrics ?? []).some(({ type }) => type === 'Resource' || type === 'ContainerResource');
  if (!byUsage) return false;
  // Of the others there are whole figures, if anybody measures.
  const recent = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && isPodReady(pod) && isRecent(pod, now),
  );
  if (recent.length === 0) return false;
  try {
    const figures = source.resource(recent, 'cpu', '');
    return recent.some((pod) => {
      const figure = figures.get(pod.metadata.name ?? '');
      return !figure || figure.timestamp < (readySince(pod) ?? now) + figure.window;
    });
  } catch (error) {
    // There are none yet; where nobody measures there never will be.
    return messageOf(error) === 'no metrics returned from resource metrics API';
  }
}

/** It got ready, or one of its containers started, so lately that a whole window may not have passed. */
function isRecent(pod: KubeObject, now: Instant): boolean {
  const { youngest, readySince: since } = factsOf(pod);
  return Math.max(youngest, since ?? now) > now - 2 * RESOLUTION;
}
