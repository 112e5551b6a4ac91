/** Pods that are alike share what is worked out about them; those that differ in anything that scheduling looks at don't. */
import type { LabelSelector } from '../../../src/apimachinery/labels';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { ClusterView } from '../../../src/sim/scheduler/cluster-view';
import { defaultSelectors } from '../../../src/sim/scheduler/plugins/default-selector';
import { PodInfo } from '../../../src/sim/scheduler/pod-info';
import { pod } from './small-cluster';

const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-web', controller: true };

function replica(name: string, spec: object = {}, metadata: object = {}): KubeObject {
  return pod(name, {
    labels: { app: 'web' },
    metadata: { ownerReferences: [{ ...controller }], ...metadata },
    spec: {
      containers: [container()],
      tolerations: [{ key: 'slow', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
      volumes: [{ name: `token-${name}`, projected: { sources: [] } }],
      ...spec,
    },
  });
}

function container(words: object = {}) {
  return {
    name: 'web',
    image: 'nginx:1.27',
    ports: [{ containerPort: 80 }],
    resources: { requests: { cpu: '100m', memory: '16Mi' } },
    volumeMounts: [{ name: `token-${counter++}`, mountPath: '/token' }],
    ...words,
  };
}
let counter = 0;

test('replicas are of one shape, whatever they are called and whatever their tokens are', () => {
  const [one, other] = [new PodInfo(replica('web-a')), new PodInfo(replica('web-b'))];
  expect(other.shape).toBe(one.shape);
  expect(one.requests).toEqual({ milliCPU: 100, memory: 16 * 1024 * 1024, ephemeralStorage: 0, scalar: {} });
  expect(one.volumes).toEqual([]);
  expect([one.name, other.name]).toEqual(['web-a', 'web-b']);
});

test.each<[string, object, object?]>([
  ['labels', {}, { labels: { app: 'web', canary: 'yes' } }],
  ['controller', {}, { ownerReferences: [{ ...controller, name: 'other' }] }],
  ['namespace', {}, { namespace: 'other' }],
  ['priority', { priority: 1 }],
  ['node selector', { nodeSelector: { disk: 'ssd' } }],
  ['affinity', { affinity: { podAntiAffinity: {} } }],
  ['tolerations', { tolerations: [] }],
  ['spread', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }],
  ['overhead', { overhead: { cpu: '1' } }],
  ['requests of the pod', { resources: { requests: { cpu: '1' } } }],
  ['host network', { hostNetwork: true }],
  ['host users', { hostUsers: false }],
  ['a container more', { containers: [container(), container({ name: 'side' })] }],
  ['an init container', { initContainers: [container({ name: 'init' })] }],
  ['image', { containers: [container({ image: 'nginx:1.28' })] }],
  ['requests', { containers: [container({ resources: { requests: { cpu: '200m', memory: '16Mi' } } })] }],
  ['host port', { containers: [container({ ports: [{ containerPort: 80, hostPort: 80 }] })] }],
  ['restart policy', { containers: [container({ restartPolicy: 'Always' })] }],
  ['restart rules', { containers: [container({ restartPolicyRules: [{ action: 'RestartAllContainers' }] })] }],
])('a pod that differs in its %s is of another', (...[, spec, metadata]) => {
  const plain = new PodInfo(replica('web-a'));
  expect(new PodInfo(replica('web-b', spec, metadata)).shape).not.toBe(plain.shape);
});

test('a pod that is being resized has a shape of its own', () => {
  const resized = (name: string) => ({
    ...replica(name),
    status: { containerStatuses: [{ name: 'web', resources: { requests: { cpu: '3', memory: '16Mi' } } }] },
  });
  const plain = new PodInfo(replica('web-a'));
  const one = new PodInfo(resized('web-b'));
  expect(one.requests.milliCPU).toBe(3000);
  expect(new PodInfo(resized('web-c')).shape).not.toBe(one.shape);
  expect(new PodInfo(replica('web-d')).shape).toBe(plain.shape);
});

test('only volumes that have a say in where a pod can run are looked at', () => {
  const volumes = [
    { name: 'a', emptyDir: {} },
    { name: 'b', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'c', awsElasticBlockStore: { volumeID: 'vol-1' } },
    { name: 'd', configMap: { name: 'settings' } },
  ];
  expect(new PodInfo(replica('web-a', { volumes })).volumes.map(({ name }) => name)).toEqual(['b', 'c']);
});

describe('what becomes of a pod that has been placed', () => {
  const before = replica('web-a');
  const bound = { ...before, spec: { ...before['spec'], nodeName: 'n' } };
  const status = { phase: 'Running' };
  test.each<[string, KubeObject, boolean, boolean]>([
    ['a new status', { ...before, status }, true, false],
    ['it was bound', bound, false, true],
    ['it was bound, and has a status', { ...bound, status }, false, true],
    ['it was bound, and tolerates more', { ...bound, spec: { ...bound['spec'], tolerations: [] } }, false, false],
    ['it was bound, and more is said', { ...bound, spec: { ...bound['spec'], hostNetwork: true } }, false, false],
    ['other labels', { ...before, metadata: { ...before.metadata, labels: {} } }, false, false],
    ['it goes', { ...bound, metadata: { ...before.metadata, deletionTimestamp: 'now' } }, false, false],
    [
      'it was resized',
      { ...bound, status: { containerStatuses: [{ name: 'web', allocatedResources: { cpu: '3' } }] } },
      false,
      false,
    ],
  ])('%s', (_, after, isStatus, isBound) => {
    const info = new PodInfo(before);
    expect(info.updateStatus(after)).toBe(isStatus);
    expect(new PodInfo(before).updateBound(after)).toBe(isBound);
    expect(info.pod).toBe(isStatus ? after : before);
  });

  test('a placed pod is not placed once more', () => {
    const elsewhere = { ...bound, spec: { ...bound['spec'], nodeName: 'm' } };
    expect(new PodInfo(bound).updateBound(elsewhere)).toBe(false);
  });
});

test('the selector of all alike is read once, and again when what it is read from is another', () => {
  const service = (name: string, selector: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector },
  });
  const replicaSet = (matchLabels: object): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels } },
  });
  let services: readonly KubeObject[] = [];
  let owner: KubeObject | undefined = replicaSet({ app: 'web' });
  const view = new ClusterView({
    get: (resource) => (resource === 'replicasets.apps' ? owner : undefined),
    list: (resource) => (resource === 'services' ? services : []),
    index: (_, __, value) =>
      services.filter(({ spec }) => Object.keys(spec.selector).some((key) => value.startsWith(`default/${key}=`))),
  });
  const selectorFor = defaultSelectors(view);
  const told: string[] = [];
  let last: LabelSelector | undefined;
  const ask = (name: string) => {
    const selector = selectorFor(new PodInfo(replica(name)));
    told.push(`${selector}${selector === last ? ' (the same)' : ''}`);
    last = selector;
  };
  ask('web-a');
  ask('web-b');
  services = [service('other', { app: 'other' }), service('front', { app: 'web' })];
  ask('web-c');
  ask('web-d');
  // Its status alone.
  owner = { ...owner, status: { replicas: 3 } };
  ask('web-e');
  owner = replicaSet({ tier: 'front' });
  ask('web-f');
  owner = undefined;
  ask('web-g');
  services = [];
  ask('web-h');
  expect(told).toEqual([
    'app=web',
    'app=web (the same)',
    'app=web,app=web',
    'app=web,app=web (the same)',
    'app=web,app=web (the same)',
    'app=web,tier=front',
    'app=web',
    '',
  ]);
});
