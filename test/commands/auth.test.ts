/** `auth` as a user types it, and the flags that say as whom. */
import type { Json } from '../../src/apimachinery/json';
import type { ApiRequest, Transport } from '../../src/client/transport';
import { type Connect, connectionTo } from '../../src/commands/connection';
import { KubeconfigFile, memoryStorage } from '../../src/commands/kubeconfig/kubeconfig-file';
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster();
});

/** A cluster that answers some reviews its own way. */
function answering(kind: string, status: Json, asked: ApiRequest[] = []): Connect {
  const { transport } = cluster.client;
  const other: Transport = {
    async send(request) {
      if (!request.path.endsWith(`/${kind.toLowerCase()}s`)) return transport.send(request);
      asked.push(request);
      return { code: 201, headers: {}, body: { ...(request.body as object), status }, warnings: [] };
    },
    flush: async () => {},
    close: async () => {},
  };
  const kubeconfig = new KubeconfigFile('/memory/kubeconfig', memoryStorage(), true);
  return { open: async () => connectionTo(other), files: async () => ({ stateFolder: undefined, kubeconfig }) };
}

describe('can-i', () => {
  test('yes, while nobody forbids anything', async () => {
    expect(await cluster.ok('auth can-i get pods')).toBe('yes\n');
    expect(await cluster.ok("auth can-i '*' '*'")).toBe('yes\n');
    expect(await cluster.ok('auth can-i get /healthz --as=ann')).toBe('yes\n');
    expect(await cluster.ok('auth can-i create pods -A -q')).toBe('');
  });

  const no = { allowed: false, reason: 'because', evaluationError: 'no such role' };

  test('no, and why; the exit status is 1', async () => {
    const connect = answering('SelfSubjectAccessReview', no);
    expect(await cluster.run('auth can-i get pods', { connect })).toEqual({
      out: 'no - because - no such role\n',
      err: '',
      code: 1,
    });
    expect(await cluster.run('auth can-i get pods -q', { connect })).toEqual({ out: '', err: '', code: 1 });
  });

  test.each([
    ['get pods', { namespace: 'default', verb: 'get', resource: 'pods' }],
    ['get po -n x', { namespace: 'x', verb: 'get', resource: 'pods' }],
    ['get pods -A', { verb: 'get', resource: 'pods' }],
    ['get deploy.apps/web', { namespace: 'default', verb: 'get', group: 'apps', resource: 'deployments', name: 'web' }],
    ['get pods/a/b', { namespace: 'default', verb: 'get', resource: 'pods', name: 'a/b' }],
    ['get pods --subresource=log', { namespace: 'default', verb: 'get', resource: 'pods', subresource: 'log' }],
    ['impersonate users', { namespace: 'default', verb: 'impersonate', resource: 'users' }],
  ])('%s asks about that', async (line, resourceAttributes) => {
    const asked: ApiRequest[] = [];
    const connect = answering('SelfSubjectAccessReview', { allowed: true }, asked);
    expect(await cluster.run(`auth can-i ${line}`, { connect })).toMatchObject({ err: '', code: 0 });
    expect(asked).toMatchObject([{ body: { spec: { resourceAttributes } } }]);
  });

  test.each([
    ['get nosuch', "the server doesn't have a resource type 'nosuch'"],
    ['get Nosuch.foo', "the server doesn't have a resource type 'nosuch' in group 'foo'"],
    ['get nodes', "resource 'nodes' is not namespace scoped"],
    ['get clusterroles', "resource 'clusterroles' is not namespace scoped in group 'rbac.authorization.k8s.io'"],
    ['frob pods', "verb 'frob' is not a known verb"],
    ['frob /logs', "verb 'frob' is not a known verb"],
  ])('%s is warned of', async (line, warning) => {
    expect(await cluster.run(`auth can-i ${line}`)).toEqual({ out: 'yes\n', err: `Warning: ${warning}\n\n`, code: 0 });
  });

  test('--list', async () => {
    expect(await cluster.ok('auth can-i --list')).toBe(`\
Resources                                       Non-Resource URLs   Resource Names   Verbs
*.*                                             []                  []               [*]
                                                [*]                 []               [*]
selfsubjectreviews.authentication.k8s.io        []                  []               [create]
selfsubjectaccessreviews.authorization.k8s.io   []                  []               [create]
selfsubjectrulesreviews.authorization.k8s.io    []                  []               [create]
                                                [/api/*]            []               [get]
                                                [/api]              []               [get]
                                                [/apis/*]           []               [get]
                                                [/apis]             []               [get]
                                                [/healthz]          []               [get]
                                                [/healthz]          []               [get]
                                                [/livez]            []               [get]
                                                [/livez]            []               [get]
                                                [/openapi/*]        []               [get]
                                                [/openapi]          []               [get]
                                                [/readyz]           []               [get]
                                                [/readyz]           []               [get]
                                                [/version/]         []               [get]
                                                [/version/]         []               [get]
                                                [/version]          []               [get]
                                                [/version]          []               [get]
`);
    const connect = answering('SelfSubjectRulesReview', {
      incomplete: true,
      evaluationError: 'oops',
      resourceRules: [
        { verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods', 'pods/log'] },
        { verbs: ['create'], apiGroups: [''], resources: ['pods'] },
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: ['a', 'b'] },
      ],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*'] }],
    });
    expect(await cluster.run('auth can-i --list --no-headers', { connect })).toEqual({
      code: 0,
      err: 'Warning: the list may be incomplete: oops\n',
      out: `\
*.*             []           [a]   [*]
*.*             []           [b]   [*]
pods            []           []    [get list create]
pods/log        []           []    [get list]
pods.apps/log   []           []    [get list]
pods.apps       []           []    [get list]
                [/api/*]     []    [get]
                [/healthz]   []    [get]
`,
    });
  });
});

describe('whoami', () => {
  test('the admin of the cluster, unless told otherwise', async () => {
    expect(await cluster.ok('auth whoami')).toBe(`\
ATTRIBUTE   VALUE
Username    kubernetes-admin
Groups      [system:masters system:authenticated]
`);
    expect(
      await cluster.ok(
        'auth whoami --as=ann --as-uid=7 --as-group=a,b --as-group=c --as-user-extra=Z=1 --as-user-extra=Z=2 --as-user-extra=a.example/b=x --as-user-extra=nothing',
      ),
    ).toBe(`\
ATTRIBUTE            VALUE
Username             ann
UID                  7
Groups               [a,b c system:authenticated]
Extra: a.example/b   [x]
Extra: z             [1 2]
`);
  });

  test('-o', async () => {
    expect(await cluster.ok('auth whoami -o yaml --as=system:serviceaccount:dev:bot')).toBe(`\
apiVersion: authentication.k8s.io/v1
kind: SelfSubjectReview
metadata:
  creationTimestamp: "2026-01-01T00:00:00Z"
status:
  userInfo:
    groups:
    - system:serviceaccounts
    - system:serviceaccounts:dev
    - system:authenticated
    username: system:serviceaccount:dev:bot
`);
    expect(await cluster.ok('auth whoami -o jsonpath={.status.userInfo.username}')).toBe('kubernetes-admin');
  });

  test('--as-group without --as', async () => {
    expect(await cluster.run('auth whoami --as-group=a')).toEqual({
      out: '',
      err: 'error: requesting uid, groups or user-extra for  without impersonating a user\n',
      code: 1,
    });
  });

  test('a server that does not tell', async () => {
    const { transport } = cluster.client;
    const refusing = (code: number, reason: string): Connect => ({
      ...answering('none', {}),
      open: async () =>
        connectionTo({
          ...transport,
          async send() {
            const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason };
            return { code, headers: {}, body, warnings: [] };
          },
          close: async () => {},
          flush: async () => {},
        }),
    });
    const told = 'error: the selfsubjectreviews API is not enabled in the cluster';
    expect((await cluster.run('auth whoami', { connect: refusing(404, 'NotFound') })).err).toBe(`${told}\n`);
    expect((await cluster.run('auth whoami', { connect: refusing(403, 'Forbidden') })).err).toBe(
      `${told} or you do not have permission to call it\n`,
    );
  });
});

test('--user of a command that has one is not the --user of the kubeconfig', async () => {
  expect(await cluster.ok('create clusterrolebinding ops --clusterrole=view --user=ann')).toBe(
    'clusterrolebinding.rbac.authorization.k8s.io/ops created\n',
  );
});
