/**
 * What becomes of one request: read off the wire, handed to the API server, its answer written. That an API server is behind it
 * shows only in what all answers have in common.
 */
import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest } from '../apimachinery/status';
import { type ResponseEncoder, responseEncoder } from '../apiserver/encoding/response-encoder';
import { isTrue } from '../apiserver/request-info';
import { respondError } from '../apiserver/responses';
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '../client/transport';
import { randomUuid } from '../host/entropy';
import { after, wallClockNow } from '../host/wall-clock';
import { allAnswered, inTurn } from './connection-turns';
import { GroupedFlush } from './grouped-flush';
import { hasNoBody, readBody, readHead } from './read-request';
import { inTime, timeAllowed } from './request-deadline';
import { CountedRequest } from './request-metrics';
import type { ServerMetrics } from './server-metrics';
import { SESSION_PROTOCOLS } from './session-protocols';
import { streamAnswer } from './stream-answer';
import { withBookmarks } from './watch-bookmarks';
import type { Incoming, Outgoing } from './wire';
import { answerHeaders, standardHeaders, UNREAD, writeAnswer, writeRaw } from './write-response';

/** A watch that names no end has one after half an hour to an hour, in milliseconds (--min-request-timeout). */
const WATCH_AT_LEAST = 1_800_000;
/** Timers can't wait longer. */
const LONGEST = 2 ** 31 - 1;

export class RequestHandler {
  private readonly goingOn = new Set<AbortController>();
  private readonly flush: GroupedFlush;
  private closing = false;

  constructor(
    private readonly transport: Transport,
    private readonly metrics: ServerMetrics,
    /** Whose clients are trusted. */
    private readonly authorities: readonly X509Certificate[],
    /** Simulated milliseconds in a real one; 0 where nobody has to wait for what takes time. */
    private readonly speed = 0,
  ) {
    this.flush = new GroupedFlush(transport);
  }

  /** Ends watches and what else goes on; answers from now on are the last on their connections. */
  close(): void {
    this.closing = true;
    for (const one of this.goingOn) one.abort();
  }

  /** Resolves when the answer is written, or nobody waits for it any more. Never rejects. */
  serve(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    // Whoever has gone needs no answer; the error event must be heard all the same.
    outgoing.on('error', () => {});
    if ('stream' in incoming) return this.take(incoming, outgoing);
    return inTurn(incoming.socket, async () => {
      await this.take(incoming, outgoing);
      await written(outgoing);
    });
  }

  private async take(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    if (outgoing.destroyed) return;
    const auditId = auditIdOf(incoming);
    for (const [name, value] of Object.entries(standardHeaders(auditId))) outgoing.setHeader(name, value);
    if (this.closing && incoming.httpVersionMajor === 1) outgoing.setHeader('connection', 'close');
    let answered = false;
    try {
      const gone = new AbortController();
      outgoing.on('close', () => {
        if (!answered) gone.abort();
      });
      const request = { ...readHead(incoming, this.authorities), signal: gone.signal };
      const counted = new CountedRequest(this.metrics, request, wallClockNow());
      const told = await this.respond(request, gone, incoming);
      // A session takes the connection over, which was not offered.
      const response = told.session ? respondError(badRequest('Upgrade request required')) : told;
      counted.answered(response, wallClockNow());
      hangUpAfter(incoming, outgoing);
      if (response.events || response.chunks) await this.stream(request, response, counted, gone, outgoing);
      else await writeAnswer(outgoing, request, response);
      answered = true;
    } catch (error) {
      await this.refuse(error, incoming, outgoing);
    }
  }

  private async stream(
    request: ApiRequest,
    response: ApiResponse,
    counted: CountedRequest,
    gone: AbortController,
    outgoing: Outgoing,
  ): Promise<void> {
    const { told, ended } = counted.goesOn(response);
    const { end, finish } = this.going(request, response, gone);
    try {
      const encoder = await responseEncoder(request, response);
      const parts = response.events
        ? encoded(
            counting(withBookmarks(response.events, end), told, () => this.durable(request)),
            encoder,
          )
        : asBytes(response.chunks as AsyncIterable<string>);
      await streamAnswer(outgoing, answerHeaders(response, encoder), parts);
    } finally {
      finish();
      ended();
    }
  }

  /** The API server's answer, in time; what it acknowledges is durable. `incoming` is where a body comes from. Never rejects. */
  private async respond(request: ApiRequest, gone: AbortController, incoming?: Incoming): Promise<ApiResponse> {
    try {
      return await inTime(timeAllowed(request), this.send(request, incoming), () => gone.abort());
    } catch (error) {
      return respondError(error);
    }
  }

  private async send(request: ApiRequest, incoming: Incoming | undefined): Promise<ApiResponse> {
    const body = incoming && (await readBody(incoming, request.signal));
    // Who has been told that it took too long, or has gone, must not see it done later.
    if (request.signal?.aborted) throw badRequest('the request was given up');
    const response = await this.transport.send(body === undefined ? request : { ...request, body });
    if (response.code < 300 && !response.events && !response.chunks) await this.durable(request);
    return response;
  }

  private async durable({ method }: ApiRequest): Promise<void> {
    if (method !== 'GET') await this.flush.flush();
  }

  /** Has what goes on end when the listener closes, and a watch when its time is over; `finish` forgets it. */
  private going(
    { query }: ApiRequest,
    { events }: ApiResponse,
    gone: AbortController,
  ): { end: number; finish(): void } {
    const seconds = Number(query?.['timeoutSeconds'] ?? 0);
    const limit = Math.min(seconds > 0 ? seconds * 1000 : WATCH_AT_LEAST * (1 + spread()), LONGEST);
    const cancel = events ? after(limit, () => gone.abort()) : undefined;
    this.goingOn.add(gone);
    if (this.closing) gone.abort();
    return {
      end: wallClockNow() + limit,
      finish: () => {
        cancel?.();
        this.goingOn.delete(gone);
      },
    };
  }

  private async refuse(error: unknown, incoming: Incoming, outgoing: Outgoing): Promise<void> {
    if (outgoing.destroyed) return;
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    hangUpAfter(incoming, outgoing);
    await writeAnswer(outgoing, UNREAD, respondError(error)).catch(() => outgoing.destroy());
  }

  /** WebSockets: watches may come over them, and connections to containers. All else is answered as it would be without. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {});
    await allAnswered(socket);
    const gone = new AbortController();
    socket.on('close', () => gone.abort());
    try {
      const request = { ...readHead(incoming, this.authorities), signal: gone.signal };
      const counted = new CountedRequest(this.metrics, request, wallClockNow());
      const response = await this.respond(withProtocolToken(request), gone);
      counted.answered(response, wallClockNow());
      const isWebSocket = incoming.headers.upgrade?.toLowerCase() === 'websocket';
      const { events, session } = response;
      const isSpoken = !session || speaksSession(request.headers?.['sec-websocket-protocol']);
      if (!isWebSocket || !(events ?? session) || !isSpoken) {
        gone.abort();
        const plain = (events ?? session) ? respondError(badRequest('unsupported upgrade')) : response;
        await writeRaw(socket, request, plain, auditIdOf(incoming));
        return;
      }
      const { told, ended } = counted.goesOn(response);
      const { end, finish } = this.going(request, response, gone);
      try {
        const stop = () => gone.abort();
        if (session) {
          const { sessionOver } = await import('./session-socket');
          const tty = isTrue(request.query?.['tty'] ?? '');
          await sessionOver(incoming, socket, head, session, { tty, speed: this.speed, stop });
        } else if (events) {
          const { socketEvents } = await import('./event-socket');
          const encoder = await responseEncoder(request, response);
          await socketEvents(incoming, socket, head, counting(withBookmarks(events, end), told), encoder, stop);
        }
      } finally {
        finish();
        ended();
      }
    } catch (error) {
      if (error instanceof ApiError) await writeRaw(socket, UNREAD, respondError(error), auditIdOf(incoming));
      else socket.destroy();
    }
  }
}

/** Whether one of the protocols that are offered, if any are, is one of connections to containers (session-socket.ts). */
function speaksSession(offered = SESSION_PROTOCOLS[0]): boolean {
  return offered.split(',').some((one) => SESSION_PROTOCOLS.includes(one.trim()));
}

/** What is left of a body is not read: on HTTP/1.1 no other request can follow it, and a stream of HTTP/2 ends with its answer. */
function hangUpAfter(incoming: Incoming, outgoing: Outgoing): void {
  if (incoming.complete || hasNoBody(incoming)) return;
  if ('stream' in outgoing) {
    const { stream } = outgoing;
    // Of what nobody began to read Node.js itself closes the stream. (The response counts as finished when that has happened.)
    if (stream.readableFlowing !== null) stream.once('finish', () => stream.close());
  } else outgoing.setHeader('connection', 'close');
}

/** Resolves when an answer has been handed to the system whole, or can't be. */
function written(outgoing: Outgoing): Promise<void> {
  if (outgoing.writableFinished || outgoing.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    outgoing.once('finish', resolve);
    outgoing.once('close', resolve);
  });
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

async function* encoded(events: AsyncIterable<WatchEvent>, encoder: ResponseEncoder): AsyncGenerator<Uint8Array> {
  for await (const event of events) yield encoder.encodeEvent(event);
}

async function* asBytes(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text);
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
