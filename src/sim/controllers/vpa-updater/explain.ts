/** What the updater would do with each pod now, and why. Evictions and resizes are tried without being done. */

import { formatDuration } from '../../../apimachinery/duration';
import type { KubeObject } from '../../../apimachinery/meta';
import { type ResourceTotals, writtenTotals } from '../../../apimachinery/resource-lists';
import { updateModeOf, type VerticalPodAutoscaler } from '../../../apimachinery/vertical-scaling/autoscaler';
import { resourcesOf } from '../../../apimachinery/vertical-scaling/container-resources';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import { newResourcesOf } from '../../../apimachinery/vertical-scaling/new-resources';
import type { Client } from '../../../client/client';
import { carryOut, type Outcome, type PodJudgement, plan, type Surroundings } from './decide';
import { isResizing, type ReplicaGroup } from './replica-group';
import { updatePod } from './update-pod';

export interface ToldPod {
  pod: string;
  action: 'evict' | 'resize' | 'wait' | 'keep';
  because: string;
  outsideRange: boolean;
  /** By how much requests differ from targets. */
  difference: number;
  containers: {
    container: string;
    requests: Record<string, string>;
    recommended: Record<string, string>;
    notes: string[];
  }[];
}

export interface ToldUpdates {
  /** Why pods that run are left alone, whatever they request. */
  none?: string;
  groups: { controller: string; configured: number; running: number; pending: number; tolerance: number }[];
  pods: ToldPod[];
}

const NEVER: Readonly<Record<string, string>> = {
  Off: 'In the mode Off nothing is changed.',
  Initial: 'In the mode Initial only new pods get what is recommended.',
  InPlace: 'The mode InPlace needs a feature gate that is off.',
};

export async function explainUpdates(
  current: VerticalPodAutoscaler,
  stored: VerticalPodAutoscaler,
  surroundings: Surroundings & { client: Client },
): Promise<ToldUpdates> {
  const mode = updateModeOf(stored);
  if (Object.hasOwn(NEVER, mode)) return { none: NEVER[mode] as string, groups: [], pods: [] };
  const planned = await plan(stored, surroundings, current);
  const groups = planned.groups.map(({ controller, configured, running, pending, tolerance }) => ({
    controller,
    configured,
    running,
    pending,
    tolerance,
  }));
  const anyNumber = () => true;
  const outcomes = await carryOut(current, planned, surroundings, anyNumber, (action, pod) =>
    updatePod(action, pod, current, planned.ranges, surroundings.client, { dryRun: 'All' }),
  );
  const byPod = new Map(outcomes.map((outcome) => [outcome.judgement, outcome]));
  const pods = planned.judgements.map((judgement): ToldPod => {
    const { pod, priority } = judgement;
    const outcome = byPod.get(judgement);
    return {
      pod: pod.metadata.name ?? '',
      action: outcome ? (outcome.action ?? 'wait') : 'keep',
      because: outcome ? outcomeText(outcome, surroundings.flags) : keptText(judgement, surroundings.flags),
      outsideRange: priority.outsideRange,
      difference: priority.difference,
      containers: newResourcesOf(pod, current, planned.ranges)
        .filter(({ requests }) => requests.size > 0)
        .map(({ container, requests, notes }) => ({
          container,
          requests: textsOf(resourcesOf(pod, container).requests, requests),
          recommended: writtenTotals(requests),
          notes,
        })),
    };
  });
  return { groups, pods };
}

function textsOf(present: ResourceTotals, wanted: ResourceTotals): Record<string, string> {
  const texts = writtenTotals(present);
  return Object.fromEntries([...wanted.keys()].sort().map((resource) => [resource, texts[resource] ?? '0']));
}

function reasonText({ verdict }: PodJudgement, flags: VpaFlags): string {
  switch (verdict.because) {
    case 'OutsideRange':
      return 'what it requests is outside the bounds';
    case 'QuickOOM':
      return `it ran out of memory within ${formatDuration(flags.evictAfterOOM)} of its start`;
    default:
      return `it has lived for ${formatDuration(flags.podLifetime)}, and what it requests differs by ${flags.updateThreshold} at least`;
  }
}

function keptText(judgement: PodJudgement, flags: VpaFlags): string {
  const { verdict, priority } = judgement;
  if (verdict.update) return `${reasonText(judgement, flags)}; the eviction requirements are not met`;
  switch (verdict.because) {
    case 'NoStartTime':
      return 'it has not started';
    case 'ShortLived':
      return `what it requests is within the bounds, and it has not lived for ${formatDuration(flags.podLifetime)}`;
    case 'SmallDifference':
      return `what it requests is within the bounds, and differs by ${round(priority.difference)}, less than ${flags.updateThreshold}`;
    default:
      return 'it ran out of memory, but it would get no more';
  }
}

function outcomeText({ judgement, action, failures }: Outcome, flags: VpaFlags): string {
  const reason = reasonText(judgement, flags);
  const failed = failures.map(
    (failure) => `${failure.action === 'evict' ? 'eviction' : 'resize'} fails: ${failure.message}`,
  );
  if (action) return [reason, ...failed].join('; ');
  return [reason, ...(failed.length > 0 ? failed : [waitText(judgement.pod, judgement.group)])].join('; ');
}

function waitText(pod: KubeObject, group: ReplicaGroup): string {
  if (group.closed !== undefined) return group.closed;
  if (pod['status']?.phase === 'Pending') return 'it is pending';
  if (isResizing(pod)) return 'it is being resized';
  const { configured, running, tolerance, evicted, resized } = group;
  const touched = evicted + resized;
  return `${running - touched} of ${configured} pods run${touched > 0 ? ' when those before it are away' : ''}, and no more than ${tolerance} may be away`;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
