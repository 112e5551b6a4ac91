/** Room that is asked for ahead: ProvisioningRequests (upstream's cases, provisioningrequest/orchestrator/orchestrator_test.go). */
import { type Autoscaled, autoscaled } from './autoscaled';

const ENABLE = 'autoscaler --enable-provisioning-requests';
const CHECK = 'check-capacity.autoscaling.x-k8s.io';
const ATOMIC = 'best-effort-atomic-scale-up.autoscaling.x-k8s.io';
const REQUESTS = { group: 'autoscaling.x-k8s.io', version: 'v1', resource: 'provisioningrequests' };

interface Wish {
  of: string;
  count?: number;
  cpu?: string;
  parameters?: object;
}

async function ask(cluster: Autoscaled, name: string, { of, count = 1, cpu = '1', parameters }: Wish): Promise<void> {
  const limits = `{limits: {cpu: "${cpu}", memory: 100Mi}}`;
  cluster.write(
    `${name}.yaml`,
    `apiVersion: v1
kind: PodTemplate
metadata: {name: ${name}}
template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: main, image: example.com/main:1, resources: ${limits}}]}}
---
apiVersion: autoscaling.x-k8s.io/v1
kind: ProvisioningRequest
metadata: {name: ${name}}
spec:
  provisioningClassName: ${of}
  podSets: [{count: ${count}, podTemplateRef: {name: ${name}}}]
  ${parameters ? `parameters: ${JSON.stringify(parameters)}` : ''}
`,
  );
  await cluster.ok(`apply -f ${name}.yaml`);
}

/** `Accepted=True Accepted` */
async function conditions(cluster: Autoscaled, name: string): Promise<string[]> {
  const { status } = await cluster.client.get(REQUESTS, 'default', name);
  return (status?.conditions ?? []).map(
    ({ type, status: is, reason }: Record<string, string>) => `${type}=${is} ${reason}`,
  );
}
const at = async (cluster: Autoscaled, name: string, type: string): Promise<string> => {
  const { status } = await cluster.client.get(REQUESTS, 'default', name);
  return status.conditions.find((one: Record<string, string>) => one['type'] === type).lastTransitionTime.slice(11, 19);
};
const ACCEPTED = 'Accepted=True Accepted';

describe('check-capacity', () => {
  test('there is room: it is kept for ten minutes, and then no longer', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --min 1 --initial 1 --max 3', ENABLE);
    await cluster.tick('2m');
    await ask(cluster, 'some', { of: CHECK, count: 3 });
    await cluster.tick('20s');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=True CapacityIsFound']);
    expect(await cluster.sizes()).toEqual(['pool 1']);
    // Nothing else finds it.
    await ask(cluster, 'more', { of: CHECK, count: 3 });
    await cluster.tick('20s');
    expect(await conditions(cluster, 'more')).toEqual([ACCEPTED, 'Provisioned=False CapacityIsNotFound']);
    await cluster.tick('10m');
    expect(await conditions(cluster, 'some')).toEqual([
      ACCEPTED,
      'Provisioned=True CapacityIsFound',
      'BookingExpired=True CapacityReservationTimeExpired',
    ]);
    await cluster.tick('10m');
    expect(await conditions(cluster, 'more')).toEqual([ACCEPTED, 'Provisioned=True CapacityIsFound']);
  });

  test('there is none: it is tried again after one minute, two, four …', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 3', ENABLE);
    await ask(cluster, 'some', { of: CHECK });
    const times = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await cluster.tick('15s');
      times.add(await at(cluster, 'some', 'Provisioned'));
    }
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=False CapacityIsNotFound']);
    const seconds = [...times].map((time) => Number(time.slice(3, 5)) * 60 + Number(time.slice(6)));
    const apart = seconds.slice(1).map((time, i) => time - (seconds[i] as number));
    expect(apart).toEqual([69, 130, 250]);
    expect(await cluster.sizes()).toEqual(['pool 0']);
  });

  test('once only, where that is wished', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 3', ENABLE);
    await ask(cluster, 'some', { of: CHECK, parameters: { noRetry: 'true' } });
    await cluster.tick('20s');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Failed=True CapacityIsNotFound']);
  });

  test('one a look; in batches several, each seeing what the one before took', async () => {
    for (const [flags, expected] of [
      ['', [0, 1, 2, 3]],
      [' --check-capacity-batch-processing', [0, 0, 0, 0]],
    ] as const) {
      const cluster = await autoscaled(0, 'pool --cpu 4 --min 1 --initial 1 --max 3', ENABLE + flags);
      await cluster.tick('5m');
      for (const name of ['a', 'b', 'c', 'd']) await ask(cluster, name, { of: CHECK, count: name === 'c' ? 9 : 1 });
      await cluster.tick('10s');
      const found = await Promise.all(['a', 'b', 'c', 'd'].map((name) => at(cluster, name, 'Provisioned')));
      const seconds = found.map((time) => Number(time.slice(6)));
      expect(seconds.map((second) => second - (seconds[0] as number))).toEqual(expected);
      expect(await conditions(cluster, 'c')).toContain('Provisioned=False CapacityIsNotFound');
      expect(await conditions(cluster, 'd')).toContain('Provisioned=True CapacityIsFound');
    }
  });

  test('of another instance, or of an unknown class: not ours', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4', `${ENABLE} --check-capacity-processor-instance=mine`);
    await ask(cluster, 'mine', { of: CHECK, parameters: { processorInstance: 'mine' } });
    await ask(cluster, 'yours', { of: CHECK, parameters: { processorInstance: 'yours' } });
    await ask(cluster, 'atomic', { of: ATOMIC });
    await ask(cluster, 'odd', { of: 'odd.example.com' });
    await cluster.tick('1m');
    for (const name of ['yours', 'atomic', 'odd']) expect(await conditions(cluster, name)).toEqual([]);
    expect(await conditions(cluster, 'mine')).toEqual([ACCEPTED, 'Provisioned=False CapacityIsNotFound']);
  });
});

describe('best-effort-atomic', () => {
  test('nodes for all of its pods; its consumers find them, and ask for no more', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 5', ENABLE);
    await ask(cluster, 'some', { of: ATOMIC, count: 9 });
    await cluster.tick('20s');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=True CapacityIsProvisioned']);
    expect(await cluster.sizes()).toEqual(['pool 3']);
    const annotations = { 'autoscaling.x-k8s.io/consume-provisioning-request': 'some' };
    await cluster.pods('work', { replicas: 9, annotations });
    await cluster.tick('3m');
    expect(await cluster.sizes()).toEqual(['pool 3']);
    expect((await cluster.ok('get pods --field-selector=spec.nodeName!= -o name')).split('\n')).toHaveLength(10);
  });

  test('consumers that fit nowhere are told that nobody comes for them', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 5', ENABLE);
    await cluster.pods('work', { annotations: { 'autoscaling.x-k8s.io/consume-provisioning-request': 'some' } });
    await cluster.tick('1m');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    expect(await cluster.events('')).toEqual([
      "Unschedulable pod didn't trigger scale-up, because it's consuming ProvisioningRequest default/some",
    ]);
  });

  test('all or nothing: a group that is too small is no help to any', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 2', ENABLE);
    await ask(cluster, 'some', { of: ATOMIC, count: 9 });
    await cluster.tick('20s');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=False CapacityIsNotFound']);
    expect(await cluster.sizes()).toEqual(['pool 0']);
    await cluster.ok('nodegroup set pool --max 3');
    await cluster.tick('2m');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=True CapacityIsProvisioned']);
    expect(await cluster.sizes()).toEqual(['pool 3']);
  });

  test('there is room already', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --min 1 --initial 1 --max 3', ENABLE);
    await cluster.tick('2m');
    await ask(cluster, 'some', { of: ATOMIC, count: 3 });
    await cluster.tick('20s');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=True CapacityIsFound']);
    expect(await cluster.sizes()).toEqual(['pool 1']);
  });

  test('what is promised keeps its nodes, until it is promised no longer', async () => {
    const cluster = await autoscaled(
      0,
      'pool --cpu 4 --max 5',
      `${ENABLE} --scale-down-unneeded-time=1m --scale-down-delay-after-add=1m`,
    );
    await ask(cluster, 'some', { of: ATOMIC, count: 3 });
    await cluster.tick('9m');
    expect(await cluster.sizes()).toEqual(['pool 1']);
    await cluster.tick('5m');
    expect(await cluster.sizes()).toEqual(['pool 0']);
  });

  test('beside pods that wait: in turn, and both are helped', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 5', ENABLE);
    // As upstream, pods that are there take what was only promised: four of these five find room on the first node.
    await cluster.pods('web', { replicas: 5 });
    await ask(cluster, 'some', { of: ATOMIC, count: 3 });
    await cluster.tick('1m');
    expect(await conditions(cluster, 'some')).toEqual([ACCEPTED, 'Provisioned=True CapacityIsProvisioned']);
    expect(await cluster.sizes()).toEqual(['pool 2']);
    await cluster.tick('3m');
    expect(await cluster.ok('get pods --field-selector=spec.nodeName= -o name')).toBe('');
  });
});

test('a request without its template fails; what ended a week ago is deleted', async () => {
  const cluster = await autoscaled(0, 'pool --cpu 4', ENABLE);
  await ask(cluster, 'some', { of: CHECK });
  await cluster.ok('delete podtemplate some');
  await cluster.tick('20s');
  expect(await conditions(cluster, 'some')).toEqual(['Failed=True FailedToCreatePods']);
  const { status } = await cluster.client.get(REQUESTS, 'default', 'some');
  expect(status.conditions[0].message).toBe(
    'missing pod templates, 1 pod templates were referenced, 1 templates were missing: some',
  );
  await cluster.tick('169h');
  expect(await cluster.ok('get provreq -o name')).toBe('');
});

test('no settle waits for a request to be tried again, or to be cleared away', async () => {
  const cluster = await autoscaled(0, 'pool --cpu 4 --max 2', ENABLE);
  await ask(cluster, 'some', { of: CHECK });
  expect(await cluster.ok('tick --settle')).toMatch(/: 1?\ds passed/);
  expect(await cluster.ok('tick --settle')).toMatch(/nothing happened/);
});

test('in one go or in many processes: the same', async () => {
  const played = async (parts: number) => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --max 2', ENABLE);
    await ask(cluster, 'some', { of: ATOMIC, count: 9 });
    await cluster.pods('web', { replicas: 2 });
    for (let i = 0; i < parts; i++) await cluster.tick(`${300 / parts}s`);
    return [await at(cluster, 'some', 'Provisioned'), await cluster.sizes()];
  };
  expect(await played(1)).toEqual(await played(20));
});

test('its spec can not be changed', async () => {
  const cluster = await autoscaled(0, 'pool --cpu 4', ENABLE);
  await ask(cluster, 'some', { of: CHECK });
  const { err, code } = await cluster.run([
    'patch',
    'provreq',
    'some',
    '--type=merge',
    '-p',
    '{"spec":{"provisioningClassName":"other"}}',
  ]);
  expect([code, err]).toEqual([1, expect.stringContaining('Value is immutable')]);
});
