/** Where pods land, and what is said of those that land nowhere. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { podRequests } from '../../src/apimachinery/pod-requests';
import { createRandom } from '../../src/sim/random';
import { NodeInfo, podInfo } from '../../src/sim/scheduler/node-info';
import { normaliseToHighest } from '../../src/sim/scheduler/plugin';
import { nodeAffinity } from '../../src/sim/scheduler/plugins/node-affinity';
import { nodeResourcesBalancedAllocation, nodeResourcesFit } from '../../src/sim/scheduler/plugins/node-resources';
import { tolerates } from '../../src/sim/scheduler/plugins/taint-toleration';
import { feasibleNodesToFind, fitError, schedulePod } from '../../src/sim/scheduler/schedule-pod';
import { NODES, PODS, pod, wholeCluster } from './whole-cluster';

function node(
  name: string,
  more: { cpu?: string; memory?: string; labels?: Record<string, string>; spec?: object } = {},
): NodeInfo {
  const { cpu = '4', memory = '8Gi', labels = {}, spec = {} } = more;
  return new NodeInfo({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: { allocatable: { cpu, memory, pods: '3' } },
  });
}

function asking(requests: Record<string, string>, spec: object = {}, uid = 'p'): KubeObject {
  const made = pod('p', { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...spec });
  return { ...made, metadata: { ...made.metadata, uid } };
}

describe('requests', () => {
  const container = (cpu: string, restartPolicy?: string) => ({ resources: { requests: { cpu } }, restartPolicy });
  test.each([
    ['containers add up', { containers: [container('100m'), container('1')] }, 1100],
    [
      'the hungriest init container counts',
      { containers: [container('100m')], initContainers: [container('2'), container('1')] },
      2000,
    ],
    [
      'sidecars add to what follows them',
      { containers: [container('1')], initContainers: [container('500m', 'Always'), container('2')] },
      2500,
    ],
    [
      'sidecars add to containers',
      { containers: [container('2')], initContainers: [container('500m', 'Always'), container('1')] },
      2500,
    ],
    ['overhead is on top', { containers: [container('1')], overhead: { cpu: '250m' } }, 1250],
    [
      'requests of the pod replace the sum',
      { containers: [container('1')], resources: { requests: { cpu: '3' } } },
      3000,
    ],
  ])('%s', (_, spec, milliCPU) => {
    expect(podRequests(spec).milliCPU).toBe(milliCPU);
  });
});

describe('node affinity', () => {
  const labels = { zone: 'a', disk: 'ssd', cores: '8' };
  const matches = (expression: object, labelled = labels) => {
    const required = { nodeSelectorTerms: [{ matchExpressions: [expression] }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    const prepared = nodeAffinity.prepare(podInfo(asking({}, { affinity })));
    return prepared?.filter?.(node('n', { labels: labelled })) === undefined;
  };
  test.each([
    [{ key: 'zone', operator: 'In', values: ['a', 'b'] }, true],
    [{ key: 'zone', operator: 'In', values: ['b'] }, false],
    [{ key: 'none', operator: 'In', values: ['a'] }, false],
    [{ key: 'zone', operator: 'NotIn', values: ['b'] }, true],
    [{ key: 'zone', operator: 'NotIn', values: ['a'] }, false],
    [{ key: 'none', operator: 'NotIn', values: ['a'] }, true],
    [{ key: 'disk', operator: 'Exists' }, true],
    [{ key: 'none', operator: 'Exists' }, false],
    [{ key: 'disk', operator: 'DoesNotExist' }, false],
    [{ key: 'none', operator: 'DoesNotExist' }, true],
    [{ key: 'cores', operator: 'Gt', values: ['7'] }, true],
    [{ key: 'cores', operator: 'Gt', values: ['8'] }, false],
    [{ key: 'cores', operator: 'Lt', values: ['9'] }, true],
    [{ key: 'disk', operator: 'Lt', values: ['9'] }, false],
  ])('%j: %s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });
});

describe('tolerations', () => {
  const taint = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' };
  test.each([
    [{ key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }, true],
    [{ key: 'dedicated', value: 'gpu' }, true],
    [{ key: 'dedicated', operator: 'Equal', value: 'cpu' }, false],
    [{ key: 'dedicated', operator: 'Exists' }, true],
    [{ operator: 'Exists' }, true],
    [{ key: 'other', operator: 'Exists' }, false],
    [{ operator: 'Exists', effect: 'NoExecute' }, false],
  ])('%j: %s', (toleration, expected) => {
    expect(tolerates(toleration, taint)).toBe(expected);
  });
});

describe('scores', () => {
  test('least allocated: the mean of what stays free of cpu and memory', () => {
    // cpu: (4000 - 1000) / 4000 = 75; memory: (8 - 4) / 8 = 50.
    const plugin = nodeResourcesFit.prepare(podInfo(asking({ cpu: '1', memory: '4Gi' })));
    expect(plugin?.score?.(node('n'))).toBe(62);
  });
  test('containers that ask for nothing count as 100m and 200Mi', () => {
    // cpu: 97.5 → 97; memory: (8192 - 200) / 8192 = 97.56 → 97.
    expect(nodeResourcesFit.prepare(podInfo(asking({})))?.score?.(node('n'))).toBe(97);
  });
  test('balance: 75 where it stays as it was, less where the pod makes it lopsided', () => {
    const score = (requests: Record<string, string>) =>
      nodeResourcesBalancedAllocation.prepare(podInfo(asking(requests)))?.score?.(node('n'));
    expect(score({ cpu: '2', memory: '4Gi' })).toBe(75);
    // 0.5 of cpu, nothing of memory: deviation 0.25; 50 + (50 + 75 - 100) / 2 = 62.
    expect(score({ cpu: '2' })).toBe(62);
  });
  test.each([
    [[10, 20, 0], false, [50, 100, 0]],
    [[1, 3, 2], true, [67, 0, 34]],
    [[0, 0], true, [100, 100]],
    [[0, 0], false, [0, 0]],
  ])('normalised %j, reversed %s', (scores, reverse, expected) => {
    const normalised = [...scores];
    normaliseToHighest(normalised, reverse);
    expect(normalised).toEqual(expected);
  });
  test.each([
    [50, 50],
    [99, 99],
    [100, 100],
    [1000, 420],
    [5000, 500],
    [10000, 500],
  ])('of %d nodes %d feasible ones are enough', (nodes, enough) => {
    expect(feasibleNodesToFind(nodes)).toBe(enough);
  });
});

test('what no node has is told node by node', () => {
  const nodes = [
    node('a'),
    node('b', { cpu: '1' }),
    node('c', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }),
    node('d', { spec: { unschedulable: true } }),
  ];
  nodes[0]?.add(podInfo(asking({ cpu: '3' }, {}, 'other')));
  const found = schedulePod(podInfo(asking({ cpu: '2' })), nodes, { index: 0 }, createRandom(1));
  expect('node' in found ? found.node.name : fitError(found)).toBe(
    '0/4 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 2 Insufficient cpu. ' +
      'preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.',
  );
});

test('a pod that fits nowhere waits, and is placed when a node is labelled', async () => {
  const { client, settle, pod: get, eventsAbout } = await wholeCluster();
  await client.create(PODS, 'default', pod('picky', { nodeSelector: { disk: 'ssd' } }));
  await settle();
  expect((await get('picky'))['status'].conditions[0]).toMatchObject({
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
  });
  expect(await eventsAbout('picky')).toEqual([
    "FailedScheduling: 0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  ]);
  await client.patch(NODES, '', 'node-2', 'merge', { metadata: { labels: { disk: 'ssd' } } });
  await settle();
  expect((await get('picky'))['spec'].nodeName).toBe('node-2');
});

test('a full node takes the next pod only when one goes', async () => {
  const { client, settle, pod: get } = await wholeCluster({ nodes: 1, nodeCpu: '2' });
  const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '1500m' } } }];
  await client.create(PODS, 'default', pod('first', { containers }));
  await client.create(PODS, 'default', pod('second', { containers }));
  await settle();
  const placed = await Promise.all(['first', 'second'].map(async (name) => (await get(name))['spec'].nodeName));
  expect(placed.filter(Boolean)).toEqual(['node-1']);
  const [holder, waiter] = placed[0] ? ['first', 'second'] : ['second', 'first'];
  await client.delete(PODS, 'default', holder as string);
  await settle();
  expect((await get(waiter as string))['status'].phase).toBe('Running');
});
