/** The status of a StatefulSet (kubernetes `pkg/controller/statefulset/stateful_set_{control,utils}.go`). */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Instant } from '../../clock';
import type { Context } from '../../controller';
import type { SetRevisions } from './history';
import { isAvailable, isCreated, isRunningAndReady, isTerminating, replicasOf, revisionOfPod } from './identity';

const STATEFUL_SETS = { group: 'apps', version: 'v1', resource: 'statefulsets' };

export interface SetStatus {
  replicas: number;
  readyReplicas: number;
  availableReplicas: number;
  currentReplicas: number;
  updatedReplicas: number;
}

/** Counts pods (computeReplicaStatus). */
export function countReplicas(
  set: KubeObject,
  pods: readonly KubeObject[],
  { current, update }: SetRevisions,
  now: Instant,
): SetStatus {
  const counts = { replicas: 0, readyReplicas: 0, availableReplicas: 0, currentReplicas: 0, updatedReplicas: 0 };
  for (const pod of pods) {
    if (isCreated(pod)) counts.replicas++;
    if (isRunningAndReady(pod)) {
      counts.readyReplicas++;
      if (isAvailable(pod, set, now)) counts.availableReplicas++;
    }
    if (!isCreated(pod) || isTerminating(pod)) continue;
    const revision = revisionOfPod(pod);
    if (revision === current.metadata.name) counts.currentReplicas++;
    if (revision === update.metadata.name) counts.updatedReplicas++;
  }
  return counts;
}

/** Writes the status, if it changed; an update that is complete makes the new revision the current one (updateStatefulSetStatus). */
export async function writeStatus(
  set: KubeObject,
  counts: SetStatus,
  { current, update, collisionCount }: SetRevisions,
  context: Context,
): Promise<void> {
  const replicas = replicasOf(set);
  const complete =
    set['spec'].updateStrategy?.type === 'RollingUpdate' &&
    counts.updatedReplicas === replicas &&
    counts.readyReplicas === replicas &&
    counts.replicas === replicas;
  const status: JsonObject = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: counts.replicas,
    availableReplicas: counts.availableReplicas,
    currentRevision: (complete ? update : current).metadata.name ?? '',
    updateRevision: update.metadata.name ?? '',
    collisionCount,
  };
  const currentReplicas = complete ? counts.updatedReplicas : counts.currentReplicas;
  if (currentReplicas) status['currentReplicas'] = currentReplicas;
  if (counts.readyReplicas) status['readyReplicas'] = counts.readyReplicas;
  if (counts.updatedReplicas) status['updatedReplicas'] = counts.updatedReplicas;
  const { conditions } = set['status'] ?? {};
  if (conditions) status['conditions'] = conditions;
  if (deepEqual(set['status'] ?? {}, status)) return;
  await context.client.updateStatus(STATEFUL_SETS, { ...set, status });
}
