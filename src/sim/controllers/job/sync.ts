/** One look at one Job: what its pods have come to, whether it is over, and what is to be done (job_controller.go syncJob). */
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { Context, Result } from '../../controller';
import { keyOf } from '../../resource-names';
import { deletePod } from '../pod-control';
import { isPodActive, isPodReady, isPodTerminating } from '../pod-state';
import { BackOffMemory, forgetBackOff, needsBackOffMemory } from './back-off-memory';
import { matchFailurePolicy } from './failure-policy';
import { failedIndexes, podsToBeReplaced } from './index-failures';
import { IndexSet } from './index-set';
import {
  ensureCondition,
  isIndexed,
  type JobCondition,
  type JobSpec,
  type JobStatus,
  newCondition,
  specOf,
  statusOf,
  trueCondition,
} from './job';
import { isPodFailed, isTracked, validIndex } from './job-pods';
import { manageJob } from './manage';
import { metSuccessPolicy } from './success-policy';
import { trackStatus } from './tracking';

export class JobSync {
  readonly spec: JobSpec;
  /** As it is to be written. */
  readonly status: JobStatus;
  readonly now: Instant;
  readonly activePods: readonly KubeObject[];
  /** Counts as they will be when this look has done its work. */
  active: number;
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
  /** By which the job is over, or about to be. */
  finished: JobCondition | undefined;
  /** Of indexed jobs: those that had succeeded before, those that have now, and those that have failed for good. */
  succeededBefore = IndexSet.NONE;
  succeededIndexes = IndexSet.NONE;
  failedIndexes: IndexSet | undefined;
  /** Failed pods that stay until their index has another. */
  toBeReplaced: ReadonlyMap<number, KubeObject> = new Map();
  /** Where the pods and the status don't tell how often they failed. */
  backOff: BackOffMemory | undefined;
  private wake: number | undefined;
  private readonly freshlyEnded: Record<'succeeded' | 'failed', readonly KubeObject[]>;

  constructor(
    readonly job: KubeObject,
    readonly pods: readonly KubeObject[],
    readonly context: Context,
  ) {
    this.spec = specOf(job);
    const uncounted = statusOf(job).uncountedTerminatedPods ?? {};
    this.status = { ...statusOf(job), uncountedTerminatedPods: { ...uncounted } };
    this.now = context.clock.now();
    this.activePods = pods.filter(isPodActive);
    this.active = this.activePods.length;
    this.ready = this.activePods.filter(isPodReady).length;
    this.terminating = pods.filter(isPodTerminating).length;
    const { succeeded: countedLater = [], failed: failedLater = [] } = uncounted;
    const fresh = pods.filter(
      (pod) => isTracked(pod) && (!isIndexed(this.spec) || validIndex(pod, this.spec) !== undefined),
    );
    const is = (list: readonly string[], pod: KubeObject) => list.includes(pod.metadata.uid ?? '');
    const succeeded = fresh.filter((pod) => pod['status']?.phase === 'Succeeded' && !is(countedLater, pod));
    const failed = fresh.filter((pod) => isPodFailed(pod, this.spec) && !is(failedLater, pod));
    this.freshlyEnded = { succeeded, failed };
    this.succeeded = (this.status.succeeded ?? 0) + countedLater.length + succeeded.length;
    this.failed =
      (this.status.failed ?? 0) +
      failedLater.length +
      failed.filter((pod) => matchFailurePolicy(this.spec, pod).counts).length;
  }

  async run(): Promise<Result | undefined> {
    const { spec, status, job, context } = this;
    const remembers = needsBackOffMemory(spec);
    if (remembers)
      this.backOff = await BackOffMemory.of(keyOf(job), job.metadata.uid ?? '', context.client, this.freshlyEnded);
    if (!status.startTime && !spec.suspend) status.startTime = formatTime(this.now);
    this.finished = this.judge();
    if (isIndexed(spec)) this.judgeIndexes();
    const failure = this.finished ? await this.deleteActivePods() : await this.manage();
    status.active = this.active;
    status.ready = this.ready;
    status.terminating = this.terminating;
    await this.backOff?.keep();
    const isOver = await trackStatus(this);
    if (isOver && remembers) await forgetBackOff(keyOf(job), context.client);
    if (failure) throw failure.error;
    return this.wake === undefined ? undefined : { requeueAfter: this.wake };
  }

  /** Asks to look again after so many milliseconds. */
  wakeAfter(milliseconds: number): void {
    this.wake = Math.min(this.wake ?? milliseconds, milliseconds);
  }

  condition(type: string, reason: string, message: string): JobCondition {
    return newCondition(type, 'True', reason, message, this.now);
  }

  /** Whether the job is over, as far as its pods as a whole tell. */
  private judge(): JobCondition | undefined {
    const { spec, status, now } = this;
    const met = trueCondition(status, 'SuccessCriteriaMet');
    if (met) return met;
    const target = trueCondition(status, 'FailureTarget');
    if (target) return this.condition('Failed', target.reason ?? '', target.message ?? '');
    for (const pod of spec.podFailurePolicy ? this.pods : []) {
      const message = isPodFailed(pod, spec) ? matchFailurePolicy(spec, pod).message : undefined;
      if (message !== undefined) return this.condition('FailureTarget', 'PodFailurePolicy', message);
    }
    if (this.failed > (spec.backoffLimit ?? 6) || this.hasRestartedTooOften())
      return this.condition('FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    if (spec.activeDeadlineSeconds === undefined || spec.suspend) return undefined;
    const left = (parseTime(status.startTime ?? '') ?? now) + spec.activeDeadlineSeconds * 1000 - now;
    if (left <= 0)
      return this.condition('FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline');
    this.wakeAfter(left);
    return undefined;
  }

  /** Counts restarts of containers, where they are restarted in place (pastBackoffLimitOnFailure). */
  private hasRestartedTooOften(): boolean {
    const { spec, pods } = this;
    if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
    let restarts = 0;
    for (const { status = {} } of pods) {
      if (status.phase !== 'Running' && status.phase !== 'Pending') continue;
      const statuses: { restartCount?: number }[] = [
        ...(status.initContainerStatuses ?? []),
        ...(status.containerStatuses ?? []),
      ];
      for (const { restartCount = 0 } of statuses) restarts += restartCount;
    }
    const limit = spec.backoffLimit ?? 6;
    return limit === 0 ? restarts > 0 : restarts >= limit;
  }

  private judgeIndexes(): void {
    const { spec, status, pods } = this;
    const completions = spec.completions ?? 0;
    this.succeededBefore = IndexSet.parse(status.completedIndexes ?? '', completions);
    const fresh = pods.filter((pod) => pod['status']?.phase === 'Succeeded' && isTracked(pod));
    this.succeededIndexes = this.succeededBefore.merge(
      IndexSet.of(new Set(fresh.flatMap((pod) => validIndex(pod, spec) ?? []))),
    );
    this.succeeded = this.succeededIndexes.total;
    if (spec.backoffLimitPerIndex !== undefined) {
      const failed = failedIndexes(spec, status, pods);
      this.failedIndexes = failed;
      this.finished ??= this.judgeFailedIndexes(failed, completions);
      this.toBeReplaced = podsToBeReplaced(spec, pods, this.activePods, this.succeededIndexes, failed);
    }
    const message = this.finished ? undefined : metSuccessPolicy(spec, this.succeededIndexes);
    if (message !== undefined) this.finished = this.condition('SuccessCriteriaMet', 'SuccessPolicy', message);
  }

  private judgeFailedIndexes(failed: IndexSet, completions: number): JobCondition | undefined {
    const { maxFailedIndexes } = this.spec;
    if (maxFailedIndexes !== undefined && failed.total > maxFailedIndexes)
      return this.condition(
        'FailureTarget',
        'MaxFailedIndexesExceeded',
        'Job has exceeded the specified maximal number of failed indexes',
      );
    if (failed.total > 0 && failed.total + this.succeededIndexes.total >= completions)
      return this.condition('FailureTarget', 'FailedIndexes', 'Job has failed indexes');
    return undefined;
  }

  /** The job is over: nothing of it goes on. While a pod can't be deleted it is not over yet. */
  private async deleteActivePods(): Promise<{ error: unknown } | undefined> {
    let failure: { error: unknown } | undefined;
    for (const pod of this.activePods) {
      try {
        await deletePod(pod, this.job, this.context);
        this.active--;
        this.terminating++;
      } catch (error) {
        failure ??= { error };
      }
      if (isPodReady(pod)) this.ready--;
    }
    if (this.active > 0) this.finished = undefined;
    return failure;
  }

  /** As many pods as there should be; and whether with that it is complete, suspended or resumed. */
  private async manage(): Promise<{ error: unknown } | undefined> {
    const { spec, job } = this;
    let failure: { error: unknown } | undefined;
    const deleting = job.metadata.deletionTimestamp !== undefined;
    if (!deleting)
      try {
        await manageJob(this);
      } catch (error) {
        failure = { error };
      }
    const wanted = spec.completions ?? 1;
    if (this.succeeded >= wanted && this.active === 0)
      this.finished = this.condition(
        'SuccessCriteriaMet',
        'CompletionsReached',
        'Reached expected number of succeeded pods',
      );
    else if (!deleting) this.noteSuspension();
    return failure;
  }

  /** A job that is suspended has not started; one that is resumed starts now. */
  private noteSuspension(): void {
    const { spec, status, now, job, context } = this;
    if (spec.suspend) {
      if (!ensureCondition(status, newCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', now))) return;
      context.events.event(job, 'Normal', 'Suspended', 'Job suspended');
      delete status.startTime;
    } else {
      if (!ensureCondition(status, newCondition('Suspended', 'False', 'JobResumed', 'Job resumed', now))) return;
      context.events.event(job, 'Normal', 'Resumed', 'Job resumed');
      status.startTime = formatTime(now);
    }
  }
}
