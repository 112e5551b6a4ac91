/** The status of a ReplicaSet or a ReplicationController (kubernetes `pkg/controller/replicaset/replica_set_utils.go`). */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import { selectorFromLabels } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Context } from '../../controller';
import { isPodAvailable, isPodReady } from '../pod-state';
import type { ReplicaKind } from './replica-manager';

/** Writes what was found, if that changed (calculateStatus, updateReplicaSetStatus). */
export async function writeStatus(
  { path, countsTerminating }: ReplicaKind,
  owner: KubeObject,
  active: readonly KubeObject[],
  terminatingReplicas: number,
  failure: Error | undefined,
  context: Context,
): Promise<void> {
  const { spec, status = {}, metadata } = owner;
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
  const excess = active.length - (spec.replicas ?? 1);
  const conditions = failureConditions(status.conditions ?? [], failure, excess, formatTime(now));
  const wanted: JsonObject = { replicas: active.length, observedGeneration: metadata.generation ?? 0 };
  if (countsTerminating) wanted['terminatingReplicas'] = terminatingReplicas;
  if (fullyLabeledReplicas) wanted['fullyLabeledReplicas'] = fullyLabeledReplicas;
  if (readyReplicas) wanted['readyReplicas'] = readyReplicas;
  if (availableReplicas) wanted['availableReplicas'] = availableReplicas;
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
