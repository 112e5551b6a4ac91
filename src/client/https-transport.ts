/** Requests to an API server over HTTP(S), as client-go sends them (rest/request.go, transport/). The one module of this room that needs Node's sockets. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import type { Json } from '../apimachinery/json';
import { parseJson, stringifyJson } from '../apimachinery/json-text';
import { headerValues } from './header-values';
import { IMPERSONATE_EXTRA, IMPERSONATE_GROUP } from './impersonation-headers';
import type { ApiRequest, ApiResponse, Transport, WatchEvent, Wire, WireRequest, WireResponse } from './transport';

/** Where a server is, and who comes: what a kubeconfig's context and the flags say. Certificates and keys are PEM texts. */
export interface ServerAccess {
  /** `https://10.0.0.1:6443`, with a path where the server is behind one. */
  server: string;
  certificateAuthority?: string;
  insecureSkipTlsVerify?: boolean;
  /** The name that the server's certificate must be for, where it isn't the host's. */
  tlsServerName?: string;
  clientCertificate?: string;
  clientKey?: string;
  /** Asked before each request: a token may be renewed. */
  token?(): Promise<string | undefined>;
  basic?: { username: string; password: string };
  /** Milliseconds for one request; 0 or absent: as long as it takes. Watches are not limited. */
  timeout?: number;
  disableCompression?: boolean;
}

/** The server could not be reached or did not speak as one; `message` is what kubectl prints (cmdutil.StandardErrorMessage). */
export class UnreachableError extends Error {
  constructor(
    message: string,
    /** Nobody listens there: nothing was sent. */
    readonly refused = false,
  ) {
    super(message);
    this.name = 'UnreachableError';
  }
}

export function createHttpsTransport(access: ServerAccess): Transport {
  return new HttpsTransport(access);
}

class HttpsTransport implements Transport {
  private readonly base: URL;
  private readonly agent: Agent | undefined;
  private readonly watching = new Set<ClientRequest>();
  readonly wire: Wire;

  constructor(private readonly access: ServerAccess) {
    this.base = new URL(access.server);
    const serverPath = this.base.pathname.replace(/\/$/, '');
    this.wire = { serverPath, exchange: (request) => this.exchange(request) };
    if (this.base.protocol === 'https:') {
      this.agent = new Agent({
        keepAlive: true,
        rejectUnauthorized: access.insecureSkipTlsVerify !== true,
        ...(access.certificateAuthority ? { ca: access.certificateAuthority } : {}),
        ...(access.clientCertificate ? { cert: access.clientCertificate } : {}),
        ...(access.clientKey ? { key: access.clientKey } : {}),
        ...(access.tlsServerName ? { servername: access.tlsServerName } : {}),
      });
    }
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    const response = await this.open(request);
    const warnings = warningTexts(response.headersDistinct['warning']);
    const headers = headersOf(response);
    const code = response.statusCode ?? 0;
    if (isFollowed(request) && code === 200)
      return { code, headers, warnings, body: '', chunks: textChunks(bodyOf(response)) };
    const isWatch = request.query?.['watch'] === 'true' || request.query?.['watch'] === '1';
    if (isWatch && code === 200) return { code, headers, warnings, body: null, events: watchEvents(bodyOf(response)) };
    const bytes = await bytesOf(response);
    const body = answerOf(code, bytes.toString('utf8'), headers['content-type'] ?? '');
    return { code, headers, warnings, body, ...(request.asBytes ? { bytes } : {}) };
  }

  flush(): Promise<void> {
    // What a server acknowledged is its business to keep.
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const request of this.watching) request.destroy();
    this.agent?.destroy();
    return Promise.resolve();
  }

  private async open(request: ApiRequest): Promise<IncomingMessage> {
    const { access } = this;
    const body = bodyText(request);
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (body !== undefined) {
      headers['content-type'] ??= 'application/json';
      // Node leaves it out for a DELETE, and then the body would be taken for the next request.
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    if (!access.disableCompression) headers['accept-encoding'] = 'gzip';
    await this.authorize(headers);
    const url = this.urlOf(request);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = send(url, {
        method: request.method,
        headers: onWire(headers),
        ...(this.agent ? { agent: this.agent } : {}),
        ...(request.signal ? { signal: request.signal } : {}),
      });
      const isWatch = request.query?.['watch'] !== undefined || isFollowed(request);
      if (isWatch) this.watching.add(sent);
      sent.on('response', resolve);
      sent.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, url, request.method)));
      sent.on('close', () => this.watching.delete(sent));
      if (access.timeout && !isWatch) {
        sent.setTimeout(access.timeout, () => {
          const why = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
          sent.destroy(new UnreachableError(`Unable to connect to the server: ${why}`));
        });
      }
      sent.end(body);
    });
  }

  private async authorize(headers: Record<string, string | string[]>): Promise<void> {
    const { access } = this;
    const token = await access.token?.();
    if (token) headers['authorization'] = `Bearer ${token}`;
    else if (access.basic) {
      const { username, password } = access.basic;
      headers['authorization'] = `Basic ${btoa(`${username}:${password}`)}`;
    }
  }

  private async exchange({ method, target, headers, body, signal }: WireRequest): Promise<WireResponse> {
    const sent = onWire(headers);
    await this.authorize(sent);
    if (body.length > 0) sent['content-length'] = String(body.length);
    const url = new URL(this.base.origin);
    const mark = target.indexOf('?');
    url.pathname = mark < 0 ? target : target.slice(0, mark);
    url.search = mark < 0 ? '' : target.slice(mark);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = { method, headers: sent, signal, ...(this.agent ? { agent: this.agent } : {}) };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(url, options, resolve);
      request.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, url, method)));
      request.end(body);
    });
    const received: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(response.headers)) if (value !== undefined) received[name] = value;
    return { code: response.statusCode ?? 0, headers: received, body: response };
  }

  private urlOf({ path, query }: ApiRequest): URL {
    const url = new URL(this.base.href);
    url.pathname = this.base.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined) url.searchParams.append(name, value);
    return url;
  }
}

/** Each value of what may come more than once goes as a header of its own. */
function onWire(headers: Record<string, string | string[]>): Record<string, string | string[]> {
  const sent = { ...headers };
  for (const [name, value] of Object.entries(headers))
    if (isRepeated(name) && typeof value === 'string' && value.includes('\n')) sent[name] = headerValues(value);
  return sent;
}

function isRepeated(name: string): boolean {
  return name === IMPERSONATE_GROUP || name.startsWith(IMPERSONATE_EXTRA);
}

function bodyText({ body }: ApiRequest): string | Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return typeof body === 'string' ? body : stringifyJson(body);
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

/** The texts of `299 - "…"` headers (apimachinery `util/net/http.go` ParseWarningHeaders). */
function warningTexts(values: readonly string[] = []): string[] {
  const texts: string[] = [];
  for (const value of values)
    for (const [, text = ''] of value.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g))
      texts.push(text.replace(/\\(.)/g, '$1'));
  return texts;
}

function bodyOf(response: IncomingMessage): AsyncIterable<Buffer> {
  return response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response;
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyOf(response)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** JSON as it is; of a failure that is no Status, one that says what came instead (rest/request.go newUnstructuredResponseError). */
function answerOf(code: number, text: string, contentType: string): Json {
  if (/\bjson\b/.test(contentType) && text.trim() !== '') {
    try {
      return parseJson(text);
    } catch {
      // It is called JSON and is none: told below like any other text.
    }
  }
  if (code < 400) return text;
  const told = text.trim();
  const [reason, message] = REASONS[code] ?? [
    'Unknown',
    `the server responded with the status code ${code} but did not return more information`,
  ];
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code,
    reason: code >= 500 && !REASONS[code] ? 'InternalError' : reason,
    message:
      code >= 500 && !REASONS[code]
        ? `an error on the server (${JSON.stringify(told || 'unknown')}) has prevented the request from succeeding`
        : message || told,
    details: { causes: [{ reason: 'UnexpectedServerResponse', message: told }] },
  };
}

/** What a code means that comes without a Status (apimachinery `api/errors` NewGenericServerResponse). '': what the server says. */
const REASONS: Readonly<Record<number, readonly [string, string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', ''],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', ''],
  409: ['Conflict', 'the server reported a conflict'],
  415: ['UnsupportedMediaType', ''],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
};

/** A log that goes on. */
function isFollowed({ query, path }: ApiRequest): boolean {
  return query?.['follow'] === 'true' && path.endsWith('/log');
}

async function* textChunks(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** One event a line, as they come. */
async function* watchEvents(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parseJson(line) as unknown as WatchEvent;
  }
  if (rest.trim() !== '') yield parseJson(rest) as unknown as WatchEvent;
}

/** What kubectl says of a server that can't be reached (cmd/util/helpers.go StandardErrorMessage, Go's net and tls errors). */
function unreachable(error: NodeJS.ErrnoException, url: URL, method: string): Error {
  if (error instanceof UnreachableError) return error;
  const host = url.port ? url.host : `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
  if (error.code === 'ECONNREFUSED')
    return new UnreachableError(
      `The connection to the server ${url.host} was refused - did you specify the right host or port?`,
      true,
    );
  const goMethod = method.charAt(0) + method.slice(1).toLowerCase();
  const plain = `Unable to connect to the server: `;
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UnreachableError(`${plain}dial tcp: lookup ${url.hostname}: no such host`);
    case 'ETIMEDOUT':
      return new UnreachableError(`${plain}dial tcp ${host}: i/o timeout`);
    case 'EHOSTUNREACH':
      return new UnreachableError(`${plain}dial tcp ${host}: connect: no route to host`);
    case 'ECONNRESET':
      return new UnreachableError(`${plain}EOF`);
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return new UnreachableError(
        `${plain}tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      );
    case 'CERT_HAS_EXPIRED':
      return new UnreachableError(
        `${plain}tls: failed to verify certificate: x509: certificate has expired or is not yet valid`,
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return new UnreachableError(
        `${plain}tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`,
      );
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return new UnreachableError(`${plain}${goMethod} "${url.href}": http: server gave HTTP response to HTTPS client`);
    default:
      return new UnreachableError(`${plain}${error.message}`);
  }
}
