/** Failures counted for each index: backoffLimitPerIndex (kubernetes `pkg/controller/job/indexed_job_utils.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Instant } from '../../clock';
import { remainingBackOff } from './back-off';
import { matchFailurePolicy } from './failure-policy';
import { IndexSet } from './index-set';
import type { JobSpec, JobStatus } from './job';
import { completionIndex, finishedAt, indexesOf, isPodFailed, isTracked, validIndex } from './job-pods';

const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';
const MAX_INT32 = 2147483647;

/** Those that are known to have failed, and those that have since (calculateFailedIndexes). */
export function failedIndexes(spec: JobSpec, status: JobStatus, pods: readonly KubeObject[]): IndexSet {
  const before = IndexSet.parse(status.failedIndexes ?? '', spec.completions ?? 0);
  const now = new Set<number>();
  for (const pod of pods) {
    const index = validIndex(pod, spec);
    if (index !== undefined && isTracked(pod) && hasIndexFailed(spec, pod)) now.add(index);
  }
  return before.merge(IndexSet.of(now));
}

/** isIndexFailed */
function hasIndexFailed(spec: JobSpec, pod: KubeObject): boolean {
  if (!isPodFailed(pod, spec)) return false;
  const { action, counts } = matchFailurePolicy(spec, pod);
  return action === 'FailIndex' || (counts && countOf(pod, FAILURES) >= (spec.backoffLimitPerIndex ?? 0));
}

/**
 * The failed pods that stay tracked until they are replaced, by their index: the next pod goes on counting from what they
 * say (getPodsWithDelayedDeletionPerIndex).
 */
export function podsToBeReplaced(
  spec: JobSpec,
  pods: readonly KubeObject[],
  active: readonly KubeObject[],
  succeeded: IndexSet,
  failed: IndexSet,
): Map<number, KubeObject> {
  const activeIndexes = indexesOf(active);
  const latest = new Map<number, KubeObject>();
  for (const pod of pods) {
    const index = validIndex(pod, spec);
    if (index === undefined || !isTracked(pod) || !isPodFailed(pod, spec)) continue;
    if (succeeded.has(index) || failed.has(index) || activeIndexes.has(index)) continue;
    const before = latest.get(index);
    if (!before || (allFailures(before) <= allFailures(pod) && finishedAt(pod) >= finishedAt(before)))
      latest.set(index, pod);
  }
  return latest;
}

/** What the pod that replaces another says of the index's failures (addIndexFailureCountAnnotation). */
export function failureAnnotations(spec: JobSpec, replaced: KubeObject | undefined): Record<string, string> {
  if (!replaced) return { [FAILURES]: '0' };
  const { counts } = matchFailurePolicy(spec, replaced);
  const failures = countOf(replaced, FAILURES) + (counts ? 1 : 0);
  const ignored = countOf(replaced, IGNORED_FAILURES) + (counts ? 0 : 1);
  return { [FAILURES]: `${failures}`, ...(ignored > 0 ? { [IGNORED_FAILURES]: `${ignored}` } : {}) };
}

/** Which of these indexes may have a pod now; if none may, how long until the first (getPodCreationInfoForIndependentIndexes). */
export function readyIndexes(
  indexes: readonly number[],
  toBeReplaced: ReadonlyMap<number, KubeObject>,
  now: Instant,
): { indexes: number[]; wait: number } {
  const ready: number[] = [];
  let soonest: number | undefined;
  for (const index of indexes) {
    const failed = toBeReplaced.get(index);
    const wait = failed ? remainingBackOff(allFailures(failed) + 1, finishedAt(failed), now) : 0;
    if (wait === 0) ready.push(index);
    else soonest = Math.min(soonest ?? wait, wait);
  }
  return { indexes: ready, wait: ready.length > 0 ? 0 : (soonest ?? 0) };
}

/** Is this the pod whose index waits for another? */
export function awaitsReplacement(pod: KubeObject, toBeReplaced: ReadonlyMap<number, KubeObject>): boolean {
  const index = completionIndex(pod);
  return index !== undefined && toBeReplaced.get(index)?.metadata.uid === pod.metadata.uid;
}

/** getIndexAbsoluteFailureCount */
function allFailures(pod: KubeObject): number {
  return countOf(pod, FAILURES) + countOf(pod, IGNORED_FAILURES);
}

/** 0 for what nobody sane wrote. */
function countOf(pod: KubeObject, annotation: string): number {
  const text = pod.metadata.annotations?.[annotation] ?? '';
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : 0;
  return count >= 0 && count <= MAX_INT32 ? count : 0;
}
