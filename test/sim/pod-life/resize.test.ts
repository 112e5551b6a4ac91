/** Resources of running containers that change in place. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { boundPod, goOn, live, NODES, PODS } from './life';

const resources = (cpu: string, memory = '100Mi') => ({ requests: { cpu, memory }, limits: { cpu, memory } });

function resize(cpu: string, memory?: string, name = 'p') {
  return ({ client }: { client: import('../../../src/client/client').Client }) => {
    const patch = { spec: { containers: [{ name: 'main', resources: resources(cpu, memory) }] } };
    return client.patch(PODS, 'default', name, 'strategic', patch, undefined, 'resize');
  };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

function conditions(pod: KubeObject | undefined): string[] {
  const all: Condition[] = pod?.['status'].conditions ?? [];
  return all
    .filter(({ type }) => type.startsWith('PodResize'))
    .map(({ type, status, reason = '', message = '' }) => `${type}=${status} ${reason} ${message}`.trim());
}

test('the node has room: allocated, then given, without a restart', async () => {
  const life = await live(boundPod({ main: { resources: resources('500m') } }), 6, {});
  const during = await goOn(life.cluster, 'p', 6, 7, { 6: resize('800m') });
  expect(conditions(during.pod)).toEqual(['PodResizeInProgress=True']);
  expect(during.pod?.['status'].containerStatuses[0]).toMatchObject({
    allocatedResources: { cpu: '800m' },
    resources: { requests: { cpu: '500m' } },
  });
  const after = await goOn(life.cluster, 'p', 7, 9);
  expect(conditions(after.pod)).toEqual([]);
  expect(after.pod?.['status'].containerStatuses[0]).toMatchObject({
    restartCount: 0,
    resources: { requests: { cpu: '800m' }, limits: { cpu: '800m' } },
  });
  const given =
    '{"containers":[{"name":"main","resources":{"limits":{"cpu":"800m","memory":"100Mi"},"requests":{"cpu":"800m","memory":"100Mi"}}}],"generation":2}';
  expect(after.events.slice(-2)).toEqual([
    `6s ResizeStarted Pod resize started: ${given}`,
    `7s ResizeCompleted Pod resize completed: ${given}`,
  ]);
});

test('where the policy says so the container starts anew', async () => {
  const main = {
    resources: resources('500m'),
    resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
  };
  const life = await live(boundPod({ main }), 12, { 6: resize('500m', '200Mi') });
  expect(life.states.at(-1)).toBe('7s Running/Ready main:running,ready,1');
  expect(life.events).toContain('7s Killing Container main resize requires restart');
  const cpu = await live(boundPod({ main }), 12, { 6: resize('600m') });
  expect(cpu.states.at(-1)).toBe('3s Running/Ready main:running,ready');
});

test('more than the node has is refused; where it has become less it is never given', async () => {
  const life = await live(boundPod({ main: { resources: resources('500m') } }), 6);
  await expect(resize('5')(life.cluster)).rejects.toThrow(
    'pods "p" is forbidden: node didn\'t have enough allocatable resources: cpu, requested: 5000, allocatable: 4000',
  );
  await life.cluster.client.create(PODS, 'default', boundPod({ name: 'other', main: { resources: resources('3') } }));
  const less = { status: { allocatable: { cpu: '2' } } };
  const after = await goOn(life.cluster, 'p', 6, 200, {
    8: resize('3'),
    9: ({ client }) => client.patch(NODES, '', 'n', 'merge', less, undefined, 'status'),
  });
  expect(conditions(after.pod)).toEqual([
    "PodResizePending=True Infeasible Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
  ]);
  expect(after.events.filter((event) => event.includes('Infeasible'))).toHaveLength(1);
  // It is no longer asked for.
  const last = await goOn(life.cluster, 'p', 200, 204, { 200: resize('500m') });
  expect(conditions(last.pod)).toEqual([]);
});

test('what others have is given when they go', async () => {
  const life = await live(boundPod({ main: { resources: resources('500m') } }), 6);
  await life.cluster.client.create(PODS, 'default', boundPod({ name: 'other', main: { resources: resources('3') } }));
  const during = await goOn(life.cluster, 'p', 6, 14, { 12: resize('2') });
  expect(conditions(during.pod)).toEqual([
    "PodResizePending=True Deferred Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
  ]);
  const after = await goOn(life.cluster, 'p', 14, 22, {
    14: ({ client }) => client.delete(PODS, 'default', 'other'),
  });
  expect(conditions(after.pod)).toEqual([]);
  expect(after.pod?.['status'].containerStatuses[0].resources.requests.cpu).toBe('2');
});

const pending = (pod: KubeObject | undefined) => conditions(pod).map((text) => text.split(' ')[1]);

async function two(first: { cpu: string; spec?: object }, second: { cpu: string; spec?: object }) {
  const life = await live(
    boundPod({ name: 'a', main: { resources: resources(first.cpu) }, spec: first.spec ?? {} }),
    1,
  );
  const b = boundPod({ name: 'b', main: { resources: resources(second.cpu) }, spec: second.spec ?? {} });
  await life.cluster.client.create(PODS, 'default', b);
  await life.cluster.tick({ advance: 8000 });
  return life.cluster;
}

test('of two that ask at once only one is given what is left', async () => {
  const cluster = await two({ cpu: '1' }, { cpu: '1' });
  await resize('2500m', undefined, 'a')(cluster);
  await resize('2500m', undefined, 'b')(cluster);
  await cluster.tick({ advance: 3000 });
  expect(pending(await cluster.client.get(PODS, 'default', 'a'))).toEqual([]);
  expect(pending(await cluster.client.get(PODS, 'default', 'b'))).toEqual(['Deferred']);
});

test('who takes less goes first, and who waits is looked at then', async () => {
  const cluster = await two({ cpu: '2' }, { cpu: '2' });
  await resize('3', undefined, 'a')(cluster);
  await cluster.tick({ advance: 2000 });
  expect(pending(await cluster.client.get(PODS, 'default', 'a'))).toEqual(['Deferred']);
  await resize('1', undefined, 'b')(cluster);
  await cluster.tick({ advance: 3000 });
  const a = await cluster.client.get(PODS, 'default', 'a');
  expect(a['status'].containerStatuses[0].resources.requests.cpu).toBe('3');
});

test('pods that name a node all at once are taken until it is full', async () => {
  const { cluster } = await live(boundPod({ name: 'a', main: { resources: resources('1500m') } }), 0);
  for (const name of ['b', 'c'])
    await cluster.client.create(PODS, 'default', boundPod({ name, main: { resources: resources('1500m') } }));
  await cluster.tick({ advance: 1000 });
  const { items } = await cluster.client.list(PODS, 'default');
  expect(items.map((pod) => pod['status'].reason ?? pod['status'].phase)).toEqual(['Pending', 'Pending', 'OutOfcpu']);
});
