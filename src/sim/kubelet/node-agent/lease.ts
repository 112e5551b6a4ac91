/**
 * The heartbeats of kubelets (kubernetes `component-helpers/apimachinery/lease`). A kubelet renews its lease every ten seconds;
 * here nobody writes that down while nobody asks. A lease is brought up to date when somebody reads it, and when its kubelet
 * falls silent: then it says when it was last renewed.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { formatMicroTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { failedSince } from '../node-state';

export const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
export const LEASE_NAMESPACE = 'kube-node-lease';
/** nodeLeaseDurationSeconds, and a quarter of that between renewals. */
const LEASE_SECONDS = 40;
const RENEWAL = 10_000;

/** A new node's. */
export function newLease(node: KubeObject, now: Instant): KubeObject {
  const { name = '', uid = '' } = node.metadata;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: LEASE_NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(now) },
  };
}

/** When it was last renewed, as far as its node's kubelet could. */
export function lastRenewal(node: KubeObject, lease: KubeObject, now: Instant): Instant {
  const first = parseTime(lease.metadata.creationTimestamp ?? '') ?? now;
  const written = parseTime(lease['spec']?.renewTime ?? '') ?? first;
  const until = failedSince(node) ?? now;
  return Math.max(written, first + Math.floor(Math.max(0, until - first) / RENEWAL) * RENEWAL);
}

export function renewed(lease: KubeObject, at: Instant): KubeObject {
  return { ...lease, spec: { ...lease['spec'], renewTime: formatMicroTime(at) } };
}
