/** What an expression is once parsed, macros expanded (cel-go `common/ast/expr.go`). */
import type { Type } from './types';
import type { Value } from './values';

/** What every expression has. */
interface Node {
  /** Where it starts, in code points: operators at their sign, calls at their parenthesis. */
  readonly offset: number;
  /** How deep expressions are nested in it, as the parser counts. */
  depth: number;
  /** Its type, once checked. */
  type?: Type;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}
export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}
export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** Of `has`. */
  readonly test: boolean;
  /** The variable or type that the whole of `a.b` names. */
  reference?: string;
}
export interface Call extends Node {
  readonly kind: 'call';
  /** The name; the qualified one, once checked, where the target was its namespace. */
  function: string;
  target: Expr | undefined;
  readonly args: readonly Expr[];
  /** The overloads that it may be, once checked. */
  overloads?: readonly string[];
}
export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expr[];
  /** The indexes of `?element`. */
  readonly optional: ReadonlySet<number>;
}
export interface MapEntry {
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
  readonly offset: number;
}
export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}
export interface FieldInit {
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
  readonly offset: number;
}
export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly FieldInit[];
}
/** What the macros that go over elements become. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly range: Expr;
  readonly variable: string;
  /** The second variable, of those that have index and element, or key and value. */
  readonly variable2: string | undefined;
  readonly accumulator: string;
  readonly initial: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}
/** What could not be parsed. */
export interface Broken extends Node {
  readonly kind: 'broken';
}

export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Comprehension | Broken;

/** The name of the accumulator of a comprehension. */
export const ACCUMULATOR = '__result__';

export function childrenOf(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : [...expr.args];
    case 'list':
      return [...expr.elements];
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'comprehension':
      return [expr.range, expr.initial, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** `a.b.c` as one name, if it is such (ToQualifiedName). */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.test) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}
