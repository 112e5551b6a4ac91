/** The smaller plugins, each by what it lets through, changes and refuses. */
import 'reflect-metadata';
import type { JsonObject } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import type { PluginName } from '../../src/apiserver/admission/settings';
import { mergeTolerations } from '../../src/apiserver/admission/tolerations';
import { Client } from '../../src/client/client';
import { memoryCluster } from '../commands/harness';
import { failureText, NAMESPACES, NODES, PODS, pod, testServer } from './server-for-tests';

/** A server with these plugins, the namespace `default` and nothing else that would be asked. */
async function having(names: PluginName[], configuration: Record<string, unknown> = {}) {
  const { pluginsOf } = await import('../../src/apiserver/admission/ordered-plugins');
  const all = await pluginsOf({ enable: names, disable: [], configuration: configuration as never });
  const test = testServer({ admission: all.filter(({ name }) => (names as string[]).includes(name)) });
  await test.client.create(NAMESPACES, '', namespace('default'));
  const as = (user: string, groups: string[]) =>
    new Client(test.server, { user, groups: ['system:authenticated', ...groups] } as never);
  return { ...test, as };
}

const namespace = (name: string, annotations?: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(annotations ? { annotations } : {}) },
});
const node = (name: string, metadata: object = {}, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...metadata },
  spec,
});

describe('NodeRestriction', () => {
  /** node-1's kubelet, in a cluster where everybody may do everything. */
  async function kubelet() {
    const { client } = await memoryCluster({
      nodes: 1,
      authorization: { authorizers: [{ type: 'AlwaysAllow', name: 'all' }] },
    });
    const as = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) =>
      client.request({
        method,
        path,
        headers: {
          'impersonate-user': 'system:node:node-1',
          'impersonate-group': 'system:nodes',
          ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
        },
        ...(body ? { body: body as never } : {}),
      });
    return { client, as };
  }
  const pods = '/api/v1/namespaces/default/pods';

  test('its own node, but not its taints, nor labels that draw pods', async () => {
    const { as } = await kubelet();
    const patch = (body: object, name = 'node-1') => failureText(as('PATCH', `/api/v1/nodes/${name}`, body));
    await as('PATCH', '/api/v1/nodes/node-1', { metadata: { labels: { mine: 'x', 'node.kubernetes.io/x': 'y' } } });
    expect(await patch({ spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } })).toBe(
      '403 Forbidden: nodes "node-1" is forbidden: node "node-1" is not allowed to modify taints',
    );
    expect(await patch({ metadata: { labels: { 'node-restriction.kubernetes.io/a': 'b', 'x.k8s.io/y': 'z' } } })).toBe(
      '403 Forbidden: nodes "node-1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/a, x.k8s.io/y',
    );
    expect(await failureText(as('POST', '/api/v1/nodes', node('node-9')))).toBe(
      '403 Forbidden: nodes "node-9" is forbidden: node "node-1" is not allowed to modify node "node-9"',
    );
  });

  test('pods: mirrors of its own only, and the status of those that it runs', async () => {
    const { as, client } = await kubelet();
    const bare = pod('a', { nodeName: 'node-1', serviceAccountName: '' });
    expect(await failureText(as('POST', pods, bare))).toBe(
      '403 Forbidden: pods "a" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "node-1" can only create mirror pods',
    );
    const mirror = (more: object) => ({
      ...pod('a', { nodeName: 'node-1', automountServiceAccountToken: false }),
      metadata: { name: 'a', annotations: { 'kubernetes.io/config.mirror': 'x' }, ...more },
    });
    expect(await failureText(as('POST', pods, mirror({})))).toContain(
      'node "node-1" can only create pods with an owner reference set to itself',
    );
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'wrong', controller: true };
    expect(await failureText(as('POST', pods, mirror({ ownerReferences: [owner] })))).toContain(
      'node node-1 UID mismatch: expected wrong got ',
    );
    await client.create(PODS, 'default', pod('there', { nodeName: 'node-2' }));
    expect(await failureText(as('DELETE', `${pods}/there`))).toBe(
      '403 Forbidden: pods "there" is forbidden: node "node-1" can only delete pods with spec.nodeName set to itself',
    );
    expect(await failureText(as('PATCH', `${pods}/there/status`, { status: { phase: 'Failed' } }))).toBe(
      '403 Forbidden: pods "there" is forbidden: node "node-1" can only update pod status for pods with spec.nodeName set to itself',
    );
  });

  test('leases are its own', async () => {
    const { as } = await kubelet();
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'other' } };
    expect(
      await failureText(as('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', lease)),
    ).toContain('can only access node lease with the same name as the requesting node');
    expect(await failureText(as('POST', '/apis/coordination.k8s.io/v1/namespaces/default/leases', lease))).toContain(
      'can only access leases in the "kube-node-lease" system namespace',
    );
  });

  test('slices of devices are its own', async () => {
    const { as, client } = await kubelet();
    const SLICES = { group: 'resource.k8s.io', version: 'v1', resource: 'resourceslices' };
    const slice = (name: string, nodeName: string) => ({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name },
      spec: { driver: 'a.example', nodeName, pool: { name: nodeName, generation: 1, resourceSliceCount: 1 } },
    });
    const path = '/apis/resource.k8s.io/v1/resourceslices';
    await as('POST', path, slice('mine', 'node-1'));
    expect(await failureText(as('POST', path, slice('other', 'node-2')))).toContain(
      'can only create ResourceSlice with the same NodeName as the requesting node',
    );
    await client.create(SLICES, '', slice('other', 'node-2'));
    expect(await failureText(as('DELETE', `${path}/other`))).toContain(
      'can only delete ResourceSlice with the same NodeName as the requesting node',
    );
    await as('DELETE', `${path}/mine`);
    expect(await failureText(as('DELETE', path))).toContain('can only delete ResourceSlice');
  });

  test('tokens of its pods are for whom they need them', async () => {
    const { client } = await memoryCluster({ nodes: 1 });
    const storage = (resource: string) => ({ group: 'storage.k8s.io', version: 'v1', resource });
    for (const [name, audience] of [
      ['inline.example', 'inline'],
      ['claimed.example', 'claimed'],
    ])
      await client.create(storage('csidrivers'), '', {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIDriver',
        metadata: { name: name as string },
        spec: { tokenRequests: [{ audience: audience as string }] },
      });
    await client.create({ group: '', version: 'v1', resource: 'persistentvolumes' }, '', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'disk' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        csi: { driver: 'claimed.example', volumeHandle: 'x' },
      },
    });
    await client.create({ group: '', version: 'v1', resource: 'persistentvolumeclaims' }, 'default', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        volumeName: 'disk',
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const volumes = [
      { name: 'a', projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 't' } }] } },
      { name: 'b', csi: { driver: 'inline.example' } },
      { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
    ];
    const created = await client.create(PODS, 'default', pod('needs', { nodeName: 'node-1', volumes }));
    const plain = await client.create(
      PODS,
      'default',
      pod('plain', { nodeName: 'node-1', automountServiceAccountToken: false }),
    );
    const token = ({ metadata: { name, uid } }: KubeObject, ...audiences: string[]) =>
      client.request({
        method: 'POST',
        path: '/api/v1/namespaces/default/serviceaccounts/default/token',
        headers: { 'impersonate-user': 'system:node:node-1', 'impersonate-group': 'system:nodes' },
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: {},
          spec: { audiences, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: name ?? '', uid: uid ?? '' } },
        },
      });
    for (const audiences of [[], ['vault'], ['inline'], ['claimed']]) await token(created, ...audiences);
    const refused = (audience: string) =>
      `403 Forbidden: serviceaccounts "default" is forbidden: audience ${JSON.stringify(audience)} not found in pod spec volume, system:node:node-1 is not authorized to request tokens for this audience`;
    expect(await failureText(token(created, 'other'))).toBe(refused('other'));
    expect(await failureText(token(plain, 'vault'))).toBe(refused('vault'));
    expect(await failureText(token(plain))).toBe(refused(''));
    expect(await failureText(token(created, 'vault', 'inline'))).toContain('node may only request 0 or 1 audiences');
    const rbac = (resource: string) => ({ group: 'rbac.authorization.k8s.io', version: 'v1', resource });
    await client.create(rbac('clusterroles'), '', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'registry' },
      rules: [{ apiGroups: [''], resources: ['registry'], verbs: ['request-serviceaccounts-token-audience'] }],
    });
    await client.create(rbac('clusterrolebindings'), '', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'registry' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'registry' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
    });
    await token(plain, 'registry');
  });
});

test('TaintNodesByCondition: new nodes take no pods before they are ready', async () => {
  const { client } = await having(['TaintNodesByCondition']);
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  expect((await client.create(NODES, '', node('a')))['spec'].taints).toEqual([taint]);
  expect((await client.create(NODES, '', node('b', {}, { taints: [taint] })))['spec'].taints).toEqual([taint]);
});

test('PodTopologyLabels: pods are told where their node is', async () => {
  const { client } = await having(['PodTopologyLabels']);
  const labels = { 'topology.kubernetes.io/zone': 'a', 'topology.kubernetes.io/region': 'r', other: 'x' };
  await client.create(NODES, '', node('n', { labels }));
  const direct = await client.create(PODS, 'default', pod('direct', { nodeName: 'n' }, { labels: { own: 'y' } }));
  expect(direct.metadata.labels).toEqual({
    own: 'y',
    'topology.kubernetes.io/region': 'r',
    'topology.kubernetes.io/zone': 'a',
  });
  await client.create(PODS, 'default', pod('bound'));
  await client.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/pods/bound/binding',
    body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n' } },
  });
  expect((await client.get<KubeObject>(PODS, 'default', 'bound')).metadata.labels).toEqual({
    'topology.kubernetes.io/region': 'r',
    'topology.kubernetes.io/zone': 'a',
  });
});

describe('pods that are resized', () => {
  const resources = (cpu: string, memory = '1Gi') => ({ requests: { cpu, memory }, limits: { cpu, memory } });
  async function placed(name: 'PodResizeValidator' | 'NodeDeclaredFeatureValidator', labels: object = {}) {
    const { client } = await having([name]);
    const status = { allocatable: { cpu: '4', memory: '8Gi' } };
    await client.create(NODES, '', { ...node('n', { labels }), status });
    const init = { name: 'i', image: 'i', resources: resources('1') };
    const one = (more: object) => ({
      containers: [{ name: 'c', image: 'i', resources: resources('1') }],
      initContainers: [init],
      resources: resources('2', '2Gi'),
      ...more,
    });
    await client.create(PODS, 'default', pod('p', one({ nodeName: 'n' })));
    await client.create(PODS, 'default', pod('waiting', one({})));
    await client.create(PODS, 'default', pod('lost', one({ nodeName: 'gone' })));
    const to = async (spec: JsonObject, name = 'p') => {
      let text = 'succeeded';
      const request = client.patch(PODS, 'default', name, 'strategic', { spec }, undefined, 'resize');
      await request.catch(async () => {
        text = await failureText(request);
      });
      return text;
    };
    const container = (cpu: string, memory?: string) => ({
      containers: [{ name: 'c', resources: resources(cpu, memory) }],
    });
    const whole = (cpu: string, memory = '2Gi') => ({ resources: resources(cpu, memory) });
    return { client, to, container, whole };
  }

  test('PodResizeValidator: no more than the node could ever give', async () => {
    const { client, to, container, whole } = await placed('PodResizeValidator');
    const refused = (why: string, name = 'p') => `403 Forbidden: pods "${name}" is forbidden: ${why}`;
    const lacking = "node didn't have enough allocatable resources: ";
    expect(await to(whole('4', '8Gi'))).toBe('succeeded');
    expect(await to(container('2'))).toBe('succeeded');
    expect(await to(whole('5', '8Gi'))).toBe(refused(`${lacking}cpu, requested: 5000, allocatable: 4000`));
    expect(await to(whole('4001m', '9Gi'))).toBe(
      refused(
        `${lacking}cpu, requested: 4001, allocatable: 4000; memory, requested: 9663676416, allocatable: 8589934592`,
      ),
    );
    expect(await to(whole('16'), 'waiting')).toBe('succeeded');
    expect(await to(whole('3'), 'lost')).toBe(refused('node "gone" not found', 'lost'));
    const patch = { spec: whole('5', '8Gi') };
    await expect(client.patch(PODS, 'default', 'p', 'strategic', patch, undefined, 'resize')).rejects.toMatchObject({
      status: { details: { name: 'p', kind: 'pods', causes: [{ reason: 'NodeCapacity' }] } },
    });
  });

  test('PodResizeValidator: only on Linux', async () => {
    const { to, whole } = await placed('PodResizeValidator', { 'kubernetes.io/os': 'windows' });
    expect(await to(whole('3'))).toBe(
      '403 Forbidden: pods "p" is forbidden: pod resize is only supported on linux nodes, node "n" is "windows"',
    );
  });

  test('NodeDeclaredFeatureValidator: as its kubelet says it can', async () => {
    const { client, to, container, whole } = await placed('NodeDeclaredFeatureValidator');
    const missing = (features: string) =>
      `403 Forbidden: pods "p" is forbidden: pod update requires features ${features} which are not available on node "n"`;
    const POD_LEVEL = 'InPlacePodLevelResourcesVerticalScaling';
    expect(await to(container('2'))).toBe('succeeded');
    expect(await to(whole('3'))).toBe(missing(POD_LEVEL));
    expect(await to(whole('3'), 'waiting')).toBe('succeeded');
    expect(await to(whole('3'), 'lost')).toBe('403 Forbidden: pods "lost" is forbidden: node "gone" not found');
    await client.patch(NODES, '', 'n', 'merge', { status: { declaredFeatures: [POD_LEVEL] } }, undefined, 'status');
    expect(await to(whole('3'))).toBe('succeeded');
  });
});

describe('RuntimeClass', () => {
  const CLASSES = { group: 'node.k8s.io', version: 'v1', resource: 'runtimeclasses' };
  async function sandboxed() {
    const test = await having(['RuntimeClass']);
    await test.client.create(CLASSES, '', {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'sandbox' },
      handler: 'runsc',
      overhead: { podFixed: { cpu: '250m', memory: '64Mi' } },
      scheduling: { nodeSelector: { kind: 'sandbox' }, tolerations: [{ key: 'sandbox', operator: 'Exists' }] },
    });
    return test.client;
  }
  const of = (name: string, spec: object = {}) => pod(name, { runtimeClassName: 'sandbox', ...spec });

  test('what it costs and where it is', async () => {
    const client = await sandboxed();
    const { spec } = await client.create(PODS, 'default', of('a', { tolerations: [{ key: 'x', operator: 'Exists' }] }));
    expect(spec).toMatchObject({
      overhead: { cpu: '250m', memory: '64Mi' },
      nodeSelector: { kind: 'sandbox' },
      tolerations: [
        { key: 'x', operator: 'Exists' },
        { key: 'sandbox', operator: 'Exists' },
      ],
    });
    await client.create(PODS, 'default', of('same', { overhead: { cpu: '0.25', memory: '64Mi' } }));
  });

  test.each([
    [
      'a class that is not there',
      pod('p', { runtimeClassName: 'none' }),
      'pod rejected: RuntimeClass "none" not found',
    ],
    [
      'another overhead',
      of('p', { overhead: { cpu: '1' } }),
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      'an overhead without a class',
      pod('p', { overhead: { cpu: '1' } }),
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      'another place',
      of('p', { nodeSelector: { kind: 'y' } }),
      'conflict: runtimeClass.scheduling.nodeSelector[kind] = sandbox; pod.spec.nodeSelector[kind] = y',
    ],
  ])('%s', async (_, wrong, said) => {
    const client = await sandboxed();
    expect(await failureText(client.create(PODS, 'default', wrong))).toBe(
      `403 Forbidden: pods "p" is forbidden: ${said}`,
    );
  });
});

test('tolerations are merged without what others cover', () => {
  const all = { operator: 'Exists' };
  const a = { key: 'a', operator: 'Exists', effect: 'NoSchedule' };
  expect(mergeTolerations([a], [a])).toEqual([a]);
  expect(mergeTolerations([a], [all])).toEqual([all]);
  expect(mergeTolerations([{ key: 'a', operator: 'Exists' }], [a])).toEqual([{ key: 'a', operator: 'Exists' }]);
  const limited = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  expect(mergeTolerations([limited], [{ ...limited, tolerationSeconds: 9 }])).toEqual([
    { ...limited, tolerationSeconds: 9 },
  ]);
});

test('ExtendedResourceToleration: who asks for a device tolerates its taint', async () => {
  const { client } = await having(['ExtendedResourceToleration']);
  const resources = { limits: { 'example.com/gpu': '1', cpu: '1' } };
  const made = await client.create(PODS, 'default', pod('a', { containers: [{ name: 'c', image: 'x', resources }] }));
  expect(made['spec'].tolerations).toEqual([{ key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
});

test('AlwaysPullImages: whatever a pod says', async () => {
  const { client } = await having(['AlwaysPullImages']);
  const made = await client.create(
    PODS,
    'default',
    pod('a', { containers: [{ name: 'c', image: 'x:1', imagePullPolicy: 'Never' }] }),
  );
  expect(made['spec'].containers[0].imagePullPolicy).toBe('Always');
});

test('PodNodeSelector: the nodes of a namespace', async () => {
  const { client } = await having(['PodNodeSelector'], {
    PodNodeSelector: {
      podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'env=dev', team: 'env=prod,disk=ssd' },
    },
  });
  await client.create(NAMESPACES, '', namespace('team', { 'scheduler.alpha.kubernetes.io/node-selector': 'env=prod' }));
  const selectorOf = async (home: string, spec: object) =>
    (await client.create(PODS, home, pod('p', spec as never)))['spec'].nodeSelector;
  expect(await selectorOf('default', {})).toEqual({ env: 'dev' });
  expect(await selectorOf('team', { nodeSelector: { disk: 'ssd' } })).toEqual({ env: 'prod', disk: 'ssd' });
  expect(await failureText(client.create(PODS, 'team', pod('q', { nodeSelector: { env: 'dev' } })))).toContain(
    'pod node label selector conflicts with its namespace node label selector',
  );
  expect(await failureText(client.create(PODS, 'team', pod('q', { nodeSelector: { disk: 'hdd' } })))).toContain(
    'pod node label selector labels conflict with its namespace whitelist',
  );
});

test('PodTolerationRestriction: what the pods of a namespace tolerate', async () => {
  const { client } = await having(['PodTolerationRestriction']);
  const tolerated = { key: 'team', operator: 'Exists' };
  await client.create(
    NAMESPACES,
    '',
    namespace('team', {
      'scheduler.alpha.kubernetes.io/defaultTolerations': JSON.stringify([tolerated]),
      'scheduler.alpha.kubernetes.io/tolerationsWhitelist': JSON.stringify([tolerated]),
    }),
  );
  expect((await client.create(PODS, 'team', pod('a')))['spec'].tolerations).toEqual([tolerated]);
  expect(
    await failureText(client.create(PODS, 'team', pod('b', { tolerations: [{ key: 'x', operator: 'Exists' }] }))),
  ).toBe(
    '500 InternalError: Internal error occurred: pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
  );
  const resources = { requests: { cpu: '1' } };
  const burstable = pod('c', { containers: [{ name: 'c', image: 'x', resources }] });
  expect((await client.create(PODS, 'default', burstable))['spec'].tolerations).toEqual([
    { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  ]);
});

test('EventRateLimit: no more than so many, until time passes', async () => {
  const { client, clock } = await having(['EventRateLimit'], {
    EventRateLimit: {
      apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1',
      kind: 'Configuration',
      limits: [{ type: 'Namespace', qps: 1, burst: 2 }],
    },
  });
  const send = (name: string) =>
    client.create({ group: '', version: 'v1', resource: 'events' }, 'default', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'a' },
    });
  await send('a');
  await send('b');
  expect(await failureText(send('c'))).toBe(
    '429 TooManyRequests: Too many requests: limit reached on type Namespace for key default',
  );
  clock.advanceTo(clock.now() + 1000);
  await send('c');
});

test('CertificateSubjectRestriction: nobody becomes system:masters by a certificate', async () => {
  const { client } = await having(['CertificateSubjectRestriction']);
  const request = async (organization: string, signerName = 'kubernetes.io/kube-apiserver-client') => {
    const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as {
      publicKey: never;
      privateKey: never;
    };
    const csr = await Pkcs10CertificateRequestGenerator.create({
      name: `CN=ann,O=${organization}`,
      keys,
      signingAlgorithm: algorithm,
    });
    return client.create({ group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' }, '', {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { generateName: 'csr-' },
      spec: { signerName, usages: ['client auth'], request: btoa(csr.toString('pem')) },
    } as KubeObject);
  };
  await request('dev');
  await request('system:masters', 'example.com/own');
  expect(await failureText(request('system:masters'))).toContain(
    ' is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  );
});

test('OwnerReferencesPermissionEnforcement: who gives away must be allowed to delete', async () => {
  const { ok, run, write } = await memoryCluster({
    admission: { enable: ['OwnerReferencesPermissionEnforcement'], disable: [], configuration: {} },
  });
  await ok('create configmap owner');
  const uid = await ok('get configmap owner -o jsonpath={.metadata.uid}');
  write(
    'owned.yaml',
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: owned, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: ${uid}}]}}`,
  );
  await ok('create role maker --verb=create,get,patch --resource=configmaps');
  await ok('create rolebinding maker --role=maker --user=ann');
  expect((await run('create --as=ann -f owned.yaml')).err).toContain(
    `configmaps "owned" is forbidden: cannot set an ownerRef on a resource you can't delete: `,
  );
  await ok('create role deleter --verb=delete --resource=configmaps');
  await ok('create rolebinding deleter --role=deleter --user=ann');
  await ok('create --as=ann -f owned.yaml');
});
