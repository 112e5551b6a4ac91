/**
 * Path elements as fieldsV1 writes them (structured-merge-diff `fieldpath/serialize-pe.go`, `element.go`):
 * `f:replicas` a field, `k:{"name":"nginx"}` a list element by its keys, `v:"x"` one of a set, `i:0` one by its place.
 */
import { deepEqual, type Json, type JsonObject } from '../../apimachinery/json';
import { parseJson } from '../../apimachinery/json-text';
import type { PathElement } from '../decision';
import { formatGo, goKind } from '../go-value';

export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** `names` must be in alphabetical order, as the keys are written. */
export function keyElement(names: readonly string[], values: readonly Json[]): string {
  if (names.length === 1) return `k:{"${names[0]}":${encode(values[0] as Json)}}`;
  return `k:{${names.map((name, i) => `"${name}":${encode(values[i] as Json)}`).join(',')}}`;
}

export function valueElement(value: Json): string {
  return `v:${encode(value)}`;
}

/** JSON as Go's encoder has it in fieldsV1: `<`, `>` and `&` escaped. */
function encode(value: Json): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const PLAIN = /^[\w ./:@=,;*+-]*$/;

interface Parsed {
  kind: 'f' | 'k' | 'v' | 'i';
  /** A field's name, the keys as [name, value] in alphabetical order, a value, or an index. */
  name: string;
  keys: [string, Json][];
  value: Json;
}

/**
 * Reads a path element; undefined for kinds that a later version may bring.
 * @throws Error for one that is malformed (DeserializePathElement).
 */
function parse(text: string): Parsed | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const [kind, rest] = [text[0], text.slice(2)];
  const parsed = { name: '', keys: [], value: null };
  switch (kind) {
    case 'f':
      return { ...parsed, kind, name: rest };
    case 'v':
      return { ...parsed, kind, value: parseJson(rest) };
    case 'k': {
      const keys = parseJson(rest) as JsonObject;
      const sorted = Object.keys(keys)
        .sort()
        .map((key): [string, Json] => [key, keys[key] as Json]);
      return { ...parsed, kind, keys: sorted };
    }
    case 'i':
      if (!/^[+-]?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(rest)}: invalid syntax`);
      return { ...parsed, kind, value: Number(rest) };
    default:
      return undefined;
  }
}

/**
 * The element as this module writes it, for one that came from outside; undefined for unknown kinds, which are dropped.
 * @throws Error for one that is malformed.
 */
export function canonicalElement(text: string): string | undefined {
  const parsed = parse(text);
  switch (parsed?.kind) {
    case 'k':
      return keyElement(
        parsed.keys.map(([name]) => name),
        parsed.keys.map(([, value]) => value),
      );
    case 'v':
      return valueElement(parsed.value);
    case 'i':
      return `i:${parsed.value}`;
    case 'f':
      return text;
    default:
      return undefined;
  }
}

/** The order of elements in a set: fields, keys, values, indices, each by what they hold (PathElement.Compare). */
export function compareElements(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [parse(a), parse(b)];
  if (!left || !right) return a < b ? -1 : 1;
  if (left.kind !== right.kind) return 'fkvi'.indexOf(left.kind) - 'fkvi'.indexOf(right.kind);
  if (left.kind === 'f') return left.name < right.name ? -1 : 1;
  if (left.kind !== 'k') return compareValues(left.value, right.value);
  for (let i = 0; i < left.keys.length && i < right.keys.length; i++) {
    const [[name, value], [otherName, otherValue]] = [left.keys[i]!, right.keys[i]!];
    if (name !== otherName) return name < otherName ? -1 : 1;
    const order = compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return left.keys.length - right.keys.length;
}

/** A total order of values: numbers, strings, booleans, lists, maps, null (value.Compare). */
function compareValues(a: Json, b: Json): number {
  if (deepEqual(a, b)) return 0;
  const ranks = { int64: 0, float64: 0, string: 1, bool: 2, slice: 3, map: 4, nil: 5 };
  const order = ranks[goKind(a)] - ranks[goKind(b)];
  if (order !== 0) return order;
  if (typeof a === 'object' || typeof b === 'object') return formatGo(a) < formatGo(b) ? -1 : 1;
  return a < b ? -1 : 1;
}

/** `.spec`, `[name="nginx"]`, `[="x"]`: an element as paths in messages have it (PathElement.String). */
export function formatElement(text: string): string {
  const parsed = parse(text);
  switch (parsed?.kind) {
    case 'f':
      return `.${parsed.name}`;
    case 'k':
      return `[${parsed.keys.map(([name, value]) => `${name}=${formatValue(value)}`).join(',')}]`;
    case 'v':
      return `[=${formatValue(parsed.value)}]`;
    case 'i':
      return `[${parsed.value}]`;
    default:
      return '{{invalid path element}}';
  }
}

function formatValue(value: Json): string {
  if (value === null) return 'null';
  return typeof value === 'string' ? JSON.stringify(value) : formatGo(value);
}

/** The element as decisions have it; a value of a set stands under the empty key. */
export function decisionElement(text: string): PathElement {
  const parsed = parse(text);
  switch (parsed?.kind) {
    case 'f':
      return parsed.name;
    case 'k':
      return Object.fromEntries(parsed.keys);
    case 'v':
      return { '': parsed.value };
    default:
      return Number(parsed?.value);
  }
}
