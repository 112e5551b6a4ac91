/** Questions to the server: SubjectAccessReviews, SelfSubjectRulesReviews. */
import type { KubeObject } from '../../src/apimachinery/meta';
import type { UserInfo } from '../../src/apiserver/authentication';
import type { AccessAttributes, Decision } from '../../src/apiserver/authorization';
import type { ApiServerOptions } from '../../src/apiserver/server';
import { failureText, testServer } from './server-for-tests';

type Server = Partial<ApiServerOptions>;

/** Posts a review of that kind. */
async function review(
  kind: string,
  spec: Record<string, unknown>,
  server: Server = {},
  namespace = '',
): Promise<KubeObject> {
  const { client } = testServer(server);
  const path = { group: 'authorization.k8s.io', version: 'v1', resource: `${kind.toLowerCase()}s` };
  return client.create<KubeObject>(path, namespace, {
    apiVersion: 'authorization.k8s.io/v1',
    kind,
    metadata: {},
    spec,
  });
}

const pods = { resourceAttributes: { namespace: 'dev', verb: 'get', resource: 'pods', subresource: 'log', name: 'a' } };

test('without an authorizer the answer is yes', async () => {
  for (const spec of [pods, { nonResourceAttributes: { path: '/healthz', verb: 'get' } }])
    expect((await review('SelfSubjectAccessReview', spec))['status']).toEqual({ allowed: true });
});

describe('with one it is the authorizer that answers', () => {
  const asked: [UserInfo, AccessAttributes][] = [];
  const answering = (decision: Decision): Server => ({
    authorizer: {
      authorize(user, attributes) {
        if (attributes.group === 'authorization.k8s.io') return { allowed: true };
        asked.push([user, attributes]);
        return decision;
      },
    },
  });
  afterEach(() => asked.splice(0));

  test('about oneself', async () => {
    const { status } = await review('SelfSubjectAccessReview', pods, answering({ allowed: true, reason: 'by decree' }));
    expect(status).toEqual({ allowed: true, reason: 'by decree' });
    expect(asked).toMatchObject([
      [
        { name: 'kubernetes-admin' },
        { verb: 'get', version: '*', resource: 'pods', subresource: 'log', namespace: 'dev', name: 'a' },
      ],
    ]);
  });

  test('about others', async () => {
    const spec = {
      nonResourceAttributes: { path: '/logs', verb: 'get' },
      user: 'ann',
      groups: ['ops'],
      uid: '7',
      extra: { scopes: ['a'] },
    };
    const no = answering({ allowed: false, denied: true, error: 'no such role' });
    const { status } = await review('SubjectAccessReview', spec, no);
    expect(status).toEqual({ allowed: false, denied: true, evaluationError: 'no such role' });
    expect(asked).toMatchObject([
      [
        { name: 'ann', groups: ['ops'], uid: '7', extra: { scopes: ['a'] } },
        { isResourceRequest: false, path: '/logs', verb: 'get' },
      ],
    ]);
  });

  test('in one namespace', async () => {
    const spec = { ...pods, user: 'ann' };
    const { status } = await review('LocalSubjectAccessReview', spec, answering({ allowed: false }), 'dev');
    expect(status).toEqual({ allowed: false });
  });

  test('selectors that it does not understand', async () => {
    const attributes = {
      verb: 'list',
      resource: 'pods',
      labelSelector: {
        requirements: [
          { key: 'a', operator: 'Exists' },
          { key: 'b', operator: 'Like', values: ['c'] },
        ],
      },
      fieldSelector: { rawSelector: 'a' },
    };
    const spec = { resourceAttributes: attributes };
    const { status } = await review('SelfSubjectAccessReview', spec, answering({ allowed: true }));
    expect(status.evaluationError).toBe(
      'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector partially ignored due to parse error',
    );
  });
});

test.each([
  [
    'SelfSubjectAccessReview',
    {},
    'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ],
  [
    'SelfSubjectAccessReview',
    { ...pods, nonResourceAttributes: { path: '/', verb: 'get' } },
    'spec.nonResourceAttributes: Invalid value: {"path":"/","verb":"get"}: cannot be specified in combination with resourceAttributes',
  ],
  ['SubjectAccessReview', pods, 'spec.user: Invalid value: "": at least one of user or group must be specified'],
  [
    'LocalSubjectAccessReview',
    { user: 'ann', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'other' } },
    'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
  ],
  [
    'SelfSubjectAccessReview',
    { resourceAttributes: { verb: 'list', resource: 'pods', labelSelector: {} } },
    'spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required',
  ],
  [
    'SelfSubjectAccessReview',
    {
      resourceAttributes: {
        verb: 'list',
        resource: 'pods',
        fieldSelector: {
          rawSelector: 'a=b',
          requirements: [{ operator: 'In' }, { key: 'c', operator: 'Exists', values: ['d'] }],
        },
      },
    },
    "[spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: \"a=b\": may not specified at the same time as requirements, spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified, spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn', spec.resourceAttributes.fieldSelector.requirements[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist']",
  ],
])('a %s that asks nothing sensible: %j', async (kind, spec, complaint) => {
  const namespace = kind.startsWith('Local') ? 'dev' : '';
  expect(await failureText(review(kind, spec, {}, namespace))).toBe(
    `422 Invalid: .authorization.k8s.io "" is invalid: ${complaint}`,
  );
});

describe('what may I', () => {
  const rules = async (server: Server = {}) =>
    (await review('SelfSubjectRulesReview', { namespace: 'dev' }, server))['status'];

  test('everything, where there is no authorizer', async () => {
    expect(await rules()).toEqual({
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    });
  });

  test('what the authorizer lists', async () => {
    const resourceRules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] }];
    const status = await rules({
      authorizer: {
        authorize: () => ({ allowed: true }),
        rulesFor: ({ name }, namespace) => ({
          resourceRules,
          nonResourceRules: [],
          incomplete: true,
          error: `${name} in ${namespace}`,
        }),
      },
    });
    expect(status).toEqual({
      resourceRules,
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'kubernetes-admin in dev',
    });
  });

  test('nobody knows, where the authorizer lists nothing', async () => {
    expect(await rules({ authorizer: { authorize: () => ({ allowed: true }) } })).toEqual({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'the authorizer does not support user rule resolution',
    });
  });

  test('a namespace must be named', async () => {
    expect(await failureText(review('SelfSubjectRulesReview', {}))).toBe('400 BadRequest: no namespace on request');
  });
});
