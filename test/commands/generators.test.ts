import { execFileSync } from 'node:child_process';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
  cluster.write('settings.env', 'A=1\n# no\nB=x=y\n');
});
const object = async (line: string) => JSON.parse(await cluster.ok(`create ${line} --dry-run=client -o json`));
const refused = async (line: string) => {
  const { out, err, code } = await cluster.run(`create ${line} --dry-run=client`);
  expect({ out, code }).toEqual({ out: '', code: 1 });
  return err;
};

test('fields stand in the order of their Go types', async () => {
  expect(await cluster.ok('create cronjob c --image=a --schedule=x --dry-run=client -o json')).toMatch(
    /^\{\n {4}"kind": "CronJob",\n {4}"apiVersion": "batch\/v1",\n {4}"metadata": \{[\s\S]*"spec": \{[\s\S]*"status": \{\}\n\}\n$/u,
  );
  expect(Object.keys(await object('deployment d --image=a'))).toEqual([
    'kind',
    'apiVersion',
    'metadata',
    'spec',
    'status',
  ]);
});
test('secret generic', async () => {
  expect(await object('secret generic s --from-literal=b=2 --from-literal=a=1 --type=x/y')).toEqual({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 's' },
    data: { a: 'MQ==', b: 'Mg==' },
    type: 'x/y',
  });
  expect((await object('secret generic s --from-env-file=settings.env')).data).toEqual({ A: 'MQ==', B: 'eD15' });
  expect((await object('secret generic s --from-literal=a=b --append-hash')).metadata.name).toMatch(/^s-[a-z0-9]{10}$/);
});
test('secret docker-registry', async () => {
  const { type, data } = await object('secret docker-registry s --docker-username=u --docker-password=p');
  expect(type).toBe('kubernetes.io/dockerconfigjson');
  expect(Buffer.from(data['.dockerconfigjson'], 'base64').toString()).toBe(
    '{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p","auth":"dTpw"}}}',
  );
});
test('services', async () => {
  expect((await object('service clusterip s --tcp=80:http --tcp=81')).spec).toEqual({
    ports: [
      { name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http' },
      { name: '81', protocol: 'TCP', port: 81, targetPort: 81 },
    ],
    selector: { app: 's' },
    type: 'ClusterIP',
  });
  expect((await object('service clusterip s --clusterip=None')).spec.clusterIP).toBe('None');
  expect((await object('svc nodeport s --tcp=80 --node-port=30080')).spec.ports[0].nodePort).toBe(30080);
  expect((await object('service externalname s --external-name=a.b')).spec.externalName).toBe('a.b');
});
test('roles: a rule for each API group, short names made long', async () => {
  expect(
    (await object('role r --verb=get,list,get --resource=po,deploy.apps,pods/log --resource-name=a')).rules,
  ).toEqual([
    { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'], resourceNames: ['a'] },
    { verbs: ['get', 'list'], apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a'] },
  ]);
  expect((await object('clusterrole r --verb=get --non-resource-url=/a/*')).rules).toEqual([
    { verbs: ['get'], nonResourceURLs: ['/a/*'] },
  ]);
  expect((await object('clusterrole r --aggregation-rule=a=b')).aggregationRule).toEqual({
    clusterRoleSelectors: [{ matchLabels: { a: 'b' } }],
  });
  expect(await cluster.run('create role r --verb=look --resource=pods --dry-run=client')).toEqual({
    out: 'role.rbac.authorization.k8s.io/r created (dry run)\n',
    err: "Warning: 'look' is not a standard resource verb\n",
    code: 0,
  });
});
test('bindings', async () => {
  expect(await object('rolebinding r --clusterrole=c --user=u --group=g --serviceaccount=n:s')).toMatchObject({
    subjects: [
      { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'u' },
      { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'g' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'c' },
  });
});
test('ingress: paths of one host together, hosts of one secret together', async () => {
  const { spec } = await object(
    'ingress i --rule=a/x=s:1,tls=k --rule=a/y*=s:http --rule=b/=t:2,tls=k --default-backend=d:80',
  );
  expect(spec.tls).toEqual([{ hosts: ['a', 'b'], secretName: 'k' }]);
  expect(spec.rules.map((rule: { host: string }) => rule.host)).toEqual(['a', 'b']);
  expect(spec.rules[0].http.paths).toEqual([
    { path: '/x', pathType: 'Exact', backend: { service: { name: 's', port: { number: 1 } } } },
    { path: '/y', pathType: 'Prefix', backend: { service: { name: 's', port: { name: 'http' } } } },
  ]);
});
test('quota, priority class, disruption budget', async () => {
  expect((await object('quota q --hard=cpu=1000m,memory=1G --scopes=BestEffort')).spec).toEqual({
    hard: { cpu: '1', memory: '1G' },
    scopes: ['BestEffort'],
  });
  expect(await object('priorityclass p --value=5')).toEqual({
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata: { name: 'p' },
    value: 5,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  expect((await object('pdb p --selector=a=b --min-available=50%')).spec).toEqual({
    minAvailable: '50%',
    selector: { matchLabels: { a: 'b' } },
  });
});
test('secret tls takes a certificate and its key, nothing else', async () => {
  let pair: string;
  try {
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=x',
      '-days',
      '1',
      '-keyout',
      '-',
      '-out',
      '-',
    ];
    pair = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // There is no openssl here to make a pair with.
    return;
  }
  const blocks = pair.split(/(?=-----BEGIN)/);
  const [key, cert] = ['PRIVATE KEY', 'CERTIFICATE'].map((type) => blocks.find((block) => block.includes(type)));
  cluster.write('tls.key', key as string);
  cluster.write('tls.crt', cert as string);
  expect(Object.keys((await object('secret tls s --cert=tls.crt --key=tls.key')).data)).toEqual(['tls.crt', 'tls.key']);
  expect(await refused('secret tls s --cert=tls.crt --key=tls.crt')).toBe(
    'error: tls: found a certificate rather than a key in the PEM for the private key\n',
  );
});
test('what is made on the server', async () => {
  expect(await cluster.ok('create sa robot')).toBe('serviceaccount/robot created\n');
  expect((await cluster.run('create sa robot')).err).toBe(
    'error: failed to create serviceaccount: serviceaccounts "robot" already exists\n',
  );
  expect(await cluster.ok('create role r --verb=get --resource=pods')).toBe(
    'role.rbac.authorization.k8s.io/r created\n',
  );
  expect((await cluster.run('create role r --verb=get --resource=pods')).err).toBe(
    'Error from server (AlreadyExists): roles.rbac.authorization.k8s.io "r" already exists\n',
  );
});
test.each([
  ['secret tls s --key=a', 'error: key and cert must be specified\n'],
  ['secret tls s --key=a --cert=nosuch', 'error: Cannot read file nosuch, open nosuch: no such file or directory\n'],
  [
    'secret tls s --key=settings.env --cert=settings.env',
    'error: tls: failed to find any PEM data in certificate input\n',
  ],
  ['service clusterip s', 'error: at least one tcp port specifier must be provided\n'],
  ['service clusterip s --tcp=x', 'error: strconv.ParseUint: parsing "x": invalid syntax\n'],
  ['job j', 'error: either --image or --from must be specified\n'],
  ['role r --verb=get --resource=nosuch', 'the server doesn\'t have a resource type "nosuch"\n'],
  ['role r --verb=bind --resource=pods', "error: can not perform 'bind' on 'pods' in group ''\n"],
  ['clusterrole r --verb=watch --non-resource-url=/a', "error: invalid verb: 'watch' for nonResourceURL\n"],
  ['rolebinding r', 'error: exactly one of clusterrole or role must be specified\n'],
  ['rolebinding r --role=a --serviceaccount=a', 'error: serviceaccount must be <namespace>:<name>\n'],
  ['quota q --hard=cpu', 'error: Invalid argument syntax cpu, expected <resource>=<value>\n'],
  ['pdb p --selector=a=b', 'error: one of min-available or max-unavailable must be specified\n'],
  [
    'priorityclass p --value=9999999999',
    'error: invalid argument "9999999999" for "--value" flag: strconv.ParseInt: parsing "9999999999": value out of range\nSee \'kubectl create priorityclass --help\' for usage.\n',
  ],
])('refuses %s', async (line, err) => {
  expect(await refused(line)).toBe(err);
});
test('token: what makes no sense is not asked for', async () => {
  expect((await cluster.run('create token x --duration=1500ms')).err).toBe(
    'error: --duration cannot be expressed in units less than seconds\n',
  );
  expect((await cluster.run('create token x --bound-object-kind=Job')).err).toBe(
    'error: supported --bound-object-kind values are Node, Pod, Secret\n',
  );
});
