/** NodeResourcesFit and NodeResourcesBalancedAllocation: room, and how well a pod sits. */
import { podRequests } from '../../../../src/apimachinery/pod-requests';
import { PodInfo } from '../../../../src/sim/scheduler/pod-info';
import { filtered, node, pod, scored, withArgs } from '../small-cluster';

const GPU = 'example.com/gpu';
const asking = (requests: Record<string, string>) => pod('p', { requests });
const placed = (name: string, requests: Record<string, string>, on = 'n') => pod(name, { on, requests });

describe('what a pod asks for', () => {
  const container = (cpu: string, restartPolicy?: string) => ({
    resources: { requests: { cpu } },
    ...(restartPolicy ? { restartPolicy } : {}),
  });
  test.each([
    ['containers add up', { containers: [container('100m'), container('1')] }, 1100],
    [
      'the hungriest init container counts',
      { containers: [container('100m')], initContainers: [container('2'), container('1')] },
      2000,
    ],
    [
      'init containers that ask for less do not',
      { containers: [container('3')], initContainers: [container('2')] },
      3000,
    ],
    [
      'sidecars add to the init containers that follow them',
      { containers: [container('1')], initContainers: [container('500m', 'Always'), container('2')] },
      2500,
    ],
    [
      'not to those before them',
      { containers: [container('1')], initContainers: [container('2'), container('500m', 'Always')] },
      2000,
    ],
    [
      'sidecars add to containers',
      { containers: [container('2')], initContainers: [container('500m', 'Always'), container('1')] },
      2500,
    ],
    [
      'two sidecars, one init container between them',
      {
        containers: [container('1')],
        initContainers: [container('1', 'Always'), container('3'), container('1', 'Always')],
      },
      4000,
    ],
    ['overhead is on top', { containers: [container('1')], overhead: { cpu: '250m' } }, 1250],
    [
      'requests of the pod replace the sum',
      { containers: [container('1')], resources: { requests: { cpu: '3' } } },
      3000,
    ],
    [
      'even where they are less',
      { containers: [container('2'), container('2')], resources: { requests: { cpu: '3' } } },
      3000,
    ],
    [
      'overhead is on top of those too',
      { containers: [container('1')], resources: { requests: { cpu: '3' } }, overhead: { cpu: '1' } },
      4000,
    ],
    ['nothing asked is nothing', { containers: [{}] }, 0],
  ])('%s', (_, spec, milliCPU) => {
    expect(podRequests(spec).milliCPU).toBe(milliCPU);
  });
  test('while it is resized, the most of what is wanted and given counts; what can not be given does not', () => {
    const given = {
      containerStatuses: [{ name: 'c', allocatedResources: { cpu: '1' }, resources: { requests: { cpu: '2' } } }],
    };
    const resized = (status: object) => new PodInfo(pod('p', { requests: { cpu: '3' }, status })).requests.milliCPU;
    const infeasible = { conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }] };
    expect([resized(given), resized({ ...given, ...infeasible })]).toEqual([3000, 2000]);
  });
});

describe('NodeResourcesFit filters', () => {
  const small = node('n', {
    cpu: '2',
    memory: '4Gi',
    pods: '3',
    more: { 'ephemeral-storage': '10Gi', [GPU]: '2', 'hugepages-2Mi': '100Mi' },
  });
  test.each([
    ['an empty pod', {}, [], 'ok'],
    ['exactly all of it', { cpu: '2', memory: '4Gi' }, [], 'ok'],
    ['beside another', { cpu: '1' }, [placed('a', { cpu: '1' })], 'ok'],
    ['a little too much beside another', { cpu: '1001m' }, [placed('a', { cpu: '1' })], 'Insufficient cpu'],
    ['more than there ever is', { cpu: '2001m' }, [], 'Insufficient cpu !'],
    ['memory', { memory: '3Gi' }, [placed('a', { memory: '2Gi' })], 'Insufficient memory'],
    [
      'cpu and memory',
      { cpu: '2', memory: '4Gi' },
      [placed('a', { cpu: '1', memory: '1Gi' })],
      'Insufficient cpu & Insufficient memory',
    ],
    [
      'one of them never: evicting does not help',
      { cpu: '3', memory: '4Gi' },
      [placed('a', { cpu: '1', memory: '1Gi' })],
      'Insufficient cpu & Insufficient memory !',
    ],
    [
      'storage',
      { 'ephemeral-storage': '6Gi' },
      [placed('a', { 'ephemeral-storage': '5Gi' })],
      'Insufficient ephemeral-storage',
    ],
    ['an extended resource', { [GPU]: '2' }, [placed('a', { [GPU]: '1' })], `Insufficient ${GPU}`],
    ['one that the node has not got', { 'example.com/fpga': '1' }, [], 'Insufficient example.com/fpga !'],
    [
      'huge pages',
      { 'hugepages-2Mi': '60Mi' },
      [placed('a', { 'hugepages-2Mi': '60Mi' })],
      'Insufficient hugepages-2Mi',
    ],
    ['too many pods', {}, [placed('a', {}), placed('b', {}), placed('c', {})], 'Too many pods'],
    [
      'too many pods and too little cpu',
      { cpu: '1' },
      [placed('a', { cpu: '2' }), placed('b', {}), placed('c', {})],
      'Too many pods & Insufficient cpu',
    ],
    ['asking for none of what is overbooked', { memory: '1Gi' }, [placed('a', { cpu: '9' })], 'ok'],
    ['zero of something that is not there', { 'example.com/fpga': '0' }, [], 'ok'],
    [
      'thousandths of a byte count as a whole one',
      { memory: '1m' },
      [placed('a', { memory: '4Gi' })],
      'Insufficient memory',
    ],
  ])('%s', (_, requests, pods, expected) => {
    expect(filtered('NodeResourcesFit', { nodes: [small], pods }, asking(requests as Record<string, string>))).toEqual({
      n: expected,
    });
  });
  test.each([
    ['by name', { ignoredResources: ['example.com/fpga'] }],
    ['by group', { ignoredResourceGroups: ['example.com'] }],
  ])('resources that are told to be ignored: %s', (_, args) => {
    const configuration = withArgs('NodeResourcesFit', args);
    expect(
      filtered('NodeResourcesFit', { nodes: [small], configuration }, asking({ 'example.com/fpga': '1' })),
    ).toEqual({ n: 'ok' });
  });
  test.each([
    ['hugepages-1Gi', { ignoredResources: ['hugepages-1Gi'] }],
    ['sub.kubernetes.io/thing', { ignoredResourceGroups: ['sub.kubernetes.io'] }],
    ['example.com/fpga', { ignoredResources: ['example.com/gpu'], ignoredResourceGroups: ['example'] }],
  ])('%s is not, though %j', (name, args) => {
    const configuration = withArgs('NodeResourcesFit', args);
    expect(filtered('NodeResourcesFit', { nodes: [small], configuration }, asking({ [name]: '1' }))).toEqual({
      n: `Insufficient ${name} !`,
    });
  });
});

describe('NodeResourcesFit scores', () => {
  const scoreOf = (requests: Record<string, string>, pods: object[] = [], args?: object, words = {}) =>
    scored(
      'NodeResourcesFit',
      {
        nodes: [node('n', words)],
        pods: pods as never,
        ...(args ? { configuration: withArgs('NodeResourcesFit', args) } : {}),
      },
      asking(requests),
    )['n'];

  // The node has 4 CPUs and 8Gi.
  test.each([
    // (4000-1000)/4000 = 75, (8-4)/8 = 50: 62.5.
    ['the mean of what stays free', { cpu: '1', memory: '4Gi' }, [], 62],
    // 100m: 97.5; 200Mi of 8192Mi: 97.56.
    ['who asks for nothing is taken to ask for 100m and 200Mi', {}, [], 97],
    // cpu 3000/4000 free = 75; memory 97.
    ['only memory is assumed where cpu is named', { cpu: '1' }, [], 86],
    ['all of it', { cpu: '4', memory: '8Gi' }, [], 0],
    // cpu 2000/4000 free = 50; memory 8192-200-200 = 95.
    ['what others take counts', { cpu: '1' }, [placed('a', { cpu: '1' })], 72],
    // Others ask for nothing: 100m and 200Mi: cpu (4000-200)/4000 = 95, memory (8192-400)/8192 = 95.
    ['so does what others are assumed to', {}, [placed('a', {})], 95],
    // cpu over capacity: 0; memory (8192-200-200)/8192 = 95: 47.
    ['over capacity is 0, not less', { cpu: '3' }, [placed('a', { cpu: '2' })], 47],
    // An explicit 0 stands: cpu 100; memory 97.
    ['an explicit 0 is nothing', { cpu: '0', memory: '0' }, [], 100],
  ])('least allocated: %s', (_, requests, pods, expected) => {
    expect(scoreOf(requests as Record<string, string>, pods)).toBe(expected);
  });
  test('a node that has no cpu is judged by its memory', () => {
    expect(scoreOf({ memory: '4Gi' }, [], undefined, { cpu: '0' })).toBe(50);
  });

  const least = (...resources: object[]) => ({ scoringStrategy: { type: 'LeastAllocated', resources } });
  const most = (...resources: object[]) => ({ scoringStrategy: { type: 'MostAllocated', resources } });
  const CPU = { name: 'cpu', weight: 1 };
  const MEMORY = { name: 'memory', weight: 1 };
  test.each([
    // cpu 75 × 3, memory 50 × 1: 275 / 4.
    ['least, by weight', least({ name: 'cpu', weight: 3 }, MEMORY), { cpu: '1', memory: '4Gi' }, 68],
    ['least, of cpu alone', least(CPU), { cpu: '1', memory: '8Gi' }, 75],
    // 1 of 4 GPUs taken: 75; cpu 75.
    ['least, with an extended resource', least(CPU, { name: GPU, weight: 1 }), { cpu: '1', [GPU]: '1' }, 75],
    [
      'least, an extended resource that is not asked for does not count',
      least(CPU, { name: GPU, weight: 1 }),
      { cpu: '1' },
      75,
    ],
    // cpu 25, memory 50: 37.5.
    ['most', most(CPU, MEMORY), { cpu: '1', memory: '4Gi' }, 37],
    ['most, full', most(CPU, MEMORY), { cpu: '4', memory: '8Gi' }, 100],
    ['most, over capacity is full', most(CPU), { cpu: '9' }, 100],
    // 25 × 1 and 50 × 5: 275 / 6.
    ['most, by weight', most(CPU, { name: 'memory', weight: 5 }), { cpu: '1', memory: '4Gi' }, 45],
  ])('%s', (_, args, requests, expected) => {
    expect(scoreOf(requests as Record<string, string>, [], args, { more: { [GPU]: '4' } })).toBe(expected);
  });

  const ratio = (shape: [number, number][], ...resources: object[]) => ({
    scoringStrategy: {
      type: 'RequestedToCapacityRatio',
      resources,
      requestedToCapacityRatio: { shape: shape.map(([utilization, score]) => ({ utilization, score })) },
    },
  });
  test.each([
    // Packing: 25 % of cpu is 25, 50 % of memory is 50: 37.5 rounded.
    [
      'packing',
      ratio(
        [
          [0, 0],
          [100, 10],
        ],
        CPU,
        MEMORY,
      ),
      { cpu: '1', memory: '4Gi' },
      38,
    ],
    [
      'spreading',
      ratio(
        [
          [0, 10],
          [100, 0],
        ],
        CPU,
        MEMORY,
      ),
      { cpu: '1', memory: '4Gi' },
      63,
    ],
    // Up to 50 % nothing, then straight up to 10 at 100 %: 75 % is 5.
    [
      'a bent line',
      ratio(
        [
          [50, 0],
          [100, 10],
        ],
        CPU,
      ),
      { cpu: '3' },
      50,
    ],
    [
      'level before the first point',
      ratio(
        [
          [50, 4],
          [100, 10],
        ],
        CPU,
      ),
      { cpu: '1' },
      40,
    ],
    [
      'level after the last',
      ratio(
        [
          [0, 0],
          [20, 7],
        ],
        CPU,
      ),
      { cpu: '4' },
      70,
    ],
    [
      'over capacity is as full',
      ratio(
        [
          [0, 0],
          [100, 10],
        ],
        CPU,
      ),
      { cpu: '9' },
      100,
    ],
    // cpu scores 0 and does not count; memory 50.
    [
      'what scores nothing is left out of the mean',
      ratio(
        [
          [25, 0],
          [50, 5],
          [100, 10],
        ],
        CPU,
        MEMORY,
      ),
      { cpu: '1', memory: '4Gi' },
      50,
    ],
  ])('requested to capacity ratio: %s', (_, args, requests, expected) => {
    expect(scoreOf(requests as Record<string, string>, [], args)).toBe(expected);
  });
});

describe('NodeResourcesBalancedAllocation', () => {
  const scoreOf = (requests: Record<string, string>, pods: object[] = [], args?: object, words = {}) =>
    scored(
      'NodeResourcesBalancedAllocation',
      {
        nodes: [node('n', words)],
        pods: pods as never,
        ...(args ? { configuration: withArgs('NodeResourcesBalancedAllocation', args) } : {}),
      },
      asking(requests),
    )['n'];
  test.each([
    ['who asks for nothing changes nothing', {}, [], undefined],
    ['what is even stays even: 75', { cpu: '2', memory: '4Gi' }, [], 75],
    // cpu 0.5, memory 0: deviation 0.25, evenness 75; 50 + (50 + 75 - 100) / 2 = 62.5.
    ['lopsided', { cpu: '2' }, [], 62],
    // cpu 1, memory 0: evenness 50; 50 + (50 + 50 - 100) / 2 = 50.
    ['as lopsided as can be', { cpu: '4' }, [], 50],
    // Before cpu 1, memory 0: 50. After 1 and 1: 100. 50 + (50 + 100 - 50) / 2 = 100.
    ['it makes things even', { memory: '8Gi' }, [placed('a', { cpu: '4' })], 100],
    // Before 0.5 and 0: 75. After 0.5 and 0.5: 100. 50 + 75 / 2 = 87.5.
    ['it makes things more even', { memory: '4Gi' }, [placed('a', { cpu: '2' })], 87],
    // Before 0.25 and 0: 87 (87.5 cut). After 0.5 and 0: 75. 50 + (50 + 75 - 87) / 2 = 69.
    ['it makes things less even', { cpu: '1' }, [placed('a', { cpu: '1' })], 69],
    // Real requests, not assumed ones: the other pod asks for nothing.
    ['pods that ask for nothing do not count', { cpu: '2', memory: '4Gi' }, [placed('a', {})], 75],
    // Fractions above 1 are 1: before 1 and 0, after 1 and 0.5: 75; 50 + (50 + 75 - 50) / 2 = 87.5.
    ['overbooked is full', { memory: '4Gi' }, [placed('a', { cpu: '8' })], 87],
    // cpu 0.25, memory 0.125: deviation 0.0625, 93 (93.75 cut); 50 + (50 + 93 - 100) / 2 = 71.5.
    ['a little uneven', { cpu: '1', memory: '1Gi' }, [], 71],
  ])('%s', (_, requests, pods, expected) => {
    expect(scoreOf(requests as Record<string, string>, pods)).toBe(expected);
  });
  test('a node without cpu can not be uneven', () => {
    expect(scoreOf({ memory: '4Gi' }, [], undefined, { cpu: '0' })).toBe(75);
  });
  test.each([
    // cpu 0.25, memory 0.25, gpu 0.25: even.
    ['three alike', { cpu: '1', memory: '2Gi', [GPU]: '1' }, 75],
    // 0.5, 0, 0.5: mean 1/3, deviation sqrt((1/36 + 1/9 + 1/36) / 3) = 0.2357: 76; 50 + (50 + 76 - 100) / 2 = 63.
    ['three, one lower', { cpu: '2', [GPU]: '2' }, 63],
    ['not asked for: only cpu and memory', { cpu: '2' }, 62],
  ])('with an extended resource: %s', (_, requests, expected) => {
    const resources = [
      { name: 'cpu', weight: 1 },
      { name: 'memory', weight: 1 },
      { name: GPU, weight: 1 },
    ];
    expect(scoreOf(requests as Record<string, string>, [], { resources }, { more: { [GPU]: '4' } })).toBe(expected);
  });
});
