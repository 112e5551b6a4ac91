/** Volumes are made, used, made larger and given back. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { CLAIMS, claim, storage, storageClass, user, VOLUMES, volume } from './storage';

test.each<[what: string, spec: object, phase: string | undefined, says: string | undefined]>([
  ['Retain keeps it', {}, 'Released', undefined],
  [
    'Delete refuses what is not scratch space',
    { persistentVolumeReclaimPolicy: 'Delete' },
    'Failed',
    'VolumeFailedDelete: host_path deleter only supports /tmp/.+ but received provided /mnt/v',
  ],
  [
    'Delete deletes scratch space',
    { persistentVolumeReclaimPolicy: 'Delete', hostPath: { path: '/tmp/v' } },
    undefined,
    undefined,
  ],
  [
    'Delete deletes scratch space wherever it is',
    { persistentVolumeReclaimPolicy: 'Delete', hostPath: { path: '/var/tmp/v' } },
    undefined,
    undefined,
  ],
  [
    'Delete knows no NFS',
    { persistentVolumeReclaimPolicy: 'Delete', hostPath: undefined, nfs: { server: 's', path: '/' } },
    'Failed',
    'VolumeFailedDelete: error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
  ],
  [
    'Recycle gives it back',
    { persistentVolumeReclaimPolicy: 'Recycle' },
    'Available',
    'VolumeRecycled: Volume recycled',
  ],
])('the claim goes: %s', async (_, spec, phase, says) => {
  const cluster = await storage();
  await cluster.make(volume('v', '1Gi', spec), claim('c', '1Gi'));
  await cluster.settle();
  await cluster.client.delete(CLAIMS, 'default', 'c');
  await cluster.settle();
  const { items } = await cluster.client.list(VOLUMES);
  expect(items.map((one) => one['status'].phase)).toEqual(phase ? [phase] : []);
  expect(await cluster.told('v')).toEqual(says ? [says] : []);
  if (phase === 'Available') expect(items[0]?.['spec'].claimRef).toBeUndefined();
});

test.each([
  ['kubernetes.io/gce-pd', 'pd.csi.storage.gke.io', undefined, undefined],
  [
    'kubernetes.io/glusterfs',
    undefined,
    'Failed',
    'VolumeFailedDelete: no volume plugin matched name: kubernetes.io/glusterfs',
  ],
])('a volume that %s made once', async (maker, driver, phase, says) => {
  const cluster = await storage();
  const annotations = { 'pv.kubernetes.io/provisioned-by': maker };
  const disk = { hostPath: undefined, gcePersistentDisk: { pdName: 'disk' } };
  await cluster.make(volume('v', '1Gi', { ...disk, persistentVolumeReclaimPolicy: 'Delete' }, { annotations }));
  await cluster.make(storageClass('manual', { provisioner: 'kubernetes.io/gce-pd' }), claim('c', '1Gi'));
  await cluster.settle();
  expect((await cluster.claim('c'))['status'].phase).toBe('Bound');
  expect((await cluster.volume('v')).metadata.annotations?.['pv.kubernetes.io/migrated-to']).toBe(driver);
  await cluster.client.delete(CLAIMS, 'default', 'c');
  await cluster.settle();
  const { items } = await cluster.client.list(VOLUMES);
  expect(items.map((one) => one['status'].phase)).toEqual(phase ? [phase] : []);
  expect(await cluster.told('v')).toEqual(says ? [says] : []);
});

test('a claim of the same name does not get the volume of the one before', async () => {
  const cluster = await storage();
  await cluster.make(volume('v', '1Gi'), claim('c', '1Gi'));
  await cluster.settle();
  await cluster.client.delete(CLAIMS, 'default', 'c');
  await cluster.settle();
  await cluster.make(claim('c', '1Gi'));
  await cluster.settle();
  expect((await cluster.claim('c'))['status'].phase).toBe('Pending');
  expect((await cluster.volume('v'))['status'].phase).toBe('Released');
});

test('a claim that a pod with a node uses stays until the pod is gone', async () => {
  const cluster = await storage();
  await cluster.make(volume('v', '1Gi'), claim('c', '1Gi'), user('p', 'c', 'node-1'));
  await cluster.settle();
  await cluster.client.delete(CLAIMS, 'default', 'c');
  await cluster.settle();
  expect((await cluster.claim('c')).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  const pods = { group: '', version: 'v1', resource: 'pods' };
  await cluster.client.delete(pods, 'default', 'p', { gracePeriodSeconds: 0 });
  await cluster.settle();
  await expect(cluster.claim('c')).rejects.toThrow('persistentvolumeclaims "c" not found');
});

test.each<[provisioner: string, annotated: string, source: object]>([
  ['hostpath.kubetick.dev', 'hostpath.kubetick.dev', { csi: { driver: 'hostpath.kubetick.dev' } }],
  ['kubernetes.io/gce-pd', 'pd.csi.storage.gke.io', { csi: { driver: 'pd.csi.storage.gke.io' } }],
  [
    'k8s.io/minikube-hostpath',
    'k8s.io/minikube-hostpath',
    { hostPath: { path: '/tmp/hostpath-provisioner/default/c' } },
  ],
])('%s makes a volume, and deletes it with its claim', async (provisioner, annotated, source) => {
  const cluster = await storage();
  await cluster.make(storageClass('manual', { provisioner, mountOptions: ['noatime'] }), claim('c', '3Gi'));
  await cluster.settle();
  const { metadata, ...bound } = await cluster.claim('c');
  const name = `pvc-${metadata.uid}`;
  expect(bound).toMatchObject({ spec: { volumeName: name }, status: { phase: 'Bound', capacity: { storage: '3Gi' } } });
  expect(metadata.annotations).toMatchObject({ 'volume.kubernetes.io/storage-provisioner': annotated });
  expect(await cluster.volume(name)).toMatchObject({
    metadata: {
      annotations: { 'pv.kubernetes.io/provisioned-by': annotated },
      finalizers: ['external-provisioner.volume.kubernetes.io/finalizer', 'kubernetes.io/pv-protection'],
    },
    spec: { ...source, persistentVolumeReclaimPolicy: 'Delete', storageClassName: 'manual', mountOptions: ['noatime'] },
    status: { phase: 'Bound' },
  });
  expect((await cluster.told('c')).slice(-2)).toEqual([
    'Provisioning: External provisioner is provisioning volume for claim "default/c"',
    `ProvisioningSucceeded: Successfully provisioned volume ${name}`,
  ]);
  await cluster.client.delete(CLAIMS, 'default', 'c');
  await cluster.settle();
  expect((await cluster.client.list(VOLUMES)).items).toEqual([]);
});

test('a driver takes its time, fails as it is told, and is at work where its CSIDriver is', async () => {
  const cluster = await storage();
  const driver = { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'example.com' }, spec: {} };
  await cluster.make(
    storageClass('slow', { parameters: { 'kubetick.dev/provision-time': '40s' } }),
    storageClass('broken', { parameters: { 'kubetick.dev/provision-failure': 'no space left' } }),
    storageClass('own', { provisioner: 'example.com' }),
    storageClass('off', {}, { 'kubetick.dev/simulated': 'false' }),
    ...['slow', 'broken', 'own', 'off'].map((name) => claim(name, '1Gi', { storageClassName: name })),
  );
  await cluster.tick({ advance: 35_000 });
  const phase = async (name: string) => (await cluster.claim(name))['status'].phase;
  expect(await phase('slow')).toBe('Pending');
  await cluster.tick({ advance: 10_000 });
  expect([await phase('slow'), await phase('broken'), await phase('own'), await phase('off')]).toEqual([
    'Bound',
    'Pending',
    'Pending',
    'Pending',
  ]);
  expect(await cluster.told('broken')).toContain(
    'ProvisioningFailed: failed to provision volume with StorageClass "broken": rpc error: code = Internal desc = no space left',
  );
  await cluster.make(driver);
  await cluster.settle();
  expect(await phase('own')).toBe('Bound');
});

test('a claim that waits for its consumer gets its volume for the node that was chosen', async () => {
  const cluster = await storage();
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z1' } },
  };
  await cluster.make(
    node,
    storageClass('manual', { provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer' }),
    claim('c', '1Gi'),
  );
  await cluster.settle();
  expect((await cluster.claim('c'))['status'].phase).toBe('Pending');
  const annotations = { 'volume.kubernetes.io/selected-node': 'n' };
  await cluster.client.patch(CLAIMS, 'default', 'c', 'merge', { metadata: { annotations } });
  await cluster.settle();
  const { items } = await cluster.client.list(VOLUMES);
  expect(items[0]?.['spec'].nodeAffinity.required.nodeSelectorTerms).toEqual([
    { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['z1'] }] },
  ]);
  expect((await cluster.claim('c'))['status'].phase).toBe('Bound');
});

test('a claim grows: the driver first, then the file system where a pod uses it', async () => {
  const cluster = await storage();
  await cluster.make(
    storageClass('manual', { allowVolumeExpansion: true }),
    storageClass('stiff'),
    claim('c', '1Gi'),
    claim('s', '1Gi', { storageClassName: 'stiff' }),
  );
  await cluster.settle();
  const grow = (name: string) =>
    cluster.client.patch(CLAIMS, 'default', name, 'merge', { spec: { resources: { requests: { storage: '5Gi' } } } });
  await expect(grow('s')).rejects.toThrow(
    'persistentvolumeclaims "s" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
  await grow('c');
  await cluster.settle();
  const { status, spec } = (await cluster.claim('c')) as KubeObject & { spec: { volumeName: string } };
  expect(status).toMatchObject({
    capacity: { storage: '1Gi' },
    allocatedResources: { storage: '5Gi' },
    allocatedResourceStatuses: { storage: 'NodeResizePending' },
    conditions: [{ type: 'FileSystemResizePending', status: 'True' }],
  });
  expect((await cluster.volume(spec.volumeName))['spec'].capacity).toEqual({ storage: '5Gi' });
  await cluster.make(user('p', 'c', 'node-1'));
  const pods = { group: '', version: 'v1', resource: 'pods' };
  await cluster.client.patch(pods, 'default', 'p', 'merge', { status: { phase: 'Running' } }, undefined, 'status');
  await cluster.settle();
  const after = (await cluster.claim('c'))['status'];
  expect(after).toMatchObject({ capacity: { storage: '5Gi' }, allocatedResources: { storage: '5Gi' } });
  expect([after.conditions, after.allocatedResourceStatuses]).toEqual([undefined, undefined]);
  expect((await cluster.told('c')).map((text) => text.split(':')[0])).toEqual(
    expect.arrayContaining(['ExternalExpanding', 'Resizing', 'FileSystemResizeRequired', 'FileSystemResizeSuccessful']),
  );
});

const sizeOf = (claimed: KubeObject) => claimed['status'].capacity.storage;
const conditionsOf = (claimed: KubeObject) =>
  ((claimed['status'].conditions ?? []) as { type: string; message?: string }[]).map(({ type, message }) =>
    message ? `${type}: ${message}` : type,
  );

/** test/e2e/storage/csimock/csi_volume_expansion.go: Expansion with recovery. */
test.each([
  [
    'too large',
    {},
    'ControllerResizeInfeasible',
    'rpc error: code = OutOfRange desc = 11Gi is more than 10Gi, the largest volume',
  ],
  [
    'fails for good',
    { 'kubetick.dev/expand-failure': 'no space left' },
    'ControllerResizeInProgress',
    'rpc error: code = Internal desc = no space left',
  ],
])('a claim that can not grow recovers with a smaller size: %s', async (_, more, stage, error) => {
  const cluster = await storage();
  const parameters = { 'kubetick.dev/largest-volume': '10Gi', ...more };
  await cluster.make(storageClass('manual', { allowVolumeExpansion: true, parameters }), claim('c', '1Gi'));
  await cluster.settle();
  const grow = (size: string) =>
    cluster.client.patch(CLAIMS, 'default', 'c', 'merge', { spec: { resources: { requests: { storage: size } } } });
  await grow('11Gi');
  await cluster.settle();
  const failed = await cluster.claim('c');
  expect(failed['status']).toMatchObject({
    capacity: { storage: '1Gi' },
    allocatedResources: { storage: '11Gi' },
    allocatedResourceStatuses: { storage: stage },
  });
  expect(conditionsOf(failed)).toEqual(['Resizing', `ControllerResizeError: failed to expand pvc with ${error}`]);
  const name = failed['spec'].volumeName;
  expect(await cluster.told('c')).toContain(
    `VolumeResizeFailed: resize volume "${name}" by resizer "hostpath.kubetick.dev" failed: ${error}`,
  );
  await grow('4Gi');
  await cluster.settle();
  const recovered = await cluster.claim('c');
  expect(recovered['status'].allocatedResources).toEqual({ storage: '4Gi' });
  expect(conditionsOf(recovered).map((text) => text.split(':')[0])).toEqual(['FileSystemResizePending']);
  await cluster.make(user('p', 'c', 'node-1'));
  const pods = { group: '', version: 'v1', resource: 'pods' };
  await cluster.client.patch(pods, 'default', 'p', 'merge', { status: { phase: 'Running' } }, undefined, 'status');
  await cluster.settle();
  const grown = await cluster.claim('c');
  expect([sizeOf(grown), conditionsOf(grown), grown['status'].allocatedResourceStatuses]).toEqual([
    '4Gi',
    [],
    undefined,
  ]);
});

test('what is asked for while a file system is to grow comes after that', async () => {
  const cluster = await storage();
  await cluster.make(storageClass('manual', { allowVolumeExpansion: true }), claim('c', '1Gi'));
  await cluster.settle();
  const grow = (size: string) =>
    cluster.client.patch(CLAIMS, 'default', 'c', 'merge', { spec: { resources: { requests: { storage: size } } } });
  await grow('2Gi');
  await cluster.settle();
  await grow('3Gi');
  await cluster.settle();
  const name = (await cluster.claim('c'))['spec'].volumeName;
  expect((await cluster.volume(name))['spec'].capacity.storage).toBe('2Gi');
  await cluster.make(user('p', 'c', 'node-1'));
  const pods = { group: '', version: 'v1', resource: 'pods' };
  await cluster.client.patch(pods, 'default', 'p', 'merge', { status: { phase: 'Running' } }, undefined, 'status');
  await cluster.settle();
  expect([(await cluster.volume(name))['spec'].capacity.storage, sizeOf(await cluster.claim('c'))]).toEqual([
    '3Gi',
    '3Gi',
  ]);
});

test('a driver that may still be at it: the size stays what it was begun with', async () => {
  const cluster = await storage();
  const parameters = { 'kubetick.dev/expand-failure': 'DeadlineExceeded: slow' };
  await cluster.make(storageClass('manual', { allowVolumeExpansion: true, parameters }), claim('c', '1Gi'));
  await cluster.settle();
  const grow = (size: string) =>
    cluster.client.patch(CLAIMS, 'default', 'c', 'merge', { spec: { resources: { requests: { storage: size } } } });
  await grow('11Gi');
  await cluster.settle();
  await grow('4Gi');
  await cluster.settle();
  const { status } = (await cluster.claim('c')) as KubeObject;
  expect(status.allocatedResources).toEqual({ storage: '11Gi' });
  expect(conditionsOf(await cluster.claim('c'))).toEqual(['Resizing']);
  expect((await cluster.told('c')).at(-1)).toMatch(/DeadlineExceeded desc = slow$/);
});

test('a volume larger than the largest is not made', async () => {
  const cluster = await storage();
  await cluster.make(
    storageClass('manual', { parameters: { 'kubetick.dev/largest-volume': '10Gi' } }),
    claim('c', '11Gi'),
  );
  await cluster.settle();
  expect(await cluster.told('c')).toContain(
    'ProvisioningFailed: failed to provision volume with StorageClass "manual": rpc error: code = OutOfRange desc = 11Gi is more than 10Gi, the largest volume',
  );
});
