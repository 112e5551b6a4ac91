/** Gives each node a block of addresses for its pods (kubernetes `pkg/controller/nodeipam/ipam/range_allocator.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Context, Controller, IndexedCache } from '../../controller';
import { podCIDRs, podCIDRsCount } from '../../pod-cidr';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

const controller: Controller = {
  name: 'node-ipam-controller',
  user: 'system:serviceaccount:kube-system:node-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'cidrAllocator' },
  watches: [{ resource: 'nodes', keys: (node) => (node['spec']?.podCIDR ? [] : [node.metadata.name as string]) }],
  reconcile(key, context) {
    const node = context.cache.get('nodes', '', key);
    if (!node || node['spec']?.podCIDR || node.metadata.deletionTimestamp) return undefined;
    return allocate(node, context);
  },
};

/** The blocks in use, and those handed out in this step: the list of nodes is the same array as long as the step lasts. */
const used = new WeakMap<readonly KubeObject[], Set<string>>();

function blocksInUse(cache: IndexedCache): Set<string> {
  const nodes = cache.list('nodes');
  let blocks = used.get(nodes);
  if (!blocks) {
    blocks = new Set(nodes.flatMap(({ spec }) => spec?.podCIDRs ?? spec?.podCIDR ?? []) as string[]);
    used.set(nodes, blocks);
  }
  return blocks;
}

async function allocate(node: KubeObject, { cache, client, settings, events }: Context): Promise<undefined> {
  const blocks = blocksInUse(cache);
  const count = podCIDRsCount(settings);
  const { name = '' } = node.metadata;
  for (let index = 0; index < count; index++) {
    const own = podCIDRs(settings, index);
    const [block = ''] = own;
    if (own.some((one) => blocks.has(one))) continue;
    for (const one of own) blocks.add(one);
    await client.patch(NODES, '', name, 'strategic', { spec: { podCIDR: block, podCIDRs: own } });
    return;
  }
  events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
}

export default controller;
