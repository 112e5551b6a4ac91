/**
 * Watches over HTTP: one event a line, as they come (apiserver `endpoints/handlers/watch.go` HandleHTTP). Events are taken from
 * the store as fast as the client reads: who is slow is behind, and nothing is kept for it but its place; who reads nothing for
 * long is dropped.
 */

import type { ResponseEncoder } from '../apiserver/encoding/response-encoder';
import type { WatchEvent } from '../client/transport';
import { after } from '../host/wall-clock';
import type { Outgoing } from './wire';

/** Real milliseconds that a client may leave a full connection unread. */
const PATIENCE = 30_000;

/** Resolves when the events have ended, or nobody listens any more. */
export async function streamEvents(
  outgoing: Outgoing,
  headers: Record<string, string | string[]>,
  events: AsyncIterable<WatchEvent>,
  encoder: ResponseEncoder,
): Promise<void> {
  outgoing.writeHead(200, headers);
  // A watcher knows that it watches before anything happens. (HTTP/2 sends headers at once.)
  if ('flushHeaders' in outgoing) outgoing.flushHeaders();
  const lines = new Lines(outgoing);
  for await (const event of events) {
    if (outgoing.destroyed) break;
    if (!lines.write(encoder.encodeEvent(event)) && !(await drained(outgoing))) {
      outgoing.destroy();
      break;
    }
  }
  lines.end();
}

/** The same for a text that goes on: a log that is followed. */
export async function streamText(
  outgoing: Outgoing,
  headers: Record<string, string | string[]>,
  chunks: AsyncIterable<string>,
): Promise<void> {
  outgoing.writeHead(200, headers);
  if ('flushHeaders' in outgoing) outgoing.flushHeaders();
  const lines = new Lines(outgoing);
  for await (const chunk of chunks) {
    if (outgoing.destroyed) break;
    if (!lines.write(Buffer.from(chunk)) && !(await drained(outgoing))) {
      outgoing.destroy();
      break;
    }
  }
  lines.end();
}

/** Writes what comes in one turn of the event loop as one chunk. */
class Lines {
  private corked = false;
  constructor(private readonly outgoing: Outgoing) {}

  /** False when the connection has enough for now. */
  write(bytes: Uint8Array): boolean {
    if (!this.corked) {
      this.corked = true;
      this.outgoing.cork();
      setImmediate(() => this.flush());
    }
    const more = (this.outgoing as NodeJS.WritableStream).write(bytes as Buffer);
    if (!more) this.flush();
    return more;
  }

  end(): void {
    this.flush();
    this.outgoing.end();
  }

  private flush(): void {
    if (!this.corked) return;
    this.corked = false;
    this.outgoing.uncork();
  }
}

/** False when nothing was read for too long, or nobody reads any more. */
function drained(outgoing: Outgoing): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (more: boolean) => () => {
      cancel();
      outgoing.off('drain', onDrain);
      outgoing.off('close', onClose);
      resolve(more);
    };
    const [onDrain, onClose] = [done(true), done(false)];
    const cancel = after(PATIENCE, onClose);
    outgoing.on('drain', onDrain);
    outgoing.on('close', onClose);
  });
}
