/** What a scheduler is told to be: kubescheduler.config.k8s.io/v1 KubeSchedulerConfiguration, read and completed (`apis/config/v1/{defaults,default_plugins}.go`). */
import { DEFAULT_ARGS, type PluginArgs } from './plugin-args';

export const API_VERSION = 'kubescheduler.config.k8s.io/v1';

/** Where a plugin may take part, as a configuration names it. */
export const EXTENSION_POINTS = [
  'preEnqueue',
  'queueSort',
  'preFilter',
  'filter',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
] as const;
export type ExtensionPoint = (typeof EXTENSION_POINTS)[number];

/** In which of them each plugin takes part, in the order of the default profile. */
export const PLUGIN_POINTS: Readonly<Record<string, readonly ExtensionPoint[]>> = {
  SchedulingGates: ['preEnqueue'],
  PrioritySort: ['queueSort'],
  NodeUnschedulable: ['filter'],
  NodeName: ['filter'],
  TaintToleration: ['filter', 'preScore', 'score'],
  NodeAffinity: ['preFilter', 'filter', 'preScore', 'score'],
  NodePorts: ['preFilter', 'filter'],
  NodeResourcesFit: ['preFilter', 'filter', 'preScore', 'score'],
  VolumeRestrictions: ['preFilter', 'filter'],
  NodeVolumeLimits: ['preFilter', 'filter'],
  VolumeBinding: ['preFilter', 'filter', 'reserve', 'preBind', 'preScore', 'score'],
  VolumeZone: ['preFilter', 'filter'],
  PodTopologySpread: ['preFilter', 'filter', 'preScore', 'score'],
  InterPodAffinity: ['preFilter', 'filter', 'preScore', 'score'],
  DynamicResources: ['preEnqueue', 'preFilter', 'filter', 'postFilter', 'score', 'reserve', 'preBind'],
  DefaultPreemption: ['preEnqueue', 'postFilter'],
  NodeResourcesBalancedAllocation: ['preScore', 'score'],
  ImageLocality: ['score'],
  DefaultBinder: ['bind'],
  NodeDeclaredFeatures: ['preFilter', 'filter'],
};

const DEFAULT_WEIGHTS: Readonly<Record<string, number>> = {
  TaintToleration: 3,
  NodeAffinity: 2,
  PodTopologySpread: 2,
  InterPodAffinity: 2,
  DynamicResources: 2,
};

export interface PluginEntry {
  name: string;
  weight?: number;
}

export interface PluginSet {
  enabled?: readonly PluginEntry[];
  disabled?: readonly { name: string }[];
}

/** A profile as it is written. */
export interface WrittenProfile {
  schedulerName?: string;
  percentageOfNodesToScore?: number;
  plugins?: Partial<Record<ExtensionPoint | 'multiPoint', PluginSet>>;
  pluginConfig?: readonly { name: string; args?: object }[];
}

/** A configuration as it is written; what has no meaning here (leader election, extenders' sockets) is read over. */
export interface WrittenConfiguration {
  apiVersion?: string;
  kind?: string;
  percentageOfNodesToScore?: number;
  podInitialBackoffSeconds?: number;
  podMaxBackoffSeconds?: number;
  profiles?: readonly WrittenProfile[];
}

/** A profile with nothing left open. */
export interface ProfileConfiguration {
  schedulerName: string;
  percentageOfNodesToScore: number;
  points: Record<Exclude<ExtensionPoint, 'score'>, string[]> & { score: { name: string; weight: number }[] };
  args: PluginArgs;
}

export const DEFAULT_SCHEDULER = 'default-scheduler';

/** The profiles of a configuration that was found valid; without one, the default. */
export function profilesOf(written: WrittenConfiguration | undefined): ProfileConfiguration[] {
  const profiles = written?.profiles?.length ? written.profiles : [{}];
  return profiles.map((profile) => completeProfile(profile, written?.percentageOfNodesToScore ?? 0));
}

function completeProfile(written: WrittenProfile, percentage: number): ProfileConfiguration {
  const { schedulerName = DEFAULT_SCHEDULER, percentageOfNodesToScore = percentage } = written;
  const points = Object.fromEntries(EXTENSION_POINTS.map((point) => [point, namesAt(written, point)]));
  const entries = scoreEntries(written);
  return {
    schedulerName,
    percentageOfNodesToScore,
    points: {
      ...(points as Record<ExtensionPoint, string[]>),
      score: (points['score'] as string[]).map((name) => ({ name, weight: entries.get(name) || 1 })),
    },
    args: completeArgs(written),
  };
}

/** The plugins everywhere: the defaults, changed as the profile says (mergePluginSet). */
function multiPoint({ plugins }: WrittenProfile): PluginEntry[] {
  const { enabled = [], disabled = [] } = plugins?.multiPoint ?? {};
  const off = new Set(disabled.map(({ name }) => name));
  const own = new Map(enabled.map((entry) => [entry.name, entry]));
  const defaults = off.has('*') ? [] : Object.keys(PLUGIN_POINTS).filter((name) => !off.has(name));
  const kept = defaults.map((name): PluginEntry => {
    const weight = DEFAULT_WEIGHTS[name];
    return own.get(name) ?? { name, ...(weight === undefined ? {} : { weight }) };
  });
  return [...kept, ...enabled.filter(({ name }) => !defaults.includes(name))];
}

/** Who takes part in one point: what the point itself names and everywhere's too, in everywhere's place, then the others (expandMultiPointPlugins). */
function namesAt(profile: WrittenProfile, point: ExtensionPoint): string[] {
  const { enabled = [], disabled = [] } = profile.plugins?.[point] ?? {};
  const own = enabled.map(({ name }) => name);
  const off = new Set(disabled.map(({ name }) => name));
  if (off.has('*')) return own;
  const everywhere = multiPoint(profile)
    .map(({ name }) => name)
    .filter((name) => PLUGIN_POINTS[name]?.includes(point) && !off.has(name));
  const overridden = own.filter((name) => everywhere.includes(name));
  return [
    ...overridden,
    ...everywhere.filter((name) => !own.includes(name)),
    ...own.filter((name) => !overridden.includes(name)),
  ];
}

/** Weights: the point's own before everywhere's (getScoreWeights). */
function scoreEntries(profile: WrittenProfile): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { name, weight = 0 } of [...(profile.plugins?.score?.enabled ?? []), ...multiPoint(profile)])
    if (!weights.has(name)) weights.set(name, weight);
  return weights;
}

function completeArgs({ pluginConfig = [] }: WrittenProfile): PluginArgs {
  const given = (name: keyof PluginArgs) => pluginConfig.find((one) => one.name === name)?.args ?? {};
  const args = Object.fromEntries(
    Object.keys(DEFAULT_ARGS).map((name) => {
      const key = name as keyof PluginArgs;
      return [key, { ...DEFAULT_ARGS[key], ...given(key) }];
    }),
  ) as unknown as PluginArgs;
  const { scoringStrategy } = args.NodeResourcesFit;
  args.NodeResourcesFit = {
    ...args.NodeResourcesFit,
    scoringStrategy: { ...scoringStrategy, resources: weighed(scoringStrategy.resources) },
  };
  const { resources } = args.NodeResourcesBalancedAllocation;
  args.NodeResourcesBalancedAllocation = { resources: weighed(resources) };
  return args;
}

/** No resources named: cpu and memory; no weight: 1. */
function weighed(resources: PluginArgs['NodeResourcesBalancedAllocation']['resources'] | undefined) {
  if (!resources?.length) return DEFAULT_ARGS.NodeResourcesBalancedAllocation.resources;
  return resources.map(({ name, weight }) => ({ name, weight: weight || 1 }));
}
