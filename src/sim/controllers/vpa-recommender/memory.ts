/**
 * What the recommender has to remember of an autoscaler. Upstream keeps it in memory, and now and then in checkpoints; here it lies in
 * the cluster's state beside the objects. As long as containers use what they used at the last look nothing is written: what has been
 * since then can be told from it.
 */

import { isObject, type Json } from '../../../apimachinery/json';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import { recalled } from '../../controller-memory';
import { Aggregate } from './aggregate';
import { CPU_BUCKETS, DecayingHistogram, MEMORY_BUCKETS, type WrittenHistogram } from './histogram';
import { type Group, groupKey, History, type Sample } from './history';

const PATH = '/kubetick/memory/vpa-recommender/';

export function memoryPath(key: string): string {
  return PATH + key;
}

/** What is remembered of the autoscaler with this uid; nothing of one that had its name before. */
export async function recall(client: Client, key: string, uid: string, flags: VpaFlags): Promise<History | undefined> {
  return readHistory(await recalled(client, memoryPath(key)), uid, flags);
}

/** With all looks before now. */
export async function recallAsOf(
  client: Client,
  key: string,
  uid: string,
  now: Instant,
  flags: VpaFlags,
): Promise<History | undefined> {
  return readHistoryAsOf(await recalled(client, memoryPath(key)), uid, now, flags);
}

export async function keep(client: Client, key: string, uid: string, history: History): Promise<void> {
  await client.request({ method: 'PUT', path: memoryPath(key), body: writeHistory(history, uid) as unknown as Json });
}

export async function forget(client: Client, key: string): Promise<void> {
  await client.request({ method: 'DELETE', path: memoryPath(key) });
}

interface Written {
  uid: string;
  at: string;
  groups: WrittenGroup[];
  /** Millicores and bytes, as pods name them. */
  samples: [cpu: number, memory: number][];
  pods: WrittenPods;
}
/** By uid, container by container. */
type WrittenPods = Record<string, WrittenContainer[]>;
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
/** The numbers of its group and its sample, the end of its interval, peaks, last kill: so many containers, so few words. */
type WrittenContainer = [
  group: number,
  sample: number | null,
  windowEnd: Instant | null,
  usage: number,
  oom: number,
  lastOOM: Instant | null,
];

export function readHistory(value: Json | undefined, uid: string, flags: VpaFlags): History | undefined {
  if (!isObject(value) || value['uid'] !== uid) return undefined;
  const written = value as unknown as Written;
  const history = new History(instant(written.at) ?? 0);
  const groups = written.groups.map((group) => readGroup(group, flags));
  const samples = written.samples.map(([cpu, memory]): Sample => ({ cpu, memory }));
  for (const group of groups) history.groups.set(groupKey(group.labels, group.container), group);
  for (const [pod, containers] of Object.entries(written.pods))
    history.pods.set(
      pod,
      containers.map(([group, sample, windowEnd, usage, oom, lastOOM]) => ({
        group: groups[group] as Group,
        sample: sample === null ? undefined : samples[sample],
        ...(windowEnd === null ? {} : { windowEnd }),
        usage,
        oom,
        ...(lastOOM === null ? {} : { lastOOM }),
      })),
    );
  return history;
}

/** With all looks before now. */
export function readHistoryAsOf(
  value: Json | undefined,
  uid: string,
  now: Instant,
  flags: VpaFlags,
): History | undefined {
  const history = readHistory(value, uid, flags);
  history?.repeat((Math.ceil(now / flags.interval) - 1) * flags.interval, flags);
  return history;
}

function readGroup(group: WrittenGroup, flags: VpaFlags): Group {
  const { labels, container, created, samples, firstSample, lastSample } = group;
  const aggregate = new Aggregate(flags, {
    cpu: DecayingHistogram.read(group.cpu, CPU_BUCKETS, flags.cpuHalfLife),
    memory: DecayingHistogram.read(group.memory, MEMORY_BUCKETS, flags.memoryHalfLife),
  });
  aggregate.samples = samples;
  aggregate.firstSample = instant(firstSample);
  aggregate.lastSample = instant(lastSample);
  return { labels, container, created: instant(created) ?? 0, aggregate };
}

export function writeHistory(history: History, uid: string): Written {
  const groups = [...history.groups.values()];
  const numbers = new Map(groups.map((group, i) => [group, i]));
  const samples: Written['samples'] = [];
  return {
    uid,
    at: formatTime(history.at),
    groups: groups.map(writeGroup),
    pods: writePods(history, numbers, samples),
    samples,
  };
}

function writeGroup({ container, labels, created, aggregate }: Group): WrittenGroup {
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
}

/** What was written of pods before: most stay as they are while what they use changes, and are not written anew. */
const written = new WeakMap<History, WrittenPods>();

function writePods(history: History, numbers: ReadonlyMap<Group, number>, samples: Written['samples']): WrittenPods {
  const before = written.get(history);
  const sampleNumbers = new Map<string, number>();
  let last: Sample | undefined;
  let lastNumber = 0;
  const numberOf = (sample: Sample): number => {
    if (last && sample.cpu === last.cpu && sample.memory === last.memory) return lastNumber;
    const text = `${sample.cpu} ${sample.memory}`;
    let number = sampleNumbers.get(text);
    if (number === undefined) {
      number = samples.push([sample.cpu, sample.memory]) - 1;
      sampleNumbers.set(text, number);
    }
    last = sample;
    lastNumber = number;
    return number;
  };
  const pods: WrittenPods = {};
  let count = 0;
  let isSame = before !== undefined;
  for (const [uid, containers] of history.pods) {
    const old = before?.[uid];
    const fresh = containers.map((container, i): WrittenContainer => {
      const { group, sample, windowEnd = null, usage, oom, lastOOM = null } = container;
      const number = sample ? numberOf(sample) : null;
      const was = old?.[i];
      if (
        was &&
        was[0] === numbers.get(group) &&
        was[1] === number &&
        was[2] === windowEnd &&
        was[3] === usage &&
        was[4] === oom &&
        was[5] === lastOOM
      )
        return was;
      isSame = false;
      return [numbers.get(group) ?? 0, number, windowEnd, usage, oom, lastOOM];
    });
    pods[uid] = fresh;
    count++;
  }
  if (before && isSame && Object.keys(before).length === count) return before;
  written.set(history, pods);
  return pods;
}

function instant(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : parseTime(text);
}
