/** Tolerations that are added to those of a pod (kubernetes `pkg/util/tolerations`, `pkg/apis/core/helper`). */
import type { Toleration } from '../../apimachinery/toleration';

/** Whether all that `other` tolerates is tolerated by `one` (isSuperset). */
export function isSuperset(one: Toleration, other: Toleration): boolean {
  if (same(one, other)) return true;
  const exists = one.operator === 'Exists';
  // Without a key it tolerates all of them; without an effect, all effects.
  if ((other.key ?? '') !== (one.key ?? '') && (one.key || !exists)) return false;
  if (one.effect && (other.effect ?? '') !== one.effect) return false;
  const { tolerationSeconds: most } = one;
  if (one.effect === 'NoExecute' && most !== undefined)
    if (other.tolerationSeconds === undefined || other.tolerationSeconds > most) return false;
  return exists || (other.operator === 'Equal' && (other.value ?? '') === (one.value ?? ''));
}

function same(a: Toleration, b: Toleration): boolean {
  return (
    (a.key ?? '') === (b.key ?? '') &&
    (a.operator ?? '') === (b.operator ?? '') &&
    (a.value ?? '') === (b.value ?? '') &&
    (a.effect ?? '') === (b.effect ?? '') &&
    a.tolerationSeconds === b.tolerationSeconds
  );
}

/** Both, without what others among them cover (MergeTolerations). */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [i, one] of all.entries())
    if (
      !merged.some((other) => isSuperset(other, one)) &&
      !all.slice(i + 1).some((other) => !same(other, one) && isSuperset(other, one))
    )
      merged.push(one);
  return merged;
}
