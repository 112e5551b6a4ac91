import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
});
const pod = async (args: string) => JSON.parse(await cluster.ok(`run x --image=a --dry-run=client -o json ${args}`));

test('a pod with one container', async () => {
  expect(await cluster.ok('run web --image=nginx --port=80')).toBe('pod/web created\n');
  expect(
    await cluster.ok('get pod web -o jsonpath={.metadata.labels}{.spec.containers[0].ports[0].containerPort}'),
  ).toBe('{"run":"web"}80');
  expect(await cluster.ok('get pod web -o jsonpath={.metadata.managedFields[0].manager}')).toBe('kubectl-run');
});
test('arguments, command, variables, labels, overrides', async () => {
  const { metadata, spec } = await pod(
    '--env=A=1 --env=B= --labels=a=b,c=d --annotations=n=m --privileged -n q -- b c',
  );
  expect(metadata).toEqual({ name: 'x', namespace: 'q', labels: { a: 'b', c: 'd' }, annotations: { n: 'm' } });
  expect(spec).toEqual({
    containers: [
      {
        name: 'x',
        image: 'a',
        args: ['b', 'c'],
        env: [{ name: 'A', value: '1' }, { name: 'B' }],
        resources: {},
        securityContext: { privileged: true },
      },
    ],
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
  });
  expect((await pod('--command -- b')).spec.containers[0].command).toEqual(['b']);
  const overrides = '{"apiVersion":"v1","spec":{"hostNetwork":true}}';
  const out = await cluster.ok(['run', 'x', '--image=a', `--overrides=${overrides}`, '--dry-run=client', '-o', 'json']);
  expect(JSON.parse(out).spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirst' });
});
test('--expose makes a service too', async () => {
  expect(await cluster.ok('run web --image=nginx --port=80 --expose')).toBe('service/web created\npod/web created\n');
  expect(await cluster.ok('get service web -o jsonpath={.spec.selector}{.spec.ports[0].targetPort}')).toBe(
    '{"run":"web"}80',
  );
});
describe('--attach', () => {
  const refused = (pod: string) =>
    `warning: couldn't attach to pod/${pod}, falling back to streaming logs: unable to upgrade connection: containers are simulated: no process runs in them that could be attached to\n`;
  test.each<[string, string, string, number]>([
    ['a --restart=Never -- echo hi', 'hi\n', '', 0],
    ['b --restart=Never -- sh -c "echo oops; exit 3"', 'oops\n', 'pod default/b terminated (Error)\n', 3],
    ['c --restart=OnFailure -- sh -c "echo a; sleep 20; echo b"', 'a\nb\n', '', 0],
    ['d -- sh -c "echo up; nginx"', 'up\n', '', 0],
  ])('run %s', async (line, out, err, code) => {
    const other = await memoryCluster({ nodes: 1 });
    const name = line.slice(0, 1);
    expect(await other.run(`run -i --rm --image=busybox ${line}`)).toEqual({
      out: `${out}pod "${name}" deleted from default namespace\n`,
      err: refused(name) + err,
      code,
    });
  });
  test('gives up on a pod that never runs', async () => {
    expect(await cluster.run('run web --image=nginx -i --rm')).toEqual({
      out: 'pod "web" deleted from default namespace\n',
      err: 'error: timed out waiting for the condition\n',
      code: 1,
    });
  });
});
test.each([
  ['run --image=a', 'error: NAME is required for run\n'],
  ['run --image=a -- x', 'error: NAME is required for run\n'],
  ['run x', 'error: required flag(s) "image" not set\n'],
  ['run x --image=A_B', 'error: Invalid image name "A_B": invalid reference format\n'],
  ['run x --image=a -t', 'error: -i/--stdin is required for containers with -t/--tty=true\n'],
  ['run x --image=a --expose', 'error: --port must be set when exposing a service\n'],
  ['run x --image=a --restart=Maybe', 'error: invalid restart policy: Maybe\n'],
  ['run x --image=a --rm', 'error: --rm should only be used for attached containers\n'],
  ['run x --image=a --env=1', 'error: invalid env: 1\n'],
  ['run x --image=a --labels=a', 'error: unexpected label spec: a\n'],
  ['run x --image=a --port=http', 'error: strconv.Atoi: parsing "http": invalid syntax\n'],
])('refuses %s', async (line, err) => {
  const ran = await cluster.run(line);
  expect({ ...ran, err: ran.err.replace(/See 'kubectl run -h' for help and examples\n/, '') }).toEqual({
    out: '',
    err,
    code: 1,
  });
});
