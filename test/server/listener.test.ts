/** Requests as they come over the wire, and what they are answered. */
import { connect as http2Connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { type ServedTestFolder, servedFolder } from './served-folder';

let served: ServedTestFolder;
beforeAll(async () => {
  served = await servedFolder();
});

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});
const statusOf = ({ json }: { json: { kind: string; code: number; reason: string; message: string } }) => ({
  kind: json.kind,
  code: json.code,
  reason: json.reason,
  message: json.message,
});

describe('who comes', () => {
  test('the token, and the certificate, are the admin', async () => {
    expect((await served.ask('/api/v1/nodes')).json.items).toHaveLength(3);
    expect((await served.ask('/api/v1/nodes', { credentials: 'certificate' })).json.items).toHaveLength(3);
  });

  test('nobody in particular sees health and version, and nothing else', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version', '/version/'])
      expect({ path, code: (await served.ask(path, { credentials: 'none' })).code }).toEqual({ path, code: 200 });
    for (const path of ['/', '/api', '/api/v1/nodes', '/metrics', '/readyz/ping', '/kubetick/copy']) {
      const { code, reason, message } = statusOf(await served.ask(path, { credentials: 'none' }));
      expect({ path, code, reason }).toEqual({ path, code: 403, reason: 'Forbidden' });
      expect(message).toMatch(/User "system:anonymous" cannot (get path|list resource)/);
    }
  });

  test.each([
    ['a token that is not it', 'Bearer sesame'],
    ['a name that only callers inside may use', undefined],
  ])('%s is refused, even where nobody in particular would not be', async (_, authorization) => {
    const headers: Record<string, string> = authorization
      ? { authorization }
      : { 'x-kubetick-user': 'kubernetes-admin' };
    const answer = await served.ask(authorization ? '/version' : '/api/v1/nodes', { credentials: 'none', headers });
    expect(answer.code).toBe(authorization ? 401 : 403);
  });

  test('several groups of one who is impersonated, over either version', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const request = httpsRequest({
      ...{ host: '127.0.0.1', port: served.port, path, method: 'POST', agent: served.agent },
      headers: {
        authorization: `Bearer ${served.credentials.adminToken}`,
        'content-type': 'application/json',
        'impersonate-user': 'ann',
        'impersonate-group': ['a,b', 'c'],
      },
    });
    request.end(JSON.stringify(review));
    const text = await new Promise<string>((resolve) =>
      request.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString())),
    );
    expect(JSON.parse(text).status.userInfo).toMatchObject({
      username: 'ann',
      groups: ['a,b', 'c', 'system:authenticated'],
    });
    const session = http2Connect(served.endpoint, { ca: served.credentials.authority });
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      authorization: `Bearer ${served.credentials.adminToken}`,
      'impersonate-user': 'ann',
      'impersonate-group': ['a,b', 'c'],
    });
    stream.end(JSON.stringify(review));
    expect(JSON.parse(Buffer.concat(await stream.toArray()).toString()).status.userInfo.groups).toEqual([
      ...['a,b', 'c', 'system:authenticated'],
    ]);
    session.close();
  });

  test('a scheme that is unknown is no credential', async () => {
    const headers = { authorization: 'Basic YWRtaW46YWRtaW4=' };
    expect((await served.ask('/version', { credentials: 'none', headers })).code).toBe(200);
    expect((await served.ask('/api', { credentials: 'none', headers })).code).toBe(403);
  });
});

test('what all answers have in common', async () => {
  const { headers } = await served.ask('/version');
  expect(headers).toMatchObject({ 'cache-control': 'no-cache, private', 'content-type': 'application/json' });
  expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  const named = await served.ask('/version', { headers: { 'audit-id': 'mine' } });
  expect(named.headers['audit-id']).toBe('mine');
});

test('warnings go as headers', async () => {
  const body = configMap('warned', { 'na"me': 1, größe: 2 });
  const answer = await served.ask(`${CONFIG_MAPS}?fieldValidation=Warn`, { body });
  expect(answer.code).toBe(201);
  const warning = Buffer.from(answer.headers['warning'] as string, 'latin1').toString();
  expect(warning).toBe('299 - "unknown field \\"größe\\"", 299 - "unknown field \\"na\\\\\\"me\\""');
});

test('JSON in one line, or pretty for people', async () => {
  const path = '/api/v1/nodes/node-1';
  const one = await served.ask(path);
  expect(one.text.trimEnd()).not.toContain('\n');
  for (const pretty of [
    await served.ask(`${path}?pretty=true`),
    await served.ask(path, { headers: { 'user-agent': 'curl/8.5.0' } }),
  ])
    expect(pretty.text).toMatch(/^\{\n {2}"kind": "Node",\n/);
  expect((await served.ask(`${path}?pretty=0`, { headers: { 'user-agent': 'curl/8.5.0' } })).text).toBe(one.text);
});

test('large answers are compressed where that is accepted', async () => {
  const data = { text: 'lorem ipsum '.repeat(12_000) };
  await served.ask(CONFIG_MAPS, { body: configMap('large', { data }) });
  const zipped = await served.ask(`${CONFIG_MAPS}/large`, { headers: { 'accept-encoding': 'gzip' } });
  expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  const plain = await served.ask(`${CONFIG_MAPS}/large`, { headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(plain.json.data).toEqual(data);
  const small = await served.ask('/api/v1/nodes', { headers: { 'accept-encoding': 'gzip' } });
  expect(small.headers['content-encoding']).toBeUndefined();
  const { promise } = rawBytes(`${CONFIG_MAPS}/large`);
  expect(JSON.parse(gunzipSync(await promise).toString()).data).toEqual(data);
});

function rawBytes(path: string): { promise: Promise<Buffer> } {
  const session = http2Connect(served.endpoint, { ca: served.credentials.authority });
  const promise = new Promise<Buffer>((resolve) => {
    const stream = session.request({
      ':path': path,
      authorization: `Bearer ${served.credentials.adminToken}`,
      'accept-encoding': 'gzip, deflate, br',
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      session.close();
      resolve(Buffer.concat(chunks));
    });
    stream.end();
  });
  return { promise };
}

describe('bodies', () => {
  test('JSON and YAML', async () => {
    expect((await served.ask(CONFIG_MAPS, { body: configMap('json') })).code).toBe(201);
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: b}\n';
    const answer = await served.ask(CONFIG_MAPS, { body: yaml, headers: { 'content-type': 'application/yaml' } });
    expect(answer.json.data).toEqual({ a: 'b' });
  });

  test('what is no UTF-8 becomes U+FFFD', async () => {
    const body = Buffer.concat([
      Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bytes"},"data":{"a":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]);
    expect((await served.ask(CONFIG_MAPS, { body })).json.data).toEqual({ a: '\ufffd\ufffd' });
  });

  test('what is no JSON is told in Go words', async () => {
    expect(statusOf(await served.ask(CONFIG_MAPS, { body: '{nope' }))).toEqual({
      kind: 'Status',
      code: 400,
      reason: 'BadRequest',
      message: expect.stringContaining("invalid character 'n' looking for beginning of object key string"),
    });
  });

  test('3 MiB and no more, announced or not', async () => {
    const tooLarge = {
      kind: 'Status',
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    };
    const body = `"${'a'.repeat(3 * 1024 * 1024)}"`;
    expect(statusOf(await served.ask(CONFIG_MAPS, { body }))).toEqual(tooLarge);
    const chunk = 'a'.repeat(1024 * 1024);
    const chunked = [...Array(4)].map(() => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const said = await served.raw(`${head('POST', CONFIG_MAPS, 'Transfer-Encoding: chunked')}${chunked}0\r\n\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    expect(said).toContain(tooLarge.message);
  });
});

/** As a real server writes it, to the byte. */
function routeError(code: 404 | 405): string {
  const [message, reason] =
    code === 404
      ? ['the server could not find the requested resource', 'NotFound']
      : ['the server does not allow this method on the requested resource', 'MethodNotAllowed'];
  return `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"${message}","reason":"${reason}","details":{},"code":${code}}\n`;
}

/** The beginning of a request of the admin. */
function head(method: string, path: string, ...headers: string[]): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: kubetick',
    `Authorization: Bearer ${served.credentials.adminToken}`,
  ];
  return `${[...lines, ...headers].join('\r\n')}\r\n\r\n`;
}

describe('what is not as it should be', () => {
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['no such version', 'GET / HTTP/7.3\r\n\r\n', 400],
    ['NUL in a header', 'GET /version HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
    ['both lengths', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0', 400],
  ])('%s', async (_, bytes, code) => {
    const said = await served.raw(bytes);
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    const body = JSON.parse(said.slice(said.indexOf('\r\n\r\n')));
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', code });
  });

  test('chunks that are none', async () => {
    const said = await served.raw(`${head('POST', CONFIG_MAPS, 'Transfer-Encoding: chunked')}zz\r\nboo\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said).toContain('"kind":"Status"');
  });

  test('headers without end', async () => {
    const said = await served.raw(`GET /version HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(1_100_000)}\r\n\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 431 /);
    // Large ones are not yet too large.
    expect((await served.ask('/version', { headers: { x: 'a'.repeat(500_000) } })).code).toBe(200);
  });

  test.each([
    ['/api/v1/namespaces/default/pods/%zz', 'GET', 400],
    ['/api/v1/namespaces/default/pods/a%00b', 'GET', 404],
    ['/api/v1/nodes', 'PURGE', 405],
    ['/api/v1/nodes', 'HEAD', 405],
    ['/api/v1/nodes', 'OPTIONS', 405],
    ['/api/v1/nodes?timeout=soon', 'GET', 400],
    ['/api/v1/nodes?limit=many', 'GET', 400],
  ])('%s by %s is %d', async (path, method, code) => {
    const answer = await served.ask(path, { method });
    expect(answer.code).toBe(code);
    if (method !== 'HEAD') expect(answer.json).toMatchObject({ kind: 'Status', status: 'Failure', code });
    expect(answer.text).not.toMatch(/\.ts:|\.cjs:|at .*\(/);
  });

  test.each([
    ['/nosuch', 'GET', 404, '404 page not found\n'],
    ['/apis/nosuch.example.com', 'GET', 404, '404 page not found\n'],
    ['/apis/nosuch.example.com/v1/things', 'GET', 404, '404 page not found\n'],
    ['/livez/nosuch', 'GET', 404, '404 page not found\n'],
    ['/api/v1/nosuch', 'GET', 404, routeError(404)],
    ['/api/v9', 'GET', 404, routeError(404)],
    ['/apis/apps/v1/nosuch', 'GET', 404, routeError(404)],
    ['/apis/apps/v9', 'GET', 404, routeError(404)],
    ['/api/v1/namespaces/default/pods/a/nosuch', 'GET', 404, routeError(404)],
    ['/api/v1/namespaces/default/pods/../../../..', 'GET', 404, routeError(404)],
    ['/version', 'POST', 405, routeError(405)],
    ['/api/v1/nodes', 'PUT', 405, routeError(405)],
    ['/healthz', 'POST', 200, 'ok'],
  ])('%s by %s is nobody’s', async (path, method, code, text) => {
    const answer = await served.ask(path, { method });
    expect({ code: answer.code, text: answer.text }).toEqual({ code, text });
    expect(answer.headers['x-content-type-options']).toBe(text.startsWith('{') ? undefined : 'nosniff');
  });

  test('a client that breaks off changes nothing', async () => {
    const object = JSON.stringify(configMap('half'));
    const begun = head('POST', CONFIG_MAPS, 'Content-Type: application/json', `Content-Length: ${object.length}`);
    const { tls } = { tls: await import('node:tls') };
    const socket = tls.connect({ port: served.port, host: '127.0.0.1', ca: served.credentials.authority });
    await new Promise((resolve) => socket.write(begun + object.slice(0, 20), resolve));
    socket.destroy();
    expect((await served.ask(`${CONFIG_MAPS}/half`)).code).toBe(404);
  });
});

test('a HEAD of what is no resource has no body', async () => {
  const answer = await served.ask('/healthz', { method: 'HEAD' });
  expect({ code: answer.code, text: answer.text }).toEqual({ code: 200, text: '' });
});

test('HTTP/2 gives the same answers', async () => {
  const session = http2Connect(served.endpoint, { ca: served.credentials.authority });
  const ask = (headers: Record<string, string>, body?: string) =>
    new Promise<{ code: number; text: string }>((resolve) => {
      const stream = session.request({ authorization: `Bearer ${served.credentials.adminToken}`, ...headers });
      let code = 0;
      let text = '';
      stream.on('response', (answer) => {
        code = Number(answer[':status']);
      });
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => resolve({ code, text }));
      stream.end(body);
    });
  try {
    const [nodes, created, refused] = await Promise.all([
      ask({ ':path': '/api/v1/nodes' }),
      ask(
        { ':method': 'POST', ':path': CONFIG_MAPS, 'content-type': 'application/json' },
        JSON.stringify(configMap('over-http2')),
      ),
      ask({ ':path': '/api/v1/nodes', authorization: 'Bearer no' }),
    ]);
    expect(JSON.parse(nodes.text).items).toHaveLength(3);
    expect(created.code).toBe(201);
    expect(refused.code).toBe(401);
  } finally {
    session.close();
  }
});

describe('health', () => {
  test('told in full, and check by check', async () => {
    expect((await served.ask('/readyz')).text).toBe('ok');
    expect((await served.ask('/readyz?verbose')).text).toBe(
      '[+]ping ok\n[+]etcd ok\n[+]shutdown ok\nreadyz check passed\n',
    );
    expect((await served.ask('/livez?verbose&exclude=etcd&exclude=nosuch')).text).toBe(
      '[+]ping ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "nosuch"\nlivez check passed\n',
    );
    expect((await served.ask('/livez/etcd')).text).toBe('ok');
    expect((await served.ask('/livez/shutdown')).code).toBe(404);
  });
});

test('/metrics counts what was asked', async () => {
  await served.ask('/api/v1/namespaces/kube-system/pods');
  await served.ask('/api/v1/nodes/nosuch');
  await served.ask('/api/v1/made-up-by-somebody');
  await served.ask('/kubetick/tick', { body: { advance: 1000 } });
  const { text, headers } = await served.ask('/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const line of [
    '# TYPE apiserver_request_total counter',
    'apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="pods",scope="namespace",subresource="",verb="LIST",version="v1"} 1',
    'apiserver_request_total{code="404",component="apiserver",dry_run="",group="",resource="nodes",scope="resource",subresource="",verb="GET",version="v1"} 1',
    'apiserver_request_duration_seconds_count{component="apiserver",dry_run="",group="",resource="pods",scope="namespace",subresource="",verb="LIST",version="v1"} 1',
    'kubetick_tick_duration_seconds_count 1',
    'apiserver_resource_objects{group="",resource="nodes"} 3',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).not.toContain('made-up-by-somebody');
  // Each line is one that a scraper understands.
  const sample = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.e+-]+)$/;
  expect(
    text
      .trimEnd()
      .split('\n')
      .filter((line) => !sample.test(line)),
  ).toEqual([]);
});

test('a custom kind: its versions say by one hash what it is stored as, and what it has not is told by name', async () => {
  const schema = { openAPIV3Schema: { type: 'object' } };
  const body = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'crontabs.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural: 'crontabs', kind: 'CronTab' },
      versions: [
        { name: 'v1', served: true, storage: true, schema },
        { name: 'v1beta1', served: true, storage: false, schema },
      ],
    },
  };
  await served.ask('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body });
  await served.run('tick --settle --quiet');
  for (const version of ['v1', 'v1beta1']) {
    const { json } = await served.ask(`/apis/stable.example.com/${version}`);
    // The first eight bytes of the SHA-256 of stable.example.com/v1/CronTab.
    expect(json).toMatchObject({ resources: [{ name: 'crontabs', storageVersionHash: 'EdX2FP+L0js=' }] });
  }
  const crontabs = '/apis/stable.example.com/v1/namespaces/default/crontabs';
  const { json } = await served.ask(`${crontabs}/a/status`);
  expect(json).toMatchObject({ code: 404, message: 'crontabs.stable.example.com "a" not found' });
  expect((await served.ask('/apis/stable.example.com/v1/nosuch')).text).toBe('404 page not found\n');
  expect((await served.ask('/apis/stable.example.com/v2/crontabs')).text).toBe('404 page not found\n');
});
