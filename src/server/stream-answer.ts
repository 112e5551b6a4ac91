/**
 * Answers that go on, as their parts come: watches, one event a line, and logs that are followed (apiserver
 * `endpoints/handlers/watch.go` HandleHTTP, `handlers/responsewriters/writers.go` StreamObject). Parts are taken as fast as the
 * client reads: who is slow is behind, and nothing is kept for it but its place; who reads nothing for long is dropped.
 */
import { after } from '../host/wall-clock';
import type { Outgoing } from './wire';

/** Real milliseconds that a client may leave a full connection unread. */
const PATIENCE = 30_000;

/** Resolves when the parts have ended, or nobody listens any more. */
export async function streamAnswer(
  outgoing: Outgoing,
  headers: Record<string, string | string[]>,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  outgoing.writeHead(200, headers);
  // A watcher knows that it watches before anything happens. (HTTP/2 sends headers at once.)
  if ('flushHeaders' in outgoing) outgoing.flushHeaders();
  const writer = new PartWriter(outgoing);
  for await (const part of parts) {
    if (outgoing.destroyed) break;
    if (!writer.write(part) && !(await drained(outgoing))) {
      outgoing.destroy();
      break;
    }
  }
  writer.end();
}

/** Writes what comes in one turn of the event loop as one chunk. */
class PartWriter {
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
