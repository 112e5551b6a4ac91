/** Requests in the name of somebody else (apiserver `pkg/endpoints/filters/impersonation`). */
import type { KubeObject } from '../../src/apimachinery/meta';
import type { UserInfo } from '../../src/apiserver/authentication';
import type { AccessAttributes, Authorizer } from '../../src/apiserver/authorization';
import { Client } from '../../src/client/client';
import { type Impersonation, impersonationHeaders } from '../../src/client/impersonation-headers';
import { CONFIG_MAPS, configMap, failure, failureText, testServer } from './server-for-tests';

/** Who the server takes the sender for. */
async function whoami(as: Record<string, string>, authorizer?: Authorizer, user?: string): Promise<UserInfo> {
  const { server } = testServer(authorizer ? { authorizer } : {});
  const answer = await new Client(server, user ? { user } : {}).request<unknown>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    headers: as,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} },
  });
  return (answer as KubeObject)['status'].userInfo;
}

const as = (user: string, more: Omit<Impersonation, 'user'> = {}) => impersonationHeaders({ user, ...more });

describe('without an authorizer everybody may be anybody', () => {
  test.each([
    ['a user', as('ann'), { username: 'ann', groups: ['system:authenticated'] }],
    [
      'of groups, commas and all',
      as('ann', { groups: ['ops', 'cn=a,ou=b'] }),
      { username: 'ann', groups: ['ops', 'cn=a,ou=b', 'system:authenticated'] },
    ],
    [
      'who is not authenticated',
      as('ann', { groups: ['system:unauthenticated'] }),
      { username: 'ann', groups: ['system:unauthenticated'] },
    ],
    ['nobody', as('system:anonymous'), { username: 'system:anonymous', groups: ['system:unauthenticated'] }],
    [
      'a service account, whose groups are known',
      as('system:serviceaccount:dev:bot'),
      {
        username: 'system:serviceaccount:dev:bot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:dev', 'system:authenticated'],
      },
    ],
    [
      'a service account of other groups',
      as('system:serviceaccount:dev:bot', { groups: ['x'] }),
      { username: 'system:serviceaccount:dev:bot', groups: ['x', 'system:authenticated'] },
    ],
    [
      'what only looks like a service account',
      as('system:serviceaccount:dev:bot:x'),
      { username: 'system:serviceaccount:dev:bot:x', groups: ['system:authenticated'] },
    ],
    ['a node', as('system:node:n1'), { username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }],
    [
      'with all that there is to say',
      as('ann', { uid: '7', extra: new Map([['Example.com/Scopes', ['a', 'b']]]) }),
      { username: 'ann', uid: '7', groups: ['system:authenticated'], extra: { 'example.com/scopes': ['a', 'b'] } },
    ],
    [
      'of the masters: no constrained mode lets that, but the old one does',
      as('ann', { groups: ['system:masters'] }),
      { username: 'ann', groups: ['system:masters', 'system:authenticated'] },
    ],
  ])('%s', async (_, headers, user) => {
    expect(await whoami(headers)).toEqual(user);
  });

  test('who names no user is told so', async () => {
    expect(await failureText(whoami({ 'impersonate-group': 'ops', 'impersonate-extra-a': 'b' }))).toBe(
      '400 BadRequest: requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"ops"}, Extra:map[string][]string{"a":[]string{"b"}}} without impersonating a user name',
    );
    expect(await failureText(whoami({ 'impersonate-uid': '7' }))).toBe(
      '400 BadRequest: requested &user.DefaultInfo{Name:"", UID:"7", Groups:[]string(nil), Extra:map[string][]string(nil)} without impersonating a user name',
    );
  });
});

/** Allows `bob` what the list says, others everything; remembers what was asked of bob. */
function decree(...allowed: string[]): { authorizer: Authorizer; asked: string[] } {
  const asked: string[] = [];
  const text = ({ verb, group, resource, subresource, namespace, name }: AccessAttributes) =>
    [verb, `${resource}.${group}${subresource ? `/${subresource}` : ''}`, namespace, name].filter(Boolean).join(' ');
  return {
    asked,
    authorizer: {
      authorize(user, attributes) {
        if (user.name !== 'bob') return { allowed: true };
        asked.push(text(attributes));
        return { allowed: allowed.includes(text(attributes)) };
      },
    },
  };
}

const SELF = 'selfsubjectreviews.authentication.k8s.io';

describe('with one it is asked', () => {
  test('the old way: the verb impersonate on each thing that is wanted', async () => {
    const { authorizer, asked } = decree(
      'impersonate users. ann',
      'impersonate groups. ops',
      'impersonate uids.authentication.k8s.io 7',
      'impersonate userextras.authentication.k8s.io/example.com/a b',
    );
    const headers = as('ann', { uid: '7', groups: ['ops'], extra: new Map([['example.com/a', ['b']]]) });
    expect(await whoami(headers, authorizer, 'bob')).toMatchObject({ username: 'ann', uid: '7' });
    expect(asked).toEqual([
      `impersonate-on:user-info:create ${SELF}`,
      'impersonate users. ann',
      'impersonate uids.authentication.k8s.io 7',
      'impersonate groups. ops',
      'impersonate userextras.authentication.k8s.io/example.com/a b',
    ]);
  });

  test('the constrained way: to do this, as users like that', async () => {
    const { authorizer, asked } = decree(
      `impersonate-on:user-info:create ${SELF}`,
      'impersonate:user-info users.authentication.k8s.io ann',
    );
    expect(await whoami(as('ann'), authorizer, 'bob')).toEqual({ username: 'ann', groups: ['system:authenticated'] });
    expect(asked).toHaveLength(2);
  });

  test('service accounts and nodes have modes of their own', async () => {
    const accounts = decree(
      `impersonate-on:serviceaccount:create ${SELF}`,
      'impersonate:serviceaccount serviceaccounts.authentication.k8s.io dev bot',
    );
    const bot = 'system:serviceaccount:dev:bot';
    expect(await whoami(as(bot), accounts.authorizer, 'bob')).toMatchObject({ username: bot });
    const nodes = decree(
      `impersonate-on:arbitrary-node:create ${SELF}`,
      'impersonate:arbitrary-node nodes.authentication.k8s.io n1',
    );
    expect((await whoami(as('system:node:n1'), nodes.authorizer, 'bob')).groups).toContain('system:nodes');
  });

  test('a service account as the node that it is on', async () => {
    const bot = 'system:serviceaccount:dev:bot';
    const asked: { user: UserInfo; verb: string; name: string }[] = [];
    const { server } = testServer({
      authentication: () => ({
        authenticate: async () => ({
          name: bot,
          groups: [],
          extra: { 'authentication.kubernetes.io/node-name': ['n1'], 'a.example/b': ['c'] },
        }),
        review: async () => ({}),
      }),
      authorizer: {
        authorize(user, { verb, name }) {
          asked.push({ user, verb, name });
          return { allowed: user.name !== bot || verb.includes('associated-node') };
        },
      },
    });
    const client = new Client(server);
    const list = (node: string) =>
      client.request({
        method: 'GET',
        path: '/api/v1/namespaces/dev/configmaps',
        headers: as(`system:node:${node}`),
        origin: { address: '10.0.0.1' },
      });
    await list('n1');
    expect(asked.map(({ verb, name }) => [verb, name])).toEqual([
      ['impersonate-on:associated-node:list', ''],
      ['impersonate:associated-node', '*'],
      ['list', ''],
    ]);
    expect(asked[0]?.user.extra).toEqual({
      'authentication.kubernetes.io/associated-node-keys': ['a.example/b', 'authentication.kubernetes.io/node-name'],
    });
    expect((await failure(list('n2'))).message).toContain('cannot impersonate-on:arbitrary-node:list');
  });

  test('many groups are asked about at once first', async () => {
    const { authorizer, asked } = decree(
      `impersonate-on:user-info:create ${SELF}`,
      'impersonate:user-info users.authentication.k8s.io ann',
      'impersonate:user-info groups.authentication.k8s.io *',
    );
    await whoami(as('ann', { groups: ['a', 'b', 'c', 'd'] }), authorizer, 'bob');
    expect(asked).toHaveLength(3);
  });

  test('who may not is told by the first way that was tried', async () => {
    const { authorizer } = decree();
    expect(await failureText(whoami(as('ann'), authorizer, 'bob'))).toBe(
      `403 Forbidden: ${SELF} is forbidden: User "bob" cannot impersonate-on:user-info:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope`,
    );
  });

  test('… and does nothing', async () => {
    const { server, store } = testServer({ authorizer: decree('create configmaps. default').authorizer });
    const before = await store.revision();
    const client = new Client(server, { user: 'bob' });
    const request = client.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      headers: as('ann'),
      body: configMap('a') as never,
    });
    expect((await failure(request)).code).toBe(403);
    expect(await store.revision()).toBe(before);
  });

  test('the impersonated user needs the right to what is requested', async () => {
    const { server } = testServer({
      authorizer: { authorize: ({ name }) => ({ allowed: name !== 'ann', reason: 'ann may nothing' }) },
    });
    const path = '/api/v1/namespaces/default/configmaps';
    expect(await failureText(new Client(server).request({ method: 'GET', path, headers: as('ann') }))).toBe(
      '403 Forbidden: configmaps is forbidden: User "ann" cannot list resource "configmaps" in API group "" in the namespace "default": ann may nothing',
    );
  });

  test('what stands in a message is no markup', async () => {
    const { client } = testServer({ authorizer: { authorize: () => ({ allowed: false }) } });
    const request = client.request({ method: 'GET', path: '/apis/<b>' });
    expect((await failure(request)).message).toBe(
      'forbidden: User "kubernetes-admin" cannot get path "/apis/&lt;b&gt;"',
    );
    expect((await failure(client.list(CONFIG_MAPS, 'default'))).code).toBe(403);
  });
});
