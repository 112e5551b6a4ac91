/** Who a pod of a StatefulSet is: its name, ordinal and labels (kubernetes `pkg/controller/statefulset/stateful_set_utils.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Instant } from '../../clock';
import { isPodAvailable, isPodReady } from '../pod-state';

export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';
/** Here the whole name of a ControllerRevision. */
export const REVISION_LABEL = 'controller-revision-hash';

/** Takes `db-3` apart; the ordinal of a pod that no StatefulSet named is -1 (getParentNameAndOrdinal). */
export function parentAndOrdinal(pod: KubeObject): { parent: string; ordinal: number } {
  const match = /^(.*)-([0-9]+)$/s.exec(pod.metadata.name ?? '');
  if (!match) return { parent: '', ordinal: -1 };
  const ordinal = Number(match[2]);
  return { parent: match[1] as string, ordinal: ordinal > 0x7fff_ffff ? -1 : ordinal };
}

export function ordinalOf(pod: KubeObject): number {
  return parentAndOrdinal(pod).ordinal;
}

/** Was it named for this set? */
export function isMemberOf(set: KubeObject, pod: KubeObject): boolean {
  return parentAndOrdinal(pod).parent === set.metadata.name;
}

export function replicasOf(set: KubeObject): number {
  return set['spec'].replicas ?? 1;
}

export function startOrdinal(set: KubeObject): number {
  return set['spec'].ordinals?.start ?? 0;
}

export function inOrdinalRange(pod: KubeObject, set: KubeObject): boolean {
  const index = ordinalOf(pod) - startOrdinal(set);
  return index >= 0 && index < replicasOf(set);
}

export function isParallel(set: KubeObject): boolean {
  return set['spec'].podManagementPolicy === 'Parallel';
}

/** The name of the revision that a pod was made from. */
export function revisionOfPod(pod: KubeObject): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? '';
}

/** Is it in the cluster already, or only meant to be? */
export function isCreated(pod: KubeObject): boolean {
  return Boolean(pod['status']?.phase);
}

export function isTerminating(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isRunningAndReady(pod: KubeObject): boolean {
  return pod['status']?.phase === 'Running' && isPodReady(pod);
}

export function isAvailable(pod: KubeObject, set: KubeObject, now: Instant): boolean {
  return isPodAvailable(pod, set['spec'].minReadySeconds ?? 0, now);
}

export function isUnavailable(pod: KubeObject, set: KubeObject, now: Instant): boolean {
  return !isAvailable(pod, set, now) || isTerminating(pod);
}

/** The labels that tell a pod by its place. */
export function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal) };
}

/** Does the pod bear the name and the label of its ordinal? */
export function identityMatches(set: KubeObject, pod: KubeObject): boolean {
  const { parent, ordinal } = parentAndOrdinal(pod);
  const { name, namespace, labels } = pod.metadata;
  return (
    ordinal >= 0 &&
    parent === set.metadata.name &&
    name === `${parent}-${ordinal}` &&
    namespace === set.metadata.namespace &&
    labels?.[POD_NAME_LABEL] === name
  );
}

/** The pod with the labels of its ordinal (updateIdentity). */
export function withIdentity(pod: KubeObject): KubeObject {
  const { name = '', labels } = pod.metadata;
  return { ...pod, metadata: { ...pod.metadata, labels: { ...labels, ...identityLabels(name, ordinalOf(pod)) } } };
}
