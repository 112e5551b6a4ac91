/** How much a pod would gain by an update (autoscaler `pkg/updater/priority/priority_processor.go`, `update_priority_calculator.go`, `scaling_direction_pod_eviction_admission.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isDNS1123Label } from '../../../apimachinery/names';
import { type Quantity, ZERO } from '../../../apimachinery/quantity';
import { parseTime } from '../../../apimachinery/time';
import {
  type EvictionRequirement,
  OBSERVED_CONTAINERS,
  policyOf,
  type VerticalPodAutoscaler,
} from '../../../apimachinery/vertical-scaling/autoscaler';
import type { Recommended } from '../../../apimachinery/vertical-scaling/capping';
import { containersOf, resourcesOf } from '../../../apimachinery/vertical-scaling/container-resources';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Instant } from '../../clock';
import type { ContainerStatus } from '../../kubelet/container';

export interface Priority {
  outsideRange: boolean;
  scaleUp: boolean;
  /** By how much requests differ from the targets, as parts of the requests, all resources together. */
  difference: number;
}

/** GetUpdatePriority */
export function priorityOf(pod: KubeObject, recommended: readonly Recommended[]): Priority {
  let [outsideRange, scaleUp] = [false, false];
  const requested = new Map<string, number>();
  const targets = new Map<string, number>();
  const observed = observedContainers(pod);
  for (const { name } of containersOf(pod)) {
    if (observed && !observed.has(name)) continue;
    const recommendation = recommended.find(({ container }) => container === name);
    if (!recommendation) continue;
    const { requests } = resourcesOf(pod, name);
    for (const [resource, target] of recommendation.target) {
      targets.set(resource, (targets.get(resource) ?? 0) + target.milliValue());
      const request = requests.get(resource);
      if (!request) {
        scaleUp = true;
        outsideRange = true;
        continue;
      }
      requested.set(resource, (requested.get(resource) ?? 0) + request.milliValue());
      if (target.milliValue() > request.milliValue()) scaleUp = true;
      const [lower, upper] = [recommendation.lower.get(resource), recommendation.upper.get(resource)];
      if ((lower && request.cmp(lower) < 0) || (upper && request.cmp(upper) > 0)) outsideRange = true;
    }
  }
  let difference = 0;
  for (const [resource, target] of targets) {
    const request = Math.max(requested.get(resource) ?? 0, 1);
    difference += Math.abs(request - target) / request;
  }
  return { outsideRange, scaleUp, difference };
}

/** PodPriority.Less, turned round: who needs more comes first, then who differs more. */
export function byPriority(a: Priority, b: Priority): number {
  if (a.scaleUp !== b.scaleUp) return a.scaleUp ? -1 : 1;
  return b.difference - a.difference;
}

/** parseVpaObservedContainers: the containers that it had when it was admitted; others were injected, and are left alone. */
function observedContainers({ metadata }: KubeObject): ReadonlySet<string> | undefined {
  const text = metadata.annotations?.[OBSERVED_CONTAINERS];
  if (text === undefined) return undefined;
  const names = text === '' ? [] : text.split(', ');
  return names.every((name) => isDNS1123Label(name).length === 0) ? new Set(names) : undefined;
}

/** Why a pod is to be updated, or not (UpdatePriorityCalculator.AddPod). */
export type Verdict =
  | { update: true; because: 'OutsideRange' | 'QuickOOM' | 'LongLived' }
  | { update: false; because: 'NoStartTime' | 'ShortLived' | 'SmallDifference' | 'NothingToChange' };

export function judge(
  pod: KubeObject,
  vpa: VerticalPodAutoscaler,
  priority: Priority,
  now: Instant,
  flags: VpaFlags,
): Verdict {
  const quickOOM = hasQuickOOM(pod, vpa, flags);
  if (quickOOM && priority.difference === 0) return { update: false, because: 'NothingToChange' };
  if (priority.outsideRange) return { update: true, because: 'OutsideRange' };
  if (quickOOM) return { update: true, because: 'QuickOOM' };
  const started = parseTime(pod['status']?.startTime ?? '');
  if (started === undefined) return { update: false, because: 'NoStartTime' };
  if (now < started + flags.podLifetime) return { update: false, because: 'ShortLived' };
  if (priority.difference < flags.updateThreshold) return { update: false, because: 'SmallDifference' };
  return { update: true, because: 'LongLived' };
}

/** A container was killed for want of memory soon after it had started. */
function hasQuickOOM(pod: KubeObject, vpa: VerticalPodAutoscaler, { evictAfterOOM }: VpaFlags): boolean {
  const observed = observedContainers(pod);
  return ((pod['status']?.containerStatuses ?? []) as ContainerStatus[]).some(({ name, lastState }) => {
    const ended = lastState?.terminated;
    if (ended?.reason !== 'OOMKilled') return false;
    if ((observed && !observed.has(name)) || policyOf(vpa, name)?.mode === 'Off') return false;
    const lived = (parseTime(ended.finishedAt ?? '') ?? 0) - (parseTime(ended.startedAt ?? '') ?? 0);
    return lived < evictAfterOOM;
  });
}

/** Admit: for one container at least, what the autoscaler requires of an eviction must hold. */
export function meetsRequirements(
  pod: KubeObject,
  requirements: readonly EvictionRequirement[] | undefined,
  recommended: readonly Recommended[],
): boolean {
  if (!requirements) return true;
  return containersOf(pod).some(({ name }) => {
    const recommendation = recommended.find(({ container }) => container === name);
    if (!recommendation) return false;
    const { requests } = resourcesOf(pod, name);
    if (!requests.has('cpu') || !requests.has('memory')) return true;
    return requirements.every(({ resources, changeRequirement }) =>
      resources.some((resource) =>
        changes(requests.get(resource), recommendation.target.get(resource), changeRequirement),
      ),
    );
  });
}

function changes(
  request: Quantity = ZERO,
  target: Quantity = ZERO,
  requirement: EvictionRequirement['changeRequirement'],
): boolean {
  const difference = target.milliValue() - request.milliValue();
  return requirement === 'TargetHigherThanRequests' ? difference > 0 : difference < 0;
}
