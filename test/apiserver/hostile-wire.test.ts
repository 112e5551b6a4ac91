/**
 * A server in a process of its own, and whatever can come over its port: each request is answered with a Status or its connection
 * ends, nothing of the inside is told, nothing changes that was not asked for properly, and the server is there as before.
 * KUBETICK_REQUESTS says how many are tried (`npm run test:hostile`: 10,000).
 */
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as http2Connect } from 'node:http2';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeProtobuf } from '../../src/schema/protobuf-object';
import { type ServeProcess, stateFolder } from '../server/serve-process';
import { goodPath, type HostileBytes, http1, http2Frames, noTls, webSocket } from './hostile-connections';
import { change, changed, encodings, objects } from './mutated-bodies';
import { answersIn, exchange, type RawAnswer, type Received } from './raw-exchange';
import { configMap } from './server-for-tests';

const REQUESTS = Number(process.env['KUBETICK_REQUESTS'] ?? 400);
/** So many at a time. */
const EACH = 20;
/** Milliseconds in which an answer must begin. */
const ANSWER_WITHIN = 20_000;
/** Milliseconds for what may be waited for. */
const BRIEF = REQUESTS > 1_000 ? 250 : 100;

let served: ServeProcess;
let port: number;
let authority: string;
let token: string;
let saidFirst: string;
beforeAll(async () => {
  const folder = stateFolder();
  served = await folder.serve();
  port = Number(new URL(served.endpoint).port);
  const pki = (name: string) => readFileSync(join(folder.stateFolder, 'pki', name), 'utf8');
  authority = pki('ca.crt');
  token = pki('admin.token').trim();
  saidFirst = served.said();
  for (const [path, object] of [...objects.slice(1, 3), [objects[0]?.[0] as string, configMap('a')] as const])
    expect((await ask('POST', path, JSON.stringify(object))).code).toBe(201);
});

/** A request as it should be, on a connection of its own. */
async function ask(method: string, path: string, body = ''): Promise<RawAnswer> {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: a', `Authorization: Bearer ${token}`];
  if (body !== '') head.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  const { bytes } = await exchange({
    port,
    tls: { ca: authority },
    pieces: [Buffer.from(`${head.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`)],
    enough: () => false,
    patience: ANSWER_WITHIN,
  });
  return answersIn(bytes)[0] as RawAnswer;
}

async function revision(): Promise<string> {
  const { body } = await ask('GET', '/api/v1/nodes?limit=1');
  return JSON.parse(String(body)).metadata.resourceVersion;
}

const LEAKED = /\.[cm]?[jt]s:\d|node:internal|\bat \S+ \(|is not a function|Cannot read prop|\[object |\/dist\//;
/** What upstream itself calls a fault of the server, or what this server says that it has not got. */
const FAULTS =
  /failed to create typed patch object|Too large resource version|not available in this cluster|allotted timeout/;

/** What every answer has to be. */
function checkAnswer({ code, headers, body }: RawAnswer): void {
  const text = String(body);
  const type = headers['content-type'] ?? '';
  if (code < 400 || body.length === 0) return;
  expect(text).not.toMatch(LEAKED);
  if (code >= 500 && !FAULTS.test(text)) throw new Error(`${code} ${text}`);
  if (type.startsWith('text/plain')) {
    expect(text).toMatch(/^(404 page not found\n|internal error: |.*check failed\n|\{.*allotted timeout.*\}\n)/s);
    return;
  }
  if (type === 'application/yaml') {
    expect(text).toMatch(/^kind: Status$/m);
    return;
  }
  const status = type === 'application/vnd.kubernetes.protobuf' ? decodeProtobuf(body) : JSON.parse(text);
  expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code });
}

/** Runs a property so that all tests of this file together try REQUESTS; the same each time unless asked for more. */
async function tryAll<T>(share: number, one: fc.Arbitrary<T>, send: (all: T[]) => Promise<boolean>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: EACH, maxLength: EACH }), async (all) => {
      const before = await revision();
      heard.length = 0;
      const mayChange = await send(all);
      const now = await revision();
      if (!mayChange && now !== before) throw new Error(`${before} became ${now} by one of\n${heard.join('\n')}`);
      expect(served.said()).toBe(saidFirst);
    }),
    {
      numRuns: Math.max(1, Math.ceil((REQUESTS * share) / EACH)),
      ...(process.env['KUBETICK_REQUESTS'] ? {} : { seed: 7 }),
      interruptAfterTimeLimit: 500_000,
      markInterruptAsFailure: true,
      endOnFailure: true,
    },
  );
}

/** What was asked and answered in the round that goes on. */
const heard: string[] = [];
const counts = { answered: 0, refused: 0, taken: 0, ended: 0 };

/** True once an answer is there that says it is the last one, or that goes on. */
function isLast(received: Buffer, expected: number): boolean {
  try {
    const answers = answersIn(received);
    const last = answers.at(-1);
    if (!last) return false;
    const goesOn = !last.whole && last.headers['content-length'] === undefined;
    return last.headers['connection'] === 'close' ? last.whole : goesOn || (last.whole && answers.length >= expected);
  } catch {
    return false;
  }
}

/** Sends all at once over connections of their own. True when something was taken that may have changed what there is. */
async function sendAll(all: readonly HostileBytes[], protocols: string[]): Promise<boolean> {
  let taken = false;
  await Promise.all(
    all.map(async ({ pieces, whole }) => {
      const received: Received = await exchange({
        port,
        tls: { ca: authority, ALPNProtocols: protocols },
        pieces,
        enough: (bytes) => isLast(bytes, 1),
        patience: whole ? ANSWER_WITHIN : BRIEF,
        halfClose: false,
      });
      const request = Buffer.concat(pieces).toString('latin1').slice(0, 300);
      heard.push(`${JSON.stringify(request)} → ${received.bytes.toString('latin1').slice(0, 40)} (${received.end})`);
      if (received.bytes.length === 0) {
        counts.ended++;
        // What is whole is answered.
        if (whole && received.end === 'silence') throw new Error(`no answer to ${JSON.stringify(request)}`);
        return;
      }
      for (const answer of answersIn(received.bytes)) {
        counts.answered++;
        try {
          checkAnswer(answer);
        } catch (error) {
          throw new Error(`${JSON.stringify(request)}: ${(error as Error).message}`);
        }
        if (answer.code >= 400) counts.refused++;
        else if (/^(POST|PUT|PATCH|DELETE) /.test(request)) taken = true;
      }
      if (taken) counts.taken++;
    }),
  );
  return taken;
}

test('HTTP/1.1', async () => {
  await tryAll(0.6, http1(token), (all) => sendAll(all, ['http/1.1']));
  expect(counts.refused).toBeGreaterThan(counts.answered / 2);
}, 600_000);

test('WebSockets', async () => {
  await tryAll(0.1, webSocket(token), (all) =>
    Promise.all(
      all.map(async ({ pieces, whole }) => {
        const { bytes } = await exchange({
          port,
          tls: { ca: authority, ALPNProtocols: ['http/1.1'] },
          pieces,
          enough: (received) => isLast(received, 1),
          patience: whole ? ANSWER_WITHIN : BRIEF,
        });
        // After 101 come frames.
        if (bytes.length > 0 && !bytes.toString('latin1').startsWith('HTTP/1.1 101 '))
          for (const answer of answersIn(bytes)) checkAnswer(answer);
      }),
    ).then(() => false),
  );
}, 600_000);

test('frames of HTTP/2', async () => {
  await tryAll(0.1, http2Frames, async (all) => {
    await Promise.all(
      all.map(({ pieces }) =>
        exchange({
          port,
          tls: { ca: authority, ALPNProtocols: ['h2'] },
          pieces,
          enough: () => false,
          patience: BRIEF,
        }),
      ),
    );
    return false;
  });
}, 600_000);

const http2Request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'CONNECT', 'PURGE', '__proto__'),
  path: fc.oneof(fc.constant(undefined), goodPath, fc.constantFrom('/', '*', '', 'x', '/%zz', `/${'a'.repeat(9_000)}`)),
  object: fc.constantFrom(...objects),
  type: fc.constantFrom(...Object.keys(encodings)),
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  headers: fc.dictionary(
    fc.constantFrom('accept', 'content-length', 'impersonate-user', 'cookie', 'x-a', '__proto__', 'expect'),
    fc.constantFrom('', '-1', '5', 'é', '*/*', 'a=b', '100-continue'),
    { maxKeys: 2, noNullPrototype: true },
  ),
  /** The client gives up: before it has sent all, or before it has read all. */
  reset: fc.constantFrom(undefined, undefined, undefined, 0, 1, 8, 11),
});

test('HTTP/2', async () => {
  let [refused, taken] = [0, 0];
  await tryAll(0.15, http2Request, async (all) => {
    const session: ClientHttp2Session = http2Connect(served.endpoint, { ca: authority });
    session.on('error', () => {});
    const codes = await Promise.all(
      all.map(
        ({ method, path, object, type, changes, headers, reset }) =>
          new Promise<number>((resolve, reject) => {
            const encode = encodings[type] as (typeof encodings)[string];
            const bytes = changed(encode(object[1]), changes);
            const head = {
              ':method': method,
              ...(method === 'CONNECT' ? { ':authority': 'a' } : { ':path': path ?? object[0] }),
              authorization: `Bearer ${token}`,
              'content-type': type,
              ...headers,
            };
            // A GET may have a body too.
            const stream = session.request(head, { endStream: false });
            let code = 0;
            let contentType = '';
            const chunks: Buffer[] = [];
            stream.on('error', () => {});
            stream.on('response', (answer) => {
              code = Number(answer[':status']);
              contentType = String(answer['content-type'] ?? '');
            });
            stream.on('data', (chunk: Buffer) => chunks.push(chunk));
            const timer = setTimeout(() => reject(new Error(`no answer to ${method} ${path}`)), ANSWER_WITHIN);
            const ended = () => {
              clearTimeout(timer);
              try {
                const body = Buffer.concat(chunks);
                if (reset === undefined)
                  checkAnswer({ code, headers: { 'content-type': contentType }, body, whole: true });
                // Who closes a stream without an error has sent all it meant to.
                resolve(method === 'GET' || method === 'HEAD' ? 0 : reset === 0 ? 200 : code);
              } catch (error) {
                reject(error);
              }
            };
            stream.on('close', ended);
            // A client of Node.js whose body nobody reads never comes to close the stream.
            stream.on('end', ended);
            if (reset === undefined) stream.end(bytes);
            else {
              stream.write(bytes.subarray(0, bytes.length >> 1));
              setImmediate(() => stream.close(reset));
              setTimeout(ended, BRIEF);
            }
          }),
      ),
    );
    session.destroy();
    for (const code of codes) if (code >= 400) refused++;
    const changedNothing = codes.every((code) => code === 0 || code >= 400);
    if (!changedNothing) taken++;
    return !changedNothing;
  });
  expect(refused).toBeGreaterThan(taken);
}, 600_000);

test('what is no TLS', async () => {
  await tryAll(0.05, noTls, async (all) => {
    await Promise.all(
      all.map(async (bytes) => {
        const { bytes: answer } = await exchange({ port, pieces: [bytes], enough: () => false, patience: BRIEF });
        expect(answer.toString('latin1')).not.toMatch(LEAKED);
      }),
    );
    return false;
  });
}, 600_000);

test('after all that it is there, small, and what it holds is as it was', async () => {
  expect((await ask('GET', '/readyz')).code).toBe(200);
  const { body } = await ask('GET', '/metrics');
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(String(body))?.[1]);
  expect(value('process_resident_memory_bytes')).toBeLessThan(600e6);
  expect(String(body)).not.toMatch(/^apiserver_longrunning_requests\{.*\} [1-9]/m);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  served.kill('SIGTERM');
  expect(await served.ended).toBe(0);
  expect(served.said()).toBe(saidFirst);
});
