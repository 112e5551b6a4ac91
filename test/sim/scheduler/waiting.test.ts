/** Pods that wait: what wakes them, in which order they go, and what keeps them from being tried at all. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { NODES, PODS, pod, type WholeCluster, wholeCluster } from '../whole-cluster';

const asking = (cpu: string) => [{ name: 'c', image: 'i', resources: { requests: { cpu } } }];
const apart = (app: string, kind: 'podAffinity' | 'podAntiAffinity') => ({
  affinity: {
    [kind]: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
      ],
    },
  },
});
const placed = async (cluster: WholeCluster, name: string) => (await cluster.pod(name))['spec'].nodeName;

/** What is there before, and what then lets the pod in. */
type Case = [
  string,
  {
    before?: (cluster: WholeCluster) => Promise<unknown>;
    incoming: KubeObject;
    change: (cluster: WholeCluster) => Promise<unknown>;
  },
];

const node = (cluster: WholeCluster, name: string, patch: object) =>
  cluster.client.patch(NODES, '', name, 'merge', patch as never);
const create = (cluster: WholeCluster, one: KubeObject) => cluster.client.create(PODS, 'default', one);

test.each<Case>([
  [
    'a taint is taken off',
    {
      before: (cluster) =>
        node(cluster, 'node-1', { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } }),
      incoming: pod('p'),
      change: (cluster) => node(cluster, 'node-1', { spec: { taints: null } }),
    },
  ],
  [
    'the node is uncordoned',
    {
      before: (cluster) => node(cluster, 'node-1', { spec: { unschedulable: true } }),
      incoming: pod('p'),
      change: (cluster) => node(cluster, 'node-1', { spec: { unschedulable: null } }),
    },
  ],
  [
    'the node gets a label',
    {
      incoming: pod('p', { nodeSelector: { zone: 'b' } }),
      change: (cluster) => node(cluster, 'node-1', { metadata: { labels: { zone: 'b' } } }),
    },
  ],
  [
    'the pod that it wants beside it arrives',
    {
      incoming: pod('p', apart('web', 'podAffinity')),
      change: (cluster) => create(cluster, pod('web', {}, { app: 'web' })),
    },
  ],
  [
    'the pod that it wants apart goes',
    {
      before: (cluster) => create(cluster, pod('web', {}, { app: 'web' })),
      incoming: pod('p', apart('web', 'podAntiAffinity')),
      change: (cluster) => cluster.client.delete(PODS, 'default', 'web'),
    },
  ],
  [
    'the pod that it wants apart gets another label',
    {
      before: (cluster) => create(cluster, pod('web', {}, { app: 'web' })),
      incoming: pod('p', apart('web', 'podAntiAffinity')),
      change: (cluster) =>
        cluster.client.patch(PODS, 'default', 'web', 'merge', { metadata: { labels: { app: 'other' } } }),
    },
  ],
  [
    'a port becomes free',
    {
      before: (cluster) =>
        create(
          cluster,
          pod('holder', { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
        ),
      incoming: pod('p', { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 80 }] }] }),
      change: (cluster) => cluster.client.delete(PODS, 'default', 'holder'),
    },
  ],
  [
    'the node grows',
    {
      incoming: pod('p', { containers: asking('6') }),
      change: (cluster) =>
        cluster.client.patch(
          NODES,
          '',
          'node-1',
          'merge',
          { status: { capacity: { cpu: '8' }, allocatable: { cpu: '8' } } },
          {},
          'status',
        ),
    },
  ],
  [
    'the pod itself tolerates more',
    {
      before: (cluster) =>
        node(cluster, 'node-1', { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } }),
      incoming: pod('p'),
      change: async (cluster) => {
        const { tolerations = [] } = (await cluster.pod('p'))['spec'];
        return cluster.client.patch(PODS, 'default', 'p', 'merge', {
          spec: { tolerations: [...tolerations, { key: 'dedicated', operator: 'Exists' }] },
        });
      },
    },
  ],
  [
    'a node comes',
    {
      incoming: pod('p', { nodeSelector: { 'kubernetes.io/hostname': 'late' } }),
      change: async (cluster) => {
        const { metadata, spec, status } = (await cluster.client.get(NODES, '', 'node-1')) as never as {
          metadata: { labels: Record<string, string> };
          spec: object;
          status: object;
        };
        await cluster.client.create(NODES, '', {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'late', labels: { ...metadata.labels, 'kubernetes.io/hostname': 'late' } },
          spec,
          status,
        } as never);
      },
    },
  ],
])('wakes a pod: %s', async (_, { before, incoming, change }) => {
  const cluster = await wholeCluster({ nodes: 1 });
  await before?.(cluster);
  await cluster.settle();
  await create(cluster, incoming);
  await cluster.settle();
  expect(await placed(cluster, 'p')).toBeUndefined();
  await change(cluster);
  await cluster.settle();
  expect(await placed(cluster, 'p')).toBeDefined();
});

test('what does not help a pod does not have it tried again', async () => {
  const cluster = await wholeCluster({ nodes: 1 });
  await create(cluster, pod('p', { nodeSelector: { zone: 'b' } }));
  await cluster.settle();
  const told = (await cluster.eventsAbout('p')).length;
  await node(cluster, 'node-1', { metadata: { annotations: { note: 'x' } } });
  await create(cluster, pod('other'));
  await cluster.settle();
  const { items } = await cluster.client.list({ group: '', version: 'v1', resource: 'events' }, 'default');
  const failures = items.filter(
    ({ reason, involvedObject }: KubeObject) => reason === 'FailedScheduling' && involvedObject.name === 'p',
  );
  expect(failures).toHaveLength(told);
  expect(failures.every(({ count = 1 }) => count === 1)).toBe(true);
});

test('the more important pod goes first, then the one that waits longer', async () => {
  const cluster = await wholeCluster({ nodes: 1, nodeCpu: '4' });
  const PRIORITIES = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };
  await cluster.client.create(PRIORITIES, '', {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'high' },
    value: 1000,
    // It waits its turn.
    preemptionPolicy: 'Never',
  } as never);
  await create(cluster, pod('low', { containers: asking('3') }));
  await create(cluster, pod('high', { containers: asking('3'), priorityClassName: 'high' }));
  await cluster.settle();
  expect(await placed(cluster, 'high')).toBe('node-1');
  expect(await placed(cluster, 'low')).toBeUndefined();
});

test('a pod with gates is not tried until the last is gone', async () => {
  const cluster = await wholeCluster({ nodes: 1 });
  await create(cluster, pod('p', { schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }] }));
  await cluster.settle();
  const condition = async () => (await cluster.pod('p'))['status'].conditions;
  expect(await condition()).toEqual([
    expect.objectContaining({
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    }),
  ]);
  expect(await cluster.eventsAbout('p')).toEqual([]);
  await cluster.client.patch(PODS, 'default', 'p', 'merge', { spec: { schedulingGates: [{ name: 'example.com/b' }] } });
  await cluster.settle();
  expect(await placed(cluster, 'p')).toBeUndefined();
  await cluster.client.patch(PODS, 'default', 'p', 'merge', { spec: { schedulingGates: null } });
  await cluster.settle();
  expect(await placed(cluster, 'p')).toBe('node-1');
});

test('a pod of a scheduler that nobody is waits for ever, and nothing is said of it', async () => {
  const cluster = await wholeCluster({ nodes: 1 });
  await create(cluster, pod('p', { schedulerName: 'mine' }));
  await cluster.settle();
  expect(await placed(cluster, 'p')).toBeUndefined();
  expect((await cluster.pod('p'))['status'].conditions).toBeUndefined();
  expect(await cluster.eventsAbout('p')).toEqual([]);
});

test('two profiles of one scheduler: one packs, one spreads', async () => {
  const scheduler = {
    profiles: [
      { schedulerName: 'default-scheduler' },
      {
        schedulerName: 'packer',
        pluginConfig: [
          {
            name: 'NodeResourcesFit',
            args: { scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'cpu', weight: 1 }] } },
          },
        ],
        plugins: {
          score: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit' }] },
        },
      },
    ],
  };
  const cluster = await wholeCluster({ nodes: 4, settings: { scheduler } });
  const names = ['1', '2', '3', '4'];
  for (const i of names) {
    await create(cluster, pod(`spread-${i}`, { containers: asking('500m') }));
    await create(cluster, pod(`packed-${i}`, { containers: asking('500m'), schedulerName: 'packer' }));
  }
  await cluster.settle();
  const used = async (kind: string) =>
    new Set(await Promise.all(names.map((i) => placed(cluster, `${kind}-${i}`)))).size;
  expect(await used('packed')).toBe(1);
  // The node that is packed is the fullest.
  expect(await used('spread')).toBeGreaterThan(2);
  const { items } = await cluster.client.list({ group: '', version: 'v1', resource: 'events' }, 'default');
  const by = items.find(
    ({ reason, involvedObject }: KubeObject) => reason === 'Scheduled' && involvedObject.name === 'packed-1',
  );
  expect(by?.['source']?.component ?? by?.['reportingComponent']).toBe('packer');
});

test('a claim that waits for its first consumer is told the node; the pod waits for the volume', async () => {
  const cluster = await wholeCluster({ nodes: 1 });
  const { client } = cluster;
  const CLASSES = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };
  const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
  await client.create(CLASSES, '', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'late' },
    provisioner: 'disk.example.com',
    volumeBindingMode: 'WaitForFirstConsumer',
  } as never);
  await client.create(CLAIMS, 'default', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { storageClassName: 'late', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  } as never);
  await create(cluster, pod('p', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }));
  await cluster.settle();
  const claim = await client.get(CLAIMS, 'default', 'data');
  expect(claim.metadata.annotations).toMatchObject({ 'volume.kubernetes.io/selected-node': 'node-1' });
  expect(await placed(cluster, 'p')).toBeUndefined();
});
