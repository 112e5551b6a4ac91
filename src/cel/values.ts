/**
 * What expressions work on (cel-go `common/types`): `int` is a bigint, `double` a number, `string` a string, `bool`, `null`
 * and bytes what they are in JavaScript; the rest has classes. What goes wrong is a value too.
 */
import { formatShortest } from '../apimachinery/float-text';
import type { Type } from './types';

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | List
  | CelMap
  | Optional
  | TypeValue
  | Opaque
  | CelError;

export class CelError {
  constructor(readonly message: string) {}
}

export const NO_SUCH_OVERLOAD = new CelError('no such overload');

/** The value itself if it is an error, else that there is no such overload (MaybeNoSuchOverloadErr). */
export function noSuchOverload(value?: Value): CelError {
  return value instanceof CelError ? value : NO_SUCH_OVERLOAD;
}

export class Uint {
  constructor(readonly value: bigint) {}
}

/** An instant, and the offset in seconds of the zone that it was written in. */
export class Timestamp {
  constructor(
    readonly seconds: bigint,
    readonly nanos: number,
    readonly offset = 0,
  ) {}
}

export class Duration {
  constructor(readonly nanos: bigint) {}
}

export class Optional {
  constructor(readonly value: Value | undefined) {}
}
export const NONE = new Optional(undefined);

/** A type as a value: what `type(x)` yields and `int` names. */
export class TypeValue {
  constructor(readonly name: string) {}
}

/** A value of a library: a quantity, an address. */
export abstract class Opaque {
  abstract readonly type: Type;
  abstract equals(other: Value): Value;
  /** How long it counts as. */
  size(): number {
    return 1;
  }
  text(): string {
    return this.type.name;
  }
}

export abstract class List {
  abstract readonly size: number;
  abstract at(index: number): Value;

  *[Symbol.iterator](): Iterator<Value> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  equals(other: Value): Value {
    if (!(other instanceof List) || other.size !== this.size) return false;
    for (let i = 0; i < this.size; i++) if (equal(this.at(i), other.at(i)) === false) return false;
    return true;
  }
  add(other: List): Value {
    if (this.size === 0) return other;
    return other.size === 0 ? this : new ArrayList([...this, ...other]);
  }
  contains(value: Value): Value {
    for (const element of this) if (equal(value, element) === true) return true;
    return false;
  }
}

export class ArrayList extends List {
  constructor(readonly elements: readonly Value[]) {
    super();
  }
  override get size(): number {
    return this.elements.length;
  }
  override at(index: number): Value {
    return this.elements[index] as Value;
  }
}

export abstract class CelMap {
  abstract readonly size: number;
  /** Undefined if there is none; an error for a key that can't be one. */
  abstract find(key: Value): Value | undefined;
  abstract keys(): readonly Value[];

  /** The same with one more entry. */
  with(key: Value, value: Value): CelMap {
    return new EntryMap([...this.keys().map((known) => [known, this.find(known) as Value] as const), [key, value]]);
  }
  equals(other: Value): Value {
    if (!(other instanceof CelMap) || other.size !== this.size) return false;
    for (const key of this.keys()) {
      const theirs = other.find(key);
      if (theirs === undefined || equal(this.find(key) as Value, theirs) === false) return false;
    }
    return true;
  }
}

/** A map that an expression made. */
export class EntryMap extends CelMap {
  protected readonly entries = new Map<string, readonly [Value, Value]>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const entry of entries) this.entries.set(keyText(entry[0]), entry);
  }
  override get size(): number {
    return this.entries.size;
  }
  /** Numbers are found by what they are worth. */
  override find(key: Value): Value | undefined {
    const found = this.entries.get(keyText(key));
    if (found) return found[1];
    for (const other of sameNumbers(key)) {
      const entry = this.entries.get(keyText(other));
      if (entry) return entry[1];
    }
    return undefined;
  }
  override keys(): readonly Value[] {
    return [...this.entries.values()].map(([key]) => key);
  }
}

/** What a comprehension collects: seen by nothing else while it grows, so that it need not be copied. */
export class GrowingMap extends EntryMap {
  override with(key: Value, value: Value): CelMap {
    this.entries.set(keyText(key), [key, value]);
    return this;
  }
}
export class GrowingList extends List {
  private readonly elements: Value[] = [];

  override get size(): number {
    return this.elements.length;
  }
  override at(index: number): Value {
    return this.elements[index] as Value;
  }
  override add(other: List): Value {
    this.elements.push(...other);
    return this;
  }
}

function keyText(key: Value): string {
  return `${typeName(key)}:${formatValue(key)}`;
}

function sameNumbers(key: Value): Value[] {
  if (typeof key === 'bigint') return key >= 0n ? [new Uint(key)] : [];
  if (key instanceof Uint) return key.value < 2n ** 63n ? [key.value] : [];
  if (typeof key !== 'number' || !Number.isInteger(key)) return [];
  const whole = BigInt(key);
  if (whole < -(2n ** 63n) || whole >= 2n ** 64n) return [];
  return [...(whole < 2n ** 63n ? [whole] : []), ...(whole >= 0n ? [new Uint(whole)] : [])];
}

/** The name that `type(value)` has. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
  }
  if (value === null) return 'null_type';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof List) return 'list';
  if (value instanceof CelMap) return 'map';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeValue) return 'type';
  return value instanceof CelError ? 'error' : value.type.name;
}

/** Whether two values are the same, numbers by what they are worth (types.Equal). An error if it can't be told. */
export function equal(a: Value, b: Value): Value {
  if (a instanceof CelError) return a;
  if (b instanceof CelError) return b;
  if (a === null || b === null) return a === b;
  if (typeof a === 'bigint' || typeof a === 'number' || a instanceof Uint) return compareNumbers(a, b) === 0;
  if (typeof a === 'string' || typeof a === 'boolean') return a === b;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (a instanceof List || a instanceof CelMap) return a.equals(b);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equal(a.value, b.value);
  }
  return a.equals(b);
}

/** -1, 0 or 1; undefined for what can't be ordered (NaN, no number). */
export function compareNumbers(a: bigint | number | Uint, b: Value): number | undefined {
  const right = b instanceof Uint ? b.value : b;
  const left = a instanceof Uint ? a.value : a;
  if (typeof right !== 'bigint' && typeof right !== 'number') return undefined;
  if (Number.isNaN(left) || Number.isNaN(right)) return undefined;
  if (typeof left === typeof right) return left < right ? -1 : left > right ? 1 : 0;
  // A double is compared with a whole number as doubles are.
  const [x, y] = [Number(left), Number(right)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

/** By code points, as Go compares the bytes of strings. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Surrogates stand for what comes after everything that has none.
    const [left, right] = [isSurrogate(x), isSurrogate(y)];
    if (left !== right) return left ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Go's `%v` of a value, for the texts of errors. */
export function formatValue(value: Value): string {
  if (typeof value === 'number') return formatShortest(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value;
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return `[${value.join(' ')}]`;
  if (value instanceof List) return `[${[...value].map(formatValue).join(', ')}]`;
  if (value instanceof CelMap)
    return `{${value
      .keys()
      .map((key) => `${formatValue(key)}: ${formatValue(value.find(key) ?? null)}`)
      .join(', ')}}`;
  if (value instanceof Optional)
    return value.value === undefined ? 'optional.none()' : `optional(${formatValue(value.value)})`;
  if (value instanceof CelError) return value.message;
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Opaque) return value.text();
  return typeName(value);
}

/** How long a value is, for what it costs (actualSize). */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return codePoints(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof List || value instanceof CelMap) return value.size;
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value);
  return value instanceof Opaque ? value.size() : 1;
}

/** How many code points a string has. */
export function codePoints(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++, count++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) i++;
    }
  }
  return count;
}
