/** More nodes: their kubelets register them, as those of the first ones did. */
import { isObject, type Json } from '../apimachinery/json';
import type { KubeList, KubeObject } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { Client } from '../client/client';
import { hostIPs } from '../sim/kubelet/node-state';
import { DEFAULT_SIZE, nodeAddresses, nodeName, registeredNode } from '../sim/kubelet/registration';
import type { ClusterParts } from './paths';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const MOST = 100_000;

/** What is asked for. Quantities are texts. */
export interface NodeRequest {
  /** Without one, the next of node-1, node-2 …; with a count above 1 it is what their names begin with. */
  name?: string;
  count?: number;
  cpu?: string;
  memory?: string;
  pods?: number;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
}

/** @throws ApiError */
export async function addNodes({ server, clock, record }: ClusterParts, body: Json): Promise<KubeList> {
  const { name, count = 1, cpu, memory, pods, labels = {}, taints = [] } = parseNodeRequest(body);
  const reader = new Client(server, { user: 'system:node', userAgent: 'kubelet' });
  const { items: present } = await reader.list(NODES);
  const names = new Set(present.map(({ metadata }) => metadata.name));
  const addresses = new Set(present.flatMap(hostIPs));
  const size = {
    cpu: cpu ?? DEFAULT_SIZE.cpu,
    memory: memory ?? DEFAULT_SIZE.memory,
    pods: pods ?? DEFAULT_SIZE.pods,
  };
  const items: KubeObject[] = [];
  let number = 1;
  for (let made = 0; made < count; made++) {
    const own = name !== undefined && count === 1 ? name : freeName(name, names);
    const ofNode = (index: number) => nodeAddresses(index, record.settings.clusterCIDR);
    while (ofNode(number).some((address) => addresses.has(address))) number++;
    const node = registeredNode(own, ofNode(number++), [], size, clock.now());
    Object.assign(node.metadata, { labels: { ...node.metadata.labels, ...labels } });
    if (taints.length > 0) node['spec'].taints = taints;
    const kubelet = new Client(server, { user: `system:node:${own}`, userAgent: 'kubelet' });
    items.push(await kubelet.create(NODES, '', node));
    names.add(own);
  }
  return { kind: 'NodeList', apiVersion: 'v1', metadata: {}, items };
}

function freeName(prefix: string | undefined, names: ReadonlySet<string | undefined>): string {
  for (let number = 1; ; number++) {
    const name = prefix === undefined ? nodeName(number) : `${prefix}-${number}`;
    if (!names.has(name)) return name;
  }
}

function parseNodeRequest(body: Json): NodeRequest {
  if (!isObject(body)) throw badRequest('the body of a request for nodes must be an object');
  const { name, count, cpu, memory, pods, labels, taints, ...unknown } = body;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw badRequest(`unknown field "${extra}" of a request for nodes`);
  for (const [field, value] of Object.entries({ name, cpu, memory }))
    if (value !== undefined && typeof value !== 'string') throw badRequest(`${field} must be a string`);
  for (const [field, value] of Object.entries({ count, pods }))
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST))
      throw badRequest(`${field} must be a whole number from 1 to ${MOST}`);
  if (labels !== undefined && !isObject(labels)) throw badRequest('labels must be an object');
  if (taints !== undefined && !Array.isArray(taints)) throw badRequest('taints must be a list');
  return body as NodeRequest;
}
