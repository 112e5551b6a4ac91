/** The rules of iptables that IPVS mode needs beside it: for all services together, by sets (kubernetes `pkg/proxy/ipvs/proxier.go` writeIptablesRules). */
import { comment, jump, type Match, type Rule, type Table, type Target } from '../iptables/rule';
import type { ProxySituation } from '../mode';
import { masqueradeMark } from '../settings';
import { kernelName, SETS, type SetContents, type SetName } from './sets';
import type { PortServers } from './virtual-servers';

const SERVICES = 'KUBE-SERVICES';
const POSTROUTING = 'KUBE-POSTROUTING';
const NODE_PORT = 'KUBE-NODE-PORT';
const LOAD_BALANCER = 'KUBE-LOAD-BALANCER';
const MARK_MASQ = 'KUBE-MARK-MASQ';
const FORWARD = 'KUBE-FORWARD';
const PROXY_FIREWALL = 'KUBE-PROXY-FIREWALL';
const SOURCE_RANGES = 'KUBE-SOURCE-RANGES-FIREWALL';
const FILTER = 'KUBE-IPVS-FILTER';
const OUT_FILTER = 'KUBE-IPVS-OUT-FILTER';

export const CHAINS: Readonly<Record<Table, readonly string[]>> = {
  nat: [SERVICES, POSTROUTING, NODE_PORT, LOAD_BALANCER, MARK_MASQ],
  filter: [FORWARD, NODE_PORT, PROXY_FIREWALL, SOURCE_RANGES, FILTER, OUT_FILTER],
};

/** As they are inserted, each in front of what is there (iptablesJumpChain). */
const JUMPS: readonly (readonly [Table, string, string, string])[] = [
  ['nat', 'OUTPUT', SERVICES, 'kubernetes service portals'],
  ['nat', 'PREROUTING', SERVICES, 'kubernetes service portals'],
  ['nat', 'POSTROUTING', POSTROUTING, 'kubernetes postrouting rules'],
  ['filter', 'FORWARD', FORWARD, 'kubernetes forwarding rules'],
  ['filter', 'INPUT', NODE_PORT, 'kubernetes health check rules'],
  ['filter', 'INPUT', PROXY_FIREWALL, 'kube-proxy firewall rules'],
  ['filter', 'FORWARD', PROXY_FIREWALL, 'kube-proxy firewall rules'],
  ['filter', 'INPUT', FILTER, 'kubernetes ipvs access filter'],
  ['filter', 'OUTPUT', OUT_FILTER, 'kubernetes ipvs access filter'],
];

export function jumpsOf(table: Table): Rule[] {
  return JUMPS.filter(([of]) => of === table).map(([, chain, to, note]) => ({
    chain,
    matches: [comment(note)],
    target: jump(to),
  }));
}

/** Jumps by what is in a set, in upstream's order (ipsetWithIptablesChain); only of sets that hold something. */
const BY_SET: readonly (readonly [SetName, Table, string, string, string, ('tcp' | 'udp' | 'sctp')?])[] = [
  ['KUBE-LOOP-BACK', 'nat', POSTROUTING, 'MASQUERADE', 'dst,dst,src'],
  ['KUBE-LOAD-BALANCER', 'nat', SERVICES, LOAD_BALANCER, 'dst,dst'],
  ['KUBE-LOAD-BALANCER-LOCAL', 'nat', LOAD_BALANCER, 'RETURN', 'dst,dst'],
  ['KUBE-NODE-PORT-LOCAL-TCP', 'nat', NODE_PORT, 'RETURN', 'dst', 'tcp'],
  ['KUBE-NODE-PORT-TCP', 'nat', NODE_PORT, MARK_MASQ, 'dst', 'tcp'],
  ['KUBE-NODE-PORT-LOCAL-UDP', 'nat', NODE_PORT, 'RETURN', 'dst', 'udp'],
  ['KUBE-NODE-PORT-UDP', 'nat', NODE_PORT, MARK_MASQ, 'dst', 'udp'],
  ['KUBE-NODE-PORT-LOCAL-SCTP-HASH', 'nat', NODE_PORT, 'RETURN', 'dst,dst', 'sctp'],
  ['KUBE-NODE-PORT-SCTP-HASH', 'nat', NODE_PORT, MARK_MASQ, 'dst,dst', 'sctp'],
  ['KUBE-LOAD-BALANCER-FW', 'filter', PROXY_FIREWALL, SOURCE_RANGES, 'dst,dst'],
  ['KUBE-LOAD-BALANCER-SOURCE-CIDR', 'filter', SOURCE_RANGES, 'RETURN', 'dst,dst,src'],
  ['KUBE-LOAD-BALANCER-SOURCE-IP', 'filter', SOURCE_RANGES, 'RETURN', 'dst,dst,src'],
];

export function rulesOf(
  table: Table,
  situation: ProxySituation,
  sets: SetContents,
  closedToNode: PortServers['closedToNode'],
): Rule[] {
  const writer = new RuleWriter(situation, sets);
  return table === 'nat' ? writer.nat() : writer.filter(closedToNode);
}

class RuleWriter {
  private readonly rules: Rule[] = [];
  private readonly mark: string;
  private readonly isIPv6: boolean;

  constructor(
    private readonly situation: ProxySituation,
    private readonly sets: SetContents,
  ) {
    this.mark = masqueradeMark(situation.settings);
    this.isIPv6 = situation.family === 'IPv6';
  }

  nat(): Rule[] {
    const loopback = this.isIPv6 ? '::1/128' : '127.0.0.0/8';
    this.add(SERVICES, [{ kind: 'source', range: loopback }], { kind: 'RETURN' });
    this.jumpBySets('nat');
    this.masqueradeToClusterIPs();
    this.acceptToExternalIPs();
    this.add(SERVICES, [{ kind: 'destination-type' }], jump(NODE_PORT));
    this.add(LOAD_BALANCER, [], jump(MARK_MASQ));
    // What is left for other rules could keep packets from IPVS.
    for (const set of ['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'] as const)
      if (this.sets.size(set) > 0) this.add(SERVICES, [this.inSet(set, 'dst,dst')], { kind: 'ACCEPT' });
    this.add(POSTROUTING, [{ kind: 'mark', mark: this.mark, not: true }], { kind: 'RETURN' });
    this.add(POSTROUTING, [], { kind: 'mark', how: 'xor', mark: this.mark });
    this.add(POSTROUTING, [comment('kubernetes service traffic requiring SNAT')], { kind: 'MASQUERADE' });
    this.add(MARK_MASQ, [], { kind: 'mark', how: 'or', mark: this.mark });
    return this.rules;
  }

  filter(closedToNode: PortServers['closedToNode']): Rule[] {
    this.jumpBySets('filter');
    this.add(SOURCE_RANGES, [], { kind: 'DROP' });
    for (const { address, protocol, port } of closedToNode)
      this.add(
        OUT_FILTER,
        [
          { kind: 'source', range: address },
          { kind: 'virtual', address, protocol, port },
        ],
        { kind: 'DROP' },
      );
    this.add(FORWARD, [comment('kubernetes forwarding rules'), { kind: 'mark', mark: this.mark }], { kind: 'ACCEPT' });
    this.add(
      FORWARD,
      [comment('kubernetes forwarding conntrack rule'), { kind: 'state', states: 'RELATED,ESTABLISHED' }],
      { kind: 'ACCEPT' },
    );
    const healthCheck = 'KUBE-HEALTH-CHECK-NODE-PORT';
    this.add(NODE_PORT, [this.noteOf(healthCheck), this.inSet(healthCheck, 'dst')], { kind: 'ACCEPT' });
    for (const set of ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const)
      this.add(FILTER, [this.inSet(set, 'dst,dst')], { kind: 'RETURN' });
    this.add(FILTER, [this.inSet(healthCheck, 'dst')], { kind: 'RETURN' });
    this.add(FILTER, [{ kind: 'state', states: 'NEW' }, this.inSet('KUBE-IPVS-IPS', 'dst')], { kind: 'REJECT' });
    return this.rules;
  }

  private jumpBySets(wanted: Table): void {
    for (const [set, table, chain, to, by, protocol] of BY_SET) {
      if (table !== wanted || this.sets.size(set) === 0) continue;
      const first: Match[] = protocol === undefined ? [] : [{ kind: 'protocol', protocol, written: 'plain' }];
      this.add(chain, [...first, this.noteOf(set), this.inSet(set, by)], targetTo(to));
    }
  }

  private masqueradeToClusterIPs(): void {
    const set = 'KUBE-CLUSTER-IP';
    if (this.sets.size(set) === 0) return;
    const { settings, podRange } = this.situation;
    const matches = [this.noteOf(set), this.inSet(set, 'dst,dst')];
    if (settings.masqueradeAll) this.add(SERVICES, matches, jump(MARK_MASQ));
    else if (podRange !== '')
      this.add(SERVICES, [...matches, { kind: 'source', range: podRange, not: true }], jump(MARK_MASQ));
    // Connections of the node itself come from the very address that they go to.
    else this.add(SERVICES, [this.noteOf(set), this.inSet(set, 'src,dst')], jump(MARK_MASQ));
  }

  private acceptToExternalIPs(): void {
    for (const set of ['KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const) {
      if (this.sets.size(set) === 0) continue;
      const matches = [this.noteOf(set), this.inSet(set, 'dst,dst')];
      if (set === 'KUBE-EXTERNAL-IP') this.add(SERVICES, matches, jump(MARK_MASQ));
      this.add(SERVICES, [...matches, { kind: 'not-bridged' }, { kind: 'source-type', not: true }], { kind: 'ACCEPT' });
      this.add(SERVICES, [...matches, { kind: 'destination-type' }], { kind: 'ACCEPT' });
    }
  }

  private noteOf(set: SetName): Match {
    return comment(SETS[set].comment);
  }

  private inSet(set: SetName, by: string): Match {
    return { kind: 'set', set: kernelName(set, this.isIPv6), by };
  }

  private add(chain: string, matches: readonly Match[], target: Target): void {
    this.rules.push({ chain, matches, target });
  }
}

function targetTo(to: string): Target {
  if (to === 'RETURN') return { kind: 'RETURN' };
  return to === 'MASQUERADE' ? { kind: 'MASQUERADE', randomly: false } : jump(to);
}
