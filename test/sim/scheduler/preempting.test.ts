/** Preemption in a whole cluster: who goes, what is written and said, and what happens then. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { PODS, pod, type WholeCluster, wholeCluster } from '../whole-cluster';

const PRIORITIES = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };
const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

const asking = (cpu: string, more: object = {}, labels: Record<string, string> = {}, name = 'p') =>
  pod(name, { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }], ...more }, labels);

async function clusterWithPriorities(nodes = 1): Promise<WholeCluster> {
  const cluster = await wholeCluster({ nodes, nodeCpu: '4' });
  const classes: [string, number, string?][] = [
    ['low', 1],
    ['middle', 50],
    ['high', 100],
    ['patient', 100, 'Never'],
  ];
  for (const [name, value, preemptionPolicy] of classes)
    await cluster.client.create(PRIORITIES, '', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      ...(preemptionPolicy ? { preemptionPolicy } : {}),
    } as never);
  return cluster;
}

const names = async ({ client }: WholeCluster) =>
  (await client.list(PODS, 'default')).items.map(({ metadata }) => metadata.name);
const placed = async (cluster: WholeCluster, name: string) => (await cluster.pod(name))['spec'].nodeName;

test('a more important pod is nominated, its victim goes with its condition and event, then it takes the place', async () => {
  const cluster = await clusterWithPriorities();
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'low' }, {}, 'victim'));
  await cluster.settle();
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'high' }, {}, 'urgent'));
  await cluster.tick({});
  const victim = await cluster.pod('victim');
  expect(victim.metadata.deletionTimestamp).toBeDefined();
  expect(victim['status'].conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    }),
  );
  const urgent = await cluster.pod('urgent');
  expect(urgent['status'].nominatedNodeName).toBe('node-1');
  expect(urgent['spec'].nodeName).toBeUndefined();
  expect(urgent['status'].conditions).toContainEqual(
    expect.objectContaining({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    }),
  );
  expect(await cluster.eventsAbout('victim')).toContain(
    `Preempted: Preempted by pod ${urgent.metadata.uid} on node node-1`,
  );
  await cluster.settle();
  expect(await placed(cluster, 'urgent')).toBe('node-1');
  expect(await names(cluster)).toEqual(['urgent']);
});

test('while the victim goes, nobody less important takes the room', async () => {
  const cluster = await clusterWithPriorities();
  await cluster.client.create(PODS, 'default', asking('2', { priorityClassName: 'low' }, {}, 'victim'));
  await cluster.settle();
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'high' }, {}, 'urgent'));
  await cluster.tick({});
  await cluster.client.create(PODS, 'default', asking('2', { priorityClassName: 'middle' }, {}, 'sly'));
  await cluster.settle();
  expect(await placed(cluster, 'urgent')).toBe('node-1');
  expect(await placed(cluster, 'sly')).toBeUndefined();
});

test('who never preempts waits', async () => {
  const cluster = await clusterWithPriorities();
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'low' }, {}, 'there'));
  await cluster.settle();
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'patient' }, {}, 'patient'));
  await cluster.settle();
  expect((await names(cluster)).sort()).toEqual(['patient', 'there']);
  expect(await cluster.eventsAbout('patient')).toEqual([
    'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
  ]);
});

test('a node whose pods no budget protects is rather taken', async () => {
  const cluster = await clusterWithPriorities(2);
  for (const [name, app] of [
    ['guarded', 'guarded'],
    ['free', 'free'],
  ] as const)
    await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'low' }, { app }, name));
  await cluster.client.create(BUDGETS, 'default', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'guard' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
  } as never);
  await cluster.settle();
  const free = await placed(cluster, 'free');
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'high' }, {}, 'urgent'));
  await cluster.settle();
  expect((await names(cluster)).sort()).toEqual(['guarded', 'urgent']);
  expect(await placed(cluster, 'urgent')).toBe(free);
});

test('a budget does not save the last resort', async () => {
  const cluster = await clusterWithPriorities();
  await cluster.client.create(
    PODS,
    'default',
    asking('3', { priorityClassName: 'low' }, { app: 'guarded' }, 'guarded'),
  );
  await cluster.client.create(BUDGETS, 'default', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'guard' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
  } as never);
  await cluster.settle();
  await cluster.client.create(PODS, 'default', asking('3', { priorityClassName: 'high' }, {}, 'urgent'));
  await cluster.settle();
  expect(await names(cluster)).toEqual(['urgent']);
});

test('no more go than have to', async () => {
  const cluster = await clusterWithPriorities();
  for (const [name, priorityClassName] of [
    ['a', 'low'],
    ['b', 'low'],
    ['c', 'middle'],
  ] as const)
    await cluster.client.create(PODS, 'default', asking('1', { priorityClassName }, {}, name));
  await cluster.settle();
  await cluster.client.create(PODS, 'default', asking('2', { priorityClassName: 'high' }, {}, 'urgent'));
  await cluster.settle();
  const left = (await names(cluster)).sort();
  expect(left).toHaveLength(3);
  expect(left).toEqual(expect.arrayContaining(['c', 'urgent']));
});

test('a port that is taken is freed by preemption', async () => {
  const cluster = await clusterWithPriorities();
  const containers = [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 80 }] }];
  const of = (name: string, priorityClassName: string): KubeObject => pod(name, { containers, priorityClassName });
  await cluster.client.create(PODS, 'default', of('old', 'low'));
  await cluster.settle();
  await cluster.client.create(PODS, 'default', of('new', 'middle'));
  await cluster.settle();
  expect(await names(cluster)).toEqual(['new']);
});
