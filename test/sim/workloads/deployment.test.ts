/** Deployments: what a user sees of their rollouts beside the plain case. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { apps, core } from '../cluster-under-test';

const manifest = (spec = '', container = '', replicas = 4) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  ${spec}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'${container}}]}
`;

async function withWeb(spec = '', container = '', replicas = 4): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('web.yaml', manifest(spec, container, replicas));
  await cluster.ok('create -f web.yaml');
  await cluster.ok('tick --settle');
  return cluster;
}

const replicaSets = async (cluster: TestCluster): Promise<KubeObject[]> =>
  (await cluster.client.list(apps('replicasets'), 'default')).items;
const sizes = async (cluster: TestCluster) =>
  Object.fromEntries(
    (await replicaSets(cluster)).map((one) => [one['spec'].template.spec.containers[0].image, one['spec'].replicas]),
  );
const conditions = async (cluster: TestCluster) =>
  Object.fromEntries(
    (await cluster.client.get(apps('deployments'), 'default', 'web'))['status'].conditions.map(
      ({ type, status, reason, message }: Record<string, string>) => [type, [status, reason, message]],
    ),
  );
/** Never gets ready. */
const HOPELESS = `, readinessProbe: {exec: {command: ['false']}, initialDelaySeconds: 86400}`;

async function setImage(cluster: TestCluster, tag: string, hopeless = false): Promise<void> {
  const probe = { exec: { command: ['false'] }, initialDelaySeconds: 86_400 };
  const container = { name: 'web', image: `nginx:${tag}`, readinessProbe: hopeless ? probe : null };
  await cluster.ok([
    'patch',
    'deployment',
    'web',
    '-p',
    JSON.stringify({ spec: { template: { spec: { containers: [container] } } } }),
  ]);
}

test('a rollout that makes no progress exceeds its deadline, and recovers', async () => {
  const cluster = await withWeb('progressDeadlineSeconds: 30');
  await setImage(cluster, '2', true);
  await cluster.ok('tick 20s');
  expect((await conditions(cluster))['Progressing']).toEqual([
    'True',
    'ReplicaSetUpdated',
    expect.stringMatching(/^ReplicaSet "web-[0-9a-z]+" is progressing\.$/),
  ]);
  await cluster.ok('tick 30s');
  expect((await conditions(cluster))['Progressing']).toEqual([
    'False',
    'ProgressDeadlineExceeded',
    expect.stringMatching(/^ReplicaSet "web-[0-9a-z]+" has timed out progressing\.$/),
  ]);
  expect(await cluster.run('rollout status deployment/web')).toMatchObject({
    err: 'error: deployment "web" exceeded its progress deadline\n',
    code: 1,
  });
  await cluster.ok('rollout undo deployment/web');
  await cluster.ok('tick --settle');
  expect((await conditions(cluster))['Progressing']).toEqual([
    'True',
    'NewReplicaSetAvailable',
    expect.stringMatching(/^ReplicaSet "web-[0-9a-z]+" has successfully progressed\.$/),
  ]);
});

test('a rollout over a rollout takes the middle one away first', async () => {
  const cluster = await withWeb('strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 1}}');
  await setImage(cluster, '2', true);
  await cluster.ok('tick 20s');
  expect(await sizes(cluster)).toEqual({ 'nginx:1': 3, 'nginx:2': 3 });
  await setImage(cluster, '3');
  await cluster.ok('tick --settle');
  expect(await sizes(cluster)).toEqual({ 'nginx:1': 0, 'nginx:2': 0, 'nginx:3': 4 });
  const messages = (
    await cluster.ok(
      'get events --field-selector reason=ScalingReplicaSet -o jsonpath=\'{range .items[*]}{.message}{"\\n"}{end}\'',
    )
  ).split('\n');
  const [, two] = (await replicaSets(cluster)).map(({ metadata }) => metadata.name).sort();
  expect(messages.filter((message) => message.includes(two as string)).length).toBeGreaterThan(1);
});

test('scaling in the middle of a rollout is shared out in proportion', async () => {
  const cluster = await withWeb('strategy: {rollingUpdate: {maxSurge: 3, maxUnavailable: 2}}', '', 10);
  await setImage(cluster, '2', true);
  await cluster.ok('tick 20s');
  // https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#proportional-scaling
  expect(await sizes(cluster)).toEqual({ 'nginx:1': 8, 'nginx:2': 5 });
  await cluster.ok('scale deployment web --replicas=15');
  await cluster.ok('tick 5s');
  expect(await sizes(cluster)).toEqual({ 'nginx:1': 11, 'nginx:2': 7 });
});

test('old ReplicaSets are kept as many as the history may hold', async () => {
  const cluster = await withWeb('revisionHistoryLimit: 2');
  for (const tag of ['2', '3', '4', '5']) {
    await setImage(cluster, tag);
    await cluster.ok('tick --settle');
  }
  expect(Object.keys(await sizes(cluster)).sort()).toEqual(['nginx:3', 'nginx:4', 'nginx:5']);
});

test('minReadySeconds makes a pod count only when it has been ready for so long', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('web.yaml', manifest('minReadySeconds: 30'));
  await cluster.ok('create -f web.yaml');
  await cluster.ok('tick 20s');
  expect(await cluster.ok('get deployment web --no-headers')).toMatch(/^web +4\/4 +4 +0 /);
  expect((await conditions(cluster))['Available']?.[0]).toBe('False');
  await cluster.ok('tick --settle');
  expect(await cluster.ok('get deployment web --no-headers')).toMatch(/^web +4\/4 +4 +4 /);
});

test('Recreate stops all before it starts any', async () => {
  const cluster = await withWeb('strategy: {type: Recreate}');
  await setImage(cluster, '2');
  for (let i = 0; i < 12; i++) {
    await cluster.ok('tick');
    const { items } = await cluster.client.list(core('pods'), 'default');
    expect(new Set(items.map((pod) => pod['spec'].containers[0].image)).size).toBeLessThanOrEqual(1);
  }
  await cluster.ok('tick --settle');
  expect(await sizes(cluster)).toEqual({ 'nginx:1': 0, 'nginx:2': 4 });
});

test('pods on their way out are counted beside the others', async () => {
  const cluster = await withWeb();
  await cluster.ok('scale deployment web --replicas=1');
  for (let step = 0; step < 3; step++) await cluster.ok('tick');
  const [replicaSet] = (await replicaSets(cluster)) as [KubeObject];
  expect(replicaSet['status']).toMatchObject({ replicas: 1, terminatingReplicas: 3 });
  await cluster.ok('tick --settle');
  const web = await cluster.client.get(apps('deployments'), 'default', 'web');
  expect(web['status']).toMatchObject({ replicas: 1, terminatingReplicas: 0 });
});

test('a name that another template has taken makes the next hash differ', async () => {
  const cluster = await withWeb();
  await setImage(cluster, '2');
  await cluster.ok('tick --settle');
  const [, second] = (await replicaSets(cluster)).sort((a, b) =>
    (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1,
  ) as [KubeObject, KubeObject];
  // The same name, with another template.
  await cluster.ok('delete deployment web --cascade=orphan');
  await cluster.ok('tick --settle');
  await cluster.ok('delete rs --all');
  await cluster.ok('tick --settle');
  const { name, labels } = second.metadata;
  const template = { ...second['spec'].template, spec: { containers: [{ name: 'x', image: 'other' }] } };
  await cluster.client.create(apps('replicasets'), 'default', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: name as string, labels: labels ?? {} },
    spec: { ...second['spec'], replicas: 0, template },
  });
  cluster.write('web.yaml', manifest().replace('nginx:1', 'nginx:2'));
  await cluster.ok('create -f web.yaml');
  await cluster.run('tick --settle');
  const web = await cluster.client.get(apps('deployments'), 'default', 'web');
  expect(web['status']).toMatchObject({ collisionCount: 1, readyReplicas: 4 });
});

test('a deployment whose pods never get ready is available no more than it was', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('web.yaml', manifest('', HOPELESS));
  await cluster.ok('create -f web.yaml');
  await cluster.ok('tick 30s');
  expect((await conditions(cluster))['Available']).toEqual([
    'False',
    'MinimumReplicasUnavailable',
    'Deployment does not have minimum availability.',
  ]);
});
