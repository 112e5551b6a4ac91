/**
 * People who want more than they have, on a cluster as `init` makes it: none of them gets it (kubernetes
 * `pkg/registry/rbac/escalation_check.go`, `plugin/pkg/auth/authorizer`).
 */
import type { KubeObject } from '../../src/apimachinery/meta';
import type { PolicyRule } from '../../src/apimachinery/policy-rules';
import { Client } from '../../src/client/client';
import type { ApiRequest, Transport } from '../../src/client/transport';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { type Cluster, createCluster } from '../../src/cluster/cluster';
import { MemoryStore } from '../../src/store/memory';
import { failure, failureText } from './server-for-tests';

const GROUP = 'rbac.authorization.k8s.io';
const rbac = (resource: string) => ({ group: GROUP, version: 'v1', resource });
const core = (resource: string) => ({ group: '', version: 'v1', resource });
const ROLES = rbac('roles');
const CLUSTER_ROLES = rbac('clusterroles');
const BINDINGS = rbac('rolebindings');
const CLUSTER_BINDINGS = rbac('clusterrolebindings');

let cluster: Cluster;
let admin: Client;
/** May do in dev what the role `admin` allows, and nothing else. */
let ann: Client;
/** May write ClusterRoles and bindings, and has no other right. */
let clerk: Client;
let nobody: Client;

const user = (name: string) => ({ apiGroup: GROUP, kind: 'User', name });
const refer = (kind: string, name: string) => ({ apiGroup: GROUP, kind, name });
const role = (kind: string, name: string, rules: readonly PolicyRule[], more: object = {}): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name },
  rules: rules as never,
  ...more,
});
const binding = (kind: string, name: string, ref: object, ...subjects: object[]): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name },
  roleRef: ref as never,
  subjects: subjects as never,
});
const SECRETS: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'] };
const PODS: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const NODES: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['nodes'] };
const EVERYTHING: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

/** Comes from outside, and is known by a credential that only this test has. */
function outsider(name: string, ...groups: string[]): Client {
  const transport: Transport = {
    send: (request) => cluster.send({ ...request, origin: { address: '127.0.0.1' }, headers: marked(request) }),
    flush: () => cluster.flush(),
    close: async () => {},
  };
  const marked = ({ headers }: ApiRequest) => ({ ...headers, 'x-test-user': [name, ...groups].join(';') });
  return new Client(transport);
}

beforeAll(async () => {
  const store = new MemoryStore();
  await initialiseCluster(store, { nodes: 1 });
  cluster = await createCluster(store, {
    authenticators: async () => [
      {
        name: 'test',
        authenticate({ headers }) {
          const [name, ...groups] = headers?.['x-test-user']?.split(';') ?? [];
          return name ? { user: { name, groups } } : undefined;
        },
      },
    ],
  });
  admin = new Client(cluster);
  [ann, clerk, nobody] = [outsider('ann'), outsider('clerk'), outsider('nobody')];
  await admin.create(core('namespaces'), '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dev' } });
  await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'ann', refer('ClusterRole', 'admin'), user('ann')));
  const writes: PolicyRule = {
    verbs: ['get', 'create', 'update', 'patch'],
    apiGroups: [GROUP],
    resources: ['clusterroles', 'clusterrolebindings'],
  };
  await admin.create(CLUSTER_ROLES, '', role('ClusterRole', 'clerk', [writes]));
  await admin.create(
    CLUSTER_BINDINGS,
    '',
    binding('ClusterRoleBinding', 'clerk', refer('ClusterRole', 'clerk'), user('clerk')),
  );
  await admin.create(core('secrets'), 'dev', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } });
});
afterAll(() => cluster.close());

const lacks = (who: string, told: string) =>
  `user "${who}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${told}`;

describe('a role', () => {
  test('is no way to rights that its writer has not got', async () => {
    expect(await failure(ann.create(ROLES, 'dev', role('Role', 'more', [NODES, SECRETS])))).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: `roles.${GROUP} "more" is forbidden: ${lacks('ann', '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}')}`,
      details: { name: 'more', group: GROUP, kind: 'roles' },
    });
    const everything = role('Role', 'all', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
    expect(await failureText(ann.create(ROLES, 'dev', everything))).toContain(
      '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
    );
  });

  test('of rights that its writer has is made', async () => {
    await ann.create(ROLES, 'dev', role('Role', 'reader', [SECRETS, PODS]));
    await ann.create(BINDINGS, 'dev', binding('RoleBinding', 'bob', refer('Role', 'reader'), user('bob')));
    expect((await outsider('bob').list(core('secrets'), 'dev')).items).toHaveLength(1);
  });

  test.each<[string, (there: KubeObject) => Promise<unknown>]>([
    ['update', (there) => ann.update(ROLES, { ...there, rules: [NODES] as never })],
    ['merge patch', () => ann.patch(ROLES, 'dev', 'small', 'merge', { rules: [NODES] } as never)],
    [
      'JSON patch',
      () => ann.patch(ROLES, 'dev', 'small', 'json', [{ op: 'add', path: '/rules/0/verbs/-', value: 'use' }]),
    ],
    [
      'server-side apply',
      () =>
        ann.patch(ROLES, 'dev', 'small', 'apply', role('Role', 'small', [NODES]) as never, {
          fieldManager: 'x',
          force: 'true',
        }),
    ],
    [
      'server-side apply of a new one',
      () => ann.patch(ROLES, 'dev', 'new', 'apply', role('Role', 'new', [NODES]) as never, { fieldManager: 'x' }),
    ],
    [
      'a PUT of a new one',
      () => ann.update(ROLES, { ...role('Role', 'new', [NODES]), metadata: { name: 'new', namespace: 'dev' } }),
    ],
    ['dry run', () => ann.create(ROLES, 'dev', role('Role', 'new', [NODES]), { dryRun: 'All' })],
  ])('does not grow by %s', async (_, attempt) => {
    const small = role('Role', 'small', [PODS]);
    const there = await admin.create(ROLES, 'dev', small);
    try {
      expect(await failureText(attempt(there))).toContain('is attempting to grant RBAC permissions not currently held');
    } finally {
      await admin.delete(ROLES, 'dev', 'small');
    }
  });

  test('with more than its writer has may lose its owners, and nothing else may change', async () => {
    const owners = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '1' }];
    const made = role('Role', 'owned', [NODES], { metadata: { name: 'owned', ownerReferences: owners } });
    const there = await admin.create(ROLES, 'dev', made);
    const metadata = { ...there.metadata, ownerReferences: [] };
    const free = await ann.update(ROLES, { ...there, metadata });
    expect(free.metadata.ownerReferences).toBeUndefined();
    const labelled = { ...free, metadata: { ...free.metadata, labels: { a: 'b' } } };
    expect(await failureText(ann.update(ROLES, labelled))).toContain('is attempting to grant');
  });

  test('that one may escalate grows as one likes', async () => {
    const escalate: PolicyRule = {
      verbs: ['create', 'escalate'],
      apiGroups: [GROUP],
      resources: ['roles'],
    };
    await admin.create(ROLES, 'dev', role('Role', 'escalates', [escalate]));
    await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'eva', refer('Role', 'escalates'), user('eva')));
    const eva = outsider('eva');
    await eva.create(ROLES, 'dev', role('Role', 'of-eva', [NODES]));
    expect(await failureText(eva.create(ROLES, 'default', role('Role', 'of-eva', [NODES])))).toContain(
      'User "eva" cannot create resource "roles"',
    );
  });

  test('that gathers others is for cluster-admins', async () => {
    const gathers = role('ClusterRole', 'gathers', [], {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    });
    const refused = `403 Forbidden: clusterroles.${GROUP} "gathers" is forbidden: must have cluster-admin privileges to use the aggregationRule`;
    expect(await failureText(clerk.create(CLUSTER_ROLES, '', gathers))).toBe(refused);
    await clerk.create(CLUSTER_ROLES, '', role('ClusterRole', 'gathers', []));
    const there = await admin.get(CLUSTER_ROLES, '', 'gathers');
    const rule = gathers['aggregationRule'];
    expect(await failureText(clerk.update(CLUSTER_ROLES, { ...there, aggregationRule: rule }))).toBe(refused);
    // Nor may what gathers be narrowed by others.
    await admin.update(CLUSTER_ROLES, { ...there, aggregationRule: rule });
    expect(await failureText(clerk.patch(CLUSTER_ROLES, '', 'gathers', 'merge', { aggregationRule: null }))).toBe(
      refused,
    );
  });

  test('that is gathered is checked as every other: its label is no way around', async () => {
    const labelled = role('ClusterRole', 'sneaks', [SECRETS], {
      metadata: { name: 'sneaks', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    });
    expect(await failureText(clerk.create(CLUSTER_ROLES, '', labelled))).toContain(
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    );
  });
});

describe('a binding', () => {
  test('gives no role whose rights its writer has not got, and none that is not there', async () => {
    const bind = (name: string) =>
      ann.create(BINDINGS, 'dev', binding('RoleBinding', 'up', refer('ClusterRole', name), user('ann')));
    expect(await failureText(bind('cluster-admin'))).toBe(
      `403 Forbidden: rolebindings.${GROUP} "up" is forbidden: ${lacks('ann', '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}')}`,
    );
    expect(await failureText(bind('nosuch'))).toBe(`404 NotFound: clusterroles.${GROUP} "nosuch" not found`);
    // What she has herself she may hand on.
    await bind('view');
    const everywhere = binding('ClusterRoleBinding', 'up', refer('ClusterRole', 'view'), user('ann'));
    expect(await failureText(ann.create(CLUSTER_BINDINGS, '', everywhere))).toContain(
      'User "ann" cannot create resource "clusterrolebindings"',
    );
    expect(await failureText(clerk.create(CLUSTER_BINDINGS, '', everywhere))).toContain('is attempting to grant');
  });

  test('of a role in one namespace gives nothing in another', async () => {
    expect(await failureText(ann.list(core('secrets'), 'kube-system'))).toBe(
      '403 Forbidden: secrets is forbidden: User "ann" cannot list resource "secrets" in API group "" in the namespace "kube-system"',
    );
    expect(await failureText(ann.list(core('secrets')))).toBe(
      '403 Forbidden: secrets is forbidden: User "ann" cannot list resource "secrets" in API group "" at the cluster scope',
    );
  });

  test('gets new subjects only from those who have what it gives; its role stays what it is', async () => {
    await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'big', refer('ClusterRole', 'cluster-admin')));
    const subjects = { subjects: [user('ann')] };
    expect(await failureText(ann.patch(BINDINGS, 'dev', 'big', 'merge', subjects))).toContain('is attempting to grant');
    const other = { roleRef: refer('ClusterRole', 'cluster-admin') };
    expect(await failureText(ann.patch(BINDINGS, 'dev', 'ann', 'merge', other))).toContain('is attempting to grant');
    const same = { roleRef: refer('ClusterRole', 'view') };
    expect(await failureText(ann.patch(BINDINGS, 'dev', 'ann', 'merge', same))).toContain('cannot change roleRef');
  });

  test('of what one may bind is made, and no other', async () => {
    const mayBind: PolicyRule = {
      verbs: ['bind'],
      apiGroups: [GROUP],
      resources: ['clusterroles'],
      resourceNames: ['system:node'],
    };
    const makes: PolicyRule = { verbs: ['create'], apiGroups: [GROUP], resources: ['rolebindings'] };
    await admin.create(ROLES, 'dev', role('Role', 'binds', [mayBind, makes]));
    await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'ben', refer('Role', 'binds'), user('ben')));
    const ben = outsider('ben');
    const of = (name: string) =>
      ben.create(BINDINGS, 'dev', binding('RoleBinding', name, refer('ClusterRole', name), user('ben')));
    await of('system:node');
    expect(await failureText(of('system:kubelet-api-admin'))).toContain('is attempting to grant');
  });
});

describe('somebody else', () => {
  test.each<[string, Record<string, string>, string]>([
    ['the admin', { 'impersonate-user': 'kubernetes-admin' }, 'cannot impersonate-on:user-info:list resource "pods"'],
    [
      'a member of system:masters',
      { 'impersonate-user': 'ann', 'impersonate-group': 'system:masters' },
      'cannot impersonate-on:user-info:list resource "pods"',
    ],
    [
      'an account of another namespace',
      { 'impersonate-user': 'system:serviceaccount:kube-system:default' },
      'cannot impersonate-on:serviceaccount:list resource "pods"',
    ],
    [
      'a node',
      { 'impersonate-user': 'system:node:node-1' },
      'cannot impersonate-on:arbitrary-node:list resource "pods"',
    ],
    [
      'the API server',
      { 'impersonate-user': 'system:apiserver' },
      'cannot impersonate-on:user-info:list resource "pods"',
    ],
  ])('is not: %s', async (_, headers, told) => {
    const request = { method: 'GET', path: '/api/v1/namespaces/dev/pods', headers } as const;
    expect(await failureText(ann.request(request))).toContain(told);
  });

  test('an account of her own namespace she may be, with its rights alone', async () => {
    const headers = { 'impersonate-user': 'system:serviceaccount:dev:default' };
    expect(await failureText(ann.request({ method: 'GET', path: '/api/v1/namespaces/dev/pods', headers }))).toContain(
      'User "system:serviceaccount:dev:default" cannot list resource "pods"',
    );
    const masters = { ...headers, 'impersonate-group': 'system:masters' };
    expect(
      await failureText(ann.request({ method: 'GET', path: '/api/v1/namespaces/dev/pods', headers: masters })),
    ).toContain('cannot impersonate resource "groups" in API group "" at the cluster scope');
  });

  test('nobody is by the header of this process’s own components', async () => {
    for (const name of ['system:apiserver', 'kubernetes-admin', 'system:node']) {
      const headers = { 'x-kubetick-user': name };
      expect(await failureText(nobody.request({ method: 'GET', path: '/api/v1/nodes', headers }))).toContain(
        'User "nobody" cannot list resource "nodes"',
      );
    }
  });
});

describe('a path', () => {
  const get = (path: string, method: ApiRequest['method'] = 'GET', query?: Record<string, string>) =>
    failure(ann.request({ method, path, ...(query ? { query } : {}) }));

  // What is asked for is what is authorized: a path that means another thing is either forbidden or not there.
  test.each([
    '/api/v1/namespaces/kube-system/secrets',
    '//api/v1/namespaces/kube-system/secrets',
    '/api//v1/namespaces/kube-system/secrets',
    '/api/v1//namespaces/kube-system/secrets',
    '/api/v1/namespaces/kube-system//secrets',
    '/api/v1/namespaces/dev/../kube-system/secrets',
    '/api/v1/namespaces/dev/secrets/../../kube-system/secrets',
    '/api/v1/namespaces/dev%2f..%2fkube-system/secrets',
    '/api/v1/namespaces/dev/..%2fkube-system/secrets',
    '/api/v1/namespaces/%6bube-system/secrets',
    '/api/v1/namespaces/kube-system%2fsecrets',
    '/api/v1/namespaces/kube-system/secrets/',
    '/API/V1/namespaces/kube-system/secrets',
    '/api/v1/namespaces/KUBE-SYSTEM/secrets',
    '/api/v1/namespaces/kube-system/Secrets',
    '/api/v1/namespaces//secrets',
    '/api/v1/watch/namespaces/kube-system/secrets',
    '/api/v1/secrets',
    '/./api/v1/secrets',
    '/healthz/../api/v1/secrets',
    '/api/v1/namespaces/dev/pods/../../../secrets',
    '/kubetick/state',
    '/kubetick/../kubetick/state',
    '//kubetick/state',
    '/kubetick/%73tate',
    '/metrics',
    '/healthz/etcd',
  ])('%s', async (path) => {
    const { code } = await get(path);
    expect([403, 404]).toContain(code);
  });

  test('of another method, and of a subresource, asks for another right', async () => {
    expect(await get('/api/v1/namespaces/dev/status', 'PUT')).toMatchObject({ code: 403 });
    expect(await get('/api/v1/namespaces/dev/finalize', 'PUT')).toMatchObject({ code: 403 });
    expect(await get('/api/v1/namespaces/dev', 'DELETE')).toMatchObject({ code: 403 });
    expect(await get('/api/v1/namespaces/dev/resourcequotas/q/status', 'PUT')).toMatchObject({ code: 403 });
    expect(await get('/api/v1/nodes/node-1/proxy/pods')).toMatchObject({ code: 403 });
    // To list is to watch is to read: each is asked for by itself.
    await admin.create(ROLES, 'dev', role('Role', 'gets', [{ ...PODS, verbs: ['get'] }]));
    await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'gus', refer('Role', 'gets'), user('gus')));
    const gus = outsider('gus');
    for (const query of [{}, { watch: 'true' }, { watch: '1' }, { fieldSelector: 'metadata.name=x' }])
      expect(await failure(gus.request({ method: 'GET', path: '/api/v1/namespaces/dev/pods', query }))).toMatchObject({
        code: 403,
      });
    expect(await failure(gus.request({ method: 'DELETE', path: '/api/v1/namespaces/dev/pods' }))).toMatchObject({
      code: 403,
    });
  });

  test('that a WebSocket takes is no way around the right to create', async () => {
    const resources = ['pods/exec', 'pods/attach', 'pods/portforward'];
    await admin.create(ROLES, 'dev', role('Role', 'looks', [{ ...PODS, resources, verbs: ['get'] }]));
    await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'lou', refer('Role', 'looks'), user('lou')));
    const connect = (who: Client, method: 'GET' | 'POST', what: string) =>
      failure(who.request({ method, path: `/api/v1/namespaces/dev/${what.replace('/', '/none/')}` }));
    const lou = outsider('lou');
    for (const what of resources) {
      expect(await connect(lou, 'GET', what)).toMatchObject({ code: 403, message: 'pods "none" is forbidden: ' });
      expect(await connect(lou, 'POST', what)).toMatchObject({ code: 403 });
      expect(await connect(ann, 'GET', what)).toMatchObject({ code: 404 });
    }
  });
});

test('a selector names what is listed, and nothing that only looks like a name does', async () => {
  const one: PolicyRule = { verbs: ['list'], apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'] };
  await admin.create(ROLES, 'dev', role('Role', 'lists', [one]));
  await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'lea', refer('Role', 'lists'), user('lea')));
  const lea = outsider('lea');
  const list = (fieldSelector: string) => lea.list(core('secrets'), 'dev', { fieldSelector });
  expect((await list('metadata.name=mine')).items).toEqual([]);
  for (const selector of [
    'metadata.name!=mine',
    'type!=a\\,metadata.name=mine',
    'type!=a\\\\\\,metadata.name=mine',
    'metadata.name=mine\\,x',
    'metadata.namespace=dev',
  ])
    expect(await failure(list(selector))).toMatchObject({ code: 403 });
  const node = outsider('system:node:node-1', 'system:nodes');
  for (const fieldSelector of [
    'metadata.name!=a\\,spec.nodeName=node-1',
    'spec.nodeName!=node-1',
    'spec.nodeName=node-2',
  ])
    expect(await failure(node.list(core('pods'), '', { fieldSelector }))).toMatchObject({ code: 403 });
  await node.list(core('pods'), '', { fieldSelector: 'spec.nodeName=node-1,status.phase!=Failed' });
});

describe('status and finalizers', () => {
  beforeAll(async () => {
    const rules: PolicyRule[] = [
      { verbs: ['get', 'update', 'patch'], apiGroups: ['apps'], resources: ['deployments/status'] },
      { verbs: ['update'], apiGroups: ['apps'], resources: ['deployments/finalizers'] },
      { verbs: ['get', 'update', 'patch'], apiGroups: [''], resources: ['pods/ephemeralcontainers'] },
    ];
    await admin.create(ROLES, 'dev', role('Role', 'status', rules));
    await admin.create(BINDINGS, 'dev', binding('RoleBinding', 'sam', refer('Role', 'status'), user('sam')));
    await admin.create({ group: 'apps', version: 'v1', resource: 'deployments' }, 'dev', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
      } as never,
    });
  });

  test('who may write a status writes no spec and no labels by it', async () => {
    const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
    const sam = outsider('sam');
    const patch = {
      metadata: { labels: { stolen: 'true' } },
      spec: { replicas: 99 },
      status: { observedGeneration: 1 },
    };
    const after = await sam.patch(deployments, 'dev', 'web', 'merge', patch, undefined, 'status');
    expect(after['spec'].replicas).toBe(1);
    expect(after.metadata.labels).toBeUndefined();
    expect(await failureText(sam.patch(deployments, 'dev', 'web', 'merge', patch))).toContain(
      'cannot patch resource "deployments" in API group "apps" in the namespace "dev"',
    );
    expect(await failureText(sam.get(deployments, 'dev', 'web'))).toContain('cannot get resource "deployments"');
  });

  test('the accounts of controllers may write no more than theirs', async () => {
    const account = (name: string) =>
      outsider(
        `system:serviceaccount:kube-system:${name}`,
        'system:serviceaccounts',
        'system:serviceaccounts:kube-system',
      );
    expect(await failureText(account('deployment-controller').list(core('secrets'), 'dev'))).toContain('cannot list');
    expect(
      await failureText(
        account('clusterrole-aggregation-controller').create(CLUSTER_BINDINGS, '', binding('x', 'x', {})),
      ),
    ).toContain('cannot create resource "clusterrolebindings"');
    // Names of this process mean nothing outside: their groups are not given.
    expect(await failureText(outsider('system:node').list(core('secrets')))).toContain('cannot list');
    expect(await failureText(account('csi-provisioner').list(core('secrets')))).toContain('cannot list');
  });
});

test('a kubelet reads what its pods need, and writes no rights', async () => {
  const node = outsider('system:node:node-1', 'system:nodes');
  expect(await failureText(node.get(core('secrets'), 'dev', 's'))).toBe(
    '403 Forbidden: secrets "s" is forbidden: User "system:node:node-1" cannot get resource "secrets" in API group "" in the namespace "dev": no relationship found between node \'node-1\' and this object',
  );
  await admin.create(core('pods'), 'dev', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'c', image: 'x' }],
      volumes: [{ name: 'v', secret: { secretName: 's' } }],
    } as never,
  });
  expect((await node.get(core('secrets'), 'dev', 's')).metadata.name).toBe('s');
  expect(await failure(node.create(CLUSTER_ROLES, '', role('ClusterRole', 'x', [EVERYTHING])))).toMatchObject({
    code: 403,
  });
  const other = outsider('system:node:node-2', 'system:nodes');
  expect(await failure(other.get(core('secrets'), 'dev', 's'))).toMatchObject({ code: 403 });
  // The name without the group is no node.
  expect(await failure(outsider('system:node:node-1').get(core('secrets'), 'dev', 's'))).toMatchObject({ code: 403 });
});

test('reviews tell of others only to whom they may', async () => {
  const path = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods' } } as never,
  };
  expect(await failureText(ann.create(path, '', review))).toContain('cannot create resource "subjectaccessreviews"');
  const local = {
    ...review,
    kind: 'LocalSubjectAccessReview',
    spec: { user: 'bob', resourceAttributes: { verb: 'get', resource: 'secrets', namespace: 'dev' } } as never,
  };
  const answer: KubeObject = await ann.create({ ...path, resource: 'localsubjectaccessreviews' }, 'dev', local);
  expect(answer['status']).toMatchObject({ allowed: expect.any(Boolean) });
});

describe.each([
  ['validating', { validations: [{ expression: 'true' }] }],
  [
    'mutating',
    {
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: { expression: '[JSONPatch{op: "add", path: "/data/x", value: "y"}]' },
        },
      ],
    },
  ],
])('a %s policy', (kind, rules) => {
  const versioned = 'admissionregistration.k8s.io';
  const path = (resource: string) => ({ group: versioned, version: 'v1', resource: `${kind}${resource}` });
  const [POLICIES, POLICY_BINDINGS] = [path('admissionpolicies'), path('admissionpolicybindings')];
  const called = kind === 'mutating' ? 'MutatingAdmissionPolicy' : 'ValidatingAdmissionPolicy';
  const policy = (name: string, paramKind?: object): KubeObject => ({
    apiVersion: `${versioned}/v1`,
    kind: called,
    metadata: { name },
    spec: {
      ...(paramKind ? { paramKind } : {}),
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      },
      ...rules,
    } as never,
  });
  const bindingOf = (policyName: string, name: string, ref?: object): KubeObject => ({
    apiVersion: `${versioned}/v1`,
    kind: `${called}Binding`,
    metadata: { name: `${policyName}-${name}` },
    spec: {
      policyName,
      ...(kind === 'validating' ? { validationActions: ['Audit'] } : {}),
      ...(ref ? { paramRef: { parameterNotFoundAction: 'Allow', ...ref } } : {}),
    } as never,
  });
  const writer = outsider(`${kind}-writer`);
  const me = `&{${kind}-writer  [system:authenticated] map[]}`;

  beforeAll(async () => {
    const resources = [`${kind}admissionpolicies`, `${kind}admissionpolicybindings`];
    const writes = { verbs: ['*'], apiGroups: [versioned], resources };
    await admin.create(CLUSTER_ROLES, '', role('ClusterRole', `${kind}-writes`, [writes]));
    const bound = refer('ClusterRole', `${kind}-writes`);
    await admin.create(
      CLUSTER_BINDINGS,
      '',
      binding('ClusterRoleBinding', `${kind}-writes`, bound, user(`${kind}-writer`)),
    );
  });

  test('tells nobody what its writer may not read', async () => {
    const secrets = { apiVersion: 'v1', kind: 'Secret' };
    expect(await failureText(writer.create(POLICIES, '', policy('leaks', secrets)))).toBe(
      `422 Invalid: ${called}.${versioned} "leaks" is invalid: spec.paramKind: Forbidden: user ${me} must have "get" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)`,
    );
    const plain = await writer.create(POLICIES, '', policy(`${kind}-plain`));
    expect(
      await failureText(writer.update(POLICIES, { ...plain, spec: policy('', secrets)['spec'] } as KubeObject)),
    ).toContain('spec.paramKind: Forbidden: user');
    // What somebody else made of it stays; nobody binds it to what they may not read.
    const made = await admin.create(POLICIES, '', policy(`${kind}-made`, secrets));
    await writer.update(POLICIES, { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
    const token = { name: 's', namespace: 'dev' };
    expect(await failureText(writer.create(POLICY_BINDINGS, '', bindingOf(`${kind}-made`, 'one', token)))).toBe(
      `422 Invalid: ${called}Binding.${versioned} "${kind}-made-one" is invalid: spec.paramRef: Forbidden: user ${me} does not have "get" permission on the object referenced by paramRef`,
    );
    expect(await failureText(writer.create(POLICY_BINDINGS, '', bindingOf('nowhere', 'one', token)))).toContain(
      'spec.paramRef: Forbidden',
    );
    await writer.create(POLICY_BINDINGS, '', bindingOf(`${kind}-plain`, 'none'));
  });

  test('takes for parameters what its writer may read', async () => {
    const reads = { verbs: ['get'], apiGroups: [''], resources: ['configmaps'] };
    await admin.create(CLUSTER_ROLES, '', role('ClusterRole', `${kind}-reads`, [reads]));
    const bound = refer('ClusterRole', `${kind}-reads`);
    await admin.create(
      CLUSTER_BINDINGS,
      '',
      binding('ClusterRoleBinding', `${kind}-reads`, bound, user(`${kind}-writer`)),
    );
    const maps = { apiVersion: 'v1', kind: 'ConfigMap' };
    await writer.create(POLICIES, '', policy(`${kind}-maps`, maps));
    await writer.create(POLICY_BINDINGS, '', bindingOf(`${kind}-maps`, 'one', { name: 'm', namespace: 'dev' }));
  });
});

test('devices that others use are for labelled namespaces alone', async () => {
  const path = (resource: string) => ({ group: 'resource.k8s.io', version: 'v1', resource });
  const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c', adminAccess: true } }] } };
  const claim = (name: string, more: object = spec): KubeObject =>
    ({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name }, spec: more }) as never;
  const template = { ...claim('t'), kind: 'ResourceClaimTemplate', spec: { spec } } as never;
  const why =
    'adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace';
  expect(await failureText(ann.create(path('resourceclaims'), 'dev', claim('all')))).toBe(
    `422 Invalid: ResourceClaim.resource.k8s.io "all" is invalid: spec.devices.requests[0].${why}`,
  );
  expect(await failureText(ann.create(path('resourceclaimtemplates'), 'dev', template))).toBe(
    `422 Invalid: ResourceClaimTemplate.resource.k8s.io "t" is invalid: spec.devices.requests[0].${why}`,
  );
  const plain = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } };
  await ann.create(path('resourceclaims'), 'dev', claim('own', plain));
  const result = { request: 'r', driver: 'd.example', pool: 'p', device: 'x', adminAccess: true };
  const patch = { status: { allocation: { devices: { results: [result] } } } };
  const status = () =>
    admin.request({
      method: 'PATCH',
      path: '/apis/resource.k8s.io/v1/namespaces/dev/resourceclaims/own/status',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: patch,
    });
  expect(await failureText(status())).toBe(
    `422 Invalid: ResourceClaim.resource.k8s.io "own" is invalid: status.allocation.devices.results[0].${why}`,
  );
  const label = { metadata: { labels: { 'resource.kubernetes.io/admin-access': 'true' } } };
  expect(await failureText(ann.patch(core('namespaces'), '', 'dev', 'merge', label))).toContain('cannot patch');
  await admin.patch(core('namespaces'), '', 'dev', 'merge', label);
  await ann.create(path('resourceclaims'), 'dev', claim('all'));
  await ann.create(path('resourceclaimtemplates'), 'dev', template);
  await status();
});

test('a claim’s status: schedulers allocate, drivers tell of their own devices', async () => {
  const CLAIMS = { group: 'resource.k8s.io', version: 'v1', resource: 'resourceclaims' };
  const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } };
  const metadata = { name: 'parts' };
  await admin.create(CLAIMS, 'dev', {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata,
    spec,
  } as never);
  const patch = (who: Client, status: object) =>
    who.request({
      method: 'PATCH',
      path: '/apis/resource.k8s.io/v1/namespaces/dev/resourceclaims/parts/status',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status } as never,
    });
  const allow = async (name: string, resources: string[], more: Partial<PolicyRule>) => {
    const rule = { apiGroups: ['resource.k8s.io'], resources, verbs: ['patch'], ...more };
    await admin.create(CLUSTER_ROLES, '', role('ClusterRole', name, [rule]));
    await admin.create(
      CLUSTER_BINDINGS,
      '',
      binding('ClusterRoleBinding', name, refer('ClusterRole', name), user('dora'), user('sam')),
    );
  };
  await allow('claim-status', ['resourceclaims/status'], {});
  const [dora, sam] = [outsider('dora'), outsider('sam')];
  const allocation = { devices: { results: [{ request: 'r', driver: 'd.example', pool: 'p', device: 'x' }] } };
  const device = (driver: string) => ({ driver, pool: 'p', device: 'x' });
  const cannot = (who: string, verb: string, what: string, name: string, where: string) =>
    `resourceclaims.resource.k8s.io${name} is forbidden: User "${who}" cannot ${verb} resource "resourceclaims/${what}" in API group "resource.k8s.io" ${where}`;
  expect(await failureText(patch(sam, { allocation }))).toBe(
    `422 Invalid: ResourceClaim.resource.k8s.io "parts" is invalid: status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="patch" permission: ${cannot('sam', 'patch', 'binding', '', 'at the cluster scope')}`,
  );
  expect(await failureText(patch(dora, { devices: [device('d.example')] }))).toBe(
    `422 Invalid: ResourceClaim.resource.k8s.io "parts" is invalid: status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[arbitrary-node:patch]" permission: ${cannot('dora', 'arbitrary-node:patch', 'driver', ' "d.example"', 'in the namespace "dev"')}`,
  );
  await allow('claim-binding', ['resourceclaims/binding'], {});
  await allow('claim-driver', ['resourceclaims/driver'], {
    verbs: ['arbitrary-node:patch'],
    resourceNames: ['d.example'],
  });
  await patch(sam, { allocation });
  await patch(dora, { devices: [device('d.example')] });
  expect(await failureText(patch(dora, { devices: [device('d.example'), device('e.example')] }))).toContain(
    '"e.example"',
  );
  await patch(dora, { devices: [] });
  // A driver that runs on the node says so by its token.
  const selector = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] };
  await patch(sam, { allocation: { ...allocation, nodeSelector: { nodeSelectorTerms: [selector] } } });
  const there = { name: 'system:serviceaccount:dev:d', groups: [], uid: '' };
  const { claimStatusErrors } = await import('../../src/apiserver/authorizers/claim-status');
  const asked: string[] = [];
  const authorizer = {
    authorize: (_user: unknown, { verb }: { verb: string }) => {
      asked.push(verb);
      return { allowed: false };
    },
  };
  const claim = await admin.get(CLAIMS, 'dev', 'parts');
  for (const node of ['node-1', 'node-2'])
    await claimStatusErrors(
      {
        core: { authorizer },
        info: { verb: 'update', group: 'resource.k8s.io', resource: 'resourceclaims', isResourceRequest: true },
        user: { ...there, extra: { 'authentication.kubernetes.io/node-name': [node] } },
      } as never,
      { ...claim, status: { ...claim['status'], devices: [device('d.example')] } } as KubeObject,
      claim,
    );
  expect(asked).toEqual(['associated-node:update', 'arbitrary-node:update', 'arbitrary-node:update']);
});
