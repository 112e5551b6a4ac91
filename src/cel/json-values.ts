/**
 * JSON without a schema as values of expressions: maps, lists, whole numbers as `int` (apiserver `pkg/admission/plugin/cel`,
 * which shows expressions of policies their objects like this), and back.
 */
import type { Json, JsonObject } from '../apimachinery/json';
import { StructValue } from './struct-values';
import { formatCelDuration, formatTimestamp } from './time';
import { CelError, CelMap, Duration, formatValue, List, Timestamp, typeName, Uint, type Value } from './values';

/** Parts become values when they are asked for. */
export function jsonValue(json: Json | undefined): Value {
  if (json === undefined || json === null) return null;
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (typeof json !== 'object') return json;
  return Array.isArray(json) ? new JsonList(json) : new JsonMap(json);
}

class JsonList extends List {
  private readonly values: Value[] = [];
  constructor(private readonly json: readonly Json[]) {
    super();
  }
  override get size(): number {
    return this.json.length;
  }
  override at(index: number): Value {
    this.values[index] ??= jsonValue(this.json[index]);
    return this.values[index];
  }
}

class JsonMap extends CelMap {
  private readonly values = new Map<string, Value>();
  constructor(private readonly json: JsonObject) {
    super();
  }
  override get size(): number {
    return Object.keys(this.json).length;
  }
  override keys(): readonly Value[] {
    return Object.keys(this.json);
  }
  override find(key: Value): Value | undefined {
    if (key instanceof CelError) return key;
    if (typeof key !== 'string' || !Object.hasOwn(this.json, key)) return undefined;
    let value = this.values.get(key);
    if (value === undefined) {
      value = jsonValue(this.json[key]);
      this.values.set(key, value);
    }
    return value;
  }
}

/** @throws Error for what JSON can't say */
export function jsonOfValue(value: Value): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint' || value instanceof Uint) return numberOf(value instanceof Uint ? value.value : value);
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  if (value instanceof List) return [...value].map(jsonOfValue);
  if (value instanceof StructValue)
    return Object.fromEntries([...value.fields].map(([name, field]) => [name, jsonOfValue(field)]));
  if (value instanceof CelMap) return Object.fromEntries(value.keys().map((key) => entryOf(value, key)));
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatCelDuration(value);
  throw new Error(`type conversion error from '${typeName(value)}' to 'google.protobuf.Value'`);
}

function entryOf(map: CelMap, key: Value): [string, Json] {
  if (typeof key !== 'string') throw new Error(`map key ${JSON.stringify(formatValue(key))} is not string`);
  return [key, jsonOfValue(map.find(key) ?? null)];
}

function numberOf(whole: bigint): Json {
  return whole >= BigInt(Number.MIN_SAFE_INTEGER) && whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : whole;
}
