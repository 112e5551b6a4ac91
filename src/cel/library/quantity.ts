/** Quantities and versions (apiserver `pkg/cel/library/quantity.go`, `semverlib.go`). */
import { parseQuantity, type Quantity, quantityOf } from '../../apimachinery/quantity';
import { type FunctionDeclaration, memberOverload, overload } from '../functions';
import { BOOL, DOUBLE, INT, STRING, structType, type Type } from '../types';
import { CelError, NO_SUCH_OVERLOAD, Opaque, type Value } from '../values';
import { compareVersions, normalized, parseVersion, type Version } from './semver';

const QUANTITY = structType('kubernetes.Quantity');

export class QuantityValue extends Opaque {
  override readonly type = QUANTITY;
  constructor(readonly quantity: Quantity) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof QuantityValue ? this.quantity.equals(other.quantity) : NO_SUCH_OVERLOAD;
  }
  override text(): string {
    return this.quantity.toString();
  }
}

function toQuantity(text: string): Value {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    return new CelError((error as Error).message);
  }
}

/** Quantity.AsInt64: undefined for what is no whole number, or too large for one. */
function whole({ unscaled, scale }: Quantity): bigint | undefined {
  const factor = 10n ** BigInt(Math.abs(scale));
  if (scale < 0 && unscaled % factor !== 0n) return undefined;
  const value = scale < 0 ? unscaled / factor : unscaled * factor;
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

const sum = (sign: 1 | -1) => (a: QuantityValue, b: QuantityValue) =>
  new QuantityValue(sign === 1 ? a.quantity.add(b.quantity) : a.quantity.sub(b.quantity));
const sumWithInt = (sign: 1 | -1) => (a: QuantityValue, b: bigint) =>
  new QuantityValue(a.quantity.add(quantityOf(BigInt(sign) * b, 'DecimalExponent')));

const SEMVER = structType('kubernetes.Semver');

export class SemverValue extends Opaque {
  override readonly type = SEMVER;
  constructor(readonly version: Version) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof SemverValue ? compareVersions(this.version, other.version) === 0 : NO_SUCH_OVERLOAD;
  }
}

function toSemver(text: string, normalize = false): Value {
  try {
    return new SemverValue(parseVersion(normalize ? normalized(text) : text));
  } catch (error) {
    return new CelError((error as Error).message);
  }
}
const isSemver = (text: string, normalize = false) => toSemver(text, normalize) instanceof SemverValue;

/** isLessThan, isGreaterThan, compareTo. */
function ordered<T extends Opaque>(prefix: string, type: Type, compare: (a: T, b: T) => number): FunctionDeclaration[] {
  return [
    {
      name: 'isGreaterThan',
      overloads: [memberOverload(`${prefix}_is_greater_than`, [type, type], BOOL, (a: T, b: T) => compare(a, b) > 0)],
    },
    {
      name: 'isLessThan',
      overloads: [memberOverload(`${prefix}_is_less_than`, [type, type], BOOL, (a: T, b: T) => compare(a, b) < 0)],
    },
    {
      name: 'compareTo',
      overloads: [memberOverload(`${prefix}_compare_to`, [type, type], INT, (a: T, b: T) => BigInt(compare(a, b)))],
    },
  ];
}

const versionPart = (name: 'major' | 'minor' | 'patch'): FunctionDeclaration => ({
  name,
  overloads: [memberOverload(`semver_${name}`, [SEMVER], INT, ({ version }: SemverValue) => version[name])],
});

export const QUANTITY_FUNCTIONS: readonly FunctionDeclaration[] = [
  { name: 'quantity', overloads: [overload('string_to_quantity', [STRING], QUANTITY, toQuantity)] },
  {
    name: 'isQuantity',
    overloads: [
      overload('is_quantity_string', [STRING], BOOL, (text: string) => toQuantity(text) instanceof QuantityValue),
    ],
  },
  {
    name: 'sign',
    overloads: [overload('quantity_sign', [QUANTITY], INT, ({ quantity }: QuantityValue) => BigInt(quantity.sign()))],
  },
  ...ordered<QuantityValue>('quantity', QUANTITY, (a, b) => a.quantity.cmp(b.quantity)),
  {
    name: 'asApproximateFloat',
    overloads: [
      memberOverload('quantity_get_float', [QUANTITY], DOUBLE, ({ quantity }: QuantityValue) => quantity.toNumber()),
    ],
  },
  {
    name: 'asInteger',
    overloads: [
      memberOverload(
        'quantity_get_int',
        [QUANTITY],
        INT,
        ({ quantity }: QuantityValue) => whole(quantity) ?? new CelError('cannot convert value to integer'),
      ),
    ],
  },
  {
    name: 'isInteger',
    overloads: [
      memberOverload(
        'quantity_is_integer',
        [QUANTITY],
        BOOL,
        ({ quantity }: QuantityValue) => whole(quantity) !== undefined,
      ),
    ],
  },
  {
    name: 'add',
    overloads: [
      memberOverload('quantity_add', [QUANTITY, QUANTITY], QUANTITY, sum(1)),
      memberOverload('quantity_add_int', [QUANTITY, INT], QUANTITY, sumWithInt(1)),
    ],
  },
  {
    name: 'sub',
    overloads: [
      memberOverload('quantity_sub', [QUANTITY, QUANTITY], QUANTITY, sum(-1)),
      memberOverload('quantity_sub_int', [QUANTITY, INT], QUANTITY, sumWithInt(-1)),
    ],
  },
  {
    name: 'semver',
    overloads: [
      overload('string_to_semver', [STRING], SEMVER, toSemver),
      overload('string_bool_to_semver', [STRING, BOOL], SEMVER, toSemver),
    ],
  },
  {
    name: 'isSemver',
    overloads: [
      overload('is_semver_string', [STRING], BOOL, isSemver),
      overload('is_semver_string_bool', [STRING, BOOL], BOOL, isSemver),
    ],
  },
  ...ordered<SemverValue>('semver', SEMVER, (a, b) => compareVersions(a.version, b.version)),
  versionPart('major'),
  versionPart('minor'),
  versionPart('patch'),
];
