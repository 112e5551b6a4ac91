/** kube-proxy in iptables mode on one node, for one family: rules in chains, looked at one after the other. */
import { backendsOf } from '../../network/backends';
import type { Backend, ServiceView } from '../../network/model';
import type {
  NodeProxy,
  Packet,
  ProxyMode,
  ProxySituation,
  RulesText,
  SyncReport,
  Walk,
  WalkSurroundings,
} from '../mode';
import { servicePorts } from '../service-port';
import { builtInChain, firstRules, jumpsOf, lastRules, topChains } from './chains';
import { type Rule, ruleText, type Table } from './rule';
import { type PortRules, portRules } from './service-rules';
import { touchedBy } from './touched';
import { type Chains, walkRules } from './walk';

export const IPTABLES: ProxyMode = {
  name: 'iptables',
  start: (situation) => new IptablesProxy(situation),
};

/** From so many endpoints on, rules are written without comments (largeClusterEndpointsThreshold). */
const LARGE_CLUSTER = 1000;

/** What is written for one service, as rules and, once it was asked for, as text. */
interface Written {
  readonly endpoints: number;
  readonly ports: readonly PortRules[];
  readonly texts: { filter?: string; shared?: string; own?: string };
}

class IptablesProxy implements NodeProxy {
  private readonly written = new Map<string, Written>();
  private keys: string[] | undefined = [];
  private endpoints = 0;
  /** For walks; made when the first one begins. */
  private chains: Chains | undefined;

  constructor(private readonly situation: ProxySituation) {}

  sync(services: Iterable<ServiceView>): SyncReport {
    this.written.clear();
    this.keys = undefined;
    this.chains = undefined;
    const served = [...services].map((service) => ({ service, ports: servicePorts(service, this.situation.family) }));
    this.endpoints = served.reduce((sum, { service }) => sum + this.endpointsOf(service), 0);
    for (const { service, ports } of served) if (ports.length > 0) this.written.set(service.key, this.write(service));
    const input = () => this.restoreInput(() => true, []);
    return {
      full: true,
      get input() {
        return input();
      },
      touched: [{ action: 'rewrite', what: 'tables filter and nat', detail: `${this.count()} rules` }],
    };
  }

  syncService(key: string, service: ServiceView | undefined): SyncReport {
    const before = this.written.get(key);
    this.endpoints += (service ? this.endpointsOf(service) : 0) - (before?.endpoints ?? 0);
    const now = service && servicePorts(service, this.situation.family).length > 0 ? this.write(service) : undefined;
    if (now) this.written.set(key, now);
    else this.written.delete(key);
    if (!before !== !now) this.keys = undefined;
    this.chains = undefined;
    const active = new Set(now?.ports.flatMap((port) => port.chains));
    const stale = (before?.ports ?? []).flatMap((port) => port.chains).filter((chain) => !active.has(chain));
    return {
      full: false,
      input: this.restoreInput((one) => one === key, stale),
      touched: touchedBy(before?.ports ?? [], now?.ports ?? [], (table) => this.sharedCount(table)),
    };
  }

  rules(): readonly RulesText[] {
    return [this.jumps(), ...this.restoreInput(() => true, [])];
  }

  counts(): Readonly<Record<string, number>> {
    const count = (table: Table) =>
      firstRules(table, this.situation).length + this.sharedCount(table) + lastRules(table, this.situation).length;
    let own = 0;
    let chains = topChains('nat', this.situation).length;
    for (const { ports } of this.written.values())
      for (const port of ports) {
        own += port.own.length;
        chains += port.chains.length;
      }
    return { 'filter rules': count('filter'), 'nat rules': count('nat') + own, 'nat chains': chains };
  }

  walk(packet: Packet, surroundings: WalkSurroundings): Walk {
    this.chains ??= this.indexChains();
    return walkRules(this.situation, this.chains, packet, surroundings);
  }

  private count(): number {
    const { 'filter rules': filter = 0, 'nat rules': nat = 0 } = this.counts();
    return filter + nat;
  }

  private endpointsOf(service: ServiceView): number {
    const { family } = this.situation;
    return servicePorts(service, family).reduce((sum, { port }) => sum + backendsOf(service, port, family).length, 0);
  }

  private write(service: ServiceView): Written {
    const ports = servicePorts(service, this.situation.family);
    return {
      endpoints: this.endpointsOf(service),
      ports: ports.map((port) => portRules(port, this.situation, this.endpoints > LARGE_CLUSTER)),
      texts: {},
    };
  }

  /** In the order of their keys. */
  private services(): [string, Written][] {
    this.keys ??= [...this.written.keys()].sort();
    return this.keys.map((key) => [key, this.written.get(key) as Written]);
  }

  /** The jumps into the chains, which kube-proxy inserts once and then leaves alone. */
  private jumps(): RulesText {
    const table = (name: Table) => {
      const jumps = jumpsOf(name);
      const chains = [...new Set(jumps.flatMap(({ target }) => (target.kind === 'jump' ? target.chain : [])))];
      return [
        `*${name}`,
        ...chains.map((chain) => `:${chain} - [0:0]`),
        ...jumps.map((rule) => ruleText(rule).replace('-A', '-I')),
        'COMMIT\n',
      ].join('\n');
    };
    return { tool: this.tool, text: table('filter') + table('nat') };
  }

  /** What iptables-restore is given: the shared chains whole, and the chains of the services whose keys are wanted. */
  private restoreInput(isWanted: (key: string) => boolean, stale: readonly string[]): RulesText[] {
    const { situation } = this;
    const filter: string[] = ['*filter\n', ...topChains('filter', situation).map(chainLine)];
    const natChains: string[] = ['*nat\n', ...topChains('nat', situation).map(chainLine)];
    const natRules: string[] = [linesOf(firstRules('nat', situation))];
    filter.push(linesOf(firstRules('filter', situation)));
    for (const [key, { ports, texts }] of this.services()) {
      texts.filter ??= ports.map((port) => linesOf(port.filter)).join('');
      texts.shared ??= ports.map((port) => linesOf(port.shared)).join('');
      filter.push(texts.filter);
      natRules.push(texts.shared);
      if (!isWanted(key)) continue;
      for (const port of ports) natChains.push(port.chains.map(chainLine).join(''));
      texts.own ??= ports.map((port) => linesOf(port.own)).join('');
      natRules.push(texts.own);
    }
    natChains.push(...stale.map(chainLine));
    natRules.push(...stale.map((chain) => `-X ${chain}\n`), linesOf(lastRules('nat', situation)), 'COMMIT\n');
    filter.push(linesOf(lastRules('filter', situation)), 'COMMIT\n');
    return [{ tool: this.tool, text: [...filter, ...natChains, ...natRules].join('') }];
  }

  private get tool(): string {
    return `${this.situation.family === 'IPv6' ? 'ip6tables' : 'iptables'}-restore --noflush`;
  }

  private sharedCount(table: Table): number {
    let sum = 0;
    for (const { ports } of this.written.values())
      for (const port of ports) sum += table === 'filter' ? port.filter.length : port.shared.length;
    return sum;
  }

  private indexChains(): Chains {
    /** `nat KUBE-SERVICES` → its rules. */
    const chains = new Map<string, Rule[]>();
    const backends = new Map<string, Backend>();
    const add = (table: Table, rules: readonly Rule[]) => {
      for (const rule of rules) {
        const key = `${table} ${rule.chain}`;
        const chain = chains.get(key);
        if (chain) chain.push(rule);
        else chains.set(key, [rule]);
      }
    };
    for (const table of ['filter', 'nat'] as const) {
      for (const hook of ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])
        add(table, builtInChain(table, hook));
      add(table, firstRules(table, this.situation));
    }
    for (const [, { ports }] of this.services())
      for (const port of ports) {
        add('filter', port.filter);
        add('nat', port.shared);
        add('nat', port.own);
        for (const [chain, backend] of port.backends) backends.set(chain, backend);
      }
    for (const table of ['filter', 'nat'] as const) add(table, lastRules(table, this.situation));
    return {
      rules: (table, chain) => chains.get(`${table} ${chain}`) ?? [],
      backend: (chain) => backends.get(chain),
    };
  }
}

function chainLine(chain: string): string {
  return `:${chain} - [0:0]\n`;
}

function linesOf(rules: readonly Rule[]): string {
  let text = '';
  for (const rule of rules) text += `${ruleText(rule)}\n`;
  return text;
}
