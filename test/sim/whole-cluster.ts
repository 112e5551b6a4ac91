/** A cluster in memory with everything that reacts: for tests that look at what all of it does together. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { Client, type ResourcePath } from '../../src/client/client';
import { type ClusterOptions, initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import type { TickReport, TickRequest } from '../../src/sim/controller';
import { MemoryStore } from '../../src/store/memory';

export const PODS: ResourcePath = { group: '', version: 'v1', resource: 'pods' };
export const NODES: ResourcePath = { group: '', version: 'v1', resource: 'nodes' };
export const EVENTS: ResourcePath = { group: '', version: 'v1', resource: 'events' };
export const DEPLOYMENTS: ResourcePath = { group: 'apps', version: 'v1', resource: 'deployments' };
export const REPLICA_SETS: ResourcePath = { group: 'apps', version: 'v1', resource: 'replicasets' };

export interface WholeCluster {
  client: Client;
  tick(request?: TickRequest): Promise<TickReport>;
  settle(): Promise<TickReport>;
  pod(name: string): Promise<KubeObject>;
  /** `Reason: message` of every event about an object of this name, in the order in which they were first seen. */
  eventsAbout(name: string): Promise<string[]>;
}

export async function wholeCluster(options: ClusterOptions = {}): Promise<WholeCluster> {
  const store = new MemoryStore();
  await initialiseCluster(store, options);
  const client = new Client(await createCluster(store), { userAgent: 'kubectl' });
  const tick = async (request: TickRequest = {}) =>
    client.request<TickReport>({ method: 'POST', path: '/kubetick/tick', body: { ...request } });
  return {
    client,
    tick,
    settle: () => tick({ settle: true }),
    pod: (name) => client.get(PODS, 'default', name),
    async eventsAbout(name) {
      const { items } = await client.list(EVENTS, 'default');
      return items
        .filter((event) => event['involvedObject'].name === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((event) => `${event['reason']}: ${event['message']}`);
    },
  };
}

/** A pod of one container unless told otherwise. */
export function pod(name: string, spec: object = {}, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ name: 'main', image: 'example/main:1' }], ...spec },
  };
}
