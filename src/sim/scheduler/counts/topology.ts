/**
 * How many pods there are in each domain of a topology (each zone, each host), kept as pods come and go. What upstream
 * counts anew for each pod (podtopologyspread `filtering.go` calPreFilterState, interpodaffinity `filtering.go` PreFilter) is
 * only looked up here.
 */
import type { NodeInfo } from '../node-info';

/** Which nodes count, and by which label. */
export class TopologyDomains {
  /** Equal for equal domains. */
  readonly key: string;
  /** Domain → how many nodes that count are in it. */
  readonly sizes = new Map<string, number>();
  private readonly values = new Map<NodeInfo, string>();
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
  of(node: NodeInfo): string | undefined {
    return this.values.get(node);
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
    const from = this.values.get(node);
    if (from === to) return;
    if (to === undefined) this.values.delete(node);
    else this.values.set(node, to);
    if (from !== undefined) {
      const left = (this.sizes.get(from) ?? 0) - 1;
      if (left > 0) this.sizes.set(from, left);
      else this.sizes.delete(from);
    }
    if (to !== undefined) this.sizes.set(to, (this.sizes.get(to) ?? 0) + 1);
    for (const dependent of this.dependents) dependent.moved(node, from, to);
  }
}

/** Pods of a kind, by node; whoever decides what kind adds and removes them. */
export class NodeCounts {
  readonly perNode = new Map<NodeInfo, number>();
  readonly byDomain = new Map<TopologyDomains, DomainCounts>();

  on(node: NodeInfo): number {
    return this.perNode.get(node) ?? 0;
  }

  count(node: NodeInfo, by: number): void {
    const count = (this.perNode.get(node) ?? 0) + by;
    if (count === 0) this.perNode.delete(node);
    else this.perNode.set(node, count);
    for (const domains of this.byDomain.values()) domains.count(node, by);
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
