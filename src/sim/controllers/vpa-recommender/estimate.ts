/**
 * From histograms to amounts (autoscaler `pkg/recommender/logic/estimator.go`, `recommender.go`): percentile, margin, confidence, minimum;
 * whole millicores and bytes at each step.
 */
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Aggregate } from './aggregate';

/** model.MaxResourceAmount */
const MOST = 1e14;

export type Bound = 'target' | 'lower' | 'upper';

/** How one amount came about, step by step. */
export interface Estimate {
  percentile: number;
  /** Of the histogram, cut to whole millicores or bytes. */
  value: number;
  withMargin: number;
  /** What the bound is multiplied with, for there is so much history. */
  multiplier?: number;
  scaled: number;
  minimum: number;
  amount: number;
}

export type ResourceEstimates = Readonly<Record<Bound, Estimate>>;

export interface ContainerEstimates {
  cpu: ResourceEstimates;
  memory: ResourceEstimates;
  confidence: { cpu: number; memory: number };
}

/** @param containers by how many the minimum of a pod is shared. */
export function estimate(aggregate: Aggregate, containers: number, flags: VpaFlags): ContainerEstimates {
  const share = 1 / containers;
  const confidence = {
    cpu: confidenceOf(aggregate, flags.cpuConfidenceInterval),
    memory: confidenceOf(aggregate, flags.memoryConfidenceInterval),
  };
  const cpu = {
    percentiles: { target: flags.cpuTarget, lower: flags.cpuLower, upper: flags.cpuUpper },
    read: (part: number) => amountOf(aggregate.cpu.percentile(part) * 1000),
    minimum: scale(amountOf(flags.podMinMillicores * 0.001 * 1000), share),
    confidence: confidence.cpu,
  };
  const memory = {
    percentiles: { target: flags.memoryTarget, lower: flags.memoryLower, upper: flags.memoryUpper },
    read: (part: number) => amountOf(aggregate.memory.percentile(part)),
    minimum: scale(amountOf(flags.podMinMemoryMb * 1024 * 1024), share),
    confidence: confidence.memory,
  };
  return { cpu: estimates(cpu, flags), memory: estimates(memory, flags), confidence };
}

interface Source {
  percentiles: Readonly<Record<Bound, number>>;
  read(part: number): number;
  minimum: number;
  confidence: number;
}

function estimates(source: Source, flags: VpaFlags): ResourceEstimates {
  return {
    target: estimateOne(source, 'target', undefined, flags),
    // Cautious as long as little is known: wide bounds make no updates.
    lower: estimateOne(source, 'lower', (1 + 0.001 / source.confidence) ** -2, flags),
    upper: estimateOne(source, 'upper', 1 + 1 / source.confidence, flags),
  };
}

function estimateOne(
  { percentiles, read, minimum }: Source,
  bound: Bound,
  multiplier: number | undefined,
  { marginFraction }: VpaFlags,
): Estimate {
  const percentile = percentiles[bound];
  const value = read(percentile);
  const withMargin = value + scale(value, marginFraction);
  const scaled = multiplier === undefined ? withMargin : scale(withMargin, multiplier);
  return {
    percentile,
    value,
    withMargin,
    ...(multiplier === undefined ? {} : { multiplier }),
    scaled,
    minimum,
    amount: Math.max(scaled, minimum),
  };
}

/** getConfidence: days of history at a sample a minute. */
function confidenceOf({ firstSample, lastSample, samples }: Aggregate, interval: number): number {
  const lifespan = ((lastSample ?? 0) - (firstSample ?? 0)) / interval;
  return Math.min(lifespan, samples / (interval / 60_000));
}

function scale(amount: number, factor: number): number {
  return amountOf(amount * factor);
}

/** resourceAmountFromFloat; what is no number (nothing, times infinity) is less than any minimum in Go. */
function amountOf(value: number): number {
  if (value > MOST) return MOST;
  return value > 0 ? Math.trunc(value) : 0;
}
