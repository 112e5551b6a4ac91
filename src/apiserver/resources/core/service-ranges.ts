/**
 * Where Services' addresses and node ports come from: the ServiceCIDRs that are ready, and the range of ports that the server was
 * started with (pkg/registry/core/service/ipallocator/{cidrallocator,ipallocator}.go, portallocator/allocator.go).
 */
import {
  contains,
  formatCIDR,
  formatIP,
  type Network,
  networkBase,
  parseCIDR,
  parseIP,
} from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceReader, ServiceRanges } from '../../resource';

export type Family = 'IPv4' | 'IPv6';

/** By family, the default one first, what addresses are taken from. Families are those of the server, ranges those of the cluster. */
export async function addressRanges(
  configured: ServiceRanges,
  read: ResourceReader,
): Promise<ReadonlyMap<Family, readonly AddressRange[]>> {
  const objects = await read.list('networking.k8s.io', 'servicecidrs');
  const cidrs: readonly string[] =
    objects.length === 0 ? configured.cidrs : objects.filter(isReady).flatMap((object) => object.spec?.cidrs ?? []);
  const ranges = new Map<Family, AddressRange[]>();
  for (const cidr of configured.cidrs) ranges.set(familyOf(cidr), []);
  for (const cidr of new Set(cidrs)) {
    const network = parseCIDR(cidr);
    if (network) ranges.get(familyOf(cidr))?.push(new AddressRange(network));
  }
  return ranges;
}

function familyOf(cidr: string): Family {
  return cidr.includes(':') ? 'IPv6' : 'IPv4';
}

/** One that nobody has looked at yet counts as ready. */
function isReady({ metadata, status }: KubeObject): boolean {
  if (metadata.deletionTimestamp) return false;
  const conditions: { type?: string; status?: string }[] = status?.conditions ?? [];
  return (conditions.find(({ type }) => type === 'Ready')?.status ?? 'True') === 'True';
}

/** The addresses of one range, the low ones kept back for those who ask for one (KEP-3070). */
export class AddressRange {
  private readonly first: bigint;
  private readonly last: bigint;
  private readonly reserved: bigint;

  constructor(private readonly network: Network) {
    const isIPv4 = network.address.family === 4;
    const base = networkBase(network);
    const whole = 1n << BigInt((isIPv4 ? 32 : 128) - network.prefix);
    // Upstream serves at most 2^64 addresses of a network.
    const size = whole > 1n << 64n ? 1n << 64n : whole;
    // Not the network's own, nor the broadcast address of IPv4.
    this.first = base + 1n;
    this.last = base + size - (isIPv4 ? 2n : 1n);
    const sixteenth = size / 16n;
    this.reserved = size <= 16n ? 0n : sixteenth < 16n ? 16n : sixteenth > 256n ? 256n : sixteenth;
  }

  /** What a dry run shows for an address that is yet to be found. */
  get base(): string {
    return formatIP({ family: this.network.address.family, value: networkBase(this.network) });
  }

  contains(text: string): boolean {
    const address = parseIP(text);
    return address !== undefined && contains(this.network, address);
  }

  /** Why an address of the network may not be given, whether taken or not; undefined where it may. */
  refusal(text: string): string | undefined {
    const { value } = parseIP(text) as { value: bigint };
    if (value >= this.first && value <= this.last) return undefined;
    return `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${formatCIDR(this.network)}`;
  }

  /** All of them, from a place on that a number gives; the reserved ones last. */
  *candidates(start: number): Generator<string> {
    const offset = this.first + this.reserved;
    yield* this.circle(offset, this.last, BigInt(start));
    if (this.reserved > 0n) yield* this.circle(this.first, offset - 1n, BigInt(start));
  }

  private *circle(first: bigint, last: bigint, start: bigint): Generator<string> {
    const size = last - first + 1n;
    if (size <= 0n) return;
    const { family } = this.network.address;
    for (let i = 0n; i < size; i++) yield formatIP({ family, value: first + ((start + i) % size) });
  }
}

/** How many of the lowest ports are kept back for those who ask for one (portallocator calculateRangeOffset). */
export function reservedPorts([first, last]: ServiceRanges['nodePorts']): number {
  const size = last - first + 1;
  if (size <= 16) return 0;
  return Math.min(128, Math.max(16, Math.floor(size / 32)));
}
