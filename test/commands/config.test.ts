import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
});
const config = (line: string | string[]) =>
  cluster.ok(typeof line === 'string' ? `config ${line}` : ['config', ...line]);

test('a new cluster has a context of its own', async () => {
  expect(await config('view')).toBe(
    'apiVersion: v1\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n  name: kubetick\ncontexts:\n- context:\n    cluster: kubetick\n    user: kubetick\n  name: kubetick\ncurrent-context: kubetick\nkind: Config\nusers:\n- name: kubetick\n  user: {}\n',
  );
  expect(await config('current-context')).toBe('kubetick\n');
  expect(await config('get-contexts')).toBe(
    'CURRENT   NAME       CLUSTER    AUTHINFO   NAMESPACE\n*         kubetick   kubetick   kubetick   \n',
  );
  expect(await config('get-clusters')).toBe('NAME\nkubetick\n');
  expect(await config('get-users')).toBe('NAME\nkubetick\n');
});

test('the namespace of the context is where commands work', async () => {
  await cluster.ok('create ns team');
  await cluster.ok('create cm a -n team');
  expect(await config('set-context --current --namespace=team')).toBe('Context "kubetick" modified.\n');
  expect(await cluster.ok('get cm a -o name')).toBe('configmap/a\n');
  expect(await config(['view', '--minify', '-o', 'jsonpath={..namespace}'])).toBe('team');
  expect(await config('get-contexts')).toContain('*         kubetick   kubetick   kubetick   team\n');
  expect(await config('unset contexts.kubetick.namespace')).toBe('Property "contexts.kubetick.namespace" unset.\n');
  expect((await cluster.run('get cm a')).code).toBe(1);
});

test('contexts are made, used, renamed and deleted', async () => {
  expect(await config('set-context team --cluster=kubetick --user=kubetick -n team')).toBe('Context "team" created.\n');
  expect(await config('use team')).toBe('Switched to context "team".\n');
  expect(await config('rename-context team crew')).toBe('Context "team" renamed to "crew".\n');
  expect(await config('current-context')).toBe('crew\n');
  expect(await config('get-contexts -o name')).toBe('crew\nkubetick\n');
  expect(await config('use-context kubetick')).toBe('Switched to context "kubetick".\n');
  await cluster.ok('create ns team');
  await cluster.ok('create cm a --context crew');
  expect(await cluster.ok('get cm a -n team -o name')).toBe('configmap/a\n');
  expect(await config('delete-context crew')).toBe('deleted context crew from /memory/kubeconfig\n');
  expect(await config('get-contexts -o name')).toBe('kubetick\n');
});

test('values by their paths', async () => {
  expect(await config('set clusters.10.0.0.1.server https://10.0.0.1')).toBe(
    'Property "clusters.10.0.0.1.server" set.\n',
  );
  await config('set clusters.10.0.0.1.insecure-skip-tls-verify true');
  await config('set users.ann.token abc');
  await config('set users.ann.client-key-data YWJj');
  const view = JSON.parse(await config('view -o json'));
  expect(view.clusters[0]).toEqual({
    name: '10.0.0.1',
    cluster: { server: 'https://10.0.0.1', 'insecure-skip-tls-verify': true },
  });
  expect(view.users[0]).toEqual({ name: 'ann', user: { token: 'REDACTED', 'client-key-data': 'DATA+OMITTED' } });
  expect(JSON.parse(await config('view -o json --raw')).users[0].user.token).toBe('abc');
  await config('unset users.ann');
  expect(await config('get-users')).toBe('NAME\nkubetick\n');
});

test.each([
  ['use-context zz', 'error: no context exists with the name: "zz"\n'],
  ['set-context', 'error: you must specify a non-empty context name or --current\n'],
  ['set-context x --current', 'error: you cannot specify both a context name and --current\n'],
  ['set foo bar', 'error: unable to parse foo after [] at api.Config\n'],
  ['unset nosuch.x', 'error: unable to parse nosuch.x after [] at api.Config\n'],
  ['delete-context new', 'error: cannot delete context new, not in /memory/kubeconfig\n'],
  ['delete-cluster c2', 'error: cannot delete cluster c2, not in /memory/kubeconfig\n'],
  ['delete-user u1', 'error: cannot delete user u1, not in /memory/kubeconfig\n'],
  ['rename-context a z', `error: cannot rename the context "a", it's not in /memory/kubeconfig\n`],
  ['view --minify --context=nosuch', 'error: cannot locate context nosuch\n'],
  ['view foo', "error: unexpected arguments: [foo]\nSee 'kubectl config view -h' for help and examples\n"],
  ['nosuch', 'error: unknown command "nosuch"\nSee \'kubectl config -h\' for help and examples\n'],
])('config %s', async (line, err) => {
  expect(await cluster.run(`config ${line}`)).toEqual({ out: '', err, code: 1 });
});

test('a context that is not there is refused before anything is asked', async () => {
  expect((await cluster.run('get cm --context nosuch')).err).toBe('error: context "nosuch" does not exist\n');
});

test('config alone shows what there is, and fails', async () => {
  const ran = await cluster.run('config');
  expect(ran.err).toMatch(
    /^Show and change a kubeconfig by subcommands.*\nAvailable Commands:\n {2}current-context +Display the current-context\n/s,
  );
  expect(ran).toMatchObject({ out: '', code: 1 });
});

test('a wrong number of arguments shows the help as well', async () => {
  const ran = await cluster.run('config use-context');
  expect(ran.out).toContain('Aliases:\nuse-context, use\n');
  expect(ran).toMatchObject({ err: 'error: Unexpected args: []\n', code: 1 });
});
