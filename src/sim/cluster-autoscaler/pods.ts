/** What the autoscaler asks of pods (autoscaler `utils/pod/pod.go`, `utils/drain/drain.go`, `utils/kubernetes/listers.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { controllerOf } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import type { Options } from './options';

const DAEMON_POD = 'cluster-autoscaler.kubernetes.io/daemonset-pod';
const MIRROR = 'kubernetes.io/config.mirror';
const CONFIG_SOURCE = 'kubernetes.io/config.source';
const SCALE_UP_DELAY = 'cluster-autoscaler.kubernetes.io/pod-scale-up-delay';
/** PodLongTerminatingExtraThreshold */
const LONG_TERMINATING = 30_000;
const DEFAULT_GRACE = 30;

export function isDaemonPod(pod: KubeObject): boolean {
  return controllerOf(pod)?.kind === 'DaemonSet' || pod.metadata.annotations?.[DAEMON_POD] === 'true';
}

export function isMirrorPod(pod: KubeObject): boolean {
  return pod.metadata.annotations?.[MIRROR] !== undefined;
}

/** FilterRecreatablePods: somebody will make it again. */
export function isRecreatable(pod: KubeObject): boolean {
  const source = pod.metadata.annotations?.[CONFIG_SOURCE];
  const isStatic = source !== undefined && source !== 'api';
  return !isStatic && !isMirrorPod(pod) && !isDaemonPod(pod);
}

export function isExpendable(pod: KubeObject, cutoff: number): boolean {
  const { priority } = pod['spec'];
  return priority !== undefined && priority < cutoff;
}

/** IsPodLongTerminating: it should have been gone for half a minute. */
export function isLongTerminating(pod: KubeObject, now: Instant): boolean {
  const deleted = pod.metadata.deletionTimestamp;
  if (deleted === undefined) return false;
  const grace = pod['spec'].terminationGracePeriodSeconds ?? DEFAULT_GRACE;
  return (parseTime(deleted) ?? 0) + grace * 1000 + LONG_TERMINATING < now;
}

/** IsPodTerminal of `utils/drain`, which asks for the restart policy, too. */
export function hasEnded(pod: KubeObject): boolean {
  const { restartPolicy } = pod['spec'];
  const phase = pod['status']?.phase;
  if (phase === 'Failed') return true;
  return phase === 'Succeeded' && (restartPolicy === 'Never' || restartPolicy === 'OnFailure');
}

/** Where the pod counts: its node, or the one that it was promised room on. */
export function nodeOf(pod: KubeObject): string {
  return pod['spec'].nodeName || (pod.metadata.deletionTimestamp ? '' : (pod['status']?.nominatedNodeName ?? ''));
}

/** ArrangePodsBySchedulability: the scheduler has found that it fits nowhere, or is not to be waited for. */
export function isUnschedulable(pod: KubeObject, bypassed: readonly string[]): boolean {
  if (pod['spec'].nodeName || pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return false;
  if (pod['status']?.nominatedNodeName) return false;
  const condition = podCondition(pod, 'PodScheduled');
  if (condition?.status === 'False' && condition.reason === 'Unschedulable') return true;
  if (!bypassed.includes(pod['spec'].schedulerName ?? 'default-scheduler')) return false;
  return condition === undefined || (condition.status === 'False' && !condition.reason);
}

/** When the scheduler found that the pod fits nowhere. */
export function unschedulableSince(pod: KubeObject): Instant | undefined {
  const condition = podCondition(pod, 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return undefined;
  return parseTime(condition.lastTransitionTime ?? '');
}

export function createdAt(pod: KubeObject): Instant {
  return parseTime(pod.metadata.creationTimestamp ?? '') ?? 0;
}

/** filterOutYoungPods: from which instant on the pod may be helped; it must be older than that. */
export function oldEnoughAt(pod: KubeObject, options: Options, parse: (text: string) => number): Instant {
  let delay = options.duration('new-pod-scale-up-delay');
  const own = pod.metadata.annotations?.[SCALE_UP_DELAY];
  if (own !== undefined)
    try {
      delay = Math.max(delay, parse(own));
    } catch {
      // Not readable: it says nothing.
    }
  return createdAt(pod) + delay;
}
