/** What has a pod tried again, plugin by plugin: what upstream calls queueing hints. */
import type { KubeObject } from '../../../../src/apimachinery/meta';
import {
  type ClusterEvent,
  type EventResource,
  nodeEvents,
  podUpdateEvents,
} from '../../../../src/sim/scheduler/cluster-events';
import { type NodeWords, node, type PodWords, pod, woken } from '../small-cluster';

type Labels = Record<string, string>;

/** A node of few labels: its name is none of them. */
const bare = (labels: Labels | undefined): KubeObject | undefined =>
  labels && { ...node('n'), metadata: { name: 'n', labels } };
const nodes = (before: NodeWords | undefined, after: NodeWords) =>
  nodeEvents(before && node('n', before), node('n', after));

/** A placed pod comes, changes or goes. */
function pods(before: PodWords | undefined, after: PodWords | undefined): ClusterEvent[] {
  const one = (words: PodWords) => pod('other', { on: 'n', ...words });
  if (before && after) return podUpdateEvents(one(before), one(after));
  if (after) return [{ resource: 'AssignedPod', action: 'Add', after: one(after) }];
  return [{ resource: 'AssignedPod', action: 'Delete', before: before && one(before) }];
}

/** Anything else comes, changes or goes. */
function other(resource: EventResource, before: object | undefined, after: object | undefined): ClusterEvent[] {
  const whole = (some: object | undefined) =>
    some &&
    ({ apiVersion: 'v1', kind: resource, metadata: { name: 'x', namespace: 'default' }, ...some } as KubeObject);
  const action = !before ? 'Add' : after ? 'Update' : 'Delete';
  return [{ resource, action, before: whole(before), after: whole(after) }];
}

const exists = (key: string) => ({ matchExpressions: [{ key, operator: 'Exists' }] });

describe('PodTopologySpread', () => {
  const spreading = (...constraints: [string, string][]) =>
    pod('p', {
      labels: { foo: '' },
      spec: {
        topologySpreadConstraints: constraints.map(([topologyKey, key]) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: exists(key),
        })),
      },
    });
  const zone = spreading(['zone', 'foo']);
  const both = spreading(['zone', 'foo'], ['rack', 'foo']);
  test.each<[string, KubeObject, Labels | undefined, Labels | undefined, boolean]>([
    ['moves to another domain', zone, { zone: '1' }, { zone: '2' }, true],
    ['another label of a node in no domain', zone, { foo: '1' }, { foo: '2' }, false],
    [
      'another label of a node in its domains',
      both,
      { zone: '1', rack: '1', foo: '' },
      { zone: '1', rack: '1' },
      false,
    ],
    ['comes in no domain', zone, undefined, { foo: '' }, false],
    ['comes in a domain', zone, undefined, { zone: '1' }, true],
    ['goes from no domain', zone, { foo: '' }, undefined, false],
    ['goes from a domain', zone, { zone: '1' }, undefined, true],
    ['comes with one key of two', both, undefined, { zone: '1' }, false],
    ['comes with both keys', both, undefined, { zone: '1', rack: '1' }, true],
    ['has one key of two before and after', both, { zone: '1' }, { zone: '1', a: '' }, false],
    ['moves by one key of two', both, { zone: '1', rack: '1' }, { zone: '1', rack: '2' }, true],
    ['gets the key that it lacked', both, { zone: '1' }, { zone: '1', rack: '1' }, true],
    ['loses a key', both, { zone: '1', rack: '1' }, { zone: '1' }, true],
  ])('a node %s', (_, rejected, before, after, expected) => {
    expect(woken('PodTopologySpread', rejected, nodeEvents(bare(before), bare(after)))).toBe(expected);
  });
  test('a node in a domain gets another taint', () => {
    const tainted = (taints: string[]) => node('n', { labels: { zone: '1' }, taints });
    expect(woken('PodTopologySpread', zone, nodeEvents(tainted([]), tainted(['a:NoSchedule'])))).toBe(true);
    expect(woken('PodTopologySpread', both, nodeEvents(tainted([]), tainted(['a:NoSchedule'])))).toBe(false);
  });

  const two = spreading(['zone', 'foo'], ['rack', 'bar']);
  test.each<[string, KubeObject, PodWords | undefined, PodWords | undefined, boolean]>([
    ['that counts comes', zone, undefined, { labels: { foo: '' } }, true],
    ['that does not count comes', zone, undefined, { labels: { bar: '' } }, false],
    ['of another namespace comes', zone, undefined, { labels: { foo: '' }, namespace: 'other' }, false],
    ['that counts goes', zone, { labels: { foo: '' } }, undefined, true],
    ['that does not count goes', zone, { labels: { bar: '' } }, undefined, false],
    ['gets a label of no matter', zone, { labels: { foo: '' } }, { labels: { foo: '', bar: '' } }, false],
    ['counts from now on', zone, {}, { labels: { foo: '' } }, true],
    ['counts no more', zone, { labels: { foo: '' } }, {}, true],
    ['counts as before', zone, { labels: { foo: '1' } }, { labels: { foo: '2' } }, false],
    ['counts for the second, too', two, { labels: { foo: '' } }, { labels: { foo: '', bar: '' } }, true],
    ['counts for both as before', two, { labels: { foo: '', bar: '1' } }, { labels: { foo: '', bar: '2' } }, false],
  ])('a pod %s', (_, rejected, before, after, expected) => {
    expect(woken('PodTopologySpread', rejected, pods(before, after))).toBe(expected);
  });
});

describe('InterPodAffinity', () => {
  const wanting = (kind: 'podAffinity' | 'podAntiAffinity', ...selectors: object[]) =>
    pod('p', {
      spec: {
        affinity: {
          [kind]: {
            requiredDuringSchedulingIgnoredDuringExecution: selectors.map((labelSelector) => ({
              topologyKey: 'zone',
              labelSelector,
            })),
          },
        },
      },
    });
  const scan = { matchExpressions: [{ key: 'service', operator: 'In', values: ['scan', 'probe'] }] };
  const near = wanting('podAffinity', scan);
  const nearBoth = wanting('podAffinity', exists('a'), exists('b'));
  const apart = wanting('podAntiAffinity', scan);
  const service = (name: string): PodWords => ({ labels: { service: name } });
  test.each<[string, KubeObject, PodWords | undefined, PodWords | undefined, boolean]>([
    ['that is wanted comes', near, undefined, service('scan'), true],
    ['that is not wanted comes', near, undefined, service('web'), false],
    ['of another namespace comes', near, undefined, { ...service('scan'), namespace: 'other' }, false],
    ['becomes wanted', near, service('web'), service('scan'), true],
    ['is wanted before and after', near, service('probe'), service('scan'), false],
    ['is wanted no more', near, service('scan'), service('web'), false],
    ['meets both terms now', nearBoth, { labels: { a: '' } }, { labels: { a: '', b: '' } }, true],
    ['meets neither now', nearBoth, { labels: { a: '' } }, { labels: { c: '' } }, false],
    ['is not minded any more', apart, service('scan'), service('web'), true],
    ['is minded from now on', apart, service('web'), service('scan'), false],
    ['that is not minded goes', apart, service('web'), undefined, false],
    ['that is minded goes', apart, service('scan'), undefined, true],
  ])('a pod %s', (_, rejected, before, after, expected) => {
    expect(woken('InterPodAffinity', rejected, pods(before, after))).toBe(expected);
  });
  test.each<[string, KubeObject, Labels | undefined, Labels, boolean]>([
    ['comes with the key', near, undefined, { zone: '1' }, true],
    ['comes without it', near, undefined, { rack: '1' }, false],
    ['changes another label', near, { a: '1' }, { a: '2' }, false],
    ['gets a label beside the key', near, { zone: '1' }, { zone: '1', a: '' }, false],
    ['moves', near, { zone: '1' }, { zone: '2' }, true],
    ['gets the key', near, { a: '' }, { zone: '1' }, true],
    ['loses the key', near, { zone: '1' }, { a: '' }, false],
    ['to stay apart on comes with the key', apart, undefined, { zone: '1' }, true],
    ['to stay apart on comes without it', apart, undefined, {}, true],
    ['gets a label beside the key, which is of no use', apart, { zone: '1' }, { zone: '1', a: '' }, false],
    ['moves away', apart, { zone: '1' }, { zone: '2' }, true],
    ['gets the key, which is of no use', apart, { a: '' }, { zone: '1' }, false],
    ['leaves all domains', apart, { zone: '1' }, { a: '' }, true],
  ])('a node %s', (_, rejected, before, after, expected) => {
    expect(woken('InterPodAffinity', rejected, nodeEvents(bare(before), bare(after)))).toBe(expected);
  });
});

describe('nodes', () => {
  const plain = pod('p');
  const asking = (requests: Labels) => pod('p', { requests });
  const ssd = pod('p', { spec: { nodeSelector: { disk: 'ssd' } } });
  const tolerant = pod('p', { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } });
  const [labelled, unlabelled] = [{ labels: { disk: 'ssd' } }, { labels: { disk: 'hdd' } }];
  test.each<[string, string, KubeObject, NodeWords | undefined, NodeWords, boolean]>([
    ['NodeUnschedulable', 'one comes', plain, undefined, {}, true],
    ['NodeUnschedulable', 'a cordoned one comes', plain, undefined, { cordoned: true }, false],
    ['NodeUnschedulable', 'it is uncordoned', plain, { cordoned: true }, {}, true],
    ['NodeUnschedulable', 'it is cordoned', plain, {}, { cordoned: true }, false],
    ['NodeUnschedulable', 'an open one is tainted', plain, {}, { taints: ['a:NoSchedule'] }, false],
    [
      'NodeUnschedulable',
      'a cordoned one loses a taint',
      plain,
      { cordoned: true, taints: ['a:NoSchedule'] },
      { cordoned: true },
      false,
    ],
    ['TaintToleration', 'one comes', plain, undefined, {}, true],
    ['TaintToleration', 'a tainted one comes', plain, undefined, { taints: ['a:NoSchedule'] }, false],
    ['TaintToleration', 'the taint is tolerated', tolerant, undefined, { taints: ['a:NoExecute'] }, true],
    ['TaintToleration', 'a soft taint keeps nobody away', plain, undefined, { taints: ['a:PreferNoSchedule'] }, true],
    ['TaintToleration', 'the taint goes', plain, { taints: ['a:NoSchedule'] }, {}, true],
    [
      'TaintToleration',
      'another takes its place',
      plain,
      { taints: ['a:NoSchedule'] },
      { taints: ['b:NoExecute'] },
      false,
    ],
    [
      'TaintToleration',
      'one that is tolerated takes its place',
      tolerant,
      { taints: ['b:NoSchedule'] },
      { taints: ['a:NoSchedule'] },
      true,
    ],
    ['TaintToleration', 'one comes that does not matter', tolerant, {}, { taints: ['a:NoSchedule'] }, false],
    ['NodeAffinity', 'one comes that matches', ssd, undefined, labelled, true],
    ['NodeAffinity', 'one comes that does not', ssd, undefined, unlabelled, false],
    ['NodeAffinity', 'it matches now', ssd, unlabelled, labelled, true],
    ['NodeAffinity', 'it matches no more', ssd, labelled, unlabelled, false],
    ['NodeAffinity', 'it matched before', ssd, labelled, { labels: { disk: 'ssd', a: '' } }, false],
    ['NodeResourcesFit', 'one comes that is large enough', asking({ cpu: '2' }), undefined, {}, true],
    ['NodeResourcesFit', 'one comes that is too small', asking({ cpu: '5' }), undefined, {}, false],
    ['NodeResourcesFit', 'one comes for no pods at all', asking({ cpu: '2' }), undefined, { pods: '0' }, false],
    ['NodeResourcesFit', 'it grows, and is too small still', asking({ cpu: '9' }), {}, { cpu: '8' }, false],
    ['NodeResourcesFit', 'it grows', asking({ cpu: '2' }), {}, { cpu: '8' }, true],
    ['NodeResourcesFit', 'it shrinks', asking({ cpu: '2' }), {}, { cpu: '3' }, false],
    ['NodeResourcesFit', 'it grows in what is not asked for', asking({ cpu: '2' }), {}, { memory: '99Gi' }, false],
    ['NodeResourcesFit', 'it may hold more pods', plain, { pods: '10' }, { pods: '11' }, true],
    ['NodeResourcesFit', 'it may hold fewer', plain, { pods: '11' }, { pods: '10' }, false],
    ['NodeResourcesFit', 'it grows; the pod asks for nothing', plain, {}, { cpu: '8' }, false],
    [
      'NodeResourcesFit',
      'it gets what it lacked',
      asking({ 'example.com/gpu': '1' }),
      {},
      { more: { 'example.com/gpu': '2' } },
      true,
    ],
    ['NodeResourcesFit', 'it is labelled', asking({ cpu: '2' }), {}, labelled, false],
    ['NodeName', 'it changes', plain, {}, { cpu: '8' }, false],
    ['NodeName', 'one comes', plain, undefined, {}, true],
    ['NodePorts', 'it changes', plain, { cordoned: true }, {}, false],
    ['NodePorts', 'one comes', plain, undefined, {}, true],
  ])('%s: %s', (plugin, _, rejected, before, after, expected) => {
    expect(woken(plugin, rejected, nodes(before, after))).toBe(expected);
  });
});

describe('pods that go, or shrink', () => {
  const withPorts = (...ports: object[]): PodWords => ({ spec: { containers: [{ name: 'c', ports }] } });
  const http = pod('p', withPorts({ hostPort: 80, hostIP: '10.0.0.1' }));
  const disk = (pdName: string, readOnly = false): PodWords => ({
    spec: { volumes: [{ name: 'v', gcePersistentDisk: { pdName, readOnly } }] },
  });
  const claiming = (claimName: string): PodWords => ({
    spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] },
  });
  const asking = (requests: Labels): PodWords => ({ requests });
  test.each<[string, string, KubeObject, PodWords, PodWords | undefined, boolean]>([
    ['NodePorts', 'one with the port', http, withPorts({ hostPort: 80 }), undefined, true],
    [
      'NodePorts',
      'one with the port of another address',
      http,
      withPorts({ hostPort: 80, hostIP: '10.0.0.2' }),
      undefined,
      false,
    ],
    ['NodePorts', 'one with another port', http, withPorts({ hostPort: 81 }), undefined, false],
    ['NodePorts', 'one without ports', http, {}, undefined, false],
    ['VolumeRestrictions', 'one with the disk', pod('p', disk('d')), disk('d'), undefined, true],
    [
      'VolumeRestrictions',
      'one that only read it, as this one will',
      pod('p', disk('d', true)),
      disk('d', true),
      undefined,
      false,
    ],
    ['VolumeRestrictions', 'one with another disk', pod('p', disk('d')), disk('e'), undefined, false],
    ['VolumeRestrictions', 'one with the claim', pod('p', claiming('c')), claiming('c'), undefined, true],
    ['VolumeRestrictions', 'one with another claim', pod('p', claiming('c')), claiming('d'), undefined, false],
    [
      'VolumeRestrictions',
      'one of another namespace',
      pod('p', claiming('c')),
      { ...claiming('c'), namespace: 'other' },
      undefined,
      false,
    ],
    ['NodeVolumeLimits', 'one with a claim', pod('p', claiming('c')), claiming('d'), undefined, true],
    [
      'NodeVolumeLimits',
      'one with a disk of a driver',
      pod('p', claiming('c')),
      { spec: { volumes: [{ name: 'v', awsElasticBlockStore: { volumeID: '' } }] } },
      undefined,
      true,
    ],
    ['NodeVolumeLimits', 'one without volumes', pod('p', claiming('c')), {}, undefined, false],
    ['NodeResourcesFit', 'any', pod('p'), {}, undefined, true],
    [
      'NodeResourcesFit',
      'one shrinks in what is asked for',
      pod('p', asking({ cpu: '1' })),
      asking({ cpu: '2' }),
      asking({ cpu: '1' }),
      true,
    ],
    [
      'NodeResourcesFit',
      'one shrinks in something else',
      pod('p', asking({ memory: '1Gi' })),
      asking({ cpu: '2' }),
      asking({ cpu: '1' }),
      false,
    ],
    [
      'NodeResourcesFit',
      'one grows',
      pod('p', asking({ cpu: '1' })),
      asking({ cpu: '1' }),
      asking({ cpu: '2' }),
      false,
    ],
  ])('%s: %s', (plugin, _, rejected, before, after, expected) => {
    expect(woken(plugin, rejected, pods(before, after))).toBe(expected);
  });
});

describe('storage', () => {
  const volume = (source: object): KubeObject => pod('p', { spec: { volumes: [{ name: 'v', ...source }] } });
  const claiming = volume({ persistentVolumeClaim: { claimName: 'x' } });
  const elsewhere = volume({ persistentVolumeClaim: { claimName: 'y' } });
  // Its claim has the pod's name and the volume's.
  const own = pod('p', { spec: { volumes: [{ name: 'v', ephemeral: {} }] } });
  const ownClaim = { metadata: { name: 'p-v', namespace: 'default' } };
  const foreign = { metadata: { name: 'x', namespace: 'other' } };
  const disk = volume({ awsElasticBlockStore: { volumeID: 'd' } });
  const inline = volume({ csi: { driver: 'x' } });
  const topology = (zone: string) => ({
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: [zone] }] }],
  });
  const migrated = (plugins: string) => ({
    metadata: { name: 'x', annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': plugins } },
  });
  const limit = (count?: number) => ({ spec: { drivers: [{ name: 'd', allocatable: { count } }] } });
  const driver = (storageCapacity?: boolean) => ({ spec: { storageCapacity } });
  const zoned = (zone: string) => ({ metadata: { name: 'x', labels: { 'topology.kubernetes.io/zone': zone } } });
  test.each<[string, string, KubeObject, EventResource, object | undefined, object | undefined, boolean]>([
    ['VolumeBinding', 'a class comes', claiming, 'StorageClass', undefined, {}, true],
    ['VolumeBinding', 'a class allows another zone', claiming, 'StorageClass', topology('a'), topology('b'), true],
    [
      'VolumeBinding',
      'a class allows what it did',
      claiming,
      'StorageClass',
      topology('a'),
      { ...topology('a'), reclaimPolicy: 'Retain' },
      false,
    ],
    ['VolumeBinding', 'its claim comes', claiming, 'PersistentVolumeClaim', undefined, {}, true],
    ['VolumeBinding', 'its claim changes', claiming, 'PersistentVolumeClaim', {}, {}, true],
    ['VolumeBinding', 'another claim comes', elsewhere, 'PersistentVolumeClaim', undefined, {}, false],
    [
      'VolumeBinding',
      'one like its claim comes elsewhere',
      claiming,
      'PersistentVolumeClaim',
      undefined,
      foreign,
      false,
    ],
    ['VolumeBinding', 'the claim made for it comes', own, 'PersistentVolumeClaim', undefined, ownClaim, true],
    ['VolumeBinding', 'a volume changes', claiming, 'PersistentVolume', {}, {}, true],
    ['VolumeBinding', 'a driver comes to a node', claiming, 'CSINode', undefined, {}, true],
    ['VolumeBinding', 'a node has drivers for more plugins', claiming, 'CSINode', migrated('a'), migrated('a,b'), true],
    ['VolumeBinding', 'a node has a driver more', claiming, 'CSINode', limit(), limit(1), false],
    [
      'VolumeBinding',
      'the driver does not tell capacity any more',
      inline,
      'CSIDriver',
      driver(true),
      driver(false),
      true,
    ],
    ['VolumeBinding', 'the driver tells capacity', inline, 'CSIDriver', driver(), driver(true), false],
    ['VolumeBinding', 'only drivers straight in the pod count', claiming, 'CSIDriver', driver(true), driver(), false],
    ['VolumeBinding', 'capacity is told', claiming, 'CSIStorageCapacity', undefined, {}, true],
    [
      'VolumeBinding',
      'there is more capacity',
      claiming,
      'CSIStorageCapacity',
      { capacity: '1Gi' },
      { capacity: '2Gi' },
      true,
    ],
    ['VolumeBinding', 'there is any', claiming, 'CSIStorageCapacity', {}, { capacity: '1Gi' }, true],
    ['VolumeBinding', 'there is less', claiming, 'CSIStorageCapacity', { capacity: '2Gi' }, { capacity: '1Gi' }, false],
    [
      'VolumeBinding',
      'larger volumes may be made',
      claiming,
      'CSIStorageCapacity',
      { capacity: '9Gi', maximumVolumeSize: '1Gi' },
      { capacity: '9Gi', maximumVolumeSize: '2Gi' },
      true,
    ],
    [
      'VolumeZone',
      'a class that waits comes',
      claiming,
      'StorageClass',
      undefined,
      { volumeBindingMode: 'WaitForFirstConsumer' },
      true,
    ],
    [
      'VolumeZone',
      'a class that does not comes',
      claiming,
      'StorageClass',
      undefined,
      { volumeBindingMode: 'Immediate' },
      false,
    ],
    ['VolumeZone', 'a class of no mode comes', claiming, 'StorageClass', undefined, {}, false],
    ['VolumeZone', 'its claim changes', claiming, 'PersistentVolumeClaim', {}, {}, true],
    ['VolumeZone', 'another claim comes', elsewhere, 'PersistentVolumeClaim', undefined, {}, false],
    ['VolumeZone', 'a volume comes', claiming, 'PersistentVolume', undefined, {}, true],
    ['VolumeZone', 'a volume moves', claiming, 'PersistentVolume', zoned('a'), zoned('b'), true],
    ['VolumeZone', 'a volume stays', claiming, 'PersistentVolume', zoned('a'), zoned('a'), false],
    ['VolumeRestrictions', 'its claim comes', claiming, 'PersistentVolumeClaim', undefined, {}, true],
    ['VolumeRestrictions', 'another claim comes', elsewhere, 'PersistentVolumeClaim', undefined, {}, false],
    [
      'VolumeRestrictions',
      'one like its claim comes elsewhere',
      claiming,
      'PersistentVolumeClaim',
      undefined,
      foreign,
      false,
    ],
    ['VolumeRestrictions', 'the claim made for it comes', own, 'PersistentVolumeClaim', undefined, ownClaim, false],
    ['NodeVolumeLimits', 'its claim comes', claiming, 'PersistentVolumeClaim', undefined, {}, true],
    ['NodeVolumeLimits', 'the claim made for it comes', own, 'PersistentVolumeClaim', undefined, ownClaim, true],
    ['NodeVolumeLimits', 'another claim comes', elsewhere, 'PersistentVolumeClaim', undefined, {}, false],
    ['NodeVolumeLimits', 'one comes; it has no volumes', pod('p'), 'PersistentVolumeClaim', undefined, {}, false],
    [
      'NodeVolumeLimits',
      'something is detached',
      claiming,
      'VolumeAttachment',
      { spec: { attacher: 'any' } },
      undefined,
      true,
    ],
    [
      'NodeVolumeLimits',
      'its driver detaches',
      disk,
      'VolumeAttachment',
      { spec: { attacher: 'ebs.csi.aws.com' } },
      undefined,
      true,
    ],
    [
      'NodeVolumeLimits',
      'another driver detaches',
      disk,
      'VolumeAttachment',
      { spec: { attacher: 'other' } },
      undefined,
      false,
    ],
    [
      'NodeVolumeLimits',
      'it has nothing to attach',
      pod('p'),
      'VolumeAttachment',
      { spec: { attacher: 'any' } },
      undefined,
      false,
    ],
    ['NodeVolumeLimits', 'the limit goes up', claiming, 'CSINode', limit(1), limit(2), true],
    ['NodeVolumeLimits', 'the limit goes down', claiming, 'CSINode', limit(2), limit(1), false],
    ['NodeVolumeLimits', 'the limit stays', claiming, 'CSINode', limit(1), limit(1), false],
    ['NodeVolumeLimits', 'there is a limit now', claiming, 'CSINode', { spec: { drivers: [] } }, limit(1), true],
  ])('%s: %s', (plugin, _, rejected, resource, before, after, expected) => {
    expect(woken(plugin, rejected, other(resource, before, after))).toBe(expected);
  });
});
