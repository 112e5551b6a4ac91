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

/** A pod as a look finds it. */
export interface SeenPod {
  uid: string;
  facts: PodFacts;
  /** By container. */
  samples: ReadonlyMap<string, Sample>;
}

export interface PodFacts {
  labels: Readonly<Record<string, string>>;
  containers: readonly {
    name: string;
    /** Equal for containers of one name in pods of the same labels. */
    group: string;
    oom: { at: Instant; requested: number } | undefined;
  }[];
}

const COLLECTION_PERIOD = 3_600_000;

export class History {
  readonly groups = new Map<string, Group>();
  /** By pod; in the order of its containers. */
  pods = new Map<string, Tracked[]>();

  constructor(
    /** When it was last looked. */
    public at: Instant,
  ) {}

  /** Looks: one sample of each container. Says whether there is something that was not there at the last look. */
  look(seen: readonly SeenPod[], now: Instant, flags: VpaFlags): boolean {
    let isNews = this.at !== now - flags.interval || seen.length !== this.pods.size;
    const pods = new Map<string, Tracked[]>();
    for (const { uid, facts, samples } of seen) {
      const before = this.pods.get(uid) ?? [];
      const containers: Tracked[] = [];
      for (const { name, group: key } of facts.containers) {
        const group = this.groups.get(key) ?? this.newGroup(key, facts.labels, name, now, flags);
        const sample = samples.get(name);
        const i = containers.length;
        let container = before[i]?.group.container === name ? before[i] : undefined;
        if (container?.group !== group || !sameSample(container.sample, sample)) {
          isNews = true;
          container ??= { group, usage: 0, oom: 0, sample };
          container.group = group;
          container.sample = sample;
        }
        containers.push(container);
      }
      pods.set(uid, containers);
    }
    this.pods = pods;
    this.at = now;
    this.take(now, flags);
    for (const { uid, facts } of seen) if (this.countKills(uid, facts, now, flags)) isNews = true;
    return this.collectGarbage(now, flags) || isNews;
  }

  /** Up to this instant all looks found the same. */
  repeat(until: Instant, flags: VpaFlags): void {
    for (let at = this.at + flags.interval; at <= until; at += flags.interval) {
      this.take(at, flags);
      this.at = at;
    }
  }

  /** The samples once more. Containers that use the same are one, many times as heavy. */
  private take(at: Instant, flags: VpaFlags): void {
    let group: Group | undefined;
    let cpu = 0;
    let count = 0;
    const flush = () => {
      if (group && count > 0) group.aggregate.addCPU(cpu, count, at);
      count = 0;
    };
    for (const containers of this.pods.values())
      for (const container of containers) {
        const { sample } = container;
        if (!sample) continue;
        if (container.group !== group || sample.cpu !== cpu) {
          flush();
          ({ group } = container);
          ({ cpu } = sample);
        }
        count++;
        const { memoryInterval } = flags.ofContainer?.(container.group.container) ?? flags;
        addMemory(container, container.group.aggregate, sample.memory, at, false, memoryInterval);
      }
    flush();
  }

  private countKills(uid: string, { containers }: PodFacts, now: Instant, flags: VpaFlags): boolean {
    let isNews = false;
    containers.forEach(({ oom }, i) => {
      const container = this.pods.get(uid)?.[i];
      if (!oom || !container || oom.at <= (container.lastOOM ?? Number.NEGATIVE_INFINITY)) return;
      isNews = true;
      container.lastOOM = oom.at;
      const own = flags.ofContainer?.(container.group.container) ?? flags;
      if (oom.at >= now - own.memoryInterval) addOOM(container, container.group.aggregate, oom.requested, oom.at, own);
    });
    return isNews;
  }

  private newGroup(
    key: string,
    labels: Readonly<Record<string, string>>,
    container: string,
    now: Instant,
    flags: VpaFlags,
  ): Group {
    const group = { labels, container, created: now, aggregate: new Aggregate(flags) };
    this.groups.set(key, group);
    return group;
  }

  /** Every hour: what nobody adds to any more, and what is too old (garbageCollectAggregateCollectionStates). */
  private collectGarbage(now: Instant, flags: VpaFlags): boolean {
    if (now % COLLECTION_PERIOD !== 0) return false;
    const used = new Set([...this.pods.values()].flatMap((containers) => containers.map(({ group }) => group)));
    let collected = false;
    for (const [key, group] of this.groups) {
      const { aggregate, created, container } = group;
      const own = flags.ofContainer?.(container) ?? flags;
      if (used.has(group) || (aggregate.samples > 0 && !aggregate.isExpired(now, created, own))) continue;
      this.groups.delete(key);
      collected = true;
    }
    return collected;
  }
}

/** The key of a group. */
export function groupKey(labels: Readonly<Record<string, string>>, container: string): string {
  return `${container} ${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function sameSample(a: Sample | undefined, b: Sample | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.cpu === b.cpu && a.memory === b.memory);
}
