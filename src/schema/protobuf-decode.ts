/**
 * Protobuf messages as the objects that they stand for, read as gogo's generated code reads them (`Unmarshal`): fields in any
 * order, the last one counts, unknown ones are passed over. What is empty is left out unless its absence says something else.
 */
import { type Json, type JsonObject, setKey } from '../apimachinery/json';
import { parseJson } from '../apimachinery/json-text';
import { BYTES, FIXED64, ProtobufError, Reader, VARINT } from '../apimachinery/protobuf-wire';
import { QuantityError, toQuantity } from '../apimachinery/quantity';
import { formatMicroTime, formatTime } from '../apimachinery/time';
import { base64Text } from './base64';
import type { CompiledSchema, Struct } from './compiled';
import { anyForm, isWrappedList, jsonSchemaProps, type Message, messageOf } from './protobuf-message';

/** Go has no such limit and a stack that grows; JSON's is as good as any. */
const MAX_DEPTH = 2_000;

/** @throws ProtobufError in Go's words; NotMarshalableError for a type without field numbers. */
export function decodeMessage(bytes: Uint8Array, struct: Struct): JsonObject {
  const value: JsonObject = {};
  new Decoder().fields(new Reader(bytes), messageOf(struct), value);
  return value;
}

class Decoder {
  private depth = 0;

  fields(reader: Reader, message: Message, into: JsonObject): void {
    if (++this.depth > MAX_DEPTH) throw new ProtobufError('exceeded max depth');
    while (!reader.done) {
      const { number, wireType } = reader.tag(message.name);
      const field = message.field(number);
      if (!field) reader.skip(wireType);
      else if ('inlined' in field) {
        expectWire(wireType, BYTES, field.inlined.name);
        this.fields(reader.message(), field.inlined, into);
      } else this.field(reader, wireType, field.name, field.schema, into);
    }
    this.depth--;
  }

  private field(reader: Reader, wireType: number, name: string, schema: CompiledSchema, into: JsonObject): void {
    if (schema.type === 'map') {
      expectWire(wireType, BYTES, name);
      into[name] ??= {};
      this.entry(reader.message(), into[name] as JsonObject, schema.items as CompiledSchema, name);
      return;
    }
    if (schema.type === 'array' && !isWrappedList(schema)) {
      into[name] ??= [];
      this.element(reader, wireType, name, schema.items as CompiledSchema, into[name] as Json[]);
      return;
    }
    const previous = schema.type === 'object' ? (into[name] as JsonObject | undefined) : undefined;
    const value = this.value(reader, wireType, name, schema, previous);
    // An IntOrString and a message are there when they are sent, whatever is in them.
    if (schema.pointer || schema.always || schema.type === 'int-or-string' || !isZero(value)) into[name] = value;
    else delete into[name];
  }

  private element(reader: Reader, wireType: number, name: string, items: CompiledSchema, into: Json[]): void {
    const packable = items.type === 'integer' || items.type === 'boolean' || items.type === 'number';
    if (packable && wireType === BYTES) {
      const packed = reader.message();
      const wire = items.type === 'number' ? FIXED64 : VARINT;
      while (!packed.done) into.push(this.value(packed, wire, name, items));
    } else into.push(this.value(reader, wireType, name, items));
  }

  private entry(reader: Reader, into: JsonObject, items: CompiledSchema, name: string): void {
    let key = '';
    let value: Json | undefined;
    while (!reader.done) {
      const { number, wireType } = reader.tag(`${name} entry`);
      if (number === 1) {
        expectWire(wireType, BYTES, name);
        key = reader.string();
      } else if (number === 2) value = this.value(reader, wireType, name, items);
      else reader.skip(wireType);
    }
    setKey(into, key, value === undefined ? zeroOf(items) : value);
  }

  /** @param previous of a message that comes in parts */
  private value(
    reader: Reader,
    wireType: number,
    name: string,
    schema: CompiledSchema,
    previous?: JsonObject,
  ): Exclude<Json, undefined> {
    switch (schema.type) {
      case 'boolean':
        expectWire(wireType, VARINT, name);
        return reader.varint() !== 0;
      case 'integer':
        expectWire(wireType, VARINT, name);
        return schema.format === 'int64' ? reader.int64() : reader.int32();
      case 'number':
        expectWire(wireType, FIXED64, name);
        return reader.double();
    }
    expectWire(wireType, BYTES, name);
    switch (schema.type) {
      case 'string':
        if (schema.format === 'byte') return base64Text(reader.bytes());
        if (schema.format === 'date-time') return time(reader.message(), schema.goType === 'v1.MicroTime');
        return reader.string();
      case 'object': {
        const value = previous ?? {};
        this.fields(reader.message(), messageOf(schema.struct as Struct), value);
        return value;
      }
      case 'array':
        return this.wrapped(reader.message(), schema.items as CompiledSchema, name);
      case 'quantity':
        return quantity(reader.message());
      case 'int-or-string':
        return intOrString(reader.message());
      default:
        return this.any(reader.message(), schema);
    }
  }

  private wrapped(reader: Reader, items: CompiledSchema, name: string): Json[] {
    const list: Json[] = [];
    while (!reader.done) {
      const { number, wireType } = reader.tag(name);
      if (number === 1) this.element(reader, wireType, name, items, list);
      else reader.skip(wireType);
    }
    return list;
  }

  private any(reader: Reader, schema: CompiledSchema): Json {
    const form = anyForm(schema);
    const props = jsonSchemaProps();
    let [whole, allows, list]: [Json, boolean, Json[] | undefined] = [null, false, undefined];
    const schemaNumber = form === 'OrBool' ? 2 : 1;
    while (!reader.done) {
      const { number, wireType } = reader.tag(schema.goType);
      if (form === 'raw' && number === 1) {
        expectWire(wireType, BYTES, 'Raw');
        whole = embedded(reader.string());
      } else if (form !== 'raw' && number === schemaNumber) whole = this.value(reader, wireType, 'Schema', props);
      else if (form === 'OrBool' && number === 1) {
        expectWire(wireType, VARINT, 'Allows');
        allows = reader.varint() !== 0;
      } else if (form !== 'raw' && form !== 'OrBool' && number === 2) {
        const items = form === 'OrStringArray' ? props.relative('string') : props;
        list = [...(list ?? []), this.value(reader, wireType, 'JSONSchemas', items)];
      } else reader.skip(wireType);
    }
    if (form === 'OrBool') return whole ?? allows;
    return list ?? whole;
  }
}

function expectWire(found: number, wanted: number, field: string): void {
  if (found !== wanted)
    throw new ProtobufError(
      `proto: wrong wireType = ${found} for field ${field.charAt(0).toUpperCase()}${field.slice(1)}`,
    );
}

/** Numbers in a message of plain fields, and its texts. */
function plainFields(reader: Reader, message: string): { numbers: Map<number, number>; texts: Map<number, string> } {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  while (!reader.done) {
    const { number, wireType } = reader.tag(message);
    if (wireType === VARINT) numbers.set(number, Number(reader.int64()));
    else if (wireType === BYTES) texts.set(number, reader.string());
    else reader.skip(wireType);
  }
  return { numbers, texts };
}

function time(reader: Reader, micro: boolean): string | null {
  if (reader.done) return null;
  const { numbers } = plainFields(reader, 'Timestamp');
  const milliseconds = (numbers.get(1) ?? 0) * 1000;
  // What JavaScript's calendar can't hold nobody means.
  if (Math.abs(milliseconds) > 8.64e15) throw new ProtobufError('Time.MarshalJSON: year outside of range [0,9999]');
  return micro ? formatMicroTime(milliseconds + (numbers.get(2) ?? 0) / 1e6) : formatTime(milliseconds);
}

function quantity(reader: Reader): string {
  const text = plainFields(reader, 'Quantity').texts.get(1) ?? '';
  try {
    return toQuantity(text === '' ? undefined : text).toString();
  } catch (error) {
    if (error instanceof QuantityError) throw new ProtobufError(error.message);
    throw error;
  }
}

function intOrString(reader: Reader): number | string {
  const { numbers, texts } = plainFields(reader, 'IntOrString');
  return (numbers.get(1) ?? 0) === 0 ? (numbers.get(2) ?? 0) | 0 : (texts.get(3) ?? '');
}

/** JSON text within a message. */
function embedded(text: string): Json {
  if (text === '') return null;
  try {
    return parseJson(text);
  } catch (error) {
    throw new ProtobufError(error instanceof Error ? error.message : String(error));
  }
}

function isZero(value: Json): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: 0 and 0n alike
  return value === null || value === '' || value === false || (typeof value !== 'object' && value == 0);
}

function zeroOf(schema: CompiledSchema): Json {
  switch (schema.type) {
    case 'object':
    case 'map':
      return {};
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
    case 'int-or-string':
      return 0;
    case 'quantity':
      return '0';
    case 'string':
      return schema.format === 'date-time' ? null : '';
    default:
      return null;
  }
}
