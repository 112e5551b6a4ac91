/** What a scheduling plugin is (kubernetes `pkg/scheduler/framework`): it may rule nodes out, and rank those that are left. */
import type { NodeInfo, PodInfo } from './node-info';

/** Why a node is out. `unresolvable`: evicting pods from it would not help. */
export interface Rejection {
  reasons: readonly string[];
  unresolvable: boolean;
}

export const MAX_NODE_SCORE = 100;

/** A plugin prepared for one pod; absent parts have nothing to say about it. */
export interface PodPlugin {
  /** Undefined where the pod could run. */
  filter?(node: NodeInfo): Rejection | undefined;
  /** Raw; `normalise` brings the scores of all feasible nodes to 0…100. */
  score?(node: NodeInfo): number;
  normalise?(scores: number[]): void;
}

export interface Plugin {
  name: string;
  /** What its normalised score is multiplied by. */
  weight: number;
  /** Looks at the pod once (PreFilter, PreScore); undefined when the plugin has nothing to do with it. */
  prepare(pod: PodInfo): PodPlugin | undefined;
}

/** Scores relative to the highest, 0…100; reversed where less is better (helper.DefaultNormalizeScore). */
export function normaliseToHighest(scores: number[], reverse: boolean): void {
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  for (let i = 0; i < scores.length; i++) {
    if (highest === 0) {
      if (reverse) scores[i] = MAX_NODE_SCORE;
      continue;
    }
    const score = Math.floor((MAX_NODE_SCORE * (scores[i] as number)) / highest);
    scores[i] = reverse ? MAX_NODE_SCORE - score : score;
  }
}

export function unresolvable(reason: string): Rejection {
  return { reasons: [reason], unresolvable: true };
}
