/** `logs`, over containers whose commands say something. */
import { memoryCluster, type TestCluster } from './harness';

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two}}
spec:
  restartPolicy: Never
  initContainers: [{name: init, image: i, command: [echo, prepared]}]
  containers:
  - {name: a, image: i, command: [sh, -c, 'for i in 1 2 3; do echo a$i; sleep 10; done']}
  - {name: b, image: i, command: [sh, -c, 'sleep 5; echo b; exit 4']}
---
apiVersion: v1
kind: Pod
metadata: {name: crash, labels: {app: crash}}
spec: {containers: [{name: main, image: i, command: [sh, -c, 'echo no luck; exit 1']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: waiting}
spec: {nodeName: node-1, containers: [{name: main, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nowhere}
spec: {nodeSelector: {a: b}, containers: [{name: main, image: i}]}
`;

const LOST = `
apiVersion: v1
kind: Pod
metadata: {name: lost}
spec: {nodeName: nosuch, containers: [{name: main, image: i}]}
`;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 2 });
  await cluster.ok('create -f -', { stdin: PODS });
  await cluster.ok('create deployment web --image=nginx --replicas=2');
  await cluster.ok('create deployment one --image=nginx');
  await cluster.ok('tick 60s -q');
  await cluster.ok('create -f -', { stdin: PODS.split('---')[0]?.replaceAll('two', 'fresh') ?? '' });
  await cluster.ok('tick 3s -q');
  await cluster.ok('create -f -', { stdin: LOST });
});

const DEFAULTED = 'Defaulted container "a" out of: a, b, init (init)\n';

test.each<[string, string, string?]>([
  ['two', 'a1\na2\na3\n', DEFAULTED],
  ['two -c b', 'b\n'],
  ['two b', 'b\n'],
  ['pod/two -c init', 'prepared\n'],
  ['two --all-containers', 'prepared\na1\na2\na3\nb\n'],
  [
    'two --all-containers --prefix',
    '[pod/two/init] prepared\n[pod/two/a] a1\n[pod/two/a] a2\n[pod/two/a] a3\n[pod/two/b] b\n',
  ],
  ['-l app=two', 'a1\na2\na3\n', DEFAULTED],
  ['-l app=two --tail=1 --prefix -c a', '[pod/two/a] a3\n'],
  ['-l app=none', '', 'No resources found in default namespace.\n'],
  ['two -c a --tail=0', ''],
  ['two -c a --tail=2', 'a2\na3\n'],
  ['two -c a --limit-bytes=4', 'a1\na'],
  ['crash', 'no luck\n'],
  ['crash -p', 'no luck\n'],
  ['nowhere', ''],
  ['deployment/one', ''],
  ['deployment/web --all-pods', ''],
])('logs %s', async (line, out, err = '') => {
  expect(await cluster.run(`logs ${line}`)).toEqual({ out, err, code: 0 });
});

test.each([
  [
    '',
    "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples\n",
  ],
  ['two -l a=b', "error: only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples\n"],
  ['two --pod-running-timeout=0s', 'error: --pod-running-timeout must be higher than zero\n'],
  [
    'two --since-time=noon',
    'error: parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"\n',
  ],
  [
    'two --since=1s --since-time=2026-01-01T00:00:00Z',
    'error: at most one of `sinceTime` or `sinceSeconds` may be specified\n',
  ],
  ['two a --all-containers', 'error: --all-containers=true should not be specified with container name a\n'],
  ['two a -c b', 'error: only one of -c or an inline [CONTAINER] arg is allowed\n'],
  ['two --limit-bytes=-1', 'error: --limit-bytes must be greater than 0\n'],
  ['two --since=-5s', 'error: --since must be greater than 0\n'],
  ['two --tail=-2', 'error: --tail must be greater than or equal to -1\n'],
  ['two -c x', 'error: container x is not valid for pod two out of: a, b, init (init)\n'],
  ['nosuch', 'error: error from server (NotFound): pods "nosuch" not found in namespace "default"\n'],
  [
    'cm/kube-root-ca.crt',
    'error: cannot get the logs from *v1.ConfigMap: selector for *v1.ConfigMap not implemented\n',
  ],
  [
    'service/kubernetes',
    "error: cannot get the logs from *v1.Service: invalid service 'kubernetes': Service is defined without a selector\n",
  ],
  ['two -c a -p', 'Error from server (BadRequest): previous terminated container "a" in pod "two" not found\n'],
  ['lost', 'Error from server (NotFound): nodes "nosuch" not found\n'],
  ['fresh -c b', 'Error from server (BadRequest): container "b" in pod "fresh" is waiting to start: PodInitializing\n'],
  [
    '-f -l app=two --all-containers --max-log-requests=2',
    'error: you are attempting to follow 3 log streams, but maximum allowed concurrency is 2, use --max-log-requests to increase the limit\n',
  ],
])('logs %s is refused', async (line, err) => {
  expect(await cluster.run(`logs ${line}`)).toEqual({ out: '', err, code: 1 });
});

test('of several pods the first is taken, and that is said', async () => {
  const { err, code } = await cluster.run('logs deployment/web');
  expect({ err, code }).toEqual({ err: expect.stringMatching(/^Found 2 pods, using pod\/web-\w+-\w+\n$/), code: 0 });
});

test('--timestamps, --since and --since-time', async () => {
  const stamped = await cluster.ok('logs two a --timestamps');
  const times = stamped.split('\n').map((line) => line.split(' ')[0] ?? '');
  expect(times[0]).toMatch(/^2026-01-01T00:00:\d\d\.000000000Z$/);
  const second = Date.parse(times[1] ?? '');
  expect(second - Date.parse(times[0] ?? '')).toBe(10_000);
  const now = Date.parse('2026-01-01T00:01:03Z');
  expect(await cluster.ok(`logs two a --since=${(now - second) / 1000}s`)).toBe('a2\na3\n');
  expect(await cluster.ok(`logs two a --since-time=${new Date(second).toISOString()}`)).toBe('a2\na3\n');
});

test('--ignore-errors goes on with the next', async () => {
  expect(await cluster.run('logs fresh --all-containers --ignore-errors')).toMatchObject({
    out: expect.stringContaining('error: container "b" in pod "fresh" is waiting to start: PodInitializing\n'),
    code: 0,
  });
});

test('the default container of an annotation', async () => {
  await cluster.ok('annotate pod two kubectl.kubernetes.io/default-container=b');
  expect(await cluster.ok('logs two')).toBe('b\n');
  await cluster.ok('annotate pod two kubectl.kubernetes.io/default-container=gone --overwrite');
  expect(await cluster.run('logs two --tail=1')).toEqual({
    out: 'a3\n',
    err: `Default container name "gone" not found in pod two\n${DEFAULTED}`,
    code: 0,
  });
  await cluster.ok('annotate pod two kubectl.kubernetes.io/default-container-');
});

describe('-f', () => {
  test('lets time pass from the very beginning until the containers end', async () => {
    const other = await memoryCluster({ nodes: 1 });
    await other.ok('create -f -', { stdin: PODS.split('---')[0] ?? '' });
    const { out, err, code } = await other.run('logs two -f --all-containers --prefix');
    expect({ out, code }).toEqual({
      out: '[pod/two/init] prepared\n[pod/two/a] a1\n[pod/two/b] b\n[pod/two/a] a2\n[pod/two/a] a3\n',
      code: 0,
    });
    expect(err).toContain('container "a" in pod "two" is waiting to start: PodInitializing\n');
    expect(await other.ok('get pod two -o jsonpath={.status.phase}')).toBe('Failed');
  });

  test('ends with the run of the container that it follows', async () => {
    const other = await memoryCluster({ nodes: 1 });
    await other.ok('create -f -', { stdin: PODS.split('---')[1] ?? '' });
    const { out, code } = await other.run('logs crash -f');
    expect({ out, code }).toEqual({ out: 'no luck\n', code: 0 });
  });

  test('gives up what never starts', async () => {
    const other = await memoryCluster({ nodes: 1 });
    await other.ok('create -f -', { stdin: PODS.split('---')[3] ?? '' });
    expect(await other.run('logs nowhere -f')).toEqual({ out: '', err: '', code: 0 });
  });

  test('begins with the last lines, and stops at a limit', async () => {
    expect(await cluster.ok('logs two a -f --tail=1')).toBe('a3\n');
    const { out, code } = await cluster.run('logs fresh -f -c a --limit-bytes=5');
    expect({ out, code }).toEqual({ out: 'a1\na2', code: 0 });
  });
});

describe('the subresource', () => {
  const path = '/api/v1/namespaces/default/pods';
  test('is text, and wants a container where there are several', async () => {
    const { code, headers, body } = await cluster.client.send({ method: 'GET', path: `${path}/crash/log` });
    expect({ code, type: headers['content-type'], body }).toEqual({ code: 200, type: 'text/plain', body: 'no luck\n' });
    const bare = await cluster.client.send({ method: 'GET', path: `${path}/nowhere/log` });
    expect(bare).toMatchObject({ code: 204, body: '' });
  });
  test.each([
    ['two/log', 'a container name must be specified for pod two, choose one of: [init a b]'],
    ['two/log?container=x', 'container x is not valid for pod two'],
    ['two/log?tailLines=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'two/log?container=a&tailLines=-1',
      'PodLogOptions "two" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'two/log?limitBytes=0&sinceSeconds=0',
      'PodLogOptions "two" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
    ],
    ['two/log?stream=Stdout', 'PodLogOptions "two" is invalid: stream: Forbidden: may not be specified'],
    ['nosuch/log', 'pods "nosuch" not found'],
  ])('%s', async (rest, message) => {
    await expect(cluster.client.send({ method: 'GET', path: `${path}/${rest}` })).rejects.toThrow(message);
  });
});
