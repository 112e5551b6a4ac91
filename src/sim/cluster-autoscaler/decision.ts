/** A decision to scale up, told number by number: kept for those who ask why. */

/** What one expander made of a group. */
export interface ToldScore {
  expander: string;
  /** `0.875`: less or more is better, as the expander has it. */
  score: string;
  /** The numbers it is made of. */
  text: string;
  /** It is still in the running afterwards. */
  kept: boolean;
}

export interface ToldOption {
  group: string;
  /** Pods that it would help, and nodes that they need. */
  pods: number;
  nodes: number;
  /** Node by node, how many pods it gets. */
  packing: number[];
  /** Groups that are alike. */
  similar?: string[];
  scores: ToldScore[];
}

/** A group that is no option for anybody, or rules pods out. */
export interface ToldRefusal {
  group: string;
  /** It can't grow: `max node group size reached`. */
  skipped?: string;
  /** Reason → pods that it holds for. */
  rejected?: Record<string, number>;
}

export interface ToldResize {
  group: string;
  from: number;
  to: number;
  max: number;
}

export interface ScaleUpDecision {
  time: number;
  /** Pods without a node that there is no room for, and that count. */
  pending: number;
  /** A few of their names. */
  pods: string[];
  result: string;
  expander: string;
  options: ToldOption[];
  refusals: ToldRefusal[];
  best?: string;
  /** Nodes that the best option asked for, and what became of the number. */
  wanted?: number;
  limits: string[];
  resizes: ToldResize[];
}
