/**
 * Deletes pods that nobody else will (kubernetes `pkg/controller/podgc`): on nodes that are gone, on nodes that are out of
 * service, on their way out without ever having been placed, and ended ones of which there are too many. Upstream looks at
 * all pods every 20 s; here those that a change concerns are looked at on the next of these beats. A missing node upstream
 * waits for, for 40 s from when it was first missed; since nothing is remembered here, its pods go on the next whole minute.
 */
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import { DELETION, PHASE, SPEC } from '../../changed-parts';
import type { Instant } from '../../clock';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { PODS } from '../pod-control';
import { isPodTerminal, type PodCondition, podCondition } from '../pod-state';

/** gcCheckPeriod; and that with quarantineTime */
const PERIOD = 20_000;
const QUARANTINE_PERIOD = 60_000;
/** kube-controller-manager --terminated-pod-gc-threshold */
const MOST_TERMINATED = 12_500;

/** The key of the one question that concerns all pods: are too many of them ended? */
const TERMINATED = 'terminated';

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

const controller: Controller = {
  name: 'pod-garbage-collector-controller',
  user: 'system:serviceaccount:kube-system:pod-garbage-collector',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'pods', minds: SPEC | DELETION | PHASE, keys: candidatesOf },
    { resource: 'nodes', keys: podsOfNode },
  ],
  reconcile(key, context) {
    if (key === TERMINATED) return collectTerminated(context);
    const { namespace, name } = splitKey(key);
    const pod = context.cache.get('pods', namespace, name);
    const fate = pod && fateOf(pod, context.cache);
    return fate ? carryOut(pod, fate, context) : undefined;
  },
};
export default controller;

function candidatesOf(pod: KubeObject, cache: IndexedCache): readonly string[] {
  const keys: string[] = [];
  if (fateOf(pod, cache)) keys.push(keyOf(pod));
  const mayBeTooMany = isPodTerminal(pod) && cache.count('pods') > MOST_TERMINATED;
  if (mayBeTooMany && cache.index('pods', 'ended', 'true').length > MOST_TERMINATED) keys.push(TERMINATED);
  return keys;
}

function podsOfNode(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const name = node.metadata.name ?? '';
  const gone = !cache.get('nodes', '', name);
  if (!gone && (!isOutOfService(node) || (previous && isOutOfService(previous)))) return [];
  return cache.index('pods', 'node', name).map(keyOf);
}

type Fate = 'orphaned' | 'out of service' | 'unscheduled';

function fateOf(pod: KubeObject, cache: IndexedCache): Fate | undefined {
  const nodeName: string | undefined = pod['spec'].nodeName;
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  if (!nodeName) return isTerminating ? 'unscheduled' : undefined;
  const node = cache.get('nodes', '', nodeName);
  if (!node) return 'orphaned';
  return isTerminating && isOutOfService(node) ? 'out of service' : undefined;
}

/** Not ready, and somebody said that it won't come back. */
function isOutOfService(node: KubeObject): boolean {
  const taints: { key: string }[] = node['spec']?.taints ?? [];
  if (!taints.some(({ key }) => key === OUT_OF_SERVICE)) return false;
  const conditions: { type: string; status: string }[] = node['status']?.conditions ?? [];
  return conditions.find(({ type }) => type === 'Ready')?.status !== 'True';
}

/** Waits for the beat, then has the pod end and go. */
function carryOut(pod: KubeObject, fate: Fate, context: Context): Result | Promise<undefined> {
  const now = context.clock.now();
  const period = fate === 'orphaned' ? QUARANTINE_PERIOD : PERIOD;
  const beat = Math.ceil(now / period) * period;
  if (beat > now) return { requeueAfter: beat - now };
  return remove(pod, fate === 'orphaned' ? orphanCondition(pod, now) : undefined, context);
}

function orphanCondition(pod: KubeObject, now: Instant): PodCondition {
  const before = podCondition(pod, 'DisruptionTarget');
  return {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime:
      before?.status === 'True' && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now),
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
}

/** There may be no kubelet to say that the pod has ended: it is said here, and then the pod goes at once (markFailedAndDeletePod). */
async function remove(pod: KubeObject, condition: PodCondition | undefined, { client }: Context): Promise<undefined> {
  const { namespace = '', name = '', uid = '', generation } = pod.metadata;
  try {
    if (!isPodTerminal(pod)) {
      const status = {
        phase: 'Failed',
        ...(generation ? { observedGeneration: generation } : {}),
        ...(condition ? { conditions: [jsonOf(condition)] } : {}),
      };
      await client.patch(PODS, namespace, name, 'strategic', { metadata: { uid }, status }, undefined, 'status');
    }
    await client.delete(PODS, namespace, name, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  } catch (error) {
    // Gone, or another pod of that name.
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
  }
}

/** Beyond so many ended pods the evicted ones go first, then the oldest (gcTerminated). */
async function collectTerminated(context: Context): Promise<Result | undefined> {
  const ended = context.cache.index('pods', 'ended', 'true');
  const excess = ended.length - MOST_TERMINATED;
  if (excess <= 0) return undefined;
  const now = context.clock.now();
  const beat = Math.ceil(now / PERIOD) * PERIOD;
  if (beat > now) return { requeueAfter: beat - now };
  for (const pod of [...ended].sort(byEvictionAndAge).slice(0, excess)) await remove(pod, undefined, context);
  return undefined;
}

function byEvictionAndAge(a: KubeObject, b: KubeObject): number {
  const [evictedA, evictedB] = [isEvicted(a), isEvicted(b)];
  if (evictedA !== evictedB) return evictedA ? -1 : 1;
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

function isEvicted(pod: KubeObject): boolean {
  return pod['status']?.phase === 'Failed' && pod['status'].reason === 'Evicted';
}
