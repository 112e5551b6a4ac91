/** Which pods of an autoscaler are to be updated, in which order, and how (autoscaler `pkg/updater/logic/updater.go`): `why vpa/NAME` asks for the same. */
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import {
  OBSERVED_CONTAINERS,
  updateModeOf,
  type VerticalPodAutoscaler,
  VPA_RESOURCE,
} from '../../../apimachinery/vertical-scaling/autoscaler';
import { type Recommended, recommendationFor } from '../../../apimachinery/vertical-scaling/capping';
import { containersOf } from '../../../apimachinery/vertical-scaling/container-resources';
import {
  type ControllerLookup,
  ControllingVpa,
  selectorOfTarget,
} from '../../../apimachinery/vertical-scaling/controllers';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import { type LimitRanges, limitRangesOf } from '../../../apimachinery/vertical-scaling/limit-range';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';
import { podsSelected } from '../horizontalpodautoscaler/target';
import { isPodActive } from '../pod-state';
import { byPriority, judge, meetsRequirements, type Priority, priorityOf, type Verdict } from './priority';
import { canEvict, canResize, isThere, type ReplicaGroup, replicaGroups } from './replica-group';

export interface Surroundings {
  cache: IndexedCache;
  lookup: ControllerLookup;
  now: Instant;
  flags: VpaFlags;
}

export interface PodJudgement {
  pod: KubeObject;
  group: ReplicaGroup;
  priority: Priority;
  verdict: Verdict;
  /** The autoscaler's eviction requirements let it go. */
  admitted: boolean;
}

export interface Plan {
  ranges: LimitRanges;
  groups: readonly ReplicaGroup[];
  /** Of all of its pods. */
  judgements: readonly PodJudgement[];
}

/** Do pods of autoscalers in this mode get what is recommended while they run? */
export function isUpdating(vpa: VerticalPodAutoscaler): boolean {
  return UPDATING.has(updateModeOf(vpa));
}

const UPDATING: ReadonlySet<string> = new Set(['Recreate', 'Auto', 'InPlaceOrRecreate']);

/**
 * @param current the same with another status, where that in the store is to be looked past.
 * @param lookBegan younger pods are left alone until the next look.
 */
export async function plan(
  vpa: VerticalPodAutoscaler,
  surroundings: Surroundings,
  current: VerticalPodAutoscaler = vpa,
  lookBegan: Instant = surroundings.now,
): Promise<Plan> {
  const { cache, now, flags } = surroundings;
  const { namespace = '' } = vpa.metadata;
  const ranges = limitRangesOf(cache.list('limitranges', namespace));
  const pods = await podsOf(vpa, surroundings);
  const groups = replicaGroups(pods, vpa, cache, flags, lookBegan);
  const alike = new Map<string, { recommended: readonly Recommended[]; priority: Priority }>();
  const judgements = pods
    .filter((pod) => isThere(pod, lookBegan))
    .map((pod): PodJudgement => {
      const shape = shapeOf(pod);
      let known = alike.get(shape);
      if (!known) {
        const { recommended = [] } = recommendationFor(pod, current, ranges) ?? {};
        known = { recommended, priority: priorityOf(pod, recommended) };
        alike.set(shape, known);
      }
      const { recommended, priority } = known;
      return {
        pod,
        group: groups.get(controllerOf(pod)?.uid ?? '') as ReplicaGroup,
        priority,
        verdict: judge(pod, vpa, priority, now, flags),
        admitted: meetsRequirements(pod, vpa.spec.updatePolicy?.evictionRequirements, recommended),
      };
    });
  return { ranges, groups: [...groups.values()], judgements };
}

/** Those that run somewhere, and that no stronger autoscaler has. */
async function podsOf(vpa: VerticalPodAutoscaler, { cache, lookup }: Surroundings): Promise<KubeObject[]> {
  const { namespace = '' } = vpa.metadata;
  const selector = await selectorOfTarget(vpa, lookup).catch(() => undefined);
  if (!selector) return [];
  const selected = selector.empty ? cache.list('pods', namespace) : podsSelected(namespace, selector, cache);
  const { kind, name } = vpa.spec.targetRef ?? {};
  const contenders = (cache.list(VPA_RESOURCE, namespace) as readonly VerticalPodAutoscaler[]).filter(
    (one) => isUpdating(one) && one.spec.targetRef?.kind === kind && one.spec.targetRef?.name === name,
  );
  const controlling = new ControllingVpa(contenders, lookup);
  // Without others it is a matter of the owner alone.
  const owners = new Map<string, boolean>();
  const pods: KubeObject[] = [];
  for (const pod of selected) {
    if (!pod['spec']?.nodeName || !isPodActive(pod)) continue;
    const owner = controllerOf(pod)?.uid ?? '';
    let isIts = contenders.length === 1 ? owners.get(owner) : undefined;
    if (isIts === undefined) {
      isIts = (await controlling.of(pod)) === vpa;
      owners.set(owner, isIts);
    }
    if (isIts) pods.push(pod);
  }
  return pods;
}

/** Pods are frozen. */
const shapes = new WeakMap<KubeObject, string>();

/** What recommendations for a pod depend on. */
function shapeOf(pod: KubeObject): string {
  let shape = shapes.get(pod);
  if (shape === undefined) {
    const statuses: { name: string; resources?: object }[] = pod['status']?.containerStatuses ?? [];
    shape = JSON.stringify([
      containersOf(pod).map(({ name, resources }) => [name, resources]),
      statuses.map(({ name, resources }) => [name, resources]),
      pod.metadata.annotations?.[OBSERVED_CONTAINERS],
    ]);
    shapes.set(pod, shape);
  }
  return shape;
}

export type Action = 'evict' | 'resize';

export interface Outcome {
  judgement: PodJudgement;
  /** What was done with it; undefined: it has to wait. */
  action?: Action;
  /** What was tried and went wrong. */
  failures: { action: Action; message: string }[];
}

/**
 * Goes through the pods that are to be updated, most urgent first. `perform` does it, or tries whether it could be done; it gives back
 * what went wrong. Where `mayGoOn` says no, all that is left has to wait.
 */
export async function carryOut(
  vpa: VerticalPodAutoscaler,
  { judgements }: Plan,
  { now, flags }: Surroundings,
  mayGoOn: (action: Action) => boolean,
  perform: (action: Action, pod: KubeObject) => Promise<string | undefined>,
): Promise<Outcome[]> {
  const accepted = judgements
    .filter(({ verdict, admitted }) => verdict.update && admitted)
    .sort((a, b) => byPriority(a.priority, b.priority));
  const outcomes = accepted.map((judgement): Outcome => ({ judgement, failures: [] }));
  let toEvict = outcomes;
  if (updateModeOf(vpa) === 'InPlaceOrRecreate') {
    toEvict = [];
    for (const outcome of outcomes) {
      const { pod, group } = outcome.judgement;
      const decision = canResize(pod, vpa, group, now, flags);
      if (decision === 'resize') {
        if (!mayGoOn('resize')) return outcomes;
        const message = await perform('resize', pod);
        if (message === undefined) {
          group.resized++;
          outcome.action = 'resize';
          continue;
        }
        outcome.failures.push({ action: 'resize', message });
      }
      if (decision !== 'defer') toEvict.push(outcome);
    }
  }
  for (const outcome of toEvict) {
    const { pod, group } = outcome.judgement;
    if (!canEvict(pod, group, now)) continue;
    if (!mayGoOn('evict')) return outcomes;
    const message = await perform('evict', pod);
    if (message === undefined) {
      if (pod['status']?.phase !== 'Pending') group.evicted++;
      outcome.action = 'evict';
    } else outcome.failures.push({ action: 'evict', message });
  }
  return outcomes;
}
