/** Judges a request by the policies that are bound to it (apiserver `plugin/policy/validating/dispatcher.go`, `validator.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { ApiError } from '../../../apimachinery/status';
import { BOOL, NULL, STRING } from '../../../cel/types';
import { typeName } from '../../../cel/values';
import { admissionForbidden } from '../forbidden';
import type { AdmissionAttributes } from '../plugin';
import { Decisions } from './decisions';
import {
  BUDGET,
  BudgetExceeded,
  type Declarations,
  type Expression,
  ExpressionCompiler,
  evaluateAll,
  type Inputs,
  type Outcome,
} from './expressions';
import { inputsOf } from './inputs';
import { matchConditions } from './match-conditions';
import { type Matched, matchRequest } from './matching';
import { collectParams, paramResource } from './params';
import { type BindingSpec, bindingsOf, type PolicySpec, specOf, type Validation } from './policy-objects';
import type { Registrations } from './registrations';

const LONGEST_MESSAGE = 5 * 1024;
const LONGEST_ANNOTATION = 10 * 1024;
const MOST_FAILURES = 50;
const FAILURES = 'validation.policy.admission.k8s.io/validation_failure';

/** A policy compiled: once, as long as it does not change. */
export interface CompiledPolicy {
  readonly compiler: ExpressionCompiler;
  readonly conditions: readonly Expression[];
  readonly validations: readonly Expression[];
  readonly messages: readonly (Expression | undefined)[];
  readonly annotations: readonly Expression[];
}

const compiled = new WeakMap<KubeObject, CompiledPolicy>();

export function compileValidatingPolicy(spec: PolicySpec): CompiledPolicy {
  const compiler = new ExpressionCompiler(true);
  const declarations: Declarations = { params: spec.paramKind !== undefined, authorizer: true };
  for (const { name = '', expression = '' } of spec.variables ?? [])
    compiler.addVariable(name, expression, declarations);
  return {
    compiler,
    conditions: (spec.matchConditions ?? []).map(({ expression = '' }) =>
      compiler.compile(expression, [BOOL], declarations),
    ),
    validations: (spec.validations ?? []).map(({ expression = '' }) =>
      compiler.compile(expression, [BOOL], declarations),
    ),
    messages: (spec.validations ?? []).map(({ messageExpression }) =>
      messageExpression
        ? compiler.compile(messageExpression, [STRING], { ...declarations, authorizer: false })
        : undefined,
    ),
    annotations: (spec.auditAnnotations ?? []).map(({ valueExpression = '' }) =>
      compiler.compile(valueExpression, [STRING, NULL], declarations),
    ),
  };
}

/** What a policy has to say against a request. */
interface Denial {
  readonly policy: string;
  readonly binding?: string;
  readonly message: string;
  readonly reason?: string | undefined;
}

interface Failure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
}

/** @throws ApiError of the first that denies it */
export async function validateByPolicies(attributes: AdmissionAttributes, registrations: Registrations): Promise<void> {
  const denials: Denial[] = [];
  const failures: Failure[] = [];
  const decisions = new Decisions(attributes.core.authorizer, attributes.user);
  for (const policy of registrations.validatingadmissionpolicies) {
    const bindings = bindingsOf(policy, registrations.validatingadmissionpolicybindings);
    if (bindings.length > 0) await judge(attributes, policy, bindings, decisions, denials, failures);
  }
  if (failures.length > 0) attributes.annotate(FAILURES, JSON.stringify(failures.slice(0, MOST_FAILURES)));
  const [first] = denials;
  if (first) throw denied(attributes, first);
}

async function judge(
  attributes: AdmissionAttributes,
  policy: KubeObject,
  bindings: readonly KubeObject[],
  decisions: Decisions,
  denials: Denial[],
  failures: Failure[],
): Promise<void> {
  const spec = specOf<PolicySpec>(policy);
  const { name = '' } = policy.metadata;
  const misconfigured = (error: unknown, binding?: string) => {
    if (spec.failurePolicy === 'Ignore') return;
    const what = binding === undefined ? 'policy' : 'binding';
    const message = `failed to configure ${what}: ${(error as Error).message}`;
    denials.push({ policy: name, ...(binding === undefined ? {} : { binding }), message });
  };
  let matched: Matched | undefined;
  let params: Awaited<ReturnType<typeof paramResource>> | undefined;
  try {
    matched = await matchRequest(attributes, spec.matchConstraints ?? {});
    if (!matched) return;
    params = spec.paramKind && (await paramResource(attributes, spec.paramKind));
  } catch (error) {
    return misconfigured(error);
  }
  const annotations = new Map<string, string[]>();
  for (const binding of bindings) {
    const bound = specOf<BindingSpec>(binding);
    const { name: bindingName = '' } = binding.metadata;
    let objects: (KubeObject | undefined)[];
    try {
      if (bound.matchResources && !(await matchRequest(attributes, bound.matchResources))) continue;
      objects = await collectParams(attributes, params, bound.paramRef);
    } catch (error) {
      misconfigured(error, bindingName);
      continue;
    }
    for (const object of objects) {
      const inputs = await inputsOf(attributes, matched, object, decisions);
      const { verdicts, notes } = await validate(policy, spec, inputs, decisions);
      for (const [index, verdict] of verdicts.entries())
        if (verdict)
          act(attributes, name, bindingName, bound.validationActions ?? [], index, verdict, denials, failures);
      for (const note of notes)
        if (note.error !== undefined) denials.push({ policy: name, binding: bindingName, message: note.error });
        else {
          const values = annotations.get(note.key) ?? [];
          const value = note.value.slice(0, LONGEST_ANNOTATION);
          if (!values.includes(value)) annotations.set(note.key, [...values, value]);
        }
    }
  }
  for (const [key, values] of annotations) attributes.annotate(`${name}/${key}`, values.join(', '));
}

/** What the actions of a binding make of a validation that failed. */
function act(
  attributes: AdmissionAttributes,
  policy: string,
  binding: string,
  actions: readonly string[],
  expressionIndex: number,
  { message, reason }: Verdict,
  denials: Denial[],
  failures: Failure[],
): void {
  for (const action of actions)
    if (action === 'Deny') denials.push({ policy, binding, message, reason });
    else if (action === 'Audit')
      failures.push({ message, policy, binding, expressionIndex, validationActions: actions });
    else if (action === 'Warn')
      attributes.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`,
      );
}

interface Verdict {
  readonly message: string;
  readonly reason?: string | undefined;
}

type Note = { readonly key: string; readonly value: string; readonly error?: undefined } | { readonly error: string };

/** What each validation says against the request, undefined where nothing; and what is to be noted (validator.Validate). */
async function validate(
  policy: KubeObject,
  spec: PolicySpec,
  inputs: Inputs,
  decisions: Decisions,
): Promise<{ verdicts: (Verdict | undefined)[]; notes: Note[] }> {
  let program = compiled.get(policy);
  if (!program) {
    program = compileValidatingPolicy(spec);
    compiled.set(policy, program);
  }
  const { compiler, conditions, validations, messages, annotations } = program;
  const failsOpen = spec.failurePolicy === 'Ignore';
  const failed = (message: string): Verdict | undefined => (failsOpen ? undefined : { message });
  const match = await matchConditions(compiler, conditions, inputs, decisions, spec.failurePolicy);
  if ('error' in match && match.error !== undefined) return { verdicts: [failed(match.error)], notes: [] };
  if (!('matches' in match) || !match.matches) return { verdicts: [], notes: [] };
  let outcomes: readonly (Outcome | undefined)[];
  let said: readonly (Outcome | undefined)[] | undefined;
  let noted: readonly (Outcome | undefined)[];
  try {
    const first = await decisions.settle(() => evaluateAll(compiler, validations, inputs, BUDGET));
    outcomes = first.outcomes;
    const { ask: _, ...unasking } = inputs;
    try {
      said = evaluateAll(compiler, messages, unasking, first.budget).outcomes;
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
    }
    noted = (await decisions.settle(() => evaluateAll(compiler, annotations, inputs, BUDGET))).outcomes;
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { verdicts: [failed(error.message)], notes: [] };
  }
  const verdicts = outcomes.map((outcome, i): Verdict | undefined => {
    if (outcome?.error !== undefined) return failed(outcome.error);
    if (!said) return failed(`failed messageExpression: ${new BudgetExceeded().message}`);
    if (outcome?.value === true) return undefined;
    const validation = spec.validations?.[i] ?? {};
    return { message: messageOf(validation, said[i]), reason: validation.reason || 'Invalid' };
  });
  const notes = noted.flatMap((outcome, i) => noteOf(outcome, spec.auditAnnotations?.[i] ?? {}, failsOpen));
  return { verdicts, notes };
}

/** What the expression for the message says, else the message, else the expression that failed. */
function messageOf({ expression = '', message = '' }: Validation, said: Outcome | undefined): string {
  const made = typeof said?.value === 'string' ? said.value.trim() : '';
  const usable = made !== '' && new TextEncoder().encode(made).length <= LONGEST_MESSAGE && !made.includes('\n');
  return (usable ? made : message.trim()) || `failed expression: ${expression.trim()}`;
}

function noteOf(
  outcome: Outcome | undefined,
  { key = '', valueExpression = '' }: { key?: string; valueExpression?: string },
  failsOpen: boolean,
): Note[] {
  if (!outcome) return [];
  if (outcome.error !== undefined) return failsOpen ? [] : [{ error: outcome.error }];
  const { value } = outcome;
  if (value === null) return [];
  if (typeof value === 'string') return value.trim() === '' ? [] : [{ key, value: value.trim() }];
  return [
    {
      error: `valueExpression '${valueExpression}' resulted in unsupported return type: ${typeName(value ?? null)}. Return type must be either string or null.`,
    },
  ];
}

const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

function denied(attributes: AdmissionAttributes, { policy, binding, message, reason = 'Invalid' }: Denial): ApiError {
  const by = binding === undefined ? `'${policy}'` : `'${policy}' with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy ${by} denied request: ${message}`;
  const { status } = admissionForbidden(attributes, text);
  const causes = [...(status.details?.causes ?? []), { message: text }];
  return new ApiError({ ...status, reason, code: CODES[reason] ?? 422, details: { ...status.details, causes } });
}
