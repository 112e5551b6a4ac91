/** Tolerations and taints (component-helpers `scheduling/corev1/helpers.go`, api `core/v1/toleration.go` ToleratesTaint). */
import type { Toleration } from '../../apimachinery/toleration';
import type { Taint } from './node-info';

export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  for (const toleration of tolerations) if (tolerates(toleration, taint)) return true;
  return false;
}

/** The first of these taints that is not tolerated. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined {
  for (const taint of taints) if (!isTolerated(taint, tolerations)) return taint;
  return undefined;
}

/** Does this toleration match this taint? An empty key with Exists matches all; an empty effect matches every effect. */
export function tolerates(
  { key = '', operator = 'Equal', value = '', effect = '' }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case '':
    case 'Equal':
      return value === (taint.value ?? '');
    case 'Exists':
      return true;
    default:
      // Lt and Gt are behind a gate that is off (TaintTolerationComparisonOperators).
      return false;
  }
}

/** `dedicated=gpu:NoSchedule`, as kubectl taint writes it. */
export function formatTaint({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}
