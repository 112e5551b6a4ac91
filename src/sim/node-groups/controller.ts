/**
 * The cloud of a simulated cluster: it orders machines until each node group has as many as it shall have, lets their kubelets
 * register them when they are up, and takes away those that shall go, with their nodes. Who decides how many there shall be is
 * somebody else: the Cluster Autoscaler, or a person.
 */
import { parseDuration } from '../../apimachinery/duration';
import { deepEqual, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import {
  groupOfNode,
  type Machine,
  NODE_GROUP_LABEL,
  NODE_GROUP_RESOURCE,
  NODE_GROUPS,
  type NodeGroupSpec,
  type NodeGroupStatus,
} from '../../apimachinery/node-groups';
import { isReason } from '../../apimachinery/status';
import { formatTime, parseTime } from '../../apimachinery/time';
import { Client } from '../../client/client';
import type { Context, Controller, Result } from '../controller';
import { hostIPs } from '../kubelet/node-state';
import { nodeAddress } from '../kubelet/registration';
import { machineNode, unreadyNode } from './machine';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const NONE: readonly string[] = [];

const controller: Controller = {
  name: 'node-group-controller',
  user: 'system:serviceaccount:kube-system:node-group-controller',
  fieldManager: 'cloud-controller-manager',
  eventSource: { component: 'cloud-node-lifecycle-controller' },
  watches: [
    { resource: NODE_GROUP_RESOURCE, keys: (group) => [group.metadata.name as string] },
    { resource: 'nodes', keys: groupWhereGone },
  ],
  reconcile(key, context) {
    const group = context.cache.get(NODE_GROUP_RESOURCE, '', key);
    return group && group.metadata.deletionTimestamp === undefined ? keepSize(group, context) : removeAll(key, context);
  },
};
export default controller;

/** Only that a node is gone concerns its group. */
function groupWhereGone(node: KubeObject, cache: Context['cache']): readonly string[] {
  const group = groupOfNode(node);
  if (group === undefined) return NONE;
  const there = cache.get('nodes', '', node.metadata.name ?? '');
  return there && cache.get(NODE_GROUP_RESOURCE, '', group) ? NONE : [group];
}

/** The group is gone, and its machines with it. */
async function removeAll(group: string, context: Context): Promise<undefined> {
  for (const node of context.cache.list('nodes'))
    if (groupOfNode(node) === group && node.metadata.labels?.[NODE_GROUP_LABEL] === group)
      await deleteNode(node.metadata.name as string, context);
}

async function keepSize(group: KubeObject, context: Context): Promise<Result | undefined> {
  const spec: NodeGroupSpec = group['spec'];
  const status: NodeGroupStatus = group['status'] ?? {};
  const { cache, clock } = context;
  const now = clock.now();
  const going = new Set(spec.delete ?? []);
  let machines = (status.machines ?? []).filter(
    ({ name, registered }) => !going.has(name) && (!registered || cache.get('nodes', '', name)),
  );
  for (const name of going) if (cache.get('nodes', '', name)) await deleteNode(name, context);
  while (machines.length > spec.targetSize) {
    const last = leastMissed(machines);
    machines = machines.filter((machine) => machine !== last);
    if (last.registered) await deleteNode(last.name, context);
  }
  let { ordered = 0 } = status;
  while (machines.length < spec.targetSize) {
    const name = `${group.metadata.name}-${++ordered}`;
    // Somebody may have called a node of his own so.
    if (!cache.get('nodes', '', name)) machines.push(order(name, ordered, spec, formatTime(now)));
  }
  const { registered, next } = await registerDue(group, machines, context);
  const nodes = registered.filter((machine) => machine.registered).length;
  const after: NodeGroupStatus = { ...status, ordered, machines: registered, nodes };
  if (!deepEqual(jsonOf(after), jsonOf(status)))
    await context.client.updateStatus(NODE_GROUPS, { ...group, status: jsonOf(after) });
  if (going.size > 0)
    await context.client.patch(NODE_GROUPS, '', group.metadata.name as string, 'merge', { spec: { delete: null } });
  return next === undefined ? undefined : { requeueAfter: next - now };
}

function order(name: string, number: number, { fail }: NodeGroupSpec, created: string): Machine {
  const fails = fail && fail.mode !== 'refuse' && (fail.until === undefined || number <= fail.until);
  return { name, created, ...(fails ? { fail: fail.mode as Exclude<typeof fail.mode, 'refuse'> } : {}) };
}

/** Of those that must go since there are too many: one that is not up yet, else the youngest. */
function leastMissed(machines: readonly Machine[]): Machine {
  return machines.findLast(({ registered }) => !registered) ?? (machines[machines.length - 1] as Machine);
}

async function registerDue(
  group: KubeObject,
  machines: readonly Machine[],
  context: Context,
): Promise<{ registered: Machine[]; next?: number }> {
  const spec: NodeGroupSpec = group['spec'];
  const now = context.clock.now();
  const takes = parseDuration(spec.provisionTime ?? '1m0s');
  const addresses = new Addresses(context);
  let next: number | undefined;
  const registered: Machine[] = [];
  for (const machine of machines) {
    const due = (parseTime(machine.created) ?? now) + takes;
    const waits = !machine.registered && machine.fail !== 'quota' && machine.fail !== 'silent';
    if (waits && due <= now) {
      await register(group, machine, addresses.take(), context);
      registered.push({ ...machine, registered: true });
      continue;
    }
    if (waits) next = Math.min(next ?? due, due);
    registered.push(machine);
  }
  return { registered, ...(next === undefined ? {} : { next }) };
}

/** What the machine's kubelet does when it starts. */
async function register(group: KubeObject, machine: Machine, address: string, context: Context): Promise<void> {
  const { name } = machine;
  const now = context.clock.now();
  const node = machineNode({ group: group.metadata.name as string, spec: group['spec'], name, address, now });
  const kubelet = new Client(context.client.transport, { user: `system:node:${name}`, userAgent: 'kubelet' });
  try {
    await kubelet.create(NODES, '', machine.fail === 'unready' ? unreadyNode(node, now) : node);
  } catch (error) {
    // The machine was registered before, and that was not written down.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}

async function deleteNode(name: string, { client }: Context): Promise<void> {
  try {
    await client.delete(NODES, '', name);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

/** Addresses that no node has; looked for only when one is needed. */
class Addresses {
  private taken: Set<string> | undefined;
  private number = 1;
  constructor(private readonly context: Context) {}

  take(): string {
    this.taken ??= new Set(this.context.cache.list('nodes').flatMap(hostIPs));
    while (this.taken.has(nodeAddress(this.number))) this.number++;
    return nodeAddress(this.number++);
  }
}
