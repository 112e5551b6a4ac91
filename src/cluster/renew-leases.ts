/** Brings the leases of nodes up to date for somebody who reads them: their kubelets would have renewed them all along. */
import type { KubeObject } from '../apimachinery/meta';
import { isReason } from '../apimachinery/status';
import { Client } from '../client/client';
import type { Transport } from '../client/transport';
import type { Clock } from '../sim/clock';
import { LEASE_NAMESPACE, LEASES, lastRenewal, renewed } from '../sim/kubelet/node-agent/lease';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

/** All of them, or that of one node. */
export async function renewLeases(server: Transport, clock: Clock, name: string | undefined): Promise<void> {
  const kubelet = new Client(server, { user: 'system:node', userAgent: 'kubelet' });
  const nodes = new Map<string | undefined, KubeObject>();
  for (const node of (await kubelet.list(NODES)).items) nodes.set(node.metadata.name, node);
  for (const lease of (await kubelet.list(LEASES, LEASE_NAMESPACE)).items) {
    const node = nodes.get(lease.metadata.name);
    if (!node || (name !== undefined && lease.metadata.name !== name)) continue;
    const told = renewed(
      { ...lease, apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
      lastRenewal(node, lease, clock.now()),
    );
    if (told['spec'].renewTime === lease['spec']?.renewTime) continue;
    try {
      await kubelet.update(LEASES, told);
    } catch (error) {
      // Another process was faster.
      if (!isReason(error, 'Conflict')) throw error;
    }
  }
}
