/**
 * Objects as Go's encoding/json writes them: fields of structs in declared order, keys of maps in byte order, `<`, `>` and
 * `&` escaped. Items of a list of a built-in kind don't say which kind they are.
 */
import { isObject, type Json, type JsonObject, setKey } from '../../apimachinery/json';
import { compareStrings, sortStrings, stringifyGo } from '../../apimachinery/json-text';
import { parseGroupVersion } from '../../apimachinery/meta';
import { kindSchema, schemaNamed } from '../../schema/catalog';
import { CompiledSchema, type Struct } from '../../schema/compiled';
import { Recent } from './recent';

/** @param pretty two blanks a level, as json.MarshalIndent writes; else one line that ends in a newline (json.Encoder). */
export function goJson(value: Json, pretty = false): string {
  const ordered = inGoOrder(value);
  if (pretty) return stringifyGo(ordered, { indent: '  ', sortKeys: false });
  return `${compactJson(ordered)}\n`;
}

const utf8 = new TextEncoder();

/** The same on one line, as bytes. */
export function goJsonBytes(value: Json): Uint8Array {
  return listBytes(value) ?? utf8.encode(goJson(value));
}

/** A list of a built-in kind, put together from the bytes of its items. */
function listBytes(value: Json): Uint8Array | undefined {
  if (!isObject(value) || !Array.isArray(value['items'])) return undefined;
  const { kind, apiVersion, metadata, items, ...rest } = value;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || Object.keys(rest).length > 0) return undefined;
  const schema = schemaOf(kind, apiVersion);
  const itemSchema = schema?.field?.('items')?.items;
  if (kind === 'PartialObjectMetadataList' || !(itemSchema instanceof CompiledSchema)) return undefined;
  const head = compactJson(inGoOrder({ kind, apiVersion, metadata: metadata ?? {}, items: [] }));
  const parts = (items as Json[]).map((item) =>
    isObject(item)
      ? itemBytes.of(item, () => utf8.encode(compactJson(withoutKind(inOrder(item, itemSchema) as JsonObject))))
      : utf8.encode(compactJson(item)),
  );
  return joined(utf8.encode(head.slice(0, -2)), parts, utf8.encode(']}\n'));
}

const itemBytes = new Recent<Uint8Array>(8 * 1024 * 1024, (bytes) => bytes.length);

const COMMA = 44;

/** Text would have to be made bytes again with each answer. */
function joined(head: Uint8Array, items: readonly Uint8Array[], end: Uint8Array): Uint8Array {
  let length = head.length + end.length + Math.max(0, items.length - 1);
  for (const item of items) length += item.length;
  const all = new Uint8Array(length);
  all.set(head);
  let at = head.length;
  items.forEach((item, i) => {
    if (i > 0) all[at++] = COMMA;
    all.set(item, at);
    at += item.length;
  });
  all.set(end, at);
  return all;
}

/** On one line, its keys as they stand. */
export function compactJson(value: Json): string {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // A bigint somewhere.
    return stringifyGo(value, { sortKeys: false });
  }
  // All of these can only stand in strings; half a surrogate pair, which JSON.stringify escapes, is U+FFFD in Go.
  if (SPECIAL.test(text))
    text = text.replace(ALL_SPECIAL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return text.includes('\\ud') ? text.replace(LONE_SURROGATE, '$1\ufffd') : text;
}

const SPECIAL = /[<>&\u2028\u2029]/;
const ALL_SPECIAL = /[<>&\u2028\u2029]/g;
const LONE_SURROGATE = /((?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** The value with its keys in Go's order; the value itself where they are. */
export function inGoOrder(value: Json): Json {
  if (!isObject(value)) return value;
  const { kind, apiVersion } = value;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return value;
  if (kind === 'Table') return tableInOrder(value);
  const schema = schemaOf(kind, apiVersion);
  if (!(schema instanceof CompiledSchema)) return isOwnForm(apiVersion) ? value : sortedKeys(value);
  const ordered = inOrder(value, schema) as JsonObject;
  return kind.endsWith('List') ? withBareItems(ordered, kind) : ordered;
}

function schemaOf(kind: string, apiVersion: string) {
  const { group, version } = parseGroupVersion(apiVersion);
  if (group === 'meta.k8s.io') return schemaNamed(`meta/${version}.${kind}`) ?? schemaNamed(`meta/v1.${kind}`);
  return kindSchema(group, version, kind) ?? schemaNamed(`meta/v1.${kind}`);
}

/** Written in order where they are made. */
function isOwnForm(apiVersion: string): boolean {
  return apiVersion.startsWith('apidiscovery.k8s.io/') || apiVersion.startsWith('kubetick.dev/');
}

/** Rows hold objects of their own kinds. */
function tableInOrder(table: JsonObject): JsonObject {
  const { rows } = table;
  if (!Array.isArray(rows)) return table;
  return {
    ...table,
    rows: rows.map((row) =>
      isObject(row) && 'object' in row ? { ...row, object: inGoOrder(row['object'] as Json) } : row,
    ),
  };
}

/** PartialObjectMetadataList is the one list of which the items are told. */
function withBareItems(list: JsonObject, kind: string): JsonObject {
  const { items } = list;
  if (!Array.isArray(items) || kind === 'PartialObjectMetadataList') return list;
  return { ...list, items: items.map((item) => (isObject(item) ? withoutKind(item) : item)) };
}

function withoutKind({ kind, apiVersion, ...rest }: JsonObject): JsonObject {
  return rest;
}

function inOrder(value: Json, schema: CompiledSchema): Json {
  switch (schema.type) {
    case 'object':
      return isObject(value) && schema.struct ? structInOrder(value, schema.struct) : value;
    case 'map':
      return isObject(value) ? mapInOrder(value, schema.items as CompiledSchema) : value;
    case 'array':
      return Array.isArray(value) ? listInOrder(value, schema.items as CompiledSchema) : value;
    case 'any': {
      if (!schema.goType.startsWith('v1.JSONSchemaPropsOr')) return value;
      const props = schema.relative('apiextensions/v1.JSONSchemaProps');
      return Array.isArray(value) ? listInOrder(value, props) : inOrder(value, props);
    }
    default:
      return value;
  }
}

function listInOrder(list: Json[], items: CompiledSchema): Json[] {
  if (items.type !== 'object' && items.type !== 'map' && items.type !== 'array') return list;
  let result = list;
  for (let i = 0; i < list.length; i++) {
    const item = inOrder(list[i] as Json, items);
    if (item === list[i]) continue;
    if (result === list) result = list.slice();
    result[i] = item;
  }
  return result;
}

function mapInOrder(map: JsonObject, items: CompiledSchema): JsonObject {
  const keys = Object.keys(map);
  let same = true;
  for (let i = 1; same && i < keys.length; i++) same = compareStrings(keys[i - 1] as string, keys[i] as string) < 0;
  const simple = items.type !== 'object' && items.type !== 'map' && items.type !== 'array' && items.type !== 'any';
  if (same && simple) return map;
  return rebuilt(map, same ? keys : sortStrings(keys), same, () => items);
}

/** Where each field stands in its struct; the kind comes before the version. */
const positions = new WeakMap<Struct, ReadonlyMap<string, number>>();

function positionsOf(struct: Struct): ReadonlyMap<string, number> {
  let known = positions.get(struct);
  if (!known) {
    const names = struct.fieldNames.filter((name) => !struct.isKind || (name !== 'kind' && name !== 'apiVersion'));
    known = new Map((struct.isKind ? ['kind', 'apiVersion', ...names] : names).map((name, i) => [name, i]));
    positions.set(struct, known);
  }
  return known;
}

function structInOrder(value: JsonObject, struct: Struct): JsonObject {
  const order = positionsOf(struct);
  const keys = Object.keys(value);
  let same = true;
  let last = -1;
  for (const key of keys) {
    const at = order.get(key) ?? Number.MAX_SAFE_INTEGER;
    if (at < last) same = false;
    last = at;
  }
  if (!same) keys.sort((a, b) => (order.get(a) ?? Number.MAX_SAFE_INTEGER) - (order.get(b) ?? Number.MAX_SAFE_INTEGER));
  return rebuilt(value, keys, same, (key) => struct.field(key));
}

/** The object with these keys in this order; the object itself when it is the same. */
function rebuilt(
  object: JsonObject,
  keys: readonly string[],
  sameOrder: boolean,
  schemaOfKey: (key: string) => CompiledSchema | undefined,
): JsonObject {
  let result: JsonObject | undefined = sameOrder ? undefined : {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const value = object[key] as Json;
    const schema = typeof value === 'object' && value !== null ? schemaOfKey(key) : undefined;
    const ordered = schema ? inOrder(value, schema) : value;
    if (!result) {
      if (ordered === value) continue;
      result = {};
      for (let j = 0; j < i; j++) setKey(result, keys[j] as string, object[keys[j] as string] as Json);
    }
    setKey(result, key, ordered);
  }
  return result ?? object;
}

/** Unstructured objects are maps to the last. */
function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of sortStrings(Object.keys(value))) setKey(result, key, sortedKeys(value[key] as Json));
  return result;
}
