/** Whether nodes are ready, and which taints say what (autoscaler `utils/kubernetes/ready.go`, `utils/taints/taints.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { NodeCondition } from '../kubelet/node-state';
import type { Taint } from '../scheduler/node-info';
import { gpuOf } from './gpu';
import type { Options } from './options';

export const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
export const DELETION_CANDIDATE = 'DeletionCandidateOfClusterAutoscaler';

const NOT_READY_TAINTS = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/network-unavailable',
];

/** NodeConditionTaints: a state that passes, which new nodes don't have. */
const CONDITION_TAINTS = [
  ...NOT_READY_TAINTS,
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/unschedulable',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/pid-pressure',
  'node.cloudprovider.kubernetes.io/uninitialized',
  'node.cloudprovider.kubernetes.io/shutdown',
  'cloud.google.com/impending-node-termination',
  'NodeWithImpairedVolumes',
];
const STARTUP_PREFIXES = [
  'ignore-taint.cluster-autoscaler.kubernetes.io/',
  'startup-taint.cluster-autoscaler.kubernetes.io/',
];
const STATUS_PREFIX = 'status-taint.cluster-autoscaler.kubernetes.io/';

export interface Readiness {
  ready: boolean;
  lastTransition: Instant;
}

export function taintsOf(node: KubeObject): readonly Taint[] {
  return node['spec']?.taints ?? [];
}

export function hasTaint(node: KubeObject, key: string): boolean {
  return taintsOf(node).some((taint) => taint.key === key);
}

/** GetNodeReadiness; a node with a startup taint is not ready (FilterOutNodesWithStartupTaints). */
export function readinessOf(node: KubeObject, options: Options): Readiness {
  let canBeReady = true;
  let found = false;
  let lastTransition = 0;
  for (const { type, status, lastTransitionTime } of (node['status']?.conditions ?? []) as NodeCondition[]) {
    if (type === 'Ready') {
      found = true;
      if (status !== 'True') canBeReady = false;
    } else if (type === 'DiskPressure' || type === 'NetworkUnavailable') {
      if (status === 'True') canBeReady = false;
    } else continue;
    lastTransition = Math.max(lastTransition, parseTime(lastTransitionTime ?? '') ?? 0);
  }
  for (const { key } of taintsOf(node)) {
    if (NOT_READY_TAINTS.includes(key)) canBeReady = false;
    else if (isStartupTaint(key, options) && node['spec']?.unschedulable !== true) canBeReady = false;
  }
  return { ready: found && canBeReady && !lacksGpu(node), lastTransition };
}

/** Its label says that there are GPUs, and there are none yet (GpuCustomResourcesProcessor FilterOutNodesWithUnreadyResources). */
export function lacksGpu(node: KubeObject): boolean {
  return gpuOf(node)?.count === 0;
}

export function isSuspended(node: KubeObject): boolean {
  return ((node['status']?.conditions ?? []) as NodeCondition[]).some(
    ({ type, status }) => type === 'Suspended' && status === 'True',
  );
}

function isStartupTaint(key: string, options: Options): boolean {
  if (options.list('startup-taint').includes(key) || options.list('ignore-taint').includes(key)) return true;
  return [...STARTUP_PREFIXES, ...options.list('startup-taint-prefix')].some((prefix) => key.startsWith(prefix));
}

/** SanitizeTaints: what a new node like this one would bear. */
export function lastingTaints(taints: readonly Taint[], options: Options): Taint[] {
  const status = options.list('status-taint');
  return taints.filter(
    ({ key }) =>
      key !== TO_BE_DELETED &&
      key !== DELETION_CANDIDATE &&
      !CONDITION_TAINTS.includes(key) &&
      !isStartupTaint(key, options) &&
      !status.includes(key) &&
      !key.startsWith(STATUS_PREFIX),
  );
}
