/** What one sync of an autoscaler comes to (upstream's cases, horizontal_test.go). */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { formatTime } from '../../../src/apimachinery/time';
import type { Autoscaler, Behavior, MetricSpec } from '../../../src/sim/controllers/horizontalpodautoscaler/autoscaler';
import { decide, type Target } from '../../../src/sim/controllers/horizontalpodautoscaler/decide';
import type { PodMetrics } from '../../../src/sim/controllers/horizontalpodautoscaler/group-pods';
import { BLANK, type Memory } from '../../../src/sim/controllers/horizontalpodautoscaler/memory';
import type { MetricSource } from '../../../src/sim/controllers/horizontalpodautoscaler/metric-source';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const MINUTE = 60_000;

interface Given {
  range?: [min: number, max: number];
  /** Asked for, and there where that is another number. */
  replicas: number;
  present?: number;
  cpu?: number;
  metrics?: unknown[];
  levels: number[];
  /** Of each pod, in thousandths; 1000 unless told. */
  requests?: number[];
  /** By the number of the pod; `hot`: started just now. */
  unready?: number[];
  hot?: number[];
  failed?: number[];
  deleted?: number[];
  behavior?: Behavior;
  memory?: Memory;
  selector?: object;
  broken?: boolean;
  fromZero?: boolean;
}

const many = <T>(count: number, value: T) => Array.from({ length: count }, () => value);

function podsOf({ replicas, present, requests, unready = [], hot = [], failed = [], deleted = [] }: Given) {
  return (requests ?? many(present ?? replicas, 1000)).map((request, i): KubeObject => {
    const started = formatTime(NOW - (hot.includes(i) ? 30_000 : 10 * MINUTE));
    const container = (name: string) => ({ name, resources: { requests: { cpu: `${Math.trunc(request / 2)}m` } } });
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${i}`, ...(deleted.includes(i) ? { deletionTimestamp: formatTime(NOW) } : {}) },
      spec: { containers: [container('container1'), container('container2')] },
      status: {
        phase: failed.includes(i) ? 'Failed' : 'Running',
        startTime: started,
        conditions: [{ type: 'Ready', status: unready.includes(i) ? 'False' : 'True', lastTransitionTime: started }],
      },
    };
  });
}

function sourceOf({ levels, broken }: Given): MetricSource {
  const figures = (share: number): PodMetrics => {
    if (broken) throw new Error('something went wrong');
    if (levels.length === 0) throw new Error('no metrics returned from resource metrics API');
    const entry = (level: number, i: number) =>
      [`pod-${i}`, { timestamp: NOW, window: MINUTE, value: Math.trunc(level * share) }] as const;
    return new Map(levels.map(entry));
  };
  const whole = () => {
    if (broken) throw new Error('something went wrong');
    return levels[0] as number;
  };
  return {
    resource: (_pods, _resource, container) => figures(container === '' ? 1 : 0.5),
    pods: () => figures(1),
    object: whole,
    external: () => [whole()],
  };
}

function sync(given: Given) {
  const { replicas, present = replicas, cpu, metrics = [], behavior, range = [2, 6] } = given;
  const target = { type: 'Utilization' as const, averageUtilization: cpu ?? 0 };
  const resource = { type: 'Resource', resource: { name: 'cpu', target } };
  const zeroed = { type: 'ScaledToZero', status: 'True', reason: 'ScaledToZero', lastTransitionTime: formatTime(NOW) };
  const autoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'hpa', namespace: 'default' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      minReplicas: range[0],
      maxReplicas: range[1],
      metrics: [...(cpu === undefined ? [] : [resource]), ...metrics] as MetricSpec[],
      ...(behavior ? { behavior } : {}),
    },
    status: { desiredReplicas: replicas, currentMetrics: null, conditions: given.fromZero ? [zeroed] : [] },
  } as Autoscaler;
  const scale = { spec: { replicas }, status: { replicas: present } } as Target['scale'];
  const selector = (given.selector ?? {}) as Target['selector'];
  return decide(autoscaler, {
    now: NOW,
    // Something was recommended long ago: what is found now does not count.
    memory: given.memory ?? { ...BLANK, recommendations: [{ replicas: 0, from: 0, to: 0 }] },
    source: sourceOf(given),
    scaleToZero: range[0] === 0,
    target: { scale, selector, pods: podsOf(given) },
  });
}

const pods = (averageValue: string) => ({
  type: 'Pods',
  pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue } },
});
const object = (target: object) => ({
  type: 'Object',
  object: { metric: { name: 'qps' }, describedObject: { kind: 'Deployment', name: 'some' }, target },
});
const external = (target: object) => ({ type: 'External', external: { metric: { name: 'qps' }, target } });
const value = (text: string) => ({ type: 'Value', value: text });
const average = (text: string) => ({ type: 'AverageValue', averageValue: text });
const container = (averageUtilization: number) => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container: 'container2', target: { type: 'Utilization', averageUtilization } },
});
const CHEESE = { type: 'CheddarCheese' };
const byPercent = (percent: number, periodSeconds: number): Behavior => ({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: percent, periodSeconds }],
  },
  scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
});

const SCALED = 'AbleToScale:SucceededRescale ScalingActive:ValidMetricFound';
const STAYED = 'AbleToScale:ReadyForNewScale ScalingActive:ValidMetricFound ScalingLimited!DesiredWithinRange';
const HELD = 'AbleToScale:ScaleDownStabilized ScalingActive:ValidMetricFound ScalingLimited!DesiredWithinRange';
const WITHIN = `${SCALED} ScalingLimited!DesiredWithinRange`;
const MOST = `${SCALED} ScalingLimited:TooManyReplicas`;
const LEAST = `${SCALED} ScalingLimited:TooFewReplicas`;
const failing = (reason: string) => `AbleToScale:SucceededGetScale ScalingActive!${reason}`;

const THREE = { replicas: 3, levels: [300, 500, 700], cpu: 30 };
const FIVE = { replicas: 5, levels: [100, 300, 500, 250, 250], cpu: 50 };
const OWN_SIZES = [900, 1000, 1100];
const TENS = many(3, 100);

const rows: [what: string, given: Given, desired: number, conditions: string, cpu?: number][] = [
  ['up', THREE, 5, WITHIN, 50],
  ['up by a container', { ...THREE, cpu: undefined, metrics: [container(30)] } as Given, 5, WITHIN],
  ['up, one unready', { ...THREE, unready: [0], hot: [0] }, 4, WITHIN, 60],
  ['up, one just started', { ...THREE, hot: [0] }, 4, WITHIN, 60],
  ['not up, two unready', { ...THREE, levels: [400, 500, 700], unready: [1, 2], hot: [1, 2] }, 3, STAYED, 40],
  [
    'up, failed pods',
    { replicas: 2, levels: [500, 700], cpu: 30, requests: many(4, 1000), unready: [2, 3], failed: [2, 3] },
    4,
    WITHIN,
    60,
  ],
  [
    'up, pods that go',
    { replicas: 2, levels: [500, 700], cpu: 30, requests: many(4, 1000), unready: [2, 3], deleted: [2, 3] },
    4,
    WITHIN,
    60,
  ],
  ['up by a metric of pods', { replicas: 3, levels: [20000, 10000, 30000], metrics: [pods('15')] }, 4, WITHIN],
  [
    'a metric of pods counts those that just started',
    { replicas: 3, levels: [50000, 10000, 30000], metrics: [pods('15')], unready: [2], hot: [2] },
    6,
    WITHIN,
  ],
  [
    'and asks for more than the most',
    { replicas: 3, levels: [50000, 15000, 30000], metrics: [pods('15')], hot: [0, 2], unready: [0, 2] },
    6,
    MOST,
  ],
  ['up by an object', { replicas: 3, levels: [20000], metrics: [object(value('15'))] }, 4, WITHIN],
  [
    'up from zero by an object',
    { range: [0, 6], replicas: 0, levels: [20000], metrics: [object(value('15'))], fromZero: true },
    2,
    WITHIN,
  ],
  [
    'from zero tolerance is not looked at',
    { range: [0, 6], replicas: 0, levels: [1000], metrics: [object(value('1'))], fromZero: true },
    1,
    WITHIN,
  ],
  ['up by an object, for each pod', { replicas: 3, levels: [40000], metrics: [object(average('10'))] }, 4, WITHIN],
  ['up by something external', { replicas: 3, levels: [8600], metrics: [external(value('6666m'))] }, 4, WITHIN],
  [
    'up by something external, for each pod',
    { replicas: 3, levels: [8600], metrics: [external(average('2222m'))] },
    4,
    WITHIN,
  ],
  ['down', FIVE, 3, WITHIN, 28],
  ['down by a container', { ...FIVE, cpu: undefined, metrics: [container(50)] } as Given, 3, WITHIN],
  ['down, whatever the rules of the way up', { ...FIVE, behavior: byPercent(100, 15) }, 3, WITHIN, 28],
  ['one metric is none', { replicas: 3, levels: [300, 400, 500], cpu: 30, metrics: [CHEESE] }, 4, WITHIN, 40],
  ['every metric is none', { replicas: 3, levels: [], metrics: [CHEESE] }, 3, failing('InvalidMetricSourceType')],
  ['not down on the first look', { ...FIVE, memory: BLANK }, 5, HELD, 28],
  ['down by a metric of pods', { replicas: 5, levels: many(5, 12000), metrics: [pods('20')] }, 3, WITHIN],
  ['down by an object', { replicas: 5, levels: [12000], metrics: [object(value('20'))] }, 3, WITHIN],
  [
    'down to zero by an object',
    { range: [0, 6], replicas: 5, levels: [0], metrics: [object(value('20'))] },
    0,
    `${WITHIN} ScaledToZero:ScaledToZero`,
  ],
  ['down by an object, for each pod', { replicas: 5, levels: [60000], metrics: [object(average('20'))] }, 3, WITHIN],
  ['down by something external', { replicas: 5, levels: [8600], metrics: [external(value('14400m'))] }, 3, WITHIN],
  [
    'down to zero by something external',
    { range: [0, 6], replicas: 5, levels: [0], metrics: [external(value('14400m'))] },
    0,
    `${WITHIN} ScaledToZero:ScaledToZero`,
  ],
  [
    'down by something external, for each pod',
    { replicas: 5, levels: [8600], metrics: [external(average('3000m'))] },
    3,
    WITHIN,
  ],
  ['down, two unready', { ...FIVE, unready: [3, 4], hot: [3, 4] }, 2, WITHIN, 30],
  ['down, two just started', { ...FIVE, hot: [3, 4] }, 2, WITHIN, 30],
  ['down, failed pods', { ...FIVE, requests: many(7, 1000), unready: [5, 6], failed: [5, 6] }, 3, WITHIN, 28],
  ['down, pods that go', { ...FIVE, requests: many(7, 1000), unready: [5, 6], deleted: [5, 6] }, 3, WITHIN, 28],
  ['tolerance', { range: [1, 5], replicas: 3, levels: [1010, 1030, 1020], requests: OWN_SIZES, cpu: 100 }, 3, STAYED],
  [
    'tolerance, pods',
    { range: [1, 5], replicas: 3, levels: [20000, 20001, 21000], requests: OWN_SIZES, metrics: [pods('20')] },
    3,
    STAYED,
  ],
  [
    'tolerance, object',
    { range: [1, 5], replicas: 3, levels: [20050], requests: OWN_SIZES, metrics: [object(value('20'))] },
    3,
    STAYED,
  ],
  ['tolerance, external', { replicas: 4, levels: [8600], metrics: [external(value('8666m'))] }, 4, STAYED],
  ['tolerance, object, for each pod', { replicas: 4, levels: [8600], metrics: [object(average('2200m'))] }, 4, STAYED],
  [
    'tolerance, external, for each pod',
    { replicas: 4, levels: [8600], metrics: [external(average('2200m'))] },
    4,
    STAYED,
  ],
  ['the least', { range: [2, 5], replicas: 3, levels: [10, 95, 10], requests: OWN_SIZES, cpu: 90 }, 2, LEAST],
  ['the least, of nothing', { range: [2, 5], replicas: 3, levels: [0, 0, 0], requests: OWN_SIZES, cpu: 90 }, 2, LEAST],
  ['none at all', { range: [3, 5], replicas: 0, levels: [], requests: [], cpu: 90 }, 0, failing('ScalingDisabled')],
  ['too few', { range: [3, 5], replicas: 2, levels: [], requests: [], cpu: 90 }, 3, 'AbleToScale:SucceededRescale'],
  ['too many', { range: [3, 5], replicas: 10, levels: [], requests: [], cpu: 90 }, 5, 'AbleToScale:SucceededRescale'],
  ['the most', { range: [2, 5], replicas: 3, levels: [8000, 9500, 1000], requests: OWN_SIZES, cpu: 90 }, 5, MOST],
  [
    'figures of pods that are not there',
    { replicas: 4, levels: [4000, 9500, 3000, 7000, 3200, 2000], cpu: 100 },
    6,
    MOST,
  ],
  ['figures are missing', { replicas: 4, levels: [400, 95], cpu: 100 }, 3, WITHIN],
  ['no figures', { replicas: 4, levels: [], cpu: 100 }, 4, failing('FailedGetResourceMetric')],
  [
    'no requests',
    { range: [1, 5], replicas: 1, levels: [200], requests: [], cpu: 100 },
    1,
    failing('FailedGetResourceMetric'),
  ],
  ['one becomes two', { range: [1, 5], replicas: 1, levels: [200], requests: [200], cpu: 50 }, 2, WITHIN],
  ['two stay', { range: [1, 5], replicas: 2, levels: [200, 200], requests: [400, 400], cpu: 50 }, 2, STAYED],
  ['pods are missing', { range: [1, 5], replicas: 4, levels: [200], requests: [200], cpu: 50 }, 2, WITHIN],
  [
    'at most so many more',
    { range: [1, 100], replicas: 3, levels: [100, 200, 300], requests: TENS, cpu: 10, behavior: byPercent(700, 60) },
    24,
    `${SCALED} ScalingLimited:ScaleUpLimit`,
  ],
  [
    'the most before so many more',
    { range: [1, 20], replicas: 3, levels: [100, 200, 300], requests: TENS, cpu: 10, behavior: byPercent(700, 60) },
    20,
    MOST,
  ],
  [
    'more pods than asked for, in a roll-out',
    { range: [1, 8], replicas: 4, present: 5, levels: many(5, 500), cpu: 50 },
    4,
    STAYED,
  ],
  [
    'a selector that is none',
    { ...THREE, selector: { reason: 'InvalidSelector', message: '', error: '', event: '' } },
    3,
    failing('InvalidSelector'),
  ],
  ...(
    [
      ['FailedGetResourceMetric', { cpu: 10 }],
      ['FailedGetPodsMetric', { metrics: [pods('15')] }],
      ['FailedGetObjectMetric', { metrics: [object(value('15'))] }],
      ['FailedGetExternalMetric', { metrics: [external(value('300m'))] }],
    ] as const
  ).map(([reason, more]): [string, Given, number, string] => [
    reason,
    { range: [1, 100], replicas: 3, levels: [1], requests: TENS, broken: true, ...more } as Given,
    3,
    failing(reason),
  ]),
  [
    'two metrics: the higher one',
    { range: [1, 5], replicas: 3, levels: [20000, 10000, 30000], cpu: 10, metrics: [pods('15')] },
    5,
    MOST,
  ],
  [
    'not down so soon',
    {
      range: [1, 5],
      replicas: 4,
      levels: [50, 50, 50],
      requests: TENS,
      cpu: 100,
      memory: {
        ...BLANK,
        recommendations: [
          { replicas: 10, from: NOW - 10 * MINUTE, to: NOW - 10 * MINUTE },
          { replicas: 4, from: NOW - MINUTE, to: NOW - MINUTE },
        ],
      },
    },
    4,
    HELD,
  ],
  ...(
    [
      [56, 9],
      [55, 10],
    ] as const
  ).map(([cpu, desired]): [string, Given, number, string] => [
    `a little over the tolerance or not: ${cpu}`,
    {
      range: [1, 1000],
      replicas: 10,
      levels: many(10, 150),
      requests: [400, 200, 310, 290, 302, 298, 301, 299, 300, 300],
      cpu,
    },
    desired,
    desired === 10 ? STAYED : WITHIN,
  ]),
  [
    'up to the least at once',
    { range: [2, 6], replicas: 1, levels: many(4, 0), requests: many(4, 1000), cpu: 80 },
    2,
    'AbleToScale:SucceededRescale',
  ],
  [
    'down to the most at once',
    { range: [2, 5], replicas: 6, levels: [8000, 9500, 1000], requests: OWN_SIZES, cpu: 50 },
    5,
    'AbleToScale:SucceededRescale',
  ],
  [
    'one metric that is none keeps it from going down',
    { ...FIVE, metrics: [CHEESE] },
    5,
    failing('InvalidMetricSourceType'),
  ],
];

test.each(rows)('%s', (...[, given, desired, conditions, cpu]) => {
  const { status, rescale, said } = sync(given);
  const told = (status.conditions ?? []).map(
    ({ type, status: truth, reason }) => `${type}${truth === 'True' ? ':' : '!'}${reason}`,
  );
  expect(told.filter((text) => !text.startsWith('ScaledToZero!')).join(' ')).toBe(conditions);
  expect(status.desiredReplicas).toBe(desired);
  expect(rescale?.to).toBe(desired === given.replicas ? undefined : desired);
  expect(said.some(({ reason }) => reason === 'SuccessfulRescale')).toBe(rescale !== undefined);
  if (cpu === undefined) return;
  const [first] = status.currentMetrics as { resource: { current: { averageUtilization: number } } }[];
  expect(first?.resource.current.averageUtilization).toBe(cpu);
});
