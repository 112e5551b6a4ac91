/** The process's own standard streams. Written at once and in order, so that nothing is lost however the process ends. */
import { fstatSync, writeSync } from 'node:fs';
import type { Streams } from './command';

export function processStreams(environment: Record<string, string | undefined>): Streams {
  let terminal: { isTerminal: boolean; columns: number | undefined } | undefined;
  const look = () => {
    terminal ??= describeTerminal();
    return terminal;
  };
  let closed = false;
  return {
    out(text) {
      if (!writeAll(1, text)) closed = true;
    },
    err: (text) => void writeAll(2, text),
    stdin: readAll,
    line: readLine,
    ...(isTerminal(2) ? { progress: (line: string) => void writeAll(2, `\r\x1b[K${line}`) } : {}),
    get closed() {
      return closed;
    },
    get isTerminal() {
      return look().isTerminal;
    },
    get columns() {
      return look().columns;
    },
    get colour() {
      return look().isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
    },
  };
}

function describeTerminal(): { isTerminal: boolean; columns: number | undefined } {
  const terminal = isTerminal(1);
  return { isTerminal: terminal, columns: terminal ? process.stdout.columns : undefined };
}

/** Asks the cheap question first: process.stdout costs milliseconds to make, and most often it is no terminal. */
function isTerminal(descriptor: 1 | 2): boolean {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return (descriptor === 1 ? process.stdout : process.stderr).isTTY === true;
}

/** False when nobody reads it. */
function writeAll(descriptor: number, text: string): boolean {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // A pipe that is full for the moment: wait for its reader.
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      // The reader has gone (`| head`): like kubectl, say nothing.
      else if (code === 'EPIPE') return false;
      else throw error;
    }
  }
  return true;
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** One line, for an answer to a question; '' at the end of the input. */
async function readLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += (chunk as Buffer).toString('utf8');
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] as string;
}
