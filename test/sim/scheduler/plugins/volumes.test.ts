/** The filters for volumes: VolumeRestrictions, VolumeZone, NodeVolumeLimits, VolumeBinding. */
import type { KubeObject } from '../../../../src/apimachinery/meta';
import { PodInfo } from '../../../../src/sim/scheduler/pod-info';
import { filtered, node, pod, profileFor, viewOfCluster } from '../small-cluster';

const SELECTED = 'volume.kubernetes.io/selected-node';
const BOUND = { 'pv.kubernetes.io/bind-completed': 'yes' };
const ZONE = 'topology.kubernetes.io/zone';
const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';
const REGION = 'topology.kubernetes.io/region';

const mounting = (name: string, volumes: object[], on?: string) =>
  pod(name, {
    ...(on ? { on } : {}),
    spec: { volumes: volumes.map((volume, i) => ({ name: `v${i}`, ...volume })) },
  });
const using = (...claims: string[]) =>
  mounting(
    'p',
    claims.map((claimName) => ({ persistentVolumeClaim: { claimName } })),
  );

interface ClaimWords {
  volume?: string;
  storageClass?: string;
  size?: string;
  modes?: string[];
  annotations?: Record<string, string>;
  metadata?: object;
  phase?: string;
  more?: object;
}

function claim(name: string, words: ClaimWords = {}): KubeObject {
  const { volume, storageClass, size = '1Gi', modes = ['ReadWriteOnce'], annotations, metadata, phase, more } = words;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace: 'default',
      uid: `claim-${name}`,
      annotations: { ...(volume ? BOUND : {}), ...annotations },
      ...metadata,
    },
    spec: {
      accessModes: modes,
      resources: { requests: { storage: size } },
      ...(volume ? { volumeName: volume } : {}),
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      ...more,
    },
    status: { phase: phase ?? (volume ? 'Bound' : 'Pending') },
  };
}

interface VolumeWords {
  labels?: Record<string, string>;
  /** Only nodes with this `disk`. */
  disk?: string;
  size?: string;
  storageClass?: string;
  modes?: string[];
  csi?: { driver: string; volumeHandle: string };
  claimRef?: object;
  phase?: string;
  more?: object;
}

function volume(name: string, words: VolumeWords = {}): KubeObject {
  const {
    labels = {},
    disk,
    size = '1Gi',
    storageClass,
    modes = ['ReadWriteOnce'],
    csi,
    claimRef,
    phase,
    more,
  } = words;
  const expressions = [{ key: 'disk', operator: 'In', values: [disk] }];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: {
      capacity: { storage: size },
      accessModes: modes,
      ...(disk ? { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: expressions }] } } } : {}),
      ...(storageClass ? { storageClassName: storageClass } : {}),
      ...(csi ? { csi } : {}),
      ...(claimRef ? { claimRef } : {}),
      ...more,
    },
    status: { phase: phase ?? 'Available' },
  };
}

const storageClass = (name: string, volumeBindingMode?: string, provisioner = 'disk.example.com', more = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner,
  ...(volumeBindingMode ? { volumeBindingMode } : {}),
  ...more,
});

interface Objects {
  claims?: KubeObject[];
  volumes?: KubeObject[];
  classes?: KubeObject[];
  more?: Record<string, KubeObject[]>;
}

const objects = ({ claims = [], volumes = [], classes = [], more = {} }: Objects) => ({
  persistentvolumeclaims: claims,
  persistentvolumes: volumes,
  'storageclasses.storage.k8s.io': classes,
  ...more,
});

describe('VolumeRestrictions', () => {
  const nodes = [node('a'), node('b')];
  const DISK = 'node(s) had no available disk';
  const ONE_POD =
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';
  const gce = (pdName: string, readOnly?: boolean) => ({ gcePersistentDisk: { pdName, readOnly } });
  const ebs = (volumeID: string, readOnly?: boolean) => ({ awsElasticBlockStore: { volumeID, readOnly } });
  const iscsi = (iqn: string, readOnly?: boolean) => ({ iscsi: { iqn, readOnly } });
  const rbd = (monitors: string[], image: string, pool?: string, readOnly?: boolean) => ({
    rbd: { monitors, image, pool, readOnly },
  });
  test.each<[string, object, object, boolean]>([
    ['the same GCE disk', gce('d'), gce('d'), false],
    ['the same GCE disk, one reads only', gce('d', true), gce('d'), false],
    ['the same GCE disk, both read only', gce('d', true), gce('d', true), true],
    ['another GCE disk', gce('d'), gce('e'), true],
    ['the same EBS volume', ebs('v'), ebs('v'), false],
    ['the same EBS volume, though both read only', ebs('v', true), ebs('v', true), false],
    ['another EBS volume', ebs('v'), ebs('w'), true],
    ['the same iSCSI target', iscsi('i'), iscsi('i'), false],
    ['the same iSCSI target, both read only', iscsi('i', true), iscsi('i', true), true],
    ['the same image by a monitor of both', rbd(['m', 'n'], 'i'), rbd(['n'], 'i'), false],
    ['the default pool is rbd', rbd(['m'], 'i', 'rbd'), rbd(['m'], 'i'), false],
    ['no monitor of both', rbd(['m'], 'i'), rbd(['n'], 'i'), true],
    ['another pool', rbd(['m'], 'i', 'p'), rbd(['m'], 'i'), true],
    ['both read the image only', rbd(['m'], 'i', 'p', true), rbd(['m'], 'i', 'p', true), true],
    ['disks of two kinds', gce('d'), ebs('d'), true],
    ['an empty directory', { emptyDir: {} }, { emptyDir: {} }, true],
  ])('%s', (_, wanted, there, fits) => {
    const told = filtered(
      'VolumeRestrictions',
      { nodes, pods: [mounting('q', [there], 'a')] },
      mounting('p', [wanted]),
    );
    expect(told).toEqual({ a: fits ? 'ok' : DISK, b: 'ok' });
  });

  test('a claim for one pod is for one pod, wherever', () => {
    const claims = [claim('mine', { modes: ['ReadWriteOncePod'] }), claim('shared')];
    const pods = [mounting('q', [{ persistentVolumeClaim: { claimName: 'mine' } }], 'a')];
    const told = (name: string, there: KubeObject[]) =>
      filtered('VolumeRestrictions', { nodes, pods: there, objects: objects({ claims }) }, using(name));
    expect(told('mine', pods)).toEqual({ a: ONE_POD, b: ONE_POD });
    expect(told('mine', [])).toEqual({ a: 'ok', b: 'ok' });
    expect(told('shared', pods)).toEqual({ a: 'ok', b: 'ok' });
    expect(told('missing', [])).toEqual({ '*': 'persistentvolumeclaim "missing" not found !' });
  });
});

describe('VolumeZone', () => {
  const nodes = [
    node('a', { labels: { [ZONE]: 'a', [REGION]: 'r' } }),
    node('b', { labels: { [ZONE]: 'b', [REGION]: 'r' } }),
    node('none'),
  ];
  const OUT = 'node(s) had no available volume zone !';
  const inZones = (...labels: Record<string, string>[]): Objects => ({
    claims: labels.map((_, i) => claim(`c${i}`, { volume: `v${i}` })),
    volumes: labels.map((one, i) => volume(`v${i}`, { labels: one })),
  });
  test.each<[string, Objects, string[], Record<string, string>]>([
    ['a volume of zone a', inZones({ [ZONE]: 'a' }), ['c0'], { a: 'ok', b: OUT, none: 'ok' }],
    ['the old label', inZones({ [OLD_ZONE]: 'b' }), ['c0'], { a: OUT, b: 'ok', none: 'ok' }],
    ['of two zones', inZones({ [ZONE]: 'a__b' }), ['c0'], { a: 'ok', b: 'ok', none: 'ok' }],
    ['of a zone without nodes', inZones({ [ZONE]: 'c' }), ['c0'], { a: OUT, b: OUT, none: 'ok' }],
    ['a region', inZones({ [REGION]: 'r' }), ['c0'], { a: 'ok', b: 'ok', none: 'ok' }],
    ['another region', inZones({ [REGION]: 's' }), ['c0'], { a: OUT, b: OUT, none: 'ok' }],
    ['zone and region', inZones({ [ZONE]: 'a', [REGION]: 'r' }), ['c0'], { a: 'ok', b: OUT, none: 'ok' }],
    ['no labels', inZones({}), ['c0'], { a: 'ok', b: 'ok', none: 'ok' }],
    ['two volumes', inZones({ [ZONE]: 'a' }, { [ZONE]: 'b' }), ['c0', 'c1'], { a: OUT, b: OUT, none: 'ok' }],
    ['a label that can not be read', inZones({ [ZONE]: 'a__' }), ['c0'], { a: 'ok', b: 'ok', none: 'ok' }],
    ['no such claim', {}, ['c0'], { '*': 'persistentvolumeclaim "c0" not found !' }],
    [
      'no such volume',
      { claims: [claim('c0', { volume: 'gone' })] },
      ['c0'],
      { '*': 'persistentvolume "gone" not found !' },
    ],
    [
      'neither volume nor class',
      { claims: [claim('c0')] },
      ['c0'],
      { '*': 'PersistentVolumeClaim had no pv name and storageClass name !' },
    ],
    [
      'no such class',
      { claims: [claim('c0', { storageClass: 'fast' })] },
      ['c0'],
      { '*': 'storageclass.storage.k8s.io "fast" not found !' },
    ],
    [
      'a class that binds at once, but has not',
      { claims: [claim('c0', { storageClass: 'fast' })], classes: [storageClass('fast', 'Immediate')] },
      ['c0'],
      { '*': 'PersistentVolume had no name !' },
    ],
    [
      'a class that waits',
      { claims: [claim('c0', { storageClass: 'fast' })], classes: [storageClass('fast', 'WaitForFirstConsumer')] },
      ['c0'],
      { a: 'ok', b: 'ok', none: 'ok' },
    ],
  ])('%s', (_, there, claims, expected) => {
    expect(filtered('VolumeZone', { nodes, objects: objects(there) }, using(...claims))).toEqual(expected);
  });
});

describe('NodeVolumeLimits', () => {
  const nodes = [node('a'), node('b')];
  const FULL = 'node(s) exceed max volume count';
  const csiNode = (name: string, limits: Record<string, number | undefined>) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: { name },
    spec: {
      drivers: Object.entries(limits).map(([driver, count]) => ({
        name: driver,
        ...(count === undefined ? {} : { allocatable: { count } }),
      })),
    },
  });
  const csi = (name: string, driver = 'd1') => volume(name, { csi: { driver, volumeHandle: `h-${name}` } });
  const attachment = (on: string, persistentVolumeName: string, attacher = 'd1') => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: `${on}-${persistentVolumeName}` },
    spec: { nodeName: on, attacher, source: { persistentVolumeName } },
  });
  const bound = ['1', '2', '3'].map((i) => claim(`c${i}`, { volume: `v${i}` }));
  const volumes = ['1', '2', '3'].map((i) => csi(`v${i}`));
  const holding = (...claims: string[]): KubeObject => {
    const { spec } = using(...claims) as KubeObject & { spec: object };
    return pod('q', { on: 'a', spec });
  };
  const waiting = [storageClass('d1', 'WaitForFirstConsumer', 'd1')];
  test.each<[string, Record<string, number | undefined>, KubeObject[], string[], Objects, string]>([
    ['room for one', { d1: 1 }, [], ['c1'], {}, 'ok'],
    ['no room at all', { d1: 0 }, [], ['c1'], {}, FULL],
    ['two in one pod are too many', { d1: 1 }, [], ['c1', 'c2'], {}, FULL],
    ['another pod has one', { d1: 1 }, [holding('c2')], ['c1'], {}, FULL],
    ['another pod has the same', { d1: 1 }, [holding('c1')], ['c1'], {}, 'ok'],
    ['one is shared, one more is not', { d1: 2 }, [holding('c1', 'c2')], ['c2', 'c3'], {}, FULL],
    ['another driver is full', { d2: 0 }, [], ['c1'], {}, 'ok'],
    ['a driver without a limit', { d1: undefined }, [holding('c2', 'c3')], ['c1'], {}, 'ok'],
    ['what is attached counts', { d1: 1 }, [], ['c1'], { more: { a: [attachment('a', 'v2')] } }, FULL],
    [
      'the same is attached already: it counts twice',
      { d1: 1 },
      [],
      ['c1'],
      { more: { a: [attachment('a', 'v1')] } },
      FULL,
    ],
    ['… where there is room for both', { d1: 2 }, [], ['c1'], { more: { a: [attachment('a', 'v1')] } }, 'ok'],
    [
      '… and once where a pod has it',
      { d1: 1 },
      [holding('c1')],
      ['c1'],
      { more: { a: [attachment('a', 'v1')] } },
      'ok',
    ],
    ['attached elsewhere', { d1: 1 }, [], ['c1'], { more: { a: [attachment('b', 'v2')] } }, 'ok'],
    [
      'a volume of no driver',
      { d1: 0 },
      [],
      ['plain'],
      { claims: [claim('plain', { volume: 'plain' })], volumes: [volume('plain')] },
      'ok',
    ],
    [
      'a claim that waits counts for its provisioner',
      { d1: 0 },
      [],
      ['late'],
      { claims: [claim('late', { storageClass: 'd1' })], classes: waiting },
      FULL,
    ],
    [
      'a claim of no class counts for none',
      { d1: 0 },
      [],
      ['late'],
      { claims: [claim('late')], classes: waiting },
      'ok',
    ],
    [
      'no such claim',
      { d1: 5 },
      [],
      ['gone'],
      {},
      'looking up PVC default/gone: persistentvolumeclaim "gone" not found !',
    ],
  ])(
    '%s',
    (_, limits, pods, claims, { claims: more = [], volumes: others = [], classes = [], more: rest }, expected) => {
      const there = objects({
        claims: [...bound, ...more],
        volumes: [...volumes, ...others],
        classes,
        more: {
          'csinodes.storage.k8s.io': [csiNode('a', limits)],
          'volumeattachments.storage.k8s.io': rest?.['a'] ?? [],
        },
      });
      const told = filtered('NodeVolumeLimits', { nodes, pods, objects: there }, using(...claims));
      expect(told['a']).toBe(expected);
      // Of a node without CSINode nothing is known.
      if (!expected.includes('not found')) expect(told['b']).toBe('ok');
    },
  );
});

describe('VolumeBinding', () => {
  const nodes = [node('ssd', { labels: { disk: 'ssd', [ZONE]: 'a' } }), node('hdd', { labels: { disk: 'hdd' } })];
  const CONFLICT = "node(s) didn't match PersistentVolume's node affinity !";
  const NONE = "node(s) didn't find available persistent volumes to bind !";
  const GONE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s) !';
  const SPACE = 'node(s) did not have enough free storage !';
  const late = (words: ClaimWords = {}) => claim('c', { storageClass: 'late', ...words });
  const waits = storageClass('late', 'WaitForFirstConsumer', 'kubernetes.io/no-provisioner');
  const makes = (more = {}) => storageClass('late', 'WaitForFirstConsumer', 'disk.example.com', more);
  const local = (name: string, words: VolumeWords = {}) => volume(name, { storageClass: 'late', ...words });
  const both = (told: string) => ({ ssd: told, hdd: told });
  const capacity = (size: string, disk: string) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { name: `${disk}-${size}`, namespace: 'kube-system' },
    storageClassName: 'late',
    capacity: size,
    nodeTopology: { matchLabels: { disk } },
  });
  const driver = (storageCapacity: boolean) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: 'disk.example.com' },
    spec: { storageCapacity },
  });
  const asked = (storageCapacity: boolean, ...capacities: KubeObject[]): Objects => ({
    claims: [late({ size: '5Gi' })],
    classes: [makes()],
    more: {
      'csidrivers.storage.k8s.io': [driver(storageCapacity)],
      'csistoragecapacities.storage.k8s.io': capacities,
    },
  });
  test.each<[string, Objects, Record<string, string>]>([
    ['no such claim', {}, { '*': 'persistentvolumeclaim "c" not found !' }],
    [
      'a claim that goes',
      { claims: [claim('c', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })] },
      { '*': 'persistentvolumeclaim "c" is being deleted !' },
    ],
    [
      'a claim that lost its volume',
      { claims: [claim('c', { volume: 'v', phase: 'Lost' })] },
      { '*': 'persistentvolumeclaim "c" bound to non-existent persistentvolume "v" !' },
    ],
    [
      'a claim that is bound at once, but is not yet',
      { claims: [claim('c', { storageClass: 'now' })], classes: [storageClass('now', 'Immediate')] },
      { '*': 'pod has unbound immediate PersistentVolumeClaims !' },
    ],
    [
      'a claim without a class',
      { claims: [claim('c')] },
      { '*': 'pod has unbound immediate PersistentVolumeClaims !' },
    ],
    ['bound, for every node', { claims: [claim('c', { volume: 'v' })], volumes: [volume('v')] }, both('ok')],
    [
      'bound, for one node',
      { claims: [claim('c', { volume: 'v' })], volumes: [volume('v', { disk: 'ssd' })] },
      { ssd: 'ok', hdd: CONFLICT },
    ],
    ['bound to a volume that is not there', { claims: [claim('c', { volume: 'v' })] }, both(GONE)],
    ['waits, there is no volume', { claims: [late()], classes: [waits] }, both(NONE)],
    [
      'waits, a volume is on one node',
      { claims: [late()], classes: [waits], volumes: [local('v', { disk: 'hdd' })] },
      { ssd: NONE, hdd: 'ok' },
    ],
    [
      'the volume is too small',
      { claims: [late({ size: '2Gi' })], classes: [waits], volumes: [local('v')] },
      both(NONE),
    ],
    [
      'the volume is of another class',
      { claims: [late()], classes: [waits], volumes: [volume('v', { storageClass: 'other' })] },
      both(NONE),
    ],
    [
      'the volume has not the access mode',
      { claims: [late({ modes: ['ReadWriteMany'] })], classes: [waits], volumes: [local('v')] },
      both(NONE),
    ],
    [
      'the volume is another claim’s',
      {
        claims: [late()],
        classes: [waits],
        volumes: [local('v', { claimRef: { namespace: 'default', name: 'other' } })],
      },
      both(NONE),
    ],
    [
      'the volume is promised to the claim',
      {
        claims: [late({ size: '1Gi' })],
        classes: [waits],
        volumes: [local('v', { disk: 'ssd', claimRef: { namespace: 'default', name: 'c' } })],
      },
      { ssd: 'ok', hdd: NONE },
    ],
    [
      'the volume is promised to the claim, and of another class',
      {
        claims: [late()],
        classes: [waits],
        volumes: [volume('v', { storageClass: 'other', claimRef: { namespace: 'default', name: 'c' } })],
      },
      both(NONE),
    ],
    [
      'the claim wants labels',
      {
        claims: [late({ more: { selector: { matchLabels: { tier: 'gold' } } } })],
        classes: [waits],
        volumes: [local('v'), local('w', { disk: 'ssd', labels: { tier: 'gold' } })],
      },
      { ssd: 'ok', hdd: NONE },
    ],
    [
      'the volume is released, not available',
      { claims: [late()], classes: [waits], volumes: [local('v', { phase: 'Released' })] },
      both(NONE),
    ],
    ['a volume can be made', { claims: [late()], classes: [makes()] }, both('ok')],
    [
      'a volume can be made in zone a',
      {
        claims: [late()],
        classes: [makes({ allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ['a'] }] }] })],
      },
      { ssd: 'ok', hdd: NONE },
    ],
    [
      'the node was chosen before',
      { claims: [late({ annotations: { [SELECTED]: 'ssd' } })], classes: [makes()] },
      { ssd: 'ok', hdd: NONE },
    ],
    ['capacity is told, but nowhere enough', asked(true, capacity('1Gi', 'ssd')), both(SPACE)],
    ['capacity is enough for one', asked(true, capacity('8Gi', 'ssd')), { ssd: 'ok', hdd: SPACE }],
    ['capacity is not asked for', asked(false, capacity('1Gi', 'ssd')), both('ok')],
  ])('%s', (_, there, expected) => {
    expect(filtered('VolumeBinding', { nodes, objects: objects(there) }, using('c'))).toEqual(expected);
  });

  test('a volume for the pod alone waits for its claim, which must be the pod’s', () => {
    const incoming = mounting('p', [{ ephemeral: { volumeClaimTemplate: {} } }]);
    const told = (claims: KubeObject[]) =>
      filtered('VolumeBinding', { nodes, objects: objects({ claims, volumes: [volume('v')] }) }, incoming);
    expect(told([])).toEqual({
      '*': 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v0" !',
    });
    expect(told([claim('p-v0', { volume: 'v' })])).toEqual({
      '*': 'PVC default/p-v0 was not created for pod default/p (pod is not owner) !',
    });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'pod-default-p', controller: true }];
    expect(told([claim('p-v0', { volume: 'v', metadata: { ownerReferences } })])).toEqual(both('ok'));
  });

  test('the smallest volume that does is reserved, once; what can be made is marked with the node', async () => {
    const there: Objects = {
      claims: [late(), claim('other', { storageClass: 'late' }), claim('third', { storageClass: 'late' })],
      classes: [makes()],
      volumes: [local('large', { size: '9Gi' }), local('small', { size: '2Gi' }), local('tiny', { size: '1Mi' })],
    };
    const view = viewOfCluster({ nodes, objects: objects(there) });
    const profile = profileFor(view);
    const written: [string, string, object][] = [];
    const client = {
      patch: async (kind: { resource: string }, _: string, name: string, __: string, patch: object) => {
        written.push([kind.resource, name, patch]);
      },
    };
    for (const name of ['c', 'other', 'third']) {
      const filter = profile.plugins.get('VolumeBinding')?.filterFor?.(new PodInfo(using(name)));
      const [first] = view.ordered;
      if (!first) throw new Error('no node');
      expect(filter?.filter?.(first)).toBeUndefined();
      const reservation = filter?.reserve?.(first);
      // Who binds the claims comes later.
      expect(reservation?.ready).toBe(false);
      await reservation?.write?.(client as never);
    }
    const claimRef = (name: string) => ({ namespace: 'default', name, uid: `claim-${name}` });
    expect(written).toMatchObject([
      ['persistentvolumes', 'small', { spec: { claimRef: claimRef('c') } }],
      ['persistentvolumes', 'large', { spec: { claimRef: claimRef('other') } }],
      ['persistentvolumeclaims', 'third', { metadata: { annotations: { [SELECTED]: expect.any(String) } } }],
    ]);
  });
});

describe('VolumeBinding: disks that CSI drivers have now', () => {
  const GCE = 'topology.gke.io/zone';
  const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';
  const FAR = "node(s) didn't match PersistentVolume's node affinity !";
  const gce = { gcePersistentDisk: { pdName: 'd' } };
  const csiNode = (name: string, plugins?: string) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: {
      name,
      ...(plugins ? { annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': plugins } } : {}),
    },
    spec: { drivers: [] },
  });
  const within = (key: string, ...values: string[]) => ({
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values }] }] } },
  });
  const MIGRATED = 'kubernetes.io/aws-ebs,kubernetes.io/gce-pd';
  test.each<[string, VolumeWords, Record<string, string>, string | undefined, string]>([
    ['in the zone', { labels: { [OLD_ZONE]: '1' }, more: gce }, { [GCE]: '1' }, MIGRATED, 'ok'],
    ['in another zone', { labels: { [OLD_ZONE]: '1' }, more: gce }, { [GCE]: '2' }, MIGRATED, FAR],
    // The drivers of the simulation label no nodes: what is said of the volume counts (and its labels, for VolumeZone).
    ['the driver told no zone', { more: { ...gce, ...within(ZONE, '1') } }, { [ZONE]: '1' }, MIGRATED, 'ok'],
    ['and the node is in another', { more: { ...gce, ...within(ZONE, '1') } }, { [ZONE]: '2' }, MIGRATED, FAR],
    [
      'the driver told another zone than the node is in',
      { more: { ...gce, ...within(ZONE, '1') } },
      { [ZONE]: '1', [GCE]: '2' },
      MIGRATED,
      FAR,
    ],
    ['one of two zones', { labels: { [ZONE]: '1__2' }, more: gce }, { [GCE]: '2' }, MIGRATED, 'ok'],
    ['the volume tells none', { more: gce }, { [GCE]: '2' }, MIGRATED, 'ok'],
    [
      'the plugin is not migrated there',
      { labels: { [OLD_ZONE]: '1' }, more: gce },
      { [GCE]: '2' },
      'kubernetes.io/cinder',
      'ok',
    ],
    ['the node has no CSINode', { labels: { [OLD_ZONE]: '1' }, more: gce }, { [GCE]: '2' }, undefined, 'ok'],
    [
      'the zone of its affinity counts',
      { labels: { [ZONE]: '1' }, more: { ...gce, ...within(ZONE, '2') } },
      { [GCE]: '2' },
      MIGRATED,
      'ok',
    ],
    [
      'the zone is asked for beside the rest',
      { labels: { [ZONE]: '1' }, more: { ...gce, ...within('disk', 'ssd') } },
      { [GCE]: '1' },
      MIGRATED,
      FAR,
    ],
    [
      'and both are there',
      { labels: { [ZONE]: '1' }, more: { ...gce, ...within('disk', 'ssd') } },
      { [GCE]: '1', disk: 'ssd' },
      MIGRATED,
      'ok',
    ],
    [
      'another driver',
      { labels: { [ZONE]: '1' }, more: { awsElasticBlockStore: { volumeID: 'v' } } },
      { 'topology.ebs.csi.aws.com/zone': '1' },
      MIGRATED,
      'ok',
    ],
    ['a volume of no plugin', { labels: { [ZONE]: '1' } }, { [GCE]: '2' }, MIGRATED, 'ok'],
  ])('%s', (_, words, labels, plugins, expected) => {
    const there = objects({
      claims: [claim('c', { volume: 'v' })],
      volumes: [volume('v', words)],
      more: { 'csinodes.storage.k8s.io': plugins ? [csiNode('n', plugins)] : [] },
    });
    const told = filtered('VolumeBinding', { nodes: [node('n', { labels })], objects: there }, using('c'));
    expect(told).toEqual({ n: expected });
  });
});

describe('DynamicResources', () => {
  const nodes = [node('a', { labels: { rack: '1' } }), node('b')];
  const CLAIMS = 'resourceclaims.resource.k8s.io';
  const resourceClaim = (name: string, status: object = {}, metadata: object = {}): KubeObject => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name, namespace: 'default', ...metadata },
    spec: {},
    status,
  });
  const onRack = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['1'] }] }] };
  const wanting = (one: object, status: object = {}) => pod('p', { spec: { resourceClaims: [one] }, status });
  const byName = { name: 'gpu', resourceClaimName: 'gpu' };
  const template = { name: 'gpu', resourceClaimTemplateName: 'gpus' };
  const made = { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'p-gpu' }] };
  const ELSEWHERE = 'resourceclaim not available on the node !';
  const NOT_YET = 'cannot allocate all claims';
  test.each<[string, KubeObject, KubeObject[], Record<string, string>]>([
    ['no claims', pod('p'), [], { a: 'ok', b: 'ok' }],
    ['allocated anywhere', wanting(byName), [resourceClaim('gpu', { allocation: {} })], { a: 'ok', b: 'ok' }],
    [
      'allocated on a rack',
      wanting(byName),
      [resourceClaim('gpu', { allocation: { nodeSelector: onRack } })],
      { a: 'ok', b: ELSEWHERE },
    ],
    ['not allocated', wanting(byName), [resourceClaim('gpu')], { a: NOT_YET, b: NOT_YET }],
    ['no such claim', wanting(byName), [], { '*': 'resourceclaim.resource.k8s.io "gpu" not found !' }],
    [
      'a claim that goes',
      wanting(byName),
      [resourceClaim('gpu', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
      { '*': 'resourceclaim "gpu" is being deleted !' },
    ],
    ['a template, not made yet', wanting(template), [], { '*': 'pod "default/p": ResourceClaim not created yet !' }],
    [
      'a template, made and allocated',
      wanting(template, made),
      [resourceClaim('p-gpu', { allocation: {} })],
      { a: 'ok', b: 'ok' },
    ],
  ])('%s', (_, incoming, claims, expected) => {
    expect(filtered('DynamicResources', { nodes, objects: { [CLAIMS]: claims } }, incoming)).toEqual(expected);
  });
});
