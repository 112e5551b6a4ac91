/** Schemas as types of expressions, and how large what they describe can be (apiserver `pkg/cel/common/schemas.go`). */
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../schema/json-schema';
import type { StructTypes } from './environment';
import type { PathSize } from './estimate';
import { escapedKeyword, escapeName } from './property-names';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  structType,
  TIMESTAMP,
  type Type,
} from './types';

/** The largest request that a server reads. */
export const MAX_REQUEST = 3 * 1024 * 1024;

/** A schema as far as expressions can see it. */
export interface SchemaType {
  readonly type: Type;
  /** By escaped names; of objects only. */
  readonly fields?: ReadonlyMap<string, SchemaType>;
  /** Of lists and maps. */
  readonly element?: SchemaType;
  /** How many elements it can have, or how long it can be. */
  readonly most: number;
  /** How few bytes it can take as JSON. */
  readonly smallest: number;
}

const LONGEST_STRING = MAX_REQUEST - 2;

/**
 * Undefined for what expressions can't see: what may be anything.
 * @param root whether it is a whole object's, with apiVersion, kind and metadata
 * @param name what the types of objects in it are called after
 */
export function schemaType(schema: JsonSchema, root: boolean, name = 'selfType'): SchemaType | undefined {
  if (schema['x-kubernetes-int-or-string']) return { type: DYN, most: longest(schema) ?? LONGEST_STRING, smallest: 1 };
  const known = root ? withMeta(schema) : schema;
  switch (known.type) {
    case 'array':
      return listType(known, name);
    case 'object':
      return additionalOf(known) ? mapType(known, name) : objectType(known, name);
    case 'string':
      return stringType(known);
    case 'boolean':
      return { type: BOOL, most: 0, smallest: 4 };
    case 'number':
      return { type: DOUBLE, most: 0, smallest: 1 };
    case 'integer':
      return { type: INT, most: 0, smallest: 1 };
    default:
      return undefined;
  }
}

function embedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function listType(schema: JsonSchema, name: string): SchemaType | undefined {
  const items = itemsOf(schema);
  const element = items && schemaType(items, embedded(items), `${name}.@idx`);
  if (!element) return undefined;
  const most = schema.maxItems === undefined ? fitting(2, element.smallest + 1) : Math.max(0, schema.maxItems);
  return { type: listOf(element.type), element, most, smallest: 2 };
}

function mapType(schema: JsonSchema, name: string): SchemaType | undefined {
  const values = additionalOf(schema) as JsonSchema;
  const element = schemaType(values, embedded(values), `${name}.@elem`);
  if (!element) return undefined;
  const { maxProperties } = schema;
  const most = maxProperties === undefined ? fitting(2, element.smallest + 6) : Math.max(0, maxProperties);
  return { type: mapOf(STRING, element.type), element, most, smallest: 2 };
}

/** How many of a size fit into a request. */
function fitting(brackets: number, size: number): number {
  return Math.floor((MAX_REQUEST - brackets) / size);
}

function objectType(schema: JsonSchema, name: string): SchemaType {
  const fields = new Map<string, SchemaType>();
  const required = new Set(schema.required);
  let smallest = 2;
  for (const [property, of] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(property);
    const field = schemaType(of, embedded(of), `${name}.${escaped ?? property}`);
    if (!field) continue;
    if (escaped !== undefined) fields.set(escaped, field);
    if (required.has(property) && (of.default === undefined || of.default === null))
      smallest += new TextEncoder().encode(property).length + field.smallest + 4;
  }
  return { type: structType(name), fields, most: 0, smallest };
}

function stringType(schema: JsonSchema): SchemaType {
  switch (schema.format) {
    case 'byte':
      return { type: BYTES, most: Math.max(0, schema.maxLength ?? LONGEST_STRING), smallest: 2 };
    case 'duration':
      return { type: DURATION, most: 32, smallest: 3 };
    case 'date':
      return { type: TIMESTAMP, most: 12, smallest: 12 };
    case 'date-time':
      return { type: TIMESTAMP, most: 32, smallest: 21 };
    default:
      return { type: STRING, most: longest(schema) ?? longestOf(schema.enum) ?? LONGEST_STRING, smallest: 2 };
  }
}

/** Characters take up to four bytes. */
function longest({ maxLength }: JsonSchema): number | undefined {
  return maxLength === undefined || maxLength === null ? undefined : Math.max(0, maxLength) * 4;
}

function longestOf(values: JsonSchema['enum']): number | undefined {
  if (!values?.length) return undefined;
  const lengths = values.map((value) => (typeof value === 'string' ? new TextEncoder().encode(value).length : 0));
  return Math.max(...lengths);
}

const META: Readonly<Record<string, JsonSchema>> = {
  kind: { type: 'string' },
  apiVersion: { type: 'string' },
  metadata: { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } },
};

/** The schema with what every object has: apiVersion, kind, metadata.name and metadata.generateName (WithTypeAndObjectMeta). */
export function withMeta(schema: JsonSchema): JsonSchema {
  const metadata = propertyOf(schema, 'metadata');
  const says =
    propertyOf(schema, 'kind')?.type === 'string' &&
    propertyOf(schema, 'apiVersion')?.type === 'string' &&
    metadata?.type === 'object' &&
    propertyOf(metadata, 'name')?.type === 'string' &&
    propertyOf(metadata, 'generateName')?.type === 'string';
  return says ? schema : { ...schema, properties: { ...schema.properties, ...META } };
}

/** The fields of all objects in a type. */
export function structsOf(root: SchemaType): StructTypes {
  const structs = new Map<string, SchemaType>();
  const collect = (type: SchemaType): void => {
    if (type.fields) structs.set(type.type.name, type);
    for (const field of type.fields?.values() ?? []) collect(field);
    if (type.element) collect(type.element);
  };
  collect(root);
  return {
    field(struct, field) {
      const known = structs.get(struct);
      if (!known) return false;
      // A reserved word may be written as it is behind a dot.
      return (known.fields?.get(field) ?? known.fields?.get(escapedKeyword(field) ?? field))?.type;
    },
  };
}

/** How long what a path from a variable of the type leads to can be (sizeEstimator). */
export function pathSizes(root: SchemaType): PathSize {
  return ([, ...path]) => {
    let current: SchemaType | undefined = root;
    for (const stage of path) {
      if (stage === '@items' || stage === '@values') current = current.element;
      else if (stage === '@keys') current = current.type.kind === 'map' ? KEY : undefined;
      else current = current.fields?.get(stage);
      if (!current) return undefined;
    }
    return { min: 0n, max: BigInt(current.most) };
  };
}

/** Keys are strings of any length. */
const KEY: SchemaType = { type: STRING, most: 0, smallest: 2 };
