import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 1 });
});
const configMap = (name: string, data: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\ndata: {k: ${data}}\n`;
const value = (name: string) => cluster.ok(`get cm ${name} -o jsonpath={.data.k}`);

describe('create', () => {
  test('makes, or fails', async () => {
    cluster.write('a.yaml', configMap('a', 'x'));
    expect(await cluster.ok('create -f a.yaml')).toBe('configmap/a created\n');
    expect(await cluster.run('create -f a.yaml')).toEqual({
      out: '',
      err: 'Error from server (AlreadyExists): error when creating "a.yaml": configmaps "a" already exists\n',
      code: 1,
    });
  });
  test('-o prints what the server made', async () => {
    const stdin = configMap('a', 'x');
    expect(await cluster.ok('create -f - --dry-run=server -o jsonpath={.metadata.uid}', { stdin })).toMatch(
      /^[0-9a-f-]{36}$/,
    );
    expect(await cluster.ok('create -f - -o name', { stdin })).toBe('configmap/a\n');
    expect(await cluster.ok('create -f - --dry-run=client -o yaml', { stdin })).toBe(
      'apiVersion: v1\ndata:\n  k: x\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: default\n',
    );
  });
  test('field managers', async () => {
    await cluster.ok('create -f -', { stdin: configMap('a', 'x') });
    await cluster.ok('create -f - --field-manager=me', { stdin: configMap('b', 'x') });
    const managers = await cluster.ok([
      'get',
      'cm',
      'a',
      'b',
      '-o',
      'jsonpath={.items[*].metadata.managedFields[*].manager}',
    ]);
    expect(managers).toBe('kubectl-create me');
  });
  test('unknown fields are refused, told of, or dropped', async () => {
    const stdin = `${configMap('a', 'x')}colour: blue\n`;
    expect((await cluster.run('create -f -', { stdin })).err).toMatch(
      /^Error from server \(BadRequest\): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"\n$/,
    );
    expect(await cluster.run('create -f - --validate=warn', { stdin })).toEqual({
      out: 'configmap/a created\n',
      err: 'Warning: unknown field "colour"\n',
      code: 0,
    });
    expect(
      (
        await cluster.run('create -f - --validate=warn --warnings-as-errors', {
          stdin: stdin.replace('name: a', 'name: c'),
        })
      ).err,
    ).toBe('Warning: unknown field "colour"\nerror: 1 warning received\n');
    expect(await cluster.ok('create -f - --validate=ignore', { stdin: stdin.replace('name: a', 'name: b') })).toBe(
      'configmap/b created\n',
    );
  });
  test('--dry-run alone, and as a boolean', async () => {
    const stdin = configMap('a', 'x');
    expect(await cluster.run('create -f - --dry-run', { stdin })).toEqual({
      out: 'configmap/a created (dry run)\n',
      err: 'Warning: --dry-run is deprecated and can be replaced with --dry-run=client.\n',
      code: 0,
    });
    expect((await cluster.run('create -f - --dry-run=false', { stdin })).err).toBe(
      'Warning: --dry-run=false is deprecated (boolean value) and can be replaced with --dry-run=none.\n',
    );
  });
  test('--raw', async () => {
    const stdin = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw"},"data":{"k":"v"}}';
    expect(
      JSON.parse(await cluster.ok('create --raw /api/v1/namespaces/default/configmaps -f -', { stdin })).metadata.name,
    ).toBe('raw');
    expect(await value('raw')).toBe('v');
  });
});

describe('generators', () => {
  test.each([
    ['ns x', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\nspec: {}\nstatus: {}\n'],
    ['ns x -n f', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\nspec: {}\nstatus: {}\n'],
    ['cm x --from-literal=a=b=c', 'apiVersion: v1\ndata:\n  a: b=c\nkind: ConfigMap\nmetadata:\n  name: x\n'],
    [
      'cm x -n f --from-literal=a=b --append-hash',
      'apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: x-64686gkt6c\n  namespace: f\n',
    ],
    [
      'cm x --from-literal=a=b --save-config',
      'apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"a":"b"}}\n  name: x\n',
    ],
    [
      'deployment x --image=a --port 80 -r 3 -- sh -c x',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    app: x\n  name: x\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: x\n  strategy: {}\n  template:\n    metadata:\n      labels:\n        app: x\n    spec:\n      containers:\n      - command:\n        - sh\n        - -c\n        - x\n        image: a\n        name: a\n        ports:\n        - containerPort: 80\n        resources: {}\nstatus: {}\n',
    ],
  ])('create %s', async (line, yaml) => {
    expect(
      await cluster.ok(
        `create ${line.replace(' -- ', ' --dry-run=client -o yaml -- ')}${line.includes(' -- ') ? '' : ' --dry-run=client -o yaml'}`,
      ),
    ).toBe(yaml);
  });
  test('images name containers', async () => {
    const line = [
      'create',
      'deploy',
      'x',
      '--image=r.io/a/b:1,c@sha256:00',
      '--image=d',
      '--dry-run=client',
      '-o',
      'jsonpath={.spec.template.spec.containers[*].name}',
    ];
    expect(await cluster.ok(line)).toBe('b c d');
  });
  test('files, folders and env files', async () => {
    cluster.write('conf/one.conf', '1\n');
    cluster.write('conf/two.conf', '2\n');
    cluster.write('x.env', '# comment\nA=1\n  B=two words\nC\n');
    const data = (line: string, environment = {}) =>
      cluster.ok(`create cm x --dry-run=client -o jsonpath={.data} ${line}`, { environment });
    expect(await data('--from-file=conf')).toBe('{"one.conf":"1\\n","two.conf":"2\\n"}');
    expect(await data('--from-file=k=conf/one.conf')).toBe('{"k":"1\\n"}');
    expect(await data('--from-env-file=x.env', { C: 'env' })).toBe('{"A":"1","B":"two words","C":"env"}');
  });
  test.each([
    ['ns', "error: exactly one NAME is required, got 0\nSee 'kubectl create namespace -h' for help and examples\n"],
    ['cm a b', "error: exactly one NAME is required, got 2\nSee 'kubectl create configmap -h' for help and examples\n"],
    ['deployment', 'error: required flag(s) "image" not set\n'],
    ['deployment x --image=a --image=b -- sh', 'error: cannot specify multiple --image options and command\n'],
    ['cm c --from-literal=novalue', 'error: invalid literal source novalue, expected key=value\n'],
    ['cm c --from-file=nosuchfile', 'error: error reading nosuchfile: no such file or directory\n'],
    [
      'cm c --from-literal=a=1 --from-literal=a=2',
      'error: cannot add key "a", another key by that name already exists in Data for ConfigMap "c"\n',
    ],
    ['cm c --from-file==x', 'error: key name for file path x missing\n'],
    [
      'cm c --from-literal=a=1 --from-env-file=x',
      'error: from-env-file cannot be combined with from-file or from-literal\n',
    ],
    ['nosuch', "error: Unexpected args: [nosuch]\nSee 'kubectl create -h' for help and examples\n"],
    ['cm c -n nosuch', 'error: failed to create configmap: namespaces "nosuch" not found\n'],
    ['ns default', 'Error from server (AlreadyExists): namespaces "default" already exists\n'],
  ])('create %s', async (line, err) => {
    expect(await cluster.run(`create ${line}`)).toEqual({ out: '', err, code: 1 });
  });
});

describe('replace', () => {
  test('puts a file in the place of what is there', async () => {
    await cluster.ok('create -f -', { stdin: configMap('a', 'x') });
    expect(await cluster.ok('replace -f -', { stdin: configMap('a', 'new') })).toBe('configmap/a replaced\n');
    expect(await value('a')).toBe('new');
    expect((await cluster.run('replace -f -', { stdin: configMap('b', 'new') })).err).toBe(
      'Error from server (NotFound): error when replacing "STDIN": configmaps "b" not found\n',
    );
  });
  test('an old resourceVersion is a conflict', async () => {
    await cluster.ok('create -f -', { stdin: configMap('a', 'x') });
    const old = await cluster.ok('get cm a -o yaml');
    await cluster.ok(['patch', 'cm', 'a', '-p', '{"data":{"k":"z"}}']);
    expect((await cluster.run('replace -f -', { stdin: old })).err).toMatch(
      /^Error from server \(Conflict\): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "a": /,
    );
  });
  test('--force deletes and makes anew, from standard input too', async () => {
    await cluster.ok('create -f -', { stdin: configMap('a', 'x') });
    const uid = await cluster.ok('get cm a -o jsonpath={.metadata.uid}');
    expect(await cluster.ok('replace --force -f -', { stdin: configMap('a', 'new') })).toBe(
      'configmap "a" deleted from default namespace\nconfigmap/a replaced\n',
    );
    expect(await value('a')).toBe('new');
    expect(await cluster.ok('get cm a -o jsonpath={.metadata.uid}')).not.toBe(uid);
  });
  test.each([
    ['--grace-period=5', '--grace-period must have --force specified'],
    ['--timeout=5s', '--timeout must have --force specified'],
    ['--force --dry-run=client', '--dry-run can not be used when --force is set'],
  ])('%s', async (flags, message) => {
    expect((await cluster.run(`replace -f - ${flags}`, { stdin: configMap('a', 'x') })).err).toBe(
      `error: ${message}\n`,
    );
  });
});

describe('patch', () => {
  beforeEach(() => cluster.ok('create -f -', { stdin: configMap('a', 'x') }));
  test.each([
    ['strategic', '{"data":{"k":"y"}}', '{"k":"y"}'],
    ['strategic', 'data: {k: new, l: z}', '{"k":"new","l":"z"}'],
    ['merge', '{"data":{"k":null,"m":"1"}}', '{"m":"1"}'],
    ['json', '[{"op":"add","path":"/data/n","value":"2"}]', '{"k":"x","n":"2"}'],
    ['MERGE', '{"data":{"k":"y"}}', '{"k":"y"}'],
  ])('%s %s', async (type, patch, data) => {
    expect(await cluster.ok(['patch', 'cm', 'a', '--type', type, '-p', patch])).toBe('configmap/a patched\n');
    expect(await cluster.ok('get cm a -o jsonpath={.data}')).toBe(data);
    if (!patch.startsWith('[')) {
      expect(await cluster.ok(['patch', 'cm', 'a', '--type', type, '-p', patch])).toBe(
        'configmap/a patched (no change)\n',
      );
    }
  });
  test('a file of patches, and dry runs', async () => {
    cluster.write('p.yaml', 'data:\n  k: new\n');
    expect(await cluster.ok('patch cm a --patch-file p.yaml --dry-run=server -o jsonpath={.data.k}')).toBe('new');
    expect(await cluster.ok('patch cm a --patch-file p.yaml --dry-run=client -o jsonpath={.data.k}')).toBe('new');
    expect(await value('a')).toBe('x');
    expect((await cluster.run('patch cm a --patch-file nosuch')).err).toBe(
      'error: unable to read patch file: open nosuch: no such file or directory\n',
    );
  });
  test('--local asks nobody', async () => {
    cluster.write(
      'd.yaml',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: y}]}}}\n',
    );
    const local = (type: string, patch: string, output: string) =>
      cluster.run(['patch', '-f', 'd.yaml', '--local', '--type', type, '-p', patch, '-o', output], {
        connect: undefined as never,
      });
    expect(
      (
        await local(
          'strategic',
          '{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"z"}]}}}}',
          'jsonpath={..image}',
        )
      ).out,
    ).toBe('x z');
    expect(
      (
        await local(
          'merge',
          '{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"z"}]}}}}',
          'jsonpath={..image}',
        )
      ).out,
    ).toBe('z');
    expect((await local('json', '[{"op":"remove","path":"/spec/nosuch"}]', 'yaml')).code).toBe(1);
  });
  test.each([
    [['-p', '{}', '--patch-file', 'x'], 'cannot specify --patch and --patch-file together'],
    [[], 'must specify --patch or --patch-file containing the contents of the patch'],
    [['-p', '{}', '--type', 'nope'], '--type must be one of [json merge strategic], not "nope"'],
    [['-p', '{}', '--local'], 'cannot specify --local and server resources'],
  ])('patch cm a %j', async (flags, message) => {
    expect((await cluster.run(['patch', 'cm', 'a', ...flags])).err).toBe(`error: ${message}\n`);
  });
  test('what the server says of a bad patch', async () => {
    expect((await cluster.run(['patch', 'cm', 'a', '-p', '{bad'])).err).toBe(
      "Error from server (BadRequest): invalid character 'b' looking for beginning of object key string\n",
    );
    expect(
      (
        await cluster.run([
          'patch',
          'cm',
          'a',
          '--type=json',
          '-p',
          '[{"op":"replace","path":"/nosuch/missing","value":"x"}]',
        ])
      ).err,
    ).toBe('The request is invalid: the server rejected our request due to an error in our request\n');
  });
});

describe('delete', () => {
  beforeEach(() =>
    cluster.ok('create -f -', { stdin: `${configMap('a', 'x', ', labels: {g: z}')}---\n${configMap('b', 'x')}` }),
  );
  test.each([
    ['cm a', 'configmap "a" deleted from default namespace\n'],
    ['cm a b', 'configmap "a" deleted from default namespace\nconfigmap "b" deleted from default namespace\n'],
    ['cm/a -o name', 'configmap/a\n'],
    ['cm -l g=z', 'configmap "a" deleted from default namespace\n'],
    ['cm -l g=nosuch', 'No resources found\n'],
    ['cm --field-selector metadata.name=b', 'configmap "b" deleted from default namespace\n'],
    ['cm a nosuch --ignore-not-found', 'configmap "a" deleted from default namespace\n'],
    ['cm a --dry-run=client', 'configmap "a" deleted from default namespace (dry run)\n'],
    ['cm a --dry-run=server', 'configmap "a" deleted from default namespace (server dry run)\n'],
    ['cm a --now', 'configmap "a" deleted from default namespace\n'],
  ])('%s', async (line, out) => {
    expect(await cluster.ok(`delete ${line}`)).toBe(out);
    const there = (await cluster.run('get cm a -o name')).code === 0;
    expect(there).toBe(!/"a" deleted[^(]*\n|configmap\/a/.test(out));
  });
  test('--force warns', async () => {
    expect(await cluster.run('delete cm a --force')).toEqual({
      out: 'configmap "a" force deleted from default namespace\n',
      err: 'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
      code: 0,
    });
  });
  test('--interactive asks', async () => {
    expect(await cluster.ok('delete cm a -i', { stdin: 'n\n' })).toBe(
      'You are about to delete the following 1 resource(s):\nconfigmap/a\nDo you want to continue? (y/N): deletion is cancelled\n',
    );
    expect(await cluster.ok('delete cm a -i', { stdin: 'Y\n' })).toMatch(
      /: configmap "a" deleted from default namespace\n$/,
    );
  });
  test('a finalizer keeps it, until time is up', async () => {
    await cluster.ok(['patch', 'cm', 'a', '-p', '{"metadata":{"finalizers":["example.com/hold"]}}']);
    const ran = await cluster.run('delete cm a --timeout=10s');
    expect(ran).toEqual({
      out: 'configmap "a" deleted from default namespace\n',
      err: 'error: timed out waiting for the condition on configmaps/a\n',
      code: 1,
    });
    expect(await cluster.ok('delete cm a --wait=false')).toBe('configmap "a" deleted from default namespace\n');
    await cluster.ok(['patch', 'cm', 'a', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]']);
    expect((await cluster.run('get cm a')).code).toBe(1);
  });
  test('a pod goes gracefully: deleting it lets time pass', async () => {
    const stdin =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {terminationGracePeriodSeconds: 5, containers: [{name: c, image: nginx}]}\n';
    await cluster.ok('create -f -', { stdin });
    await cluster.ok('tick --settle -q');
    const before = JSON.parse(await cluster.ok('status -o json')).now;
    expect(await cluster.ok('delete pod web')).toBe('pod "web" deleted from default namespace\n');
    expect((await cluster.run('get pod web')).code).toBe(1);
    expect(JSON.parse(await cluster.ok('status -o json')).now > before).toBe(true);
  });
  test('cluster-scoped things beside -n are told of', async () => {
    await cluster.ok('create ns gone');
    const ran = await cluster.run('delete ns gone -n default');
    expect(ran.err).toBe('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
    expect(ran.out).toBe('namespace "gone" deleted\n');
    expect((await cluster.run('get ns gone')).code).toBe(1);
  });
  test.each([
    ['cm a -o yaml', "unexpected -o output mode: yaml. We only support '-o name'"],
    ['cm a --now --grace-period=3', '--now and --grace-period cannot be specified together'],
    ['cm a --force --grace-period=3', '--force and --grace-period greater than 0 cannot be specified together'],
    ['cm nosuch', undefined],
  ])('%s is refused', async (line, message) => {
    expect((await cluster.run(`delete ${line}`)).err).toBe(
      message ? `error: ${message}\n` : 'Error from server (NotFound): configmaps "nosuch" not found\n',
    );
  });
});

describe('expose', () => {
  test('makes a service for a deployment', async () => {
    await cluster.ok('create deployment web --image=nginx --port=8080');
    expect(await cluster.ok('expose deployment web')).toBe('service/web exposed\n');
    const spec = JSON.parse(await cluster.ok('get svc web -o json')).spec;
    expect(spec.selector).toEqual({ app: 'web' });
    expect(spec.ports).toEqual([{ port: 8080, protocol: 'TCP', targetPort: 8080 }]);
    expect((await cluster.run('expose deployment web')).err).toBe(
      'Error from server (AlreadyExists): services "web" already exists\n',
    );
  });
  test('as told', async () => {
    const stdin =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\nspec: {containers: [{name: c, image: i, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}, {containerPort: 80}]}]}\n';
    const line = 'expose -f - --name=dns --target-port=dns -l x=1 --type=NodePort --dry-run=client -o json';
    await cluster.ok('create -f -', { stdin });
    const { metadata, spec } = JSON.parse(await cluster.ok(line, { stdin }));
    expect(metadata).toEqual({ name: 'dns', labels: { x: '1' } });
    expect(spec).toEqual({
      type: 'NodePort',
      selector: { a: 'b' },
      ports: [
        { name: 'port-1-udp', protocol: 'UDP', port: 53, targetPort: 'dns' },
        { name: 'port-1-tcp', protocol: 'TCP', port: 53, targetPort: 'dns' },
        { name: 'port-2', protocol: 'TCP', port: 80, targetPort: 'dns' },
      ],
    });
  });
  test.each([
    ['cm kube-root-ca.crt', 'error: cannot expose a ConfigMap\n'],
    ['deployment nosuch --port=80', 'Error from server (NotFound): deployments.apps "nosuch" not found\n'],
    [
      'svc kubernetes',
      "error: couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set\n",
    ],
    ['svc kubernetes --selector a=b --session-affinity=x', 'error: unknown session affinity: x\n'],
  ])('expose %s', async (line, err) => {
    expect(await cluster.run(`expose ${line}`)).toEqual({ out: '', err, code: 1 });
  });
});

test('--record says what was run in an annotation', async () => {
  const cause = (name: string) =>
    cluster.ok(['get', 'cm', name, '-o', 'jsonpath={.metadata.annotations.kubernetes\\.io/change-cause}']);
  const told = 'Flag --record has been deprecated, --record will be removed in the future\n';
  const made = await cluster.run('create -f - --record', { stdin: configMap('a', 'x') });
  expect(made).toEqual({ out: 'configmap/a created\n', err: told, code: 0 });
  expect(await cause('a')).toBe('kubectl create --filename=- --record=true');
  await cluster.run(['patch', 'cm', 'a', '--record', '-p', '{"data":{"k":"z"}}']);
  expect(await cause('a')).toBe('kubectl patch cm a --record=true --patch={"data":{"k":"z"}}');
  await cluster.run('apply -f - --record=true', { stdin: configMap('b', 'x') });
  expect(await cause('b')).toBe('kubectl apply --filename=- --record=true');
});
