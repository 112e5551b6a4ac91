/**
 * Connections to containers over a WebSocket: the first byte of a message tells the channel that the others belong to (client-go
 * `tools/remotecommand/websocket.go`; kubelet `pkg/kubelet/cri/streaming/remotecommand/websocket.go` createWebSocketStreams).
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { SessionPart } from '../client/transport';
import { after } from '../host/wall-clock';
import { SESSION_PROTOCOLS } from './session-protocols';
import { connected, sent, webSocketServer } from './web-socket';

const CHANNELS = { output: 1, outcome: 3 } as const;
/** Timers can't wait longer. */
const LONGEST = 2 ** 31 - 1;
/** Nobody reads what comes, but it may come. */
const LARGEST_MESSAGE = 1024 * 1024;

const sockets = webSocketServer(LARGEST_MESSAGE, {
  handleProtocols: (offered) => SESSION_PROTOCOLS.find((one) => offered.has(one)) ?? false,
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
  const socket = await connected(sockets, incoming, connection, head, stop);
  if (!socket) return;
  // That there is a connection is told before there is anything to tell.
  await said(socket, CHANNELS.output, '');
  let now = 0;
  for await (const { channel, text, after: at = now } of parts) {
    if (speed > 0) await pause((at - now) / speed, socket);
    now = at;
    if (socket.readyState !== socket.OPEN) break;
    const shown = tty && channel === 'output' ? text.replaceAll('\n', '\r\n') : text;
    if (!(await said(socket, CHANNELS[channel], shown))) socket.terminate();
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

/** On one of the channels; see `sent`. */
function said(socket: WebSocket, channel: number, text: string): Promise<boolean> {
  return sent(socket, Buffer.concat([Buffer.of(channel), Buffer.from(text)]), true);
}
