/**
 * The flags of the recommender and the updater (autoscaler `pkg/recommender/config/config.go`, `pkg/updater/config/config.go`,
 * `common/flags.go`, 1.8.0) that mean something in a simulated cluster: names, types and defaults are upstream's. Here they are the data
 * of a ConfigMap, for there are no deployments to give them to. The others are in idle-flags.ts.
 */
import { parseDuration } from '../duration';
import type { KubeObject } from '../meta';
import { parseQuantity } from '../quantity';
import { idleFlag } from './idle-flags';

export const FLAGS_NAMESPACE = 'kube-system';
export const FLAGS_NAME = 'vertical-pod-autoscaler';

export interface VpaFlags {
  /** The namespace whose autoscalers are looked after; '' for all. */
  namespace: string;
  /** Those whose autoscalers are left alone. */
  ignoredNamespaces: readonly string[];
  recommenderName: string;
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
  humanizeMemory: boolean;
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
  /** Pods a second; 0 or less: as many as there are. */
  evictionRate: number;
  evictionBurst: number;
  updateThreshold: number;
  podLifetime: number;
  evictAfterOOM: number;
  skipDisruptionBudget: boolean;
  /** The feature gates that are on. */
  gates: readonly string[];
  /** Of one autoscaler, where its containers have some of their own; see own-flags.ts. */
  ofContainer?: (name: string) => VpaFlags;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

type Kind = 'duration' | 'number' | 'rate' | 'whole' | 'quantity' | 'bool' | 'string' | 'names' | 'gates';

/** Each with its name, how it is read, and what it is by default. */
const FLAGS: { [Key in keyof Omit<VpaFlags, 'ofContainer'>]: readonly [string, Kind, VpaFlags[Key]] } = {
  namespace: ['vpa-object-namespace', 'string', ''],
  ignoredNamespaces: ['ignored-vpa-object-namespaces', 'names', []],
  recommenderName: ['recommender-name', 'string', 'default'],
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
  humanizeMemory: ['humanize-memory', 'bool', false],
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
  evictionRate: ['eviction-rate-limit', 'rate', -1],
  evictionBurst: ['eviction-rate-burst', 'whole', 1],
  updateThreshold: ['pod-update-threshold', 'number', 0.1],
  podLifetime: ['in-recommendation-bounds-eviction-lifetime-threshold', 'duration', 12 * HOUR],
  evictAfterOOM: ['evict-after-oom-threshold', 'duration', 10 * MINUTE],
  skipDisruptionBudget: ['in-place-skip-disruption-budget', 'bool', false],
  gates: ['feature-gates', 'gates', []],
};

/** Feature gates of upstream, all of them alpha (`pkg/features/versioned_features.go`): is what they bring in here? */
const GATES: ReadonlyMap<string, boolean> = new Map([
  ['CPUStartupBoost', false],
  ['InPlace', false],
  ['PerVPAConfig', true],
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
    const idle = idleFlag(name, text.trim());
    if (idle) {
      if (idle.complaint) complaints.push(idle.complaint);
      continue;
    }
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
  const read = flags as unknown as VpaFlags;
  if (read.namespace === '' || read.ignoredNamespaces.length === 0) return { flags: read, complaints };
  complaints.push(
    "--vpa-object-namespace and --ignored-vpa-object-namespaces are mutually exclusive and can't be set together.",
  );
  return { flags: { ...read, namespace: '', ignoredNamespaces: [] }, complaints };
}

/** Are the autoscalers of this namespace looked after? (shouldIgnoreNamespace) */
export function isWatched(namespace: string, { namespace: only, ignoredNamespaces }: VpaFlags): boolean {
  return (only === '' || namespace === only) && !ignoredNamespaces.includes(namespace);
}

function valueFrom(text: string, kind: Kind): number | string | boolean | string[] {
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
    case 'rate': {
      const number = Number(text);
      if (text === '' || !Number.isFinite(number)) throw new Error('must be a number');
      return number;
    }
    case 'whole':
      if (!/^\d+$/.test(text)) throw new Error('must be a whole number');
      return Number(text);
    case 'bool':
      if (text !== 'true' && text !== 'false') throw new Error('must be true or false');
      return text === 'true';
    case 'string':
      return text;
    case 'names':
      return text.split(',').filter((name) => name !== '');
    case 'gates':
      return gatesFrom(text);
    default:
      return parseQuantity(text).toString();
  }
}

/** `Name=true,Other=false`; AllAlpha stands for each that is here. */
function gatesFrom(text: string): string[] {
  const on = new Set<string>();
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [name = '', value] = part.split('=').map((one) => one.trim());
    if (value !== 'true' && value !== 'false') throw new Error(`missing bool value for ${name}`);
    if (name === 'AllAlpha' || name === 'AllBeta') {
      if (name === 'AllAlpha' && value === 'true') for (const [gate, isHere] of GATES) if (isHere) on.add(gate);
      continue;
    }
    const isHere = GATES.get(name);
    if (isHere === undefined) throw new Error(`unrecognized feature gate: ${name}`);
    if (value === 'false') on.delete(name);
    else if (isHere) on.add(name);
    else throw new Error(`the feature gate ${name} is not here`);
  }
  return [...on];
}
