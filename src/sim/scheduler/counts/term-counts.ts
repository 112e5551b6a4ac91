/**
 * What the pods that have a place demand of those that come, and what they would like: terms that mean the same are one, with
 * how many pods hold it and where (upstream walks HavePodsWithAffinityList for each pod, interpodaffinity `scoring.go`).
 */
import type { AffinityTerm } from '../affinity-term';
import type { NodeInfo } from '../node-info';
import type { PodInfo } from '../pod-info';
import type { PodShape } from '../pod-shape';
import { Anchored, anchorOf } from './anchors';
import { NodeCounts } from './topology';

export type TermKind = 'affinity' | 'antiAffinity' | 'preferred' | 'preferredAnti';

/** One term, and the pods that hold it. */
export class HeldTerm extends NodeCounts {
  constructor(
    readonly kind: TermKind,
    readonly term: AffinityTerm,
    readonly weight: number,
  ) {
    super();
  }
}

const NONE: readonly HeldTerm[] = [];

export class TermCounts {
  private readonly held = new Map<string, HeldTerm>();
  private readonly emptied = new Set<string>();
  private readonly anchored: Record<TermKind, Anchored<HeldTerm>> = {
    affinity: new Anchored(),
    antiAffinity: new Anchored(),
    preferred: new Anchored(),
    preferredAnti: new Anchored(),
  };

  podAdded(pod: PodInfo, node: NodeInfo): void {
    if (pod.hasAffinity) this.count(pod, node, 1);
  }

  podRemoved(pod: PodInfo, node: NodeInfo): void {
    if (pod.hasAffinity) this.count(pod, node, -1);
  }

  /** The terms of this kind, held by placed pods, that mean a pod. */
  meaning(
    kind: TermKind,
    { namespace, labels, labelTexts }: PodShape,
    namespaceLabels: Readonly<Record<string, string>> | undefined,
  ): readonly HeldTerm[] {
    const anchored = this.anchored[kind];
    if (anchored.empty) return NONE;
    const found: HeldTerm[] = [];
    anchored.forEachCandidate(labelTexts, (held) => {
      if (held.term.matches(namespace, labels, namespaceLabels)) found.push(held);
    });
    return found;
  }

  private count(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    const { affinity, antiAffinity, preferred, preferredAnti } = pod.terms;
    for (const term of affinity) this.shift('affinity', term, 1, node, by);
    for (const term of antiAffinity) this.shift('antiAffinity', term, 1, node, by);
    for (const { term, weight } of preferred) this.shift('preferred', term, weight, node, by);
    for (const { term, weight } of preferredAnti) this.shift('preferredAnti', term, weight, node, by);
  }

  private shift(kind: TermKind, term: AffinityTerm, weight: number, node: NodeInfo, by: 1 | -1): void {
    const key = `${kind} ${weight} ${term.key}`;
    let held = this.held.get(key);
    if (!held) {
      held = new HeldTerm(kind, term, weight);
      this.held.set(key, held);
      this.anchored[kind].add(anchorOf(term.selector), held);
    }
    held.count(node, by);
    if (held.perNode.size === 0) this.emptied.add(key);
  }

  /**
   * Forgets the terms that nobody holds any more. Not done at once: who was prepared for a pod goes on looking at a term while
   * pods are taken away to see what would be, and put back.
   */
  sweep(): void {
    if (this.emptied.size === 0) return;
    for (const key of this.emptied) {
      const held = this.held.get(key);
      if (!held || held.perNode.size > 0) continue;
      this.held.delete(key);
      this.anchored[held.kind].remove(anchorOf(held.term.selector), held);
      held.release();
    }
    this.emptied.clear();
  }
}
