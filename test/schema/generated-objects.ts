/** Objects made up from the schema of their kind: every field has its turn. */
import { type Json, type JsonObject, setKey } from '../../src/apimachinery/json';
import { CompiledSchema } from '../../src/schema/compiled';
import type { Schema } from '../../src/schema/schema';

/** Numbers between 0 and 1 from a seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TEXTS = ['', 'a', 'web', 'größe', '日本', '😀', 'a<b>&c', 'x\u2028y', 'true', '10', '__proto__', 'constructor'];
const TIMES = ['2026-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '0001-01-02T00:00:00Z', '9999-12-31T23:59:59Z'];
const QUANTITIES = ['0', '100m', '1500m', '1Gi', '1e3', '12345678901234567890', '1n', '-5', '0.1'];
const INT64S = [0, 1, -1, 2 ** 31, -(2 ** 40), 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n)];
const INT32S = [0, 1, -1, 127, 128, 65536, 2 ** 31 - 1, -(2 ** 31)];
const ANY: Json[] = [{ a: [1, 'b', null, { c: true }] }, { 'f:spec': { '.': {} } }, {}];

/** @param fill how likely a field is there */
export function generated(schema: Schema, next: () => number, fill = 0.5, depth = 0): Json {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  switch (schema.type) {
    case 'object': {
      const value: JsonObject = {};
      for (const name of schema.fieldNames ?? []) {
        const field = schema.field?.(name);
        if (!field || name === 'apiVersion' || name === 'kind') continue;
        if (next() < fill * (depth > 4 ? 0.3 : 1) && depth < 9) value[name] = generated(field, next, fill, depth + 1);
      }
      return value;
    }
    case 'array':
      return Array.from({ length: Math.floor(next() * 3) }, () =>
        generated(schema.items as Schema, next, fill, depth + 1),
      );
    case 'map': {
      const value: JsonObject = {};
      const count = Math.floor(next() * 3);
      for (let i = 0; i < count; i++)
        setKey(value, pick(TEXTS), generated(schema.items as Schema, next, fill, depth + 1));
      return value;
    }
    case 'string':
      if (schema.format === 'byte') return pick(['', 'AA==', 'aGVsbG8=', '/+8A', 'AAECAwQF']);
      if (schema.format === 'date-time')
        return schema.goType === 'v1.MicroTime' ? pick(TIMES).replace('Z', '.123456Z') : pick(TIMES);
      return pick(TEXTS);
    case 'boolean':
      return next() < 0.5;
    case 'integer':
      return schema.format === 'int64' ? pick(INT64S) : pick(INT32S);
    case 'number':
      return pick([0, 1.5, -2, 1e300]);
    case 'quantity':
      return pick(QUANTITIES);
    case 'int-or-string':
      return pick<Json>([0, 80, -1, 'http', '50%', '']);
    default:
      return anything(schema, next, fill, depth, pick);
  }
}

function anything(
  schema: Schema,
  next: () => number,
  fill: number,
  depth: number,
  pick: <T>(list: readonly T[]) => T,
): Json {
  const goType = schema.goType ?? '';
  if (!goType.startsWith('v1.JSONSchemaPropsOr') || !(schema instanceof CompiledSchema)) return pick(ANY);
  const props = schema.relative('apiextensions/v1.JSONSchemaProps');
  const one = () => generated(props, next, fill / 3, depth + 2);
  if (next() < 0.5) return one();
  if (goType.endsWith('OrBool')) return next() < 0.5;
  return goType.endsWith('OrStringArray') ? ['a', 'b'] : [one(), one()];
}
