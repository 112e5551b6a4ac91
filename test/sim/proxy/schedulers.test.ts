/**
 * Each scheduler of IPVS against the kernel's rule, told again as plainly as can be: lists that are walked, buckets that are filled,
 * counters that move. And what hashes give that the kernel's own tests expect.
 */
import fc from 'fast-check';
import type { Json } from '../../../src/apimachinery/json';
import { foldAddress, hash32, hsiphash } from '../../../src/sim/proxy/ipvs/hashes';
import { tableOf } from '../../../src/sim/proxy/ipvs/maglev';
import { type Asked, type Destination, SCHEDULERS } from '../../../src/sim/proxy/ipvs/schedulers';

const SEED = 31;

function server(i: number, like: Partial<Destination> = {}): Destination {
  const weight = like.weight ?? 1;
  return {
    ...{
      id: `10.0.0.${i}:80`,
      ip: `10.0.0.${i}`,
      port: 80,
      weight,
      lastWeight: Math.max(weight, 1),
      active: 0,
      inactive: 0,
    },
    ...like,
  };
}

const serversArbitrary = fc
  .array(fc.record({ weight: fc.nat({ max: 6 }), active: fc.nat({ max: 5 }), inactive: fc.nat({ max: 600 }) }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((list) => list.map((one, i) => server(i + 1, one)));

const asked: Asked = { source: '10.244.1.5', sourcePort: 40000, destination: '10.96.0.10', now: 0 };

function choose(name: string, all: readonly Destination[], at: Asked = asked, state?: Json) {
  const scheduler = SCHEDULERS[name];
  if (!scheduler) throw new Error(name);
  return scheduler(all, at, state);
}

/** `count` choices in a row, each knowing what the one before left. */
function turns(name: string, all: readonly Destination[], count: number): string[] {
  let state: Json | undefined;
  return Array.from({ length: count }, () => {
    const choice = choose(name, all, asked, state);
    state = choice.state ?? state;
    return choice.chosen?.id ?? 'none';
  });
}

test('rr: one after the other, and past those of weight 0', () => {
  fc.assert(
    fc.property(serversArbitrary, (all) => {
      const ring = all.filter(({ weight }) => weight > 0).map(({ id }) => id);
      const expected = Array.from({ length: 20 }, (_, i) => ring[i % ring.length] ?? 'none');
      expect(turns('rr', all, 20)).toEqual(expected);
    }),
    { seed: SEED },
  );
});

test('rr: when the last one goes, it goes on behind where that was', () => {
  const [one, two, three] = [server(1), server(2), server(3)];
  expect(choose('rr', [one, three], asked, two.id).chosen).toBe(three);
  expect(choose('rr', [one, two], asked, three.id).chosen).toBe(one);
});

/** ip_vs_wrr_schedule as it stands in the kernel: a mark on the list and a weight that falls. */
function weightedRounds(all: readonly Destination[], count: number): string[] {
  const weights = all.map(({ weight }) => weight).filter((weight) => weight > 0);
  if (weights.length === 0) return Array<string>(count).fill('none');
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const di = weights.reduce(gcd);
  const mw = Math.max(...weights) - (di - 1);
  let [cl, cw] = [-1, mw];
  return Array.from({ length: count }, () => {
    for (;;) {
      for (cl++; cl < all.length; cl++) if ((all[cl] as Destination).weight >= cw) return (all[cl] as Destination).id;
      cl = -1;
      cw -= di;
      if (cw <= 0) cw = mw;
    }
  });
}

test('wrr: by the kernel’s falling weight, and in proportion over a whole round', () => {
  fc.assert(
    fc.property(serversArbitrary, (all) => {
      expect(turns('wrr', all, 40)).toEqual(weightedRounds(all, 40));
      const total = all.reduce((sum, { weight }) => sum + weight, 0);
      const round = turns('wrr', all, total);
      for (const { id, weight } of all) expect(round.filter((one) => one === id)).toHaveLength(weight);
    }),
    { seed: SEED },
  );
});

test('wrr: when servers change it begins at the head', () => {
  const first = choose('wrr', [server(1), server(2), server(3)]);
  const second = choose('wrr', [server(2), server(3)], asked, first.state);
  expect([first.chosen?.id, second.chosen?.id]).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
});

const load = ({ active, inactive }: Destination) => active * 256 + inactive;

/** The first one of which no other is better, by an order given as a fraction. */
function firstLeast(all: readonly Destination[], by: (one: Destination) => number): string {
  const able = all.filter(({ weight }) => weight > 0);
  const least = Math.min(...able.map(by));
  return able.find((one) => by(one) === least)?.id ?? 'none';
}

test.each([
  ['lc', (all: Destination[]) => firstLeast(all, load)],
  ['wlc', (all: Destination[]) => firstLeast(all, (one) => load(one) / one.weight)],
  ['sed', (all: Destination[]) => firstLeast(all, (one) => (one.active + 1) / one.weight)],
  [
    'nq',
    (all: Destination[]) =>
      all.find(({ active, weight }) => active === 0 && weight > 0)?.id ??
      firstLeast(all, (one) => (one.active + 1) / one.weight),
  ],
  // Nobody is remembered for the address yet.
  ['lblc', (all: Destination[]) => firstLeast(all, (one) => load(one) / one.weight)],
  ['lblcr', (all: Destination[]) => firstLeast(all, (one) => load(one) / one.weight)],
])('%s: the first with the least load', (name, expected) => {
  fc.assert(
    fc.property(serversArbitrary, (all) => {
      expect(choose(name, all).chosen?.id ?? 'none').toBe(expected(all));
    }),
    { seed: SEED },
  );
});

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

test('lblc: an address keeps its server until that has too much to do and another too little', () => {
  const { state } = choose('lblc', [server(1), server(2)]);
  const again = (first: Partial<Destination>, second: Partial<Destination>, now = MINUTE) =>
    choose('lblc', [server(1, first), server(2, second)], { ...asked, now }, state).chosen?.id;
  expect(again({ active: 1 }, {})).toBe('10.0.0.1:80');
  expect(again({ active: 2 }, { active: 1 })).toBe('10.0.0.1:80');
  expect(again({ active: 2 }, { active: 0 })).toBe('10.0.0.2:80');
  expect(again({ weight: 0 }, {})).toBe('10.0.0.2:80');
  expect(again({ active: 1 }, {}, DAY)).toBe('10.0.0.2:80');
});

test('lblcr: a second server joins when the first has too much to do, and the busier one leaves after a day', () => {
  const first = choose('lblcr', [server(1), server(2)]);
  const joined = choose('lblcr', [server(1, { active: 2 }), server(2)], { ...asked, now: MINUTE }, first.state);
  expect(joined.chosen?.id).toBe('10.0.0.2:80');
  expect(joined.state).toMatchObject({ '10.96.0.10': { servers: ['10.0.0.2:80', '10.0.0.1:80'] } });
  const busy = [server(1, { active: 1 }), server(2, { active: 3 })];
  const later = choose('lblcr', busy, { ...asked, now: DAY }, joined.state);
  expect(later.state).toMatchObject({ '10.96.0.10': { servers: ['10.0.0.2:80', '10.0.0.1:80'] } });
  const last = choose('lblcr', busy, { ...asked, now: DAY + 2 * MINUTE }, later.state);
  expect(last.chosen?.id).toBe('10.0.0.1:80');
  expect(last.state).toMatchObject({ '10.96.0.10': { servers: ['10.0.0.1:80'] } });
});

const addressArbitrary = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join('.'));

/** The multiplication on whole numbers of any size. */
function bucketOf(ip: string): number {
  const value = ip.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  return Number(((value * 0x61c88647n) & 0xffffffffn) >> 24n);
}

test('dh and sh: by one of 256 buckets, filled in turn; sh fills as many as there is weight', () => {
  fc.assert(
    fc.property(serversArbitrary, addressArbitrary, (all, ip) => {
      const plain: Destination[] = [];
      while (plain.length < 256) plain.push(...all);
      const weighted: Destination[] = [];
      while (weighted.length < 256)
        for (const one of all) for (let i = 0; i < Math.max(1, one.weight); i++) weighted.push(one);
      const answer = (one: Destination | undefined) => (one && one.weight > 0 ? one.id : 'none');
      expect(choose('dh', all, { ...asked, destination: ip }).chosen?.id ?? 'none').toBe(answer(plain[bucketOf(ip)]));
      expect(choose('sh', all, { ...asked, source: ip }).chosen?.id ?? 'none').toBe(answer(weighted[bucketOf(ip)]));
    }),
    { seed: SEED },
  );
});

test('dh sends all that goes to one address to one server, sh all that comes from one', () => {
  const all = [server(1), server(2), server(3), server(4)];
  const from = (name: string, at: Partial<Asked>) => choose(name, all, { ...asked, ...at }).chosen?.id;
  const sources = Array.from({ length: 64 }, (_, i) => `10.244.1.${i}`);
  expect(new Set(sources.map((source) => from('dh', { source }))).size).toBe(1);
  expect(new Set(sources.map((source) => from('sh', { source }))).size).toBe(4);
  expect(new Set([1, 2, 3].map((sourcePort) => from('sh', { sourcePort }))).size).toBe(1);
});

/** The table by the paper: each in turn takes the next place of its own order that is free. */
function maglev(all: readonly Destination[]): number[] {
  const size = 4093;
  const key = (n: bigint) => [n, n] as const;
  const order = all.map(({ ip, port }) => {
    const value = (foldAddress(ip) + port) >>> 0;
    const offset = hsiphash(value, key(2654435761n)) % size;
    const skip = (hsiphash(value, key(2654446892n)) % (size - 1)) + 1;
    return Array.from({ length: size }, (_, i) => (offset + i * skip) % size);
  });
  const table = Array<number>(size).fill(-1);
  let left = size;
  while (left > 0)
    for (let i = 0; i < all.length && left > 0; i++) {
      const place = (order[i] as number[]).find((one) => table[one] === -1) as number;
      table[place] = i;
      left--;
    }
  return table;
}

test('mh: the table is that of the paper, the place is by source and port, and few places move when one goes', () => {
  const all = [server(1), server(2), server(3)];
  expect([...tableOf(all)]).toEqual(maglev(all));
  const chosen = (servers: Destination[], sourcePort: number) =>
    choose('mh', servers, { ...asked, sourcePort }).chosen?.id;
  const ports = Array.from({ length: 300 }, (_, i) => 40000 + i);
  expect(new Set(ports.map((port) => chosen(all, port))).size).toBe(3);
  const before = ports.map((port) => chosen(all, port));
  const after = ports.map((port) => chosen(all.slice(0, 2), port));
  const moved = ports.filter((_, i) => before[i] !== '10.0.0.3:80' && before[i] !== after[i]);
  expect(moved.length).toBeLessThan(ports.length / 5);
  // Without mh-fallback nobody stands in for a server that gets nothing new.
  const leaving = [server(1), server(2), server(3, { weight: 0 })];
  expect(ports.map((port) => chosen(leaving, port))).toEqual(
    before.map((id) => (id === '10.0.0.3:80' ? undefined : id)),
  );
});

test('hashes: as lib/tests/siphash_kunit.c and include/linux/hash.h have them', () => {
  expect(hsiphash(0x03020100, [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0x88d38328);
  fc.assert(
    fc.property(addressArbitrary, (ip) => {
      expect(hash32(foldAddress(ip), 8)).toBe(bucketOf(ip));
    }),
    { seed: SEED },
  );
  expect(foldAddress('2001:db8::1')).toBe((0x20010db8 ^ 1) >>> 0);
});

test('all at rest: nobody is chosen where nobody has weight', () => {
  const all = [server(1, { weight: 0 }), server(2, { weight: 0 })];
  for (const name of Object.keys(SCHEDULERS)) {
    expect(choose(name, all).chosen).toBeUndefined();
    expect(choose(name, []).chosen).toBeUndefined();
  }
});
