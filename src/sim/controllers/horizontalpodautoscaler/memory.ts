/**
 * What the controller has to remember of an autoscaler: what it recommended of late, and how it scaled. Upstream keeps it in
 * memory; here it lies in the cluster's state beside the objects. What is recommended again and again is one stretch, so an
 * autoscaler that does nothing writes nothing.
 */

import { isObject, type Json } from '../../../apimachinery/json';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import { recalled } from '../../controller-memory';
import { SYNC_PERIOD } from './autoscaler';

/** So many replicas were recommended at each sync from one to another; without an end they still are. */
export interface Stretch {
  replicas: number;
  from: Instant;
  to?: Instant;
}

export interface ScaleEvent {
  change: number;
  at: Instant;
}

export interface Memory {
  recommendations: readonly Stretch[];
  scaleUps: readonly ScaleEvent[];
  scaleDowns: readonly ScaleEvent[];
}

export const BLANK: Memory = Object.freeze({ recommendations: [], scaleUps: [], scaleDowns: [] });

/** No window is longer (validation: at most an hour). */
const LONGEST_WINDOW = 3_600_000;

/** The last time that a stretch was recommended, seen from a sync that has not yet recommended anything. */
export function lastOf({ from, to }: Stretch, now: Instant): Instant {
  return to ?? Math.max(from, previousSync(now));
}

export function previousSync(now: Instant): Instant {
  return (Math.ceil(now / SYNC_PERIOD) - 1) * SYNC_PERIOD;
}

/** The first sync counts the replicas that it finds as recommended (recordInitialRecommendation). */
export function begun(memory: Memory, replicas: number, now: Instant): Memory {
  if (memory.recommendations.length > 0) return memory;
  return { ...memory, recommendations: [{ replicas, from: now, to: now }] };
}

/** With one more recommendation; or with none, where a sync recommends nothing. */
export function recommended(memory: Memory, replicas: number | undefined, now: Instant): Memory {
  const last = memory.recommendations.at(-1);
  const isOpen = last !== undefined && last.to === undefined;
  if (isOpen ? last.replicas === replicas : replicas === undefined) return memory;
  const recommendations = memory.recommendations
    .map((one) => ({ ...one, to: lastOf(one, now) }))
    .filter(({ to }) => to >= now - LONGEST_WINDOW);
  if (replicas === undefined) return { ...memory, recommendations };
  return { ...memory, recommendations: [...recommendations, { replicas, from: now }] };
}

/** storeScaleEvent; events that no policy looks at any more are forgotten. */
export function scaled(memory: Memory, from: number, to: number, now: Instant): Memory {
  const fresh = (events: readonly ScaleEvent[]) => events.filter(({ at }) => at >= now - LONGEST_WINDOW);
  const event = { change: Math.abs(to - from), at: now };
  return to > from
    ? { ...memory, scaleUps: [...fresh(memory.scaleUps), event] }
    : { ...memory, scaleDowns: [...fresh(memory.scaleDowns), event] };
}

/** The controller's own place in the state of the cluster, by the key of the autoscaler. */
const PATH = '/kubetick/memory/horizontal-pod-autoscaler/';

export function memoryPath(key: string): string {
  return PATH + key;
}

/** What is remembered of the autoscaler with this uid; nothing of one that had its name before. */
export async function recall(client: Client, key: string, uid: string): Promise<Memory> {
  return readMemory(await recalled(client, memoryPath(key)), uid);
}

export async function keep(client: Client, key: string, uid: string, memory: Memory): Promise<void> {
  await client.request({ method: 'PUT', path: memoryPath(key), body: writeMemory(memory, uid) });
}

export async function forget(client: Client, key: string): Promise<void> {
  await client.request({ method: 'DELETE', path: memoryPath(key) });
}

export function readMemory(value: Json | undefined, uid: string): Memory {
  if (!isObject(value) || value['uid'] !== uid) return BLANK;
  const { recommendations = [], scaleUps = [], scaleDowns = [] } = value as unknown as Written;
  const event = ({ change, at }: WrittenEvent) => ({ change, at: parseTime(at) ?? 0 });
  return {
    recommendations: recommendations.map(({ replicas, from, to }) => ({
      replicas,
      from: parseTime(from) ?? 0,
      ...(to === undefined ? {} : { to: parseTime(to) ?? 0 }),
    })),
    scaleUps: scaleUps.map(event),
    scaleDowns: scaleDowns.map(event),
  };
}

interface WrittenEvent {
  change: number;
  at: string;
}
interface Written {
  recommendations?: { replicas: number; from: string; to?: string }[];
  scaleUps?: WrittenEvent[];
  scaleDowns?: WrittenEvent[];
}

function writeMemory({ recommendations, scaleUps, scaleDowns }: Memory, uid: string): Json {
  const event = ({ change, at }: ScaleEvent) => ({ change, at: formatTime(at) });
  return {
    uid,
    recommendations: recommendations.map(({ replicas, from, to }) => ({
      replicas,
      from: formatTime(from),
      ...(to === undefined ? {} : { to: formatTime(to) }),
    })),
    scaleUps: scaleUps.map(event),
    scaleDowns: scaleDowns.map(event),
  };
}
