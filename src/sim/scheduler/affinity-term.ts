/** Terms of pod affinity and anti-affinity, read once (kube-scheduler `framework/types.go` AffinityTerm, GetAffinityTerms). */
import {
  EVERYTHING,
  type LabelSelector,
  type LabelSelectorObject,
  NOTHING,
  selectorOf,
} from '../../apimachinery/labels';

type Labels = Readonly<Record<string, string>> | undefined;

export interface PodAffinityTerm {
  labelSelector?: LabelSelectorObject;
  namespaces?: readonly string[];
  namespaceSelector?: LabelSelectorObject;
  topologyKey: string;
}

export interface WeightedPodAffinityTerm {
  weight: number;
  podAffinityTerm: PodAffinityTerm;
}

interface PodTerms<T> {
  requiredDuringSchedulingIgnoredDuringExecution?: readonly T[];
  preferredDuringSchedulingIgnoredDuringExecution?: readonly WeightedPodAffinityTerm[];
}

export interface PodAffinitySpec {
  podAffinity?: PodTerms<PodAffinityTerm>;
  podAntiAffinity?: PodTerms<PodAffinityTerm>;
}

/** Which pods a term means, and the label of nodes that says how near is near. */
export class AffinityTerm {
  /** Equal for terms that mean the same. */
  readonly key: string;

  constructor(
    readonly namespaces: readonly string[],
    readonly selector: LabelSelector,
    readonly namespaceSelector: LabelSelector,
    readonly topologyKey: string,
  ) {
    this.key = JSON.stringify([
      topologyKey,
      namespaces,
      selector === NOTHING ? null : selector.toString(),
      namespaceSelector === NOTHING ? null : namespaceSelector.toString(),
    ]);
  }

  /** Does it mean this pod? `namespaceLabels`: of the pod's namespace. */
  matches(namespace: string, labels: Labels, namespaceLabels: Labels): boolean {
    if (!this.namespaces.includes(namespace) && !this.namespaceSelector.matches(namespaceLabels)) return false;
    return this.selector.matches(labels);
  }
}

export interface WeightedTerm {
  weight: number;
  term: AffinityTerm;
}

/** All terms of a pod. */
export interface PodTermSet {
  affinity: readonly AffinityTerm[];
  antiAffinity: readonly AffinityTerm[];
  preferred: readonly WeightedTerm[];
  preferredAnti: readonly WeightedTerm[];
}

const NONE: PodTermSet = { affinity: [], antiAffinity: [], preferred: [], preferredAnti: [] };

/** The terms of a pod of this namespace. @throws SelectorError for a selector that is none. */
export function podTerms(namespace: string, affinity: PodAffinitySpec | undefined): PodTermSet {
  const { podAffinity, podAntiAffinity } = affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NONE;
  const read = (term: PodAffinityTerm) => affinityTerm(namespace, term);
  const weighted = (terms: readonly WeightedPodAffinityTerm[] | undefined): WeightedTerm[] =>
    (terms ?? []).map(({ weight, podAffinityTerm }) => ({ weight, term: read(podAffinityTerm) }));
  return {
    affinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(read),
    antiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(read),
    preferred: weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAnti: weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

/** Without namespaces or a selector of them, the pod's own namespace is meant. */
export function affinityTerm(namespace: string, term: PodAffinityTerm): AffinityTerm {
  const { namespaces = [], namespaceSelector, labelSelector, topologyKey } = term;
  const own = namespaces.length === 0 && !namespaceSelector;
  const names = own ? [namespace] : [...new Set(namespaces)].sort();
  return new AffinityTerm(names, selectorOf(labelSelector), selectorOf(namespaceSelector), topologyKey);
}

/** The term with its namespace selector replaced by the namespaces that it finds now (mergeAffinityTermNamespacesIfNotEmpty). */
export function withNamespaces(
  term: AffinityTerm,
  namespaces: readonly { name: string; labels: Labels }[],
): AffinityTerm {
  const { namespaceSelector, selector, topologyKey } = term;
  if (namespaceSelector === NOTHING || namespaceSelector.empty) return term;
  const found = namespaces.filter(({ labels }) => namespaceSelector.matches(labels)).map(({ name }) => name);
  return new AffinityTerm([...new Set([...term.namespaces, ...found])].sort(), selector, NOTHING, topologyKey);
}

/** Is every namespace meant? */
export function meansAllNamespaces({ namespaceSelector }: AffinityTerm): boolean {
  return namespaceSelector === EVERYTHING || (namespaceSelector !== NOTHING && namespaceSelector.empty);
}
