/** Which start of a CronJob is due, and when the next will be (kubernetes `pkg/controller/cronjob/utils.go`). */
import { type CronSchedule, parseCronSchedule } from '../../../apimachinery/cron';
import { nextTime } from '../../../apimachinery/cron-times';
import { isObject } from '../../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../../apimachinery/meta';
import { parseTime } from '../../../apimachinery/time';
import { isTimeZone, loadTimeZone, UTC } from '../../../apimachinery/time-zone';
import type { Instant } from '../../clock';
import type { CronJob } from './cron-job';

/** A schedule whose moments never come, though it can be read: the 31st of February. */
export class ImpossibleSchedule extends Error {
  constructor() {
    super('time difference between two schedules is less than 1 second');
  }
}

/** More missed starts than this are told of. */
const MANY = 100;

export interface Starts {
  /** What the starts are counted from. */
  since: Instant;
  /** The last one that is not in the future. */
  latest?: Instant;
  missed: 'none' | 'few' | 'many';
}

/** The schedule, in the zone that spec.timeZone names unless it names one itself (formatSchedule). @throws Error what is wrong with it */
export function scheduleOf({ spec }: CronJob): CronSchedule {
  const schedule = parseCronSchedule(spec.schedule);
  const { timeZone } = spec;
  const applies = timeZone !== undefined && !spec.schedule.includes('TZ') && isTimeZone(timeZone);
  return applies ? { ...schedule, timeZone } : schedule;
}

/**
 * When the schedule was last changed: what a new schedule would have started before then is not made up for, as upstream
 * waits for its next time (updateCronJob). Undefined where it may have been a resumption, after which what was missed is.
 * Nobody but the field managers has kept when a field changed.
 */
export function scheduleChangedAt({ metadata }: CronJob): Instant | undefined {
  const owns = (field: string) => (entry: ManagedFieldsEntry) =>
    entry.subresource === undefined && isObject(entry.fieldsV1['f:spec']) && field in entry.fieldsV1['f:spec'];
  const entries = metadata.managedFields ?? [];
  const written = (entry: ManagedFieldsEntry) => parseTime(entry.time ?? '') ?? 0;
  const ofSchedule = entries.filter((entry) => owns('f:schedule')(entry) || owns('f:timeZone')(entry));
  const changed = Math.max(...ofSchedule.map(written));
  const resumed = Math.max(...entries.filter(owns('f:suspend')).map(written));
  return changed > resumed ? changed : undefined;
}

/** The zone in which times of this cron job are written. */
export function zoneOf({ spec }: CronJob) {
  return spec.timeZone === undefined ? UTC : loadTimeZone(spec.timeZone);
}

/**
 * The start that is due (mostRecentScheduleTime). How many were missed is reckoned from the distance of the first two.
 * @throws ImpossibleSchedule
 */
export function startsUntil(cronJob: CronJob, schedule: CronSchedule, now: Instant, withDeadline: boolean): Starts {
  const { spec, status, metadata } = cronJob;
  let since = parseTime(status.lastScheduleTime ?? metadata.creationTimestamp ?? '') ?? now;
  if (withDeadline && spec.startingDeadlineSeconds !== undefined)
    since = Math.max(since, now - spec.startingDeadlineSeconds * 1000);
  const first = nextTime(schedule, since);
  const second = first === undefined ? undefined : nextTime(schedule, first);
  if (first !== undefined && now < first) return { since, missed: 'none' };
  if (first !== undefined && second !== undefined && now < second) return { since, latest: first, missed: 'none' };
  const apart = first === undefined || second === undefined ? 0 : Math.round((second - first) / 1000);
  if (first === undefined || apart < 1) throw new ImpossibleSchedule();
  const count = Math.floor(Math.floor((now - first) / 1000) / apart) + 1;
  let latest: Instant | undefined;
  const nearby = first + (count - 2) * apart * 1000;
  for (let at = nextTime(schedule, nearby); at !== undefined && at <= now; at = nextTime(schedule, at)) latest = at;
  return {
    since,
    ...(latest === undefined ? {} : { latest }),
    missed: count > MANY ? 'many' : count > 0 ? 'few' : 'none',
  };
}

/**
 * How long until the next start (nextScheduleTimeDuration). Upstream looks 100 ms later, lest its clock be behind the one
 * that the start was reckoned by; there is but one clock here.
 */
export function untilNextStart(cronJob: CronJob, schedule: CronSchedule, now: Instant): number | undefined {
  const { since, latest, missed } = startsUntil(cronJob, schedule, now, false);
  const next = nextTime(schedule, latest ?? (missed === 'none' ? since : now));
  return next === undefined ? undefined : next - now;
}
