/**
 * What upstream's decoding does to a request body: a round trip through the Go type of its kind. Wrong types are refused in
 * the words of sigs.k8s.io/json, unknown fields are told and left out, quantities and times become canonical, empty fields
 * go as their tags say, and structs that can't be absent appear.
 */
import { clone, deepEqual, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { compareStrings, stringifyJson } from '../apimachinery/json-text';
import type { GroupVersionKind } from '../apimachinery/meta';
import { QuantityError, toQuantity } from '../apimachinery/quantity';
import { isSharedPart, sharedPart } from '../apimachinery/shared-part';
import { badRequest } from '../apimachinery/status';
import { canonicalBase64 } from './base64';
import { CompiledSchema, type Struct } from './compiled';
import { CustomSchema } from './from-crd';
import { canonicalTime } from './go-time';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from './json-schema';
import { dropNulls, pruneObject } from './prune';
import type { Schema } from './schema';

/** The value is no object of its kind: Go's text without what stands before it (`json: cannot unmarshal …`). */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}

export interface Decoded {
  /** Shares nothing with the value it came from. */
  object: JsonObject;
  /** `unknown field "spec.replica"`: what Strict refuses and Warn tells. */
  strictErrors: string[];
}

/** sigs.k8s.io/json keeps no more than these. */
const MOST_STRICT_ERRORS = 100;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Decodes a body for a kind (create, update, the result of a patch).
 * @throws ApiError 400 `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal …` (transformDecodeError)
 */
export function decode(value: JsonObject, schema: Schema, gvk: GroupVersionKind): Decoded {
  try {
    return decodeValue(value, schema);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(
      `${gvk.kind} in version "${gvk.version}" cannot be handled as a ${gvk.kind}: ${(error as Error).message}`,
    );
  }
}

/**
 * Decodes any value by a schema. Custom kinds are pruned: their types are the matter of validation.
 * @throws DecodeError
 */
export function decodeValue(value: JsonObject, schema: Schema): Decoded {
  if (schema instanceof CompiledSchema && schema.struct) return decodeStruct(value, schema.struct, '');
  if (schema instanceof CustomSchema) return decodeCustom(value, schema);
  return { object: clone(value), strictErrors: [] };
}

/**
 * Decodes a newer version of what is stored. Parts of it that are equal to the stored ones, from the second level on, are those
 * very parts: they were decoded before they were stored, and nobody has to look into them again to see that they are the same.
 * Undefined where something is unknown or wrong: to be told in full by decodeValue.
 */
export function decodeNewer(value: JsonObject, schema: Schema, stored: JsonObject): JsonObject | undefined {
  if (!(schema instanceof CompiledSchema && schema.struct)) {
    const { object, strictErrors } = decodeValue(value, schema);
    return strictErrors.length === 0 ? object : undefined;
  }
  const walk = new Walk(false, '', true);
  try {
    const object = walk.struct(value, schema.struct, stored, true);
    return walk.sawUnknown ? undefined : object;
  } catch (error) {
    if (error !== STOP) throw error;
    return undefined;
  }
}

/** unstructuredSchemaCoercer.apply (apiextensions `pkg/apiserver/customresource_handler.go`). */
function decodeCustom(value: JsonObject, schema: CustomSchema): Decoded {
  const metadata = schema.field('metadata');
  const struct = metadata instanceof CompiledSchema ? metadata.struct : undefined;
  const decodeMeta = (meta: Json, path: string): Decoded => {
    if (!struct) return { object: clone(meta) as JsonObject, strictErrors: [] };
    if (isObject(meta)) return decodeStruct(meta, struct, path);
    const given = described(meta as Exclude<Json, null>, false);
    throw new DecodeError(`json: cannot unmarshal ${given} into Go value of type v1.ObjectMeta`);
  };
  const meta = value['metadata'] ? decodeMeta(value['metadata'], 'metadata') : undefined;
  const { object, unknown } = pruneObject(value, schema.raw);
  dropNulls(object, schema.raw);
  const strictErrors = [...(meta?.strictErrors ?? []), ...unknown.map((path) => `unknown field "${path}"`)];
  decodeEmbedded(object, schema.raw, '', { decodeMeta, strictErrors });
  if (meta) object['metadata'] = meta.object;
  return { object, strictErrors };
}

interface EmbeddedDecoder {
  decodeMeta(meta: Json, path: string): Decoded;
  strictErrors: string[];
}

/** The metadata of objects in objects is decoded too (`pkg/apiserver/schema/objectmeta/algorithm.go`, coerce). The value is changed. */
function decodeEmbedded(value: Json, schema: JsonSchema | undefined, path: string, decoder: EmbeddedDecoder): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    value.forEach((item, i) => void decodeEmbedded(item, items, `${path}[${i}]`, decoder));
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    const at = path === '' ? key : `${path}.${key}`;
    if (schema['x-kubernetes-embedded-resource']) {
      if ((key === 'apiVersion' || key === 'kind') && typeof inner !== 'string')
        throw new DecodeError(`${at}: Invalid value: ${stringifyJson(inner)}: must be a string`);
      if (key === 'metadata' && inner !== null) {
        const { object, strictErrors } = decoder.decodeMeta(inner, at);
        if (object['creationTimestamp'] === null) delete object['creationTimestamp'];
        value[key] = object;
        decoder.strictErrors.push(...strictErrors);
      }
    }
    const field = propertyOf(schema, key);
    if (field) decodeEmbedded(value[key] as Json, field, at, decoder);
    else if (additionalOf(schema)) decodeEmbedded(value[key] as Json, additionalOf(schema), `${path}[${key}]`, decoder);
  }
}

/** @param path where the value stands in the whole, for strict errors */
function decodeStruct(value: JsonObject, struct: Struct, path: string): Decoded {
  try {
    const quick = new Walk(false, path);
    const object = quick.struct(value, struct);
    if (!quick.sawUnknown) return { object, strictErrors: [] };
  } catch (error) {
    if (error !== STOP) throw error;
  }
  // Something is wrong: walk again, keys in the order that clients encode them in, and keep account of where we are.
  const careful = new Walk(true, path);
  const object = careful.struct(value, struct);
  if (careful.failure !== undefined) throw new DecodeError(careful.failure);
  return { object, strictErrors: careful.strictErrors };
}

/** Thrown by the quick walk at the first mismatch. */
const STOP = new Error('decode again with account');

/** What shared parts decode to. */
const decodedParts = new WeakMap<JsonObject | Json[], { schema: CompiledSchema; part: JsonObject | Json[] }>();

class Walk {
  sawUnknown = false;
  /** The first mismatch; later ones don't count (decodeState.saveError). */
  failure: string | undefined;
  readonly strictErrors: string[] = [];
  /** Go's field stack: fields of structs, not keys and indices. */
  private fields: string[] = [];
  private structName = '';
  /** Inside a value that decodes itself, where strictness ends. */
  private lenient = 0;

  constructor(
    private readonly careful: boolean,
    /** The path of strict errors: fields, keys and indices. */
    private path: string,
    /** What comes of shared parts may be frozen. */
    private readonly shares = false,
  ) {}

  /**
   * @param stored what the value is a newer version of: parts that are equal to its parts become those
   * @param isTop it is the whole object, whose fields are to be its own whatever they are
   */
  struct(value: JsonObject, struct: Struct, stored?: JsonObject, isTop = false): JsonObject {
    const result: JsonObject = {};
    if (this.careful) {
      const keys = Object.keys(value).sort(compareStrings);
      for (const key of keys) {
        const schema = struct.field(key);
        const decoded = schema && this.fieldWithAccount(value[key] as Json, schema, struct, key);
        if (!schema) this.unknown(key);
        else if (decoded !== undefined) result[key] = decoded;
      }
    } else {
      let place = 0;
      for (const key in value) {
        const schema = struct.fieldAt(place++, key);
        if (!schema) {
          this.sawUnknown = true;
          continue;
        }
        const part = value[key] as Json;
        const decoded =
          stored !== undefined && typeof part === 'object' && part !== null
            ? this.newer(part, schema, stored[key], isTop)
            : this.value(part, schema);
        if (decoded !== undefined) result[key] = decoded;
      }
    }
    const { alwaysWritten } = struct;
    for (let i = 0; i < alwaysWritten.length; i++) {
      const name = alwaysWritten[i] as string;
      if (result[name] === undefined) result[name] = this.zero(struct.field(name) as CompiledSchema);
    }
    return result;
  }

  /** Of what is stored as `stored`: that itself where the value is equal to it, and the value is not to be somebody's own. */
  private newer(value: Json, schema: CompiledSchema, stored: Json | undefined, isOwn: boolean): Json | undefined {
    if (value === stored && !isOwn) return stored;
    if (Array.isArray(value)) {
      if (!Array.isArray(stored) || schema.type !== 'array' || value.length === 0) return this.value(value, schema);
      if (isSharedPart(value)) return this.shared(value, schema);
      return this.newerList(value, schema.items as CompiledSchema, stored);
    }
    if (!isObject(value) || !isObject(stored)) return this.value(value, schema);
    const { struct } = schema;
    if (!isOwn) {
      if (struct !== undefined && isSharedPart(value)) return this.shared(value, schema);
      if (deepEqual(value, stored)) return stored;
    }
    return struct === undefined ? this.value(value, schema) : this.struct(value, struct, stored, false);
  }

  /** What a part decodes to that many objects have is found out once. */
  private shared(value: JsonObject | Json[], schema: CompiledSchema): Json {
    const known = decodedParts.get(value);
    if (known?.schema === schema) return known.part;
    const decoded = Array.isArray(value)
      ? this.list(value, schema.items as CompiledSchema)
      : this.struct(value, schema.struct as Struct);
    const part = stringifyJson(decoded) === stringifyJson(value) ? value : sharedPart(decoded);
    if (!this.sawUnknown) decodedParts.set(value, { schema, part });
    return part;
  }

  private newerList(value: Json[], items: CompiledSchema, stored: Json[]): Json[] {
    const result = new Array<Json>(value.length);
    let isSame = value.length === stored.length;
    for (let i = 0; i < value.length; i++) {
      const before = stored[i];
      const item = value[i] as Json;
      const decoded = isObject(item) && isObject(before) ? this.newer(item, items, before, false) : undefined;
      result[i] = decoded === undefined ? this.element(item, items) : decoded;
      if (result[i] !== before) isSame = false;
    }
    return isSame ? stored : result;
  }

  private fieldWithAccount(value: Json, schema: CompiledSchema, struct: Struct, key: string): Json | undefined {
    const { structName, path } = this;
    const depth = this.fields.length;
    this.structName = struct.name.slice(struct.name.lastIndexOf('.') + 1);
    if (schema.embedded) this.fields.push(...schema.embedded);
    this.fields.push(key);
    this.path = path === '' ? key : `${path}.${key}`;
    const decoded = this.value(value, schema);
    this.structName = structName;
    this.fields.length = depth;
    this.path = path;
    return decoded;
  }

  /** The value as Go would write it again, or undefined where it would leave it out. */
  private value(value: Json, schema: CompiledSchema): Json | undefined {
    const decoded = value === null ? undefined : this.present(value, schema);
    if (decoded === undefined) return schema.always ? this.zero(schema) : undefined;
    return decoded;
  }

  /** Of a value that is not null. Undefined where it is empty and `omitempty` drops it. */
  private present(value: Exclude<Json, null>, schema: CompiledSchema): Json | undefined {
    switch (schema.type) {
      case 'object':
        if (!isObject(value)) return this.mismatch(value, schema.goType);
        if (this.shares && isSharedPart(value)) return this.shared(value, schema);
        return this.struct(value, schema.struct as Struct);
      case 'array':
        if (!Array.isArray(value)) return this.mismatch(value, schema.goType);
        if (value.length === 0) return undefined;
        if (this.shares && isSharedPart(value)) return this.shared(value, schema);
        return this.list(value, schema.items as CompiledSchema);
      case 'map':
        if (!isObject(value)) return this.mismatch(value, schema.goType);
        return this.map(value, schema.items as CompiledSchema);
      case 'string': {
        if (schema.format !== undefined) return this.formatted(value, schema);
        if (typeof value !== 'string') return this.mismatch(value, schema.goType);
        return value === '' && !schema.pointer ? undefined : value;
      }
      case 'boolean':
        if (typeof value !== 'boolean') return this.mismatch(value, schema.goType);
        return value || schema.pointer ? value : undefined;
      case 'integer': {
        if (!isWholeIn(value, schema.format)) return this.mismatch(value, schema.goType, true);
        // biome-ignore lint/suspicious/noDoubleEquals: 0 and 0n alike
        return value == 0 && !schema.pointer ? undefined : (value as Json);
      }
      case 'number':
        if (typeof value !== 'number' && typeof value !== 'bigint') return this.mismatch(value, schema.goType);
        return value || schema.pointer ? value : undefined;
      case 'quantity':
        return this.quantity(value);
      case 'int-or-string':
        if (typeof value === 'string' || isWholeIn(value, 'int32')) return value;
        return this.abort(value, 'int32', true);
      default:
        return this.any(value, schema);
    }
  }

  private list(value: Json[], items: CompiledSchema): Json[] {
    const result = new Array<Json>(value.length);
    const path = this.path;
    for (let i = 0; i < value.length; i++) {
      if (this.careful) this.path = `${path}[${i}]`;
      result[i] = this.element(value[i] as Json, items);
    }
    this.path = path;
    return result;
  }

  private map(value: JsonObject, items: CompiledSchema): JsonObject | undefined {
    const keys = Object.keys(value);
    if (keys.length === 0) return undefined;
    if (this.careful) keys.sort(compareStrings);
    const result: JsonObject = {};
    const path = this.path;
    for (const key of keys) {
      if (this.careful) this.path = path === '' ? key : `${path}.${key}`;
      setKey(result, key, this.element(value[key] as Json, items));
    }
    this.path = path;
    return result;
  }

  /** An element of a list or map is written whatever it is; an empty list in one stays an empty list. */
  private element(value: Json, schema: CompiledSchema): Json {
    const decoded = value === null ? undefined : this.present(value, schema);
    if (decoded !== undefined) return decoded;
    if (Array.isArray(value)) return [];
    return isObject(value) ? {} : schema.format === 'byte' ? '' : this.zero(schema);
  }

  /** Times and bytes. */
  private formatted(value: Exclude<Json, null>, schema: CompiledSchema): Json | undefined {
    if (schema.format === 'byte') {
      if (typeof value !== 'string') return this.mismatch(value, schema.goType);
      const text = canonicalBase64(value);
      if (typeof text === 'number') return this.fail(`illegal base64 data at input byte ${text}`);
      return text === '' ? undefined : text;
    }
    if (typeof value !== 'string') return this.abort(value, 'string');
    const time = canonicalTime(value, schema.goType === 'v1.MicroTime');
    if (time.error !== undefined) return this.refuse(time.error);
    return time.text === null && !schema.pointer && !schema.always ? undefined : time.text;
  }

  private quantity(value: Exclude<Json, null>): Json | undefined {
    try {
      return toQuantity(value).toString();
    } catch (error) {
      if (error instanceof QuantityError) return this.refuse(error.message);
      throw error;
    }
  }

  /** Arbitrary JSON; the unions of a CustomResourceDefinition's schema decode themselves (apiextensions/v1/marshal.go). */
  private any(value: Exclude<Json, null>, schema: CompiledSchema): Json | undefined {
    if (!schema.goType.startsWith('v1.JSONSchemaPropsOr')) return clone(value);
    const props = schema.relative('apiextensions/v1.JSONSchemaProps');
    this.lenient++;
    let result: Json;
    if (isObject(value)) result = this.struct(value, props.struct as Struct);
    else if (schema.goType.endsWith('OrBool')) {
      if (typeof value !== 'boolean') return this.refuse('boolean or JSON schema expected');
      result = value;
    } else if (Array.isArray(value) && value.length > 0) {
      const strings = schema.goType.endsWith('OrStringArray');
      result = this.list(value, strings ? schema.relative('string') : props);
    } else result = null;
    this.lenient--;
    return result;
  }

  /** What Go writes for a field that was never set. */
  private zero(schema: CompiledSchema): Json {
    if (schema.pointer) return null;
    switch (schema.type) {
      case 'object':
        return this.struct({}, schema.struct as Struct);
      case 'string':
        return schema.format === undefined ? '' : null;
      case 'boolean':
        return false;
      case 'integer':
      case 'number':
      case 'int-or-string':
        return 0;
      case 'quantity':
        return '0';
      default:
        return null;
    }
  }

  private unknown(key: string): void {
    this.sawUnknown = true;
    if (!this.careful || this.lenient > 0 || this.strictErrors.length >= MOST_STRICT_ERRORS) return;
    const text = `unknown field ${JSON.stringify(this.path === '' ? key : `${this.path}.${key}`)}`;
    if (!this.strictErrors.includes(text)) this.strictErrors.push(text);
  }

  /** json.UnmarshalTypeError, kept until the end: a later error that ends decoding at once comes first. */
  private mismatch(value: Exclude<Json, null>, goType: string, withNumber = false): undefined {
    return this.fail(this.typeError(value, goType, withNumber));
  }

  private fail(message: string): undefined {
    if (!this.careful) throw STOP;
    this.failure ??= message;
    return undefined;
  }

  /** A type that unmarshals itself has met a wrong type. */
  private abort(value: Exclude<Json, null>, goType: string, withNumber = false): undefined {
    return this.refuse(this.typeError(value, goType, withNumber));
  }

  /** An error that ends decoding at once. */
  private refuse(message: string): undefined {
    if (!this.careful) throw STOP;
    throw new DecodeError(message);
  }

  private typeError(value: Exclude<Json, null>, goType: string, withNumber: boolean): string {
    const where = this.fields.length > 0 ? `Go struct field ${this.structName}.${this.fields.join('.')}` : 'Go value';
    return `json: cannot unmarshal ${described(value, withNumber)} into ${where} of type ${goType}`;
  }
}

function described(value: Exclude<Json, null>, withNumber: boolean): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return withNumber ? `number ${value}` : 'number';
}

function isWholeIn(value: Json, format: string | undefined): value is number | bigint {
  if (typeof value === 'number') {
    return Number.isInteger(value) && (format !== 'int32' || (value <= MAX_INT32 && value >= -MAX_INT32 - 1));
  }
  return typeof value === 'bigint' && format !== 'int32' && value <= MAX_INT64 && value >= -MAX_INT64 - 1n;
}
