/** Containers that ask for something over the network: wget, curl and nc among the Services and pods of the cluster. */
import type { KubeObject } from '../../src/apimachinery/meta';
import type { ResourcePath } from '../../src/client/client';
import { DEPLOYMENTS, PODS, type WholeCluster, wholeCluster } from './whole-cluster';

const SERVICES: ResourcePath = { group: '', version: 'v1', resource: 'services' };

const object = (kind: string, name: string, spec: object, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  spec,
});
const service = (name: string, app: string, more = {}) =>
  object('Service', name, { selector: { app }, ports: [{ port: 80, targetPort: 8080 }], ...more });

const deployment = (replicas: number) =>
  object(
    'Deployment',
    'web',
    {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }] },
      },
    },
    'apps/v1',
  );

const sh = (script: string) => ['sh', '-c', script];

async function withWeb(): Promise<WholeCluster> {
  const cluster = await wholeCluster();
  const { client } = cluster;
  await client.create(DEPLOYMENTS, 'default', deployment(1));
  await client.create(SERVICES, 'default', service('web', 'web', { clusterIP: '10.96.7.7' }));
  await client.create(SERVICES, 'default', service('empty', 'nobody', { clusterIP: '10.96.7.8' }));
  await client.create(SERVICES, 'default', service('heads', 'web', { clusterIP: 'None' }));
  await client.create(
    SERVICES,
    'default',
    object('Service', 'abroad', { type: 'ExternalName', externalName: 'example.com' }),
  );
  await cluster.settle();
  return cluster;
}

const CASES: [command: string[], end: string, log: string][] = [
  [['wget', 'web:80'], '0', "Connecting to web:80 (10.96.7.7:80)\nsaving to 'index.html'\n'index.html' saved\n"],
  [['wget', '-qO-', 'http://web.default.svc.cluster.local/x?y=1'], '0', ''],
  [
    ['wget', '--spider', '--timeout=1', 'web.default'],
    '0',
    'Connecting to web.default (10.96.7.7:80)\nremote file exists\n',
  ],
  [['wget', '10.96.7.7/a/b.txt'], '0', "Connecting to 10.96.7.7 (10.96.7.7:80)\nsaving to 'b.txt'\n'b.txt' saved\n"],
  [
    ['wget', 'empty'],
    '1',
    "Connecting to empty (10.96.7.8:80)\nwget: can't connect to remote host (10.96.7.8): Connection refused\n",
  ],
  [['wget', 'nosuch:80'], '1', "wget: bad address 'nosuch:80'\n"],
  [['wget', '-T', '5', 'web:81'], '1', 'Connecting to web:81 (10.96.7.7:81)\nwget: download timed out\n'],
  [['wget', 'web:81'], 'runs on', 'Connecting to web:81 (10.96.7.7:81)\n'],
  [['wget', 'example.com'], 'runs on', ''],
  [['wget', 'abroad'], 'runs on', ''],
  [['wget', '--nobody-knows-this', 'web'], 'runs on', ''],
  [['curl', '-sSf', 'http://heads:8080'], '0', ''],
  [['curl', 'nosuch.default.svc'], '6', 'curl: (6) Could not resolve host: nosuch.default.svc\n'],
  [['curl', '-s', 'empty'], '7', ''],
  [
    ['curl', '-sS', 'empty'],
    '7',
    'curl: (7) Failed to connect to empty port 80 after 0 ms: Could not connect to server\n',
  ],
  [['curl', '-m5', 'https://web'], '28', 'curl: (28) Connection timed out after 5000 milliseconds\n'],
  [['nc', '-zv', 'web', '80'], '0', 'web (10.96.7.7:80) open\n'],
  [['nc', '-z', '-w', '2', 'empty', '80'], '1', ''],
  [['nc', 'web', '80'], 'runs on', ''],
  [sh('wget -q web && echo fine || echo bad'), '0', 'fine\n'],
  [sh('set -e; curl -s empty; echo never'), '7', ''],
  [sh('for i in 1 2; do nc -z empty 80 && exit 0; sleep 3; done; exit 9'), '9', ''],
];

/** What becomes of these commands, each in a pod of its own: how it ends, and its log. */
async function asked(
  { client, settle }: WholeCluster,
  pods: readonly KubeObject[],
): Promise<[end: string, log: string][]> {
  for (const pod of pods) await client.create(PODS, 'default', pod);
  await settle();
  return Promise.all(
    pods.map(async ({ metadata: { name = '' } }) => {
      const { status } = await client.get(PODS, 'default', name);
      const { terminated } = status.containerStatuses[0].state;
      const log = await client.request<string>({ method: 'GET', path: `/api/v1/namespaces/default/pods/${name}/log` });
      return [terminated ? String(terminated.exitCode) : 'runs on', log];
    }),
  );
}

const asking = (name: string, command: readonly string[], spec = {}, image = 'busybox') =>
  object('Pod', name, { restartPolicy: 'Never', containers: [{ name: 'ask', image, command }], ...spec });

test('they end as their requests do, and say so', async () => {
  const cluster = await withWeb();
  const seen = await asked(
    cluster,
    CASES.map(([command], i) => asking(`ask-${i}`, command)),
  );
  expect(seen).toEqual(CASES.map(([, end, log]) => [end, log]));
});

test('names are resolved as the pod is told to: its hosts file, its search list, how many dots make a name whole', async () => {
  const cluster = await withWeb();
  await cluster.client.create(
    { group: '', version: 'v1', resource: 'namespaces' },
    '',
    object('Namespace', 'shop', {}),
  );
  await cluster.settle();
  const curl = (host: string) => ['curl', '-sS', `http://${host}`];
  const aliases = { hostAliases: [{ ip: '10.96.7.7', hostnames: ['shop.example.com', 'till'] }] };
  const dnsConfig = {
    nameservers: ['10.96.0.10'],
    searches: ['svc.cluster.local'],
    options: [{ name: 'ndots', value: '1' }],
  };
  const own = { dnsPolicy: 'None', dnsConfig };
  const pods: [pod: KubeObject, end: string][] = [
    [asking('alias', curl('till'), aliases), '0'],
    [asking('long-alias', curl('Shop.example.com'), aliases), '0'],
    [asking('no-alias', curl('till')), '6'],
    [asking('short', curl('web'), own), '6'],
    [asking('two', curl('web.default'), own), '0'],
    [asking('more-searches', curl('web'), { dnsConfig: { searches: ['default.svc.cluster.local'] } }), '0'],
    [asking('whole', curl('web.default.svc.cluster.local.')), '0'],
    [asking('too-whole', curl('web.')), '6'],
    [asking('nodes-own', curl('web'), { dnsPolicy: 'Default' }), '6'],
    [asking('nodes-own-outside', curl('example.com'), { dnsPolicy: 'Default' }), 'runs on'],
    [asking('on-its-node', curl('web'), { hostNetwork: true }), '6'],
    [asking('on-its-node-in-cluster', curl('web'), { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), '0'],
    [asking('elsewhere', curl('web.shop')), '6'],
  ];
  const seen = await asked(
    cluster,
    pods.map(([pod]) => pod),
  );
  expect(pods.map(([{ metadata }], i) => [metadata.name, seen[i]?.[0]])).toEqual(
    pods.map(([{ metadata }, end]) => [metadata.name, end]),
  );
});

const POLICIES: ResourcePath = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' };
const policy = (name: string, spec: object) => object('NetworkPolicy', name, spec, 'networking.k8s.io/v1');

test('policies drop what they do not let through: names first of all', async () => {
  const cluster = await withWeb();
  const { client, settle } = cluster;
  const fenced = (name: string, command: string[]) => {
    const pod = asking(name, command);
    return { ...pod, metadata: { ...pod.metadata, labels: { app: 'fenced' } } };
  };
  const podSelector = { matchLabels: { app: 'fenced' } };
  await client.create(POLICIES, 'default', policy('no-egress', { podSelector, policyTypes: ['Egress'] }));
  await settle();
  expect(
    await asked(cluster, [
      fenced('names', ['wget', 'web']),
      fenced('names-in-vain', ['nslookup', 'web']),
      fenced('impatient', ['curl', '-m3', 'web']),
      fenced('address', ['curl', '-m3', '10.96.7.7']),
      asking('free', ['wget', '-q', 'web']),
    ]),
  ).toEqual([
    ['1', "wget: bad address 'web'\n"],
    ['1', ';; connection timed out; no servers could be reached\n\n'],
    ['28', 'curl: (28) Resolving timed out after 3000 milliseconds\n'],
    ['28', 'curl: (28) Connection timed out after 3000 milliseconds\n'],
    ['0', ''],
  ]);

  const toDNS = { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }] };
  const egress = [{ ...toDNS, ports: [{ protocol: 'UDP', port: 53 }] }];
  await client.create(POLICIES, 'default', policy('names', { podSelector, policyTypes: ['Egress'], egress }));
  await settle();
  // It waits until somebody lets it through, by the label and port of who is behind the Service.
  const patient = fenced('patient', sh('until wget -q -T 1 web; do sleep 2; done'));
  expect(await asked(cluster, [fenced('no-way', ['curl', '-m3', 'web']), patient])).toEqual([
    ['28', 'curl: (28) Connection timed out after 3000 milliseconds\n'],
    ['runs on', expect.stringMatching(/^(wget: download timed out\n)*$/)],
  ]);
  const toWeb = [{ to: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 8080 }] }];
  await client.create(POLICIES, 'default', policy('web', { podSelector, policyTypes: ['Egress'], egress: toWeb }));
  await settle();
  expect((await cluster.pod('patient'))['status'].phase).toBe('Succeeded');
});

test('the mode of the kube-proxy decides about ports that no Service has; node ports answer at every node', async () => {
  const cluster = await withWeb();
  const { client } = cluster;
  const spec = { type: 'NodePort', ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] };
  await client.create(SERVICES, 'default', service('outward', 'web', spec));
  const { items: nodes } = await client.list({ group: '', version: 'v1', resource: 'nodes' }, '');
  const ips = nodes.map((node) => node['status'].addresses[0].address as string);
  const curl = (name: string, to: string) => asking(name, ['curl', '-s', '-m1', to]);
  const ends = async (round: string) => {
    const pods = [curl(`port-${round}`, 'web:81'), curl(`free-${round}`, `${ips[0]}:30081`)];
    const nodePorts = ips.map((ip, i) => curl(`node-${round}-${i}`, `${ip}:30080`));
    return (await asked(cluster, [...pods, ...nodePorts])).map(([end]) => end);
  };
  expect(await ends('iptables')).toEqual(['28', '7', ...ips.map(() => '0')]);
  await client.request({ method: 'PUT', path: '/kubetick/proxy/settings', body: { mode: 'nftables' } });
  expect(await ends('nftables')).toEqual(['7', '7', ...ips.map(() => '0')]);
});

test('what nslookup says: of busybox as it was, as it is, and of BIND', async () => {
  const cluster = await withWeb();
  const { items } = await cluster.client.list(PODS, 'default');
  const webIP: string = items[0]?.['status'].podIP;
  const dashed = webIP.replaceAll('.', '-');
  const lookUp = (name: string, image: string, ...args: string[]) => asking(name, ['nslookup', ...args], {}, image);
  const seen = await asked(cluster, [
    lookUp('old', 'busybox:1.28', 'web'),
    lookUp('old-not', 'busybox:1.28', 'nosuch'),
    lookUp('now', 'busybox:1.36', 'web.default.svc.cluster.local'),
    lookUp('now-short', 'busybox', 'web'),
    lookUp('bind', 'registry.k8s.io/e2e-test-images/agnhost:2.39', 'web.default'),
    lookUp('bind-not', 'jessie-dnsutils', 'nosuch'),
    lookUp('bind-reverse', 'jessie-dnsutils', '10.96.7.7'),
    lookUp('bind-srv', 'jessie-dnsutils', '-type=SRV', 'heads'),
    lookUp('outside', 'jessie-dnsutils', 'example.com'),
  ]);
  const [old, now, bind] = [
    'Server:    10.96.0.10\nAddress 1: 10.96.0.10\n\n',
    'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n',
    'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n',
  ];
  const found = 'Name:\tweb.default.svc.cluster.local\nAddress: 10.96.7.7\n\n';
  const no = (name: string) => `** server can't find ${name}: NXDOMAIN\n\n`;
  const others = no('web.svc.cluster.local') + no('web.cluster.local');
  expect(seen).toEqual([
    ['0', `${old}Name:      web\nAddress 1: 10.96.7.7 web.default.svc.cluster.local\n`],
    ['1', `${old}nslookup: can't resolve 'nosuch'\n`],
    ['0', `${now}${found}\n`],
    // Found, and yet it fails: two of the three names that it tries are not there.
    ['1', `${now}${found}${others}\n${others}`],
    ['0', bind + found],
    ['1', bind + no('nosuch')],
    ['0', `${bind}7.7.96.10.in-addr.arpa\tname = web.default.svc.cluster.local.\n\n`],
    [
      '0',
      `${bind}heads.default.svc.cluster.local\tservice = 0 100 8080 ${dashed}.heads.default.svc.cluster.local.\n\n`,
    ],
    ['runs on', ''],
  ]);
});

test('the init container of the Kubernetes documentation waits for its Service', async () => {
  const { client, settle, pod } = await wholeCluster();
  const namespace = '$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)';
  const wait = sh(
    `until nslookup myservice.${namespace}.svc.cluster.local; do echo waiting for myservice; sleep 2; done`,
  );
  const spec = {
    initContainers: [{ name: 'init-myservice', image: 'busybox:1.28', command: wait }],
    containers: [{ name: 'main', image: 'main' }],
  };
  await client.create(PODS, 'default', object('Pod', 'myapp-pod', spec));
  await settle();
  expect((await pod('myapp-pod'))['status'].phase).toBe('Pending');
  await client.create(SERVICES, 'default', service('myservice', 'nobody'));
  await settle();
  expect((await pod('myapp-pod'))['status'].phase).toBe('Running');
});

test('who waits for a Service goes on when it is there and somebody behind it is ready', async () => {
  const { client, settle, tick, pod } = await wholeCluster();
  const wait = ['sh', '-c', 'until wget -q -T 1 late; do echo not yet; sleep 2; done'];
  const spec = {
    initContainers: [{ name: 'wait', image: 'busybox', command: wait }],
    containers: [{ name: 'main', image: 'main' }],
  };
  await client.create(PODS, 'default', object('Pod', 'patient', spec));
  const phase = async () => (await pod('patient'))['status'].phase;
  await settle();
  await tick({ advance: 3_600_000 });
  expect(await phase()).toBe('Pending');
  await client.create(SERVICES, 'default', service('late', 'web'));
  await settle();
  expect(await phase()).toBe('Pending');
  await client.create(DEPLOYMENTS, 'default', deployment(1));
  await settle();
  expect(await phase()).toBe('Running');
  expect((await pod('patient'))['status'].initContainerStatuses[0].state.terminated).toMatchObject({ exitCode: 0 });
});

test('a pod by its address, while it runs, on the ports that it names', async () => {
  const { client, settle, pod } = await withWeb();
  const [web] = (await client.list(PODS, 'default')).items;
  const { podIP } = (web as KubeObject)['status'];
  const ask = (name: string, port: number) =>
    client.create(
      PODS,
      'default',
      object('Pod', name, {
        restartPolicy: 'Never',
        containers: [{ name: 'ask', image: 'busybox', command: ['wget', '-q', `${podIP}:${port}`] }],
      }),
    );
  await ask('right', 8080);
  await ask('wrong', 8081);
  await settle();
  expect((await pod('right'))['status'].phase).toBe('Succeeded');
  expect((await pod('wrong'))['status'].phase).toBe('Failed');
});
