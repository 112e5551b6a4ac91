/** The types of expressions (cel-go `common/types/types.go`, `checker/format.go`). */

export type Kind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint';

export interface Type {
  readonly kind: Kind;
  /** The name that `type(value)` has. */
  readonly name: string;
  readonly params: readonly Type[];
}

function simple(kind: Kind, name: string = kind): Type {
  return { kind, name, params: [] };
}

export const BOOL = simple('bool');
export const BYTES = simple('bytes');
export const DOUBLE = simple('double');
export const DURATION = simple('duration', 'google.protobuf.Duration');
export const DYN = simple('dyn');
export const ERROR = simple('error');
export const INT = simple('int');
export const NULL = simple('null', 'null_type');
export const STRING = simple('string');
export const TIMESTAMP = simple('timestamp', 'google.protobuf.Timestamp');
export const TYPE = simple('type');
export const UINT = simple('uint');

export function listOf(element: Type): Type {
  return { kind: 'list', name: 'list', params: [element] };
}
export function mapOf(key: Type, value: Type): Type {
  return { kind: 'map', name: 'map', params: [key, value] };
}
export function optionalOf(value: Type): Type {
  return { kind: 'opaque', name: 'optional_type', params: [value] };
}
export function typeOf(type: Type): Type {
  return { kind: 'type', name: 'type', params: [type] };
}
export function structType(name: string): Type {
  return simple('struct', name);
}
export function opaqueType(name: string): Type {
  return simple('opaque', name);
}
/** A type that an overload leaves open. */
export function param(name: string): Type {
  return simple('param', name);
}

export function isDyn({ kind }: Type): boolean {
  return kind === 'dyn';
}
export function isDynOrError({ kind }: Type): boolean {
  return kind === 'dyn' || kind === 'error';
}
export function isOptional({ kind, name }: Type): boolean {
  return kind === 'opaque' && name === 'optional_type';
}

/** IsExactType. */
export function sameType(a: Type, b: Type): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.name === b.name &&
      a.params.length === b.params.length &&
      a.params.every((p, i) => sameType(p, b.params[i] as Type)))
  );
}

/** IsEquivalentType: the parameters of `type` do not count. */
export function equivalentType(a: Type, b: Type): boolean {
  if (a.kind !== b.kind || a.name !== b.name) return false;
  return a.kind === 'type' || a.params.every((p, i) => b.params[i] !== undefined && equivalentType(p, b.params[i]));
}

/** FormatCELType. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case 'error':
      return '!error!';
    case 'duration':
    case 'timestamp':
    case 'null':
      return type.kind;
    default:
      return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(formatType).join(', ')})`;
  }
}

/** formatFunctionDeclType of a call: `string.(int)` or `(string, int)`. */
export function formatArguments(types: readonly Type[], member: boolean): string {
  const names = types.map(formatType);
  return member ? `${names[0]}.(${names.slice(1).join(', ')})` : `(${names.join(', ')})`;
}
