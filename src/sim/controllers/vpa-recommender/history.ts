/**
 * All that the recommender knows of the containers of one autoscaler's pods (autoscaler `pkg/recommender/model/cluster.go`, of which each
 * autoscaler has its own share here, as with --memory-saver). It grows by one sample of each container at a time.
 */
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Instant } from '../../clock';
import { Aggregate, addMemory, addOOM, type Peak } from './aggregate';

/** What containers of one name use in pods of the same labels. */
export interface Group {
  labels: Readonly<Record<string, string>>;
  container: string;
  created: Instant;
  aggregate: Aggregate;
}

/** One container of one pod. */
export interface Tracked extends Peak {
  group: Group;
  /** What it used at the last look; it counts again at each look until another is seen. Undefined: nothing was measured. */
  sample: Sample | undefined;
  /** When it last was killed for want of memory, as far as that was counted. */
  lastOOM?: Instant;
}

/** Whole millicores and bytes. */
export interface Sample {
  cpu: number;
  memory: number;
}

/** A container as a look finds it. */
export interface Seen {
  pod: string;
  labels: Readonly<Record<string, string>>;
  /** Equal for equal labels. */
  labelsText: string;
  container: string;
  sample: Sample | undefined;
  oom: { at: Instant; requested: number } | undefined;
}

export class History {
  readonly groups = new Map<string, Group>();
  /** By pod and container. */
  tracked = new Map<string, Tracked>();

  constructor(
    /** When it was last looked. */
    public at: Instant,
  ) {}

  /** Looks: one sample of each container. Says whether there is something that was not there at the last look. */
  look(seen: readonly Seen[], now: Instant, flags: VpaFlags): boolean {
    let isNews = this.at !== now - flags.interval || seen.length !== this.tracked.size;
    const tracked = new Map<string, Tracked>();
    for (const one of seen) {
      const key = containerKey(one.pod, one.container);
      const group = this.groupFor(one, now, flags);
      let container = this.tracked.get(key);
      const { oom, sample } = one;
      if (!container || container.group !== group || !sameSample(container.sample, sample)) {
        isNews = true;
        container = { ...(container ?? { usage: 0, oom: 0 }), group, sample };
      }
      tracked.set(key, container);
      take(container, now, flags);
      if (oom && oom.at > (container.lastOOM ?? Number.NEGATIVE_INFINITY)) {
        isNews = true;
        container.lastOOM = oom.at;
        if (oom.at >= now - flags.memoryInterval) addOOM(container, group.aggregate, oom.requested, oom.at, flags);
      }
    }
    this.tracked = tracked;
    this.at = now;
    return this.collectGarbage(now, flags) || isNews;
  }

  /** Up to this instant all looks found the same. */
  repeat(until: Instant, flags: VpaFlags): void {
    for (let at = this.at + flags.interval; at <= until; at += flags.interval) {
      for (const container of this.tracked.values()) take(container, at, flags);
      this.at = at;
    }
  }

  private groupFor({ labels, labelsText, container }: Seen, now: Instant, flags: VpaFlags): Group {
    const key = containerKey(labelsText, container);
    let group = this.groups.get(key);
    if (!group) {
      group = { labels, container, created: now, aggregate: new Aggregate(flags) };
      this.groups.set(key, group);
    }
    return group;
  }

  /** Every hour: what nobody adds to any more, and what is too old (garbageCollectAggregateCollectionStates). */
  private collectGarbage(now: Instant, flags: VpaFlags): boolean {
    if (now % COLLECTION_PERIOD !== 0) return false;
    const used = new Set([...this.tracked.values()].map(({ group }) => group));
    let collected = false;
    for (const [key, group] of this.groups) {
      const { aggregate, created } = group;
      const isIdle = aggregate.samples === 0 && !used.has(group);
      if (!isIdle && !(aggregate.isExpired(now, created, flags) && !used.has(group))) continue;
      this.groups.delete(key);
      collected = true;
    }
    return collected;
  }
}

const COLLECTION_PERIOD = 3_600_000;

export function containerKey(owner: string, container: string): string {
  return `${owner}/${container}`;
}

function take(container: Tracked, at: Instant, flags: VpaFlags): void {
  const { sample, group } = container;
  if (!sample) return;
  group.aggregate.addCPU(sample.cpu, at);
  addMemory(container, group.aggregate, sample.memory, at, false, flags.memoryInterval);
}

function sameSample(a: Sample | undefined, b: Sample | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.cpu === b.cpu && a.memory === b.memory);
}
