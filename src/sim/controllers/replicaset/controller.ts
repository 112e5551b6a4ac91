/** Keeps as many pods as a ReplicaSet asks for (kubernetes `pkg/controller/replicaset/replica_set.go`). */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import { type LabelSelector, selectorFromLabels, selectorOf } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import type { ResourcePath } from '../../../client/client';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { claim, controllerReference } from '../claim';
import { availableAt, isPodActive, isPodAvailable, isPodReady, isPodTerminating } from '../pod-state';
import { podsToDelete } from './ranking';

const REPLICA_SETS: ResourcePath = { group: 'apps', version: 'v1', resource: 'replicasets' };
const PODS: ResourcePath = { group: '', version: 'v1', resource: 'pods' };

/** At most so many pods are made or deleted in one reconcile (BurstReplicas). */
const BURST = 500;

const replicaSetController: Controller = {
  name: 'replicaset-controller',
  user: 'system:serviceaccount:kube-system:replicaset-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'replicasets.apps', keys: (replicaSet) => [keyOf(replicaSet)] },
    { resource: 'pods', keys: replicaSetsOf },
  ],
  reconcile,
};
export default replicaSetController;

/** The ReplicaSets that a pod's change concerns: its controller, now and before; for an orphan those that would adopt it. */
function replicaSetsOf(pod: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const namespace = pod.metadata.namespace ?? '';
  const keys = new Set<string>();
  for (const state of previous ? [pod, previous] : [pod]) {
    const owner = controllerOf(state);
    if (owner?.kind === 'ReplicaSet') keys.add(`${namespace}/${owner.name}`);
  }
  if (!controllerOf(pod) && pod.metadata.labels) {
    for (const replicaSet of cache.list('replicasets.apps', namespace))
      if (selectorOf(replicaSet['spec'].selector).matches(pod.metadata.labels)) keys.add(keyOf(replicaSet));
  }
  return [...keys];
}

async function reconcile(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const replicaSet = context.cache.get('replicasets.apps', namespace, name);
  if (!replicaSet) return undefined;
  const selector = selectorOf(replicaSet['spec'].selector);
  const owned = podsOwnedOrOrphaned(replicaSet, selector, context.cache);
  const active = await claim(owned.filter(isPodActive), replicaSet, selector, PODS, context);
  const terminating = owned.filter(
    (pod) =>
      isPodTerminating(pod) &&
      controllerOf(pod)?.uid === replicaSet.metadata.uid &&
      selector.matches(pod.metadata.labels ?? {}),
  );
  let failure: Error | undefined;
  if (replicaSet.metadata.deletionTimestamp === undefined) {
    try {
      await manageReplicas(replicaSet, active, context);
    } catch (error) {
      failure = error as Error;
    }
  }
  await updateStatus(replicaSet, active, terminating.length, failure, context);
  if (failure) throw failure;
  return nextAvailability(replicaSet, active, context);
}

/** The pods that it controls, and those without a controller that it may adopt. */
function podsOwnedOrOrphaned(replicaSet: KubeObject, selector: LabelSelector, cache: IndexedCache): KubeObject[] {
  const { namespace = '', uid = '' } = replicaSet.metadata;
  const pods = new Set(cache.ownedBy('pods', uid));
  for (const [label, value] of Object.entries(
    (replicaSet['spec'].selector?.matchLabels ?? {}) as Record<string, string>,
  )) {
    for (const pod of cache.index('pods', 'label', `${namespace}/${label}=${value}`))
      if (!controllerOf(pod) && selector.matches(pod.metadata.labels ?? {})) pods.add(pod);
    // One label finds every candidate; the selector has judged the rest.
    return [...pods];
  }
  for (const pod of cache.list('pods', namespace))
    if (!controllerOf(pod) && selector.matches(pod.metadata.labels ?? {})) pods.add(pod);
  return [...pods];
}

async function manageReplicas(replicaSet: KubeObject, active: readonly KubeObject[], context: Context): Promise<void> {
  const wanted: number = replicaSet['spec'].replicas ?? 1;
  const excess = active.length - wanted;
  if (excess < 0) {
    for (let missing = Math.min(-excess, BURST); missing > 0; missing--) {
      if (!(await createPod(replicaSet, context))) return;
    }
  } else if (excess > 0) {
    const related = relatedPods(replicaSet, context.cache);
    const victims = podsToDelete(active, related, Math.min(excess, BURST), context.clock.now());
    for (const pod of victims) await deletePod(replicaSet, pod, context);
  }
}

/** False when the namespace is on its way out, so that no creation can succeed. */
async function createPod(replicaSet: KubeObject, context: Context): Promise<boolean> {
  const { namespace = '' } = replicaSet.metadata;
  try {
    const pod = await context.client.create(PODS, namespace, podFromTemplate(replicaSet['spec'].template, replicaSet));
    context.events.event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    return true;
  } catch (error) {
    if (isNamespaceTerminating(error)) return false;
    const message = error instanceof Error ? error.message : String(error);
    context.events.event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${message}`);
    throw error;
  }
}

async function deletePod(replicaSet: KubeObject, pod: KubeObject, context: Context): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata;
  try {
    await context.client.delete(PODS, namespace, name);
    context.events.event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  } catch (error) {
    if (isReason(error, 'NotFound')) return;
    const message = error instanceof Error ? error.message : String(error);
    context.events.event(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${message}`);
    throw new Error(`unable to delete pods: ${message}`);
  }
}

function isNamespaceTerminating(error: unknown): boolean {
  return (
    isReason(error, 'Forbidden') &&
    (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}

/** A pod as a template describes it, controlled by its owner (controller_utils.go GetPodFromTemplate). */
export function podFromTemplate(template: KubeObject, owner: KubeObject): KubeObject {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const name = owner.metadata.name ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template['spec'],
  };
}

/** The pods of every ReplicaSet of the same owner (getIndirectlyRelatedPods). */
function relatedPods(replicaSet: KubeObject, cache: IndexedCache): KubeObject[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner
    ? cache.ownedBy('replicasets.apps', owner.uid).filter((sibling) => controllerOf(sibling)?.uid === owner.uid)
    : [replicaSet];
  return [...new Set(siblings.flatMap((sibling) => cache.ownedBy('pods', sibling.metadata.uid ?? '')))];
}

/** Writes what it found to status, if that changed (replica_set_utils.go calculateStatus, updateReplicaSetStatus). */
async function updateStatus(
  replicaSet: KubeObject,
  active: readonly KubeObject[],
  terminatingReplicas: number,
  failure: Error | undefined,
  context: Context,
): Promise<void> {
  const { spec, status = {}, metadata } = replicaSet;
  const minReadySeconds: number = spec.minReadySeconds ?? 0;
  const now = context.clock.now();
  const templateLabels = selectorFromLabels(spec.template.metadata?.labels ?? {});
  let [fullyLabeledReplicas, readyReplicas, availableReplicas] = [0, 0, 0];
  for (const pod of active) {
    if (templateLabels.matches(pod.metadata.labels ?? {})) fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    readyReplicas++;
    if (isPodAvailable(pod, minReadySeconds, now)) availableReplicas++;
  }
  const conditions = failureConditions(
    status.conditions ?? [],
    failure,
    active.length - (spec.replicas ?? 1),
    formatTime(now),
  );
  const wanted: JsonObject = {
    replicas: active.length,
    terminatingReplicas,
    observedGeneration: metadata.generation ?? 0,
  };
  if (fullyLabeledReplicas) wanted['fullyLabeledReplicas'] = fullyLabeledReplicas;
  if (readyReplicas) wanted['readyReplicas'] = readyReplicas;
  if (availableReplicas) wanted['availableReplicas'] = availableReplicas;
  if (conditions.length > 0) wanted['conditions'] = conditions;
  if (deepEqual(status, wanted)) return;
  await context.client.updateStatus(REPLICA_SETS, { ...replicaSet, status: wanted });
}

type ReplicaSetCondition = {
  type: string;
  status: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
};

function failureConditions(
  conditions: ReplicaSetCondition[],
  failure: Error | undefined,
  excess: number,
  now: string,
): ReplicaSetCondition[] {
  const present = conditions.some((condition) => condition.type === 'ReplicaFailure');
  if (failure && !present) {
    const reason = excess < 0 ? 'FailedCreate' : 'FailedDelete';
    return [
      ...conditions,
      { type: 'ReplicaFailure', status: 'True', lastTransitionTime: now, reason, message: failure.message },
    ];
  }
  if (!failure && present) return conditions.filter((condition) => condition.type !== 'ReplicaFailure');
  return conditions;
}

/** When the next of its ready pods will have been ready for minReadySeconds. */
function nextAvailability(replicaSet: KubeObject, active: readonly KubeObject[], context: Context): Result | undefined {
  const minReadySeconds: number = replicaSet['spec'].minReadySeconds ?? 0;
  if (minReadySeconds === 0) return undefined;
  const now = context.clock.now();
  let soonest: number | undefined;
  for (const pod of active) {
    const at = availableAt(pod, minReadySeconds);
    if (at !== undefined && at > now && (soonest === undefined || at < soonest)) soonest = at;
  }
  return soonest === undefined ? undefined : { requeueAfter: soonest - now };
}
