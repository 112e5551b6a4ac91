/** Bytes to a server, whatever they are, and what comes back. */
import { connect as tcpConnect } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';

export interface Exchange {
  port: number;
  /** Absent: no TLS at all. */
  tls?: ConnectionOptions;
  /** Sent one after the other, each in a packet of its own. */
  pieces: readonly Uint8Array[];
  /** True once enough has come back; the client then goes. */
  enough(received: Buffer): boolean;
  /** The client goes when nothing has come for so long, in milliseconds. */
  patience: number;
  /** The client says that nothing more will come from it. */
  halfClose?: boolean;
}

export interface Received {
  bytes: Buffer;
  /** Why it ended: the server closed, the client had enough, or nothing came any more. */
  end: 'closed' | 'enough' | 'silence';
}

export function exchange({ port, tls, pieces, enough, patience, halfClose }: Exchange): Promise<Received> {
  return new Promise((resolve) => {
    const socket = tls ? tlsConnect({ port, host: '127.0.0.1', ...tls }) : tcpConnect({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    let timer: NodeJS.Timeout;
    const finish = (end: Received['end']) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ bytes: Buffer.concat(chunks), end });
    };
    const wait = (time = patience) => {
      clearTimeout(timer);
      timer = setTimeout(() => finish('silence'), time);
    };
    socket.setNoDelay(true);
    socket.on('error', () => finish('closed'));
    socket.on('close', () => finish('closed'));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (enough(Buffer.concat(chunks))) finish('enough');
      else wait();
    });
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      for (const piece of pieces) socket.write(piece);
      if (halfClose) socket.end();
      wait();
    });
    // A handshake may have to wait for its turn.
    wait(patience + 10_000);
  });
}

export interface RawAnswer {
  code: number;
  headers: Record<string, string>;
  body: Buffer;
  /** False while it goes on. */
  whole: boolean;
}

/** The HTTP/1.1 answers in what a server has sent. @throws Error when it is anything else. */
export function answersIn(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`no HTTP answer: ${JSON.stringify(rest.toString('latin1').slice(0, 200))}`);
    const [status = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const code = /^HTTP\/1\.[01] (\d{3}) /.exec(status)?.[1];
    if (!code) throw new Error(`no status line: ${JSON.stringify(status)}`);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error(`no header: ${JSON.stringify(line)}`);
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    rest = rest.subarray(end + 4);
    if (Number(code) < 200) continue;
    if (headers['content-length'] !== undefined) {
      const length = Number(headers['content-length']);
      answers.push({ code: Number(code), headers, body: rest.subarray(0, length), whole: rest.length >= length });
      rest = rest.subarray(length);
    } else if (headers['transfer-encoding'] === 'chunked') {
      const { body, length } = chunksIn(rest);
      answers.push({ code: Number(code), headers, body, whole: length !== undefined });
      rest = rest.subarray(length ?? rest.length);
    } else answers.push({ code: Number(code), headers, body: Buffer.alloc(0), whole: true });
  }
  return answers;
}

function chunksIn(bytes: Buffer): { body: Buffer; length: number | undefined } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return { body: Buffer.concat(parts), length: undefined };
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (size === 0) return { body: Buffer.concat(parts), length: line + 4 };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
