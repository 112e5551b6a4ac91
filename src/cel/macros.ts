/**
 * Calls that become something else when they are parsed (cel-go `parser/macro.go`, `cel/library.go`, `ext/comprehensions.go`,
 * `ext/lists.go`).
 */
import { ACCUMULATOR, type Call, type Comprehension, type Expr, type ListExpr, type Literal } from './ast';
import type { Value } from './values';

/** Makes the expressions that a macro consists of: they are where its call is. */
export class MacroHelper {
  constructor(readonly offset: number) {}

  literal(value: Value): Literal {
    return { kind: 'literal', value, offset: this.offset, depth: 0 };
  }
  ident(name: string): Expr {
    return { kind: 'ident', name, offset: this.offset, depth: 0 };
  }
  accumulator(): Expr {
    return this.ident(HIDDEN);
  }
  call(name: string, ...args: Expr[]): Call {
    return { kind: 'call', function: name, target: undefined, args, offset: this.offset, depth: deepest(args) };
  }
  member(name: string, target: Expr, ...args: Expr[]): Call {
    return { kind: 'call', function: name, target, args, offset: this.offset, depth: deepest([target, ...args]) };
  }
  list(...elements: Expr[]): ListExpr {
    return { kind: 'list', elements, optional: new Set(), offset: this.offset, depth: deepest(elements) };
  }
  fold(fold: Omit<Comprehension, 'kind' | 'offset' | 'depth' | 'variable2'> & { variable2?: string }): Comprehension {
    const { range, initial, step } = fold;
    return {
      variable2: undefined,
      ...fold,
      kind: 'comprehension',
      offset: this.offset,
      depth: deepest([range, initial, step]),
    };
  }
}

export interface MacroError {
  readonly message: string;
  readonly offset: number;
}
type Expansion = Expr | { readonly error: MacroError };
type Macro = (helper: MacroHelper, target: Expr, args: readonly Expr[]) => Expansion;

/** The accumulator's real name, which no expression can write. */
const HIDDEN = '@result';
const UNUSED = '#unused';

export function expandGlobal(name: string, args: readonly Expr[], offset: number): Expansion | undefined {
  if (name !== 'has' || args.length !== 1) return undefined;
  const [arg] = args as [Expr];
  if (arg.kind !== 'select' || arg.test) return wrong(arg, 'invalid argument to has() macro');
  return { kind: 'select', operand: arg.operand, field: arg.field, test: true, offset, depth: arg.depth };
}

export function expandMember(name: string, target: Expr, args: readonly Expr[], offset: number): Expansion | undefined {
  const key = `${name}:${args.length}`;
  const macro = Object.hasOwn(MACROS, key) ? MACROS[key] : undefined;
  return macro?.(new MacroHelper(offset), target, args);
}

const MACROS: Readonly<Record<string, Macro>> = {
  'all:2': quantifier(all),
  'all:3': quantifier(all),
  'exists:2': quantifier(exists),
  'exists:3': quantifier(exists),
  'exists_one:2': quantifier(existsOne),
  'exists_one:3': quantifier(existsOne),
  'existsOne:2': quantifier(existsOne),
  'existsOne:3': quantifier(existsOne),
  'map:2': map,
  'map:3': map,
  'filter:2': filter,
  'transformList:3': transform(appended),
  'transformList:4': transform(appended),
  'transformMap:3': transform(inserted),
  'transformMap:4': transform(inserted),
  'transformMapEntry:3': transform(merged),
  'transformMapEntry:4': transform(merged),
  'optMap:2': (helper, target, args) => optional(helper, target, args, 'optMap'),
  'optFlatMap:2': (helper, target, args) => optional(helper, target, args, 'optFlatMap'),
  'sortBy:2': sortBy,
};

type Loop = Pick<Comprehension, 'initial' | 'condition' | 'step' | 'result'>;

function all(helper: MacroHelper, predicate: Expr): Loop {
  return {
    initial: helper.literal(true),
    condition: helper.call('@not_strictly_false', helper.accumulator()),
    step: helper.call('_&&_', helper.accumulator(), predicate),
    result: helper.accumulator(),
  };
}

function exists(helper: MacroHelper, predicate: Expr): Loop {
  return {
    initial: helper.literal(false),
    condition: helper.call('@not_strictly_false', helper.call('!_', helper.accumulator())),
    step: helper.call('_||_', helper.accumulator(), predicate),
    result: helper.accumulator(),
  };
}

function existsOne(helper: MacroHelper, predicate: Expr): Loop {
  return {
    initial: helper.literal(0n),
    condition: helper.literal(true),
    step: helper.call(
      '_?_:_',
      predicate,
      helper.call('_+_', helper.accumulator(), helper.literal(1n)),
      helper.accumulator(),
    ),
    result: helper.call('_==_', helper.accumulator(), helper.literal(1n)),
  };
}

function quantifier(loop: (helper: MacroHelper, predicate: Expr) => Loop): Macro {
  return (helper, range, args) => {
    const predicate = args.at(-1) as Expr;
    const variables = variablesOf(args.slice(0, -1), 'argument must be a simple name');
    if ('error' in variables) return variables;
    return helper.fold({ range, ...variables, accumulator: HIDDEN, ...loop(helper, predicate) });
  };
}

function map(helper: MacroHelper, range: Expr, args: readonly Expr[]): Expansion {
  const variables = variablesOf(args.slice(0, 1), 'argument is not an identifier');
  if ('error' in variables) return variables;
  const transformed = args.at(-1) as Expr;
  const predicate = args.length === 3 ? args[1] : undefined;
  return helper.fold({
    range,
    ...variables,
    accumulator: HIDDEN,
    ...collect(helper, transformed, predicate, appended),
  });
}

function filter(helper: MacroHelper, range: Expr, args: readonly Expr[]): Expansion {
  const variables = variablesOf(args.slice(0, 1), 'argument is not an identifier');
  if ('error' in variables) return variables;
  const [variable, predicate] = args as [Expr, Expr];
  return helper.fold({ range, ...variables, accumulator: HIDDEN, ...collect(helper, variable, predicate, appended) });
}

type Collector = (helper: MacroHelper, key: string, value: Expr) => { initial: Expr; step: Expr };

function appended(helper: MacroHelper, _key: string, value: Expr): ReturnType<Collector> {
  return { initial: helper.list(), step: helper.call('_+_', helper.accumulator(), helper.list(value)) };
}
function inserted(helper: MacroHelper, key: string, value: Expr): ReturnType<Collector> {
  return { initial: emptyMap(helper), step: helper.call(MAP_INSERT, helper.accumulator(), helper.ident(key), value) };
}
function merged(helper: MacroHelper, _key: string, value: Expr): ReturnType<Collector> {
  return { initial: emptyMap(helper), step: helper.call(MAP_INSERT, helper.accumulator(), value) };
}
const MAP_INSERT = 'cel.@mapInsert';

function collect(helper: MacroHelper, value: Expr, predicate: Expr | undefined, collector: Collector, key = ''): Loop {
  const { initial, step } = collector(helper, key, value);
  return {
    initial,
    condition: helper.literal(true),
    step: predicate ? helper.call('_?_:_', predicate, step, helper.accumulator()) : step,
    result: helper.accumulator(),
  };
}

function transform(collector: Collector): Macro {
  return (helper, range, args) => {
    const variables = variablesOf(args.slice(0, 2), 'argument must be a simple name');
    if ('error' in variables) return variables;
    const loop = collect(
      helper,
      args.at(-1) as Expr,
      args.length === 4 ? args[2] : undefined,
      collector,
      variables.variable,
    );
    return helper.fold({ range, ...variables, accumulator: HIDDEN, ...loop });
  };
}

/** `optional.map(v, e)`: the value bound to a name, without a loop. */
function optional(helper: MacroHelper, target: Expr, args: readonly Expr[], name: string): Expansion {
  const [variable, mapped] = args as [Expr, Expr];
  if (variable.kind !== 'ident') return wrong(variable, `${name}() variable name must be a simple identifier`);
  const bound = bind(helper, variable.name, helper.member('value', copy(target)), mapped);
  return helper.call(
    '_?_:_',
    helper.member('hasValue', target),
    name === 'optMap' ? helper.call('optional.of', bound) : bound,
    helper.call('optional.none'),
  );
}

function sortBy(helper: MacroHelper, target: Expr, args: readonly Expr[]): Expansion {
  const input = '@__sortBy_input__';
  if (!['list', 'select', 'ident', 'comprehension', 'call'].includes(target.kind))
    return wrong(target, 'sortBy can only be applied to a list, identifier, comprehension, call or select expression');
  const keys = map(helper, helper.ident(input), args);
  if ('error' in keys) return keys;
  return bind(helper, input, target, helper.member('@sortByAssociatedKeys', helper.ident(input), keys));
}

function bind(helper: MacroHelper, name: string, value: Expr, result: Expr): Comprehension {
  return helper.fold({
    range: helper.list(),
    variable: UNUSED,
    accumulator: name,
    initial: value,
    condition: helper.literal(false),
    step: helper.ident(name),
    result,
  });
}

function emptyMap(helper: MacroHelper): Expr {
  return { kind: 'map', entries: [], offset: helper.offset, depth: 0 };
}

type Variables = { variable: string; variable2?: string };

function variablesOf(args: readonly Expr[], complaint: string): Variables | { error: MacroError } {
  const names: string[] = [];
  for (const arg of args) {
    if (arg.kind !== 'ident') return wrong(arg, complaint);
    names.push(arg.name);
  }
  const [variable, variable2] = names as [string, string | undefined];
  if (variable === variable2) return wrong(args[1] as Expr, `duplicate variable name: ${variable}`);
  for (const [i, name] of names.entries())
    if (name === ACCUMULATOR || name === HIDDEN)
      return wrong(args[i] as Expr, 'iteration variable overwrites accumulator variable');
  return variable2 === undefined ? { variable } : { variable, variable2 };
}

function wrong(expr: Expr, message: string): { error: MacroError } {
  return { error: { message, offset: expr.offset } };
}

function deepest(exprs: readonly Expr[]): number {
  return Math.max(0, ...exprs.map(({ depth }) => depth));
}

/** The same expression once more: what the checker finds out is written into each. */
function copy(expr: Expr): Expr {
  return structuredCopy(expr) as Expr;
}
function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (value === null || typeof value !== 'object') return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, structuredCopy(part)]));
}
