/** One look at one CronJob: what its jobs have come to, and whether another is due (cronjob_controllerv2.go sync, syncCronJob). */
import type { CronSchedule } from '../../../apimachinery/cron';
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import { formatInZone, isTimeZone } from '../../../apimachinery/time-zone';
import type { Instant } from '../../clock';
import type { Context, Result } from '../../controller';
import { controllerReference } from '../claim';
import { finishedCondition, JOBS } from '../job/job';
import { isNamespaceTerminating, messageOf } from '../pod-control';
import { CRON_JOBS, type CronJob, type CronJobStatus, type JobReference, rfc1123 } from './cron-job';
import { ImpossibleSchedule, scheduleChangedAt, scheduleOf, startsUntil, untilNextStart, zoneOf } from './schedule';

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

export class CronJobSync {
  private readonly now: Instant;
  /** As it is to be written. */
  private readonly status: CronJobStatus;
  private active: JobReference[];

  constructor(
    private readonly cronJob: CronJob,
    private readonly jobs: readonly KubeObject[],
    private readonly context: Context,
  ) {
    this.now = context.clock.now();
    this.status = { ...cronJob.status };
    this.active = [...(cronJob.status.active ?? [])];
  }

  async run(): Promise<Result | undefined> {
    let failure: { error: unknown } | undefined;
    let wait: number | undefined;
    try {
      await this.cleanUp();
      this.takeStock();
      wait = await this.start();
    } catch (error) {
      failure = { error };
    }
    await this.writeStatus();
    if (failure) throw failure.error;
    // The next start is nothing that a cluster has to come to rest for.
    return wait === undefined ? undefined : { requeueAfter: wait, periodic: true };
  }

  /** Deletes the oldest jobs that are over, beyond the limits of the history (cleanupFinishedJobs). */
  private async cleanUp(): Promise<void> {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = this.cronJob.spec;
    const limits = [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const;
    for (const [outcome, limit] of limits) {
      if (limit === undefined) continue;
      const over = this.jobs.filter((job) => finishedCondition(job) === outcome).sort(byStart);
      for (const job of over.slice(0, Math.max(0, over.length - limit)))
        if (job.metadata.deletionTimestamp === undefined) await this.delete(job);
    }
  }

  /** Which of its jobs still run, and when the last one succeeded. */
  private takeStock(): void {
    const { status } = this;
    for (const job of this.jobs) {
      const { name = '', uid = '' } = job.metadata;
      const isActive = this.active.some((reference) => reference.uid === uid);
      const outcome = finishedCondition(job);
      if (!outcome) {
        const message = `Saw a job that the controller did not create or forgot: ${name}`;
        if (!isActive) this.sayAnew('Warning', 'UnexpectedJob', message, changedAt(job));
        continue;
      }
      if (isActive) {
        this.drop(uid);
        this.say('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${outcome}`);
      }
      const completed: string | undefined = job['status']?.completionTime;
      if (outcome !== 'Complete' || completed === undefined) continue;
      const before = parseTime(status.lastSuccessfulTime ?? '');
      if (before === undefined || (parseTime(completed) ?? 0) > before) status.lastSuccessfulTime = completed;
    }
    const present = new Set(this.jobs.map(({ metadata }) => metadata.uid));
    for (const { uid, name } of [...this.active])
      if (!present.has(uid)) {
        this.say('Normal', 'MissingJob', `Active job went missing: ${name}`);
        this.drop(uid);
      }
  }

  /** Starts the job that is due, if one is and may. Gives back how long until the next. */
  private async start(): Promise<number | undefined> {
    const { cronJob, now } = this;
    const { spec, metadata } = cronJob;
    if (metadata.deletionTimestamp !== undefined) return undefined;
    const made = parseTime(metadata.creationTimestamp ?? '') ?? 0;
    if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
      const zone = JSON.stringify(spec.timeZone);
      this.sayAnew('Warning', 'UnknownTimeZone', `invalid timeZone: ${zone}: unknown time zone ${spec.timeZone}`, made);
      return undefined;
    }
    if (spec.suspend) return undefined;
    if (spec.schedule.includes('TZ'))
      this.sayAnew(
        'Warning',
        'UnsupportedSchedule',
        `CRON_TZ or TZ used in schedule ${JSON.stringify(spec.schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
        made,
      );
    let schedule: CronSchedule;
    try {
      schedule = scheduleOf(cronJob);
    } catch (error) {
      const text = `unparseable schedule: ${JSON.stringify(spec.schedule)} : ${messageOf(error)}`;
      this.sayAnew('Warning', 'UnparseableSchedule', text, made);
      return undefined;
    }
    try {
      const { latest, missed } = startsUntil(cronJob, schedule, now, true);
      if (latest !== undefined && latest > (scheduleChangedAt(cronJob) ?? 0)) {
        if (missed === 'many')
          this.sayAnew(
            'Warning',
            'TooManyMissedTimes',
            'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
            latest,
          );
        const goesOn = await this.startAt(latest);
        if (!goesOn) return undefined;
      }
    } catch (error) {
      if (!(error instanceof ImpossibleSchedule)) throw error;
      const text = `invalid schedule: ${spec.schedule} : ${messageOf(error)}`;
      this.sayAnew('Warning', 'InvalidSchedule', text, made);
      return undefined;
    }
    return untilNextStart({ ...cronJob, status: this.status }, schedule, now);
  }

  /** The rules about a start that is due. False where somebody else has made the job. */
  private async startAt(scheduled: Instant): Promise<boolean> {
    const { cronJob, now, status } = this;
    const { spec } = cronJob;
    const deadline = spec.startingDeadlineSeconds;
    if (deadline !== undefined && scheduled + deadline * 1000 < now) {
      const message = `Missed scheduled time to start a job: ${rfc1123(scheduled)}`;
      this.sayAnew('Warning', 'MissSchedule', message, scheduled);
      return true;
    }
    const name = jobName(cronJob, scheduled);
    const isProcessed = parseTime(status.lastScheduleTime ?? '') === scheduled;
    if (isProcessed || this.active.some((reference) => reference.name === name)) return true;
    if (spec.concurrencyPolicy === 'Forbid' && this.active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      this.sayAnew('Normal', 'JobAlreadyActive', message, scheduled);
      return true;
    }
    if (spec.concurrencyPolicy === 'Replace')
      for (const { uid, name: running } of [...this.active]) {
        const job = this.jobs.find(({ metadata }) => metadata.uid === uid);
        if (job && !(await this.delete(job)))
          throw new Error(`could not replace job ${job.metadata.namespace}/${running}`);
      }
    const job = await this.create(scheduled);
    if (!job) return false;
    const { uid = '', namespace = '', resourceVersion = '' } = job.metadata;
    this.active.push({ apiVersion: 'batch/v1', kind: 'Job', name, namespace, resourceVersion, uid });
    status.lastScheduleTime = formatTime(scheduled);
    return true;
  }

  /** Makes the job. One that is there already under its name is it, if it is this cron job's. */
  private async create(scheduled: Instant): Promise<KubeObject | undefined> {
    const { cronJob, context } = this;
    const { namespace = '' } = cronJob.metadata;
    const wanted = jobOf(cronJob, scheduled);
    try {
      const job = await context.client.create(JOBS, namespace, wanted);
      this.say('Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (isReason(error, 'AlreadyExists')) {
        const job = await context.client.get(JOBS, namespace, wanted.metadata.name ?? '');
        return controllerOf(job)?.uid === cronJob.metadata.uid ? job : undefined;
      }
      if (!isNamespaceTerminating(error))
        this.say('Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }

  /** deleteJob: with its pods. */
  private async delete({ metadata }: KubeObject): Promise<boolean> {
    const { namespace = '', name = '', uid = '' } = metadata;
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
    try {
      await this.context.client.delete(JOBS, namespace, name, options);
    } catch (error) {
      this.say('Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      return false;
    }
    this.drop(uid);
    this.say('Normal', 'SuccessfulDelete', `Deleted job ${name}`);
    return true;
  }

  private drop(uid: string): void {
    this.active = this.active.filter((reference) => reference.uid !== uid);
  }

  private async writeStatus(): Promise<void> {
    const { cronJob, active, context } = this;
    const { active: _, ...others } = this.status;
    const status = { ...others, ...(active.length > 0 ? { active } : {}) };
    if (deepEqual(jsonOf(cronJob.status), jsonOf(status))) return;
    await context.client.updateStatus(CRON_JOBS, { ...cronJob, status });
  }

  private say(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.context.events.event(this.cronJob, type, reason, message);
  }

  /** Says something that is so until it changes only if it was not said since then: a new process looks at everything again. */
  private sayAnew(type: 'Normal' | 'Warning', reason: string, message: string, since: Instant): void {
    const said = this.context.cache.index('events', 'about', this.cronJob.metadata.uid ?? '');
    const isOld = said.some(
      (event) =>
        event['reason'] === reason &&
        event['message'] === message &&
        (parseTime(event['lastTimestamp'] ?? '') ?? 0) >= since,
    );
    if (!isOld) this.say(type, reason, message);
  }
}

/** When somebody last wrote to an object; nobody but its field managers has kept it. */
function changedAt({ metadata }: KubeObject): Instant {
  const times = (metadata.managedFields ?? []).map(({ time }) => parseTime(time ?? '') ?? 0);
  return Math.max(parseTime(metadata.creationTimestamp ?? '') ?? 0, ...times);
}

/** By the minute that it is due: none is made twice (getJobName). */
function jobName({ metadata }: CronJob, scheduled: Instant): string {
  return `${metadata.name}-${Math.floor(scheduled / 60_000)}`;
}

/** getJobFromTemplate2 */
function jobOf(cronJob: CronJob, scheduled: Instant): KubeObject {
  const { metadata = {}, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(cronJob, scheduled),
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata.annotations, [SCHEDULED_AT]: formatInZone(scheduled, zoneOf(cronJob)) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  };
}

/** byJobStartTime: those that never started come last. */
function byStart(a: KubeObject, b: KubeObject): number {
  const start = (job: KubeObject) => parseTime(job['status']?.startTime ?? '') ?? Number.POSITIVE_INFINITY;
  if (start(a) !== start(b)) return start(a) - start(b);
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
