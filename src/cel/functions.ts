/** Functions: how they may be called, and what they do (cel-go `common/decls/decls.go`). */
import type { Call } from './ast';
import type { Type } from './types';
import type { Value } from './values';

export interface Overload {
  readonly id: string;
  readonly args: readonly Type[];
  readonly result: Type;
  /** Called as `target.name(args)`; the target is the first argument. */
  readonly member: boolean;
  /** What it does; without it, the function's own implementation is asked. */
  readonly run?: (...args: Value[]) => Value;
  /** What the call is estimated to cost, if not what the standard says. */
  readonly estimate?: (sizes: CallSizes) => CallEstimate | undefined;
  /** What it did cost. */
  readonly cost?: (args: readonly Value[], result: Value) => bigint;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** One implementation for all overloads, which looks at the values itself. */
  readonly run?: (...args: Value[]) => Value;
  /** The overloads' implementations look at their arguments themselves. */
  readonly unguarded?: boolean;
}

/** Between the least and the most. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}
export interface CallEstimate {
  readonly cost: Range;
  readonly size?: Range | undefined;
}

/** What is known of the arguments of a call before it is made. */
export interface CallSizes {
  readonly call: Call;
  /** How long the target or an argument is; 0 to any length if that is not known. */
  size(expr: CallArgument): Range;
  readonly target: CallArgument | undefined;
  readonly args: readonly CallArgument[];
  /** The elements of a list. */
  element(list: CallArgument): CallArgument | undefined;
}
/** An argument as costs see it: an expression with its type, or what a path leads to. */
export interface CallArgument {
  readonly type: Type;
  readonly path: readonly string[] | undefined;
  /** How long it is, if that follows from the expression. */
  readonly size: Range | undefined;
  readonly literal: Value | undefined;
}

export function overload(
  id: string,
  args: readonly Type[],
  result: Type,
  run?: (...args: never[]) => Value,
  more: Partial<Overload> = {},
): Overload {
  return { id, args, result, member: false, ...(run ? { run: run as (...args: Value[]) => Value } : {}), ...more };
}

export function memberOverload(
  id: string,
  args: readonly Type[],
  result: Type,
  run?: (...args: never[]) => Value,
  more: Partial<Overload> = {},
): Overload {
  return overload(id, args, result, run, { ...more, member: true });
}
