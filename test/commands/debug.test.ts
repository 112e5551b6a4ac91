/** `debug`: containers in pods, copies of pods, pods on nodes. What profiles make was compared with the real kubectl's. */
import { memoryCluster, type TestCluster } from './harness';

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}, annotations: {note: x}}
spec:
  securityContext: {runAsUser: 1000}
  initContainers: [{name: init, image: i}]
  containers:
  - name: a
    image: i
    args: [x]
    livenessProbe: {httpGet: {port: 80}}
    readinessProbe: {httpGet: {port: 80}}
    startupProbe: {httpGet: {port: 80}}
    securityContext: {capabilities: {add: [CHOWN]}}
  - {name: b, image: j}
`;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 1 });
  cluster.write('pod.yaml', POD);
  cluster.write('custom.yaml', 'env: [{name: A, value: y}]\nsecurityContext: {runAsUser: 0}\n');
  cluster.write('named.yaml', 'name: x\n');
  cluster.write('list.yaml', '[]\n');
  await cluster.ok('create -f pod.yaml');
  await cluster.ok('tick --settle -q');
});

const USER = `Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n`;
const get = async (name: string) => JSON.parse(await cluster.ok(`get pod ${name} -o json`));

describe('an ephemeral container', () => {
  test('gets a name, starts, says what it says, and is left alone when it has ended', async () => {
    const { out, err, code } = await cluster.run([
      ...'debug web --image=busybox --'.split(' '),
      'sh',
      '-c',
      'echo hi; sleep 5',
    ]);
    expect({ err, code }).toEqual({ err: USER, code: 0 });
    const name = /^Defaulting debug container name to (debugger-[a-z0-9]{5})\.\n$/.exec(out)?.[1] ?? '';
    await cluster.ok('tick 20s -q');
    const { spec, status } = await get('web');
    expect(spec.ephemeralContainers).toEqual([
      {
        command: ['sh', '-c', 'echo hi; sleep 5'],
        image: 'busybox',
        imagePullPolicy: 'Always',
        name,
        resources: {},
        securityContext: { capabilities: { add: ['SYS_PTRACE'] } },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
    expect(status.ephemeralContainerStatuses).toMatchObject([
      { name, ready: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
    ]);
    expect(status.phase).toBe('Running');
    expect(await cluster.ok(`logs web -c ${name}`)).toBe('hi\n');
    expect(await cluster.ok('events --for pod/web -o jsonpath={.items[*].involvedObject.fieldPath}')).toContain(
      `spec.ephemeralContainers{${name}}`,
    );
  });

  test('another time has another name', async () => {
    const one = (await cluster.run('debug web --image=busybox')).out;
    const two = (await cluster.run('debug web --image=busybox')).out;
    expect(two).not.toBe(one);
    expect((await cluster.run('debug web --image=busybox -q')).out).toBe('');
  });

  test.each<[string, object | undefined]>([
    ['legacy', undefined],
    ['general', { capabilities: { add: ['SYS_PTRACE'] } }],
    ['baseline', undefined],
    [
      'restricted',
      {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    ],
    ['netadmin', { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }],
    ['sysadmin', { privileged: true }],
  ])('--profile=%s', async (profile, securityContext) => {
    const { out, code } = await cluster.run(
      `debug web --image=busybox -c ${profile} --profile=${profile} --target=a --env=A=b --arguments-only -- x`,
    );
    expect({ out, code }).toEqual({ out: expect.stringMatching(/^Targeting container "a"\. /), code: 0 });
    const { spec } = await get('web');
    const made = spec.ephemeralContainers.find(({ name }: { name: string }) => name === profile);
    expect(made.securityContext).toEqual(securityContext);
    expect(made).toMatchObject({ args: ['x'], env: [{ name: 'A', value: 'b' }], targetContainerName: 'a' });
  });

  test('a custom profile is laid over it', async () => {
    expect(await cluster.run('debug web --image=busybox -c own --custom=custom.yaml')).toEqual({
      out: '',
      err: '',
      code: 0,
    });
    const { spec } = await get('web');
    expect(spec.ephemeralContainers.at(-1)).toMatchObject({
      env: [{ name: 'A', value: 'true' }],
      securityContext: { capabilities: { add: ['SYS_PTRACE'] }, runAsUser: 0 },
    });
  });

  test('can not be attached to: its log is shown', async () => {
    const ran = await cluster.run([
      ...'debug web --image=busybox -c talk -i -q -- sh -c'.split(' '),
      'echo hello; sleep 60',
    ]);
    expect(ran).toEqual({
      out: 'hello\n',
      err: `${USER}warning: couldn't attach to pod/web, falling back to streaming logs: unable to upgrade connection: containers are simulated: no process runs in them that could be attached to\n`,
      code: 0,
    });
  });
});

describe('--copy-to', () => {
  test('a container more, without what would disturb', async () => {
    await cluster.run('debug web --image=busybox --copy-to=copy -c dbg -- sleep 5');
    const { metadata, spec } = await get('copy');
    expect(metadata.labels).toBeUndefined();
    expect(metadata.annotations).toBeUndefined();
    expect(spec.shareProcessNamespace).toBe(true);
    expect(spec.nodeName).toBeUndefined();
    expect(spec.ephemeralContainers).toBeUndefined();
    expect(spec.containers.map(({ name }: { name: string }) => name)).toEqual(['a', 'b', 'dbg']);
    expect(spec.containers[0].livenessProbe ?? spec.containers[0].readinessProbe).toBeUndefined();
    expect(spec.containers[2]).toMatchObject({ image: 'busybox', command: ['sleep', '5'] });
  });

  test('the --keep flags keep', async () => {
    const keep = 'labels annotations liveness readiness startup'.split(' ').map((name) => `--keep-${name}`);
    await cluster.run(['debug', 'web', '--image=busybox', '--copy-to=kept', ...keep, '--keep-init-containers=false']);
    const { metadata, spec } = await get('kept');
    expect(metadata).toMatchObject({ labels: { app: 'web' }, annotations: { note: 'x' } });
    expect(spec.containers[0]).toMatchObject({ livenessProbe: {}, readinessProbe: {}, startupProbe: {} });
    expect(spec.initContainers).toBeUndefined();
  });

  test('another command, other images, the same node, in the place of the original', async () => {
    await cluster.run('debug web --copy-to=changed -c a --set-image=*=x,b=y -- sh');
    const { spec } = await get('changed');
    expect(spec.containers).toMatchObject([
      { name: 'a', image: 'x', command: ['sh'] },
      { name: 'b', image: 'y' },
    ]);
    expect(spec.containers[0].args).toBeUndefined();
    await cluster.ok('debug changed --copy-to=next --set-image=b=z --same-node --replace --share-processes=false');
    expect(await cluster.ok('get pods -o name')).not.toContain('pod/changed\n');
    expect((await get('next')).spec.shareProcessNamespace).toBe(false);
  });
});

test('a pod on a node', async () => {
  const out = await cluster.ok('debug node/node-1 --image=busybox --profile=sysadmin');
  const [, name = ''] =
    /^Creating debugging pod (node-debugger-node-1-\w{5}) with container debugger on node node-1\.\n$/.exec(out) ?? [];
  const { metadata, spec } = await get(name);
  expect(metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'kubectl-debug' });
  expect(spec).toMatchObject({
    nodeName: 'node-1',
    restartPolicy: 'Never',
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
  });
  expect(spec.tolerations).toContainEqual({ operator: 'Exists' });
  expect(spec.volumes).toContainEqual({ name: 'host-root', hostPath: { path: '/', type: '' } });
  expect(spec.containers[0]).toMatchObject({ name: 'debugger', securityContext: { privileged: true } });
  expect(spec.containers[0].volumeMounts[0]).toEqual({ mountPath: '/host', name: 'host-root' });
  expect(await cluster.ok('debug node/node-1 --image=busybox')).not.toContain(name);
});

test.each([
  ['debug', 'error: you must specify --image when not using --copy-to.\n'],
  ['debug --image=a', 'error: NAME or filename is required for debug\n'],
  [
    'debug web --attach',
    'error: you must specify --container or create a new container using --image in order to attach.\n',
  ],
  ['debug web --image=A_B', 'error: invalid image name "A_B": invalid reference format\n'],
  ['debug web --image=a --replace', 'error: --replace may only be used with --copy-to.\n'],
  ['debug web --image=a --same-node', 'error: --same-node may only be used with --copy-to.\n'],
  ['debug web --image=a --set-image=a=b', 'error: --set-image may only be used with --copy-to.\n'],
  ['debug web --copy-to=x', 'error: you must specify --image, --set-image or command arguments.\n'],
  [
    'debug web --copy-to=x -- sh',
    'error: you must specify an existing container or a new image when specifying args.\n',
  ],
  ['debug web --copy-to=x -c nosuch -- sh', 'error: you must specify image when creating new container\n'],
  [
    'debug web --copy-to=x --set-image=a=A_B',
    'error: invalid image name "A_B" for container "a": invalid reference format\n',
  ],
  ['debug web --image=a --image-pull-policy=Maybe', 'error: invalid image pull policy: Maybe\n'],
  [
    'debug web --image=a --copy-to=x --target=a',
    'error: --target is incompatible with --copy-to. Use --share-processes instead.\n',
  ],
  ['debug web --image=a -t', 'error: -i/--stdin is required for containers with -t/--tty=true\n'],
  ['debug web --image=a --profile=bogus', 'error: unknown profile: bogus\n'],
  [
    'debug web --image=a --custom=nosuch',
    'error: must pass a container spec json file for custom profile: open nosuch: no such file or directory\n',
  ],
  [
    'debug web --image=a --custom=named.yaml',
    'error: name, command, image, lifecycle and volume devices are not modifiable via custom profile\n',
  ],
  [
    'debug web --image=a --custom=list.yaml',
    'error: list.yaml does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type v1.Container\n',
  ],
  ['debug nosuch --image=a', 'Error from server (NotFound): pods "nosuch" not found\n'],
  ['debug svc/kubernetes --image=a', 'error: "/v1, Kind=Service" not supported by debug\n'],
  [
    'debug web --image=a -q -c a --profile=baseline',
    'The Pod "web" is invalid: spec.ephemeralContainers[__].name: Duplicate value: "a"\n',
  ],
])('%s', async (line, err) => {
  const ran = await cluster.run(line);
  expect({ ...ran, err: ran.err.replace(/ephemeralContainers\[\d+\]/, 'ephemeralContainers[__]') }).toEqual({
    out: '',
    err,
    code: 1,
  });
});

test('the same commands make the same names', async () => {
  const said = async () => {
    const other = await memoryCluster({ nodes: 1, seed: 7 });
    await other.ok('run web --image=nginx');
    await other.ok('tick --settle -q');
    return (await other.ok('debug web --image=busybox')) + (await other.ok('debug node/node-1 --image=busybox'));
  };
  expect(await said()).toBe(await said());
});
