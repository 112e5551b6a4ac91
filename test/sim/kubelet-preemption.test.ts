/** A critical pod that names its node makes room there: which pods go, and what is said of them. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { podsToPreempt, type Requirement } from '../../src/sim/kubelet/preempting';
import { memoryCluster } from '../commands/harness';

function pod(name: string, qosClass: string, hundreds = 0, priority = 0): KubeObject {
  const requests = { cpu: `${hundreds}00m`, memory: `${hundreds}00Mi` };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { priority, containers: [{ name: 'c', resources: hundreds === 0 ? {} : { requests } }] },
    status: { qosClass },
  };
}

const pods = {
  bestEffort: pod('bestEffort', 'BestEffort'),
  burstable: pod('burstable', 'Burstable', 1),
  largeBurstable: pod('largeBurstable', 'Burstable', 3),
  guaranteed: pod('guaranteed', 'Guaranteed', 1),
  largeGuaranteed: pod('largeGuaranteed', 'Guaranteed', 3),
  critical: pod('critical', 'Burstable', 9, 2_000_000_000),
};
type Name = keyof typeof pods;

const MIB = 1024 * 1024;
const cpu = (quantity: number): Requirement => ({ resource: 'cpu', quantity });
const memory = (mebibytes: number): Requirement => ({ resource: 'memory', quantity: mebibytes * MIB });
const count = (quantity: number): Requirement => ({ resource: 'pods', quantity });
const incoming = pod('incoming', 'Burstable', 1, 2_000_000_000);

test.each<[string, Name[], Requirement[], Name[] | string]>([
  ['nothing lacks', ['burstable'], [], []],
  ['nobody is there', [], [memory(100)], `(res: memory, q: ${100 * MIB}), `],
  ['as much as one has', ['burstable'], [cpu(100), memory(100)], ['burstable']],
  ['more than there is', ['burstable'], [cpu(100), memory(200)], `(res: memory, q: ${100 * MIB}), `],
  ['one that asked for nothing is of no use', ['burstable', 'bestEffort'], [memory(100)], ['burstable']],
  ['burstable rather than guaranteed', ['guaranteed', 'burstable'], [memory(100)], ['burstable']],
  ['the smaller that does', ['bestEffort', 'largeBurstable', 'burstable'], [cpu(100), memory(100)], ['burstable']],
  ['the larger that does', ['burstable', 'bestEffort', 'largeBurstable'], [cpu(150), memory(250)], ['largeBurstable']],
  [
    'two',
    ['burstable', 'bestEffort', 'largeBurstable', 'guaranteed', 'largeGuaranteed'],
    [cpu(100), memory(350)],
    ['largeBurstable', 'burstable'],
  ],
  [
    'guaranteed ones where there must be, and then no burstable one in vain',
    ['burstable', 'bestEffort', 'largeBurstable', 'guaranteed', 'largeGuaranteed'],
    [cpu(100), memory(550)],
    ['largeBurstable', 'largeGuaranteed'],
  ],
  ['a place among the pods', ['guaranteed', 'bestEffort'], [count(1)], ['bestEffort']],
  ['critical ones stay', ['critical', 'bestEffort'], [cpu(100)], '(res: cpu, q: 100), '],
])('%s', (_, there, lacking, expected) => {
  const found = podsToPreempt(
    incoming,
    there.map((name) => pods[name]),
    lacking,
  );
  if (typeof expected === 'string')
    expect(found).toBe(
      `preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [${expected}]`,
    );
  else expect((found as KubeObject[]).map(({ metadata }) => metadata.name)).toEqual(expected);
});

const WARNINGS = 'get events --field-selector type=Warning -o jsonpath={range.items[*]}{.reason}={.count};{end}';

/** A cluster with one node of 4 cpus; every command is a process of its own. */
async function oneNode() {
  const { ok, run } = await memoryCluster({ nodes: 1, seed: 1 }, { forgets: true });
  return {
    ok,
    run,
    async create(name: string, cpu: string, spec: object = {}, annotations = {}) {
      const containers = [{ name: 'c', image: 'i:1', resources: { requests: { cpu } } }];
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations }, spec: { containers, ...spec } };
      await ok('create -f -', { stdin: JSON.stringify(object) });
    },
    async pod(name: string): Promise<KubeObject> {
      return JSON.parse(await ok(`get pod ${name} -o json`));
    },
    phases: () =>
      ok(
        'get pods -o jsonpath={range.items[*]}{.metadata.name}={.status.phase},{.status.reason},{.status.startTime};{end}',
      ),
  };
}

const CRITICAL = { priorityClassName: 'system-node-critical', nodeName: 'node-1' };
const condition = (pod: KubeObject, type: string) =>
  pod['status'].conditions.find((one: { type: string }) => one.type === type);
const disrupted = {
  status: 'True',
  reason: 'TerminationByKubelet',
  message: 'Pod was preempted by Kubelet to accommodate a critical pod.',
};
const DEAF = { 'kubetick.dev/ignore-term': 'true' };

test('the victim ends in its own time, and the critical pod waits for that; a pod that even so has no room is refused', async () => {
  const { ok, create, pod } = await oneNode();
  await create('one', '1');
  await create('three', '3', { terminationGracePeriodSeconds: 20 }, DEAF);
  await ok('tick 10s -q');
  await create('critical', '2', CRITICAL);
  await create('later', '100m', { nodeName: 'node-1' });
  await ok('tick 10s -q');
  const ending = await pod('three');
  expect(ending['status']).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: true }] });
  expect(condition(ending, 'Ready').status).toBe('True');
  expect(condition(ending, 'DisruptionTarget')).toBeUndefined();
  // Nobody else is let in meanwhile.
  for (const name of ['critical', 'later']) {
    expect((await pod(name))['status'].phase).toBe('Pending');
    expect((await pod(name))['status'].startTime).toBeUndefined();
  }
  await ok('tick 20s -q');
  const victim = await pod('three');
  expect(victim['status']).toMatchObject({
    phase: 'Failed',
    reason: 'Preempting',
    message: 'Preempted in order to admit critical pod',
    containerStatuses: [{ state: { terminated: { exitCode: 137, finishedAt: '2026-01-01T00:00:30Z' } } }],
  });
  expect(condition(victim, 'DisruptionTarget')).toMatchObject({
    ...disrupted,
    lastTransitionTime: '2026-01-01T00:00:30Z',
  });
  for (const name of ['critical', 'later', 'one']) expect((await pod(name))['status'].phase).toBe('Running');
  expect(await ok(WARNINGS)).toBe('Preempting=1;');
  await create('huge', '9', CRITICAL);
  await ok('tick 5s -q');
  expect((await pod('huge'))['status']).toMatchObject({
    reason: 'UnexpectedAdmissionError',
    message:
      'Pod was rejected: Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [(res: cpu, q: 7000), ]',
  });
  await create('plain', '2', { nodeName: 'node-1' });
  await ok('tick 5s -q');
  expect((await pod('plain'))['status'].reason).toBe('OutOfcpu');
});

test('who ends well at TERM has succeeded, and was disrupted all the same', async () => {
  const { ok, create, pod } = await oneNode();
  await create('three', '3');
  await ok('tick 10s -q');
  await create('critical', '2', CRITICAL);
  await ok('tick --settle -q');
  const victim = await pod('three');
  expect(victim['status']).toMatchObject({ phase: 'Succeeded' });
  expect(victim['status'].reason).toBeUndefined();
  expect(condition(victim, 'DisruptionTarget')).toMatchObject(disrupted);
  expect((await pod('critical'))['status'].phase).toBe('Running');
  expect(await ok(WARNINGS)).toBe('Preempting=1;');
});

test('more than one end one after the other, even if the critical pod is gone by then', async () => {
  const { ok, run, create, phases } = await oneNode();
  for (const name of ['a', 'b']) await create(name, '1500m', { terminationGracePeriodSeconds: 10 }, DEAF);
  await ok('tick 10s -q');
  await create('critical', '3', CRITICAL);
  await ok('tick 11s -q');
  expect(await phases()).toMatch(
    /^(a=Failed,Preempting,\S+;b=Running,,\S+;|a=Running,,\S+;b=Failed,Preempting,\S+;)critical=Pending,,;$/,
  );
  await ok('delete pod critical');
  await ok('tick 12s -q');
  expect(await phases()).toMatch(/^a=Failed,Preempting,\S+;b=Failed,Preempting,\S+;$/);
  // Who comes then is looked at as ever.
  await create('large', '9', { nodeName: 'node-1' });
  await create('later', '2', { nodeName: 'node-1' });
  await ok('tick 5s -q');
  expect(await phases()).toMatch(/large=Failed,OutOfcpu,\S+;later=Running/);
  expect(await run('get --raw /kubetick/memory/kubelet/preemptions')).toMatchObject({ code: 1 });
});

test('whom somebody deletes meanwhile gets no more time than it had', async () => {
  const { ok, create, phases } = await oneNode();
  await create('three', '3', { terminationGracePeriodSeconds: 30 }, DEAF);
  await ok('tick 10s -q');
  await create('critical', '2', CRITICAL);
  await ok('tick 10s -q');
  await ok('delete pod three --wait=false');
  await ok('tick 19s -q');
  expect(await phases()).toMatch(/three=Running/);
  await ok('tick 9s -q');
  expect(await phases()).toMatch(/^critical=Running,,[^;]*;$/);
});
