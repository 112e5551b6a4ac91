/** What the kubelet of a node may do (kubernetes `plugin/pkg/auth/authorizer/node/node_authorizer_test.go`). */
import type { AccessAttributes } from '../../src/apiserver/authorization';
import { NodeAuthorizer } from '../../src/apiserver/authorizers/node';
import { resourceReader } from '../../src/apiserver/reader';
import { objectKey, resourcePrefix } from '../../src/apiserver/stored';
import { MemoryStore } from '../../src/store/memory';
import { asks } from './access-questions';

describe('a kubelet', () => {
  const pod = (name: string, nodeName: string, spec: object) =>
    ({ metadata: { name, namespace: 'dev', annotations: {} }, spec: { nodeName, containers: [], ...spec } }) as never;
  const node = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
  let authorizer: NodeAuthorizer;
  beforeAll(async () => {
    const store = new MemoryStore();
    const key = (name: string) => objectKey(resourcePrefix('', 'pods'), 'dev', name);
    const mine = {
      serviceAccountName: 'bot',
      imagePullSecrets: [{ name: 'pull' }],
      volumes: [
        { name: 'v', secret: { secretName: 'tls' } },
        { name: 'p', projected: { sources: [{ configMap: { name: 'conf' } }, { secret: { name: 'part' } }] } },
        { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
      ],
    };
    await store.commit([
      { key: key('mine'), value: pod('mine', 'n1', mine) },
      { key: key('other'), value: pod('other', 'n2', { volumes: [{ name: 'v', secret: { secretName: 'theirs' } }] }) },
    ]);
    authorizer = new NodeAuthorizer(resourceReader(store));
  });

  const dev = (verb: string, resource: string, name: string, more: Partial<AccessAttributes> = {}) =>
    asks(verb, resource, { namespace: 'dev', name, ...more });
  const LEASES = { group: 'coordination.k8s.io', namespace: 'kube-node-lease' };
  const unrelated = "no relationship found between node 'n1' and this object";
  test.each<[AccessAttributes, boolean, string?]>([
    [dev('get', 'secrets', 'tls'), true],
    [dev('watch', 'secrets', 'pull'), true],
    [dev('get', 'secrets', 'part'), true],
    [dev('get', 'secrets', 'theirs'), false, unrelated],
    [dev('get', 'secrets', 'conf'), false, unrelated],
    [dev('list', 'secrets', ''), false, 'No Object name found'],
    [dev('update', 'secrets', 'tls'), false, 'can only read resources of this type'],
    [asks('get', 'secrets', { namespace: 'prod', name: 'tls' }), false, unrelated],
    [dev('get', 'configmaps', 'conf'), true],
    [dev('get', 'persistentvolumeclaims', 'data'), true],
    [dev('get', 'pods', 'mine'), true],
    [dev('get', 'pods', 'other'), false, unrelated],
    [dev('list', 'pods', ''), false, 'can only list/watch pods with spec.nodeName field selector'],
    [asks('list', 'pods', { query: { fieldSelector: 'spec.nodeName=n1' } }), true],
    [
      asks('list', 'pods', { query: { fieldSelector: 'spec.nodeName=n2' } }),
      false,
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [
      asks('list', 'pods', { query: { fieldSelector: 'spec.nodeName!=n1' } }),
      false,
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [dev('patch', 'pods', 'mine', { subresource: 'status' }), true],
    [dev('create', 'pods', 'mine', { subresource: 'exec' }), false],
    [asks('list', 'nodes'), false, "node 'n1' cannot read all nodes, only its own Node object"],
    [asks('get', 'nodes', { name: 'n2' }), false, "node 'n1' cannot read 'n2', only its own Node object"],
    [asks('get', 'nodes', { name: 'n1' }), true],
    [asks('delete', 'nodes', { name: 'n1' }), false],
    [asks('update', 'leases', { ...LEASES, name: 'n1' }), true],
    [
      asks('update', 'leases', { ...LEASES, name: 'n2' }),
      false,
      'can only access node lease with the same name as the requesting node',
    ],
    [
      asks('update', 'leases', { ...LEASES, namespace: 'dev', name: 'n1' }),
      false,
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [dev('create', 'serviceaccounts', 'bot', { subresource: 'token' }), true],
    [dev('create', 'serviceaccounts', 'admin', { subresource: 'token' }), false, unrelated],
    [asks('list', 'services'), true],
    [asks('create', 'clusterrolebindings', { group: 'rbac.authorization.k8s.io' }), false],
  ])('%j: %s', async (asked, allowed, reason = '') => {
    expect(await authorizer.authorize(node, asked)).toEqual({ allowed, ...(reason ? { reason } : {}) });
  });

  test('is none without the group, or without a name', async () => {
    const asked = dev('get', 'secrets', 'tls');
    expect(await authorizer.authorize({ ...node, groups: ['system:authenticated'] }, asked)).toEqual({
      allowed: false,
    });
    expect(await authorizer.authorize({ ...node, name: 'system:node:' }, asked)).toEqual({
      allowed: false,
      reason: 'unknown node for user "system:node:"',
    });
    expect(await authorizer.authorize({ ...node, name: 'system:node' }, asked)).toEqual({ allowed: false });
  });
});
