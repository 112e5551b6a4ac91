/** Keeps a pod of a DaemonSet on every node where one belongs (kubernetes `pkg/controller/daemon/daemon_controller.go`). */
import { deepEqual, type Json } from '../../../apimachinery/json';
import { selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { claim } from '../claim';
import { podsOwnedOrOrphaned, watchControlled } from '../members';
import { PODS } from '../pod-control';
import { nextAvailability } from '../pod-state';
import { byNode } from './daemon-pods';
import { cleanUpHistory, constructHistory } from './history';
import { type Changes, DaemonManager } from './manage';
import { HASH_LABEL, type Placement, placementOn } from './placement';
import { rollingUpdate } from './rolling-update';
import { writeStatus } from './status';

const daemonSetController: Controller = {
  name: 'daemonset-controller',
  user: 'system:serviceaccount:kube-system:daemon-set-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'daemonsets.apps', keys: (set) => [keyOf(set)] },
    watchControlled('pods', 'DaemonSet', 'daemonsets.apps'),
    watchControlled('controllerrevisions.apps', 'DaemonSet', 'daemonsets.apps'),
    { resource: 'nodes', keys: setsOfNode },
  ],
  reconcile,
};
export default daemonSetController;

/** The sets whose pods come or go with a change of a node's labels or taints, or with the node (addNode, updateNode). */
function setsOfNode(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const gone = !cache.get('nodes', '', node.metadata.name ?? '');
  if (!gone && previous && isPlacedAlike(node, previous)) return [];
  const affected = (set: KubeObject): boolean => {
    const now = placementOn(node, set);
    if (gone || !previous) return now.shouldRun || now.shouldContinue;
    const before = placementOn(previous, set);
    return now.shouldRun !== before.shouldRun || now.shouldContinue !== before.shouldContinue;
  };
  return cache.list('daemonsets.apps').filter(affected).map(keyOf);
}

/** shouldIgnoreNodeUpdate */
function isPlacedAlike(node: KubeObject, previous: KubeObject): boolean {
  return (
    deepEqual(node.metadata.labels, previous.metadata.labels) &&
    deepEqual(node['spec']?.taints as Json, previous['spec']?.taints as Json)
  );
}

async function reconcile(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const set = context.cache.get('daemonsets.apps', namespace, name);
  if (!set || set.metadata.deletionTimestamp !== undefined) return undefined;
  const selector = selectorOf(set['spec'].selector);
  const all = await claim(podsOwnedOrOrphaned(set, context.cache), set, selector, PODS, context);
  const { current, old } = await constructHistory(set, all, context);
  const hash = current.metadata.labels?.[HASH_LABEL] ?? '';
  const placements = new Map<string, Placement>();
  for (const node of context.cache.list('nodes')) placements.set(node.metadata.name ?? '', placementOn(node, set));
  const pods = byNode(all);
  const now = context.clock.now();

  const manager = new DaemonManager(set, hash, context);
  const changes = manager.changes(pods, placements);
  let failure: unknown;
  try {
    await manager.sync(changes);
    // What was just made or deleted has to be seen before the update goes on (expectations).
    if (isNothing(changes) && set['spec'].updateStrategy?.type === 'RollingUpdate')
      await manager.sync(rollingUpdate(set, hash, pods, placements, now));
    await cleanUpHistory(set, all, old, context);
  } catch (error) {
    failure = error;
  }
  await writeStatus(set, hash, pods, placements, context);
  if (failure) throw failure;
  return soonest(nextAvailability(all, set['spec'].minReadySeconds ?? 0, now), changes, now);
}

function isNothing({ create, remove }: Changes): boolean {
  return create.length === 0 && remove.length === 0;
}

/** When to look again: when a pod becomes available, or when a failed one may be deleted. */
function soonest(available: Result | undefined, { waitUntil }: Changes, now: number): Result | undefined {
  const times = [available?.requeueAfter, waitUntil === undefined ? undefined : waitUntil - now];
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : { requeueAfter: Math.min(...known) };
}
