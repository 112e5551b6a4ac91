/** Values that may be missing (cel-go `cel/library.go` optionalLib). `or` and `orValue` are the interpreter's. */
import { type FunctionDeclaration, memberOverload, overload } from '../functions';
import { BOOL, DYN, INT, listOf, mapOf, optionalOf, param, STRING } from '../types';
import {
  ArrayList,
  CelError,
  CelMap,
  Duration,
  formatValue,
  List,
  NONE,
  Optional,
  Timestamp,
  Uint,
  type Value,
} from '../values';

const K = param('K');
const V = param('V');
const OPTIONAL = optionalOf(V);
const LIST = listOf(V);
const MAP = mapOf(K, V);
const OPTIONALS = listOf(OPTIONAL);

const YEAR_ONE = -62135596800n;

function isZero(value: Value): boolean {
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.seconds === YEAR_ONE && value.nanos === 0;
  if (value instanceof List || value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  return value === null || value === false || value === 0n || value === 0 || value === '';
}

function unwrap(list: List): Value {
  const values: Value[] = [];
  for (const element of list) {
    if (!(element instanceof Optional)) return new CelError(`value ${formatValue(element)} is not optional`);
    if (element.value !== undefined) values.push(element.value);
  }
  return new ArrayList(values);
}

const end = (list: List, index: number) => (list.size === 0 ? NONE : new Optional(list.at(index)));

export const OPTIONAL_FUNCTIONS: readonly FunctionDeclaration[] = [
  { name: 'optional.of', overloads: [overload('optional_of', [V], OPTIONAL, (value: Value) => new Optional(value))] },
  {
    name: 'optional.ofNonZeroValue',
    overloads: [
      overload('optional_ofNonZeroValue', [V], OPTIONAL, (value: Value) =>
        isZero(value) ? NONE : new Optional(value),
      ),
    ],
  },
  { name: 'optional.none', overloads: [overload('optional_none', [], OPTIONAL, () => NONE)] },
  {
    name: 'value',
    overloads: [
      memberOverload('optional_value', [OPTIONAL], V, ({ value }: Optional) =>
        value === undefined ? new CelError('optional.none() dereference') : value,
      ),
    ],
  },
  {
    name: 'hasValue',
    overloads: [memberOverload('optional_hasValue', [OPTIONAL], BOOL, ({ value }: Optional) => value !== undefined)],
  },
  { name: 'or', overloads: [memberOverload('optional_or_optional', [OPTIONAL, OPTIONAL], OPTIONAL)] },
  { name: 'orValue', overloads: [memberOverload('optional_orValue_value', [OPTIONAL, V], V)] },
  { name: '_?._', overloads: [overload('select_optional_field', [DYN, STRING], OPTIONAL)] },
  {
    name: '_[?_]',
    overloads: [
      overload('list_optindex_optional_int', [LIST, INT], OPTIONAL),
      overload('optional_list_optindex_optional_int', [optionalOf(LIST), INT], OPTIONAL),
      overload('map_optindex_optional_value', [MAP, K], OPTIONAL),
      overload('optional_map_optindex_optional_value', [optionalOf(MAP), K], OPTIONAL),
    ],
  },
  {
    name: '_[_]',
    overloads: [
      overload('optional_list_index_int', [optionalOf(LIST), INT], OPTIONAL),
      overload('optional_map_index_value', [optionalOf(MAP), K], OPTIONAL),
    ],
  },
  {
    name: 'last',
    overloads: [memberOverload('list_last', [LIST], OPTIONAL, (list: List) => end(list, list.size - 1))],
  },
  { name: 'first', overloads: [memberOverload('list_first', [LIST], OPTIONAL, (list: List) => end(list, 0))] },
  { name: 'optional.unwrap', overloads: [overload('optional_unwrap', [OPTIONALS], LIST, unwrap)] },
  { name: 'unwrapOpt', overloads: [memberOverload('optional_unwrapOpt', [OPTIONALS], LIST, unwrap)] },
];
