/** What all connections over a WebSocket have alike: how they begin, and how a message is sent on one. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../apimachinery/status';
import { respondError } from '../apiserver/responses';
import { randomUuid } from '../host/entropy';
import { after } from '../host/wall-clock';
import { UNREAD, writeRaw } from './write-response';

/** Real milliseconds that a client may leave a message unread. */
const PATIENCE = 30_000;

/** @param largestMessage in bytes, of what the client may say */
export function webSocketServer(largestMessage: number, options: ServerOptions = {}): WebSocketServer {
  const server = new WebSocketServer({
    ...options,
    noServer: true,
    maxPayload: largestMessage,
    perMessageDeflate: false,
  });
  server.on('wsClientError', ({ message }, connection) => {
    void writeRaw(connection, UNREAD, respondError(badRequest(message)), randomUuid());
  });
  return server;
}

/** Takes the connection over; undefined where the client has gone. `stop` is called when it goes later. */
export async function connected(
  server: WebSocketServer,
  incoming: IncomingMessage,
  connection: Duplex,
  head: Buffer,
  stop: () => void,
): Promise<WebSocket | undefined> {
  if (connection.destroyed) return undefined;
  const socket = await new Promise<WebSocket | undefined>((resolve) => {
    connection.once('close', () => resolve(undefined));
    server.handleUpgrade(incoming, connection, head, resolve);
  });
  socket?.on('close', stop);
  // It closes as well; there is nobody to tell.
  socket?.on('error', stop);
  return socket;
}

/** False when the message could not be sent, or was not taken for too long. */
export function sent(socket: WebSocket, bytes: Uint8Array, binary: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = after(PATIENCE, () => resolve(false));
    socket.send(bytes, { binary }, (error) => {
      cancel();
      resolve(!error);
    });
  });
}
