/**
 * Objects as protobuf messages, byte for byte as gogo's generated code writes them (`MarshalToSizedBuffer`): what is no pointer
 * is written even when it is zero, maps are sorted, times lose what is below a second.
 */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { sortStrings, stringifyGo, stringifyJson } from '../apimachinery/json-text';
import { FIXED64, ReverseWriter, VARINT } from '../apimachinery/protobuf-wire';
import { toQuantity } from '../apimachinery/quantity';
import { parseTime } from '../apimachinery/time';
import { base64Bytes } from './base64';
import type { CompiledSchema, Struct } from './compiled';
import { anyForm, isWrappedList, jsonSchemaProps, type Message, messageOf } from './protobuf-message';

const NO_FIELDS: JsonObject = {};

/** How the items of a list are encoded, where somebody knows them already. */
export type ItemEncoder = (item: JsonObject, encode: () => Uint8Array) => Uint8Array;

/** The message of an object, without what says which kind it is. @throws NotMarshalableError. */
export function encodeMessage(value: JsonObject, struct: Struct, itemEncoder?: ItemEncoder): Uint8Array {
  const writer = new ReverseWriter();
  const message = messageOf(struct);
  if (itemEncoder && Array.isArray(value['items'])) writeList(writer, value, message, itemEncoder);
  else writeFields(writer, value, message);
  return writer.finish();
}

/** A list of objects: each of its items is encoded by itself. */
function writeList(writer: ReverseWriter, value: JsonObject, { fields }: Message, itemEncoder: ItemEncoder): void {
  for (const field of fields.toReversed()) {
    if ('inlined' in field) continue;
    const { number, name, schema } = field;
    const items = name === 'items' && schema.items?.type === 'object' ? schema.items : undefined;
    if (!items) writeField(writer, number, value[name], schema);
    else
      for (const item of (value['items'] as JsonObject[]).toReversed())
        writer.bytes(
          number,
          itemEncoder(item, () => encodeMessage(item, items.struct as Struct)),
        );
  }
}

function writeFields(writer: ReverseWriter, value: JsonObject, message: Message): void {
  const { fields } = message;
  for (let i = fields.length - 1; i >= 0; i--) {
    const field = fields[i] as (typeof fields)[number];
    if ('inlined' in field) {
      const before = writer.length;
      writeFields(writer, value, field.inlined);
      writer.message(field.number, before);
    } else {
      const { name } = field;
      writeField(writer, field.number, Object.hasOwn(value, name) ? value[name] : undefined, field.schema);
    }
  }
}

function writeField(writer: ReverseWriter, number: number, value: Json | undefined, schema: CompiledSchema): void {
  const { type } = schema;
  if (value === undefined || value === null) {
    // Zeros are written where Go has no other word for absent.
    if (schema.pointer || type === 'map' || schema.format === 'byte') return;
    if (type === 'array' && !isWrappedList(schema)) return;
  }
  if (type === 'map') writeMap(writer, number, value as JsonObject, schema.items as CompiledSchema);
  else if (type === 'array' && !isWrappedList(schema)) {
    const items = value as Json[];
    for (let i = items.length - 1; i >= 0; i--) writeValue(writer, number, items[i], schema.items as CompiledSchema);
  } else writeValue(writer, number, value ?? undefined, schema);
}

function writeMap(writer: ReverseWriter, number: number, value: JsonObject, items: CompiledSchema): void {
  const keys = sortStrings(Object.keys(value));
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string;
    const before = writer.length;
    writeValue(writer, 2, value[key], items);
    writer.string(1, key);
    writer.message(number, before);
  }
}

/** One value with its header: zero where there is none. */
function writeValue(writer: ReverseWriter, number: number, value: Json | undefined, schema: CompiledSchema): void {
  switch (schema.type) {
    case 'string':
      if (schema.format === 'byte') writer.bytes(number, base64Bytes((value as string | null) ?? ''));
      else if (schema.format === 'date-time') writeTime(writer, number, value, schema.goType === 'v1.MicroTime');
      else writer.string(number, (value as string | null) ?? '');
      return;
    case 'boolean':
      writer.varint(value ? 1 : 0);
      writer.tag(number, VARINT);
      return;
    case 'integer':
      writer.varint((value as number | bigint | null) ?? 0);
      writer.tag(number, VARINT);
      return;
    case 'number':
      writer.double(Number(value ?? 0));
      writer.tag(number, FIXED64);
      return;
  }
  const before = writer.length;
  switch (schema.type) {
    case 'object':
      writeFields(writer, isObject(value) ? value : NO_FIELDS, messageOf(schema.struct as Struct));
      break;
    case 'array':
      // Wrapped, or an element of a map: a message with the items in it.
      for (const item of Array.isArray(value) ? value.toReversed() : [])
        writeValue(writer, 1, item, schema.items as CompiledSchema);
      break;
    case 'quantity':
      writer.string(1, toQuantity(value).toString());
      break;
    case 'int-or-string':
      writer.string(3, typeof value === 'string' ? value : '');
      writer.varint(typeof value === 'string' ? 0 : ((value as number | null) ?? 0));
      writer.tag(2, VARINT);
      writer.varint(typeof value === 'string' ? 1 : 0);
      writer.tag(1, VARINT);
      break;
    default:
      writeAny(writer, value, schema);
  }
  writer.message(number, before);
}

/** A Timestamp; the zero time is an empty one. */
function writeTime(writer: ReverseWriter, number: number, value: Json | undefined, micro: boolean): void {
  const before = writer.length;
  const instant = typeof value === 'string' ? parseTime(value) : undefined;
  if (instant !== undefined) {
    const seconds = Math.floor(instant / 1000);
    const micros = micro ? Math.round((instant - seconds * 1000) * 1000) : 0;
    writer.varint(micros * 1000);
    writer.tag(2, VARINT);
    writer.varint(seconds);
    writer.tag(1, VARINT);
  }
  writer.message(number, before);
}

const encoder = new TextEncoder();

function writeAny(writer: ReverseWriter, value: Json | undefined, schema: CompiledSchema): void {
  const form = anyForm(schema);
  if (value === undefined || (value === null && schema.goType !== 'v1.JSON')) return;
  if (form === 'raw') {
    const text = schema.goType === 'v1.FieldsV1' ? stringifyGo(value, { escapeHtml: false }) : stringifyJson(value);
    writer.bytes(1, encoder.encode(text));
    return;
  }
  const props = jsonSchemaProps();
  if (Array.isArray(value)) {
    const items = form === 'OrStringArray' ? props.relative('string') : props;
    for (const item of value.toReversed()) writeValue(writer, 2, item, items);
  } else if (form === 'OrBool') {
    if (isObject(value)) writeValue(writer, 2, value, props);
    writer.varint(value === false ? 0 : 1);
    writer.tag(1, VARINT);
  } else if (isObject(value)) writeValue(writer, 1, value, props);
}
