/** The arguments of plugins (kube-scheduler `config/v1/types_pluginargs.go`), and their defaults (`apis/config/v1/defaults.go`). */
import type { LabelSelectorObject } from '../../../apimachinery/labels';
import type { NodeAffinitySpec } from '../node-selector';

export interface ResourceSpec {
  name: string;
  weight: number;
}

export interface UtilizationShapePoint {
  utilization: number;
  score: number;
}

export interface ScoringStrategy {
  type: string;
  resources: readonly ResourceSpec[];
  requestedToCapacityRatio?: { shape: readonly UtilizationShapePoint[] };
}

export interface NodeResourcesFitArgs {
  ignoredResources?: readonly string[];
  ignoredResourceGroups?: readonly string[];
  scoringStrategy: ScoringStrategy;
}

export interface NodeResourcesBalancedAllocationArgs {
  resources: readonly ResourceSpec[];
}

export interface NodeAffinityArgs {
  addedAffinity?: NodeAffinitySpec;
}

export interface InterPodAffinityArgs {
  hardPodAffinityWeight: number;
  ignorePreferredTermsOfExistingPods: boolean;
}

export interface TopologySpreadConstraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: string;
  labelSelector?: LabelSelectorObject;
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
  matchLabelKeys?: readonly string[];
}

export interface PodTopologySpreadArgs {
  defaultConstraints: readonly TopologySpreadConstraint[];
  defaultingType: string;
}

export interface DefaultPreemptionArgs {
  minCandidateNodesPercentage: number;
  minCandidateNodesAbsolute: number;
}

export interface VolumeBindingArgs {
  bindTimeoutSeconds: number;
  shape?: readonly UtilizationShapePoint[];
}

export interface PluginArgs {
  NodeResourcesFit: NodeResourcesFitArgs;
  NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs;
  NodeAffinity: NodeAffinityArgs;
  InterPodAffinity: InterPodAffinityArgs;
  PodTopologySpread: PodTopologySpreadArgs;
  DefaultPreemption: DefaultPreemptionArgs;
  VolumeBinding: VolumeBindingArgs;
}

const CPU_AND_MEMORY: readonly ResourceSpec[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

export const DEFAULT_ARGS: Readonly<PluginArgs> = {
  NodeResourcesFit: { scoringStrategy: { type: 'LeastAllocated', resources: CPU_AND_MEMORY } },
  NodeResourcesBalancedAllocation: { resources: CPU_AND_MEMORY },
  NodeAffinity: {},
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  PodTopologySpread: { defaultConstraints: [], defaultingType: 'System' },
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
  VolumeBinding: { bindTimeoutSeconds: 600 },
};
