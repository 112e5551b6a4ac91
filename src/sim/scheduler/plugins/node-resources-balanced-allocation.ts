/** Prefers nodes that the pod would leave more evenly used, or less unevenly (`plugins/noderesources/balanced_allocation.go`). */
import type { NodeResourcesBalancedAllocationArgs } from '../configuration/plugin-args';
import type { NodeInfo } from '../node-info';
import { MAX_NODE_SCORE, type Plugin, type PodScorer } from '../plugin';
import type { PodInfo } from '../pod-info';
import { oncePerShape } from '../pod-shape';
import { amountIn, isScalar } from '../resource-amount';

const HALF = MAX_NODE_SCORE / 2;

export function nodeResourcesBalancedAllocation({ resources }: NodeResourcesBalancedAllocationArgs): Plugin {
  const names = resources.map(({ name }) => name);
  const plain = names.length === 2 && names[0] === 'cpu' && names[1] === 'memory';
  return {
    name: 'NodeResourcesBalancedAllocation',
    scorerFor: oncePerShape((pod) => {
      // A pod that asks for nothing changes no balance (PreScore skips it).
      if (names.every((name) => amountIn(pod.requests, name) === 0)) return undefined;
      const evenness = plain ? plainEvenness(pod) : generalEvenness(pod, names);
      return {
        score: (node) => scoreOf(evenness(node, true), evenness(node, false)),
        ...(plain ? { scoreAt: plainScoreAt(pod), kind: `${pod.requests.milliCPU} ${pod.requests.memory}` } : {}),
      };
    }),
  };
}

/** 75 where the pod changes nothing, up to 100 where it makes things even, down to 50 where it makes them uneven. */
function scoreOf(after: number, before: number): number {
  return HALF + Math.trunc((HALF + after - before) / 2);
}

function plainScoreAt({ requests: { milliCPU, memory } }: PodInfo): PodScorer['scoreAt'] {
  return (slot, columns) => {
    const cpu = columns.milliCPU[slot] as number;
    const ram = columns.memory[slot] as number;
    if (cpu === 0 || ram === 0) return scoreOf(MAX_NODE_SCORE, MAX_NODE_SCORE);
    const usedCPU = cpu - (columns.freeMilliCPU[slot] as number);
    const usedMemory = ram - (columns.freeMemory[slot] as number);
    const after = evennessOf((usedCPU + milliCPU) / cpu, (usedMemory + memory) / ram);
    return scoreOf(after, evennessOf(usedCPU / cpu, usedMemory / ram));
  };
}

function evennessOf(cpu: number, memory: number): number {
  const deviation = Math.abs((Math.min(1, cpu) - Math.min(1, memory)) / 2);
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

/** 100 where all resources are used to the same fraction, less the further apart they are (balancedResourceScore); with the pod or without. */
type Evenness = (node: NodeInfo, withPod: boolean) => number;

function plainEvenness({ requests: { milliCPU, memory } }: PodInfo): Evenness {
  return ({ allocatable, requested }, withPod) => {
    // Only one of the two, or none: nothing to be uneven.
    if (allocatable.milliCPU === 0 || allocatable.memory === 0) return MAX_NODE_SCORE;
    const cpu = (requested.milliCPU + (withPod ? milliCPU : 0)) / allocatable.milliCPU;
    const ram = (requested.memory + (withPod ? memory : 0)) / allocatable.memory;
    return evennessOf(cpu, ram);
  };
}

function generalEvenness(pod: PodInfo, names: readonly string[]): Evenness {
  const counted = names.filter((name) => !isScalar(name) || amountIn(pod.requests, name) > 0);
  return ({ allocatable, requested }, withPod) => {
    const fractions: number[] = [];
    for (const name of counted) {
      const capacity = amountIn(allocatable, name);
      if (capacity === 0) continue;
      const used = amountIn(requested, name) + (withPod ? amountIn(pod.requests, name) : 0);
      fractions.push(Math.min(1, used / capacity));
    }
    return Math.trunc((1 - deviationOf(fractions)) * MAX_NODE_SCORE);
  };
}

function deviationOf(fractions: readonly number[]): number {
  const [first = 0, second = 0] = fractions;
  if (fractions.length < 2) return 0;
  if (fractions.length === 2) return Math.abs((first - second) / 2);
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
  const squares = fractions.reduce((sum, fraction) => sum + (fraction - mean) ** 2, 0);
  return Math.sqrt(squares / fractions.length);
}
