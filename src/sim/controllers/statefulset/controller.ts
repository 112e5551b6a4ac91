/** Keeps the pods of a StatefulSet, each with a name and storage of its own (kubernetes `pkg/controller/statefulset/stateful_set.go`). */
import { selectorOf } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { claim } from '../claim';
import { adoptRevision, listRevisions } from '../history/revisions';
import { podsOwnedOrOrphaned, watchControlled } from '../members';
import { PODS } from '../pod-control';
import { nextAvailability } from '../pod-state';
import { setRevisions, truncateHistory } from './history';
import { isMemberOf } from './identity';
import { writeStatus } from './status';
import { SetUpdate } from './update';

const statefulSetController: Controller = {
  name: 'statefulset-controller',
  user: 'system:serviceaccount:kube-system:statefulset-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'statefulsets.apps', keys: (set) => [keyOf(set)] },
    watchControlled('pods', 'StatefulSet', 'statefulsets.apps'),
    { resource: 'persistentvolumeclaims', keys: setsOfLostClaim },
  ],
  reconcile,
};
export default statefulSetController;

/** A claim that is gone may have been one of an earlier pod, for which a new pod waited. */
function setsOfLostClaim(claim: KubeObject, cache: IndexedCache): readonly string[] {
  const { namespace = '', name = '', uid } = claim.metadata;
  if (cache.get('persistentvolumeclaims', namespace, name)?.metadata.uid === uid) return [];
  const stem = /^(.*)-[0-9]+$/.exec(name)?.[1];
  if (stem === undefined) return [];
  return cache
    .list('statefulsets.apps', namespace)
    .filter((set) => stem.endsWith(`-${set.metadata.name}`))
    .map(keyOf);
}

async function reconcile(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const set = context.cache.get('statefulsets.apps', namespace, name);
  if (!set) return undefined;
  const selector = selectorOf(set['spec'].selector);
  const revisions = await adoptRevisions(set, listRevisions(set, selector, context), context);
  const candidates = podsOwnedOrOrphaned(set, context.cache);
  const pods = await claim(candidates, set, selector, PODS, context, (pod) => isMemberOf(set, pod));

  const live = await setRevisions(set, revisions, context);
  const update = new SetUpdate(set, pods, live, context);
  let failure: unknown;
  try {
    await update.run();
  } catch (error) {
    failure = error;
  }
  // What was done is told even where not all of it could be.
  await writeStatus(set, update.status, live, context);
  await truncateHistory(set, pods, revisions, live, context);
  if (failure) throw failure;
  return nextAvailability(pods, set['spec'].minReadySeconds ?? 0, context.clock.now());
}

/** Revisions that nobody controls become the set's (adoptOrphanRevisions); a set that is being deleted adopts nothing. */
async function adoptRevisions(set: KubeObject, revisions: KubeObject[], context: Context): Promise<KubeObject[]> {
  if (revisions.every((revision) => controllerOf(revision))) return revisions;
  if (set.metadata.deletionTimestamp !== undefined) return revisions;
  const adopted: KubeObject[] = [];
  for (const revision of revisions) adopted.push(await adoptRevision(set, revision, context));
  return adopted;
}
