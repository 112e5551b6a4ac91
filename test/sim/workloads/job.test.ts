/** Jobs, as a user sees them: what becomes of them under each of their policies. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import jobControllers from '../../../src/sim/controllers/job/controller';
import type { JobStatus } from '../../../src/sim/controllers/job/job';
import { memoryCluster, type TestCluster } from '../../commands/harness';
import { clusterWith, core, make } from '../cluster-under-test';

const JOBS = { group: 'batch', version: 'v1', resource: 'jobs' };
const INDEX = 'batch.kubernetes.io/job-completion-index';

const manifest = (spec: string, command: string, podSpec = 'restartPolicy: Never') => `
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  ${spec.trim().replaceAll('\n', '\n  ')}
  template:
    spec:
      ${podSpec}
      containers: [{name: c, image: busybox, command: [sh, -c, '${command}']}]
`;

async function withJob(spec: string, command: string, podSpec?: string): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 2 });
  cluster.write('job.yaml', manifest(spec, command, podSpec));
  await cluster.ok('create -f job.yaml');
  return cluster;
}

const jobOf = (cluster: TestCluster) => cluster.client.get(JOBS, 'default', 'work');
const statusOf = async (cluster: TestCluster): Promise<JobStatus> => (await jobOf(cluster))['status'];
const podsOf = async (cluster: TestCluster): Promise<KubeObject[]> =>
  (await cluster.client.list(core('pods'), 'default')).items;
const phases = async (cluster: TestCluster) => (await podsOf(cluster)).map((pod) => pod['status'].phase).sort();
const indexes = (pods: KubeObject[]) => pods.map((pod) => pod.metadata.annotations?.[INDEX]).sort();
async function events(cluster: TestCluster): Promise<string[]> {
  const { items } = await cluster.client.list(core('events'), 'default');
  return items
    .filter((event) => event['involvedObject'].kind === 'Job')
    .map((event) => `${event['type']} ${event['reason']} ${event['message'].replace(/work-[-\w]+$/, 'POD')}`);
}

const summary = ({ conditions = [], succeeded = 0, failed = 0, completedIndexes, failedIndexes }: JobStatus) => ({
  conditions: conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`),
  succeeded,
  failed,
  ...(completedIndexes === undefined ? {} : { completedIndexes }),
  ...(failedIndexes === undefined ? {} : { failedIndexes }),
});

const COMPLETE = ['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached'];
const failedBy = (reason: string) => [`FailureTarget=True ${reason}`, `Failed=True ${reason}`];
const rules = (...list: string[]) => `podFailurePolicy:\n  rules:\n${list.map((rule) => `  - ${rule}`).join('\n')}`;
const BY_INDEX = 'completionMode: Indexed\ncompletions: 4\nparallelism: 4';
const ODD_FAIL = 'if [ $((JOB_COMPLETION_INDEX % 2)) = 1 ]; then exit 1; fi';

const ends: [what: string, spec: string, command: string, end: Partial<ReturnType<typeof summary>>][] = [
  ['one pod', '', 'true', { conditions: COMPLETE, succeeded: 1 }],
  ['several, some at a time', 'completions: 5\nparallelism: 2', 'sleep 2', { conditions: COMPLETE, succeeded: 5 }],
  ['no completions asked for', 'completions: 0', 'true', { conditions: COMPLETE, succeeded: 0 }],
  ['a work queue: all have to end', 'parallelism: 3', 'sleep 2', { conditions: COMPLETE, succeeded: 3 }],
  ['backoffLimit 0', 'backoffLimit: 0', 'exit 1', { conditions: failedBy('BackoffLimitExceeded'), failed: 1 }],
  ['backoffLimit 2', 'backoffLimit: 2', 'exit 1', { conditions: failedBy('BackoffLimitExceeded'), failed: 3 }],
  [
    'activeDeadlineSeconds: what runs then has failed',
    'activeDeadlineSeconds: 20\nparallelism: 2\ncompletions: 2',
    'sleep 1000',
    { conditions: failedBy('DeadlineExceeded'), failed: 2 },
  ],
  [
    'FailJob by exit code',
    rules('{action: FailJob, onExitCodes: {containerName: c, operator: In, values: [3, 42]}}'),
    'exit 42',
    { conditions: failedBy('PodFailurePolicy'), failed: 1 },
  ],
  [
    'the first rule that matches decides',
    `backoffLimit: 1\n${rules(
      '{action: Count, onExitCodes: {operator: In, values: [42]}}',
      '{action: FailJob, onExitCodes: {operator: NotIn, values: [7]}}',
    )}`,
    'exit 42',
    { conditions: failedBy('BackoffLimitExceeded'), failed: 2 },
  ],
  [
    'NotIn',
    rules('{action: FailJob, onExitCodes: {operator: NotIn, values: [42]}}'),
    'exit 41',
    { conditions: failedBy('PodFailurePolicy'), failed: 1 },
  ],
  [
    'Ignore: until its deadline nothing counts',
    `backoffLimit: 0\nactiveDeadlineSeconds: 100\n${rules('{action: Ignore, onExitCodes: {operator: In, values: [42]}}')}`,
    'exit 42',
    { conditions: failedBy('DeadlineExceeded'), failed: 0 },
  ],
  ['Indexed', BY_INDEX, 'true', { conditions: COMPLETE, succeeded: 4, completedIndexes: '0-3' }],
  [
    'backoffLimitPerIndex: the others go on',
    `${BY_INDEX}\nbackoffLimitPerIndex: 1`,
    ODD_FAIL,
    { conditions: failedBy('FailedIndexes'), succeeded: 2, failed: 4, completedIndexes: '0,2', failedIndexes: '1,3' },
  ],
  [
    'maxFailedIndexes',
    `${BY_INDEX}\nbackoffLimitPerIndex: 0\nmaxFailedIndexes: 1`,
    `${ODD_FAIL}; sleep 500`,
    { conditions: failedBy('MaxFailedIndexesExceeded'), failed: 4, failedIndexes: '1,3' },
  ],
  [
    'FailIndex: no second try for this index',
    `${BY_INDEX}\nbackoffLimitPerIndex: 5\n${rules('{action: FailIndex, onExitCodes: {operator: In, values: [1]}}')}`,
    ODD_FAIL,
    { conditions: failedBy('FailedIndexes'), succeeded: 2, failed: 2, failedIndexes: '1,3' },
  ],
  [
    'successPolicy by indexes',
    `${BY_INDEX}\nsuccessPolicy: {rules: [{succeededIndexes: "0,2"}]}`,
    'if [ "$JOB_COMPLETION_INDEX" = 3 ]; then sleep 1000; fi; if [ "$JOB_COMPLETION_INDEX" = 1 ]; then sleep 1000; fi',
    { conditions: ['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy'], completedIndexes: '0,2' },
  ],
  [
    'successPolicy by count',
    `${BY_INDEX}\nsuccessPolicy: {rules: [{succeededIndexes: "0", succeededCount: 1}, {succeededCount: 2}]}`,
    'sleep $((1000 - 499 * (JOB_COMPLETION_INDEX - 1)))',
    { conditions: ['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy'], completedIndexes: '2,3' },
  ],
];

describe('a job comes to its end', () => {
  test.each(ends)('%s', async (_what, spec, command, end) => {
    const cluster = await withJob(spec, command);
    await cluster.ok('tick 20m');
    const status = await statusOf(cluster);
    expect(summary(status)).toMatchObject(end);
    expect(status).toMatchObject({ ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(status.active).toBeUndefined();
    expect((await podsOf(cluster)).flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
  });
});

test('each pod is tracked until it is counted, and named after its job', async () => {
  const cluster = await withJob('completions: 2\nparallelism: 2', 'sleep 3');
  await cluster.ok('tick 1s');
  const job = await jobOf(cluster);
  expect(job['status']).toEqual({
    active: 2,
    ready: 0,
    terminating: 0,
    startTime: '2026-01-01T00:00:00Z',
    uncountedTerminatedPods: {},
  });
  const [pod] = await podsOf(cluster);
  expect(pod?.metadata).toMatchObject({
    generateName: 'work-',
    finalizers: ['batch.kubernetes.io/job-tracking'],
    labels: {
      'batch.kubernetes.io/job-name': 'work',
      'job-name': 'work',
      'batch.kubernetes.io/controller-uid': job.metadata.uid,
      'controller-uid': job.metadata.uid,
    },
    ownerReferences: [{ kind: 'Job', name: 'work', controller: true, blockOwnerDeletion: true }],
  });
  await cluster.ok('wait --for=condition=complete job/work');
  const { status } = await jobOf(cluster);
  expect(status.completionTime).toBe(status.conditions[1].lastTransitionTime);
  expect(status.conditions[1]).toMatchObject({ message: 'Reached expected number of succeeded pods' });
  expect(await events(cluster)).toEqual([
    'Normal SuccessfulCreate Created pod: POD',
    'Normal SuccessfulCreate Created pod: POD',
    'Normal Completed Job completed',
  ]);
});

test('pods of an indexed job know their index by annotation, label, host name and environment', async () => {
  const cluster = await withJob('completionMode: Indexed\ncompletions: 2\nparallelism: 1', 'sleep 5');
  await cluster.ok('tick 1s');
  const [pod] = await podsOf(cluster);
  expect(pod?.metadata.generateName).toBe('work-0-');
  expect(pod?.metadata.labels?.[INDEX]).toBe('0');
  expect(pod?.['spec'].hostname).toBe('work-0');
  expect(pod?.['spec'].containers[0].env).toEqual([
    {
      name: 'JOB_COMPLETION_INDEX',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX}']` } },
    },
  ]);
  await cluster.ok('tick 1m');
  expect(indexes(await podsOf(cluster))).toEqual(['0', '1']);
  expect(await cluster.ok('describe job work')).toMatch(/^Completed Indexes: +0,1$/m);
});

test('after failures it waits: 10 s, doubled, at most 10 min', async () => {
  const cluster = await withJob('backoffLimit: 9', 'exit 1');
  await cluster.ok('tick 2h');
  const pods = await podsOf(cluster);
  const times = pods.map((pod) => Date.parse(pod.metadata.creationTimestamp as string) / 1000).sort((a, b) => a - b);
  const ended = pods
    .map((pod) => Date.parse(pod['status'].containerStatuses[0].state.terminated.finishedAt) / 1000)
    .sort((a, b) => a - b);
  const waits = times.slice(1).map((time, i) => time - (ended[i] as number));
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
  expect(summary(await statusOf(cluster)).conditions).toEqual(failedBy('BackoffLimitExceeded'));
});

describe('failures that are ignored', () => {
  const IGNORING = `backoffLimit: 0\n${rules('{action: Ignore, onExitCodes: {operator: In, values: [42]}}')}`;
  const MEMORY = '/kubetick/memory/job-controller/default/work';
  const recall = (cluster: TestCluster) => cluster.client.request({ method: 'GET', path: MEMORY });

  test('are waited for too, though their pods are gone', async () => {
    const cluster = await withJob(IGNORING, 'exit 42');
    const waits: number[] = [];
    let ended: number | undefined;
    for (let second = 0; second < 350; second++) {
      await cluster.ok('tick 1s -q');
      for (const pod of await podsOf(cluster)) {
        const made = Date.parse(pod.metadata.creationTimestamp as string) / 1000;
        if (ended !== undefined && made >= ended) {
          waits.push(made - ended);
          ended = undefined;
        }
        if (pod['status'].phase !== 'Failed') continue;
        ended = Date.parse(pod['status'].containerStatuses[0].state.terminated.finishedAt) / 1000;
        await cluster.ok(`delete pod ${pod.metadata.name} --wait=false`);
      }
    }
    expect(waits).toEqual([10, 20, 40, 80, 160]);
    expect((await statusOf(cluster)).failed).toBeUndefined();
    expect(await recall(cluster)).toMatchObject({ failures: 6 });
    await cluster.ok('delete job work');
    await cluster.ok('tick 1s');
    await expect(recall(cluster)).rejects.toThrow();
  });

  test('are forgotten when the job is over', async () => {
    const cluster = await withJob(
      `backoffLimit: 9\n${rules('{action: Ignore, onExitCodes: {operator: In, values: [42]}}')}`,
      'exit 42',
    );
    await cluster.ok('tick 10s');
    expect(await recall(cluster)).toMatchObject({ failures: 1 });
    await cluster.ok(['patch', 'job', 'work', '-p', '{"spec":{"activeDeadlineSeconds":1}}']);
    await cluster.ok('tick 1m');
    expect(summary(await statusOf(cluster)).conditions).toEqual(failedBy('DeadlineExceeded'));
    await expect(recall(cluster)).rejects.toThrow();
  });
});

test('the failures of an index are counted on its pods', async () => {
  const cluster = await withJob(
    `completionMode: Indexed\ncompletions: 1\nbackoffLimitPerIndex: 2\n${rules(
      '{action: Ignore, onPodConditions: [{type: Odd}]}',
    )}`,
    'exit 1',
  );
  await cluster.ok('tick 5m');
  const counts = (await podsOf(cluster)).map(
    (pod) => pod.metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'],
  );
  expect(counts.sort()).toEqual(['0', '1', '2']);
});

test('onPodConditions: a pod that was disrupted does not count', async () => {
  const cluster = await withJob(
    `backoffLimit: 0\n${rules('{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}')}`,
    'sleep 30',
  );
  await cluster.ok('tick 10s');
  const [pod] = await podsOf(cluster);
  await cluster.client.updateStatus(core('pods'), {
    ...(pod as KubeObject),
    status: {
      ...pod?.['status'],
      phase: 'Failed',
      conditions: [...(pod?.['status'].conditions ?? []), { type: 'DisruptionTarget', status: 'True' }],
    },
  });
  await cluster.ok('tick 2m');
  expect(summary(await statusOf(cluster))).toEqual({ conditions: COMPLETE, succeeded: 1, failed: 0 });
});

test('the message of a FailJob rule tells which container, pod and rule', async () => {
  const cluster = await withJob(rules('{action: FailJob, onExitCodes: {operator: In, values: [5]}}'), 'exit 5');
  await cluster.ok('tick 1m');
  const [pod] = await podsOf(cluster);
  const message = `Container c for pod default/${pod?.metadata.name} failed with exit code 5 matching FailJob rule at index 0`;
  expect((await statusOf(cluster)).conditions?.map((condition) => condition.message)).toEqual([message, message]);
});

describe('a pod that is deleted', () => {
  test('counts as failed at once, and is replaced after a while, where terminating ones are', async () => {
    const cluster = await withJob('', 'sleep 100');
    await cluster.ok('tick 10s');
    const [pod] = await podsOf(cluster);
    await cluster.ok(`delete pod ${pod?.metadata.name} --wait=false`);
    await cluster.ok('tick 1s');
    expect(await statusOf(cluster)).toMatchObject({ failed: 1, terminating: 1 });
    await cluster.ok('tick 5s');
    expect(await podsOf(cluster)).toEqual([]);
    await cluster.ok('tick 10s');
    expect(await podsOf(cluster)).toHaveLength(1);
    expect(await statusOf(cluster)).toMatchObject({ active: 1, failed: 1, terminating: 0 });
  });

  test('is replaced only when it has ended, where only failed ones are', async () => {
    const cluster = await clusterWith(jobControllers);
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } };
    await make(cluster.client, JOBS, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'work', namespace: 'default' },
      spec: { podReplacementPolicy: 'Failed', template },
    });
    const status = async () => (await cluster.client.get(JOBS, 'default', 'work'))['status'];
    const pods = async () => (await cluster.client.list(core('pods'), 'default')).items;
    await cluster.tick({ advance: 1000 });
    const name = (await pods())[0]?.metadata.name as string;
    await cluster.client.delete(core('pods'), 'default', name);
    await cluster.tick({ advance: 60_000 });
    expect(await status()).toMatchObject({ terminating: 1 });
    expect((await status()).failed).toBeUndefined();
    expect(await pods()).toHaveLength(1);
    const pod = (await pods())[0] as KubeObject;
    await cluster.client.updateStatus(core('pods'), { ...pod, status: { ...pod['status'], phase: 'Failed' } });
    await cluster.tick({ advance: 20_000 });
    expect(await status()).toMatchObject({ failed: 1, terminating: 0, active: 1 });
    expect((await pods()).map(({ metadata }) => metadata.name)).not.toContain(name);
  });
});

describe('suspend', () => {
  test('a job that is made suspended has not started', async () => {
    const cluster = await withJob('suspend: true\nactiveDeadlineSeconds: 30', 'sleep 10');
    await cluster.ok('tick 10m');
    expect(await statusOf(cluster)).toEqual({
      conditions: [expect.objectContaining({ type: 'Suspended', status: 'True', reason: 'JobSuspended' })],
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    expect(await cluster.ok('get jobs --no-headers')).toMatch(/^work +Suspended +0\/1 +10m\n$/);
    await cluster.ok(['patch', 'job', 'work', '-p', '{"spec":{"suspend":false}}']);
    await cluster.ok('tick 20s');
    const status = await statusOf(cluster);
    expect(status.startTime).toBe('2026-01-01T00:10:00Z');
    expect(summary(status).conditions).toEqual(['Suspended=False JobResumed', ...COMPLETE]);
    expect(await events(cluster)).toEqual([
      'Normal Suspended Job suspended',
      'Normal SuccessfulCreate Created pod: POD',
      'Normal Resumed Job resumed',
      'Normal Completed Job completed',
    ]);
  });

  test('a job that runs loses its pods, which do not count, and its start time', async () => {
    const cluster = await withJob('completions: 3\nparallelism: 3', 'sleep 60');
    await cluster.ok('tick 10s');
    await cluster.ok(['patch', 'job', 'work', '-p', '{"spec":{"suspend":true}}']);
    await cluster.ok('tick 10s');
    const status = await statusOf(cluster);
    expect(summary(status)).toEqual({ conditions: ['Suspended=True JobSuspended'], succeeded: 0, failed: 0 });
    expect(status.startTime).toBeUndefined();
    expect(await podsOf(cluster)).toEqual([]);
    await cluster.ok(['patch', 'job', 'work', '-p', '{"spec":{"suspend":false}}']);
    await cluster.ok('tick 5s');
    expect(await statusOf(cluster)).toMatchObject({ active: 3, startTime: '2026-01-01T00:00:20Z' });
  });
});

describe('parallelism', () => {
  test('can be lowered: surplus pods go, and do not count', async () => {
    const cluster = await withJob('completions: 6\nparallelism: 4', 'sleep 60');
    await cluster.ok('tick 10s');
    await cluster.ok(['patch', 'job', 'work', '-p', '{"spec":{"parallelism":1}}']);
    await cluster.ok('tick 5s');
    expect(await statusOf(cluster)).toMatchObject({ active: 1, ready: 1, terminating: 0 });
    expect((await statusOf(cluster)).failed).toBeUndefined();
  });

  test('of an indexed job goes together with its completions', async () => {
    const cluster = await withJob(BY_INDEX, 'sleep 60');
    await cluster.ok('tick 10s');
    await cluster.ok(['patch', 'job', 'work', '-p', '{"spec":{"parallelism":2,"completions":2}}']);
    await cluster.ok('tick 5s');
    expect(indexes(await podsOf(cluster))).toEqual(['0', '1']);
  });
});

test('with restartPolicy OnFailure restarts count, and the pod goes with the job', async () => {
  const cluster = await withJob('backoffLimit: 2', 'exit 1', 'restartPolicy: OnFailure');
  await cluster.ok('tick 10m');
  expect(summary(await statusOf(cluster))).toEqual({
    conditions: failedBy('BackoffLimitExceeded'),
    succeeded: 0,
    failed: 1,
  });
  expect(await podsOf(cluster)).toEqual([]);
  expect(await events(cluster)).toContain('Normal SuccessfulDelete Deleted pod: POD');
});

test('a job that another controller manages is left to it', async () => {
  const cluster = await withJob('managedBy: example.com/queue', 'true');
  await cluster.ok('tick 1m');
  expect(await podsOf(cluster)).toEqual([]);
  expect(await statusOf(cluster)).toEqual({});
});

test('what is deleted takes its pods along; what is orphaned leaves them, tracked no more', async () => {
  const cluster = await withJob('completions: 2\nparallelism: 2', 'sleep 1000');
  await cluster.ok('tick 10s');
  await cluster.ok('delete job work --cascade=orphan');
  await cluster.ok('tick 10s');
  expect(await phases(cluster)).toEqual(['Running', 'Running']);
  expect((await podsOf(cluster)).map(({ metadata }) => [metadata.finalizers, metadata.ownerReferences])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  await cluster.ok('create job other --image=busybox -- sleep 1000');
  await cluster.ok('tick 10s');
  await cluster.ok('delete job other');
  await cluster.ok('tick 10s');
  expect(await phases(cluster)).toEqual(['Running', 'Running']);
});

test("a pod that matches a selector of one's own is adopted, and counted", async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok('run stray --image=busybox --labels=team=a --restart=Never --command -- sleep 20');
  cluster.write(
    'job.yaml',
    `
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  manualSelector: true
  selector: {matchLabels: {team: a}}
  template:
    metadata: {labels: {team: a}}
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, "20"]}]}
`,
  );
  await cluster.ok('create -f job.yaml');
  await cluster.ok('tick 5s');
  const [stray, ...others] = await podsOf(cluster);
  expect(others).toEqual([]);
  expect(stray?.metadata).toMatchObject({
    finalizers: ['batch.kubernetes.io/job-tracking'],
    ownerReferences: [{ kind: 'Job', name: 'work', controller: true }],
  });
  await cluster.ok('tick 1m');
  expect(summary(await statusOf(cluster))).toEqual({ conditions: COMPLETE, succeeded: 1, failed: 0 });
});
