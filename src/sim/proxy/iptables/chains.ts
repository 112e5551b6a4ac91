/** The chains that are always there, and the rules that stand in them for all services together (kubernetes `pkg/proxy/iptables/proxier.go`). */
import type { ProxySituation } from '../mode';
import { masqueradeMark } from '../settings';
import { nodePortIPs } from '../situation';
import { comment, jump, type Match, type Rule, type Table } from './rule';

export const SERVICES = 'KUBE-SERVICES';
export const EXTERNAL_SERVICES = 'KUBE-EXTERNAL-SERVICES';
export const NODE_PORTS = 'KUBE-NODEPORTS';
export const POSTROUTING = 'KUBE-POSTROUTING';
export const MARK_MASQ = 'KUBE-MARK-MASQ';
export const FORWARD = 'KUBE-FORWARD';
export const PROXY_FIREWALL = 'KUBE-PROXY-FIREWALL';
/** The kubelet's; kube-proxy writes the same rule into it. */
export const FIREWALL = 'KUBE-FIREWALL';

const INVALID_COUNTER = 'ct_state_invalid_dropped_pkts';
export const LOCALHOST_COUNTER = 'localhost_nps_accepted_pkts';

const isNew: Match = { kind: 'state', states: 'NEW' };

/** iptablesJumpChains: where packets come into the chains. kube-proxy puts each in front of what is there, in this order. */
const JUMPS: readonly (Rule & { table: Table })[] = [
  ...['INPUT', 'FORWARD'].map((chain) => ({
    ...{ table: 'filter' as const, chain, target: jump(EXTERNAL_SERVICES) },
    matches: [isNew, comment('kubernetes externally-visible service portals')],
  })),
  {
    ...{ table: 'filter', chain: 'INPUT', target: jump(NODE_PORTS) },
    matches: [comment('kubernetes health check service ports')],
  },
  ...['FORWARD', 'OUTPUT'].map((chain) => ({
    ...{ table: 'filter' as const, chain, target: jump(SERVICES) },
    matches: [isNew, comment('kubernetes service portals')],
  })),
  { table: 'filter', chain: 'FORWARD', matches: [comment('kubernetes forwarding rules')], target: jump(FORWARD) },
  ...['INPUT', 'OUTPUT', 'FORWARD'].map((chain) => ({
    ...{ table: 'filter' as const, chain, target: jump(PROXY_FIREWALL) },
    matches: [isNew, comment('kubernetes load balancer firewall')],
  })),
  ...['OUTPUT', 'PREROUTING'].map((chain) => ({
    ...{ table: 'nat' as const, chain, target: jump(SERVICES) },
    matches: [comment('kubernetes service portals')],
  })),
  {
    ...{ table: 'nat', chain: 'POSTROUTING', target: jump(POSTROUTING) },
    matches: [comment('kubernetes postrouting rules')],
  },
  ...['INPUT', 'OUTPUT'].map((chain) => ({ table: 'filter' as const, chain, matches: [], target: jump(FIREWALL) })),
];

/** As they were inserted. */
export function jumpsOf(table: Table): Rule[] {
  return JUMPS.filter((rule) => rule.table === table);
}

/** As they stand in a chain in the end: the last one that was inserted comes first. */
export function builtInChain(table: Table, chain: string): Rule[] {
  return jumpsOf(table)
    .filter((rule) => rule.chain === chain)
    .reverse();
}

export function topChains(table: Table, situation: ProxySituation): string[] {
  if (table === 'nat') return [SERVICES, NODE_PORTS, POSTROUTING, MARK_MASQ];
  const own = [SERVICES, EXTERNAL_SERVICES, FORWARD, NODE_PORTS, PROXY_FIREWALL];
  return hasLocalhostNodePorts(situation) ? [...own, FIREWALL] : own;
}

/** What is written before the services' rules. */
export function firstRules(table: Table, situation: ProxySituation): Rule[] {
  const mark = masqueradeMark(situation.settings);
  if (table === 'nat')
    return [
      { chain: POSTROUTING, matches: [{ kind: 'mark', mark, not: true }], target: { kind: 'RETURN' } },
      { chain: POSTROUTING, matches: [], target: { kind: 'mark', how: 'xor', mark } },
      {
        chain: POSTROUTING,
        matches: [comment('kubernetes service traffic requiring SNAT')],
        target: { kind: 'MASQUERADE' },
      },
      { chain: MARK_MASQ, matches: [], target: { kind: 'mark', how: 'or', mark } },
    ];
  if (!hasLocalhostNodePorts(situation)) return [];
  return [
    {
      chain: FIREWALL,
      matches: [
        comment('block incoming localnet connections'),
        { kind: 'destination', range: '127.0.0.0/8' },
        { kind: 'source', range: '127.0.0.0/8', not: true },
        { kind: 'state', states: 'RELATED,ESTABLISHED,DNAT', not: true },
      ],
      target: { kind: 'DROP' },
    },
  ];
}

/** What is written after them: node ports come last of all. */
export function lastRules(table: Table, situation: ProxySituation): Rule[] {
  if (table === 'nat') return nodePortJumps(situation);
  const mark = masqueradeMark(situation.settings);
  const counted: Match[] = situation.settings.nfacct ? [{ kind: 'counter', name: INVALID_COUNTER }] : [];
  return [
    { chain: FORWARD, matches: [{ kind: 'state', states: 'INVALID' }, ...counted], target: { kind: 'DROP' } },
    {
      chain: FORWARD,
      matches: [comment('kubernetes forwarding rules'), { kind: 'mark', mark }],
      target: { kind: 'ACCEPT' },
    },
    {
      chain: FORWARD,
      matches: [comment('kubernetes forwarding conntrack rule'), { kind: 'state', states: 'RELATED,ESTABLISHED' }],
      target: { kind: 'ACCEPT' },
    },
  ];
}

function nodePortJumps(situation: ProxySituation): Rule[] {
  const note = comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain');
  const addresses = nodePortIPs(situation, []);
  const isIPv6 = situation.family === 'IPv6';
  if (addresses !== 'all')
    return addresses
      .filter((ip) => !(ip === '::1' || (ip.startsWith('127.') && !hasLocalhostNodePorts(situation))))
      .map((range) => ({
        chain: SERVICES,
        matches: [note, { kind: 'destination', range }],
        target: jump(NODE_PORTS),
      }));
  const matches: Match[] = [note, { kind: 'destination-type' }];
  if (isIPv6) matches.push({ kind: 'destination', range: '::1/128', not: true });
  else if (!hasLocalhostNodePorts(situation)) matches.push({ kind: 'destination', range: '127.0.0.0/8', not: true });
  return [{ chain: SERVICES, matches, target: jump(NODE_PORTS) }];
}

/** Only IPv4 can route to 127.0.0.0/8, and only where loopback addresses answer at node ports at all. */
export function hasLocalhostNodePorts(situation: ProxySituation): boolean {
  if (situation.family === 'IPv6' || !situation.settings.localhostNodePorts) return false;
  const addresses = nodePortIPs(situation, []);
  return addresses === 'all' || addresses.some((ip) => ip.startsWith('127.'));
}
