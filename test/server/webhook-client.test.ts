/** Webhooks are asked over HTTP, on this machine alone; a cluster of such an authorizer, served. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/apimachinery/json';
import type { WebhookSettings } from '../../src/apiserver/authorizers/modes';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { webhookClient } from '../../src/server/webhook-client';
import { MemoryStore } from '../../src/store/memory';

let folder: string;
let hook: Server;
let port: number;
let reviews: JsonObject[];
let answer: (review: JsonObject) => { code?: number; body: string } | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubetick-webhook-'));
  hook = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const review = JSON.parse(text) as JsonObject;
      reviews.push({ path: request.url ?? '', token: request.headers.authorization ?? '', ...review });
      const said = answer(review);
      if (!said) return;
      response.writeHead(said.code ?? 200, { 'content-type': 'application/json' });
      response.end(said.body);
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  port = (hook.address() as AddressInfo).port;
});
afterAll(async () => {
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  reviews = [];
});

function kubeconfig(server: string): string {
  const file = join(folder, `${server.replace(/\W/g, '-')}.yaml`);
  writeFileSync(
    file,
    `apiVersion: v1
kind: Config
clusters: [{name: hook, cluster: {server: '${server}'}}]
users: [{name: me, user: {token: secret}}]
contexts: [{name: c, context: {cluster: hook, user: me}}]
current-context: c
`,
  );
  return file;
}

const settings = (kubeConfigFile: string, more: Partial<WebhookSettings> = {}): WebhookSettings => ({
  kubeConfigFile,
  timeout: 2000,
  authorizedTTL: 0,
  unauthorizedTTL: 0,
  version: 'v1',
  failurePolicy: 'NoOpinion',
  matchConditions: [],
  ...more,
});

/** Lets ann read pods. */
const letAnn = (review: JsonObject) => {
  const { user } = review['spec'] as JsonObject;
  return { body: JSON.stringify({ ...review, status: { allowed: user === 'ann', reason: `${user}?` } }) };
};

async function client(webhook: WebhookSettings, listening = true): Promise<Client> {
  const store = new MemoryStore();
  const authorizers = [
    { type: 'Webhook', name: 'hook', webhook },
    { type: 'RBAC', name: 'rbac' },
  ] as const;
  await initialiseCluster(store, { nodes: 0, authorization: { authorizers } });
  return new Client(await createCluster(store, listening ? { askWebhook: webhookClient() } : {}));
}

const pods = (as: string) => ({
  method: 'GET' as const,
  path: '/api/v1/namespaces/default/pods',
  headers: { 'impersonate-user': as },
});

test('who is asked is at the path of the kubeconfig, with its token', async () => {
  answer = letAnn;
  const admin = await client(settings(kubeconfig(`http://127.0.0.1:${port}/authorize`)));
  await expect(admin.request(pods('ann'))).resolves.toMatchObject({ kind: 'PodList' });
  expect(reviews).toMatchObject([
    {
      path: '/authorize',
      token: 'Bearer secret',
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'ann', groups: ['system:authenticated'], resourceAttributes: { verb: 'list', resource: 'pods' } },
    },
  ]);
  await expect(admin.request(pods('bob'))).rejects.toThrow('in the namespace "default": bob?');
});

test.each<[string, string | undefined, 'NoOpinion' | 'Deny', RegExp]>([
  ['nobody listens', undefined, 'NoOpinion', /Internal Server Error: .*was refused/],
  [
    'another machine',
    'https://10.1.2.3/x',
    'NoOpinion',
    /https:\/\/10.1.2.3\/x is not on this machine: it is not asked/,
  ],
  ['an error', 'error', 'Deny', /answered with 500/],
  ['no JSON', 'text', 'NoOpinion', /is no SubjectAccessReview/],
])('%s: that is no yes', async (_, where, failurePolicy, told) => {
  answer = () => (where === 'error' ? { code: 500, body: '{}' } : { body: 'yes' });
  const server = where?.startsWith('https') ? where : `http://127.0.0.1:${where === undefined ? 1 : port}/${where}`;
  const admin = await client(settings(kubeconfig(server), { failurePolicy }));
  await expect(admin.request(pods('ann'))).rejects.toThrow(told);
});

test('one that does not answer is not waited for', async () => {
  answer = () => undefined;
  const admin = await client(settings(kubeconfig(`http://127.0.0.1:${port}/slow`), { timeout: 50 }));
  await expect(admin.request(pods('ann'))).rejects.toThrow('context deadline exceeded');
});

test('a process that does not listen refuses', async () => {
  const admin = await client(settings('/nosuch'), false);
  await expect(admin.request(pods('ann'))).rejects.toThrow(
    'the webhook authorizer "hook" is asked by "kubetick serve" only',
  );
  await expect(admin.request({ ...pods('ann'), headers: {} })).resolves.toMatchObject({ kind: 'PodList' });
});
