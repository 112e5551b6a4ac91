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

test('they end as their requests do, and say so', async () => {
  const { client, settle } = await withWeb();
  const pods = CASES.map(([command], i) =>
    object('Pod', `ask-${i}`, { restartPolicy: 'Never', containers: [{ name: 'ask', image: 'busybox', command }] }),
  );
  for (const pod of pods) await client.create(PODS, 'default', pod);
  await settle();
  const seen = await Promise.all(
    CASES.map(async ([command], i) => {
      const { status } = await client.get(PODS, 'default', `ask-${i}`);
      const { terminated } = status.containerStatuses[0].state;
      const path = `/api/v1/namespaces/default/pods/ask-${i}/log`;
      const log = await client.request<string>({ method: 'GET', path });
      return [command, terminated ? String(terminated.exitCode) : 'runs on', log];
    }),
  );
  expect(seen).toEqual(CASES);
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
