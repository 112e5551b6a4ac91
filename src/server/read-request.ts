/** From what comes over the wire to what the API server takes (apiserver `endpoints/handlers/rest.go` limitedReadBody). */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { apiError, badRequest } from '../apimachinery/status';
import { joinHeaderValues } from '../client/header-values';
import { joinQueryValues } from '../client/query-values';
import type { ApiRequest, RequestOrigin } from '../client/transport';
import { after, wallClockNow } from '../host/wall-clock';
import { shownCertificate } from './client-certificate';
import type { Incoming } from './wire';

/** What an API server takes at most (apiserver `server/config.go` MaxRequestBodyBytes). */
export const LARGEST_BODY = 3 * 1024 * 1024;

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** What is said before the body: enough to tell who asks for what. @throws ApiError 400, 405. */
export function readHead(incoming: Incoming, authorities: readonly X509Certificate[]): ApiRequest {
  const target = incoming.url ?? '/';
  // A proxy may send the whole URL.
  const local = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/]*/i, '');
  const mark = local.indexOf('?');
  const path = mark < 0 ? local : local.slice(0, mark);
  if (!path.startsWith('/')) throw badRequest(`invalid URI ${JSON.stringify(target)}`);
  const method = incoming.method === 'HEAD' && !isResourcePath(path) ? 'GET' : (incoming.method ?? '');
  if (!METHODS.has(method))
    throw apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  return {
    method: method as ApiRequest['method'],
    path,
    ...(mark < 0 ? {} : { query: readQuery(local.slice(mark + 1)) }),
    headers: readHeaders(incoming),
    origin: originOf(incoming, authorities),
  };
}

/** `/healthz` and the like answer a HEAD, resources don't (go-restful has no routes for it). */
function isResourcePath(path: string): boolean {
  return /^\/apis?\//.test(path);
}

/** Of several values of a name the first counts (url.Values.Get); of `exclude` and `command` all do. */
function readQuery(text: string): Record<string, string> {
  const parameters = new URLSearchParams(text);
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of parameters) {
    if (!Object.hasOwn(query, name)) query[name] = value;
    else if (name === 'exclude') query[name] += `,${value}`;
    else if (name === 'command') query[name] = joinQueryValues([query[name] ?? '', value]);
  }
  return query;
}

/** A header by which callers in this process say who they are means nothing from outside. */
const NOT_FROM_OUTSIDE: ReadonlySet<string> = new Set(['x-kubetick-user']);

/** Each of these comes as often as it has values, and a value may hold a comma. */
const IMPERSONATE = 'impersonate-';
/** By which proxies say who it is, and in which groups. */
const REMOTE = 'x-remote-';

function valuesOf({ rawHeaders }: Incoming, name: string): string {
  return joinHeaderValues(rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name));
}

function readHeaders(incoming: Incoming): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value === undefined || name.startsWith(':') || NOT_FROM_OUTSIDE.has(name)) continue;
    headers[name] =
      name.startsWith(IMPERSONATE) || name.startsWith(REMOTE) ? valuesOf(incoming, name) : [value].flat().join(', ');
  }
  return headers;
}

/** By connection: the same for all of its requests, until its certificate runs out. */
const origins = new WeakMap<object, { origin: RequestOrigin; until: number }>();

function originOf(incoming: Incoming, authorities: readonly X509Certificate[]): RequestOrigin {
  const socket = incoming.socket as TLSSocket;
  const connection = 'stream' in incoming ? (incoming.stream.session ?? socket) : socket;
  const known = origins.get(connection);
  if (known && wallClockNow() <= known.until) return known.origin;
  const shown = shownCertificate(socket, authorities);
  const origin = { address: socket.remoteAddress ?? '', ...(shown ? { certificate: shown.certificate } : {}) };
  origins.set(connection, { origin, until: shown?.until ?? Number.POSITIVE_INFINITY });
  return origin;
}

/** Milliseconds that a body may take to arrive, where nothing else says so. */
const BODY_WITHIN = 60_000;

/** By connection on which no HTTP comes any more: whether the sender of a body that broke off there was told. */
const broken = new WeakMap<object, { told: boolean }>();
/** By connection: who reads a body from it. */
const readers = new WeakMap<object, () => void>();

export function isBrokenOff(connection: object): boolean {
  return broken.has(connection);
}

/** What comes over a connection is no HTTP any more. The state that is returned knows later whether somebody was told. */
export function breakOffBody(connection: object): { readonly told: boolean } {
  const state = { told: false };
  broken.set(connection, state);
  readers.get(connection)?.();
  return state;
}

/**
 * The body; undefined when there is none, or none that anybody would read.
 * @param signal tells that nobody wants it any more
 * @throws ApiError 413 as soon as it is known to be too large, 400 when it breaks off, 408 when it takes too long.
 */
export async function readBody(incoming: Incoming, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  if (hasNoBody(incoming) || incoming.method === 'GET' || incoming.method === 'HEAD') return undefined;
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > LARGEST_BODY) throw tooLarge();
  const connection: object = 'stream' in incoming ? incoming.stream : incoming.socket;
  const chunks: Buffer[] = [];
  let length = 0;
  let cancel = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      cancel = after(BODY_WITHIN, () => reject(apiError(408, 'Timeout', 'the body of the request took too long')));
      const whenBroken = () => {
        const state = broken.get(connection);
        if (!state || incoming.complete) return;
        state.told = true;
        reject(badRequest('the body of the request is not valid HTTP'));
      };
      readers.set(connection, whenBroken);
      whenBroken();
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= LARGEST_BODY) chunks.push(chunk);
        else reject(tooLarge());
      });
      incoming.on('end', resolve);
      const brokenOff = () => reject(badRequest('unexpected EOF'));
      incoming.on('error', brokenOff);
      incoming.on('aborted', brokenOff);
      signal?.addEventListener('abort', brokenOff, { once: true });
    });
  } finally {
    cancel();
    readers.delete(connection);
  }
  if (length === 0) return undefined;
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

export function hasNoBody(incoming: Incoming): boolean {
  if ('stream' in incoming) return incoming.stream.endAfterHeaders;
  return incoming.headers['content-length'] === undefined && incoming.headers['transfer-encoding'] === undefined;
}

/** errors.NewRequestEntityTooLargeError. */
function tooLarge() {
  return apiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LARGEST_BODY}`);
}
