/**
 * Stands in for the scheduler and the kubelets where a test wants pods to behave as it says: when they get ready, when they
 * stop being ready, how long they take to go. Like them it works from the objects alone.
 */
import { jsonOf } from '../../../src/apimachinery/json';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { formatTime, parseTime } from '../../../src/apimachinery/time';
import type { Context, Controller, Result } from '../../../src/sim/controller';
import { targetNode } from '../../../src/sim/controllers/daemonset/placement';
import { readySince } from '../../../src/sim/controllers/pod-state';
import { keyOf, splitKey } from '../../../src/sim/resource-names';
import { core } from '../cluster-under-test';

export interface PodBehaviour {
  /** Milliseconds from its creation until a pod is ready; Infinity: never. */
  readyAfter(pod: KubeObject): number;
  /** Milliseconds of readiness after which it breaks, and stays broken for `brokenFor`; undefined: never. */
  breaksAfter?(pod: KubeObject): number | undefined;
  brokenFor?: number;
  /** Milliseconds from the request until it has gone. */
  goneAfter?(pod: KubeObject): number;
  /** Hears of each pod that breaks. */
  onBreak?(pod: KubeObject, now: number): void;
}

export function podRunner(behaviour: PodBehaviour): Controller {
  return {
    name: 'pod-runner',
    user: 'system:node',
    fieldManager: 'kubelet',
    watches: [{ resource: 'pods', keys: (pod) => [keyOf(pod)] }],
    async reconcile(key, context) {
      const { namespace, name } = splitKey(key);
      const pod = context.cache.get('pods', namespace, name);
      return pod && run(pod, behaviour, context);
    },
  };
}

async function run(pod: KubeObject, behaviour: PodBehaviour, context: Context): Promise<Result | undefined> {
  const { client, clock } = context;
  const { namespace = '', name = '', deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const now = clock.now();
  if (deletionTimestamp !== undefined) {
    const asked = (parseTime(deletionTimestamp) ?? 0) - deletionGracePeriodSeconds * 1000;
    const due = asked + (behaviour.goneAfter?.(pod) ?? 0);
    if (now < due) return { requeueAfter: due - now };
    await client.delete(core('pods'), namespace, name, jsonOf({ kind: 'DeleteOptions', gracePeriodSeconds: 0 }));
    return undefined;
  }
  if (!pod['spec'].nodeName) {
    await client.createSubresource(core('pods'), namespace, name, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace },
      target: { kind: 'Node', name: targetNode(pod) ?? 'somewhere' },
    });
    return undefined;
  }
  if (pod['status'].phase === 'Pending') {
    const due = (parseTime(pod.metadata.creationTimestamp ?? '') ?? 0) + behaviour.readyAfter(pod);
    if (due === Number.POSITIVE_INFINITY) return undefined;
    if (now < due) return { requeueAfter: due - now };
    await setReady(pod, 'True', context);
    return undefined;
  }
  if (pod['status'].phase !== 'Running') return undefined;
  const since = readySince(pod);
  if (since === undefined) {
    const { lastTransitionTime } = pod['status'].conditions[0];
    const due = (parseTime(lastTransitionTime) ?? 0) + (behaviour.brokenFor ?? 0);
    if (now < due) return { requeueAfter: due - now };
    await setReady(pod, 'True', context);
    return undefined;
  }
  const breaksAfter = behaviour.breaksAfter?.(pod);
  if (breaksAfter === undefined) return undefined;
  if (now < since + breaksAfter) return { requeueAfter: since + breaksAfter - now };
  behaviour.onBreak?.(pod, now);
  await setReady(pod, 'False', context);
  return undefined;
}

async function setReady(pod: KubeObject, status: 'True' | 'False', { client, clock }: Context): Promise<void> {
  const condition = { type: 'Ready', status, lastProbeTime: null, lastTransitionTime: formatTime(clock.now()) };
  await client.updateStatus(core('pods'), {
    ...pod,
    status: { ...pod['status'], phase: 'Running', conditions: [condition] },
  });
}

/** A whole number below `bound` that is fixed by the text: what chance decides about one pod. */
export function chanceOf(text: string, bound: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % bound;
}
