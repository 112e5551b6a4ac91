/** An AuthorizationConfiguration, and the authorizers that it makes: their order, their conditions, their failures. */
import type { Json, JsonObject } from '../../src/apimachinery/json';
import type { UserInfo } from '../../src/apiserver/authentication';
import { parseAbacPolicies } from '../../src/apiserver/authorizers/abac';
import { readAuthorizationConfiguration } from '../../src/apiserver/authorizers/configuration';
import { authorizersOf, clusterAuthorizer, parseAuthorizationModes } from '../../src/apiserver/authorizers/modes';
import { DEFAULT_START, SimulatedClock } from '../../src/sim/clock';
import { MemoryStore } from '../../src/store/memory';
import { asks, asksPath } from './access-questions';

const WEBHOOK: JsonObject = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  failurePolicy: 'NoOpinion',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/etc/hook.conf' },
};
const hook = (more: JsonObject = {}, name = 'hook'): JsonObject => ({
  type: 'Webhook',
  name,
  webhook: { ...WEBHOOK, ...more },
});
const conditions = (...texts: string[]): JsonObject => ({
  matchConditionSubjectAccessReviewVersion: 'v1',
  matchConditions: texts.map((expression) => ({ expression })),
});
const configuration = (...authorizers: Json[]): JsonObject => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthorizationConfiguration',
  authorizers,
});

describe('a configuration', () => {
  test('is a list of authorizers, webhooks with what they have by default', () => {
    const read = readAuthorizationConfiguration(
      configuration({ type: 'Node', name: 'node' }, hook(conditions("request.user == 'ann'")), hook({}, 'other')),
    );
    expect(read).toEqual([
      { type: 'Node', name: 'node' },
      {
        type: 'Webhook',
        name: 'hook',
        webhook: {
          kubeConfigFile: '/etc/hook.conf',
          timeout: 3000,
          authorizedTTL: 300_000,
          unauthorizedTTL: 30_000,
          version: 'v1',
          failurePolicy: 'NoOpinion',
          matchConditions: ["request.user == 'ann'"],
        },
      },
      expect.objectContaining({ name: 'other' }),
    ]);
  });

  test.each<[string, Json, string]>([
    ['nobody', configuration(), 'authorizers: Required value: at least one authorization mode must be defined'],
    ['no type', configuration({ name: 'x' }), 'authorizers[0].type: Required value'],
    [
      'what is none',
      configuration({ type: 'Magic', name: 'x' }),
      'authorizers[0].type: Unsupported value: "Magic": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
    ],
    [
      'one twice',
      configuration({ type: 'RBAC', name: 'a' }, { type: 'RBAC', name: 'b' }),
      'authorizers[1].type: Duplicate value: "RBAC"',
    ],
    ['a name twice', configuration(hook(), hook()), 'authorizers[1].name: Duplicate value: "hook"'],
    [
      'a webhook of no webhook',
      configuration({ type: 'RBAC', name: 'a', webhook: WEBHOOK }),
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
    [
      'a patient webhook',
      configuration(hook({ timeout: '31s' })),
      'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s',
    ],
    [
      'much that is wrong',
      configuration(hook({ failurePolicy: 'Allow', subjectAccessReviewVersion: '' })),
      '[authorizers[0].subjectAccessReviewVersion: Required value, authorizers[0].failurePolicy: Unsupported value: "Allow": supported values: "NoOpinion", "Deny"]',
    ],
    [
      'conditions of no version',
      configuration(hook({ matchConditions: [{ expression: 'true' }] })),
      'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
    ],
    [
      'a condition that is no boolean',
      configuration(hook(conditions('request.user'))),
      'authorizers[0].matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool but got string',
    ],
    [
      'a relative path',
      configuration(hook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'x' } })),
      'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "x": must be an absolute path',
    ],
    ['a field too many', configuration({ type: 'RBAC', name: 'a', nme: 'b' }), 'unknown field "authorizers[0].nme"'],
    ['another kind', { apiVersion: 'v1', kind: 'Pod' }, 'no kind "Pod" is registered for version "v1"'],
  ])('of %s is refused', (_, value, told) => {
    expect(() => readAuthorizationConfiguration(value)).toThrow(told);
  });

  test('and a condition that can’t be compiled says where', () => {
    expect(() => readAuthorizationConfiguration(configuration(hook(conditions("request.usr == 'ann'"))))).toThrow(
      /Invalid value: "request.usr == 'ann'": compilation failed: ERROR: <input>:1:8: undefined field 'usr'/,
    );
  });
});

const ann: UserInfo = { name: 'ann', groups: ['ops'] };
const bob: UserInfo = { name: 'bob', groups: [] };

/** Authorizers in the order of a configuration; `answer` is the webhooks'. */
function authorizer(value: JsonObject, answer: (review: JsonObject) => Json | Promise<Json>) {
  const asked: JsonObject[] = [];
  const clock = new SimulatedClock(DEFAULT_START);
  const made = clusterAuthorizer(
    { authorizers: readAuthorizationConfiguration(value) },
    {
      store: new MemoryStore(),
      clock,
      read: () => {
        throw new Error('nothing is read');
      },
      async askWebhook(_, review) {
        asked.push(review);
        return answer(review);
      },
    },
  );
  return { authorizer: made, asked, clock };
}

const says = (status: JsonObject) => () => ({ kind: 'SubjectAccessReview', status });

describe('a webhook', () => {
  test('is asked a SubjectAccessReview, and its word counts', async () => {
    const { authorizer: made, asked } = authorizer(configuration(hook()), says({ allowed: true, reason: 'fine' }));
    expect(await made.authorize(ann, asks('get', 'pods', { namespace: 'dev', name: 'x' }))).toEqual({
      allowed: true,
      reason: 'fine',
    });
    await made.authorize(bob, asksPath('get', '/metrics'));
    await made.authorize(
      bob,
      asks('list', 'pods', { query: { fieldSelector: 'spec.nodeName=n1,status.phase!=Failed' } }),
    );
    expect(asked.map(({ spec }) => spec)).toEqual([
      {
        user: 'ann',
        groups: ['ops'],
        resourceAttributes: { namespace: 'dev', verb: 'get', version: 'v1', resource: 'pods', name: 'x' },
      },
      { user: 'bob', nonResourceAttributes: { path: '/metrics', verb: 'get' } },
      {
        user: 'bob',
        resourceAttributes: {
          verb: 'list',
          version: 'v1',
          resource: 'pods',
          fieldSelector: {
            requirements: [
              { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
              { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
            ],
          },
        },
      },
    ]);
  });

  test('of v1beta1 reads of a group', async () => {
    const { authorizer: made, asked } = authorizer(
      configuration(hook({ subjectAccessReviewVersion: 'v1beta1' })),
      says({ allowed: true }),
    );
    await made.authorize(ann, asks('get', 'pods'));
    expect(asked).toMatchObject([{ apiVersion: 'authorization.k8s.io/v1beta1', spec: { group: ['ops'] } }]);
  });

  test('that denies has the last word; one of no opinion leaves it to the next', async () => {
    const [first, second] = [hook({}, 'first'), { type: 'AlwaysAllow', name: 'all' }];
    const denied = authorizer(configuration(first, second), says({ allowed: false, denied: true, reason: 'never' }));
    expect(await denied.authorizer.authorize(ann, asks('get', 'pods'))).toEqual({
      allowed: false,
      denied: true,
      reason: 'never',
    });
    const open = authorizer(configuration(first, second), says({ allowed: false, reason: 'dunno' }));
    expect(await open.authorizer.authorize(ann, asks('get', 'pods'))).toEqual({ allowed: true });
    const both = authorizer(configuration(first, second), says({ allowed: true, denied: true }));
    expect(await both.authorizer.authorize(ann, asks('get', 'pods'))).toMatchObject({ allowed: false, denied: true });
    // Who comes first is not followed by others.
    const unasked = authorizer(configuration(second, first), says({ allowed: false }));
    await unasked.authorizer.authorize(ann, asks('get', 'pods'));
    expect(unasked.asked).toEqual([]);
  });

  test('is remembered for as long as it says', async () => {
    const {
      authorizer: made,
      asked,
      clock,
    } = authorizer(configuration(hook({ authorizedTTL: '1m', cacheUnauthorizedRequests: false })), (review) =>
      says({ allowed: (review['spec'] as JsonObject)['user'] === 'ann' })(),
    );
    for (let i = 0; i < 3; i++) await made.authorize(ann, asks('get', 'pods'));
    expect(asked).toHaveLength(1);
    clock.advanceTo(clock.now() + 60_000);
    await made.authorize(ann, asks('get', 'pods'));
    expect(asked).toHaveLength(2);
    for (let i = 0; i < 3; i++) await made.authorize(bob, asks('get', 'pods'));
    expect(asked).toHaveLength(5);
  });

  test.each<['NoOpinion' | 'Deny', object]>([
    ['NoOpinion', { allowed: true }],
    ['Deny', { allowed: false, denied: true, error: 'gone' }],
  ])('that can’t be asked: %s', async (failurePolicy, decision) => {
    const { authorizer: made } = authorizer(
      configuration(hook({ failurePolicy }), { type: 'AlwaysAllow', name: 'all' }),
      () => Promise.reject(new Error('gone')),
    );
    expect(await made.authorize(ann, asks('get', 'pods'))).toEqual(decision);
  });

  test('that answers with something else is no yes', async () => {
    for (const answer of [null, {}, { kind: 'Pod', status: { allowed: true } }, { status: { allowed: true } }, 'yes']) {
      const { authorizer: made } = authorizer(configuration(hook()), () => answer as Json);
      expect(await made.authorize(ann, asks('get', 'pods'))).toMatchObject({ allowed: false });
    }
  });

  test('is asked by a server alone', async () => {
    const made = clusterAuthorizer(
      { authorizers: readAuthorizationConfiguration(configuration(hook(), { type: 'AlwaysAllow', name: 'all' })) },
      {
        store: new MemoryStore(),
        clock: new SimulatedClock(DEFAULT_START),
        read: () => ({}) as never,
        askWebhook: undefined,
      },
    );
    expect(await made.authorize(ann, asks('get', 'pods'))).toEqual({
      allowed: false,
      denied: true,
      reason: 'the webhook authorizer "hook" is asked by "kubetick serve" only',
    });
    expect(await made.authorize({ name: 'x', groups: ['system:masters'] }, asks('get', 'pods'))).toEqual({
      allowed: true,
    });
  });
});

describe('conditions', () => {
  const tried = async (
    texts: string[],
    user: UserInfo,
    asked: ReturnType<typeof asks>,
    failurePolicy = 'NoOpinion',
  ) => {
    const { authorizer: made, asked: sent } = authorizer(
      configuration(hook({ ...conditions(...texts), failurePolicy })),
      says({ allowed: true }),
    );
    return { decision: await made.authorize(user, asked), sent: sent.length };
  };

  test.each<[string[], boolean]>([
    [["request.user == 'ann'", "'ops' in request.groups"], true],
    [["request.user == 'bob'"], false],
    [['has(request.resourceAttributes)'], true],
    [["has(request.resourceAttributes) && request.resourceAttributes.namespace == 'dev'"], true],
    [["request.resourceAttributes.subresource == ''"], true],
    [['has(request.nonResourceAttributes)'], false],
    [["!('x' in request.extra)", "request.uid == ''"], true],
    [['request.resourceAttributes.?labelSelector.hasValue()'], false],
    // What fails does not count where another says no.
    [["request.nonResourceAttributes.path == '/'", "request.user == 'bob'"], false],
  ])('%j: %s', async (texts, isAsked) => {
    const { sent, decision } = await tried(texts, ann, asks('get', 'pods', { namespace: 'dev' }));
    expect(sent).toBe(isAsked ? 1 : 0);
    expect(decision).toEqual({ allowed: isAsked });
  });

  test('that fail are as the webhook’s failures', async () => {
    const path = "request.nonResourceAttributes.path == '/'";
    expect(await tried([path], ann, asks('get', 'pods'))).toEqual({
      sent: 0,
      decision: {
        allowed: false,
        error: `cel evaluation error: expression '${path}' resulted in error: no such key: nonResourceAttributes`,
      },
    });
    expect((await tried([path], ann, asks('get', 'pods'), 'Deny')).decision).toMatchObject({ denied: true });
  });
});

describe('modes', () => {
  const source = { store: new MemoryStore(), clock: new SimulatedClock(DEFAULT_START), read: () => ({}) as never };
  const made = (text: string, policies = '') =>
    clusterAuthorizer(
      { authorizers: authorizersOf(parseAuthorizationModes(text)), policies: parseAbacPolicies('p', policies) },
      { ...source, askWebhook: undefined },
    );

  test('AlwaysDeny says why, and AlwaysAllow that all is allowed', async () => {
    expect(await made('AlwaysDeny').authorize(ann, asks('get', 'pods'))).toEqual({
      allowed: false,
      reason: 'Everything is forbidden.',
    });
    expect(await made('AlwaysDeny,AlwaysAllow').authorize(ann, asks('get', 'pods'))).toEqual({ allowed: true });
    expect(await made('AlwaysAllow').rulesFor?.(ann, 'dev')).toMatchObject({
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    });
  });

  test('RBAC tells of roles, and the group system:masters needs none', async () => {
    expect(await made('Node,RBAC').authorize(ann, asks('get', 'pods'))).toEqual({ allowed: false });
    expect(await made('AlwaysDeny').authorize({ name: 'x', groups: ['system:masters'] }, asks('get', 'pods'))).toEqual({
      allowed: true,
    });
  });

  const POLICIES = `
# one a line
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"ann","namespace":"dev","resource":"*","apiGroup":"*"}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"group":"ops","readonly":true,"nonResourcePath":"/logs*"}}
{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"*","readonly":true,"namespace":"*","resource":"pods","apiGroup":""}}
`;
  const authenticated: UserInfo = { name: 'bob', groups: ['system:authenticated'] };
  test.each<[UserInfo, ReturnType<typeof asks>, boolean]>([
    [ann, asks('delete', 'deployments', { group: 'apps', namespace: 'dev' }), true],
    [ann, asks('delete', 'deployments', { group: 'apps', namespace: 'prod' }), false],
    [bob, asks('delete', 'deployments', { group: 'apps', namespace: 'dev' }), false],
    [ann, asksPath('get', '/logs/x'), true],
    [ann, asksPath('post', '/logs/x'), false],
    [bob, asksPath('get', '/logs/x'), false],
    [authenticated, asks('list', 'pods', { namespace: 'prod' }), true],
    [authenticated, asks('create', 'pods', { namespace: 'prod' }), false],
    [authenticated, asks('list', 'secrets', { namespace: 'prod' }), false],
    [bob, asks('list', 'pods', { namespace: 'prod' }), false],
  ])('ABAC: %j %j: %s', async (user, asked, allowed) => {
    const decision = await made('ABAC', POLICIES).authorize(user, asked);
    expect(decision).toEqual(allowed ? { allowed } : { allowed, reason: 'No policy matched.' });
  });

  test('what can’t be read says where', () => {
    expect(() => parseAbacPolicies('p.jsonl', '\n{"kind":"Policy"}')).toThrow(
      'error reading policy file p.jsonl, line 2: {"kind":"Policy"}: no kind "Policy" is registered for version ""',
    );
    expect(() => parseAuthorizationModes('RBAC,Magic')).toThrow('authorization-mode "Magic" is not a valid mode');
    expect(() => parseAuthorizationModes('RBAC,RBAC')).toThrow('has mode specified more than once');
    expect(() => parseAuthorizationModes('')).toThrow('at least one authorization-mode must be passed');
  });
});
