/** Sums and products between a least and a most, none beyond 2^64-1 (cel-go `checker/cost.go`). */
import type { CallEstimate, Range } from './functions';

export const MOST = 2n ** 64n - 1n;
export const ANY_SIZE: Range = { min: 0n, max: MOST };

export function fixed(size: bigint | number): Range {
  return { min: BigInt(size), max: BigInt(size) };
}
export function plus(...ranges: readonly Range[]): Range {
  let [min, max] = [0n, 0n];
  for (const range of ranges) {
    min = bounded(min + range.min);
    max = bounded(max + range.max);
  }
  return { min, max };
}
export function times(a: Range, b: Range): Range {
  return { min: bounded(a.min * b.min), max: bounded(a.max * b.max) };
}
export function union(a: Range, b: Range): Range {
  return { min: least(a.min, b.min), max: -least(-a.max, -b.max) };
}
export function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
/** Times a factor, rounded up. */
export function scaled(range: Range, factor: number): Range {
  return { min: scale(range.min, factor), max: scale(range.max, factor) };
}
export function scale(size: bigint, factor: number): bigint {
  const product = Math.ceil(Number(size) * factor);
  return product >= 2 ** 64 ? MOST : BigInt(product);
}
function bounded(size: bigint): bigint {
  return size > MOST ? MOST : size;
}

/** What going over a string costs, for every code point. */
export const TRAVERSAL = 0.1;
/** What a regular expression costs, for every code point of it. */
export const REGEX = 0.25;
export const NEW_LIST = 10n;
export const NEW_MAP = 30n;
export const NEW_STRUCT = 40n;

/** A call that makes a list so long (estimateAllocatingListCall). */
export function listCall(factor: number, size: Range): CallEstimate {
  return { cost: plus(scaled(size, factor), fixed(1n + NEW_LIST)), size };
}
/** What it did cost (trackAllocatingListCall). */
export function listCost(factor: number, size: number): bigint {
  return BigInt(Math.trunc(size * factor)) + 1n + NEW_LIST;
}
