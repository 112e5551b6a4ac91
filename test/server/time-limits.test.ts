/** Who takes too long, and what comes one behind the other. */
import { connect as http2Connect } from 'node:http2';
import { connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { answersIn } from '../apiserver/raw-exchange';
import { type ServedTestFolder, servedFolder } from './served-folder';

const LIMITS = { idle: 500, headers: 400, lookEvery: 50 };
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

let served: ServedTestFolder;
beforeAll(async () => {
  served = await servedFolder({ limits: LIMITS });
});

/** A request of the admin up to its body. */
function head(method: string, path: string, ...headers: string[]): string {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: a', `Authorization: Bearer ${served.credentials.adminToken}`];
  return `${[...lines, ...headers].join('\r\n')}\r\n\r\n`;
}
const object = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const post = (name: string, query = '') => {
  const body = object(name);
  return head('POST', CONFIG_MAPS + query, 'Content-Type: application/json', `Content-Length: ${body.length}`) + body;
};

describe('a connection is ended', () => {
  test.each([
    ['nothing comes', ''],
    ['headers do not end', 'GET /version HTTP/1.1\r\nHost: a\r\nX-'],
  ])('on which %s', async (_, begun) => {
    const said = await served.raw(begun);
    expect(said).toMatch(/^HTTP\/1\.1 408 .*"reason":"Timeout"/s);
  });

  test('that is no TLS and does not become it', async () => {
    const socket = tcpConnect(served.port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve));
  });

  test('that is idle after its answer', async () => {
    const said = await served.raw(head('GET', '/version'));
    expect(answersIn(Buffer.from(said)).map(({ code }) => code)).toEqual([200]);
  });

  test('of HTTP/2 that is idle, and not one with an open watch', async () => {
    const session = http2Connect(served.endpoint, { ca: served.credentials.authority });
    const closed = new Promise((resolve) => session.on('close', resolve));
    const watch = session.request({
      ':path': `${CONFIG_MAPS}?watch=true`,
      authorization: `Bearer ${served.credentials.adminToken}`,
    });
    watch.resume();
    await new Promise((resolve) => watch.on('response', resolve));
    await new Promise((resolve) => setTimeout(resolve, 3 * LIMITS.idle));
    expect(session.closed).toBe(false);
    watch.close();
    await closed;
  });

  test('of HTTP/2 whose client has enough in the middle of a large answer, and reads no more', async () => {
    const session = http2Connect(served.endpoint, { ca: served.credentials.authority });
    const closed = new Promise((resolve) => session.on('close', resolve));
    const large = session.request({
      ':path': '/openapi/v2',
      authorization: `Bearer ${served.credentials.adminToken}`,
    });
    await new Promise((resolve) => large.once('data', resolve));
    // NO_ERROR: all others end a stream at once.
    large.close(0);
    await closed;
  });
});

describe('a request that takes too long', () => {
  const TIMED_OUT =
    '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n';

  test('is answered, and is not done later', async () => {
    const body = object('late');
    const socket = tlsConnect({ port: served.port, host: '127.0.0.1', ca: served.credentials.authority });
    const begun = head('POST', `${CONFIG_MAPS}?timeout=200ms`, `Content-Length: ${body.length}`);
    socket.write(begun + body.slice(0, 10));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      socket.write(body.slice(10));
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve));
    const [answer] = answersIn(Buffer.concat(chunks));
    expect(answer).toMatchObject({ code: 504, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(String(answer?.body)).toBe(TIMED_OUT);
    expect((await served.ask(`${CONFIG_MAPS}/late`)).code).toBe(404);
  });

  test('says itself how long that is, up to a minute; a watch goes by timeoutSeconds', async () => {
    expect((await served.ask('/version?timeout=1x')).json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'invalid timeout specified in the request URL - time: unknown unit "x" in duration "1x"',
      reason: 'BadRequest',
      code: 400,
    });
    for (const timeout of ['0', '-1s', '10h', '']) {
      const answer = await served.ask(`${CONFIG_MAPS}?timeout=${timeout}`);
      expect({ timeout, code: answer.code }).toEqual({ timeout, code: 200 });
    }
    const watch = await served.ask(`${CONFIG_MAPS}?watch=true&timeout=nonsense&timeoutSeconds=1&resourceVersion=1`);
    expect(watch.code).toBe(200);
  });
});

test('before a watch ends, a bookmark says how far it has come', async () => {
  const query = 'watch=true&allowWatchBookmarks=true&timeoutSeconds=3';
  const { resourceVersion } = (await served.ask(`${CONFIG_MAPS}?limit=1`)).json.metadata;
  const watched = served.ask(`${CONFIG_MAPS}?${query}&resourceVersion=${resourceVersion}`);
  await served.ask('/api/v1/namespaces/default/secrets', { body: JSON.parse(object('elsewhere')) });
  const since = (await served.ask(`${CONFIG_MAPS}?limit=1`)).json.metadata.resourceVersion;
  expect(JSON.parse((await watched).text)).toEqual({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: since } },
  });
});

describe('requests that come one behind the other', () => {
  const answers = async (bytes: string) => answersIn(Buffer.from(await served.raw(bytes)));

  test('are done in their order', async () => {
    const name = `${CONFIG_MAPS}/one`;
    const all = await answers(post('one') + head('GET', name) + head('DELETE', name) + head('GET', name));
    expect(all.map(({ code }) => code)).toEqual([201, 200, 200, 404]);
  });

  test('are answered although nonsense follows, which is refused last', async () => {
    const all = await answers(`${post('two')}${head('GET', `${CONFIG_MAPS}/two`)}nonsense\r\n\r\n`);
    expect(all.map(({ code }) => code)).toEqual([201, 200, 400]);
  });

  test('are answered up to the one that breaks off', async () => {
    const broken = head('POST', CONFIG_MAPS, 'Transfer-Encoding: chunked');
    const all = await answers(`${post('three')}${broken}zz\r\n`);
    expect(all.map(({ code }) => code)).toEqual([201, 400]);
    expect(JSON.parse(String(all[1]?.body))).toMatchObject({
      kind: 'Status',
      message: 'the body of the request is not valid HTTP',
    });
  });

  test('are not taken without end', async () => {
    const watch = head('GET', `${CONFIG_MAPS}?watch=true&resourceVersion=1`);
    await served.raw(watch + head('GET', '/version').repeat(1_100));
    const { text } = await served.ask('/metrics');
    expect(text).not.toMatch(/^apiserver_longrunning_requests\{.*\} [1-9]/m);
  });
});
