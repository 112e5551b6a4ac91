/** One request from outside, passed on to the API server, and its answer, passed back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type ResponseEncoder, responseEncoder } from '../../apiserver/encoding/response-encoder';
import type { ApiRequest, ApiResponse, Transport, WatchEvent, Wire } from '../../client/transport';
import { answerText } from './answer-text';

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Of the connection, not of what goes over it; and what only this process may say of itself. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'keep-alive', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'x-kubetick-user'],
]);

export interface Target {
  /** Without the prefix that the API is served under; still encoded. */
  path: string;
  /** `?watch=true`, or ''. */
  search: string;
}

/** To a server elsewhere everything passes as it is. */
export async function passOverWire(
  wire: Wire,
  appendServerPath: boolean,
  { path, search }: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !NOT_PASSED_ON.has(name)) headers[name] = value;
  const answer = await wire.exchange({
    method: request.method ?? 'GET',
    target: (appendServerPath ? wire.serverPath : '') + path + search,
    headers,
    body: await bodyOf(request),
    signal: untilClosed(response),
  });
  const { connection: _, 'transfer-encoding': __, ...passed } = answer.headers;
  response.writeHead(answer.code, passed);
  response.flushHeaders();
  await pipeline(answer.body, response);
}

/** To the cluster that this process holds. What was written is durable before it is acknowledged. */
export async function passToCluster(
  transport: Transport,
  { path, search }: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = request.method ?? 'GET';
  // HEAD is GET without the body, which Node leaves out by itself.
  const method = asked === 'HEAD' ? 'GET' : asked;
  if (!METHODS.has(method)) return answerText(response, 405, '405: Method Not Allowed');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !NOT_PASSED_ON.has(name))
      headers[name] = Array.isArray(value) ? value.join('\n') : value;
  const body = await bodyOf(request);
  const passed: ApiRequest = {
    method: method as ApiRequest['method'],
    path,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers,
    ...(body.length > 0 ? { body } : {}),
    signal: untilClosed(response),
  };
  const answer = await transport.send(passed);
  if (method !== 'GET') await transport.flush();
  await passBack(answer, await responseEncoder(passed, answer), response);
}

async function passBack(answer: ApiResponse, encoder: ResponseEncoder, response: ServerResponse): Promise<void> {
  const warnings = answer.warnings.map((text) => `299 - ${JSON.stringify(text)}`);
  const headers: Record<string, string | string[]> = {
    ...answer.headers,
    'content-type': encoder.contentType,
    ...(warnings.length > 0 ? { warning: warnings } : {}),
  };
  const { events, chunks } = answer;
  if (events || chunks) {
    response.writeHead(answer.code, headers);
    response.flushHeaders();
    await pipeline(events ? encoded(events, encoder) : (chunks as AsyncIterable<string>), response);
    return;
  }
  if (answer.code === 204 || answer.code === 304) return void response.writeHead(answer.code, headers).end();
  const bytes = encoder.encode(answer.body);
  response.writeHead(answer.code, { ...headers, 'content-length': String(bytes.length) }).end(bytes);
}

async function* encoded(events: AsyncIterable<WatchEvent>, encoder: ResponseEncoder): AsyncGenerator<Uint8Array> {
  for await (const event of events) yield encoder.encodeEvent(event);
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Aborts when the client has gone. */
function untilClosed(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  return abort.signal;
}
