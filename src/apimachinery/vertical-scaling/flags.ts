/**
 * The flags of the recommender and the updater (autoscaler `pkg/recommender/config/config.go`, `pkg/updater/config/config.go`): names,
 * types and defaults are upstream's. Here they are the data of a ConfigMap, for there are no deployments to give them to. Those of
 * Prometheus, metrics, leader election and rate limits are not here.
 */
import { parseDuration } from '../duration';
import type { KubeObject } from '../meta';
import { parseQuantity } from '../quantity';

export const FLAGS_NAMESPACE = 'kube-system';
export const FLAGS_NAME = 'vertical-pod-autoscaler';

export interface VpaFlags {
  interval: number;
  checkpointsGCInterval: number;
  marginFraction: number;
  podMinMillicores: number;
  podMinMemoryMb: number;
  cpuTarget: number;
  cpuLower: number;
  cpuUpper: number;
  cpuConfidenceInterval: number;
  memoryTarget: number;
  memoryLower: number;
  memoryUpper: number;
  memoryConfidenceInterval: number;
  roundMillicores: number;
  roundMemoryBytes: number;
  memoryInterval: number;
  memoryIntervals: number;
  memoryHalfLife: number;
  cpuHalfLife: number;
  oomBumpUpRatio: number;
  oomMinBumpUp: number;
  /** Quantities; '' for none. */
  maxAllowedCPU: string;
  maxAllowedMemory: string;
  integerCPU: boolean;
  updaterInterval: number;
  minReplicas: number;
  evictionTolerance: number;
  updateThreshold: number;
  podLifetime: number;
  evictAfterOOM: number;
  skipDisruptionBudget: boolean;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

type Kind = 'duration' | 'number' | 'whole' | 'quantity' | 'bool';

/** Each with its name, how it is read, and what it is by default. */
const FLAGS: { [Key in keyof VpaFlags]: readonly [string, Kind, VpaFlags[Key]] } = {
  interval: ['recommender-interval', 'duration', MINUTE],
  checkpointsGCInterval: ['checkpoints-gc-interval', 'duration', 10 * MINUTE],
  marginFraction: ['recommendation-margin-fraction', 'number', 0.15],
  podMinMillicores: ['pod-recommendation-min-cpu-millicores', 'number', 25],
  podMinMemoryMb: ['pod-recommendation-min-memory-mb', 'number', 250],
  cpuTarget: ['target-cpu-percentile', 'number', 0.9],
  cpuLower: ['recommendation-lower-bound-cpu-percentile', 'number', 0.5],
  cpuUpper: ['recommendation-upper-bound-cpu-percentile', 'number', 0.95],
  cpuConfidenceInterval: ['confidence-interval-cpu', 'duration', 24 * HOUR],
  memoryTarget: ['target-memory-percentile', 'number', 0.9],
  memoryLower: ['recommendation-lower-bound-memory-percentile', 'number', 0.5],
  memoryUpper: ['recommendation-upper-bound-memory-percentile', 'number', 0.95],
  memoryConfidenceInterval: ['confidence-interval-memory', 'duration', 24 * HOUR],
  roundMillicores: ['round-cpu-millicores', 'whole', 1],
  roundMemoryBytes: ['round-memory-bytes', 'whole', 1],
  memoryInterval: ['memory-aggregation-interval', 'duration', 24 * HOUR],
  memoryIntervals: ['memory-aggregation-interval-count', 'whole', 8],
  memoryHalfLife: ['memory-histogram-decay-half-life', 'duration', 24 * HOUR],
  cpuHalfLife: ['cpu-histogram-decay-half-life', 'duration', 24 * HOUR],
  oomBumpUpRatio: ['oom-bump-up-ratio', 'number', 1.2],
  oomMinBumpUp: ['oom-min-bump-up-bytes', 'number', 100 * 1024 * 1024],
  maxAllowedCPU: ['container-recommendation-max-allowed-cpu', 'quantity', ''],
  maxAllowedMemory: ['container-recommendation-max-allowed-memory', 'quantity', ''],
  integerCPU: ['cpu-integer-post-processor-enabled', 'bool', false],
  updaterInterval: ['updater-interval', 'duration', MINUTE],
  minReplicas: ['min-replicas', 'whole', 2],
  evictionTolerance: ['eviction-tolerance', 'number', 0.5],
  updateThreshold: ['pod-update-threshold', 'number', 0.1],
  podLifetime: ['in-recommendation-bounds-eviction-lifetime-threshold', 'duration', 12 * HOUR],
  evictAfterOOM: ['evict-after-oom-threshold', 'duration', 10 * MINUTE],
  skipDisruptionBudget: ['in-place-skip-disruption-budget', 'bool', false],
};

/**
 * Flags that upstream has, and that change nothing here: to write takes no simulated time, all memory is in the cluster's state; and
 * min-checkpoints does nothing upstream, either.
 */
const IDLE_FLAGS: ReadonlySet<string> = new Set([
  'checkpoints-timeout',
  'memory-saver',
  'min-checkpoints',
  'update-worker-count',
]);

export interface FlagsRead {
  flags: VpaFlags;
  /** Of what can't be read; the default holds then. */
  complaints: readonly string[];
}

/** ConfigMaps are frozen. */
const known = new WeakMap<KubeObject, FlagsRead>();

export const DEFAULT_FLAGS: VpaFlags = Object.freeze(
  Object.fromEntries(Object.entries(FLAGS).map(([key, [, , value]]) => [key, value])),
) as unknown as VpaFlags;

const DEFAULTS: FlagsRead = { flags: DEFAULT_FLAGS, complaints: [] };

export function readFlags(configMap: KubeObject | undefined): FlagsRead {
  if (!configMap) return DEFAULTS;
  let read = known.get(configMap);
  if (!read) {
    read = parse((configMap['data'] ?? {}) as Record<string, string>);
    known.set(configMap, read);
  }
  return read;
}

function parse(data: Readonly<Record<string, string>>): FlagsRead {
  const flags: Record<string, unknown> = { ...DEFAULT_FLAGS };
  const complaints: string[] = [];
  for (const [name, text] of Object.entries(data)) {
    if (IDLE_FLAGS.has(name)) continue;
    const found = Object.entries(FLAGS).find(([, [flag]]) => flag === name);
    if (!found) {
      complaints.push(`unknown flag: --${name}`);
      continue;
    }
    const [key, [, kind]] = found;
    try {
      flags[key] = valueFrom(text.trim(), kind);
    } catch (error) {
      complaints.push(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: ${(error as Error).message}`);
    }
  }
  return { flags: flags as unknown as VpaFlags, complaints };
}

function valueFrom(text: string, kind: Kind): number | string | boolean {
  switch (kind) {
    case 'duration': {
      const duration = parseDuration(text);
      // The simulation knows whole seconds.
      if (duration < 1000 || duration % 1000 !== 0) throw new Error('must be a whole number of seconds');
      return duration;
    }
    case 'number': {
      const number = Number(text);
      if (text === '' || !(number >= 0) || number === Number.POSITIVE_INFINITY)
        throw new Error('must be a number, and not negative');
      return number;
    }
    case 'whole':
      if (!/^\d+$/.test(text)) throw new Error('must be a whole number');
      return Number(text);
    case 'bool':
      if (text !== 'true' && text !== 'false') throw new Error('must be true or false');
      return text === 'true';
    default:
      return parseQuantity(text).toString();
  }
}
