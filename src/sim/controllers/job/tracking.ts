/**
 * Counts pods that have ended exactly once (job_controller.go trackJobStatusAndRemoveFinalizers): they are written down as
 * uncounted, then let go of, then counted; whoever goes on after any of these steps counts right.
 */
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { matchFailurePolicy } from './failure-policy';
import { awaitsReplacement } from './index-failures';
import { IndexSet } from './index-set';
import { ensureCondition, isIndexed, JOBS, type JobCondition, type JobStatus, trueCondition } from './job';
import { completionIndex, isPodFailed, isTracked, stopTracking, validIndex } from './job-pods';
import type { JobSync } from './sync';

/** The lists of uncounted pods are kept no longer than this (MaxUncountedPods). */
const MOST_UNCOUNTED = 500;

/** @returns whether the job is over */
export async function trackStatus(sync: JobSync): Promise<boolean> {
  const writer = new StatusWriter(sync);
  const tracked = new Set(sync.pods.filter(isTracked).map(({ metadata }) => metadata.uid ?? ''));
  count(sync.status, tracked);
  const { ended, reachedMost } = collectEnded(sync);
  announceEnd(sync);
  await writer.write();

  let failure: { error: unknown } | undefined;
  for (const pod of ended)
    try {
      await stopTracking(pod, sync.context.client);
      tracked.delete(pod.metadata.uid ?? '');
    } catch (error) {
      failure ??= { error };
    }
  count(sync.status, tracked);
  const { finished } = sync;
  const isOver = !failure && !reachedMost && finished !== undefined && enactEnd(sync, finished);
  await writer.write();
  if (failure) throw failure.error;
  if (isOver) sayFinished(sync, finished);
  return isOver;
}

/** Counts those that are no longer tracked (cleanUncountedPodsWithoutFinalizers). */
function count(status: JobStatus, tracked: ReadonlySet<string>): void {
  const uncounted = { ...status.uncountedTerminatedPods };
  for (const outcome of ['succeeded', 'failed'] as const) {
    const uids = uncounted[outcome] ?? [];
    const left = uids.filter((uid) => tracked.has(uid));
    status[outcome] = (status[outcome] ?? 0) + uids.length - left.length;
    uncounted[outcome] = left;
  }
  status.uncountedTerminatedPods = uncounted;
}

/** Writes down the pods that have ended, and gives back those that may go. */
function collectEnded(sync: JobSync): { ended: KubeObject[]; reachedMost: boolean } {
  const { spec, status, finished } = sync;
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const lists = { succeeded: [...succeeded], failed: [...failed] };
  const isMet = finished?.type === 'SuccessCriteriaMet';
  const newIndexes = new Set<number>();
  const ended: KubeObject[] = [];
  let reachedMost = false;
  for (const pod of inOrderOfIndex(sync)) {
    if (!isTracked(pod) || !mayGo(sync, pod)) continue;
    ended.push(pod);
    const uid = pod.metadata.uid ?? '';
    const index = isIndexed(spec) ? validIndex(pod, spec) : undefined;
    const isUnknown = isIndexed(spec) && index === undefined;
    if (pod['status']?.phase === 'Succeeded' && !failed.includes(uid)) {
      // Its index is enough to count a pod once.
      if (index !== undefined && !sync.succeededBefore.has(index)) newIndexes.add(index);
      else if (!isIndexed(spec) && !succeeded.includes(uid)) lists.succeeded.push(uid);
    } else if (isPodFailed(pod, spec) || (finished && !isMet)) {
      if (!failed.includes(uid) && !isUnknown && matchFailurePolicy(spec, pod).counts) lists.failed.push(uid);
    }
    if (newIndexes.size + lists.succeeded.length + lists.failed.length >= MOST_UNCOUNTED) {
      reachedMost = true;
      break;
    }
  }
  status.uncountedTerminatedPods = lists;
  if (isIndexed(spec)) {
    const indexes = sync.succeededIndexes.merge(IndexSet.of(newIndexes));
    status.succeeded = indexes.total;
    status.completedIndexes = indexes.toString();
    if (sync.failedIndexes) status.failedIndexes = sync.failedIndexes.toString();
    else delete status.failedIndexes;
  }
  return { ended, reachedMost };
}

function inOrderOfIndex({ spec, pods }: JobSync): readonly KubeObject[] {
  if (!isIndexed(spec)) return pods;
  return [...pods].sort((a, b) => (completionIndex(a) ?? -1) - (completionIndex(b) ?? -1));
}

/** canRemoveFinalizer */
function mayGo({ job, spec, finished, toBeReplaced }: JobSync, pod: KubeObject): boolean {
  if (job.metadata.deletionTimestamp !== undefined || finished || pod['status']?.phase === 'Succeeded') return true;
  return isPodFailed(pod, spec) && !awaitsReplacement(pod, toBeReplaced);
}

/** What will be its end is said before its pods are let go of; the end itself once all are gone. */
function announceEnd(sync: JobSync): void {
  const { status, finished } = sync;
  if (!finished) return;
  if (finished.type === 'FailureTarget') {
    status.conditions = [...(status.conditions ?? []), finished];
    sync.finished = sync.condition('Failed', finished.reason ?? '', finished.message ?? '');
  } else if (finished.type === 'SuccessCriteriaMet') {
    if (!trueCondition(status, 'SuccessCriteriaMet')) status.conditions = [...(status.conditions ?? []), finished];
    sync.finished = sync.condition('Complete', finished.reason ?? '', finished.message ?? '');
  }
}

/** enactJobFinished: false while pods are still to be counted, or on their way out. */
function enactEnd({ status, terminating }: JobSync, finished: JobCondition): boolean {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (succeeded.length + failed.length > 0 || terminating > 0) return false;
  ensureCondition(status, finished);
  if (finished.type === 'Complete') status.completionTime = finished.lastTransitionTime;
  return true;
}

/** recordJobFinished */
function sayFinished({ job, spec, status, context }: JobSync, { type, reason = '', message = '' }: JobCondition): void {
  if (type !== 'Complete') {
    context.events.event(job, 'Warning', reason, message);
    return;
  }
  if (spec.completions !== undefined && (status.succeeded ?? 0) > spec.completions)
    context.events.event(
      job,
      'Warning',
      'TooManySucceededPods',
      'Too many succeeded pods running after completion count reached',
    );
  context.events.event(job, 'Normal', 'Completed', 'Job completed');
}

/** Writes the status of a job whenever it has changed. */
class StatusWriter {
  private present: KubeObject;

  constructor(private readonly sync: JobSync) {
    this.present = sync.job;
  }

  async write(): Promise<void> {
    const status = jsonOf(asWritten(this.sync.status));
    if (deepEqual(this.present['status'] ?? {}, status)) return;
    this.present = await this.sync.context.client.updateStatus(JOBS, { ...this.present, status });
  }
}

/** Counts of 0 and empty lists are left out, but for `ready` and `terminating`, which say that they are known. */
function asWritten({
  active,
  succeeded,
  failed,
  completedIndexes,
  uncountedTerminatedPods,
  ...status
}: JobStatus): JobStatus {
  const { succeeded: succeededPods = [], failed: failedPods = [] } = uncountedTerminatedPods ?? {};
  return {
    ...status,
    ...(active ? { active } : {}),
    ...(succeeded ? { succeeded } : {}),
    ...(failed ? { failed } : {}),
    ...(completedIndexes ? { completedIndexes } : {}),
    uncountedTerminatedPods: {
      ...(succeededPods.length > 0 ? { succeeded: succeededPods } : {}),
      ...(failedPods.length > 0 ? { failed: failedPods } : {}),
    },
  };
}
