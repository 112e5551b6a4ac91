/** A Deployment from create to deletion: what the controllers, the scheduler and the kubelets make of it together. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import type { TickReport } from '../../src/sim/controller';
import { MemoryStore } from '../../src/store/memory';

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };
const PODS = { group: '', version: 'v1', resource: 'pods' };

async function cluster(): Promise<{ client: Client; settle(): Promise<TickReport> }> {
  const store = new MemoryStore();
  await initialiseCluster(store, {});
  const client = new Client(await createCluster(store), { userAgent: 'kubectl-test' });
  const settle = async () =>
    (await client.request<unknown>({ method: 'POST', path: '/kubetick/tick', body: { settle: true } })) as TickReport;
  return { client, settle };
}

function deployment(replicas: number, image = 'nginx:1.25', strategy?: object): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      ...(strategy ? { strategy } : {}),
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'nginx', image }] } },
    },
  };
}

test('pods are made, placed, started and counted', async () => {
  const { client, settle } = await cluster();
  await client.create(DEPLOYMENTS, 'default', deployment(3));
  const report = await settle();
  expect(report.failures).toEqual([]);
  expect(report.reached).toBe(true);
  const web = await client.get(DEPLOYMENTS, 'default', 'web');
  expect(web['status']).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
  const pods = await client.list(PODS, 'default');
  expect(pods.items.map((pod) => pod['status'].phase)).toEqual(['Running', 'Running', 'Running']);
  expect(new Set(pods.items.map((pod) => pod['spec'].nodeName)).size).toBe(3);
});

test('a rolling update replaces every pod, and the old ReplicaSet stays empty', async () => {
  const { client, settle } = await cluster();
  await client.create(DEPLOYMENTS, 'default', deployment(4));
  await settle();
  const live = await client.get(DEPLOYMENTS, 'default', 'web');
  await client.update(DEPLOYMENTS, { ...live, spec: deployment(4, 'nginx:1.26')['spec'] });
  await settle();
  const sets = await client.list(REPLICA_SETS, 'default');
  expect(sets.items.map((set) => set['spec'].replicas).sort()).toEqual([0, 4]);
  const pods = await client.list(PODS, 'default');
  expect(pods.items.map((pod) => pod['spec'].containers[0].image)).toEqual(Array(4).fill('nginx:1.26'));
});
