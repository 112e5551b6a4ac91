/** The pods that somebody asked about, by what they asked: counted once, then kept. */
import { type LabelSelector, NOTHING } from '../../../apimachinery/labels';
import type { NodeInfo } from '../node-info';
import type { PodInfo } from '../pod-info';
import { Anchored, anchorOf } from './anchors';
import { NodeCounts, TopologyDomains } from './topology';

/** Pods of these namespaces (all, where absent) that the selector matches. */
export interface Wish {
  namespaces: readonly string[] | undefined;
  selector: LabelSelector;
}

/** Pods that match all of some wishes. */
export class MatchedPods extends NodeCounts {
  readonly anchor: string | undefined;

  constructor(
    private readonly wishes: readonly Wish[],
    /** Do pods count that are being deleted? */
    private readonly terminating: boolean,
  ) {
    super();
    this.anchor = wishes.map(({ selector }) => anchorOf(selector)).find((anchor) => anchor !== undefined);
  }

  matches(pod: PodInfo): boolean {
    if (pod.terminating && !this.terminating) return false;
    for (const { namespaces, selector } of this.wishes)
      if ((namespaces && !namespaces.includes(pod.namespace)) || !selector.matches(pod.labels)) return false;
    return true;
  }
}

/** How many counts are kept; the one that was not asked for for longest goes. */
const MOST = 1024;

export class PodCounts {
  private readonly kept = new Map<string, MatchedPods>();
  private readonly anchored = new Anchored<MatchedPods>();
  private readonly topologies = new Map<string, TopologyDomains>();
  /** Those in which all nodes with a label count, by the label alone. */
  private readonly ofAll = new Map<string, TopologyDomains>();
  /** Placed pods by each of their labels. */
  private readonly byLabel = new Map<string, Map<PodInfo, NodeInfo>>();

  constructor(private readonly nodes: ReadonlyMap<string, NodeInfo>) {}

  /** The pods that match all of these wishes. */
  matching(wishes: readonly Wish[], terminating: boolean): MatchedPods {
    const key = JSON.stringify([
      terminating,
      wishes.map(({ namespaces, selector }) => [namespaces, selector === NOTHING ? null : selector.toString()]),
    ]);
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const made = new MatchedPods(wishes, terminating);
    for (const [pod, node] of this.candidates(made)) if (made.matches(pod)) made.count(node, 1);
    this.kept.set(key, made);
    this.anchored.add(made.anchor, made);
    if (this.kept.size > MOST) this.forgetOldest();
    return made;
  }

  /** The domains of a label among the nodes that count; `key` tells apart which do. */
  domains(key: string, label: string, counts: (node: NodeInfo) => boolean): TopologyDomains {
    const whole = `${label} ${key}`;
    let known = this.topologies.get(whole);
    if (!known) {
      known = new TopologyDomains(whole, label, counts, this.nodes.values());
      this.topologies.set(whole, known);
      if (this.topologies.size > MOST) this.forgetUnused();
    }
    return known;
  }

  /** The domains of a label among all nodes that have it. */
  allDomains(label: string): TopologyDomains {
    let known = this.ofAll.get(label);
    if (!known) {
      known = this.domains('', label, everyNode);
      this.ofAll.set(label, known);
    }
    return known;
  }

  podAdded(pod: PodInfo, node: NodeInfo): void {
    for (const label of pod.shape.labelTexts) {
      const pods = this.byLabel.get(label);
      if (pods) pods.set(pod, node);
      else this.byLabel.set(label, new Map([[pod, node]]));
    }
    if (!this.anchored.empty) this.count(pod, node, 1);
  }

  podRemoved(pod: PodInfo, node: NodeInfo): void {
    for (const label of pod.shape.labelTexts) {
      const pods = this.byLabel.get(label);
      pods?.delete(pod);
      if (pods?.size === 0) this.byLabel.delete(label);
    }
    if (!this.anchored.empty) this.count(pod, node, -1);
  }

  nodeChanged(node: NodeInfo): void {
    for (const topology of this.topologies.values()) topology.refresh(node);
  }

  nodeRemoved(node: NodeInfo): void {
    for (const topology of this.topologies.values()) topology.drop(node);
  }

  private count(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    this.anchored.forEachCandidate(pod.shape.labelTexts, (matched) => {
      if (matched.matches(pod)) matched.count(node, by);
    });
  }

  private *candidates({ anchor }: MatchedPods): Iterable<[PodInfo, NodeInfo]> {
    if (anchor !== undefined) {
      yield* this.byLabel.get(anchor) ?? [];
      return;
    }
    for (const node of this.nodes.values()) for (const pod of node.pods.values()) yield [pod, node];
  }

  private forgetOldest(): void {
    const [oldest] = this.kept;
    if (!oldest) return;
    const [key, matched] = oldest;
    this.kept.delete(key);
    this.anchored.remove(matched.anchor, matched);
    matched.release();
  }

  private forgetUnused(): void {
    for (const [key, { dependents }] of this.topologies) if (dependents.size === 0) this.topologies.delete(key);
    this.ofAll.clear();
  }
}

function everyNode(): boolean {
  return true;
}
