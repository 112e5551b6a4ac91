/** Where a kube-proxy stands: its node's addresses, and how it tells traffic of pods from others (kubernetes `cmd/kube-proxy/app/server_linux.go`). */
import { contains, formatIP, isLoopback, networkBase, parseCIDR, parseIP } from '../../apimachinery/ip';
import type { Settings } from '../controller';
import { familyOf } from '../network/addresses';
import type { Family, NodeView } from '../network/model';
import type { ProxySituation } from './mode';
import type { ProxySettings } from './settings';

type ClusterRanges = Pick<Settings, 'clusterCIDR' | 'serviceCIDR'>;

export function situationOf(
  node: NodeView,
  family: Family,
  settings: ProxySettings,
  { clusterCIDR, serviceCIDR }: ClusterRanges,
): ProxySituation {
  const ofFamily = (address: string) => address !== '' && familyOf(address) === family;
  const own = node.internalIPs.filter(ofFamily);
  const podCIDRs = node.podCIDRs.filter(ofFamily);
  const ranges = settings.detectLocalMode === 'NodeCIDR' ? podCIDRs : clusterCIDR.split(',').filter(ofFamily);
  return {
    node,
    family,
    settings,
    nodeIP: own[0] ?? '',
    localIPs: [...own, ...node.externalIPs.filter(ofFamily), ...podCIDRs.flatMap(gatewayOf)],
    podRange: ranges[0] ?? '',
    serviceCIDRs: serviceCIDR.split(',').filter(ofFamily),
  };
}

/** The families that a node has addresses of: a kube-proxy each. */
export function familiesOf(node: NodeView): Family[] {
  const families = new Set(node.internalIPs.map(familyOf));
  return (['IPv4', 'IPv6'] as const).filter((family) => families.has(family));
}

/** The address that masquerading gives: that of the interface by which the packet leaves. */
export function masqueradeAddress({ node, family, nodeIP }: ProxySituation, destination: string): string {
  const block = node.podCIDRs.find((cidr) => familyOf(cidr) === family && isWithin(cidr, destination));
  const [gateway = nodeIP] = block === undefined ? [] : gatewayOf(block);
  return gateway;
}

/** Bridges of pods have the first address of the node's block. */
function gatewayOf(cidr: string): string[] {
  const network = parseCIDR(cidr);
  if (!network) return [];
  return [formatIP({ family: network.address.family, value: networkBase(network) + 1n })];
}

/** What the kernel calls a local address (`addrtype LOCAL`, `fib … type local`). */
export function isLocalAddress({ localIPs }: ProxySituation, ip: string): boolean {
  if (localIPs.includes(ip)) return true;
  const address = parseIP(ip);
  return address !== undefined && isLoopback(address);
}

/** Whether an address lies in a network, or is the address, all as texts; false for what is neither. */
export function isWithin(range: string, ip: string): boolean {
  // Most that is asked is of single addresses, and there are as many as services.
  if (range === ip) return true;
  if (!range.includes(':')) {
    if (!range.includes('/')) return false;
    if (range.endsWith('/32')) return range.length === ip.length + 3 && range.startsWith(ip);
  }
  const network = parseCIDR(range.includes('/') ? range : `${range}/128`);
  const address = parseIP(ip);
  return network !== undefined && address !== undefined && contains(network, address);
}

/** Where node ports are answered (`pkg/proxy/util/nodeport_addresses.go`): everywhere, or at these addresses. */
export function nodePortIPs(situation: ProxySituation, byDefault: readonly string[]): 'all' | readonly string[] {
  const { settings, family, nodeIP, localIPs } = situation;
  const written = settings.nodePortAddresses.length > 0 ? settings.nodePortAddresses : byDefault;
  const primary = nodeIP === '' ? [] : [nodeIP];
  const ranges = written
    .flatMap((one) => (one === 'primary' ? primary : one))
    .filter((one) => familyOf(one) === family);
  if (ranges.length === 0 && !written.includes('primary')) return 'all';
  if (ranges.some((range) => range.endsWith('/0'))) return 'all';
  const loopback = family === 'IPv4' ? '127.0.0.1' : '::1';
  return [...localIPs, loopback].filter((ip) => ranges.some((range) => isWithin(range, ip)));
}
