/**
 * The Common Expression Language as Kubernetes has it: compiled once, evaluated often (cel-go `cel/env.go`, `cel/program.go`;
 * apiserver `pkg/cel/environment/base.go`).
 */
import { childrenOf, type Expr } from './ast';
import { check } from './checker';
import { Environment, type EnvironmentOptions } from './environment';
import { estimateCost, type PathSize } from './estimate';
import type { FunctionDeclaration, Range } from './functions';
import { plan } from './interpreter';
import { AUTHORIZER_FUNCTIONS, AUTHORIZER_TYPES } from './library/authorizer';
import { callCost, estimateCall } from './library/costs';
import { FORMAT_FUNCTIONS } from './library/formats';
import { KUBERNETES_FUNCTIONS } from './library/kubernetes';
import { COMPREHENSION_FUNCTIONS, LIST_FUNCTIONS, SET_FUNCTIONS } from './library/lists';
import { CIDR, IP, NET_FUNCTIONS } from './library/net';
import { OPTIONAL_FUNCTIONS } from './library/optional';
import { QUANTITY_FUNCTIONS } from './library/quantity';
import { STANDARD, STANDARD_TYPES } from './library/standard';
import { STRING_FUNCTIONS } from './library/strings';
import { parse } from './parser';
import { CostExceeded, Meter, type Variables } from './run';
import { Source } from './source';
import { optionalOf, param, type Type } from './types';
import { validate } from './validators';
import { CelError, type Value } from './values';

/** What one evaluation may cost. */
export const CALL_LIMIT = 1_000_000;

export interface Result {
  /** An error where the evaluation failed. */
  readonly value: Value;
  readonly cost: number;
}

export interface Program {
  /** What it evaluates to. */
  readonly type: Type;
  /** Whether it refers to a variable. */
  uses(variable: string): boolean;
  /** What it costs at least and at most. */
  estimate(sizeOfPath: PathSize): Range;
  /** What keeps it from being evaluated at all: a constant that can't be worked out. */
  prepare(): string | undefined;
  evaluate(variables: Variables, limit?: number): Result;
}

/** Either the program, or what is wrong: all of it, as upstream shows it. */
export type Compiled =
  | { readonly program: Program; readonly issues?: undefined }
  | { readonly issues: string; readonly program?: undefined };

const FUNCTIONS: readonly FunctionDeclaration[] = [
  ...STANDARD,
  ...OPTIONAL_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...SET_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...COMPREHENSION_FUNCTIONS,
  ...KUBERNETES_FUNCTIONS,
  ...QUANTITY_FUNCTIONS,
  ...NET_FUNCTIONS,
  ...FORMAT_FUNCTIONS,
  ...AUTHORIZER_FUNCTIONS,
];

let base: Environment | undefined;

/** What all expressions in Kubernetes have, and variables of one's own. */
export function environmentOf(options: EnvironmentOptions): Environment {
  base ??= new Environment(FUNCTIONS, [...STANDARD_TYPES, optionalOf(param('V')), IP, CIDR, ...AUTHORIZER_TYPES]);
  return base.extend(options);
}

export function compile(text: string, environment: Environment): Compiled {
  const source = new Source(text);
  const { expr, issues } = parse(text);
  if (issues.length > 0) return { issues: source.display(issues) };
  const wrong = check(expr, environment);
  if (wrong.length > 0) return { issues: source.display(wrong) };
  const invalid = validate(expr);
  if (invalid.length > 0) return { issues: source.display(invalid) };
  return { program: new CompiledProgram(expr, environment) };
}

class CompiledProgram implements Program {
  private step: ReturnType<typeof plan> | undefined;

  constructor(
    private readonly expr: Expr,
    private readonly environment: Environment,
  ) {}

  get type(): Type {
    return this.expr.type as Type;
  }

  uses(variable: string): boolean {
    return refersTo(this.expr, variable);
  }

  estimate(sizeOfPath: PathSize): Range {
    return estimateCost(this.expr, this.environment, estimateCall, sizeOfPath);
  }

  evaluate(variables: Variables, limit = CALL_LIMIT): Result {
    this.step ??= plan(this.expr, this.environment);
    const meter = new Meter(limit, this.environment, callCost);
    try {
      return { value: this.step.evaluate({ variables, meter }), cost: meter.cost };
    } catch (error) {
      if (!(error instanceof CostExceeded)) throw error;
      return { value: new CelError(error.message), cost: meter.cost };
    }
  }

  prepare(): string | undefined {
    try {
      this.step ??= plan(this.expr, this.environment);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function refersTo(expr: Expr, variable: string): boolean {
  if (expr.kind === 'ident') return expr.name === variable;
  return childrenOf(expr).some((child) => refersTo(child, variable));
}
