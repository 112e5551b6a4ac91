/** From one type to another: `int("1")`, `string(2.5)`, `type(x)` (cel-go ConvertToType). */
import { formatShortest } from '../../apimachinery/float-text';
import { type FunctionDeclaration, overload } from '../functions';
import { int, uint } from '../operators';
import { formatCelDuration, formatTimestamp, parseCelDuration, parseTimestamp, timestampOf } from '../time';
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, param, STRING, TIMESTAMP, type Type, typeOf, UINT } from '../types';
import { CelError, type Duration, type Timestamp, TypeValue, typeName, type Uint, type Value } from '../values';

const A = param('A');
const same = (value: Value): Value => value;

function unreadable(type: Type): CelError {
  return new CelError(`type conversion error from 'string' to '${type.name}'`);
}

function wholeNumber(text: string): bigint | undefined {
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
}

function stringToInt(text: string): Value {
  const value = wholeNumber(text);
  return value === undefined || value !== BigInt.asIntN(64, value) ? unreadable(INT) : value;
}
function stringToUint(text: string): Value {
  const value = /^\d+$/.test(text) ? BigInt(text) : -1n;
  const result = uint(value);
  return result instanceof CelError ? unreadable(UINT) : result;
}
/** strconv.ParseFloat, without its hexadecimal forms. */
export function stringToDouble(text: string): Value {
  const named = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (named) return named[2] ? (named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return unreadable(DOUBLE);
  const value = Number(text);
  return Number.isFinite(value) ? value : unreadable(DOUBLE);
}
function stringToBool(text: string): Value {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : unreadable(BOOL);
}
function doubleToInt(value: number): Value {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) return new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}
function doubleToUint(value: number): Value {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) return new CelError('unsigned integer overflow');
  return uint(BigInt(Math.trunc(value)));
}
export function bytesToString(bytes: Uint8Array): Value {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** The text of a value that `string(value)` yields. */
export const STRINGS: Readonly<Record<string, (value: never) => Value>> = {
  string: same,
  bool: (value: boolean) => String(value),
  bytes: bytesToString,
  double: (value: number) => formatShortest(value),
  'google.protobuf.Duration': formatCelDuration,
  int: (value: bigint) => String(value),
  'google.protobuf.Timestamp': formatTimestamp,
  uint: ({ value }: Uint) => String(value),
};

const NO_DURATION = "type conversion error from 'int' to 'google.protobuf.Duration'";

const string = (id: string, type: Type) => overload(id, [type], STRING, STRINGS[type.name]);

export const CONVERSIONS: readonly FunctionDeclaration[] = [
  {
    name: 'type',
    overloads: [overload('type', [A], typeOf(A))],
    run: (value) => new TypeValue(typeName(value)),
  },
  {
    name: 'bool',
    overloads: [overload('bool_to_bool', [BOOL], BOOL, same), overload('string_to_bool', [STRING], BOOL, stringToBool)],
  },
  {
    name: 'bytes',
    overloads: [
      overload('bytes_to_bytes', [BYTES], BYTES, same),
      overload('string_to_bytes', [STRING], BYTES, (text: string) => new TextEncoder().encode(text)),
    ],
  },
  {
    name: 'double',
    overloads: [
      overload('double_to_double', [DOUBLE], DOUBLE, same),
      overload('int64_to_double', [INT], DOUBLE, (value: bigint) => Number(value)),
      overload('string_to_double', [STRING], DOUBLE, stringToDouble),
      overload('uint64_to_double', [UINT], DOUBLE, ({ value }: Uint) => Number(value)),
    ],
  },
  {
    name: 'duration',
    overloads: [
      overload('duration_to_duration', [DURATION], DURATION, same),
      overload('int64_to_duration', [INT], DURATION, () => new CelError(NO_DURATION)),
      overload(
        'string_to_duration',
        [STRING],
        DURATION,
        (text: string) => parseCelDuration(text) ?? unreadable(DURATION),
      ),
    ],
  },
  { name: 'dyn', overloads: [overload('to_dyn', [A], DYN)], run: same },
  {
    name: 'int',
    overloads: [
      overload('int64_to_int64', [INT], INT, same),
      overload('double_to_int64', [DOUBLE], INT, doubleToInt),
      overload('duration_to_int64', [DURATION], INT, ({ nanos }: Duration) => nanos),
      overload('string_to_int64', [STRING], INT, stringToInt),
      overload('timestamp_to_int64', [TIMESTAMP], INT, ({ seconds }: Timestamp) => seconds),
      overload('uint64_to_int64', [UINT], INT, ({ value }: Uint) => int(value)),
    ],
  },
  {
    name: 'string',
    overloads: [
      string('string_to_string', STRING),
      string('bool_to_string', BOOL),
      string('bytes_to_string', BYTES),
      string('double_to_string', DOUBLE),
      string('duration_to_string', DURATION),
      string('int64_to_string', INT),
      string('timestamp_to_string', TIMESTAMP),
      string('uint64_to_string', UINT),
    ],
  },
  {
    name: 'timestamp',
    overloads: [
      overload('timestamp_to_timestamp', [TIMESTAMP], TIMESTAMP, same),
      overload('int64_to_timestamp', [INT], TIMESTAMP, (seconds: bigint) => timestampOf(seconds)),
      overload(
        'string_to_timestamp',
        [STRING],
        TIMESTAMP,
        (text: string) => parseTimestamp(text) ?? unreadable(TIMESTAMP),
      ),
    ],
  },
  {
    name: 'uint',
    overloads: [
      overload('uint64_to_uint64', [UINT], UINT, same),
      overload('double_to_uint64', [DOUBLE], UINT, doubleToUint),
      overload('int64_to_uint64', [INT], UINT, (value: bigint) => uint(value)),
      overload('string_to_uint64', [STRING], UINT, stringToUint),
    ],
  },
];
