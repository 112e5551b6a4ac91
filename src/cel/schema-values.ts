/** Objects as values of expressions, by their schemas (apiserver `pkg/cel/common/valuesunstructured.go`). */
import { deepEqual, isObject, type Json, type JsonObject } from '../apimachinery/json';
import { canonicalBase64 } from '../schema/base64';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../schema/json-schema';
import { escapeName, unescapeName } from './property-names';
import { withMeta } from './schema-types';
import { parseCelDuration, parseDate, parseTimestamp } from './time';
import { opaqueType } from './types';
import {
  CelError,
  CelMap,
  equal,
  formatValue,
  List,
  NO_SUCH_OVERLOAD,
  noSuchOverload,
  Opaque,
  typeName,
  type Value,
} from './values';

/** A root's schema is expected to have apiVersion, kind and metadata; embedded objects get theirs here. */
export function schemaValue(json: Json, schema: JsonSchema): Value {
  if (json === null)
    return schema.nullable ? null : new CelError('invalid data, got null for schema with nullable=false');
  if (schema['x-kubernetes-int-or-string']) {
    if (typeof json === 'string') return json;
    return asInt(json) ?? new CelError('invalid data, expected XIntOrString value to be either a string or integer');
  }
  switch (schema.type) {
    case 'object':
      if (!isObject(json)) return new CelError('invalid data, expected a map for the provided schema with type=object');
      return new SchemaMap(json, schema['x-kubernetes-embedded-resource'] ? withMeta(schema) : schema);
    case 'array':
      return listValue(json, schema);
    case 'string':
      return typeof json === 'string'
        ? stringValue(json, schema.format)
        : new CelError(`invalid data, expected string, got ${goType(json)}`);
    case 'number':
      return typeof json === 'number' || typeof json === 'bigint'
        ? Number(json)
        : new CelError(`invalid data, expected float, got ${goType(json)}`);
    case 'integer':
      return asInt(json) ?? new CelError(`invalid data, expected int, got ${goType(json)}`);
    case 'boolean':
      return typeof json === 'boolean' ? json : new CelError(`invalid data, expected bool, got ${goType(json)}`);
    default:
      if (schema['x-kubernetes-preserve-unknown-fields']) return new Unknown(json);
      return new CelError(
        `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ''}`,
      );
  }
}

function asInt(json: Json): bigint | undefined {
  if (typeof json === 'bigint') return json;
  return typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : undefined;
}

function goType(json: Json): string {
  if (Array.isArray(json)) return '[]interface {}';
  if (isObject(json)) return 'map[string]interface {}';
  if (typeof json === 'boolean') return 'bool';
  if (typeof json === 'string') return 'string';
  return asInt(json) === undefined ? 'float64' : 'int64';
}

function stringValue(text: string, format: string | undefined): Value {
  const wrong = (what: string) => new CelError(`Invalid ${what} ${text}: `);
  switch (format) {
    case 'duration':
      return parseCelDuration(text) ?? wrong('duration');
    case 'date':
      return parseDate(text) ?? wrong('date formatted string');
    case 'date-time':
      return parseTimestamp(text) ?? wrong('date-time formatted string');
    case 'byte': {
      const canonical = canonicalBase64(text);
      if (typeof canonical === 'number') return wrong('byte formatted string');
      return Uint8Array.from(atob(canonical), (character) => character.charCodeAt(0));
    }
    default:
      return text;
  }
}

function listValue(json: Json, schema: JsonSchema): Value {
  if (!Array.isArray(json))
    return new CelError('invalid data, expected an array for the provided schema with type=array');
  const items = itemsOf(schema);
  if (!items) return new CelError('invalid array type, expected Items with a non-empty Schema');
  switch (schema['x-kubernetes-list-type']) {
    case 'map': {
      const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map((key) => escapeName(key) ?? key);
      return new KeyedList(lazily(json, items), json.length, keys);
    }
    case 'set':
      return new SetList(lazily(json, items), json.length);
    default:
      return new PlainList(lazily(json, items), json.length);
  }
}

/** Elements become values when they are asked for. */
function lazily(json: readonly Json[], items: JsonSchema): (index: number) => Value {
  const values: Value[] = [];
  return (index) => {
    values[index] ??= schemaValue(json[index] as Json, items);
    return values[index] as Value;
  };
}

class PlainList extends List {
  constructor(
    private readonly element: (index: number) => Value,
    override readonly size: number,
  ) {
    super();
  }
  override at(index: number): Value {
    return this.element(index);
  }
  override equals(other: Value): Value {
    if (!(other instanceof List)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    for (let i = 0; i < this.size; i++) {
      const same = equal(this.at(i), other.at(i));
      if (same !== true) return same;
    }
    return true;
  }
  override contains(value: Value): Value {
    let failed: CelError | undefined;
    for (const element of this) {
      const same = equal(element, value);
      if (same === true) return true;
      if (typeof same !== 'boolean') failed ??= noSuchOverload(same);
    }
    return failed ?? false;
  }
}

/** A list whose order does not count; adding to it adds what is not there yet. */
class SetList extends PlainList {
  override equals(other: Value): Value {
    if (!(other instanceof List)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    const known = this.known();
    return [...other].every((element) => known.has(textOf(element)));
  }
  override add(other: List): Value {
    const known = this.known();
    const more = [...other].filter((element) => {
      const text = textOf(element);
      const isNew = !known.has(text);
      known.add(text);
      return isNew;
    });
    const all = [...this, ...more];
    return new SetList((index) => all[index] as Value, all.length);
  }
  private known(): Set<string> {
    return new Set([...this].map(textOf));
  }
}

/** A list whose elements are told apart by keys; adding to it replaces those that are there already. */
class KeyedList extends PlainList {
  constructor(
    element: (index: number) => Value,
    size: number,
    private readonly keys: readonly string[],
  ) {
    super(element, size);
  }
  override equals(other: Value): Value {
    if (!(other instanceof List)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    const own = new Map([...this].map((element) => [this.keyOf(element), element]));
    for (const element of other) {
      const mine = own.get(this.keyOf(element));
      if (mine === undefined) return false;
      const same = equal(mine, element);
      if (same !== true) return same;
    }
    return true;
  }
  override add(other: List): Value {
    const all = [...this];
    const places = new Map(all.map((element, i) => [this.keyOf(element), i]));
    for (const element of other) all[places.get(this.keyOf(element)) ?? all.length] = element;
    return new KeyedList((index) => all[index] as Value, all.length, this.keys);
  }
  private keyOf(element: Value): string {
    if (!(element instanceof CelMap)) return '';
    return this.keys.map((key) => textOf(element.find(key) ?? null)).join('\0');
  }
}

function textOf(value: Value): string {
  return `${typeName(value)}:${formatValue(value)}`;
}

/** An object: with properties, its fields by their escaped names, else a map. */
class SchemaMap extends CelMap {
  private readonly values = new Map<string, Value>();
  private readonly isStruct: boolean;

  constructor(
    private readonly json: JsonObject,
    private readonly schema: JsonSchema,
  ) {
    super();
    this.isStruct = schema.properties !== undefined;
  }
  override get size(): number {
    return Object.keys(this.json).length;
  }
  override keys(): readonly Value[] {
    return Object.keys(this.json)
      .filter((name) => this.schemaOf(name))
      .map((name) => (this.isStruct ? (escapeName(name) ?? name) : name));
  }
  /** A field that is null is not there. */
  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return noSuchOverload(key);
    const name = this.isStruct ? unescapeName(key) : key;
    if (name === undefined || !Object.hasOwn(this.json, name)) return undefined;
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const json = this.json[name] as Json;
    const schema = this.isStruct && json === null ? undefined : this.schemaOf(name);
    if (!schema) return undefined;
    const value = schemaValue(json, schema);
    this.values.set(name, value);
    return value;
  }
  override equals(other: Value): Value {
    if (!(other instanceof CelMap)) return NO_SUCH_OVERLOAD;
    if (other.size !== this.size) return false;
    for (const name of Object.keys(this.json)) {
      const same = this.schemaOf(name) ? this.sameField(name, other) : this.sameUnknown(name, other);
      if (same !== true) return same;
    }
    return true;
  }

  private sameField(name: string, other: CelMap): Value {
    const [mine, theirs] = [this.find(name), other.find(name)];
    if (mine === undefined || theirs === undefined) return mine === theirs;
    return equal(mine, theirs);
  }
  private sameUnknown(name: string, other: CelMap): Value {
    if (!(other instanceof SchemaMap)) return NO_SUCH_OVERLOAD;
    return !Object.hasOwn(other.json, name) || deepEqual(this.json[name], other.json[name]);
  }
  private schemaOf(name: string): JsonSchema | undefined {
    return this.isStruct ? propertyOf(this.schema, name) : additionalOf(this.schema);
  }
}

/** What has no schema: it can only be compared. */
class Unknown extends Opaque {
  override readonly type = opaqueType('unknown');
  constructor(private readonly json: Json) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof Unknown && deepEqual(this.json, other.json);
  }
}
