/**
 * Version 2 documents as `application/com.github.proto-openapi.spec.v2.v1.0+protobuf`, for clients that ask for it: messages of
 * gnostic's OpenAPIv2.proto (proto3: what is zero is not written). What is known from a message's table is written under its
 * number; keys that begin with `x-` are vendor extensions.
 */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { FIXED64, ReverseWriter, VARINT } from '../../apimachinery/protobuf-wire';
import { compactJson } from '../encoding/go-json';

/** How a value is written under a number; the writer goes backwards, so the last comes first. */
type Write = (writer: ReverseWriter, number: number, value: Json) => void;

interface MessageTable {
  /** JSON key → number and kind of value. */
  fields: Record<string, [number, Write]>;
  /** The number of vendor extensions, where there are some. */
  extensions?: number;
}

const text: Write = (writer, number, value) => {
  if (typeof value === 'string' && value !== '') writer.string(number, value);
};
const flag: Write = (writer, number, value) => {
  if (value !== true) return;
  writer.varint(1);
  writer.tag(number, VARINT);
};
const whole: Write = (writer, number, value) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value === 0) return;
  writer.varint(value);
  writer.tag(number, VARINT);
};
const double: Write = (writer, number, value) => {
  if (typeof value !== 'number' || value === 0) return;
  writer.double(value);
  writer.tag(number, FIXED64);
};
const repeated =
  (one: Write): Write =>
  (writer, number, value) => {
    if (Array.isArray(value)) for (const item of value.toReversed()) one(writer, number, item);
  };
/** `Any`: the value as YAML, which JSON is. */
const any: Write = (writer, number, value) => {
  const before = writer.length;
  writer.string(2, `${compactJson(value)}\n`);
  writer.message(number, before);
};
const texts = repeated((writer, number, value) => writer.string(number, String(value)));
/** A message by its table, which may refer to itself. */
const message =
  (table: () => MessageTable): Write =>
  (writer, number, value) => {
    if (!isObject(value)) return;
    const before = writer.length;
    writeFields(writer, value, table());
    writer.message(number, before);
  };
/** A message with one other in it. */
const within =
  (inner: number, write: Write): Write =>
  (writer, number, value) => {
    const before = writer.length;
    write(writer, inner, value);
    writer.message(number, before);
  };
/** `additional_properties`: names and values, sorted as they stand. */
const named =
  (number: number, write: Write): Write =>
  (writer, outer, value) => {
    if (!isObject(value)) return;
    const before = writer.length;
    for (const [name, one] of Object.entries(value).reverse()) writeNamed(writer, number, name, one, write);
    writer.message(outer, before);
  };

function writeNamed(writer: ReverseWriter, number: number, name: string, value: Json, write: Write): void {
  const before = writer.length;
  write(writer, 2, value);
  text(writer, 1, name);
  writer.message(number, before);
}

function writeFields(writer: ReverseWriter, value: JsonObject, { fields, extensions }: MessageTable): void {
  const keys = Object.keys(value);
  const written = (key: string): number =>
    Object.hasOwn(fields, key)
      ? (fields[key] as [number, Write])[0]
      : extensions !== undefined && key.startsWith('x-')
        ? extensions
        : 0;
  // Stable: extensions stay in their order.
  const order = keys.filter((key) => written(key) > 0).sort((a, b) => written(a) - written(b));
  for (const key of order.reverse()) {
    const known = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (known) known[1](writer, known[0], value[key] as Json);
    else writeNamed(writer, extensions as number, key, value[key] as Json, any);
  }
}

const schema = message(() => SCHEMA);
const types: Write = (writer, number, value) =>
  within(1, texts)(writer, number, Array.isArray(value) ? value : [value]);
const items: Write = (writer, number, value) =>
  within(1, repeated(schema))(writer, number, Array.isArray(value) ? value : [value]);
const additionalProperties: Write = (writer, number, value) => {
  const before = writer.length;
  if (isObject(value)) schema(writer, 1, value);
  else flag(writer, 2, value);
  writer.message(number, before);
};

const EXTERNAL_DOCS: MessageTable = { fields: { description: [1, text], url: [2, text] }, extensions: 3 };

const SCHEMA: MessageTable = {
  fields: {
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, any],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, flag],
    minimum: [9, double],
    exclusiveMinimum: [10, flag],
    maxLength: [11, whole],
    minLength: [12, whole],
    pattern: [13, text],
    maxItems: [14, whole],
    minItems: [15, whole],
    uniqueItems: [16, flag],
    maxProperties: [17, whole],
    minProperties: [18, whole],
    required: [19, texts],
    enum: [20, repeated(any)],
    additionalProperties: [21, additionalProperties],
    type: [22, types],
    items: [23, items],
    allOf: [24, repeated(schema)],
    properties: [25, named(1, schema)],
    externalDocs: [29, message(() => EXTERNAL_DOCS)],
    example: [30, any],
  },
  extensions: 31,
};

const BODY_PARAMETER: MessageTable = {
  fields: { description: [1, text], name: [2, text], in: [3, text], required: [4, flag], schema: [5, schema] },
  extensions: 6,
};

const QUERY_PARAMETER: MessageTable = {
  fields: {
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [6, text],
    format: [7, text],
    uniqueItems: [20, flag],
  },
  extensions: 23,
};

const PATH_PARAMETER: MessageTable = {
  fields: {
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [5, text],
    format: [6, text],
    uniqueItems: [19, flag],
  },
  extensions: 22,
};

const parameter: Write = (writer, number, value) => {
  const place = isObject(value) ? value['in'] : undefined;
  if (place === 'body')
    within(
      1,
      message(() => BODY_PARAMETER),
    )(writer, number, value);
  else if (place === 'path')
    within(
      2,
      within(
        4,
        message(() => PATH_PARAMETER),
      ),
    )(writer, number, value);
  else
    within(
      2,
      within(
        3,
        message(() => QUERY_PARAMETER),
      ),
    )(writer, number, value);
};

const REFERENCE: MessageTable = { fields: { $ref: [1, text], description: [2, text] } };

const parameterItem: Write = (writer, number, value) => {
  const reference = isObject(value) && Object.hasOwn(value, '$ref');
  within(reference ? 2 : 1, reference ? message(() => REFERENCE) : parameter)(writer, number, value);
};

const RESPONSE: MessageTable = { fields: { description: [1, text], schema: [2, within(1, schema)] }, extensions: 5 };

const OPERATION: MessageTable = {
  fields: {
    tags: [1, texts],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    produces: [6, texts],
    consumes: [7, texts],
    parameters: [8, repeated(parameterItem)],
    responses: [
      9,
      named(
        1,
        within(
          1,
          message(() => RESPONSE),
        ),
      ),
    ],
    schemes: [10, texts],
    deprecated: [11, flag],
  },
  extensions: 13,
};

const operation = message(() => OPERATION);

const PATH_ITEM: MessageTable = {
  fields: {
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, repeated(parameterItem)],
  },
  extensions: 10,
};

const API_KEY: MessageTable = {
  fields: { type: [1, text], name: [2, text], in: [3, text], description: [4, text] },
  extensions: 5,
};

const INFO: MessageTable = {
  fields: { title: [1, text], version: [2, text], description: [3, text] },
  extensions: 7,
};

const DOCUMENT: MessageTable = {
  fields: {
    swagger: [1, text],
    info: [2, message(() => INFO)],
    paths: [
      8,
      named(
        2,
        message(() => PATH_ITEM),
      ),
    ],
    definitions: [9, named(1, schema)],
    parameters: [10, named(1, parameter)],
    security: [12, repeated(named(1, within(1, texts)))],
    securityDefinitions: [
      13,
      named(
        1,
        within(
          2,
          message(() => API_KEY),
        ),
      ),
    ],
  },
  extensions: 16,
};

/** A Swagger document as a gnostic Document. */
export function encodeSwagger(document: JsonObject): Uint8Array {
  const writer = new ReverseWriter(1 << 20);
  writeFields(writer, document, DOCUMENT);
  return writer.finish();
}
