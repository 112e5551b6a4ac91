/** Keeps pods near those they want, and away from those they don't (`plugins/interpodaffinity/{filtering,plugin}.go`). Scores are in inter-pod-preferences.ts. */
import type { KubeObject } from '../../../apimachinery/meta';
import { type AffinityTerm, meansAllNamespaces, withNamespaces } from '../affinity-term';
import type { ClusterEvent } from '../cluster-events';
import type { ClusterView } from '../cluster-view';
import type { InterPodAffinityArgs } from '../configuration/plugin-args';
import type { Wish } from '../counts/pod-counts';
import type { HeldTerm } from '../counts/term-counts';
import type { DomainCounts } from '../counts/topology';
import type { NodeInfo } from '../node-info';
import { type Finding, labelled, type Plugin, type PodFilter, type Remedy, resolvable, unresolvable } from '../plugin';
import { PodInfo } from '../pod-info';
import { preferenceScorer } from './inter-pod-preferences';

const NO_AFFINITY = unresolvable("node(s) didn't match pod affinity rules");
const ANTI_AFFINITY = resolvable("node(s) didn't match pod anti-affinity rules");
const EXISTING = resolvable("node(s) didn't satisfy existing pods anti-affinity rules");

export function interPodAffinity(view: ClusterView, args: InterPodAffinityArgs): Plugin {
  return {
    name: 'InterPodAffinity',
    events: [
      { resource: 'AssignedPod', actions: ['Add', 'UpdatePodLabel', 'Delete'], helps: podChangeHelps },
      { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'], helps: nodeChangeHelps },
      // Upstream notices it only when it looks at all pods again, after five minutes.
      { resource: 'Namespace', actions: ['Add', 'Update'] },
    ],
    filterFor: (pod) => affinityFilter(view, pod),
    scorerFor: (pod) => preferenceScorer(view, pod, args),
  };
}

/** A term with its namespaces looked up, as what it wishes for. */
function wishOf(view: ClusterView, term: AffinityTerm): Wish {
  if (meansAllNamespaces(term)) return { namespaces: undefined, selector: term.selector };
  const namespaces = view.objects.list('namespaces');
  const { namespaces: names, selector } = withNamespaces(
    term,
    namespaces.map(({ metadata }) => ({ name: metadata.name ?? '', labels: metadata.labels })),
  );
  return { namespaces: names, selector };
}

/** Looking up all namespaces is only for terms that select them. */
export function cheapWish(view: ClusterView, term: AffinityTerm): Wish {
  const selects = withNamespaces(term, NO_NAMESPACES) !== term || meansAllNamespaces(term);
  return selects ? wishOf(view, term) : { namespaces: term.namespaces, selector: term.selector };
}

const NO_NAMESPACES: readonly never[] = [];

function affinityFilter(view: ClusterView, pod: PodInfo): PodFilter | undefined {
  const { affinity, antiAffinity } = pod.terms;
  const namespaceLabels = view.namespaceLabels(pod.namespace);
  const unwelcome = view.terms.meaning('antiAffinity', pod.shape, namespaceLabels);
  if (unwelcome.length === 0 && affinity.length === 0 && antiAffinity.length === 0) return undefined;
  const existing = unwelcome.map((held) => ({
    held,
    key: held.term.topologyKey,
    counts: held.in(view.pods.allDomains(held.term.topologyKey)),
  }));

  const wanted = wantedPods(view, affinity);
  const unwanted = antiAffinity.map((term) => ({
    term,
    counts: view.pods.matching([cheapWish(view, term)], true).in(view.pods.allDomains(term.topologyKey)),
  }));
  // The first of a group that wants to be together has nobody to be with.
  const wantsItself = wanted !== undefined && affinity.every((term) => matchesOwn(view, term, pod));

  const nearWanted = (node: NodeInfo): boolean => {
    if (!wanted) return true;
    let near = true;
    for (const { term, counts } of wanted) {
      const domain = node.labels[term.topologyKey];
      if (domain === undefined) return false;
      if (counts.in(domain) <= 0) near = false;
    }
    return near || (wantsItself && wanted.every(({ counts }) => counts.total === 0));
  };
  const nearUnwanted = (node: NodeInfo): boolean => {
    for (const { term, counts } of unwanted) {
      const domain = node.labels[term.topologyKey];
      if (domain !== undefined && counts.in(domain) > 0) return true;
    }
    return false;
  };
  const isUnwanted = (node: NodeInfo): boolean => {
    for (const { key, counts } of existing) {
      const domain = node.labels[key];
      if (domain !== undefined && counts.in(domain) > 0) return true;
    }
    return false;
  };
  return {
    filter: (node) => {
      if (!nearWanted(node)) return NO_AFFINITY;
      if (nearUnwanted(node)) return ANTI_AFFINITY;
      return isUnwanted(node) ? EXISTING : undefined;
    },
    explain: (node) => {
      if (!nearWanted(node)) return explainWanted(node, wanted ?? []);
      if (nearUnwanted(node)) return explainUnwanted(view, node, unwanted);
      return explainExisting(view, node, existing);
    },
    remedies: (node) => {
      if (!nearWanted(node)) return companions(view, node, pod, wanted ?? []);
      const culprits = nearUnwanted(node)
        ? unwanted.flatMap(({ term }) =>
            podsNear(view, node, term, (other) => matchesWish(cheapWish(view, term), other)),
          )
        : existing.flatMap(({ held }) => podsNear(view, node, held.term, (other) => holds(other, held)));
      return without(culprits);
    },
  };
}

/** Pods that match all terms at once, by the domains of each (updateWithAffinityTerms). */
function wantedPods(view: ClusterView, affinity: readonly AffinityTerm[]) {
  if (affinity.length === 0) return undefined;
  const pods = view.pods.matching(
    affinity.map((term) => cheapWish(view, term)),
    true,
  );
  return affinity.map((term) => ({ term, counts: pods.in(view.pods.allDomains(term.topologyKey)) }));
}

function matchesOwn(view: ClusterView, term: AffinityTerm, pod: PodInfo): boolean {
  return matchesWish(cheapWish(view, term), pod);
}

function matchesWish({ namespaces, selector }: Wish, { namespace, labels }: PodInfo): boolean {
  return (!namespaces || namespaces.includes(namespace)) && selector.matches(labels);
}

function explainWanted(node: NodeInfo, wanted: readonly { term: AffinityTerm; counts: DomainCounts }[]): Finding[] {
  const findings: Finding[] = [];
  for (const { term, counts } of wanted) {
    const { topologyKey, selector } = term;
    const domain = node.labels[topologyKey];
    const pods = `a pod with ${selector} in ${namespacesOf(term)}`;
    if (domain === undefined)
      findings.push({ text: `${node.name} has no label ${topologyKey}`, values: { topologyKey, actual: null } });
    else if (counts.in(domain) <= 0)
      findings.push({
        text: `the pod wants ${pods}; there is none in ${topologyKey}=${domain}`,
        values: {
          topologyKey,
          domain,
          selector: selector.toString(),
          matching: counts.in(domain),
          anywhere: counts.total,
        },
      });
  }
  return findings;
}

/** `default, other`, `any namespace`, `namespaces with team=a`. */
function namespacesOf(term: AffinityTerm): string {
  if (meansAllNamespaces(term)) return 'any namespace';
  const selects = withNamespaces(term, NO_NAMESPACES) !== term;
  return [...term.namespaces, ...(selects ? [`namespaces with ${term.namespaceSelector}`] : [])].join(', ');
}

function explainUnwanted(
  view: ClusterView,
  node: NodeInfo,
  unwanted: readonly { term: AffinityTerm; counts: DomainCounts }[],
): Finding[] {
  return unwanted.flatMap(({ term, counts }) => {
    const domain = node.labels[term.topologyKey];
    if (domain === undefined || counts.in(domain) === 0) return [];
    const wish = cheapWish(view, term);
    const pods = podsNear(view, node, term, (other) => matchesWish(wish, other)).map(nameOf);
    return [
      {
        text: `the pod does not want to be near pods with ${term.selector}; in ${term.topologyKey}=${domain} there is ${some(pods)}`,
        values: { topologyKey: term.topologyKey, domain, selector: term.selector.toString(), pods },
      },
    ];
  });
}

function explainExisting(
  view: ClusterView,
  node: NodeInfo,
  existing: readonly { held: HeldTerm; counts: DomainCounts }[],
): Finding[] {
  return existing.flatMap(({ held, counts }) => {
    const { term } = held;
    const domain = node.labels[term.topologyKey];
    if (domain === undefined || counts.in(domain) === 0) return [];
    const pods = podsNear(view, node, term, (other) => holds(other, held)).map(nameOf);
    return [
      {
        text: `${some(pods)} in ${term.topologyKey}=${domain} does not want pods with ${term.selector} near`,
        values: { topologyKey: term.topologyKey, domain, selector: term.selector.toString(), pods },
      },
    ];
  });
}

function nameOf({ namespace, name }: PodInfo): string {
  return `${namespace}/${name}`;
}

function some(pods: readonly string[]): string {
  const [first = 'one', ...more] = pods;
  return more.length === 0 ? `pod ${first}` : `pod ${first} and ${more.length} more`;
}

/** The pods of the node's domain that a test holds for. */
function podsNear(
  view: ClusterView,
  node: NodeInfo,
  { topologyKey }: AffinityTerm,
  test: (pod: PodInfo) => boolean,
): PodInfo[] {
  const domain = node.labels[topologyKey];
  const found: PodInfo[] = [];
  for (const other of view.ordered)
    if (other.labels[topologyKey] === domain) for (const pod of other.pods.values()) if (test(pod)) found.push(pod);
  return found;
}

function holds(pod: PodInfo, { term }: HeldTerm): boolean {
  return pod.terms.antiAffinity.some(({ key }) => key === term.key);
}

function without(pods: readonly PodInfo[]): Remedy[] {
  const names = [...new Set(pods.map(nameOf))];
  if (names.length === 0) return [];
  return [{ text: `without pod ${names.join(', ')}`, without: [...new Set(pods.map(({ uid }) => uid))] }];
}

/** A pod that the pod wants to be near, or the label that makes near. */
function companions(
  view: ClusterView,
  node: NodeInfo,
  { namespace }: PodInfo,
  wanted: readonly { term: AffinityTerm; counts: DomainCounts }[],
): Remedy[] {
  const lacking = wanted.filter(({ term }) => node.labels[term.topologyKey] === undefined);
  if (lacking.length > 0) return [nearness(view, node, lacking)];
  const affinity = wanted.map(({ term }) => term);
  const labels: Record<string, string> = {};
  for (const { selector } of affinity)
    for (const { key, operator, values } of selector.requirements) {
      const [value] = values;
      if ((operator === '=' || operator === '==' || operator === 'in') && value !== undefined) labels[key] = value;
      else if (operator === 'exists') labels[key] ??= '';
    }
  const [first] = affinity;
  const inNamespace = first?.namespaces[0] ?? namespace;
  const where = inNamespace === namespace ? '' : ` in namespace ${inNamespace}`;
  const worn = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    {
      text: `a pod with ${worn.join(',')}${where} on ${node.name}`,
      beside: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'companion', namespace: inNamespace, uid: 'companion', labels },
        spec: { nodeName: node.name, containers: [] },
      },
    },
  ];
}

/** The node made a part of a domain in which such pods are; or, where none are, of one of its own. */
function nearness(
  view: ClusterView,
  node: NodeInfo,
  lacking: readonly { term: AffinityTerm; counts: DomainCounts }[],
): Remedy {
  const labels: Record<string, string> = {};
  for (const { term, counts } of lacking) {
    const domains = view.ordered.map((other) => other.labels[term.topologyKey]);
    const near = domains.filter((domain) => domain !== undefined && counts.in(domain) > 0).sort();
    labels[term.topologyKey] = near[0] ?? node.name;
  }
  return labelled(node, labels);
}

function podChangeHelps(pod: PodInfo, { before, after }: ClusterEvent): boolean {
  const { affinity, antiAffinity } = pod.terms;
  const all = (terms: readonly AffinityTerm[], other: KubeObject) =>
    terms.length > 0 &&
    terms.every((term) => {
      const { namespace = '', labels } = other.metadata;
      // The namespaces that a term selects are not looked up here: better once too often.
      const selects = withNamespaces(term, NO_NAMESPACES) !== term;
      return selects ? term.selector.matches(labels) : term.matches(namespace, labels, undefined);
    });
  if (before && after) {
    return (!all(affinity, before) && all(affinity, after)) || (all(antiAffinity, before) && !all(antiAffinity, after));
  }
  if (after) return all(affinity, after);
  if (!before) return false;
  // Or it went that did not want this one: upstream looks only at the first (isSchedulableAfterPodChange).
  return antiAffinity.some((term) => all([term], before)) || new PodInfo(before).terms.antiAffinity.length > 0;
}

function nodeChangeHelps({ terms: { affinity, antiAffinity } }: PodInfo, { before, after }: ClusterEvent): boolean {
  if (!before)
    return (
      antiAffinity.length > 0 ||
      affinity.some(({ topologyKey }) => after?.metadata.labels?.[topologyKey] !== undefined) ||
      (affinity.length === 0 && antiAffinity.length === 0)
    );
  const value = (node: KubeObject | undefined, key: string) => node?.metadata.labels?.[key];
  const gained = ({ topologyKey: key }: AffinityTerm) =>
    value(after, key) !== undefined && value(before, key) !== value(after, key);
  const left = ({ topologyKey: key }: AffinityTerm) =>
    value(before, key) !== undefined && value(before, key) !== value(after, key);
  return affinity.some(gained) || antiAffinity.some(left) || (affinity.length === 0 && antiAffinity.length === 0);
}
