/** How many replicas a metric asks for. The numbers were worked out by hand; how is said beside each. */
import {
  averageReplicas,
  perReplicaReplicas,
  utilizationReplicas,
  valueReplicas,
} from '../../../src/sim/controllers/horizontalpodautoscaler/replica-calculator';
import { situation } from './pods';

const EVEN = { scaleDown: 0.1, scaleUp: 0.1 };
const ready = (...figures: number[]) => figures.map((figure) => `ready ${figure}`);

interface Case {
  title: string;
  pods: string[];
  /** As many as there are pods, unless told. */
  current?: number;
  target: number;
  expected: number;
  /** Per cent, or the average. */
  usage?: number;
  tolerance?: { scaleDown: number; scaleUp: number };
  resource?: string;
}

describe('by the share of what is requested (1000m each)', () => {
  const cases: Case[] = [
    // 1500 of 3000 = 50 %; 50/30 × 3 = 5
    { title: 'up', pods: ready(300, 500, 700), target: 30, expected: 5, usage: 50 },
    // 50/50 = 1
    { title: 'as wanted', pods: ready(300, 500, 700), target: 50, expected: 3, usage: 50 },
    // 1400 of 5000 = 28 %; 28/50 × 5 = 2.8
    { title: 'down', pods: ready(100, 300, 500, 250, 250), target: 50, expected: 3, usage: 28 },
    // 3060 of 3000 = 102 %
    { title: 'a little over stays', pods: ready(1010, 1030, 1020), target: 100, expected: 3, usage: 102 },
    // 1.1 is not more than 1.1
    { title: 'just within the tolerance upwards', pods: ready(1100, 1100, 1100), target: 100, expected: 3 },
    // 1.11 × 3 = 3.33
    { title: 'just outside upwards', pods: ready(1110, 1110, 1110), target: 100, expected: 4 },
    { title: 'just within the tolerance downwards', pods: Array(10).fill('ready 900'), target: 100, expected: 10 },
    // 0.89 × 10 = 8.9
    { title: 'just outside downwards', pods: Array(10).fill('ready 890'), target: 100, expected: 9 },
    // 1.01 × 3 = 3.03
    {
      title: 'no tolerance',
      pods: ready(1010, 1010, 1010),
      target: 100,
      expected: 4,
      tolerance: { scaleDown: 0, scaleUp: 0 },
    },
    // 0.6 ≥ 0.5
    {
      title: 'a wide tolerance downwards',
      pods: ready(600, 600, 600),
      target: 100,
      expected: 3,
      tolerance: { scaleDown: 0.5, scaleUp: 0.1 },
    },
    // 1.07 > 1.05; 1.07 × 3 = 3.21
    {
      title: 'a narrow tolerance upwards',
      pods: ready(1070, 1070, 1070),
      target: 100,
      expected: 4,
      tolerance: { scaleDown: 0.2, scaleUp: 0.05 },
    },
    // 0.85 ≥ 0.8
    {
      title: 'tolerances differ by direction',
      pods: ready(850, 850, 850),
      target: 100,
      expected: 3,
      tolerance: { scaleDown: 0.2, scaleUp: 0.05 },
    },
    // 2 × 2 = 4, the third is not there
    { title: 'fewer pods than replicas', pods: ready(600, 600), current: 3, target: 30, expected: 4, usage: 60 },
    // (333 + 333 + 334) × 100 / 3000 = 33.3, cut to 33
    { title: 'per cents are whole', pods: ready(333, 333, 334), target: 33, expected: 3, usage: 33 },
    // 1999 × 100 / 3000 = 66.6, cut to 66; 66/60 = 1.1
    { title: 'cut before compared', pods: ready(999, 500, 500), target: 60, expected: 3, usage: 66 },
    // 400 of 600 = 66 %; 1.32 × 2 = 2.64
    { title: 'requests differ', pods: ['ready 100/200', 'ready 300/400'], target: 50, expected: 3, usage: 66 },
    // above 100 %: 3000 of 2000 = 150 %; 150/120 = 1.25 × 2 = 2.5
    { title: 'targets above 100', pods: ready(1500, 1500), target: 120, expected: 3, usage: 150 },

    // ratio 1, so pending ones do not matter
    { title: 'a pending pod, as wanted', pods: [...ready(500, 500), 'pending'], target: 50, expected: 3, usage: 50 },
    // 90/45 = 2; with 0: 1800 of 3000 = 60 %, 60/45 × 3 = 4
    { title: 'a pending pod, up', pods: [...ready(900, 900), 'pending'], target: 45, expected: 4, usage: 90 },
    // 0.2 × 2 ready = 0.4
    { title: 'a pending pod, down', pods: [...ready(100, 100), 'pending'], target: 50, expected: 1, usage: 10 },
    // 60/30 = 2; with 0: 1200 of 3000 = 40 %, 40/30 × 3 = 4
    { title: 'a starting pod, up', pods: ['starting 300', ...ready(500, 700)], target: 30, expected: 4, usage: 60 },
    {
      title: 'one that was never ready, up',
      pods: ['never 300', ...ready(500, 700)],
      target: 30,
      expected: 4,
      usage: 60,
    },
    { title: 'one ready for less than a window, up', pods: ['fresh 300', ...ready(500, 700)], target: 30, expected: 4 },
    { title: 'one without a condition, up', pods: ['unknown 300', ...ready(500, 700)], target: 30, expected: 4 },
    // 40/30 = 1.33; with two at 0: 400 of 3000 = 13 %, less than 1
    {
      title: 'unready ones turn it',
      pods: ['ready 400', 'starting 500', 'starting 700'],
      target: 30,
      expected: 3,
      usage: 40,
    },
    // 10/50 = 0.2 × 1
    {
      title: 'a hot start does not count downwards',
      pods: ['ready 100', 'fresh 900'],
      target: 50,
      expected: 1,
      usage: 10,
    },
    // 1300 of 4000 = 32 %; 0.64 × 4 = 2.56
    { title: 'unready, down', pods: ['never 100', ...ready(300, 500, 250, 250)], target: 50, expected: 3, usage: 32 },
    // both count: 1800 of 2000 = 90 %; 2 × 2
    { title: 'ready for more than a window', pods: ['warm 900', 'ready 900'], target: 45, expected: 4, usage: 90 },
    // both count: 20/10 × 2
    { title: 'ready before, and not now', pods: ['fell 200', 'ready 200'], target: 10, expected: 4, usage: 20 },
    // 1200 of 2000 = 60 %; 2 × 2
    {
      title: 'a failed pod is none',
      pods: [...ready(500, 700), 'failed'],
      current: 2,
      target: 30,
      expected: 4,
      usage: 60,
    },
    {
      title: 'nor one that is being deleted',
      pods: [...ready(500, 700), 'deleting 9000'],
      current: 2,
      target: 30,
      expected: 4,
    },

    // 90/30 = 3; with 0: 60/30 × 3 = 6
    { title: 'a missing figure, up', pods: [...ready(900, 900), 'missing'], target: 30, expected: 6, usage: 90 },
    // 0.2; with 1000: 1300 of 4000 = 32 %, 0.64 × 4 = 2.56
    { title: 'a missing figure, down', pods: [...ready(100, 100, 100), 'missing'], target: 50, expected: 3, usage: 10 },
    // 1.33; with 0: 13 %
    { title: 'missing figures turn it, up', pods: ['ready 400', 'missing', 'missing'], target: 30, expected: 3 },
    // 0.2; with 3 × 1000: 3100 of 4000 = 77 %, 1.54
    {
      title: 'missing figures turn it, down',
      pods: ['ready 100', 'missing', 'missing', 'missing'],
      target: 50,
      expected: 4,
    },
    // 0.5; missing at 200 %: 4000 of 3000 = 133 %, 0.665 × 3 = 1.995
    {
      title: 'missing with a target above 100',
      pods: [...ready(1000, 1000), 'missing'],
      target: 200,
      expected: 2,
      usage: 100,
    },
    // 1.5; with 0: 50/50 = 1
    {
      title: 'missing brings it to the target',
      pods: [...ready(750, 750), 'missing'],
      target: 50,
      expected: 3,
      usage: 75,
    },
    // exactly 1: nothing is put in
    { title: 'missing, as wanted', pods: [...ready(500, 500), 'missing'], target: 50, expected: 3, usage: 50 },
    // 4; with two at 0: 1200 of 3000 = 40 %, 1.33 × 3 = 4
    {
      title: 'missing and pending, up',
      pods: ['ready 1200', 'missing', 'pending'],
      target: 30,
      expected: 4,
      usage: 120,
    },
    // 0.2; missing at 1000, pending not at all: 1200 of 3000 = 40 %, 0.8 × 3 = 2.4
    { title: 'missing and pending, down', pods: [...ready(100, 100), 'missing', 'pending'], target: 50, expected: 3 },
    // 1.33 × 3 = 4, less than the 5 there are
    { title: 'up may not mean fewer', pods: [...ready(900, 900), 'pending'], current: 5, target: 45, expected: 5 },
    // 0.64 × 4 = 3, more than the 1 there is
    {
      title: 'down may not mean more',
      pods: [...ready(100, 100, 100), 'missing'],
      current: 1,
      target: 50,
      expected: 1,
    },

    // 1200 of 2000 = 60 %; memory is believed at once
    {
      title: 'memory of a starting pod',
      pods: ['starting 600', 'ready 600'],
      target: 30,
      expected: 4,
      usage: 60,
      resource: 'memory',
    },
    // 90/45 = 2; 60/45 × 3 = 4
    {
      title: 'memory, a pending pod',
      pods: [...ready(900, 900), 'pending'],
      target: 45,
      expected: 4,
      resource: 'memory',
    },
  ];
  test.each(cases)(
    '$title',
    ({ pods, current = pods.length, target, expected, usage, tolerance = EVEN, resource = 'cpu' }) => {
      const { situation: subject, metrics } = situation(pods, current, tolerance);
      const proposal = utilizationReplicas(subject, metrics, target, resource, '');
      expect(proposal.replicas).toBe(expected);
      if (usage !== undefined) expect(proposal.utilization).toBe(usage);
    },
  );

  test.each([
    ['no pods', [], 'no pods returned by selector while calculating replica count'],
    ['no figures', ['missing'], 'did not receive metrics for targeted pods (pods might be unready)'],
    [
      'only unready pods',
      ['starting 300', 'pending'],
      'did not receive metrics for targeted pods (pods might be unready)',
    ],
    ['no request', ['ready 300/-'], 'missing request for cpu in container app of Pod pod-0'],
    ['a request of nothing', ['ready 300/0'], 'no metrics returned matched known pods'],
  ])('%s: an error', (_title, pods, message) => {
    const { situation: subject, metrics } = situation(pods, 1);
    expect(() => utilizationReplicas(subject, metrics, 50, 'cpu', '')).toThrow(message);
  });

  test('of one container', () => {
    const { situation: subject, metrics } = situation(ready(500, 500), 2);
    const pods = subject.pods.map((pod) => ({
      ...pod,
      spec: {
        containers: [
          { name: 'app', resources: { requests: { cpu: '250m' } } },
          { name: 'side', resources: {} },
        ],
      },
    }));
    // 1000 of 500 = 200 %; 200/100 × 2
    expect(utilizationReplicas({ ...subject, pods }, metrics, 100, 'cpu', 'app')).toMatchObject({
      replicas: 4,
      utilization: 200,
    });
    expect(() => utilizationReplicas({ ...subject, pods }, metrics, 100, 'cpu', 'other')).toThrow(
      'container other not found in Pod pod-0',
    );
    expect(() => utilizationReplicas({ ...subject, pods }, metrics, 100, 'cpu', '')).toThrow(
      'missing request for cpu in container side of Pod pod-0',
    );
  });

  test('sidecars and requests of the pod as a whole', () => {
    const { situation: subject, metrics } = situation(ready(500, 500), 2);
    const containers = [{ name: 'app', resources: { requests: { cpu: '250m' } } }];
    const sidecar = { name: 'side', restartPolicy: 'Always', resources: { requests: { cpu: '150m' } } };
    const init = { name: 'init', resources: { requests: { cpu: '5' } } };
    const withSpec = (spec: object) => ({ ...subject, pods: subject.pods.map((pod) => ({ ...pod, spec })) });
    // 1000 of 2 × (250 + 150) = 125 %
    const sidecars = withSpec({ containers, initContainers: [init, sidecar] });
    expect(utilizationReplicas(sidecars, metrics, 125, 'cpu', '').utilization).toBe(125);
    // 1000 of 2 × 2000 = 25 %
    const whole = withSpec({ containers, resources: { requests: { cpu: '2' } } });
    expect(utilizationReplicas(whole, metrics, 25, 'cpu', '').utilization).toBe(25);
  });
});

describe('by the average', () => {
  const cases: Case[] = [
    // 60000/3 = 20000; 20/15 × 3 = 4
    { title: 'up', pods: ready(20000, 10000, 30000), target: 15000, expected: 4, usage: 20000 },
    // 12/20 × 5 = 3
    { title: 'down', pods: Array(5).fill('ready 12000'), target: 20000, expected: 3, usage: 12000 },
    // 31000/15000 = 2.07 of 2 pods … 1.0333 each
    { title: 'within the tolerance', pods: ready(16000, 15000), target: 15000, expected: 2, usage: 15500 },
    // readiness does not matter: 90000/3 = 30000; 2 × 3
    {
      title: 'starting pods count',
      pods: ['starting 50000', 'starting 10000', 'ready 30000'],
      target: 15000,
      expected: 6,
    },
    // 20/15 = 1.33; with 0: 40000/3 = 13333, 0.889
    {
      title: 'a pending pod turns it',
      pods: [...ready(15000, 25000), 'pending'],
      target: 15000,
      expected: 3,
      usage: 20000,
    },
    // 2; with 0: 20000/3 = 6666, 1.3332 × 3 = 3.9996
    { title: 'a missing figure, up', pods: [...ready(10000, 10000), 'missing'], target: 5000, expected: 4 },
    // 0.4; with 5000: 9000/3 = 3000, 0.6 × 3 = 1.8
    { title: 'a missing figure, down', pods: [...ready(2000, 2000), 'missing'], target: 5000, expected: 2 },
    // 2.5; with two at 0: 25000/3 = 8333, 0.833
    { title: 'missing and pending turn it', pods: ['ready 25000', 'missing', 'pending'], target: 10000, expected: 3 },
    // 3/2 = 1.5, cut to 1; 1/1
    { title: 'averages are whole', pods: ready(1, 2), target: 1, expected: 2, usage: 1 },
    // nothing at all: 0 × 3
    { title: 'down to nothing', pods: ready(0, 0, 0), target: 1000, expected: 0, usage: 0 },
  ];
  test.each(cases)('$title', ({ pods, current = pods.length, target, expected, usage, tolerance = EVEN }) => {
    const { situation: subject, metrics } = situation(pods, current, tolerance);
    const proposal = averageReplicas(subject, metrics, target, '');
    expect(proposal.replicas).toBe(expected);
    if (usage !== undefined) expect(proposal.usage).toBe(usage);
  });

  test('cpu by its average is not believed of pods that start', () => {
    const { situation: subject, metrics } = situation(['starting 3000', ...ready(1000, 1000)], 3);
    // 1000/500 = 2; with 0: 2000/3 = 666, 1.332 × 3 = 3.996
    expect(averageReplicas(subject, metrics, 500, 'cpu').replicas).toBe(4);
    // 5000/3 = 1666; 3.332 × 3 = 9.996
    expect(averageReplicas(subject, metrics, 500, 'memory').replicas).toBe(10);
  });
});

describe('by one value', () => {
  test.each([
    // 20/15 × 3 = 4
    ['up', ready(0, 0, 0), 3, 20000, 15000, 4],
    // 8/20 × 5 = 2
    ['down', ready(0, 0, 0, 0, 0), 5, 8000, 20000, 2],
    ['within the tolerance', ready(0, 0, 0), 3, 10500, 10000, 3],
    // 2 × the 2 that are ready
    ['unready pods are not multiplied', [...ready(0, 0), 'starting 0'], 3, 20000, 10000, 4],
    // 2 × 2, though 5 replicas are asked for
    ['ready pods count, not replicas', ready(0, 0), 5, 20000, 10000, 4],
    ['to zero', ready(0, 0, 0), 3, 0, 10000, 0],
    // 45/10 = 4.5
    ['from zero', [], 0, 45000, 10000, 5],
    ['from zero, nothing to do', [], 0, 0, 10000, 0],
    // no tolerance: 1.05, rounded up
    ['from zero, without a tolerance', [], 0, 10500, 10000, 2],
    ['more than there can be', ready(0, 0), 2, 1e15, 1, 2 ** 31 - 1],
  ])('%s', (_title, pods, current, value, target, expected) => {
    const { situation: subject } = situation(pods, current);
    expect(valueReplicas(subject, value, target)).toMatchObject({ replicas: expected, usage: value });
  });

  test('without pods there is nothing to multiply', () => {
    const { situation: subject } = situation([], 3);
    expect(() => valueReplicas(subject, 20, 10)).toThrow(
      'unable to calculate ready pods: no pods returned by selector while calculating replica count',
    );
  });
});

describe('by a value for each replica', () => {
  test.each([
    // 8600/(2000 × 3) = 1.43; 8600/2000 = 4.3; 8600/3 = 2866.7
    ['up', 3, 8600, 2000, 5, 2867],
    ['as wanted', 3, 6000, 2000, 3, 2000],
    // 1.09
    ['within the tolerance', 3, 6540, 2000, 3, 2180],
    // 8601/(4000 × 5) = 0.43; 2.15; 1720.2
    ['down', 5, 8601, 4000, 3, 1721],
    ['to zero', 3, 0, 2000, 0, 0],
    // of none: infinitely much
    ['from zero', 0, 30000, 10000, 3, 30000],
    ['from zero, nothing to do', 0, 0, 10000, 0, 0],
    ['more than there can be', 1, 1e15, 1, 2 ** 31 - 1, 1e15],
  ])('%s', (_title, replicas, value, target, expected, usage) => {
    expect(perReplicaReplicas(replicas, EVEN, value, target)).toMatchObject({ replicas: expected, usage });
  });
});
