/** What a pod is to ask for: recommendations within policies, LimitRanges and proportions; hand-derived. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { parseQuantity } from '../../src/apimachinery/quantity';
import { writtenTotals } from '../../src/apimachinery/resource-lists';
import type { ContainerPolicy, VerticalPodAutoscaler } from '../../src/apimachinery/vertical-scaling/autoscaler';
import { DEFAULT_FLAGS, isWatched, readFlags } from '../../src/apimachinery/vertical-scaling/flags';
import { limitRangesOf } from '../../src/apimachinery/vertical-scaling/limit-range';
import { newResourcesOf } from '../../src/apimachinery/vertical-scaling/new-resources';
import { boundaryRequest, proportionalLimit, scaled } from '../../src/apimachinery/vertical-scaling/proportions';

type Amounts = Record<string, string>;
interface ContainerCase {
  requests?: Amounts;
  limits?: Amounts;
}

/** `100m/64Mi`; '' for none. */
function amounts(text: string): Amounts {
  const [cpu, memory] = text.split('/');
  return { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) };
}

function podWith(containers: readonly ContainerCase[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: containers.map((resources, i) => ({ name: `c${i}`, resources })) },
  };
}

function vpaWith(targets: readonly string[], policies: ContainerPolicy[] = []): VerticalPodAutoscaler {
  return {
    apiVersion: 'autoscaling.k8s.io/v1',
    kind: 'VerticalPodAutoscaler',
    metadata: { name: 'v', namespace: 'default' },
    spec: { resourcePolicy: { containerPolicies: policies } },
    status: {
      recommendation: {
        containerRecommendations: targets
          .map((target, i) => ({ containerName: `c${i}`, target: amounts(target) }))
          .filter(({ target }) => Object.keys(target).length > 0),
      },
    },
  };
}

const range = (type: string, parts: Record<string, Amounts>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'r' },
  spec: { limits: [{ type, ...parts }] },
});

const told = (pod: KubeObject, vpa: VerticalPodAutoscaler, ranges: KubeObject[]) =>
  newResourcesOf(pod, vpa, limitRangesOf(ranges)).map(({ requests, limits, notes }) => {
    const one = ({ cpu = '', memory = '' }: Amounts) => (memory === '' ? cpu : `${cpu}/${memory}`);
    return [one(writtenTotals(requests)), one(writtenTotals(limits)), ...notes].join('; ');
  });

interface Case {
  name: string;
  /** Requests and limits. */
  has: [string, string];
  target: string;
  policy?: Omit<ContainerPolicy, 'containerName'>;
  ranges?: KubeObject[];
  gives: string;
}

const NO_LIMIT = (resource: string) => `${resource}: limit NOT set since originalLimit is nil or 0`;

test.each<Case>([
  { name: 'requests only', has: ['100m/64Mi', ''], target: '300m/256Mi', gives: '300m/256Mi; ' },
  { name: 'no requests', has: ['', ''], target: '300m/256Mi', gives: '300m/256Mi; ' },
  {
    name: 'limits twice the requests stay so',
    has: ['100m/64Mi', '200m/128Mi'],
    target: '300m/256Mi',
    gives: '300m/256Mi; 600m/512Mi',
  },
  {
    name: 'limits equal to requests stay so',
    has: ['100m/64Mi', '100m/64Mi'],
    target: '300m/256Mi',
    gives: '300m/256Mi; 300m/256Mi',
  },
  {
    name: 'a limit without a request: the limit is the request',
    has: ['/64Mi', '500m/64Mi'],
    target: '300m/256Mi',
    gives: '300m/256Mi; 300m/256Mi',
  },
  {
    name: 'a limit of one only',
    has: ['100m/64Mi', '/128Mi'],
    target: '300m/256Mi',
    gives: `300m/256Mi; /512Mi; ${NO_LIMIT('cpu')}`,
  },
  {
    name: 'an odd ratio is cut to whole millicores: 300 × 250 / 70 = 1071.4',
    has: ['70m/64Mi', '250m/64Mi'],
    target: '300m/64Mi',
    gives: '300m/64Mi; 1071m/64Mi',
  },
  {
    name: 'controlledValues RequestsOnly: limits stay',
    has: ['100m/64Mi', '500m/512Mi'],
    target: '300m/256Mi',
    policy: { controlledValues: 'RequestsOnly' },
    gives: '300m/256Mi; ',
  },
  {
    name: '… and cap the request',
    has: ['100m/64Mi', '200m/128Mi'],
    target: '300m/256Mi',
    policy: { controlledValues: 'RequestsOnly' },
    gives: '200m/128Mi; ; cpu capped to container limit; memory capped to container limit',
  },
  {
    name: 'minAllowed',
    has: ['100m/64Mi', ''],
    target: '300m/256Mi',
    policy: { minAllowed: { cpu: '1', memory: '64Mi' } },
    gives: '1/256Mi; ; cpu capped to minAllowed',
  },
  {
    name: 'maxAllowed',
    has: ['100m/64Mi', '200m/128Mi'],
    target: '300m/256Mi',
    policy: { maxAllowed: { cpu: '150m', memory: '100Mi' } },
    gives: '150m/100Mi; 300m/200Mi; cpu capped to maxAllowed; memory capped to maxAllowed',
  },
  {
    name: 'zero is no bound',
    has: ['100m/64Mi', ''],
    target: '300m/256Mi',
    policy: { maxAllowed: { cpu: '0' }, minAllowed: { memory: '0' } },
    gives: '300m/256Mi; ',
  },
  {
    name: 'the default limit of a LimitRange counts as the limit',
    has: ['100m/64Mi', ''],
    target: '300m/256Mi',
    ranges: [range('Container', { default: { cpu: '200m', memory: '64Mi' } })],
    gives: '300m/256Mi; 600m/256Mi',
  },
  {
    name: 'the limit must not exceed the maximum: 1 core at a ratio of 2 is 500m',
    has: ['100m/64Mi', '200m/64Mi'],
    target: '800m/256Mi',
    ranges: [range('Container', { max: { cpu: '1', memory: '1Gi' } })],
    gives: '500m/256Mi; 1/256Mi; cpu capped to fit Max in container LimitRange',
  },
  {
    name: 'the request must not be below the minimum',
    has: ['100m/64Mi', '200m/128Mi'],
    target: '50m/32Mi',
    ranges: [range('Container', { min: { cpu: '80m', memory: '16Mi' } })],
    gives: '80m/32Mi; 160m/64Mi; cpu capped to fit Min in container LimitRange',
  },
  {
    name: 'without a limit the maximum does not bound',
    has: ['100m/64Mi', ''],
    target: '3/256Mi',
    ranges: [range('Container', { max: { cpu: '1' } })],
    gives: '3/256Mi; ',
  },
  {
    name: 'of two LimitRanges the lower maximum and the higher minimum count',
    has: ['100m/64Mi', '100m/64Mi'],
    target: '4/8Mi',
    ranges: [
      range('Container', { max: { cpu: '3' }, min: { memory: '16Mi' } }),
      range('Container', { max: { cpu: '2' }, min: { memory: '32Mi' } }),
    ],
    gives:
      '2/32Mi; 2/32Mi; cpu capped to fit Max in container LimitRange; memory capped to fit Min in container LimitRange',
  },
  {
    name: 'the policy has the last word',
    has: ['100m/64Mi', '100m/64Mi'],
    target: '4/64Mi',
    ranges: [range('Container', { max: { cpu: '2' } })],
    policy: { minAllowed: { cpu: '3' } },
    gives: '3/64Mi; 3/64Mi; cpu capped to fit Max in container LimitRange; cpu capped to minAllowed',
  },
])('$name', ({ has: [requests, limits], target, policy, ranges = [], gives }) => {
  const pod = podWith([{ requests: amounts(requests), limits: amounts(limits) }]);
  const policies = policy ? [{ containerName: '*', ...policy }] : [];
  expect(told(pod, vpaWith([target], policies), ranges)).toEqual([gives]);
});

describe('pods with several containers', () => {
  test('each has its own; one without a recommendation stays as it is', () => {
    const pod = podWith([{ requests: amounts('100m/64Mi') }, { requests: amounts('50m/32Mi') }]);
    expect(told(pod, vpaWith(['300m/256Mi', '']), [])).toEqual(['300m/256Mi; ', '; ']);
  });

  test('its own policy before the one named *', () => {
    const pod = podWith([{}, {}]);
    const policies = [
      { containerName: '*', maxAllowed: { cpu: '100m' } },
      { containerName: 'c1', maxAllowed: { cpu: '200m' } },
    ];
    expect(told(pod, vpaWith(['1/1Gi', '1/1Gi'], policies), [])).toEqual([
      '100m/1Gi; ; cpu capped to maxAllowed',
      '200m/1Gi; ; cpu capped to maxAllowed',
    ]);
  });

  test('together no more than a pod may: limits of 3 cores come down to 2, each by a third', () => {
    const pod = podWith([
      { requests: amounts('100m/64Mi'), limits: amounts('100m/64Mi') },
      { requests: amounts('100m/64Mi'), limits: amounts('100m/64Mi') },
    ]);
    const ranges = [range('Pod', { max: { cpu: '2' } })];
    expect(told(pod, vpaWith(['1/64Mi', '2/64Mi']), ranges)).toEqual([
      '666m/64Mi; 666m/64Mi',
      '1333m/64Mi; 1333m/64Mi',
    ]);
  });

  test('together no less than a pod must: 300m come up to 1 core, rounded up', () => {
    const pod = podWith([
      { requests: amounts('100m/64Mi'), limits: amounts('100m/64Mi') },
      { requests: amounts('100m/64Mi'), limits: amounts('100m/64Mi') },
    ]);
    const ranges = [range('Pod', { min: { cpu: '1' } })];
    expect(told(pod, vpaWith(['100m/64Mi', '200m/64Mi']), ranges)).toEqual([
      '334m/64Mi; 334m/64Mi',
      '667m/64Mi; 667m/64Mi',
    ]);
  });
});

test('what the kubelet says a container has counts, where it says so', () => {
  const pod = {
    ...podWith([{ requests: amounts('100m/64Mi'), limits: amounts('100m/64Mi') }]),
    status: {
      containerStatuses: [{ name: 'c0', resources: { requests: amounts('100m/64Mi'), limits: amounts('300m/64Mi') } }],
    },
  };
  expect(told(pod, vpaWith(['200m/64Mi']), [])).toEqual(['200m/64Mi; 600m/64Mi']);
});

test.each([
  ['cpu', '3', '7', '2', false, '857m'],
  ['cpu', '3', '7', '2', true, '858m'],
  ['memory', '1Gi', '512Mi', '100Mi', true, '200Mi'],
  ['cpu', '3', '0', '2', false, '3'],
])('%s %s × … / %s', (resource, amount, base, by, roundUp, gives) => {
  const [a, b, c] = [amount, base, by].map(parseQuantity) as [never, never, never];
  expect(String(scaled(resource, a, b, c, roundUp).amount)).toBe(gives);
});

test('a limit that no number holds is capped, and a note says so', () => {
  const { limit, note } = proportionalLimit(
    'memory',
    parseQuantity('8Ei'),
    parseQuantity('1'),
    parseQuantity('1Gi'),
    undefined,
  );
  expect([limit?.value(), note]).toEqual([
    2 ** 63,
    'memory: failed to keep limit to request ratio; capping limit to int64',
  ]);
  expect(String(boundaryRequest('cpu', undefined, undefined, parseQuantity('1'), undefined))).toBe('0');
});

describe('flags', () => {
  const read = (data: Record<string, string>) =>
    readFlags({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vertical-pod-autoscaler' }, data });

  test('of the ConfigMap, with upstream’s names', () => {
    const { flags, complaints } = read({
      'target-cpu-percentile': '0.95',
      'min-replicas': '1',
      'memory-aggregation-interval': '1h',
      'container-recommendation-max-allowed-cpu': '1500m',
      'in-place-skip-disruption-budget': 'true',
    });
    expect(complaints).toEqual([]);
    expect(flags).toMatchObject({
      cpuTarget: 0.95,
      minReplicas: 1,
      memoryInterval: 3_600_000,
      maxAllowedCPU: '1500m',
      skipDisruptionBudget: true,
      marginFraction: 0.15,
    });
  });

  test('what can’t be read is told, and the default holds', () => {
    const { flags, complaints } = read({ 'min-replicas': 'two', 'no-such': '1', 'updater-interval': '10ms' });
    expect([flags.minReplicas, flags.updaterInterval]).toEqual([2, 60_000]);
    expect(complaints).toEqual([
      'invalid argument "two" for "--min-replicas" flag: must be a whole number',
      'unknown flag: --no-such',
      'invalid argument "10ms" for "--updater-interval" flag: must be a whole number of seconds',
    ]);
  });

  test('what means nothing here is taken; what would bring in something else is refused', () => {
    const { flags, complaints } = read({
      v: '6',
      'kube-api-qps': '5',
      'leader-elect': 'true',
      log_dir: '/tmp',
      storage: 'prometheus',
      'use-external-metrics': 'true',
      'register-webhook': 'false',
      'feature-gates': 'InPlace=true',
    });
    expect(complaints).toEqual([
      'invalid argument "prometheus" for "--storage" flag: there is no Prometheus here',
      'invalid argument "true" for "--use-external-metrics" flag: what pods use is told by the metrics API',
      'invalid argument "false" for "--register-webhook" flag: admission is no webhook here',
      'invalid argument "InPlace=true" for "--feature-gates" flag: the feature gate InPlace is not here',
    ]);
    expect(flags).toEqual(DEFAULT_FLAGS);
  });

  test.each([
    [{}, ['a', 'b']],
    [{ 'vpa-object-namespace': 'a' }, ['a']],
    [{ 'ignored-vpa-object-namespaces': 'a,c' }, ['b']],
    // Upstream does not start.
    [{ 'vpa-object-namespace': 'a', 'ignored-vpa-object-namespaces': 'b' }, ['a', 'b']],
  ])('namespaces that are looked after by %j', (data, watched) => {
    const { flags, complaints } = read(data);
    expect(['a', 'b'].filter((name) => isWatched(name, flags))).toEqual(watched);
    expect(complaints).toHaveLength(Object.keys(data).length > 1 ? 1 : 0);
  });

  test.each([
    ['', []],
    ['PerVPAConfig=true', ['PerVPAConfig']],
    ['AllAlpha=true,PerVPAConfig=false', []],
    ['AllAlpha=true', ['PerVPAConfig']],
    ['InPlace=false,CPUStartupBoost=false', []],
    ['PerVPAConfig', 'missing bool value for PerVPAConfig'],
    ['Nothing=true', 'unrecognized feature gate: Nothing'],
  ])('feature gates %j', (text, gates) => {
    const { flags, complaints } = read({ 'feature-gates': text });
    if (typeof gates === 'string') expect(complaints[0]).toContain(gates);
    else expect([flags.gates, complaints]).toEqual([gates, []]);
  });
});
