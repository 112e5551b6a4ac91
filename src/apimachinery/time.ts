/** Instants as the API writes them (metav1.Time, metav1.MicroTime): RFC 3339 in UTC. */

/** `2026-01-01T00:00:00Z`: whole seconds, the rest cut off (metav1.Time). */
export function formatTime(milliseconds: number): string {
  // Everything that happens in one step happens at one instant.
  if (milliseconds !== latest.instant) latest = { instant: milliseconds, text: `${iso(milliseconds, 19)}Z` };
  return latest.text;
}
let latest = { instant: Number.NaN, text: '' };

/** `2026-01-01T00:00:00.000000Z` (metav1.MicroTime). */
export function formatMicroTime(milliseconds: number): string {
  if (milliseconds !== latestMicro.instant) {
    const whole = Math.floor(milliseconds);
    const micros = Math.floor((milliseconds - whole) * 1000 + 1e-6);
    latestMicro = { instant: milliseconds, text: `${iso(whole, 23)}${String(micros).padStart(3, '0')}Z` };
  }
  return latestMicro.text;
}
let latestMicro = { instant: Number.NaN, text: '' };

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 time: milliseconds since 1970, with a fraction for micro- and nanoseconds; undefined when the text is
 * no such time (`2026-02-30`, a missing zone).
 */
export function parseTime(text: string): number | undefined {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const instant = readTime(text);
  if (instant !== undefined) {
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(text, instant);
  }
  return instant;
}

/** A cluster's times are few and asked for often. */
const parsed = new Map<string, number>();
const MOST_PARSED = 1000;

function readTime(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const base = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse lets February 30 roll over to March (or refuses it).
  if (Number.isNaN(base) || dayOfMonth(base) !== Number(day)) return undefined;
  let offset = 0;
  if (zone !== 'Z') {
    const hours = Number(zone?.slice(1, 3));
    const minutes = Number(zone?.slice(4, 6));
    if (hours > 24 || minutes > 59) return undefined;
    offset = (hours * 60 + minutes) * 60_000 * (zone?.[0] === '-' ? -1 : 1);
  }
  return base - offset + (fraction ? Number(`0.${fraction}`) * 1000 : 0);
}

function dayOfMonth(milliseconds: number): number {
  return new Date(milliseconds).getUTCDate();
}

const DAY = 86_400_000;
let latestDay = { day: Number.NaN, text: '' };

/** Of whole milliseconds. The day is the one before nearly always: the rest is quicker told than by a Date. */
function iso(milliseconds: number, length: 19 | 23): string {
  const day = Math.floor(milliseconds / DAY);
  if (day !== latestDay.day)
    latestDay = { day, text: new Date(day * DAY).toISOString().slice(0, 'YYYY-MM-DDT'.length) };
  const within = Math.floor(milliseconds - day * DAY);
  const seconds = Math.floor(within / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = `${latestDay.text}${twoDigits(h)}:${twoDigits(m)}:${twoDigits(s)}`;
  return length === 19 ? text : `${text}.${String(within % 1000).padStart(3, '0')}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
