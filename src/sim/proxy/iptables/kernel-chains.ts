/** The chains as they stand in the kernel, for packets to walk through: those of services are made when a packet comes to them. */
import type { Backend } from '../../network/model';
import type { ProxySituation } from '../mode';
import { builtInChain, firstRules, lastRules } from './chains';
import type { Rule, Table } from './rule';
import type { PortRules } from './service-rules';
import type { Chains } from './walk';
import type { Written } from './written';

export class KernelChains implements Chains {
  /** `nat KUBE-SERVICES` → its rules. */
  private readonly chains = new Map<string, Rule[]>();
  private readonly backends = new Map<string, Backend>();
  /** Whose chain it is, as long as nobody has asked for one of its service. */
  private readonly owners = new Map<string, Written>();

  constructor(
    situation: ProxySituation,
    services: readonly Written[],
    private readonly portsOf: (one: Written) => readonly PortRules[],
  ) {
    for (const table of ['filter', 'nat'] as const) {
      for (const hook of ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])
        this.add(table, builtInChain(table, hook));
      this.add(table, firstRules(table, situation));
    }
    for (const one of services) {
      this.add('filter', one.filter);
      this.add('nat', one.shared);
      for (const chain of one.chains) this.owners.set(chain, one);
    }
    for (const table of ['filter', 'nat'] as const) this.add(table, lastRules(table, situation));
  }

  rules(table: Table, chain: string): readonly Rule[] {
    const owner = this.owners.get(chain);
    if (owner) this.fill(owner);
    return this.chains.get(`${table} ${chain}`) ?? [];
  }

  backend(chain: string): Backend | undefined {
    return this.backends.get(chain);
  }

  private fill(owner: Written): void {
    for (const chain of owner.chains) this.owners.delete(chain);
    for (const { own, backends } of this.portsOf(owner)) {
      this.add('nat', own);
      for (const [chain, backend] of backends) this.backends.set(chain, backend);
    }
  }

  private add(table: Table, rules: readonly Rule[]): void {
    for (const rule of rules) {
      const key = `${table} ${rule.chain}`;
      const chain = this.chains.get(key);
      if (chain) chain.push(rule);
      else this.chains.set(key, [rule]);
    }
  }
}
