/** The ranges that `init` is given: what kube-apiserver and kube-controller-manager would say of them. */
import { formatCIDR, type Network, parseCIDR } from '../apimachinery/ip';
import type { Settings } from '../sim/controller';
import { podCIDRsCount } from '../sim/pod-cidr';
import { isProxyMode, PROXY_MODE_NAMES } from '../sim/proxy/settings';
import { CommandError, type Flags } from './command';

/** A /64 is the largest range of IPv6 addresses that services are given from (ipallocator NewIPAllocator). */
const LARGEST_SERVICES = 64;
/** Each node's block; a range of pods is at most 2^16 of them (cidrset NewCIDRSet). */
const NODE_MASK = { 4: 24, 6: 64 } as const;
const MOST_BITS = 16;

type NetworkSettings = Partial<
  Pick<Settings, 'serviceCIDR' | 'clusterCIDR' | 'serviceNodePortRange' | 'loadBalancerRange' | 'proxy'>
>;

/** Only what was given: the rest follows from the size of the cluster. @param nodes how many there will be. @throws CommandError */
export function networkSettings(flags: Flags, nodes: number): NetworkSettings {
  const settings: NetworkSettings = {};
  if (flags.changed('service-cidr')) {
    const ranges = rangesOf(flags, 'service-cidr');
    for (const range of ranges)
      if (range.address.family === 6 && range.prefix < LARGEST_SERVICES)
        fail(flags, 'service-cidr', `shortest allowed prefix length for service CIDR is 64, got ${range.prefix}`);
    settings.serviceCIDR = ranges.map(formatCIDR).join(',');
  }
  if (flags.changed('pod-cidr')) {
    const ranges = rangesOf(flags, 'pod-cidr');
    for (const range of ranges) {
      const mask = NODE_MASK[range.address.family];
      if (range.prefix > mask) fail(flags, 'pod-cidr', `a node gets a /${mask}, and ${formatCIDR(range)} is smaller`);
      if (mask - range.prefix > MOST_BITS)
        fail(flags, 'pod-cidr', 'New CIDR set failed; the node CIDR size is too big');
    }
    settings.clusterCIDR = ranges.map(formatCIDR).join(',');
    const room = podCIDRsCount({ clusterCIDR: settings.clusterCIDR, nodeCIDRMaskSize: NODE_MASK[4] });
    if (nodes > room) fail(flags, 'pod-cidr', `there is room for ${room} nodes, not for ${nodes}`);
  }
  if (flags.changed('service-node-port-range')) settings.serviceNodePortRange = portRange(flags);
  if (flags.changed('load-balancer-range')) {
    const isNone = flags.string('load-balancer-range') === 'none';
    settings.loadBalancerRange = isNone ? '' : rangesOf(flags, 'load-balancer-range').map(formatCIDR).join(',');
  }
  if (flags.changed('proxy-mode')) {
    const mode = flags.string('proxy-mode');
    if (!isProxyMode(mode)) fail(flags, 'proxy-mode', `must be one of [${PROXY_MODE_NAMES.join(' ')}]`);
    settings.proxy = { mode };
  }
  return settings;
}

/** One range, or one of each family. */
function rangesOf(flags: Flags, name: string): Network[] {
  const texts = flags.string(name).split(',');
  const ranges = texts.map((text) => {
    const range = parseCIDR(text.trim());
    if (!range) return fail(flags, name, `invalid CIDR address: ${text.trim()}`);
    return range;
  });
  const [first, second, more] = ranges;
  if (more) fail(flags, name, 'at most two ranges, one of each family');
  if (second && first?.address.family === second.address.family)
    fail(flags, name, 'two ranges must be of different families');
  return ranges;
}

/** `30000-32767`, `30000+100` or one port (apimachinery `util/net/port_range.go`). */
function portRange(flags: Flags): string {
  const name = 'service-node-port-range';
  const text = flags.string(name).trim();
  const [, low = '', sign = '', high = ''] = /^([0-9]+)(?:([-+])([0-9]+))?$/.exec(text) ?? [];
  if (low === '') fail(flags, name, `unable to parse port range: ${text}`);
  const first = Number(low);
  const last = sign === '' ? first : sign === '+' ? first + Number(high) : Number(high);
  if (first > 65535 || last > 65535) fail(flags, name, `the port range cannot be greater than 65535: ${text}`);
  if (last < first) fail(flags, name, `end port cannot be less than start port: ${text}`);
  if (first < 1) fail(flags, name, 'port 0 is none');
  return `${first}-${last}`;
}

function fail(flags: Flags, name: string, problem: string): never {
  throw new CommandError(`invalid argument ${JSON.stringify(flags.string(name))} for "--${name}" flag: ${problem}`);
}
