/**
 * How many nodes of a group would take these pods: the largest pods first, each on the first node where it fits (autoscaler
 * `estimator/binpacking_estimator.go`, `estimator/decreasing_pod_orderer.go`).
 */
import { amountsOf } from '../../apimachinery/pod-requests';
import type { PodInfo } from '../scheduler/pod-info';
import type { PodGroup } from './pod-groups';
import type { Refusal, Snapshot } from './snapshot';
import { instance, type Template } from './template';

export interface Estimate {
  /** That have pods. */
  nodes: number;
  pods: PodInfo[];
  /** Pods of each node. */
  packing: number[];
}

const HOSTNAME = 'kubernetes.io/hostname';
/** podtopologyspread.ErrReasonConstraintsNotMatch */
const SPREAD = "node(s) didn't match pod topology spread constraints";

/** @param limit the most nodes; negative: none at all, 0: no limit */
export function estimate(groups: readonly PodGroup[], template: Template, snapshot: Snapshot, limit: number): Estimate {
  const mark = snapshot.fork();
  const packing = new Packing(template, snapshot, limit);
  let more = true;
  for (const { pods } of inOrder(groups, template)) {
    const rest = packing.onKnownNodes(pods);
    if (more) more = packing.onNewNodes(rest);
  }
  snapshot.revert(mark);
  return packing.result();
}

/** The sum of the shares of a node that a pod asks for; larger ones first. */
function inOrder(groups: readonly PodGroup[], { node }: Template): PodGroup[] {
  const { milliCPU, memory } = amountsOf(node['status']?.allocatable ?? {});
  const scored = groups.map((group) => {
    const { requests } = group.pods[0] as PodInfo;
    const score = (milliCPU > 0 ? requests.milliCPU / milliCPU : 0) + (memory > 0 ? requests.memory / memory : 0);
    return { group, score };
  });
  return scored.sort((a, b) => b.score - a.score).map(({ group }) => group);
}

class Packing {
  /** New node → pods on it, in the order in which they were imagined. */
  private readonly nodes = new Map<string, number>();
  private readonly scheduled: PodInfo[] = [];
  private last = '';

  constructor(
    private readonly template: Template,
    private readonly snapshot: Snapshot,
    private readonly limit: number,
  ) {}

  result(): Estimate {
    const packing = [...this.nodes.values()].filter((pods) => pods > 0);
    return { nodes: packing.length, pods: this.scheduled, packing };
  }

  /** tryToScheduleOnExistingNodes: what is left from the first that fits on none. */
  onKnownNodes(pods: readonly PodInfo[]): readonly PodInfo[] {
    for (const [i, pod] of pods.entries()) {
      const node = this.nodes.size > 0 && this.snapshot.scheduleAnywhere(pod, (name) => this.nodes.has(name));
      if (!node) return pods.slice(i);
      this.track(pod, node);
    }
    return [];
  }

  /** tryToScheduleOnNewNodes: false when no more nodes may be added. */
  onNewNodes(pods: readonly PodInfo[]): boolean {
    for (const pod of pods) {
      if (this.last !== '' && this.onLast(pod)) continue;
      // One that is empty and will not do: another would not either.
      if (this.last !== '' && this.nodes.get(this.last) === 0) return true;
      if (this.limit < 0 || (this.limit > 0 && this.nodes.size >= this.limit)) return false;
      this.addNode();
      if (this.snapshot.schedule(pod, this.last)) break;
      this.track(pod, this.last);
    }
    return true;
  }

  private onLast(pod: PodInfo): boolean {
    const refusal = this.snapshot.schedule(pod, this.last);
    if (!refusal) {
      this.track(pod, this.last);
      return true;
    }
    if (!spreadsByHost(pod) || !isSpread(refusal)) return false;
    // Spread over hosts: the last node has enough, but others may not.
    const node = this.snapshot.scheduleAnywhere(pod, (name) => name !== this.last);
    if (node === undefined) return false;
    this.track(pod, node);
    return true;
  }

  private addNode(): void {
    const { node, pods } = instance(this.template, `e-${this.nodes.size}`);
    this.snapshot.addNode(node, pods);
    this.last = node.metadata.name ?? '';
    this.nodes.set(this.last, 0);
  }

  private track(pod: PodInfo, node: string): void {
    this.nodes.set(node, (this.nodes.get(node) ?? 0) + 1);
    this.scheduled.push(pod);
  }
}

function spreadsByHost({ pod }: PodInfo): boolean {
  const constraints: { topologyKey: string }[] = pod['spec'].topologySpreadConstraints ?? [];
  return constraints.some(({ topologyKey }) => topologyKey === HOSTNAME);
}

function isSpread({ reasons }: Refusal): boolean {
  return reasons.includes(SPREAD);
}
