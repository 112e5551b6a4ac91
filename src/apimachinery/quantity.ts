/**
 * Amounts such as `100m`, `1.5Gi`, `2e3` (apimachinery `pkg/api/resource/quantity.go`): exact, immutable, and printed in the
 * canonical form that upstream prints, with its exceptions (a text that its fast path takes for canonical is kept as it came).
 */

import type { Json } from './json';
import { remembered } from './remembered';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** What upstream's ParseQuantity complains about. */
export class QuantityError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'QuantityError';
  }
}

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const BAD_SUFFIX = "unable to parse quantity's suffix";

const DECIMAL_SUFFIXES: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const MAX_INT64 = 2n ** 63n - 1n;
const NANO = -9;
/** Digits that upstream's int64 fast path holds. */
const FAST_DIGITS = 18;
/** Exponents beyond this are refused: nothing real has them, and they would be written out digit by digit. */
const LARGEST_EXPONENT = 5000;

/** `unscaled × 10^scale`. */
export class Quantity {
  private text: string | undefined;

  constructor(
    readonly unscaled: bigint,
    readonly scale: number,
    readonly format: QuantityFormat,
    text?: string,
  ) {
    this.text = text;
  }

  /** The canonical text (Quantity.String). */
  toString(): string {
    this.text ??= canonicalize(this);
    return this.text;
  }
  toJSON(): string {
    return this.toString();
  }

  isZero(): boolean {
    return this.unscaled === 0n;
  }
  /** -1, 0 or 1. */
  sign(): number {
    return this.unscaled === 0n ? 0 : this.unscaled < 0n ? -1 : 1;
  }
  /** -1, 0 or 1 as this is less than, equal to, or more than `other`. */
  cmp(other: Quantity): number {
    const scale = Math.min(this.scale, other.scale);
    const a = this.at(scale);
    const b = other.at(scale);
    return a === b ? 0 : a < b ? -1 : 1;
  }
  equals(other: Quantity): boolean {
    return this.cmp(other) === 0;
  }
  /** The sum; in the format of this one, unless it is zero (Quantity.Add). */
  add(other: Quantity): Quantity {
    const scale = Math.min(this.scale, other.scale);
    return new Quantity(this.at(scale) + other.at(scale), scale, this.isZero() ? other.format : this.format);
  }
  sub(other: Quantity): Quantity {
    return this.add(other.neg());
  }
  neg(): Quantity {
    return new Quantity(-this.unscaled, this.scale, this.format);
  }
  /** Times a whole number. */
  mul(factor: number | bigint): Quantity {
    return new Quantity(this.unscaled * BigInt(factor), this.scale, this.format);
  }

  /** ceil(this / 10^scale), away from zero (Quantity.ScaledValue), exact. */
  scaled(scale: number): bigint {
    if (this.scale >= scale) return this.at(scale);
    return divideAway(this.unscaled, 10n ** BigInt(scale - this.scale));
  }
  /** Whole units, rounded away from zero (Quantity.Value). Exact below 2^53. */
  value(): number {
    return Number(this.scaled(0));
  }
  /** Thousandths, rounded away from zero (Quantity.MilliValue). Exact below 2^53. */
  milliValue(): number {
    return Number(this.scaled(-3));
  }
  /** Near enough (Quantity.AsApproximateFloat64). */
  toNumber(): number {
    return Number(`${this.unscaled}e${this.scale}`);
  }
  /** Rounded away from zero so that nothing smaller than 10^scale is left (Quantity.RoundUp). */
  roundUp(scale: number): Quantity {
    return this.scale >= scale ? this : new Quantity(this.scaled(scale), scale, this.format);
  }

  /** The unscaled value at a scale not above this one's. */
  private at(scale: number): bigint {
    return scale === this.scale ? this.unscaled : this.unscaled * 10n ** BigInt(this.scale - scale);
  }
}

export const ZERO = new Quantity(0n, 0, 'DecimalSI', '0');

/** A whole number of units (resource.NewQuantity). */
export function quantityOf(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return new Quantity(BigInt(value), 0, format);
}
/** A whole number of thousandths (resource.NewMilliQuantity). */
export function quantityOfMilli(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return new Quantity(BigInt(value), -3, format);
}

/** The same few occur in every pod. */
const MOST_PARSED = 10_000;

/**
 * A quantity from its text (resource.ParseQuantity).
 * @throws QuantityError with upstream's text
 */
export const parseQuantity: (text: string) => Quantity = remembered(MOST_PARSED, parse);

/**
 * A quantity from a field of an object: a string (spaces around it allowed) or a number; absent and null are zero (Quantity.UnmarshalJSON).
 * @throws QuantityError with upstream's text
 */
export function toQuantity(value: Json | undefined): Quantity {
  if (value === undefined || value === null) return ZERO;
  if (typeof value === 'string') return parseQuantity(value.trim());
  if (typeof value === 'number' || typeof value === 'bigint') return parseQuantity(String(value));
  throw new QuantityError(FORMAT_WRONG);
}

/** Thousandths of a field's quantity as a number: `cpuMillis('0.5')` is 500. Absent: 0. */
export function milliValue(value: Json | undefined): number {
  return toQuantity(value).milliValue();
}
/** Whole units of a field's quantity as a number: `wholeValue('1Ki')` is 1024. Absent: 0. */
export function wholeValue(value: Json | undefined): number {
  return toQuantity(value).value();
}

function parse(text: string): Quantity {
  if (text === '') throw new QuantityError(FORMAT_WRONG);
  if (text === '0') return ZERO;
  const { negative, num, denom, suffix } = split(text);
  const { base, exponent, format } = interpret(suffix);
  if (Math.abs(exponent) > LARGEST_EXPONENT) throw new QuantityError(BAD_SUFFIX);

  const digits = BigInt(num + denom);
  if (base === 10) {
    const scale = exponent - denom.length;
    if (FAST_DIGITS - num.length - denom.length >= 0 && scale >= NANO) {
      const shifted = num + denom;
      const keep = scale % 3 === 0 && !shifted.endsWith('000') && shifted[0] !== '0';
      return new Quantity(negative ? -digits : digits, scale, format, keep ? text : undefined);
    }
    return bounded(digits, scale, negative, format);
  }
  const unscaled = digits << BigInt(exponent);
  const precision = 15 - num.length - Math.trunc((exponent * 3) / 10) - 1;
  if (denom === '' && precision >= 0 && unscaled <= MAX_INT64) {
    const keep = (digits & 7n) !== 0n;
    return new Quantity(negative ? -unscaled : unscaled, 0, format, keep ? text : undefined);
  }
  return bounded(unscaled, -denom.length, negative, format);
}

/** The general way: rounded up to nano, capped where binary, and decimal where below 1. */
function bounded(magnitude: bigint, scale: number, negative: boolean, format: QuantityFormat): Quantity {
  let unscaled = magnitude;
  let places = scale;
  if (places < NANO) {
    unscaled = divideAway(unscaled, 10n ** BigInt(NANO - places));
    places = NANO;
  }
  let shape = format;
  if (format === 'BinarySI') {
    const one = 10n ** BigInt(-places);
    if (unscaled > MAX_INT64 * one) {
      unscaled = MAX_INT64;
      places = 0;
    } else if (unscaled < one && unscaled > 0n) shape = 'DecimalSI';
  }
  return new Quantity(negative ? -unscaled : unscaled, places, shape);
}

const PARTS = /^([+-]?)(\d*)(\.\d*)?([eEinumkKMGTP]*(?:[-+]?\d*))$/;

/** Sign, digits before and after the point, suffix (parseQuantityString). */
function split(text: string): { negative: boolean; num: string; denom: string; suffix: string } {
  const match = PARTS.exec(text);
  if (!match) throw new QuantityError(FORMAT_WRONG);
  const num = (match[2] as string).replace(/^0+/, '');
  return {
    negative: match[1] === '-',
    num: num === '' ? '0' : num,
    denom: match[3]?.slice(1) ?? '',
    suffix: match[4] as string,
  };
}

function interpret(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = DECIMAL_SUFFIXES[suffix];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY_SUFFIXES[suffix];
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  if (/^[eE][-+]?\d+$/.test(suffix)) {
    return { base: 10, exponent: Number(suffix.slice(1)), format: 'DecimalExponent' };
  }
  throw new QuantityError(BAD_SUFFIX);
}

/** Quantity.CanonicalizeBytes: the largest suffix that leaves a whole number. */
function canonicalize(quantity: Quantity): string {
  if (quantity.unscaled === 0n) return '0';
  if (quantity.format === 'BinarySI') {
    const whole = quantity.scaled(0);
    const exact = quantity.scale >= 0 || whole * 10n ** BigInt(-quantity.scale) === quantity.unscaled;
    const magnitude = whole < 0n ? -whole : whole;
    if (exact && magnitude >= 1024n) {
      const [amount, times] = factorOut(whole, 1024n);
      const suffix = Object.keys(BINARY_SUFFIXES)[times - 1] ?? '';
      return `${amount}${suffix}`;
    }
  }
  let [amount, times] = factorOut(quantity.unscaled, 10n);
  let exponent = quantity.scale + times;
  while (exponent % 3 !== 0) {
    amount *= 10n;
    exponent--;
  }
  if (quantity.format === 'DecimalExponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  const suffix = Object.keys(DECIMAL_SUFFIXES).find((key) => DECIMAL_SUFFIXES[key] === exponent) ?? '';
  return `${amount}${suffix}`;
}

function factorOut(value: bigint, base: bigint): [bigint, number] {
  let rest = value;
  let times = 0;
  while (rest !== 0n && rest % base === 0n) {
    rest /= base;
    times++;
  }
  return [rest, times];
}

/** Division that rounds away from zero. */
function divideAway(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}
