/** The parts that need no cluster, by numbers reckoned by hand. */
import fc from 'fast-check';
import { autoscalerFlagComplaint } from '../../../src/apimachinery/autoscaler-flag-values';
import { AUTOSCALER_FLAGS, isAutoscalerFlag } from '../../../src/apimachinery/autoscaler-flags';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { backedOff, backOff } from '../../../src/sim/cluster-autoscaler/back-off';
import { Beat } from '../../../src/sim/cluster-autoscaler/beat';
import { Budgets } from '../../../src/sim/cluster-autoscaler/budgets';
import { podsToMove } from '../../../src/sim/cluster-autoscaler/drainability';
import { NodeGroup } from '../../../src/sim/cluster-autoscaler/node-group';
import { Options } from '../../../src/sim/cluster-autoscaler/options';
import { balance } from '../../../src/sim/cluster-autoscaler/similar-groups';
import { emptyState, readState, writeState } from '../../../src/sim/cluster-autoscaler/state';
import type { Objects } from '../../../src/sim/scheduler/cluster-view';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import { autoscaled } from './autoscaled';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');

describe('back-off', () => {
  test('five minutes, doubled with each failure, at most thirty; three hours without one, and it begins anew', () => {
    const state = emptyState();
    const options = new Options();
    let now = START;
    const fail = () => {
      backOff(state, 'pool', { code: 'timeout', message: 'x' }, options, now);
      return ((state.backOffs['pool']?.until ?? 0) - now) / MINUTE;
    };
    for (const minutes of [5, 10, 20, 30, 30]) {
      expect(fail()).toBe(minutes);
      // While it lasts, another failure makes it no longer than the one before.
      now += MINUTE;
      expect(fail()).toBe(minutes);
      now += minutes * MINUTE + 1;
      expect(backedOff(state, 'pool', now)).toBeUndefined();
    }
    now += 3 * 60 * MINUTE;
    expect(fail()).toBe(5);
  });
});

describe('the beat', () => {
  const beat = new Beat(
    { apiVersion: 'v1', kind: 'X', metadata: { creationTimestamp: '2026-01-01T00:00:03Z' } },
    new Options(),
  );

  test.each([
    [0, 3],
    [3, 3],
    [4, 13],
    [13, 13],
    [61, 63],
  ])('from second %i on, the first look is at %i', (second, look) => {
    expect(beat.from(START + second * 1000)).toBe(START + look * 1000);
  });

  test('a node that is stuck is looked at every five minutes', () => {
    const until = START + 303_000;
    expect(beat.recheck(until, START)).toBe(until);
    expect(beat.recheck(until, until)).toBe(until);
    expect(beat.recheck(until, until + 1)).toBe(until + 300_000);
    expect(beat.recheck(until, until + 900_000)).toBe(until + 900_000);
  });
});

describe('sharing new nodes among groups', () => {
  const group = (name: string, targetSize: number, maxSize: number) =>
    new NodeGroup(
      {
        apiVersion: 'kubetick.dev/v1alpha1',
        kind: 'NodeGroup',
        metadata: { name },
        spec: { minSize: 0, maxSize, targetSize, template: { cpu: '1', memory: '1Gi' } },
      },
      undefined,
    );
  const shared = (sizes: [number, number][], nodes: number) => {
    const groups = sizes.map(([size, max], i) => group(`g${i}`, size, max));
    const after = groups.map(({ targetSize }) => targetSize);
    for (const { group: name, to } of balance(groups, nodes)) after[Number(name.slice(1))] = to;
    return after;
  };

  test.each<[[number, number][], number, number[]]>([
    [
      [
        [1, 10],
        [1, 10],
      ],
      4,
      [3, 3],
    ],
    [
      [
        [0, 10],
        [5, 10],
      ],
      4,
      [4, 5],
    ],
    [
      [
        [0, 2],
        [0, 10],
      ],
      6,
      [2, 4],
    ],
    [
      [
        [3, 3],
        [0, 10],
      ],
      2,
      [3, 2],
    ],
    [
      [
        [0, 1],
        [0, 1],
      ],
      9,
      [1, 1],
    ],
    [
      [
        [2, 10],
        [0, 10],
        [1, 10],
      ],
      3,
      [2, 2, 2],
    ],
  ])('%j and %i more', (sizes, nodes, after) => {
    expect(shared(sizes, nodes)).toEqual(after);
  });

  test('none beyond its most, none lost, and the smallest first', () => {
    const sizes = fc.array(
      fc.tuple(fc.nat(6), fc.nat(6)).map(([size, room]): [number, number] => [size, size + room]),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(sizes, fc.nat(20), (before, nodes) => {
        const after = shared(before, nodes);
        const room = before.reduce((sum, [size, max]) => sum + max - size, 0);
        const added = after.reduce((sum, size, i) => sum + size - (before[i]?.[0] ?? 0), 0);
        expect(added).toBe(Math.min(nodes, room));
        after.forEach((size, i) => {
          expect(size).toBeLessThanOrEqual(before[i]?.[1] ?? 0);
          const grew = size > (before[i]?.[0] ?? 0);
          // Who grew is not ahead of anybody who could have grown instead.
          for (const [j, other] of after.entries())
            if (grew && other < (before[j]?.[1] ?? 0)) expect(size - other).toBeLessThanOrEqual(1);
        });
      }),
      { seed: 1 },
    );
  });
});

describe('the expander price', () => {
  // Pods: 8 (0.033174 + 0.004446) = 0.30096; to steady it 0.5 × 0.033174 + 500/1024 × 0.004446 = 0.018758.
  // small: 4 nodes of 0.1, (0.4 + 0.018758) / (0.30096 + 0.018758) = 1.309773; 2 cores where 1 is best: 1 × (1 - tanh(3/15)) + 1 = 1.802625.
  // large: 1 node of 9, 9.018758 / 0.319718 = 28.208482; 16 cores: 16.
  test('by numbers reckoned by hand', async () => {
    const cluster = await autoscaled(
      0,
      'large --cpu 16 --memory 64Gi --price 9',
      'small --cpu 2 --memory 2Gi --price 0.1',
      'autoscaler --expander=price',
    );
    await cluster.pods('web', { replicas: 8, cpu: '1', memory: '1Gi' });
    await cluster.tick('30s');
    const { last } = (await cluster.why('small')) as never as {
      last: { options: { scores: { score: string; text: string }[] }[] };
    };
    const [large, small] = last.options.map(({ scores }) => scores[0]);
    expect(small?.text).toBe(
      'all_nodes_price=0.400000 pods_price=0.300960 stabilized_ratio=1.309773 unfitness=2.000000 suppressed=1.802625 final_score=2.361029',
    );
    expect(Number(large?.score)).toBeCloseTo(28.208482 * 16, 3);
  });
});

describe('what is remembered', () => {
  test('is read as it was written', () => {
    const state = emptyState();
    state.lastScaleUp = START;
    state.unneeded['pool-1'] = START + MINUTE;
    state.scaleUpRequests['pool'] = { increase: 3, time: START, expectedAddTime: START + 15 * MINUTE };
    state.deletions['pool-2'] = { group: 'pool', drain: true, started: START, evicted: ['default/web'] };
    const written = writeState(state);
    expect(written).toEqual({
      lastScaleUp: '2026-01-01T00:00:00Z',
      unneeded: { 'pool-1': '2026-01-01T00:01:00Z' },
      scaleUpRequests: { pool: { increase: 3, time: '2026-01-01T00:00:00Z', expectedAddTime: '2026-01-01T00:15:00Z' } },
      deletions: {
        'pool-2': { group: 'pool', drain: true, started: '2026-01-01T00:00:00Z', evicted: ['default/web'] },
      },
    });
    expect(readState(written)).toEqual(state);
    expect(readState(undefined)).toEqual(emptyState());
  });
});

describe('what becomes of the pods of a node', () => {
  const owned = (kind: string, more: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [
        {
          apiVersion: /^Rep.*Controller$/.test(kind) ? 'v1' : 'apps/v1',
          kind,
          name: 'owner',
          uid: 'o',
          controller: true,
        },
      ],
    },
    spec: { containers: [] },
    ...more,
  });
  const nobody: Objects = { get: () => undefined, list: () => [], index: () => [] };
  const judged = (pod: KubeObject, flags: Record<string, string> = {}) => {
    const context = { objects: nobody, budgets: new Budgets([]), options: new Options(flags), now: START + 3_600_000 };
    const { pods, daemonPods, onCompletion, blocked } = podsToMove([new PodInfo(pod)], context);
    if (blocked) return blocked.message;
    return `${pods.length} move, ${daemonPods.length} of DaemonSets, ${onCompletion.length} end by themselves`;
  };
  const annotated = (pod: KubeObject, annotations: Record<string, string>): KubeObject => ({
    ...pod,
    metadata: { ...pod.metadata, annotations },
  });
  const deleted = (pod: KubeObject, deletionTimestamp: string): KubeObject => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp },
  });

  test.each<[string, KubeObject, string]>([
    [
      'ReplicaSet',
      owned('ReplicaSet'),
      'replication controller for default/web is not available, err: replicaset.apps "owner" not found',
    ],
    [
      'ReplicationController',
      owned('ReplicationController'),
      'replication controller for default/web is not available, err: replicationcontroller "owner" not found',
    ],
    ['Job', owned('Job'), 'job for default/web is not available: err: job.batch "owner" not found'],
    [
      'StatefulSet',
      owned('StatefulSet'),
      'statefulset for default/web is not available: err: statefulset.apps "owner" not found',
    ],
    [
      'DaemonSet',
      owned('DaemonSet'),
      'daemonset for default/web is not present, err: daemonset.apps "owner" not found',
    ],
    ['Workflow', owned('Workflow'), 'default/web is not replicated'],
    [
      'a mirror',
      annotated(owned('Node'), { 'kubernetes.io/config.mirror': 'x' }),
      '0 move, 0 of DaemonSets, 0 end by themselves',
    ],
    ['long gone', deleted(owned('Workflow'), '2026-01-01T00:58:00Z'), '0 move, 0 of DaemonSets, 0 end by themselves'],
    ['going', deleted(owned('Workflow'), '2026-01-01T00:59:30Z'), 'default/web is not replicated'],
    ['failed', owned('Workflow', { status: { phase: 'Failed' } }), '1 move, 0 of DaemonSets, 0 end by themselves'],
    [
      'safe',
      annotated(owned('Workflow'), { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }),
      '1 move, 0 of DaemonSets, 0 end by themselves',
    ],
    [
      'ending',
      annotated(owned('Workflow'), { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' }),
      '0 move, 0 of DaemonSets, 1 end by themselves',
    ],
    [
      'as of a DaemonSet',
      annotated(owned('Workflow'), { 'cluster-autoscaler.kubernetes.io/daemonset-pod': 'true' }),
      '0 move, 1 of DaemonSets, 0 end by themselves',
    ],
    [
      'as of a DaemonSet, made by another',
      annotated(owned('ReplicaSet'), { 'cluster-autoscaler.kubernetes.io/daemonset-pod': 'true' }),
      '0 move, 1 of DaemonSets, 0 end by themselves',
    ],
  ])('%s', (_, pod, outcome) => {
    expect(judged(pod)).toBe(outcome);
  });

  test('owners of any kind will do, where that is said; they are not looked for then', () => {
    const flags = { 'skip-nodes-with-custom-controller-pods': 'false' };
    expect(judged(owned('Workflow'), flags)).toBe('1 move, 0 of DaemonSets, 0 end by themselves');
    expect(judged(owned('ReplicaSet'), flags)).toBe('1 move, 0 of DaemonSets, 0 end by themselves');
  });
});

describe('flags', () => {
  test('every default is a value that its flag takes', () => {
    for (const [name, { default: value }] of Object.entries(AUTOSCALER_FLAGS))
      expect([name, isAutoscalerFlag(name) && autoscalerFlagComplaint(name, value)]).toEqual([name, undefined]);
  });

  test('what can not be read has its default; a group has its own', () => {
    const options = new Options({ 'scan-interval': 'often', 'max-nodes-total': '7' }, { 'max-nodes-total': '3' });
    expect(options.duration('scan-interval')).toBe(10_000);
    expect(options.number('max-nodes-total')).toBe(3);
    expect(options.range('cores-total')).toEqual({ min: 0, max: 320_000 });
  });
});
