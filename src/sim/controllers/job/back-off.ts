/**
 * How long a job waits before it makes another pod after failures: 10 s, doubled with each failure in a row, at most 10 min
 * (kubernetes `pkg/controller/job/backoff_utils.go`). Upstream keeps the count in memory; here it is read from the pods and
 * the status, so that a new process goes on waiting; where they can not tell see back-off-memory.ts.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { isPodTerminal } from '../pod-state';
import { type JobSpec, statusOf } from './job';
import { finishedAt, isPodFailed, isTracked } from './job-pods';

const FIRST_BACK_OFF = 10_000;
const LONGEST_BACK_OFF = 600_000;

/** Milliseconds until a pod may be made, after so many failures in a row of which the last was then (getRemainingTimeForFailuresCount). */
export function remainingBackOff(failures: number, last: Instant, now: Instant): number {
  if (failures === 0) return 0;
  return Math.max(0, Math.min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF) - (now - last));
}

/**
 * The same for a job: failures since the last success count. `failed` is how many there were in all: of pods that were
 * deleted nothing but this is left, and that the status was written soon after they failed.
 */
export function jobBackOff(
  job: KubeObject,
  spec: JobSpec,
  pods: readonly KubeObject[],
  failed: number,
  succeeded: number,
  now: Instant,
): number {
  const lastSuccess = Math.max(
    Number.NEGATIVE_INFINITY,
    ...pods.filter((pod) => pod['status']?.phase === 'Succeeded').map(finishedAt),
  );
  // One that is on its way out and no longer tracked was counted, or was not to be: the count tells.
  const present = pods
    .filter((pod) => isPodFailed(pod, spec) && (isTracked(pod) || isPodTerminal(pod)))
    .map(finishedAt);
  const inARow = present.filter((at) => at > lastSuccess);
  const gone = succeeded === 0 ? Math.max(0, failed - present.length) : 0;
  const last = Math.max(...inARow, gone > 0 ? statusWrittenAt(job) : Number.NEGATIVE_INFINITY);
  return remainingBackOff(inARow.length + gone, last, now);
}

function statusWrittenAt(job: KubeObject): Instant {
  const times = (job.metadata.managedFields ?? [])
    .filter(({ subresource }) => subresource === 'status')
    .map(({ time }) => parseTime(time ?? '') ?? 0);
  return Math.max(parseTime(statusOf(job).startTime ?? '') ?? 0, ...times);
}
