/** Why a pod could not be placed, and how upstream words it (kube-scheduler `framework/types.go` FitError, Diagnosis). */
import type { Rejection } from './plugin';

/** What became of the nodes that were looked at for a pod. */
export class Diagnosis {
  private readonly counts = new Map<Rejection, number>();
  private looked = 0;
  /** What holds for the nodes that were not looked at. */
  absent: Rejection | undefined;
  /** The pod was refused before any node was looked at. */
  beforehand: Rejection | undefined;
  /** The plugins that said no. */
  readonly plugins = new Set<string>();

  /** @param nodes how many there are */
  constructor(readonly nodes: number) {}

  /** So many nodes are out for this. */
  count(rejection: Rejection, nodes: number): void {
    this.counts.set(rejection, (this.counts.get(rejection) ?? 0) + nodes);
    this.looked += nodes;
  }

  /** Were there nodes on which evicting pods might help? */
  get anyResolvable(): boolean {
    for (const { unresolvable } of this.counts.keys()) if (!unresolvable) return true;
    return false;
  }

  /** How many nodes are out for something that evicting pods might help against. */
  get resolvable(): number {
    let sum = 0;
    for (const [{ unresolvable }, count] of this.counts) if (!unresolvable) sum += count;
    return sum;
  }

  /** `1 Insufficient cpu, 2 node(s) were unschedulable`, sorted as texts. */
  histogram(): string {
    const counts = new Map<string, number>();
    const add = ({ reasons }: Rejection, count: number) => {
      for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count);
    };
    for (const [rejection, count] of this.counts) add(rejection, count);
    if (this.absent && this.looked < this.nodes) add(this.absent, this.nodes - this.looked);
    return [...counts]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(', ');
  }
}

export const NO_NODES = 'no nodes available to schedule pods';

/** The whole message; `afterwards` is what was tried then: preemption. */
export function fitError(diagnosis: Diagnosis, afterwards = ''): string {
  const { nodes, beforehand } = diagnosis;
  const reasons = beforehand ? beforehand.reasons.join(', ') : diagnosis.histogram();
  const message = `0/${nodes} nodes are available:${reasons ? ` ${reasons}.` : ''}`;
  return afterwards ? `${message} ${afterwards}` : message;
}
