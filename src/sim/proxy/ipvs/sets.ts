/** The sets of addresses and ports that IPVS mode keeps in the kernel, so that few rules do for all services (kubernetes `pkg/proxy/ipvs/ipset.go`). */
import { isWithin } from '../situation';

export type SetType = 'hash:ip,port,ip' | 'hash:ip,port' | 'hash:ip,port,net' | 'bitmap:port' | 'hash:ip';

interface SetDefinition {
  readonly type: SetType;
  /** kube-proxy's word for it, in rules. */
  readonly comment: string;
}

/** In upstream's order (ipsetInfo). */
export const SETS = {
  'KUBE-LOOP-BACK': {
    type: 'hash:ip,port,ip',
    comment: 'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
  },
  'KUBE-CLUSTER-IP': { type: 'hash:ip,port', comment: 'Kubernetes service cluster ip + port for masquerade purpose' },
  'KUBE-EXTERNAL-IP': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service external ip + port for masquerade and filter purpose',
  },
  'KUBE-EXTERNAL-IP-LOCAL': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service external ip + port with externalTrafficPolicy=local',
  },
  'KUBE-LOAD-BALANCER': { type: 'hash:ip,port', comment: 'Kubernetes service lb portal' },
  'KUBE-LOAD-BALANCER-FW': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service load balancer ip + port for load balancer with sourceRange',
  },
  'KUBE-LOAD-BALANCER-LOCAL': {
    type: 'hash:ip,port',
    comment: 'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
  },
  'KUBE-LOAD-BALANCER-SOURCE-IP': {
    type: 'hash:ip,port,ip',
    comment: 'Kubernetes service load balancer ip + port + source IP for packet filter purpose',
  },
  'KUBE-LOAD-BALANCER-SOURCE-CIDR': {
    type: 'hash:ip,port,net',
    comment: 'Kubernetes service load balancer ip + port + source cidr for packet filter purpose',
  },
  'KUBE-NODE-PORT-TCP': { type: 'bitmap:port', comment: 'Kubernetes nodeport TCP port for masquerade purpose' },
  'KUBE-NODE-PORT-LOCAL-TCP': {
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport TCP port with externalTrafficPolicy=local',
  },
  'KUBE-NODE-PORT-UDP': { type: 'bitmap:port', comment: 'Kubernetes nodeport UDP port for masquerade purpose' },
  'KUBE-NODE-PORT-LOCAL-UDP': {
    type: 'bitmap:port',
    comment: 'Kubernetes nodeport UDP port with externalTrafficPolicy=local',
  },
  'KUBE-NODE-PORT-SCTP-HASH': {
    type: 'hash:ip,port',
    comment: "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
  },
  'KUBE-NODE-PORT-LOCAL-SCTP-HASH': {
    type: 'hash:ip,port',
    comment: "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
  },
  'KUBE-HEALTH-CHECK-NODE-PORT': { type: 'bitmap:port', comment: 'Kubernetes health check node port' },
  'KUBE-IPVS-IPS': { type: 'hash:ip', comment: 'Addresses on the ipvs interface' },
} as const satisfies Record<string, SetDefinition>;

export type SetName = keyof typeof SETS;
export const SET_NAMES = Object.keys(SETS) as SetName[];

/** Names have at most 31 letters; with both families in one kernel those of IPv6 are others (NewIPSet). */
export function kernelName(set: SetName, isIPv6: boolean): string {
  return isIPv6 ? set.replace('KUBE-', 'KUBE-6-').slice(0, 31) : set;
}

export const createLine = (set: SetName, isIPv6: boolean): string =>
  SETS[set].type === 'bitmap:port'
    ? `create ${kernelName(set, isIPv6)} bitmap:port range 0-65535\n`
    : `create ${kernelName(set, isIPv6)} ${SETS[set].type} family inet${isIPv6 ? '6' : ''} hashsize 1024 maxelem 65536\n`;

export const addLine = (set: SetName, isIPv6: boolean, entry: string): string =>
  `add ${kernelName(set, isIPv6)} ${entry}\n`;
export const deleteLine = (set: SetName, isIPv6: boolean, entry: string): string =>
  `del ${kernelName(set, isIPv6)} ${entry}\n`;

/** What is in the sets. The same entry may be there for several services. */
export class SetContents {
  private readonly entries = new Map<SetName, Map<string, number>>(SET_NAMES.map((name) => [name, new Map()]));
  /** Of KUBE-LOAD-BALANCER-SOURCE-CIDR, by what stands before the network. */
  private networks: Map<string, string[]> | undefined;

  /** Whether it is new. */
  add(set: SetName, entry: string): boolean {
    this.networks = undefined;
    const entries = this.of(set);
    const count = entries.get(entry) ?? 0;
    entries.set(entry, count + 1);
    return count === 0;
  }

  /** Whether it is gone now. */
  remove(set: SetName, entry: string): boolean {
    this.networks = undefined;
    const entries = this.of(set);
    const count = entries.get(entry) ?? 0;
    if (count > 1) entries.set(entry, count - 1);
    else entries.delete(entry);
    return count <= 1;
  }

  clear(): void {
    this.networks = undefined;
    for (const entries of this.entries.values()) entries.clear();
  }

  has(set: SetName, entry: string): boolean {
    return this.of(set).has(entry);
  }

  /** Whether a network of the set has the source. */
  hasSource(set: 'KUBE-LOAD-BALANCER-SOURCE-CIDR', target: string, source: string): boolean {
    this.networks ??= this.networksOf(set);
    return (this.networks.get(target) ?? []).some((network) => isWithin(network, source));
  }

  size(set: SetName): number {
    return this.of(set).size;
  }

  /** In order. */
  list(set: SetName): string[] {
    return [...this.of(set).keys()].sort();
  }

  private networksOf(set: SetName): Map<string, string[]> {
    const networks = new Map<string, string[]>();
    for (const entry of this.of(set).keys()) {
      const comma = entry.lastIndexOf(',');
      const target = entry.slice(0, comma);
      const known = networks.get(target);
      if (known) known.push(entry.slice(comma + 1));
      else networks.set(target, [entry.slice(comma + 1)]);
    }
    return networks;
  }

  private of(set: SetName): Map<string, number> {
    return this.entries.get(set) as Map<string, number>;
  }
}
