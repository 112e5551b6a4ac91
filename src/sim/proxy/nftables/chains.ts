/** The chains, sets and maps of the table that are always there, and the rules in them (kubernetes `pkg/proxy/nftables/proxier.go` setupNFTables). */
import type { ProxySituation } from '../mode';
import { masqueradeMark } from '../settings';
import { nodePortIPs } from '../situation';
import type { Action, Match, Rule } from './rule';

export interface BaseChain {
  readonly name: string;
  readonly type: 'filter' | 'nat';
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  readonly priority: number;
}

/** In the order in which a packet comes to those of one hook. */
export const BASE_CHAINS: readonly BaseChain[] = [
  { name: 'filter-prerouting-pre-dnat', type: 'filter', hook: 'prerouting', priority: -110 },
  { name: 'filter-output-pre-dnat', type: 'filter', hook: 'output', priority: -110 },
  { name: 'nat-prerouting', type: 'nat', hook: 'prerouting', priority: -100 },
  { name: 'nat-output', type: 'nat', hook: 'output', priority: -100 },
  { name: 'filter-input', type: 'filter', hook: 'input', priority: 0 },
  { name: 'filter-forward', type: 'filter', hook: 'forward', priority: 0 },
  { name: 'filter-output', type: 'filter', hook: 'output', priority: 0 },
  { name: 'nat-postrouting', type: 'nat', hook: 'postrouting', priority: 100 },
];

export const REJECT = 'reject-chain';
/** Ordinary chains and what is said of them. */
export const ORDINARY_CHAINS: readonly { name: string; comment?: string }[] = [
  { name: 'nodeport-endpoints-check' },
  { name: 'service-endpoints-check' },
  { name: 'firewall-check' },
  { name: 'services' },
  { name: 'masquerading' },
  { name: 'cluster-ips-check' },
  { name: REJECT, comment: 'helper for @no-endpoint-services / @no-endpoint-nodeports' },
];

export type Container =
  | 'hairpin-connections'
  | 'cluster-ips'
  | 'nodeport-ips'
  | 'no-endpoint-services'
  | 'no-endpoint-nodeports'
  | 'firewall-ips'
  | 'service-ips'
  | 'service-nodeports';

/** Sets and maps; ADDRESS stands for the family's type of addresses. */
export const CONTAINERS: readonly { name: Container; kind: 'set' | 'map'; type: string; comment: string }[] = [
  {
    name: 'hairpin-connections',
    kind: 'set',
    type: 'ADDRESS . ADDRESS . inet_proto . inet_service',
    comment: 'service hairpin connections',
  },
  { name: 'cluster-ips', kind: 'set', type: 'ADDRESS', comment: 'Active ClusterIPs' },
  { name: 'nodeport-ips', kind: 'set', type: 'ADDRESS', comment: 'IPs that accept NodePort traffic' },
  {
    name: 'no-endpoint-services',
    kind: 'map',
    type: 'ADDRESS . inet_proto . inet_service : verdict',
    comment: 'vmap to drop or reject packets to services with no endpoints',
  },
  {
    name: 'no-endpoint-nodeports',
    kind: 'map',
    type: 'inet_proto . inet_service : verdict',
    comment: 'vmap to drop or reject packets to service nodeports with no endpoints',
  },
  {
    name: 'firewall-ips',
    kind: 'map',
    type: 'ADDRESS . inet_proto . inet_service : verdict',
    comment: 'destinations that are subject to LoadBalancerSourceRanges',
  },
  {
    name: 'service-ips',
    kind: 'map',
    type: 'ADDRESS . inet_proto . inet_service : verdict',
    comment: 'ClusterIP, ExternalIP and LoadBalancer IP traffic',
  },
  { name: 'service-nodeports', kind: 'map', type: 'inet_proto . inet_service : verdict', comment: 'NodePort traffic' },
];

/** Where node ports are answered: unless told, at the node's first address only. */
export function nodePortSet(situation: ProxySituation): 'all' | readonly string[] {
  const addresses = nodePortIPs(situation, ['primary']);
  return addresses === 'all' ? 'all' : addresses.filter((ip) => ip !== '127.0.0.1' && ip !== '::1');
}

/** All rules that stand there whatever services there are. */
export function fixedRules(situation: ProxySituation): Rule[] {
  const { settings, podRange, family, serviceCIDRs } = situation;
  const mark = masqueradeMark(settings);
  const toClusterIP: Match = { kind: 'in-set', field: 'daddr', set: 'cluster-ips' };
  const rules: Rule[] = [
    ...jumps(),
    { chain: 'masquerading', matches: [{ kind: 'marked', mark }], action: { kind: 'masquerade', unmark: mark } },
    { chain: 'masquerading', matches: [{ kind: 'hairpin' }], action: { kind: 'masquerade', unmark: '' } },
    {
      ...{ chain: 'cluster-ips-check', matches: [toClusterIP], action: { kind: 'reject' } },
      comment: 'Reject traffic to invalid ports of ClusterIPs',
    },
  ];
  if (serviceCIDRs.length > 0)
    rules.push({
      chain: 'cluster-ips-check',
      matches: [{ kind: 'in-ranges', field: 'daddr', ranges: serviceCIDRs }],
      action: { kind: 'drop' },
      comment: 'Drop traffic to unallocated ClusterIPs',
    });
  const all = nodePortSet(situation) === 'all';
  const notLoopback: Match = {
    ...{ kind: 'in-range', field: 'daddr', not: true },
    range: family === 'IPv6' ? '::1' : '127.0.0.0/8',
  };
  const atNode: Match = { kind: 'in-set', field: 'daddr', set: 'nodeport-ips' };
  rules.push(
    { chain: REJECT, matches: [], action: { kind: 'reject' } },
    { chain: 'service-endpoints-check', matches: [], action: byAddress('no-endpoint-services') },
    {
      chain: 'nodeport-endpoints-check',
      matches: [all ? notLoopback : atNode],
      action: byPort('no-endpoint-nodeports'),
    },
    { chain: 'firewall-check', matches: [], action: byAddress('firewall-ips') },
  );
  if (settings.masqueradeAll)
    rules.push({
      ...{ chain: 'services', matches: [toClusterIP], action: { kind: 'mark', mark } },
      comment: 'masquerade all clusterIP traffic',
    });
  else if (podRange !== '')
    rules.push({
      chain: 'services',
      matches: [toClusterIP, { kind: 'in-range', field: 'saddr', range: podRange, not: true }],
      action: { kind: 'mark', mark },
      comment: 'masquerade clusterIP traffic from outside cluster',
    });
  rules.push(
    { chain: 'services', matches: [], action: byAddress('service-ips') },
    {
      chain: 'services',
      matches: all ? [{ kind: 'local', field: 'daddr' }, notLoopback] : [atNode],
      action: byPort('service-nodeports'),
    },
  );
  return rules;
}

/** nftablesJumpChains: from the base chains to the others. */
function jumps(): Rule[] {
  const onNew: readonly Match[] = [{ kind: 'new' }];
  const from = (chain: string, to: string, matches = onNew): Rule => ({
    chain,
    matches,
    action: { kind: 'jump', chain: to },
  });
  return [
    from('filter-input', 'nodeport-endpoints-check'),
    from('filter-input', 'service-endpoints-check'),
    from('filter-forward', 'service-endpoints-check'),
    from('filter-output', 'service-endpoints-check'),
    from('filter-prerouting-pre-dnat', 'firewall-check'),
    from('filter-output-pre-dnat', 'firewall-check'),
    from('nat-output', 'services', []),
    from('nat-prerouting', 'services', []),
    from('nat-postrouting', 'masquerading', []),
    from('filter-forward', 'cluster-ips-check'),
    from('filter-output', 'cluster-ips-check'),
  ];
}

const byAddress = (map: Container): Action => ({ kind: 'vmap', by: 'address', map });
const byPort = (map: Container): Action => ({ kind: 'vmap', by: 'port', map });
