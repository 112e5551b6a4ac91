/** The rules for one port of a service (kubernetes `pkg/proxy/iptables/proxier.go` syncProxyRules, writeServiceToEndpointRules). */
import type { Backend } from '../../network/model';
import { chainHash } from '../chain-hash';
import { affinityKey, type ProxySituation } from '../mode';
import { type ServicePort, servicePortBackends } from '../service-port';
import { isWithin } from '../situation';
import {
  EXTERNAL_SERVICES,
  hasLocalhostNodePorts,
  LOCALHOST_COUNTER,
  MARK_MASQ,
  NODE_PORTS,
  PROXY_FIREWALL,
  SERVICES,
} from './chains';
import { comment, jump, type Match, type Rule, type Target } from './rule';

/** All rules of one port. Those in shared chains are written with every sync, the rest only when the service changes. */
export interface PortRules {
  readonly servicePort: ServicePort;
  /** In KUBE-SERVICES, KUBE-EXTERNAL-SERVICES, KUBE-NODEPORTS and KUBE-PROXY-FIREWALL. */
  readonly filter: readonly Rule[];
  /** In KUBE-SERVICES and KUBE-NODEPORTS. */
  readonly shared: readonly Rule[];
  /** The chains of its own, in the order in which they are declared. */
  readonly chains: readonly string[];
  readonly own: readonly Rule[];
  /** Which backend a chain KUBE-SEP-… leads to. */
  readonly backends: ReadonlyMap<string, Backend>;
}

/** @param noComments in large clusters endpoints' rules have none, which makes them shorter by 40% */
export function portRules(port: ServicePort, situation: ProxySituation, noComments: boolean): PortRules {
  return new PortWriter(port, situation, noComments).write();
}

class PortWriter {
  private readonly filter: Rule[] = [];
  private readonly shared: Rule[] = [];
  private readonly chains: string[] = [];
  private readonly own: Rule[] = [];
  private readonly backends = new Map<string, Backend>();
  private readonly endpointChains = new Map<Backend, string>();
  private readonly usable;
  private readonly hash: string;

  constructor(
    private readonly port: ServicePort,
    private readonly situation: ProxySituation,
    private readonly noComments: boolean,
  ) {
    this.usable = servicePortBackends(port, situation.node);
    this.hash = chainHash(port.name + port.protocol, 16);
  }

  write(): PortRules {
    const { port, usable } = this;
    const usesFirewall = usable.any && port.loadBalancerVIPs.length > 0 && port.sourceRanges.length > 0;
    this.captureClusterIP();
    this.captureExternalIPs();
    this.captureLoadBalancers(usesFirewall);
    this.captureNodePort();
    this.writeInternal();
    if (usable.any && port.externallyAccessible) this.writeExternal();
    if (usesFirewall) this.writeFirewall();
    if (usable.cluster.length > 0 && port.usesCluster) this.writeBalancing(this.clusterChain, usable.cluster);
    if (usable.local.length > 0 && port.usesLocal) this.writeBalancing(this.localChain, usable.local);
    for (const backend of usable.reachable) this.writeEndpoint(backend);
    const { filter, shared, chains, own, backends } = this;
    return { servicePort: port, filter, shared, chains, own, backends };
  }

  private get clusterChain(): string {
    return `KUBE-SVC-${this.hash}`;
  }
  private get localChain(): string {
    return `KUBE-SVL-${this.hash}`;
  }
  private get externalChain(): string {
    return `KUBE-EXT-${this.hash}`;
  }
  private get firewallChain(): string {
    return `KUBE-FW-${this.hash}`;
  }
  private get internalChain(): string {
    return this.port.internalLocal ? this.localChain : this.clusterChain;
  }

  private captureClusterIP(): void {
    const { port, usable } = this;
    const { name, clusterIP } = port;
    if (usable.hasInternal)
      this.shared.push({
        chain: SERVICES,
        matches: this.to(`${name} cluster IP`, clusterIP),
        target: jump(this.internalChain),
      });
    else this.filter.push({ chain: SERVICES, matches: this.to(this.lack, clusterIP), target: this.refusal });
  }

  private captureExternalIPs(): void {
    const { port, usable } = this;
    for (const ip of port.externalIPs) {
      if (usable.any)
        this.shared.push({
          chain: SERVICES,
          matches: this.to(`${port.name} external IP`, ip),
          target: jump(this.externalChain),
        });
      if (!usable.hasExternal) this.refuse(ip);
    }
  }

  private captureLoadBalancers(usesFirewall: boolean): void {
    const { port, usable } = this;
    for (const ip of port.loadBalancerVIPs) {
      if (usable.any)
        this.shared.push({
          chain: SERVICES,
          matches: this.to(`${port.name} loadbalancer IP`, ip),
          target: jump(usesFirewall ? this.firewallChain : this.externalChain),
        });
      if (usesFirewall)
        this.filter.push({
          chain: PROXY_FIREWALL,
          matches: this.to(`${port.name} traffic not accepted by ${this.firewallChain}`, ip),
          target: { kind: 'DROP' },
        });
    }
    if (!usable.hasExternal) for (const ip of port.loadBalancerVIPs) this.refuse(ip);
  }

  private captureNodePort(): void {
    const { port, usable, situation } = this;
    const { nodePort } = port.port;
    const at: Match = { kind: 'port', port: nodePort };
    if (nodePort !== 0 && usable.any) {
      const target = jump(this.externalChain);
      const note = [comment(port.name), this.protocol];
      if (situation.settings.nfacct && hasLocalhostNodePorts(situation)) {
        const local: Match = { kind: 'destination', range: '127.0.0.0/8' };
        const counted: Match = { kind: 'counter', name: LOCALHOST_COUNTER };
        this.shared.push({ chain: NODE_PORTS, matches: [...note, local, at, counted], target });
      }
      this.shared.push({ chain: NODE_PORTS, matches: [...note, at], target });
    }
    if (nodePort !== 0 && !usable.hasExternal)
      this.filter.push({
        chain: EXTERNAL_SERVICES,
        matches: [comment(this.lack), { kind: 'destination-type' }, this.protocol, at],
        target: this.refusal,
      });
    const { healthCheckNodePort } = port.service;
    if (healthCheckNodePort !== 0)
      this.filter.push({
        chain: NODE_PORTS,
        matches: [
          comment(`${port.name} health check node port`),
          { kind: 'protocol', protocol: 'tcp' },
          { kind: 'port', port: healthCheckNodePort },
        ],
        target: { kind: 'ACCEPT' },
      });
  }

  /** Traffic to the cluster IP that comes from no pod is masqueraded: it may go on to another node. */
  private writeInternal(): void {
    const { port, situation, usable } = this;
    if (!usable.hasInternal) return;
    const matches = this.to(`${port.name} cluster IP`, port.clusterIP);
    if (situation.settings.masqueradeAll) this.add(this.internalChain, matches, jump(MARK_MASQ));
    else if (situation.podRange !== '')
      this.add(
        this.internalChain,
        [...matches, { kind: 'source', range: situation.podRange, not: true }],
        jump(MARK_MASQ),
      );
  }

  private writeExternal(): void {
    const { port, situation, usable } = this;
    const { name, externalLocal } = port;
    this.chains.push(this.externalChain);
    const add = (text: string, matches: Match[], chain: string) =>
      this.add(this.externalChain, [comment(`${text} for ${name} external destinations`), ...matches], jump(chain));
    if (externalLocal) {
      // Pods and the node itself are bound by no policy, as if they had gone out to a load balancer and come back in.
      if (situation.podRange !== '')
        add('pod traffic', [{ kind: 'source', range: situation.podRange }], this.clusterChain);
      add('masquerade LOCAL traffic', [{ kind: 'source-type' }], MARK_MASQ);
      add('route LOCAL traffic', [{ kind: 'source-type' }], this.clusterChain);
    } else add('masquerade traffic', [], MARK_MASQ);
    if (usable.hasExternal) this.add(this.externalChain, [], jump(externalLocal ? this.localChain : this.clusterChain));
  }

  /** Who is let in goes on to the external chain; the rest is not translated, and KUBE-PROXY-FIREWALL drops it. */
  private writeFirewall(): void {
    const { port, situation } = this;
    this.chains.push(this.firewallChain);
    const note = comment(`${port.name} loadbalancer IP`);
    const letIn = (range: string) =>
      this.add(this.firewallChain, [note, { kind: 'source', range }], jump(this.externalChain));
    for (const range of port.sourceRanges) letIn(range);
    // To a node that has the address itself, its own requests come from there.
    if (port.sourceRanges.some((range) => isWithin(range, situation.nodeIP)))
      for (const ip of port.loadBalancerVIPs) letIn(ip);
    this.add(this.firewallChain, [comment(`other traffic to ${port.name} will be dropped by ${PROXY_FIREWALL}`)], {
      kind: 'none',
    });
  }

  private writeBalancing(chain: string, backends: readonly Backend[]): void {
    this.chains.push(chain);
    const { affinitySeconds } = this.port.service;
    if (affinitySeconds !== undefined)
      for (const backend of backends) {
        const name = this.endpointChain(backend);
        this.add(
          chain,
          [...this.note(backend), { kind: 'recent', name, key: this.affinity(backend), seconds: affinitySeconds }],
          jump(name),
        );
      }
    backends.forEach((backend, i) => {
      const left = backends.length - i;
      const matches = left > 1 ? [...this.note(backend), { kind: 'chance', of: left } as const] : this.note(backend);
      this.add(chain, matches, jump(this.endpointChain(backend)));
    });
  }

  private writeEndpoint(backend: Backend): void {
    const chain = this.endpointChain(backend);
    this.chains.push(chain);
    this.backends.set(chain, backend);
    const note = this.noComments ? [] : [comment(this.port.name)];
    this.add(chain, [...note, { kind: 'source', range: backend.ip }], jump(MARK_MASQ));
    const remember: Match[] =
      this.port.service.affinitySeconds === undefined
        ? []
        : [{ kind: 'remember', name: chain, key: this.affinity(backend) }];
    this.add(chain, [...note, ...remember, this.protocol], { kind: 'DNAT', to: backend.id });
  }

  private endpointChain(backend: Backend): string {
    let chain = this.endpointChains.get(backend);
    if (chain === undefined) {
      const { name, protocol } = this.port;
      chain = `KUBE-SEP-${chainHash(name + protocol + backend.id, 16)}`;
      this.endpointChains.set(backend, chain);
    }
    return chain;
  }

  private affinity({ id }: Backend): string {
    return affinityKey(this.port.name, this.port.protocol, id);
  }

  private note({ id }: Backend): Match[] {
    return this.noComments ? [] : [comment(`${this.port.name} -> ${id}`)];
  }

  private get protocol(): Match {
    return { kind: 'protocol', protocol: this.port.protocol };
  }

  private to(note: string, range: string): Match[] {
    return [comment(note), this.protocol, { kind: 'destination', range }, { kind: 'port', port: this.port.port.port }];
  }

  /** Nobody at all: the client is told. Nobody here: nothing is said, a load balancer sends elsewhere. */
  private get refusal(): Target {
    return { kind: this.usable.any ? 'DROP' : 'REJECT' };
  }
  private get lack(): string {
    return `${this.port.name} has no ${this.usable.any ? 'local ' : ''}endpoints`;
  }

  private refuse(ip: string): void {
    this.filter.push({ chain: EXTERNAL_SERVICES, matches: this.to(this.lack, ip), target: this.refusal });
  }

  private add(chain: string, matches: readonly Match[], target: Target): void {
    this.own.push({ chain, matches, target });
  }
}
