/** Conditions of definitions (apiextensions-apiserver `pkg/apihelpers/helpers.go`). */
import type { DefinitionCondition } from './definition';

/** SetCRDCondition, as a new list: a status that changes moves the time. */
export function withCondition(
  conditions: readonly DefinitionCondition[] | null | undefined,
  condition: DefinitionCondition,
  now: string,
): DefinitionCondition[] {
  const list = [...(conditions ?? [])];
  const at = list.findIndex(({ type }) => type === condition.type);
  const old = list[at];
  if (!old) return [...list, { ...condition, lastTransitionTime: now }];
  const moved = old.status !== condition.status || !old.lastTransitionTime;
  list[at] = { ...old, ...condition, lastTransitionTime: moved ? now : (old.lastTransitionTime as string) };
  return list;
}
