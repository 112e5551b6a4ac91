/** Which nodes pods would like for the company there (`plugins/interpodaffinity/scoring.go`). */
import type { ClusterView } from '../cluster-view';
import type { InterPodAffinityArgs } from '../configuration/plugin-args';
import type { TermKind } from '../counts/term-counts';
import type { DomainCounts } from '../counts/topology';
import { MAX_NODE_SCORE, type PodScorer } from '../plugin';
import type { PodInfo } from '../pod-info';
import { cheapWish } from './inter-pod-affinity';

interface Weighed {
  topologyKey: string;
  counts: DomainCounts;
  weight: number;
}

/** Both directions: what the pod would like, and what the pods that are there would like of it. */
export function preferenceScorer(
  view: ClusterView,
  pod: PodInfo,
  { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods }: InterPodAffinityArgs,
): PodScorer | undefined {
  const { preferred, preferredAnti } = pod.terms;
  const own = preferred.length > 0 || preferredAnti.length > 0;
  if (ignorePreferredTermsOfExistingPods && !own) return undefined;
  const weighed: Weighed[] = [];
  const add = (topologyKey: string, counts: DomainCounts, weight: number) => {
    if (counts.total > 0 && weight !== 0) weighed.push({ topologyKey, counts, weight });
  };
  const wish = (sign: 1 | -1) => (one: (typeof preferred)[number]) => {
    const { topologyKey } = one.term;
    const counts = view.pods.matching([cheapWish(view, one.term)], true).in(view.pods.allDomains(topologyKey));
    add(topologyKey, counts, sign * one.weight);
  };
  preferred.forEach(wish(1));
  preferredAnti.forEach(wish(-1));
  const namespaceLabels = view.namespaceLabels(pod.namespace);
  const held = (kind: TermKind, factor: number) => {
    if (factor === 0) return;
    for (const one of view.terms.meaning(kind, pod.shape, namespaceLabels)) {
      const { topologyKey } = one.term;
      add(topologyKey, one.in(view.pods.allDomains(topologyKey)), factor * one.weight);
    }
  };
  held('affinity', hardPodAffinityWeight);
  held('preferred', 1);
  held('preferredAnti', -1);
  if (weighed.length === 0) return undefined;
  return {
    score: ({ labels }) => {
      let sum = 0;
      for (const { topologyKey, counts, weight } of weighed) {
        const domain = labels[topologyKey];
        if (domain !== undefined) sum += weight * counts.in(domain);
      }
      return sum;
    },
    normalise(least, most) {
      const spread = most - least;
      return (score) => (spread > 0 ? Math.trunc(MAX_NODE_SCORE * ((score - least) / spread)) : 0);
    },
  };
}
