/** Numbers of a timeline as they are written beside a chart, and the times below it. */
import { formatTime } from '../../apimachinery/time';
import type { TimelineUnit } from '../../apimachinery/timeline';

const BYTES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

export function amountText(value: number, unit: TimelineUnit): string {
  if (unit === 'percent') return `${trimmed(value)}%`;
  if (unit === 'cores') return value > 0 && value < 1 ? `${Math.round(value * 1000)}m` : trimmed(value);
  if (unit !== 'bytes') return trimmed(value);
  let [amount, power] = [value, 0];
  for (; amount >= 1024 && power < BYTES.length - 1; power++) amount /= 1024;
  return `${trimmed(amount)}${BYTES[power]}`;
}

/** Three digits that count. */
function trimmed(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export interface Span {
  from: number;
  to: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1000,
  5000,
  15_000,
  30_000,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 7, 14, 28].map((n) => n * DAY),
];

/** Round times of a span, no more than so many: `08:00`, and the date where a day begins in a span of several. */
export function ticksOf({ from, to }: Span, most: number): { at: number; text: string }[] {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? Math.ceil((to - from) / most / DAY) * DAY;
  const ticks: { at: number; text: string }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const text = formatTime(at);
    const isDate = at % DAY === 0 && to - from > DAY;
    ticks.push({ at, text: isDate ? text.slice(5, 10) : text.slice(11, step < MINUTE ? 19 : 16) });
  }
  return ticks;
}

/** `2026-01-01 00:00 to 2026-01-02 00:00 UTC` */
export function spanText({ from, to }: Span): string {
  const text = (at: number) =>
    formatTime(at)
      .slice(0, at % MINUTE === 0 ? 16 : 19)
      .replace('T', ' ');
  return `${text(from)} to ${text(to)} UTC`;
}
