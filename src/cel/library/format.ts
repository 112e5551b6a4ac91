/** `"%s".format([…])` (cel-go `ext/formatting.go`): at run time, and what can be told of it before. */
import { formatExponent, formatFixed } from '../../apimachinery/float-text';
import { goQuote } from '../../printers/go-format';
import { CelError, CelMap, Duration, List, Timestamp, TypeValue, typeName, Uint, type Value } from '../values';
import { STRINGS, stringToDouble } from './conversions';

export type Verb = 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o';

export interface Clause {
  readonly verb: Verb;
  readonly precision: number | undefined;
}

const DEFAULT_PRECISION = 6;

/** What a clause says of what it can't print. */
export const COMPLAINTS: Readonly<Record<Verb, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
  o: 'octal clause can only be used on integers',
};

export function formatString(format: string, args: List): Value {
  try {
    return expand(format, args.size, (index, clause) => print(args.at(index), clause));
  } catch (error) {
    return new CelError((error as Error).message);
  }
}

/**
 * Goes over a format, clause by clause.
 * @throws Error for what is no format, or lacks an argument
 */
export function expand(format: string, count: number, clause: (index: number, clause: Clause) => string): string {
  let text = '';
  let index = 0;
  for (let i = 0; i < format.length; ) {
    if (format[i] !== '%') {
      text += format[i++];
    } else if (format[i + 1] === '%') {
      text += '%';
      i += 2;
    } else {
      if (index >= count) throw new Error(`index ${index} out of range`);
      if (i + 1 >= format.length) throw new Error('unexpected end of string');
      const { length, ...parsed } = parseClause(format.slice(i + 1));
      text += clause(index++, parsed);
      i += length + 1;
    }
  }
  return text;
}

function parseClause(rest: string): Clause & { length: number } {
  const precision = /^\.(\d*)/.exec(rest);
  const verb = rest[precision?.[0].length ?? 0];
  const wrong = 'could not parse formatting clause';
  if (precision && verb === undefined)
    throw new Error(`${wrong}: error while parsing precision: could not find end of precision specifier`);
  if (precision && precision[1] === '')
    throw new Error(
      `${wrong}: error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`,
    );
  if (verb === undefined || !Object.hasOwn(COMPLAINTS, verb))
    throw new Error(`${wrong}: unrecognized formatting clause "${verb}"`);
  return {
    verb: verb as Verb,
    precision: precision ? Number(precision[1]) : undefined,
    length: (precision?.[0].length ?? 0) + 1,
  };
}

function print(value: Value, { verb, precision = DEFAULT_PRECISION }: Clause): string {
  const text = printed(value, verb, precision);
  if (text === undefined) throw formatError(`${COMPLAINTS[verb]}, was given ${typeName(value)}`);
  return text;
}

export function formatError(message: string): Error {
  return new Error(`error during formatting: ${message}`);
}

function printed(value: Value, verb: Verb, precision: number): string | undefined {
  const whole = typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined;
  switch (verb) {
    case 's':
      return asString(value);
    case 'd':
      return whole?.toString();
    case 'o':
      return whole?.toString(8);
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : whole?.toString(2);
    case 'x':
    case 'X': {
      const hex = whole?.toString(16) ?? hexOf(value);
      return verb === 'X' ? hex?.toUpperCase() : hex;
    }
    default:
      return asDouble(value, verb, precision);
  }
}

function hexOf(value: Value): string | undefined {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As golang.org/x/text prints doubles for en_US: groups of three digits, `1.5 × 10⁰³`. */
function asDouble(value: Value, verb: 'f' | 'e', precision: number): string | undefined {
  const named = typeof value === 'string' && ['NaN', 'Infinity', '-Infinity'].includes(value);
  const number = named ? stringToDouble(value) : value;
  if (typeof number !== 'number') return undefined;
  if (Number.isNaN(number)) return 'NaN';
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '-∞';
  if (verb === 'f') return formatFixed(number, precision).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');
  const [mantissa, exponent = ''] = formatExponent(number, precision).split('e');
  const raised = Array.from(exponent.replace('+', ''), (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)]));
  return `${mantissa}×10${raised.join('')}`;
}

function asString(value: Value): string | undefined {
  if (value === null) return 'null';
  if (value instanceof List) return `[${[...value].map(nested).join(', ')}]`;
  if (value instanceof CelMap) return mapText(value);
  if (value instanceof TypeValue) return value.name;
  return converted(value);
}

function converted(value: Value): string | undefined {
  const name = typeName(value);
  const convert = Object.hasOwn(STRINGS, name) ? STRINGS[name] : undefined;
  const text = convert?.(value as never);
  if (text instanceof CelError) throw formatError(`could not convert argument ${goQuote(text.message)} to string`);
  return text as string | undefined;
}

/** A value within a list or a map: as an expression would have it. */
function nested(value: Value): string {
  if (typeof value === 'number')
    return Number.isFinite(value) ? formatFixed(value, DEFAULT_PRECISION) : goQuote(formatFixed(value, 0));
  if (typeof value === 'string') return goQuote(value);
  if (value instanceof Uint8Array) return `b${goQuote(converted(value) as string)}`;
  if (value instanceof Timestamp) return `timestamp(${goQuote(converted(value) as string)})`;
  if (value instanceof Duration) return `duration(${goQuote(converted(value) as string)})`;
  const text = asString(value);
  if (text === undefined) throw formatError(`no formatting function for ${typeName(value)}`);
  return text;
}

function mapText(map: CelMap): string {
  const entries = map.keys().map((key): [string, string] => {
    if (!['string', 'bool', 'int', 'uint'].includes(typeName(key)))
      throw formatError(`no formatting function for map key of type ${typeName(key)}`);
    return [nested(key), nested(map.find(key) as Value)];
  });
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}
