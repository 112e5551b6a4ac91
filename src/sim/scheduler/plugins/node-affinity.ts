/** nodeSelector and node affinity: what the pod demands of a node's labels, and what it prefers (`plugins/nodeaffinity/node_affinity.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { NodeAffinityArgs } from '../configuration/plugin-args';
import type { NodeInfo } from '../node-info';
import {
  anyOfTerms,
  type NodeAffinitySpec,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  type PreferredSchedulingTerm,
  requiredNodes,
  requirementHolds,
  termTest,
} from '../node-selector';
import {
  type Finding,
  type Plugin,
  type PodFilter,
  type Rejection,
  type Remedy,
  relativeToHighest,
  unresolvable,
} from '../plugin';
import type { Remembered } from '../remembered-nodes';

const REJECTED = unresolvable("node(s) didn't match Pod's node affinity/selector");
const ENFORCED = unresolvable("node(s) didn't match scheduler-enforced node affinity");
const CONFLICT = unresolvable('pod affinity terms conflict');

interface PodSpec {
  nodeSelector?: Record<string, string>;
  affinity?: { nodeAffinity?: NodeAffinitySpec };
}

export function nodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const addedTerms = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const added = addedTerms && anyOfTerms(addedTerms);
  const addedPreferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const always = JSON.stringify(addedAffinity ?? null);
  return {
    name: 'NodeAffinity',
    events: [
      {
        resource: 'Node',
        actions: ['Add', 'UpdateNodeLabel'],
        helps({ pod }, { before, after }) {
          const matches = (node: KubeObject | undefined) =>
            node !== undefined && (requiredNodes(pod['spec'])?.(asNode(node)) ?? true);
          if (!matches(after) || (added && after && !added(asNode(after)))) return false;
          return !matches(before) || (added !== undefined && before !== undefined && !added(asNode(before)));
        },
      },
    ],
    filterFor({ pod }) {
      const spec: PodSpec = pod['spec'];
      const required = requiredNodes(spec);
      if (!required && !added) return undefined;
      const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
      const only = terms && nodesByName(terms);
      return {
        ...(only?.size === 0 ? { rejection: CONFLICT } : {}),
        ...(only ? { only } : {}),
        ...rememberedFilter(`filter ${always} ${JSON.stringify([spec.nodeSelector, terms])}`, (node) => {
          if (added && !added(node)) return ENFORCED;
          return !required || required(node) ? undefined : REJECTED;
        }),
        explain: (node) =>
          added && !added(node) ? explainTerms(node, addedTerms ?? [], 'the scheduler asks') : explainPod(node, spec),
        remedies: (node) => labelling(node, spec, addedTerms),
      };
    },
    scorerFor({ pod }) {
      const preferred: readonly PreferredSchedulingTerm[] =
        pod['spec'].affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      if (preferred.length === 0 && addedPreferred.length === 0) return undefined;
      const weighed = [...addedPreferred, ...preferred].map(({ weight, preference }) => ({
        weight,
        // A term that asks for nothing is as if it were not there (isEmptyNodeSelectorTerm).
        test: termTest(preference),
      }));
      return {
        score: remembering(`score ${always} ${JSON.stringify(preferred)}`, (node) => {
          let sum = 0;
          for (const { weight, test } of weighed) if (test(node)) sum += weight;
          return sum;
        }),
        normalise: (_, highest) => relativeToHighest(highest, false),
      };
    },
  };
}

/** What comes of a node's labels, found once for all pods that ask the same. */
function remembering(question: string, find: (node: NodeInfo) => number): (node: NodeInfo) => number {
  let known: Remembered | undefined;
  return (node) => {
    const { slot, columns } = node;
    known ??= columns.remembered(question);
    const value = known.values[slot];
    if (value !== undefined && !Number.isNaN(value)) return value;
    const found = find(node);
    known.values[slot] = found;
    return found;
  };
}

const VERDICTS = [undefined, REJECTED, ENFORCED];

function rememberedFilter(
  question: string,
  find: (node: NodeInfo) => Rejection | undefined,
): Required<Pick<PodFilter, 'filter' | 'filterAt' | 'clearUntil'>> {
  let known: Remembered | undefined;
  const verdict = remembering(question, (node) => VERDICTS.indexOf(find(node)));
  return {
    filter: (node) => VERDICTS[verdict(node)],
    filterAt: (slot, columns) => {
      known ??= columns.remembered(question);
      const value = known.values[slot];
      return value === undefined || Number.isNaN(value) ? 'ask' : VERDICTS[value];
    },
    clearUntil: (slots, from, to, columns) => {
      known ??= columns.remembered(question);
      const { values } = known;
      let until = from;
      while (until < to && values[slots[until] as number] === 0) until++;
      return until;
    },
  };
}

function asNode(node: KubeObject): Pick<NodeInfo, 'labels' | 'name'> {
  return { labels: node.metadata.labels ?? {}, name: node.metadata.name ?? '' };
}

/** The nodes that all terms name, if each names some (NodeAffinity.PreFilter). */
function nodesByName(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  if (terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    let ofTerm: string[] | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      ofTerm = ofTerm ? ofTerm.filter((name) => values.includes(name)) : [...values];
    }
    if (!ofTerm) return undefined;
    for (const name of ofTerm) names.add(name);
  }
  return names;
}

function explainPod(node: NodeInfo, { nodeSelector, affinity }: PodSpec): Finding[] {
  const findings = Object.entries(nodeSelector ?? {})
    .filter(([key, value]) => node.labels[key] !== value)
    .map(([key, value]) => finding(node, { key, operator: 'In', values: [value] }, 'nodeSelector asks'));
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms || anyOfTerms(terms)(node)) return findings;
  return [...findings, ...explainTerms(node, terms, 'node affinity asks')];
}

function explainTerms(node: NodeInfo, terms: readonly NodeSelectorTerm[], who: string): Finding[] {
  return terms.flatMap((term) => failing(node, term).map((requirement) => finding(node, requirement, who)));
}

/** The expressions and fields of a term that don't hold; a field is told by its key `metadata.name`. */
function failing(node: NodeInfo, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm) {
  return [
    ...matchExpressions.filter((one) => !requirementHolds(one, node.labels[one.key])),
    ...matchFields.filter((one) => !requirementHolds(one, node.name)),
  ];
}

function finding(node: NodeInfo, { key, operator, values = [] }: NodeSelectorRequirement, who: string): Finding {
  const actual = key === 'metadata.name' ? node.name : node.labels[key];
  const wanted = values.length > 0 ? `${key} ${operator} [${values.join(', ')}]` : `${key} ${operator}`;
  return {
    text: `${who} for ${wanted}, the node has ${actual === undefined ? `no ${key}` : `${key}=${actual}`}`,
    values: { key, operator, values: [...values], actual: actual ?? null },
  };
}

/** The labels that would make the node fit: of the term that lacks least. */
function labelling(
  node: NodeInfo,
  { nodeSelector, affinity }: PodSpec,
  added: readonly NodeSelectorTerm[] | undefined,
): Remedy[] {
  const fixed = Object.entries(nodeSelector ?? {})
    .filter(([key, value]) => node.labels[key] !== value)
    .map(([key, value]): NodeSelectorRequirement => ({ key, operator: 'In', values: [value] }));
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const lackingOf = (some: readonly NodeSelectorTerm[] | undefined): readonly NodeSelectorRequirement[][] =>
    !some || anyOfTerms(some)(node) ? [[]] : some.map((term) => failing(node, term));
  const ways = lackingOf(added)
    .flatMap((byScheduler) => lackingOf(terms).map((lacking) => [...byScheduler, ...fixed, ...lacking]))
    .map((lacking) => lacking.map((one) => labelFor(one, node)))
    .filter((labels) => labels.length > 0 && labels.every((label) => label !== undefined))
    .sort((a, b) => a.length - b.length);
  return ways.slice(0, 1).map((labels) => {
    const changes = labels as { key: string; value: string | undefined }[];
    const set = changes.filter(({ value }) => value !== undefined).map(({ key, value }) => `${key}=${value}`);
    const unset = changes.filter(({ value }) => value === undefined).map(({ key }) => key);
    const text = [
      ...(set.length > 0 ? [`label ${node.name} with ${set.join(', ')}`] : []),
      ...(unset.length > 0 ? [`take label ${unset.join(', ')} from ${node.name}`] : []),
    ].join(' and ');
    return {
      text,
      node: (object: KubeObject) => {
        const after: Record<string, string> = { ...object.metadata.labels };
        for (const { key, value } of changes) {
          if (value === undefined) delete after[key];
          else after[key] = value;
        }
        return { ...object, metadata: { ...object.metadata, labels: after } };
      },
    };
  });
}

/** A value of the label for which the expression holds; none: without the label. Undefined where no label helps. */
function labelFor(
  { key, operator, values = [] }: NodeSelectorRequirement,
  node: NodeInfo,
): { key: string; value: string | undefined } | undefined {
  if (key === 'metadata.name' && node.labels[key] === undefined) return undefined;
  const [first = ''] = values;
  switch (operator) {
    case 'In':
      return { key, value: first };
    case 'Exists':
      return { key, value: '' };
    case 'NotIn':
    case 'DoesNotExist':
      return { key, value: undefined };
    case 'Gt':
    case 'Lt':
      return /^-?\d+$/.test(first) ? { key, value: String(BigInt(first) + (operator === 'Gt' ? 1n : -1n)) } : undefined;
    default:
      return undefined;
  }
}
