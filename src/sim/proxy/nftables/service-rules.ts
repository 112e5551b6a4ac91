/** The chains, elements and sets for one port of a service (kubernetes `pkg/proxy/nftables/proxier.go` syncProxyRules). */
import type { Backend } from '../../network/model';
import { chainHash } from '../chain-hash';
import { affinityKey, type ProxySituation } from '../mode';
import { type ServicePort, servicePortBackends } from '../service-port';
import { masqueradeMark } from '../settings';
import { isWithin } from '../situation';
import { type Container, REJECT } from './chains';
import type { Action, Match, Rule } from './rule';

export interface Element {
  readonly container: Container;
  /** `10.96.1.1 . tcp . 80` */
  readonly key: string;
  /** `goto service-…`, `drop`; '' in a set. */
  readonly verdict: string;
  readonly comment: string;
}

export interface AffinitySet {
  readonly name: string;
  readonly seconds: number;
}

export interface PortRules {
  readonly servicePort: ServicePort;
  readonly elements: readonly Element[];
  readonly chains: readonly string[];
  readonly rules: readonly Rule[];
  readonly affinitySets: readonly AffinitySet[];
}

export function portRules(port: ServicePort, situation: ProxySituation): PortRules {
  return new PortWriter(port, situation).write();
}

/** A name may have 256 letters, 16 of which are for the prefix. */
const LONGEST_BASE = 240;

/** hashAndTruncate: the hash comes first, so that names that begin alike don't look alike. */
function hashed(name: string): string {
  const base = `${chainHash(name, 8)}-${name}`;
  return base.length > LONGEST_BASE ? `${base.slice(0, LONGEST_BASE - 3)}...` : base;
}

class PortWriter {
  private readonly elements: Element[] = [];
  private readonly chains: string[] = [];
  private readonly rules: Rule[] = [];
  private readonly affinitySets: AffinitySet[] = [];
  private readonly usable;
  private readonly name: string;
  private readonly base: string;

  constructor(
    private readonly port: ServicePort,
    private readonly situation: ProxySituation,
  ) {
    this.usable = servicePortBackends(port, situation.node);
    this.name = `${port.service.key}/${port.protocol}/${port.port.name}`;
    this.base = hashed(this.name);
  }

  write(): PortRules {
    const { port, usable } = this;
    this.declare();
    this.capture();
    if (usable.any && port.externallyAccessible) this.writeExternal();
    if (this.usesFirewall) this.writeFirewall();
    if (this.usesCluster) this.writeBalancing(this.clusterChain, usable.cluster);
    if (this.usesLocal) this.writeBalancing(this.localChain, usable.local);
    if (port.service.affinitySeconds !== undefined) for (const backend of usable.reachable) this.writeEndpoint(backend);
    const { elements, chains, rules, affinitySets } = this;
    return { servicePort: port, elements, chains, rules, affinitySets };
  }

  private get usesCluster(): boolean {
    return this.usable.cluster.length > 0 && this.port.usesCluster;
  }
  private get usesLocal(): boolean {
    return this.usable.local.length > 0 && this.port.usesLocal;
  }
  private get usesFirewall(): boolean {
    return this.port.loadBalancerVIPs.length > 0 && this.port.sourceRanges.length > 0;
  }
  private get clusterChain(): string {
    return `service-${this.base}`;
  }
  private get localChain(): string {
    return `local-${this.base}`;
  }
  private get externalChain(): string {
    return `external-${this.base}`;
  }
  private get firewallChain(): string {
    return `firewall-${this.base}`;
  }

  /** Endpoints have chains of their own only where clients are remembered in them. */
  private declare(): void {
    const { port, usable } = this;
    const { affinitySeconds } = port.service;
    if (affinitySeconds !== undefined)
      for (const backend of usable.reachable) {
        const base = this.endpointBase(backend);
        this.chains.push(`endpoint-${base}`);
        this.affinitySets.push({ name: `affinity-${base}`, seconds: affinitySeconds });
      }
    if (this.usesCluster) this.chains.push(this.clusterChain);
    if (this.usesLocal) this.chains.push(this.localChain);
    if (usable.any && port.externallyAccessible) this.chains.push(this.externalChain);
    if (this.usesFirewall) this.chains.push(this.firewallChain);
  }

  private capture(): void {
    const { port, usable } = this;
    const { clusterIP, externalIPs, loadBalancerVIPs, internalLocal, protocol } = port;
    for (const backend of usable.reachable)
      if (backend.endpoint.node !== '' && backend.endpoint.node === this.situation.node.name)
        this.element('hairpin-connections', `${backend.ip} . ${backend.ip} . ${protocol} . ${backend.port}`, '');
    this.element('cluster-ips', clusterIP, '');
    if (usable.hasInternal)
      this.element('service-ips', this.at(clusterIP), `goto ${internalLocal ? this.localChain : this.clusterChain}`);
    else this.refuse('no-endpoint-services', this.at(clusterIP));
    for (const ip of [...externalIPs, ...loadBalancerVIPs]) {
      if (usable.any) this.element('service-ips', this.at(ip), `goto ${this.externalChain}`);
      if (!usable.hasExternal) this.refuse('no-endpoint-services', this.at(ip));
    }
    if (this.usesFirewall)
      for (const ip of loadBalancerVIPs) this.element('firewall-ips', this.at(ip), `goto ${this.firewallChain}`);
    const { nodePort } = port.port;
    if (nodePort === 0) return;
    const key = `${protocol} . ${nodePort}`;
    if (usable.any) this.element('service-nodeports', key, `goto ${this.externalChain}`);
    if (!usable.hasExternal) this.refuse('no-endpoint-nodeports', key);
  }

  private writeExternal(): void {
    const { port, usable, situation } = this;
    const mark = masqueradeMark(situation.settings);
    const add = (matches: Match[], action: Action, comment?: string) =>
      this.add(this.externalChain, matches, action, comment);
    if (port.externalLocal) {
      // Pods and the node itself are bound by no policy, as if they had gone out to a load balancer and come back in.
      const fromHere: Match = { kind: 'local', field: 'saddr' };
      const { podRange: range } = situation;
      if (range !== '') add([{ kind: 'in-range', field: 'saddr', range }], this.toCluster, 'short-circuit pod traffic');
      add([fromHere], { kind: 'mark', mark }, 'masquerade local traffic');
      add([fromHere], this.toCluster, 'short-circuit local traffic');
    } else add([], { kind: 'mark', mark }, 'masquerade');
    if (usable.hasExternal) add([], port.externalLocal ? { kind: 'goto', chain: this.localChain } : this.toCluster);
  }

  private get toCluster(): Action {
    return { kind: 'goto', chain: this.clusterChain };
  }

  private writeFirewall(): void {
    const { port, situation } = this;
    const ranges = [...port.sourceRanges];
    // To a node that has the address itself, its own requests come from there.
    if (ranges.some((range) => isWithin(range, situation.nodeIP))) ranges.push(...port.loadBalancerVIPs);
    this.add(this.firewallChain, [{ kind: 'in-ranges', field: 'saddr', ranges, not: true }], { kind: 'drop' });
  }

  private writeBalancing(chain: string, backends: readonly Backend[]): void {
    const { service, protocol } = this.port;
    const { affinitySeconds: seconds } = service;
    if (seconds === undefined) {
      this.add(chain, [{ kind: 'protocol', protocol }], { kind: 'choose-backend', backends });
      return;
    }
    const chains = backends.map((backend) => `endpoint-${this.endpointBase(backend)}`);
    backends.forEach((backend, i) => {
      const set = `affinity-${this.endpointBase(backend)}`;
      const known: Match = { kind: 'remembered', set, key: this.affinity(backend), seconds };
      this.add(chain, [known], { kind: 'goto', chain: chains[i] as string });
    });
    this.add(chain, [], { kind: 'choose-chain', chains });
  }

  private writeEndpoint(backend: Backend): void {
    const base = this.endpointBase(backend);
    const { protocol } = this.port;
    this.add(`endpoint-${base}`, [], { kind: 'remember', set: `affinity-${base}`, key: this.affinity(backend) });
    this.add(`endpoint-${base}`, [{ kind: 'protocol', protocol }], { kind: 'dnat', backend });
  }

  private endpointBase({ ip, port }: Backend): string {
    return hashed(`${this.name}__${ip.replaceAll(':', '.')}/${port}`);
  }

  private affinity({ id }: Backend): string {
    return affinityKey(this.port.name, this.port.protocol, id);
  }

  private at(ip: string): string {
    return `${ip} . ${this.port.protocol} . ${this.port.port.port}`;
  }

  private refuse(container: Container, key: string): void {
    this.element(container, key, this.usable.any ? 'drop' : `goto ${REJECT}`, this.port.name);
  }

  private element(container: Container, key: string, verdict: string, comment = ''): void {
    this.elements.push({ container, key, verdict, comment });
  }

  private add(chain: string, matches: readonly Match[], action: Action, comment?: string): void {
    this.rules.push({ chain, matches, action, ...(comment === undefined ? {} : { comment }) });
  }
}
