/** JSON into a known shape as Go's encoding/json does it: names of fields in any case, unknown ones refused, types checked. */
import { isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';

export type Shape =
  | 'string'
  /** Whatever it is. */
  | 'any'
  | 'bool'
  | 'int64'
  | 'int'
  | { readonly list: Shape }
  | { readonly map: 'string' }
  | Struct;

export interface Struct {
  /** As Go names the type: `Patch`. */
  readonly struct: string;
  readonly fields: Readonly<Record<string, Shape>>;
  /** Structs embedded in it, by the name that Go's complaints have in the path: their fields are its own. */
  readonly embedded?: Readonly<Record<string, Struct>>;
}

/** Unknown fields are an error unless `lenient`. @throws Error `json: unknown field "foo"`, `json: cannot unmarshal …` */
export function decodeStruct(value: Json, struct: Struct, lenient = false): JsonObject {
  const decoder = new Decoder(lenient);
  if (value !== null && !isObject(value)) {
    throw new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${goType(struct)}`);
  }
  const result = value === null ? {} : decoder.struct(value, struct, []);
  if (decoder.problem !== undefined) throw new Error(`json: ${decoder.problem}`);
  return result;
}

class Decoder {
  problem: string | undefined;

  constructor(private readonly lenient: boolean) {}

  /** Of several problems the first is told, in the order of the keys: YAML was made JSON before, and that sorted them. */
  struct(object: JsonObject, struct: Struct, path: readonly string[]): JsonObject {
    const result: JsonObject = {};
    for (const key of Object.keys(object).sort()) {
      const found = findField(struct, key);
      if (!found) {
        if (!this.lenient) this.problem ??= `unknown field ${JSON.stringify(key)}`;
        continue;
      }
      const value = object[key] as Json;
      if (value === null) continue;
      const decoded = this.value(value, found.shape, struct.struct, [...path, ...found.path]);
      if (decoded !== undefined) setKey(result, found.name, decoded);
    }
    return result;
  }

  private value(value: Json, shape: Shape, owner: string, path: readonly string[]): Json | undefined {
    const wrong = (given: Json, wanted: Shape): undefined => {
      const number = typeof given === 'number' && !Number.isInteger(given) ? `number ${given}` : jsonKind(given);
      this.problem ??= `cannot unmarshal ${number} into Go struct field ${owner}.${path.join('.')} of type ${goType(wanted)}`;
    };
    if (shape === 'any') return value;
    if (typeof shape === 'string') return matchesScalar(value, shape) ? value : wrong(value, shape);
    if ('list' in shape) {
      if (!Array.isArray(value)) return wrong(value, shape);
      const item = shape.list;
      return value.map((each) =>
        each === null ? zeroOf(item) : (this.value(each, item, owner, path) ?? zeroOf(item)),
      );
    }
    if (!isObject(value)) return wrong(value, shape);
    if ('struct' in shape) return this.struct(value, shape, path);
    const texts: JsonObject = {};
    for (const key of Object.keys(value).sort()) {
      const text = value[key] as Json;
      if (typeof text === 'string') setKey(texts, key, text);
      else if (text === null) setKey(texts, key, '');
      else wrong(text, 'string');
    }
    return texts;
  }
}

function zeroOf(shape: Shape): Json {
  if (shape === 'string') return '';
  if (shape === 'bool') return false;
  if (shape === 'any') return null;
  if (typeof shape === 'string') return 0;
  return 'list' in shape ? [] : {};
}

function matchesScalar(value: Json, shape: 'string' | 'bool' | 'int64' | 'int'): boolean {
  if (shape === 'string') return typeof value === 'string';
  if (shape === 'bool') return typeof value === 'boolean';
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

interface Found {
  name: string;
  shape: Shape;
  path: string[];
}

function findField(struct: Struct, key: string): Found | undefined {
  return findBy(struct, (name) => name === key) ?? findBy(struct, (name) => name.toLowerCase() === key.toLowerCase());
}

function findBy({ fields, embedded }: Struct, matches: (name: string) => boolean): Found | undefined {
  for (const name of Object.keys(fields))
    if (matches(name)) return { name, shape: fields[name] as Shape, path: [name] };
  for (const [through, struct] of Object.entries(embedded ?? {})) {
    const found = findBy(struct, matches);
    if (found) return { ...found, path: [through, ...found.path] };
  }
  return undefined;
}

function goType(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return `[]${goType(shape.list)}`;
  return 'struct' in shape ? `types.${shape.struct}` : 'map[string]string';
}

function jsonKind(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'number';
}
