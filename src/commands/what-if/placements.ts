/** Where the pods of a cluster are, and how full that makes its nodes. */
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import { amountsOf, podRequests } from '../../apimachinery/pod-requests';
import type { Client } from '../../client/client';

export interface PlacedPod {
  /** `default/web-5d4f` */
  name: string;
  uid: string;
  /** '' for none. */
  node: string;
  /** `ReplicaSet/web-5d4f` */
  owner?: string;
  /** Why it has no node. */
  message?: string;
}

export interface NodeUse {
  milliCPU: number;
  memory: number;
  pods: number;
  of: { milliCPU: number; memory: number; pods: number };
}

export interface Placements {
  pods: Map<string, PlacedPod>;
  nodes: Map<string, NodeUse>;
}

export async function placementsOf(client: Client): Promise<Placements> {
  const [pods, nodes] = await Promise.all([
    client.list({ group: '', version: 'v1', resource: 'pods' }),
    client.list({ group: '', version: 'v1', resource: 'nodes' }),
  ]);
  const use = new Map<string, NodeUse>();
  for (const node of nodes.items) {
    const { pods: most, ...rest } = node['status']?.allocatable ?? {};
    const { milliCPU, memory } = amountsOf(rest);
    const of = { milliCPU, memory, pods: Number(most ?? 0) };
    use.set(node.metadata.name ?? '', { milliCPU: 0, memory: 0, pods: 0, of });
  }
  const placed = new Map<string, PlacedPod>();
  for (const pod of pods.items) {
    const { phase } = pod['status'] ?? {};
    if (phase === 'Succeeded' || phase === 'Failed') continue;
    const one = placedPod(pod);
    placed.set(one.name, one);
    const node = use.get(one.node);
    if (!node) continue;
    const { milliCPU, memory } = podRequests(pod['spec']);
    node.milliCPU += milliCPU;
    node.memory += memory;
    node.pods++;
  }
  return { pods: placed, nodes: use };
}

function placedPod(pod: KubeObject): PlacedPod {
  const { namespace, name, uid = '' } = pod.metadata;
  const owner = controllerOf(pod);
  const conditions: { type: string; status: string; message?: string }[] = pod['status']?.conditions ?? [];
  const refused = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return {
    name: `${namespace}/${name}`,
    uid,
    node: pod['spec'].nodeName ?? '',
    ...(owner ? { owner: `${owner.kind}/${owner.name}` } : {}),
    ...(refused?.message ? { message: refused.message } : {}),
  };
}
