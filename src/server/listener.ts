/**
 * The HTTPS listener: HTTP/2 for those who offer it, as Go's clients do, and HTTP/1.1 for all others and for WebSockets. Either
 * costs the server the same; with HTTP/2 a client that watches many things needs one connection.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureServer, type Http2SecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type ApiError, apiError, badRequest } from '../apimachinery/status';
import { methodNotAllowed, respondError } from '../apiserver/responses';
import type { Transport } from '../client/transport';
import { randomUuid } from '../host/entropy';
import { after } from '../host/wall-clock';
import { allAnswered } from './connection-turns';
import { breakOffBody, isBrokenOff } from './read-request';
import { RequestHandler } from './request-handler';
import type { ServerMetrics } from './server-metrics';
import type { Incoming, Outgoing } from './wire';
import { UNREAD, writeAnswer, writeRaw } from './write-response';

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
  /** Default: kube-apiserver's. */
  limits?: TimeLimits;
  /** How fast time passes, for those who have to wait for it; 0, the default, where nobody has to. */
  speed?: number;
}

/** Go's and kube-apiserver's limits (net/http DefaultMaxHeaderBytes, apiserver `server/secure_serving.go` Serve). */
const LARGEST_HEADER = 1024 * 1024;
const STREAMS_PER_CONNECTION = 100;

/** In milliseconds. */
export interface TimeLimits {
  /** Of a connection on which nothing goes on. */
  idle: number;
  /** For the handshake, and for the headers of a request. */
  headers: number;
  /** How often that is looked after. */
  lookEvery: number;
}

const TIME_LIMITS: TimeLimits = { idle: 90_000, headers: 32_000, lookEvery: 5_000 };
/** How long open requests may take to end when the listener closes. */
const FAREWELL = 10_000;

export class Listener {
  private readonly server: Http2SecureServer;
  private readonly handler: RequestHandler;
  private readonly sessions = new Set<Http2Session>();
  private readonly sockets = new Set<TLSSocket>();

  private constructor({
    certificate,
    key,
    authority,
    transport,
    metrics,
    limits = TIME_LIMITS,
    speed,
  }: ListenerOptions) {
    const handler = new RequestHandler(transport, metrics, [new X509Certificate(authority)], speed);
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
        handshakeTimeout: limits.headers,
        settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION, maxHeaderListSize: LARGEST_HEADER },
      },
      (incoming, outgoing) => void handler.serve(incoming, outgoing),
    );
    // What an https.Server takes as options.
    Object.assign(this.server, {
      maxHeaderSize: LARGEST_HEADER,
      headersTimeout: limits.headers,
      requestTimeout: 0,
      keepAliveTimeout: limits.idle,
      connectionsCheckingInterval: limits.lookEvery,
    });
    this.server.on('upgrade', (incoming, socket, head) => void handler.upgrade(incoming, socket, head));
    this.server.on('clientError', (error, socket) => void answerBrokenRequest(error, socket));
    this.server.on('connect', refuseTunnel);
    this.server.on('session', (session) => {
      keep(this.sessions, session);
      closeWhenIdle(session, limits.idle);
    });
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

/** HTTP/2: a connection on which no request is open and nothing comes. */
function closeWhenIdle(session: Http2Session, idle: number): void {
  let open = 0;
  session.on('stream', (stream) => {
    open++;
    // A client may take back its request without an error, when it has enough of the answer. Then nothing is written any more, and Node.js
    // waits for ever until all is: only the end of what came in is still told (`internal/http2/core.js` onStreamClose).
    stream.once('end', () => {
      if (stream.closed) stream.destroy();
    });
    stream.once('close', () => {
      open--;
      // Time counts from now.
      session.setTimeout(idle);
    });
  });
  session.setTimeout(idle);
  session.on('timeout', () => {
    if (open === 0) session.close();
  });
}

/** CONNECT asks for a connection to somewhere else. */
function refuseTunnel(...[incoming, outgoing]: [Incoming, Outgoing | Duplex]): void {
  const refused = respondError(methodNotAllowed());
  if ('writeHead' in outgoing) {
    outgoing.on('error', () => {});
    void writeAnswer(outgoing, UNREAD, refused).catch(() => outgoing.destroy());
  } else {
    outgoing.on('error', () => {});
    void allAnswered(incoming.socket).then(() => writeRaw(outgoing, UNREAD, refused, randomUuid()));
  }
}

/** What is no HTTP, or too slow or too large for it, is told so where it can still be told: behind the answers of what came before. */
async function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): Promise<void> {
  // Whatever else comes there is no better.
  if (isBrokenOff(socket)) return;
  const untold = () => error.code === 'ECONNRESET' || !socket.writable || socket.destroyed;
  if (untold()) {
    socket.destroy();
    return;
  }
  // Who sent the beginning of it hears of it in its own answer.
  const body = breakOffBody(socket);
  await allAnswered(socket);
  if (body.told || untold()) (socket as TLSSocket).destroySoon();
  else await writeRaw(socket, UNREAD, respondError(brokenRequest(error.code)), randomUuid());
}

function brokenRequest(code: string | undefined): ApiError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return apiError(431, 'RequestHeaderFieldsTooLarge', 'Request header fields too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return apiError(408, 'Timeout', 'the request took too long to arrive');
  return badRequest('the request is not valid HTTP');
}
