/** Which claim gets which volume, and what is said where none will do. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { claim, DEFAULT, storage, storageClass, user, VOLUMES, volume } from './storage';

const MANY = ['ReadWriteMany'];
const ONCE_OR_MANY = ['ReadWriteOnce', 'ReadWriteMany'];
const LABELLED = { labels: { speed: 'fast' } };

test.each<[what: string, volumes: KubeObject[], claim: KubeObject, gets: string | undefined]>([
  ['the smallest that fits', [volume('v9', '9Gi'), volume('v3', '3Gi'), volume('v1', '1Gi')], claim('c', '2Gi'), 'v3'],
  ['one of exactly the size', [volume('v3', '3Gi'), volume('v2', '2Gi')], claim('c', '2Gi'), 'v2'],
  ['the same size in other units', [volume('v', '2Gi')], claim('c', '2048Mi'), 'v'],
  ['of equal ones the first', [volume('b', '1Gi'), volume('a', '1Gi')], claim('c', '1Gi'), 'a'],
  ['nothing too small', [volume('v', '1Gi')], claim('c', '2Gi'), undefined],
  [
    'the modes asked for before more modes, though larger',
    [volume('many', '1Gi', { accessModes: ONCE_OR_MANY }), volume('once', '5Gi')],
    claim('c', '1Gi'),
    'once',
  ],
  ['more modes where there is no other', [volume('v', '1Gi', { accessModes: ONCE_OR_MANY })], claim('c', '1Gi'), 'v'],
  ['no fewer modes', [volume('v', '1Gi')], claim('c', '1Gi', { accessModes: MANY }), undefined],
  [
    'only ReadWriteOncePod for it',
    [volume('v', '1Gi')],
    claim('c', '1Gi', { accessModes: ['ReadWriteOncePod'] }),
    undefined,
  ],
  ['no other class', [volume('v', '1Gi', { storageClassName: 'x' })], claim('c', '1Gi'), undefined],
  [
    'no class for an empty class',
    [volume('classed', '1Gi'), volume('plain', '2Gi', { storageClassName: '' })],
    claim('c', '1Gi', { storageClassName: '' }),
    'plain',
  ],
  [
    'no class for none named',
    [volume('plain', '2Gi', { storageClassName: undefined })],
    claim('c', '1Gi', { storageClassName: undefined }),
    'plain',
  ],
  [
    'the class of the old annotation',
    [volume('v', '1Gi')],
    claim(
      'c',
      '1Gi',
      { storageClassName: undefined },
      { annotations: { 'volume.beta.kubernetes.io/storage-class': 'manual' } },
    ),
    'v',
  ],
  ['no other volumeMode', [volume('v', '1Gi', { volumeMode: 'Block' })], claim('c', '1Gi'), undefined],
  [
    'a raw device for one who wants it',
    [volume('files', '1Gi'), volume('raw', '2Gi', { volumeMode: 'Block' })],
    claim('c', '1Gi', { volumeMode: 'Block' }),
    'raw',
  ],
  [
    'labels that are asked for',
    [volume('slow', '1Gi'), volume('fast', '9Gi', {}, LABELLED)],
    claim('c', '1Gi', { selector: { matchLabels: { speed: 'fast' } } }),
    'fast',
  ],
  [
    'labels by expression',
    [volume('fast', '1Gi', {}, LABELLED), volume('other', '2Gi')],
    claim('c', '1Gi', { selector: { matchExpressions: [{ key: 'speed', operator: 'DoesNotExist' }] } }),
    'other',
  ],
  ['the one it names', [volume('v1', '1Gi'), volume('v9', '9Gi')], claim('c', '1Gi', { volumeName: 'v9' }), 'v9'],
  [
    'the one that was promised to it, though larger',
    [volume('v1', '1Gi'), volume('v9', '9Gi', { claimRef: { namespace: 'default', name: 'c' } })],
    claim('c', '1Gi'),
    'v9',
  ],
  [
    'promised without regard to class and labels',
    [volume('v', '1Gi', { storageClassName: 'x', claimRef: { namespace: 'default', name: 'c' } })],
    claim('c', '1Gi', { selector: { matchLabels: { no: 'such' } } }),
    'v',
  ],
  [
    'nothing promised to another',
    [volume('v', '1Gi', { claimRef: { namespace: 'default', name: 'other' } })],
    claim('c', '1Gi'),
    undefined,
  ],
])('a claim gets %s', async (_, volumes, wanted, gets) => {
  const cluster = await storage();
  await cluster.make(...volumes, wanted);
  await cluster.settle();
  const { spec, status, metadata } = (await cluster.claim('c')) as KubeObject & { spec: { volumeName?: string } };
  expect(spec.volumeName).toBe(gets);
  expect(status.phase).toBe(gets ? 'Bound' : 'Pending');
  if (!gets) return;
  const bound = await cluster.volume(gets);
  expect(bound['spec'].claimRef).toMatchObject({ namespace: 'default', name: 'c', uid: metadata.uid });
  expect(bound['status'].phase).toBe('Bound');
  expect(status).toMatchObject({ accessModes: bound['spec'].accessModes, capacity: bound['spec'].capacity });
  expect(metadata.annotations?.['pv.kubernetes.io/bind-completed']).toBe('yes');
});

test('who was chosen by the controller is marked, who was chosen by a user is not', async () => {
  const cluster = await storage();
  const mark = 'pv.kubernetes.io/bound-by-controller';
  await cluster.make(
    volume('a', '1Gi'),
    claim('free', '1Gi'),
    volume('b', '2Gi', { storageClassName: 'x' }),
    claim('names', '1Gi', { volumeName: 'b', storageClassName: 'x' }),
    volume('d', '3Gi', { storageClassName: 'y', claimRef: { namespace: 'default', name: 'named' } }),
    claim('named', '1Gi', { storageClassName: 'y' }),
  );
  await cluster.settle();
  const marked = async (object: Promise<KubeObject>) => (await object).metadata.annotations?.[mark] === 'yes';
  expect([await marked(cluster.claim('free')), await marked(cluster.volume('a'))]).toEqual([true, true]);
  expect([await marked(cluster.claim('names')), await marked(cluster.volume('b'))]).toEqual([false, true]);
  expect([await marked(cluster.claim('named')), await marked(cluster.volume('d'))]).toEqual([true, false]);
});

const NOTHING = 'FailedBinding: no persistent volumes available for this claim and no storage class is set';
const lazy = storageClass('manual', {
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
});

test.each<[objects: KubeObject[], says: string]>([
  [[claim('c', '1Gi', { storageClassName: '' })], NOTHING],
  [[claim('c', '1Gi', { storageClassName: undefined })], NOTHING],
  [[claim('c', '1Gi')], 'ProvisioningFailed: storageclass.storage.k8s.io "manual" not found'],
  [[lazy, claim('c', '1Gi')], 'WaitForFirstConsumer: waiting for first consumer to be created before binding'],
  [[lazy, user('p', 'c'), claim('c', '1Gi')], 'WaitForPodScheduled: waiting for pod p to be scheduled'],
  [
    [lazy, user('p', 'c'), user('q', 'c'), claim('c', '1Gi')],
    'WaitForPodScheduled: waiting for pods p,q to be scheduled',
  ],
  [
    [storageClass('manual', { provisioner: 'kubernetes.io/no-provisioner' }), claim('c', '1Gi')],
    'ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner',
  ],
  [
    [storageClass('manual', { provisioner: 'example.com/nobody' }), claim('c', '1Gi')],
    "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'example.com/nobody' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
  ],
  [
    [volume('v', '1Gi'), claim('c', '2Gi', { volumeName: 'v' })],
    'VolumeMismatch: Cannot bind to requested volume "v": requested PV is too small',
  ],
  [
    [volume('v', '2Gi'), claim('c', '2Gi', { volumeName: 'v', storageClassName: '' })],
    'VolumeMismatch: Cannot bind to requested volume "v": storageClassName does not match',
  ],
  [
    [volume('v', '2Gi', { volumeMode: 'Block' }), claim('c', '2Gi', { volumeName: 'v' })],
    'VolumeMismatch: Cannot bind to requested volume "v": incompatible volumeMode',
  ],
  [
    [volume('v', '2Gi'), claim('c', '2Gi', { volumeName: 'v', accessModes: MANY })],
    'VolumeMismatch: Cannot bind to requested volume "v": incompatible accessMode',
  ],
  [
    [volume('v', '2Gi', { claimRef: { namespace: 'x', name: 'y' } }), claim('c', '2Gi', { volumeName: 'v' })],
    'FailedBinding: volume "v" already bound to a different claim.',
  ],
])('what is said of a claim that waits (%#)', async (objects, says) => {
  const cluster = await storage();
  await cluster.make(...objects);
  await cluster.settle();
  expect((await cluster.claim('c'))['status'].phase).toBe('Pending');
  expect(new Set(await cluster.told('c'))).toEqual(new Set([says]));
});

test('a claim that names a volume that is to go does not get it', async () => {
  const cluster = await storage();
  await cluster.make(volume('v', '1Gi', {}, { finalizers: ['example.com/kept'] }));
  await cluster.settle();
  await cluster.client.delete(VOLUMES, '', 'v');
  await cluster.make(claim('c', '1Gi', { volumeName: 'v' }));
  await cluster.settle();
  expect((await cluster.claim('c'))['status'].phase).toBe('Pending');
  expect(await cluster.told('c')).toEqual([
    'VolumeMismatch: Cannot bind to requested volume "v": the volume is marked for deletion "v"',
  ]);
});

test('a volume that was promised to a claim of another volumeMode: both are told', async () => {
  const cluster = await storage();
  await cluster.make(claim('c', '1Gi', { storageClassName: '' }));
  const { uid } = (await cluster.claim('c')).metadata;
  const claimRef = { namespace: 'default', name: 'c', uid };
  await cluster.make(volume('v', '1Gi', { storageClassName: '', volumeMode: 'Block', claimRef }));
  await cluster.settle();
  expect((await cluster.claim('c'))['status'].phase).toBe('Pending');
  expect(await cluster.told('v')).toEqual([
    'VolumeMismatch: Cannot bind PersistentVolume to requested PersistentVolumeClaim "c" due to incompatible volumeMode.',
  ]);
  expect(await cluster.told('c')).toContain(
    'VolumeMismatch: Cannot bind PersistentVolume "v" to requested PersistentVolumeClaim due to incompatible volumeMode.',
  );
});

test('a claim that waits is bound when a volume comes, and two claims never share one', async () => {
  const cluster = await storage();
  await cluster.make(claim('a', '1Gi'), claim('b', '1Gi'));
  await cluster.settle();
  await cluster.make(volume('v', '1Gi'));
  await cluster.settle();
  const phases = async () => [(await cluster.claim('a'))['status'].phase, (await cluster.claim('b'))['status'].phase];
  expect((await phases()).sort()).toEqual(['Bound', 'Pending']);
  await cluster.make(volume('w', '1Gi'));
  await cluster.settle();
  expect(await phases()).toEqual(['Bound', 'Bound']);
});

test('a claim whose volume is gone is lost', async () => {
  const cluster = await storage();
  await cluster.make(volume('v', '1Gi'), claim('c', '1Gi'));
  await cluster.settle();
  await cluster.client.delete(VOLUMES, '', 'v');
  await cluster.settle();
  expect((await cluster.volume('v')).metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
  await cluster.client.patch(VOLUMES, '', 'v', 'merge', { metadata: { finalizers: null } });
  await cluster.settle();
  expect((await cluster.claim('c'))['status']).toEqual({ phase: 'Lost' });
  expect(await cluster.told('c')).toContain(
    'ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
  );
});

test('a claim without a class gets the default one: at once where there is one, later where it comes', async () => {
  const cluster = await storage();
  await cluster.make(
    claim('before', '1Gi', { storageClassName: undefined }),
    claim('none', '1Gi', { storageClassName: '' }),
  );
  await cluster.settle();
  await cluster.make(storageClass('gold', {}, DEFAULT), claim('after', '1Gi', { storageClassName: undefined }));
  expect((await cluster.claim('after'))['spec'].storageClassName).toBe('gold');
  await cluster.settle();
  expect((await cluster.claim('before'))['spec'].storageClassName).toBe('gold');
  expect((await cluster.claim('none'))['spec'].storageClassName).toBe('');
  expect((await cluster.claim('before'))['status'].phase).toBe('Bound');
});
