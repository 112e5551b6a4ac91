/** One look at a Job after another's: what is made, deleted, let go of and written (upstream's tables, job_controller_test.go). */
import type { KubeObject } from '../../../src/apimachinery/meta';
import type { Context } from '../../../src/sim/controller';
import { type JobSpec, type JobStatus, newCondition } from '../../../src/sim/controllers/job/job';
import { JobSync } from '../../../src/sim/controllers/job/sync';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';
const FAILURES = 'batch.kubernetes.io/job-index-failure-count';

interface Look {
  spec?: Partial<JobSpec>;
  status?: JobStatus;
  deleting?: boolean;
  pods?: KubeObject[];
  /** Nothing can be done to pods. */
  failing?: boolean;
  mostPods?: number;
}

interface Seen {
  created: (string | undefined)[];
  deleted: number;
  released: number;
  statuses: JobStatus[];
  error?: unknown;
}

let serial = 0;
function pod(phase: string, { uid = `pod-${++serial}`, index, ...more }: Record<string, unknown> = {}): KubeObject {
  const { tracked = true, deleted = false, ready = false, failures } = more;
  const annotations = {
    ...(index === undefined ? {} : { [INDEX]: `${index}` }),
    ...(failures === undefined ? {} : { [FAILURES]: `${failures}` }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${uid}`,
      namespace: 'default',
      uid: `${uid}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations,
      ...(tracked ? { finalizers: [TRACKING] } : {}),
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:30:00Z' } : {}),
    },
    spec: {},
    status: { phase, ...(ready ? { conditions: [{ type: 'Ready', status: 'True' }] } : {}) },
  };
}
const pods = (count: number, phase: string, more?: Record<string, unknown>) =>
  Array.from({ length: count }, () => pod(phase, more));
const running = (count: number) => pods(count, 'Running');
const succeeded = (count: number) => pods(count, 'Succeeded');
const failed = (count: number) => pods(count, 'Failed');
const terminating = (count: number) => pods(count, 'Running', { deleted: true });
const byIndex = (...list: [index: unknown, phase: string][]) => list.map(([index, phase]) => pod(phase, { index }));

async function look({ spec, status = {}, deleting, pods: present = [], failing, mostPods }: Look): Promise<Seen> {
  const seen: Seen = { created: [], deleted: 0, released: 0, statuses: [] };
  let made = 0;
  const fail = () => {
    if (failing) throw new Error('it can not be');
  };
  const context = {
    clock: { now: () => NOW },
    events: { event() {} },
    client: {
      async create(_path: unknown, _namespace: string, object: KubeObject) {
        if (mostPods !== undefined && made >= mostPods) throw new Error('it can not be');
        fail();
        made++;
        seen.created.push(object.metadata.annotations?.[INDEX]);
        return { ...object, metadata: { ...object.metadata, name: `made-${made}` } };
      },
      async delete() {
        fail();
        seen.deleted++;
      },
      async patch() {
        fail();
        seen.released++;
      },
      async updateStatus(_path: unknown, job: KubeObject) {
        seen.statuses.push(job['status']);
        return job;
      },
    },
  } as unknown as Context;
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'work',
      namespace: 'default',
      uid: 'job',
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:59:59Z' } : {}),
    },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
      ...spec,
    },
    status,
  };
  try {
    await new JobSync(job, present, context).run();
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

const conditions = ({ conditions: list = [] }: JobStatus = {}) => list.map(({ type, status }) => `${type}=${status}`);
const COMPLETE = ['SuccessCriteriaMet=True', 'Complete=True'];
const FAILED = ['FailureTarget=True', 'Failed=True'];

/** parallelism, completions, then what differs; what is looked for is compared with the last status that was written. */
type Row = [
  what: string,
  sizes: [parallelism: number, completions: number | undefined],
  given: Look,
  then: Partial<Omit<Seen, 'statuses'>> & { status?: Partial<JobStatus>; conditions?: string[] },
];

const INDEXED = { completionMode: 'Indexed' };
const ONLY_FAILED = { podReplacementPolicy: 'Failed' };
const MANUAL = (type: string) => newCondition(type, 'False', 'ConditionAddedManually', 'Testing', NOW);
const STARTED = '2026-01-01T00:59:45Z';
const failureTarget = newCondition('FailureTarget', 'True', 'R', 'M', NOW);
const criteriaMet = newCondition('SuccessCriteriaMet', 'True', 'R', 'M', NOW);

const rows: Row[] = [
  ['job start', [2, 5], {}, { created: Array(2).fill(undefined), status: { active: 2, ready: 0 } }],
  ['work queue: start', [2, undefined], {}, { created: Array(2).fill(undefined), status: { active: 2 } }],
  ['pending pods', [2, 5], { pods: pods(2, 'Pending') }, { created: [], status: { active: 2, ready: 0 } }],
  [
    'as many as there should be',
    [3, 5],
    { pods: [...running(1), ...pods(2, 'Running', { ready: true })] },
    { status: { active: 3, ready: 2 } },
  ],
  [
    'too few',
    [2, 5],
    { pods: [...running(1), ...succeeded(1)] },
    { created: [undefined], released: 1, status: { active: 2, succeeded: 1 } },
  ],
  [
    'work queue: one failed, one is on its way out, only failed ones are replaced',
    [1, undefined],
    { spec: ONLY_FAILED, pods: [...running(1), ...failed(1), ...terminating(1)] },
    { created: [], released: 1, status: { active: 1, failed: 1, terminating: 1, ready: 0 } },
  ],
  [
    'the same, where those on their way out are replaced',
    [1, undefined],
    { pods: [...running(1), ...failed(1), ...terminating(1)] },
    { released: 2, status: { active: 1, failed: 2, terminating: 1 } },
  ],
  [
    'more on their way out than parallelism',
    [1, 1],
    { spec: ONLY_FAILED, pods: [...running(2), ...terminating(4)] },
    { deleted: 1, released: 1, status: { active: 1, terminating: 5 } },
  ],
  [
    'the same with an empty podFailurePolicy',
    [1, 1],
    { spec: { podFailurePolicy: { rules: [] } }, pods: [...running(2), ...terminating(4)] },
    { deleted: 1, released: 1, status: { active: 1, terminating: 5 } },
  ],
  [
    'too few, while nothing works',
    [2, 5],
    { failing: true, pods: [...running(1), ...succeeded(1)] },
    { created: [], error: expect.any(Error), status: { active: 1, uncountedTerminatedPods: expect.anything() } },
  ],
  ['too many', [2, 5], { pods: running(3) }, { deleted: 1, released: 1, status: { active: 2, terminating: 1 } }],
  ['too many, while nothing works', [2, 5], { failing: true, pods: running(3) }, { deleted: 0, status: { active: 3 } }],
  [
    'too many, all ready',
    [2, 5],
    { pods: pods(3, 'Running', { ready: true }) },
    { deleted: 1, status: { active: 2, ready: 2 } },
  ],
  [
    'failed and succeeded',
    [2, 5],
    { pods: [...running(1), ...succeeded(1), ...failed(1)] },
    { created: [undefined], released: 2, status: { active: 2, succeeded: 1, failed: 1 } },
  ],
  [
    'a failure that was counted before',
    [1, 1],
    { status: { active: 1, failed: 1 }, pods: running(1) },
    { created: [], released: 0, status: { active: 1, failed: 1 } },
  ],
  ['it ends', [2, 5], { pods: succeeded(5) }, { released: 5, status: { succeeded: 5 }, conditions: COMPLETE }],
  [
    'work queue: it is about to end',
    [2, undefined],
    { pods: [...running(1), ...succeeded(1)] },
    { created: [], status: { active: 1, succeeded: 1 }, conditions: [] },
  ],
  [
    'work queue: all have ended, one badly',
    [2, undefined],
    { pods: [...succeeded(1), ...failed(1)] },
    { released: 2, status: { succeeded: 1, failed: 1 }, conditions: COMPLETE },
  ],
  ['far too many', [2, 5], { pods: running(10) }, { deleted: 8, released: 8, status: { active: 2 } }],
  [
    'more than have still to succeed',
    [3, 4],
    { pods: [...running(3), ...succeeded(2)] },
    { deleted: 1, released: 3, status: { active: 2, succeeded: 2 } },
  ],
  [
    'a job on its way out lets go of everything, and makes nothing',
    [2, 5],
    { deleting: true, pods: [...pods(1, 'Pending'), ...running(1), ...succeeded(1)] },
    { created: [], deleted: 0, released: 3, status: { active: 2, succeeded: 1 } },
  ],
  ['a quota', [100, 200], { mostPods: 10 }, { created: Array(10).fill(undefined), status: { active: 10 } }],
  [
    'too many failures of a job on its way out',
    [2, 5],
    { spec: { backoffLimit: 0 }, deleting: true, pods: failed(1) },
    { released: 1, status: { failed: 1 }, conditions: FAILED },
  ],
  ['by index: start', [2, 5], { spec: INDEXED }, { created: ['0', '1'], status: { active: 2 } }],
  [
    'by index: complete',
    [2, 3],
    { spec: INDEXED, pods: byIndex([0, 'Succeeded'], [1, 'Failed'], [1, 'Succeeded'], [2, 'Succeeded']) },
    { released: 4, status: { succeeded: 3, failed: 1, completedIndexes: '0-2' }, conditions: COMPLETE },
  ],
  [
    'by index: failed; while what was running goes it is not over',
    [2, 3],
    {
      spec: { ...INDEXED, backoffLimit: 0 },
      pods: byIndex([0, 'Succeeded'], [1, 'Failed'], [2, 'Running']),
    },
    {
      deleted: 1,
      released: 3,
      status: { succeeded: 1, failed: 2, completedIndexes: '0', terminating: 1 },
      conditions: ['FailureTarget=True'],
    },
  ],
  [
    'a failure takes the ready ones along',
    [2, 3],
    { spec: { backoffLimit: 0 }, pods: [...pods(2, 'Running', { ready: true }), ...failed(1)] },
    { deleted: 2, released: 3, status: { failed: 3, ready: 0 } },
  ],
  [
    'by index: one that succeeded twice',
    [2, 3],
    { spec: INDEXED, pods: byIndex([0, 'Succeeded'], [1, 'Succeeded'], [1, 'Succeeded']) },
    { created: ['2'], released: 3, status: { active: 1, succeeded: 2, completedIndexes: '0,1' } },
  ],
  [
    'by index: some run, some have ended',
    [8, 20],
    {
      spec: INDEXED,
      pods: byIndex(
        [0, 'Running'],
        [2, 'Succeeded'],
        [3, 'Pending'],
        ...[4, 5, 7, 8, 9].map((index): [number, string] => [index, 'Succeeded']),
      ),
    },
    {
      created: ['1', '6', '10', '11', '12', '13'],
      released: 6,
      status: { active: 8, succeeded: 6, completedIndexes: '2,4,5,7-9' },
    },
  ],
  [
    'by index: some failed',
    [3, 4],
    { spec: INDEXED, pods: byIndex([0, 'Failed'], [1, 'Pending'], [2, 'Failed']) },
    { created: ['0', '2'], released: 2, status: { active: 3, failed: 2 } },
  ],
  [
    'by index: pods without one are deleted, and not counted',
    [2, 5],
    {
      spec: INDEXED,
      pods: [
        ...running(1),
        ...succeeded(1),
        ...failed(1),
        ...byIndex(['odd', 'Running'], ['odd', 'Succeeded'], ['odd', 'Failed'], ['odd', 'Pending']),
        ...byIndex([0, 'Succeeded'], [1, 'Running'], [2, 'Running']),
      ],
    },
    { deleted: 3, released: 8, status: { active: 2, succeeded: 1, completedIndexes: '0' } },
  ],
  [
    'by index: an index that two pods have',
    [5, 5],
    {
      spec: INDEXED,
      pods: [
        ...succeeded(1),
        ...failed(1),
        ...byIndex(['odd', 'Running'], [0, 'Succeeded'], [1, 'Running'], [2, 'Running'], [2, 'Pending']),
      ],
    },
    { created: [], deleted: 2, released: 5, status: { active: 2, succeeded: 1, completedIndexes: '0' } },
  ],
  [
    'by index: beyond the last',
    [2, 5],
    {
      spec: INDEXED,
      pods: byIndex([0, 'Succeeded'], [5, 'Running'], [6, 'Succeeded'], [7, 'Pending'], [8, 'Failed']),
    },
    { created: [], deleted: 2, released: 5, status: { succeeded: 1, completedIndexes: '0' } },
  ],
  [
    'suspended',
    [2, 4],
    { spec: { suspend: true }, pods: pods(2, 'Running', { ready: true }) },
    { deleted: 2, released: 2, status: { terminating: 2, ready: 0 }, conditions: ['Suspended=True'] },
  ],
  [
    'resumed',
    [2, 4],
    { status: { conditions: [newCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', NOW)] } },
    { created: Array(2).fill(undefined), status: { active: 2 }, conditions: ['Suspended=False'] },
  ],
  [
    'suspended on its way out',
    [2, 4],
    { spec: { suspend: true }, deleting: true, pods: running(2) },
    { deleted: 0, released: 2, status: { active: 2 }, conditions: [] },
  ],
  ...['FailureTarget', 'SuccessCriteriaMet'].map(
    (type): Row => [
      `${type}=False says nothing`,
      [1, 1],
      { status: { active: 1, conditions: [MANUAL(type)] }, pods: pods(1, 'Running', { ready: true }) },
      { created: [], status: { active: 1, ready: 1 }, conditions: [`${type}=False`] },
    ],
  ),
  [
    'Failed=False becomes true, and stays one condition',
    [1, 1],
    {
      spec: { activeDeadlineSeconds: 10 },
      status: { startTime: STARTED, conditions: [newCondition('Failed', 'False', 'DeadlineExceeded', '', NOW)] },
    },
    { deleted: 0, conditions: ['Failed=True', 'FailureTarget=True'] },
  ],
  [
    'past its deadline',
    [1, 2],
    {
      spec: { activeDeadlineSeconds: 10 },
      status: { startTime: STARTED },
      pods: [...running(1), ...succeeded(1)],
    },
    {
      deleted: 1,
      status: { succeeded: 1, failed: 1, terminating: 1 },
      conditions: ['FailureTarget=True'],
    },
  ],
  [
    'past its deadline before any pod was made',
    [1, 1],
    { spec: { activeDeadlineSeconds: 10 }, status: { startTime: '2026-01-01T00:59:50Z' } },
    { created: [], conditions: FAILED },
  ],
  [
    'past its deadline, suspended',
    [1, 2],
    { spec: { activeDeadlineSeconds: 10, suspend: true }, status: { startTime: STARTED } },
    { conditions: ['Suspended=True'] },
  ],
  [
    'of an index that may fail again the pod waits for the next, uncounted',
    [1, 1],
    {
      spec: { ...INDEXED, backoffLimitPerIndex: 1, suspend: true },
      pods: [pod('Failed', { index: 0, failures: 0 })],
    },
    { released: 0, status: { failedIndexes: '' } },
  ],
  [
    'one that has been replaced is counted',
    [1, 1],
    {
      spec: { ...INDEXED, backoffLimitPerIndex: 1 },
      pods: [pod('Failed', { index: 0, failures: 0 }), pod('Running', { index: 0, failures: 1 })],
    },
    { released: 1, status: { active: 1, failed: 1, failedIndexes: '' } },
  ],
  [
    'one of an index that has failed is counted',
    [1, 2],
    {
      spec: { ...INDEXED, backoffLimitPerIndex: 1 },
      pods: [pod('Failed', { index: 1, failures: 1 })],
    },
    { created: ['0'], released: 1, status: { failed: 1, failedIndexes: '1' } },
  ],
  [
    'fewer completions than had succeeded',
    [2, 2],
    {
      spec: INDEXED,
      status: { active: 2, succeeded: 1, completedIndexes: '3' },
      pods: byIndex([0, 'Running'], [1, 'Succeeded']),
    },
    { released: 1, status: { active: 1, succeeded: 1, completedIndexes: '1' } },
  ],
  [
    'what was counted before and what is new, by index',
    [1, 7],
    {
      spec: { ...INDEXED, suspend: true },
      status: { failed: 2, succeeded: 5, completedIndexes: '0-2,4,6,7' },
      pods: [
        pod('Succeeded', { index: 0, tracked: false }),
        pod('Failed', { index: 1, tracked: false }),
        ...byIndex([1, 'Succeeded'], [3, 'Succeeded'], [2, 'Failed'], [5, 'Failed']),
      ],
    },
    { released: 4, status: { succeeded: 6, failed: 4, completedIndexes: '0-4,6' } },
  ],
  [
    'written down as failed, seen as succeeded: it stays failed',
    [2, 2],
    {
      status: { startTime: STARTED, uncountedTerminatedPods: { failed: ['a', 'b'] }, conditions: [failureTarget] },
      pods: [pod('Failed', { uid: 'a' }), pod('Succeeded', { uid: 'b' })],
    },
    { released: 2, status: { failed: 2 }, conditions: FAILED },
  ],
  [
    'on its way out: the failure is counted, its end waits',
    [1, 1],
    {
      status: { uncountedTerminatedPods: { failed: ['a'] }, conditions: [failureTarget] },
      pods: [pod('Running', { uid: 'a', tracked: false, deleted: true })],
    },
    { status: { failed: 1, terminating: 1 }, conditions: ['FailureTarget=True'] },
  ],
  [
    'the same of success',
    [1, 1],
    {
      status: { uncountedTerminatedPods: { failed: ['a'], succeeded: ['b'] }, conditions: [criteriaMet] },
      pods: [pod('Running', { uid: 'a', tracked: false, deleted: true })],
    },
    { status: { failed: 1, succeeded: 1 }, conditions: ['SuccessCriteriaMet=True'] },
  ],
];

test.each(rows)('%s', async (_what, [parallelism, completions], given, { status, conditions: wanted, ...then }) => {
  const spec = { parallelism, ...(completions === undefined ? {} : { completions }), ...given.spec };
  const seen = await look({ ...given, spec });
  expect(seen).toMatchObject(then);
  const last = seen.statuses.at(-1);
  if (status) expect(last).toMatchObject(status);
  if (wanted) expect(conditions(last)).toEqual(wanted);
});

describe('what is written down, step by step', () => {
  const steps = ({ statuses }: Seen) =>
    statuses.map(({ succeeded: good = 0, failed: bad = 0, uncountedTerminatedPods: uncounted = {} }) => [
      good,
      bad,
      uncounted.succeeded ?? [],
      uncounted.failed ?? [],
    ]);
  const finished = (uid: string, phase: string, more = {}) => pod(phase, { uid, ...more });
  const SUSPENDED = { spec: { completions: 9, suspend: true } };

  test('pods that have ended, and those on their way out', async () => {
    const seen = await look({
      ...SUSPENDED,
      pods: [
        finished('a', 'Succeeded'),
        finished('b', 'Failed'),
        finished('c', 'Succeeded', { deleted: true }),
        finished('d', 'Failed', { deleted: true }),
        finished('e', 'Pending', { deleted: true }),
      ],
    });
    expect(seen.released).toBe(5);
    expect(steps(seen)).toEqual([
      [0, 0, ['a', 'c'], ['b', 'd', 'e']],
      [2, 3, [], []],
    ]);
  });

  test('those of before are counted where they are let go of already', async () => {
    const seen = await look({
      ...SUSPENDED,
      status: { succeeded: 2, failed: 3, uncountedTerminatedPods: { succeeded: ['a', 'e'], failed: ['b', 'f'] } },
      pods: [
        finished('e', 'Succeeded', { tracked: false }),
        pod('Failed', { tracked: false }),
        finished('a', 'Succeeded'),
        finished('b', 'Failed'),
        finished('c', 'Succeeded'),
        finished('d', 'Failed'),
      ],
    });
    expect(seen.released).toBe(4);
    expect(steps(seen)).toEqual([
      [3, 4, ['a', 'c'], ['b', 'd']],
      [5, 6, [], []],
    ]);
  });

  test('no more than 500 at a time', async () => {
    const many = Array.from({ length: 500 }, (_, i) => finished(`${i}`, 'Succeeded'));
    const seen = await look({
      spec: { completions: 900, suspend: true },
      status: { uncountedTerminatedPods: { failed: ['a', 'b'] } },
      pods: [...many, finished('b', 'Failed')],
    });
    expect(seen.released).toBe(499);
    const uids = many.slice(0, 499).map(({ metadata }) => metadata.uid);
    expect(steps(seen)).toEqual([
      [0, 1, uids, ['b']],
      [499, 1, [], ['b']],
    ]);
  });

  test('nor of indexes, which are told of all the same', async () => {
    const many = Array.from({ length: 501 }, (_, index) => pod('Succeeded', { index }));
    const seen = await look({ spec: { ...INDEXED, completions: 501 }, pods: many });
    expect(seen.released).toBe(500);
    expect(seen.statuses.map(({ completedIndexes }) => completedIndexes)).toEqual(['0-500']);
    expect(conditions(seen.statuses.at(-1))).toEqual(['SuccessCriteriaMet=True']);
  });
});
