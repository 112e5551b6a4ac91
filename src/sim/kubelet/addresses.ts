/** Which addresses a pod gets: the lowest free one of its node's range, and the one at the same place of its other range. */
import { formatIP, networkBase, parseCIDR, parseIP } from '../../apimachinery/ip';
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { numberToAddress } from '../pod-cidr';

/** Where pods of a node without a range of its own get their addresses from. */
const FALLBACK_RANGE = '10.244.0.0/16';
/** The first address is the node's own. */
const FIRST = 2;

/** Hands out addresses; what it gave in this step is remembered until the cache shows it. */
export class PodAddresses {
  /** By range. */
  private readonly given = new Map<string, Given>();
  private readonly seen = new WeakMap<readonly KubeObject[], Neighbours>();

  /** The pod's address: the one it has, or a free one of the node's podCIDR. Undefined when the range is used up. */
  assign(pod: KubeObject, node: KubeObject, cache: IndexedCache): string | undefined {
    const present: string | undefined = pod['status']?.podIP;
    if (present) return present;
    const { uid = '' } = pod.metadata;
    const range: string | undefined = node['spec']?.podCIDR;
    const given = this.givenOf(range ?? FALLBACK_RANGE);
    // Nodes without a range share one, so that their pods still have addresses of their own.
    const pods = range ? cache.index('pods', 'node', node.metadata.name ?? '') : cache.list('pods');
    let neighbours = this.seen.get(pods);
    if (!neighbours) {
      neighbours = { addresses: addressesOf(pods), next: FIRST };
      this.seen.set(pods, neighbours);
      given.forget((address, holder) => neighbours?.addresses.has(address) || !cache.byUid(holder));
    }
    return given.to(uid) ?? given.first(uid, neighbours);
  }

  private givenOf(range: string): Given {
    let given = this.given.get(range);
    if (!given) {
      given = new Given(blockOf(range));
      this.given.set(range, given);
    }
    return given;
  }
}

/**
 * What is known by a list of pods: the cache hands out one until a pod in it changes, so all that start in a step on one node see
 * the same.
 */
interface Neighbours {
  addresses: ReadonlySet<string>;
  /** No place before this one of the range is free. */
  next: number;
}

function addressesOf(pods: readonly KubeObject[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const pod of pods) {
    const address: string | undefined = pod['status']?.podIP;
    if (address) found.add(address);
  }
  return found;
}

/** What was given of one range: few addresses at a time, however many pods start at once. */
class Given {
  /** By the uid of the pod. */
  private readonly byHolder = new Map<string, string>();
  private readonly addresses = new Set<string>();

  constructor(private readonly block: Block) {}

  to(uid: string): string | undefined {
    return this.byHolder.get(uid);
  }

  /** The first address that is neither a neighbour's nor given. */
  first(uid: string, neighbours: Neighbours): string | undefined {
    const { block } = this;
    while (neighbours.next < block.size - 1) {
      const address = block.address(neighbours.next++);
      if (neighbours.addresses.has(address) || this.addresses.has(address)) continue;
      this.byHolder.set(uid, address);
      this.addresses.add(address);
      return address;
    }
    return undefined;
  }

  forget(isOver: (address: string, uid: string) => boolean): void {
    for (const [uid, address] of this.byHolder) {
      if (!isOver(address, uid)) continue;
      this.byHolder.delete(uid);
      this.addresses.delete(address);
    }
  }
}

/** All addresses of a pod whose first one is known: one of each range that its node has. */
export function podAddressesOf(first: string, node: KubeObject): string[] {
  const ranges: readonly string[] | undefined = node['spec']?.podCIDRs;
  if (ranges === undefined || ranges.length < 2) return [first];
  const [primary, ...others] = ranges as [string, ...string[]];
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
