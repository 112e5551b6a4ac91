/** Changes an object by the policies that are bound to the request (apiserver `plugin/policy/mutating/dispatcher.go`). */
import { clone, deepEqual } from '../../../apimachinery/json';
import { asJson, type KubeObject } from '../../../apimachinery/meta';
import { ApiError } from '../../../apimachinery/status';
import { BOOL, listOf } from '../../../cel/types';
import { admissionForbidden } from '../forbidden';
import type { AdmissionAttributes } from '../plugin';
import { Decisions } from './decisions';
import { BUDGET, type Declarations, type Expression, ExpressionCompiler, evaluateAll } from './expressions';
import { inputsOf } from './inputs';
import { matchConditions } from './match-conditions';
import { type Matched, matchRequest } from './matching';
import { applyMutation } from './mutation';
import { collectParams, paramResource } from './params';
import { JSON_PATCH, OBJECT } from './patch-structs';
import { type BindingSpec, bindingsOf, type PolicySpec, specOf } from './policy-objects';
import type { Registrations } from './registrations';
import { Reinvoked, replaceObject } from './reinvoked';

interface CompiledPolicy {
  readonly compiler: ExpressionCompiler;
  readonly conditions: readonly Expression[];
  readonly mutations: readonly { readonly type: string; readonly expression: Expression }[];
}

const compiled = new WeakMap<KubeObject, CompiledPolicy>();

function compile(policy: KubeObject, spec: PolicySpec): CompiledPolicy {
  const known = compiled.get(policy);
  if (known) return known;
  const compiler = new ExpressionCompiler(true);
  const declarations: Declarations = { params: spec.paramKind !== undefined, authorizer: true };
  for (const { name = '', expression = '' } of spec.variables ?? [])
    compiler.addVariable(name, expression, declarations);
  const made: CompiledPolicy = {
    compiler,
    conditions: (spec.matchConditions ?? []).map(({ expression = '' }) =>
      compiler.compile(expression, [BOOL], declarations),
    ),
    mutations: (spec.mutations ?? []).map(({ patchType = '', jsonPatch, applyConfiguration }) => {
      const isJson = patchType === 'JSONPatch';
      const text = (isJson ? jsonPatch : applyConfiguration)?.expression ?? '';
      const returns = isJson ? [listOf(JSON_PATCH)] : [OBJECT];
      return { type: patchType, expression: compiler.compile(text, returns, { ...declarations, patches: true }) };
    }),
  };
  compiled.set(policy, made);
  return made;
}

/** A policy, how it is bound, and with what. */
interface Invocation {
  readonly policy: KubeObject;
  readonly spec: PolicySpec;
  readonly binding: KubeObject;
  readonly matched: Matched;
  readonly params: KubeObject | undefined;
}

interface Failure {
  readonly text: string;
  readonly reason?: string;
}

/** @throws ApiError where one fails that may not */
export async function mutateByPolicies(attributes: AdmissionAttributes, registrations: Registrations): Promise<void> {
  const { object } = attributes;
  const failures: Failure[] = [];
  const invocations: Invocation[] = [];
  for (const policy of registrations.mutatingadmissionpolicies) {
    const bindings = bindingsOf(policy, registrations.mutatingadmissionpolicybindings);
    if (bindings.length > 0) invocations.push(...(await invocationsOf(attributes, policy, bindings, failures)));
  }
  if (invocations.length > 0 && object) await invokeAll(attributes, object, invocations, failures);
  const [first] = failures;
  if (!first) return;
  const { status } = admissionForbidden(attributes, 'admission request denied by policy');
  const causes = [...(status.details?.causes ?? []), ...failures.map(({ text }) => ({ message: text }))];
  throw new ApiError({
    ...status,
    message: first.text,
    ...(first.reason ? { reason: first.reason } : {}),
    details: { ...status.details, causes },
  });
}

function complain(
  failures: Failure[],
  { policy, spec, binding }: Partial<Invocation>,
  why: string,
  reason?: string,
): void {
  if (spec?.failurePolicy === 'Ignore') return;
  const name = policy?.metadata.name ?? '';
  const by = binding ? `'${name}' with binding '${binding.metadata.name}'` : JSON.stringify(name);
  failures.push({ text: `policy ${by} denied request: ${why}`, ...(reason ? { reason } : {}) });
}

async function invocationsOf(
  attributes: AdmissionAttributes,
  policy: KubeObject,
  bindings: readonly KubeObject[],
  failures: Failure[],
): Promise<Invocation[]> {
  const spec = specOf<PolicySpec>(policy);
  const invocations: Invocation[] = [];
  try {
    const matched = await matchRequest(attributes, spec.matchConstraints ?? {});
    if (!matched) return [];
    const params = spec.paramKind && (await paramResource(attributes, spec.paramKind));
    for (const binding of bindings)
      try {
        const { matchResources, paramRef } = specOf<BindingSpec>(binding);
        if (matchResources && !(await matchRequest(attributes, matchResources))) continue;
        for (const object of await collectParams(attributes, params, paramRef))
          invocations.push({ policy, spec, binding, matched, params: object });
      } catch (error) {
        complain(failures, { policy, spec, binding }, `failed to configure binding: ${(error as Error).message}`);
      }
  } catch (error) {
    complain(failures, { policy, spec }, `failed to configure policy: ${(error as Error).message}`);
  }
  return invocations;
}

async function invokeAll(
  attributes: AdmissionAttributes,
  object: KubeObject,
  invocations: readonly Invocation[],
  failures: Failure[],
): Promise<void> {
  const decisions = new Decisions(attributes.core.authorizer, attributes.user);
  const reinvoked = Reinvoked.of(attributes.reinvocation, 'MutatingAdmissionPolicy');
  reinvoked.begin(object);
  for (const invocation of invocations) {
    const { policy, spec, binding, params } = invocation;
    const program = compile(policy, spec);
    const inputs = await inputsOf(attributes, invocation.matched, params, decisions);
    const { compiler, conditions, mutations } = program;
    const match = await matchConditions(compiler, conditions, inputs, decisions, spec.failurePolicy);
    if (match.error !== undefined) {
      complain(failures, invocation, match.error, 'Invalid');
      continue;
    }
    if (!match.matches) continue;
    const key = JSON.stringify([policy, binding, params].map((one) => [one?.metadata.namespace, one?.metadata.name]));
    if (!reinvoked.isDue(key)) continue;
    const seen = clone(asJson(object));
    for (const { type, expression } of mutations)
      try {
        replaceObject(object, await mutate(attributes, invocation, program, type, expression, decisions));
      } catch (error) {
        if (error instanceof ApiError) throw error;
        complain(failures, invocation, (error as Error).message, 'Invalid');
      }
    if (!deepEqual(seen, asJson(object))) reinvoked.changed();
    if (spec.reinvocationPolicy === 'IfNeeded') reinvoked.mayRunAgain(key);
  }
  reinvoked.end(object);
}

async function mutate(
  attributes: AdmissionAttributes,
  { matched, params }: Invocation,
  { compiler }: CompiledPolicy,
  type: string,
  expression: Expression,
  decisions: Decisions,
): Promise<KubeObject> {
  if (!expression.program) throw new Error(expression.error);
  const inputs = await inputsOf(attributes, matched, params, decisions);
  const { outcomes } = await decisions.settle(() => evaluateAll(compiler, [expression], inputs, BUDGET));
  const [outcome] = outcomes;
  if (outcome?.error !== undefined) throw new Error(outcome.error);
  return applyMutation(attributes, type, outcome?.value ?? null);
}
