/** Watches over the wire: lines, WebSockets, many of them, and those who don't read. */
import { connect as http2Connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { WebSocket } from 'ws';
import { streamAnswer } from '../../src/server/stream-answer';
import type { Outgoing } from '../../src/server/wire';
import { type ServedTestFolder, servedFolder } from './served-folder';

let served: ServedTestFolder;
beforeAll(async () => {
  served = await servedFolder();
});

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const create = async (name: string) => {
  expect((await served.ask(CONFIG_MAPS, { body: configMap(name) })).code).toBe(201);
};
const now = async () => (await served.ask(`${CONFIG_MAPS}?limit=1`)).json.metadata.resourceVersion;

interface Watching {
  /** `ADDED a`; resolves with the next ones. */
  next(count: number): Promise<string[]>;
  /** Resolves when the server has ended it; false when it broke off. */
  ended: Promise<boolean>;
  stop(): void;
}

function watch(path: string): Promise<Watching> {
  const told: string[] = [];
  let wake = () => {};
  let rest = '';
  return new Promise((resolve, reject) => {
    const request = httpsRequest({
      host: '127.0.0.1',
      port: served.port,
      path,
      agent: served.agent,
      headers: { authorization: `Bearer ${served.credentials.adminToken}` },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      expect(response.statusCode).toBe(200);
      response.on('data', (chunk) => {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() as string;
        told.push(...lines.map(short));
        wake();
      });
      const ended = new Promise<boolean>((end) => {
        response.on('end', () => end(true));
        response.on('error', () => end(false));
      });
      resolve({
        async next(count) {
          while (told.length < count)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          return told.splice(0, count);
        },
        ended,
        stop: () => request.destroy(),
      });
    });
    request.end();
  });
}

function short(line: string): string {
  const { type, object } = JSON.parse(line);
  return `${type} ${object.metadata.name}`;
}

test('one event a line, as things happen, until the client goes', async () => {
  const watching = await watch(`${CONFIG_MAPS}?watch=1&resourceVersion=${await now()}`);
  await create('a');
  await served.ask(`${CONFIG_MAPS}/a`, {
    method: 'PATCH',
    body: { data: { k: 'v' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await served.ask(`${CONFIG_MAPS}/a`, { method: 'DELETE' });
  expect(await watching.next(3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  expect((await served.ask('/metrics')).text).toContain('verb="WATCH",version="v1"} 1\n');
  watching.stop();
  await expect(openWatches()).resolves.toBe(0);
});

/** As /metrics has it; asked until it is none or a second has gone. */
async function openWatches(): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const { text } = await served.ask('/metrics');
    const open = [...text.matchAll(/^apiserver_longrunning_requests\{.*\} (\d+)$/gm)];
    const sum = open.reduce((total, [, count]) => total + Number(count), 0);
    if (sum === 0 || attempt === 20) return sum;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a watch ends when its time is over', async () => {
  const watching = await watch(`${CONFIG_MAPS}?watch=true&timeoutSeconds=1&resourceVersion=${await now()}`);
  await expect(watching.ended).resolves.toBe(true);
});

test('what is wrong with a watch is told as a Status', async () => {
  const answer = await served.ask(`${CONFIG_MAPS}?watch=true&resourceVersion=soon`);
  expect(answer.json).toMatchObject({ kind: 'Status', code: 400 });
});

describe('WebSockets', () => {
  const open = (path: string, protocols: string[] = [], headers: Record<string, string> = {}) =>
    new WebSocket(`wss://127.0.0.1:${served.port}${path}`, protocols, { ca: served.credentials.authority, headers });

  test('one event a message; the token may come as a protocol', async () => {
    const token = Buffer.from(served.credentials.adminToken).toString('base64url');
    const socket = open(`${CONFIG_MAPS}?watch=true&resourceVersion=${await now()}`, [
      `base64url.bearer.authorization.k8s.io.${token}`,
      'kubetick',
    ]);
    const messages: string[] = [];
    const came = new Promise<void>((resolve, reject) => {
      socket.on('message', (data) => {
        messages.push(short(String(data)));
        if (messages.length === 2) resolve();
      });
      socket.on('error', reject);
    });
    await new Promise((resolve) => socket.on('open', resolve));
    await create('over-a-socket');
    await served.ask(`${CONFIG_MAPS}/over-a-socket`, { method: 'DELETE' });
    await came;
    expect(messages).toEqual(['ADDED over-a-socket', 'DELETED over-a-socket']);
    socket.close();
    await expect(openWatches()).resolves.toBe(0);
  });

  test.each([
    ['nobody in particular', `${CONFIG_MAPS}?watch=true`, false, 403],
    ['what is no watch', CONFIG_MAPS, true, 200],
    ['what is not there', '/api/v1/nosuch?watch=true', true, 404],
  ])('%s gets the plain answer', async (_, path, isAdmin, code) => {
    const socket = open(path, [], isAdmin ? { authorization: `Bearer ${served.credentials.adminToken}` } : {});
    socket.on('error', () => {});
    const answered = await new Promise<number | undefined>((resolve) =>
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode);
      }),
    );
    expect(answered).toBe(code);
  });
});

test('a WebSocket that is none is refused, and nothing is left of it', async () => {
  const lines = [
    `GET ${CONFIG_MAPS}?watch=true HTTP/1.1`,
    ...[
      'Host: a',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: short',
    ],
    `Authorization: Bearer ${served.credentials.adminToken}`,
  ];
  const said = await served.raw(`${lines.join('\r\n')}\r\n\r\n`);
  expect(said).toMatch(/^HTTP\/1\.1 400 .*"kind":"Status".*"message":"Missing or invalid Sec-WebSocket-Key header"/s);
  await expect(openWatches()).resolves.toBe(0);
});

test('a thousand watchers over a few connections', async () => {
  const [connections, each, events] = [10, 100, 3];
  const since = await now();
  const sessions = Array.from({ length: connections }, () =>
    http2Connect(served.endpoint, { ca: served.credentials.authority }),
  );
  try {
    let watching = 0;
    const counts = sessions.flatMap((session) =>
      Array.from({ length: each }, () => {
        const stream = session.request({
          ':path': `${CONFIG_MAPS}?watch=true&resourceVersion=${since}`,
          authorization: `Bearer ${served.credentials.adminToken}`,
        });
        const ready = new Promise<void>((resolve) => stream.on('response', () => resolve()));
        const all = new Promise<string>((resolve) => {
          let text = '';
          stream.on('data', (chunk) => {
            text += chunk;
            if (text.split('\n').length > events) resolve(text);
          });
        });
        return { ready: ready.then(() => watching++), all };
      }),
    );
    await Promise.all(counts.map(({ ready }) => ready));
    expect(watching).toBe(connections * each);
    for (let i = 0; i < events; i++) await create(`for-many-${i}`);
    const texts = await Promise.all(counts.map(({ all }) => all));
    expect(new Set(texts).size).toBe(1);
    expect((texts[0] as string).trimEnd().split('\n').map(short)).toEqual([
      'ADDED for-many-0',
      'ADDED for-many-1',
      'ADDED for-many-2',
    ]);
  } finally {
    for (const session of sessions) session.destroy();
  }
  await expect(openWatches()).resolves.toBe(0);
});

test('who does not read is dropped, and nothing is kept for it meanwhile', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  try {
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.from(`${taken++}`);
    }
    const full = {
      destroyed: false,
      writeHead() {},
      cork() {},
      uncork() {},
      write: () => false,
      on() {},
      off() {},
      end() {},
      destroy() {
        full.destroyed = true;
      },
    };
    const streaming = streamAnswer(full as unknown as Outgoing, {}, endless());
    await jest.advanceTimersByTimeAsync(29_000);
    expect({ taken, destroyed: full.destroyed }).toEqual({ taken: 1, destroyed: false });
    await jest.advanceTimersByTimeAsync(2_000);
    await streaming;
    expect({ taken, destroyed: full.destroyed }).toEqual({ taken: 1, destroyed: true });
  } finally {
    jest.useRealTimers();
  }
});

test('a reader that is slow gets everything in the end', async () => {
  const big = 'x'.repeat(200_000);
  const since = await now();
  const request = httpsRequest({
    host: '127.0.0.1',
    port: served.port,
    path: `${CONFIG_MAPS}?watch=true&resourceVersion=${since}`,
    headers: { authorization: `Bearer ${served.credentials.adminToken}` },
    ca: served.credentials.authority,
  });
  request.end();
  const response = await new Promise<NodeJS.ReadableStream>((resolve) => request.on('response', resolve));
  response.pause();
  for (let i = 0; i < 20; i++)
    expect((await served.ask(CONFIG_MAPS, { body: configMap(`big-${i}`, { big }) })).code).toBe(201);
  let lines = 0;
  await new Promise<void>((resolve) => {
    response.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) lines++;
      if (lines === 20) resolve();
    });
    response.resume();
  });
  request.destroy();
});
