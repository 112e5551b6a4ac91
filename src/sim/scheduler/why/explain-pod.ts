/** Why a pod is where it is, or nowhere: the scheduler is asked once more, and tells all that it looks at. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { NodeRow } from '../node-row';
import { schedulerOf } from '../pending-pods';
import { PodInfo, unplaced } from '../pod-info';
import { postFilter } from '../post-filter';
import type { Candidate } from '../preemption';
import type { Profile } from '../profile';
import { feasibleNodesOf, Judge, type PreparedFilters, prepareFilters, schedulePod } from '../schedule-pod';
import { pick, prepareScorers, scoresOf, winnersOf } from '../scoring';
import type { PodExplanation, ToldCandidate, ToldNode, ToldScore } from './explanation';
import { smallestChanges } from './remedies';

/** @param on tell only of this node */
export function explainPod(
  asItIs: KubeObject,
  view: ClusterView,
  profiles: ReadonlyMap<string, Profile>,
  on?: string,
): PodExplanation {
  const pod = unplaced(asItIs);
  const info = new PodInfo(pod);
  const boundTo: string | undefined = asItIs['spec'].nodeName || undefined;
  // As if it were still to be placed, beside all the others.
  view.displace(info.uid);
  const profile = profiles.get(schedulerOf(info));
  const ended = endOf(asItIs);
  const told: PodExplanation = {
    apiVersion: 'kubetick.dev/v1',
    kind: 'PodPlacement',
    pod: { namespace: info.namespace, name: info.name, priority: info.priority },
    scheduler: schedulerOf(info),
    ...(boundTo ? { boundTo } : {}),
    ...(info.nominatedNode ? { nominatedTo: info.nominatedNode } : {}),
    ...(ended ? { ended } : {}),
    ...(info.terminating ? { terminating: true } : {}),
    nodeCount: view.nodes.size,
    scored: 0,
    nodes: [],
    changes: [],
  };
  if (!profile) {
    told.held = { plugin: '', reason: noScheduler(info, profiles) };
    return told;
  }
  if (!boundTo) {
    const held = heldBy(info, profile);
    if (held) told.held = held;
  }
  tellNodes(told, info, profile, view, on);
  // Nothing lets in what is on its way out.
  if (told.ended || told.terminating) return told;
  if (!told.winner) tellFailure(told, info, profile, view);
  if (!told.winner || told.held || (on && !told.nodes.find(({ name }) => name === on)?.fits))
    told.changes = smallestChanges(pod, profile, view, on);
  return told;
}

/** Who keeps a pod from being tried, if anybody. */
export function heldBy(info: PodInfo, profile: Profile): PodExplanation['held'] {
  for (const { name, preEnqueue } of profile.preEnqueue) {
    const reason = preEnqueue?.(info);
    if (reason !== undefined) return { plugin: name, reason };
  }
  return undefined;
}

export function noScheduler(info: PodInfo, profiles: ReadonlyMap<string, Profile>): string {
  return `there is no scheduler ${JSON.stringify(schedulerOf(info))}, only ${[...profiles.keys()].join(', ')}`;
}

function endOf(pod: KubeObject): PodExplanation['ended'] {
  const { phase, reason } = pod['status'] ?? {};
  return phase === 'Succeeded' || phase === 'Failed' ? { phase, ...(reason ? { reason } : {}) } : undefined;
}

function tellNodes(
  told: PodExplanation,
  info: PodInfo,
  profile: Profile,
  view: ClusterView,
  on: string | undefined,
): void {
  const prepared = prepareFilters(info, profile);
  const feasible = feasibleNodesOf(info, profile, prepared, view).nodes();
  const scores = scoresByNode(info, profile, feasible, view);
  told.scored = feasible.length > 1 ? feasible.length : 0;
  const byName = [...view.ordered].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const node of byName) {
    if (on && node.name !== on) continue;
    told.nodes.push({ ...verdictOn(node, info, prepared, view), ...scores.get(node) });
  }
  const found = schedulePod(info, profile, view);
  if (!('node' in found)) return;
  told.winner = found.node.name;
  if (profile.scorers.length === 0) told.unranked = true;
  if (told.nominatedTo === told.winner || feasible.length < 2) return;
  const totals = feasible.map((node) => scores.get(node)?.total ?? 0);
  const winners = winnersOf(feasible, totals);
  if (winners.length > 1 && pick(winners, info) === found.node) told.tie = winners.map(({ name }) => name).sort();
}

/** What the filters say of a node, with what they compared. */
export function verdictOn(node: NodeInfo, info: PodInfo, prepared: PreparedFilters, view: ClusterView): ToldNode {
  const { name } = node;
  const { beforehand, only, narrowedBy } = prepared;
  if (beforehand) {
    const { reasons, unresolvable } = beforehand.rejection;
    const findings = reasons.map((text) => ({ text, values: {} }));
    return { name, fits: false, plugin: beforehand.plugin, reasons, unresolvable, findings };
  }
  if (only && !only.has(name)) {
    const plugins = [...narrowedBy].sort().join(' ');
    const text = `only ${[...only].sort().join(', ')} come${only.size === 1 ? 's' : ''} into question`;
    const findings = [{ text, values: { only: [...only].sort() } }];
    const reasons = [`node(s) didn't satisfy plugin(s) [${plugins}]`];
    return { name, fits: false, plugin: plugins, reasons, unresolvable: true, findings };
  }
  const judge = new Judge(info, prepared, view);
  const rejection = judge.verdict(node);
  if (!rejection) return { name, fits: true };
  const { plugin } = judge;
  const filter = prepared.filters.find((one) => one.plugin.name === plugin)?.filter;
  const { reasons, unresolvable } = rejection;
  let findings = filter?.filter?.(node) ? (filter.explain?.(node) ?? []) : [];
  if (findings.length === 0) {
    // It is out only for the pods that were promised room there.
    const promised = [...node.nominated.values()]
      .filter(({ uid, priority }) => uid !== info.uid && priority >= info.priority)
      .map((pod) => `${pod.namespace}/${pod.name}`);
    if (promised.length > 0)
      findings = [{ text: `room is promised to pod ${promised.join(', ')}`, values: { nominated: promised } }];
  }
  return { name, fits: false, plugin, reasons, unresolvable, findings };
}

function scoresByNode(
  info: PodInfo,
  profile: Profile,
  nodes: readonly NodeInfo[],
  view: ClusterView,
): Map<NodeInfo, { scores: ToldScore[]; total: number }> {
  const told = new Map<NodeInfo, { scores: ToldScore[]; total: number }>();
  if (nodes.length < 2) return told;
  for (const node of nodes) told.set(node, { scores: [], total: 0 });
  const row = NodeRow.of(nodes, view.columns);
  for (const one of prepareScorers(info, profile, row)) {
    const { raw, scores } = scoresOf(one, row);
    nodes.forEach((node, i) => {
      const entry = told.get(node) as { scores: ToldScore[]; total: number };
      const normalised = scores[i] as number;
      const weighted = one.weight * normalised;
      entry.scores.push({ plugin: one.plugin, weight: one.weight, raw: raw[i] as number, normalised, weighted });
      entry.total += weighted;
    });
  }
  return told;
}

function tellFailure(told: PodExplanation, info: PodInfo, profile: Profile, view: ClusterView): void {
  const failed = schedulePod(info, profile, view);
  if ('node' in failed) return;
  const { message, preemption } = postFilter(info, failed, profile, view);
  told.message = message;
  if (!preemption) return;
  const { chosen, candidates } = preemption;
  told.preemption = {
    message: preemption.message,
    ...(chosen ? { chosen: chosen.node.name } : {}),
    candidates: candidates.map(tellCandidate),
  };
}

function tellCandidate({ node, victims, violations }: Candidate): ToldCandidate {
  return {
    node: node.name,
    victims: victims.map(({ namespace, name, priority }) => ({ pod: `${namespace}/${name}`, priority })),
    violations,
  };
}
