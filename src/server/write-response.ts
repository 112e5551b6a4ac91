/** From the API server's answer to what goes over the wire (apiserver `handlers/responsewriters/writers.go`). */
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Json } from '../apimachinery/json';
import type { Status } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { type Encoder, JSON_ENCODER } from './encoding';
import type { Outgoing } from './wire';

/** What is larger than this is compressed where the client takes it; quickly rather than well. */
const COMPRESSED_FROM = 128 * 1024;
const LEVEL = constants.Z_BEST_SPEED;

const compress = promisify(gzip);

/** The headers that go with every answer. */
export function standardHeaders(auditId: string): Record<string, string> {
  return { 'audit-id': auditId, 'cache-control': 'no-cache, private' };
}

/** Headers of this answer, without those of its content. */
export function answerHeaders(response: ApiResponse): Record<string, string | string[]> {
  const { body } = response;
  const delay = (body as unknown as Status | null)?.details?.retryAfterSeconds;
  return {
    ...response.headers,
    ...(response.warnings.length > 0 ? { warning: warningHeaders(response.warnings) } : {}),
    ...(response.code >= 400 && delay ? { 'retry-after': String(delay) } : {}),
  };
}

/** Resolves when all was handed to the connection. */
export async function writeBody(
  outgoing: Outgoing,
  response: ApiResponse,
  encoder: Encoder,
  acceptEncoding: string,
): Promise<void> {
  const headers = answerHeaders(response);
  let bytes = bodyBytes(response, encoder, headers);
  if (bytes.length > COMPRESSED_FROM && acceptsGzip(acceptEncoding)) {
    bytes = await compress(bytes, { level: LEVEL });
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
  }
  headers['content-length'] = String(bytes.length);
  outgoing.writeHead(response.code, headers);
  outgoing.end(bytes);
}

/** The bytes of a body; sets the headers that say what they are. A string that is no JSON goes as it is. */
function bodyBytes(
  { body, headers: given }: ApiResponse,
  encoder: Encoder,
  headers: Record<string, string | string[]>,
): Uint8Array {
  const contentType = given['content-type'] ?? '';
  if (typeof body === 'string' && !contentType.startsWith('application/json')) return Buffer.from(body);
  // What has parameters (`;as=…`) says more than the encoder can.
  if (!contentType.startsWith(encoder.contentType)) headers['content-type'] = encoder.contentType;
  return encoder.encode(body as Json);
}

export function acceptsGzip(acceptEncoding: string): boolean {
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
export function writeRaw(socket: Duplex, response: ApiResponse, auditId: string): void {
  const headers: Record<string, string | string[]> = { ...standardHeaders(auditId), ...answerHeaders(response) };
  const bytes = bodyBytes(response, JSON_ENCODER, headers);
  const lines = Object.entries({ ...headers, 'content-length': String(bytes.length), connection: 'close' }).flatMap(
    ([name, value]) => [value].flat().map((one) => `${name}: ${one}`),
  );
  const { code } = response;
  socket.write(Buffer.from(`HTTP/1.1 ${code} ${REASONS[code] ?? 'Status'}\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  socket.end(bytes);
}

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
