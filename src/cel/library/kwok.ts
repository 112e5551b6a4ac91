/** What expressions in kwok's kinds have besides (kwok `pkg/utils/cel/default.go`, `quantity.go`, `funcs.go`). */
import { parseQuantity, quantityOfMilli } from '../../apimachinery/quantity';
import { type FunctionDeclaration, memberOverload, type Overload, overload } from '../functions';
import { add, compare, divide, multiply, negate, subtract } from '../operators';
import { timestampOf } from '../time';
import { BOOL, DOUBLE, DYN, INT, STRING, structType, TIMESTAMP, UINT } from '../types';
import { CelError, CelMap, NO_SUCH_OVERLOAD, Timestamp, Uint, type Value } from '../values';
import { QuantityValue } from './quantity';

const QUANTITY = structType('kubernetes.Quantity');

/** When an expression is evaluated, and what chance says. */
export interface Moment {
  /** Milliseconds. */
  now: number;
  /** From 0 to 1. */
  random(): number;
}

/** `momentOf` tells of the evaluation that goes on. */
export function kwokFunctions(momentOf: () => Moment): FunctionDeclaration[] {
  const now = () => timestampOf(BigInt(Math.floor(momentOf().now / 1000)), (momentOf().now % 1000) * 1e6);
  const sinceSecond = (object: Value): Value => {
    const metadata = object instanceof CelMap ? object.find('metadata') : undefined;
    const created = metadata instanceof CelMap ? metadata.find('creationTimestamp') : undefined;
    return created instanceof Timestamp ? momentOf().now / 1000 - seconds(created) : NO_SUCH_OVERLOAD;
  };
  return [
    { name: 'Now', overloads: [overload('kwok_now', [], TIMESTAMP, now)] },
    { name: 'now', overloads: [overload('kwok_old_now', [], TIMESTAMP, now)] },
    { name: 'Rand', overloads: [overload('kwok_rand', [], DOUBLE, () => momentOf().random())] },
    bothWays('SinceSecond', (id, make) => make(id, [DYN], DOUBLE, sinceSecond)),
    bothWays('UnixSecond', (id, make) => make(id, [TIMESTAMP], DOUBLE, seconds)),
    bothWays('Quantity', (id, make) => make(id, [STRING], QUANTITY, toQuantity)),
    ...ARITHMETIC,
  ];
}

/** A function that can be called on its first argument, too (FuncsToMethods). */
function bothWays(
  name: string,
  declare: (id: string, make: typeof overload | typeof memberOverload) => Overload,
): FunctionDeclaration {
  return { name, overloads: [declare(`kwok_${name}`, overload), declare(`kwok_${name}_of`, memberOverload)] };
}

function seconds({ seconds: whole, nanos }: Timestamp): number {
  return Number(whole) + nanos / 1e9;
}

function toQuantity(text: string): Value {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    return new CelError((error as Error).message);
  }
}

type Verb = (a: QuantityValue, b: Value) => Value;

/** Whole thousandths, as upstream counts. */
function milli(value: number | bigint): Value {
  return new QuantityValue(quantityOfMilli(typeof value === 'bigint' ? value : BigInt(Math.trunc(value * 1000))));
}

const byNumber =
  (whole: (milli: bigint, by: bigint) => bigint, part: (value: number, by: number) => number): Verb =>
  ({ quantity }, b) => {
    const by = b instanceof Uint ? b.value : b;
    if (typeof by === 'number') {
      const value = part(quantity.toNumber(), by);
      return Number.isFinite(value) ? milli(value) : new CelError('division by zero');
    }
    if (typeof by !== 'bigint') return NO_SUCH_OVERLOAD;
    try {
      return milli(whole(BigInt(quantity.milliValue()), by));
    } catch {
      return new CelError('division by zero');
    }
  };

const times = byNumber(
  (a, b) => a * b,
  (a, b) => a * b,
);
const over = byNumber(
  (a, b) => a / b,
  (a, b) => a / b,
);
const plus: Verb = ({ quantity }, b) =>
  b instanceof QuantityValue ? new QuantityValue(quantity.add(b.quantity)) : NO_SUCH_OVERLOAD;
const minus: Verb = ({ quantity }, b) =>
  b instanceof QuantityValue ? new QuantityValue(quantity.sub(b.quantity)) : NO_SUCH_OVERLOAD;
const negated: Verb = ({ quantity }) => milli(-BigInt(quantity.milliValue()));

/** An operator with a quantity on its left, or as it is otherwise. */
function operator(
  name: string,
  verb: Verb,
  otherwise: (a: Value, b: Value) => Value,
  overloads: readonly Overload[],
): FunctionDeclaration {
  const run = (a: Value, b: Value) => (a instanceof QuantityValue ? verb(a, b) : otherwise(a, b));
  return { name, overloads, run };
}

function relation(name: string, id: string, holds: (order: number) => boolean): FunctionDeclaration {
  const told = (order: Value | number): Value => (typeof order === 'number' ? holds(order) : (order as Value));
  const verb: Verb = ({ quantity }, b) =>
    b instanceof QuantityValue ? holds(quantity.cmp(b.quantity)) : NO_SUCH_OVERLOAD;
  return operator(name, verb, (a, b) => told(compare(a, b)), [overload(`${id}_quantity`, [QUANTITY, QUANTITY], BOOL)]);
}

const NUMBERS = [
  ['int64', INT],
  ['uint64', UINT],
  ['double', DOUBLE],
] as const;

const scaled = (id: string) =>
  NUMBERS.map(([suffix, type]) => overload(`${id}_quantity_${suffix}`, [QUANTITY, type], QUANTITY));

const ARITHMETIC: readonly FunctionDeclaration[] = [
  operator('_+_', plus, add, [overload('add_quantity', [QUANTITY, QUANTITY], QUANTITY)]),
  operator('_-_', minus, subtract, [overload('subtract_quantity', [QUANTITY, QUANTITY], QUANTITY)]),
  operator('_*_', times, multiply, scaled('multiply')),
  operator('_/_', over, divide, scaled('divide')),
  operator('-_', negated, (a) => negate(a), [overload('negate_quantity', [QUANTITY], QUANTITY)]),
  relation('_<_', 'less', (order) => order < 0),
  relation('_<=_', 'less_equals', (order) => order <= 0),
  relation('_>_', 'greater', (order) => order > 0),
  relation('_>=_', 'greater_equals', (order) => order >= 0),
  {
    name: 'double',
    overloads: [
      overload('quantity_to_double', [QUANTITY], DOUBLE, ({ quantity }: QuantityValue) => quantity.toNumber()),
    ],
  },
  {
    name: 'string',
    overloads: [overload('quantity_to_string', [QUANTITY], STRING, (value: QuantityValue) => value.text())],
  },
];
