/** The cycle around the plugins: how many nodes are looked at, how scores are brought together, what is said when nothing fits. */
import { createRandom } from '../../../src/sim/random';
import type { ClusterView } from '../../../src/sim/scheduler/cluster-view';
import { Diagnosis, fitError } from '../../../src/sim/scheduler/fit-error';
import { relativeToHighest, resolvable, unresolvable } from '../../../src/sim/scheduler/plugin';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import { postFilter } from '../../../src/sim/scheduler/post-filter';
import type { Profile } from '../../../src/sim/scheduler/profile';
import {
  feasibleNodesOf,
  feasibleNodesToFind,
  Judge,
  prepareFilters,
  schedulePod,
} from '../../../src/sim/scheduler/schedule-pod';
import { chanceOf, prepareScorers, totalScores } from '../../../src/sim/scheduler/scoring';
import { type Cluster, node, pod, profileFor, viewOfCluster } from './small-cluster';

test.each([
  [50, 0, 50],
  [99, 0, 99],
  // All up to 100; then 50 % less one per 125 nodes.
  [100, 0, 100],
  [125, 0, 100],
  // 50 - 8 = 42 %.
  [1000, 0, 420],
  // 50 - 40 = 10 %.
  [5000, 0, 500],
  // 50 - 45 = 5 %, and never less.
  [5625, 0, 281],
  [10000, 0, 500],
  [99, 10, 99],
  [1000, 5, 100],
  [1000, 40, 400],
  [1000, 100, 1000],
])('of %d nodes, at %d %%, %d that fit are enough', (nodes, percentage, expected) => {
  expect(feasibleNodesToFind(nodes, percentage)).toBe(expected);
});

test.each([
  [[0, 0], false, [0, 0]],
  [[0, 0], true, [100, 100]],
  [[1, 2, 4], false, [25, 50, 100]],
  [[1, 2, 4], true, [75, 50, 0]],
  [[3], false, [100]],
  // 100 × 1 / 3 = 33; reversed 100 - 33.
  [[1, 3], false, [33, 100]],
  [[1, 3], true, [67, 0]],
  [[], true, []],
])('%j, reversed: %s', (scores, reverse, expected) => {
  expect(scores.map(relativeToHighest(Math.max(0, ...scores), reverse))).toEqual(expected);
});

describe('what is said', () => {
  const CPU = resolvable('Insufficient cpu');
  const BOTH = resolvable('Insufficient cpu', 'Insufficient memory');
  const CORDONED = unresolvable('node(s) were unschedulable');

  test('reasons are counted, each on its own, and sorted as texts', () => {
    const diagnosis = new Diagnosis(13);
    diagnosis.count(CORDONED, 2);
    diagnosis.count(CPU, 10);
    diagnosis.count(BOTH, 1);
    expect(fitError(diagnosis)).toBe(
      '0/13 nodes are available: 1 Insufficient memory, 11 Insufficient cpu, 2 node(s) were unschedulable.',
    );
  });

  test('nodes that were not looked at are told of too', () => {
    const diagnosis = new Diagnosis(3);
    diagnosis.absent = unresolvable("node(s) didn't satisfy plugin(s) [NodeAffinity]");
    diagnosis.count(CPU, 1);
    expect(fitError(diagnosis, 'preemption: none.')).toBe(
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: none.",
    );
  });

  const told = (cluster: Cluster, incoming = pod('p', { requests: { cpu: '2' } })) => {
    const view = viewOfCluster(cluster);
    const profile = profileFor(view, cluster.configuration);
    const info = new PodInfo(incoming);
    const result = schedulePod(info, profile, view);
    return 'node' in result ? result.node.name : postFilter(info, result, profile, view).message;
  };
  const small = { cpu: '1' };
  const high = (more: object = {}) => pod('p', { requests: { cpu: '2' }, priority: 10, spec: more });
  const big = pod('big', { requests: { cpu: '3' }, on: 'n', priority: 20 });

  test.each<[string, Cluster, ReturnType<typeof pod> | undefined, string]>([
    ['no nodes', { nodes: [] }, undefined, 'no nodes available to schedule pods'],
    [
      'the node is too small for good',
      { nodes: [node('n', small)] },
      undefined,
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    ],
    [
      'nobody is less important',
      { nodes: [node('n')], pods: [big] },
      high(),
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ],
    [
      'it would not preempt',
      { nodes: [node('n')], pods: [big] },
      high({ preemptionPolicy: 'Never' }),
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    ],
    [
      'taints, said without the taint',
      { nodes: [node('n', { taints: ['a=b:NoSchedule'] }), node('m', { taints: ['c:NoExecute'] })] },
      undefined,
      '0/2 nodes are available: 2 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    ],
    [
      'refused whatever the nodes',
      { nodes: [node('n')] },
      pod('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } }),
      '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
    ],
    [
      'a field that names no node',
      { nodes: [node('n')] },
      pod('p', {
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['m'] }] }],
              },
            },
          },
        },
      }),
      "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ],
    [
      'without preemption',
      {
        nodes: [node('n', small)],
        configuration: { profiles: [{ plugins: { postFilter: { disabled: [{ name: '*' }] } } }] },
      },
      undefined,
      '0/1 nodes are available: 1 Insufficient cpu.',
    ],
  ])('%s', (_, cluster, incoming, expected) => {
    expect(told(cluster, incoming)).toBe(expected);
  });
});

test('of equal nodes each is taken by some pods, always the same by the same pod', () => {
  const view = viewOfCluster({ nodes: ['a', 'b', 'c'].map((name) => node(name)) });
  const profile = profileFor(view);
  const nodeOf = (name: string) => {
    const found = schedulePod(new PodInfo(pod(name)), profile, view);
    return 'node' in found ? found.node.name : 'none';
  };
  const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
  const first = names.map(nodeOf);
  expect([...new Set(first)].sort()).toEqual(['a', 'b', 'c']);
  expect(names.map(nodeOf)).toEqual(first);
});

test('what is remembered of nodes for pods alike is as good as found anew, whatever changes', () => {
  const zone = (name: string) => ({ labels: { zone: name } });
  const kept = viewOfCluster({ nodes: [node('a', zone('1')), node('b', zone('2')), node('c')] });
  const profile = profileFor(kept);
  const preferring = (value: string) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 3, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: [value] }] } },
      ],
    },
  });
  const incoming = ['1', '2'].map(
    (value) => new PodInfo(pod(`p${value}`, { requests: { cpu: '1' }, spec: { affinity: preferring(value) } })),
  );
  const changes: ((view: ClusterView) => void)[] = [
    () => {},
    (view) => view.place(new PodInfo(pod('q', { requests: { cpu: '2', memory: '1Gi' } })), 'a'),
    (view) => view.setNode(node('b', zone('1'))),
    (view) => view.setNode(node('c', { ...zone('2'), cpu: '16' })),
    (view) => view.displace('pod-default-q'),
    (view) => view.removeNode('a'),
    (view) => view.setNode(node('d', { ...zone('2'), taints: ['x:PreferNoSchedule'] })),
    (view) => view.setNode(node('b')),
  ];
  const told = (view: ClusterView, by: Profile) =>
    incoming.map((info) => {
      const feasible = feasibleNodesOf(info, by, prepareFilters(info, by), view);
      const totals = totalScores(feasible, prepareScorers(info, by, feasible));
      return Object.fromEntries(feasible.nodes().map(({ name }, i) => [name, totals[i]]));
    });
  changes.forEach((change, i) => {
    change(kept);
    const fresh = viewOfCluster({ nodes: [node('a', zone('1')), node('b', zone('2')), node('c')] });
    for (const one of changes.slice(0, i + 1)) one(fresh);
    const expected = told(fresh, profileFor(fresh));
    expect(told(kept, profile)).toEqual(expected);
    expect(Object.keys(expected[0] ?? {}).length).toBeGreaterThan(0);
  });
});

test('many nodes looked at together are judged as each would be alone, from a place of the pod’s own on', () => {
  const random = createRandom(7);
  const nodes = Array.from({ length: 300 }, (_, i) => {
    const labels: Record<string, string> = random.below(5) > 0 ? { disk: random.below(9) > 0 ? 'ssd' : 'hdd' } : {};
    // Runs of nodes that fit, of many lengths.
    const full = random.below(1 + Math.trunc(i / 20)) === 0;
    return node(`n${i}`, { labels, cpu: full ? '1' : '4', cordoned: random.below(20) === 0 });
  });
  const view = viewOfCluster({ nodes });
  const profile = profileFor(view);
  const specs = [{}, { nodeSelector: { disk: 'ssd' } }, { hostNetwork: true }];
  let wrapped = 0;
  let short = 0;
  for (let i = 0; i < 60; i++) {
    const requests = { cpu: i % 4 === 0 ? '1' : '2' };
    const info = new PodInfo(pod(`p${i}`, { requests, spec: specs[i % specs.length] as object }));
    const judge = new Judge(info, prepareFilters(info, profile), view);
    const start = chanceOf(info).below(nodes.length);
    const ring = [...view.ordered.slice(start), ...view.ordered.slice(0, start)];
    const enough = feasibleNodesToFind(nodes.length);
    const expected = ring.filter((one) => !judge.verdict(one)).slice(0, enough);
    const found = feasibleNodesOf(info, profile, prepareFilters(info, profile), view).nodes();
    expect(found.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
    if (expected.length < enough) short++;
    else if (expected.some((one) => view.ordered.indexOf(one) < start)) wrapped++;
    // A node gives room, or takes some.
    view.setNode(node(`n${random.below(300)}`, { labels: { disk: 'ssd' }, cpu: random.below(2) === 0 ? '1' : '8' }));
  }
  expect(wrapped).toBeGreaterThan(5);
  expect(short).toBeGreaterThan(2);
});

test('pods that are alike are told of each change of a node, though only what has changed is looked at again', () => {
  const random = createRandom(11);
  const view = viewOfCluster({ nodes: Array.from({ length: 60 }, (_, i) => node(`n${i}`, { cpu: '2' })) });
  const profile = profileFor(view);
  let nodes = 60;
  const changes: (() => void)[] = [
    () => {},
    () => view.setNode(node(`n${random.below(nodes)}`, { cpu: String(1 + random.below(2)) })),
    () => view.setNode(node(`n${random.below(nodes)}`, { cpu: '2', cordoned: random.below(2) === 0 })),
    () => view.setNode(node(`n${random.below(nodes)}`, { cpu: '2', taints: random.below(2) ? ['x:NoSchedule'] : [] })),
    // More than the columns had room for.
    () => view.setNode(node(`n${nodes++}`, { cpu: '2' })),
    () => view.removeNode(`n${random.below(nodes)}`),
    () => {
      const waiting = new PodInfo(pod(`w${random.below(1000)}`, { requests: { cpu: '1' } }));
      view.nominate(waiting, `n${random.below(nodes)}`);
    },
  ];
  let all = 0;
  for (let i = 0; i < 400; i++) {
    const cpu = i % 100 < 50 ? '1' : '1500m';
    const info = new PodInfo(pod(`p${i}`, { requests: { cpu } }));
    const start = view.ordered.length < 100 ? 0 : chanceOf(info).below(view.ordered.length);
    const ring = [...view.ordered.slice(start), ...view.ordered.slice(0, start)];
    const judge = new Judge(info, prepareFilters(info, profile), view);
    const expected = ring
      .filter((one) => !judge.verdict(one))
      .slice(0, feasibleNodesToFind(ring.length))
      .map(({ name }) => name);
    const found = feasibleNodesOf(info, profile, prepareFilters(info, profile), view);
    expect(found.nodes().map(({ name }) => name)).toEqual(expected);
    if (expected.length === ring.length) all++;
    const best = schedulePod(info, profile, view);
    expect(expected).toEqual('node' in best ? expect.arrayContaining([best.node.name]) : []);
    if ('node' in best && i % 3 === 0) view.place(info, best.node.name);
    changes[random.below(i < 40 ? 1 : changes.length)]?.();
    // More changes than are noted.
    if (i === 320) for (let k = 0; k < 5000; k++) view.setNode(node(`n${k % 7}`, { cpu: '1' }));
  }
  expect(all).toBeGreaterThan(10);
  expect(nodes).toBeGreaterThan(64);
});

test('a node without the label that pods are spread over may come later than the others', () => {
  const zoned = Array.from({ length: 64 }, (_, i) => node(`n${i}`, { labels: { 'topology.kubernetes.io/zone': 'z' } }));
  const labels = { app: 'web' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } };
  const objects = { services: [{ ...service, spec: { selector: labels } }] };
  const totals = (view: ClusterView, profile: Profile) => {
    const info = new PodInfo(pod('p', { labels }));
    const found = feasibleNodesOf(info, profile, prepareFilters(info, profile), view);
    return [...totalScores(found, prepareScorers(info, profile, found))];
  };
  const view = viewOfCluster({ nodes: zoned, objects });
  const profile = profileFor(view);
  expect(totals(view, profile)).toHaveLength(64);
  view.setNode(node('n64'));
  const fresh = viewOfCluster({ nodes: [...zoned, node('n64')], objects });
  expect(totals(view, profile)).toEqual(totals(fresh, profileFor(fresh)));
});
