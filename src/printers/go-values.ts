/**
 * JSON values as Go's fmt, text/template and jsonpath see them. A JSON integer is an int64, any other number a float64, an
 * object a map[string]interface {}; `undefined` is no value at all. Numbers of other Go types are GoNumber.
 */
import type { Json } from '../apimachinery/json';

/** A number that a template or path made itself: an `int` where JSON has int64, a float64 that happens to be whole. */
export class GoNumber {
  constructor(
    readonly type: 'int' | 'uint8' | 'float64',
    readonly value: number | bigint,
  ) {}
}

export type GoValue = Json | GoNumber | undefined;

export type NumberType = 'int' | 'int64' | 'uint8' | 'float64';

const INT64_LIMIT = 2 ** 63;

/** The Go type and the number, or undefined for what is no number. */
export function goNumber(value: unknown): { type: NumberType; value: number | bigint } | undefined {
  if (typeof value === 'bigint') return { type: 'int64', value };
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < INT64_LIMIT
      ? { type: 'int64', value }
      : { type: 'float64', value };
  return value instanceof GoNumber ? value : undefined;
}

/** The Go type's name, as %T prints it. */
export function goType(value: unknown): string {
  const number = goNumber(value);
  if (number) return number.type;
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'function') return 'func';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** True for a map: a JSON object. */
export function isGoMap(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof GoNumber);
}

export type ComparisonKind = 'bool' | 'int' | 'uint' | 'float' | 'string';

/** What kind a value compares as (text/template basicKind), or undefined for what can't be compared. */
export function basicKind(value: unknown): ComparisonKind | undefined {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  const number = goNumber(value);
  if (!number) return undefined;
  return number.type === 'float64' ? 'float' : number.type === 'uint8' ? 'uint' : 'int';
}
