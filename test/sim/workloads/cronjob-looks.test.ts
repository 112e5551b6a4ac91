/** One look at a CronJob after another's: what it starts, and when it looks again (upstream's tables, cronjob_controllerv2_test.go and utils_test.go). */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { apiError } from '../../../src/apimachinery/status';
import type { Context } from '../../../src/sim/controller';
import type { CronJob } from '../../../src/sim/controllers/cronjob/cron-job';
import {
  ImpossibleSchedule,
  scheduleOf,
  startsUntil,
  untilNextStart,
} from '../../../src/sim/controllers/cronjob/schedule';
import { CronJobSync } from '../../../src/sim/controllers/cronjob/sync';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TEN = Date.parse('2016-05-19T10:00:00Z');
const time = (after: number) => new Date(TEN + after).toISOString().replace('.000Z', 'Z');

interface Given {
  spec?: Partial<CronJob['spec']>;
  /** All after ten o'clock. */
  made?: number;
  last?: number;
  now: number;
  job?: 'done' | 'active' | 'forgotten' | 'missing';
  jobOf?: number;
  /** What creation is answered with. */
  reason?: string;
}

interface Seen {
  created: string[];
  deleted: string[];
  events: string[];
  status?: CronJob['status'];
  again?: number;
  error?: unknown;
}

function cronJob({ spec, made = -MINUTE, last }: Omit<Given, 'now'>): CronJob {
  const template = { metadata: { labels: { a: 'b' }, annotations: { x: 'y' } }, spec: {} };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'beat', namespace: 'cats', uid: '1a2b3c', creationTimestamp: time(made) },
    spec: { schedule: '0 * * * ?', concurrencyPolicy: 'Allow', jobTemplate: template, ...spec },
    status: last === undefined ? {} : { lastScheduleTime: time(last) },
  } as unknown as CronJob;
}

async function look(given: Given): Promise<Seen> {
  const ran = given.job !== undefined;
  const beat = cronJob({
    ...given,
    ...(ran ? { made: given.made ?? -61 * MINUTE, last: given.last ?? -59 * MINUTE } : {}),
  });
  const jobOf = given.jobOf ?? -59 * MINUTE;
  const name = `beat-${Math.floor((TEN + jobOf) / MINUTE)}`;
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'beat', uid: '1a2b3c', controller: true };
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'cats', uid: '1234', ownerReferences: [owner] },
    status:
      given.job === 'done'
        ? { completionTime: time(jobOf + 10 * SECOND), conditions: [{ type: 'Complete', status: 'True' }] }
        : {},
  };
  if (given.job === 'active' || given.job === 'missing')
    beat.status.active = [
      { apiVersion: 'batch/v1', kind: 'Job', name, namespace: 'cats', uid: '1234', resourceVersion: '1' },
    ];
  const seen: Seen = { created: [], deleted: [], events: [] };
  const context = {
    clock: { now: () => TEN + given.now },
    events: { event: (_about: unknown, type: string, reason: string) => seen.events.push(`${type} ${reason}`) },
    cache: { index: () => [] },
    client: {
      async create(_path: unknown, _namespace: string, object: KubeObject) {
        if (given.reason) throw apiError(409, given.reason, 'it can not be');
        seen.created.push(object.metadata.name ?? '');
        return { ...object, metadata: { ...object.metadata, uid: 'new', namespace: 'cats' } };
      },
      get: async () => job,
      async delete(_path: unknown, _namespace: string, deleted: string) {
        seen.deleted.push(deleted);
      },
      async updateStatus(_path: unknown, object: KubeObject) {
        seen.status = object['status'];
        return object;
      },
    },
  } as unknown as Context;
  try {
    const result = await new CronJobSync(beat, ran && given.job !== 'missing' ? [job] : [], context).run();
    if (result?.requeueAfter !== undefined) seen.again = result.requeueAfter;
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

const POLICIES = ['Allow', 'Forbid', 'Replace'] as const;
const policy = (concurrencyPolicy: string, more: object = {}) =>
  ({ concurrencyPolicy, ...more }) as Given['spec'] & object;
const EVERY = { schedule: '@every 1h' };
const LONG = 1_000_000;
const MEDIUM = 7200;
const SHORT = 10;
const AFTER = MINUTE;
const WEEK = 7 * DAY;
const TO_NEXT = 59 * MINUTE;

interface Then {
  created?: number;
  deleted?: number;
  active?: number;
  warnings?: string[];
  again?: number;
  fails?: boolean;
}
type Row = [what: string, given: Given, then: Then];

const rows: Row[] = [
  ...POLICIES.flatMap((one): Row[] => [
    [
      `never ran, no schedule, ${one}`,
      { spec: policy(one, { schedule: 'obvious error' }), now: -MINUTE },
      { warnings: ['UnparseableSchedule'] },
    ],
    [`never ran, not time, ${one}`, { spec: policy(one), now: -MINUTE }, { again: MINUTE }],
    [`never ran, is time, ${one}`, { spec: policy(one), now: AFTER }, { created: 1, active: 1, again: TO_NEXT }],
    [`ran, not time, ${one}`, { spec: policy(one), job: 'done', now: -MINUTE }, { again: MINUTE }],
    [`ran, is time, ${one}`, { spec: policy(one), job: 'done', now: AFTER }, { created: 1, active: 1, again: TO_NEXT }],
    [`active, not time, ${one}`, { spec: policy(one), job: 'active', now: -MINUTE }, { active: 1, again: MINUTE }],
    ...[LONG, undefined].map(
      (deadline): Row => [
        `ran, long overdue, ${one}, deadline ${deadline}`,
        { spec: policy(one, deadline ? { startingDeadlineSeconds: deadline } : {}), job: 'done', now: WEEK },
        { created: 1, active: 1, warnings: ['TooManyMissedTimes'], again: HOUR },
      ],
    ),
    ...[MEDIUM, SHORT].map(
      (startingDeadlineSeconds): Row => [
        `ran, long overdue, ${one}, deadline ${startingDeadlineSeconds}`,
        { spec: policy(one, { startingDeadlineSeconds }), job: 'done', now: WEEK },
        { created: 1, active: 1, again: HOUR },
      ],
    ),
    [
      `not in the list of those that run, ${one}`,
      { spec: policy(one, { startingDeadlineSeconds: LONG }), job: 'forgotten', jobOf: 100, last: 0, now: AFTER + 100 },
      { warnings: ['UnexpectedJob'], again: TO_NEXT - 100 },
    ],
  ]),
  ['no such zone', { spec: { timeZone: 'bad timezone' }, now: -MINUTE }, { warnings: ['UnknownTimeZone'] }],
  ['not time, in a zone', { spec: { timeZone: 'America/New_York' }, now: -MINUTE }, { again: MINUTE }],
  [
    'is time, in a zone',
    { spec: { timeZone: 'America/New_York' }, now: AFTER },
    { created: 1, active: 1, again: TO_NEXT },
  ],
  [
    'is time, in a zone and another in the schedule',
    { spec: { timeZone: 'America/New_York', schedule: 'TZ=UTC 0 * * * ?' }, now: AFTER },
    { created: 1, active: 1, warnings: ['UnsupportedSchedule'], again: TO_NEXT },
  ],
  ['never ran, suspended', { spec: { suspend: true }, now: AFTER }, {}],
  [
    'never ran, too late',
    { spec: { startingDeadlineSeconds: SHORT }, now: AFTER + 11 * MINUTE },
    { again: 48 * MINUTE },
  ],
  [
    'never ran, not too late',
    { spec: { startingDeadlineSeconds: LONG }, now: AFTER },
    { created: 1, active: 1, again: TO_NEXT },
  ],
  ['ran, suspended', { spec: { suspend: true }, job: 'done', now: AFTER }, {}],
  ['ran, too late', { spec: { startingDeadlineSeconds: SHORT }, job: 'done', now: AFTER }, { again: TO_NEXT }],
  [
    'ran, not too late',
    { spec: { startingDeadlineSeconds: LONG }, job: 'done', now: AFTER },
    { created: 1, active: 1, again: TO_NEXT },
  ],
  [
    'ran, there is one of the name that is its own',
    { job: 'done', now: AFTER, reason: 'AlreadyExists' },
    { active: 1, again: TO_NEXT },
  ],
  ['active, is time, Allow', { job: 'active', now: AFTER }, { created: 1, active: 2, again: TO_NEXT }],
  ['active, is time, Forbid', { spec: policy('Forbid'), job: 'active', now: AFTER }, { active: 1, again: TO_NEXT }],
  [
    'active, is time, Replace',
    { spec: policy('Replace'), job: 'active', now: AFTER },
    { created: 1, deleted: 1, active: 1, again: TO_NEXT },
  ],
  ['active, suspended', { spec: { suspend: true }, job: 'active', now: AFTER }, { active: 1 }],
  [
    'active, too late',
    { spec: { startingDeadlineSeconds: SHORT }, job: 'active', now: AFTER },
    { active: 1, again: TO_NEXT },
  ],
  [
    'active, not too late',
    { spec: { startingDeadlineSeconds: LONG }, job: 'active', now: AFTER },
    { created: 1, active: 2, again: TO_NEXT },
  ],
  ['every hour, never ran, not time', { spec: EVERY, made: -MINUTE, now: 0 }, { again: TO_NEXT }],
  [
    'every hour, never ran, is time',
    { spec: EVERY, made: -61 * MINUTE, now: -MINUTE },
    { created: 1, active: 1, again: HOUR },
  ],
  [
    'every hour, never ran, too late',
    { spec: { ...EVERY, startingDeadlineSeconds: SHORT }, made: -61 * MINUTE, now: -MINUTE + 11 * SECOND },
    { again: HOUR - 11 * SECOND },
  ],
  [
    'every hour, never ran, not too late',
    { spec: { ...EVERY, startingDeadlineSeconds: LONG }, made: -61 * MINUTE, now: -MINUTE + 9 * SECOND },
    { created: 1, active: 1, again: HOUR - 9 * SECOND },
  ],
  ['every hour, ran, not time', { spec: EVERY, job: 'done', last: -MINUTE, now: 0 }, { again: TO_NEXT }],
  [
    'every hour, ran, is time',
    { spec: EVERY, job: 'done', last: -MINUTE, now: HOUR },
    { created: 1, active: 1, again: TO_NEXT },
  ],
  [
    'every hour, ran, too late',
    { spec: { ...EVERY, startingDeadlineSeconds: SHORT }, job: 'done', last: -MINUTE, now: 59 * MINUTE + 11 * SECOND },
    { again: HOUR - 11 * SECOND },
  ],
  [
    'every hour, active, not time',
    { spec: EVERY, job: 'active', jobOf: -MINUTE, last: -MINUTE, now: 0 },
    { active: 1, again: TO_NEXT },
  ],
  [
    'every hour, active, is time',
    { spec: EVERY, job: 'active', jobOf: -61 * MINUTE, last: -61 * MINUTE, now: AFTER },
    { created: 1, active: 2, again: 58 * MINUTE },
  ],
  [
    'every hour, active, too late',
    {
      spec: { ...EVERY, startingDeadlineSeconds: SHORT },
      job: 'active',
      jobOf: -MINUTE,
      last: -MINUTE,
      now: 59 * MINUTE + 11 * SECOND,
    },
    { active: 1, again: HOUR - 11 * SECOND },
  ],
  [
    'every hour, active, not too late',
    {
      spec: { ...EVERY, startingDeadlineSeconds: LONG },
      job: 'active',
      jobOf: -MINUTE,
      last: -MINUTE,
      now: 59 * MINUTE + 9 * SECOND,
    },
    { created: 1, active: 2, again: HOUR - 9 * SECOND },
  ],
  [
    'every hour, ran, long overdue',
    { spec: EVERY, job: 'done', made: -59 * MINUTE, last: MINUTE, now: WEEK },
    { created: 1, active: 1, warnings: ['TooManyMissedTimes'], again: MINUTE },
  ],
  [
    'every hour, ran, long overdue and too late',
    {
      spec: { ...EVERY, startingDeadlineSeconds: SHORT },
      job: 'done',
      made: -59 * MINUTE,
      last: MINUTE,
      now: WEEK + MINUTE + 11 * SECOND,
    },
    { again: HOUR - 11 * SECOND },
  ],
  ['its job went missing', { job: 'missing', now: -MINUTE }, { again: MINUTE }],
  ['it can not be made', { job: 'done', now: AFTER, reason: 'Forbidden' }, { warnings: ['FailedCreate'], fails: true }],
];

test.each(rows)('%s', async (_, given, { created = 0, deleted = 0, active, warnings = [], again, fails = false }) => {
  const seen = await look(given);
  const status = seen.status ?? (given.job === 'active' ? { active: [1] } : {});
  expect({
    created: seen.created.length,
    deleted: seen.deleted.length,
    active: status.active?.length,
    warnings: seen.events
      .filter((event) => event.startsWith('Warning '))
      .map((event) => event.slice('Warning '.length)),
    again: seen.again,
    fails: seen.error !== undefined,
  }).toEqual({ created, deleted, active, warnings, again, fails });
  if (given.job === 'done')
    expect(seen.status?.lastSuccessfulTime).toBe(time((given.jobOf ?? -59 * MINUTE) + 10 * SECOND));
});

const WEEKDAYS = '30 6-16/4 * * 1-5';
const LATE_MORNINGS = '30 10,11,12 * * 1-5';
const NEVER = '59 23 31 2 *';
const HALF = 30 * MINUTE;

test.each([
  ['before the next', { schedule: '0 * * * *' }, 0, undefined, 30 * SECOND, false, 0, undefined, 'none'],
  ['after the next', { schedule: '0 * * * *' }, 0, undefined, 61 * MINUTE, false, 0, HOUR, 'none'],
  ['five missed', { schedule: '0 * * * *' }, 10 * SECOND, undefined, 301 * MINUTE, false, 10 * SECOND, 5 * HOUR, 'few'],
  ['weekdays', { schedule: WEEKDAYS }, 0, HALF, DAY + 31 * MINUTE, false, HALF, DAY + HALF, 'few'],
  ['in a gap', { schedule: LATE_MORNINGS }, 0, HALF, 30 * HOUR + HALF, false, HALF, undefined, 'few'],
  ['over a weekend', { schedule: WEEKDAYS }, 0, HALF, 4 * DAY + 31 * MINUTE, false, HALF, 4 * DAY + HALF, 'few'],
  ['never run', { schedule: WEEKDAYS }, 0, undefined, DAY + 31 * MINUTE, false, 0, DAY + HALF, 'few'],
  [
    'every',
    { ...EVERY, startingDeadlineSeconds: 10 },
    -59 * MINUTE,
    MINUTE,
    WEEK,
    false,
    MINUTE,
    6 * DAY + 23 * HOUR + MINUTE,
    'many',
  ],
  ['made as it ran', { schedule: '0 * * * *' }, 0, 0, 30 * SECOND, false, 0, undefined, 'none'],
  ['since it ran', { schedule: '*/5 * * * *' }, 0, HALF, 31 * MINUTE, false, HALF, undefined, 'none'],
  [
    'deadline',
    { schedule: '*/5 * * * *', startingDeadlineSeconds: 60 },
    0,
    HALF,
    31 * MINUTE,
    false,
    HALF,
    undefined,
    'none',
  ],
  [
    'since the deadline',
    { schedule: '*/5 * * * *', startingDeadlineSeconds: 60 },
    0,
    HALF,
    32 * MINUTE,
    true,
    31 * MINUTE,
    undefined,
    'none',
  ],
])('the latest start: %s', (_, spec, made, last, now, withDeadline, since, latest, missed) => {
  const beat = cronJob({ spec, made, ...(last === undefined ? {} : { last }) });
  expect(startsUntil(beat, scheduleOf(beat), TEN + now, withDeadline)).toEqual({
    since: TEN + since,
    ...(latest === undefined ? {} : { latest: TEN + latest }),
    missed,
  });
});

test('the latest start of a schedule without one', () => {
  const beat = cronJob({ spec: { schedule: NEVER }, made: 10 * SECOND });
  expect(() => startsUntil(beat, scheduleOf(beat), TEN + HOUR, false)).toThrow(ImpossibleSchedule);
});

test.each([
  ['over a weekend', WEEKDAYS, HALF, DAY + 31 * MINUTE, 3 * HOUR + 59 * MINUTE],
  ['over a weekend, in a gap', LATE_MORNINGS, HALF, 30 * HOUR + HALF, 66 * HOUR],
  ['once a week, two missed', '0 12 * * 4', 2 * HOUR, 19 * DAY + 90 * MINUTE, 48 * HOUR + HALF],
  ['never run', '0 12 * * 5', undefined, 6 * HOUR, 20 * HOUR],
])('until the next start: %s', (_, schedule, last, now, wait) => {
  const beat = cronJob({ spec: { schedule }, made: 0, ...(last === undefined ? {} : { last }) });
  expect(untilNextStart(beat, scheduleOf(beat), TEN + now)).toBe(wait);
});
