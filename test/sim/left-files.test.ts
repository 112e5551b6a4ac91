/** What containers find in the emptyDir volumes of their pod: what others and their own earlier runs have left there. */
import { memoryCluster, type TestCluster } from '../commands/harness';

interface Part {
  name?: string;
  script?: string;
  at?: string;
  more?: object;
}

/** A container that has the one volume at `at`. */
function part({ name = 'main', script, at = '/mnt', more }: Part) {
  const command = script === undefined ? {} : { command: ['sh', '-c', script] };
  return { name, image: 'busybox:1', ...command, volumeMounts: [{ name: 'work', mountPath: at }], ...more };
}

async function started(containers: Part[], initContainers: Part[] = [], restartPolicy = 'Never'): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 1, seed: 1 });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: {
      restartPolicy,
      volumes: [{ name: 'work', emptyDir: {} }],
      initContainers: initContainers.map(part),
      containers: containers.map(part),
    },
  };
  await cluster.ok('create -f -', { stdin: JSON.stringify(pod) });
  await cluster.ok('tick 60s -q');
  return cluster;
}

async function restarts(cluster: TestCluster): Promise<string> {
  const path = '{range .status.initContainerStatuses[*]}{.name}={.restartCount} {end}';
  return cluster.ok(['get', 'pod', 'p', '-o', `jsonpath=${path}${path.replace('initC', 'c')}{.status.phase}`]);
}

test('what an init container has written is there, wherever the volume is mounted', async () => {
  const cluster = await started(
    [{ script: 'cat /in/a; ls /in; if [ -f /in/none ]; then exit 1; fi; exit 3', at: '/in' }],
    [{ name: 'first', script: 'echo hello $(date +%T) > /data/a; touch /data/b /data/c; rm /data/c', at: '/data' }],
  );
  expect(await cluster.ok('logs p -c main')).toBe('hello 00:00:04\na\nb\n');
  expect(await restarts(cluster)).toBe('first=0 main=0 Failed');
});

test('a server that is asked for what an init container has made for it', async () => {
  const cluster = await started(
    [{ at: '/usr/share/nginx/html' }],
    [{ name: 'first', script: 'echo hello > /data/index.html', at: '/data' }],
  );
  expect(await cluster.ok('exec p -c main -- cat /usr/share/nginx/html/index.html')).toBe('hello\n');
});

const ALL_OVER = {
  restartPolicy: 'Never',
  restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
};

test('a container knows that it ran before: all are started anew once, not for ever', async () => {
  const once = 'if [ -f /mnt/done ]; then sleep 10000; else touch /mnt/done; exit 42; fi';
  const sidecar = { name: 'side', script: 'sleep 10000', more: { restartPolicy: 'Always' } };
  const cluster = await started([{ script: once, more: ALL_OVER }], [{ name: 'first', script: 'exit 0' }, sidecar]);
  expect(await restarts(cluster)).toBe('first=1 side=1 main=1 Running');
});

test('an init container that fails the first time', async () => {
  const cluster = await started(
    [{ script: 'sleep 10000', at: '/other' }],
    [{ name: 'first', script: 'if [ -f /mnt/done ]; then exit 0; else touch /mnt/done; exit 1; fi' }],
    'Always',
  );
  expect(await restarts(cluster)).toMatch(/^first=1 main=0 Running$/);
});

test('what a container beside it may write at any time nobody knows', async () => {
  const cluster = await started([
    { script: 'if [ -f /mnt/go ]; then exit 0; else exit 1; fi' },
    { name: 'other', script: 'sleep 5; touch /mnt/go; sleep 10000' },
  ]);
  expect(await restarts(cluster)).toBe('main=0 other=0 Running');
});
