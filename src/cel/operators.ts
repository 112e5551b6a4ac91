/** What operators do to values (cel-go `common/types`); what they can't do is an error. */
import { between, compareTimestamps, durationOf, later } from './time';
import {
  CelError,
  CelMap,
  compareBytes,
  compareNumbers,
  compareStrings,
  Duration,
  List,
  NO_SUCH_OVERLOAD,
  noSuchOverload,
  Timestamp,
  Uint,
  type Value,
} from './values';

const INT_OVERFLOW = new CelError('integer overflow');
const UINT_OVERFLOW = new CelError('unsigned integer overflow');

export function int(value: bigint): bigint | CelError {
  return value === BigInt.asIntN(64, value) ? value : INT_OVERFLOW;
}
export function uint(value: bigint): Uint | CelError {
  return value === BigInt.asUintN(64, value) ? new Uint(value) : UINT_OVERFLOW;
}

export function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a + b) : NO_SUCH_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a + b : NO_SUCH_OVERLOAD;
  if (typeof a === 'string') return typeof b === 'string' ? a + b : NO_SUCH_OVERLOAD;
  if (a instanceof Uint) return b instanceof Uint ? uint(a.value + b.value) : NO_SUCH_OVERLOAD;
  if (a instanceof List) return b instanceof List ? a.add(b) : NO_SUCH_OVERLOAD;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? concat(a, b) : NO_SUCH_OVERLOAD;
  if (a instanceof Timestamp) return b instanceof Duration ? later(a, b.nanos) : NO_SUCH_OVERLOAD;
  if (!(a instanceof Duration)) return noOperator('_+_');
  if (b instanceof Timestamp) return later(b, a.nanos);
  return b instanceof Duration ? durationOf(a.nanos + b.nanos) : NO_SUCH_OVERLOAD;
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a - b) : NO_SUCH_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a - b : NO_SUCH_OVERLOAD;
  if (a instanceof Uint) return b instanceof Uint ? uint(a.value - b.value) : NO_SUCH_OVERLOAD;
  if (a instanceof Duration) return b instanceof Duration ? durationOf(a.nanos - b.nanos) : NO_SUCH_OVERLOAD;
  if (!(a instanceof Timestamp)) return noOperator('_-_');
  if (b instanceof Timestamp) return between(b, a);
  return b instanceof Duration ? later(a, -b.nanos) : NO_SUCH_OVERLOAD;
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a * b) : NO_SUCH_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a * b : NO_SUCH_OVERLOAD;
  if (a instanceof Uint) return b instanceof Uint ? uint(a.value * b.value) : NO_SUCH_OVERLOAD;
  return noOperator('_*_');
}

export function divide(a: Value, b: Value): Value {
  const byZero = new CelError('division by zero');
  if (typeof a === 'bigint') return typeof b === 'bigint' ? (b === 0n ? byZero : int(a / b)) : NO_SUCH_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a / b : NO_SUCH_OVERLOAD;
  if (!(a instanceof Uint)) return noOperator('_/_');
  if (!(b instanceof Uint)) return NO_SUCH_OVERLOAD;
  return b.value === 0n ? byZero : new Uint(a.value / b.value);
}

export function modulo(a: Value, b: Value): Value {
  const byZero = new CelError('modulus by zero');
  if (typeof a === 'bigint') {
    if (typeof b !== 'bigint') return NO_SUCH_OVERLOAD;
    if (b === 0n) return byZero;
    return a === -(2n ** 63n) && b === -1n ? INT_OVERFLOW : a % b;
  }
  if (!(a instanceof Uint)) return noOperator('_%_');
  if (!(b instanceof Uint)) return NO_SUCH_OVERLOAD;
  return b.value === 0n ? byZero : new Uint(a.value % b.value);
}

export function negate(a: Value): Value {
  if (typeof a === 'bigint') return int(-a);
  if (typeof a === 'number') return -a;
  if (a instanceof Duration) return durationOf(-a.nanos);
  return typeof a === 'boolean' ? NO_SUCH_OVERLOAD : noOperator('-_');
}

/** -1, 0 or 1. */
export function compare(a: Value, b: Value): number | CelError {
  if (typeof a === 'bigint' || typeof a === 'number' || a instanceof Uint) {
    const order = compareNumbers(a, b);
    if (order !== undefined) return order;
    return Number.isNaN(a) || Number.isNaN(b) ? new CelError('NaN values cannot be ordered') : noSuchOverload(b);
  }
  if (typeof a === 'string') return typeof b === 'string' ? compareStrings(a, b) : NO_SUCH_OVERLOAD;
  if (typeof a === 'boolean') return typeof b === 'boolean' ? Number(a) - Number(b) : NO_SUCH_OVERLOAD;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? compareBytes(a, b) : NO_SUCH_OVERLOAD;
  if (a instanceof Timestamp) return b instanceof Timestamp ? compareTimestamps(a, b) : NO_SUCH_OVERLOAD;
  if (!(b instanceof Duration && a instanceof Duration)) return NO_SUCH_OVERLOAD;
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** Whether values of the kind have an order at all. */
export function isComparable(value: Value): boolean {
  return (
    (typeof value !== 'object' && value !== undefined) ||
    value instanceof Uint ||
    value instanceof Uint8Array ||
    value instanceof Timestamp ||
    value instanceof Duration
  );
}

/** `a in b` */
export function contains(element: Value, container: Value): Value {
  if (container instanceof List) return container.contains(element);
  if (!(container instanceof CelMap)) return NO_SUCH_OVERLOAD;
  const found = container.find(element);
  return found instanceof CelError ? found : found !== undefined;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function noOperator(name: string): CelError {
  return new CelError(`no such overload: ${name}`);
}
