/** The conditions under which a policy or a webhook is asked at all (apiserver `plugin/webhook/matchconditions/matcher.go`). */
import { aggregated } from './aggregated';
import type { Decisions } from './decisions';
import { type Expression, type ExpressionCompiler, evaluateAll, type Inputs, MATCH_BUDGET } from './expressions';

/** `error` only where the failure policy is Fail. */
export type ConditionsMatch = { readonly matches: boolean; readonly error?: undefined } | { readonly error: string };

/** One that is false decides; otherwise one that fails is an error. */
export async function matchConditions(
  compiler: ExpressionCompiler,
  conditions: readonly Expression[],
  inputs: Inputs,
  decisions: Decisions,
  failurePolicy: string | undefined,
): Promise<ConditionsMatch> {
  if (conditions.length === 0) return { matches: true };
  const failed = (error: string): ConditionsMatch => (failurePolicy === 'Ignore' ? { matches: false } : { error });
  const errors: string[] = [];
  try {
    // They don't see the namespace.
    const seen = { ...inputs, namespace: undefined };
    const { outcomes } = await decisions.settle(() => evaluateAll(compiler, conditions, seen, MATCH_BUDGET));
    for (const outcome of outcomes) {
      if (outcome?.error !== undefined) errors.push(outcome.error);
      if (outcome?.value === false) return { matches: false };
    }
  } catch (error) {
    return failed((error as Error).message);
  }
  return errors.length > 0 ? failed(aggregated(errors)) : { matches: true };
}
