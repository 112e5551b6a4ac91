/** Volumes from the command line: applications with claims run, and `why` tells what keeps a claim from being bound. */
import type { ClusterOptions } from '../../src/cluster/bootstrap';
import { memoryCluster, type TestCluster } from './harness';

async function clusterOf(objects: object[], options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 1, ...options });
  await feed(cluster, objects);
  return cluster;
}

async function feed(cluster: TestCluster, objects: object[]): Promise<void> {
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, err } = await cluster.run('create -f -', { stdin });
  expect([code, err]).toEqual([0, '']);
  expect((await cluster.run('tick --settle -q')).code).toBe(0);
}

function volume(name: string, storage: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/mnt' }, ...spec },
  };
}

function claim(name: string, storage: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
  };
}

function podSpec(volumes: object[]): object {
  return { containers: [{ name: 'main', image: 'example/main:1' }], volumes };
}

const PHASES = "get pvc -o jsonpath='{range .items[*]}{.metadata.name}={.status.phase} {end}'";

test('a StatefulSet with claims of the default class runs', async () => {
  const { run } = await clusterOf([
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        replicas: 2,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: { metadata: { labels: { app: 'db' } }, spec: podSpec([]) },
        volumeClaimTemplates: [claim('data', '1Gi')],
      },
    },
  ]);
  expect((await run(PHASES)).out).toBe('data-db-0=Bound data-db-1=Bound ');
  expect((await run("get sts db -o jsonpath='{.status.readyReplicas}'")).out).toBe('2');
});

test('a generic ephemeral volume comes and goes with its pod', async () => {
  const template = { spec: (claim('x', '1Gi') as { spec: object }).spec };
  const { run } = await clusterOf([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: podSpec([{ name: 'scratch', ephemeral: { volumeClaimTemplate: template } }]),
    },
  ]);
  expect((await run(PHASES)).out).toBe('p-scratch=Bound ');
  expect((await run("get pod p -o jsonpath='{.status.phase}'")).out).toBe('Running');
  await run('delete pod p');
  await run('tick --settle -q');
  expect((await run('get pvc,pv')).err).toBe('No resources found\n');
});

test('a claim of somebody else is in the way of a generic ephemeral volume until it is gone', async () => {
  const template = { spec: (claim('x', '1Gi') as { spec: object }).spec };
  const { run } = await clusterOf([
    claim('p-scratch', '1Gi'),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: podSpec([{ name: 'scratch', ephemeral: { volumeClaimTemplate: template } }]),
    },
  ]);
  const events =
    "get events --field-selector reason=FailedBinding,involvedObject.kind=Pod -o jsonpath='{.items[*].message}'";
  expect((await run(events)).out).toBe(
    'ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)',
  );
  await run('delete pvc p-scratch');
  await run('tick 1m -q');
  expect((await run("get pod p -o jsonpath='{.status.phase}'")).out).toBe('Running');
});

test('a claim that names a volume without a class is bound to it, whatever the default class', async () => {
  const objects = [
    volume('model', '1Gi'),
    claim('model', '1Gi', { volumeName: 'model' }),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: podSpec([{ name: 'v', persistentVolumeClaim: { claimName: 'model' } }]),
    },
  ];
  const usual = await clusterOf(objects);
  expect((await usual.run(PHASES)).out).toBe('model=Bound ');
  expect((await usual.run("get pod p -o jsonpath='{.status.phase}'")).out).toBe('Running');
  // Any other claim without a class is of the default one before anybody looks for a volume.
  const other = await clusterOf([volume('model', '1Gi'), claim('model', '1Gi')]);
  expect((await other.run("get pvc model -o jsonpath='{.spec.storageClassName}'")).out).toBe('standard');
});

test('a pod that was put on a node waits there for its claim', async () => {
  const spec = podSpec([{ name: 'v', persistentVolumeClaim: { claimName: 'late' } }]);
  const cluster = await clusterOf([
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { ...spec, nodeName: 'node-1' } },
  ]);
  const failed =
    'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/late:';
  const events = "get events --field-selector reason=FailedMount -o jsonpath='{.items[*].message}'";
  expect((await cluster.run('get pod p')).out).toMatch(/ContainerCreating/);
  expect((await cluster.run(events)).out).toContain(
    `${failed} failed to fetch PVC from API server: persistentvolumeclaims "late" not found`,
  );
  await feed(cluster, [claim('late', '1Gi', { storageClassName: '' })]);
  await cluster.run('tick 12s -q');
  expect((await cluster.run(events)).out).toContain(`${failed} PVC is not bound`);
  await feed(cluster, [volume('v', '1Gi')]);
  expect((await cluster.run("get pod p -o jsonpath='{.status.phase}'")).out).toBe('Running');
});

test('a cluster without nodes has no class', async () => {
  const { run } = await memoryCluster({ nodes: 0 });
  expect((await run('get sc,csidrivers')).err).toBe('No resources found\n');
});

test.each<[spec: object, says: string[]]>([
  [{ storageClassName: 'manual' }, ['small +1Gi +Available +no +1Gi is less than the 2Gi asked for']],
  [
    { storageClassName: 'manual', accessModes: ['ReadWriteMany'] },
    ['small .* no +it does not offer ReadWriteMany, only ReadWriteOnce'],
  ],
  [{ storageClassName: 'manual' }, ['taken +9Gi +Available +no +it is claimed by other/theirs']],
  [{ storageClassName: 'manual' }, ['plain +5Gi .* no +its storage class is none, not manual']],
  [{ storageClassName: 'manual' }, ['none is made: there is no storage class manual']],
  [
    { storageClassName: 'manual', volumeMode: 'Block' },
    ['small', 'plain .* no +its volumeMode is Filesystem, not Block'],
  ],
  [{ storageClassName: 'manual', selector: { matchLabels: { a: 'b' } } }, ["plain .* no +its labels don't match a=b"]],
  [
    { storageClassName: 'manual', volumeName: 'small' },
    ['names small, which will not do', 'plain .* no +the claim names small'],
  ],
  [{ storageClassName: 'manual', volumeName: 'nosuch' }, ['nosuch .* no +the claim names it, but it is not there']],
  [{}, ['makes one when a pod uses the claim: class standard waits for the first consumer']],
  [{ storageClassName: '', resources: { requests: { storage: '50Gi' } } }, ['the claim asks for no storage class']],
  [{ storageClassName: '' }, ['is bound to plain', 'plain +5Gi +Bound +yes', 'small .* no +the claim has plain']],
])('why pvc/c: %j', async (spec, says) => {
  const { run } = await clusterOf([
    volume('small', '1Gi', { storageClassName: 'manual' }),
    volume('taken', '9Gi', { storageClassName: 'manual', claimRef: { namespace: 'other', name: 'theirs' } }),
    volume('plain', '5Gi'),
    claim('c', '2Gi', spec),
  ]);
  const { out, err } = await run('why pvc/c');
  expect(err).toBe('');
  for (const text of says) expect(out).toMatch(new RegExp(text));
});
