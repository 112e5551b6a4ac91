/** The addresses of the simulated cloud's load balancers: the lowest free one of a range, and the last one for its ingresses. */
import { contains, formatIP, type Network, networkBase, parseCIDR, parseIP } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import type { IndexedCache } from '../../controller';

interface Range {
  network: Network;
  first: bigint;
  last: bigint;
}

/** @param text `172.18.255.0/24`, or one range of each family, parted by a comma */
function rangeOf(text: string, family: 4 | 6): Range | undefined {
  for (const cidr of text.split(',')) {
    const network = parseCIDR(cidr.trim());
    if (network?.address.family !== family) continue;
    const base = networkBase(network);
    const size = 1n << BigInt((family === 4 ? 32 : 128) - network.prefix);
    // Neither the network's own address nor the broadcast address; and the last one is the ingresses'.
    return { network, first: base + 1n, last: base + size - 3n };
  }
  return undefined;
}

/** Where all ingresses of the simulated controller are reached; undefined without a cloud. */
export function ingressAddress(loadBalancerRange: string): string | undefined {
  const range = rangeOf(loadBalancerRange, 4) ?? rangeOf(loadBalancerRange, 6);
  return range && formatIP({ family: range.network.address.family, value: range.last + 1n });
}

/** Addresses that were given in this step: the list of services is the same array as long as it lasts. */
const given = new WeakMap<readonly KubeObject[], Set<string>>();

/** The addresses for a service: those it has, as long as they are of the range, or new ones. Undefined where none is left. */
export function balancerAddresses(service: KubeObject, range: string, cache: IndexedCache): string[] | undefined {
  const { ipFamilies = ['IPv4'], loadBalancerIP } = service['spec'];
  const addresses: string[] = [];
  for (const family of ipFamilies as string[]) {
    const own = rangeOf(range, family === 'IPv6' ? 6 : 4);
    if (!own) continue;
    const address = present(service, own) ?? find(own, loadBalancerIP, takenAddresses(cache));
    if (address === undefined) return undefined;
    takenAddresses(cache).add(address);
    addresses.push(address);
  }
  return addresses.length > 0 ? addresses : undefined;
}

function present(service: KubeObject, { network }: Range): string | undefined {
  return ipsOf(service).find((ip) => isIn(network, ip));
}

function find({ network, first, last }: Range, wanted: string | undefined, taken: ReadonlySet<string>) {
  if (wanted && isIn(network, wanted)) return taken.has(wanted) ? undefined : wanted;
  for (let value = first; value <= last; value++) {
    const address = formatIP({ family: network.address.family, value });
    if (!taken.has(address)) return address;
  }
  return undefined;
}

function isIn(network: Network, ip: string): boolean {
  const address = parseIP(ip);
  return address !== undefined && contains(network, address);
}

function takenAddresses(cache: IndexedCache): Set<string> {
  const services = cache.list('services');
  let taken = given.get(services);
  if (!taken) {
    taken = new Set(services.flatMap(ipsOf));
    given.set(services, taken);
  }
  return taken;
}

function ipsOf(service: KubeObject): string[] {
  const points: { ip?: string }[] = service['status']?.loadBalancer?.ingress ?? [];
  return points.flatMap(({ ip }) => ip ?? []);
}
