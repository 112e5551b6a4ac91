/** The status of a ReplicaSet or a ReplicationController (kubernetes `pkg/controller/replicaset/replica_set_utils.go`). */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Context } from '../../controller';
import type { PodCounts } from './pod-counts';
import type { ReplicaKind } from './replica-manager';

/** Writes what was found, if that changed (calculateStatus, updateReplicaSetStatus). */
export async function writeStatus(
  { path, countsTerminating }: ReplicaKind,
  owner: KubeObject,
  { active, fullyLabeled, ready, available, terminating }: PodCounts,
  failure: Error | undefined,
  context: Context,
): Promise<void> {
  const { spec, status = {}, metadata } = owner;
  const now = context.clock.now();
  const excess = active - (spec.replicas ?? 1);
  const conditions = failureConditions(status.conditions ?? [], failure, excess, formatTime(now));
  const wanted: JsonObject = { replicas: active, observedGeneration: metadata.generation ?? 0 };
  if (countsTerminating) wanted['terminatingReplicas'] = terminating;
  if (fullyLabeled) wanted['fullyLabeledReplicas'] = fullyLabeled;
  if (ready) wanted['readyReplicas'] = ready;
  if (available) wanted['availableReplicas'] = available;
  if (conditions.length > 0) wanted['conditions'] = conditions;
  if (deepEqual(status, wanted)) return;
  await context.client.updateStatus(path, { ...owner, status: wanted });
}

type ReplicaCondition = {
  type: string;
  status: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
};

function failureConditions(
  conditions: ReplicaCondition[],
  failure: Error | undefined,
  excess: number,
  now: string,
): ReplicaCondition[] {
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
