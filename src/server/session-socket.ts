/**
 * Connections to containers over a WebSocket: the first byte of a message tells the channel that the others belong to (client-go
 * `tools/remotecommand/websocket.go`; kubelet `pkg/kubelet/cri/streaming/remotecommand/websocket.go` createWebSocketStreams).
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../apimachinery/status';
import { respondError } from '../apiserver/responses';
import type { SessionPart } from '../client/transport';
import { randomUuid } from '../host/entropy';
import { after } from '../host/wall-clock';
import { SESSION_PROTOCOLS } from './session-protocols';
import { UNREAD, writeRaw } from './write-response';

const CHANNELS = { output: 1, outcome: 3 } as const;
/** Real milliseconds that a client may leave a message unread. */
const PATIENCE = 30_000;
/** Timers can't wait longer. */
const LONGEST = 2 ** 31 - 1;
/** Nobody reads what comes, but it may come. */
const LARGEST_MESSAGE = 1024 * 1024;

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: LARGEST_MESSAGE,
  perMessageDeflate: false,
  handleProtocols: (offered) => SESSION_PROTOCOLS.find((one) => offered.has(one)) ?? false,
});
sockets.on('wsClientError', ({ message }, connection) => {
  void writeRaw(connection, UNREAD, respondError(badRequest(message)), randomUuid());
});

export interface SessionOptions {
  /** Whether it is a terminal that output goes to: lines end with a carriage return there. */
  tty: boolean;
  /** Simulated milliseconds in a real one; 0 where nobody has to wait. */
  speed: number;
  /** Called when the client goes. */
  stop(): void;
}

/** Takes the connection over and says all there is to be said; resolves when that is done, or the client has gone. */
export async function sessionOver(
  incoming: IncomingMessage,
  connection: Duplex,
  head: Buffer,
  parts: AsyncIterable<SessionPart>,
  { tty, speed, stop }: SessionOptions,
): Promise<void> {
  if (connection.destroyed) return;
  const socket = await new Promise<WebSocket | undefined>((resolve) => {
    connection.once('close', () => resolve(undefined));
    sockets.handleUpgrade(incoming, connection, head, resolve);
  });
  if (!socket) return;
  socket.on('close', stop);
  socket.on('error', stop);
  // That there is a connection is told before there is anything to tell.
  await sent(socket, CHANNELS.output, '');
  let now = 0;
  for await (const { channel, text, after: at = now } of parts) {
    if (speed > 0) await pause((at - now) / speed, socket);
    now = at;
    if (socket.readyState !== socket.OPEN) break;
    const shown = tty && channel === 'output' ? text.replaceAll('\n', '\r\n') : text;
    if (!(await sent(socket, CHANNELS[channel], shown))) socket.terminate();
  }
  socket.close(1000);
}

/** Shorter where the client goes meanwhile. */
function pause(milliseconds: number, socket: WebSocket): Promise<void> {
  if (milliseconds <= 0 || socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      socket.off('close', done);
      resolve();
    };
    const cancel = after(Math.min(milliseconds, LONGEST), done);
    socket.on('close', done);
  });
}

/** False when the message could not be sent, or was not taken for too long. */
function sent(socket: WebSocket, channel: number, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = after(PATIENCE, () => resolve(false));
    socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]), { binary: true }, (error) => {
      cancel();
      resolve(!error);
    });
  });
}
