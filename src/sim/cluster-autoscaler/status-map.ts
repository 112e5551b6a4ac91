/** The ConfigMap that tells how things stand (autoscaler `clusterstate/api/types.go`, `clusterstate.go` GetStatus, `clusterstate/utils/status.go`). */
import type { JsonObject } from '../../apimachinery/json';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { backedOff } from './back-off';
import type { ClusterState, Standing } from './cluster-state';
import type { NodeGroups } from './node-group';
import type { AutoscalerState } from './state';

export const STATUS_NAMESPACE = 'kube-system';
export const LAST_UPDATED = 'cluster-autoscaler.kubernetes.io/last-updated';
const MOST_TEXT = 500;

/** `2026-01-01 00:10:00 +0000 UTC` */
export function statusTime(now: Instant): string {
  return `${formatTime(now).replace('T', ' ').replace('Z', '')} +0000 UTC`;
}

/** The same but for when it was looked at? Then it need not be written again. */
export function sameStatus(a: string, b: string): boolean {
  const timeless = (text: string) => text.replace(/^ *(lastProbeTime|time): .*$/gm, '');
  return timeless(a) === timeless(b);
}

/** The same, looked at later; undefined where it was looked at then or after it. */
export function statusAsOf(text: string, now: Instant): string | undefined {
  const told = /^time: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) /m.exec(text)?.[1];
  if (told === undefined || told >= formatTime(now).replace('T', ' ').replace('Z', '')) return undefined;
  return text
    .replace(/^time: .*$/m, `time: ${statusTime(now)}`)
    .replace(/^( *lastProbeTime: )".*"$/gm, `$1"${formatTime(now)}"`);
}

export interface StatusSources {
  clusterState: ClusterState;
  groups: NodeGroups;
  state: AutoscalerState;
  /** Nodes were looked at to be removed. */
  scaledDown: boolean;
  now: Instant;
}

/** What it says; the state remembers since when each thing is so. */
export function statusOf(sources: StatusSources): JsonObject {
  const { clusterState, groups, state, now } = sources;
  const condition = (key: string, status: string): JsonObject => {
    const known = state.transitions[key];
    const since = known?.status === status ? known.since : now;
    state.transitions[key] = { status, since };
    return { status, lastProbeTime: formatTime(now), lastTransitionTime: formatTime(since) };
  };
  const scaleDownOf = (key: string, candidates: number): JsonObject =>
    sources.scaledDown
      ? {
          ...condition(`${key}/scaleDown`, candidates > 0 ? 'CandidatesPresent' : 'NoCandidates'),
          ...(candidates > 0 ? { candidates } : {}),
        }
      : { status: 'NoCandidates', lastProbeTime: null, lastTransitionTime: null };
  const unneeded = Object.keys(state.unneeded);
  let anyGrows = false;
  const groupStatuses = groups.all.map((group): JsonObject => {
    const key = `group/${group.name}`;
    const healthy = clusterState.isGroupHealthy(group);
    const held = backedOff(state, group.name, now);
    const grows = clusterState.isScalingUp(group);
    anyGrows ||= grows;
    const scaleUp = grows ? 'InProgress' : !healthy ? 'Unhealthy' : held ? 'Backoff' : 'NoActivity';
    const own = unneeded.filter((name) => clusterState.of(group).registered.includes(name)).length;
    return {
      name: group.name,
      health: {
        ...condition(`${key}/health`, healthy ? 'Healthy' : 'Unhealthy'),
        nodeCounts: counts(clusterState.of(group)),
        cloudProviderTarget: group.targetSize,
        minSize: group.minSize,
        maxSize: group.maxSize,
      },
      scaleUp: {
        ...condition(`${key}/scaleUp`, scaleUp),
        backoffInfo:
          held && scaleUp === 'Backoff' ? { errorCode: held.errorCode, errorMessage: cut(held.errorMessage) } : {},
      },
      scaleDown: scaleDownOf(key, own),
    };
  });
  for (const key of Object.keys(state.transitions)) {
    const name = /^group\/(.*)\/[^/]+$/.exec(key)?.[1];
    if (name !== undefined && !groups.get(name)) delete state.transitions[key];
  }
  return {
    time: statusTime(now),
    autoscalerStatus: 'Running',
    clusterWide: {
      health: {
        ...condition('health', clusterState.isHealthy ? 'Healthy' : 'Unhealthy'),
        nodeCounts: counts(clusterState.total),
      },
      scaleUp: condition('scaleUp', anyGrows ? 'InProgress' : 'NoActivity'),
      scaleDown: scaleDownOf('cluster', unneeded.length),
    },
    ...(groupStatuses.length > 0 ? { nodeGroups: groupStatuses } : {}),
  };
}

function counts(standing: Standing): JsonObject {
  const { registered, ready, notStarted, suspended, deleted, unready, longUnregistered, unregistered } = standing;
  return {
    registered: {
      total: registered.length,
      ready: ready.length,
      notStarted: notStarted.length,
      suspended: suspended.length,
      ...(deleted.length > 0 ? { beingDeleted: deleted.length } : {}),
      unready: { total: unready.length, resourceUnready: standing.resourceUnready.length },
    },
    longUnregistered: longUnregistered.length,
    unregistered: unregistered.length,
  };
}

function cut(text: string): string {
  const mark = '<truncated>';
  return text.length <= MOST_TEXT ? text : text.slice(0, MOST_TEXT - mark.length) + mark;
}
