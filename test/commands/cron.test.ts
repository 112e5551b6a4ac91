/** `cron next`: the times of a schedule, told from the cluster's clock. */
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
});

test('five times from now on, unless told otherwise', async () => {
  expect(await cluster.ok(['cron', 'next', '*/15 * * * *'])).toBe(
    `NEXT                       UTC                    IN
Thu 2026-01-01T00:15:00Z   2026-01-01T00:15:00Z   15m
Thu 2026-01-01T00:30:00Z   2026-01-01T00:30:00Z   30m
Thu 2026-01-01T00:45:00Z   2026-01-01T00:45:00Z   45m
Thu 2026-01-01T01:00:00Z   2026-01-01T01:00:00Z   60m
Thu 2026-01-01T01:15:00Z   2026-01-01T01:15:00Z   75m
`,
  );
});

test('in a zone, from a time, so many', async () => {
  const line = ['cron', 'next', '30 2 * * *', '--tz', 'America/New_York', '--from=2026-10-31T12:00:00Z', '-n', '1'];
  expect(await cluster.ok(line)).toMatch(/^Sun 2026-11-01T02:30:00-05:00 +2026-11-01T07:30:00Z +19h$/m);
  expect(await cluster.ok(['cron', 'next', 'TZ=Asia/Tokyo @daily', '-n1'])).toMatch(
    /^Fri 2026-01-02T00:00:00\+09:00 +2026-01-01T15:00:00Z +15h$/m,
  );
});

test.each([
  [['* * * *'], 'invalid schedule "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
  [['0 0 31 2 *'], 'schedule "0 0 31 2 *" names no time within five years'],
  [['@daily', '--tz=Mars/Olympus'], 'unknown time zone Mars/Olympus'],
  [['TZ=UTC @daily', '--tz=UTC'], 'cannot use both --tz and TZ or CRON_TZ in schedule'],
  [['@daily', '-n', '0'], '--count must be from 1 to 10000'],
  [['@daily', '--from=now'], '--from must be a time as 2026-01-01T00:00:00Z, got "now"'],
  [[], 'exactly one schedule is required, got 0; a schedule with blanks needs quotes'],
  [['*', '*', '*', '*', '*'], 'exactly one schedule is required, got 5; a schedule with blanks needs quotes'],
])('%j is refused', async (args, complaint) => {
  expect(await cluster.run(['cron', 'next', ...args])).toEqual({ out: '', err: `error: ${complaint}\n`, code: 1 });
});
