/** What befalls pods, by commands. */
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5 };
  const containers = [
    { name: 'web', image: 'nginx:1', readinessProbe: probe },
    { name: 'log', image: 'log:1' },
  ];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
  cluster.write('pod.json', JSON.stringify(pod));
  await cluster.ok('apply -f pod.json');
  await cluster.ok('tick --settle -q');
});

const states = async () =>
  JSON.parse(await cluster.ok('get pod p -o json')).status.containerStatuses.map(
    ({ name, state, lastState, restartCount }: Record<string, Record<string, unknown>>) => {
      const last = (lastState?.['terminated'] ?? state?.['terminated']) as
        | { reason: string; exitCode: number }
        | undefined;
      return `${name}:${Object.keys(state ?? {})[0]} ${restartCount}${last ? ` ${last.reason} ${last.exitCode}` : ''}`;
    },
  );

test('exit: a container ends with a code, once', async () => {
  expect(await cluster.ok('pod exit p -c log --exit-code 3')).toBe('pod/p container log exits with 3\n');
  await cluster.ok('tick 1s -q');
  expect(await states()).toEqual(['log:terminated 0 Error 3', 'web:running 0']);
  await cluster.ok('tick --settle -q');
  await cluster.ok('tick 1h -q');
  expect(await states()).toEqual(['log:running 1 Error 3', 'web:running 0']);
});

test('oom, of the first container unless told', async () => {
  expect(await cluster.run('pod oom p')).toEqual({
    out: 'pod/p container web runs out of memory\n',
    err: 'Defaulted container "web" out of: web, log\n',
    code: 0,
  });
  await cluster.ok('tick --settle -q');
  expect(await states()).toEqual(['log:running 0', 'web:running 1 OOMKilled 137']);
});

test('fail: all of them end', async () => {
  expect(await cluster.ok('pod fail p')).toBe('pod/p fails\n');
  await cluster.ok('tick --settle -q');
  expect(await states()).toEqual(['log:running 1 Error 1', 'web:running 1 Error 1']);
});

test('fail --probe: out of its services for a while', async () => {
  const ready = () => cluster.ok(['get', 'pod', 'p', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']);
  expect(await cluster.ok('pod fail pod/p -c web --probe readiness --for 40s')).toBe(
    'pod/p fails its readiness probe\n',
  );
  await cluster.ok('tick 20s -q');
  expect(await ready()).toBe('False');
  await cluster.ok('tick 40s -q');
  expect(await ready()).toBe('True');
});

test.each([
  ['pod exit', "error: one pod must be named\nSee 'kubectl pod exit -h' for help and examples\n"],
  ['pod exit nosuch', 'Error from server (NotFound): pods "nosuch" not found\n'],
  ['pod exit p -c nosuch', 'error: container nosuch is not valid for pod p out of: web, log\n'],
  ['pod exit p -c log --exit-code 256', 'error: --exit-code must be from 0 to 255, not 256\n'],
  ['pod fail p -c web --probe liveness', 'error: container "web" in pod "p" has no liveness probe\n'],
  ['pod fail p --probe luck', 'error: invalid probe "luck": it must be one of startup, liveness, readiness\n'],
])('%s is refused', async (line, err) => {
  expect(await cluster.run(line)).toEqual({ out: '', err, code: 1 });
});

test('one that does not run can not end', async () => {
  await cluster.ok('run late --image=late:1');
  expect(await cluster.run('pod exit late')).toMatchObject({
    err: 'error: container "late" in pod "late" is not running\n',
    code: 1,
  });
});
