/** From the API server's answer to what goes over the wire (apiserver `handlers/responsewriters/writers.go`). */
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Status } from '../apimachinery/status';
import { type ResponseEncoder, responseEncoder } from '../apiserver/encoding/response-encoder';
import type { ApiRequest, ApiResponse } from '../client/transport';
import { after } from '../host/wall-clock';
import type { Outgoing } from './wire';

/** What is larger than this is compressed where the client takes it; quickly rather than well. */
const COMPRESSED_FROM = 128 * 1024;
const LEVEL = constants.Z_BEST_SPEED;

const compress = promisify(gzip);

/** The headers that go with every answer. */
export function standardHeaders(auditId: string): Record<string, string> {
  return { 'audit-id': auditId, 'cache-control': 'no-cache, private' };
}

/** What stands for a request that could not be read, when it is answered. */
export const UNREAD: ApiRequest = { method: 'GET', path: '/' };

export function answerHeaders(response: ApiResponse, encoder: ResponseEncoder): Record<string, string | string[]> {
  const { body } = response;
  const delay = (body as unknown as Status | null)?.details?.retryAfterSeconds;
  return {
    ...response.headers,
    'content-type': encoder.contentType,
    // As Go's http.Error has it.
    ...(response.code === 404 && encoder.contentType.startsWith('text/plain') ? NO_SNIFFING : {}),
    ...(response.warnings.length > 0 ? { warning: warningHeaders(response.warnings) } : {}),
    ...(response.code >= 400 && delay ? { 'retry-after': String(delay) } : {}),
  };
}

const NO_SNIFFING = { 'x-content-type-options': 'nosniff' };

/** Resolves when all was handed to the connection. */
export async function writeAnswer(outgoing: Outgoing, request: ApiRequest, response: ApiResponse): Promise<void> {
  const encoder = await responseEncoder(request, response);
  const headers = answerHeaders(response, encoder);
  if (WITHOUT_BODY.has(response.code)) {
    outgoing.writeHead(response.code, headers);
    outgoing.end();
    return;
  }
  let bytes = encoder.encode(response.body);
  if (bytes.length > COMPRESSED_FROM && acceptsGzip(request.headers?.['accept-encoding'] ?? '')) {
    bytes = await compress(bytes, { level: LEVEL });
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
  }
  headers['content-length'] = String(bytes.length);
  outgoing.writeHead(response.code, headers);
  outgoing.end(bytes);
}

/** No content, and not modified. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

function acceptsGzip(acceptEncoding: string): boolean {
  return acceptEncoding.split(',').some((one) => /^\s*gzip\s*(;|$)/.test(one) && !/;\s*q=0(\.0*)?\s*$/.test(one));
}

/** All texts together, and each alone when that was too much (apiserver `endpoints/filters/warning.go`). */
const MOST_TEXT = 4 * 1024;
const MOST_OF_ONE = 256;

/** `299 - "text"`, each text once, cut where they are too much for headers. */
function warningHeaders(texts: readonly string[]): string[] {
  const different = [...new Set(texts)].filter((text) => text !== '' && !CONTROL.test(text)).map((text) => [...text]);
  const total = different.reduce((sum, characters) => sum + characters.length, 0);
  if (total <= MOST_TEXT) return different.map((characters) => warningHeader(characters.join('')));
  const headers: string[] = [];
  let written = 0;
  for (const characters of different) {
    if (written >= MOST_TEXT) break;
    const cut = characters.slice(0, MOST_OF_ONE);
    written += cut.length;
    headers.push(warningHeader(cut.join('')));
  }
  return headers;
}

/** What can't be in a header; a text with one is not sent (apimachinery `util/net/http.go` NewWarningHeader). */
const CONTROL = /\p{Cc}/u;

/** Headers carry bytes: characters go as their UTF-8. */
function warningHeader(text: string): string {
  return `299 - "${Buffer.from(text.replace(/["\\]/g, '\\$&')).toString('latin1')}"`;
}

/** An answer on a connection that HTTP has let go of. */
export async function writeRaw(
  socket: Duplex,
  request: ApiRequest,
  response: ApiResponse,
  auditId: string,
): Promise<void> {
  const encoder = await responseEncoder(request, response);
  const headers = { ...standardHeaders(auditId), ...answerHeaders(response, encoder) };
  const bytes = encoder.encode(response.body);
  const lines = Object.entries({ ...headers, 'content-length': String(bytes.length), connection: 'close' }).flatMap(
    ([name, value]) => [value].flat().map((one) => `${name}: ${one}`),
  );
  const { code } = response;
  socket.write(Buffer.from(`HTTP/1.1 ${code} ${REASONS[code] ?? 'Status'}\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  socket.end(bytes);
  // The other end is heard to go, and given the time to read (net/http rstAvoidanceDelay).
  socket.resume();
  const cancel = after(LINGER, () => socket.destroy());
  socket.once('close', cancel);
}

/** In milliseconds. */
const LINGER = 500;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  410: 'Gone',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  504: 'Gateway Timeout',
};
