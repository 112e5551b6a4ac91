/**
 * How often which amounts were used: a histogram whose old samples count less and less (autoscaler
 * `vertical-pod-autoscaler/pkg/recommender/util/histogram.go`, `decaying_histogram.go`, `histogram_options.go`).
 */
import type { Instant } from '../../clock';

/** Buckets, each a constant ratio wider than the one before it. */
export interface Buckets {
  count: number;
  /** The one that a value falls into. */
  find(value: number): number;
  start(bucket: number): number;
}

export function exponentialBuckets(largest: number, first: number, ratio: number): Buckets {
  const log = (value: number) => Math.log(value) / Math.log(ratio);
  const count = Math.ceil(log((largest * (ratio - 1)) / first + 1)) + 1;
  return {
    count,
    find(value) {
      if (value < first) return 0;
      return Math.min(Math.floor(log((value * (ratio - 1)) / first + 1)), count - 1);
    },
    start: (bucket) => (bucket === 0 ? 0 : (first * (ratio ** bucket - 1)) / (ratio - 1)),
  };
}

/** aggregations_config.go: what lighter buckets hold counts for nothing. */
export const MIN_SAMPLE_WEIGHT = 0.1;
const EPSILON = 0.001 * MIN_SAMPLE_WEIGHT;
const GROWTH = 1.05;

export const CPU_BUCKETS = exponentialBuckets(1000, 0.01, GROWTH);
export const MEMORY_BUCKETS = exponentialBuckets(1e12, 1e7, GROWTH);

/** Go's zero time, from which its Time.Round counts. */
const ZERO_TIME = -62_135_596_800_000;
/** After so many half-lives weights are brought down again, before they grow too large. */
const MAX_DECAY_EXPONENT = 100;

/** model.MaxCheckpointWeight */
const MAX_CHECKPOINT_WEIGHT = 10_000;

/** A histogram in a record: its weights as bucket, weight, bucket, weight … */
export interface WrittenHistogram {
  reference: Instant;
  total: number;
  weights: readonly number[];
}

export class DecayingHistogram {
  private readonly weights: Float64Array;
  private total = 0;
  private first: number;
  private last = 0;
  /** The instant at which a sample weighs what it weighs. */
  private reference: Instant = ZERO_TIME;

  constructor(
    private readonly buckets: Buckets,
    private readonly halfLife: number,
  ) {
    this.weights = new Float64Array(buckets.count);
    this.first = buckets.count - 1;
  }

  static read(written: WrittenHistogram, buckets: Buckets, halfLife: number): DecayingHistogram {
    const histogram = new DecayingHistogram(buckets, halfLife);
    for (let i = 0; i + 1 < written.weights.length; i += 2)
      histogram.weights[written.weights[i] as number] = written.weights[i + 1] as number;
    histogram.total = written.total;
    histogram.reference = written.reference;
    histogram.first = 0;
    histogram.last = buckets.count - 1;
    histogram.trim();
    return histogram;
  }

  write(): WrittenHistogram {
    const weights: number[] = [];
    this.weights.forEach((weight, bucket) => {
      if (weight > 0) weights.push(bucket, weight);
    });
    return { reference: this.reference, total: this.total, weights };
  }

  /** SaveToCheckpoint: the heaviest bucket weighs 10000 there, and what is next to nothing is left out. */
  checkpoint(): { reference: Instant | undefined; total: number; weights: [bucket: number, weight: number][] } {
    const used: [number, number][] = [];
    for (let bucket = this.first; bucket <= this.last; bucket++) used.push([bucket, this.weight(bucket)]);
    const ratio = MAX_CHECKPOINT_WEIGHT / Math.max(...used.map(([, weight]) => weight));
    const weights = used.map(([bucket, weight]): [number, number] => [bucket, Math.floor(weight * ratio + 0.5)]);
    return {
      reference: this.reference === ZERO_TIME ? undefined : this.reference,
      total: this.total,
      weights: weights.filter(([, weight]) => weight > 0),
    };
  }

  add(value: number, weight: number, at: Instant): void {
    const bucket = this.buckets.find(value);
    const added = weight * this.factor(at);
    const heavier = this.weight(bucket) + added;
    this.weights[bucket] = heavier;
    this.total += added;
    if (heavier < EPSILON) return;
    if (bucket < this.first) this.first = bucket;
    if (bucket > this.last) this.last = bucket;
  }

  subtract(value: number, weight: number, at: Instant): void {
    const bucket = this.buckets.find(value);
    const lost = weight * this.factor(at);
    this.total = remaining(this.total, lost);
    this.weights[bucket] = remaining(this.weight(bucket), lost);
    this.trim();
  }

  /** Takes in all of another one, whose reference may move for it. */
  merge(other: DecayingHistogram): void {
    if (this.reference < other.reference) this.moveReference(other.reference);
    else if (other.reference < this.reference) other.moveReference(this.reference);
    for (let bucket = other.first; bucket <= other.last; bucket++)
      this.weights[bucket] = this.weight(bucket) + other.weight(bucket);
    this.total += other.total;
    this.first = Math.min(this.first, other.first);
    this.last = Math.max(this.last, other.last);
  }

  /** The end of the bucket up to which this part of all weight lies; 0 where there is none. */
  percentile(part: number): number {
    if (this.isEmpty()) return 0;
    const threshold = part * this.total;
    let sum = 0;
    let bucket = this.first;
    for (; bucket < this.last; bucket++) {
      sum += this.weight(bucket);
      if (sum >= threshold) break;
    }
    return this.buckets.start(Math.min(bucket + 1, this.buckets.count - 1));
  }

  isEmpty(): boolean {
    return this.weight(this.first) < EPSILON;
  }

  private weight(bucket: number): number {
    return this.weights[bucket] as number;
  }

  private factor(at: Instant): number {
    if (at > this.reference + this.halfLife * MAX_DECAY_EXPONENT) this.moveReference(at);
    return 2 ** ((at - this.reference) / this.halfLife);
  }

  private moveReference(to: Instant): void {
    const reference = rounded(to, this.halfLife);
    const factor = 2 ** Math.floor((this.reference - reference) / this.halfLife + 0.5);
    for (let bucket = this.first; bucket <= this.last; bucket++) this.weights[bucket] = this.weight(bucket) * factor;
    this.total *= factor;
    this.reference = reference;
    this.trim();
  }

  /** After weights have fallen: the outermost buckets that hold something (updateMinAndMaxBucket). */
  private trim(): void {
    const end = this.buckets.count - 1;
    while (this.weight(this.first) < EPSILON && this.first < end) this.first++;
    while (this.weight(this.last) < EPSILON && this.last > 0) this.last--;
  }
}

function remaining(value: number, lost: number): number {
  return value - lost < EPSILON ? 0 : value - lost;
}

/** Time.Round: to the nearest multiple, half of one upwards. */
function rounded(at: Instant, unit: number): Instant {
  const past = (at - ZERO_TIME) % unit;
  return past + past < unit ? at - past : at + unit - past;
}
