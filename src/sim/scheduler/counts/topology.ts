/**
 * How many pods there are in each domain of a topology (each zone, each host), kept as pods come and go. What upstream
 * counts anew for each pod (podtopologyspread `filtering.go` calPreFilterState, interpodaffinity `filtering.go` PreFilter) is
 * only looked up here.
 */
import type { NodeColumns } from '../node-columns';
import type { NodeInfo } from '../node-info';

/** A node that counts in no domain. */
export const NOWHERE = -1;

/** Which nodes count, and by which label. */
export class TopologyDomains {
  /** Equal for equal domains. */
  readonly key: string;
  /** Domain → how many nodes that count are in it. */
  readonly sizes = new Map<string, number>();
  /** Of each slot the number of the domain that its node is in, or NOWHERE. */
  numbers = new Int32Array(0);
  /** The domains by their numbers; '' for a number that is free. */
  readonly names: string[] = [];
  private readonly numberOf = new Map<string, number>();
  private readonly free: number[] = [];
  readonly dependents = new Set<DomainCounts>();

  constructor(
    key: string,
    private readonly label: string,
    private readonly counts: (node: NodeInfo) => boolean,
    nodes: Iterable<NodeInfo>,
  ) {
    this.key = key;
    for (const node of nodes) this.refresh(node);
  }

  /** The domain that a node that counts is in. */
  of({ slot }: NodeInfo): string | undefined {
    const number = this.numbers[slot] ?? NOWHERE;
    return number === NOWHERE ? undefined : this.names[number];
  }

  /** A node came or changed. */
  refresh(node: NodeInfo): void {
    this.move(node, this.counts(node) ? node.labels[this.label] : undefined);
  }

  /** A node went. */
  drop(node: NodeInfo): void {
    this.move(node, undefined);
  }

  private move(node: NodeInfo, to: string | undefined): void {
    // Whoever goes through all nodes finds each of them here.
    if (node.slot >= this.numbers.length) this.grow(node.columns.marks.length);
    const from = this.of(node);
    if (from === to) return;
    this.numbers[node.slot] = to === undefined ? NOWHERE : this.enter(to);
    if (from !== undefined) this.leave(from);
    for (const dependent of this.dependents) dependent.moved(node, from, to);
  }

  /** @returns the domain's number */
  private enter(domain: string): number {
    this.sizes.set(domain, (this.sizes.get(domain) ?? 0) + 1);
    let number = this.numberOf.get(domain);
    if (number === undefined) {
      number = this.free.pop() ?? this.names.length;
      this.names[number] = domain;
      this.numberOf.set(domain, number);
    }
    return number;
  }

  private leave(domain: string): void {
    const left = (this.sizes.get(domain) ?? 0) - 1;
    if (left > 0) {
      this.sizes.set(domain, left);
      return;
    }
    this.sizes.delete(domain);
    const number = this.numberOf.get(domain) as number;
    this.numberOf.delete(domain);
    this.names[number] = '';
    this.free.push(number);
  }

  private grow(size: number): void {
    const wider = new Int32Array(size).fill(NOWHERE);
    wider.set(this.numbers);
    this.numbers = wider;
  }
}

/** Pods of a kind, by node; whoever decides what kind adds and removes them. */
export class NodeCounts {
  readonly perNode = new Map<NodeInfo, number>();
  readonly byDomain = new Map<TopologyDomains, DomainCounts>();
  private slots: Uint32Array | undefined;
  /** Nobody keeps it up to date any more. */
  released = false;

  on(node: NodeInfo): number {
    return this.perNode.get(node) ?? 0;
  }

  count(node: NodeInfo, by: number): void {
    const count = (this.perNode.get(node) ?? 0) + by;
    if (count === 0) this.perNode.delete(node);
    else this.perNode.set(node, count);
    // A node beyond its end is counted when it is asked for again.
    if (this.slots) this.slots[node.slot] = count;
    for (const domains of this.byDomain.values()) domains.count(node, by);
  }

  /** How many are on each of the nodes in these columns, by their slots; kept from when it is first asked for. */
  bySlot({ marks: { length } }: NodeColumns): Uint32Array {
    if (!this.slots || this.slots.length < length) {
      this.slots = new Uint32Array(length);
      for (const [{ slot }, count] of this.perNode) this.slots[slot] = count;
    }
    return this.slots;
  }

  /** These pods by these domains. */
  in(domains: TopologyDomains): DomainCounts {
    let counts = this.byDomain.get(domains);
    if (!counts) {
      counts = new DomainCounts(this, domains);
      this.byDomain.set(domains, counts);
      domains.dependents.add(counts);
    }
    return counts;
  }

  /** Nobody asks for it any more. */
  release(): void {
    for (const [domains, counts] of this.byDomain) domains.dependents.delete(counts);
    this.byDomain.clear();
    this.released = true;
  }
}

/** How many pods of a kind there are in each domain. */
export class DomainCounts {
  /** Only what is above 0. */
  private readonly counts = new Map<string, number>();
  /** How many domains have this count, for counts above 0. */
  private readonly histogram = new Map<number, number>();
  total = 0;

  constructor(
    private readonly pods: NodeCounts,
    readonly domains: TopologyDomains,
  ) {
    for (const [node, count] of pods.perNode) this.count(node, count);
  }

  get released(): boolean {
    return this.pods.released;
  }

  in(domain: string): number {
    return this.counts.get(domain) ?? 0;
  }

  entries(): IterableIterator<[string, number]> {
    return this.counts.entries();
  }

  /** The least that any domain has; upstream's largest number where there is no domain. */
  minimum(): number {
    if (this.domains.sizes.size === 0) return 0x7fff_ffff;
    if (this.counts.size < this.domains.sizes.size) return 0;
    let least = Number.POSITIVE_INFINITY;
    for (const count of this.histogram.keys()) if (count < least) least = count;
    return least;
  }

  count(node: NodeInfo, by: number): void {
    const domain = this.domains.of(node);
    if (domain !== undefined) this.shift(domain, by);
  }

  /** A node is in another domain now. */
  moved(node: NodeInfo, from: string | undefined, to: string | undefined): void {
    const count = this.pods.on(node);
    if (count === 0) return;
    if (from !== undefined) this.shift(from, -count);
    if (to !== undefined) this.shift(to, count);
  }

  private shift(domain: string, by: number): void {
    const before = this.counts.get(domain) ?? 0;
    const after = before + by;
    this.total += by;
    if (before > 0) this.tally(before, -1);
    if (after > 0) {
      this.counts.set(domain, after);
      this.tally(after, 1);
    } else this.counts.delete(domain);
  }

  private tally(count: number, by: number): void {
    const domains = (this.histogram.get(count) ?? 0) + by;
    if (domains === 0) this.histogram.delete(count);
    else this.histogram.set(count, domains);
  }
}
