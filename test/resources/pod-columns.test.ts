/** The row that `kubectl get pods` shows of a pod in each of its states. */
import type { KubeObject } from '../../src/apimachinery/meta';
import { formatTime } from '../../src/apimachinery/time';
import { NOW, row } from './judged';

const ago = (seconds: number): string => formatTime(NOW - seconds * 1000);

interface State {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

function pod({ spec, status, metadata }: State): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', creationTimestamp: ago(125), ...metadata },
    spec: { containers: [{ name: 'c' }], ...spec },
    status: { phase: 'Running', ...status },
  };
}
const container = (state: object, more: object = {}) => ({ name: 'c', ready: false, restartCount: 0, state, ...more });
const running = (more: object = {}) => container({ running: { startedAt: ago(60) } }, { ready: true, ...more });
const waiting = (reason: string) => container({ waiting: { reason } });
const ended = (terminated: object, more: object = {}) => container({ terminated }, more);
const done = { exitCode: 0, reason: 'Completed' };
const sidecar = { name: 's', restartPolicy: 'Always' };

/** What of the pod differs from a plain one; then READY, STATUS and RESTARTS. */
const STATES: [string, State, [ready: string, status: string, restarts: string]][] = [
  ['runs', { status: { containerStatuses: [running()] } }, ['1/1', 'Running', '0']],
  ['has a phase only', { status: { phase: 'Pending' } }, ['0/1', 'Pending', '0']],
  ['has a reason of its own', { status: { phase: 'Failed', reason: 'Evicted' } }, ['0/1', 'Evicted', '0']],
  [
    'waits for its image',
    { status: { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] } },
    ['0/1', 'ContainerCreating', '0'],
  ],
  [
    'crashes',
    {
      status: {
        containerStatuses: [
          { ...waiting('CrashLoopBackOff'), restartCount: 3, lastState: { terminated: { finishedAt: ago(40) } } },
        ],
      },
    },
    ['0/1', 'CrashLoopBackOff', '3 (40s ago)'],
  ],
  ['is done', { status: { phase: 'Succeeded', containerStatuses: [ended(done)] } }, ['0/1', 'Completed', '0']],
  [
    'ended with a code',
    { status: { phase: 'Failed', containerStatuses: [ended({ exitCode: 3 })] } },
    ['0/1', 'ExitCode:3', '0'],
  ],
  [
    'ended by a signal',
    { status: { phase: 'Failed', containerStatuses: [ended({ exitCode: 137, signal: 9 })] } },
    ['0/1', 'Signal:9', '0'],
  ],
  [
    'has one container that is done and one that runs',
    {
      spec: { containers: [{ name: 'a' }, { name: 'b' }] },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [ended(done), running()],
      },
    },
    ['1/2', 'Running', '0'],
  ],
  [
    'has one that is done, and is not ready',
    {
      spec: { containers: [{ name: 'a' }, { name: 'b' }] },
      status: { containerStatuses: [ended(done), running()] },
    },
    ['1/2', 'NotReady', '0'],
  ],
  [
    'is at its first of two init containers',
    {
      spec: { initContainers: [{ name: 'i' }, { name: 'j' }] },
      status: { phase: 'Pending', initContainerStatuses: [running(), waiting('PodInitializing')] },
    },
    ['0/1', 'Init:0/2', '0'],
  ],
  [
    'is at its second',
    {
      spec: { initContainers: [{ name: 'i' }, { name: 'j' }] },
      status: { phase: 'Pending', initContainerStatuses: [ended(done), waiting('PodInitializing')] },
    },
    ['0/1', 'Init:1/2', '0'],
  ],
  [
    'fails to start up',
    {
      spec: { initContainers: [{ name: 'i' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [ended({ exitCode: 1, reason: 'Error' }, { restartCount: 2 })],
      },
    },
    ['0/1', 'Init:Error', '2'],
  ],
  [
    'crashes at start-up',
    {
      spec: { initContainers: [{ name: 'i' }] },
      status: { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] },
    },
    ['0/1', 'Init:CrashLoopBackOff', '0'],
  ],
  [
    'runs with a sidecar',
    {
      spec: { initContainers: [sidecar] },
      status: {
        conditions: [{ type: 'Initialized', status: 'True' }],
        initContainerStatuses: [{ ...running({ restartCount: 1 }), name: 's', started: true }],
        containerStatuses: [running({ restartCount: 2 })],
      },
    },
    ['2/2', 'Running', '3'],
  ],
  [
    'starts with a sidecar that is up',
    {
      spec: { initContainers: [sidecar, { name: 'i' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          { ...running(), name: 's', started: true },
          { ...waiting('PodInitializing'), name: 'i' },
        ],
      },
    },
    ['1/2', 'Init:1/2', '0'],
  ],
  [
    'is being deleted',
    { metadata: { deletionTimestamp: ago(1) }, status: { containerStatuses: [running()] } },
    ['1/1', 'Terminating', '0'],
  ],
  [
    'is being deleted on a node that is lost',
    { metadata: { deletionTimestamp: ago(1) }, status: { reason: 'NodeLost', containerStatuses: [running()] } },
    ['1/1', 'Unknown', '0'],
  ],
  [
    'was done before its deletion',
    {
      metadata: { deletionTimestamp: ago(1) },
      status: { phase: 'Succeeded', containerStatuses: [ended(done)] },
    },
    ['0/1', 'Completed', '0'],
  ],
  [
    'is held by a gate',
    {
      status: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      },
    },
    ['0/1', 'SchedulingGated', '0'],
  ],
];

test.each(STATES)('a pod that %s', async (_, state, [ready, status, restarts]) => {
  expect(await row(pod(state))).toMatchObject({
    Name: 'p',
    Ready: ready,
    Status: status,
    Restarts: restarts,
    Age: '2m5s',
  });
});

test('the columns of -o wide', async () => {
  const plain = pod({});
  expect(await row(plain)).toMatchObject({
    IP: '<none>',
    Node: '<none>',
    'Nominated Node': '<none>',
    'Readiness Gates': '<none>',
  });
  const full = pod({
    spec: { nodeName: 'n1', readinessGates: [{ conditionType: 'a' }, { conditionType: 'b' }] },
    status: {
      podIPs: [{ ip: '10.0.0.1' }],
      nominatedNodeName: 'n2',
      conditions: [{ type: 'a', status: 'True' }],
    },
  });
  expect(await row(full)).toMatchObject({
    IP: '10.0.0.1',
    Node: 'n1',
    'Nominated Node': 'n2',
    'Readiness Gates': '1/2',
  });
});
