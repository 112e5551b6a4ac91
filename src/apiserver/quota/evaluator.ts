/** What a quota knows of one resource: what is counted, and how (apiserver `pkg/quota/v1/interfaces.go`, `generic/evaluator.go`). */
import { selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import { ONE, type ResourceTotals } from '../../apimachinery/resource-lists';
import type { Operation } from '../admission/plugin';

export interface ScopeRequirement {
  scopeName: string;
  operator: string;
  values?: string[];
}

export interface Evaluator {
  /** Whether such a request may change what is used. */
  handles(operation: Operation, subresource: string): boolean;
  /** Those of a quota's names that are about this resource. */
  matching(names: readonly string[]): string[];
  matchesScope(requirement: ScopeRequirement, object: KubeObject): boolean;
  /** What the object must say and does not, given what a quota counts of it. */
  complaint?(names: readonly string[], object: KubeObject): string | undefined;
  usage(object: KubeObject, now: number): ResourceTotals;
  /** When the object will count for less by time alone. */
  changesAt?(object: KubeObject, now: number): number | undefined;
}

/** `count/deployments.apps` */
export function countName(group: string, resource: string): string {
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`;
}

/** Counts objects, under any of these names; a quota with scopes has no say in them. */
export function objectCounter(names: readonly string[]): Evaluator {
  return {
    handles: (operation, subresource) => operation === 'CREATE' && subresource === '',
    matching: (given) => given.filter((name) => names.includes(name)),
    matchesScope: () => false,
    usage: () => new Map(names.map((name) => [name, ONE])),
  };
}

/** The requirement on a class by its name ('' for none); ScopedResourceSelectorRequirementsAsSelector. */
export function matchesClass({ scopeName, operator, values = [] }: ScopeRequirement, name: string): boolean {
  if (operator === 'Exists') return name !== '';
  const selector = selectorOf({ matchExpressions: [{ key: scopeName, operator, values }] });
  return selector.matches(name === '' ? {} : { [scopeName]: name });
}

/** What a quota demands of the objects it counts: its scopes, old and new. */
export function scopesOf(quota: KubeObject): ScopeRequirement[] {
  const { scopes, scopeSelector } = quota['spec'] ?? {};
  return [
    ...((scopes ?? []) as string[]).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...((scopeSelector?.matchExpressions ?? []) as ScopeRequirement[]),
  ];
}
