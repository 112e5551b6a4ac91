/** Admission webhooks, asked over HTTPS on this machine. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import type { AskAdmissionWebhook } from '../../src/apiserver/admission/webhooks/ask';
import { issueAuthority, issueCertificate, type KeyPair } from '../../src/apiserver/certificates/issue-certificate';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { admissionWebhookClient } from '../../src/server/admission-webhook-client';
import { MemoryStore } from '../../src/store/memory';
import { failure, failureText, PODS, pod } from '../apiserver/server-for-tests';

const day = 24 * 3600 * 1000;
let authority: KeyPair;
let server: Server;
let port: number;
let reviews: (JsonObject & { url: string })[];
/** By path. */
let answers: Record<string, (request: JsonObject) => JsonObject | string | undefined>;

beforeAll(async () => {
  const [from, to] = [new Date(Date.now() - day), new Date(Date.now() + day)];
  authority = await issueAuthority({ from, to });
  const own = await issueCertificate(authority, { subject: { commonName: 'hook' }, from, to, server: ['127.0.0.1'] });
  server = createServer({ key: own.key, cert: own.certificate }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(text) as JsonObject;
      reviews.push({ url: request.url ?? '', ...review });
      const asked = review['request'] as JsonObject;
      const said = answers[(request.url ?? '').split('?')[0] ?? '']?.(asked);
      if (said === undefined) return;
      const answer = { apiVersion: review['apiVersion'], kind: 'AdmissionReview' };
      response.writeHead(typeof said === 'string' ? 500 : 200, { 'content-type': 'application/json' });
      response.end(
        typeof said === 'string' ? said : JSON.stringify({ ...answer, response: { uid: asked['uid'], ...said } }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  reviews = [];
  answers = {};
});

const GROUP = { group: 'admissionregistration.k8s.io', version: 'v1' };

function hook(path: string, more: JsonObject = {}): JsonObject {
  return {
    name: `${path}.example.com`,
    clientConfig: { url: `https://127.0.0.1:${port}/${path}`, caBundle: btoa(authority.certificate) },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'DELETE'], resources: ['pods'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  };
}

async function cluster(
  hooks: { validating?: JsonObject[]; mutating?: JsonObject[] },
  ask: AskAdmissionWebhook | undefined = admissionWebhookClient(),
) {
  const store = new MemoryStore();
  await initialiseCluster(store, { nodes: 0 });
  const warnings: string[] = [];
  const client = new Client(await createCluster(store, ask ? { askAdmissionWebhook: ask } : {}), {
    onWarning: (text) => warnings.push(text),
  });
  for (const [kind, resource, webhooks] of [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', hooks.validating],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', hooks.mutating],
  ] as const)
    if (webhooks)
      await client.create({ ...GROUP, resource }, '', {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        metadata: { name: 'hooks' },
        webhooks,
      } as unknown as KubeObject);
  return { client, warnings };
}

const patchOf = (...operations: JsonObject[]): JsonObject => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: btoa(JSON.stringify(operations)),
});

test('a validating webhook is shown the request, warns, and refuses', async () => {
  answers['/check'] = ({ object }): JsonObject =>
    (object as KubeObject | null)?.metadata.name === 'bad'
      ? { allowed: false, status: { code: 403, message: 'it is bad' } }
      : { allowed: true, warnings: ['be careful'] };
  const { client, warnings } = await cluster({ validating: [hook('check')] });
  await client.create(PODS, 'default', pod('good'), { fieldManager: 'me' });
  expect(warnings).toEqual(['be careful']);
  expect(reviews).toMatchObject([
    {
      url: '/check?timeout=10s',
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        requestKind: { group: '', version: 'v1', kind: 'Pod' },
        name: 'good',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
        object: { kind: 'Pod', spec: { serviceAccountName: 'default' } },
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
      },
    },
  ]);
  expect(await failure(client.create(PODS, 'default', pod('bad')))).toMatchObject({
    code: 403,
    message: 'admission webhook "check.example.com" denied the request: it is bad',
  });
  await client.delete(PODS, 'default', 'good');
  expect(reviews.at(-1)).toMatchObject({ request: { operation: 'DELETE', object: null, oldObject: { kind: 'Pod' } } });
});

test.each<[string, JsonObject | string | undefined, string]>([
  [
    'says no and nothing else',
    { allowed: false },
    '400 undefined: admission webhook "check.example.com" denied the request without explanation',
  ],
  [
    'gives a reason only',
    { allowed: false, status: { reason: 'Gone', code: 410 } },
    '410 Gone: admission webhook "check.example.com" denied the request: Gone',
  ],
  ['answers for another', { uid: 'x', allowed: true }, 'received invalid webhook response: expected response.uid='],
  [
    'patches though it validates',
    patchOf(),
    'received invalid webhook response: validating webhook may not return response.patch',
  ],
  [
    'breaks',
    'boom',
    'failed to call webhook: Post "https://127.0.0.1:PORT/check?timeout=10s": an error on the server ("boom") has prevented the request from succeeding',
  ],
])('a webhook that %s', async (_, answer, said) => {
  answers['/check'] = () => answer;
  const { client } = await cluster({ validating: [hook('check')] });
  expect(await failureText(client.create(PODS, 'default', pod('a')))).toContain(said.replace('PORT', String(port)));
});

test('failures count as the policy says: refused, or let through', async () => {
  const hooks = [
    hook('slow', { timeoutSeconds: 1 }),
    hook('nobody', { clientConfig: { url: 'https://127.0.0.1:1/x' } }),
    hook('unknown', { clientConfig: { url: `https://127.0.0.1:${port}/x` } }),
    hook('far', { clientConfig: { url: 'https://example.com/x' } }),
    hook('service', { clientConfig: { service: { name: 'hook', namespace: 'default', path: '/x' } } }),
  ];
  const texts = [
    `failed calling webhook "slow.example.com": failed to call webhook: Post "https://127.0.0.1:${port}/slow?timeout=1s": context deadline exceeded`,
    'failed calling webhook "nobody.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    `failed calling webhook "unknown.example.com": failed to call webhook: Post "https://127.0.0.1:${port}/x?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    'failed calling webhook "far.example.com": failed to call webhook: Post "https://example.com/x?timeout=10s": example.com is not on this machine: it is not asked',
    'failed calling webhook "service.example.com": failed to call webhook: Post "https://hook.default.svc:443/x?timeout=10s": service "hook" not found',
  ];
  for (const [i, one] of hooks.entries()) {
    const { client } = await cluster({ validating: [one] });
    expect(await failureText(client.create(PODS, 'default', pod('a')))).toBe(
      `500 InternalError: Internal error occurred: ${texts[i]}`,
    );
  }
  const { client } = await cluster({ validating: hooks.map((one) => ({ ...one, failurePolicy: 'Ignore' })) });
  await client.create(PODS, 'default', pod('a'));
});

test('in a process that makes no connections they are refused by their failure policy', async () => {
  const { client } = await cluster({ mutating: [hook('m')] }, null as never);
  expect(await failureText(client.create(PODS, 'default', pod('a')))).toBe(
    `500 InternalError: Internal error occurred: failed calling webhook "m.example.com": failed to call webhook: Post "https://127.0.0.1:${port}/m?timeout=10s": webhooks are asked by "kubetick serve" only`,
  );
  expect(reviews).toEqual([]);
});

test('mutating webhooks see what those before have made, and again what came after if they ask for it', async () => {
  answers['/count'] = ({ object }) =>
    patchOf({
      op: 'add',
      path: '/metadata/annotations',
      value: { seen: String((object as KubeObject)['spec'].containers.length) },
    });
  answers['/sidecar'] = ({ object }) =>
    (object as KubeObject)['spec'].containers.length > 1
      ? { allowed: true }
      : patchOf({ op: 'add', path: '/spec/containers/-', value: { name: 'proxy', image: 'envoy' } });
  const { client } = await cluster({ mutating: [hook('count', { reinvocationPolicy: 'IfNeeded' }), hook('sidecar')] });
  const created = (await client.create(PODS, 'default', pod('a'))) as KubeObject;
  expect(created.metadata.annotations).toEqual({ seen: '2' });
  expect(created['spec'].containers[1]).toMatchObject({ name: 'proxy', imagePullPolicy: 'Always' });
  expect(reviews.map(({ url }) => url.split('?')[0])).toEqual(['/count', '/sidecar', '/count']);
});

test('selectors, conditions and dry run', async () => {
  answers['/check'] = () => ({ allowed: false });
  const only = (more: JsonObject) => cluster({ validating: [hook('check', more)] });
  const passes = async (more: JsonObject) => {
    const { client } = await only(more);
    await client.create(PODS, 'default', pod('a'));
  };
  await passes({ objectSelector: { matchLabels: { x: 'y' } } });
  await passes({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } });
  await passes({ matchConditions: [{ name: 'b', expression: "object.metadata.name == 'b'" }] });
  await passes({
    matchConditions: [{ name: 'm', expression: "!authorizer.requestResource.check('delete').allowed()" }],
  });
  await passes({ rules: [{ apiGroups: ['apps'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }] });
  expect(reviews).toEqual([]);
  const { client } = await only({ sideEffects: 'NoneOnDryRun', matchConditions: [{ name: 'a', expression: 'true' }] });
  expect(await failureText(client.create(PODS, 'default', pod('a'), { dryRun: 'All' }))).toContain(
    'denied the request',
  );
  expect(reviews).toMatchObject([{ request: { dryRun: true, options: { dryRun: ['All'] } } }]);
  const broken = await only({ matchConditions: [{ name: 'a', expression: 'object.nothing == 1' }] });
  expect(await failureText(broken.client.create(PODS, 'default', pod('a')))).toBe(
    `403 Forbidden: pods "a" is forbidden: expression 'object.nothing == 1' resulted in error: no such key: nothing`,
  );
});
