/**
 * One connection as the kernel of the node knows it whose kube-proxy chose its backend: an entry of conntrack, and one of IPVS where that
 * is the mode. Held connections are taken to talk all the time; from their end on, what is known of them ages with the clock.
 */
import type { Protocol } from '../../network/model';

export interface Connection {
  readonly mode: string;
  readonly protocol: Protocol;
  readonly source: string;
  /** `namespace/name` of the pod that opened it; '' for none. */
  readonly client: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  /** Who answers: `10.244.1.2:8080`. */
  readonly backend: string;
  readonly backendIP: string;
  readonly backendPort: number;
  /** Whom it answers to: the source, or the node where that was masqueraded. */
  readonly answersTo: string;
  /** `namespace/name:port`; '' where no service took it. */
  readonly servicePort: string;
  /** `namespace/name` of the pod behind it; '' for none. */
  readonly pod: string;
  /** The proxy's own port, in userspace mode: there are two connections then. */
  readonly proxyPort?: number;
  /** Milliseconds. */
  readonly opened: number;
  /** When it is closed; the same as `opened` for one that is closed at once. */
  readonly until: number;
}

export interface ConntrackState {
  /** '' for UDP, which has none. */
  readonly state: string;
  /** Seconds until the entry goes. */
  readonly left: number;
  /** Packets went both ways. */
  readonly assured: boolean;
}

const SECOND = 1000;

/** What kube-proxy sets for established ones (--conntrack-tcp-timeout-established), and what the kernel has for the rest, in seconds. */
const TIMEOUTS = {
  TCP: { open: 86_400, closed: 120, states: ['ESTABLISHED', 'TIME_WAIT'] },
  SCTP: { open: 210, closed: 3, states: ['ESTABLISHED', 'SHUTDOWN_ACK_SENT'] },
  UDP: { open: 120, closed: 120, states: ['', ''] },
} as const;
/** A question and its answer; a stream is what goes on for longer. */
const UDP_ONCE = 30;
const UDP_STREAM_AFTER = 2 * SECOND;

/** undefined once it is forgotten. */
export function conntrackState({ protocol, opened, until }: Connection, now: number): ConntrackState | undefined {
  const { open, closed, states } = TIMEOUTS[protocol];
  const [established, ended] = states;
  const isStream = until - opened > UDP_STREAM_AFTER;
  const assured = protocol !== 'UDP' || isStream;
  if (now < until) return { state: established, left: open, assured };
  const timeout = protocol === 'UDP' && !isStream ? UDP_ONCE : closed;
  const left = timeout - Math.floor((now - until) / SECOND);
  return left > 0 ? { state: ended, left, assured } : undefined;
}

/** How long IPVS knows of what has ended, in milliseconds (linux `ip_vs_proto_tcp.c`, `_udp.c`, `_sctp.c`). */
const IPVS_CLOSED = { TCP: 120 * SECOND, UDP: 300 * SECOND, SCTP: 120 * SECOND } as const;

/** As a real server counts it. UDP is never established, so all of it counts as inactive. */
export function ipvsState({ protocol, until }: Connection, now: number): 'active' | 'inactive' | undefined {
  if (now < until) return protocol === 'UDP' ? 'inactive' : 'active';
  return now < until + IPVS_CLOSED[protocol] ? 'inactive' : undefined;
}

const NUMBERS = { TCP: 6, UDP: 17, SCTP: 132 } as const;

/** As `conntrack -L` prints it; in userspace mode the client's and the proxy's own. */
export function conntrackLines(connection: Connection, now: number, nodeIP: string): string[] {
  const known = conntrackState(connection, now);
  if (!known) return [];
  const { protocol, source, sourcePort, destination, port, backendIP, backendPort, answersTo, proxyPort } = connection;
  const head = `${protocol.toLowerCase().padEnd(8)} ${NUMBERS[protocol]} ${known.left} ${known.state}`.trimEnd();
  const way = (from: string, to: string, fromPort: number, toPort: number) =>
    `src=${from} dst=${to} sport=${fromPort} dport=${toPort}`;
  const line = (there: string, back: string) =>
    `${head} ${there} ${back}${known.assured ? ' [ASSURED]' : ''} mark=0 use=1`;
  const there = way(source, destination, sourcePort, port);
  if (proxyPort === undefined) return [line(there, way(backendIP, answersTo, backendPort, sourcePort))];
  return [
    line(there, way(nodeIP, source, proxyPort, sourcePort)),
    line(way(answersTo, backendIP, sourcePort, backendPort), way(backendIP, answersTo, backendPort, sourcePort)),
  ];
}
