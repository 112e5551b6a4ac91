/** What one port of a service is in IPVS: virtual servers with real servers behind them, and entries of sets (kubernetes `pkg/proxy/ipvs/proxier.go` syncProxyRules, syncEndpoint). */
import { joinHostPort } from '../../network/addresses';
import { backendsOf } from '../../network/backends';
import type { Backend } from '../../network/model';
import type { ProxySituation } from '../mode';
import { type ServicePort, servicePortBackends } from '../service-port';
import { isWithin, nodePortIPs } from '../situation';
import type { SetName } from './sets';

export interface VirtualServer {
  /** `10.96.0.10:80/TCP` */
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: ServicePort['protocol'];
  readonly scheduler: string;
  /** `namespace/name:port` */
  readonly servicePort: string;
  /** Seconds for which a client keeps its real server; undefined: no longer than a connection. */
  readonly persistence: number | undefined;
  readonly servers: readonly RealServer[];
}

export interface RealServer {
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  /** 1; 0 for one that is gone but still has connections. */
  readonly weight: 0 | 1;
  /** None for one that is gone. */
  readonly backend: Backend | undefined;
}

export interface PortServers {
  readonly servers: readonly VirtualServer[];
  readonly entries: readonly (readonly [SetName, string])[];
  /** Addresses that kube-ipvs0 is to have. */
  readonly bound: readonly string[];
  /** Load balancers' addresses whose sources are limited to others than this node. */
  readonly closedToNode: readonly { readonly address: string; readonly protocol: string; readonly port: number }[];
}

export function portServers(port: ServicePort, situation: ProxySituation): PortServers {
  return new PortWriter(port, situation).write();
}

/** Which addresses of the node have virtual servers for node ports: all but loopback. */
export function nodePortAddresses(situation: ProxySituation): readonly string[] {
  const addresses = nodePortIPs(situation, []);
  if (addresses === 'all') return situation.localIPs;
  return addresses.filter((ip) => !ip.startsWith('127.') && ip !== '::1');
}

class PortWriter {
  private readonly servers: VirtualServer[] = [];
  private readonly entries: [SetName, string][] = [];
  private readonly bound: string[] = [];
  private readonly closedToNode: PortServers['closedToNode'][number][] = [];
  private readonly usable;

  constructor(
    private readonly port: ServicePort,
    private readonly situation: ProxySituation,
  ) {
    this.usable = servicePortBackends(port, situation.node);
  }

  write(): PortServers {
    const { port } = this;
    this.noteOwnEndpoints();
    this.add('KUBE-CLUSTER-IP', this.at(port.clusterIP));
    this.bound.push(port.clusterIP);
    this.serve(port.clusterIP, port.port.port, port.internalLocal);
    for (const ip of port.externalIPs) {
      this.add(port.externalLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP', this.at(ip));
      this.serveOutside(ip);
    }
    for (const ip of port.loadBalancerVIPs) {
      this.add('KUBE-LOAD-BALANCER', this.at(ip));
      if (port.externalLocal) this.add('KUBE-LOAD-BALANCER-LOCAL', this.at(ip));
      if (port.sourceRanges.length > 0) this.limitSources(ip);
      this.serveOutside(ip);
    }
    const { nodePort } = port.port;
    const addresses = nodePort === 0 ? [] : nodePortAddresses(this.situation);
    // Without an address for node ports kube-proxy is done with this port, health check and all.
    if (nodePort === 0 || addresses.length > 0) {
      if (nodePort !== 0) this.serveNodePort(nodePort, addresses);
      const { healthCheckNodePort } = port.service;
      if (healthCheckNodePort !== 0) this.add('KUBE-HEALTH-CHECK-NODE-PORT', String(healthCheckNodePort));
    }
    const { servers, entries, bound, closedToNode } = this;
    return { servers, entries, bound, closedToNode };
  }

  /** So that a pod that is sent to itself is masqueraded: those of this node, ready or not. */
  private noteOwnEndpoints(): void {
    const { service, port, family, protocol } = this.port;
    for (const { ip, port: at, endpoint } of backendsOf(service, port, family))
      if (endpoint.node !== '' && endpoint.node === this.situation.node.name)
        this.add('KUBE-LOOP-BACK', `${ip},${protocol}:${at},${ip}`);
  }

  private serveOutside(ip: string): void {
    // What is another interface's address already stays there.
    if (!this.situation.localIPs.includes(ip)) this.bound.push(ip);
    this.serve(ip, this.port.port.port, this.port.externalLocal);
  }

  private limitSources(ip: string): void {
    const { port, situation } = this;
    this.add('KUBE-LOAD-BALANCER-FW', this.at(ip));
    let fromNode = false;
    for (const range of port.sourceRanges) {
      this.add('KUBE-LOAD-BALANCER-SOURCE-CIDR', `${this.at(ip)},${range}`);
      fromNode ||= situation.nodeIP !== '' && isWithin(range, situation.nodeIP);
    }
    // A node's own connections to a virtual server come from the address of that.
    if (fromNode) this.add('KUBE-LOAD-BALANCER-SOURCE-IP', `${this.at(ip)},${ip}`);
    else this.closedToNode.push({ address: ip, protocol: port.protocol, port: port.port.port });
  }

  private serveNodePort(nodePort: number, addresses: readonly string[]): void {
    const { protocol, externalLocal } = this.port;
    const note = (local: '' | 'LOCAL-') => {
      if (protocol === 'sctp')
        for (const ip of addresses) this.add(`KUBE-NODE-PORT-${local}SCTP-HASH`, `${ip},sctp:${nodePort}`);
      else this.add(`KUBE-NODE-PORT-${local}${protocol === 'tcp' ? 'TCP' : 'UDP'}`, String(nodePort));
    };
    note('');
    if (externalLocal) note('LOCAL-');
    for (const ip of addresses) this.serve(ip, nodePort, externalLocal);
  }

  private serve(address: string, port: number, localOnly: boolean): void {
    const { cluster, local } = this.usable;
    const { settings, lasting } = this.situation;
    const { protocol, service, name } = this.port;
    const id = `${joinHostPort(address, port)}/${protocol.toUpperCase()}`;
    // Where this node has none, all do: pods of the node itself are to get through.
    const backends = localOnly && local.length > 0 ? local : cluster;
    const servers: RealServer[] = backends.map((backend) => ({
      ...{ id: backend.id, ip: backend.ip, port: backend.port },
      ...{ weight: 1, backend },
    }));
    const leaving = lasting && protocol === 'tcp' ? leavingServers(lasting(id), servers) : [];
    this.servers.push({
      ...{ id, address, port, protocol },
      scheduler: settings.ipvsScheduler,
      servicePort: name,
      persistence: service.affinitySeconds,
      servers: leaving.length === 0 ? servers : [...servers, ...leaving].sort((a, b) => (a.id < b.id ? -1 : 1)),
    });
  }

  private at(ip: string): string {
    return `${ip},${this.port.protocol}:${this.port.port.port}`;
  }

  private add(set: SetName, entry: string): void {
    this.entries.push([set, entry]);
  }
}

/** Gracefully terminated (`graceful_termination.go`): as long as they have connections. UDP and SCTP are not waited for. */
function leavingServers(
  connections: ReadonlyMap<string, { readonly active: number; readonly inactive: number }>,
  present: readonly RealServer[],
): RealServer[] {
  const leaving: RealServer[] = [];
  for (const [id, { active, inactive }] of connections) {
    if (active + inactive === 0 || present.some((one) => one.id === id)) continue;
    const colon = id.lastIndexOf(':');
    const ip = id.slice(0, colon).replace(/^\[|\]$/g, '');
    leaving.push({ id, ip, port: Number(id.slice(colon + 1)), weight: 0, backend: undefined });
  }
  return leaving;
}

/** As ipvsadm-save writes it. */
export function saveLines(server: VirtualServer): string {
  let text = `-A ${serviceArgument(server)} -s ${server.scheduler}${flagsText(server)}\n`;
  for (const one of server.servers) text += realServerLine('-a', server, one);
  return text;
}

export function realServerLine(action: '-a' | '-e', server: VirtualServer, one: RealServer): string {
  return `${action} ${serviceArgument(server)} -r ${one.id} -m -w ${one.weight}\n`;
}

/** `-t 10.96.0.10:80` */
export function serviceArgument({ address, port, protocol }: VirtualServer): string {
  const option = { tcp: '-t', udp: '-u', sctp: '--sctp-service' }[protocol];
  return `${option} ${joinHostPort(address, port)}`;
}

/** Persistence is by single addresses, for which ipvsadm prints no mask; maglev hashing looks at ports too. */
export function flagsText({ persistence, scheduler }: VirtualServer): string {
  return `${persistence === undefined ? '' : ` -p ${persistence}`}${scheduler === 'mh' ? ' -b mh-port' : ''}`;
}
