/**
 * The HTTPS listener: HTTP/2 for those who offer it, as Go's clients do, and HTTP/1.1 for all others and for WebSockets. Either
 * costs the server the same; with HTTP/2 a client that watches many things needs one connection.
 */
import { createSecureServer, type Http2SecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type ApiError, apiError, badRequest } from '../apimachinery/status';
import { respondError } from '../apiserver/responses';
import type { Transport } from '../client/transport';
import { randomUuid } from '../host/entropy';
import { after } from '../host/wall-clock';
import { RequestHandler } from './request-handler';
import type { ServerMetrics } from './server-metrics';
import { UNREAD, writeRaw } from './write-response';

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

/** Go's and kube-apiserver's limits, in bytes and milliseconds (net/http DefaultMaxHeaderBytes, apiserver `server/secure_serving.go` Serve). */
const LARGEST_HEADER = 1024 * 1024;
const STREAMS_PER_CONNECTION = 100;
const IDLE = 90_000;
const HEADERS_WITHIN = 32_000;
/** How often that is looked after. */
const LOOK_EVERY = 5_000;
/** How long open requests may take to end when the listener closes. */
const FAREWELL = 10_000;

export class Listener {
  private readonly server: Http2SecureServer;
  private readonly handler: RequestHandler;
  private readonly sessions = new Set<Http2Session>();
  private readonly sockets = new Set<TLSSocket>();

  private constructor({ certificate, key, authority, transport, metrics }: ListenerOptions) {
    const handler = new RequestHandler(transport, metrics);
    this.handler = handler;
    this.server = createSecureServer(
      {
        cert: certificate,
        key,
        ca: authority,
        requestCert: true,
        // Who shows a certificate that is not good is told so by a Status.
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
        allowHTTP1: true,
        maxHeaderListPairs: 1000,
        settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION, maxHeaderListSize: LARGEST_HEADER },
      },
      (incoming, outgoing) => void handler.serve(incoming, outgoing),
    );
    // What an https.Server takes as options.
    Object.assign(this.server, {
      maxHeaderSize: LARGEST_HEADER,
      headersTimeout: HEADERS_WITHIN,
      requestTimeout: 0,
      keepAliveTimeout: IDLE,
      connectionsCheckingInterval: LOOK_EVERY,
    });
    this.server.on('upgrade', (incoming, socket, head) => void handler.upgrade(incoming, socket, head));
    this.server.on('clientError', answerBrokenRequest);
    this.server.on('session', (session) => keep(this.sessions, session));
    this.server.on('secureConnection', (socket) => {
      socket.setNoDelay(true);
      keep(this.sockets, socket);
    });
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

  /** Ends watches, lets other requests end, and takes no new ones. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.handler.close();
    for (const session of this.sessions) session.close();
    const cancel = after(FAREWELL, () => {
      for (const socket of this.sockets) socket.destroy();
    });
    await closed;
    cancel();
  }
}

function keep<T extends { once(event: 'close', listener: () => void): unknown }>(all: Set<T>, one: T): void {
  all.add(one);
  one.once('close', () => all.delete(one));
}

/** What is no HTTP, or too slow or too large for it, is told so where it can still be told. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || (socket as TLSSocket).destroyed) {
    socket.destroy();
    return;
  }
  void writeRaw(socket, UNREAD, respondError(brokenRequest(error.code)), randomUuid());
}

function brokenRequest(code: string | undefined): ApiError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return apiError(431, 'RequestHeaderFieldsTooLarge', 'Request header fields too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return apiError(408, 'Timeout', 'the request took too long to arrive');
  return badRequest('the request is not valid HTTP');
}
