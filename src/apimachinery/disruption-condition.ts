/** The DisruptionAllowed condition of a PodDisruptionBudget, which the eviction handler and the controller both set (component-helpers `apps/poddisruptionbudget`). */
import type { Condition } from './meta';
import { formatTime } from './time';

type NewCondition = Omit<Condition, 'lastTransitionTime'>;

/** UpdateDisruptionAllowedCondition */
export function disruptionAllowedCondition(disruptionsAllowed: number, observedGeneration: number): NewCondition {
  const [status, reason] = disruptionsAllowed > 0 ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'];
  return { type: 'DisruptionAllowed', status, reason, message: '', observedGeneration };
}

/** With this condition in place of the one of its type; the time changes when the status does (meta.SetStatusCondition). */
export function setCondition(conditions: readonly Condition[], condition: NewCondition, now: number): Condition[] {
  const { type, status, observedGeneration = 0, reason, message } = condition;
  const before = conditions.find((one) => one.type === type);
  const set: Condition = {
    type,
    status,
    ...(observedGeneration ? { observedGeneration } : {}),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatTime(now),
    reason,
    message,
  };
  return before ? conditions.map((one) => (one === before ? set : one)) : [...conditions, set];
}
