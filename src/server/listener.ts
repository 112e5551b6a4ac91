/**
 * The HTTPS listener: takes requests off the wire, hands them to the API server, and writes what it answers. It knows nothing of
 * resources; that an API server is behind it shows only in what all of its answers have in common.
 */
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { parseDuration } from '../apimachinery/duration';
import { ApiError, apiError, badRequest } from '../apimachinery/status';
import { respondError } from '../apiserver/responses';
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '../client/transport';
import { randomUuid } from '../host/entropy';
import { after, wallClockNow } from '../host/wall-clock';
import { decodeBody } from './decode-body';
import { type Encoder, encoderFor, JSON_ENCODER } from './encoding';
import { streamEvents } from './event-stream';
import { GroupedFlush } from './grouped-flush';
import { readBody, readHead } from './read-request';
import { CountedRequest } from './request-metrics';
import type { ServerMetrics } from './server-metrics';
import type { Incoming, Outgoing } from './wire';
import { answerHeaders, bodyBytes, standardHeaders, writeBody } from './write-response';

export interface ListenerOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** PEM: the server's certificate and key, and the authority whose clients are trusted. */
  certificate: string;
  key: string;
  authority: string;
  transport: Transport;
  metrics: ServerMetrics;
}

/** Go's and kube-apiserver's limits (net/http DefaultMaxHeaderBytes, apiserver `server/secure_serving.go` Serve), in bytes and milliseconds. */
const LARGEST_HEADER = 1024 * 1024;
const IDLE = 90_000;
const HEADERS_WITHIN = 32_000;
const REQUEST_WITHIN = 60_000;
/** How often the two limits above are looked after. */
const LOOK_EVERY = 5_000;
/** A watch that names no end has one after half an hour to an hour (--min-request-timeout). */
const WATCH_AT_LEAST = 1_800_000;
/** How long open requests may take to end when the listener closes. */
const FAREWELL = 10_000;

/** Where it listens, for those who ask. */
export class Listener {
  private readonly server: Server;
  private readonly watches = new Set<AbortController>();
  private readonly flush: GroupedFlush;
  private closing = false;

  private constructor(private readonly options: ListenerOptions) {
    const { certificate, key, authority } = options;
    this.flush = new GroupedFlush(options.transport);
    this.server = createServer(
      {
        cert: certificate,
        key,
        ca: authority,
        requestCert: true,
        // Who shows a certificate that is not good is told so by a Status.
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        maxHeaderSize: LARGEST_HEADER,
        keepAliveTimeout: IDLE,
        headersTimeout: HEADERS_WITHIN,
        requestTimeout: REQUEST_WITHIN,
        connectionsCheckingInterval: LOOK_EVERY,
        noDelay: true,
      },
      (incoming, outgoing) => void this.serve(incoming, outgoing),
    );
    this.server.on('upgrade', (incoming, socket, head) => void this.upgrade(incoming, socket, head));
    this.server.on('clientError', answerBrokenRequest);
  }

  /** Rejects with what the system says where it can't listen. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    await new Promise<void>((resolve, reject) => {
      listener.server.once('error', reject);
      listener.server.listen(options.port, options.host, () => {
        listener.server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** Ends watches, lets other requests end, and takes no new ones. */
  async close(): Promise<void> {
    this.closing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const watch of this.watches) watch.abort();
    this.server.closeIdleConnections();
    const cancel = after(FAREWELL, () => this.server.closeAllConnections());
    await closed;
    cancel();
  }

  private async serve(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    // Whoever has gone needs no answer; the error event must be heard all the same.
    outgoing.on('error', () => {});
    const auditId = auditIdOf(incoming);
    for (const [name, value] of Object.entries(standardHeaders(auditId))) outgoing.setHeader(name, value);
    if (this.closing) outgoing.setHeader('connection', 'close');
    let encoder = JSON_ENCODER;
    try {
      const gone = new AbortController();
      outgoing.on('close', () => gone.abort());
      const request = readHead(incoming);
      encoder = encoderFor(request.query ?? {}, request.headers?.['user-agent'] ?? '');
      const body = await readBody(incoming);
      if (body !== undefined) request.body = await decodeBody(body, request.headers?.['content-type'] ?? '');
      await this.answer({ ...request, signal: gone.signal }, gone, encoder, incoming, outgoing);
    } catch (error) {
      await this.refuse(error, encoder, incoming, outgoing);
    }
  }

  private async answer(
    request: ApiRequest,
    gone: AbortController,
    encoder: Encoder,
    incoming: Incoming,
    outgoing: Outgoing,
  ): Promise<void> {
    const counted = new CountedRequest(this.options.metrics, request, wallClockNow());
    const response = await this.respond(request);
    counted.answered(response, wallClockNow());
    if (!response.events) {
      await writeBody(outgoing, response, encoder, (incoming.headers['accept-encoding'] as string) ?? '');
      return;
    }
    const { told, ended } = counted.goesOn(response);
    const finish = this.watching(request, gone);
    try {
      const events = counting(response.events, told, () => this.durable(request));
      await streamEvents(outgoing, answerHeaders(response), events, encoder);
    } finally {
      finish();
      ended();
    }
  }

  /** The API server's answer; what it acknowledges is durable. Never rejects. */
  private async respond(request: ApiRequest): Promise<ApiResponse> {
    try {
      checkTimeout(request);
      const response = await this.options.transport.send(request);
      if (response.code < 300 && !response.events) await this.durable(request);
      return response;
    } catch (error) {
      return respondError(error);
    }
  }

  private async durable({ method }: ApiRequest): Promise<void> {
    if (method !== 'GET') await this.flush.flush();
  }

  /** Has a watch end when its time is over or the listener closes; the function that is returned forgets it. */
  private watching({ query }: ApiRequest, gone: AbortController): () => void {
    const seconds = Number(query?.['timeoutSeconds'] ?? 0);
    const limit = seconds > 0 ? seconds * 1000 : WATCH_AT_LEAST * (1 + spread());
    const cancel = after(Math.min(limit, 2 ** 31 - 1), () => gone.abort());
    this.watches.add(gone);
    if (this.closing) gone.abort();
    return () => {
      cancel();
      this.watches.delete(gone);
    };
  }

  private async refuse(error: unknown, encoder: Encoder, incoming: Incoming, outgoing: Outgoing): Promise<void> {
    if (outgoing.destroyed) return;
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    // What is left of the body is not read: no other request can follow it.
    if (!incoming.complete && incoming.httpVersionMajor === 1) outgoing.setHeader('connection', 'close');
    await writeBody(outgoing, respondError(error), encoder, '').catch(() => outgoing.destroy());
  }

  /** WebSockets: watches may come over them. All else is answered as it would be without. */
  private async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {});
    const gone = new AbortController();
    socket.on('close', () => gone.abort());
    try {
      const request = { ...readHead(incoming), signal: gone.signal };
      const counted = new CountedRequest(this.options.metrics, request, wallClockNow());
      const response = await this.respond(withProtocolToken(request));
      counted.answered(response, wallClockNow());
      const isWebSocket = incoming.headers.upgrade?.toLowerCase() === 'websocket';
      if (!response.events || !isWebSocket) {
        gone.abort();
        writeRaw(
          socket,
          response.events ? respondError(badRequest('unsupported upgrade')) : response,
          auditIdOf(incoming),
        );
        return;
      }
      const { told, ended } = counted.goesOn(response);
      const finish = this.watching(request, gone);
      try {
        const { socketEvents } = await import('./event-socket');
        const events = counting(response.events, told);
        await socketEvents(incoming, socket, head, events, JSON_ENCODER, () => gone.abort());
      } finally {
        finish();
        ended();
      }
    } catch (error) {
      if (error instanceof ApiError) writeRaw(socket, respondError(error), auditIdOf(incoming));
      else socket.destroy();
    }
  }
}

/** What the client calls it, else a name of its own (apiserver `endpoints/filters/audit_init.go`). */
function auditIdOf(incoming: Incoming): string {
  const given = incoming.headers['audit-id'];
  return typeof given === 'string' && given !== '' ? given : randomUuid();
}

/** Between 0 and 1, so that watches that began together do not end together. */
function spread(): number {
  return Number.parseInt(randomUuid().slice(0, 8), 16) / 2 ** 32;
}

/** `?timeout=` of requests that are not watches (apiserver `endpoints/filters/request_deadline.go`). @throws ApiError 400. */
function checkTimeout({ query }: ApiRequest): void {
  const timeout = query?.['timeout'];
  if (!timeout || query?.['watch']) return;
  try {
    parseDuration(timeout);
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`);
  }
}

async function* counting(
  events: AsyncIterable<WatchEvent>,
  told: () => void,
  atEnd?: () => Promise<void>,
): AsyncGenerator<WatchEvent> {
  for await (const event of events) {
    told();
    yield event;
  }
  await atEnd?.();
}

/** Browsers can't set headers on a WebSocket: a token may come as a protocol (apiserver `authentication/request/websocket`). */
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

function withProtocolToken(request: ApiRequest): ApiRequest {
  const protocols = (request.headers?.['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const token = protocols.find((one) => one.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length);
  if (token === undefined || request.headers?.['authorization']) return request;
  const authorization = `Bearer ${Buffer.from(token, 'base64url').toString()}`;
  return { ...request, headers: { ...request.headers, authorization } };
}

/** An answer on a connection that HTTP has let go of. */
function writeRaw(socket: Duplex, response: ApiResponse, auditId: string): void {
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

/** What is no HTTP, or too slow or too large for it, is told so where it can still be told. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || (socket as TLSSocket).destroyed) {
    socket.destroy();
    return;
  }
  writeRaw(socket, respondError(brokenRequest(error.code)), randomUuid());
}

function brokenRequest(code: string | undefined): ApiError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return apiError(431, 'RequestHeaderFieldsTooLarge', 'Request header fields too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return apiError(408, 'Timeout', 'the request took too long to arrive');
  return badRequest('the request is not valid HTTP');
}
