/**
 * What changed, in the terms in which plugins say what may help the pods that they rejected (kube-scheduler
 * `framework/events.go`, `framework/types.go`). Upstream calls what a plugin answers a queueing hint.
 */
import { deepEqual } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { PodInfo } from './pod-info';
import { isResized } from './resized-pod';

export type EventResource =
  | 'Node'
  | 'AssignedPod'
  | 'UnscheduledPod'
  | 'PersistentVolume'
  | 'PersistentVolumeClaim'
  | 'StorageClass'
  | 'CSINode'
  | 'CSIDriver'
  | 'CSIStorageCapacity'
  | 'VolumeAttachment'
  | 'ResourceClaim'
  | 'Namespace'
  | 'PodDisruptionBudget';

export type EventAction =
  | 'Add'
  | 'Delete'
  | 'Update'
  | 'UpdateNodeAllocatable'
  | 'UpdateNodeLabel'
  | 'UpdateNodeTaint'
  | 'UpdateNodeDeclaredFeature'
  | 'UpdatePodLabel'
  | 'UpdatePodScaleDown'
  | 'UpdatePodToleration'
  | 'UpdatePodSchedulingGatesEliminated';

/** `before` is absent for what was added, `after` for what was deleted. */
export interface ClusterEvent {
  resource: EventResource;
  action: EventAction;
  before?: KubeObject | undefined;
  after?: KubeObject | undefined;
}

export interface EventRegistration {
  resource: EventResource;
  actions: readonly EventAction[];
  /** May this event help this pod? Absent: any may. */
  helps?(pod: PodInfo, event: ClusterEvent): boolean;
}

/** The resources besides pods whose changes may help. */
export const WATCHED: Readonly<Record<string, EventResource>> = {
  persistentvolumes: 'PersistentVolume',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  'storageclasses.storage.k8s.io': 'StorageClass',
  'csinodes.storage.k8s.io': 'CSINode',
  'csidrivers.storage.k8s.io': 'CSIDriver',
  'csistoragecapacities.storage.k8s.io': 'CSIStorageCapacity',
  'volumeattachments.storage.k8s.io': 'VolumeAttachment',
  'resourceclaims.resource.k8s.io': 'ResourceClaim',
  namespaces: 'Namespace',
  'poddisruptionbudgets.policy': 'PodDisruptionBudget',
};

/** What a change of a node amounts to (NodeSchedulingPropertiesChange). */
export function nodeEvents(before: KubeObject | undefined, after: KubeObject | undefined): ClusterEvent[] {
  const event = (action: EventAction): ClusterEvent => ({ resource: 'Node', action, before, after });
  if (!before || !after) return [event(after ? 'Add' : 'Delete')];
  const events: ClusterEvent[] = [];
  const freed = before['spec']?.unschedulable === true && after['spec']?.unschedulable !== true;
  if (freed || !deepEqual(before['spec']?.taints, after['spec']?.taints)) events.push(event('UpdateNodeTaint'));
  if (!deepEqual(before['status']?.allocatable, after['status']?.allocatable))
    events.push(event('UpdateNodeAllocatable'));
  if (!deepEqual(before.metadata.labels, after.metadata.labels)) events.push(event('UpdateNodeLabel'));
  if (!deepEqual(before['status']?.declaredFeatures, after['status']?.declaredFeatures))
    events.push(event('UpdateNodeDeclaredFeature'));
  return events;
}

/** What a change of a pod amounts to, beyond its coming and going (PodSchedulingPropertiesChange). */
export function podUpdateEvents(before: KubeObject, after: KubeObject): ClusterEvent[] {
  const resource = after['spec'].nodeName ? 'AssignedPod' : 'UnscheduledPod';
  const event = (action: EventAction): ClusterEvent => ({ resource, action, before, after });
  const events: ClusterEvent[] = [];
  if (!deepEqual(before.metadata.labels, after.metadata.labels)) events.push(event('UpdatePodLabel'));
  if (before['spec'] !== after['spec'] || before['status'] !== after['status']) {
    if (scaledDown(before, after)) events.push(event('UpdatePodScaleDown'));
    const gates = (pod: KubeObject) => pod['spec'].schedulingGates?.length ?? 0;
    if (gates(before) > 0 && gates(after) === 0) events.push(event('UpdatePodSchedulingGatesEliminated'));
    const tolerations = (pod: KubeObject) => pod['spec'].tolerations?.length ?? 0;
    if (tolerations(before) !== tolerations(after)) events.push(event('UpdatePodToleration'));
  }
  return events;
}

function scaledDown(before: KubeObject, after: KubeObject): boolean {
  // Without a word of resources in the status it is the spec that counts.
  if (before['spec'] === after['spec'] && !isResized(before) && !isResized(after)) return false;
  const [was, is] = [new PodInfo(before).requests, new PodInfo(after).requests];
  if (was.milliCPU > is.milliCPU || was.memory > is.memory || was.ephemeralStorage > is.ephemeralStorage) return true;
  return Object.keys(was.scalar).some((name) => (was.scalar[name] as number) > (is.scalar[name] ?? 0));
}
