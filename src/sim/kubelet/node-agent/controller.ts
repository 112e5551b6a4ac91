/**
 * What the kubelet of a node does for the node itself: it keeps a lease, says how the node is, and evicts pods when something
 * runs short (kubernetes `pkg/kubelet/kubelet_node_status.go`, `pkg/kubelet/eviction`). A kubelet that has failed does nothing.
 */

import { PRESSURE } from '../../../apimachinery/behaviour-annotations';
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { attachableVolumes, hasDisks, holdsVolumes } from '../../controllers/attachdetach/attachments';
import { isStaged } from '../../stages/known-stages';
import { Agenda } from '../agenda';
import { CSI_NODE_RESOURCE, CSI_NODES, driversOn, newCSINode } from '../csi-node';
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
    { resource: 'pods', keys: nodeWithDisks },
    { resource: 'pods', when: (cache) => cache.any('nodes', 'pressed'), keys: pressedNode },
    {
      resource: 'csidrivers.storage.k8s.io',
      keys: (_, cache) => cache.list('nodes').map(({ metadata }) => metadata.name as string),
    },
    {
      // One that is deleted is made again.
      resource: CSI_NODE_RESOURCE,
      keys: ({ metadata }, cache) =>
        cache.get(CSI_NODE_RESOURCE, '', metadata.name as string) ? [] : [metadata.name as string],
    },
  ],
  reconcile(key, context) {
    const node = context.cache.get('nodes', '', key);
    if (!node || node.metadata.deletionTimestamp !== undefined || isStaged(node, 'Node', context.cache))
      return undefined;
    return look(node, context);
  },
};
export default controller;

/** A pod with disks that comes or goes has its volumes in use there, or no longer. */
function nodeWithDisks(pod: KubeObject, _cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const name: string | undefined = pod['spec'].nodeName;
  if (!name || !hasDisks(pod)) return NONE;
  return !previous || previous === pod || holdsVolumes(previous) !== holdsVolumes(pod) ? [name] : NONE;
}

/** A pod that comes to a node under pressure may have to go. */
function pressedNode(pod: KubeObject, cache: IndexedCache): readonly string[] {
  const name: string | undefined = pod['spec'].nodeName;
  return name && cache.get('nodes', '', name)?.metadata.annotations?.[PRESSURE] ? [name] : NONE;
}

const NONE: readonly string[] = [];

async function look(node: KubeObject, context: Context): Promise<Result | undefined> {
  await keepLease(node, context);
  if (failedSince(node) !== undefined) return undefined;
  const now = context.clock.now();
  const agenda = new Agenda(now);
  const { conditions, events, next } = conditionsNow(node, now);
  agenda.wakeAt(next);
  await tellDrivers(node, context);
  await write(node, conditions, context);
  await tellVolumes(node, context);
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

/** Where there are drivers (nodeinfomanager.go InstallCSIDriver). */
async function tellDrivers(node: KubeObject, { cache, client: kubelets }: Context): Promise<void> {
  const { name = '' } = node.metadata;
  const csiNode = cache.get(CSI_NODE_RESOURCE, '', name);
  const drivers = cache.list('csidrivers.storage.k8s.io');
  if (!csiNode && drivers.length === 0) return;
  const client = kubelets.as(`system:node:${name}`);
  try {
    if (!csiNode) await client.create(CSI_NODES, '', newCSINode(node, drivers));
    else {
      const told = driversOn(node, csiNode, cache);
      if (!deepEqual(told, csiNode['spec'].drivers ?? []))
        await client.update(CSI_NODES, { ...csiNode, spec: { ...csiNode['spec'], drivers: told } });
    }
  } catch (error) {
    if (!isReason(error, 'Conflict') && !isReason(error, 'AlreadyExists')) throw error;
  }
}

/** A node that somebody made by hand gets what its kubelet would register. */
async function write(node: KubeObject, conditions: readonly object[], { client }: Context): Promise<void> {
  const status = node['status'] ?? {};
  const resources = status.capacity || status.allocatable ? { allocatable: allocatable(status) } : sized();
  const wanted = { ...status, ...resources, conditions };
  if (deepEqual(jsonOf(wanted), jsonOf(status))) return;
  await client.as(`system:node:${node.metadata.name}`).updateStatus(NODES, { ...node, status: jsonOf(wanted) });
}

/** What of that which is attached the pods hold here (volume_manager.go GetVolumesInUse). Others write statuses of nodes too. */
async function tellVolumes(node: KubeObject, { cache, client }: Context): Promise<void> {
  const { name = '' } = node.metadata;
  const before: string[] = node['status']?.volumesInUse ?? [];
  const pods = cache.index('pods', 'node', name).filter((pod) => hasDisks(pod) && holdsVolumes(pod));
  if (pods.length === 0 && before.length === 0) return;
  const inUse = [...new Set(pods.flatMap((pod) => [...attachableVolumes(pod, cache).keys()]))].sort();
  if (deepEqual(inUse, before)) return;
  const status = { volumesInUse: inUse.length > 0 ? inUse : null };
  await client.as(`system:node:${name}`).patch(NODES, '', name, 'merge', { status }, undefined, 'status');
}

/** Extended resources that somebody advertises are there for pods as far as they are there at all (`pkg/kubelet/nodestatus/setters.go` MachineInfo). */
function allocatable(status: NodeResources): Record<string, string> | undefined {
  const { capacity } = status;
  if (!capacity || !status.allocatable) return status.allocatable;
  const told = Object.entries(status.allocatable).filter(([name]) => !isExtended(name));
  return Object.fromEntries([...told, ...Object.entries(capacity).filter(([name]) => isExtended(name))]);
}

interface NodeResources {
  capacity?: Record<string, string>;
  allocatable?: Record<string, string>;
}

/** `example.com/dongle` */
function isExtended(name: string): boolean {
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);
}

function sized(): object {
  return { capacity: nodeResources(DEFAULT_SIZE), allocatable: nodeResources(DEFAULT_SIZE) };
}
