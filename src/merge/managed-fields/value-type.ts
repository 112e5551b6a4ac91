/**
 * How a value of a schema is owned: whole, field by field, or element by element, worked out once per schema node. For built-in
 * kinds this also knows what a Go struct has when JSON says nothing (structured-merge-diff `value/structreflect.go`): upstream
 * compares Go values, so `resources: {}` of a new container is owned by whoever adds the container, said or not.
 */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { remembered } from '../../apimachinery/remembered';
import type { Schema } from '../../schema/schema';
import { fieldElement, keyElement, valueElement } from './path-element';

/** - leaf: owned whole; - struct, map: field by field; - keyed, set: element by element; - deduced: as its value looks. */
export type Ownership = 'leaf' | 'struct' | 'map' | 'keyed' | 'set' | 'deduced';

/** A value that can't be taken apart as its schema says: an element without its keys, a list where a map belongs. */
export class TypedValueError extends Error {}

/** A field of a struct, or any entry of a map. */
export interface FieldType {
  /** `f:replicas` */
  readonly element: string;
  readonly type: ValueType;
  /** What the field has where JSON leaves it out; undefined where it is absent then. */
  readonly implied: Json | undefined;
  /** True where Go leaves out `false`, `0`, `""` and empty lists and maps. */
  readonly omitsZero: boolean;
  /** False for a field that the schema does not name. */
  readonly declared: boolean;
}

const MOST_NAMES = 256;

export class ValueType {
  readonly ownership: Ownership;
  /** Names of a list's keys, in alphabetical order. */
  readonly keys: readonly string[];
  private readonly fields = new Map<string, FieldType>();
  private keyDefaults: readonly (Json | undefined)[] | undefined;
  private allImplied: readonly [string, FieldType][] | undefined;
  private itemType: ValueType | undefined;
  /** The elements of a list with one key, by that: most come again and again, as types of conditions do. */
  private named: ((name: string) => string) | undefined;

  constructor(readonly schema: Schema | undefined) {
    this.ownership = ownershipOf(schema);
    this.keys = this.ownership === 'keyed' ? [...(schema?.listMapKeys ?? [])].sort() : [];
  }

  /** The field of this name; of a map or a deduced value, the entry. */
  field(name: string): FieldType {
    let field = this.fields.get(name);
    if (field === undefined) {
      field = this.makeField(name);
      // Keys of maps come from outside and without end: only a struct's fields are kept.
      if (this.ownership === 'struct' && field.declared) this.fields.set(name, field);
    }
    return field;
  }

  /** The fields that are there whatever JSON says. */
  get implied(): readonly [string, FieldType][] {
    this.allImplied ??= (this.ownership === 'struct' ? (this.schema?.fieldNames ?? []) : [])
      .map((name): [string, FieldType] => [name, this.field(name)])
      .filter(([, field]) => field.implied !== undefined);
    return this.allImplied;
  }

  /** The type of a list's elements. */
  get items(): ValueType {
    this.itemType ??= typeOf(this.schema?.items);
    return this.itemType;
  }

  /**
   * The path element of a list's element.
   * @throws TypedValueError in upstream's words (typed/helpers.go, listItemToPathElement).
   */
  elementOf(item: Json): string {
    if (this.ownership === 'set') {
      if (isObject(item)) throw new TypedValueError("associative list without keys has an element that's a map type");
      if (Array.isArray(item)) throw new TypedValueError('not supported: associative list with lists as elements');
      if (item === null) {
        throw new TypedValueError("associative list without keys has an element that's an explicit null");
      }
      return valueElement(item);
    }
    if (item === null) throw new TypedValueError('associative list with keys may not have a null element');
    if (!isObject(item)) throw new TypedValueError('associative list with keys may not have non-map elements');
    const only = this.keys.length === 1 ? item[this.keys[0] as string] : undefined;
    if (typeof only !== 'string') return this.keyed(item);
    this.named ??= remembered(MOST_NAMES, (name) => keyElement(this.keys, [name]));
    return this.named(only);
  }

  private keyed(item: JsonObject): string {
    this.keyDefaults ??= this.keys.map((key) => defaultOfKey(this.items, key));
    const values: Json[] = [];
    let names: string[] | undefined;
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i] as string;
      const value = Object.hasOwn(item, key) ? item[key] : this.keyDefaults[i];
      if (value === undefined) names ??= this.keys.slice(0, i);
      else {
        names?.push(key);
        values.push(value);
      }
    }
    if (values.length === 0) {
      const keys = (this.schema?.listMapKeys ?? []).map((key) => JSON.stringify(key)).join(' ');
      throw new TypedValueError(
        `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
      );
    }
    return keyElement(names ?? this.keys, values);
  }

  private makeField(name: string): FieldType {
    const element = fieldElement(name);
    const schema = this.ownership === 'map' ? this.schema?.items : this.schema?.field?.(name);
    const declared = this.ownership === 'struct' && schema !== undefined;
    if (!declared) return { element, type: typeOf(schema), implied: undefined, omitsZero: false, declared };
    const typed = schema.goType !== undefined;
    return {
      element,
      type: typeOf(schema),
      implied: typed ? impliedValue(schema) : undefined,
      omitsZero: typed && !schema.always && !schema.pointer,
      declared,
    };
  }
}

/** A default of the list's schema, or what Go has in a field that is never left out. */
function defaultOfKey(items: ValueType, key: string): Json | undefined {
  const schema = items.schema?.field?.(key);
  if (schema?.default !== undefined) return schema.default;
  const implied = items.ownership === 'struct' ? items.field(key).implied : undefined;
  return implied === null ? undefined : implied;
}

function ownershipOf(schema: Schema | undefined): Ownership {
  if (schema === undefined) return 'deduced';
  switch (schema.type) {
    case 'object':
      return schema.atomic ? 'leaf' : 'struct';
    case 'map':
      return schema.atomic ? 'leaf' : 'map';
    case 'array':
      if (schema.listType === 'map') return 'keyed';
      return schema.listType === 'set' ? 'set' : 'leaf';
    case 'any':
      return schema.preserveUnknownFields ? 'deduced' : 'leaf';
    default:
      return 'leaf';
  }
}

const EMPTY: JsonObject = Object.freeze({});

function impliedValue(field: Schema): Json | undefined {
  if (field.pointer) return field.always ? null : undefined;
  if (field.omitZero) return undefined;
  switch (field.type) {
    case 'object':
      return EMPTY;
    case 'quantity':
      return '0';
    case 'int-or-string':
      return 0;
    case 'any':
      return null;
    case 'string':
      if (field.format === 'date-time') return null;
      return field.always ? '' : undefined;
    case 'integer':
    case 'number':
      return field.always ? 0 : undefined;
    case 'boolean':
      return field.always ? false : undefined;
    default:
      return field.always ? null : undefined;
  }
}

/** What a field of an object holds, seen as Go would: with what is implied, and without zeros that it leaves out. */
export function fieldValue(object: JsonObject | null, name: string, field: FieldType): Json | undefined {
  const value = object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined) return object === null ? undefined : field.implied;
  return field.omitsZero && isZero(value) ? field.implied : value;
}

function isZero(value: Json): boolean {
  if (typeof value === 'object') {
    if (value === null) return true;
    if (Array.isArray(value)) return value.length === 0;
    for (const _ in value) return false;
    return true;
  }
  return value === '' || value === 0 || value === false;
}

const DEDUCED = new ValueType(undefined);
const types = new WeakMap<Schema, ValueType>();

/** The type of a schema node; of none: deduced from each value. */
export function typeOf(schema: Schema | undefined): ValueType {
  if (schema === undefined) return DEDUCED;
  let type = types.get(schema);
  if (type === undefined) {
    type = new ValueType(schema);
    types.set(schema, type);
  }
  return type;
}
