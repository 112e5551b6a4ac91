/** Preemption: who would have to go, from which node, by the numbers. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import { type Preemption, preempt } from '../../../src/sim/scheduler/preemption';
import { schedulePod } from '../../../src/sim/scheduler/schedule-pod';
import { node, type PodWords, pod, profileFor, viewOfCluster } from './small-cluster';

const ARGS = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 };
const WEB = { app: 'web' };
const room = (tenths: number) => ({ cpu: `${tenths}00m`, memory: `${tenths}Gi` });

/** `100:3@5`: a pod of priority 100 that takes 3 of a node's 5 tenths, and started at 5. */
function placed(text: string, on: string, i: number, more: PodWords = {}): KubeObject {
  const [, priority, size, start] = /^(-?\d+):(\d+)(?:@(\d+))?$/.exec(text) ?? [];
  return pod(`${on}.${i}`, {
    on,
    priority: Number(priority),
    requests: room(Number(size)),
    ...(start ? { status: { startTime: `2026-01-01T00:00:0${start}Z` } } : {}),
    ...more,
  });
}

/** The same of several nodes, n1 first: `100:3 0:2`. */
const onNodes = (...texts: string[]): KubeObject[] =>
  texts.flatMap((text, n) => text.split(' ').map((one, i) => placed(one, `n${n + 1}`, i + 1)));

interface Asked {
  priority?: number;
  size?: number;
  args?: typeof ARGS;
  budget?: object;
  more?: PodWords;
}

function preempted(pods: readonly KubeObject[], nodes: number, asked: Asked = {}): Preemption {
  const { priority = 1000, size = 5, args = ARGS, budget, more = {} } = asked;
  const objects: Record<string, KubeObject[]> = budget
    ? {
        'poddisruptionbudgets.policy': [
          {
            apiVersion: 'policy/v1',
            kind: 'PodDisruptionBudget',
            metadata: { name: 'web', namespace: 'default' },
            spec: { selector: { matchLabels: WEB } },
            status: budget,
          },
        ],
      }
    : {};
  const some = Array.from({ length: nodes }, (_, i) => node(`n${i + 1}`, room(5)));
  const view = viewOfCluster({ nodes: some, pods, objects });
  const info = new PodInfo(pod('p', { priority, requests: room(size), ...more }));
  const failed = schedulePod(info, profileFor(view), view);
  if ('node' in failed) throw new Error(`it fits on ${failed.node.name}`);
  return preempt(info, failed, view, args);
}

test.each<[string, string[], Asked, string]>([
  ['the highest victim is least important', ['100:2 100:3', '100:2 0:2', '0:2 0:2'], {}, 'n3'],
  ['the sum of them is least', ['100:2 100:3', '100:3 0:2', '100:2 100:2'], {}, 'n2'],
  ['the fewest, where that is the same', ['100:1 -100:1 100:1 -100:1', '100:3 -100:2', '100:2 -100:1 0:1'], {}, 'n2'],
  ['negative priorities don’t make a sum less', ['100:1 -100:1 -100:1', '100:3 -100:2', '100:2 -100:1 0:1'], {}, 'n2'],
  [
    'the highest first, then the sum, then the number',
    ['100:1 0:1 0:1', '1000:3', '100:2 0:1 0:1 0:1', '100:2 100:1 100:1 -100:1'],
    { priority: 10000 },
    'n1',
  ],
  ['those that started last', ['100:2@2 100:2@2', '100:2@3 100:2@3', '100:2@1 100:2@1'], {}, 'n2'],
  ['the earliest of each node counts', ['100:2@4 100:2@2', '100:2@5 100:2@1', '100:2@3 100:2@6'], {}, 'n3'],
  ['of the most important alone', ['0:2@4 100:2@2', '100:2@6 0:2@1', '0:2@3 100:2@5'], {}, 'n2'],
])('which node is chosen: %s', (_, texts, asked, expected) => {
  expect(preempted(onNodes(...texts), texts.length, asked).chosen?.node.name).toBe(expected);
});

const victims = ({ candidates }: Preemption) =>
  Object.fromEntries(
    candidates.map((one) => [
      one.node.name,
      `${one.victims.map(({ name }) => name).sort()}${one.violations > 0 ? ` (${one.violations})` : ''}`,
    ]),
  );

test.each<[string, string[], Asked, Record<string, string>]>([
  ['either of two', ['100:3', '100:3'], { size: 3 }, { n1: 'n1.1', n2: 'n2.1' }],
  ['nobody who is more important', ['100:3', '100:3'], { size: 3, priority: 0 }, {}],
  ['nobody who is as important', ['100:3', '100:3'], { size: 3, priority: 100 }, {}],
  ['the small one stays', ['0:1 100:3', '100:3'], { size: 3 }, { n1: 'n1.2', n2: 'n2.1' }],
  ['the important ones stay', ['100:1 0:1 100:2 1000:1', '1000:3'], { size: 3 }, { n1: 'n1.2,n1.3' }],
  [
    'those that are there for longer stay',
    ['0:1@5 0:1@4 100:2@3 1000:1@2', '1000:3@1'],
    { size: 3 },
    { n1: 'n1.1,n1.3' },
  ],
])('who goes: %s', (_, texts, asked, expected) => {
  expect(victims(preempted(onNodes(...texts), texts.length, asked))).toEqual(expected);
});

test('only who is in the way of the pod goes, though others are less important', () => {
  const web = { labels: WEB };
  const away = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: WEB } },
      ],
    },
  };
  const pods = [placed('100:1', 'n1', 1, web), placed('0:1', 'n1', 2), placed('1000:1', 'n1', 3)];
  expect(victims(preempted(pods, 1, { size: 1, more: { ...web, spec: { affinity: away } } }))).toEqual({ n1: 'n1.1' });
});

test.each<[string, number, object, string]>([
  ['both are of one that allows one', 2, { disruptionsAllowed: 1 }, 'n1.1,n1.2 (1)'],
  ['it allows both', 2, { disruptionsAllowed: 2 }, 'n1.1,n1.2'],
  ['somebody else is on the way out', 2, { disruptionsAllowed: 1, disruptedPods: { other: 'x' } }, 'n1.1,n1.2 (1)'],
  ['one of them is on the way out', 2, { disruptionsAllowed: 1, disruptedPods: { 'n1.2': 'x' } }, 'n1.1,n1.2'],
  ['one of three is', 3, { disruptionsAllowed: 1, disruptedPods: { 'n1.3': 'x' } }, 'n1.1,n1.2,n1.3 (1)'],
])('budgets: %s', (_, count, budget, expected) => {
  const pods = Array.from({ length: count }, (__, i) => placed(`100:${i < 2 ? 2 : 1}`, 'n1', i + 1, { labels: WEB }));
  expect(victims(preempted(pods, 1, { budget }))).toEqual({ n1: expected });
});

test('as many candidates are looked for as are asked for, and on until one breaks no budget', () => {
  const args = { minCandidateNodesPercentage: 40, minCandidateNodesAbsolute: 1 };
  const texts = ['100:3', '100:3', '100:3', '100:3', '100:3'];
  expect(preempted(onNodes(...texts), 5, { size: 3, args }).candidates).toHaveLength(2);
  expect(
    preempted(onNodes('100:3', '10000:3', '100:3', '100:3', '10000:3'), 5, { size: 3, args }).candidates,
  ).toHaveLength(2);
  const guarded = [1, 2, 3, 4, 5].map((n) => placed('100:3', `n${n}`, 1, n === 4 ? {} : { labels: WEB }));
  const { chosen, candidates } = preempted(guarded, 5, { size: 3, args, budget: { disruptionsAllowed: 0 } });
  expect(chosen?.node.name).toBe('n4');
  expect(candidates.length).toBeGreaterThanOrEqual(2);
});
