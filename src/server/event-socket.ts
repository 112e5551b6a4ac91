/** Watches over a WebSocket: one event a message (apiserver `endpoints/handlers/watch.go` HandleWS). */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../apimachinery/status';
import { MEDIA_TYPES } from '../apiserver/encoding/negotiate';
import type { ResponseEncoder } from '../apiserver/encoding/response-encoder';
import { respondError } from '../apiserver/responses';
import type { WatchEvent } from '../client/transport';
import { randomUuid } from '../host/entropy';
import { after } from '../host/wall-clock';
import { UNREAD, writeRaw } from './write-response';

/** Real milliseconds that a client may leave a message unread. */
const PATIENCE = 30_000;
/** How many bytes tell the length of an event in a protobuf stream (apimachinery `util/framer`). */
const FRAME_HEADER = 4;
/** Clients have nothing to say on a watch. */
const LARGEST_MESSAGE = 4096;

const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
sockets.on('wsClientError', ({ message }, connection) => {
  void writeRaw(connection, UNREAD, respondError(badRequest(message)), randomUuid());
});

/** Takes the connection over and tells the events; resolves when the watch has ended. `stop` is called when the client goes. */
export async function socketEvents(
  incoming: IncomingMessage,
  connection: Duplex,
  head: Buffer,
  events: AsyncIterable<WatchEvent>,
  encoder: ResponseEncoder,
  stop: () => void,
): Promise<void> {
  if (connection.destroyed) return;
  const socket = await new Promise<WebSocket | undefined>((resolve) => {
    connection.once('close', () => resolve(undefined));
    sockets.handleUpgrade(incoming, connection, head, resolve);
  });
  if (!socket) return;
  socket.on('close', stop);
  // It closes as well; there is nobody to tell.
  socket.on('error', stop);
  const binary = encoder.contentType.startsWith(MEDIA_TYPES.protobuf);
  for await (const event of events) {
    if (socket.readyState !== socket.OPEN) break;
    const bytes = encoder.encodeEvent(event);
    // Messages have a length already: the frame of a stream's event, which tells it, is left out.
    const message = binary ? bytes.subarray(FRAME_HEADER) : bytes;
    if (!(await sent(socket, message, binary))) socket.terminate();
  }
  socket.close();
}

/** False when the message could not be sent, or was not taken for too long. */
function sent(socket: WebSocket, bytes: Uint8Array, binary: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = after(PATIENCE, () => resolve(false));
    socket.send(bytes, { binary }, (error) => {
      cancel();
      resolve(!error);
    });
  });
}
