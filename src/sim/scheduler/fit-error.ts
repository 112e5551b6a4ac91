/** Why a pod could not be placed, and how upstream words it (kube-scheduler `framework/types.go` FitError, Diagnosis). */
import type { NodeInfo } from './node-info';
import type { Rejection } from './plugin';

export interface Diagnosis {
  /** How many nodes there are. */
  nodes: number;
  /** The nodes that were looked at and what each was out for, by the same index. */
  looked: NodeInfo[];
  rejections: Rejection[];
  /** What holds for the nodes that were not looked at. */
  absent: Rejection | undefined;
  /** The pod was refused before any node was looked at. */
  beforehand: Rejection | undefined;
  /** The plugins that said no. */
  plugins: Set<string>;
}

export const NO_NODES = 'no nodes available to schedule pods';

/** The whole message; `afterwards` is what was tried then: preemption. */
export function fitError(
  diagnosis: Pick<Diagnosis, 'nodes' | 'rejections' | 'absent' | 'beforehand'>,
  afterwards = '',
): string {
  const { nodes, beforehand } = diagnosis;
  let message = `0/${nodes} nodes are available:`;
  if (beforehand) message += ` ${beforehand.reasons.join(', ')}.`;
  else {
    const reasons = histogram(diagnosis);
    if (reasons) message += ` ${reasons}.`;
  }
  return afterwards ? `${message} ${afterwards}` : message;
}

/** `1 Insufficient cpu, 2 node(s) were unschedulable`, sorted as texts. */
function histogram({ nodes, rejections, absent }: Pick<Diagnosis, 'nodes' | 'rejections' | 'absent'>): string {
  const byRejection = new Map<Rejection, number>();
  let last: Rejection | undefined;
  let run = 0;
  // Neighbours are often out for the same, and then it is the very same object.
  for (const rejection of rejections) {
    if (rejection !== last) {
      if (last) byRejection.set(last, (byRejection.get(last) ?? 0) + run);
      last = rejection;
      run = 0;
    }
    run++;
  }
  if (last) byRejection.set(last, (byRejection.get(last) ?? 0) + run);
  const missing = nodes - rejections.length;
  if (absent && missing > 0) byRejection.set(absent, (byRejection.get(absent) ?? 0) + missing);
  const counts = new Map<string, number>();
  for (const [{ reasons }, count] of byRejection)
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
