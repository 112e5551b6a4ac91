/** Spreads pods over zones, hosts and the like (`plugins/podtopologyspread/{filtering,scoring,common,plugin}.go`). */
import { deepEqual } from '../../../apimachinery/json';
import { EVERYTHING, LabelSelector, selectorFromLabels, selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Toleration } from '../../../apimachinery/toleration';
import type { ClusterEvent } from '../cluster-events';
import type { ClusterView } from '../cluster-view';
import type { PodTopologySpreadArgs, TopologySpreadConstraint } from '../configuration/plugin-args';
import type { MatchedPods } from '../counts/pod-counts';
import { type DomainCounts, NOWHERE, type TopologyDomains } from '../counts/topology';
import type { NodeInfo } from '../node-info';
import type { NodeRow } from '../node-row';
import { requiredNodes } from '../node-selector';
import {
  type Finding,
  labelled,
  MAX_NODE_SCORE,
  type Plugin,
  type PodFilter,
  type PodScorer,
  type Remedy,
  resolvable,
  unresolvable,
} from '../plugin';
import type { PodInfo } from '../pod-info';
import { oncePerShape } from '../pod-shape';
import { untolerated } from '../tolerations';
import { defaultSelectors } from './default-selector';

const NO_MATCH = resolvable("node(s) didn't match pod topology spread constraints");
const NO_LABEL = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

/** A constraint with its selector read, for all pods of a shape. */
interface Constraint {
  maxSkew: number;
  topologyKey: string;
  selector: LabelSelector;
  minDomains: number;
  honorsAffinity: boolean;
  honorsTaints: boolean;
  /** What it counts, once that was looked up. */
  pods?: MatchedPods;
  counts?: DomainCounts;
}

export function podTopologySpread(view: ClusterView, args: PodTopologySpreadArgs): Plugin {
  const systemDefaulted = args.defaultingType === 'System';
  const defaults = systemDefaulted ? SYSTEM_DEFAULTS : args.defaultConstraints;

  const requiredBy = constraintsReader(view, defaults, 'DoNotSchedule');
  const preferredBy = constraintsReader(view, defaults, 'ScheduleAnyway');

  return {
    name: 'PodTopologySpread',
    events: [
      {
        resource: 'AssignedPod',
        actions: ['Add', 'UpdatePodLabel', 'Delete'],
        helps: (pod, event) => podChangeHelps(pod, event, requiredBy(pod)),
      },
      {
        resource: 'UnscheduledPod',
        actions: ['UpdatePodLabel', 'UpdatePodToleration'],
        helps: ({ uid }, { after }) => after?.metadata.uid === uid,
      },
      {
        resource: 'Node',
        actions: ['Add', 'Delete', 'UpdateNodeLabel', 'UpdateNodeTaint'],
        helps: (pod, event) => nodeChangeHelps(event, requiredBy(pod)),
      },
    ],
    filterFor(pod) {
      const constraints = requiredBy(pod);
      return constraints.length === 0 ? undefined : spreadFilter(view, pod, constraints);
    },
    scorerFor(pod, nodes) {
      const constraints = preferredBy(pod);
      if (constraints.length === 0) return undefined;
      // Nodes without a zone may still be spread over by host, where the system's defaults apply.
      const needsAll = (pod.pod['spec'].topologySpreadConstraints ?? []).length > 0 || !systemDefaulted;
      return spreadScorer(view, pod, constraints, nodes, needsAll);
    },
  };
}

const NONE: readonly Constraint[] = [];

/** The constraints of pods with this action: their own, or else the defaults, with a selector that their services and controller make. */
function constraintsReader(
  view: ClusterView,
  defaults: readonly TopologySpreadConstraint[],
  action: string,
): (pod: PodInfo) => readonly Constraint[] {
  const own = oncePerShape(({ pod, labels }): readonly Constraint[] | undefined => {
    const constraints: readonly TopologySpreadConstraint[] = pod['spec'].topologySpreadConstraints ?? [];
    return constraints.length > 0 ? readConstraints(constraints, labels, action) : undefined;
  });
  if (!defaults.some(({ whenUnsatisfiable }) => whenUnsatisfiable === action)) return (pod) => own(pod) ?? NONE;
  const byDefault = oncePerShape(({ labels }) => ({
    read: readConstraints(defaults, labels, action),
    selector: EVERYTHING,
    selecting: NONE,
  }));
  const selectorFor = defaultSelectors(view);
  return (pod) => {
    const constraints = own(pod);
    if (constraints) return constraints;
    const selector = selectorFor(pod);
    const known = byDefault(pod);
    if (known.selector !== selector) {
      known.selector = selector;
      known.selecting = selector.empty ? NONE : known.read.map((one) => ({ ...one, selector }));
    }
    return known.selecting;
  };
}

function readConstraints(
  constraints: readonly TopologySpreadConstraint[],
  labels: Readonly<Record<string, string>>,
  action: string,
): Constraint[] {
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map((constraint) => ({
      maxSkew: constraint.maxSkew,
      topologyKey: constraint.topologyKey,
      selector: withLabelKeys(selectorOf(constraint.labelSelector), constraint.matchLabelKeys, labels),
      minDomains: constraint.minDomains ?? 1,
      honorsAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
      honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
    }));
}

/** The pod's own values of these labels are asked for, too; the API server has put them in already for newer pods. */
function withLabelKeys(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  labels: Readonly<Record<string, string>>,
): LabelSelector {
  const own = (keys ?? []).filter((key) => Object.hasOwn(labels, key));
  const missing = own.filter(
    (key) =>
      !selector.requirements.some((one) => one.key === key && one.values.length === 1 && one.values[0] === labels[key]),
  );
  if (missing.length === 0) return selector;
  const added = selectorFromLabels(Object.fromEntries(missing.map((key) => [key, labels[key] as string])));
  return new LabelSelector([...added.requirements, ...selector.requirements]);
}

/** The pods that a constraint counts: not those that go, and none at all where its selector is empty (countPodsMatchSelector). */
function countedPods(view: ClusterView, { namespace }: PodInfo, constraint: Constraint): MatchedPods | undefined {
  const { selector } = constraint;
  if (selector.empty) return undefined;
  if (!constraint.pods || constraint.pods.released)
    constraint.pods = view.pods.matching([{ namespaces: [namespace], selector }], false);
  return constraint.pods;
}

interface SpreadSpec {
  nodeSelector?: object;
  affinity?: { nodeAffinity?: object };
  tolerations?: Toleration[];
}

const NO_TOLERATIONS: Toleration[] = [];

/** The domains that a constraint counts: those of nodes with all the keys that its policies let in. */
function domainCounts(view: ClusterView, pod: PodInfo, constraint: Constraint, keys: readonly string[]): DomainCounts {
  if (!constraint.counts || constraint.counts.released) constraint.counts = countsBy(view, pod, constraint, keys);
  return constraint.counts;
}

function countsBy(view: ClusterView, pod: PodInfo, constraint: Constraint, keys: readonly string[]): DomainCounts {
  const { nodeSelector, affinity, tolerations = NO_TOLERATIONS } = pod.pod['spec'] as SpreadSpec;
  const { topologyKey, honorsAffinity, honorsTaints } = constraint;
  const required = honorsAffinity ? requiredNodes(pod.pod['spec']) : undefined;
  const key = JSON.stringify([
    keys,
    required ? [nodeSelector ?? null, affinity?.nodeAffinity ?? null] : null,
    honorsTaints ? tolerations : null,
  ]);
  const domains = view.pods.domains(key, topologyKey, (node) => {
    for (const one of keys) if (node.labels[one] === undefined) return false;
    if (required && !required(node)) return false;
    return !honorsTaints || untolerated(node.hardTaints, tolerations) === undefined;
  });
  const pods = countedPods(view, pod, constraint) ?? view.pods.matching([NO_PODS], false);
  return pods.in(domains);
}

const NO_PODS = { namespaces: [] as string[], selector: selectorOf(undefined) };

function keysOf(constraints: readonly Constraint[]): string[] {
  return [...new Set(constraints.map(({ topologyKey }) => topologyKey))].sort();
}

/** The slots of nodes that lack any of these labels. */
function lackingAny(keys: readonly string[], { slots, length }: NodeRow, view: ClusterView): ReadonlySet<number> {
  const lacking = new Set<number>();
  for (const key of keys) {
    const { numbers } = view.pods.allDomains(key);
    for (let i = 0; i < length; i++) if (numbers[slots[i] as number] === NOWHERE) lacking.add(slots[i] as number);
  }
  return lacking;
}

function spreadFilter(view: ClusterView, pod: PodInfo, constraints: readonly Constraint[]): PodFilter {
  const keys = keysOf(constraints);
  const prepared = constraints.map((constraint) => ({
    constraint,
    counts: domainCounts(view, pod, constraint, keys),
    self: constraint.selector.matches(pod.labels) ? 1 : 0,
  }));
  const skewOn = (node: NodeInfo, { constraint, counts, self }: (typeof prepared)[number]) => {
    const domain = node.labels[constraint.topologyKey];
    if (domain === undefined) return undefined;
    const least = counts.domains.sizes.size < constraint.minDomains ? 0 : counts.minimum();
    const there = counts.in(domain);
    return { domain, there, least, skew: there + self - least };
  };
  return {
    filter: (node) => {
      for (const one of prepared) {
        const found = skewOn(node, one);
        if (!found) return NO_LABEL;
        if (found.skew > one.constraint.maxSkew) return NO_MATCH;
      }
      return undefined;
    },
    explain: (node) =>
      explainSpread(
        node,
        prepared.map((one) => ({ ...one, found: skewOn(node, one) })),
      ),
    remedies: (node) =>
      spreadRemedies(
        node,
        prepared.map((one) => ({ ...one, found: skewOn(node, one) })),
      ),
  };
}

interface Judged {
  constraint: Constraint;
  self: number;
  counts: DomainCounts;
  found: { domain: string; there: number; least: number; skew: number } | undefined;
}

function explainSpread(node: NodeInfo, judged: readonly Judged[]): Finding[] {
  const findings: Finding[] = [];
  for (const { constraint, self, found, counts } of judged) {
    const { topologyKey, maxSkew, minDomains } = constraint;
    if (!found) {
      findings.push({ text: `${node.name} has no label ${topologyKey}`, values: { topologyKey, actual: null } });
      continue;
    }
    if (found.skew <= maxSkew) continue;
    const { domain, there, least, skew } = found;
    const present = `${there} matching pod${there === 1 ? '' : 's'}${self ? `, with this one ${there + 1}` : ''}`;
    const { size } = counts.domains.sizes;
    const lowest =
      size < minDomains
        ? `there ${size === 1 ? 'is 1 domain' : `are ${size} domains`} of minDomains ${minDomains}, so the least is 0 and the skew`
        : `the least is ${least}, so the skew`;
    findings.push({
      text: `${topologyKey}=${domain} has ${present}; ${lowest} would be ${skew}, more than maxSkew ${maxSkew}`,
      values: { topologyKey, domain, matching: there, self, minimum: least, skew, maxSkew },
    });
  }
  return findings;
}

function spreadRemedies(node: NodeInfo, judged: readonly Judged[]): Remedy[] {
  const missing = judged
    .filter(({ found }) => !found)
    .map(({ constraint, counts, self }) => {
      // The domain that has least would take it, or else a new one.
      const { sizes } = counts.domains;
      const [first] = [...sizes.keys()].sort((a, b) => counts.in(a) - counts.in(b) || (a < b ? -1 : 1));
      const least = sizes.size < constraint.minDomains ? 0 : counts.minimum();
      const takes = first !== undefined && counts.in(first) + self - least <= constraint.maxSkew;
      return [constraint.topologyKey, takes ? first : node.name] as const;
    });
  if (missing.length > 0) return [labelled(node, Object.fromEntries(missing))];
  const skewed = judged.filter(({ found, constraint }) => found && found.skew > constraint.maxSkew);
  const wanted = new Map(skewed.map(({ constraint, found }) => [constraint.topologyKey, found?.skew ?? 0]));
  return [
    {
      text: [...wanted].map(([key, skew]) => `allow maxSkew ${skew} for ${key}`).join(' and '),
      pod: (pod) => ({
        ...pod,
        spec: {
          ...pod['spec'],
          topologySpreadConstraints: (pod['spec'].topologySpreadConstraints ?? []).map(
            (one: TopologySpreadConstraint) =>
              one.whenUnsatisfiable === 'DoNotSchedule' && wanted.has(one.topologyKey)
                ? { ...one, maxSkew: Math.max(one.maxSkew, wanted.get(one.topologyKey) ?? 0) }
                : one,
          ),
        },
      }),
    },
  ];
}

/** What one constraint adds to the scores of nodes: so much for each of its pods that is there, and for having the label at all. */
interface ScoredConstraint {
  maxSkew: number;
  /** How many domains the feasible nodes are in makes each pod weigh. */
  weight: number;
  /** The numbers of the domains, of all nodes that have the label. */
  numbers: Int32Array;
  /** By host: the pods of each slot. Else those of each domain. */
  bySlot: Uint32Array | undefined;
  byDomain: Float64Array;
}

function spreadScorer(
  view: ClusterView,
  pod: PodInfo,
  constraints: readonly Constraint[],
  nodes: NodeRow,
  needsAll: boolean,
): PodScorer {
  const keys = needsAll ? keysOf(constraints) : NO_KEYS;
  const ignored = needsAll ? lackingAny(keys, nodes, view) : NO_SLOTS;
  const prepared: ScoredConstraint[] = [];
  for (const constraint of constraints) {
    const { topologyKey, maxSkew } = constraint;
    const domains = view.pods.allDomains(topologyKey);
    const { numbers } = domains;
    // Nodes without the label get nothing for it.
    if (domains.sizes.size === 0) continue;
    if (topologyKey === HOSTNAME) {
      const weight = Math.log(nodes.length - ignored.size + 2);
      const bySlot = countedPods(view, pod, constraint)?.bySlot(view.columns) ?? NOTHING;
      prepared.push({ maxSkew, weight, numbers, bySlot, byDomain: NO_DOMAINS });
    } else {
      const counts = domainCounts(view, pod, constraint, keys);
      const { byDomain, found } = countsAmong(nodes, ignored, domains, counts);
      prepared.push({ maxSkew, weight: Math.log(found + 2), numbers, bySlot: undefined, byDomain });
    }
  }
  return {
    scoreAll: ({ slots }, scores) => {
      if (prepared.length === 0) scores.fill(0);
      prepared.forEach((one, i) => {
        addConstraint(one, slots, scores, i === 0, i === prepared.length - 1);
      });
      if (ignored.size === 0) return;
      for (let i = 0; i < scores.length; i++) if (ignored.has(slots[i] as number)) scores[i] = Number.NaN;
    },
    normalise: (least, most) => (score) =>
      most === 0 ? MAX_NODE_SCORE : Math.trunc((MAX_NODE_SCORE * (most + least - score)) / most),
  };
}

const NO_KEYS: readonly string[] = [];
const NO_SLOTS: ReadonlySet<number> = new Set();
const NOTHING = new Uint32Array(0);
const NO_DOMAINS = new Float64Array(0);

/** How many pods are in each domain, by its number, and in how many domains these nodes are; all without the label are in one. */
function countsAmong(
  { slots, length }: NodeRow,
  ignored: ReadonlySet<number>,
  { numbers, names }: TopologyDomains,
  counts: DomainCounts,
): { byDomain: Float64Array; found: number } {
  const byDomain = new Float64Array(names.length).fill(-1);
  let found = 0;
  let lacking = 0;
  for (let i = 0; i < length; i++) {
    const slot = slots[i] as number;
    if (ignored.size > 0 && ignored.has(slot)) continue;
    const domain = numbers[slot] as number;
    if (domain === NOWHERE) lacking = 1;
    else if (byDomain[domain] === -1) {
      byDomain[domain] = counts.in(names[domain] as string);
      found++;
    }
  }
  return { byDomain, found: found + lacking };
}

/** The scores are whole numbers once the last has had its say. */
function addConstraint(
  { maxSkew, weight, numbers, bySlot, byDomain }: ScoredConstraint,
  slots: Int32Array,
  scores: Float64Array,
  isFirst: boolean,
  isLast: boolean,
): void {
  for (let i = 0; i < scores.length; i++) {
    const slot = slots[i] as number;
    const domain = numbers[slot] as number;
    let score = isFirst ? 0 : (scores[i] as number);
    if (domain !== NOWHERE) {
      const count = bySlot ? (bySlot[slot] ?? 0) : (byDomain[domain] as number);
      score = score + count * weight + (maxSkew - 1);
    }
    scores[i] = isLast ? Math.round(score) : score;
  }
}

/** isSchedulableAfterPodChange: only pods that a constraint counts, before or after, make a difference. */
function podChangeHelps(pod: PodInfo, { before, after }: ClusterEvent, constraints: readonly Constraint[]): boolean {
  const other = after ?? before;
  if (other?.metadata.namespace !== pod.namespace) return false;
  const counted = (one: KubeObject | undefined, { selector }: Constraint) =>
    one !== undefined && selector.matches(one.metadata.labels);
  return constraints.some((constraint) =>
    before && after ? counted(before, constraint) !== counted(after, constraint) : counted(before ?? after, constraint),
  );
}

/** isSchedulableAfterNodeChange: domains come, go or change. */
function nodeChangeHelps({ before, after }: ClusterEvent, constraints: readonly Constraint[]): boolean {
  const hasAll = (node: KubeObject | undefined) =>
    constraints.every(({ topologyKey }) => node?.metadata.labels?.[topologyKey] !== undefined);
  if (!before || !after) return hasAll(after ?? before);
  if (hasAll(before) !== hasAll(after)) return true;
  if (!hasAll(after)) return false;
  return (
    constraints.some(
      ({ topologyKey }) => before.metadata.labels?.[topologyKey] !== after.metadata.labels?.[topologyKey],
    ) || !deepEqual(before['spec']?.taints, after['spec']?.taints)
  );
}
