/**
 * kube-proxy in IPVS mode on one node, for one family: virtual servers in the kernel, found by a hash, and a few rules by sets beside
 * them. Deprecated since Kubernetes 1.35 (KEP-5495): in 1.36 it works, and kube-proxy warns when it starts; nftables mode takes its place.
 */
import type { Backend, ServiceView } from '../../network/model';
import { type Rule, ruleText, type Table } from '../iptables/rule';
import type { Chains } from '../iptables/walk';
import type {
  NodeProxy,
  Packet,
  ProxyMode,
  ProxySituation,
  RulesText,
  SyncReport,
  Touched,
  Walk,
  WalkSurroundings,
} from '../mode';
import { servicePorts } from '../service-port';
import { CHAINS, jumpsOf, rulesOf } from './chains';
import { addLine, createLine, deleteLine, kernelName, SET_NAMES, SetContents, type SetName } from './sets';
import {
  flagsText,
  type PortServers,
  portServers,
  realServerLine,
  saveLines,
  serviceArgument,
  type VirtualServer,
} from './virtual-servers';
import { IPVSWalker } from './walk';

export const IPVS: ProxyMode = {
  name: 'ipvs',
  start: (situation) => new IPVSProxy(situation),
};

const TABLES = ['nat', 'filter'] as const;

class IPVSProxy implements NodeProxy {
  private readonly written = new Map<string, readonly PortServers[]>();
  private readonly servers = new Map<string, VirtualServer>();
  private readonly sets = new SetContents();
  /** Of the services that have such, by their keys. */
  private readonly closedToNode = new Map<string, PortServers['closedToNode']>();
  /** For walks; made when the first one begins. */
  private chains: Chains | undefined;

  constructor(private readonly situation: ProxySituation) {}

  sync(services: Iterable<ServiceView>): SyncReport {
    this.written.clear();
    this.servers.clear();
    this.sets.clear();
    this.closedToNode.clear();
    this.chains = undefined;
    for (const service of services) {
      const ports = this.write(service);
      if (ports.length === 0) continue;
      this.written.set(service.key, ports);
      this.noteClosed(service.key, ports);
      for (const { servers, entries, bound } of ports) {
        for (const server of servers) this.servers.set(server.id, server);
        for (const [set, entry] of entries) this.sets.add(set, entry);
        for (const address of bound) this.sets.add('KUBE-IPVS-IPS', address);
      }
    }
    const input = () => this.rules();
    return {
      full: true,
      get input() {
        return input();
      },
      touched: [
        { action: 'rewrite', what: 'virtual servers', detail: `${this.servers.size} of them` },
        { action: 'rewrite', what: 'sets', detail: `${this.entryCount()} entries` },
        { action: 'rewrite', what: 'tables nat and filter', detail: `${this.ruleCount()} rules` },
      ],
    };
  }

  syncService(key: string, service: ServiceView | undefined): SyncReport {
    const before = this.written.get(key) ?? [];
    const now = service ? this.write(service) : [];
    if (now.length > 0) this.written.set(key, now);
    else this.written.delete(key);
    this.noteClosed(key, now);
    this.chains = undefined;
    const change = new Change(this.sets, this.situation.family === 'IPv6');
    change.entries(before, now);
    change.servers(this.servers, before, now);
    const rules = this.iptables(false);
    change.touched.push({ action: 'rewrite', what: 'tables nat and filter', detail: `${this.ruleCount()} rules` });
    return { full: false, input: [...change.input(), rules], touched: change.touched };
  }

  rules(): readonly RulesText[] {
    const virtual = this.virtualServers().map(saveLines);
    const isIPv6 = this.situation.family === 'IPv6';
    const sets: string[] = [];
    for (const set of SET_NAMES) {
      sets.push(createLine(set, isIPv6));
      for (const entry of this.sets.list(set)) sets.push(addLine(set, isIPv6, entry));
    }
    const addresses = this.sets.list('KUBE-IPVS-IPS').map((ip) => addressLine('add', ip));
    return [
      { tool: 'ip -batch -', text: `link add kube-ipvs0 type dummy\n${addresses.join('')}` },
      { tool: 'ipset restore', text: sets.join('') },
      { tool: 'ipvsadm -R', text: virtual.join('') },
      this.iptables(true),
    ];
  }

  counts(): Readonly<Record<string, number>> {
    let real = 0;
    for (const { servers } of this.servers.values()) real += servers.length;
    return {
      'virtual servers': this.servers.size,
      'real servers': real,
      'set entries': this.entryCount(),
      'filter rules': this.ownRules('filter').length,
      'nat rules': this.ownRules('nat').length,
    };
  }

  virtualServers(): readonly VirtualServer[] {
    return [...this.servers.keys()].sort().map((id) => this.servers.get(id) as VirtualServer);
  }

  walk(packet: Packet, surroundings: WalkSurroundings): Walk {
    this.chains ??= this.indexChains();
    const { sets, servers, chains } = this;
    const view = {
      chains,
      sets,
      virtualServer: (id: string) => servers.get(id),
      isBound: (address: string) => sets.has('KUBE-IPVS-IPS', address),
    };
    return new IPVSWalker(this.situation, view, packet, surroundings).walk();
  }

  private write(service: ServiceView): PortServers[] {
    return servicePorts(service, this.situation.family).map((port) => portServers(port, this.situation));
  }

  private ownRules(table: Table): Rule[] {
    const keys = [...this.closedToNode.keys()].sort();
    const closed = keys.flatMap((key) => this.closedToNode.get(key) ?? []);
    return rulesOf(table, this.situation, this.sets, closed);
  }

  private noteClosed(key: string, ports: readonly PortServers[]): void {
    const closed = ports.flatMap((port) => port.closedToNode);
    if (closed.length > 0) this.closedToNode.set(key, closed);
    else this.closedToNode.delete(key);
  }

  /** What iptables-restore is given: always whole, for it is short whatever there is. */
  private iptables(withJumps: boolean): RulesText {
    const tool = `${this.situation.family === 'IPv6' ? 'ip6tables' : 'iptables'}-restore --noflush`;
    let text = '';
    for (const table of TABLES) {
      const jumps = withJumps ? jumpsOf(table) : [];
      text += [
        `*${table}`,
        ...CHAINS[table].map((chain) => `:${chain} - [0:0]`),
        ...jumps.map((rule) => ruleText(rule).replace('-A', '-I')),
        ...this.ownRules(table).map(ruleText),
        'COMMIT\n',
      ].join('\n');
    }
    return { tool, text };
  }

  private entryCount(): number {
    return SET_NAMES.reduce((sum, set) => sum + this.sets.size(set), 0);
  }

  private ruleCount(): number {
    return TABLES.reduce((sum, table) => sum + this.ownRules(table).length, 0);
  }

  private indexChains(): Chains {
    const chains = new Map<string, Rule[]>();
    // The last jump that was inserted comes first.
    for (const table of TABLES)
      for (const rule of [...jumpsOf(table).reverse(), ...this.ownRules(table)]) {
        const key = `${table} ${rule.chain}`;
        const chain = chains.get(key);
        if (chain) chain.push(rule);
        else chains.set(key, [rule]);
      }
    return { rules: (table, chain) => chains.get(`${table} ${chain}`) ?? [], backend: noBackend };
  }
}

/** None is told by a chain here. */
function noBackend(): Backend | undefined {
  return undefined;
}

/** One service's change: what is called for it, and what it touches. */
class Change {
  readonly touched: Touched[] = [];
  private readonly virtual: string[] = [];
  private readonly set: string[] = [];
  private readonly addresses: string[] = [];

  constructor(
    private readonly sets: SetContents,
    private readonly isIPv6: boolean,
  ) {}

  input(): RulesText[] {
    const texts: RulesText[] = [
      { tool: 'ipset restore', text: this.set.join('') },
      { tool: 'ip -batch -', text: this.addresses.join('') },
      { tool: 'ipvsadm -R', text: this.virtual.join('') },
    ];
    return texts.filter(({ text }) => text !== '');
  }

  entries(before: readonly PortServers[], now: readonly PortServers[]): void {
    // What stays is counted up before it is counted down, so that it never goes.
    const added: [SetName, string][] = [];
    for (const [set, entry] of entriesOf(now)) if (this.sets.add(set, entry)) added.push([set, entry]);
    for (const [set, entry] of entriesOf(before)) if (this.sets.remove(set, entry)) this.entry('remove', set, entry);
    for (const [set, entry] of added) this.entry('add', set, entry);
  }

  private entry(action: 'add' | 'remove', set: SetName, entry: string): void {
    const isAdded = action === 'add';
    this.set.push((isAdded ? addLine : deleteLine)(set, this.isIPv6, entry));
    this.touched.push({ action, what: `set ${kernelName(set, this.isIPv6)}`, detail: entry });
    if (set !== 'KUBE-IPVS-IPS') return;
    this.addresses.push(addressLine(isAdded ? 'add' : 'del', entry));
    this.touched.push({ action, what: 'address of kube-ipvs0', detail: entry });
  }

  servers(all: Map<string, VirtualServer>, before: readonly PortServers[], now: readonly PortServers[]): void {
    const old = new Map(before.flatMap((port) => port.servers.map((server) => [server.id, server])));
    const young = new Map(now.flatMap((port) => port.servers.map((server) => [server.id, server])));
    for (const server of young.values()) {
      all.set(server.id, server);
      const was = old.get(server.id);
      if (was) this.server(was, server);
      else this.addServer(server);
    }
    for (const server of old.values()) {
      if (young.has(server.id)) continue;
      all.delete(server.id);
      this.virtual.push(`-D ${serviceArgument(server)}\n`);
      this.touched.push({ action: 'remove', what: `virtual server ${server.id}`, detail: realServers(server) });
    }
  }

  private addServer(server: VirtualServer): void {
    this.virtual.push(saveLines(server));
    this.touched.push({ action: 'add', what: `virtual server ${server.id}`, detail: realServers(server) });
  }

  private server(was: VirtualServer, server: VirtualServer): void {
    const [before, after] = [flagsText(was), flagsText(server)];
    if (before !== after || was.scheduler !== server.scheduler) {
      this.virtual.push(`-E ${serviceArgument(server)} -s ${server.scheduler}${after}\n`);
      this.touched.push({
        action: 'change',
        what: `virtual server ${server.id}`,
        detail: `-s ${server.scheduler}${after}`,
      });
    }
    const detail = `of ${server.id}`;
    for (const one of server.servers) {
      const known = was.servers.find(({ id }) => id === one.id);
      if (known?.weight === one.weight) continue;
      this.virtual.push(realServerLine(known ? '-e' : '-a', server, one));
      const what = `real server ${one.id}`;
      this.touched.push(
        known ? { action: 'change', what, detail: `${detail}: weight ${one.weight}` } : { action: 'add', what, detail },
      );
    }
    for (const one of was.servers) {
      if (server.servers.some(({ id }) => id === one.id)) continue;
      this.virtual.push(`-d ${serviceArgument(server)} -r ${one.id}\n`);
      this.touched.push({ action: 'remove', what: `real server ${one.id}`, detail });
    }
  }
}

function* entriesOf(ports: readonly PortServers[]): Generator<readonly [SetName, string]> {
  for (const { entries, bound } of ports) {
    yield* entries;
    for (const address of bound) yield ['KUBE-IPVS-IPS', address];
  }
}

function realServers({ servers }: VirtualServer): string {
  return `${servers.length} real server${servers.length === 1 ? '' : 's'}`;
}

function addressLine(action: 'add' | 'del', ip: string): string {
  return `address ${action} ${ip}/${ip.includes(':') ? 128 : 32} dev kube-ipvs0\n`;
}
