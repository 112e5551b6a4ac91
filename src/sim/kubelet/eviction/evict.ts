/** Evicts one pod after another from a node under pressure (kubernetes `pkg/kubelet/eviction/eviction_manager.go` synchronize, evictPod). */

import type { Signal } from '../../../apimachinery/behaviour-annotations';
import { type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { quantityOf } from '../../../apimachinery/quantity';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { Context } from '../../controller';
import { isPodTerminal, podCondition } from '../../controllers/pod-state';
import { type ContainerStatus, STATUSES } from '../container';
import { isCritical, rankForEviction, usageOf } from './ranking';

const PODS = { group: '', version: 'v1', resource: 'pods' };
/** From one eviction to the next: so long it takes until new figures are there (monitoringInterval). */
const INTERVAL = 10_000;

const RESOURCES = { memory: 'memory', disk: 'ephemeral-storage', pid: 'pids' } as const;

/** What little there is when a threshold is met. */
const THRESHOLDS: Partial<Record<Signal, string>> = {
  memory: 'Threshold quantity: 100Mi, available: 64Mi. ',
  disk: 'Threshold quantity: 10Gi, available: 8Gi. ',
};

/** Evicts the pod whose turn it is; returns when the next one's is, if there is any. */
export async function evictNext(node: KubeObject, signal: Signal, context: Context): Promise<Instant | undefined> {
  const now = context.clock.now();
  const all = context.cache.index('pods', 'node', node.metadata.name ?? '');
  const candidates = all.filter(
    (pod) =>
      !isPodTerminal(pod) &&
      pod['status']?.startTime &&
      !isCritical(pod) &&
      pod.metadata.deletionTimestamp === undefined,
  );
  if (candidates.length === 0) return undefined;
  const last = lastEviction(all);
  if (last !== undefined && now < last + INTERVAL) return last + INTERVAL;
  const host = node.metadata.name ?? '';
  const resource = RESOURCES[signal];
  context.events.event(node, 'Warning', 'EvictionThresholdMet', `Attempting to reclaim ${resource}`, { host });
  const [pod] = rankForEviction(candidates, signal, now) as [KubeObject];
  await evict(pod, evictionMessage(pod, signal), host, context, true);
  return candidates.length > 1 ? now + INTERVAL : undefined;
}

function lastEviction(pods: readonly KubeObject[]): Instant | undefined {
  let last: Instant | undefined;
  for (const pod of pods) {
    if (pod['status']?.reason !== 'Evicted') continue;
    const at = parseTime(podCondition(pod, 'DisruptionTarget')?.lastTransitionTime ?? '');
    if (at !== undefined && at > (last ?? 0)) last = at;
  }
  return last;
}

/** The pod gets a second to end, and has then failed. Whether it was disrupted: it did nothing wrong itself. */
export async function evict(
  pod: KubeObject,
  message: string,
  host: string,
  { client, clock, events }: Context,
  isDisruption: boolean,
): Promise<void> {
  const time = formatTime(clock.now());
  events.event(pod, 'Warning', 'Evicted', message, { host });
  const { status } = pod;
  for (const [list, statuses] of LISTS)
    for (const { name, state } of (status[statuses] ?? []) as ContainerStatus[])
      if (state.running)
        events.event(pod, 'Normal', 'Killing', `Stopping container ${name}`, {
          fieldPath: `spec.${list}{${name}}`,
          host,
        });
  const { generation } = pod.metadata;
  const conditions = (status.conditions ?? []).map((condition: { type: string; status: string }) =>
    overCondition(condition, time),
  );
  const evicted = {
    ...status,
    ...(generation ? { observedGeneration: generation } : {}),
    phase: 'Failed',
    reason: 'Evicted',
    message,
    conditions: isDisruption ? withDisruption(pod, { conditions }, message, clock.now()) : conditions,
    ...Object.fromEntries(
      LISTS.flatMap(([, statuses]) => {
        const present: ContainerStatus[] | undefined = status[statuses];
        return present ? [[statuses, present.map((one) => killed(one, time))]] : [];
      }),
    ),
  };
  await client.updateStatus(PODS, { ...pod, status: jsonOf(evicted) });
}

/** The conditions of a status, and that the kubelet has ended it. */
export function withDisruption(
  { metadata: { generation } }: KubeObject,
  status: JsonObject,
  message: string,
  now: Instant,
): JsonObject[] {
  const conditions = (status['conditions'] ?? []) as JsonObject[];
  return [
    ...conditions.filter(({ type }) => type !== 'DisruptionTarget'),
    {
      type: 'DisruptionTarget',
      ...(generation ? { observedGeneration: generation } : {}),
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: formatTime(now),
      reason: 'TerminationByKubelet',
      message,
    },
  ];
}

const LISTS = Object.entries(STATUSES);

const OVER: ReadonlySet<string> = new Set(['Ready', 'ContainersReady', 'PodReadyToStartContainers']);

function overCondition<T extends { type: string; status: string }>(condition: T, time: string): T | object {
  if (!OVER.has(condition.type)) return condition;
  const turned = condition.status === 'False' ? {} : { lastTransitionTime: time };
  const reason = condition.type === 'PodReadyToStartContainers' ? {} : { reason: 'PodFailed' };
  const { message: _, ...rest } = condition as T & { message?: string };
  return { ...rest, status: 'False', ...turned, ...reason };
}

function killed(status: ContainerStatus, time: string): ContainerStatus {
  const { running } = status.state;
  // An init container that is done stays so.
  if (!running) return status.state.terminated ? status : { ...status, ready: false };
  const terminated = {
    exitCode: 137,
    reason: 'Error',
    startedAt: running.startedAt,
    finishedAt: time,
    containerID: status.containerID ?? '',
  };
  return { ...status, ready: false, started: false, state: { terminated } };
}

/** evictionMessage */
function evictionMessage(pod: KubeObject, signal: Signal): string {
  const resource = RESOURCES[signal];
  let message = `The node was low on resource: ${resource}. ${THRESHOLDS[signal] ?? ''}`;
  if (signal === 'pid') return message;
  for (const { container, used, requested } of usageOf(pod, signal)) {
    if (used <= requested) continue;
    const text = (amount: number) => quantityOf(amount, 'BinarySI').toString();
    message += `Container ${container} was using ${text(used)}, request is ${text(requested)}, has larger consumption of ${resource}. `;
  }
  return message;
}
