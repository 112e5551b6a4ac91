/** What the timeline keeps of objects: a few numbers of each that scales, and how many nodes and pods there are. */

import type { KubeObject } from '../../apimachinery/meta';
import { controllerOf } from '../../apimachinery/meta';
import { groupOfNode, NODE_GROUP_RESOURCE } from '../../apimachinery/node-groups';
import { milliValue, wholeValue } from '../../apimachinery/quantity';
import { type Parts, PHASE, SPEC, STATUS } from '../changed-parts';
import { podCondition } from '../controllers/pod-state';
import type { Values } from './record-text';

export const AUTOSCALERS = 'horizontalpodautoscalers.autoscaling';
export const VERTICAL_AUTOSCALERS = 'verticalpodautoscalers.autoscaling.k8s.io';

/** The numbers of an object: one series, or one for each of its parts. */
type Reading = { part?: string; values: Values }[];

/** By resource; their lines are named in lines.ts. */
export const SUBJECTS: Readonly<Record<string, (object: KubeObject) => Reading>> = {
  'deployments.apps': replicas,
  'statefulsets.apps': replicas,
  replicationcontrollers: replicas,
  // Those of a Deployment come and go with its rollouts: it is told by the Deployment.
  'replicasets.apps': (set) => (controllerOf(set) ? [] : replicas(set)),
  'daemonsets.apps': ({ status }) => [{ values: [status?.desiredNumberScheduled ?? 0, status?.numberReady ?? 0] }],
  'cronjobs.batch': ({ status }) => [{ values: [status?.active?.length ?? 0] }],
  [AUTOSCALERS]: ({ status }) => [
    { values: [status?.currentReplicas ?? 0, status?.desiredReplicas ?? 0, ...metricsOf(status?.currentMetrics)] },
  ],
  [VERTICAL_AUTOSCALERS]: ({ status }) =>
    ((status?.recommendation?.containerRecommendations ?? []) as Recommendation[]).map(
      ({ containerName, target = {} }) => ({
        part: containerName,
        values: [amountOf(target['cpu'], milliValue), amountOf(target['memory'], wholeValue)],
      }),
    ),
};

interface Recommendation {
  containerName: string;
  target?: Record<string, string>;
}

function replicas({ spec, status }: KubeObject): Reading {
  return [{ values: [spec?.replicas ?? 1, status?.readyReplicas ?? 0] }];
}

function amountOf(text: string | undefined, read: (text: string) => number): number | undefined {
  return text === undefined ? undefined : read(text);
}

/** More of an autoscaler's metrics are not kept. */
const MOST_METRICS = 4;

interface MetricStatus {
  type: string;
  [source: string]: unknown;
}

/** Per cent where the metric is told in per cent, else thousandths. */
function metricsOf(metrics: readonly MetricStatus[] | undefined): Values {
  return (metrics ?? []).slice(0, MOST_METRICS).map((metric) => {
    const source = metric[metric.type.charAt(0).toLowerCase() + metric.type.slice(1)] as
      | { current?: { averageUtilization?: number; averageValue?: string; value?: string } }
      | undefined;
    const { averageUtilization, averageValue, value } = source?.current ?? {};
    return averageUtilization ?? amountOf(averageValue ?? value, milliValue);
  });
}

/** What is counted: in which series an object counts, and in which of its columns. */
export interface Count {
  series: string;
  columns: readonly number[];
}

/** Pods: not scheduled, pending, running. */
export const POD_SERIES = 'pods';
/** `nodes/GROUP`; nodes: how many there shall be, are, are ready. */
export const NODE_SERIES = 'nodes/';

const UNSCHEDULED: Count = { series: POD_SERIES, columns: [0, 1] };
const PENDING: Count = { series: POD_SERIES, columns: [1] };
const RUNNING: Count = { series: POD_SERIES, columns: [2] };

export function countOfPod({ spec, status }: KubeObject): Count | undefined {
  switch (status?.phase) {
    case 'Running':
      return RUNNING;
    case undefined:
    case 'Pending':
      return spec?.nodeName ? PENDING : UNSCHEDULED;
    default:
      return undefined;
  }
}

export function countOfNode(node: KubeObject): Count {
  const isReady = podCondition(node, 'Ready')?.status === 'True';
  return { series: NODE_SERIES + (groupOfNode(node) ?? ''), columns: isReady ? [1, 2] : [1] };
}

export interface Counted {
  /** The parts of an object that tell where it counts. */
  by: Parts;
  countOf(object: KubeObject): Count | undefined;
}

export const COUNTED: Readonly<Record<string, Counted>> = {
  pods: { by: SPEC | PHASE, countOf: countOfPod },
  nodes: { by: SPEC | STATUS, countOf: countOfNode },
};

/** How many nodes a group shall have. */
export function targetOfGroup({ spec, metadata }: KubeObject): { series: string; target: number } {
  return { series: NODE_SERIES + (metadata.name ?? ''), target: spec?.targetSize ?? 0 };
}

export const GROUPS = NODE_GROUP_RESOURCE;
