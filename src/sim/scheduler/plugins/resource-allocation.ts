/** How full a node would be with the pod, as a score: the strategies of NodeResourcesFit (`plugins/noderesources/{least,most}_allocated.go`, `requested_to_capacity_ratio.go`, `resource_allocation.go`). */
import type { ScoringStrategy, UtilizationShapePoint } from '../configuration/plugin-args';
import type { NodeInfo } from '../node-info';
import { MAX_NODE_SCORE, type PodScorer } from '../plugin';
import type { PodInfo } from '../pod-info';
import { amountIn, isScalar } from '../resource-amount';

/** The largest score that a shape may name. */
const MAX_CUSTOM_SCORE = 10;
const FULL = 100;

/** 0…100 for this much requested, the pod included, of this much. */
type ResourceScore = (requested: number, capacity: number) => number;

/** A scorer by a strategy. Containers that ask for no cpu or memory are taken to ask for a little. */
export function allocationScorer(strategy: ScoringStrategy): (pod: PodInfo) => PodScorer {
  const { resources } = strategy;
  const { one, mean } = strategyOf(strategy);
  return (pod) => {
    // What the pod does not ask for does not count, but for cpu and memory.
    const counted = resources.filter(({ name }) => !isScalar(name) || amountIn(pod.assumed, name) > 0);
    if (strategy.type === 'LeastAllocated' && isPlain(counted)) return plainLeastAllocated(pod);
    return {
      score: (node) => {
        let [sum, weights] = [0, 0];
        for (const { name, weight } of counted) {
          const capacity = amountIn(node.allocatable, name);
          if (capacity === 0) continue;
          const score = one(taken(node, name) + amountIn(pod.assumed, name), capacity);
          if (strategy.type === 'RequestedToCapacityRatio' && score <= 0) continue;
          sum += score * weight;
          weights += weight;
        }
        return weights === 0 ? 0 : mean(sum / weights);
      },
    };
  };
}

function strategyOf({ type, requestedToCapacityRatio }: ScoringStrategy): {
  one: ResourceScore;
  mean: (value: number) => number;
} {
  if (type === 'MostAllocated') return { one: mostRequested, mean: Math.floor };
  if (type === 'RequestedToCapacityRatio') {
    const shape = brokenLinear(requestedToCapacityRatio?.shape ?? []);
    const one: ResourceScore = (requested, capacity) =>
      shape(requested > capacity ? FULL : Math.floor((requested * FULL) / capacity));
    return { one, mean: Math.round };
  }
  return { one: leastRequested, mean: Math.floor };
}

function leastRequested(requested: number, capacity: number): number {
  return requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_NODE_SCORE) / capacity);
}

function mostRequested(requested: number, capacity: number): number {
  return Math.floor((Math.min(requested, capacity) * MAX_NODE_SCORE) / capacity);
}

/** Straight lines between the points, level before the first and after the last (helper.BuildBrokenLinearFunction). */
export function brokenLinear(shape: readonly UtilizationShapePoint[]): (utilization: number) => number {
  const points = shape.map(({ utilization, score }) => ({
    at: utilization,
    score: score * (MAX_NODE_SCORE / MAX_CUSTOM_SCORE),
  }));
  return (utilization) => {
    let before: { at: number; score: number } | undefined;
    for (const point of points) {
      if (utilization <= point.at) {
        if (!before) return point.score;
        const rise = (point.score - before.score) * (utilization - before.at);
        return before.score + Math.trunc(rise / (point.at - before.at));
      }
      before = point;
    }
    return before?.score ?? 0;
  };
}

/** What placed pods take: with assumed requests of cpu and memory. */
function taken({ assumed, requested }: NodeInfo, name: string): number {
  if (name === 'cpu') return assumed.milliCPU;
  if (name === 'memory') return assumed.memory;
  return amountIn(requested, name);
}

function isPlain(resources: ScoringStrategy['resources']): boolean {
  const [cpu, memory] = resources;
  return (
    resources.length === 2 &&
    cpu?.name === 'cpu' &&
    memory?.name === 'memory' &&
    cpu.weight === 1 &&
    memory.weight === 1
  );
}

/** The default strategy, which every pod on every node goes through. */
function plainLeastAllocated({ assumed: { milliCPU, memory } }: PodInfo): PodScorer {
  return {
    score: ({ allocatable, assumed }) => {
      let [sum, weights] = [0, 0];
      if (allocatable.milliCPU !== 0) {
        sum += leastRequested(assumed.milliCPU + milliCPU, allocatable.milliCPU);
        weights++;
      }
      if (allocatable.memory !== 0) {
        sum += leastRequested(assumed.memory + memory, allocatable.memory);
        weights++;
      }
      return weights === 0 ? 0 : Math.floor(sum / weights);
    },
    kind: `${milliCPU} ${memory}`,
    scoreAt: (slot, columns) => {
      const cpu = columns.milliCPU[slot] as number;
      const ram = columns.memory[slot] as number;
      const ofCPU = cpu === 0 ? 0 : leastRequested((columns.assumedMilliCPU[slot] as number) + milliCPU, cpu);
      const ofMemory = ram === 0 ? 0 : leastRequested((columns.assumedMemory[slot] as number) + memory, ram);
      return cpu === 0 || ram === 0 ? ofCPU + ofMemory : Math.floor((ofCPU + ofMemory) / 2);
    },
  };
}
