/** The recommender's histograms against a reference that keeps every sample; and what is remembered of them. */
import fc from 'fast-check';
import { DEFAULT_FLAGS } from '../../../src/apimachinery/vertical-scaling/flags';
import { estimate } from '../../../src/sim/controllers/vpa-recommender/estimate';
import {
  type Buckets,
  CPU_BUCKETS,
  DecayingHistogram,
  MEMORY_BUCKETS,
} from '../../../src/sim/controllers/vpa-recommender/histogram';
import type { History, SeenPod } from '../../../src/sim/controllers/vpa-recommender/history';
import { groupKey, History as Histories } from '../../../src/sim/controllers/vpa-recommender/history';
import { readHistory, writeHistory } from '../../../src/sim/controllers/vpa-recommender/memory';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const PARTS = [0.01, 0.5, 0.9, 0.95, 1];

interface Op {
  value: number;
  weight: number;
  at: number;
}

/** Every sample is kept; weights are reckoned from the last instant backwards. */
class Reference {
  private readonly ops: Op[] = [];
  constructor(private readonly starts: readonly number[]) {}

  add(op: Op): void {
    this.ops.push(op);
  }

  /** By bucket, all together 1. */
  shares(): number[] {
    const last = Math.max(...this.ops.map(({ at }) => at));
    const weights = this.starts.map(() => 0);
    for (const { value, weight, at } of this.ops) {
      const bucket = this.starts.findLastIndex((start) => start <= value);
      weights[bucket] = (weights[bucket] as number) + weight * 2 ** ((at - last) / DAY);
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => (Math.abs(weight / total) < 1e-12 ? 0 : weight / total));
  }
}

/** bucket n begins at first × (1.05^n - 1) / 0.05: the sum of the widths before it */
function startsOf(buckets: Buckets, first: number): number[] {
  const starts = [0];
  let width = first;
  while (starts.length < buckets.count) {
    starts.push((starts.at(-1) as number) + width);
    width *= 1.05;
  }
  return starts;
}

/** Up to where this part of all weight lies: two borders where it ends on one, as near as floats tell. */
function endsOf(starts: readonly number[], shares: readonly number[], part: number): number[] {
  const ends: number[] = [];
  let sum = 0;
  for (const [bucket, share] of shares.entries()) {
    sum += share;
    if (share === 0 || sum < part - 1e-9) continue;
    ends.push(starts[Math.min(bucket + 1, starts.length - 1)] as number);
    if (sum > part + 1e-9) break;
  }
  return ends;
}

const CASES = [
  { name: 'cpu', buckets: CPU_BUCKETS, first: 0.01, most: 1500 },
  { name: 'memory', buckets: MEMORY_BUCKETS, first: 1e7, most: 2e12 },
];

test.each([
  ['cpu', CPU_BUCKETS, 176, 0.01, 1000],
  ['memory', MEMORY_BUCKETS, 176, 1e7, 1e12],
] as const)(
  '%s: buckets from the first width to the largest value, each 5 %% wider',
  (_, buckets, count, first, most) => {
    const starts = startsOf(buckets, first);
    expect(buckets.count).toBe(count);
    expect(starts.at(-1) as number).toBeGreaterThanOrEqual(most);
    expect(starts.at(-2) as number).toBeLessThan(most);
    const off = starts.filter((start, bucket) => {
      const isAt = Math.abs(buckets.start(bucket) - start) <= 1e-9 * (start + 1);
      return !isAt || buckets.find(start + first / 2) !== bucket;
    });
    expect(off).toEqual([]);
    expect(buckets.find(most * 100)).toBe(count - 1);
  },
);

describe.each(CASES)('$name', ({ buckets, first, most }) => {
  const starts = startsOf(buckets, first);
  // In the middle of buckets: where a value lies on a border is a matter of the last bit.
  const value = fc
    .integer({ min: 0, max: buckets.count - 1 })
    .map((bucket) => Math.min(most, (starts[bucket] as number) + first / 3));
  const sample = fc.record({
    value,
    weight: fc.double({ min: 0.1, max: 20, noNaN: true }),
    after: fc.integer({ min: 0, max: 240 }),
  });

  test('shares and percentiles are the reference’s to 1e-9, taken back samples and copies included', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (samples, back) => {
          const histogram = new DecayingHistogram(buckets, DAY);
          const reference = new Reference(starts);
          let at = START;
          const added: Op[] = [];
          for (const { value, weight, after } of samples) {
            at += after * 60_000;
            histogram.add(value, weight, at);
            const op = { value, weight, at };
            reference.add(op);
            added.push(op);
          }
          for (const n of back) {
            if (added.length <= 1) break;
            const [op] = added.splice(n % added.length, 1) as [Op];
            histogram.subtract(op.value, op.weight, op.at);
            reference.add({ ...op, weight: -op.weight });
          }
          const copy = DecayingHistogram.read(histogram.write(), buckets, DAY);
          const expected = reference.shares();
          for (const one of [histogram, copy]) {
            const { weights, total } = one.write();
            const shares = starts.map(() => 0);
            for (let i = 0; i < weights.length; i += 2)
              shares[weights[i] as number] = (weights[i + 1] as number) / total;
            expect(Math.max(...shares.map((share, i) => Math.abs(share - (expected[i] as number))))).toBeLessThan(1e-9);
            const wrong = PARTS.filter((part) => {
              const found = one.percentile(part);
              return !endsOf(starts, expected, part).some((end) => Math.abs(end - found) <= 1e-9 * end);
            });
            expect(wrong).toEqual([]);
          }
        },
      ),
      { seed: 11, numRuns: 100 },
    );
  });

  test('two merged are one that had all samples', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 40 }), (samples) => {
        const [whole, even, odd, sum] = [0, 1, 2, 3].map(() => new DecayingHistogram(buckets, DAY)) as [
          DecayingHistogram,
          DecayingHistogram,
          DecayingHistogram,
          DecayingHistogram,
        ];
        let at = START;
        samples.forEach(({ value, weight, after }, i) => {
          at += after * 600_000;
          whole.add(value, weight, at);
          (i % 2 === 0 ? even : odd).add(value, weight, at);
        });
        sum.merge(even);
        sum.merge(odd);
        const [a, b] = [whole.write(), sum.write()];
        const shares = ({ weights, total }: { weights: readonly number[]; total: number }) =>
          new Map(weights.flatMap((bucket, i) => (i % 2 === 0 ? [[bucket, (weights[i + 1] as number) / total]] : [])));
        const [wanted, found] = [shares(a), shares(b)];
        const differences = [...wanted].map(([bucket, share]) => Math.abs(share - (found.get(bucket) ?? 0)));
        expect(Math.max(...differences)).toBeLessThan(1e-9);
      }),
      { seed: 12, numRuns: 100 },
    );
  });
});

test('what lies half a year back weighs nothing, and the weights stay finite', () => {
  const histogram = new DecayingHistogram(CPU_BUCKETS, DAY);
  for (let day = 0; day < 200; day++) histogram.add(5, 0.1, START + day * DAY);
  for (let day = 200; day < 420; day++) histogram.add(0.5, 0.1, START + day * DAY);
  // 0.5 lies in bucket 25, from 0.477 to 0.511
  expect(histogram.percentile(1)).toBeCloseTo(0.01 * ((1.05 ** 26 - 1) / 0.05), 9);
  expect(Number.isFinite(histogram.write().total)).toBe(true);
});

test('empty: no percentile', () => {
  const histogram = new DecayingHistogram(CPU_BUCKETS, DAY);
  expect(histogram.isEmpty()).toBe(true);
  expect(histogram.percentile(0.9)).toBe(0);
  histogram.add(1, 0.1, START);
  histogram.subtract(1, 0.1, START);
  expect(histogram.isEmpty()).toBe(true);
});

describe('what is remembered', () => {
  const { interval } = DEFAULT_FLAGS;
  /** Two pods with the same labels and one with others; each uses one of a few amounts. */
  const LABELS = [
    { app: 'a', hash: '1' },
    { app: 'a', hash: '1' },
    { app: 'a', hash: '2' },
  ];
  const seen = (uses: readonly (number | undefined)[], oom?: { at: number; requested: number }): SeenPod[] =>
    uses.map((use, i) => ({
      uid: `pod-${i}`,
      facts: {
        labels: LABELS[i] as Record<string, string>,
        containers: [
          { name: 'c', group: groupKey(LABELS[i] as Record<string, string>, 'c'), oom: i === 0 ? oom : undefined },
        ],
      },
      samples: use === undefined ? new Map() : new Map([['c', { cpu: use * 100, memory: use * 2 ** 27 }]]),
    }));
  const told = (history: History) =>
    [...history.groups].map(([key, { aggregate }]) => [key, aggregate.samples, estimate(aggregate, 1, DEFAULT_FLAGS)]);
  const use = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 5 });
  const look = fc.record({
    uses: fc.tuple(use, use, use),
    minutes: fc.integer({ min: 1, max: 250 }),
    pods: fc.integer({ min: 0, max: 3 }),
    oom: fc.boolean(),
    restart: fc.boolean(),
  });

  test('a process that ends and begins anew, at any time, comes to the same; so does one that writes only what is new', () => {
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 12 }), (looks) => {
        const steady = new Histories(START - interval);
        let restarted = new Histories(START - interval);
        let written = writeHistory(restarted, 'u');
        let at = START;
        for (const { uses, minutes, pods, oom, restart } of looks) {
          const killed = oom ? { at: at - 7000, requested: 3e8 } : undefined;
          for (let minute = 0; minute < minutes; minute++, at += interval) {
            const found = seen(uses.slice(0, pods), minute === 0 ? killed : undefined);
            steady.look(found, at, DEFAULT_FLAGS);
            if (restart && minute % 37 === 0) {
              restarted = readHistory(JSON.parse(JSON.stringify(written)), 'u', DEFAULT_FLAGS) as History;
              restarted.repeat(at - interval, DEFAULT_FLAGS);
            }
            if (restarted.look(found, at, DEFAULT_FLAGS)) written = writeHistory(restarted, 'u');
          }
        }
        expect(told(restarted)).toEqual(told(steady));
      }),
      { seed: 13, numRuns: 20 },
    );
  });

  test('a look that finds the same is no news', () => {
    const history = new Histories(START - interval);
    const find = (uses: number[], minute: number) => history.look(seen(uses), START + minute * interval, DEFAULT_FLAGS);
    expect([find([1, 1, 2], 0), find([1, 1, 2], 1), find([1, 1, 2], 2), find([1, 3, 2], 3), find([1, 3], 4)]).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
    // A look was left out.
    expect(find([1, 3], 6)).toBe(true);
  });

  test('nothing of one that had the name before', () => {
    const history = new Histories(START);
    expect(readHistory(writeHistory(history, 'a') as never, 'b', DEFAULT_FLAGS)).toBeUndefined();
  });
});
