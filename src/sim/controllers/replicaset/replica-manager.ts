/**
 * Keeps as many pods as a ReplicaSet or a ReplicationController asks for: one logic for both, as upstream has it
 * (kubernetes `pkg/controller/replicaset/replica_set.go`, which `pkg/controller/replication` adapts).
 */
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import { selectorOf } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import type { ResourcePath } from '../../../client/client';
import { DELETION, LABELS, OWNERS, STATUS } from '../../changed-parts';
import type { Context, Controller, IndexedCache, ResourceName, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { claim } from '../claim';
import { podsOwnedOrOrphaned, selectorObjectOf, watchControlled } from '../members';
import { createPod, deletePod, PODS, slowStart } from '../pod-control';
import { isPodActive, isPodTerminal, isPodTerminating, nextAvailability, podCondition } from '../pod-state';
import { countsAtOnce, countsOf, type PodCounts } from './pod-counts';
import { podsToDelete } from './ranking';
import { writeStatus } from './status';

/** What tells the two kinds apart. */
export interface ReplicaKind {
  kind: string;
  resource: ResourceName;
  path: ResourcePath;
  /** The status counts the pods that are on their way out. */
  countsTerminating: boolean;
}

/** At most so many pods are made or deleted in one reconcile (BurstReplicas). */
const BURST = 500;

export function replicaManager(
  identity: Pick<Controller, 'name' | 'user' | 'eventSource'>,
  kind: ReplicaKind,
): Controller {
  return {
    ...identity,
    fieldManager: 'kube-controller-manager',
    watches: [
      { resource: kind.resource, keys: (owner) => [keyOf(owner)] },
      watchControlled('pods', kind.kind, kind.resource, { minds: LABELS | OWNERS | DELETION | STATUS, matters }),
    ],
    reconcile: (key, context) => reconcile(kind, key, context),
  };
}

/** Whether a pod counts otherwise than it did: most of what happens to pods makes no difference to how many there are. */
function matters(pod: KubeObject, previous: KubeObject): boolean {
  const [now, before] = [jsonOf(pod.metadata), jsonOf(previous.metadata)];
  const [readyNow, readyBefore] = [podCondition(pod, 'Ready'), podCondition(previous, 'Ready')];
  return (
    isPodTerminal(pod) !== isPodTerminal(previous) ||
    readyNow?.status !== readyBefore?.status ||
    readyNow?.lastTransitionTime !== readyBefore?.lastTransitionTime ||
    now['uid'] !== before['uid'] ||
    now['deletionTimestamp'] !== before['deletionTimestamp'] ||
    !deepEqual(now['labels'], before['labels']) ||
    !deepEqual(now['ownerReferences'], before['ownerReferences'])
  );
}

async function reconcile(kind: ReplicaKind, key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const owner = context.cache.get(kind.resource, namespace, name);
  if (!owner) return undefined;
  const selector = selectorOf(selectorObjectOf(owner));
  const counts = countsAtOnce(owner, selector, context.cache);
  // Where nothing is to be chosen among them nobody needs to see them.
  if (counts && counts.active <= replicasOf(owner)) {
    await settle(kind, owner, counts, [], context);
    return undefined;
  }
  const pods = podsOwnedOrOrphaned(owner, context.cache);
  const isOurs = (pod: KubeObject) => controllerOf(pod) && selector.matches(pod.metadata.labels ?? {});
  const terminating = pods.filter((pod) => isPodTerminating(pod) && isOurs(pod)).length;
  const active = await claim(pods.filter(isPodActive), owner, selector, PODS, context);
  const now = context.clock.now();
  await settle(kind, owner, countsOf(owner, active, terminating, now), active, context);
  return nextAvailability(active, owner['spec'].minReadySeconds ?? 0, now);
}

function replicasOf(owner: KubeObject): number {
  return owner['spec'].replicas ?? 1;
}

/** Makes or deletes pods, and tells in the status what there was before. `active` are all of them, if any are too many. */
async function settle(
  kind: ReplicaKind,
  owner: KubeObject,
  counts: PodCounts,
  active: readonly KubeObject[],
  context: Context,
): Promise<void> {
  const excess = counts.active - replicasOf(owner);
  let failure: Error | undefined;
  if (owner.metadata.deletionTimestamp === undefined) {
    try {
      await manageReplicas(kind, owner, excess, active, context);
    } catch (error) {
      failure = error as Error;
    }
  }
  await writeStatus(kind, owner, counts, failure, context);
  if (failure) throw failure;
}

async function manageReplicas(
  kind: ReplicaKind,
  owner: KubeObject,
  excess: number,
  active: readonly KubeObject[],
  context: Context,
): Promise<void> {
  if (excess < 0) {
    await slowStart(Math.min(-excess, BURST), () => createPod(owner['spec'].template, owner, context));
  } else if (excess > 0) {
    const related = relatedPods(kind, owner, context.cache);
    const victims = podsToDelete(active, related, Math.min(excess, BURST), context.clock.now());
    let failure: unknown;
    for (const pod of victims)
      try {
        await deletePod(pod, owner, context);
      } catch (error) {
        failure ??= error;
      }
    if (failure) throw failure;
  }
}

/** The pods of every ReplicaSet of the same owner (getIndirectlyRelatedPods). */
function relatedPods({ resource }: ReplicaKind, owner: KubeObject, cache: IndexedCache): KubeObject[] {
  const above = controllerOf(owner);
  const siblings = above
    ? cache.ownedBy(resource, above.uid).filter((sibling) => controllerOf(sibling)?.uid === above.uid)
    : [owner];
  return [...new Set(siblings.flatMap((sibling) => cache.ownedBy('pods', sibling.metadata.uid ?? '')))];
}
