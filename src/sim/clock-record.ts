/** Where a cluster's simulated time stands, in its store, for all processes. Nothing but the simulation moves it. */
import { isObject, type Json } from '../apimachinery/json';
import { formatMicroTime, parseTime } from '../apimachinery/time';
import type { Instant } from './clock';

export const CLOCK_KEY = '/kubetick/clock';

/** The value of CLOCK_KEY for an instant. */
export function clockRecord(now: Instant): Json {
  return { now: formatMicroTime(now) };
}

/** The instant that a value of CLOCK_KEY stands for; undefined when it is none. */
export function readClockRecord(value: Json | undefined): Instant | undefined {
  const now = isObject(value) ? value['now'] : undefined;
  return typeof now === 'string' ? parseTime(now) : undefined;
}
