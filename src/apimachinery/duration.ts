/** Durations as Go writes them (time.ParseDuration, Duration.String), counted in milliseconds. */
import { remembered } from './remembered';

const NANOSECONDS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const LIMIT = 1n << 63n;

/**
 * Reads `300ms`, `-1.5h`, `2h45m`. Returns milliseconds, with a fraction where the text has micro- or nanoseconds.
 * @throws Error in Go's words: `time: invalid duration "x"`, `time: missing unit in duration "1"`,
 *   `time: unknown unit "d" in duration "1d"`.
 */
export function parseDuration(text: string): number {
  return Number(parseNanoseconds(text)) / 1e6;
}

/** The same, exactly: nanoseconds. */
export const parseNanoseconds = remembered(1000, readNanoseconds);

function readNanoseconds(text: string): bigint {
  const invalid = () => new Error(`time: invalid duration ${JSON.stringify(text)}`);
  let rest = text;
  let negative = false;
  if (rest[0] === '-' || rest[0] === '+') {
    negative = rest[0] === '-';
    rest = rest.slice(1);
  }
  if (rest === '0') return 0n;
  if (rest === '') throw invalid();
  let total = 0n;
  while (rest !== '') {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest) as RegExpExecArray;
    const whole = number[1] as string;
    const fraction = number[2] ?? '';
    if (whole === '' && fraction === '') throw invalid();
    rest = rest.slice(number[0].length);
    const unit = (/^[^.\d]*/.exec(rest) as RegExpExecArray)[0];
    if (unit === '') throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    rest = rest.slice(unit.length);
    const size = Object.hasOwn(NANOSECONDS, unit) ? NANOSECONDS[unit] : undefined;
    if (size === undefined)
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    total += BigInt(whole || '0') * size;
    // Go computes the fraction as a double and cuts it off.
    if (fraction !== '') total += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
    if (total > LIMIT || (!negative && total === LIMIT)) throw invalid();
  }
  return negative ? -total : total;
}

/** `1h30m0s`, `1.5s`, `300ms`, `0s` (Duration.String). */
export function formatDuration(milliseconds: number): string {
  return formatNanoseconds(BigInt(Math.round(milliseconds * 1e6)));
}

/** The same for exact nanoseconds. */
export function formatNanoseconds(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const n = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (n < 1_000n) return `${sign}${n}ns`;
  if (n < 1_000_000n) return `${sign}${decimal(n, 1_000n)}\u00b5s`;
  if (n < 1_000_000_000n) return `${sign}${decimal(n, 1_000_000n)}ms`;
  const minutes = n / 60_000_000_000n;
  const seconds = `${decimal(n % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
}
