/** StatefulSets, as a user sees them. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { Client } from '../../../src/client/client';
import type { TickRequest } from '../../../src/sim/controller';
import garbageCollector from '../../../src/sim/controllers/garbage-collector/controller';
import { hashData } from '../../../src/sim/controllers/history/revisions';
import pvcProtection from '../../../src/sim/controllers/pvc-protection/controller';
import statefulSets from '../../../src/sim/controllers/statefulset/controller';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { apps, type ClusterUnderTest, clusterWith, configMap, core, names } from '../cluster-under-test';
import { podRunner } from './pod-runner';

function manifest(spec = ''): string {
  return `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 3
  selector: {matchLabels: {app: db}}
  ${spec}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: pg, image: 'postgres:16'}]
`;
}

async function withSet(spec = '', options = {}): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 2, ...options });
  cluster.write('db.yaml', manifest(spec));
  await cluster.ok('apply -f db.yaml');
  await cluster.ok('tick --settle');
  return cluster;
}

const podsAndImages = (cluster: TestCluster) =>
  cluster.ok(`get pods -o jsonpath='{range .items[*]}{.metadata.name}={.spec.containers[0].image} {end}'`);

async function events(client: Client): Promise<string[]> {
  const { items } = await client.list(core('events'), 'default');
  return items
    .filter((event) => event['involvedObject'].kind === 'StatefulSet')
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map((event) => `${event['reason']}: ${event['message']}`);
}

test('pods come one after the other, and each knows its place', async () => {
  const cluster = await withSet();
  const { items } = await cluster.client.list(core('pods'), 'default');
  expect(items.map((pod) => pod.metadata.labels)).toEqual(
    [0, 1, 2].map((i) => ({
      app: 'db',
      'apps.kubernetes.io/pod-index': String(i),
      'controller-revision-hash': expect.stringMatching(/^db-[0-9a-z]+$/),
      'statefulset.kubernetes.io/pod-name': `db-${i}`,
    })),
  );
  expect(items.map((pod) => [pod['spec'].hostname, pod['spec'].subdomain])).toEqual(
    [0, 1, 2].map((i) => [`db-${i}`, 'db']),
  );
  const created = items.map((pod) => Date.parse(pod.metadata.creationTimestamp as string));
  expect([...created].sort()).toEqual(created);
  expect(new Set(created).size).toBe(3);
  const set = await cluster.client.get(apps('statefulsets'), 'default', 'db');
  const revision = items[0]?.metadata.labels?.['controller-revision-hash'];
  expect(set['status']).toEqual({
    availableReplicas: 3,
    collisionCount: 0,
    currentReplicas: 3,
    currentRevision: revision,
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
    updateRevision: revision,
    updatedReplicas: 3,
  });
  expect(await events(cluster.client)).toEqual(
    [0, 1, 2].map((i) => `SuccessfulCreate: create Pod db-${i} in StatefulSet db successful`),
  );
});

test('a revision bears the hash that upstream finds for its data', () => {
  // kubernetes pkg/controller/statefulset/testdata/compatibility_revision_1.34.0.json
  const container = {
    image: 'test',
    imagePullPolicy: 'Always',
    name: 'test',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
  const template = {
    metadata: { annotations: { test: 'value' }, labels: { app: 'foo' } },
    spec: {
      containers: [container],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    },
    $patch: 'replace',
  };
  expect(hashData({ spec: { template } }, 0)).toBe('776999688b');
});

test('ordinals begin where they are told to; scaling takes the highest first', async () => {
  const cluster = await withSet('ordinals: {start: 5}');
  expect(await cluster.ok('get pods -o name')).toBe('pod/db-5\npod/db-6\npod/db-7\n');
  await cluster.ok('scale sts db --replicas=1');
  await cluster.ok('tick');
  const terminating = `get pods -o jsonpath='{range .items[?(@.metadata.deletionTimestamp)]}{.metadata.name} {end}'`;
  expect(await cluster.ok(terminating)).toBe('db-7 ');
  await cluster.ok('tick --settle');
  expect(await cluster.ok('get pods -o name')).toBe('pod/db-5\n');
  // What was in range and is no more goes too.
  await cluster.ok(`patch sts db -p '{"spec":{"ordinals":{"start":0},"replicas":2}}'`);
  await cluster.ok('tick --settle');
  expect(await cluster.ok('get pods -o name')).toBe('pod/db-0\npod/db-1\n');
});

test('Parallel makes and scales away all at once', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('db.yaml', manifest('podManagementPolicy: Parallel'));
  await cluster.ok('apply -f db.yaml');
  await cluster.ok('tick');
  expect(await cluster.ok('get pods -o name')).toBe('pod/db-0\npod/db-1\npod/db-2\n');
});

/** Without a scheduler, which would wait for volumes: pods run whatever becomes of their claims. */
async function withClaims(policy?: { whenDeleted?: string; whenScaled?: string }): Promise<ClusterUnderTest> {
  const cluster = await clusterWith([
    statefulSets,
    podRunner({ readyAfter: () => 2000 }),
    pvcProtection,
    garbageCollector,
  ]);
  await cluster.client.create(apps('statefulsets'), 'default', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'db' } },
      ...(policy ? { persistentVolumeClaimRetentionPolicy: policy } : {}),
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'pg', image: 'postgres:16' }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data', labels: { kept: 'yes' } },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  });
  await cluster.tick({ settle: true });
  return cluster;
}

async function scaleTo({ client, tick }: ClusterUnderTest, replicas: number, time = { settle: true } as TickRequest) {
  await client.patch(apps('statefulsets'), 'default', 'db', 'merge', { spec: { replicas } });
  await tick(time);
}

test('claims are made before their pods, and stay', async () => {
  const cluster = await withClaims();
  const { client } = cluster;
  const claim = await client.get(core('persistentvolumeclaims'), 'default', 'data-db-1');
  expect(claim.metadata.labels).toEqual({ app: 'db', kept: 'yes' });
  expect(claim.metadata.ownerReferences).toBeUndefined();
  const pod = await client.get(core('pods'), 'default', 'db-1');
  expect(pod['spec'].volumes[0]).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } });
  expect((await events(client)).slice(0, 2)).toEqual([
    'SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db success',
    'SuccessfulCreate: create Pod db-0 in StatefulSet db successful',
  ]);
  await scaleTo(cluster, 1);
  await client.delete(apps('statefulsets'), 'default', 'db');
  await cluster.tick({ settle: true });
  expect(await names(client, core('pods'))).toEqual([]);
  expect(await names(client, core('persistentvolumeclaims'))).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
});

describe('persistentVolumeClaimRetentionPolicy', () => {
  const claims = async ({ client }: ClusterUnderTest) => {
    const { items } = await client.list(core('persistentvolumeclaims'), 'default');
    return Object.fromEntries(
      items.map(({ metadata }) => [metadata.name, (metadata.ownerReferences ?? []).map(({ kind }) => kind)]),
    );
  };
  const all = (owners: string[]) => ({ 'data-db-0': owners, 'data-db-1': owners, 'data-db-2': owners });

  test.each([
    ['Retain', 'Retain', [], all([]), all([])],
    ['Delete', 'Retain', ['StatefulSet'], all(['StatefulSet']), {}],
    ['Retain', 'Delete', [], { 'data-db-0': [] }, { 'data-db-0': [] }],
    ['Delete', 'Delete', ['StatefulSet'], { 'data-db-0': ['StatefulSet'] }, {}],
  ])('deleted: %s, scaled: %s', async (whenDeleted, whenScaled, owners, scaled, deleted) => {
    const cluster = await withClaims({ whenDeleted, whenScaled });
    expect(await claims(cluster)).toEqual(all(owners));
    await scaleTo(cluster, 1);
    expect(await claims(cluster)).toEqual(scaled);
    await cluster.client.delete(apps('statefulsets'), 'default', 'db');
    await cluster.tick({ settle: true });
    expect(await claims(cluster)).toEqual(deleted);
  });

  test('follows a change of mind', async () => {
    const cluster = await withClaims();
    const patch = { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } };
    await cluster.client.patch(apps('statefulsets'), 'default', 'db', 'merge', patch);
    await cluster.tick({ settle: true });
    expect(await claims(cluster)).toEqual(all(['StatefulSet']));
  });

  test('a pod waits until the claim of its predecessor is gone', async () => {
    const cluster = await withClaims({ whenScaled: 'Delete' });
    const before = await cluster.client.get(core('persistentvolumeclaims'), 'default', 'data-db-2');
    await scaleTo(cluster, 2, { advance: 1000 });
    await scaleTo(cluster, 3);
    const after = await cluster.client.get(core('persistentvolumeclaims'), 'default', 'data-db-2');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.metadata.ownerReferences).toBeUndefined();
    const set = await cluster.client.get(apps('statefulsets'), 'default', 'db');
    expect(set['status'].readyReplicas).toBe(3);
  });

  test('what another controller manages is left alone, and told', async () => {
    const cluster = await withClaims();
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'boss', uid: 'u', controller: true };
    await cluster.client.create(core('configmaps'), 'default', configMap('boss'));
    const { uid = '' } = (await cluster.client.get(core('configmaps'), 'default', 'boss')).metadata;
    const patch = { metadata: { ownerReferences: [{ ...other, uid }] } };
    await cluster.client.patch(core('persistentvolumeclaims'), 'default', 'data-db-0', 'merge', patch);
    const policy = { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } };
    await cluster.client.patch(apps('statefulsets'), 'default', 'db', 'merge', policy);
    await cluster.tick({ settle: true });
    expect(await claims(cluster)).toEqual({ ...all(['StatefulSet']), 'data-db-0': ['ConfigMap'] });
  });
});

describe('updates', () => {
  test('go down to the partition, and further when it is lowered', async () => {
    const cluster = await withSet('updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}');
    await cluster.ok('set image sts/db pg=postgres:17');
    await cluster.ok('tick --settle');
    expect(await podsAndImages(cluster)).toBe('db-0=postgres:16 db-1=postgres:16 db-2=postgres:17 ');
    expect(await cluster.ok('rollout status sts/db')).toBe(
      'partitioned roll out complete: 1 new pods have been updated...\n',
    );
    const set = await cluster.client.get(apps('statefulsets'), 'default', 'db');
    expect(set['status'].currentRevision).not.toBe(set['status'].updateRevision);
    // A pod below the partition comes back as it was.
    await cluster.ok('delete pod db-0');
    await cluster.ok('tick --settle');
    expect(await podsAndImages(cluster)).toBe('db-0=postgres:16 db-1=postgres:16 db-2=postgres:17 ');
    await cluster.ok(`patch sts db -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'`);
    expect(await cluster.ok('rollout status sts/db')).toBe(
      [
        'Waiting for statefulset spec update to be observed...',
        'Waiting for partitioned roll out to finish: 1 out of 3 new pods have been updated...',
        'Waiting for 1 pods to be ready...',
        'Waiting for 1 pods to be ready...',
        'Waiting for partitioned roll out to finish: 2 out of 3 new pods have been updated...',
        'Waiting for 1 pods to be ready...',
        'Waiting for 1 pods to be ready...',
        'partitioned roll out complete: 3 new pods have been updated...\n',
      ].join('\n'),
    );
    expect(await podsAndImages(cluster)).toBe('db-0=postgres:17 db-1=postgres:17 db-2=postgres:17 ');
  });

  test('wait for whoever deletes the pods with OnDelete', async () => {
    const cluster = await withSet('updateStrategy: {type: OnDelete}');
    await cluster.ok('set image sts/db pg=postgres:17');
    await cluster.ok('tick --settle');
    expect(await podsAndImages(cluster)).toBe('db-0=postgres:16 db-1=postgres:16 db-2=postgres:16 ');
    await cluster.ok('delete pod db-1');
    await cluster.ok('tick --settle');
    expect(await podsAndImages(cluster)).toBe('db-0=postgres:16 db-1=postgres:17 db-2=postgres:16 ');
    const ran = await cluster.run('rollout status sts/db');
    expect(ran).toMatchObject({
      err: 'error: rollout status is only available for RollingUpdate strategy type\n',
      code: 1,
    });
  });

  const broken = `'{"spec":{"template":{"spec":{"containers":[{"name":"pg","readinessProbe":{"exec":{"command":["false"]},"initialDelaySeconds":86400}}]}}}}'`;

  test('that break a pod stop there; going back does not mend it until it is deleted', async () => {
    const cluster = await withSet();
    await cluster.ok(`patch sts db -p ${broken}`);
    await cluster.ok('tick 60s');
    expect(await cluster.ok('get sts db --no-headers')).toMatch(/2\/3/);
    await cluster.run('rollout undo sts/db');
    await cluster.ok('tick 60s');
    expect(await cluster.ok('get sts db --no-headers')).toMatch(/2\/3/);
    await cluster.ok('delete pod db-2');
    await cluster.ok('tick 60s');
    expect(await cluster.ok('get sts db --no-headers')).toMatch(/3\/3/);
  });

  test('that break a pod of a Parallel set are undone by going back', async () => {
    const cluster = await withSet('podManagementPolicy: Parallel');
    await cluster.ok(`patch sts db -p ${broken}`);
    await cluster.ok('tick 60s');
    expect(await cluster.ok('get sts db --no-headers')).toMatch(/2\/3/);
    await cluster.run('rollout undo sts/db');
    await cluster.ok('tick 60s');
    expect(await cluster.ok('get sts db --no-headers')).toMatch(/3\/3/);
  });

  test('of several pods at a time are a feature that 1.36 leaves off', async () => {
    const rolling = 'updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 2}}';
    const plain = await withSet(rolling);
    expect(await plain.ok(`get sts db -o jsonpath='{.spec.updateStrategy.rollingUpdate}'`)).toBe('{"partition":0}');
    const enabled = await withSet(rolling, { featureGates: { MaxUnavailableStatefulSet: true } });
    await enabled.ok('set image sts/db pg=postgres:17');
    await enabled.ok('tick');
    const terminating = `get pods -o jsonpath='{range .items[?(@.metadata.deletionTimestamp)]}{.metadata.name} {end}'`;
    expect(await enabled.ok(terminating)).toBe('db-1 db-2 ');
    await enabled.ok('tick --settle');
    expect(await podsAndImages(enabled)).toBe('db-0=postgres:17 db-1=postgres:17 db-2=postgres:17 ');
  });
});

test('history is kept as long as it may be, and undone', async () => {
  const cluster = await withSet('revisionHistoryLimit: 1');
  for (const tag of [17, 18, 19]) {
    await cluster.ok(`set image sts/db pg=postgres:${tag}`);
    await cluster.ok('tick --settle');
  }
  expect(await cluster.ok('rollout history sts/db')).toMatch(/\n3 +<none>\n4 +<none>\n/);
  expect(await cluster.ok('rollout history sts/db --revision=3')).toContain('postgres:18');
  const undone = await cluster.run('rollout undo sts/db');
  expect(undone.out).toBe('statefulset.apps/db rolled back\n');
  await cluster.ok('tick --settle');
  expect(await podsAndImages(cluster)).toBe('db-0=postgres:18 db-1=postgres:18 db-2=postgres:18 ');
  // It is the old revision with a new number.
  expect(await cluster.ok('rollout history sts/db')).toMatch(/\n4 +<none>\n5 +<none>\n/);
  const same = await cluster.run('rollout undo sts/db --to-revision=5');
  expect(same.out).toBe('statefulset.apps/db skipped rollback (current template already matches revision 5)\n');
  await cluster.ok('rollout restart sts/db');
  await cluster.ok('tick --settle');
  expect(await cluster.ok('rollout history sts/db')).toMatch(/\n5 +<none>\n6 +<none>\n/);
  const paused = await cluster.run('rollout pause sts/db');
  expect(paused.err).toBe('error: statefulsets.apps "db" pausing is not supported\n');
});

test('a pod that has ended is made anew', async () => {
  const cluster = await withSet();
  const pod = await cluster.client.get(core('pods'), 'default', 'db-1');
  await cluster.client.updateStatus(core('pods'), {
    ...pod,
    status: { ...pod['status'], phase: 'Failed', reason: 'Evicted' },
  });
  await cluster.ok('tick --settle');
  const again = await cluster.client.get(core('pods'), 'default', 'db-1');
  expect(again.metadata.uid).not.toBe(pod.metadata.uid);
  expect(again['status'].phase).toBe('Running');
});

test('a set that comes back takes its pods and its history over', async () => {
  const cluster = await withSet();
  const uids = async () =>
    (await cluster.client.list(core('pods'), 'default')).items.map(({ metadata }: KubeObject) => metadata.uid);
  const before = await uids();
  await cluster.ok('delete sts db --cascade=orphan');
  await cluster.ok('tick --settle');
  await cluster.ok('apply -f db.yaml');
  await cluster.ok('tick --settle');
  expect(await uids()).toEqual(before);
  const { items } = await cluster.client.list(apps('controllerrevisions'), 'default');
  expect(items.map((one) => [one['revision'], one.metadata.ownerReferences?.length])).toEqual([[1, 1]]);
});

test('minReadySeconds holds the next pod back', async () => {
  const cluster = await withSet('minReadySeconds: 30');
  const { items } = await cluster.client.list(core('pods'), 'default');
  const created = items.map((pod) => Date.parse(pod.metadata.creationTimestamp as string) / 1000);
  expect((created[1] as number) - (created[0] as number)).toBeGreaterThanOrEqual(30);
  const set = await cluster.client.get(apps('statefulsets'), 'default', 'db');
  expect(set['status'].availableReplicas).toBe(3);
});
