/** Schedules of cron jobs: the expressions that robfig/cron v3 takes (`ParseStandard`), with its complaints. */
import { parseNanoseconds } from './duration';
import { isTimeZone } from './time-zone';

/** The moments of a schedule: one bit for each value of a field that matches. */
export interface CronFields {
  minute: bigint;
  hour: bigint;
  dayOfMonth: bigint;
  month: bigint;
  dayOfWeek: bigint;
}
export interface CronSchedule {
  /** Absent for `@every`. */
  fields?: CronFields;
  /** Nanoseconds between two moments, for `@every`. */
  every?: bigint;
  /** The zone that `TZ=` or `CRON_TZ=` names. */
  timeZone?: string;
}

interface Bounds {
  min: number;
  max: number;
  names?: Readonly<Record<string, number>>;
}

/** Set beside the bits of a field that was `*`: days of the month and of the week are joined differently then. */
export const STAR = 1n << 63n;

const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS: Bounds = { min: 1, max: 31 };
const MONTHS: Bounds = {
  min: 1,
  max: 12,
  names: { jan: 1, feb: 2, mar: 3, apr: 4, may: 5, jun: 6, jul: 7, aug: 8, sep: 9, oct: 10, nov: 11, dec: 12 },
};
const WEEKDAYS: Bounds = { min: 0, max: 6, names: { sun: 0, mon: 1, tue: 2, wed: 3, thu: 4, fri: 5, sat: 6 } };

/** @throws Error with robfig/cron's text. A zone it names must be one that is known. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === '') throw new Error('empty spec string');
  let spec = text;
  let timeZone: string | undefined;
  if (spec.startsWith('TZ=') || spec.startsWith('CRON_TZ=')) {
    const space = spec.indexOf(' ');
    if (space < 0) throw new Error(`failed to parse cron schedule ${JSON.stringify(text)}`);
    timeZone = spec.slice(spec.indexOf('=') + 1, space);
    if (!isTimeZone(timeZone)) throw new Error(`provided bad location ${timeZone}: unknown time zone ${timeZone}`);
    spec = spec.slice(space).trim();
  }
  const zone = timeZone === undefined ? {} : { timeZone };
  if (spec.startsWith('@')) return { ...parseDescriptor(spec), ...zone };
  const parts = spec.split(/\s+/).filter(Boolean);
  if (parts.length !== 5) throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts;
  const fields: CronFields = {
    minute: parseField(minute, MINUTES),
    hour: parseField(hour, HOURS),
    dayOfMonth: parseField(day, DAYS),
    month: parseField(month, MONTHS),
    dayOfWeek: parseField(weekday, WEEKDAYS),
  };
  return { fields, ...zone };
}

function parseDescriptor(text: string): CronSchedule {
  const first = { minute: 1n, hour: 1n, dayOfMonth: 1n << 1n, month: 1n << 1n, dayOfWeek: all(WEEKDAYS) };
  switch (text) {
    case '@yearly':
    case '@annually':
      return { fields: first };
    case '@monthly':
      return { fields: { ...first, month: all(MONTHS) } };
    case '@weekly':
      return { fields: { ...first, dayOfMonth: all(DAYS), month: all(MONTHS), dayOfWeek: 1n } };
    case '@daily':
    case '@midnight':
      return { fields: { ...first, dayOfMonth: all(DAYS), month: all(MONTHS) } };
    case '@hourly':
      return { fields: { ...first, hour: all(HOURS), dayOfMonth: all(DAYS), month: all(MONTHS) } };
  }
  if (!text.startsWith('@every ')) throw new Error(`unrecognized descriptor: ${text}`);
  try {
    return { every: everySecond(parseNanoseconds(text.slice('@every '.length))) };
  } catch (error) {
    throw new Error(`failed to parse duration ${text}: ${(error as Error).message}`);
  }
}

/** At least a second, and whole ones. */
function everySecond(nanoseconds: bigint): bigint {
  const second = 1_000_000_000n;
  return nanoseconds < second ? second : nanoseconds - (nanoseconds % second);
}

function all(bounds: Bounds): bigint {
  return bitsOf(bounds.min, bounds.max, 1) | STAR;
}
function bitsOf(start: number, end: number, step: number): bigint {
  let bits = 0n;
  for (let i = start; i <= end; i += step) bits |= 1n << BigInt(i);
  return bits;
}

function parseField(text: string, bounds: Bounds): bigint {
  let bits = 0n;
  for (const range of text.split(',')) if (range !== '') bits |= parseRange(range, bounds);
  return bits;
}

/** `*`, `5`, `1-5`, each with `/step`. */
function parseRange(text: string, bounds: Bounds): bigint {
  const [range = '', stepText, ...more] = text.split('/');
  const [low = '', high, ...rest] = range.split('-');
  let { min: start, max: end } = bounds;
  let star = 0n;
  if (low === '*' || low === '?') star = STAR;
  else {
    start = parseValue(low, bounds);
    if (rest.length > 0) throw new Error(`too many hyphens: ${text}`);
    end = high === undefined ? start : parseValue(high, bounds);
  }
  if (more.length > 0) throw new Error(`too many slashes: ${text}`);
  let step = 1;
  if (stepText !== undefined) {
    step = parseInteger(stepText);
    // `5/15` is from 5 to the end.
    if (high === undefined && rest.length === 0) end = bounds.max;
    if (step > 1) star = 0n;
  }
  if (start < bounds.min) throw new Error(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new Error(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
  return bitsOf(start, end, step) | star;
}

function parseValue(text: string, bounds: Bounds): number {
  const name = text.toLowerCase();
  if (bounds.names && Object.hasOwn(bounds.names, name)) return bounds.names[name] as number;
  return parseInteger(text);
}
function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new Error(`negative number (${value}) not allowed: ${text}`);
  return value;
}
