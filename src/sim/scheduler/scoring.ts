/** How good each node is for a pod: scores, their sum, and the best (kube-scheduler `schedule_one.go` prioritizeNodes, selectHost). */
import { createRandom, type Random } from '../random';
import type { NodeInfo } from './node-info';
import type { NodeRow } from './node-row';
import type { PodScorer } from './plugin';
import type { PodInfo } from './pod-info';
import type { Profile } from './profile';

export interface PreparedScorer {
  plugin: string;
  weight: number;
  scorer: PodScorer;
}

/** RunPreScorePlugins. */
export function prepareScorers(pod: PodInfo, { scorers }: Profile, nodes: NodeRow): PreparedScorer[] {
  const prepared: PreparedScorer[] = [];
  for (const { plugin, weight } of scorers) {
    const scorer = plugin.scorerFor?.(pod, nodes);
    if (scorer) prepared.push({ plugin: plugin.name, weight, scorer });
  }
  return prepared;
}

/** One plugin's scores, before and after they are brought to 0…100. */
export function scoresOf({ scorer }: PreparedScorer, nodes: NodeRow): { raw: number[]; scores: number[] } {
  const scores = new Float64Array(nodes.length);
  rawScores(scorer, nodes, scores);
  const raw = Array.from(scores, (score) => score || 0);
  if (!scorer.normalise) return { raw, scores: raw };
  const said = scores.filter((score) => !Number.isNaN(score));
  const normalised = scorer.normalise(Math.min(...said), Math.max(...said));
  return { raw, scores: Array.from(scores, (score) => (Number.isNaN(score) ? 0 : normalised(score))) };
}

/** What nodes are compared by; good until the next pod's nodes are. */
export function totalScores(nodes: NodeRow, prepared: readonly PreparedScorer[]): Float64Array {
  const { sheet } = nodes.columns;
  sheet.rule(nodes.length);
  const { totals, scores } = sheet;
  const byRoom = prepared.filter(isByRoom);
  if (byRoom.length > 0) sheet.byRoom.fill(byRoom, nodes, totals);
  else totals.fill(0);
  for (const one of prepared) {
    const { weight, scorer } = one;
    // Who gives all nodes the same makes no difference.
    if (scorer.same !== undefined || isByRoom(one)) continue;
    rawScores(scorer, nodes, scores);
    if (scorer.normalise) addNormalised(scores, scorer.normalise, weight, totals);
    else for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + weight * (scores[i] as number);
  }
  return totals;
}

function isByRoom({ scorer: { same, kind, normalise } }: PreparedScorer): boolean {
  return same === undefined && kind !== undefined && !normalise;
}

function rawScores({ score, scoreAt, scoreAll }: PodScorer, nodes: NodeRow, scores: Float64Array): void {
  const { slots, columns } = nodes;
  if (scoreAll) scoreAll(nodes, scores);
  else if (scoreAt) for (let i = 0; i < scores.length; i++) scores[i] = scoreAt(slots[i] as number, columns);
  else for (let i = 0; i < scores.length; i++) scores[i] = score(nodes.at(i));
}

/** What each raw score adds, from the least on. */
const ADDED: number[] = [];

function addNormalised(
  scores: Float64Array,
  normalise: NonNullable<PodScorer['normalise']>,
  weight: number,
  totals: Float64Array,
): void {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score < least) least = score;
    if (score > most) most = score;
  }
  const normalised = normalise(least, most);
  const range = most - least;
  // Scores are whole numbers, and many nodes score the same.
  if (range < scores.length) {
    for (let above = 0; above <= range; above++) ADDED[above] = weight * normalised(least + above);
    for (let i = 0; i < totals.length; i++) {
      const score = scores[i] as number;
      if (score >= least) totals[i] = (totals[i] as number) + (ADDED[score - least] as number);
    }
    return;
  }
  for (let i = 0; i < totals.length; i++) {
    const score = scores[i] as number;
    if (score >= least) totals[i] = (totals[i] as number) + weight * normalised(score);
  }
}

/** Where the node with the highest total stands, or one of them: the very one that `pick` picks of all winners. */
export function bestOf(totals: Float64Array, pod: PodInfo): number {
  let highest = Number.NEGATIVE_INFINITY;
  let first = 0;
  let count = 0;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i] as number;
    if (total < highest) continue;
    if (total > highest) {
      highest = total;
      first = i;
      count = 0;
    }
    count++;
  }
  let at = first;
  for (let left = count === 1 ? 0 : tieOf(pod, count); left > 0; ) if (totals[++at] === highest) left--;
  return at;
}

/** The nodes with the highest total. */
export function winnersOf(nodes: readonly NodeInfo[], totals: ArrayLike<number>): NodeInfo[] {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < nodes.length; i++) if ((totals[i] as number) > highest) highest = totals[i] as number;
  const winners: NodeInfo[] = [];
  for (let i = 0; i < nodes.length; i++) if (totals[i] === highest) winners.push(nodes[i] as NodeInfo);
  return winners;
}

/** One of the winners, by the pod's own chance. */
export function pick(winners: readonly NodeInfo[], pod: PodInfo): NodeInfo {
  if (winners.length === 1) return winners[0] as NodeInfo;
  return winners[tieOf(pod, winners.length)] as NodeInfo;
}

function tieOf(pod: PodInfo, winners: number): number {
  return chanceOf(pod).fork('tie').below(winners);
}

/**
 * Chance that belongs to the pod: its uid was drawn by the cluster's generator, so the same seed gives the same, and whoever
 * asks again, in another process or to explain, is told the same.
 */
export function chanceOf({ uid }: PodInfo): Random {
  return createRandom(uid);
}
