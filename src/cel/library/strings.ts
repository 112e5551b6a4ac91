/** More that strings can do (cel-go `ext/strings.go`, version 2). Positions count code points. */
import { type FunctionDeclaration, memberOverload, overload } from '../functions';
import { DYN, INT, listOf, STRING } from '../types';
import { ArrayList, CelError, formatValue, type List, type Value } from '../values';
import { formatString } from './format';

const STRINGS = listOf(STRING);

function outOfRange(index: bigint | number): CelError {
  return new CelError(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): Value {
  const points = Array.from(text);
  if (index < 0n || index > points.length) return outOfRange(index);
  return points[Number(index)] ?? '';
}

function indexOf(text: string, part: string, from: bigint): Value {
  if (part === '') return from;
  if (from < 0n) return outOfRange(from);
  const points = Array.from(text);
  const wanted = Array.from(part);
  for (let i = Number(from); i <= points.length - wanted.length; i++)
    if (wanted.every((point, j) => points[i + j] === point)) return BigInt(i);
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): Value {
  const points = Array.from(text);
  if (part === '') return from ?? BigInt(points.length);
  const wanted = Array.from(part);
  const start = from ?? BigInt(points.length - 1);
  if (from === undefined && points.length < wanted.length) return -1n;
  if (start < 0n) return outOfRange(start);
  if (start >= points.length) return -1n;
  for (let i = Math.min(Number(start), points.length - wanted.length); i >= 0; i--)
    if (wanted.every((point, j) => points[i + j] === point)) return BigInt(i);
  return -1n;
}

/** strings.Replace: so many of them, all if negative. */
function replace(text: string, old: string, by: string, count = -1n): string {
  if (count === 0n) return text;
  if (count < 0n) return old === '' ? between(text, by) : text.replaceAll(old, () => by);
  const pieces = old === '' ? ['', ...Array.from(text)] : text.split(old);
  const most = Math.min(Number(count), old === '' ? pieces.length : pieces.length - 1);
  if (old === '')
    return (
      pieces
        .slice(0, most)
        .map((point) => point + by)
        .join('') + pieces.slice(most).join('')
    );
  return [...pieces.slice(0, most), pieces.slice(most).join(old)].join(by);
}

function between(text: string, by: string): string {
  return by + Array.from(text, (point) => point + by).join('');
}

/** strings.SplitN: at most so many parts, any number if negative. */
function split(text: string, separator: string, most = -1n): Value {
  if (most === 0n) return new ArrayList([]);
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (most < 0n || parts.length <= most) return new ArrayList(parts);
  const count = Number(most);
  return new ArrayList([...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]);
}

function substring(text: string, start: bigint, end?: bigint): Value {
  const points = Array.from(text);
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  for (const index of end === undefined ? [start] : [start, end])
    if (index < 0n || index > points.length) return outOfRange(index);
  return points.slice(Number(start), end === undefined ? undefined : Number(end)).join('');
}

function join(list: List, separator = ''): Value {
  const parts: string[] = [];
  for (const element of list) {
    if (typeof element !== 'string') return new CelError(`join: invalid input: ${formatValue(element)}`);
    parts.push(element);
  }
  return parts.join(separator);
}

const QUOTED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${Array.from(text, (point) => QUOTED[point] ?? point).join('')}"`;
}

/** What unicode.IsSpace takes for a space. */
const SPACE = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const OUTER_SPACE = new RegExp(`^${SPACE}|${SPACE}$`, 'g');

export const STRING_FUNCTIONS: readonly FunctionDeclaration[] = [
  { name: 'charAt', overloads: [memberOverload('string_char_at_int', [STRING, INT], STRING, charAt)] },
  {
    name: 'indexOf',
    overloads: [
      memberOverload('string_index_of_string', [STRING, STRING], INT, (text: string, part: string) =>
        indexOf(text, part, 0n),
      ),
      memberOverload('string_index_of_string_int', [STRING, STRING, INT], INT, indexOf),
    ],
  },
  {
    name: 'lastIndexOf',
    overloads: [
      memberOverload('string_last_index_of_string', [STRING, STRING], INT, lastIndexOf),
      memberOverload('string_last_index_of_string_int', [STRING, STRING, INT], INT, lastIndexOf),
    ],
  },
  {
    name: 'lowerAscii',
    overloads: [
      memberOverload('string_lower_ascii', [STRING], STRING, (text: string) =>
        text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
      ),
    ],
  },
  {
    name: 'upperAscii',
    overloads: [
      memberOverload('string_upper_ascii', [STRING], STRING, (text: string) =>
        text.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
      ),
    ],
  },
  {
    name: 'replace',
    overloads: [
      memberOverload('string_replace_string_string', [STRING, STRING, STRING], STRING, replace),
      memberOverload('string_replace_string_string_int', [STRING, STRING, STRING, INT], STRING, replace),
    ],
  },
  {
    name: 'split',
    overloads: [
      memberOverload('string_split_string', [STRING, STRING], STRINGS, split),
      memberOverload('string_split_string_int', [STRING, STRING, INT], STRINGS, split),
    ],
  },
  {
    name: 'substring',
    overloads: [
      memberOverload('string_substring_int', [STRING, INT], STRING, substring),
      memberOverload('string_substring_int_int', [STRING, INT, INT], STRING, substring),
    ],
  },
  {
    name: 'trim',
    overloads: [memberOverload('string_trim', [STRING], STRING, (text: string) => text.replace(OUTER_SPACE, ''))],
  },
  { name: 'format', overloads: [memberOverload('string_format', [STRING, listOf(DYN)], STRING, formatString)] },
  { name: 'strings.quote', overloads: [overload('strings_quote', [STRING], STRING, quote)] },
  {
    name: 'join',
    overloads: [
      memberOverload('list_join', [STRINGS], STRING, join),
      memberOverload('list_join_string', [STRINGS, STRING], STRING, join),
    ],
  },
];
