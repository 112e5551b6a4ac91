/** The moments of a cron schedule, one after the other (robfig/cron v3 `spec.go` SpecSchedule.Next, `constantdelay.go`). */
import { type CronFields, type CronSchedule, STAR } from './cron';
import { instantOf, type LocalTime, loadTimeZone, localTime, type TimeZone, UTC } from './time-zone';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
/** A schedule that names no moment in so many years names none. */
const YEARS_AHEAD = 5;

/**
 * The first moment of the schedule after an instant; undefined where there is none within five years (`30 2 31 2 *`). A
 * schedule without a zone of its own goes by `zone`. Hours that the clocks skip are passed over, hours that come twice come
 * twice.
 */
export function nextTime(schedule: CronSchedule, after: number, zone: TimeZone = UTC): number | undefined {
  const second = Math.floor(after / SECOND) * SECOND;
  if (schedule.every !== undefined) return second + Number(schedule.every / 1_000_000n);
  if (!schedule.fields) return undefined;
  const own = schedule.timeZone === undefined ? zone : loadTimeZone(schedule.timeZone);
  return new Search(schedule.fields, own).from(second + SECOND);
}

/** Goes on field by field, the month first; whoever wraps around begins anew. */
class Search {
  private instant = 0;
  private local: LocalTime = localTime(0, UTC);
  /** Something was moved on, so what is smaller begins at its beginning. */
  private moved = false;

  constructor(
    private readonly fields: CronFields,
    private readonly zone: TimeZone,
  ) {}

  from(start: number): number | undefined {
    this.go(start);
    this.moved = false;
    const last = this.local.year + YEARS_AHEAD;
    while (this.local.year <= last)
      if (this.findMonth() && this.findDay() && this.findHour() && this.findMinute() && this.findSecond())
        return this.instant;
    return undefined;
  }

  private findMonth(): boolean {
    while (!has(this.fields.month, this.local.month)) {
      if (this.begins()) this.goTo({ day: 1, hour: 0, minute: 0, second: 0 });
      this.goTo({ month: this.local.month + 1 });
      if (this.local.month === 1) return false;
    }
    return true;
  }

  private findDay(): boolean {
    while (!this.isDay()) {
      if (this.begins()) this.goTo({ hour: 0, minute: 0, second: 0 });
      this.goTo({ day: this.local.day + 1 });
      // Where the clocks change at midnight, a day may begin at 1, or be reached at 23 of the day before.
      const { hour } = this.local;
      if (hour !== 0) this.go(this.instant + (hour > 12 ? 24 - hour : -hour) * HOUR);
      if (this.local.day === 1) return false;
    }
    return true;
  }

  private findHour(): boolean {
    while (!has(this.fields.hour, this.local.hour)) {
      if (this.begins()) this.goTo({ minute: 0, second: 0 });
      this.go(this.instant + HOUR);
      if (this.local.hour === 0) return false;
    }
    return true;
  }

  private findMinute(): boolean {
    while (!has(this.fields.minute, this.local.minute)) {
      if (this.begins()) this.go(Math.floor(this.instant / MINUTE) * MINUTE);
      this.go(this.instant + MINUTE);
      if (this.local.minute === 0) return false;
    }
    return true;
  }

  /** A standard schedule is for the full minute. */
  private findSecond(): boolean {
    while (this.local.second !== 0) {
      this.moved = true;
      this.go(this.instant + SECOND);
      if (this.local.second === 0) return false;
    }
    return true;
  }

  /** Both must match where either is any; else one is enough (dayMatches). */
  private isDay(): boolean {
    const { dayOfMonth, dayOfWeek } = this.fields;
    const ofMonth = has(dayOfMonth, this.local.day);
    const ofWeek = has(dayOfWeek, this.local.weekday);
    return (dayOfMonth | dayOfWeek) & STAR ? ofMonth && ofWeek : ofMonth || ofWeek;
  }

  /** Is this the first thing that is moved on? */
  private begins(): boolean {
    if (this.moved) return false;
    this.moved = true;
    return true;
  }

  private go(instant: number): void {
    this.instant = instant;
    this.local = localTime(instant, this.zone);
  }

  private goTo(change: Partial<LocalTime>): void {
    this.go(instantOf({ ...this.local, ...change }, this.zone));
  }
}

function has(bits: bigint, value: number): boolean {
  return (bits & (1n << BigInt(value))) !== 0n;
}
