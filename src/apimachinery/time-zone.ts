/** Local times in the zones of the time zone database, as Go's `time` package reckons them; the rules come from Intl. */

const SECOND = 1000;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** A moment as a clock and a calendar on the wall show it. */
export interface LocalTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 is Sunday. */
  weekday: number;
}

export interface TimeZone {
  readonly name: string;
  /** Milliseconds that local time is ahead of UTC at this instant. */
  offsetAt(instant: number): number;
}

export const UTC: TimeZone = { name: 'UTC', offsetAt: () => 0 };

const zones = new Map<string, TimeZone>([
  ['', UTC],
  ['UTC', UTC],
  ['Local', UTC],
]);

/** The zone of this name (time.LoadLocation). `Local` is UTC: so are the clocks of a cluster. @throws Error for one that there is none of */
export function loadTimeZone(name: string): TimeZone {
  let zone = zones.get(name);
  if (!zone) {
    zone = new IntlZone(name);
    zones.set(name, zone);
  }
  return zone;
}

/** True for a zone of the time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    loadTimeZone(name);
    return true;
  } catch {
    return false;
  }
}

export function localTime(instant: number, zone: TimeZone): LocalTime {
  const shown = new Date(instant + zone.offsetAt(instant));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    weekday: shown.getUTCDay(),
  };
}

/**
 * The instant of a local time (time.Date). Days and months beyond their ends run over. A time that the clocks skip is taken
 * with the offset from before or after, one that comes twice is the first or second, as Go happens to have it.
 */
export function instantOf(
  local: Pick<LocalTime, 'year' | 'month' | 'day'> & Partial<LocalTime>,
  zone: TimeZone,
): number {
  const { year, month, day, hour = 0, minute = 0, second = 0 } = local;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - zone.offsetAt(shown - zone.offsetAt(shown));
}

/** RFC 3339 with the zone's offset: `2026-03-29T03:30:00+02:00`; in UTC `Z`. */
export function formatInZone(instant: number, zone: TimeZone): string {
  const offset = zone.offsetAt(instant);
  const shown = new Date(instant + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${shown}Z`;
  const minutes = Math.floor(Math.abs(offset) / MINUTE);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${shown}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Asks Intl once a day that is looked at, and by the minute on days on which the clocks change. */
class IntlZone implements TimeZone {
  private readonly format: Intl.DateTimeFormat;
  private readonly known = new Map<number, number>();

  constructor(readonly name: string) {
    // Intl also takes offsets, and names in any case; Go's are names of files.
    if (!/^[A-Za-z]/.test(name)) throw unknownZone(name);
    try {
      this.format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        era: 'narrow',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      throw unknownZone(name);
    }
    const canonical = this.format.resolvedOptions().timeZone;
    if (canonical !== name && canonical.toLowerCase() === name.toLowerCase()) throw unknownZone(name);
  }

  offsetAt(instant: number): number {
    const day = Math.floor(instant / DAY) * DAY;
    const atStart = this.ask(day);
    if (atStart === this.ask(day + DAY)) return atStart;
    return this.ask(Math.floor(instant / MINUTE) * MINUTE);
  }

  private ask(instant: number): number {
    let offset = this.known.get(instant);
    if (offset === undefined) {
      offset = this.measure(instant);
      this.known.set(instant, offset);
    }
    return offset;
  }

  private measure(instant: number): number {
    const shown: Record<string, string> = {};
    for (const { type, value } of this.format.formatToParts(instant)) shown[type] = value;
    const part = (name: string) => Number(shown[name]);
    const year = shown['era'] === 'B' ? 1 - part('year') : part('year');
    const local = Date.UTC(year, part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return local - Math.floor(instant / SECOND) * SECOND;
  }
}

function unknownZone(name: string): Error {
  return new Error(`unknown time zone ${name}`);
}
