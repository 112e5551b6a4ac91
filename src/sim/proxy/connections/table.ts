/**
 * What one node remembers of connections: the connections themselves, which backend a client had (`recent` of iptables, sets of nftables,
 * persistence of IPVS, the userspace proxy's own records), and where balancers stand. It is data: it can be kept, and read again later.
 */
import type { Json } from '../../../apimachinery/json';
import { joinHostPort } from '../../network/addresses';
import {
  type AffinityMemory,
  affinityKey,
  type BalancerMemory,
  type ConnectionCount,
  type Packet,
  type Walk,
} from '../mode';
import { type Connection, conntrackState, ipvsState } from './connection';

export interface TableRecord {
  readonly connections: readonly Connection[];
  /** By key and client: when it was last sent there, in milliseconds. */
  readonly affinity: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly balancers: Readonly<Record<string, Json>>;
  readonly nextPort: number;
  /** How many connections there have been. */
  readonly opened: number;
}

/** No client is remembered for longer: the most that sessionAffinityConfig allows. */
const LONGEST_AFFINITY = 86_400_000;
/** net.ipv4.ip_local_port_range */
const FIRST_PORT = 32768;
const LAST_PORT = 60999;

export class ConnectionTable implements AffinityMemory, BalancerMemory {
  private entries: Connection[];
  private readonly clients: Map<string, Map<string, number>>;
  private readonly balancers: Map<string, Json>;
  private nextPort: number;
  private opened: number;
  /** Of IPVS, by virtual server and real server; made when it is first asked for. */
  private counts: Map<string, Map<string, { active: number; inactive: number }>> | undefined;
  /** Which keys and clients those have. */
  private readonly persistent = new Set<string>();

  constructor(
    record: TableRecord | undefined,
    readonly now: number,
  ) {
    this.entries = (record?.connections ?? []).filter((one) => isKnown(one, now));
    this.clients = new Map(
      Object.entries(record?.affinity ?? {}).map(([key, clients]) => [key, new Map(Object.entries(clients))]),
    );
    this.balancers = new Map(Object.entries(record?.balancers ?? {}));
    this.nextPort = record?.nextPort ?? FIRST_PORT;
    this.opened = record?.opened ?? 0;
  }

  /** Those that are known still, the oldest first. */
  list(): readonly Connection[] {
    return this.entries;
  }

  /** Who was sent where, and how long ago in milliseconds. */
  *affinities(): Generator<{ key: string; client: string; age: number }> {
    for (const [key, clients] of this.clients)
      for (const [client, last] of clients) yield { key, client, age: this.now - last };
  }

  /** A port that a client may speak from. */
  takePort(): number {
    const port = this.nextPort;
    this.nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
    return port;
  }

  /** Notes a connection that was let through, and how long it is to last. @param client `namespace/name` of the pod that opens it, or '' */
  keep(
    packet: Packet,
    walk: Walk,
    { mode, client, milliseconds }: { mode: string; client: string; milliseconds: number },
  ): void {
    const { protocol, source, sourcePort, destination, port } = packet;
    const connection: Connection = {
      ...{ mode, protocol, source, client, sourcePort, destination, port },
      backend: joinHostPort(walk.destination, walk.port),
      backendIP: walk.destination,
      backendPort: walk.port,
      answersTo: walk.source,
      servicePort: walk.servicePort ?? '',
      pod: walk.backend?.endpoint.pod ?? '',
      ...(walk.proxyPort === undefined ? {} : { proxyPort: walk.proxyPort }),
      opened: this.now,
      until: this.now + milliseconds,
    };
    this.entries.push(connection);
    this.opened++;
    if (this.counts) this.count(this.counts, connection);
  }

  /** Forgets what does not concern anybody any more. */
  forget(isStale: (one: Connection) => boolean): void {
    this.entries = this.entries.filter((one) => !isStale(one));
    this.counts = undefined;
  }

  /** A persistence template of IPVS does not age while connections that it led last. */
  age(key: string, client: string): number | undefined {
    const last = this.clients.get(key)?.get(client);
    if (last === undefined) return undefined;
    this.counted();
    const lasts = this.persistent.has(`${key} ${client}`);
    return lasts ? 0 : this.now - last;
  }

  remember(key: string, client: string): void {
    const clients = this.clients.get(key);
    if (clients) clients.set(client, this.now);
    else this.clients.set(key, new Map([[client, this.now]]));
  }

  connections = (virtualServer: string): ReadonlyMap<string, ConnectionCount> => {
    return this.counted().get(virtualServer) ?? NONE;
  };

  state(balancer: string): Json | undefined {
    return this.balancers.get(balancer);
  }

  leave(balancer: string, state: Json): void {
    this.balancers.set(balancer, state);
  }

  record(): TableRecord {
    const affinity: Record<string, Record<string, number>> = {};
    for (const [key, clients] of this.clients) {
      const recent = [...clients].filter(([, last]) => this.now - last < LONGEST_AFFINITY);
      if (recent.length > 0) affinity[key] = Object.fromEntries(recent);
    }
    const { entries: connections, nextPort, opened } = this;
    return { connections, affinity, balancers: Object.fromEntries(this.balancers), nextPort, opened };
  }

  private counted(): NonNullable<typeof this.counts> {
    if (!this.counts) {
      this.counts = new Map();
      this.persistent.clear();
      for (const one of this.entries) this.count(this.counts, one);
    }
    return this.counts;
  }

  private count(counts: NonNullable<typeof this.counts>, one: Connection): void {
    if (one.mode !== 'ipvs') return;
    const state = ipvsState(one, this.now);
    if (state === undefined) return;
    const virtual = virtualServerOf(one);
    this.persistent.add(`${affinityKey(virtual, one.protocol.toLowerCase(), one.backend)} ${one.source}`);
    let servers = counts.get(virtual);
    if (!servers) {
      servers = new Map();
      counts.set(virtual, servers);
    }
    const known = servers.get(one.backend) ?? { active: 0, inactive: 0 };
    known[state]++;
    servers.set(one.backend, known);
  }
}

const NONE: ReadonlyMap<string, ConnectionCount> = new Map();

function isKnown(one: Connection, now: number): boolean {
  return conntrackState(one, now) !== undefined || (one.mode === 'ipvs' && ipvsState(one, now) !== undefined);
}

function virtualServerOf({ destination, port, protocol }: Connection): string {
  return `${joinHostPort(destination, port)}/${protocol}`;
}
