/** Does the node have room, and how well would the pod sit there (`plugins/noderesources`)? */
import type { NodeInfo } from '../node-info';
import { MAX_NODE_SCORE, type Plugin, type Rejection } from '../plugin';

/** Filters by room; prefers the node that is left emptiest, cpu and memory counting alike (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  prepare(pod) {
    return {
      filter: (node) => insufficient(node, pod.requests),
      score: (node) => {
        const { allocatable, assumed } = node;
        let [sum, weights] = [0, 0];
        for (const resource of ['milliCPU', 'memory'] as const) {
          const capacity = allocatable[resource];
          if (capacity === 0) continue;
          const used = assumed[resource] + pod.assumed[resource];
          sum += used > capacity ? 0 : Math.floor(((capacity - used) * MAX_NODE_SCORE) / capacity);
          weights++;
        }
        return weights === 0 ? 0 : Math.floor(sum / weights);
      },
    };
  },
};

/** Prefers nodes on which cpu and memory are used evenly, judged by how much the pod changes that (BalancedAllocation). */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare(pod) {
    // A pod that asks for nothing changes no balance (PreScore skips it).
    if (pod.requests.milliCPU === 0 && pod.requests.memory === 0) return undefined;
    return {
      score: ({ allocatable, requested }) => {
        const before = evenness(allocatable, requested.milliCPU, requested.memory);
        const after = evenness(
          allocatable,
          requested.milliCPU + pod.requests.milliCPU,
          requested.memory + pod.requests.memory,
        );
        return MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + after - before) / 2);
      },
    };
  },
};

/** 100 where cpu and memory are used to the same fraction, less the further apart they are (balancedResourceScore). */
function evenness(allocatable: { milliCPU: number; memory: number }, milliCPU: number, memory: number): number {
  if (allocatable.milliCPU === 0 || allocatable.memory === 0) return MAX_NODE_SCORE;
  const cpuFraction = Math.min(1, milliCPU / allocatable.milliCPU);
  const memoryFraction = Math.min(1, memory / allocatable.memory);
  const deviation = Math.abs((cpuFraction - memoryFraction) / 2);
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

/** What the node lacks for these requests, in upstream's order (fit.go fitsRequest). */
function insufficient(
  { allocatable, requested, pods, allowedPods }: NodeInfo,
  wanted: { milliCPU: number; memory: number; ephemeralStorage: number; scalar: Readonly<Record<string, number>> },
): Rejection | undefined {
  let reasons: string[] | undefined;
  let hopeless = false;
  const lacks = (reason: string, never: boolean) => {
    reasons ??= [];
    reasons.push(reason);
    hopeless ||= never;
  };
  if (pods.size + 1 > allowedPods) lacks('Too many pods', false);
  if (wanted.milliCPU > allocatable.milliCPU - requested.milliCPU && wanted.milliCPU > 0)
    lacks('Insufficient cpu', wanted.milliCPU > allocatable.milliCPU);
  if (wanted.memory > allocatable.memory - requested.memory && wanted.memory > 0)
    lacks('Insufficient memory', wanted.memory > allocatable.memory);
  if (
    wanted.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage &&
    wanted.ephemeralStorage > 0
  )
    lacks('Insufficient ephemeral-storage', wanted.ephemeralStorage > allocatable.ephemeralStorage);
  for (const name of Object.keys(wanted.scalar)) {
    const amount = wanted.scalar[name] as number;
    const there = allocatable.scalar[name] ?? 0;
    if (amount > 0 && amount > there - (requested.scalar[name] ?? 0)) lacks(`Insufficient ${name}`, amount > there);
  }
  return reasons && { reasons, unresolvable: hopeless };
}
