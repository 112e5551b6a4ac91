/** Taints keep pods away that don't tolerate them (`plugins/tainttoleration`, component-helpers `scheduling/corev1`). */
import { normaliseToHighest, type Plugin, unresolvable } from '../plugin';

export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

const REJECTED = unresolvable('node(s) had untolerated taint(s)');

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  prepare({ pod }) {
    const tolerations: readonly Toleration[] = pod['spec'].tolerations ?? [];
    // A toleration that names an effect other than PreferNoSchedule does not soften that one.
    const soft = tolerations.filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return {
      filter: ({ node }) => {
        const taints: readonly Taint[] = node['spec']?.taints ?? [];
        const bars = (taint: Taint) =>
          (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !isTolerated(taint, tolerations);
        return taints.some(bars) ? REJECTED : undefined;
      },
      score: ({ node }) => {
        let count = 0;
        for (const taint of (node['spec']?.taints ?? []) as Taint[])
          if (taint.effect === 'PreferNoSchedule' && !isTolerated(taint, soft)) count++;
        return count;
      },
      normalise: (scores) => normaliseToHighest(scores, true),
    };
  },
};

export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/** Does this toleration match this taint? An empty key with Exists matches all; an empty effect matches every effect (ToleratesTaint). */
export function tolerates(
  { key = '', operator = 'Equal', value = '', effect = '' }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (operator === '' || operator === 'Equal') && value === (taint.value ?? '');
}
