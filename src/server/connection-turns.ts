/**
 * Requests that come one behind the other on an HTTP/1.1 connection are taken one after the other, as Go's server takes them
 * (net/http conn.serve): the second sees what the first has done. Node.js by itself hands over all of them at once.
 */
import type { Duplex } from 'node:stream';

/** Who sends more than this ahead of the answers is no client. */
const MOST_WAITING = 1_000;

interface Turns {
  last: Promise<void>;
  waiting: number;
}

const connections = new WeakMap<Duplex, Turns>();

/** Does `work` when all before it on the connection is done. Work does not reject. */
export async function inTurn(socket: Duplex, work: () => Promise<void>): Promise<void> {
  let turns = connections.get(socket);
  if (!turns) {
    turns = { last: Promise.resolve(), waiting: 0 };
    connections.set(socket, turns);
  }
  if (turns.waiting === 0) turns.last = work();
  else if (turns.waiting < MOST_WAITING) turns.last = turns.last.then(() => (socket.destroyed ? undefined : work()));
  else socket.destroy();
  turns.waiting++;
  await turns.last;
  turns.waiting--;
}

/** Resolves when all that has come on a connection is answered. */
export async function allAnswered(socket: Duplex): Promise<void> {
  await connections.get(socket)?.last;
}
