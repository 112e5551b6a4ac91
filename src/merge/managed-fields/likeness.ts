/**
 * Whether as much is owned of one value as of another that was seen before: where values differ in nothing but what is owned whole,
 * the same names are owned of both. No part of the other value is kept but what is held against.
 */
import { clone, deepEqual, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { ValueType } from './value-type';

export interface Likeness {
  /** True where what is owned of the value is the same; false says nothing. */
  has(value: Json): boolean;
}

export function likenessOf(example: Json, type: ValueType): Likeness {
  switch (type.ownership) {
    case 'leaf':
      return isNothing(example) ? new Same(example) : SOMETHING;
    case 'keyed':
      return Array.isArray(example) ? new Elements(example, type) : new Same(example);
    case 'set':
      return new Same(example);
    default:
      if (isObject(example)) return new Fields(example, type);
      return Array.isArray(example) || isNothing(example) ? new Same(example) : new Simple(typeof example);
  }
}

/** A field may go unowned where it holds what Go takes for nothing; '0' is a quantity that was not given. */
function isNothing(value: Json): boolean {
  if (typeof value !== 'object') return value === '' || value === '0' || !value;
  if (value === null) return true;
  for (const _ in value) return false;
  return true;
}

/** Owned whole, whatever it is. */
const SOMETHING: Likeness = { has: (value) => !isNothing(value) };

class Same implements Likeness {
  private readonly example: Json;

  constructor(example: Json) {
    this.example = clone(example);
  }

  has(value: Json): boolean {
    return deepEqual(value, this.example);
  }
}

/** What no schema speaks of is owned as it looks. */
class Simple implements Likeness {
  constructor(private readonly type: string) {}

  has(value: Json): boolean {
    return typeof value === this.type && !isNothing(value);
  }
}

/** The same fields. In another order they come to the same, but are not worth the search. */
class Fields implements Likeness {
  private readonly keys: readonly string[];
  private readonly fields: readonly Likeness[];

  constructor(example: JsonObject, type: ValueType) {
    this.keys = Object.keys(example);
    this.fields = this.keys.map((key) => likenessOf(example[key] as Json, type.field(key).type));
  }

  has(value: Json): boolean {
    if (!isObject(value)) return false;
    const { keys, fields } = this;
    let count = 0;
    for (const key in value) {
      if (key !== keys[count] || !(fields[count] as Likeness).has(value[key] as Json)) return false;
      count++;
    }
    return count === keys.length;
  }
}

/** Elements that are called the same. */
class Elements implements Likeness {
  private readonly names: readonly string[];
  private readonly elements: readonly Likeness[];

  /** @throws TypedValueError for one that has no name */
  constructor(
    example: readonly Json[],
    private readonly type: ValueType,
  ) {
    this.names = example.map((item) => type.elementOf(item));
    this.elements = example.map((item) => likenessOf(item, type.items));
  }

  has(value: Json): boolean {
    const { names, elements, type } = this;
    if (!Array.isArray(value) || value.length !== elements.length) return false;
    for (let i = 0; i < value.length; i++) {
      const item = value[i] as Json;
      if (!(elements[i] as Likeness).has(item) || type.elementOf(item) !== names[i]) return false;
    }
    return true;
  }
}
