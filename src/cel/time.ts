/** Instants and spans of time (cel-go `common/types/timestamp.go`, `duration.go`, `overflow.go`). */
import { parseNanoseconds } from '../apimachinery/duration';
import { formatFixed } from '../apimachinery/float-text';
import { CelError, Duration, Timestamp, type Value } from './values';

const SECOND = 1_000_000_000n;
const FIRST = -62135596800n;
const LAST = 253402300799n;
const OVERFLOW = new CelError('integer overflow');
const OUT_OF_RANGE = new CelError('timestamp overflow');

export function durationOf(nanos: bigint): Duration | CelError {
  return nanos === BigInt.asIntN(64, nanos) ? new Duration(nanos) : OVERFLOW;
}

export function timestampOf(seconds: bigint, nanos = 0, offset = 0): Timestamp | CelError {
  return seconds < FIRST || seconds > LAST ? OUT_OF_RANGE : new Timestamp(seconds, nanos, offset);
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** time.Parse of RFC 3339; undefined for what is none. */
export function parseTimestamp(text: string): Timestamp | CelError | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const days = daysOf(Number(year), Number(month), Number(day));
  if (days === undefined) return undefined;
  let offset = 0;
  if (zone !== 'Z') {
    const hours = Number(zone.slice(1, 3));
    const minutes = Number(zone.slice(4));
    if (hours > 24 || minutes > 60) return undefined;
    offset = (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  const seconds = days * 86400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  return timestampOf(BigInt(seconds), Number(fraction.slice(0, 9).padEnd(9, '0')), offset);
}

/** A date at midnight, UTC; undefined for what is none. */
export function parseDate(text: string): Timestamp | CelError | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const days = match && daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  return days === undefined || days === null ? undefined : timestampOf(BigInt(days * 86400));
}

/** Days since 1970; undefined for a day that the month has not. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 86400_000 : undefined;
}

/** RFC 3339 in the zone that it came in. */
export function formatTimestamp({ seconds, nanos, offset }: Timestamp): string {
  const date = new Date(Number(seconds + BigInt(offset)) * 1000).toISOString().slice(0, 19);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  if (offset === 0) return `${date}${fraction}Z`;
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date}${fraction}${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}

/** time.ParseDuration; undefined for what is none. */
export function parseCelDuration(text: string): Duration | undefined {
  try {
    return new Duration(parseNanoseconds(text));
  } catch {
    return undefined;
  }
}

export function formatCelDuration({ nanos }: Duration): string {
  return `${formatFixed(Number(nanos / SECOND) + Number(nanos % SECOND) / 1e9, -1)}s`;
}

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;
  return Math.sign(a.nanos - b.nanos);
}

export function later({ seconds, nanos, offset }: Timestamp, by: bigint): Timestamp | CelError {
  const total = seconds * SECOND + BigInt(nanos) + by;
  const rest = ((total % SECOND) + SECOND) % SECOND;
  return timestampOf((total - rest) / SECOND, Number(rest), offset);
}

export function between(from: Timestamp, to: Timestamp): Duration | CelError {
  return durationOf((to.seconds - from.seconds) * SECOND + BigInt(to.nanos - from.nanos));
}

/** What a part of an instant is in a zone: a name, or an offset such as `-08:00`. */
export function partOf(part: TimePart, { seconds, nanos }: Timestamp, zone: string): Value {
  const offset = offsetOf(zone, Number(seconds) * 1000);
  if (offset instanceof CelError) return offset;
  return BigInt(PARTS[part](new Date((Number(seconds) + offset) * 1000), nanos));
}

export type TimePart =
  | 'getFullYear'
  | 'getMonth'
  | 'getDayOfYear'
  | 'getDayOfMonth'
  | 'getDate'
  | 'getDayOfWeek'
  | 'getHours'
  | 'getMinutes'
  | 'getSeconds'
  | 'getMilliseconds';

const PARTS: Readonly<Record<TimePart, (date: Date, nanos: number) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: (date) => Math.floor((date.getTime() - startOfYear(date)) / 86400_000),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (_date, nanos) => Math.trunc(nanos / 1e6),
};

function startOfYear(date: Date): number {
  const start = new Date(0);
  return start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
}

/** Seconds east of UTC. */
function offsetOf(zone: string, instant: number): number | CelError {
  const colon = zone.indexOf(':');
  if (colon < 0) return namedOffset(zone, instant);
  const [hours, minutes] = [zone.slice(0, colon), zone.slice(colon + 1)];
  for (const number of [hours, minutes])
    if (!/^[+-]?\d+$/.test(number))
      return new CelError(`strconv.Atoi: parsing ${JSON.stringify(number)}: invalid syntax`);
  return (Number(hours) * 60 + (zone.startsWith('-') ? -1 : 1) * Number(minutes)) * 60;
}

function namedOffset(zone: string, instant: number): number | CelError {
  if (zone === '' || zone === 'UTC') return 0;
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
      new Date(instant),
    );
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const match = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name);
    if (!match) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -seconds : seconds;
  } catch {
    return new CelError(`unknown time zone ${zone}`);
  }
}

/** Whole units of a duration. */
export function durationPart(part: TimePart, { nanos }: Duration): Value {
  switch (part) {
    case 'getHours':
      return nanos / (3600n * SECOND);
    case 'getMinutes':
      return nanos / (60n * SECOND);
    case 'getSeconds':
      return nanos / SECOND;
    default:
      return nanos / 1_000_000n;
  }
}
