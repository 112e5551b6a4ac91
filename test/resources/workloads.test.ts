/** The kinds that run pods from a template. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { formatTime } from '../../src/apimachinery/time';
import { resourceDefinition } from '../../src/apiserver/resources/index';
import { created, definitionOf, NOW, row, stored, updated } from './judged';

const ago = (seconds: number): string => formatTime(NOW - seconds * 1000);
const TEMPLATE = '{metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: "i:1"}]}}';

function apps(kind: string, spec = '', template = TEMPLATE): string {
  return `{apiVersion: apps/v1, kind: ${kind}, metadata: {name: w}, spec: {selector: {matchLabels: {app: a}}, template: ${template}${spec ? `, ${spec}` : ''}}}`;
}
function job(spec = '', pod = 'restartPolicy: Never'): string {
  return `{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {containers: [{name: c, image: "i:1"}], ${pod}}}${spec ? `, ${spec}` : ''}}}`;
}
function cronJob(spec: string): string {
  return `{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: "i:1"}], restartPolicy: Never}}}}, ${spec}}}`;
}

test('a deployment with all that the recorded invalid.yaml has wrong, in its order', async () => {
  const { errors } = await created(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: Web_1}
spec:
  replicas: -1
  selector: {matchLabels: {app: two}}
  template:
    metadata: {labels: {app: two}}
    spec:
      restartPolicy: Never
      containers:
      - {name: a, image: nginx}
      - {name: a, image: "", ports: [{containerPort: 99999}]}
`);
  expect(errors).toEqual([
    `metadata.name: Invalid value: "Web_1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    'spec.template.spec.containers[1].name: Duplicate value: "a"',
    'spec.template.spec.containers[1].image: Required value',
    'spec.template.spec.containers[1].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive',
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ]);
});

test.each([
  [
    apps('Deployment'),
    {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
  ],
  [apps('Deployment', 'strategy: {type: Recreate}'), { strategy: { type: 'Recreate' } }],
  [apps('ReplicaSet'), { replicas: 1 }],
  [
    apps('StatefulSet', 'serviceName: s'),
    {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    },
  ],
  [
    apps('DaemonSet'),
    {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
  ],
  [
    job(),
    {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
    },
  ],
  [job('parallelism: 3'), { parallelism: 3 }],
  [
    cronJob('schedule: "*/5 * * * *"'),
    { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
  ],
  [
    `{apiVersion: v1, kind: ReplicationController, metadata: {name: r}, spec: {template: ${TEMPLATE}}}`,
    { replicas: 1, selector: { app: 'a' } },
  ],
])('defaults of %s', async (text, spec) => {
  expect((await stored(text)).spec).toMatchObject(spec);
});

test('a job that says how many at once does not say how many in all', async () => {
  expect((await stored(job('parallelism: 3'))).spec).not.toHaveProperty('completions');
});

test("a job's pods carry its name and uid under both names", async () => {
  const object = await stored(job());
  expect(object.spec.template.metadata.labels).toEqual({
    'job-name': 'j',
    'batch.kubernetes.io/job-name': 'j',
    'controller-uid': 'u',
    'batch.kubernetes.io/controller-uid': 'u',
  });
  expect(object.status).toEqual({});
});

const NOT_MATCHING =
  'spec.template.metadata.labels: Invalid value: {"app":"b"}: `selector` does not match template `labels`';
const OTHER = TEMPLATE.replace('app: a', 'app: b');

test.each([
  [apps('Deployment', '', OTHER), [NOT_MATCHING]],
  [apps('ReplicaSet', '', OTHER), [NOT_MATCHING]],
  [apps('StatefulSet', '', OTHER), [NOT_MATCHING]],
  [apps('DaemonSet', '', OTHER), [NOT_MATCHING]],
  [
    `{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: ${TEMPLATE}}}`,
    ['spec.selector: Required value', NOT_MATCHING.replace('"b"', '"a"')],
  ],
  [
    apps('Deployment', 'strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}'),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ],
  [
    apps('Deployment', 'strategy: {rollingUpdate: {maxUnavailable: "101%", maxSurge: "x%"}}'),
    [
      `spec.strategy.rollingUpdate.maxSurge: Invalid value: "x%": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ],
  [
    apps('Deployment', 'strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}'),
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    apps('Deployment', 'progressDeadlineSeconds: 5, minReadySeconds: 5'),
    ['spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds'],
  ],
  [
    apps('DaemonSet', 'updateStrategy: {rollingUpdate: {maxUnavailable: 0}}'),
    ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
  ],
  [
    apps('StatefulSet', 'podManagementPolicy: Any'),
    [`spec.podManagementPolicy: Invalid value: "Any": must be 'OrderedReady' or 'Parallel'`],
  ],
  [
    job('', 'restartPolicy: Always'),
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    job('completions: -1, backoffLimit: -2, completionMode: Odd'),
    [
      'spec.completions: Invalid value: -1: must be greater than or equal to 0',
      'spec.backoffLimit: Invalid value: -2: must be greater than or equal to 0',
      'spec.completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"',
    ],
  ],
  [
    job('completionMode: Indexed, parallelism: 1'),
    ['spec.completions: Required value: when completion mode is Indexed'],
  ],
  [
    job('selector: {matchLabels: {app: a}}'),
    [
      'spec.selector: Invalid value: {"matchLabels":{"app":"a","batch.kubernetes.io/controller-uid":"u"}}: `selector` not auto-generated',
      'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"j","controller-uid":"u","job-name":"j"}: `selector` does not match template `labels`',
    ],
  ],
  [
    job('podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [2, 1, 0]}}, {}]}'),
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1,0]: must be ordered',
      'spec.podFailurePolicy.rules[1].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
      'spec.podFailurePolicy.rules[1]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
    ],
  ],
  [cronJob('suspend: true'), ['spec.schedule: Required value']],
  [
    cronJob('schedule: "* * *"'),
    ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
  ],
  [
    cronJob('schedule: "61 * * * *", concurrencyPolicy: Both, timeZone: Mars/Base'),
    [
      'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
      'spec.concurrencyPolicy: Unsupported value: "Both": supported values: "Allow", "Forbid", "Replace"',
    ],
  ],
  [
    cronJob('schedule: "TZ=UTC 0 0 * * *"'),
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  [
    '{apiVersion: v1, kind: ReplicationController, metadata: {name: r}, spec: {selector: {a: b}}}',
    ['spec.template: Required value'],
  ],
])('complaints about %s', async (text, expected) => {
  const { errors } = await created(text);
  expect(errors).toEqual(expected);
});

test('a cron job leaves room in its name for what its jobs are called', async () => {
  const name = 'c'.repeat(53);
  const { errors } = await created(cronJob('schedule: "@daily"').replace('{name: c}', `{name: ${name}}`));
  expect(errors).toEqual([`metadata.name: Invalid value: "${name}": must be no more than 52 characters`]);
});

describe('what stays as it is', () => {
  const change = async (text: string, edit: (spec: KubeObject['spec']) => void) =>
    (await updated(await stored(text), (object) => edit(object.spec))).errors;

  test.each(['Deployment', 'ReplicaSet', 'DaemonSet'])('the selector of a %s', async (kind) => {
    const errors = await change(apps(kind), (spec) => {
      spec.selector = { matchLabels: { app: 'a', b: 'c' } };
      spec.template.metadata.labels.b = 'c';
    });
    expect(errors).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"a","b":"c"}}: field is immutable']);
  });

  test('nearly all of a stateful set', async () => {
    const errors = await change(apps('StatefulSet'), (spec) => {
      spec.serviceName = 'other';
    });
    expect(errors).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  test('the template of a job that is not suspended', async () => {
    const errors = await change(job(), (spec) => {
      spec.template.spec.containers[0].image = 'i:2';
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^spec\.template: Invalid value: \{"labels":\{.*\},"Spec":\{"Volumes":null,.*"Image":"i:2",.*\}: field is immutable$/,
    );
  });

  test('but where the pods of a suspended job go may change', async () => {
    const errors = await change(job('suspend: true'), (spec) => {
      spec.template.spec.nodeSelector = { disk: 'ssd' };
      spec.template.spec.containers[0].resources = { requests: { cpu: '1' } };
    });
    expect(errors).toEqual([]);
  });

  test('completions and completion mode of a job', async () => {
    const errors = await change(job(), (spec) => {
      spec.completions = 2;
      spec.completionMode = 'Indexed';
    });
    expect(errors).toEqual([
      'spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism',
      'spec.completionMode: Invalid value: "Indexed": field is immutable',
    ]);
  });
});

test('a finished job stays finished', async () => {
  const finished = {
    ...(await stored(job())),
    status: {
      startTime: ago(60),
      completionTime: ago(30),
      succeeded: 1,
      conditions: [
        { type: 'SuccessCriteriaMet', status: 'True' },
        { type: 'Complete', status: 'True' },
      ],
    },
  };
  const { errors } = await updated(
    finished,
    (object) => {
      object.status = { startTime: ago(60), active: 1 };
    },
    { subresource: 'status' },
  );
  expect(errors).toEqual([
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
    'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
    'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
  ]);
});

test.each([
  [
    apps('Deployment', 'replicas: 3'),
    { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
    { Ready: '2/3', 'Up-to-date': 3, Available: 1, Containers: 'c', Images: 'i:1', Selector: 'app=a' },
  ],
  [apps('ReplicaSet', 'replicas: 3'), { replicas: 2, readyReplicas: 1 }, { Desired: 3, Current: 2, Ready: 1 }],
  [apps('StatefulSet', 'replicas: 3'), { readyReplicas: 1 }, { Ready: '1/3', Containers: 'c', Images: 'i:1' }],
  [
    apps('DaemonSet'),
    { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 },
    { Desired: 3, Current: 2, Ready: 1, 'Up-to-date': 0, Available: 0, 'Node Selector': '<none>' },
  ],
  [
    job('completions: 3'),
    { startTime: ago(70), succeeded: 1 },
    { Status: 'Running', Completions: '1/3', Duration: '70s' },
  ],
  [
    job('parallelism: 2'),
    { startTime: ago(70), completionTime: ago(60), conditions: [{ type: 'Complete', status: 'True' }] },
    { Status: 'Complete', Completions: '0/1 of 2', Duration: '10s' },
  ],
  [job(), { conditions: [{ type: 'Suspended', status: 'True' }] }, { Status: 'Suspended', Duration: '' }],
  [
    cronJob('schedule: "@hourly", timeZone: Europe/Berlin'),
    { lastScheduleTime: ago(600), active: [{}] },
    { Schedule: '@hourly', Timezone: 'Europe/Berlin', Suspend: 'False', Active: 1, 'Last Schedule': '10m' },
  ],
  [cronJob('schedule: "@hourly"'), {}, { Timezone: '<none>', Active: 0, 'Last Schedule': '<none>' }],
])('columns of %s', async (text, status, expected) => {
  const object = { ...(await stored(text)), status };
  object.metadata = { ...object.metadata, creationTimestamp: ago(200) };
  expect(await row(object)).toMatchObject({ ...expected, Age: '3m20s' });
});

test('deleting a job or a replication controller leaves what they made, unless told otherwise', async () => {
  expect((await resourceDefinition('batch', 'jobs')).defaultGarbageCollection).toBe('orphan');
  expect((await resourceDefinition('', 'replicationcontrollers')).defaultGarbageCollection).toBe('orphan');
  expect((await resourceDefinition('apps', 'deployments')).defaultGarbageCollection).toBeUndefined();
});

test('names that make bad hostnames get a warning', async () => {
  const object = await stored(apps('Deployment').replace('{name: w}', '{name: a.b}'));
  const { warnings } = await definitionOf(object);
  expect(warnings?.(object)).toEqual([
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
  ]);
});
