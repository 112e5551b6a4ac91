/** CronJobs, as a user sees them: when they make jobs, when they don't, and what they keep. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { loadControllers } from '../../../src/sim/controllers';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { type ClusterUnderTest, clusterWith, core, make } from '../cluster-under-test';

const JOBS = { group: 'batch', version: 'v1', resource: 'jobs' };
const CRON_JOBS = { group: 'batch', version: 'v1', resource: 'cronjobs' };

const manifest = (spec: string, command = 'sleep 10') => `
apiVersion: batch/v1
kind: CronJob
metadata: {name: beat}
spec:
  ${spec.includes('schedule:') ? '' : 'schedule: "*/5 * * * *"'}
  ${spec.trim().replaceAll('\n', '\n  ')}
  jobTemplate:
    metadata: {labels: {made: by-beat}, annotations: {note: kept}}
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, "${command}"]}]}
`;

async function withCronJob(spec: string, command?: string): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('cronjob.yaml', manifest(spec, command));
  await cluster.ok('apply -f cronjob.yaml');
  return cluster;
}

const statusOf = async (cluster: TestCluster) => (await cluster.client.get(CRON_JOBS, 'default', 'beat'))['status'];
const jobsOf = async (cluster: TestCluster): Promise<KubeObject[]> =>
  (await cluster.client.list(JOBS, 'default')).items;
const created = async (cluster: TestCluster) =>
  (await jobsOf(cluster)).map(({ metadata }) => metadata.creationTimestamp?.slice(11, 16)).sort();
async function events(cluster: TestCluster): Promise<string[]> {
  const { items } = await cluster.client.list(core('events'), 'default');
  return items
    .filter((event) => event['involvedObject'].kind === 'CronJob')
    .map((event) => `${event['reason']}: ${event['message']}${event['count'] > 1 ? ` (${event['count']})` : ''}`);
}
const patch = (cluster: TestCluster, spec: object) =>
  cluster.ok(['patch', 'cronjob', 'beat', '-p', JSON.stringify({ spec })]);

test('makes a job at each time, named by the minute, and tells what becomes of it', async () => {
  const cluster = await withCronJob('timeZone: Asia/Kolkata');
  await cluster.ok('tick 5m');
  await cluster.ok('tick 1s');
  const [job] = await jobsOf(cluster);
  expect(job?.metadata).toMatchObject({
    name: 'beat-29453765',
    creationTimestamp: '2026-01-01T00:05:00Z',
    annotations: {
      note: 'kept',
      'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T05:35:00+05:30',
    },
    labels: { made: 'by-beat' },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'beat', controller: true }],
  });
  expect(await statusOf(cluster)).toEqual({
    active: [
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        name: 'beat-29453765',
        namespace: 'default',
        resourceVersion: expect.any(String),
        uid: job?.metadata.uid,
      },
    ],
    lastScheduleTime: '2026-01-01T00:05:00Z',
  });
  expect(await cluster.ok('get cronjobs --no-headers')).toMatch(
    /^beat +\*\/5 \* \* \* \* +Asia\/Kolkata +False +1 +1s +5m1s\n$/,
  );
  expect(await cluster.ok('describe cronjob beat')).toMatch(/^Active Jobs: +beat-29453765$/m);
  await cluster.ok('tick 1m');
  const { active, lastSuccessfulTime } = await statusOf(cluster);
  expect([active, lastSuccessfulTime]).toEqual([undefined, (await jobsOf(cluster))[0]?.['status'].completionTime]);
  expect(await events(cluster)).toEqual([
    'SuccessfulCreate: Created job beat-29453765',
    'SawCompletedJob: Saw completed job: beat-29453765, condition: Complete',
  ]);
});

test('between two times nothing happens, and a cluster comes to rest', async () => {
  const cluster = await withCronJob('schedule: "@daily"');
  expect(await cluster.ok('tick --settle')).toMatch(/nothing happened/);
  expect(await cluster.ok('tick 23h59m')).toMatch(/23h59m0s passed in 1 step, nothing happened/);
  expect(await cluster.ok('tick 2m')).toMatch(/cronjob-controller +create +job\/beat-29455200/);
});

describe('concurrencyPolicy', () => {
  test('Allow: several at a time', async () => {
    const cluster = await withCronJob('', 'sleep 660');
    await cluster.ok('tick 15m');
    await cluster.ok('tick 10s');
    expect((await statusOf(cluster)).active).toHaveLength(3);
  });

  test('Forbid: not while one runs; the time that was missed is made up for when it has ended', async () => {
    const cluster = await withCronJob('concurrencyPolicy: Forbid', 'sleep 390');
    await cluster.ok('tick 10m');
    await cluster.ok('tick 10s');
    expect(await created(cluster)).toEqual(['00:05']);
    expect(await events(cluster)).toContain(
      'JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid',
    );
    await cluster.ok('tick 2m');
    expect(await created(cluster)).toEqual(['00:05', '00:11']);
    expect((await statusOf(cluster)).lastScheduleTime).toBe('2026-01-01T00:10:00Z');
  });

  test('Replace: the one that runs makes room', async () => {
    const cluster = await withCronJob('concurrencyPolicy: Replace', 'sleep 390');
    await cluster.ok('tick 10m');
    await cluster.ok('tick 40s');
    expect(await created(cluster)).toEqual(['00:10']);
    expect(await events(cluster)).toEqual([
      'SuccessfulCreate: Created job beat-29453765',
      'SuccessfulDelete: Deleted job beat-29453765',
      'SuccessfulCreate: Created job beat-29453770',
    ]);
  });
});

describe('suspend', () => {
  test('what was missed is made up for once, where it may start that late', async () => {
    const cluster = await withCronJob('suspend: true');
    await cluster.ok('tick 22m');
    expect(await jobsOf(cluster)).toEqual([]);
    await patch(cluster, { suspend: false });
    await cluster.ok('tick 10s');
    expect((await jobsOf(cluster)).map(({ metadata }) => metadata.name)).toEqual(['beat-29453780']);
  });

  test('what is too late by startingDeadlineSeconds is told, and left', async () => {
    const cluster = await withCronJob('suspend: true\nstartingDeadlineSeconds: 60');
    await cluster.ok('tick 22m');
    await patch(cluster, { suspend: false });
    await cluster.ok('tick 10s');
    await cluster.ok('tick 10s');
    expect(await jobsOf(cluster)).toEqual([]);
    expect(await events(cluster)).toEqual([]);
    await cluster.ok('tick 4m');
    expect(await created(cluster)).toEqual(['00:25']);
  });
});

test('a new schedule begins with its next time', async () => {
  const cluster = await withCronJob('schedule: "@hourly"');
  await cluster.ok('tick 92m');
  await patch(cluster, { schedule: '*/5 * * * *' });
  await cluster.ok('tick 10s');
  await cluster.ok('tick 2m');
  expect(await created(cluster)).toEqual(['01:00']);
  await cluster.ok('tick 2m');
  expect(await created(cluster)).toEqual(['01:00', '01:35']);
});

test('more than a hundred missed times are told, and the last one is made up for', async () => {
  const cluster = await withCronJob('schedule: "* * * * *"\nsuspend: true');
  await cluster.ok('tick 101m');
  await patch(cluster, { suspend: false });
  await cluster.ok('tick 20s');
  expect(await created(cluster)).toEqual(['01:41']);
  expect(await events(cluster)).toEqual([
    'TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    'SuccessfulCreate: Created job beat-29453861',
    'SawCompletedJob: Saw completed job: beat-29453861, condition: Complete',
  ]);
});

test('an impossible schedule is told of, once', async () => {
  const cluster = await withCronJob('schedule: "0 0 31 2 *"');
  for (let i = 0; i < 3; i++) await cluster.ok('tick 1h');
  await cluster.ok('tick 20m');
  expect(await jobsOf(cluster)).toEqual([]);
  await patch(cluster, { schedule: '0 0 30 2 *' });
  await cluster.ok('tick 10s');
  expect(await events(cluster)).toEqual([
    'InvalidSchedule: invalid schedule: 0 0 30 2 * : time difference between two schedules is less than 1 second',
  ]);
});

describe('the history', () => {
  test.each([
    ['successfulJobsHistoryLimit: 2', 'true', ['00:15', '00:20']],
    ['failedJobsHistoryLimit: 0', 'exit 1', []],
    ['successfulJobsHistoryLimit: 0', 'true', []],
    ['', 'true', ['00:10', '00:15', '00:20']],
    ['', 'exit 1', ['00:20']],
  ])('%s of %s', async (spec, command, kept) => {
    const cluster = await memoryCluster({ nodes: 2 });
    const text = manifest(spec, command).replace(
      '    spec:\n      template',
      '    spec:\n      backoffLimit: 0\n      template',
    );
    cluster.write('cronjob.yaml', text);
    await cluster.ok('apply -f cronjob.yaml');
    await cluster.ok('tick 21m');
    expect(await created(cluster)).toEqual(kept);
    expect((await cluster.client.list(core('pods'), 'default')).items).toHaveLength(kept.length);
  });
});

test("a job made by hand is the cron job's own, and unexpected", async () => {
  const cluster = await withCronJob('schedule: "@daily"');
  await cluster.ok('create job now --from=cronjob/beat');
  await cluster.ok('tick 1m');
  const { lastSuccessfulTime, lastScheduleTime } = await statusOf(cluster);
  expect(lastSuccessfulTime).toMatch(/^2026-01-01T00:00:1/);
  expect(lastScheduleTime).toBeUndefined();
  expect((await events(cluster))[0]).toMatch(
    /^UnexpectedJob: Saw a job that the controller did not create or forgot: now/,
  );
});

test('a job that goes missing is struck off', async () => {
  const cluster = await withCronJob('', 'sleep 1000');
  await cluster.ok('tick 5m');
  await cluster.ok('tick 5s');
  await cluster.ok('delete job beat-29453765');
  await cluster.ok('tick 5s');
  expect((await statusOf(cluster)).active).toBeUndefined();
  expect(await events(cluster)).toContain('MissingJob: Active job went missing: beat-29453765');
});

test('summer time: an hour that is skipped has no job, one that comes twice has two', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'cronjob.yaml',
    manifest('timeZone: Europe/Berlin\nschedule: "30 2 * * *"\nsuccessfulJobsHistoryLimit: 9'),
  );
  const scheduled = async () =>
    (await jobsOf(cluster))
      .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'])
      .sort();
  // 27 March 2026, 23:00 UTC
  await cluster.ok(`tick ${24 * 85 + 23}h`);
  await cluster.ok('apply -f cronjob.yaml');
  await cluster.ok('tick 74h');
  expect(await scheduled()).toEqual([
    '2026-03-28T02:30:00+01:00',
    '2026-03-30T02:30:00+02:00',
    '2026-03-31T02:30:00+02:00',
  ]);
  await patch(cluster, { suspend: true });
  await cluster.ok(`tick ${24 * 207}h`);
  await cluster.ok('delete jobs --all');
  await patch(cluster, { suspend: false, startingDeadlineSeconds: 60 });
  await cluster.ok('tick 48h');
  expect((await scheduled()).filter((time) => time?.startsWith('2026-10-25'))).toEqual([
    '2026-10-25T02:30:00+01:00',
    '2026-10-25T02:30:00+02:00',
  ]);
});

test('jobs and cron jobs go on in a new process as in one that stays', async () => {
  const played = async (restart: boolean) => {
    const controllers = await loadControllers();
    let cluster: ClusterUnderTest = await clusterWith(controllers);
    await make(cluster.client, core('nodes'), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
    const container = (command: string) => ({ name: 'c', image: 'busybox', command: ['sh', '-c', command] });
    const template = (command: string) => ({ spec: { restartPolicy: 'Never', containers: [container(command)] } });
    await make(cluster.client, CRON_JOBS, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'beat', namespace: 'default' },
      spec: {
        schedule: '* * * * *',
        concurrencyPolicy: 'Forbid',
        jobTemplate: { spec: { template: template('sleep 70') } },
      },
    });
    await make(cluster.client, JOBS, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'fails', namespace: 'default' },
      spec: { backoffLimit: 3, template: template('exit 1') },
    });
    for (let i = 0; i < 40; i++) {
      if (restart) cluster = await cluster.restart();
      await cluster.tick({ advance: 5000 });
    }
    const { items: jobs } = await cluster.client.list(JOBS, 'default');
    const { items: said } = await cluster.client.list(core('events'), 'default');
    const { status } = await cluster.client.get(CRON_JOBS, 'default', 'beat');
    const withoutChance = ({ active, ...others }: KubeObject['status']) => ({ ...others, active: active?.length });
    return {
      jobs: jobs.map((job) => [job.metadata.name, job['status']]),
      cronJob: withoutChance(status),
      events: said
        .filter((event) => event['involvedObject'].kind.endsWith('Job'))
        .map((event) => [event['reason'], event['count'], event['lastTimestamp']])
        .sort(),
    };
  };
  expect(await played(true)).toEqual(await played(false));
});
