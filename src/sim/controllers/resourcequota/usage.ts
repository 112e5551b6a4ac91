/** What is used of a quota, counted anew (apiserver `pkg/quota/v1/resources.go`, CalculateUsage). */
import type { KubeObject } from '../../../apimachinery/meta';
import { ZERO } from '../../../apimachinery/quantity';
import {
  addTo,
  masked,
  type ResourceTotals,
  sameTotals,
  totalsOf,
  writtenTotals,
} from '../../../apimachinery/resource-lists';
import type { Evaluator } from '../../../apiserver/quota/evaluator';
import { scopesOf } from '../../../apiserver/quota/evaluator';
import { CORE_EVALUATORS, evaluatorOf } from '../../../apiserver/quota/evaluators';

const COUNT = 'count/';

/** The resources, `deployments.apps`, that the quota counts. */
export function countedResources(quota: KubeObject): Map<string, Evaluator> {
  const names = Object.keys(quota['spec']?.hard ?? {});
  const counted = new Map<string, Evaluator>();
  for (const [resource, evaluator] of CORE_EVALUATORS)
    if (evaluator.matching(names).length > 0) counted.set(resource, evaluator);
  for (const name of names) {
    if (!name.startsWith(COUNT)) continue;
    const resource = name.slice(COUNT.length);
    const dot = resource.indexOf('.');
    const [plural, group] = dot < 0 ? [resource, ''] : [resource.slice(0, dot), resource.slice(dot + 1)];
    const evaluator = counted.has(resource) ? undefined : evaluatorOf(group, plural);
    if (evaluator) counted.set(resource, evaluator);
  }
  return counted;
}

export interface Usage {
  /** The new status; undefined when the present one is right. */
  status: { hard: Record<string, string>; used: Record<string, string> } | undefined;
  /** When it will be less by time alone. */
  changesAt: number | undefined;
}

/** @param list the objects of a resource in the quota's namespace; undefined when there is no such resource. */
export function usageOf(
  quota: KubeObject,
  list: (resource: string) => readonly KubeObject[] | undefined,
  now: number,
): Usage {
  const hard = totalsOf(quota['spec']?.hard);
  const { hard: knownHard, used: knownUsed } = quota['status'] ?? {};
  // What can't be counted stays as it was observed.
  const used: ResourceTotals = masked(totalsOf(knownUsed), hard.keys());
  const scopes = scopesOf(quota);
  const counted: ResourceTotals = new Map();
  let changesAt: number | undefined;
  for (const [resource, evaluator] of countedResources(quota)) {
    const objects = list(resource);
    if (!objects) continue;
    for (const name of evaluator.matching([...hard.keys()])) counted.set(name, counted.get(name) ?? ZERO);
    for (const object of objects) {
      if (!scopes.every((requirement) => evaluator.matchesScope(requirement, object))) continue;
      addTo(counted, evaluator.usage(object, now));
      const at = evaluator.changesAt?.(object, now);
      if (at !== undefined) changesAt = Math.min(changesAt ?? at, at);
    }
  }
  for (const [name, amount] of masked(counted, hard.keys())) used.set(name, amount);
  const isRight =
    knownHard !== undefined &&
    knownUsed !== undefined &&
    sameTotals(hard, totalsOf(knownHard)) &&
    sameTotals(used, totalsOf(knownUsed));
  const status = isRight ? undefined : { hard: writtenTotals(hard), used: writtenTotals(used) };
  return { status, changesAt };
}
