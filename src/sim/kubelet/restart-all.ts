/** Starts all containers of a pod anew because one of them ended so (kubelet ShouldAllContainersRestart; restart rules with RestartAllContainers). */
import type { KubeObject } from '../../apimachinery/meta';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { podCondition } from '../controllers/pod-state';
import {
  allContainers,
  type ContainerStatus,
  couldRestartAll,
  restartsAll,
  STATUSES,
  statusNamed,
  TAKEN_ALONG,
} from './container';
import type { Progress } from './lifecycle';

export const CONDITION = 'AllContainersRestarting';

export type RestartStage = 'none' | 'ending' | 'reset';

/** Where such a restart stands: one has ended that asks for it; or they have all been ended, and are put back. */
export function restartStage(pod: KubeObject, progress: Progress): RestartStage {
  if (!couldRestartAll(pod)) return 'none';
  if (podCondition(pod, CONDITION)?.status === 'True') return 'reset';
  for (const { container, list } of allContainers(pod)) {
    const exitCode = statusNamed(progress[STATUSES[list]], container.name)?.state.terminated?.exitCode;
    if (exitCode !== undefined && restartsAll(container, exitCode)) return 'ending';
  }
  return 'none';
}

/** All that run are killed, without a word before. */
export function endAll(progress: Progress, now: Instant): Progress {
  return mapStatuses(progress, (status) => {
    const { running } = status.state;
    if (!running) return status;
    const terminated = {
      exitCode: 137,
      reason: TAKEN_ALONG,
      startedAt: running.startedAt,
      finishedAt: formatTime(now),
      containerID: status.containerID ?? '',
    };
    return { ...status, ready: false, started: false, state: { terminated } };
  });
}

/** As if they had never begun, but for what they were last. */
export function resetAll(pod: KubeObject, progress: Progress): Progress {
  const reason = (pod['spec'].initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  return {
    ...mapStatuses(progress, (status) => {
      const terminated = status.state.terminated ?? status.lastState.terminated;
      const state = { waiting: { reason } };
      return { ...status, ready: false, started: false, state, lastState: terminated ? { terminated } : {} };
    }),
    initialized: false,
  };
}

function mapStatuses(progress: Progress, change: (status: ContainerStatus) => ContainerStatus): Progress {
  return {
    ...progress,
    initContainerStatuses: progress.initContainerStatuses.map(change),
    containerStatuses: progress.containerStatuses.map(change),
  };
}
