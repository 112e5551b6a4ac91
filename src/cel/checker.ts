/** What type every part of an expression has, and which functions it calls (cel-go `checker/checker.go`, `checker/errors.go`). */
import {
  type Call,
  type Comprehension,
  type Expr,
  type MapExpr,
  qualifiedName,
  type Select,
  type StructExpr,
} from './ast';
import type { Environment } from './environment';
import type { FunctionDeclaration } from './functions';
import type { Issue } from './source';
import {
  BOOL,
  DYN,
  ERROR,
  formatArguments,
  formatType,
  INT,
  isDyn,
  isDynOrError,
  isOptional,
  listOf,
  mapOf,
  optionalOf,
  STRING,
  sameType,
  type Type,
} from './types';
import { instantiate, mostGeneral, Substitutions } from './unify';
import { typeName, type Value } from './values';

/** Writes into the expression what it finds; returns what is wrong. */
export function check(expr: Expr, environment: Environment): Issue[] {
  const checker = new Checker(environment);
  checker.check(expr);
  checker.close();
  return checker.issues;
}

/** What names stand for in comprehensions, the innermost first. */
interface Scope {
  readonly names: ReadonlyMap<string, Type>;
  readonly outer: Scope | undefined;
}

class Checker {
  readonly issues: Issue[] = [];
  private readonly types = new Substitutions();
  private readonly checked: Expr[] = [];
  private scope: Scope | undefined;

  constructor(private readonly environment: Environment) {}

  /** Once all is known: what stayed open is dynamic. */
  close(): void {
    for (const expr of this.checked) expr.type = this.types.substitute(expr.type as Type, true);
  }

  check(expr: Expr): void {
    this.set(expr, this.typeFor(expr));
  }

  private typeFor(expr: Expr): Type {
    switch (expr.kind) {
      case 'literal':
        return typeOfLiteral(expr.value);
      case 'ident':
        return this.lookup(expr.name)?.type ?? this.undeclared(expr, expr.name);
      case 'select':
        return this.checkSelect(expr);
      case 'call':
        return this.checkCall(expr);
      case 'list':
        return this.checkList(expr);
      case 'map':
        return this.checkMap(expr);
      case 'struct':
        return this.checkStruct(expr);
      case 'comprehension':
        return this.checkComprehension(expr);
      default:
        return ERROR;
    }
  }

  private lookup(name: string): { name: string; type: Type } | undefined {
    for (let scope = this.scope; scope; scope = scope.outer) {
      const type = scope.names.get(name);
      if (type) return { name, type };
    }
    return this.environment.lookup(name);
  }

  private checkSelect(expr: Select): Type {
    const name = qualifiedName(expr);
    const known = name === undefined ? undefined : this.lookup(name);
    if (known) {
      expr.reference = known.name;
      return known.type;
    }
    const field = this.checkField(expr, expr.operand, expr.field, false);
    return expr.test ? BOOL : this.types.substitute(field);
  }

  private checkOptionalSelect(expr: Call): Type {
    const [operand, field] = expr.args as [Expr, Expr];
    expr.overloads = ['select_optional_field'];
    const name = field.kind === 'literal' ? String(field.value) : '';
    return this.types.substitute(this.checkField(expr, operand, name, true));
  }

  private checkField(expr: Expr, operand: Expr, field: string, optional: boolean): Type {
    this.check(operand);
    const operandType = this.types.substitute(operand.type as Type);
    const target = isOptional(operandType) ? (operandType.params[0] as Type) : operandType;
    const type = this.fieldType(expr, target, field);
    return isOptional(operandType) || optional ? optionalOf(type) : type;
  }

  private fieldType(expr: Expr, target: Type, field: string): Type {
    if (target.kind === 'map') return target.params[1] as Type;
    if (target.kind === 'struct') return this.structField(target.name, field, expr.offset) ?? ERROR;
    if (target.kind === 'param') this.types.isAssignable(DYN, target);
    else if (!isDynOrError(target))
      this.complain(expr.offset, `type '${formatType(target)}' does not support field selection`);
    return DYN;
  }

  private structField(struct: string, field: string, offset: number): Type | undefined {
    const type = this.environment.field(struct, field);
    if (type) return type;
    this.complain(
      offset,
      type === false ? `unexpected failed resolution of '${struct}'` : `undefined field '${field}'`,
    );
    return undefined;
  }

  private checkCall(expr: Call): Type {
    if (expr.function === '_?._') return this.checkOptionalSelect(expr);
    for (const arg of expr.args) this.check(arg);
    if (expr.target) {
      const prefix = qualifiedName(expr.target);
      const qualified = prefix === undefined ? undefined : this.environment.function(`${prefix}.${expr.function}`);
      if (qualified) {
        expr.function = qualified.name;
        expr.target = undefined;
        return this.resolve(expr, qualified);
      }
      this.check(expr.target);
    }
    const declaration = this.environment.function(expr.function);
    if (!declaration) return this.undeclared(expr, expr.function);
    expr.function = declaration.name;
    return this.resolve(expr, declaration);
  }

  private resolve(expr: Call, declaration: FunctionDeclaration): Type {
    const args = [...(expr.target ? [expr.target] : []), ...expr.args];
    const types = args.map(({ type }) => type as Type);
    const member = expr.target !== undefined;
    if (expr.function === '_&&_' || expr.function === '_||_') return this.checkLogic(expr, declaration);
    let result: Type | undefined;
    const found: string[] = [];
    for (const overload of declaration.overloads) {
      if (overload.member !== member) continue;
      const [own, ...wanted] = instantiate([overload.result, ...overload.args], this.types) as [Type, ...Type[]];
      if (!this.types.areAssignable(types, wanted)) continue;
      found.push(overload.id);
      const type = this.types.substitute(own);
      if (result === undefined) result = type;
      else if (!isDyn(result) && !sameType(type, result)) result = DYN;
    }
    if (result === undefined) {
      const shown = formatArguments(
        types.map((type) => this.types.substitute(type, true)),
        member,
      );
      this.complain(expr.offset, `found no matching overload for '${declaration.name}' applied to '${shown}'`);
      return ERROR;
    }
    expr.overloads = found;
    return result;
  }

  private checkLogic(expr: Call, { overloads: [overload] }: FunctionDeclaration): Type {
    let type = BOOL;
    for (const arg of expr.args) {
      if (this.types.isAssignable(arg.type as Type, BOOL)) continue;
      this.mismatch(arg, BOOL, arg.type as Type);
      type = ERROR;
    }
    expr.overloads = [overload?.id ?? ''];
    return type;
  }

  private checkList(expr: Expr & { kind: 'list' }): Type {
    let element: Type | undefined;
    for (const [i, item] of expr.elements.entries()) {
      this.check(item);
      element = this.join(element, expr.optional.has(i) ? this.unwrapped(item) : (item.type as Type));
    }
    return listOf(element ?? this.types.fresh());
  }

  private checkMap(expr: MapExpr): Type {
    let keys: Type | undefined;
    let values: Type | undefined;
    for (const { key, value, optional } of expr.entries) {
      this.check(key);
      keys = this.join(keys, key.type as Type);
      this.check(value);
      values = this.join(values, optional ? this.unwrapped(value) : (value.type as Type));
    }
    return mapOf(keys ?? this.types.fresh(), values ?? this.types.fresh());
  }

  /** What an optional value holds. */
  private unwrapped(expr: Expr): Type {
    const type = expr.type as Type;
    if (isOptional(type)) return type.params[0] as Type;
    if (!isDyn(type)) this.mismatch(expr, optionalOf(type), type);
    return type;
  }

  private checkStruct(expr: StructExpr): Type {
    const known = this.lookup(expr.name);
    if (!known) return this.undeclared(expr, expr.name);
    let type = ERROR;
    if (known.type.kind !== 'type') this.complain(expr.offset, `'${known.type.name}' is not a type`);
    else if (known.type.params[0]?.kind === 'struct') type = known.type.params[0];
    else this.complain(expr.offset, `'${known.type.params[0]?.name}' is not a message type`);
    for (const { name, value, optional, offset } of expr.fields) {
      this.check(value);
      const field = this.structField(known.name, name, offset) ?? ERROR;
      const valueType = optional ? this.unwrapped(value) : (value.type as Type);
      if (!this.types.isAssignable(field, valueType))
        this.complain(
          offset,
          `expected type of field '${name}' is '${formatType(field)}' but provided type is '${formatType(valueType)}'`,
        );
    }
    return type;
  }

  private checkComprehension(expr: Comprehension): Type {
    this.check(expr.range);
    this.check(expr.initial);
    const range = this.types.substitute(expr.range.type as Type);
    const accumulator = expr.initial.type as Type;
    const outer = this.scope;
    const withAccumulator: Scope = { names: new Map([[expr.accumulator, accumulator]]), outer };
    const [first, second] = this.variableTypes(expr, range);
    const names = new Map([[expr.variable, first]]);
    if (expr.variable2 !== undefined) names.set(expr.variable2, second);
    this.scope = { names, outer: withAccumulator };
    this.check(expr.condition);
    this.assert(expr.condition, BOOL);
    this.check(expr.step);
    this.assert(expr.step, accumulator);
    this.scope = withAccumulator;
    this.check(expr.result);
    this.scope = outer;
    return this.types.substitute(expr.result.type as Type);
  }

  private variableTypes({ range: expr, variable2 }: Comprehension, range: Type): [Type, Type] {
    switch (range.kind) {
      case 'list': {
        const element = range.params[0] as Type;
        return variable2 === undefined ? [element, element] : [INT, element];
      }
      case 'map':
        return [range.params[0] as Type, range.params[1] as Type];
      case 'dyn':
      case 'error':
      case 'param':
        this.types.isAssignable(DYN, range);
        return [DYN, DYN];
      default:
        this.complain(
          expr.offset,
          `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return [ERROR, ERROR];
    }
  }

  /** The type that two elements share; that literals have one type only is judged later. */
  private join(previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current;
    return this.types.isAssignable(previous, current) ? mostGeneral(previous, current) : DYN;
  }

  private assert(expr: Expr, type: Type): void {
    if (!this.types.isAssignable(type, expr.type as Type)) this.mismatch(expr, type, expr.type as Type);
  }

  private set(expr: Expr, type: Type): void {
    expr.type = type;
    this.checked.push(expr);
  }

  private undeclared(expr: Expr, name: string): Type {
    this.complain(expr.offset, `undeclared reference to '${name}' (in container '')`);
    return ERROR;
  }

  private mismatch(expr: Expr, expected: Type, actual: Type): void {
    this.complain(expr.offset, `expected type '${formatType(expected)}' but found '${formatType(actual)}'`);
  }

  private complain(offset: number, message: string): void {
    this.issues.push({ message, offset });
  }
}

const LITERALS: Readonly<Record<string, Type['kind']>> = {
  bool: 'bool',
  bytes: 'bytes',
  double: 'double',
  int: 'int',
  null_type: 'null',
  string: 'string',
  uint: 'uint',
};

function typeOfLiteral(value: Value): Type {
  const name = typeName(value);
  return name === 'string' ? STRING : { kind: LITERALS[name] ?? 'error', name, params: [] };
}
