/** kube-proxy in iptables mode on one node, for one family: rules in chains, looked at one after the other. */
import { backendsOf } from '../../network/backends';
import type { ServiceView } from '../../network/model';
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
import { type ServicePort, servicePorts } from '../service-port';
import { firstRules, jumpsOf, lastRules, topChains } from './chains';
import { KernelChains } from './kernel-chains';
import { rulesText, ruleText, type Table } from './rule';
import { type PortRules, portRules } from './service-rules';
import { touchedBy } from './touched';
import { walkRules } from './walk';
import { BLOCK, type Written, writtenOf } from './written';

export const IPTABLES: ProxyMode = {
  name: 'iptables',
  start: (situation) => new IptablesProxy(situation),
};

/** From so many endpoints on, rules are written without comments (largeClusterEndpointsThreshold). */
const LARGE_CLUSTER = 1000;

class IptablesProxy implements NodeProxy {
  private readonly written = new Map<string, Written>();
  /** The keys in their order, and the texts of so many services at a time: most stay as they are from sync to sync. */
  private keys: string[] | undefined = [];
  private blocks: ({ filter: string; shared: string } | undefined)[] = [];
  private readonly totals = { endpoints: 0, filter: 0, shared: 0, own: 0, chains: 0 };
  private kernel: KernelChains | undefined;

  constructor(private readonly situation: ProxySituation) {}

  sync(services: Iterable<ServiceView>): SyncReport {
    this.written.clear();
    this.keys = undefined;
    this.blocks = [];
    this.kernel = undefined;
    Object.assign(this.totals, { endpoints: 0, filter: 0, shared: 0, own: 0, chains: 0 });
    const served: [ServiceView, ServicePort[]][] = [];
    for (const service of services) {
      const ports = servicePorts(service, this.situation.family);
      if (ports.length > 0) served.push([service, ports]);
      this.totals.endpoints += endpointsOf(ports);
    }
    for (const [service, ports] of served) {
      const now = writtenOf(service, ports, this.situation, this.isLarge);
      this.written.set(service.key, now);
      this.account(now, 1);
    }
    const input = () => this.restoreInput(() => true, []);
    return {
      full: true,
      get input() {
        return input();
      },
      touched: [{ action: 'rewrite', what: 'tables filter and nat', detail: `${this.countRules()} rules` }],
    };
  }

  syncService(key: string, service: ServiceView | undefined): SyncReport {
    const before = this.written.get(key);
    const ports = service ? servicePorts(service, this.situation.family) : [];
    if (before) this.totals.endpoints -= endpointsOf(servicePorts(before.service, this.situation.family));
    this.totals.endpoints += endpointsOf(ports);
    if (before) this.account(before, -1);
    const now = service && ports.length > 0 ? writtenOf(service, ports, this.situation, this.isLarge) : undefined;
    if (now) {
      this.written.set(key, now);
      this.account(now, 1);
    } else this.written.delete(key);
    this.forgetTexts(key, !before !== !now);
    this.kernel = undefined;
    const active = new Set(now?.chains);
    const stale = (before?.chains ?? []).filter((chain) => !active.has(chain));
    const rulesOf = (one: Written | undefined) => (one ? this.portsOf(one) : []);
    return {
      full: false,
      input: this.restoreInput((one) => one === key, stale),
      touched: touchedBy(rulesOf(before), rulesOf(now), this.totals.shared),
    };
  }

  rules(): readonly RulesText[] {
    return [this.jumps(), ...this.restoreInput(() => true, [])];
  }

  counts(): Readonly<Record<string, number>> {
    const { totals, situation } = this;
    const fixed = (table: Table) => firstRules(table, situation).length + lastRules(table, situation).length;
    return {
      'filter rules': fixed('filter') + totals.filter,
      'nat rules': fixed('nat') + totals.shared + totals.own,
      'nat chains': topChains('nat', situation).length + totals.chains,
    };
  }

  walk(packet: Packet, surroundings: WalkSurroundings): Walk {
    this.kernel ??= new KernelChains(
      this.situation,
      this.sortedKeys().map((key) => this.written.get(key) as Written),
      (one) => this.portsOf(one),
    );
    return walkRules(this.situation, this.kernel, packet, surroundings);
  }

  private get isLarge(): boolean {
    return this.totals.endpoints > LARGE_CLUSTER;
  }

  private countRules(): number {
    const { 'filter rules': filter = 0, 'nat rules': nat = 0 } = this.counts();
    return filter + nat;
  }

  private account({ filter, shared, ownCount, chains }: Written, sign: 1 | -1): void {
    const { totals } = this;
    totals.filter += sign * filter.length;
    totals.shared += sign * shared.length;
    totals.own += sign * ownCount;
    totals.chains += sign * chains.length;
  }

  /** The rules of a service's own chains are not kept as such: there may be hundreds of thousands. */
  private portsOf({ service, noComments }: Written): PortRules[] {
    return servicePorts(service, this.situation.family).map((port) => portRules(port, this.situation, noComments));
  }

  private sortedKeys(): string[] {
    this.keys ??= [...this.written.keys()].sort();
    return this.keys;
  }

  private forgetTexts(key: string, moved: boolean): void {
    if (moved) {
      this.keys = undefined;
      this.blocks = [];
    } else this.blocks[Math.floor(this.sortedKeys().indexOf(key) / BLOCK)] = undefined;
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
    const filter: string[] = ['*filter\n', chainLines(topChains('filter', situation))];
    const natChains: string[] = ['*nat\n', chainLines(topChains('nat', situation))];
    const natRules: string[] = [rulesText(firstRules('nat', situation))];
    filter.push(rulesText(firstRules('filter', situation)));
    const keys = this.sortedKeys();
    for (let start = 0; start < keys.length; start += BLOCK) {
      const block = keys.slice(start, start + BLOCK);
      const { filter: filterText, shared } = this.blockTexts(start / BLOCK, block);
      filter.push(filterText);
      if (!block.some(isWanted)) {
        natRules.push(shared);
        continue;
      }
      for (const key of block) {
        const one = this.written.get(key) as Written;
        natRules.push(one.texts.shared);
        if (!isWanted(key)) continue;
        natChains.push(chainLines(one.chains));
        natRules.push(one.texts.own);
      }
    }
    natChains.push(chainLines(stale));
    natRules.push(...stale.map((chain) => `-X ${chain}\n`), rulesText(lastRules('nat', situation)), 'COMMIT\n');
    filter.push(rulesText(lastRules('filter', situation)), 'COMMIT\n');
    return [{ tool: this.tool, text: [...filter, ...natChains, ...natRules].join('') }];
  }

  private blockTexts(number: number, keys: readonly string[]): { filter: string; shared: string } {
    let texts = this.blocks[number];
    if (!texts) {
      const all = keys.map((key) => (this.written.get(key) as Written).texts);
      texts = { filter: all.map((one) => one.filter).join(''), shared: all.map((one) => one.shared).join('') };
      this.blocks[number] = texts;
    }
    return texts;
  }

  private get tool(): string {
    return `${this.situation.family === 'IPv6' ? 'ip6tables' : 'iptables'}-restore --noflush`;
  }
}

function endpointsOf(ports: readonly ServicePort[]): number {
  return ports.reduce((sum, { service, port, family }) => sum + backendsOf(service, port, family).length, 0);
}

function chainLines(chains: readonly string[]): string {
  return chains.map((chain) => `:${chain} - [0:0]\n`).join('');
}
