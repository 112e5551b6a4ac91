/** The status of a PodDisruptionBudget (kubernetes `pkg/controller/disruption`, updatePdbStatus, failSafe). */

import { disruptionAllowedCondition, setCondition } from '../../../apimachinery/disruption-condition';
import { deepEqual, type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { Condition, KubeObject } from '../../../apimachinery/meta';
import type { ResourcePath } from '../../../client/client';
import type { Context } from '../../controller';

const BUDGETS: ResourcePath = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

export async function writeStatus(
  budget: KubeObject,
  counts: { currentHealthy: number; desiredHealthy: number; expectedPods: number },
  disruptedPods: Readonly<Record<string, string>>,
  context: Context,
): Promise<void> {
  const { generation = 0 } = budget.metadata;
  // A budget without pods allows nothing: its first pods may come before this has been looked at again.
  const disruptionsAllowed = counts.expectedPods <= 0 ? 0 : Math.max(0, counts.currentHealthy - counts.desiredHealthy);
  const conditions: Condition[] = budget['status']?.conditions ?? [];
  const condition = disruptionAllowedCondition(disruptionsAllowed, generation);
  const status: JsonObject = {
    observedGeneration: generation,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods: { ...disruptedPods } } : {}),
    disruptionsAllowed,
    ...counts,
    conditions: setCondition(conditions, condition, context.clock.now()).map(jsonOf),
  };
  await write(budget, status, context);
}

/** At least nothing more is allowed when the rest can't be found out. */
export async function writeFailure(budget: KubeObject, message: string, context: Context): Promise<void> {
  const status = budget['status'] ?? {};
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'SyncFailed',
    message,
    observedGeneration: status.observedGeneration ?? 0,
  };
  const conditions = setCondition(status.conditions ?? [], condition, context.clock.now()).map(jsonOf);
  await write(budget, { ...status, disruptionsAllowed: 0, conditions }, context);
}

async function write(budget: KubeObject, status: JsonObject, { client }: Context): Promise<void> {
  if (deepEqual(budget['status'] ?? {}, status)) return;
  await client.updateStatus(BUDGETS, { ...budget, status });
}
