/**
 * What was used by the containers of one name in pods of the same labels, and how one container adds to it (autoscaler
 * `pkg/recommender/model/aggregate_container_state.go`, `container.go`). Amounts are whole millicores and bytes.
 */
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Instant } from '../../clock';
import { CPU_BUCKETS, DecayingHistogram, MEMORY_BUCKETS, MIN_SAMPLE_WEIGHT } from './histogram';

export class Aggregate {
  readonly cpu: DecayingHistogram;
  /** Of each container the most that it used within an interval. */
  readonly memory: DecayingHistogram;
  firstSample: Instant | undefined;
  lastSample: Instant | undefined;
  samples = 0;

  constructor(
    { cpuHalfLife, memoryHalfLife }: VpaFlags,
    histograms?: { cpu: DecayingHistogram; memory: DecayingHistogram },
  ) {
    this.cpu = histograms?.cpu ?? new DecayingHistogram(CPU_BUCKETS, cpuHalfLife);
    this.memory = histograms?.memory ?? new DecayingHistogram(MEMORY_BUCKETS, memoryHalfLife);
  }

  /** So many containers use so much. */
  addCPU(millicores: number, containers: number, at: Instant): void {
    this.cpu.add(millicores / 1000, MIN_SAMPLE_WEIGHT * containers, at);
    this.lastSample = Math.max(this.lastSample ?? at, at);
    this.firstSample = Math.min(this.firstSample ?? at, at);
    this.samples += containers;
  }

  /** MergeContainerState */
  merge(other: Aggregate): void {
    this.cpu.merge(other.cpu);
    this.memory.merge(other.memory);
    if (other.firstSample !== undefined)
      this.firstSample = Math.min(this.firstSample ?? other.firstSample, other.firstSample);
    if (other.lastSample !== undefined)
      this.lastSample = Math.max(this.lastSample ?? other.lastSample, other.lastSample);
    this.samples += other.samples;
  }

  /** isExpired */
  isExpired(now: Instant, created: Instant, { memoryInterval, memoryIntervals }: VpaFlags): boolean {
    return now - (this.samples === 0 ? created : (this.lastSample ?? created)) >= memoryInterval * memoryIntervals;
  }
}

/** The interval of one container, whose peak is in the histogram already. */
export interface Peak {
  /** When the interval ends; undefined before the first sample. */
  windowEnd?: Instant;
  usage: number;
  oom: number;
}

/** addMemorySample */
export function addMemory(
  peak: Peak,
  into: Aggregate,
  bytes: number,
  at: Instant,
  isOOM: boolean,
  interval: number,
): void {
  let end = peak.windowEnd ?? at;
  let isNews = false;
  if (at < end) {
    const before = Math.max(peak.usage, peak.oom);
    if (before !== 0 && bytes > before) {
      into.memory.subtract(before, 1, end);
      isNews = true;
    }
  } else {
    end += Math.floor((at - end) / interval) * interval + interval;
    peak.usage = 0;
    peak.oom = 0;
    isNews = true;
  }
  peak.windowEnd = end;
  if (!isNews) return;
  into.memory.add(bytes, 1, end);
  if (isOOM) peak.oom = bytes;
  else peak.usage = bytes;
}

/** RecordOOM: as if it had used more than it could. */
export function addOOM(peak: Peak, into: Aggregate, requested: number, at: Instant, flags: VpaFlags): void {
  const used = Math.max(requested, peak.usage);
  const needed = Math.max(used + flags.oomMinBumpUp, Math.trunc(used * flags.oomBumpUpRatio));
  addMemory(peak, into, needed, at, true, flags.memoryInterval);
}
