/** What pods go through on their nodes. */
import { PODS, pod, wholeCluster } from './whole-cluster';

function stateOf(object: { [field: string]: unknown }): string {
  const status = object['status'] as {
    phase: string;
    containerStatuses?: {
      state: Record<string, { reason?: string; exitCode?: number }>;
      restartCount: number;
      ready: boolean;
    }[];
  };
  const containers = (status.containerStatuses ?? []).map(({ state, restartCount, ready }) => {
    const [kind = '', detail = {}] = Object.entries(state)[0] ?? [];
    return `${kind}${detail.reason ? ` ${detail.reason}` : ''} ${ready ? 'ready' : 'unready'} ${restartCount}`;
  });
  return [status.phase, ...containers].join(', ');
}

test('pulls, creates, starts; says so in upstream words', async () => {
  const { client, settle, eventsAbout, pod: get } = await wholeCluster();
  await client.create(PODS, 'default', pod('web'));
  await settle();
  const web = await get('web');
  expect(stateOf(web)).toBe('Running, running ready 0');
  expect(web['status'].conditions.map((one: { type: string; status: string }) => `${one.type}=${one.status}`)).toEqual([
    'PodReadyToStartContainers=True',
    'Initialized=True',
    'Ready=True',
    'ContainersReady=True',
    'PodScheduled=True',
  ]);
  expect(web['status'].qosClass).toBe('BestEffort');
  expect(web['status'].podIP).toMatch(/^10\.244\.\d\.2$/);
  const node = web['spec'].nodeName;
  expect(await eventsAbout('web')).toEqual([
    `Scheduled: Successfully assigned default/web to ${node}`,
    'Pulling: Pulling image "example/main:1"',
    expect.stringMatching(
      /^Pulled: Successfully pulled image "example\/main:1" in 2s \(2s including waiting\)\. Image size: \d+ bytes\.$/,
    ),
    'Created: Container created',
    'Started: Container started',
  ]);
});

test('an image that is on the node is not pulled again', async () => {
  const { client, settle, eventsAbout } = await wholeCluster({ nodes: 1 });
  await client.create(PODS, 'default', pod('first'));
  await settle();
  await client.create(PODS, 'default', pod('second'));
  await settle();
  expect(await eventsAbout('second')).toContain(
    'Pulled: Container image "example/main:1" already present on machine and can be accessed by the pod',
  );
});

test('init containers run one after another, sidecars before what follows them', async () => {
  const { client, settle, pod: get } = await wholeCluster();
  const initContainers = [
    { name: 'one', image: 'example/init:1' },
    { name: 'side', image: 'example/side:1', restartPolicy: 'Always' },
    { name: 'two', image: 'example/init:2' },
  ];
  await client.create(PODS, 'default', pod('web', { initContainers }));
  await settle();
  const { status } = await get('web');
  const times = status.initContainerStatuses.map(
    (one: { state: { running?: { startedAt: string }; terminated?: { startedAt: string } } }) =>
      Date.parse((one.state.running ?? one.state.terminated)?.startedAt ?? ''),
  );
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(status.initContainerStatuses[0].state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  expect(status.initContainerStatuses[1].state.running).toBeDefined();
  expect(Date.parse(status.containerStatuses[0].state.running.startedAt)).toBeGreaterThan(times[2]);
});

test('a container that ends is started again, at once and then ever later', async () => {
  const { client, tick, pod: get, eventsAbout } = await wholeCluster();
  const containers = [{ name: 'main', image: 'example/main:1', command: ['sh', '-c', 'exit 3'] }];
  await client.create(PODS, 'default', pod('crash', { containers }));
  await tick({ advance: 14_000 });
  expect(stateOf(await get('crash'))).toMatch(/waiting CrashLoopBackOff unready [12]$/);
  await tick({ advance: 1_200_000 });
  const { status } = await get('crash');
  expect(status.phase).toBe('Running');
  // Starts at 0, then 10, 20, 40, 80, 160, 300, 300 … seconds after an end.
  expect(status.containerStatuses[0].restartCount).toBeGreaterThanOrEqual(7);
  expect(status.containerStatuses[0].restartCount).toBeLessThanOrEqual(9);
  expect(status.containerStatuses[0].lastState.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  expect(
    (await eventsAbout('crash')).some((event) =>
      event.startsWith('BackOff: Back-off restarting failed container main in pod crash_default('),
    ),
  ).toBe(true);
});

const endings: [command: string[], restartPolicy: string, state: string][] = [
  [['true'], 'Never', 'Succeeded, terminated Completed unready 0'],
  [['false'], 'Never', 'Failed, terminated Error unready 0'],
  [['sh', '-c', 'echo hello; exit 0'], 'OnFailure', 'Succeeded, terminated Completed unready 0'],
  [['sleep', '30'], 'OnFailure', 'Succeeded, terminated Completed unready 0'],
  [['sleep', 'infinity'], 'Never', 'Running, running ready 0'],
];
test.each(endings)('%j with restartPolicy %s ends as %s', async (command, restartPolicy, state) => {
  const { client, settle, pod: get } = await wholeCluster();
  const containers = [{ name: 'main', image: 'example/main:1', command }];
  await client.create(PODS, 'default', pod('work', { containers, restartPolicy }));
  await settle();
  expect(stateOf(await get('work'))).toBe(state);
});

test('readiness waits for startup and readiness probes', async () => {
  const { client, tick, pod: get } = await wholeCluster();
  const containers = [
    {
      name: 'main',
      image: 'example/main:1',
      startupProbe: { httpGet: { path: '/', port: 80 }, initialDelaySeconds: 20 },
      readinessProbe: {
        httpGet: { path: '/', port: 80 },
        initialDelaySeconds: 5,
        periodSeconds: 10,
        successThreshold: 3,
      },
    },
  ];
  await client.create(PODS, 'default', pod('slow', { containers }));
  await tick({ advance: 10_000 });
  const started = Date.parse((await get('slow'))['status'].containerStatuses[0].state.running.startedAt);
  await tick({ settle: true });
  const ready = (await get('slow'))['status'].conditions.find((one: { type: string }) => one.type === 'Ready');
  expect(ready.status).toBe('True');
  expect(Date.parse(ready.lastTransitionTime) - started).toBe(40_000);
});

test('a deleted pod is stopped, and gone', async () => {
  const { client, settle, eventsAbout } = await wholeCluster();
  await client.create(PODS, 'default', pod('web'));
  await settle();
  const answer = await client.delete(PODS, 'default', 'web');
  expect(answer).toMatchObject({ metadata: { deletionGracePeriodSeconds: 30 } });
  await settle();
  expect((await client.list(PODS, 'default')).items).toEqual([]);
  expect(await eventsAbout('web')).toContain('Killing: Stopping container main');
});

test('a process that knows nothing goes on where the last one stopped', async () => {
  const { client, tick, pod: get } = await wholeCluster();
  const containers = [{ name: 'main', image: 'example/main:1', command: ['false'] }];
  await client.create(PODS, 'default', pod('crash', { containers }));
  for (let i = 0; i < 40; i++) await tick();
  const once = stateOf(await get('crash'));
  const other = await wholeCluster();
  await other.client.create(PODS, 'default', pod('crash', { containers }));
  await other.tick({ advance: 40_000 });
  expect(stateOf(await other.pod('crash'))).toBe(once);
});

test('what mirrors a static pod that no kubelet has is removed', async () => {
  const { client, settle } = await wholeCluster({ nodes: 1 });
  const mirror = pod('mirror');
  await client.create(PODS, 'default', {
    ...mirror,
    metadata: { ...mirror.metadata, annotations: { 'kubernetes.io/config.mirror': 'hash' } },
    spec: { ...mirror['spec'], nodeName: 'node-1', automountServiceAccountToken: false },
  });
  await settle();
  await expect(client.get(PODS, 'default', 'mirror')).rejects.toThrow('pods "mirror" not found');
});
