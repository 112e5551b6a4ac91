/** Expressions of policies and match conditions: what they may refer to, and how they are evaluated (apiserver `pkg/admission/plugin/cel`). */
import type { Json, JsonObject } from '../../../apimachinery/json';
import type { Environment, StructTypes } from '../../../cel/environment';
import { jsonValue } from '../../../cel/json-values';
import {
  type Ask,
  AUTHORIZER,
  authorizerValue,
  type Question,
  RESOURCE_CHECK,
  requestResourceValue,
} from '../../../cel/library/authorizer';
import { JSON_PATCH_FUNCTIONS } from '../../../cel/library/json-patch';
import { compile, environmentOf, type Program } from '../../../cel/program';
import { BOOL, DYN, INT, listOf, mapOf, STRING, sameType, structType, TIMESTAMP, type Type } from '../../../cel/types';
import { CelError, CelMap, type Value } from '../../../cel/values';
import { makePatchStruct, patchStructField, patchStructType } from './patch-structs';

/** What all expressions of one policy may cost together, and all its match conditions. */
export const BUDGET = 10_000_000;
export const MATCH_BUDGET = 2_500_000;

export interface Expression {
  readonly text: string;
  /** Absent where it is wrong. */
  readonly program?: Program;
  readonly error?: string;
}

/** What an expression may refer to beside the request and its objects. */
export interface Declarations {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** `Object{…}` and `JSONPatch{…}` can be made. */
  readonly patches?: boolean;
  /** What `object` and `oldObject` are, where that is known; else they may be anything. */
  readonly object?: Type | undefined;
  readonly paramsType?: Type | undefined;
  readonly structs?: StructTypes | undefined;
}

const GVK = { group: STRING, version: STRING, kind: STRING };
const struct = (name: string) => structType(`kubernetes.${name}`);
const REQUEST = struct('AdmissionRequest');
const NAMESPACE = struct('Namespace');
const VARIABLES = struct('variables');

/** BuildRequestType, BuildNamespaceType. */
const STRUCTS: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
  'kubernetes.AdmissionRequest': {
    kind: struct('GroupVersionKind'),
    resource: struct('GroupVersionResource'),
    subResource: STRING,
    requestKind: struct('GroupVersionKind'),
    requestResource: struct('GroupVersionResource'),
    requestSubResource: STRING,
    name: STRING,
    // The field is called __namespace__ where expressions have the reserved word; behind a dot both may be written.
    namespace: STRING,
    __namespace__: STRING,
    operation: STRING,
    userInfo: struct('UserInfo'),
    dryRun: BOOL,
    options: DYN,
  },
  'kubernetes.GroupVersionKind': GVK,
  'kubernetes.GroupVersionResource': { group: STRING, version: STRING, resource: STRING },
  'kubernetes.UserInfo': {
    username: STRING,
    uid: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
  },
  'kubernetes.Namespace': {
    metadata: struct('NamespaceMetadata'),
    spec: struct('NamespaceSpec'),
    status: struct('NamespaceStatus'),
  },
  'kubernetes.NamespaceSpec': { finalizers: listOf(STRING) },
  'kubernetes.NamespaceStatus': { conditions: listOf(struct('NamespaceCondition')), phase: STRING },
  'kubernetes.NamespaceCondition': {
    status: STRING,
    type: STRING,
    lastTransitionTime: TIMESTAMP,
    message: STRING,
    reason: STRING,
  },
  'kubernetes.NamespaceMetadata': {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  },
};

export class ExpressionCompiler {
  /** In their order; each may refer to those before it. */
  readonly variables: { readonly name: string; readonly expression: Expression }[] = [];
  private readonly variableTypes = new Map<string, Type>();
  private readonly environments = new Map<string, Environment>();

  /** @param composes whether there are variables */
  constructor(private readonly composes: boolean) {}

  addVariable(name: string, text: string, declarations: Declarations): Expression {
    const expression = this.compile(text, undefined, declarations);
    this.variableTypes.set(name, expression.program?.type ?? DYN);
    this.variables.push({ name, expression });
    return expression;
  }

  /** @param returns the types that it may have; undefined for any (CompileCELExpression) */
  compile(text: string, returns: readonly Type[] | undefined, declarations: Declarations): Expression {
    const { program, issues } = {
      program: undefined,
      issues: undefined,
      ...compile(text, this.environment(declarations)),
    };
    if (!program) return { text, error: `compilation failed: ${issues}` };
    if (returns && !returns.some((type) => sameType(type, program.type))) {
      const names = returns.map(typeText);
      const wanted = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
      return { text, error: `must evaluate to ${wanted} but got ${typeText(program.type)}` };
    }
    const unprepared = program.prepare();
    return unprepared === undefined
      ? { text, program }
      : { text, error: `program instantiation failed: ${unprepared}` };
  }

  private environment(declarations: Declarations): Environment {
    const { params, authorizer, patches = false, object = DYN, paramsType = DYN, structs } = declarations;
    const key = structs ? undefined : `${params} ${authorizer} ${patches}`;
    const known = key === undefined ? undefined : this.environments.get(key);
    if (known) return known;
    const environment = environmentOf({
      variables: {
        object,
        oldObject: object,
        namespaceObject: NAMESPACE,
        request: REQUEST,
        ...(params ? { params: paramsType } : {}),
        ...(authorizer ? { authorizer: AUTHORIZER, 'authorizer.requestResource': RESOURCE_CHECK } : {}),
        ...(this.composes ? { variables: VARIABLES } : {}),
      },
      structs: this.structs(patches, structs),
      functions: patches ? JSON_PATCH_FUNCTIONS : [],
    });
    if (key !== undefined) this.environments.set(key, environment);
    return environment;
  }

  private structs(patches: boolean, more: StructTypes | undefined): StructTypes {
    const field: StructTypes['field'] = (name, field) => {
      if (name === VARIABLES.name) return this.variableTypes.get(field);
      const known = STRUCTS[name];
      if (known) return Object.hasOwn(known, field) ? known[field] : undefined;
      if (more) return more.field(name, field);
      return patches ? patchStructField(name, field) : false;
    };
    return patches ? { field, named: patchStructType, make: makePatchStruct } : { field };
  }
}

/** Type.String of cel-go. */
function typeText({ name, params }: Type): string {
  return params.length === 0 ? name : `${name}(${params.map(typeText).join(', ')})`;
}

/** What expressions are evaluated with. */
export interface Inputs {
  readonly object: Json | undefined;
  readonly oldObject: Json | undefined;
  readonly request: JsonObject;
  readonly namespace: Json | undefined;
  readonly params?: Json | undefined;
  readonly ask?: Ask;
  /** The resource of the request. */
  readonly requestResource?: Omit<Question, 'verb'>;
}

/** One is given up where all together cost too much: then there is no result at all. */
export class BudgetExceeded extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** What an expression came to: a value, or what went wrong. Absent for an expression that is absent. */
export type Outcome =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string };

/**
 * Evaluates expressions one after the other (ForInput). @returns what is left of the budget, too
 * @throws BudgetExceeded
 */
export function evaluateAll(
  { variables }: ExpressionCompiler,
  expressions: readonly (Expression | undefined)[],
  inputs: Inputs,
  budget: number,
): { outcomes: (Outcome | undefined)[]; budget: number } {
  const spent = { cost: 0 };
  const values = activation(inputs, variables, spent);
  let left = budget;
  const pay = (cost: number) => {
    if (cost > left) throw new BudgetExceeded();
    left -= cost;
  };
  const outcomes = expressions.map((expression): Outcome | undefined => {
    if (!expression) return undefined;
    if (!expression.program) return { error: `compilation error: ${expression.error}` };
    spent.cost = 0;
    const { value, cost } = expression.program.evaluate(values);
    pay(spent.cost);
    pay(cost);
    return value instanceof CelError
      ? { error: `expression '${expression.text}' resulted in error: ${value.message}` }
      : { value };
  });
  return { outcomes, budget: left };
}

function activation(
  inputs: Inputs,
  variables: ExpressionCompiler['variables'],
  spent: { cost: number },
): (name: string) => Value | undefined {
  const { ask, requestResource = {} } = inputs;
  const values: Record<string, Value | undefined> = {
    object: jsonValue(inputs.object),
    oldObject: jsonValue(inputs.oldObject),
    request: jsonValue(inputs.request),
    namespaceObject: jsonValue(inputs.namespace),
    params: jsonValue(inputs.params),
    ...(ask
      ? { authorizer: authorizerValue(ask), 'authorizer.requestResource': requestResourceValue(ask, requestResource) }
      : {}),
  };
  const resolve = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  values['variables'] = new LazyVariables(variables, resolve, spent);
  return resolve;
}

/** Variables are worked out when they are first asked for. */
class LazyVariables extends CelMap {
  private readonly known = new Map<string, Value>();

  constructor(
    private readonly variables: ExpressionCompiler['variables'],
    private readonly values: (name: string) => Value | undefined,
    private readonly spent: { cost: number },
  ) {
    super();
  }
  override get size(): number {
    return this.variables.length;
  }
  override keys(): readonly Value[] {
    return this.variables.map(({ name }) => name);
  }
  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const found = this.variables.find(({ name }) => name === key);
    if (!found) return undefined;
    const value = this.evaluate(key, found.expression);
    this.known.set(key, value);
    return value;
  }
  private evaluate(name: string, { program, error }: Expression): Value {
    const quoted = JSON.stringify(name);
    if (!program) return new CelError(`composited variable ${quoted} fails to compile: ${error}`);
    const { value, cost } = program.evaluate(this.values);
    this.spent.cost += cost;
    if (value instanceof CelError)
      return new CelError(`composited variable ${quoted} fails to evaluate: ${value.message}`);
    return value;
  }
}
