/** What an expression costs at least and at most, before anything is known but types (cel-go `checker/cost.go`). */
import type { Call, Comprehension, Expr, ListExpr, MapExpr } from './ast';
import type { Environment } from './environment';
import type { CallArgument, CallEstimate, CallSizes, Range } from './functions';
import {
  ANY_SIZE,
  fixed,
  least,
  MOST,
  NEW_LIST,
  NEW_MAP,
  NEW_STRUCT,
  plus,
  REGEX,
  scaled,
  TRAVERSAL,
  times,
  union,
} from './sizes';
import { isOptional, type Type } from './types';
import { codePoints, type Value } from './values';

/** How long what a path leads to can be: `['self', 'spec', '@items']`; undefined if that is not known. */
export type PathSize = (path: readonly string[]) => Range | undefined;

/** What a call by name costs, where that is not what the standard says. */
export type SpecialEstimate = (name: string, overload: string, call: CallSizes) => CallEstimate | undefined;

export function estimateCost(
  expr: Expr,
  environment: Environment,
  special: SpecialEstimate,
  sizeOfPath: PathSize,
): Range {
  return new Estimator(environment, special, sizeOfPath).cost(expr);
}

/** How long the keys and the values of what is gone over are. */
interface EntrySize {
  readonly container: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}
interface Local {
  readonly path: readonly string[];
  readonly size: Range | undefined;
  readonly entries: EntrySize | undefined;
}

const ONE = fixed(1);
const ZERO = fixed(0);
const NEVER: Range = { min: MOST, max: 0n };

class Estimator {
  private readonly paths = new Map<Expr, readonly string[]>();
  private readonly sizes = new Map<Expr, Range>();
  private readonly entrySizes = new Map<Expr, EntrySize>();
  private readonly locals = new Map<string, Local[]>();

  constructor(
    private readonly environment: Environment,
    private readonly special: SpecialEstimate,
    private readonly sizeOfPath: PathSize,
  ) {}

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'ident':
        this.paths.set(expr, this.local(expr.name)?.path ?? [expr.name]);
        return ONE;
      case 'select': {
        const operand = this.cost(expr.operand);
        if (expr.test) return operand;
        this.paths.set(expr, [...this.path(expr.operand), expr.field]);
        const kind = expr.operand.type?.kind;
        return kind === 'map' || kind === 'struct' || kind === 'param' ? plus(operand, ONE) : operand;
      }
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return plus(fixed(NEW_STRUCT), ...expr.fields.map(({ value }) => this.cost(value)));
      case 'comprehension':
        return isBinding(expr) ? this.binding(expr) : this.comprehension(expr);
      default:
        return ZERO;
    }
  }

  private call(expr: Call): Range {
    if (expr.function === 'dyn') {
      const [arg] = expr.args as [Expr];
      const cost = plus(ONE, this.cost(arg));
      this.setSize(expr, this.size(arg));
      this.setEntries(expr, this.entries(arg));
      return cost;
    }
    const costs = expr.args.map((arg) => this.cost(arg));
    const sizes = this.argumentsOf(expr);
    const overloads = expr.overloads ?? [];
    if (overloads.length === 0) return ZERO;
    const target = expr.target ? this.cost(expr.target) : ZERO;
    const withTarget = expr.target ? { ...sizes, target: this.argument(expr.target) } : sizes;
    let total = NEVER;
    let size: Range | undefined;
    for (const id of overloads) {
      const estimate = this.overload(expr, id, withTarget, costs);
      total = union(total, estimate.cost);
      if (estimate.size) size = size ? union(size, estimate.size) : estimate.size;
      if (id === 'index_list' || id === 'index_map') {
        const [container] = expr.args as [Expr];
        size = this.entries(container)?.value;
        this.paths.set(expr, [...this.path(container), id === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.size(expr);
    }
    this.setSize(expr, size);
    return plus(target, total);
  }

  private argumentsOf(expr: Call): CallSizes {
    return {
      call: expr,
      target: undefined,
      args: expr.args.map((arg) => this.argument(arg)),
      size: (argument) => argument.size ?? this.atPath(argument.path) ?? ANY_SIZE,
      element: ({ type, path }) => {
        const element = type.params[0];
        return element && { type: element, path: path && [...path, '@items'], size: undefined, literal: undefined };
      },
    };
  }

  private argument(expr: Expr): CallArgument {
    const path = this.path(expr);
    const isOwn = path[0] === '@result' || path[0] === '__result__';
    return {
      type: expr.type as Type,
      path: path.length === 0 || isOwn ? undefined : path,
      size: this.size(expr),
      literal: expr.kind === 'literal' ? expr.value : undefined,
    };
  }

  private overload(expr: Call, id: string, call: CallSizes, costs: readonly Range[]): CallEstimate {
    const own = this.environment.overload(id)?.overload.estimate?.(call) ?? this.special(expr.function, id, call);
    if (own) return { cost: plus(own.cost, ...costs), size: own.size };
    return this.standard(expr, id, call, costs);
  }

  /** coster.functionCost */
  private standard(expr: Call, id: string, { target, args }: CallSizes, costs: readonly Range[]): CallEstimate {
    const known = (argument: CallArgument | undefined) => argument?.size ?? ANY_SIZE;
    const [first, second] = args;
    const sum = (...more: readonly Range[]) => plus(...more, ...costs);
    switch (id) {
      case 'string_format':
        return { cost: sum(scaled(known(target), TRAVERSAL)) };
      case 'string_to_bytes': {
        const size = known(first);
        return { cost: sum(scaled(size, TRAVERSAL)), size: { min: size.min, max: wrap(size.max * 4n) } };
      }
      case 'bytes_to_string': {
        const size = known(first);
        return { cost: sum(scaled(size, TRAVERSAL)), size: { min: size.min / 4n, max: size.max } };
      }
      case 'strings_quote': {
        const size = known(first);
        return {
          cost: sum(scaled(size, TRAVERSAL)),
          size: { min: wrap(size.min + 2n), max: wrap(size.max * 2n + 2n) },
        };
      }
      case 'starts_with_string':
      case 'ends_with_string':
        return { cost: sum(scaled(known(first), TRAVERSAL)) };
      case 'in_list':
        return { cost: sum(known(second)) };
      case 'matches_string':
        return { cost: sum(times(scaled(plus(known(target), ONE), TRAVERSAL), scaled(known(first), REGEX))) };
      case 'contains_string':
        return { cost: sum(times(scaled(known(target), TRAVERSAL), scaled(known(first), TRAVERSAL))) };
      case 'logical_or':
      case 'logical_and':
        return { cost: { min: costs[0]?.min ?? 0n, max: plus(...costs).max } };
      case 'conditional': {
        const [, yes, no] = expr.args as [Expr, Expr, Expr];
        this.setEntries(expr, unionEntries(this.entries(yes), this.entries(no)));
        const branches = union(costs[1] ?? ZERO, costs[2] ?? ZERO);
        return { cost: plus(costs[0] ?? ZERO, branches), size: union(known(second), known(args[2])) };
      }
      case 'add_string':
      case 'add_bytes':
      case 'add_list': {
        const [left, right] = expr.args as [Expr, Expr];
        const size = plus(known(first), known(second));
        this.setEntries(expr, unionEntries(this.entries(left), this.entries(right)));
        return { cost: sum(id === 'add_list' ? ONE : scaled(size, TRAVERSAL)), size };
      }
      default:
        if (!COMPARISONS.test(id)) return { cost: sum(ONE) };
        return { cost: sum(scaled(shorter(known(first), known(second)), TRAVERSAL)) };
    }
  }

  private list(expr: ListExpr): Range {
    let value: Range = expr.elements.length === 0 ? ZERO : NEVER;
    const costs = expr.elements.map((element) => {
      const cost = this.cost(element);
      value = union(value, this.sizeOrAny(element));
      return cost;
    });
    this.setEntries(expr, { container: 'list', key: ONE, value });
    return plus(fixed(NEW_LIST), ...costs);
  }

  private map(expr: MapExpr): Range {
    let [key, value]: Range[] = expr.entries.length === 0 ? [ZERO, ZERO] : [NEVER, NEVER];
    const costs = expr.entries.flatMap((entry) => {
      const pair = [this.cost(entry.key), this.cost(entry.value)];
      key = union(key as Range, this.sizeOrAny(entry.key));
      value = union(value as Range, this.sizeOrAny(entry.value));
      return pair;
    });
    this.setEntries(expr, { container: 'map', key: key as Range, value: value as Range });
    return plus(fixed(NEW_MAP), ...costs);
  }

  private comprehension(expr: Comprehension): Range {
    const range = this.cost(expr.range);
    const initial = this.cost(expr.initial);
    this.pushBound(expr.accumulator, expr.initial);
    const names = this.pushVariables(expr);
    const round = plus(this.cost(expr.step), this.cost(expr.condition));
    for (const name of names) this.locals.get(name)?.pop();
    const result = this.cost(expr.result);
    this.locals.get(expr.accumulator)?.pop();
    const count = this.sizeOrAny(expr.range);
    if (expr.initial.kind === 'literal') this.setSize(expr, this.size(expr.initial));
    else if (expr.initial.kind === 'list' || expr.initial.kind === 'map') {
      this.setSize(expr, count);
      this.setEntries(expr, this.entries(expr.step));
    }
    return plus(range, initial, result, times(count, round));
  }

  private pushVariables({ range, variable, variable2 }: Comprehension): string[] {
    const entries = this.entries(range);
    const isList = (entries?.container ?? range.type?.kind) === 'list';
    const path = this.path(range);
    const push = (name: string, stage: string, size: Range | undefined) =>
      this.push(name, { path: [...path, stage], size, entries: undefined });
    if (variable2 === undefined) {
      push(variable, isList ? '@items' : '@keys', isList ? entries?.value : entries?.key);
      return [variable];
    }
    push(variable, isList ? '@indices' : '@keys', entries?.key);
    push(variable2, isList ? '@items' : '@values', entries?.value);
    return [variable, variable2];
  }

  private binding(expr: Comprehension): Range {
    const costs = [this.cost(expr.range), this.cost(expr.initial)];
    this.pushBound(expr.accumulator, expr.initial);
    costs.push(this.cost(expr.result));
    this.locals.get(expr.accumulator)?.pop();
    this.setSize(expr, this.size(expr.result));
    this.setEntries(expr, this.entries(expr.result));
    return plus(...costs);
  }

  private pushBound(name: string, expr: Expr): void {
    this.push(name, { path: this.path(expr), size: this.size(expr), entries: this.entries(expr) });
  }
  private push(name: string, local: Local): void {
    const known = this.locals.get(name);
    if (known) known.push(local);
    else this.locals.set(name, [local]);
  }
  private local(name: string): Local | undefined {
    return this.locals.get(name)?.at(-1);
  }

  private path(expr: Expr): readonly string[] {
    const local = expr.kind === 'ident' ? this.local(expr.name) : undefined;
    return local?.path ?? this.paths.get(expr) ?? [];
  }

  private atPath(path: readonly string[] | undefined): Range | undefined {
    return path && path.length > 0 ? this.sizeOfPath(path) : undefined;
  }

  /** How long an expression's value is, if that can be told (computeSize). */
  private size(expr: Expr): Range | undefined {
    const known = this.sizes.get(expr) ?? ownSize(expr);
    if (known) return known;
    const atPath = this.atPath(this.path(expr));
    if (atPath) {
      this.sizes.set(expr, atPath);
      return atPath;
    }
    if (expr.type && isScalar(expr.type)) return ONE;
    return expr.kind === 'ident' ? this.local(expr.name)?.size : undefined;
  }
  private sizeOrAny(expr: Expr): Range {
    return this.size(expr) ?? ANY_SIZE;
  }
  private setSize(expr: Expr, size: Range | undefined): void {
    if (size) this.sizes.set(expr, size);
  }

  private entries(expr: Expr): EntrySize | undefined {
    return this.entrySizes.get(expr) ?? (expr.kind === 'ident' ? this.local(expr.name)?.entries : undefined);
  }
  private setEntries(expr: Expr, entries: EntrySize | undefined): void {
    if (entries) this.entrySizes.set(expr, entries);
  }
}

const COMPARISONS = /^(?:(?:less|greater)(?:_equals)?_(?:string|bytes)|equals|not_equals)$/;

/** Two are compared as far as the shorter goes. */
function shorter(a: Range, b: Range): Range {
  const max = least(a.max, b.max);
  return { min: max > 0n ? 1n : 0n, max };
}

function unionEntries(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  return a && b && { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}

/** A comprehension that only gives a name to a value. */
function isBinding({ range, condition, accumulator }: Comprehension): boolean {
  return (
    range.kind === 'list' &&
    range.elements.length === 0 &&
    condition.kind === 'literal' &&
    condition.value === false &&
    accumulator !== '__result__'
  );
}

/** computeExprSize */
function ownSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return fixed(expr.elements.length);
  if (expr.kind === 'map') return fixed(expr.entries.length);
  if (expr.kind !== 'literal') return undefined;
  return fixed(lengthOf(expr.value));
}
function lengthOf(value: Value): number {
  if (typeof value === 'string') return codePoints(value);
  return value instanceof Uint8Array ? value.length : 1;
}

function isScalar(type: Type): boolean {
  if (isOptional(type)) return isScalar(type.params[0] as Type);
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(type.kind);
}

/** Upstream's arithmetic here is not guarded. */
function wrap(size: bigint): bigint {
  return BigInt.asUintN(64, size);
}
