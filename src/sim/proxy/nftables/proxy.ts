/** kube-proxy in nftables mode on one node, for one family: a table of its own, in which services are found by one look into a map. */
import type { ServiceView } from '../../network/model';
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
import { BASE_CHAINS, CONTAINERS, fixedRules, nodePortSet, ORDINARY_CHAINS } from './chains';
import { type ElementChanges, Elements } from './elements';
import { type Rule, ruleText, tableOf } from './rule';
import { type AffinitySet, type Element, type PortRules, portRules } from './service-rules';
import { walkTable } from './walk';

export const NFTABLES: ProxyMode = {
  name: 'nftables',
  start: (situation) => new NftablesProxy(situation),
};

/** What is written for one service. */
interface Written {
  readonly ports: readonly PortRules[];
  readonly elements: readonly Element[];
}

class NftablesProxy implements NodeProxy {
  private readonly written = new Map<string, Written>();
  private readonly elements = new Elements();
  private readonly fixed: readonly Rule[];
  private readonly table: string;
  /** For walks; made when the first one begins. */
  private chains: Map<string, readonly Rule[]> | undefined;

  constructor(private readonly situation: ProxySituation) {
    this.fixed = fixedRules(situation);
    this.table = tableOf(situation.family);
  }

  sync(services: Iterable<ServiceView>): SyncReport {
    this.written.clear();
    this.elements.clear();
    this.chains = undefined;
    for (const service of services) {
      const now = this.write(service);
      if (!now) continue;
      this.written.set(service.key, now);
      for (const element of now.elements) this.elements.put(service.key, element);
    }
    const input = () => this.rules();
    return {
      full: true,
      get input() {
        return input();
      },
      touched: [{ action: 'rewrite', what: `table ${this.table}`, detail: `${this.countRules()} rules` }],
    };
  }

  syncService(key: string, service: ServiceView | undefined): SyncReport {
    const before = this.written.get(key);
    const now = service && this.write(service);
    if (now) this.written.set(key, now);
    else this.written.delete(key);
    this.chains = undefined;
    const changes = this.elements.replace(key, before?.elements ?? [], now?.elements ?? []);
    return {
      full: false,
      input: [this.transaction(before?.ports ?? [], now?.ports ?? [], changes)],
      touched: this.touchedBy(before?.ports ?? [], now?.ports ?? [], changes),
    };
  }

  rules(): readonly RulesText[] {
    const { family } = this.situation;
    const lines: string[] = [`add table ${this.table} { comment "rules for kube-proxy" ; }`];
    for (const { name, type, hook, priority } of BASE_CHAINS)
      lines.push(`add chain ${this.table} ${name} { type ${type} hook ${hook} priority ${priority} ; }`);
    for (const { name, comment } of ORDINARY_CHAINS)
      lines.push(`add chain ${this.table} ${name}${comment === undefined ? '' : ` { comment "${comment}" ; }`}`);
    const ports = [...this.written.values()].flatMap((one) => one.ports);
    for (const { chains } of ports) for (const chain of chains) lines.push(`add chain ${this.table} ${chain}`);
    for (const { name, kind, type, comment } of CONTAINERS) {
      if (name === 'nodeport-ips' && nodePortSet(this.situation) === 'all') continue;
      const addresses = type.replaceAll('ADDRESS', this.addressType);
      lines.push(`add ${kind} ${this.table} ${name} { type ${addresses} ; comment "${comment}" ; }`);
    }
    for (const { affinitySets } of ports) for (const set of affinitySets) lines.push(this.setLine(set));
    for (const rule of this.fixed) lines.push(this.ruleLine(rule));
    for (const { rules } of ports)
      for (const rule of rules) lines.push(`add rule ${this.table} ${rule.chain} ${ruleText(rule, family)}`);
    const nodePorts = nodePortSet(this.situation);
    if (nodePorts !== 'all') for (const ip of nodePorts) lines.push(`add element ${this.table} nodeport-ips { ${ip} }`);
    for (const { name } of CONTAINERS)
      for (const element of this.elements.in(name)) lines.push(`add element ${this.table} ${elementText(element)}`);
    return [{ tool: 'nft -f -', text: `${lines.join('\n')}\n` }];
  }

  counts(): Readonly<Record<string, number>> {
    let chains = BASE_CHAINS.length + ORDINARY_CHAINS.length;
    for (const { ports } of this.written.values()) for (const port of ports) chains += port.chains.length;
    const nodePorts = nodePortSet(this.situation);
    const elements = this.elements.size() + (nodePorts === 'all' ? 0 : nodePorts.length);
    return { rules: this.countRules(), chains, elements };
  }

  walk(packet: Packet, surroundings: WalkSurroundings): Walk {
    this.chains ??= this.indexChains();
    const { chains, elements } = this;
    const nodePorts = nodePortSet(this.situation);
    return walkTable(
      this.situation,
      {
        rules: (chain) => chains.get(chain) ?? [],
        element: (container, key) =>
          container === 'nodeport-ips'
            ? nodePorts !== 'all' && nodePorts.includes(key)
              ? { container, key, verdict: '', comment: '' }
              : undefined
            : elements.get(container, key),
        servicePort: (chain) => this.servicePortOf(chain),
      },
      packet,
      surroundings,
    );
  }

  private write(service: ServiceView): Written | undefined {
    const ports = servicePorts(service, this.situation.family).map((port) => portRules(port, this.situation));
    return ports.length === 0 ? undefined : { ports, elements: ports.flatMap((port) => port.elements) };
  }

  private countRules(): number {
    let sum = this.fixed.length;
    for (const { ports } of this.written.values()) for (const port of ports) sum += port.rules.length;
    return sum;
  }

  private get addressType(): string {
    return this.situation.family === 'IPv6' ? 'ipv6_addr' : 'ipv4_addr';
  }

  private ruleLine(rule: Rule): string {
    return `add rule ${this.table} ${rule.chain} ${ruleText(rule, this.situation.family)}`;
  }

  private setLine({ name, seconds }: AffinitySet): string {
    return `add set ${this.table} ${name} { type ${this.addressType} ; flags dynamic,timeout ; timeout ${seconds}s ; }`;
  }

  /** One transaction: all of it happens, or nothing. Chains that nobody needs any more are emptied; the next sync deletes them. */
  private transaction(
    before: readonly PortRules[],
    now: readonly PortRules[],
    { added, removed }: ElementChanges,
  ): RulesText {
    const { table } = this;
    const lines: string[] = [];
    const active = new Set(now.flatMap(({ chains }) => chains));
    for (const chain of active) lines.push(`add chain ${table} ${chain}`, `flush chain ${table} ${chain}`);
    for (const element of removed) lines.push(`delete element ${table} ${element.container} { ${element.key} }`);
    for (const element of added) lines.push(`add element ${table} ${elementText(element)}`);
    const sets = new Set<string>();
    for (const { affinitySets, rules } of now) {
      for (const set of affinitySets) {
        sets.add(set.name);
        lines.push(this.setLine(set));
      }
      for (const rule of rules) lines.push(this.ruleLine(rule));
    }
    for (const chain of before.flatMap(({ chains }) => chains))
      if (!active.has(chain)) lines.push(`flush chain ${table} ${chain}`);
    for (const { name } of before.flatMap(({ affinitySets }) => affinitySets))
      if (!sets.has(name)) lines.push(`delete set ${table} ${name}`);
    return { tool: 'nft -f -', text: lines.map((line) => `${line}\n`).join('') };
  }

  private touchedBy(before: readonly PortRules[], now: readonly PortRules[], changes: ElementChanges): Touched[] {
    const touched: Touched[] = [];
    for (const { container, key } of changes.removed)
      touched.push({ action: 'remove', what: `element of ${container}`, detail: key });
    for (const { container, key, verdict } of changes.added)
      touched.push({
        action: 'add',
        what: `element of ${container}`,
        detail: verdict === '' ? key : `${key} : ${verdict}`,
      });
    const old = this.chainTexts(before);
    const young = this.chainTexts(now);
    for (const [chain, rules] of young) {
      const was = old.get(chain);
      const action = was === undefined ? 'add' : was.join('\n') === rules.join('\n') ? 'rewrite' : 'change';
      const same = action === 'rewrite' ? ', as they were' : '';
      touched.push({
        action,
        what: `chain ${chain}`,
        detail: `${rules.length} rule${rules.length === 1 ? '' : 's'}${same}`,
      });
    }
    for (const chain of old.keys())
      if (!young.has(chain))
        touched.push({ action: 'remove', what: `chain ${chain}`, detail: 'emptied now, deleted with the next sync' });
    const setsOf = (ports: readonly PortRules[]) =>
      new Map(ports.flatMap(({ affinitySets }) => affinitySets).map((set) => [set.name, set.seconds]));
    const oldSets = setsOf(before);
    const youngSets = setsOf(now);
    for (const [name, seconds] of youngSets)
      if (!oldSets.has(name)) touched.push({ action: 'add', what: `set ${name}`, detail: `${seconds} seconds` });
    for (const name of oldSets.keys())
      if (!youngSets.has(name))
        touched.push({ action: 'remove', what: `set ${name}`, detail: 'clients in it are forgotten' });
    return touched;
  }

  private chainTexts(ports: readonly PortRules[]): Map<string, string[]> {
    const texts = new Map<string, string[]>();
    for (const { chains, rules } of ports) {
      for (const chain of chains) texts.set(chain, []);
      for (const rule of rules) texts.get(rule.chain)?.push(ruleText(rule, this.situation.family));
    }
    return texts;
  }

  private indexChains(): Map<string, readonly Rule[]> {
    const chains = new Map<string, Rule[]>();
    const add = (rule: Rule) => {
      const chain = chains.get(rule.chain);
      if (chain) chain.push(rule);
      else chains.set(rule.chain, [rule]);
    };
    this.fixed.forEach(add);
    for (const { ports } of this.written.values()) for (const port of ports) port.rules.forEach(add);
    return chains;
  }

  private servicePortOf(chain: string): string | undefined {
    for (const { ports } of this.written.values())
      for (const port of ports) if (port.chains.includes(chain)) return port.servicePort.name;
    return undefined;
  }
}

/** `service-ips { 10.96.1.1 . tcp . 80 : goto service-… }` */
function elementText({ container, key, verdict, comment }: Element): string {
  const note = comment === '' ? '' : ` comment "${comment}"`;
  return `${container} { ${key}${note}${verdict === '' ? '' : ` : ${verdict}`} }`;
}
