/** Which pods are updated, and how: each rule by itself. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { parseQuantity } from '../../../src/apimachinery/quantity';
import { formatTime } from '../../../src/apimachinery/time';
import type { VerticalPodAutoscaler } from '../../../src/apimachinery/vertical-scaling/autoscaler';
import { DEFAULT_FLAGS } from '../../../src/apimachinery/vertical-scaling/flags';
import { Aggregate } from '../../../src/sim/controllers/vpa-recommender/aggregate';
import { estimate } from '../../../src/sim/controllers/vpa-recommender/estimate';
import { byPriority, judge, type Priority, priorityOf } from '../../../src/sim/controllers/vpa-updater/priority';
import { RateLimit } from '../../../src/sim/controllers/vpa-updater/rate-limit';
import {
  canEvict,
  canResize,
  isDisruptable,
  type ReplicaGroup,
} from '../../../src/sim/controllers/vpa-updater/replica-group';

const NOW = Date.UTC(2026, 0, 2);
const ago = (minutes: number) => formatTime(NOW - minutes * 60_000);

const group = (configured: number, running: number, more: Partial<ReplicaGroup> = {}): ReplicaGroup => ({
  controller: 'replicaset/web',
  configured,
  running,
  pending: 0,
  tolerance: Math.trunc(configured / 2),
  evicted: 0,
  resized: 0,
  belowMinReplicas: false,
  ...more,
});

test.each<[string, ReplicaGroup, boolean]>([
  ['4 of 4', group(4, 4), true],
  ['one is away', group(4, 4, { evicted: 1 }), true],
  ['half of them are', group(4, 4, { evicted: 2 }), false],
  ['evicted or resized is the same', group(4, 4, { evicted: 1, resized: 1 }), false],
  ['one does not run', group(4, 3), true],
  ['two do not', group(4, 2), false],
  ['of 5 two may be away', group(5, 5, { evicted: 1 }), true],
  ['… and no third', group(5, 5, { evicted: 2 }), false],
  ['the only one, though none may be away', group(1, 1), true],
  ['… once', group(1, 1, { evicted: 1 }), false],
  ['more than there should be', group(2, 3, { evicted: 1 }), true],
  ['nobody knows how many there should be', group(0, 3), true],
])('%s', (_, replicas, may) => {
  expect(isDisruptable(replicas)).toBe(may);
});

function podWith(status: object = {}, requests: Record<string, string> = { cpu: '100m', memory: '100Mi' }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [{ name: 'c', resources: { requests } }] },
    status: { phase: 'Running', startTime: ago(60), ...status },
  };
}
const vpaWith = (updatePolicy: object = {}): VerticalPodAutoscaler => ({
  apiVersion: 'autoscaling.k8s.io/v1',
  kind: 'VerticalPodAutoscaler',
  metadata: { name: 'v' },
  spec: { updatePolicy: { updateMode: 'InPlaceOrRecreate', ...updatePolicy } },
  status: { recommendation: {} },
});
const condition = (type: string, reason: string | undefined, minutes: number, message?: string) => ({
  conditions: [
    {
      type,
      status: 'True',
      lastTransitionTime: ago(minutes),
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
    },
  ],
});

test.each<[string, object, ReplicaGroup, 'resize' | 'defer' | 'evict']>([
  ['runs', {}, group(2, 2), 'resize'],
  ['is pending', { phase: 'Pending' }, group(2, 2), 'defer'],
  ['too many are away', {}, group(2, 1), 'defer'],
  ['its group is too small', {}, group(1, 1, { closed: 'there are 1 of at least 2 replicas' }), 'defer'],
  ['is deferred for 4 minutes', condition('PodResizePending', 'Deferred', 4), group(2, 2), 'defer'],
  ['is deferred for 6 minutes', condition('PodResizePending', 'Deferred', 6), group(2, 2), 'evict'],
  ['… and others are away', condition('PodResizePending', 'Deferred', 6), group(2, 1), 'defer'],
  ['is infeasible', condition('PodResizePending', 'Infeasible', 0), group(2, 2), 'evict'],
  ['pends for another reason', condition('PodResizePending', 'Unheard', 0), group(2, 2), 'evict'],
  ['is resized for 59 minutes', condition('PodResizeInProgress', undefined, 59), group(2, 2), 'defer'],
  ['is resized for 61 minutes', condition('PodResizeInProgress', undefined, 61), group(2, 2), 'evict'],
  ['its resize fails', condition('PodResizeInProgress', 'Error', 1, 'no'), group(2, 2), 'evict'],
])('in place, a pod that %s', (_, status, replicas, decision) => {
  expect(canResize(podWith(status), vpaWith(), replicas, NOW, DEFAULT_FLAGS)).toBe(decision);
});

test('pods whose containers need no restart need no budget, where a flag says so', () => {
  const flags = { ...DEFAULT_FLAGS, skipDisruptionBudget: true };
  expect(canResize(podWith(), vpaWith(), group(2, 1), NOW, flags)).toBe('resize');
  const restarting = podWith();
  restarting['spec'].containers[0].resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  expect(canResize(restarting, vpaWith(), group(2, 1), NOW, flags)).toBe('defer');
});

test('who is pending disturbs nobody', () => {
  const pending = podWith({ phase: 'Pending' });
  expect([canEvict(pending, group(2, 0), NOW), canEvict(podWith(), group(2, 0), NOW)]).toEqual([true, false]);
});

const recommended = (target: string, lower: string, upper: string) => {
  const amounts = (text: string) => new Map([['cpu', parseQuantity(text)]]);
  return [{ container: 'c', target: amounts(target), lower: amounts(lower), upper: amounts(upper) }];
};

test.each<[string, Record<string, string>, [string, string, string], Priority]>([
  [
    'as it should be',
    { cpu: '200m' },
    ['200m', '100m', '300m'],
    { outsideRange: false, scaleUp: false, difference: 0 },
  ],
  ['too little', { cpu: '50m' }, ['200m', '100m', '300m'], { outsideRange: true, scaleUp: true, difference: 3 }],
  ['on the bound', { cpu: '100m' }, ['200m', '100m', '300m'], { outsideRange: false, scaleUp: true, difference: 1 }],
  ['too much', { cpu: '400m' }, ['200m', '100m', '300m'], { outsideRange: true, scaleUp: false, difference: 0.5 }],
  ['nothing', {}, ['200m', '100m', '300m'], { outsideRange: true, scaleUp: true, difference: 199 }],
])('requests %s', (_, requests, [target, lower, upper], priority) => {
  expect(priorityOf(podWith({}, requests), recommended(target, lower, upper))).toEqual(priority);
});

test('containers that were not there when it was admitted do not count', () => {
  const pod = podWith({}, { cpu: '50m' });
  pod.metadata.annotations = { vpaObservedContainers: 'other' };
  expect(priorityOf(pod, recommended('200m', '100m', '300m')).outsideRange).toBe(false);
  pod.metadata.annotations = { vpaObservedContainers: 'c, other' };
  expect(priorityOf(pod, recommended('200m', '100m', '300m')).outsideRange).toBe(true);
});

test('who needs more comes first, then who differs more', () => {
  const one = (scaleUp: boolean, difference: number) => ({ outsideRange: true, scaleUp, difference });
  const sorted = [one(false, 9), one(true, 0.1), one(false, 2), one(true, 3)].sort(byPriority);
  expect(sorted).toEqual([one(true, 3), one(true, 0.1), one(false, 9), one(false, 2)]);
});

const killed = (seconds: number) => ({
  containerStatuses: [
    {
      name: 'c',
      state: {},
      lastState: {
        terminated: {
          reason: 'OOMKilled',
          startedAt: ago(30),
          finishedAt: formatTime(NOW - 1_800_000 + seconds * 1000),
        },
      },
    },
  ],
});

test.each<[string, object, Partial<Priority>, string]>([
  ['outside the range', {}, { outsideRange: true }, 'OutsideRange'],
  ['within, and young', {}, { difference: 5 }, 'no: ShortLived'],
  ['within, old, and far off', { startTime: ago(720) }, { difference: 0.1 }, 'LongLived'],
  ['within, old, and near', { startTime: ago(720) }, { difference: 0.09 }, 'no: SmallDifference'],
  ['a minute too young', { startTime: ago(719) }, { difference: 5 }, 'no: ShortLived'],
  ['not started', { startTime: undefined }, { difference: 5 }, 'no: NoStartTime'],
  ['out of memory within ten minutes', killed(599), { difference: 0.01 }, 'QuickOOM'],
  ['out of memory later', killed(600), { difference: 5 }, 'no: ShortLived'],
  ['out of memory, and nothing would change', killed(10), { difference: 0 }, 'no: NothingToChange'],
])('%s', (_, status, priority, expected) => {
  const verdict = judge(
    podWith(status),
    vpaWith(),
    { outsideRange: false, scaleUp: true, difference: 1, ...priority },
    NOW,
    DEFAULT_FLAGS,
  );
  expect(`${verdict.update ? '' : 'no: '}${verdict.because}`).toBe(expected);
});

/** 0.3 cores a minute, 512Mi: 305m and 546691264 at all percentiles, 350m and 628694953 with the margin. */
test.each<[string, number, { lower: number; upper: number }]>([
  // × (1 + 0.001 / (4/1440))^-2 = 0.5407, × (1 + 1440/4) = 361
  ['5 minutes', 5, { lower: 189, upper: 126_350 }],
  // (29/1440)
  ['half an hour', 30, { lower: 317, upper: 17_729 }],
  ['12 hours and a minute', 721, { lower: 348, upper: 1050 }],
  ['a day and a minute', 1441, { lower: 349, upper: 700 }],
  ['a week and a minute', 10_081, { lower: 349, upper: 400 }],
])('bounds after %s', (_, minutes, { lower, upper }) => {
  const aggregate = new Aggregate(DEFAULT_FLAGS);
  for (let minute = 0; minute < minutes; minute++) aggregate.addCPU(300, 1, NOW + minute * 60_000);
  const { cpu } = estimate(aggregate, 1, DEFAULT_FLAGS);
  expect([cpu.target.amount, cpu.lower.amount, cpu.upper.amount]).toEqual([350, lower, upper]);
});

/** So many at once at a look, and in the minute that follows, where each takes whatever it can. */
test.each<[string, number, number, number[], number[]]>([
  ['no limit', -1, 1, [], [0, 0, 0, 0, 0, 0]],
  ['one in two seconds', 0.5, 1, [], [0, 2, 4, 6, 8, 10]],
  ['a burst of three', 0.5, 3, [], [0, 0, 0, 2, 4, 6]],
  ['ten a second', 10, 1, [], [0, 1, 1, 1, 1, 1]],
  ['one in a hundred seconds: the next look has none to wait for', 0.01, 1, [-60], [40, 140, 240, 340, 440, 540]],
  ['a bucket that others have emptied', 0.5, 2, [-3, -2, -1], [1, 3, 5, 7, 9, 11]],
  ['no burst', 1, 0, [], []],
])('rate limit: %s', (_, perSecond, burst, taken, expected) => {
  const at = (second: number) => NOW + second * 1000;
  const limit = new RateLimit(perSecond, burst, taken.map(at), NOW);
  const seconds: number[] = [];
  for (let second = 0; second < 600 && seconds.length < 6; second++)
    while (seconds.length < 6 && limit.take(at(second))) seconds.push(second);
  expect(seconds).toEqual(expected);
  const again = new RateLimit(perSecond, burst, [...taken, ...expected].map(at), NOW);
  if (perSecond > 0) expect(again.next()).toBe(limit.next());
});
