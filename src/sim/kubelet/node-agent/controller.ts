/**
 * What the kubelet of a node does for the node itself: it keeps a lease, says how the node is, and evicts pods when something
 * runs short (kubernetes `pkg/kubelet/kubelet_node_status.go`, `pkg/kubelet/eviction`). A kubelet that has failed does nothing.
 */

import { PRESSURE } from '../../../apimachinery/behaviour-annotations';
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { isStaged } from '../../stages/known-stages';
import { Agenda } from '../agenda';
import { evictNext } from '../eviction/evict';
import { failedSince } from '../node-state';
import { DEFAULT_SIZE, nodeResources } from '../registration';
import { conditionsNow, pressingNow } from './conditions';
import { LEASE_NAMESPACE, LEASES, lastRenewal, newLease, renewed } from './lease';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

const controller: Controller = {
  name: 'kubelet-node',
  user: 'system:node',
  fieldManager: 'kubelet',
  eventSource: { component: 'kubelet' },
  watches: [
    { resource: 'nodes', keys: (node) => [node.metadata.name as string] },
    { resource: 'pods', keys: pressedNode },
  ],
  reconcile(key, context) {
    const node = context.cache.get('nodes', '', key);
    if (!node || node.metadata.deletionTimestamp !== undefined || isStaged(node, 'Node', context.cache))
      return undefined;
    return look(node, context);
  },
};
export default controller;

/** A pod that comes to a node under pressure may have to go. */
function pressedNode(pod: KubeObject, cache: IndexedCache): readonly string[] {
  const name: string | undefined = pod['spec'].nodeName;
  if (!name) return [];
  return cache.get('nodes', '', name)?.metadata.annotations?.[PRESSURE] ? [name] : [];
}

async function look(node: KubeObject, context: Context): Promise<Result | undefined> {
  await keepLease(node, context);
  if (failedSince(node) !== undefined) return undefined;
  const now = context.clock.now();
  const agenda = new Agenda(now);
  const { conditions, events, next } = conditionsNow(node, now);
  agenda.wakeAt(next);
  await write(node, conditions, context);
  const { name = '' } = node.metadata;
  for (const event of events)
    context.events.event(node, 'Normal', event, `Node ${name} status is now: ${event}`, { host: name });
  const signal = pressingNow(node, now);
  if (signal) agenda.wakeAt(await evictNext(node, signal, context));
  return agenda.result();
}

/** There is one, and while the kubelet is silent it tells since when. */
async function keepLease(node: KubeObject, { cache, client: kubelets, clock }: Context): Promise<void> {
  const { name = '' } = node.metadata;
  const client = kubelets.as(`system:node:${name}`);
  const lease = cache.get('leases.coordination.k8s.io', LEASE_NAMESPACE, name);
  const now = clock.now();
  try {
    if (!lease) {
      if (cache.get('namespaces', '', LEASE_NAMESPACE))
        await client.create(LEASES, LEASE_NAMESPACE, newLease(node, now));
    } else if (failedSince(node) !== undefined) {
      const told = renewed(lease, lastRenewal(node, lease, now));
      if (told['spec'].renewTime !== lease['spec']?.renewTime) await client.update(LEASES, told);
    }
  } catch (error) {
    // Somebody was faster, or the namespace goes.
    if (!isReason(error, 'Conflict') && !isReason(error, 'AlreadyExists') && !isReason(error, 'Forbidden')) throw error;
  }
}

/** A node that somebody made by hand gets what its kubelet would register. */
async function write(node: KubeObject, conditions: readonly object[], { client }: Context): Promise<void> {
  const status = node['status'] ?? {};
  const resources = status.capacity || status.allocatable ? {} : sized();
  const wanted = { ...status, ...resources, conditions };
  if (deepEqual(jsonOf(wanted), jsonOf(status))) return;
  await client.as(`system:node:${node.metadata.name}`).updateStatus(NODES, { ...node, status: jsonOf(wanted) });
}

function sized(): object {
  return { capacity: nodeResources(DEFAULT_SIZE), allocatable: nodeResources(DEFAULT_SIZE) };
}
