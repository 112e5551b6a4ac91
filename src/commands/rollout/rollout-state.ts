/** How far a rollout is, in kubectl's words (kubectl pkg/polymorphichelpers/rollout_status.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { CommandError } from '../command';
import { isWorkload } from './find';

export interface RolloutState {
  text: string;
  done: boolean;
}

const REVISION = 'deployment.kubernetes.io/revision';

/** @throws CommandError where it failed, where it is of another revision, and for kinds that don't roll out */
export function rolloutState(object: KubeObject, revision: number): RolloutState {
  if (isWorkload(object, 'Deployment')) return deploymentState(object, revision);
  if (isWorkload(object, 'DaemonSet')) return daemonSetState(object);
  if (isWorkload(object, 'StatefulSet')) return statefulSetState(object);
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : '';
  throw new CommandError(`no status viewer has been implemented for ${object.kind}${group}`);
}

function going(text: string): RolloutState {
  return { text, done: false };
}

function isObserved(object: KubeObject): boolean {
  return (object.metadata.generation ?? 0) <= (object['status']?.observedGeneration ?? 0);
}

function deploymentState(object: KubeObject, revision: number): RolloutState {
  const { name, annotations } = object.metadata;
  const running = Number(annotations?.[REVISION] ?? 0);
  if (revision > 0 && revision !== running) {
    throw new CommandError(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  if (!isObserved(object)) return going('Waiting for deployment spec update to be observed...');
  const { replicas } = object['spec'];
  const status = object['status'] ?? {};
  const conditions: { type: string; reason?: string }[] = status.conditions ?? [];
  if (conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded'))
    throw new CommandError(`deployment "${name}" exceeded its progress deadline`);
  const { updatedReplicas = 0, availableReplicas = 0 } = status;
  const total: number = status.replicas ?? 0;
  const waiting = `Waiting for deployment "${name}" rollout to finish:`;
  if (replicas !== undefined && updatedReplicas < replicas)
    return going(`${waiting} ${updatedReplicas} out of ${replicas} new replicas have been updated...`);
  if (total > updatedReplicas)
    return going(`${waiting} ${total - updatedReplicas} old replicas are pending termination...`);
  if (availableReplicas < updatedReplicas)
    return going(`${waiting} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`);
  return { text: `deployment "${name}" successfully rolled out`, done: true };
}

function requireRollingUpdate(object: KubeObject): void {
  if (object['spec'].updateStrategy?.type !== 'RollingUpdate')
    throw new CommandError('rollout status is only available for RollingUpdate strategy type');
}

function daemonSetState(object: KubeObject): RolloutState {
  requireRollingUpdate(object);
  if (!isObserved(object)) return going('Waiting for daemon set spec update to be observed...');
  const { name } = object.metadata;
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = object['status'] ?? {};
  const waiting = `Waiting for daemon set "${name}" rollout to finish:`;
  if (updatedNumberScheduled < desiredNumberScheduled)
    return going(`${waiting} ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`);
  if (numberAvailable < desiredNumberScheduled)
    return going(`${waiting} ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`);
  return { text: `daemon set "${name}" successfully rolled out`, done: true };
}

function statefulSetState(object: KubeObject): RolloutState {
  requireRollingUpdate(object);
  const { replicas, updateStrategy } = object['spec'];
  const status = object['status'] ?? {};
  if ((status.observedGeneration ?? 0) === 0 || !isObserved(object))
    return going('Waiting for statefulset spec update to be observed...');
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0, updateRevision, currentRevision } = status;
  if (replicas !== undefined && readyReplicas < replicas)
    return going(`Waiting for ${replicas - readyReplicas} pods to be ready...`);
  const partition: number | undefined = updateStrategy.rollingUpdate?.partition;
  if (updateStrategy.rollingUpdate) {
    if (replicas !== undefined && partition !== undefined && updatedReplicas < replicas - partition)
      return going(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${replicas - partition} new pods have been updated...`,
      );
    return { text: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...`, done: true };
  }
  if (updateRevision !== currentRevision)
    return going(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...`,
    );
  return {
    text: `statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...`,
    done: true,
  };
}
