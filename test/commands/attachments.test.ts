/** Volumes attached to nodes and detached from them, from the command line. */
import { memoryCluster, type TestCluster } from './harness';

async function clusterOf(nodes: number, ...objects: object[]): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes });
  if (objects.length > 0) await feed(cluster, ...objects);
  return cluster;
}

async function feed(cluster: TestCluster, ...objects: object[]): Promise<void> {
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await cluster.ok('apply -f -', { stdin });
}

function storageClass(name: string, parameters: Record<string, string>, more: object = {}): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'hostpath.kubetick.dev',
    allowVolumeExpansion: true,
    parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`kubetick.dev/${key}`, value])),
    ...more,
  };
}

function claim(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  };
}

function pod(name: string, claimName: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      containers: [{ name: 'main', image: 'example.com/main:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
      terminationGracePeriodSeconds: 1,
      ...spec,
    },
  };
}

const on = (nodeName: string) => ({ nodeName });
const phase = (name: string) => `get pod ${name} -o jsonpath={.status.phase}`;
const ATTACHMENTS = "get volumeattachments -o jsonpath='{range .items[*]}{.spec.nodeName}={.status.attached} {end}'";

async function told({ ok }: TestCluster, name: string, reason: string): Promise<string[]> {
  const text = await ok(
    `get events --field-selector involvedObject.name=${name},reason=${reason} -o jsonpath='{range .items[*]}{.message}{"\\n"}{end}'`,
  );
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/pvc-[0-9a-f-]{36}/g, 'VOLUME'));
}

test('a volume is attached where its pod runs, told of in the status of the node, and detached when the pod has gone', async () => {
  const cluster = await clusterOf(2, claim('data'), pod('p', 'data'));
  const { ok } = cluster;
  await ok('tick --settle -q');
  expect(await ok(phase('p'))).toBe('Running');
  const node = await ok('get pod p -o jsonpath={.spec.nodeName}');
  const volume = await ok('get pvc data -o jsonpath={.spec.volumeName}');
  const table = (await ok('get volumeattachments')).split('\n');
  expect(table[0]).toMatch(/^NAME +ATTACHER +PV +NODE +ATTACHED +AGE$/);
  expect(table[1]).toMatch(new RegExp(`^csi-[0-9a-f]{64} +hostpath\\.kubetick\\.dev +${volume} +${node} +true `));
  const unique = `kubernetes.io/csi/hostpath.kubetick.dev^${volume}`;
  const status = `get node ${node} -o jsonpath='{.status.volumesAttached} {.status.volumesInUse}'`;
  expect(await ok(status)).toBe(`[{"devicePath":"","name":"${unique}"}] ["${unique}"]`);
  expect(await ok(`get pv ${volume} -o jsonpath={.metadata.finalizers}`)).toContain(
    'external-attacher/hostpath-kubetick-dev',
  );
  expect(await told(cluster, 'p', 'SuccessfulAttachVolume')).toEqual([
    'AttachVolume.Attach succeeded for volume "VOLUME" ',
  ]);
  await ok('delete pod p --wait=false');
  await ok('tick --settle -q');
  expect(await ok(ATTACHMENTS)).toBe('');
  expect(await ok(status)).toBe(' ');
  await ok('delete pvc data --wait=false');
  await ok('tick --settle -q');
  expect((await cluster.run('get pvc,pv')).err).toBe('No resources found\n');
});

test('the name of an attachment is that of upstream', async () => {
  const handle = 'disk-1';
  const { ok } = await clusterOf(
    1,
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'disk.example.com' }, spec: {} },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'v' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'manual',
        csi: { driver: 'disk.example.com', volumeHandle: handle },
      },
    },
    claim('data', { storageClassName: 'manual' }),
    pod('p', 'data'),
  );
  await ok('tick --settle -q');
  // printf 'disk-1disk.example.comnode-1' | sha256sum
  expect(await ok('get volumeattachments -o name')).toBe(
    'volumeattachment.storage.k8s.io/csi-fef76f1b6698cc024f3400337510108c0f70e220749e22a86ec5b659f35eb832\n',
  );
});

test.each([
  ['attachRequired: false', { attachRequired: false }, ''],
  ['nothing said', {}, 'node-1=true '],
])('a driver with %s', async (_, spec, attachments) => {
  const provisioner = 'disk.example.com';
  const { ok } = await clusterOf(
    1,
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: provisioner }, spec },
    storageClass('disk', {}, { provisioner }),
    claim('data', { storageClassName: 'disk' }),
    pod('p', 'data'),
  );
  await ok('tick --settle -q');
  expect(await ok(phase('p'))).toBe('Running');
  expect(await ok(ATTACHMENTS)).toBe(attachments);
});

test('a pod waits while its volume is attached, and no longer', async () => {
  const cluster = await clusterOf(
    1,
    storageClass('slow', { 'attach-time': '5m', 'detach-time': '1m' }),
    claim('data', { storageClassName: 'slow' }),
    pod('p', 'data'),
  );
  const { ok, run } = cluster;
  await ok('tick 2m -q');
  expect((await run('get pods --no-headers')).out).toMatch(/^p +0\/1 +ContainerCreating /);
  expect(await told(cluster, 'p', 'FailedMount')).toEqual([]);
  expect(await ok('why pvc/data')).toMatch(/node-1 +no +p +hostpath\.kubetick\.dev is attaching it\n/);
  await ok('tick 1m -q');
  // A kubelet that waited in vain says nothing.
  expect(await told(cluster, 'p', 'FailedMount')).toEqual([]);
  expect(await told(cluster, 'p', 'FailedAttachVolume')).toEqual([
    'AttachVolume.Attach failed for volume "VOLUME" : timed out waiting for external-attacher of hostpath.kubetick.dev CSI driver to attach volume VOLUME',
  ]);
  await ok('tick --settle -q');
  expect(await ok(phase('p'))).toBe('Running');
  await ok('delete pod p --wait=false');
  await ok('tick 30s -q');
  expect(await ok(ATTACHMENTS)).toBe('node-1=true ');
  expect(await ok('why pvc/data')).toMatch(/node-1 +yes +none +hostpath\.kubetick\.dev is detaching it\n/);
  await ok('tick --settle -q');
  expect(await ok(ATTACHMENTS)).toBe('');
});

test('what can not be attached is tried again and again, and told of', async () => {
  const cluster = await clusterOf(
    1,
    storageClass('broken', { 'attach-failure': 'ResourceExhausted: no slots left' }),
    claim('data', { storageClassName: 'broken' }),
    pod('p', 'data'),
  );
  const { ok } = cluster;
  await ok('tick --settle -q');
  const message = 'rpc error: code = ResourceExhausted desc = no slots left';
  expect(await ok("get volumeattachments -o jsonpath='{.items[0].status.attachError.message}'")).toBe(message);
  expect(await told(cluster, 'p', 'FailedAttachVolume')).toEqual([
    `AttachVolume.Attach failed for volume "VOLUME" : ${message}`,
  ]);
  await ok('tick 40s -q');
  const count = await ok("get events --field-selector reason=FailedAttachVolume -o jsonpath='{.items[0].count}'");
  // 1, 2, 4, 8 and 16 seconds after the first.
  expect(count).toBe('6');
  expect((await ok('why pvc/data')).replace(/\s+/g, ' ')).toContain(
    `hostpath.kubetick.dev tries, and fails: ${message}`,
  );
  expect(await ok(phase('p'))).toBe('Pending');
});

test('what can not be detached stays attached', async () => {
  const { ok } = await clusterOf(
    1,
    storageClass('sticky', { 'detach-failure': 'device is busy' }),
    claim('data', { storageClassName: 'sticky' }),
    pod('p', 'data'),
  );
  await ok('tick --settle -q');
  await ok('delete pod p --wait=false');
  await ok('tick --settle -q');
  const error = "get volumeattachments -o jsonpath='{.items[0].status.detachError.message}'";
  expect(await ok(error)).toBe('rpc error: code = Internal desc = device is busy');
});

test('a volume for one node keeps the pods of others waiting, and goes on to them', async () => {
  const cluster = await clusterOf(2, storageClass('now', {}), claim('data', { storageClassName: 'now' }));
  const { ok } = cluster;
  await ok('tick --settle -q');
  await feed(cluster, pod('first', 'data', on('node-1')));
  await ok('tick --settle -q');
  await feed(cluster, pod('second', 'data', on('node-2')), pod('third', 'data', on('node-1')));
  await ok('tick --settle -q');
  expect(await ok(phase('third'))).toBe('Running');
  expect(await ok(phase('second'))).toBe('Pending');
  expect(await told(cluster, 'second', 'FailedAttachVolume')).toEqual([
    'Multi-Attach error for volume "VOLUME" Volume is already used by pod(s) first, third',
  ]);
  expect(await ok('why pvc/data')).toMatch(
    /node-1 +yes +first,third\s*\nnode-2 +no +second +it is attached to node-1 first, and ReadWriteOnce allows one node\n/,
  );
  await ok('delete pod first third --wait=false');
  await ok('tick --settle -q');
  expect(await ok(phase('second'))).toBe('Running');
  expect(await ok(ATTACHMENTS)).toBe('node-2=true ');
});

test('two pods that come at once: one node gets the volume', async () => {
  const { ok } = await clusterOf(
    2,
    storageClass('now', {}),
    claim('data', { storageClassName: 'now' }),
    pod('a', 'data', on('node-2')),
    pod('b', 'data', on('node-1')),
  );
  await ok('tick --settle -q');
  expect(await ok(phase('a'))).toBe('Running');
  expect(await ok(phase('b'))).toBe('Pending');
  expect(await ok(ATTACHMENTS)).toBe('node-2=true ');
});

test('a volume for many nodes is attached to many', async () => {
  const { ok } = await clusterOf(
    2,
    storageClass('now', {}),
    claim('data', { storageClassName: 'now', accessModes: ['ReadWriteMany'] }),
    pod('a', 'data', on('node-1')),
    pod('b', 'data', on('node-2')),
  );
  await ok('tick --settle -q');
  expect(await ok("get pods -o jsonpath='{.items[*].status.phase}'")).toBe('Running Running');
  expect((await ok(ATTACHMENTS)).split('=true ').filter(Boolean).sort()).toEqual(['node-1', 'node-2']);
});

/** A minute ago the node failed on which a pod has the volume. */
async function withFailedNode(): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 2 });
  await feed(cluster, storageClass('now', {}), claim('data', { storageClassName: 'now' }));
  await cluster.ok('tick --settle -q');
  await feed(cluster, pod('old', 'data', on('node-1')));
  await cluster.ok('tick --settle -q');
  await cluster.ok('node fail node-1');
  await cluster.ok('tick 1m -q');
  return cluster;
}

describe('a node that fails', () => {
  test('keeps the volume for six minutes', async () => {
    const cluster = await withFailedNode();
    const { ok, run } = cluster;
    await run('delete pod old --force --grace-period=0');
    await feed(cluster, pod('new', 'data', on('node-2')));
    await ok('tick 5m -q');
    expect(await ok(phase('new'))).toBe('Pending');
    expect(await told(cluster, 'new', 'FailedAttachVolume')).toEqual([
      'Multi-Attach error for volume "VOLUME" Volume is already exclusively attached to one node and can\'t be attached to another',
    ]);
    expect(await ok('why pvc/data')).toMatch(/node-1 +yes +none +node-1 is not ready, and may still write to it/);
    await ok('tick 1m15s -q');
    expect(await ok(phase('new'))).toBe('Running');
    expect(await ok(ATTACHMENTS)).toBe('node-2=true ');
  });

  test('gives it away at once when it is out of service', async () => {
    const cluster = await withFailedNode();
    const { ok } = cluster;
    await ok('taint node node-1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
    await feed(cluster, pod('new', 'data', on('node-2')));
    await ok('tick 1m -q');
    expect(await ok(phase('new'))).toBe('Running');
    expect(await ok(ATTACHMENTS)).toBe('node-2=true ');
  });
});

test('how many volumes a node takes is its CSINode’s to say, and pods wait for that', async () => {
  const cluster = await clusterOf(1);
  const { ok, run } = cluster;
  expect(await ok('get csinodes')).toMatch(/^NAME +DRIVERS +AGE\nnode-1 +1 +0s\n$/);
  await ok('annotate csidriver hostpath.kubetick.dev kubetick.dev/volumes-per-node=1');
  await ok('tick --settle -q');
  const count = "get csinode node-1 -o jsonpath='{.spec.drivers[0].allocatable.count}'";
  expect(await ok(count)).toBe('1');
  expect(await ok('describe csinode node-1')).toContain('Allocatables:');
  await feed(cluster, claim('a'), claim('b'), pod('pa', 'a'));
  await ok('tick --settle -q');
  await feed(cluster, pod('pb', 'b'));
  await ok('tick --settle -q');
  expect(await ok(phase('pb'))).toBe('Pending');
  expect((await told(cluster, 'pb', 'FailedScheduling'))[0]).toContain('1 node(s) exceed max volume count');
  await ok('annotate node node-1 kubetick.dev/volume-limits=hostpath.kubetick.dev=2');
  await ok('tick 5m -q');
  expect(await ok(count)).toBe('2');
  expect(await ok(phase('pb'))).toBe('Running');
  await ok('delete csinode node-1');
  await run('tick --settle -q');
  expect(await ok(count)).toBe('2');
});

test('a count that was written into a CSINode stays', async () => {
  const cluster = await clusterOf(1);
  const { ok } = cluster;
  const patch = JSON.stringify([{ op: 'add', path: '/spec/drivers/0/allocatable', value: { count: 3 } }]);
  await ok(`patch csinode node-1 --type=json -p '${patch}'`);
  await feed(cluster, claim('a'), pod('pa', 'a'));
  await ok('tick 5m -q');
  expect(await ok("get csinode node-1 -o jsonpath='{.spec.drivers[0].allocatable.count}'")).toBe('3');
});

test('storage that is not there: a driver that tells its capacity', async () => {
  const cluster = await clusterOf(
    1,
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: 'disk.example.com' },
      spec: { storageCapacity: true },
    },
    storageClass('disk', {}, { provisioner: 'disk.example.com', volumeBindingMode: 'WaitForFirstConsumer' }),
    claim('data', { storageClassName: 'disk' }),
    pod('p', 'data'),
  );
  const { ok } = cluster;
  await ok('tick --settle -q');
  expect((await told(cluster, 'p', 'FailedScheduling'))[0]).toContain('1 node(s) did not have enough free storage');
  const capacity = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { name: 'here', namespace: 'default' },
    storageClassName: 'disk',
    nodeTopology: {},
    capacity: '10Gi',
  };
  await feed(cluster, { ...capacity, maximumVolumeSize: '512Mi' });
  await ok('tick 5m -q');
  expect(await ok(phase('p'))).toBe('Pending');
  await ok('delete csistoragecapacity here');
  await feed(cluster, capacity);
  await ok('tick 5m -q');
  expect(await ok(phase('p'))).toBe('Running');
});

test('nobody attaches the volumes of a driver that is not there', async () => {
  const cluster = await clusterOf(
    1,
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'v' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'manual',
        csi: { driver: 'nowhere.example.com', volumeHandle: 'h' },
      },
    },
    claim('data', { storageClassName: 'manual' }),
    pod('p', 'data'),
  );
  const { ok } = cluster;
  await ok('tick 3m -q');
  expect(await ok(phase('p'))).toBe('Pending');
  expect(await told(cluster, 'p', 'FailedAttachVolume')).toEqual([
    'AttachVolume.Attach failed for volume "v" : timed out waiting for external-attacher of nowhere.example.com CSI driver to attach volume h',
  ]);
  expect(await ok('why pvc/data')).toContain('nobody is at work as nowhere.example.com');
});

describe('disks straight in a pod', () => {
  const withDisk = (name: string, disk: object, spec: object = {}) =>
    pod(name, '', { volumes: [{ name: 'data', ...disk }], ...spec });
  const ebs = (volumeID: string) => ({ awsElasticBlockStore: { volumeID } });

  test('their CSI driver attaches them, to one node at a time', async () => {
    const cluster = await clusterOf(
      2,
      withDisk('first', ebs('aws://eu-1a/vol-1'), on('node-1')),
      withDisk('second', ebs('vol-1'), on('node-2')),
    );
    const { ok } = cluster;
    await ok('tick 10s -q');
    expect(JSON.parse(await ok('get volumeattachments -o json')).items).toMatchObject([
      {
        spec: {
          attacher: 'ebs.csi.aws.com',
          nodeName: 'node-1',
          source: {
            inlineVolumeSpec: {
              accessModes: ['ReadWriteOnce'],
              csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1', volumeAttributes: { partition: '0' } },
            },
          },
        },
        status: { attached: true },
      },
    ]);
    expect(await told(cluster, 'first', 'SuccessfulAttachVolume')).toEqual([
      'AttachVolume.Attach succeeded for volume "ebs.csi.aws.com-vol-1" ',
    ]);
    expect(await told(cluster, 'second', 'FailedAttachVolume')).toEqual([
      'Multi-Attach error for volume "ebs.csi.aws.com-vol-1" Volume is already used by pod(s) first',
    ]);
    const inUse = 'get node node-1 -o jsonpath={.status.volumesInUse}';
    expect(await ok(inUse)).toBe('["kubernetes.io/csi/ebs.csi.aws.com^vol-1"]');
    await ok('delete pod first');
    await ok('tick --settle -q');
    expect(await ok(phase('second'))).toBe('Running');
    expect(await ok(ATTACHMENTS)).toBe('node-2=true ');
    expect(await ok(inUse)).toBe('');
  });

  test('one that is only read goes to several nodes', async () => {
    const disk = { gcePersistentDisk: { pdName: 'data', readOnly: true } };
    const { ok } = await clusterOf(2, withDisk('a', disk, on('node-1')), withDisk('b', disk, on('node-2')));
    await ok('tick --settle -q');
    expect([await ok(phase('a')), await ok(phase('b'))]).toEqual(['Running', 'Running']);
    expect((await ok(ATTACHMENTS)).trim().split(' ').sort()).toEqual(['node-1=true', 'node-2=true']);
  });

  test('they count for the limit of a node, beside volumes of claims', async () => {
    const driver = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: 'ebs.csi.aws.com', annotations: { 'kubetick.dev/volumes-per-node': '2' } },
      spec: {},
    };
    const old = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'old' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'manual',
        ...ebs('aws://eu-1a/vol-9'),
      },
    };
    const { ok, run } = await clusterOf(1, driver, old, claim('old', { storageClassName: 'manual' }));
    await ok('tick --settle -q');
    const stdin = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [pod('claimed', 'old'), withDisk('one', ebs('vol-1'))],
    });
    await ok('apply -f -', { stdin });
    await ok('tick --settle -q');
    expect(await ok(ATTACHMENTS)).toBe('node-1=true node-1=true ');
    expect(await ok('get pv old -o jsonpath={.metadata.finalizers}{.spec.awsElasticBlockStore.volumeID}')).toBe(
      '["kubernetes.io/pv-protection","external-attacher/ebs-csi-aws-com"]aws://eu-1a/vol-9',
    );
    await run('apply -f -', { stdin: JSON.stringify(withDisk('two', ebs('vol-2'))) });
    await ok('tick 5s -q');
    expect((await ok('why pod/two')).replace(/\s+/g, ' ')).toContain(
      '2 volumes of ebs.csi.aws.com are attached, 1 more would be over the limit of 2',
    );
    await ok('delete pod one');
    await ok('tick --settle -q');
    expect(await ok(phase('two'))).toBe('Running');
  });

  test('what can not be translated has no node', async () => {
    const cluster = await clusterOf(
      1,
      withDisk('p', { azureDisk: { diskName: 'd', diskURI: 'https://x/vhds/d.vhd' } }),
    );
    await cluster.ok('tick 5s -q');
    expect((await told(cluster, 'p', 'FailedScheduling'))[0]).toContain(
      'converting volume(data) from inline to csi: kind(Shared) is not supported in csi migration',
    );
  });
});
