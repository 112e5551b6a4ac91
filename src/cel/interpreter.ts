/** Evaluates expressions that have been checked (cel-go `interpreter/planner.go`, `interpretable.go`, `decorators.go`). */
import { regexpComplaint } from '../apimachinery/regexp';
import type { Call, Comprehension, Expr, ListExpr, MapExpr, StructExpr } from './ast';
import { Attribute, type Step } from './attributes';
import type { Environment } from './environment';
import type { FunctionDeclaration, Overload } from './functions';
import type { Run, Variables } from './run';
import type { Type } from './types';
import {
  ArrayList,
  CelError,
  CelMap,
  EntryMap,
  equal,
  formatValue,
  GrowingList,
  GrowingMap,
  List,
  noSuchOverload,
  Optional,
  TypeValue,
  typeName,
  type Value,
} from './values';

/** @throws Error for a constant that can't be worked out */
export function plan(expr: Expr, environment: Environment): Step {
  return new Planner(environment).plan(expr);
}

const NEW_LIST = 10;
const NEW_MAP = 30;
const NEW_STRUCT = 40;
const CONVERSIONS = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);
const REGEX_ARGUMENT: Readonly<Record<string, number>> = { matches: 1, find: 1, findAll: 1 };

class Planner {
  constructor(private readonly environment: Environment) {}

  plan(expr: Expr): Step {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value);
      case 'ident':
        return this.named(expr.name, expr.type as Type);
      case 'select':
        if (expr.reference !== undefined) return this.named(expr.reference, expr.type as Type);
        return Attribute.of(this.plan(expr.operand)).qualify(constant(expr.field), false, expr.test);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return this.struct(expr);
      case 'comprehension':
        return this.comprehension(expr);
      default:
        throw new Error(`unknown type: ${expr.kind}`);
    }
  }

  private named(name: string, type: Type): Step {
    const isType = type.kind === 'type' && this.environment.lookup(name)?.type.kind === 'type';
    return isType ? constant(new TypeValue(type.params[0]?.name ?? name)) : Attribute.variable(name);
  }

  private call(expr: Call): Step {
    const args = [...(expr.target ? [expr.target] : []), ...expr.args].map((arg) => this.plan(arg));
    const [first, second, third] = args as [Step, Step, Step];
    switch (expr.function) {
      case '_&&_':
        return logic(args, false);
      case '_||_':
        return logic(args, true);
      case '_?_:_':
        return new Attribute({
          kind: 'choice',
          condition: first,
          yes: Attribute.of(second),
          no: Attribute.of(third),
        });
      case '_==_':
      case '_!=_':
        return equality(first, second, expr.function === '_==_');
      case '_[_]':
        return Attribute.of(first).qualify(second, false);
      case '_?._':
      case '_[?_]':
        return Attribute.of(first).qualify(second, true);
      case 'or':
      case 'orValue':
        if (expr.overloads?.some((id) => id.startsWith('optional_or')))
          return alternative(first, second, expr.function);
    }
    return this.ordinaryCall(expr, args);
  }

  private ordinaryCall(expr: Call, args: Step[]): Step {
    const declaration = this.environment.function(expr.function) as FunctionDeclaration;
    const id = expr.overloads?.length === 1 ? (expr.overloads[0] as string) : '';
    const run = this.implementation(declaration, id);
    if (id === 'in_list' && args[1]?.constant instanceof List) {
      const member = membership(args[0] as Step, args[1].constant);
      if (member) return member;
    }
    if (CONVERSIONS.has(declaration.name) && args.length === 1 && args[0]?.constant !== undefined) {
      const value = run([args[0].constant]);
      if (value instanceof CelError) throw new Error(value.message);
      return constant(value);
    }
    const regex = args[REGEX_ARGUMENT[declaration.name] ?? -1]?.constant;
    const complaint = typeof regex === 'string' ? regexpComplaint(regex) : undefined;
    if (complaint !== undefined) throw new Error(complaint);
    const { name } = declaration;
    const strict = name !== '@not_strictly_false';
    return {
      evaluate(state) {
        const values = args.map((arg) => arg.evaluate(state));
        const failed = strict ? values.find((value) => value instanceof CelError) : undefined;
        const result = failed ?? run(values);
        state.meter.chargeCall(name, id, values, result);
        return result;
      },
    };
  }

  /** What a call does: the one overload, guarded by its types, or whichever fits the values. */
  private implementation(declaration: FunctionDeclaration, id: string): (values: readonly Value[]) => Value {
    const known = id ? this.environment.overload(id) : undefined;
    const own = known?.of.run ?? declaration.run;
    if (own && !known?.overload.run) return (values) => own(...values);
    const overloads = known ? [known.overload] : declaration.overloads;
    const unguarded = declaration.unguarded === true && known !== undefined;
    return (values) => {
      for (const overload of overloads)
        if (overload.run && (unguarded || fits(overload, values))) return overload.run(...values);
      return new CelError(`no such overload: ${declaration.name}(${values.map(typeName).join(', ')})`);
    };
  }

  private list({ elements, optional }: ListExpr): Step {
    const steps = elements.map((element) => this.plan(element));
    if (optional.size === 0 && steps.every((step) => step.constant !== undefined))
      return constant(new ArrayList(steps.map((step) => step.constant as Value)));
    return {
      evaluate(run) {
        const values: Value[] = [];
        for (const [i, step] of steps.entries()) {
          const value = step.evaluate(run);
          if (value instanceof CelError) return value;
          if (!optional.has(i)) values.push(value);
          else if (!(value instanceof Optional))
            return new CelError(
              `cannot initialize optional list element from non-optional value ${formatValue(value)}`,
            );
          else if (value.value !== undefined) values.push(value.value);
        }
        run.meter.charge(NEW_LIST);
        return new ArrayList(values);
      },
    };
  }

  private map({ entries }: MapExpr): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }));
    if (
      steps.every(({ key, value, optional }) => !optional && key.constant !== undefined && value.constant !== undefined)
    )
      return constant(new EntryMap(steps.map(({ key, value }) => [key.constant as Value, value.constant as Value])));
    return {
      evaluate(run) {
        const made: [Value, Value][] = [];
        for (const { key, value, optional } of steps) {
          const name = key.evaluate(run);
          if (name instanceof CelError) return name;
          const held = value.evaluate(run);
          if (held instanceof CelError) return held;
          if (!optional) made.push([name, held]);
          else if (!(held instanceof Optional))
            return new CelError(
              `cannot initialize optional entry '${formatValue(name)}' from non-optional value ${formatValue(held)}`,
            );
          else if (held.value !== undefined) made.push([name, held.value]);
        }
        run.meter.charge(NEW_MAP);
        return new EntryMap(made);
      },
    };
  }

  private struct({ name, fields }: StructExpr): Step {
    const { make } = this.environment;
    if (!make) throw new Error(`unknown type: ${name}`);
    const steps = fields.map((field) => ({ ...field, value: this.plan(field.value) }));
    return {
      evaluate(run) {
        const made = new Map<string, Value>();
        for (const { name: field, value, optional } of steps) {
          const held = value.evaluate(run);
          if (held instanceof CelError) return held;
          if (!optional) made.set(field, held);
          else if (!(held instanceof Optional))
            return new CelError(
              `cannot initialize optional entry '${field}' from non-optional value ${formatValue(held)}`,
            );
          else if (held.value !== undefined) made.set(field, held.value);
        }
        run.meter.charge(NEW_STRUCT);
        return make(name, made);
      },
    };
  }

  private comprehension(expr: Comprehension): Step {
    const range = this.plan(expr.range);
    const fold: Fold = {
      ...expr,
      initial: this.plan(expr.initial),
      condition: this.plan(expr.condition),
      step: this.plan(expr.step),
      result: this.plan(expr.result),
    };
    return {
      evaluate(run) {
        const over = range.evaluate(run);
        if (over instanceof CelError) return over;
        if (!(over instanceof List || over instanceof CelMap))
          return new CelError(`got '${typeName(over)}', expected iterable type`);
        return goOver(over, fold, run);
      },
    };
  }
}

interface Fold {
  readonly variable: string;
  readonly variable2: string | undefined;
  readonly accumulator: string;
  readonly initial: Step;
  readonly condition: Step;
  readonly step: Step;
  readonly result: Step;
}

function goOver(range: List | CelMap, fold: Fold, run: Run): Value {
  let accumulated: Value | undefined;
  let first: Value = null;
  let second: Value = null;
  let done = false;
  const variables: Variables = (name) => {
    if (name === fold.accumulator) {
      // What it begins with is worked out when it is first asked for.
      if (accumulated === undefined) accumulated = growing(fold.initial.evaluate(run));
      return accumulated;
    }
    if (!done && name === fold.variable) return first;
    if (!done && name === fold.variable2) return second;
    return run.variables(name);
  };
  const within: Run = { variables, meter: run.meter };
  const keys = range instanceof CelMap ? range.keys() : undefined;
  const count = keys ? keys.length : (range as List).size;
  for (let i = 0; i < count; i++) {
    if (keys) {
      first = keys[i] as Value;
      if (fold.variable2 !== undefined) second = (range as CelMap).find(first) as Value;
    } else if (fold.variable2 === undefined) first = (range as List).at(i);
    else [first, second] = [BigInt(i), (range as List).at(i)];
    const goOn = fold.condition.evaluate(within);
    if (goOn === false) break;
    accumulated = fold.step.evaluate(within);
  }
  done = true;
  return settled(fold.result.evaluate(within));
}

/** What is empty at first can grow in place. */
function growing(value: Value): Value {
  if (value instanceof List && value.size === 0) return new GrowingList();
  return value instanceof CelMap && value.size === 0 ? new GrowingMap() : value;
}
function settled(value: Value): Value {
  if (value instanceof GrowingList) return new ArrayList([...value]);
  if (value instanceof GrowingMap) return new EntryMap(value.keys().map((key) => [key, value.find(key) as Value]));
  return value;
}

function constant(value: Value): Step {
  return { constant: value, evaluate: () => value };
}

/** The first term that decides, else the first error, else the opposite. */
function logic(terms: readonly Step[], decisive: boolean): Step {
  return {
    evaluate(run) {
      let failed: CelError | undefined;
      for (const term of terms) {
        const value = term.evaluate(run);
        if (value === decisive) return decisive;
        if (typeof value !== 'boolean') failed ??= noSuchOverload(value);
      }
      return failed ?? !decisive;
    },
  };
}

function equality(left: Step, right: Step, wanted: boolean): Step {
  return {
    evaluate(run) {
      const [a, b] = [left.evaluate(run), right.evaluate(run)];
      const same = a instanceof CelError ? a : b instanceof CelError ? b : equal(a, b);
      const result = wanted || a instanceof CelError || b instanceof CelError ? same : same !== true;
      run.meter.chargeCall(wanted ? '_==_' : '_!=_', wanted ? 'equals' : 'not_equals', [a, b], result);
      return result;
    },
  };
}

/** `a.or(b)` and `a.orValue(b)`: b only where a has nothing. */
function alternative(first: Step, second: Step, name: string): Step {
  return {
    evaluate(run) {
      const value = first.evaluate(run);
      if (!(value instanceof Optional)) return value;
      if (value.value === undefined) return second.evaluate(run);
      return name === 'or' ? value : value.value;
    },
  };
}

/** `x in ['a', 'b']`, which costs nothing but x. */
function membership(element: Step, list: List): Step | undefined {
  if (list.size === 0) return constant(false);
  if ([...list].some((value) => !['bool', 'double', 'int', 'string', 'uint'].includes(typeName(value))))
    return undefined;
  return {
    evaluate(run) {
      const value = element.evaluate(run);
      return value instanceof CelError ? value : list.contains(value);
    },
  };
}

/** Whether values are what an overload takes, as far as can be seen (IsAssignableRuntimeType). */
function fits({ args }: Overload, values: readonly Value[]): boolean {
  return args.length === values.length && args.every((type, i) => isOf(values[i] as Value, type));
}

function isOf(value: Value, type: Type): boolean {
  if (type.kind === 'param' || type.kind === 'dyn') return true;
  if (typeName(value) !== type.name) return false;
  if (value instanceof List) return value.size === 0 || isOf(value.at(0), type.params[0] as Type);
  if (!(value instanceof CelMap)) return true;
  const [key] = value.keys();
  if (key === undefined) return true;
  return isOf(key, type.params[0] as Type) && isOf(value.find(key) as Value, type.params[1] as Type);
}
