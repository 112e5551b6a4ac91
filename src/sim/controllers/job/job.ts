/** A Job as its controller sees it, and the small questions that it asks of it (kubernetes `pkg/controller/job/job_controller.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { ResourcePath } from '../../../client/client';
import type { Instant } from '../../clock';

export const JOBS: ResourcePath = { group: 'batch', version: 'v1', resource: 'jobs' };

export interface PodFailureRule {
  action: string;
  onExitCodes?: { containerName?: string; operator: string; values: number[] };
  onPodConditions?: { type: string; status?: string }[];
}

export interface SuccessRule {
  succeededIndexes?: string;
  succeededCount?: number;
}

export interface JobSpec {
  parallelism?: number;
  completions?: number;
  completionMode?: string;
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  activeDeadlineSeconds?: number;
  podFailurePolicy?: { rules: PodFailureRule[] };
  successPolicy?: { rules: SuccessRule[] };
  podReplacementPolicy?: string;
  managedBy?: string;
  suspend?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a pod template is handed on as it is
  template: any;
}

export interface JobCondition {
  type: string;
  status: string;
  lastProbeTime: string;
  lastTransitionTime: string;
  reason?: string;
  message?: string;
}

export interface JobStatus {
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  startTime?: string;
  completionTime?: string;
  completedIndexes?: string;
  failedIndexes?: string;
  conditions?: JobCondition[];
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
}

/** The controller that looks after a job which names none (batch.JobControllerName). */
const JOB_CONTROLLER = 'kubernetes.io/job-controller';

export function specOf(job: KubeObject): JobSpec {
  return job['spec'];
}

export function statusOf(job: KubeObject): JobStatus {
  return job['status'] ?? {};
}

export function isIndexed(spec: JobSpec): boolean {
  return spec.completionMode === 'Indexed';
}

/** managedByExternalController */
export function isManagedElsewhere({ managedBy }: JobSpec): boolean {
  return managedBy !== undefined && managedBy !== JOB_CONTROLLER;
}

/** A pod on its way out is only replaced once it has ended (onlyReplaceFailedPods). */
export function replacesOnlyFailed({ podReplacementPolicy, podFailurePolicy }: JobSpec): boolean {
  return podReplacementPolicy === 'Failed' || podFailurePolicy !== undefined;
}

export function trueCondition({ conditions = [] }: JobStatus, type: string): JobCondition | undefined {
  return conditions.find((condition) => condition.type === type && condition.status === 'True');
}

/** The type of the condition by which a job is over; undefined while it is not (util.FinishedCondition). */
export function finishedCondition(job: KubeObject): 'Complete' | 'Failed' | undefined {
  const status = statusOf(job);
  if (trueCondition(status, 'Complete')) return 'Complete';
  return trueCondition(status, 'Failed') ? 'Failed' : undefined;
}

/** newCondition */
export function newCondition(
  type: string,
  status: string,
  reason: string,
  message: string,
  now: Instant,
): JobCondition {
  const time = formatTime(now);
  return {
    type,
    status,
    lastProbeTime: time,
    lastTransitionTime: time,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
  };
}

/** Sets a condition where it says something new; nothing is made to say that something is not (ensureJobConditionStatus). */
export function ensureCondition(status: JobStatus, wanted: JobCondition): boolean {
  const conditions = status.conditions ?? [];
  const at = conditions.findIndex(({ type }) => type === wanted.type);
  const present = conditions[at];
  if (!present) {
    if (wanted.status === 'False') return false;
    status.conditions = [...conditions, wanted];
    return true;
  }
  if (present.status === wanted.status && present.reason === wanted.reason && present.message === wanted.message)
    return false;
  status.conditions = conditions.with(at, wanted);
  return true;
}
