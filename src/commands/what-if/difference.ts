/** What differs between two fates of one cluster. */
import type { NodeUse, PlacedPod, Placements } from './placements';

export interface PodDifference {
  pod: string;
  owner?: string;
  /** A node, '' for none; absent where the pod is not there. */
  before?: string;
  after?: string;
  /** Why it has no node afterwards. */
  message?: string;
}

export interface NodeDifference {
  node: string;
  /** Absent where the node is not there. */
  before?: NodeUse;
  after?: NodeUse;
}

export interface Difference {
  pods: PodDifference[];
  nodes: NodeDifference[];
  /** How many pods have no node. */
  pending: { before: number; after: number };
}

export function differenceOf(before: Placements, after: Placements): Difference {
  const pods: PodDifference[] = [];
  for (const name of [...new Set([...before.pods.keys(), ...after.pods.keys()])].sort()) {
    const [was, is] = [before.pods.get(name), after.pods.get(name)];
    // A pod of the same name and another uid is another pod in the same place: it was made anew.
    if (was && is && was.node === is.node && was.message === is.message) continue;
    const { owner } = (is ?? was) as PlacedPod;
    pods.push({
      pod: name,
      ...(owner ? { owner } : {}),
      ...(was ? { before: was.node } : {}),
      ...(is ? { after: is.node } : {}),
      ...(is && is.node === '' && is.message ? { message: is.message } : {}),
    });
  }
  const nodes: NodeDifference[] = [];
  for (const name of [...new Set([...before.nodes.keys(), ...after.nodes.keys()])].sort()) {
    const [was, is] = [before.nodes.get(name), after.nodes.get(name)];
    if (was && is && sameUse(was, is)) continue;
    nodes.push({ node: name, ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) });
  }
  return { pods, nodes, pending: { before: pendingIn(before), after: pendingIn(after) } };
}

function sameUse(a: NodeUse, b: NodeUse): boolean {
  const same = (one: NodeUse['of'], other: NodeUse['of']) =>
    one.milliCPU === other.milliCPU && one.memory === other.memory && one.pods === other.pods;
  return same(a, b) && same(a.of, b.of);
}

function pendingIn({ pods }: Placements): number {
  let count = 0;
  for (const { node } of pods.values()) if (node === '') count++;
  return count;
}
