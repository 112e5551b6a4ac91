/** The status of a Deployment: counts and conditions (kubernetes `pkg/controller/deployment/{sync,progress}.go`). */
import type { JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { countedReplicas, maxUnavailable, replicasOf, wantedReplicas } from './replica-sets';

export type DeploymentCondition = {
  type: string;
  status: string;
  lastUpdateTime: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
};

/** Without a deadline, or with MaxInt32, progress is not judged (HasProgressDeadline). */
const NO_DEADLINE = 2147483647;

export function hasProgressDeadline(deployment: KubeObject): boolean {
  const seconds = deployment['spec'].progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

export function conditionsOf(deployment: KubeObject): DeploymentCondition[] {
  return deployment['status']?.conditions ?? [];
}

export function conditionOf(deployment: KubeObject, type: string): DeploymentCondition | undefined {
  return conditionsOf(deployment).find((condition) => condition.type === type);
}

export function newCondition(
  type: string,
  status: string,
  reason: string,
  message: string,
  now: Instant,
): DeploymentCondition {
  const time = formatTime(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

/** With this condition set; nothing changes when it has the same status and reason already (SetDeploymentCondition). */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  condition: DeploymentCondition,
): DeploymentCondition[] {
  const current = conditions.find((one) => one.type === condition.type);
  if (current && current.status === condition.status && current.reason === condition.reason) return [...conditions];
  const set =
    current && current.status === condition.status
      ? { ...condition, lastTransitionTime: current.lastTransitionTime }
      : condition;
  return [...withoutCondition(conditions, condition.type), set];
}

export function withoutCondition(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** The counts, and whether enough replicas are available (calculateStatus). Zero counts are left out, as upstream's omitempty does. */
export function calculateStatus(
  deployment: KubeObject,
  all: readonly KubeObject[],
  newest: KubeObject | undefined,
  now: Instant,
): JsonObject & { conditions: DeploymentCondition[] } {
  const available = countedReplicas(all, 'availableReplicas');
  const counts = {
    replicas: countedReplicas(all, 'replicas'),
    updatedReplicas: newest ? countedReplicas([newest], 'replicas') : 0,
    readyReplicas: countedReplicas(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedReplicas(all) - available),
    collisionCount: deployment['status']?.collisionCount ?? 0,
  };
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const availability = enough
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : newCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        now,
      );
  const status: JsonObject = { observedGeneration: deployment.metadata.generation ?? 0 };
  for (const [count, value] of Object.entries(counts)) if (value !== 0) status[count] = value;
  status['terminatingReplicas'] = countedReplicas(all, 'terminatingReplicas');
  return Object.assign(status, { conditions: withCondition(conditionsOf(deployment), availability) });
}

/** Everything asked for is there, updated and available (DeploymentComplete). */
export function isComplete(deployment: KubeObject, status: JsonObject): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status['updatedReplicas'] ?? 0) === replicas &&
    (status['replicas'] ?? 0) === replicas &&
    (status['availableReplicas'] ?? 0) === replicas &&
    Number(status['observedGeneration'] ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** Something moved since the last status (DeploymentProgressing). */
function isProgressing(before: JsonObject, after: JsonObject): boolean {
  const count = (status: JsonObject, name: string) => Number(status[name] ?? 0);
  const old = (status: JsonObject) => count(status, 'replicas') - count(status, 'updatedReplicas');
  return (
    count(after, 'updatedReplicas') > count(before, 'updatedReplicas') ||
    old(after) < old(before) ||
    count(after, 'readyReplicas') > count(before, 'readyReplicas') ||
    count(after, 'availableReplicas') > count(before, 'availableReplicas')
  );
}

/** Longer without progress than allowed (DeploymentTimedOut). */
function hasTimedOut(deployment: KubeObject, conditions: readonly DeploymentCondition[], now: Instant): boolean {
  const progressing = conditions.find((condition) => condition.type === 'Progressing');
  if (!progressing || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineOf(deployment, progressing) < now;
}

function deadlineOf(deployment: KubeObject, progressing: DeploymentCondition): Instant {
  const since = parseTime(progressing.lastUpdateTime) ?? 0;
  return since + (deployment['spec'].progressDeadlineSeconds ?? 0) * 1000;
}

/** The status of a rollout: how it progresses, and what its ReplicaSets failed to do (syncRolloutStatus). */
export function rolloutStatus(
  deployment: KubeObject,
  all: readonly KubeObject[],
  newest: KubeObject | undefined,
  now: Instant,
): JsonObject & { conditions: DeploymentCondition[] } {
  const status = calculateStatus(deployment, all, newest, now);
  const current = conditionOf(deployment, 'Progressing');
  const settled =
    (status['replicas'] ?? 0) === (status['updatedReplicas'] ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (!hasProgressDeadline(deployment)) status.conditions = withoutCondition(status.conditions, 'Progressing');
  else if (!settled) status.conditions = progressConditions(deployment, status, newest, current, now);
  status.conditions = failureConditions(status.conditions, all, newest);
  return status;
}

function progressConditions(
  deployment: KubeObject,
  status: JsonObject & { conditions: DeploymentCondition[] },
  newest: KubeObject | undefined,
  current: DeploymentCondition | undefined,
  now: Instant,
): DeploymentCondition[] {
  const { conditions } = status;
  const who = newest ? `ReplicaSet "${newest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${who} has successfully progressed.`;
    return withCondition(conditions, newCondition('Progressing', 'True', 'NewReplicaSetAvailable', message, now));
  }
  if (isProgressing(deployment['status'] ?? {}, status)) {
    const progressing = newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${who} is progressing.`, now);
    // Every bit of progress moves lastUpdateTime, from which the deadline counts.
    if (current?.status === 'True') progressing.lastTransitionTime = current.lastTransitionTime;
    return [...withoutCondition(conditions, 'Progressing'), progressing];
  }
  if (hasTimedOut(deployment, conditions, now)) {
    const message = `${who} has timed out progressing.`;
    return withCondition(conditions, newCondition('Progressing', 'False', 'ProgressDeadlineExceeded', message, now));
  }
  return conditions;
}

/** The failure of the new ReplicaSet, else of an old one, becomes the Deployment's (getReplicaFailures). */
function failureConditions(
  conditions: DeploymentCondition[],
  all: readonly KubeObject[],
  newest: KubeObject | undefined,
): DeploymentCondition[] {
  for (const replicaSet of newest ? [newest, ...all] : all) {
    const failures = (replicaSet['status']?.conditions ?? []) as DeploymentCondition[];
    const failure = failures.find((condition) => condition.type === 'ReplicaFailure');
    if (!failure) continue;
    const { type, status, lastTransitionTime, reason, message } = failure;
    return withCondition(conditions, {
      type,
      status,
      lastUpdateTime: lastTransitionTime,
      lastTransitionTime,
      reason,
      message,
    });
  }
  return withoutCondition(conditions, 'ReplicaFailure');
}

/**
 * In how many milliseconds to look whether the deadline has passed; undefined when there is nothing to wait for
 * (requeueStuckDeployment: a second after the deadline).
 */
export function progressCheck(deployment: KubeObject, status: JsonObject, now: Instant): number | undefined {
  const current = conditionOf(deployment, 'Progressing');
  if (!hasProgressDeadline(deployment) || !current) return undefined;
  if (isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded') return undefined;
  // What has been rolled out is not late when it is scaled (DeploymentTimedOut), however often one looks.
  if (current.reason === 'NewReplicaSetAvailable') return undefined;
  return Math.max(0, deadlineOf(deployment, current) - now) + 1000;
}
