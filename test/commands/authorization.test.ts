/** Who may do what, told by commands: `auth why`, `who-can`, and clusters of other authorizers. */
import { memoryCluster, run, type TestCluster } from './harness';

const RBAC = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list, watch]}
- {apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: [get, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ann-reads, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}
- {kind: ServiceAccount, name: bot, namespace: default}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ops-view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: Group, name: ops, apiGroup: rbac.authorization.k8s.io}
`;

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 0 });
  cluster.write('rbac.yaml', RBAC);
  await cluster.ok('apply -f rbac.yaml');
});

describe('auth why', () => {
  test('names the bindings and rules that allow', async () => {
    expect(await cluster.ok('auth why list pods --as=ann')).toBe(`\
yes: ann may list pods in namespace default
BINDING                            ROLE          RULE
rolebinding/ann-reads -n default   role/reader   get,list,watch pods,pods/log
`);
    expect(await cluster.ok('auth why get configmaps -A --as=bob --as-group=ops')).toContain(
      'clusterrolebinding/ops-view   clusterrole/view',
    );
    expect(await cluster.ok('auth why get /healthz --as=bob')).toContain('clusterrole/system:public-info-viewer');
    expect(await cluster.ok('auth why delete nodes')).toContain('clusterrolebinding/cluster-admin');
  });

  test.each([
    ['delete pods --as=ann', 'verb delete'],
    ['list pods --as=ann -n kube-system', 'holds in namespace default only'],
    ['get deployment/other --as=ann', 'name other'],
    ['create deployment/web --as=ann', 'verb create'],
    ['list pods --as=eve', 'does not bind eve'],
  ])('%s lacks: %s', async (line, lacks) => {
    const { out, code } = await cluster.run(`auth why ${line}`);
    expect(code).toBe(1);
    expect(out).toMatch(/^no: /);
    expect(
      out.split('\n').some((row) => row.startsWith('rolebinding/ann-reads') && row.trimEnd().endsWith(lacks)),
    ).toBe(true);
  });

  test('what no namespace has is asked about without, a Namespace in itself', async () => {
    await cluster.ok('create role anything --verb=* --resource=nodes,namespaces');
    await cluster.ok('create rolebinding anything --role=anything --user=kim');
    const nodes = await cluster.run('auth why delete nodes --as=kim');
    expect(nodes.out).toContain('no: kim may not delete nodes in the whole cluster\n');
    expect(nodes.out).toMatch(/^rolebinding\/anything .* holds in namespace default only$/m);
    expect(await cluster.ok('auth why get namespaces/default --as=kim -n kube-public')).toContain(
      'yes: kim may get namespaces default in namespace default\n',
    );
    expect((await cluster.run('auth why get namespaces/kube-public --as=kim')).code).toBe(1);
    expect(await cluster.ok('who-can delete nodes')).not.toContain('kim');
    expect(await cluster.ok('who-can get namespaces/default')).toContain('kim');
    await cluster.ok('delete rolebinding,role anything');
  });

  test('of what nobody has a rule for', async () => {
    const { out, code } = await cluster.run('auth why use podsecuritypolicies.policy --as=eve');
    expect([out, code]).toEqual([expect.stringContaining('No rule comes near.\n'), 1]);
  });

  test('for programs', async () => {
    const { out, code } = await cluster.run('auth why delete pods --as=ann -o json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      apiVersion: 'kubetick.dev/v1',
      kind: 'WhyAllowed',
      user: { username: 'ann', groups: ['system:authenticated'] },
      asked: { resourceAttributes: { namespace: 'default', verb: 'delete', resource: 'pods' } },
      allowed: false,
      nearest: [
        {
          binding: { kind: 'RoleBinding', namespace: 'default', name: 'ann-reads' },
          role: { kind: 'Role', name: 'reader' },
          rule: { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods', 'pods/log'] },
          lacks: ['verb delete'],
        },
      ],
    });
    expect(JSON.parse(await cluster.ok('auth why get pods --as=ann -o json'))).toMatchObject({
      allowed: true,
      allowedBy: [{ binding: { name: 'ann-reads' } }],
    });
    expect(await cluster.ok('auth why get pods --as=ann -o yaml')).toContain('kind: WhyAllowed\n');
    expect((await cluster.run('auth why get pods -o name')).err).toBe("error: --output must be 'yaml' or 'json'\n");
  });
});

describe('who-can', () => {
  test('lists everybody whom a role allows it', async () => {
    const told = (await cluster.ok('who-can get deployment/web')).split('\n').map((line) => line.split(/ {2,}/));
    expect(told[0]).toEqual(['KIND', 'NAME', 'NAMESPACE', 'BINDING', 'ROLE']);
    expect(told).toContainEqual(['Group', 'ops', 'clusterrolebinding/ops-view', 'clusterrole/view']);
    expect(told).toContainEqual(['User', 'ann', 'rolebinding/ann-reads -n default', 'role/reader']);
    const controller = 'system:controller:deployment-controller';
    expect(told).toContainEqual([
      'ServiceAccount',
      'deployment-controller',
      'kube-system',
      `clusterrolebinding/${controller}`,
      `clusterrole/${controller}`,
    ]);
    expect(await cluster.ok('who-can get deployment/other')).not.toContain('ann');
    expect(await cluster.ok('who-can get pods -n kube-system')).not.toContain('ann');
    expect(await cluster.ok('who-can get /metrics --no-headers')).toContain('Group   system:monitoring');
  });

  test('for programs', async () => {
    const { subjects, asked } = JSON.parse(await cluster.ok('who-can get pods --subresource=log -o json'));
    expect(asked).toEqual({
      resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods', subresource: 'log' },
    });
    expect(subjects).toContainEqual({
      kind: 'ServiceAccount',
      name: 'bot',
      namespace: 'default',
      binding: { kind: 'RoleBinding', namespace: 'default', name: 'ann-reads' },
      role: { kind: 'Role', name: 'reader' },
    });
  });
});

describe('the roles that every cluster has', () => {
  test('come back when a server starts, unless they say otherwise', async () => {
    const { MemoryStore } = await import('../../src/store/memory');
    const { initialiseCluster } = await import('../../src/cluster/bootstrap');
    const { createCluster } = await import('../../src/cluster/cluster');
    const { reconcileBootstrapPolicy } = await import('../../src/cluster/bootstrap-policy');
    const { Client } = await import('../../src/client/client');
    const store = new MemoryStore();
    await initialiseCluster(store, { nodes: 0 });
    const opened = await createCluster(store);
    const client = new Client(opened);
    const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
    const bindings = { ...roles, resource: 'clusterrolebindings' };
    const edited = await client.get(roles, '', 'system:discovery');
    const extra = { nonResourceURLs: ['/mine'], verbs: ['get'] };
    await client.update(roles, { ...edited, rules: [extra] as never });
    await client.delete(roles, '', 'system:heapster');
    await client.patch(bindings, '', 'system:basic-user', 'merge', { subjects: null });
    const alone = { metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }, rules: [] };
    await client.patch(roles, '', 'system:kube-dns', 'merge', alone);
    await reconcileBootstrapPolicy(store, opened);
    // What is missing is added, rule by rule, and what is more stays.
    const rules: { nonResourceURLs: string[] }[] = (await client.get(roles, '', 'system:discovery'))['rules'];
    expect(rules.flatMap(({ nonResourceURLs }) => nonResourceURLs)).toEqual([
      '/mine',
      ...edited['rules'][0].nonResourceURLs,
    ]);
    expect((await client.get(roles, '', 'system:heapster'))['rules']).toHaveLength(2);
    expect((await client.get(bindings, '', 'system:basic-user'))['subjects']).toHaveLength(1);
    expect((await client.get(roles, '', 'system:kube-dns'))['rules'] ?? []).toEqual([]);
  });

  test('what gathers others follows them when time moves', async () => {
    await cluster.ok('create clusterrole crontabs --verb=get --resource=pods');
    await cluster.ok('label clusterrole crontabs rbac.authorization.k8s.io/aggregate-to-view=true');
    await cluster.ok([
      'patch',
      'clusterrole',
      'crontabs',
      '-p',
      '{"rules":[{"apiGroups":["x.dev"],"resources":["crontabs"],"verbs":["get"]}]}',
    ]);
    expect(await cluster.run('auth can-i get crontabs.x.dev --as=bob --as-group=ops')).toMatchObject({ code: 1 });
    await cluster.ok('tick --settle -q');
    for (const name of ['view', 'edit', 'admin'])
      expect(await cluster.ok(`get clusterrole ${name} -o jsonpath={.rules[*].apiGroups}`)).toContain('["x.dev"]');
    await cluster.ok('delete clusterrole crontabs');
    await cluster.ok('tick --settle -q');
    expect(await cluster.ok('get clusterrole view -o jsonpath={.rules[*].apiGroups}')).not.toContain('x.dev');
  });
});

describe('init', () => {
  test.each([
    ['--authorization-mode=Magic', 'authorization-mode "Magic" is not a valid mode'],
    ['--authorization-mode=ABAC', "authorization-mode ABAC's authorization policy file not passed"],
    ['--authorization-mode=Webhook', "authorization-mode Webhook's authorization config file not passed"],
    ['--authorization-policy-file=x', 'cannot specify --authorization-policy-file without mode ABAC'],
    [
      '--authorization-config=x --authorization-mode=RBAC',
      '--authorization-config can not be specified when --authorization-mode is defined',
    ],
  ])('%s is refused', async (flags, told) => {
    const { err, code } = await run(`init --state /tmp/kubetick-never ${flags}`);
    expect([err, code]).toEqual([`error: ${told}\n`, 1]);
  });
});

test('who is not under RBAC may do what the cluster’s authorizers say', async () => {
  const { authorizersOf } = await import('../../src/apiserver/authorizers/modes');
  const open = await memoryCluster({ nodes: 0, authorization: { authorizers: authorizersOf(['AlwaysAllow']) } });
  expect(await open.ok('auth can-i delete pods --as=eve')).toContain('yes');
  const closed = await memoryCluster({ nodes: 0, authorization: { authorizers: authorizersOf(['AlwaysDeny']) } });
  expect((await closed.run('auth why get pods --as=eve')).out).toBe(
    'no: eve may not get pods in namespace default\nEverything is forbidden.\nNo rule comes near.\n',
  );
  const policies = [{ user: 'ann', namespace: 'default', resource: 'pods' }];
  const abac = await memoryCluster({ nodes: 0, authorization: { authorizers: authorizersOf(['ABAC']), policies } });
  expect((await abac.run('get --raw /api/v1/namespaces/default/pods --as=ann')).code).toBe(0);
  expect((await abac.run('get --raw /api/v1/namespaces/default/secrets --as=ann')).err).toContain(
    'secrets is forbidden: User "ann" cannot list resource "secrets" in API group "" in the namespace "default": No policy matched.',
  );
  expect((await abac.run('auth why get pods --as=ann')).out).toContain('No role says so: another authorizer does.');
});
