/** `why` in situations that people meet: each change that is proposed is the least that helps, and what is said is so. */
import { memoryCluster, type TestCluster } from './harness';

interface Told {
  changes: { changes: string[]; nodes: string[] }[];
  nodes: { name: string; findings?: { text: string }[] }[];
}

/** A pod by name, label `app`, cpu, and the rest of its spec. */
function pod(name: string, app: string, cpu: string, more = ''): string {
  const container = `{name: c, image: 'i:1'${cpu ? `, resources: {requests: {cpu: ${cpu}}}` : ''}}`;
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${app}}}\nspec: {containers: [${container}]${more}}\n---\n`;
}

async function create(cluster: TestCluster, ...objects: string[]): Promise<void> {
  for (const text of objects) {
    cluster.write('objects.yaml', text);
    await cluster.ok('create -f objects.yaml');
    await cluster.ok('tick --settle -q');
  }
}

const why = async (cluster: TestCluster, line: string) =>
  JSON.parse(await cluster.ok(`why ${line} -o json`)) as Told & Record<string, unknown>;

const APART =
  ', affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}}]}}';
const near = (key: string, more = '') =>
  `, affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: ${key}, labelSelector: {matchLabels: {app: db}}${more}}]}}`;
const TERMS =
  '{requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}}]}';
const spread = (minDomains: number) =>
  `, topologySpreadConstraints: [{maxSkew: 1, minDomains: ${minDomains}, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: s}}}]`;
const CLAIM = ', volumes: [{name: d, persistentVolumeClaim: {claimName: one}}]';
const ONE_POD = `apiVersion: v1
kind: PersistentVolume
metadata: {name: one}
spec: {accessModes: [ReadWriteOncePod], storageClassName: r, capacity: {storage: 1Gi}, csi: {driver: x.y, volumeHandle: h}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: one}
spec: {accessModes: [ReadWriteOncePod], storageClassName: r, resources: {requests: {storage: 1Gi}}}
`;

test.each<[string, string[], string, string[]]>([
  [
    'a pod that goes takes what it asks for along',
    [pod('one', 'db', '3', ', nodeName: node-1'), pod('two', 'db', '3', ', nodeName: node-2')],
    pod('p', 'p', '2', APART),
    ['without pod default/one → node-1', 'without pod default/two → node-2'],
  ],
  [
    'a topology that no node has a label of',
    [pod('one', 'db', '1', ', nodeName: node-1')],
    pod('p', 'p', '1', near('rack')),
    ['label node-1 with rack=node-1 → node-1', 'label node-2 with rack=node-2 & a pod with app=db on node-2 → node-2'],
  ],
  [
    'near a pod in a rack',
    ['label node node-1 rack=r', 'cordon node-1', pod('one', 'db', '1', ', nodeName: node-1')],
    pod('p', 'p', '1', near('rack')),
    ['uncordon node-1 → node-1', 'label node-2 with rack=r → node-2'],
  ],
  [
    'near nobody, in another namespace',
    ['create namespace other'],
    pod(
      'p',
      'p',
      '1',
      `${near('kubernetes.io/hostname', ', namespaces: [other]')}, nodeSelector: {kubernetes.io/hostname: node-1}`,
    ),
    [
      'a pod with app=db in namespace other on node-1 → node-1',
      'label node-2 with kubernetes.io/hostname=node-1 & a pod with app=db in namespace other on node-2 → node-2',
    ],
  ],
  [
    'near a pod and not near it: nothing helps',
    [],
    pod('p', 'p', '1', `, affinity: {podAffinity: ${TERMS}, podAntiAffinity: ${TERMS}}`),
    [],
  ],
  [
    'too few domains: one more',
    ['label node node-1 zone=a', pod('one', 's', '1')],
    pod('p', 's', '1', spread(2)),
    ['allow maxSkew 2 for zone → node-1', 'label node-2 with zone=node-2 → node-2'],
  ],
  [
    'gates, on a pod that would fit',
    [],
    pod(
      'p',
      'p',
      '1',
      ', nodeSelector: {kubernetes.io/hostname: node-2}, schedulingGates: [{name: a.b/c}, {name: a.b/d}]',
    ),
    ['remove scheduling gates a.b/c, a.b/d → node-2'],
  ],
  [
    'a claim that one pod may use',
    [ONE_POD, pod('one', 'one', '1', CLAIM)],
    pod('p', 'p', '1', CLAIM),
    ['without pod default/one → node-1, node-2'],
  ],
])('%s', async (_, before, incoming, expected) => {
  const cluster = await memoryCluster({ nodes: 2, seed: 1 });
  for (const one of before) await (one.includes('\n') ? create(cluster, one) : cluster.ok(one));
  await create(cluster, incoming);
  const { changes } = await why(cluster, 'pod/p');
  expect(changes.map(({ changes: all, nodes }) => `${all.join(' & ')} → ${nodes.join(', ')}`)).toEqual(expected);
});

test.each<[string, string[], string, string]>([
  [
    'namespaces by their labels',
    [],
    pod('p', 'p', '1', near('zone', ', namespaceSelector: {matchLabels: {team: x}}')),
    'node-1 | the pod wants a pod with app=db in namespaces with team=x; there is none in zone=a',
  ],
  [
    'fewer domains than there must be',
    [pod('one', 's', '1')],
    pod('p', 's', '1', spread(2)),
    'node-1 | zone=a has 1 matching pod, with this one 2; there is 1 domain of minDomains 2, so the least is 0 and the skew would be 2, more than maxSkew 1',
  ],
  [
    'who uses a claim',
    [ONE_POD, pod('one', 'one', '1', CLAIM)],
    pod('p', 'p', '1', CLAIM),
    'node-1 | claim default/one is in use by pod default/one',
  ],
])('what was compared: %s', async (_, before, incoming, expected) => {
  const cluster = await memoryCluster({ nodes: 1, seed: 1 });
  await cluster.ok('label node node-1 zone=a');
  await create(cluster, ...before, incoming);
  const { nodes } = await why(cluster, 'pod/p');
  const told = nodes.map(({ name, findings = [] }) => `${name} | ${findings.map(({ text }) => text).join('; ')}`);
  expect(told.join('\n')).toBe(expected);
});

describe('of pods that are not tried', () => {
  test('the scheduler would say it, and has not', async () => {
    const cluster = await memoryCluster({ nodes: 1, seed: 1 });
    await create(cluster, pod('p', 'p', '9', ', schedulingGates: [{name: a.b/c}]'));
    const text = await cluster.ok('why pod/p');
    expect(text).toContain('pod/p is not tried: waiting for scheduling gates: [a.b/c] (SchedulingGates).\n');
    expect(text).toContain('\nThe scheduler would say:\n  0/1 nodes are available: 1 Insufficient cpu.');
    expect(text).toContain('  - remove scheduling gate a.b/c, and 5 more CPU on node-1\n');
    await create(cluster, pod('q', 'q', '1', ', schedulingGates: [{name: a.b/c}]'));
    expect(await cluster.ok('why node/node-1')).toMatch(
      /default\/q +yes +it is not tried: waiting for scheduling gates: \[a\.b\/c\]\n/,
    );
  });

  test('nobody is its scheduler; the cluster comes to rest all the same', async () => {
    const cluster = await memoryCluster({ nodes: 1, seed: 1 });
    // Creating ends with `tick --settle`, which fails where anything goes on for ever.
    await create(cluster, pod('p', 'p', '1', ', schedulerName: mine'));
    expect(await cluster.ok('why pod/p')).toBe(
      'pod/p is not tried: there is no scheduler "mine", only default-scheduler (schedulerName).\n',
    );
  });

  test('one that is deleted, but held by a finalizer', async () => {
    const cluster = await memoryCluster({ nodes: 1, seed: 1 });
    await create(cluster, pod('p', 'p', '9').replace('labels:', 'finalizers: [a.b/c], labels:'));
    await cluster.ok('delete pod p --wait=false');
    await cluster.ok('tick 5s -q');
    const text = await cluster.ok('why pod/p');
    expect(text).toMatch(/^pod\/p (is being deleted|has ended \(Failed\))\. It is not placed any more\.\n/);
    expect(text).not.toContain('let it in');
    await cluster.ok('tick --settle -q');
  });

  test('one that was refused by its node', async () => {
    const cluster = await memoryCluster({ nodes: 1, seed: 1 });
    await create(cluster, pod('p', 'p', '9', ', nodeName: node-1'));
    expect(await cluster.ok('why pod/p')).toBe(
      'pod/p has ended on node-1 (Failed, OutOfcpu). It is not placed any more.\n\n' +
        'NODE     RULED OUT BY       BECAUSE\nnode-1   NodeResourcesFit   cpu: 9 requested, 4 of 4 free\n',
    );
  });
});

test('of a workload: its own pods, and not others that look like them', async () => {
  const cluster = await memoryCluster({ nodes: 1, seed: 1 });
  await create(cluster, pod('stray', 'web', '9'));
  await cluster.ok('create deployment web --image=i --replicas=2');
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok('why deployment/web')).toMatch(/^All 2 pods of deployment\.apps\/web have a node\./);
  await cluster.ok('create job once --image=busybox -- true');
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok('why job/once')).toMatch(
    /^The only pod of job\.batch\/once has a node:\n\npod\/once-\w+ has ended on node-1 \(Succeeded\)\./,
  );
});

test('of a pod that has a node which would not take it any more', async () => {
  const cluster = await memoryCluster({ nodes: 1, seed: 1 });
  await create(cluster, pod('p', 'p', '1'));
  await cluster.ok('cordon node-1');
  const text = await cluster.ok('why pod/p');
  expect(text).toMatch(/^pod\/p is on node-1\. As things are now, no node would take it\.\n/);
  expect(text).toContain('\nThe scheduler would say:\n');
  expect(text).toContain('  - uncordon node-1\n');
});

test('schedulers of one’s own: what they ask of nodes, and one that scores nothing', async () => {
  const terms = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['x'] }] }] };
  const args = { addedAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
  const scheduler = {
    profiles: [
      { schedulerName: 'picky', pluginConfig: [{ name: 'NodeAffinity', args }] },
      { schedulerName: 'first', plugins: { score: { disabled: [{ name: '*' }] } } },
    ],
  };
  const cluster = await memoryCluster({ nodes: 2, seed: 1, settings: { scheduler } });
  await create(cluster, pod('p', 'p', '1', ', schedulerName: picky, nodeSelector: {disk: ssd}'));
  expect((await why(cluster, 'pod/p')).changes).toEqual([
    { changes: ['label node-1 with pool=x, disk=ssd'], nodes: ['node-1'] },
    { changes: ['label node-2 with pool=x, disk=ssd'], nodes: ['node-2'] },
  ]);
  await create(cluster, pod('q', 'q', '1', ', schedulerName: first'));
  expect(await cluster.ok('why pod/q')).toBe(
    'pod/q is on node-1.\n\nnode-1 wins: it is the first that will do, for its scheduler scores nothing.\n',
  );
});

test('many nodes: as many stand side by side as there is room for, and not all equals are named', async () => {
  const cluster = await memoryCluster({ nodes: 12, seed: 1 });
  await create(cluster, pod('p', 'p', '1'));
  const text = (await cluster.run('why pod/p', { columns: 80 })).out;
  for (const line of text.split('\n').slice(2, -3)) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toContain('(the best 2 of 12 nodes; -o json has all)');
  expect(text).toMatch(/wins by chance: node-1, node-10, .* and 4 more have the same total\.\n$/);
});
