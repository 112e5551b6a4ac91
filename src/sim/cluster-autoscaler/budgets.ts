/** Disruption budgets, and what a look takes from them (autoscaler `core/scaledown/pdb/basic.go`). */
import { type LabelSelector, selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import type { PodInfo } from '../scheduler/pod-info';

export interface Budget {
  namespace: string;
  selector: LabelSelector;
  allowed: number;
}

export class Budgets {
  private readonly all: Budget[];

  constructor(objects: readonly KubeObject[]) {
    this.all = objects.map(({ metadata, spec, status }) => ({
      namespace: metadata.namespace ?? '',
      selector: selectorOf(spec?.selector),
      allowed: status?.disruptionsAllowed ?? 0,
    }));
  }

  matching({ metadata }: KubeObject): Budget[] {
    if (this.all.length === 0) return [];
    const { namespace, labels = {} } = metadata;
    return this.all.filter((budget) => budget.namespace === namespace && budget.selector.matches(labels));
  }

  /** CanRemovePods: may they all go at the same time? */
  inParallel(pods: readonly PodInfo[]): boolean {
    const counts = new Map<Budget, number>();
    for (const { pod } of pods)
      for (const budget of this.matching(pod)) counts.set(budget, (counts.get(budget) ?? 0) + 1);
    return [...counts].every(([{ allowed }, count]) => allowed >= count);
  }

  remove(pods: readonly PodInfo[]): void {
    for (const { pod } of pods) for (const budget of this.matching(pod)) budget.allowed--;
  }
}
