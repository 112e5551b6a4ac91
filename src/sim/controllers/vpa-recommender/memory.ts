/**
 * What the recommender has to remember of an autoscaler. Upstream keeps it in memory, and now and then in checkpoints; here it lies in
 * the cluster's state beside the objects. As long as containers use what they used at the last look nothing is written: what has been
 * since then can be told from it.
 */
import { isObject, type Json } from '../../../apimachinery/json';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import { Aggregate } from './aggregate';
import { CPU_BUCKETS, DecayingHistogram, MEMORY_BUCKETS, type WrittenHistogram } from './histogram';
import { containerKey, type Group, History, type Tracked } from './history';

const PATH = '/kubetick/memory/vpa-recommender/';

export function memoryPath(key: string): string {
  return PATH + key;
}

/** What is remembered of the autoscaler with this uid; nothing of one that had its name before. */
export async function recall(client: Client, key: string, uid: string, flags: VpaFlags): Promise<History | undefined> {
  try {
    return readHistory(await client.request({ method: 'GET', path: memoryPath(key) }), uid, flags);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

export async function keep(client: Client, key: string, uid: string, history: History): Promise<void> {
  await client.request({ method: 'PUT', path: memoryPath(key), body: writeHistory(history, uid) });
}

export async function forget(client: Client, key: string): Promise<void> {
  await client.request({ method: 'DELETE', path: memoryPath(key) });
}

interface Written {
  uid: string;
  at: string;
  groups: WrittenGroup[];
  /** By pod. */
  pods: Record<string, WrittenContainer[]>;
}
interface WrittenGroup {
  container: string;
  labels: Record<string, string>;
  created: string;
  firstSample?: string;
  lastSample?: string;
  samples: number;
  cpu: WrittenHistogram;
  memory: WrittenHistogram;
}
/** Group, end of the interval, peaks, last kill, and the sample: so many containers, so few words. */
type WrittenContainer = [
  group: number,
  windowEnd: Instant | null,
  usage: number,
  oom: number,
  lastOOM: Instant | null,
  cpu: number | null,
  memory: number | null,
];

export function readHistory(value: Json | undefined, uid: string, flags: VpaFlags): History | undefined {
  if (!isObject(value) || value['uid'] !== uid) return undefined;
  const written = value as unknown as Written;
  const history = new History(instant(written.at) ?? 0);
  const groups = written.groups.map((group): Group => {
    const aggregate = new Aggregate(flags, {
      cpu: DecayingHistogram.read(group.cpu, CPU_BUCKETS, flags.cpuHalfLife),
      memory: DecayingHistogram.read(group.memory, MEMORY_BUCKETS, flags.memoryHalfLife),
    });
    aggregate.samples = group.samples;
    aggregate.firstSample = instant(group.firstSample);
    aggregate.lastSample = instant(group.lastSample);
    return { labels: group.labels, container: group.container, created: instant(group.created) ?? 0, aggregate };
  });
  for (const group of groups) history.groups.set(containerKey(labelsText(group.labels), group.container), group);
  for (const [pod, containers] of Object.entries(written.pods))
    for (const container of containers) {
      const tracked = readContainer(container, groups);
      history.tracked.set(containerKey(pod, tracked.group.container), tracked);
    }
  return history;
}

function readContainer(
  [group, windowEnd, usage, oom, lastOOM, cpu, memory]: WrittenContainer,
  groups: Group[],
): Tracked {
  return {
    group: groups[group] as Group,
    usage,
    oom,
    ...(windowEnd === null ? {} : { windowEnd }),
    ...(lastOOM === null ? {} : { lastOOM }),
    sample: cpu === null || memory === null ? undefined : { cpu, memory },
  };
}

function writeHistory(history: History, uid: string): Json {
  const numbers = new Map<Group, number>();
  const groups = [...history.groups.values()].map((group): WrittenGroup => {
    numbers.set(group, numbers.size);
    const { container, labels, created, aggregate } = group;
    const { firstSample, lastSample, samples, cpu, memory } = aggregate;
    return {
      container,
      labels: { ...labels },
      created: formatTime(created),
      ...(firstSample === undefined ? {} : { firstSample: formatTime(firstSample) }),
      ...(lastSample === undefined ? {} : { lastSample: formatTime(lastSample) }),
      samples,
      cpu: cpu.write(),
      memory: memory.write(),
    };
  });
  const pods: Record<string, WrittenContainer[]> = {};
  for (const [key, { group, windowEnd, usage, oom, lastOOM, sample }] of history.tracked) {
    const pod = key.slice(0, -group.container.length - 1);
    pods[pod] ??= [];
    pods[pod].push([
      numbers.get(group) ?? 0,
      windowEnd ?? null,
      usage,
      oom,
      lastOOM ?? null,
      sample?.cpu ?? null,
      sample?.memory ?? null,
    ]);
  }
  return { uid, at: formatTime(history.at), groups, pods } satisfies Written as unknown as Json;
}

/** Equal for equal labels. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  return JSON.stringify(Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function instant(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : parseTime(text);
}
