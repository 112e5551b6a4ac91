/** Answers DNS queries on a port, over UDP and TCP, until it is closed. What it can't make sense of it survives. */
import { createSocket, type RemoteInfo, type Socket as UDPSocket } from 'node:dgram';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import type { DNSAnswer, DNSQuestion, ResponseCode } from '../../apimachinery/dns-message';
import { readQuery, writeAnswer } from './packet';

export interface DNSListenerOptions {
  host: string;
  /** 0 for any that is free, the same for both. */
  port: number;
  answer(question: DNSQuestion): Promise<DNSAnswer>;
}

/** Real milliseconds that a connection may be silent. */
const IDLE = 10_000;
const TRIES = 10;

export class DNSListener {
  private readonly connections = new Set<Socket>();

  private constructor(
    readonly port: number,
    private readonly udp: UDPSocket,
    private readonly tcp: Server,
  ) {}

  /** Rejects with what the system says where it can't listen. */
  static async open(options: DNSListenerOptions): Promise<DNSListener> {
    for (let attempt = 1; ; attempt++) {
      const tcp = await listenTCP(options);
      const { port } = tcp.address() as { port: number };
      try {
        const udp = await listenUDP(options, port);
        const listener = new DNSListener(port, udp, tcp);
        listener.attend(options.answer);
        return listener;
      } catch (error) {
        tcp.close();
        // A port that is free for one need not be free for the other.
        if (options.port !== 0 || attempt >= TRIES) throw error;
      }
    }
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await Promise.all([
      new Promise<void>((done) => this.udp.close(() => done())),
      new Promise<void>((done) => this.tcp.close(() => done())),
    ]);
  }

  private attend(answer: DNSListenerOptions['answer']): void {
    this.udp.on('error', () => {});
    this.udp.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => {
      // A socket that was closed meanwhile, or a sender without a port: nobody is left to be told.
      void respond(bytes, answer, false)
        .then((reply) => reply && this.udp.send(reply, port, address, () => {}))
        .catch(() => {});
    });
    this.tcp.on('connection', (connection) => {
      this.connections.add(connection);
      connection.on('close', () => this.connections.delete(connection));
      converse(connection, answer);
    });
  }
}

/** Messages on a connection, each with its length before it (RFC 7766); answered in their order. */
function converse(connection: Socket, answer: DNSListenerOptions['answer']): void {
  let received = Buffer.alloc(0);
  let turn: Promise<void> = Promise.resolve();
  connection.setTimeout(IDLE, () => connection.destroy());
  connection.on('error', () => connection.destroy());
  connection.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 2) {
      const length = received.readUInt16BE(0);
      if (received.length < length + 2) break;
      const message = received.subarray(2, length + 2);
      received = received.subarray(length + 2);
      turn = turn.then(async () => {
        const reply = await respond(message, answer, true);
        if (!reply) connection.destroy();
        else if (connection.writable) {
          const head = Buffer.alloc(2);
          head.writeUInt16BE(reply.length, 0);
          connection.write(Buffer.concat([head, reply]));
        }
      });
    }
  });
}

/** The reply to a message; undefined for none. Never rejects. */
export async function respond(
  bytes: Buffer,
  answer: DNSListenerOptions['answer'],
  overTCP: boolean,
): Promise<Buffer | undefined> {
  const query = readQuery(bytes);
  if (!query) return undefined;
  try {
    if (query.fault || !query.question) return writeAnswer(query, failure(query.fault ?? 'FORMERR'), overTCP);
    return writeAnswer(query, await answer(query.question), overTCP);
  } catch {
    return writeAnswer(query, failure('SERVFAIL'), overTCP);
  }
}

function failure(code: ResponseCode): DNSAnswer {
  return { code, authoritative: false, answers: [], authorities: [], additionals: [] };
}

function listenTCP({ host, port }: DNSListenerOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function listenUDP({ host }: DNSListenerOptions, port: number): Promise<UDPSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
