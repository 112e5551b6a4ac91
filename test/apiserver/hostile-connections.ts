/** What comes over connections that no client would open: HTTP/1.1, HTTP/2, WebSockets and TLS, each nearly right. */
import fc from 'fast-check';
import { change, changed, encodings, objects } from './mutated-bodies';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

const oddWord = fc.oneof(
  fc.constantFrom('', '.', '..', '__proto__', 'constructor', 'default', 'pods', 'status', '%', '%2f', '%00', '%ff%fe'),
  fc.constantFrom('a'.repeat(300), '\0', ' ', '\u00e9', '*', '?', '#', ';', 'toString', 'hasOwnProperty'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const oddWords = (most: number) => fc.array(oddWord, { maxLength: most }).map((words) => words.join('/'));
export const goodPath = fc.constantFrom(
  ...objects.map(([path]) => path),
  '/api/v1/nodes/node-1',
  '/api/v1/namespaces/default',
  '/apis',
  '/openapi/v2',
  '/openapi/v3/apis/apps/v1',
  '/healthz',
  '/metrics',
);
const oddPath = fc.oneof(
  oddWords(7).map((rest) => `/${rest}`),
  oddWords(4).map((rest) => `/api/v1/namespaces/default/configmaps/${rest}`),
  oddWords(3).map((rest) => `/apis/apps/v1/${rest}`),
  oddWords(2).map((rest) => `/openapi/v3/${rest}`),
  fc.constantFrom('*', 'http://other/api/v1/pods', '//', `/${'a/'.repeat(20_000)}`, '/api/v1/watch', 'nosuch'),
);
const oddValue = fc.oneof(
  fc.constantFrom('', '0', '-1', '1', 'true', '9'.repeat(30), '__proto__', '%00', '%zz', 'a%3Db', '1s', '{}', 'All'),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))),
);
const parameter = fc.constantFrom(
  ...['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'timeout'],
  ...['dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty', 'watch', 'allowWatchBookmarks'],
  ...['sendInitialEvents', 'timeoutSeconds', '__proto__', 'constructor', 'gracePeriodSeconds', 'propagationPolicy'],
);
const query = fc
  .array(fc.tuple(parameter, oddValue), { maxLength: 3 })
  .map((pairs) => (pairs.length > 0 ? `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}` : ''));

const MEDIA_TYPES = [
  ...Object.keys(encodings),
  ...['application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/json-patch+json'],
  ...['application/apply-patch+yaml', 'application/cbor', 'text/html', 'a/b;c', ';'],
];
const header = fc.oneof(
  fc.constantFrom(...MEDIA_TYPES).map((type) => `Content-Type: ${type}`),
  fc
    .constantFrom(...MEDIA_TYPES, '*/*', 'application/json;as=Table;v=v1;g=meta.k8s.io')
    .map((type) => `Accept: ${type}`),
  fc.constantFrom(
    ...['Accept-Encoding: gzip;q=x', 'Content-Encoding: gzip', 'Expect: 100-continue', 'Expect: rain', 'Host: x'],
    ...[
      'Impersonate-User: \u00e9',
      'Impersonate-Group: a',
      'Impersonate-Extra-%zz: a',
      'If-None-Match: *',
      'Te: trailers',
    ],
    ...['Connection: close', 'Connection: upgrade', 'Upgrade: h2c', 'Audit-ID: a', 'X-Kubetick-User: kubernetes-admin'],
    ...[
      'Authorization: Bearer x',
      'Authorization: Basic eDp5',
      'Cookie: a=b',
      'X-A: a\0b',
      'X B: c',
      ': d',
      'no colon',
    ],
    ...['X-Folded: a\r\n b', 'X-Bare: a\nX-More: b', `X-Long: ${'a'.repeat(70_000)}`, '__proto__: a', 'constructor: b'],
  ),
  fc
    .tuple(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 10 }))
    .map((pair) => pair.join(': ')),
);

const JSON_TOO_MUCH = [
  '['.repeat(100_000),
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
  `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"apiVersion":"v1","kind":"ConfigMap"}`,
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"huge"},"data":{"a":"${'x'.repeat(1_600_000)}"}}`,
  `[${'1,'.repeat(200_000)}1]`,
  `{"apiVersion":"v1","kind":"List","items":[${'{},'.repeat(10_000)}{}]}`,
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\0"}}',
  `a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]`,
];
const mutatedBody = fc
  .tuple(
    fc.constantFrom(...objects),
    fc.constantFrom(...Object.keys(encodings)),
    fc.array(change, { minLength: 1, maxLength: 3 }),
  )
  .map(([[path, object], type, changes]) => {
    const encode = encodings[type] as (typeof encodings)[string];
    return { path, type, body: Buffer.from(changed(encode(object), changes)) };
  });
const body = fc.oneof(
  { weight: 6, arbitrary: mutatedBody },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...JSON_TOO_MUCH), fc.constantFrom(...Object.keys(encodings)))
      .map(([text, type]) => ({ path: objects[0]?.[0] as string, type, body: Buffer.from(text) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => ({ path: objects[0]?.[0] as string, type: 'application/json', body: Buffer.from(bytes) })),
  },
);

export interface HostileBytes {
  pieces: Buffer[];
  /** Every request in it is whole: an answer must come. Else the server may wait for more. */
  whole: boolean;
}

const method = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PURGE',
  'get',
  'G\0T',
  '',
);
const framing = fc.constantFrom(
  'right',
  'right',
  'chunked',
  'too long',
  'too short',
  'negative',
  'huge',
  'both',
  'bad chunk',
  'no end',
  'twice',
);

function framed(body: Buffer, how: string): { headers: string[]; bytes: Buffer; whole: boolean } {
  const chunk = (size: string) => Buffer.concat([latin1(`${size}\r\n`), body, latin1('\r\n')]);
  const hex = body.length.toString(16);
  const length = (value: number | string) => [`Content-Length: ${value}`];
  const chunked = ['Transfer-Encoding: chunked'];
  switch (how) {
    case 'chunked':
      if (body.length === 0) return { headers: chunked, bytes: latin1('0\r\n\r\n'), whole: true };
      return { headers: chunked, bytes: Buffer.concat([chunk(hex), latin1('0\r\n\r\n')]), whole: true };
    case 'too long':
      return { headers: length(body.length + 50), bytes: body, whole: false };
    case 'too short':
      return { headers: length(Math.max(0, body.length - 5)), bytes: body, whole: true };
    case 'negative':
      return { headers: length(-1), bytes: body, whole: false };
    case 'huge':
      return { headers: length('9'.repeat(25)), bytes: body, whole: false };
    case 'both':
      return { headers: [...length(body.length), ...chunked], bytes: body, whole: false };
    case 'bad chunk':
      return { headers: chunked, bytes: chunk(`${hex}zz`), whole: false };
    case 'no end':
      return { headers: chunked, bytes: chunk(hex), whole: body.length === 0 };
    case 'twice':
      return { headers: [...length(body.length), ...length(body.length + 1)], bytes: body, whole: false };
    default:
      return { headers: length(body.length), bytes: body, whole: true };
  }
}

/** A request that nothing is wrong with, for after others. */
export function goodRequest(token: string): Buffer {
  return latin1(`GET /version HTTP/1.1\r\nHost: kubetick\r\nAuthorization: Bearer ${token}\r\nX-Last: 1\r\n\r\n`);
}

/** HTTP/1.1 requests; mostly of the admin, for others are turned away at the door. */
export function http1(token: string): fc.Arbitrary<HostileBytes> {
  return fc
    .record({
      method: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'GET') }, method),
      path: fc.oneof(fc.constant(undefined), goodPath, oddPath),
      query,
      version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', ''),
      headers: fc.array(header, { maxLength: 3 }),
      admin: fc.constantFrom(true, true, true, false),
      body,
      framing,
      cut: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(300) }),
      splitAt: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(200) }),
      followed: fc.constantFrom(false, false, true),
    })
    .map((one) => {
      const { headers, bytes, whole } = framed(one.body.body, one.framing);
      const lines = [
        `${one.method} ${one.path ?? one.body.path}${one.query} ${one.version}`,
        'Host: kubetick',
        ...(one.admin ? [`Authorization: Bearer ${token}`] : []),
        `Content-Type: ${one.body.type}`,
        ...one.headers,
        ...headers,
      ];
      let all = Buffer.concat([latin1(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
      if (one.cut !== undefined) all = all.subarray(0, one.cut);
      else if (one.followed) all = Buffer.concat([all, goodRequest(token)]);
      const at = one.splitAt;
      const pieces = at === undefined ? [all] : [all.subarray(0, at), all.subarray(at)];
      return { pieces, whole: whole && (one.cut === undefined || all.length < one.cut) };
    });
}

/** Requests to become a WebSocket, and what comes over it. */
export function webSocket(token: string): fc.Arbitrary<HostileBytes> {
  const line = fc.constantFrom(
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Upgrade: SPDY/3.1', 'Upgrade: websocket, foo'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 99', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ...['Sec-WebSocket-Key: short', 'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.!!'],
    ...['Sec-WebSocket-Protocol: ,,', 'Sec-WebSocket-Extensions: permessage-deflate; x=\0'],
  );
  const good = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  return fc
    .record({
      path: fc.constantFrom(
        '/api/v1/namespaces/default/configmaps?watch=true',
        '/api/v1/nodes?watch=1&resourceVersion=x',
        '/api/v1/namespaces/default/pods/a/exec?command=x&stdout=1',
        '/nosuch',
      ),
      lines: fc.oneof(
        fc.constant(good),
        fc.array(line, { maxLength: 6 }).map((more) => ['Connection: Upgrade', ...more]),
      ),
      frames: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }),
    })
    .map(({ path, lines, frames }) => {
      const head = [`GET ${path} HTTP/1.1`, 'Host: kubetick', `Authorization: Bearer ${token}`, ...lines];
      return {
        pieces: [latin1(`${head.join('\r\n')}\r\n\r\n`), ...frames.map((frame) => Buffer.from(frame))],
        whole: false,
      };
    });
}

const PREFACE = latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type: number, flags: number, stream: number, payload: Uint8Array, length = payload.length): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xffffff, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Frames of HTTP/2, in an order and with contents that no client would send. */
export const http2Frames: fc.Arbitrary<HostileBytes> = fc
  .record({
    preface: fc.oneof(
      { weight: 6, arbitrary: fc.constant(Buffer.concat([PREFACE, frame(4, 0, 0, new Uint8Array())])) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
    ),
    frames: fc.array(
      fc.record({
        type: fc.nat(12),
        flags: fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x20), fc.nat(255)),
        stream: fc.oneof(fc.constantFrom(0, 1, 2, 3, 5, 0x7fffffff), fc.nat(2 ** 31)),
        payload: fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          // :method GET, :scheme https, :path /, and a header table that is not there.
          fc.constantFrom(
            Uint8Array.of(0x82, 0x87, 0x84),
            Uint8Array.of(0x82, 0x87, 0x84, 0xff, 0xff, 0xff, 0xff, 0xff),
          ),
          fc.constant(new Uint8Array(20_000)),
        ),
        lie: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(2 ** 24 - 1) }),
        times: fc.constantFrom(1, 1, 1, 1, 200),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ preface, frames }) => ({
    pieces: [
      preface,
      ...frames.flatMap(({ type, flags, stream, payload, lie, times }) =>
        Array.from({ length: times }, () => frame(type, flags, stream, payload, lie)),
      ),
    ],
    whole: false,
  }));

/** What is no TLS, or breaks off in the middle of its handshake. */
export const noTls: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), latin1('\x80\x2e\x01\x03\x01'), PREFACE),
  // A record that says it is a handshake.
  fc
    .tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 300 }))
    .map(([length, bytes]) => Buffer.concat([Buffer.of(22, 3, 1, length >> 8, length & 255), Buffer.from(bytes)])),
);
