/**
 * How a virtual server of IPVS chooses one of its real servers: the schedulers of the kernel (linux `net/netfilter/ipvs/ip_vs_*.c`),
 * one function each. What a scheduler remembers is a value that it is given and gives back.
 */
import type { Json } from '../../../apimachinery/json';
import { foldAddress, hash32 } from './hashes';
import { chooseByMaglev } from './maglev';

/** A real server, in the order in which the virtual server has them. */
export interface Destination {
  /** `10.244.1.2:8080` */
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  /** 0: nothing new is sent there. */
  readonly weight: number;
  /** What it was before it became 0. */
  readonly lastWeight: number;
  readonly active: number;
  readonly inactive: number;
}

/** What a scheduler may look at of the packet. */
export interface Asked {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  /** Milliseconds. */
  readonly now: number;
}

/** `state` is what is remembered from now on; undefined where there is nothing to remember. */
export interface Choice {
  readonly chosen: Destination | undefined;
  readonly state?: Json;
}

export type Scheduler = (all: readonly Destination[], asked: Asked, state: Json | undefined) => Choice;

export const SCHEDULERS: Readonly<Record<string, Scheduler>> = {
  rr: roundRobin,
  wrr: weightedRoundRobin,
  lc: leastConnections,
  wlc: weightedLeastConnections,
  lblc: localityBased,
  lblcr: localityBasedWithReplication,
  dh: destinationHashing,
  sh: sourceHashing,
  sed: shortestExpectedDelay,
  nq: neverQueue,
  mh: (all, asked) => ({ chosen: chooseByMaglev(all, asked) }),
};

/** Round robin leaves the id of the server that it chose last. */
function roundRobin(all: readonly Destination[], _: Asked, state: Json | undefined): Choice {
  const from = indexAfter(all, typeof state === 'string' ? state : undefined);
  for (let i = 0; i < all.length; i++) {
    const one = all[(from + i) % all.length] as Destination;
    if (one.weight > 0) return { chosen: one, state: one.id };
  }
  return { chosen: undefined };
}

/** Where to go on after a server. Where it is gone, the one before it takes its place; servers stand in the order of their ids. */
function indexAfter(all: readonly Destination[], id: string | undefined): number {
  if (id === undefined) return 0;
  const index = all.findIndex((one) => one.id > id);
  return Math.max(index, 0);
}

interface WeightedMark {
  /** The server that was chosen last; none at the head of the list. */
  at?: string;
  currentWeight: number;
  /** For which servers this counts: when they change, it begins at the head again. */
  servers: string;
}

/** Passes through all servers, each for those of a weight that falls by the greatest common divisor. */
function weightedRoundRobin(all: readonly Destination[], _: Asked, state: Json | undefined): Choice {
  const weights = all.map(({ weight }) => weight).filter((weight) => weight > 0);
  if (weights.length === 0) return { chosen: undefined };
  const step = weights.reduce(greatestCommonDivisor);
  const highest = Math.max(...weights) - (step - 1);
  const servers = all.map(({ id, weight }) => `${id}=${weight}`).join(' ');
  const mark = markFor(state as unknown as WeightedMark | undefined, servers, step, highest);
  let { currentWeight } = mark;
  let index = mark.at === undefined ? 0 : all.findIndex(({ id }) => id === mark.at) + 1;
  // At the lowest pass every server of a weight is taken, so one whole round of passes is enough.
  for (let passes = 0; passes <= highest / step + 2; passes++) {
    for (; index < all.length; index++) {
      const one = all[index] as Destination;
      if (one.weight >= currentWeight) {
        const left: WeightedMark = { at: one.id, currentWeight, servers };
        return { chosen: one, state: left as unknown as Json };
      }
    }
    index = 0;
    currentWeight -= step;
    if (currentWeight <= 0) currentWeight = highest;
  }
  return { chosen: undefined };
}

/** ip_vs_wrr_init_svc, ip_vs_wrr_dest_changed */
function markFor(known: WeightedMark | undefined, servers: string, step: number, highest: number): WeightedMark {
  if (!known) return { currentWeight: highest, servers };
  if (known.servers === servers) return known;
  let { currentWeight } = known;
  if (currentWeight > highest || currentWeight === 0) currentWeight = highest;
  else if (step > 1) currentWeight = Math.floor(currentWeight / step) * step + 1;
  return { currentWeight, servers };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** An established connection weighs as much as 256 that have ended. */
function overhead({ active, inactive }: Destination): number {
  return active * 256 + inactive;
}

function leastConnections(all: readonly Destination[]): Choice {
  let least: Destination | undefined;
  for (const one of all) if (one.weight > 0 && (!least || overhead(one) < overhead(least))) least = one;
  return { chosen: least };
}

function weightedLeastConnections(all: readonly Destination[]): Choice {
  return { chosen: leastBy(all, overhead) };
}

/** The first server with the least load for its weight. */
function leastBy(all: readonly Destination[], load: (one: Destination) => number): Destination | undefined {
  let least: Destination | undefined;
  for (const one of all)
    if (one.weight > 0 && (!least || load(least) * one.weight > load(one) * least.weight)) least = one;
  return least;
}

function expectedDelay({ active }: Destination): number {
  return active + 1;
}

function shortestExpectedDelay(all: readonly Destination[]): Choice {
  return { chosen: leastBy(all, expectedDelay) };
}

function neverQueue(all: readonly Destination[]): Choice {
  const idle = all.find(({ weight, active }) => weight > 0 && active === 0);
  return { chosen: idle ?? leastBy(all, expectedDelay) };
}

const DAY = 24 * 60 * 60 * 1000;

/** It has more than its weight, while another has less than half of its own. */
function isOverloaded({ active, weight }: Destination, all: readonly Destination[]): boolean {
  return active > weight && all.some((one) => one.active * 2 < one.weight);
}

interface Cached {
  server: string;
  used: number;
}

/** Keeps a server for each address that is asked for: behind a virtual server that is its own address only. */
function localityBased(all: readonly Destination[], { destination, now }: Asked, state: Json | undefined): Choice {
  const cache = fresh(state as unknown as Record<string, Cached> | undefined, now);
  const known = cache[destination];
  const cached = all.find(({ id }) => id === known?.server);
  const chosen = cached && cached.weight > 0 && !isOverloaded(cached, all) ? cached : leastBy(all, overhead);
  if (!chosen) return { chosen };
  return { chosen, state: { ...cache, [destination]: { server: chosen.id, used: now } } as unknown as Json };
}

/** Without what was not asked for within a day. */
function fresh<T extends { used: number }>(cache: Readonly<Record<string, T>> = {}, now: number): Record<string, T> {
  return Object.fromEntries(Object.entries(cache).filter(([, { used }]) => now < used + DAY));
}

interface CachedSet {
  /** The newest first. */
  servers: readonly string[];
  modified: number;
  used: number;
}

/** Keeps several servers for an address: another one joins when they have too much to do, and the busiest leaves after a day without change. */
function localityBasedWithReplication(
  all: readonly Destination[],
  { destination, now }: Asked,
  state: Json | undefined,
): Choice {
  const cache = fresh(state as unknown as Record<string, CachedSet> | undefined, now);
  const known = cache[destination];
  const leave = (chosen: Destination | undefined, set: CachedSet): Choice => ({
    chosen,
    state: { ...cache, [destination]: set } as unknown as Json,
  });
  if (!known) {
    const chosen = leastBy(all, overhead);
    return chosen ? leave(chosen, { servers: [chosen.id], modified: now, used: now }) : { chosen };
  }
  let set: CachedSet = { ...known, used: now };
  const members = set.servers.flatMap((id) => all.find((one) => one.id === id) ?? []);
  const least = leastBy(members, overhead);
  if (set.servers.length > 1 && now > set.modified + DAY) {
    const busiest = mostBy(members, overhead);
    if (busiest) set = { ...set, servers: set.servers.filter((id) => id !== busiest.id), modified: now };
  }
  if (least && !isOverloaded(least, all)) return leave(least, set);
  const chosen = leastBy(all, overhead);
  if (chosen && !set.servers.includes(chosen.id)) set = { ...set, servers: [chosen.id, ...set.servers], modified: now };
  return leave(chosen, set);
}

function mostBy(all: readonly Destination[], load: (one: Destination) => number): Destination | undefined {
  let most: Destination | undefined;
  for (const one of all) if (one.weight > 0 && (!most || load(most) * one.weight < load(one) * most.weight)) most = one;
  return most;
}

const BITS = 8;
const BUCKETS = 1 << BITS;

/** The servers share 256 buckets, one after the other, whatever their weights. */
function destinationHashing(all: readonly Destination[], { destination }: Asked): Choice {
  const chosen = all[hash32(foldAddress(destination), BITS) % all.length];
  return { chosen: chosen && chosen.weight > 0 ? chosen : undefined };
}

/** The same by source, and each server has as many buckets in a row as it has weight. Nobody takes the place of one of weight 0. */
function sourceHashing(all: readonly Destination[], { source }: Asked): Choice {
  if (all.length === 0) return { chosen: undefined };
  const bucket = hash32(foldAddress(source), BITS) % BUCKETS;
  const rows = all.map(({ weight }) => Math.max(weight, 1));
  const total = rows.reduce((sum, row) => sum + row, 0);
  let left = bucket % total;
  const chosen = all.find((_, i) => {
    left -= rows[i] as number;
    return left < 0;
  });
  return { chosen: chosen && chosen.weight > 0 ? chosen : undefined };
}
