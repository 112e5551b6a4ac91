/** KubeSchedulerConfiguration: read, judged, completed. */
import type { Json } from '../../../src/apimachinery/json';
import {
  API_VERSION,
  profilesOf,
  type WrittenConfiguration,
  type WrittenProfile,
} from '../../../src/sim/scheduler/configuration/configuration';
import { decodeConfiguration } from '../../../src/sim/scheduler/configuration/decode';
import { validateConfiguration } from '../../../src/sim/scheduler/configuration/validate';

const KIND = 'KubeSchedulerConfiguration';

/** What is wrong with a configuration; '' for nothing. */
function complaint(more: object, header: object = { apiVersion: API_VERSION, kind: KIND }): string {
  try {
    validateConfiguration(decodeConfiguration({ ...header, ...more } as Json as never));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const args = (name: string, given: object) => ({ profiles: [{ pluginConfig: [{ name, args: given }] }] });

describe('what can not be read', () => {
  test.each<[object, string]>([
    [{ profiles: [{ schedulerNam: 'x' }] }, 'strict decoding error: unknown field "profiles[0].schedulerNam"'],
    [
      { profile: [], parallelism: 'many' },
      'json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.parallelism of type int32',
    ],
    [
      args('NodeResourcesFit', { strategy: 1 }),
      'strict decoding error: decoding .profiles[0].pluginConfig[0]: strict decoding error: decoding args for plugin NodeResourcesFit: strict decoding error: unknown field "strategy"',
    ],
    [
      args('InterPodAffinity', { kind: 'NodeAffinityArgs', apiVersion: API_VERSION }),
      'decoding .profiles[0].pluginConfig[0]: args for plugin InterPodAffinity were not of type InterPodAffinityArgs.kubescheduler.config.k8s.io, got NodeAffinityArgs.kubescheduler.config.k8s.io',
    ],
  ])('%j', (more, expected) => {
    expect(complaint(more)).toBe(expected);
  });

  test.each([
    [{}, "Object 'Kind' is missing in '{}'"],
    [{ kind: KIND }, `Object 'apiVersion' is missing in '{"kind":"${KIND}"}'`],
    [
      { kind: KIND, apiVersion: 'kubescheduler.config.k8s.io/v1beta3' },
      `no kind "${KIND}" is registered for version "kubescheduler.config.k8s.io/v1beta3" in scheme "pkg/scheduler/apis/config/scheme/scheme.go:30"`,
    ],
  ])('header %j', (header, expected) => {
    expect(complaint({}, header)).toBe(expected);
  });
});

describe('what may not be', () => {
  const enabled = (point: string, ...names: string[]) => ({
    profiles: [{ plugins: { [point]: { enabled: names.map((name) => ({ name })) } } }],
  });
  test.each<[object, string]>([
    [{}, ''],
    [{ profiles: [{ schedulerName: 'a' }, { schedulerName: 'b' }] }, ''],
    [
      { profiles: [{ schedulerName: 'a' }, { schedulerName: 'a' }] },
      'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
    ],
    [{ profiles: [{}, { schedulerName: 'b' }] }, 'profiles[0].schedulerName: Required value'],
    [{ percentageOfNodesToScore: 101 }, 'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]'],
    [
      { profiles: [{ percentageOfNodesToScore: -1 }] },
      'profiles[0].percentageOfNodesToScore: Invalid value: -1: not in valid range [0-100]',
    ],
    [
      { podInitialBackoffSeconds: 5, podMaxBackoffSeconds: 2 },
      'podMaxBackoffSeconds: Invalid value: 2: must be greater than or equal to PodInitialBackoffSeconds',
    ],
    [{ parallelism: 0 }, 'parallelism: Invalid value: 0: should be an integer value greater than zero'],
    [
      args('InterPodAffinity', { hardPodAffinityWeight: 101 }),
      'profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]',
    ],
    [
      args('NodeResourcesFit', { scoringStrategy: { type: 'Best' } }),
      'profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
    ],
    [
      args('NodeResourcesFit', {
        scoringStrategy: { type: 'LeastAllocated', resources: [{ name: 'cpu', weight: 101 }] },
      }),
      'profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]',
    ],
    [
      args('NodeResourcesFit', {
        scoringStrategy: {
          type: 'RequestedToCapacityRatio',
          requestedToCapacityRatio: {
            shape: [
              { utilization: 50, score: 11 },
              { utilization: 40, score: 1 },
            ],
          },
        },
      }),
      '[profiles[0].pluginConfig[0].args.scoringStrategy.shape[1].utilization: Invalid value: 40: values must be sorted in increasing order, profiles[0].pluginConfig[0].args.scoringStrategy.shape[0].score: Invalid value: 11: not in valid range [0, 10]]',
    ],
    [
      args('PodTopologySpread', {
        defaultingType: 'System',
        defaultConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
      }),
      'profiles[0].pluginConfig[0].args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
    ],
    [
      args('PodTopologySpread', {
        defaultingType: 'List',
        defaultConstraints: [{ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Never' }],
      }),
      '[profiles[0].pluginConfig[0].args.defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf), profiles[0].pluginConfig[0].args.defaultConstraints[0].topologyKey: Required value: can not be empty, profiles[0].pluginConfig[0].args.defaultConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"]',
    ],
    [
      args('DefaultPreemption', { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 }),
      '[profiles[0].pluginConfig[0].args.minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute, profiles[0].pluginConfig[0].args.minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as minCandidateNodesPercentage]',
    ],
    [
      { profiles: [{ pluginConfig: [{ name: 'NodeAffinity' }, { name: 'NodeAffinity' }] }] },
      'profiles[0].pluginConfig[1]: Duplicate value: "NodeAffinity"',
    ],
    [
      enabled('score', 'Luck'),
      'initializing profiles: creating profile for scheduler name default-scheduler: ScorePlugin "Luck" does not exist',
    ],
    [
      enabled('score', 'NodeName'),
      'initializing profiles: creating profile for scheduler name default-scheduler: plugin "NodeName" does not extend ScorePlugin plugin',
    ],
    [
      enabled('filter', 'NodeName', 'NodeName'),
      'initializing profiles: creating profile for scheduler name default-scheduler: plugin "NodeName" already registered as "FilterPlugin"',
    ],
    [
      { profiles: [{ plugins: { multiPoint: { disabled: [{ name: 'DefaultBinder' }] } } }] },
      'initializing profiles: creating profile for scheduler name default-scheduler: at least one bind plugin is needed for profile with scheduler name "default-scheduler"',
    ],
    [
      { profiles: [{ plugins: { queueSort: { disabled: [{ name: '*' }] } } }] },
      'initializing profiles: creating profile for scheduler name default-scheduler: only one queue sort plugin required for profile with scheduler name "default-scheduler", but got 0',
    ],
    [
      {
        profiles: [
          { schedulerName: 'a' },
          { schedulerName: 'b', plugins: { queueSort: { enabled: [{ name: 'PrioritySort' }] } } },
        ],
      },
      'profiles[1].plugins.queueSort: Invalid value: {"Enabled":[{"name":"PrioritySort"}],"Disabled":null}: must be the same for all profiles',
    ],
  ])('%j', (more, expected) => {
    expect(complaint(more)).toBe(expected);
  });
});

describe('a profile completed', () => {
  const complete = (profile: WrittenProfile = {}, more: WrittenConfiguration = {}) => {
    const [first] = profilesOf({ ...more, profiles: [profile] });
    if (!first) throw new Error('no profile');
    return first;
  };
  const scores = (profile: WrittenProfile) =>
    Object.fromEntries(complete(profile).points.score.map(({ name, weight }) => [name, weight]));
  const DEFAULTS = {
    TaintToleration: 3,
    NodeAffinity: 2,
    NodeResourcesFit: 1,
    VolumeBinding: 1,
    PodTopologySpread: 2,
    InterPodAffinity: 2,
    DynamicResources: 2,
    NodeResourcesBalancedAllocation: 1,
    ImageLocality: 1,
  };

  test('the default', () => {
    expect(scores({})).toEqual(DEFAULTS);
    expect(complete().points.filter).toEqual([
      'NodeUnschedulable',
      'NodeName',
      'TaintToleration',
      'NodeAffinity',
      'NodePorts',
      'NodeResourcesFit',
      'VolumeRestrictions',
      'NodeVolumeLimits',
      'VolumeBinding',
      'VolumeZone',
      'PodTopologySpread',
      'InterPodAffinity',
      'DynamicResources',
      'NodeDeclaredFeatures',
    ]);
  });

  test.each<[string, WrittenProfile, object]>([
    [
      'one is off at one point',
      { plugins: { score: { disabled: [{ name: 'ImageLocality' }] } } },
      { ...DEFAULTS, ImageLocality: undefined },
    ],
    [
      'all are off but one',
      { plugins: { score: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit', weight: 7 }] } } },
      { NodeResourcesFit: 7 },
    ],
    [
      'a weight at the point is before the default',
      { plugins: { score: { enabled: [{ name: 'NodeResourcesFit', weight: 5 }] } } },
      { ...DEFAULTS, NodeResourcesFit: 5 },
    ],
    [
      'a weight everywhere replaces the default',
      { plugins: { multiPoint: { enabled: [{ name: 'TaintToleration', weight: 9 }] } } },
      { ...DEFAULTS, TaintToleration: 9 },
    ],
    [
      'no weight is 1',
      { plugins: { multiPoint: { enabled: [{ name: 'TaintToleration' }] } } },
      { ...DEFAULTS, TaintToleration: 1 },
    ],
    [
      'off everywhere',
      { plugins: { multiPoint: { disabled: [{ name: 'PodTopologySpread' }] } } },
      { ...DEFAULTS, PodTopologySpread: undefined },
    ],
  ])('%s', (_, profile, expected) => {
    expect(scores(profile)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test('what a point names stands in front of the others there', () => {
    const { filter } = complete({ plugins: { filter: { enabled: [{ name: 'InterPodAffinity' }] } } }).points;
    expect(filter.slice(0, 2)).toEqual(['InterPodAffinity', 'NodeUnschedulable']);
    expect(filter).toHaveLength(14);
  });

  test('a percentage of its own is before that of all', () => {
    const all = { percentageOfNodesToScore: 30 };
    expect(complete({}, all).percentageOfNodesToScore).toBe(30);
    expect(complete({ percentageOfNodesToScore: 5 }, all).percentageOfNodesToScore).toBe(5);
  });

  test('arguments are completed', () => {
    const fit = complete({
      pluginConfig: [
        {
          name: 'NodeResourcesFit',
          args: { scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'example.com/gpu' }] } },
        },
        { name: 'DefaultPreemption', args: { minCandidateNodesAbsolute: 3 } },
      ],
    }).args;
    expect(fit.NodeResourcesFit.scoringStrategy).toMatchObject({
      type: 'MostAllocated',
      resources: [{ name: 'example.com/gpu', weight: 1 }],
    });
    expect(fit.DefaultPreemption).toEqual({ minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 3 });
    expect(fit.InterPodAffinity.hardPodAffinityWeight).toBe(1);
  });
});
