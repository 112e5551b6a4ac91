import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditPolicy, type Noted, notedBy, readAuditPolicy } from '../../src/apiserver/audit/policy';
import { sourceIPs } from '../../src/apiserver/audit/source-ips';
import type { AccessAttributes } from '../../src/apiserver/authorization';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { MemoryStore } from '../../src/store/memory';
import { run } from '../commands/harness';
import { CONFIG_MAPS, configMap, failureText, NAMESPACES, pod } from './server-for-tests';

// biome-ignore lint/suspicious/noExplicitAny: JSON of any kind
type Event = any;

async function audited(rules: object[], more: object = {}) {
  const store = new MemoryStore();
  const policy = readAuditPolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, ...more } as never);
  await initialiseCluster(store, { nodes: 0, audit: { policy, logPath: 'x' } });
  const events: Event[] = [];
  const openAuditLog = () => ({ state: 0, write: (line: string) => void events.push(JSON.parse(line)) });
  const transport = await createCluster(store, { openAuditLog });
  return { client: new Client(transport, { userAgent: 'tester/1' }), transport, events };
}

const METADATA = [{ level: 'Metadata' }];

test('one line for each stage, as kube-apiserver writes it', async () => {
  const { client, events } = await audited(METADATA);
  await client.create(CONFIG_MAPS, 'default', configMap('a', { secret: 'x' }), { fieldManager: 'me' });
  expect(events).toEqual([
    {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      stage: 'RequestReceived',
      requestURI: '/api/v1/namespaces/default/configmaps?fieldManager=me',
      verb: 'create',
      user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'tester/1',
      objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' },
      requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
      stageTimestamp: '2026-01-01T00:00:00.000000Z',
    },
    expect.objectContaining({
      auditID: events[0].auditID,
      stage: 'ResponseComplete',
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    }),
  ]);
  expect(JSON.stringify(events)).not.toContain('secret');
  expect(Object.keys(events[1])).toEqual(
    'kind apiVersion level auditID stage requestURI verb user sourceIPs userAgent objectRef responseStatus requestReceivedTimestamp stageTimestamp annotations'.split(
      ' ',
    ),
  );
});

test('Request has the body, RequestResponse the answer too', async () => {
  const asked = await audited([{ level: 'Request' }], { omitStages: ['RequestReceived'] });
  await asked.client.create(CONFIG_MAPS, 'default', configMap('a', { k: 'v' }));
  await asked.client.patch(CONFIG_MAPS, 'default', 'a', 'merge', { data: { k: 'w' } });
  expect(asked.events).toMatchObject([
    { requestObject: { kind: 'ConfigMap', data: { k: 'v' } } },
    { verb: 'patch', requestObject: { data: { k: 'w' } } },
  ]);
  expect(asked.events[0]).not.toHaveProperty('responseObject');
  const answered = await audited([{ level: 'RequestResponse', omitManagedFields: true }]);
  await answered.client.create(CONFIG_MAPS, 'default', configMap('a', { k: 'v' }));
  const { responseObject } = answered.events[1];
  expect(responseObject).toMatchObject({
    metadata: { name: 'a', resourceVersion: expect.any(String) },
    data: { k: 'v' },
  });
  expect(responseObject.metadata).not.toHaveProperty('managedFields');
});

test('what is refused, and by whom it was asked', async () => {
  const { client, events } = await audited(METADATA, { omitStages: ['RequestReceived'] });
  const request = { method: 'GET' as const, path: '/api/v1/secrets', headers: { 'impersonate-user': 'ann' } };
  await failureText(client.request(request));
  expect(events).toMatchObject([
    {
      user: { username: 'kubernetes-admin' },
      impersonatedUser: { username: 'ann', groups: ['system:authenticated'] },
      authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
      responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403, message: expect.stringContaining('ann') },
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
    },
  ]);
});

test('why it was allowed, and what admission has to say', async () => {
  const { client, events } = await audited(METADATA, { omitStages: ['RequestReceived'] });
  const label = (mode: string, level: string) => ({ [`pod-security.kubernetes.io/${mode}`]: level });
  await client.create(NAMESPACES, '', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team', labels: { ...label('enforce', 'baseline'), ...label('audit', 'restricted') } },
  });
  await client.request({
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    body: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'ann' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }],
    },
  });
  await client.request({
    method: 'POST',
    path: '/api/v1/namespaces/team/pods',
    headers: { 'impersonate-user': 'ann' },
    body: pod('a') as never,
  });
  expect(events.at(-1).annotations).toEqual({
    'authorization.k8s.io/decision': 'allow',
    'authorization.k8s.io/reason':
      'RBAC: allowed by ClusterRoleBinding "ann" of ClusterRole "cluster-admin" to User "ann"',
    'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
    'pod-security.kubernetes.io/audit-violations': expect.stringMatching(
      /^would violate PodSecurity "restricted:latest": /,
    ),
  });
});

test.each<[Record<string, string>, string | undefined, string[]]>([
  [{}, undefined, ['127.0.0.1']],
  [{}, '::ffff:10.0.0.1', ['10.0.0.1']],
  [
    { 'x-forwarded-for': '192.0.2.7, nobody,10.0.0.9', 'x-real-ip': '2001:DB8::0:1' },
    '10.0.0.1',
    ['192.0.2.7', '10.0.0.9', '2001:db8::1', '10.0.0.1'],
  ],
  [{ 'x-forwarded-for': '192.0.2.7', 'x-real-ip': '192.0.2.7' }, '192.0.2.7', ['192.0.2.7']],
])('from where: %j at %s', (headers, address, ips) => {
  expect(sourceIPs({ method: 'GET', path: '/', headers, ...(address ? { origin: { address } } : {}) })).toEqual(ips);
});

test('a watch starts, and ends when whoever watches stops', async () => {
  const { transport, events } = await audited([{ level: 'Metadata', verbs: ['watch'] }]);
  const { events: watch } = await transport.send({
    method: 'GET',
    path: '/api/v1/namespaces/default/configmaps',
    query: { watch: 'true' },
  });
  expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted']);
  await watch?.[Symbol.asyncIterator]().return?.();
  expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
});

describe('rules', () => {
  const asked = (more: Partial<AccessAttributes>): AccessAttributes => ({
    isResourceRequest: true,
    verb: 'get',
    path: '',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: 'a',
    ...more,
  });
  const ann = { name: 'ann', groups: ['dev'] };
  const level = (rule: object, request: AccessAttributes): Noted['level'] =>
    notedBy({ rules: [{ level: 'Metadata', ...rule }] } as AuditPolicy, ann, request).level;

  test.each<[object, Partial<AccessAttributes>, boolean]>([
    [{}, {}, true],
    [{ users: ['ann'] }, {}, true],
    [{ users: ['bob'] }, {}, false],
    [{ userGroups: ['ops', 'dev'] }, {}, true],
    [{ userGroups: ['ops'] }, {}, false],
    [{ verbs: ['list'] }, {}, false],
    [{ namespaces: ['default'] }, {}, true],
    [{ namespaces: [''] }, {}, false],
    [{ namespaces: [''] }, { namespace: '' }, true],
    [{ resources: [{ group: '' }] }, {}, true],
    [{ resources: [{ group: 'apps' }] }, {}, false],
    [{ resources: [{ group: '*', resources: ['pods'] }] }, { group: 'x' }, true],
    [{ resources: [{ resources: ['pods'] }] }, { subresource: 'log' }, false],
    [{ resources: [{ resources: ['pods/log'] }] }, { subresource: 'log' }, true],
    [{ resources: [{ resources: ['pods/*'] }] }, { subresource: 'log' }, true],
    [{ resources: [{ resources: ['*/log'] }] }, { subresource: 'log' }, true],
    [{ resources: [{ resources: ['*'] }] }, { subresource: 'log' }, true],
    [{ resources: [{ resources: ['pods'], resourceNames: ['b'] }] }, {}, false],
    [{ nonResourceURLs: ['/healthz*'] }, {}, false],
    [{ nonResourceURLs: ['/healthz*'] }, { isResourceRequest: false, path: '/healthz/x' }, true],
    [{ nonResourceURLs: ['/healthz'] }, { isResourceRequest: false, path: '/healthz/x' }, false],
    [{ nonResourceURLs: ['*'] }, { isResourceRequest: false, path: '/x' }, true],
    [{ resources: [{ group: '' }] }, { isResourceRequest: false, path: '/x' }, false],
  ])('%j of %j: %s', (rule, request, matches) => {
    expect(level(rule, asked(request))).toBe(matches ? 'Metadata' : 'None');
  });

  test('the first that matches counts', () => {
    const policy = {
      rules: [{ level: 'None', users: ['ann'] }, { level: 'Request' }],
      omitStages: ['Panic'],
    } as AuditPolicy;
    expect(notedBy(policy, ann, asked({}))).toEqual({ level: 'None', omitStages: ['Panic'], omitManagedFields: false });
    expect(notedBy(policy, undefined, asked({})).level).toBe('Request');
  });

  test.each([
    [
      { level: 'All' },
      'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
    ],
    [{}, 'rules[0].level: Required value'],
    [
      { level: 'None', nonResourceURLs: ['x', '/a*b'] },
      `[rules[0].nonResourceURLs[0]: Invalid value: "x": non-resource URL rules must begin with a '/' character, rules[0].nonResourceURLs[1]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule]`,
    ],
    [
      { level: 'None', omitStages: ['End'] },
      'rules[0].omitStages[0]: Invalid value: "End": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
    ],
  ])('%j is refused', (rule, said) => {
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [rule] };
    expect(() => readAuditPolicy(policy as never)).toThrow(said);
  });
});

test('init keeps the policy, and each command adds its lines to the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-audit-'));
  try {
    const policy =
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- {level: Metadata, verbs: [create], resources: [{resources: [configmaps]}]}\n';
    writeFileSync(join(folder, 'policy.yaml'), policy);
    const options = { cwd: folder, environment: { HOME: folder } };
    const init = `init --state ${folder}/state --nodes 0 --audit-policy-file policy.yaml --audit-log-path logs/audit.log`;
    expect(await run(init, options)).toMatchObject({ code: 0, err: '' });
    for (const name of ['a', 'b'])
      expect(await run(`create configmap ${name} --state ${folder}/state`, options)).toMatchObject({
        code: 0,
        err: '',
      });
    const lines = readFileSync(join(folder, 'logs/audit.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ stage, auditID }) => [stage, auditID === lines[0].auditID])).toEqual([
      ['RequestReceived', true],
      ['ResponseComplete', true],
      ['RequestReceived', false],
      ['ResponseComplete', false],
    ]);
    expect((await run(`${init.replace('policy.yaml', 'none.yaml')} --force`, options)).code).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
