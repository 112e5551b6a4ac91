/** A VerticalPodAutoscaler as all who work with it see it (autoscaler `vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1`, 1.8.0). */
import type { Json } from '../json';
import type { KubeObject } from '../meta';

export const VPA_GROUP = 'autoscaling.k8s.io';
export const VPAS = { group: VPA_GROUP, version: 'v1', resource: 'verticalpodautoscalers' } as const;
export const VPA_CHECKPOINTS = {
  group: VPA_GROUP,
  version: 'v1',
  resource: 'verticalpodautoscalercheckpoints',
} as const;
/** As the cache names them. */
export const VPA_RESOURCE = `verticalpodautoscalers.${VPA_GROUP}`;
export const VPA_CHECKPOINT_RESOURCE = `verticalpodautoscalercheckpoints.${VPA_GROUP}`;

/** Auto is what Recreate was called. */
export const UPDATE_MODES = ['InPlace', 'InPlaceOrRecreate', 'Initial', 'Off', 'Recreate'] as const;
export type UpdateMode = (typeof UPDATE_MODES)[number] | 'Auto';

export type Amounts = Record<string, Json>;

export interface ContainerPolicy {
  containerName?: string;
  mode?: 'Auto' | 'Off';
  minAllowed?: Amounts;
  maxAllowed?: Amounts;
  controlledResources?: string[];
  controlledValues?: 'RequestsAndLimits' | 'RequestsOnly';
  oomBumpUpRatio?: Json;
  oomMinBumpUp?: Json;
  memoryAggregationIntervalSeconds?: number;
  memoryAggregationIntervalCount?: number;
}

export interface EvictionRequirement {
  resources: string[];
  changeRequirement: 'TargetHigherThanRequests' | 'TargetLowerThanRequests';
}

export interface ContainerRecommendation {
  containerName: string;
  target: Amounts;
  lowerBound?: Amounts;
  upperBound?: Amounts;
  uncappedTarget?: Amounts;
}

export interface Recommendation {
  containerRecommendations?: ContainerRecommendation[];
}

export interface VpaCondition {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface TargetRef {
  apiVersion?: string;
  kind: string;
  name: string;
}

export interface VerticalPodAutoscaler extends KubeObject {
  spec: {
    targetRef?: TargetRef;
    updatePolicy?: {
      updateMode?: UpdateMode;
      minReplicas?: number;
      evictionRequirements?: EvictionRequirement[];
      evictAfterOOMSeconds?: number;
    };
    resourcePolicy?: { containerPolicies?: ContainerPolicy[] };
    recommenders?: { name: string }[];
  };
  status?: { recommendation?: Recommendation; conditions?: VpaCondition[]; observedGeneration?: number };
}

/** GetUpdateMode */
export function updateModeOf({ spec }: VerticalPodAutoscaler): UpdateMode {
  return spec.updatePolicy?.updateMode || 'Recreate';
}

/** GetContainerResourcePolicy: its own, or the one that is named `*`. */
export function policyOf({ spec }: VerticalPodAutoscaler, container: string): ContainerPolicy | undefined {
  const policies = spec.resourcePolicy?.containerPolicies ?? [];
  return (
    policies.find(({ containerName }) => containerName === container) ??
    policies.findLast(({ containerName }) => containerName === '*')
  );
}

/** Stronger: of two that are for the same pod, the older one has it; then the first by name. */
export function isStronger(a: KubeObject, b: KubeObject | undefined): boolean {
  if (!b) return true;
  const [older, younger] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  return older === younger ? (a.metadata.name ?? '') < (b.metadata.name ?? '') : older < younger;
}

/** Which containers a pod had when the autoscaler first saw it; and what was changed in it. */
export const OBSERVED_CONTAINERS = 'vpaObservedContainers';
export const UPDATES = 'vpaUpdates';
export const IN_PLACE_UPDATED = 'vpaInPlaceUpdated';
