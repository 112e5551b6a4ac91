import { memoryCluster, type TestCluster } from './harness';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - {name: nginx, image: nginx, env: [{name: x, value: "1"}, {name: s, valueFrom: {secretKeyRef: {name: s, key: k}}}]}
      - {name: side, image: busybox}
      initContainers: [{name: first, image: busybox}]
`;
const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: hidden, Other-Key: x}\n';
let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  cluster.write('web.yaml', deployment);
  cluster.write('s.yaml', secret);
  await cluster.ok('create -f web.yaml -f s.yaml');
});
const template = (path: string) => cluster.ok(['get', 'deploy', 'web', '-o', `jsonpath={.spec.template.spec.${path}}`]);

describe('image', () => {
  test('of one container, of all, and of init containers', async () => {
    expect(await cluster.ok('set image deployment/web side=side:9')).toBe('deployment.apps/web image updated\n');
    expect(await template('containers[*].image')).toBe('nginx side:9');
    await cluster.ok('set image deployment web *=all:1');
    expect(await template('containers[*].image')).toBe('all:1 all:1');
    expect(await template('initContainers[*].image')).toBe('all:1');
  });
  test('nothing to change, nothing said', async () => {
    expect(await cluster.ok('set image deployment/web side=busybox')).toBe('');
  });
  test('what can be done is done, and the rest told', async () => {
    expect(await cluster.run('set image deployment/web nginx=nginx:2 nosuch=x')).toEqual({
      out: 'deployment.apps/web image updated\n',
      err: 'error: unable to find container named "nosuch"\n',
      code: 1,
    });
    expect((await cluster.run('set image secret/s a=b')).err).toBe(
      'error: secrets/s the object is not a pod or does not have a pod template: *v1.Secret\n',
    );
  });
  test('--record', async () => {
    await cluster.run('set image deployment/web nginx=nginx:2 --record');
    expect(await cluster.ok('annotate deploy web --list')).toContain(
      'kubernetes.io/change-cause=kubectl set image deployment/web nginx=nginx:2 --record=true\n',
    );
  });
  test('-o json has the order of the Go type', async () => {
    const out = await cluster.ok('set image -f web.yaml --local nginx=y -o json');
    expect(out).toMatch(/^\{\n {4}"kind": "Deployment",\n {4}"apiVersion": "apps\/v1",\n {4}"metadata": \{/);
    expect(Object.keys(JSON.parse(out).spec)).toEqual(['selector', 'template', 'strategy']);
  });
  test('--dry-run', async () => {
    expect(await cluster.ok('set image deploy/web nginx=y --dry-run=client')).toBe(
      'deployment.apps/web image updated (dry run)\n',
    );
    expect(await cluster.ok('set image deploy/web nginx=y --dry-run=server')).toBe(
      'deployment.apps/web image updated (server dry run)\n',
    );
    expect(await template('containers[0].image')).toBe('nginx');
  });
});

describe('env', () => {
  test('sets, changes and removes in the containers that are meant', async () => {
    expect(await cluster.ok('set env deployment/web -c nginx x=2 y=3 s-')).toBe('deployment.apps/web env updated\n');
    expect(await template('containers[0].env')).toBe('[{"name":"x","value":"2"},{"name":"y","value":"3"}]');
    expect(await template('containers[1].env')).toBe('');
  });
  test('from a secret, with a prefix', async () => {
    expect(await cluster.run('set env deployment/web -c si* --from=secret/s --prefix=P_')).toEqual({
      out: 'deployment.apps/web env updated\n',
      err: 'Warning: key Other-Key transferred to OTHER_KEY\nWarning: key k transferred to K\n',
      code: 0,
    });
    expect(await template('containers[1].env[*].name')).toBe('P_OTHER_KEY P_K');
    expect(await template('containers[1].env[1].valueFrom')).toBe('{"secretKeyRef":{"key":"k","name":"s"}}');
  });
  test('lists, with values looked up', async () => {
    expect(await cluster.ok('set env deployment/web --list -c nginx')).toBe(
      '# Deployment web, container nginx\nx=1\n# s from secret s, key k\n',
    );
    expect(await cluster.ok('set env deployment/web --list --resolve -c nginx')).toBe(
      '# Deployment web, container nginx\nx=1\ns=hidden\n',
    );
    await cluster.ok('delete secret s');
    expect(await cluster.run('set env deployment/web --list --resolve -c nginx')).toEqual({
      out: '# Deployment web, container nginx\nx=1\n# s from secret s, key k\n',
      err: 'error retrieving reference for s: secrets "s" not found\n',
      code: 0,
    });
  });
  test('from standard input', async () => {
    await cluster.ok('set env deployment/web -c side -e -', { stdin: 'A=1 # one\nnothing\nB=x=y\n' });
    expect(await template('containers[1].env')).toBe('[{"name":"A","value":"1 "},{"name":"B","value":"x=y"}]');
  });
  test.each([
    [
      'deployment/web x=2 --overwrite=false',
      "error: deployments/web 'x' already has a value (1), and --overwrite is false\n",
    ],
    ['x=2', 'error: one or more resources must be specified as <resource> <name> or <resource>/<name>\n'],
    [
      'deployment/web x=2 y',
      'error: all resources must be specified before environment changes: deployment/web x=2 y\n',
    ],
    [
      'deployment/web x=2 x-',
      'error: can not both modify and remove the same environment variable in the same command\n',
    ],
    ['deployment/web --keys=a', 'error: when specifying --keys, a configmap or secret must be provided with --from\n'],
  ])('refuses %s', async (args, error) => {
    expect(await cluster.run(`set env ${args}`)).toEqual({ out: '', err: error, code: 1 });
  });
});

test('resources', async () => {
  expect(
    await cluster.ok('set resources deployment web -c nginx --limits=cpu=0.2,memory=512Mi --requests=cpu=100m'),
  ).toBe('deployment.apps/web resource requirements updated\n');
  expect(await template('containers[*].resources')).toBe(
    '{"limits":{"cpu":"200m","memory":"512Mi"},"requests":{"cpu":"100m"}} {}',
  );
  expect((await cluster.run('set resources deployment web --limits=cpu=1x')).err).toBe(
    "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n",
  );
});

test('serviceaccount', async () => {
  expect(await cluster.ok('set sa deployment web robot')).toBe('deployment.apps/web serviceaccount updated\n');
  expect(await template('serviceAccountName')).toBe('robot');
  expect((await cluster.run('set serviceaccount')).err).toBe('error: serviceaccount is required\n');
});

test('selector', async () => {
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], selector: {a: b}}\n';
  await cluster.ok('create -f -', { stdin: service });
  expect(await cluster.ok('set selector service web c=d,e=f')).toBe('service/web selector updated\n');
  expect(await cluster.ok('get service web -o jsonpath={.spec.selector}')).toBe('{"c":"d","e":"f"}');
  expect((await cluster.run('set selector deployment web c=d')).err).toBe(
    'error: setting a selector is only supported for Services\n',
  );
});

test('subject', async () => {
  const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}]
`;
  const set = (flags: string) =>
    cluster.ok(`set subject --local -f - ${flags} -o jsonpath={.subjects[*].name}`, { stdin: binding });
  expect(await set('--user=bob --user=ann --group=ops --serviceaccount=default:sa')).toBe('ann bob ops sa');
  expect(await set('--user=ann')).toBe('');
});
