/** Claims whose volumes change: attributes, size, class; from the command line. */
import { memoryCluster, type TestCluster } from './harness';

function attributes(name: string, parameters: Record<string, string> = {}): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttributesClass',
    metadata: { name },
    driverName: 'hostpath.kubetick.dev',
    parameters: { iops: '100', ...parameters },
  };
}

const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'now' },
  provisioner: 'hostpath.kubetick.dev',
  allowVolumeExpansion: true,
};

async function feed({ ok }: TestCluster, ...items: object[]): Promise<void> {
  await ok('create -f -', { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

async function bound(...objects: object[]): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 1 });
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: {
      storageClassName: 'now',
      volumeAttributesClassName: 'silver',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  };
  await feed(cluster, STORAGE_CLASS, attributes('silver'), ...objects, claim);
  await cluster.ok('tick --settle -q');
  return cluster;
}

const CURRENT = "get pvc data -o jsonpath='{.status.currentVolumeAttributesClassName}'";
const MODIFYING = "get pvc data -o jsonpath='{.status.modifyVolumeStatus}'";
const CONDITIONS =
  'get pvc data -o jsonpath=\'{range .status.conditions[*]}{.type}|{.status}|{.reason}|{.message}{"\\n"}{end}\'';
const want = (name: string) => `patch pvc data -p '{"spec":{"volumeAttributesClassName":"${name}"}}'`;

async function told({ ok }: TestCluster): Promise<string[]> {
  const text = await ok(
    `get events --field-selector involvedObject.name=data -o jsonpath='{range .items[*]}{.source.component}|{.reason}|{.message}{"\\n"}{end}'`,
  );
  return text
    .split('\n')
    .filter((line) => line.startsWith('external-resizer '))
    .map((line) => line.replace('external-resizer hostpath.kubetick.dev|', ''));
}

test('a volume gets the attributes of another class', async () => {
  const cluster = await bound(attributes('gold', { 'kubetick.dev/modify-time': '30s' }));
  const { ok } = cluster;
  expect(await ok(CURRENT)).toBe('silver');
  await ok(want('gold'));
  await ok('tick 10s -q');
  expect(await ok(MODIFYING)).toBe('{"status":"InProgress","targetVolumeAttributesClassName":"gold"}');
  expect(await ok(CONDITIONS)).toBe('ModifyingVolume|True||Modifying volume to "gold" is in progress.\n');
  expect(await ok('why pvc/data')).toContain(
    'Its attributes are to be of class gold, not silver: its driver is at it.',
  );
  await ok('tick --settle -q');
  expect(await ok(CURRENT)).toBe('gold');
  expect(await ok(MODIFYING)).toBe('');
  expect(await ok(CONDITIONS)).toBe('');
  expect(await ok("get pv -o jsonpath='{.items[*].spec.volumeAttributesClassName}'")).toBe('gold');
  expect(await told(cluster)).toEqual([
    'VolumeModify|external resizer is modifying volume data with vac gold',
    'VolumeModifySuccessful|external resizer modified volume data with vac gold successfully',
  ]);
  expect(await ok('get pvc data --no-headers')).toMatch(/ now +gold +/);
});

test('it waits for a class that is not there', async () => {
  const cluster = await bound();
  const { ok } = cluster;
  await ok(want('gold'));
  await ok('tick --settle -q');
  expect(await ok(MODIFYING)).toBe('{"status":"Pending"}');
  expect(await told(cluster)).toEqual(['VolumeModifyFailed|VAC "gold" does not exist.']);
  expect(await ok('why pvc/data')).toContain('there is no volume attributes class gold');
  await feed(cluster, attributes('gold'));
  await ok('tick --settle -q');
  expect(await ok(CURRENT)).toBe('gold');
});

test.each([
  ['InvalidArgument: iops out of range', 'Infeasible', 'InvalidArgument', 'iops out of range'],
  ['no quota', 'InProgress', 'Internal', 'no quota'],
])('what the driver refuses (%s) is %s; the user asks for something else', async (failure, status, code, message) => {
  const cluster = await bound(attributes('gold', { 'kubetick.dev/modify-failure': failure }), attributes('bronze'));
  const { ok } = cluster;
  await ok(want('gold'));
  await ok('tick --settle -q');
  expect(await ok(MODIFYING)).toBe(`{"status":"${status}","targetVolumeAttributesClassName":"gold"}`);
  expect(await ok(CONDITIONS)).toBe(
    `ModifyingVolume|True||Modifying volume to "gold" failed. Waiting for retry.\nModifyVolumeError|True|${code}|${message}\n`,
  );
  expect(await told(cluster)).toEqual([
    'VolumeModify|external resizer is modifying volume data with vac gold',
    `VolumeModifyFailed|rpc error: code = ${code} desc = ${message}`,
  ]);
  expect(await ok(CURRENT)).toBe('silver');
  await ok(want('bronze'));
  await ok('tick --settle -q');
  expect([await ok(CURRENT), await ok(MODIFYING), await ok(CONDITIONS)]).toEqual(['bronze', '', '']);
});

test('what the driver may still be doing is ended first', async () => {
  const cluster = await bound(
    attributes('gold', { 'kubetick.dev/modify-failure': 'Unavailable: come again' }),
    attributes('bronze'),
  );
  const { ok } = cluster;
  await ok(want('gold'));
  await ok('tick --settle -q');
  expect(await ok(CONDITIONS)).toContain('ModifyingVolume|True||Modifying volume to "gold" is still in progress.\n');
  expect((await told(cluster)).at(-1)).toBe(
    'VolumeModifyFailed|rpc error: code = Unavailable desc = come again. Still modifying to VAC gold',
  );
  await ok(want('bronze'));
  await ok('tick 1m -q');
  expect(await ok(MODIFYING)).toBe('{"status":"InProgress","targetVolumeAttributesClassName":"gold"}');
});

test('a class that a claim names stays until it does not', async () => {
  const { ok } = await bound(attributes('gold'));
  await ok('delete vac silver --wait=false');
  await ok('tick --settle -q');
  expect(await ok("get vac silver -o jsonpath='{.metadata.finalizers}'")).toBe('["kubernetes.io/vac-protection"]');
  await ok(want('gold'));
  await ok('tick --settle -q');
  expect(await ok('get vac -o name')).toBe('volumeattributesclass.storage.k8s.io/gold\n');
});

test('growth and attributes at once; the file system grows where a pod runs', async () => {
  const cluster = await bound(attributes('gold'));
  const { ok } = cluster;
  await ok(
    `patch pvc data -p '{"spec":{"volumeAttributesClassName":"gold","resources":{"requests":{"storage":"2Gi"}}}}'`,
  );
  await ok('tick --settle -q');
  expect(await ok(CURRENT)).toBe('gold');
  expect(await ok(CONDITIONS)).toBe(
    'FileSystemResizePending|True||Waiting for user to (re-)start a pod to finish file system resize of volume on node.\n',
  );
  expect(await ok('why pvc/data')).toContain(
    'It is to grow from 1Gi to 2Gi: the volume has grown, the file system does when a pod runs with it.',
  );
  const [volume] = (await ok('get pv -o name')).split('\n');
  expect(await ok(`get ${volume} -o jsonpath={.spec.capacity.storage}`)).toBe('2Gi');
  const spec = {
    containers: [{ name: 'main', image: 'example.com/main:1' }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
  };
  await feed(cluster, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
  await ok('tick --settle -q');
  expect(await ok("get pvc data -o jsonpath='{.status.capacity.storage}'")).toBe('2Gi');
  expect(await ok(CONDITIONS)).toBe('');
  const { err } = await cluster.run(`patch pvc data -p '{"spec":{"resources":{"requests":{"storage":"1Gi"}}}}'`);
  expect(err).toContain('spec.resources.requests.storage: Forbidden: field can not be less than status.capacity');
});

test('a class that becomes the default is that of claims which named none', async () => {
  const cluster = await memoryCluster({ nodes: 0 });
  const { ok } = cluster;
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claim = (name: string, more: object) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { ...spec, ...more },
  });
  await feed(cluster, claim('open', {}), claim('none', { storageClassName: '' }));
  await ok('tick --settle -q');
  await feed(cluster, STORAGE_CLASS);
  await ok('annotate storageclass now storageclass.kubernetes.io/is-default-class=true');
  await ok('tick --settle -q');
  const phases = `get pvc -o jsonpath='{range .items[*]}{.metadata.name}/{.spec.storageClassName}={.status.phase} {end}'`;
  expect(await ok(phases)).toBe('none/=Pending open/now=Bound ');
});

test('a volume is made where its class allows it', async () => {
  const cluster = await memoryCluster({ nodes: 2 });
  const { ok } = cluster;
  await ok('label node node-1 topology.kubernetes.io/zone=a');
  await ok('label node node-2 topology.kubernetes.io/zone=b');
  await feed(
    cluster,
    {
      ...STORAGE_CLASS,
      metadata: { name: 'there' },
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['b'] }] }],
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { storageClassName: 'there', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        containers: [{ name: 'main', image: 'example.com/main:1' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
      },
    },
  );
  await ok('tick --settle -q');
  expect(await ok("get pod p -o jsonpath='{.spec.nodeName} {.status.phase}'")).toBe('node-2 Running');
});

test('a claim that is to begin as a copy of another is changed, applied again and let go', async () => {
  const cluster = await bound();
  const copy = JSON.stringify({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'copy' },
    spec: {
      storageClassName: 'now',
      dataSource: { kind: 'PersistentVolumeClaim', name: 'data' },
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  });
  await cluster.ok('apply -f -', { stdin: copy });
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok('get pvc copy -o jsonpath={.spec.dataSource}')).toBe(
    '{"apiGroup":null,"kind":"PersistentVolumeClaim","name":"data"}',
  );
  expect(await cluster.ok('annotate pvc copy a=b')).toBe('persistentvolumeclaim/copy annotated\n');
  expect(await cluster.ok('apply -f -', { stdin: copy })).toBe('persistentvolumeclaim/copy unchanged\n');
  expect(await cluster.ok('describe pvc copy')).toContain('DataSource:\n  Kind:   PersistentVolumeClaim\n');
  await cluster.ok('delete pvc copy --wait=false');
  await cluster.ok('tick --settle -q');
  expect((await cluster.run('get pvc copy')).err).toContain('not found');
});
