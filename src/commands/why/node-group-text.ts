/** What is told of a node group, in words and tables. */
import { formatDuration } from '../../apimachinery/duration';
import { formatFixed } from '../../apimachinery/float-text';
import { parseTime } from '../../apimachinery/time';
import type { ScaleUpDecision, ToldOption } from '../../sim/cluster-autoscaler/decision';
import type { NodeGroupExplanation, ToldNode } from '../../sim/cluster-autoscaler/why';
import type { Streams } from '../command';
import { table } from './pod-text';

export async function nodeGroupText(streams: Streams, told: NodeGroupExplanation): Promise<string> {
  const { group, last, present } = told;
  const parts = [headline(told)];
  if (told.backOff) {
    const { until, errorCode, errorMessage } = told.backOff;
    parts.push(`It is left alone until ${until}: ${errorCode}, ${errorMessage}.\n`);
  }
  if (last) {
    parts.push(
      `When pods last needed nodes (${ago(last.at, told.now)} ago), ${await decisionText(streams, last, group)}`,
    );
  } else parts.push('No pod has needed a node yet.\n');
  if (present && !isSame(present, last)) parts.push(`Now ${await decisionText(streams, present, group)}`);
  parts.push(await scaleDownText(streams, told));
  return parts.join('\n');
}

function headline({ group, size, machines }: NodeGroupExplanation): string {
  const { min, max, target, ready } = size;
  const others = machines.filter(({ state }) => state !== 'ready');
  const states = others.map(({ name, state }) => `${name} is ${state}`).join(', ');
  const limits = `at least ${min}, at most ${max}`;
  return `nodegroup/${group} shall have ${target} node${target === 1 ? '' : 's'} (${limits}); ${ready} ${ready === 1 ? 'is' : 'are'} ready${states ? `; ${states}` : ''}.\n`;
}

/** The same thought again is not told twice. */
function isSame(present: ScaleUpDecision, last: ScaleUpDecision | undefined): boolean {
  return (
    last !== undefined && JSON.stringify({ ...last, time: 0, at: 0 }) === JSON.stringify({ ...present, time: 0, at: 0 })
  );
}

async function decisionText(streams: Streams, decision: ScaleUpDecision, group: string): Promise<string> {
  const { pending, pods, options, refusals, best, resizes, limits, wanted } = decision;
  const more = pending > pods.length ? ` and ${pending - pods.length} more` : '';
  const lines = [`${pending} pod${pending === 1 ? '' : 's'} had no room: ${pods.join(', ')}${more}.\n`];
  if (options.length > 0) lines.push(await optionTable(streams, options, best));
  for (const { group: name, skipped, rejected } of refusals)
    lines.push(`${name}: ${skipped ?? reasonText(rejected ?? {})}\n`);
  if (best === undefined) lines.push('No group would help.\n');
  else lines.push(winnerText(options, best, wanted ?? 0));
  for (const limit of limits) lines.push(`Limited by ${limit}.\n`);
  for (const { group: name, from, to, max } of resizes)
    lines.push(`${name} was resized from ${from} to ${to} (max ${max}).\n`);
  if (best !== undefined && best !== group && !resizes.some((one) => one.group === group))
    lines.push(`${group} was not resized.\n`);
  return lines.join('');
}

async function optionTable(
  streams: Streams,
  options: readonly ToldOption[],
  best: string | undefined,
): Promise<string> {
  const expanders = [...new Set(options.flatMap(({ scores }) => scores.map(({ expander }) => expander)))];
  const rows = options.map(({ group, pods, nodes, packing, scores }) => [
    group === best ? `${group} *` : group,
    String(pods),
    String(nodes),
    packed(packing),
    ...expanders.map((name) => {
      const score = scores.find(({ expander }) => expander === name);
      return score ? `${score.score}${score.kept ? '' : ' (out)'}: ${score.text}` : '-';
    }),
  ]);
  return table(
    streams,
    ['OPTION', 'PODS', 'NODES', 'PODS BY NODE', ...expanders.map((one) => one.toUpperCase())],
    rows,
  );
}

/** `8, 8, 3`, or `8 × 12, 3` where many are alike. */
function packed(packing: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const pods of packing) {
    const run = runs[runs.length - 1];
    if (run?.[0] === pods) run[1]++;
    else runs.push([pods, 1]);
  }
  return runs.map(([pods, times]) => (times === 1 ? String(pods) : `${pods} × ${times}`)).join(', ');
}

function reasonText(rejected: Readonly<Record<string, number>>): string {
  return Object.entries(rejected)
    .map(([reason, pods]) => `${reason} (${pods} pod${pods === 1 ? '' : 's'})`)
    .join(', ');
}

function winnerText(options: readonly ToldOption[], best: string, wanted: number): string {
  const nodes = `${wanted} node${wanted === 1 ? '' : 's'}`;
  if (options.length === 1) return `${best} is the only option: ${nodes}.\n`;
  const scores = options.find(({ group }) => group === best)?.scores ?? [];
  const last = scores[scores.length - 1]?.expander ?? '';
  return `${best} wins by ${last}: ${nodes}.\n`;
}

async function scaleDownText(streams: Streams, { scaleDown, now }: NodeGroupExplanation): Promise<string> {
  const { enabled, threshold, unneededTime, cooldownUntil, nodes } = scaleDown;
  if (!enabled) return 'No node is removed.\n';
  const rule = `A node goes that has been unneeded for ${formatDuration(unneededTime)}: asked for at most ${percent(threshold)}, and its pods have room elsewhere.\n`;
  const rest = cooldownUntil ? `None goes before ${cooldownUntil}.\n` : '';
  if (nodes.length === 0) return `${rule}${rest}`;
  const rows = nodes.map((node) => [
    node.node,
    node.cpu === undefined ? '-' : percent(node.cpu),
    node.memory === undefined ? '-' : percent(node.memory),
    node.unneededSince ? ago(node.unneededSince, now) : '-',
    outlook(node),
  ]);
  return `${rule}${rest}${await table(streams, ['NODE', 'CPU', 'MEMORY', 'UNNEEDED FOR', 'OUTLOOK'], rows)}`;
}

/** What becomes of a node, in words. */
export function outlook({ reason, pod, why, message, goesAt, recheckAt, stuckFor, pods }: ToldNode): string {
  const moving = pods?.length ? `; ${pods.length} pod${pods.length === 1 ? '' : 's'} would move` : '';
  const late = recheckAt ? `; noticed at ${recheckAt}, since it was stuck when last looked at (${stuckFor})` : '';
  if (goesAt !== undefined) return `unneeded, may go from ${goesAt} on${moving}${late}`;
  if (reason === 'BlockedByPod') return `stays: ${message ?? pod} (${why})`;
  const words = reason && WORDS[reason];
  return `stays: ${words ? `${words} (${reason})` : reason}`;
}

const WORDS: Readonly<Record<string, string>> = {
  ScaleDownDisabledAnnotation: 'its annotation says so',
  ScaleDownUnreadyDisabled: 'it is not ready, and such nodes are left alone',
  NodeGroupMinSizeReached: 'its group has no more than its least size',
  MinimalResourceLimitExceeded: 'the cluster would have less than its least resources',
  CurrentlyBeingDeleted: 'it is on its way out',
  NotUnderutilized: 'it is well used',
  NotUnneededOtherReason: 'it has not been looked at yet',
  NoPlaceToMovePods: 'its pods have no room elsewhere',
  BlockedByOnCompletionPod: 'a pod is to end by itself',
};

function percent(share: number): string {
  return `${formatFixed(share * 100, 1)}%`;
}

function ago(then: string, now: string): string {
  return formatDuration((parseTime(now) ?? 0) - (parseTime(then) ?? 0));
}
