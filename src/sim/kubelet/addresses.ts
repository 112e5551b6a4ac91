/** Which address a pod gets: the lowest free one of its node's range. */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';

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
    const [first, last] = bounds(key);
    // The first address is the node's own.
    for (let at = first + 2; at < last; at++) {
      const address = formatIPv4(at);
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
      addresses = new Set(pods.flatMap((pod) => pod['status']?.podIP || []) as string[]);
      this.seen.set(pods, addresses);
    }
    return addresses;
  }
}

const known = new Map<string, [first: number, last: number]>();

/** The first and last address of a range, as numbers. */
function bounds(cidr: string): [number, number] {
  let found = known.get(cidr);
  if (!found) {
    found = readBounds(cidr);
    known.set(cidr, found);
  }
  return found;
}

function readBounds(cidr: string): [number, number] {
  const [address = '', bits = '32'] = cidr.split('/');
  const base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return [base, base + 2 ** (32 - Number(bits)) - 1];
}

function formatIPv4(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}
