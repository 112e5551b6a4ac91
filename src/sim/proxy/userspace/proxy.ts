/**
 * kube-proxy in userspace mode, as it was until Kubernetes 1.25 (removed in 1.26): the proxy stands in the way of every packet.
 * Kept because it shows what the other modes are for.
 */
import type { ServiceView } from '../../network/model';
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
import { CHAINS, isServed, JUMPS, type Portal, portal } from './portals';
import { ProxyPorts } from './proxy-ports';
import { PortalWalker } from './walk';

export const USERSPACE: ProxyMode = {
  name: 'userspace',
  start: (situation) => new UserspaceProxy(situation),
};

const TABLES = ['nat', 'filter'] as const;

class UserspaceProxy implements NodeProxy {
  private readonly portals = new Map<string, readonly Portal[]>();
  private readonly ports = new ProxyPorts();
  private keys: string[] | undefined;
  /** For walks; made when the first one begins. */
  private index: { chains: Chains; portals: ReadonlyMap<number, Portal> } | undefined;

  constructor(private readonly situation: ProxySituation) {}

  sync(services: Iterable<ServiceView>): SyncReport {
    this.portals.clear();
    this.ports.clear();
    this.forget();
    for (const service of services) {
      const portals = this.open(service);
      if (portals.length > 0) this.portals.set(service.key, portals);
    }
    const input = () => this.rules();
    return {
      full: true,
      get input() {
        return input();
      },
      touched: [{ action: 'rewrite', what: 'portals', detail: `${this.portalCount()} of them` }],
    };
  }

  syncService(key: string, service: ServiceView | undefined): SyncReport {
    const before = this.portals.get(key) ?? [];
    const now = service ? this.open(service) : [];
    if (now.length > 0) this.portals.set(key, now);
    else this.portals.delete(key);
    this.forget();
    const names = new Set(now.map(({ servicePort }) => servicePort.name));
    for (const { servicePort } of before) if (!names.has(servicePort.name)) this.ports.release(servicePort.name);
    return changeOf(before, now, this.tool);
  }

  rules(): readonly RulesText[] {
    const all = this.all();
    const text = TABLES.map((table) =>
      [
        `*${table}`,
        ...CHAINS[table].map((chain) => `:${chain} - [0:0]`),
        ...JUMPS[table].map(ruleText),
        ...all.flatMap((one) => one[table].map(ruleText)),
        'COMMIT\n',
      ].join('\n'),
    );
    return [{ tool: `${this.tool}-restore --noflush`, text: text.join('') }];
  }

  counts(): Readonly<Record<string, number>> {
    const count = (table: Table) => this.all().reduce((sum, one) => sum + one[table].length, JUMPS[table].length);
    return { 'listening ports': this.portalCount(), 'filter rules': count('filter'), 'nat rules': count('nat') };
  }

  walk(packet: Packet, surroundings: WalkSurroundings): Walk {
    this.index ??= this.makeIndex();
    const { chains, portals } = this.index;
    return new PortalWalker(this.situation, chains, (port) => portals.get(port), packet, surroundings).walk();
  }

  private open(service: ServiceView): Portal[] {
    return servicePorts(service, this.situation.family)
      .filter(isServed)
      .map((port) => portal(port, this.ports.of(port.name), this.situation));
  }

  private forget(): void {
    this.keys = undefined;
    this.index = undefined;
  }

  /** In the order of the services' keys. */
  private all(): Portal[] {
    this.keys ??= [...this.portals.keys()].sort();
    return this.keys.flatMap((key) => this.portals.get(key) ?? []);
  }

  private portalCount(): number {
    let sum = 0;
    for (const portals of this.portals.values()) sum += portals.length;
    return sum;
  }

  private get tool(): string {
    return this.situation.family === 'IPv6' ? 'ip6tables' : 'iptables';
  }

  private makeIndex(): { chains: Chains; portals: ReadonlyMap<number, Portal> } {
    const chains = new Map<string, Rule[]>();
    const portals = new Map<number, Portal>();
    const add = (table: Table, rules: readonly Rule[]) => {
      for (const rule of rules) {
        const key = `${table} ${rule.chain}`;
        const chain = chains.get(key);
        if (chain) chain.push(rule);
        else chains.set(key, [rule]);
      }
    };
    for (const table of TABLES) add(table, JUMPS[table]);
    for (const one of this.all()) {
      for (const table of TABLES) add(table, one[table]);
      portals.set(one.proxyPort, one);
    }
    return {
      chains: { rules: (table, chain) => chains.get(`${table} ${chain}`) ?? [], backend: () => undefined },
      portals,
    };
  }
}

/** Each rule by a call of iptables of its own; endpoints are the proxy's own affair, and touch no rule. */
function changeOf(before: readonly Portal[], now: readonly Portal[], tool: string): SyncReport {
  const touched: Touched[] = [];
  const calls: string[] = [];
  for (const table of TABLES) {
    const old = new Set(before.flatMap((one) => one[table].map(ruleText)));
    const young = new Set(now.flatMap((one) => one[table].map(ruleText)));
    const call = (action: 'add' | 'remove', rule: string) => {
      calls.push(`-t ${table} ${action === 'add' ? rule : rule.replace('-A', '-D')}\n`);
      touched.push({ action, what: `rule in ${table}`, detail: rule });
    };
    for (const rule of old) if (!young.has(rule)) call('remove', rule);
    for (const rule of young) if (!old.has(rule)) call('add', rule);
  }
  for (const { servicePort, backends, proxyPort } of now) {
    const was = before.find((one) => one.servicePort.name === servicePort.name);
    const ids = backends.map(({ id }) => id);
    if (!was) touched.push({ action: 'add', what: `listening port ${proxyPort}`, detail: servicePort.name });
    else if (was.backends.map(({ id }) => id).join() === ids.join()) continue;
    touched.push({ action: 'change', what: `round robin of ${servicePort.name}`, detail: ids.join(' ') || 'nobody' });
  }
  for (const { servicePort, proxyPort } of before)
    if (!now.some((one) => one.servicePort.name === servicePort.name))
      touched.push({ action: 'remove', what: `listening port ${proxyPort}`, detail: servicePort.name });
  return { full: false, input: calls.length === 0 ? [] : [{ tool, text: calls.join('') }], touched };
}
