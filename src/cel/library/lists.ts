/** What lists and sets can do (cel-go `ext/lists.go` version 3, `ext/sets.go`, `ext/comprehensions.go`). */
import { type CallSizes, type FunctionDeclaration, memberOverload, overload } from '../functions';
import { compare, isComparable } from '../operators';
import { fixed, listCall, listCost, MOST, plus, scaled, TRAVERSAL, times } from '../sizes';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  param,
  STRING,
  TIMESTAMP,
  type Type,
  UINT,
} from '../types';
import { ArrayList, CelError, CelMap, equal, formatValue, List, sizeOf, typeName, type Value } from '../values';

const T = param('T');
const LIST = listOf(T);
const MAP = mapOf(param('K'), param('V'));

/** By the names that overloads have. */
export const COMPARABLE: readonly [string, Type][] = [
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['bool', BOOL],
  ['duration', DURATION],
  ['timestamp', TIMESTAMP],
  ['string', STRING],
  ['bytes', BYTES],
];

function slice(list: List, start: bigint, end: bigint): Value {
  const cannot = `cannot slice(${start}, ${end}),`;
  if (start < 0n || end < 0n) return new CelError(`${cannot} negative indexes not supported`);
  if (start > end) return new CelError(`${cannot} start index must be less than or equal to end index`);
  if (list.size < end) return new CelError(`${cannot} list is length ${list.size}`);
  return new ArrayList([...list].slice(Number(start), Number(end)));
}

function flatten(list: Value, depth: Value = 1n): Value {
  if (!(list instanceof List)) return new CelError(`no such overload: ${typeName(list)}.flatten()`);
  if (typeof depth !== 'bigint') return new CelError(`no such overload: list.flatten(${typeName(depth)})`);
  if (depth < 0n) return new CelError('level must be non-negative');
  const flat = (values: List, left: bigint): Value[] =>
    [...values].flatMap((value) => (value instanceof List && left > 0n ? flat(value, left - 1n) : [value]));
  return new ArrayList(flat(list, depth));
}

function sortByKeys(list: List, keys: List): Value {
  if (list.size !== keys.size)
    return new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`,
    );
  if (list.size === 0) return list;
  const sorted = [...keys].map((key, i) => ({ key, value: list.at(i) }));
  const first = keys.at(0);
  if (!isComparable(first)) return new CelError('list elements must be comparable');
  if (sorted.some(({ key }) => typeName(key) !== typeName(first)))
    return new CelError('list elements must have the same type');
  sorted.sort((a, b) => {
    const order = compare(a.key, b.key);
    return typeof order === 'number' ? order : 0;
  });
  return new ArrayList(sorted.map(({ value }) => value));
}

function distinct(list: List): Value {
  const unique: Value[] = [];
  for (const value of list) if (!unique.some((other) => equal(value, other) === true)) unique.push(value);
  return new ArrayList(unique);
}

/** More cost more than any call may. */
const MOST_NUMBERS = 1_000_000n;

function range(count: bigint): Value {
  if (count > MOST_NUMBERS) return new CelError('operation cancelled: actual cost limit exceeded');
  return new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i)));
}

function literalSize({ literal }: CallSizes['args'][number], otherwise: bigint): bigint {
  if (typeof literal !== 'bigint') return otherwise;
  return literal < 0n ? 0n : literal;
}

/** Every element compared with every other. */
function selfCompared(list: Value): bigint {
  if (!(list instanceof List) || list.size === 0) return listCost(2, 0);
  const first = list.at(0);
  const isLong = typeof first === 'string' || first instanceof Uint8Array;
  return listCost(2 + (isLong ? TRAVERSAL : 0), list.size * list.size);
}

function sortEstimate(type: Type, argument: (call: CallSizes) => CallSizes['target']) {
  return (call: CallSizes) => {
    const list = argument(call);
    if (!list) return undefined;
    const size = call.size(list);
    return listCall(type === STRING || type === BYTES ? 2 + TRAVERSAL : 2, times(size, size));
  };
}

const outputSize = (_args: readonly Value[], result: Value) => listCost(1, sizeOf(result));

const flattenCosts = {
  estimate: (call: CallSizes) =>
    call.target && listCall(Number(call.args[0] ? literalSize(call.args[0], MOST) : 1n), call.size(call.target)),
  cost: ([list, depth = 1n]: readonly Value[]) => listCost(Number(depth), sizeOf(list as Value)),
};

export const LIST_FUNCTIONS: readonly FunctionDeclaration[] = [
  {
    name: 'slice',
    overloads: [
      memberOverload('list_slice', [LIST, INT, INT], LIST, slice, {
        estimate({ target, args: [start, end], size }) {
          if (!target || !start || !end) return undefined;
          const length = literalSize(end, size(target).max) - literalSize(start, 0n);
          return listCall(1, fixed(BigInt.asUintN(64, length)));
        },
        cost: outputSize,
      }),
    ],
  },
  {
    name: 'flatten',
    overloads: [
      memberOverload('list_flatten', [listOf(LIST)], LIST, flatten, flattenCosts),
      memberOverload('list_flatten_int', [listOf(DYN), INT], listOf(DYN), flatten, flattenCosts),
    ],
    unguarded: true,
  },
  {
    name: 'sort',
    overloads: COMPARABLE.map(([, type]) =>
      memberOverload(`list_${type.name}_sort`, [listOf(type)], listOf(type), (list: List) => sortByKeys(list, list), {
        estimate: sortEstimate(type, ({ target }) => target),
        cost: ([list]) => selfCompared(list as Value),
      }),
    ),
  },
  {
    name: '@sortByAssociatedKeys',
    overloads: COMPARABLE.map(([, type]) =>
      memberOverload(`list_${type.name}_sortByAssociatedKeys`, [LIST, listOf(type)], LIST, sortByKeys, {
        estimate: sortEstimate(type, ({ args }) => args[0]),
        cost: ([, keys]) => selfCompared(keys as Value),
      }),
    ),
  },
  {
    name: 'lists.range',
    overloads: [
      overload('lists_range', [INT], listOf(INT), range, {
        estimate: ({ args: [count] }) => count && listCall(1, fixed(literalSize(count, MOST))),
        cost: outputSize,
      }),
    ],
  },
  {
    name: 'reverse',
    overloads: [
      memberOverload('list_reverse', [LIST], LIST, (list: List) => new ArrayList([...list].reverse()), {
        estimate: ({ target, size }) => target && listCall(1, size(target)),
        cost: outputSize,
      }),
    ],
  },
  {
    name: 'distinct',
    overloads: [
      memberOverload('list_distinct', [LIST], LIST, distinct, {
        estimate: ({ target, size }) => target && listCall(2, times(size(target), size(target))),
        cost: ([list]) => selfCompared(list as Value),
      }),
    ],
  },
];

function setFunction(name: string, factor: number, run: (a: List, b: List) => Value): FunctionDeclaration {
  return {
    name: `sets.${name}`,
    overloads: [
      overload(`list_sets_${name}_list`, [LIST, LIST], BOOL, run, {
        estimate({ args: [a, b], size }) {
          return a && b && { cost: plus(scaled(times(size(a), size(b)), factor), fixed(1n)) };
        },
        cost: ([a, b]) => 1n + BigInt(sizeOf(a as Value) * sizeOf(b as Value) * factor),
      }),
    ],
  };
}

function containsAll(list: List, part: List): Value {
  for (const element of part) {
    const found = list.contains(element);
    if (found !== true) return found;
  }
  return true;
}

export const SET_FUNCTIONS: readonly FunctionDeclaration[] = [
  setFunction('contains', 1, containsAll),
  setFunction('equivalent', 2, (a, b) => {
    const within = containsAll(a, b);
    return within === true ? containsAll(b, a) : within;
  }),
  setFunction('intersects', 1, (a, b) => [...a].some((element) => b.contains(element) === true)),
];

function insert(map: CelMap, key: Value, value: Value): Value {
  if (map.find(key) !== undefined) return new CelError(`insert failed: key ${formatValue(key)} already exists`);
  return map.with(key, value);
}

export const COMPREHENSION_FUNCTIONS: readonly FunctionDeclaration[] = [
  {
    name: 'cel.@mapInsert',
    overloads: [
      overload('cel_@mapInsert_map_key_value', [MAP, param('K'), param('V')], MAP, insert),
      overload('cel_@mapInsert_map_map', [MAP, MAP], MAP, (map: CelMap, more: CelMap) => {
        let merged: Value = map;
        for (const key of more.keys()) {
          merged = insert(merged as CelMap, key, more.find(key) as Value);
          if (!(merged instanceof CelMap)) break;
        }
        return merged;
      }),
    ],
  },
];
