/** JSON into a Go struct, as the decoders of client-side configuration do it: what is unknown is noted, what is of a wrong type told. */
import { isObject, type Json, type JsonObject, setKey } from '../../apimachinery/json';

export type Shape = 'string' | { readonly list: 'string' | Struct };

export interface Struct {
  /** `CommandDefaults` */
  readonly type: string;
  /** `as`: what it is called in what is decoded; `within`: the embedded struct that it is a field of. */
  readonly fields: Readonly<Record<string, { readonly shape: Shape; readonly as?: string; readonly within?: string }>>;
}

export interface Decoded {
  value: JsonObject;
  /** Paths of fields that are none: `aliases[0].foo`. */
  unknown: string[];
  /** The first thing that is of a wrong type: `cannot unmarshal number into Go struct field …`. */
  problem: string | undefined;
}

/** `prefix` is the package in names of types: `v1beta1.`; `sorted`: fields are looked at in the order of their names. */
export function decodeStruct(value: Json, struct: Struct, prefix: string, sorted: boolean): Decoded {
  const unknown: string[] = [];
  let problem: string | undefined;
  const wrong = (given: Json, where: string, type: string): undefined => {
    problem ??= `cannot unmarshal ${kindOf(given)} into Go ${where} of type ${type}`;
    return undefined;
  };

  function decodeObject(object: JsonObject, { type, fields }: Struct, at: string, goPath: string): JsonObject {
    const decoded: JsonObject = {};
    const keys = sorted ? Object.keys(object).sort() : Object.keys(object);
    for (const key of keys) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!field) {
        unknown.push(at + key);
        continue;
      }
      const given = object[key] as Json;
      if (given === null) continue;
      const path = `${goPath}${field.within ? `${field.within}.` : ''}${key}`;
      const inner = decodeValue(given, field.shape, at + key, `struct field ${type}.${path}`, path);
      if (inner !== undefined) setKey(decoded, field.as ?? key, inner);
    }
    return decoded;
  }

  function decodeValue(given: Json, shape: Shape, at: string, where: string, goPath: string): Json | undefined {
    if (shape === 'string') {
      if (typeof given === 'string') return given;
      return wrong(given, where, 'string');
    }
    const item = shape.list;
    const itemType = item === 'string' ? item : prefix + item.type;
    if (!Array.isArray(given)) return wrong(given, where, `[]${itemType}`);
    return given.map((each, i) => {
      if (item === 'string') return decodeValue(each ?? '', item, at, where, goPath) ?? '';
      if (each === null) return {};
      if (isObject(each)) return decodeObject(each, item, `${at}[${i}].`, `${goPath}.`);
      wrong(each, where, itemType);
      return {};
    });
  }

  if (!isObject(value)) {
    return {
      value: {},
      unknown,
      problem: `cannot unmarshal ${kindOf(value)} into Go value of type ${prefix}${struct.type}`,
    };
  }
  const decoded = decodeObject(value, struct, '', '');
  return { value: decoded, unknown, problem };
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'number';
}
