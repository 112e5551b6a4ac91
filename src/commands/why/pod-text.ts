/** A pod's placement in words and tables. */
import type {
  PodExplanation,
  ToldCandidate,
  ToldChange,
  ToldNode,
  ToldScore,
} from '../../sim/scheduler/why/explanation';
import type { Streams } from '../command';
import { framedTable, plainColumns } from '../own-table';
import { wrapText } from '../wrap-text';

/** Nodes whose scores stand side by side; the best of them. */
const MOST_SCORED = 5;
const SCORE_HEAD = 'SCORE: RAW → OF 100 → WEIGHTED';
/** Between cells, lines and blanks. */
const CELL_GAP = 3;
/** Nodes with the same total that are named. */
const MOST_TIED = 8;
/** Nodes that are told one by one before they are told by their reasons. */
const MOST_REJECTED = 20;
/** Columns where there is no terminal. */
const PIPE_WIDTH = 110;

export async function podText(streams: Streams, told: PodExplanation, on: string): Promise<string> {
  const parts = [headline(told, on)];
  const rejected = told.nodes.filter(({ fits }) => !fits);
  if (rejected.length > 0) parts.push(await rejectedTable(streams, rejected));
  const scored = told.nodes.filter(({ scores }) => scores);
  if (scored.length > 0) parts.push(await scoreTable(streams, told, scored));
  const { held, boundTo } = told;
  const isOpen = !told.ended && !told.terminating;
  if (told.winner) parts.push(outcome(told, on));
  if (told.message) parts.push(`The scheduler ${held || boundTo ? 'would say' : 'says'}:\n  ${told.message}\n`);
  if (told.preemption) parts.push(preemptionText(told.preemption));
  // Where there is no scheduler, nothing was tried.
  const wasTried = isOpen && held?.plugin !== '';
  if (wasTried && (!told.winner || held || told.changes.length > 0)) parts.push(changesText(told.changes, on));
  return parts.filter((part) => part !== '').join('\n');
}

function headline(told: PodExplanation, on: string): string {
  const { pod, boundTo, nominatedTo, held, nodes, nodeCount, winner, ended, terminating } = told;
  const name = `pod/${pod.name}`;
  if (ended) {
    const what = ended.reason ? `${ended.phase}, ${ended.reason}` : ended.phase;
    return `${name} has ended${boundTo ? ` on ${boundTo}` : ''} (${what}). It is not placed any more.\n`;
  }
  if (terminating)
    return `${name} is being deleted${boundTo ? `; it is on ${boundTo}` : ''}. It is not placed any more.\n`;
  const there = nodes.find((node) => node.name === on);
  if (on && there && !there.fits) return `${name} can't run on ${on}.\n`;
  if (boundTo) {
    const moved =
      winner === boundTo
        ? ''
        : ` As things are now, ${winner === undefined ? 'no node would take it' : `it would go to ${winner}`}.`;
    return `${name} is on ${boundTo}.${moved}\n`;
  }
  if (held) return `${name} is not tried: ${held.reason} (${held.plugin || 'schedulerName'}).\n`;
  if (nodeCount === 0) return `${name} has no node: there are none.\n`;
  if (!winner) {
    const promised = nominatedTo ? ` It was promised room on ${nominatedTo}.` : '';
    return `${name} has no node: none of ${nodeCount} will do.${promised}\n`;
  }
  return `${name} has no node yet. It goes to ${winner} when the scheduler gets to it.\n`;
}

async function rejectedTable(streams: Streams, nodes: readonly ToldNode[]): Promise<string> {
  const rows =
    nodes.length <= MOST_REJECTED
      ? nodes.map((node) => [node.name, node.plugin ?? '', whyNot(node)])
      : byReason(nodes).map(([reason, names]) => [
          some(names),
          nodes.find(({ name }) => name === names[0])?.plugin ?? '',
          reason,
        ]);
  return table(streams, ['NODE', 'RULED OUT BY', 'BECAUSE'], rows);
}

function whyNot({ findings = [], reasons = [] }: ToldNode): string {
  return (findings.length > 0 ? findings.map(({ text }) => text) : reasons).join('\n');
}

function byReason(nodes: readonly ToldNode[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const node of nodes) {
    const reason = (node.reasons ?? []).join(', ');
    const names = groups.get(reason);
    if (names) names.push(node.name);
    else groups.set(reason, [node.name]);
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length);
}

function some(names: readonly string[]): string {
  const [first = ''] = names;
  return names.length === 1 ? first : `${first} and ${names.length - 1} more`;
}

/** Plugins down, nodes across: what a plugin gave, what that is of 100, and that times its weight. */
async function scoreTable(streams: Streams, { winner }: PodExplanation, nodes: readonly ToldNode[]): Promise<string> {
  const sorted = [...nodes].sort(
    (a, b) =>
      (b.total ?? 0) - (a.total ?? 0) ||
      Number(b.name === winner) - Number(a.name === winner) ||
      (a.name < b.name ? -1 : 1),
  );
  const [first] = sorted;
  const best = sorted.slice(0, scoredColumns(streams, sorted));
  const rows = (first?.scores ?? []).map(({ plugin, weight }, i) => [
    plugin,
    String(weight),
    ...best.map(({ scores }) => {
      const score = scores?.[i];
      return score ? scoreText(score) : '-';
    }),
  ]);
  rows.push(['total', '', ...best.map(({ total }) => String(total))]);
  const head = [SCORE_HEAD, 'WEIGHT', ...best.map(({ name }) => name)];
  const more =
    nodes.length > best.length ? `(the best ${best.length} of ${nodes.length} nodes; -o json has all)\n` : '';
  return (await table(streams, head, rows)) + more;
}

/** As many nodes as fit side by side. */
function scoredColumns(streams: Streams, nodes: readonly ToldNode[]): number {
  const [first] = nodes;
  const plugins = (first?.scores ?? []).map(({ plugin }) => plugin.length);
  let left = widthOf(streams) - Math.max(SCORE_HEAD.length, ...plugins) - 'WEIGHT'.length - 3 * CELL_GAP;
  let count = 0;
  for (const { name, scores = [] } of nodes.slice(0, MOST_SCORED)) {
    left -= Math.max(name.length, ...scores.map((score) => scoreText(score).length)) + CELL_GAP;
    if (left < 0) break;
    count++;
  }
  return Math.max(1, count);
}

function scoreText({ raw, normalised, weighted }: ToldScore): string {
  return `${raw} → ${normalised} → ${weighted}`;
}

function widthOf({ isTerminal, columns = 80 }: Streams): number {
  return isTerminal ? columns : PIPE_WIDTH;
}

function outcome({ winner, tie, nodes, scored, unranked, nominatedTo }: PodExplanation, on: string): string {
  if (winner === nominatedTo) return `${winner} wins: the pod was promised room there.\n`;
  if (unranked) return `${winner} wins: it is the first that will do, for its scheduler scores nothing.\n`;
  const there = nodes.find(({ name }) => name === on);
  const passedOver = there?.fits && !there.scores && on !== winner;
  if (passedOver) return `${winner} wins: ${on} is not among the ${scored} nodes that are compared.\n`;
  if (tie) return `${winner} wins by chance: ${tieText(tie)} have the same total.\n`;
  if (scored > 0) {
    const totals = nodes.flatMap(({ name, total }) => (total === undefined || name === winner ? [] : [total]));
    const own = nodes.find(({ name }) => name === winner)?.total;
    const next = totals.length > 0 ? Math.max(...totals) : undefined;
    return own === undefined || next === undefined ? `${winner} wins.\n` : `${winner} wins: ${own} against ${next}.\n`;
  }
  return `${winner} wins: it is the only node that will do.\n`;
}

function tieText(names: readonly string[]): string {
  if (names.length <= MOST_TIED) return names.join(', ');
  return `${names.slice(0, MOST_TIED).join(', ')} and ${names.length - MOST_TIED} more`;
}

function preemptionText({ chosen, candidates }: NonNullable<PodExplanation['preemption']>): string {
  if (candidates.length === 0) return '';
  const lines = candidates.map((candidate) => `  ${candidate.node === chosen ? '*' : ' '} ${candidateText(candidate)}`);
  return `Evicting less important pods would make room (* is what the scheduler does):\n${lines.join('\n')}\n`;
}

function candidateText({ node, victims, violations }: ToldCandidate): string {
  const pods = victims.map(({ pod, priority }) => `${pod} (priority ${priority})`);
  const whom = victims.length === 1 ? 'it is' : violations === 1 ? '1 of them is' : `${violations} of them are`;
  const broken = violations > 0 ? `; ${whom} protected by a PodDisruptionBudget` : '';
  return `${node}: ${pods.join(', ')}${broken}`;
}

function changesText(changes: readonly ToldChange[], on: string): string {
  if (changes.length === 0) return on ? '' : 'No small change was found that would let it in.\n';
  const lines = changes.map(({ changes: all, nodes }) => {
    const text = all.join(', and ');
    // Where the change does not name the node, say where it would go.
    const words = text.split(/[ ,]+/);
    const where = nodes.every((node) => words.includes(node)) ? '' : ` → ${some(nodes)}`;
    return `  - ${text}${where}`;
  });
  return `Any of these would let it in${on ? '' : ' (each was tried)'}:\n${lines.join('\n')}\n`;
}

/** Drawn on a terminal, plain columns elsewhere; long cells are broken to fit. */
export async function table(
  streams: Streams,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  const width = widthOf(streams);
  const last = head.length - 1;
  const widthAt = (i: number) =>
    Math.max(...[head, ...rows].map((row) => Math.max(...(row[i] ?? '').split('\n').map(({ length }) => length))));
  const before = head.slice(0, last).reduce((sum, _, i) => sum + widthAt(i) + CELL_GAP, 0);
  const room = Math.max(30, width - before - 4);
  const wrapped = rows.map((row) => row.map((cell, i) => (i === last ? wrapText(cell, room).join('\n') : cell)));
  if (streams.isTerminal) return framedTable(streams, head, wrapped);
  return plainColumns(
    [head, ...wrapped].flatMap((row) => {
      const cells = row.map((cell) => cell.split('\n'));
      const height = Math.max(...cells.map(({ length }) => length));
      return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
    }),
  );
}
