/**
 * How the server shows what changed in a spec that must not change: both sides as JSON of the internal types, and the unified
 * diff of their lines (apimachinery `util/diff` Diff). Only made when an update is refused.
 */
import type { Json, JsonObject } from '../../apimachinery/json';
import { isObject } from '../../apimachinery/json';
import { INTERNAL_TYPES } from './internal-types';
import { quantity } from './resources';
import { unifiedDiff } from './unified-diff';

type Field = { name: string; key: string; kind: string } | { embedded: string };

/** @param type a name of internal-types.ts; the values are in the form of the API. */
export function diffOf(type: string, old: object, now: object): string {
  return unifiedDiff(dump(type, old), dump(type, now));
}

function dump(type: string, value: object): string[] {
  return JSON.stringify(internalOf(type, value), null, 1).split('\n');
}

/** The value as a complaint shows it: with the fields of the internal type, those that were not given too. */
export function internalOf(type: string, value: object): JsonObject {
  return convertStruct(type, value as JsonObject);
}

let types: Map<string, Field[]> | undefined;

function fieldsOf(type: string): Field[] {
  if (!types) {
    types = new Map();
    for (const line of INTERNAL_TYPES.trim().split('\n')) {
      const [name = '', ...fields] = line.split(' ');
      types.set(name, fields.map(parseField));
    }
  }
  return types.get(type) ?? [];
}

function parseField(text: string): Field {
  if (text.startsWith('+')) return { embedded: text.slice(1) };
  const [names = '', kind = 'v'] = text.split(':');
  const [name = '', key = name.charAt(0).toLowerCase() + name.slice(1)] = names.split('=');
  return { name, key, kind };
}

function convertStruct(type: string, value: JsonObject): JsonObject {
  const source = type === 'PodSpec' ? withHostNamespaces(value) : value;
  const result: JsonObject = {};
  for (const field of fieldsOf(type)) {
    if ('embedded' in field) {
      const inner = field.embedded === 'v' ? source.metadata : convertStruct(field.embedded, source);
      if (isObject(inner)) Object.assign(result, inner);
    } else result[field.name] = convert(field.kind, source[field.key]);
  }
  return result;
}

/** Inside, what a pod shares with its node stands in its security context. */
function withHostNamespaces(spec: JsonObject): JsonObject {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers } = spec;
  const shared: Record<string, Json | undefined> = { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers };
  const context = isObject(spec.securityContext) ? { ...spec.securityContext } : {};
  for (const [key, value] of Object.entries(shared)) if (value !== undefined) context[key] = value;
  return { ...spec, securityContext: context };
}

function convert(kind: string, value: Json | undefined): Json {
  const absent = value === undefined || value === null;
  const inner = kind.slice(1);
  switch (kind[0]) {
    case '*':
      return absent ? null : convert(inner, value);
    case '[':
      return Array.isArray(value) && value.length > 0 ? value.map((item) => convert(inner, item)) : null;
    case '{': {
      if (!isObject(value) || Object.keys(value).length === 0) return null;
      const sorted: JsonObject = {};
      for (const key of Object.keys(value).sort()) sorted[key] = convert(inner, value[key]);
      return sorted;
    }
  }
  switch (kind) {
    case 's':
      return absent ? '' : (value as Json);
    case 'n':
    case 'i':
      return absent ? 0 : (value as Json);
    case 'b':
      return value === true;
    case 'q':
      return quantity(value).toString();
    case 'v':
      return absent ? {} : (value as Json);
    default:
      return convertStruct(kind, isObject(value) ? value : {});
  }
}
