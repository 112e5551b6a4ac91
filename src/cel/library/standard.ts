/** The functions that every expression has (cel-go `common/stdlib/standard.go`). */
import { matchesRegexp } from '../../apimachinery/regexp';
import { type FunctionDeclaration, memberOverload, type Overload, overload } from '../functions';
import { add, compare, contains, divide, isComparable, modulo, multiply, negate, subtract } from '../operators';
import { durationPart, partOf, type TimePart } from '../time';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  listOf,
  mapOf,
  NULL,
  param,
  STRING,
  TIMESTAMP,
  TYPE,
  type Type,
  UINT,
} from '../types';
import { CelError, type Duration, noSuchOverload, sizeOf, type Timestamp, typeName, type Value } from '../values';
import { CONVERSIONS } from './conversions';

const A = param('A');
const B = param('B');
const LIST = listOf(A);
const MAP = mapOf(A, B);

/** The types that have names. */
export const STANDARD_TYPES: readonly Type[] = [
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  LIST,
  MAP,
  NULL,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
];

const NUMBERS: readonly [string, Type][] = [
  ['int64', INT],
  ['uint64', UINT],
  ['double', DOUBLE],
];

function arithmetic(name: string, verb: string, types: readonly [string, Type][], more: readonly Overload[] = []) {
  const overloads = types.map(([suffix, type]) => overload(`${verb}_${suffix}`, [type, type], type));
  return { name, overloads: [...overloads, ...more] };
}

/** An order between values of one kind, and between numbers of any. */
function relation(name: string, verb: string, holds: (order: number) => boolean): FunctionDeclaration {
  const overloads: Overload[] = [overload(`${verb}_bool`, [BOOL, BOOL], BOOL)];
  for (const [left, type] of NUMBERS)
    for (const [right, other] of NUMBERS)
      overloads.push(overload(left === right ? `${verb}_${left}` : `${verb}_${left}_${right}`, [type, other], BOOL));
  for (const [suffix, type] of [
    ['string', STRING],
    ['bytes', BYTES],
    ['timestamp', TIMESTAMP],
    ['duration', DURATION],
  ] as const)
    overloads.push(overload(`${verb}_${suffix}`, [type, type], BOOL));
  const run = (a: Value, b: Value): Value => {
    if (!isComparable(a)) return new CelError(`no such overload: ${name}`);
    const order = compare(a, b);
    return typeof order === 'number' ? holds(order) : order;
  };
  return { name, overloads, run };
}

const TIME_PARTS: readonly [TimePart, string, string?][] = [
  ['getFullYear', 'timestamp_to_year'],
  ['getMonth', 'timestamp_to_month'],
  ['getDayOfYear', 'timestamp_to_day_of_year'],
  ['getDayOfMonth', 'timestamp_to_day_of_month'],
  ['getDate', 'timestamp_to_day_of_month_1_based'],
  ['getDayOfWeek', 'timestamp_to_day_of_week'],
  ['getHours', 'timestamp_to_hours', 'duration_to_hours'],
  ['getMinutes', 'timestamp_to_minutes', 'duration_to_minutes'],
  ['getSeconds', 'timestamp_to_seconds', 'duration_to_seconds'],
  ['getMilliseconds', 'timestamp_to_milliseconds', 'duration_to_milliseconds'],
];

function timePart([name, id, durationId]: (typeof TIME_PARTS)[number]): FunctionDeclaration {
  const overloads = [
    memberOverload(id, [TIMESTAMP], INT, (at: Timestamp) => partOf(name, at, 'UTC')),
    memberOverload(`${id}_with_tz`, [TIMESTAMP, STRING], INT, (at: Timestamp, zone: string) => partOf(name, at, zone)),
  ];
  if (durationId)
    overloads.push(memberOverload(durationId, [DURATION], INT, (span: Duration) => durationPart(name, span)));
  return { name, overloads };
}

function size(value: Value): Value {
  const type = typeName(value);
  if (type === 'string' || type === 'bytes' || type === 'list' || type === 'map') return BigInt(sizeOf(value));
  return new CelError('no such overload: size');
}

function matches(text: Value, expression: Value): Value {
  if (typeof text !== 'string') return new CelError('no such overload: matches');
  if (typeof expression !== 'string') return noSuchOverload(expression);
  try {
    return matchesRegexp(expression, text);
  } catch (error) {
    return new CelError((error as Error).message);
  }
}

const text =
  (test: (value: string, part: string) => boolean) =>
  (value: Value, part: Value): Value =>
    typeof value === 'string' && typeof part === 'string' ? test(value, part) : noSuchOverload(value);

export const STANDARD: readonly FunctionDeclaration[] = [
  { name: '_?_:_', overloads: [overload('conditional', [BOOL, A, A], A)] },
  { name: '_&&_', overloads: [overload('logical_and', [BOOL, BOOL], BOOL)] },
  { name: '_||_', overloads: [overload('logical_or', [BOOL, BOOL], BOOL)] },
  {
    name: '!_',
    overloads: [overload('logical_not', [BOOL], BOOL)],
    run: (value) => (typeof value === 'boolean' ? !value : noSuchOverload(value)),
  },
  {
    name: '@not_strictly_false',
    overloads: [overload('not_strictly_false', [BOOL], BOOL)],
    run: (value) => (typeof value === 'boolean' ? value : true),
  },
  { name: '_==_', overloads: [overload('equals', [A, A], BOOL)] },
  { name: '_!=_', overloads: [overload('not_equals', [A, A], BOOL)] },
  {
    ...arithmetic(
      '_+_',
      'add',
      [
        ['bytes', BYTES],
        ['double', DOUBLE],
      ],
      [
        overload('add_duration_duration', [DURATION, DURATION], DURATION),
        overload('add_duration_timestamp', [DURATION, TIMESTAMP], TIMESTAMP),
        overload('add_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP),
        overload('add_int64', [INT, INT], INT),
        overload('add_list', [LIST, LIST], LIST),
        overload('add_string', [STRING, STRING], STRING),
        overload('add_uint64', [UINT, UINT], UINT),
      ],
    ),
    run: add,
  },
  { ...arithmetic('_/_', 'divide', NUMBERS), run: divide },
  { ...arithmetic('_%_', 'modulo', NUMBERS.slice(0, 2)), run: modulo },
  { ...arithmetic('_*_', 'multiply', NUMBERS), run: multiply },
  {
    name: '-_',
    overloads: [overload('negate_double', [DOUBLE], DOUBLE), overload('negate_int64', [INT], INT)],
    run: negate,
  },
  {
    ...arithmetic('_-_', 'subtract', NUMBERS, [
      overload('subtract_duration_duration', [DURATION, DURATION], DURATION),
      overload('subtract_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP),
      overload('subtract_timestamp_timestamp', [TIMESTAMP, TIMESTAMP], DURATION),
    ]),
    run: subtract,
  },
  relation('_<_', 'less', (order) => order < 0),
  relation('_<=_', 'less_equals', (order) => order <= 0),
  relation('_>_', 'greater', (order) => order > 0),
  relation('_>=_', 'greater_equals', (order) => order >= 0),
  { name: '_[_]', overloads: [overload('index_list', [LIST, INT], A), overload('index_map', [MAP, A], B)] },
  {
    name: '@in',
    overloads: [overload('in_list', [A, LIST], BOOL), overload('in_map', [A, MAP], BOOL)],
    run: contains,
  },
  {
    name: 'size',
    overloads: (
      [
        ['bytes', BYTES],
        ['list', LIST],
        ['map', MAP],
        ['string', STRING],
      ] as const
    ).flatMap(([name, type]) => [overload(`size_${name}`, [type], INT), memberOverload(`${name}_size`, [type], INT)]),
    run: size,
  },
  ...CONVERSIONS,
  {
    name: 'contains',
    overloads: [
      memberOverload(
        'contains_string',
        [STRING, STRING],
        BOOL,
        text((value, part) => value.includes(part)),
      ),
    ],
    unguarded: true,
  },
  {
    name: 'endsWith',
    overloads: [
      memberOverload(
        'ends_with_string',
        [STRING, STRING],
        BOOL,
        text((value, part) => value.endsWith(part)),
      ),
    ],
    unguarded: true,
  },
  {
    name: 'startsWith',
    overloads: [
      memberOverload(
        'starts_with_string',
        [STRING, STRING],
        BOOL,
        text((value, part) => value.startsWith(part)),
      ),
    ],
    unguarded: true,
  },
  {
    name: 'matches',
    overloads: [overload('matches', [STRING, STRING], BOOL), memberOverload('matches_string', [STRING, STRING], BOOL)],
    run: matches,
  },
  ...TIME_PARTS.map(timePart),
];
