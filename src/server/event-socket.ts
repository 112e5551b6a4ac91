/** Watches over a WebSocket: one event a message (apiserver `endpoints/handlers/watch.go` HandleWS). */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { MEDIA_TYPES } from '../apiserver/encoding/negotiate';
import type { ResponseEncoder } from '../apiserver/encoding/response-encoder';
import type { WatchEvent } from '../client/transport';
import { connected, sent, webSocketServer } from './web-socket';

/** How many bytes tell the length of an event in a protobuf stream (apimachinery `util/framer`). */
const FRAME_HEADER = 4;
/** Clients have nothing to say on a watch. */
const LARGEST_MESSAGE = 4096;

const sockets = webSocketServer(LARGEST_MESSAGE);

/** Takes the connection over and tells the events; resolves when the watch has ended. `stop` is called when the client goes. */
export async function socketEvents(
  incoming: IncomingMessage,
  connection: Duplex,
  head: Buffer,
  events: AsyncIterable<WatchEvent>,
  encoder: ResponseEncoder,
  stop: () => void,
): Promise<void> {
  const socket = await connected(sockets, incoming, connection, head, stop);
  if (!socket) return;
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
