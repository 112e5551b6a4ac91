/** Which addresses a pod gets: the lowest free one of its node's range, and the one at the same place of its other range. */
import { formatIP, networkBase, parseCIDR, parseIP } from '../../apimachinery/ip';
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { numberToAddress } from '../pod-cidr';

/** Where pods of a node without a range of its own get their addresses from. */
const FALLBACK_RANGE = '10.244.0.0/16';

/** Hands out addresses; what it gave in this step is remembered until the cache shows it. */
export class PodAddresses {
  /** Range → address → uid of the pod: few at a time, however many pods start at once. */
  private readonly given = new Map<string, Map<string, string>>();
  private readonly seen = new WeakMap<readonly KubeObject[], ReadonlySet<string>>();

  /** The pod's address: the one it has, or a free one of the node's podCIDR. Undefined when the range is used up. */
  assign(pod: KubeObject, node: KubeObject, cache: IndexedCache): string | undefined {
    const present: string | undefined = pod['status']?.podIP;
    if (present) return present;
    const { uid = '' } = pod.metadata;
    const range: string | undefined = node['spec']?.podCIDR;
    // Nodes without a range share one, so that their pods still have addresses of their own.
    const neighbours = range ? cache.index('pods', 'node', node.metadata.name ?? '') : cache.list('pods');
    const taken = this.addressesOf(neighbours);
    const key = range ?? FALLBACK_RANGE;
    const given = this.given.get(key) ?? new Map<string, string>();
    this.given.set(key, given);
    for (const [address, holder] of given) {
      if (taken.has(address) || !cache.byUid(holder)) given.delete(address);
      else if (holder === uid) return address;
    }
    const block = blockOf(key);
    // The first address is the node's own.
    for (let offset = 2; offset < block.size - 1; offset++) {
      const address = block.address(offset);
      if (taken.has(address) || given.has(address)) continue;
      given.set(address, uid);
      return address;
    }
    return undefined;
  }

  /** The cache hands out one list until a pod in it changes: all that start in a step on one node see the same. */
  private addressesOf(pods: readonly KubeObject[]): ReadonlySet<string> {
    let addresses = this.seen.get(pods);
    if (!addresses) {
      const found = new Set<string>();
      for (const pod of pods) if (pod['status']?.podIP) found.add(pod['status'].podIP);
      addresses = found;
      this.seen.set(pods, addresses);
    }
    return addresses;
  }
}

/** All addresses of a pod whose first one is known: one of each range that its node has. */
export function podAddressesOf(first: string, node: KubeObject): string[] {
  const [primary, ...others]: string[] = node['spec']?.podCIDRs ?? [];
  if (primary === undefined || others.length === 0) return [first];
  const offset = (parseIP(first)?.value ?? 0n) - blockOf(primary).base;
  return [first, ...others.map((range) => blockOf(range).address(Number(offset)))];
}

interface Block {
  base: bigint;
  /** No more than pods will ever need. */
  size: number;
  address(offset: number): string;
}

const LARGEST = 2 ** 20;

const known = new Map<string, Block>();

function blockOf(cidr: string): Block {
  let found = known.get(cidr);
  if (!found) {
    found = readBlock(cidr);
    known.set(cidr, found);
  }
  return found;
}

function readBlock(cidr: string): Block {
  const network = parseCIDR(cidr);
  if (!network) throw new Error(`${cidr} is no range of addresses`);
  const { family } = network.address;
  const base = networkBase(network);
  return {
    base,
    size: Math.min(LARGEST, 2 ** ((family === 4 ? 32 : 128) - network.prefix)),
    address:
      family === 4
        ? (offset) => numberToAddress(Number(base) + offset)
        : (offset) => formatIP({ family, value: base + BigInt(offset) }),
  };
}
