/** How Go names and prints JSON values (`%T`, `%v`): upstream's merge errors quote them so, and its lists are sorted by it. */
import type { Json } from '../apimachinery/json';
import { isObject } from '../apimachinery/json';

/** The kinds that a decoded JSON value has in Go; whole numbers are int64, others float64. */
export type GoKind = 'map' | 'slice' | 'string' | 'bool' | 'int64' | 'float64' | 'nil';

/** The Go kind of a value, as `reflect.TypeOf` tells upstream's merges apart. */
export function goKind(value: Json | undefined): GoKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? 'int64' : 'float64';
    case 'undefined':
      return 'nil';
    default:
      return value === null ? 'nil' : Array.isArray(value) ? 'slice' : 'map';
  }
}

const TYPE_NAMES: Record<GoKind, string> = {
  map: 'map[string]interface {}',
  slice: '[]interface {}',
  string: 'string',
  bool: 'bool',
  int64: 'int64',
  float64: 'float64',
  nil: '%!s(<nil>)',
};

/** `map[string]interface {}`: the type's name as `%s` of a reflect.Type prints it. */
export function goTypeName(kind: GoKind): string {
  return TYPE_NAMES[kind];
}

/** `map[image:nginx name:web]`: a value as `%v` prints it; keys sorted. */
export function formatGo(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return `[${value.map(formatGo).join(' ')}]`;
  if (isObject(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${key}:${formatGo(value[key])}`);
    return `map[${entries.join(' ')}]`;
  }
  return String(value);
}

/** A value as `%s` prints it: strings bare, others marked as the wrong type. */
export function formatGoString(value: Json | undefined): string {
  const kind = goKind(value);
  if (kind === 'nil') return '%!s(<nil>)';
  return kind === 'int64' || kind === 'float64' || kind === 'bool'
    ? `%!s(${kind}=${formatGo(value)})`
    : formatGo(value);
}

function formatNumber(value: number): string {
  if (goKind(value) === 'int64') return BigInt(value).toString();
  const magnitude = Math.abs(value);
  if (magnitude >= 1e21 || magnitude < 1e-4) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return String(value);
}

/** Go's `==` on decoded JSON scalars: 1 and 1n are the same number, everything else goes by type and value. */
export function scalarEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a === 'bigint' && typeof b === 'number') return Number.isInteger(b) && BigInt(b) === a;
  if (typeof b === 'bigint' && typeof a === 'number') return Number.isInteger(a) && BigInt(a) === b;
  return false;
}
