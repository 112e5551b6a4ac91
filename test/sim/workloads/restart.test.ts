/** Workload controllers remember nothing: a new process at each step brings them to the same end. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import daemonSets from '../../../src/sim/controllers/daemonset/controller';
import deployments from '../../../src/sim/controllers/deployment/controller';
import disruption from '../../../src/sim/controllers/disruption/controller';
import replicaSets from '../../../src/sim/controllers/replicaset/controller';
import statefulSets from '../../../src/sim/controllers/statefulset/controller';
import { apps, type ClusterUnderTest, clusterWith, core, make, makeNode } from '../cluster-under-test';
import { chanceOf, podRunner } from './pod-runner';

const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };
const KINDS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

const workload = (kind: string, image: string, spec: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'app', namespace: 'default' },
  spec: {
    ...spec,
    minReadySeconds: 3,
    selector: { matchLabels: { kind } },
    template: { metadata: { labels: { kind, app: 'app' } }, spec: { containers: [{ name: 'a', image }] } },
  },
});

async function played(restart: boolean): Promise<{ statuses: unknown[]; pods: string[]; actions: number }> {
  const runner = podRunner({
    readyAfter: (pod) => chanceOf(pod['spec'].containers[0].image, 5) * 1000 + 1000,
    goneAfter: () => 2000,
  });
  let cluster: ClusterUnderTest = await clusterWith([
    deployments,
    replicaSets,
    statefulSets,
    daemonSets,
    disruption,
    runner,
  ]);
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      if (restart) cluster = await cluster.restart();
      await cluster.tick({ advance: 1000 });
    }
  };
  for (let i = 0; i < 3; i++) await makeNode(cluster.client, `node-${i}`);
  await make(cluster.client, apps('deployments'), workload('Deployment', 'a:1', { replicas: 5 }));
  await make(cluster.client, apps('statefulsets'), workload('StatefulSet', 'a:1', { replicas: 3 }));
  await make(cluster.client, apps('daemonsets'), workload('DaemonSet', 'a:1'));
  await make(cluster.client, BUDGETS, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'app', namespace: 'default' },
    spec: { minAvailable: 9, selector: { matchLabels: { app: 'app' } } },
  });
  await pass(40);
  for (const resource of Object.values(KINDS)) {
    const patch = { spec: { template: { spec: { containers: [{ name: 'a', image: 'a:2' }] } } } };
    await cluster.client.patch(apps(resource), 'default', 'app', 'strategic', patch);
  }
  await pass(80);
  const statuses = [];
  for (const resource of [...Object.values(KINDS).map(apps), BUDGETS]) {
    const { status } = await cluster.client.get(resource, 'default', 'app');
    statuses.push({ ...status, conditions: status.conditions?.map(({ type, status }: KubeObject) => [type, status]) });
  }
  const { items } = await cluster.client.list(core('pods'), 'default');
  const pods = items.map((pod) => `${pod.metadata.labels?.['kind']} ${pod['spec'].containers[0].image}`).sort();
  return { statuses, pods, actions: (await cluster.tick({ settle: true })).actions.length };
}

test('with and without a new process at each second', async () => {
  const without = await played(false);
  expect(without.pods).toHaveLength(11);
  expect(without.pods.every((pod) => pod.endsWith('a:2'))).toBe(true);
  expect(without.actions).toBe(0);
  const withRestarts = await played(true);
  const anyRevision = (value: unknown) => JSON.stringify(value).replace(/"app-[0-9a-z]+"/g, '"revision"');
  expect(anyRevision(withRestarts)).toBe(anyRevision(without));
});
