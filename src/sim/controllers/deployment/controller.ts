/** Brings a Deployment's ReplicaSets to its template and size (kubernetes `pkg/controller/deployment`). */

import { selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { controllerOf } from '../../../apimachinery/meta';
import { PHASE } from '../../changed-parts';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { claim } from '../claim';
import { ownedOrOrphaned, watchControlled } from '../members';
import { isPodTerminal } from '../pod-state';
import { active, countedReplicas, DESIRED_REPLICAS, replicasOf } from './replica-sets';
import { Rollout } from './rollout';

const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };

const deploymentController: Controller = {
  name: 'deployment-controller',
  user: 'system:serviceaccount:kube-system:deployment-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'deployments.apps', keys: (deployment) => [keyOf(deployment)] },
    watchControlled('replicasets.apps', 'Deployment', 'deployments.apps'),
    { resource: 'pods', minds: PHASE, keys: recreatingDeploymentOf },
  ],
  reconcile,
};
export default deploymentController;

/** Only a Recreate rollout waits for pods themselves: until the last old one has ended, or is gone (deletePod). */
function recreatingDeploymentOf(pod: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const hasGone = previous === pod;
  if (!hasGone && !(previous && isPodTerminal(pod) && !isPodTerminal(previous))) return [];
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const replicaSet = cache.byUid(owner.uid);
  const deploymentOwner = replicaSet && controllerOf(replicaSet);
  const deployment = deploymentOwner && cache.byUid(deploymentOwner.uid);
  return deployment?.['spec']?.strategy?.type === 'Recreate' ? [keyOf(deployment)] : [];
}

async function reconcile(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const deployment = context.cache.get('deployments.apps', namespace, name);
  if (!deployment) return undefined;
  const selector = selectorOf(deployment['spec'].selector);
  const candidates = ownedOrOrphaned('replicasets.apps', deployment, context.cache);
  const replicaSets = await claim(candidates, deployment, selector, REPLICA_SETS, context);
  const rollout = new Rollout(deployment, replicaSets, context);
  if (deployment.metadata.deletionTimestamp !== undefined) {
    await rollout.findNew(false);
    return rollout.writeSteadyStatus();
  }
  await rollout.markPause();
  if (deployment['spec'].paused) return resize(rollout);
  await rollout.findNew(false);
  if (wasResized(deployment, rollout.all)) return resize(rollout);
  return deployment['spec'].strategy?.type === 'Recreate' ? recreate(rollout, context) : roll(rollout);
}

/** Has the wanted size changed since the ReplicaSets were told it (isScalingEvent)? */
function wasResized(deployment: KubeObject, replicaSets: readonly KubeObject[]): boolean {
  return active(replicaSets).some((replicaSet) => {
    const told = replicaSet.metadata.annotations?.[DESIRED_REPLICAS];
    return told !== undefined && told !== String(replicasOf(deployment));
  });
}

async function resize(rollout: Rollout): Promise<Result | undefined> {
  await rollout.findNew(false);
  await rollout.resize();
  if (rollout.deployment['spec'].paused) await rollout.cleanUp();
  return rollout.writeSteadyStatus();
}

/** RollingUpdate: one step of growing the new or shrinking the old (rolloutRolling). */
async function roll(rollout: Rollout): Promise<Result | undefined> {
  await rollout.findNew(true);
  if ((await rollout.growNew()) || (await rollout.shrinkOld())) return rollout.writeProgress();
  await rollout.cleanUpIfComplete();
  return rollout.writeProgress();
}

/** Recreate: first all the old go, then the new come (rolloutRecreate). */
async function recreate(rollout: Rollout, context: Context): Promise<Result | undefined> {
  if (await rollout.stopOld()) return rollout.writeProgress();
  if (oldPodsRunning(rollout, context.cache)) return rollout.writeProgress();
  await rollout.findNew(true);
  await rollout.growNewToFull();
  await rollout.cleanUpIfComplete();
  return rollout.writeProgress();
}

function oldPodsRunning(rollout: Rollout, cache: IndexedCache): boolean {
  if (countedReplicas(rollout.old, 'replicas') > 0) return true;
  return rollout.old.some((replicaSet) =>
    cache.ownedBy('pods', replicaSet.metadata.uid ?? '').some((pod) => !isPodTerminal(pod)),
  );
}
