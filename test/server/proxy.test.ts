/** `proxy`: the API of a cluster over plain HTTP, to whom it may be told. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../../src/client/client';
import { createHttpsTransport } from '../../src/client/https-transport';
import type { Transport } from '../../src/client/transport';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import { KubeconfigFile, memoryStorage } from '../../src/commands/kubeconfig/kubeconfig-file';
import { type ProxyOptions, type RunningProxy, startProxy } from '../../src/server/proxy/proxy-server';
import { MemoryStore } from '../../src/store/memory';
import { run } from '../commands/harness';

let transport: Transport;
let folder: string;
const running: RunningProxy[] = [];

beforeAll(async () => {
  const store = new MemoryStore();
  await initialiseCluster(store, { nodes: 1 });
  transport = await createCluster(store);
  folder = mkdtempSync(join(tmpdir(), 'kubetick-proxy-'));
  mkdirSync(join(folder, 'www/sub'), { recursive: true });
  writeFileSync(join(folder, 'www/a.txt'), 'hello\n');
  writeFileSync(join(folder, 'www/sub/index.html'), '<p>sub</p>');
  writeFileSync(join(folder, 'secret'), 'no\n');
});
afterAll(async () => {
  for (const proxy of running) await proxy.close();
  await transport.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<ProxyOptions> = {}): Promise<string> {
  const proxy = await startProxy({
    transport,
    apiPrefix: '/',
    staticPrefix: '/static/',
    staticFolder: join(folder, 'www'),
    filter: undefined,
    appendServerPath: false,
    listen: { address: '127.0.0.1', port: 0 },
    ...options,
  });
  running.push(proxy);
  return `http://${proxy.address}`;
}

interface Answer {
  code: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** As it stands: no client that makes paths nicer. */
function ask(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const asked = httpRequest({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

test('requests and answers pass, in the form that is asked for', async () => {
  const url = await start();
  const list = await ask(url, '/api/v1/namespaces?limit=1', { headers: { accept: 'application/json' } });
  expect(list).toMatchObject({ code: 200, headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(list.text)).toMatchObject({ kind: 'NamespaceList', items: [{}] });
  const body = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"a":"b"}}';
  const headers = { 'content-type': 'application/json' };
  const created = await ask(url, '/api/v1/namespaces/default/configmaps', { method: 'POST', headers, body });
  expect(created.code).toBe(201);
  const binary = await ask(url, '/api/v1/namespaces/default/configmaps/x', {
    headers: { accept: 'application/vnd.kubernetes.protobuf,application/json' },
  });
  expect(binary).toMatchObject({
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    text: expect.stringMatching(/^k8s\0/),
  });
  expect(await ask(url, '/api/v1/namespaces/default/configmaps/nosuch')).toMatchObject({
    code: 404,
    text: expect.stringContaining('configmaps \\"nosuch\\" not found'),
  });
  expect((await ask(url, '/api/v1/namespaces/default/configmaps/x', { method: 'HEAD' })).text).toBe('');
  expect((await ask(url, '/api', { method: 'OPTIONS' })).code).toBe(405);
});

test('nobody is somebody else because a header says so', async () => {
  const url = await start();
  const body = '{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}';
  const headers = { 'content-type': 'application/json', 'x-kubetick-user': 'system:node' };
  const { text } = await ask(url, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    headers,
    body,
  });
  expect(JSON.parse(text).status.userInfo.username).toBe('kubernetes-admin');
});

test('our own client speaks through it; watches stream and end when the client goes', async () => {
  const client = new Client(createHttpsTransport({ server: await start() }));
  const maps = { group: '', version: 'v1', resource: 'configmaps' };
  const abort = new AbortController();
  const events = await client.watch(maps, 'default', { fieldSelector: 'metadata.name=seen' }, abort.signal);
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { type } of events) {
      seen.push(type);
      if (type === 'DELETED') return;
    }
  })();
  await client.create(maps, 'default', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'seen' } });
  await client.delete(maps, 'default', 'seen');
  await reading;
  expect(seen).toEqual(['ADDED', 'DELETED']);
  abort.abort();
  await client.transport.close();
});

test('paths: a prefix is taken off, unclean ones are sent on, what is under none is not there', async () => {
  const url = await start({ apiPrefix: '/k8s/' });
  expect((await ask(url, '/k8s/version')).text).toContain('"gitVersion"');
  expect(await ask(url, '/version')).toMatchObject({ code: 404, text: '404 page not found\n' });
  expect(await ask(url, '/k8s?a=b')).toMatchObject({ code: 301, headers: { location: '/k8s/?a=b' } });
  expect(await ask(url, '/k8s//api/../version')).toMatchObject({ code: 301, headers: { location: '/k8s/version' } });
  expect((await ask(await start({ apiPrefix: '/api/' }), '/api/v1/nodes')).code).toBe(200);
});

test('files of a folder, and none outside of it', async () => {
  const url = await start();
  const file = await ask(url, '/static/a.txt');
  expect(file).toMatchObject({ code: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, text: 'hello\n' });
  const since = { 'if-modified-since': file.headers['last-modified'] ?? '' };
  expect((await ask(url, '/static/a.txt', { headers: since })).code).toBe(304);
  expect((await ask(url, '/static/')).text).toContain('<a href="a.txt">a.txt</a>\n<a href="sub/">sub/</a>\n');
  expect(await ask(url, '/static/sub')).toMatchObject({ code: 301, headers: { location: 'sub/' } });
  expect((await ask(url, '/static/sub/')).text).toBe('<p>sub</p>');
  for (const path of ['/static/%2e%2e/secret', '/static/..%2fsecret', '/static/nosuch'])
    expect(await ask(url, path)).toMatchObject({ code: 404 });
  expect((await ask(await start({ staticFolder: '' }), '/static/a.txt')).code).toBe(404);
});

describe('the filter', () => {
  const filterOf = async (line: string) => {
    const { requestFilter } = await import('../../src/commands/proxy/request-filter');
    const { default: command } = await import('../../src/commands/proxy/proxy');
    const { parseFlags } = await import('../../src/commands/parse-flags');
    return requestFilter(parseFlags(line.split(' ').filter(Boolean), command.flags ?? []).flags);
  };
  test.each<[string, string, string, string, boolean]>([
    ['', 'GET', '/api/v1/pods', 'localhost:8001', true],
    ['', 'GET', '/api/v1/pods', '127.0.0.1', true],
    ['', 'GET', '/api/v1/pods', '[::1]', true],
    ['', 'GET', '/api/v1/pods', 'evil.example', false],
    ['', 'POST', '/api/v1/namespaces/a/pods/b/exec', 'localhost', false],
    ['', 'POST', '/api/v1/namespaces/a/pods/b/attach', 'localhost', false],
    ['--reject-methods=POST,PUT', 'PUT', '/api', 'localhost', false],
    ['--accept-paths=^/api/v1/pods$', 'GET', '/api/v1/nodes', 'localhost', false],
    ['--accept-hosts=.*', 'GET', '/api', 'evil.example', true],
    ['--reject-paths=', 'POST', '/api/v1/namespaces/a/pods/b/exec', 'localhost', true],
  ])('%s: %s %s of %s', async (line, method, path, host, passes) => {
    const filter = await filterOf(line);
    expect(filter(method, path, host)).toBe(passes);
    const { hostname, port } = new URL(await start({ filter }));
    const { code, text } = await ask(`http://${hostname}:${port}`, path, { method, headers: { host } });
    if (passes) expect(code).not.toBe(403);
    else expect({ code, text }).toEqual({ code: 403, text: 'Forbidden\n' });
  });
});

test('a socket of the file system, for its owner alone', async () => {
  const path = join(folder, 'k8s.sock');
  for (const _ of [1, 2]) await start({ listen: { socket: path } });
  expect(statSync(path).mode & 0o777).toBe(0o700);
  const text = await new Promise((resolve, reject) => {
    httpGet({ socketPath: path, path: '/version' }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    }).on('error', reject);
  });
  expect(text).toContain('"gitVersion"');
});

test('to another server everything passes as it is, under the path that it is behind', async () => {
  const behind = await start({ apiPrefix: '/prefix/' });
  const elsewhere = createHttpsTransport({ server: `${behind}/prefix` });
  const straight = await start({ transport: elsewhere, appendServerPath: true });
  expect((await ask(straight, '/version')).text).toContain('"gitVersion"');
  const list = await ask(straight, '/api/v1/nodes?limit=1', {
    headers: { accept: 'application/vnd.kubernetes.protobuf' },
  });
  expect(list).toMatchObject({ code: 200, text: expect.stringMatching(/^k8s\0/) });
  const bare = await start({ transport: elsewhere });
  expect((await ask(bare, '/version')).code).toBe(404);
  expect((await ask(bare, '/prefix/version')).code).toBe(200);
});

test('where it can not listen it says why', async () => {
  const { port } = new URL(await start());
  const taken = { listen: { address: '127.0.0.1', port: Number(port) } };
  await expect(start(taken)).rejects.toThrow(`listen tcp 127.0.0.1:${port}: bind: address already in use`);
  await expect(start({ listen: { socket: join(folder, 'no/such') } })).rejects.toThrow('bind: ');
});

test.each([
  ['--accept-paths=(', 'error: Error compiling re: error parsing regexp: missing closing ): `(`\n', 255],
  ['--unix-socket=x --port=9', 'error: cannot set --unix-socket and --port at the same time\n', 1],
])('proxy %s', async (line, err, code) => {
  const connect = {
    open: async () => ({
      transport: { ...transport, close: async () => {} },
      mapper: () => Promise.reject(new Error()),
    }),
    files: async () => ({
      stateFolder: undefined,
      kubeconfig: new KubeconfigFile('/memory/kubeconfig', memoryStorage(), true),
    }),
  };
  expect(await run(`proxy ${line}`, { connect })).toEqual({ out: '', err, code });
});

test('the command serves until it is interrupted', async () => {
  const bin = join(__dirname, '../../bin/kubetick');
  const child = spawn(
    bin,
    ['proxy', '--port=0', '--disable-filter', '--www=nosuch', '--state', join(folder, 'state')],
    {
      env: { PATH: process.env.PATH, HOME: folder },
    },
  );
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const out = await new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  const [, port = ''] = /^Starting to serve on 127\.0\.0\.1:(\d+)\n$/.exec(out) ?? [];
  expect((await ask(`http://127.0.0.1:${port}`, '/readyz')).text).toBe('ok');
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(err).toBe(
    'Warning: Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n' +
      'Warning: Failed to stat static file directory nosuch: stat nosuch: no such file or directory\n',
  );
});
