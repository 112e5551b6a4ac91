/** A HorizontalPodAutoscaler as its controller works with it (api autoscaling/v2), and its fixed numbers. */
import type { LabelSelectorObject } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { toQuantity } from '../../../apimachinery/quantity';

export const AUTOSCALERS = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' } as const;
export const AUTOSCALER_RESOURCE = 'horizontalpodautoscalers.autoscaling';

/** kube-controller-manager --horizontal-pod-autoscaler-sync-period and its kin. */
export const SYNC_PERIOD = 15_000;
export const DOWNSCALE_STABILIZATION = 300_000;
export const TOLERANCE = 0.1;
export const CPU_INITIALIZATION_PERIOD = 300_000;
export const INITIAL_READINESS_DELAY = 30_000;

export interface MetricTarget {
  type: 'Utilization' | 'Value' | 'AverageValue';
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}
export interface MetricIdentifier {
  name: string;
  selector?: LabelSelectorObject;
}
export interface DescribedObject {
  apiVersion?: string;
  kind: string;
  name: string;
}

export type MetricSpec =
  | { type: 'Resource'; resource: { name: string; target: MetricTarget } }
  | { type: 'ContainerResource'; containerResource: { name: string; container: string; target: MetricTarget } }
  | { type: 'Pods'; pods: { metric: MetricIdentifier; target: MetricTarget } }
  | { type: 'Object'; object: { metric: MetricIdentifier; target: MetricTarget; describedObject: DescribedObject } }
  | { type: 'External'; external: { metric: MetricIdentifier; target: MetricTarget } };

export interface ScalingPolicy {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}
export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: 'Max' | 'Min' | 'Disabled';
  policies?: ScalingPolicy[];
  tolerance?: string | number;
}
export interface Behavior {
  scaleUp?: ScalingRules;
  scaleDown?: ScalingRules;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}
export interface AutoscalerStatus {
  currentReplicas?: number;
  desiredReplicas: number;
  lastScaleTime?: string;
  currentMetrics: object[] | null;
  conditions?: Condition[];
}

export interface Autoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
    metrics?: MetricSpec[];
    behavior?: Behavior;
  };
  status?: AutoscalerStatus;
}

/** How far a ratio may be from 1 before anything is done: downwards and upwards. */
export interface Tolerances {
  scaleDown: number;
  scaleUp: number;
}

/** tolerancesForHpa */
export function tolerancesOf({ spec }: Autoscaler): Tolerances {
  const own = (rules: ScalingRules | undefined) =>
    rules?.tolerance === undefined ? TOLERANCE : toQuantity(rules.tolerance).toNumber();
  return { scaleDown: own(spec.behavior?.scaleDown), scaleUp: own(spec.behavior?.scaleUp) };
}

export function isWithin({ scaleDown, scaleUp }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}
