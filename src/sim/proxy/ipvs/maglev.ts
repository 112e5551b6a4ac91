/**
 * Maglev hashing (linux `net/netfilter/ipvs/ip_vs_mh.c`): every server prefers the places of a table in an order of its own, and
 * they take turns. When one goes, most places stay with whom they were. kube-proxy asks for hashing by port as well (mh-port).
 */
import { foldAddress, hsiphash } from './hashes';
import type { Asked, Destination } from './schedulers';

/** The table of a kernel as it comes (CONFIG_IP_VS_MH_TAB_INDEX 12). */
const SIZE = 4093;
const TABLE_BITS = 6;
const FIRST_KEY = [2654435761n, 2654435761n] as const;
const SECOND_KEY = [2654446892n, 2654446892n] as const;

/** Without mh-fallback, whose place is of weight 0 goes nowhere. */
export function chooseByMaglev(all: readonly Destination[], { source, sourcePort }: Asked): Destination | undefined {
  const index = tableOf(all)[hashOf(source, sourcePort, FIRST_KEY) % SIZE];
  const chosen = index === undefined || index < 0 ? undefined : all[index];
  return chosen && chosen.weight > 0 ? chosen : undefined;
}

function hashOf(ip: string, port: number, key: readonly [bigint, bigint]): number {
  return hsiphash((foldAddress(ip) + port) >>> 0, key);
}

let latest: { servers: string; table: Int32Array } | undefined;

/** Which server has each place, by its index; -1 where there is none. Made again when servers or weights change. */
export function tableOf(all: readonly Destination[]): Int32Array {
  const servers = all.map(({ id, lastWeight }) => `${id}=${lastWeight}`).join(' ');
  if (latest?.servers !== servers) latest = { servers, table: populate(all) };
  return latest.table;
}

function populate(all: readonly Destination[]): Int32Array {
  const table = new Int32Array(SIZE).fill(-1);
  const turns = turnsOf(all);
  if (turns.every((count) => count === 0)) return table;
  const next = all.map(({ ip, port }) => hashOf(ip, port, FIRST_KEY) % SIZE);
  const skip = all.map(({ ip, port }) => (hashOf(ip, port, SECOND_KEY) % (SIZE - 1)) + 1);
  for (let filled = 0; filled < SIZE; )
    for (let server = 0; server < all.length && filled < SIZE; server++)
      for (let turn = 0; turn < (turns[server] as number) && filled < SIZE; turn++, filled++) {
        let place = next[server] as number;
        while (table[place] !== -1) place = (place + (skip[server] as number)) % SIZE;
        next[server] = place;
        table[place] = server;
      }
  return table;
}

/** How often in a row each server takes a place: weights, made small. */
function turnsOf(all: readonly Destination[]): number[] {
  const weights = all.map(({ lastWeight }) => lastWeight);
  const positive = weights.filter((weight) => weight > 0);
  if (positive.length === 0) return weights.map(() => 0);
  const divisor = positive.reduce((a, b) => {
    let [x, y] = [a, b];
    while (y !== 0) [x, y] = [y, x % y];
    return x;
  });
  const bits = 32 - Math.clz32(Math.floor(Math.max(...positive) / divisor));
  const shift = Math.max(bits - TABLE_BITS, 0);
  return weights.map((weight) => Math.floor(weight / divisor) >> shift || (weight > 0 ? 1 : 0));
}
