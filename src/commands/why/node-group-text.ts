/** What is told of a node group, in words and tables. */
import { formatDuration } from '../../apimachinery/duration';
import { formatFixed } from '../../apimachinery/float-text';
import { parseTime } from '../../apimachinery/time';
import type { ScaleUpDecision, ToldOption } from '../../sim/cluster-autoscaler/decision';
import type { NodeGroupExplanation, ToldNode } from '../../sim/cluster-autoscaler/why';
import type { Streams } from '../command';
import { paragraph } from '../wrap-text';
import { table } from './pod-text';

/** Columns where there is no terminal. */
const PIPE_WIDTH = 80;

export async function nodeGroupText(streams: Streams, told: NodeGroupExplanation): Promise<string> {
  const { group, last, present } = told;
  const { columns = PIPE_WIDTH } = streams;
  const parts = [paragraph(headline(told), columns)];
  if (told.backOff) {
    const { until, errorCode, errorMessage } = told.backOff;
    parts.push(paragraph(`It is left alone until ${until}: ${errorCode}, ${errorMessage}.`, columns));
  }
  if (last) {
    const when = `When pods last needed nodes (${ago(last.at, told.now)} ago)`;
    parts.push(await decisionText(streams, `${when}, `, last, group));
  } else parts.push('No pod has needed a node yet.\n');
  if (present && !isSame(present, last)) parts.push(await decisionText(streams, 'Now ', present, group));
  parts.push(await scaleDownText(streams, told));
  return parts.join('\n');
}

function headline({ group, size, machines }: NodeGroupExplanation): string {
  const { min, max, target, ready } = size;
  const others = machines.filter(({ state }) => state !== 'ready');
  const states = others.map(({ name, state }) => `${name} is ${state}`).join(', ');
  const limits = `at least ${min}, at most ${max}`;
  return `nodegroup/${group} shall have ${target} node${target === 1 ? '' : 's'} (${limits}); ${ready} ${ready === 1 ? 'is' : 'are'} ready${states ? `; ${states}` : ''}.`;
}

/** The same thought again is not told twice. */
function isSame(present: ScaleUpDecision, last: ScaleUpDecision | undefined): boolean {
  return (
    last !== undefined && JSON.stringify({ ...last, time: 0, at: 0 }) === JSON.stringify({ ...present, time: 0, at: 0 })
  );
}

async function decisionText(streams: Streams, when: string, decision: ScaleUpDecision, group: string): Promise<string> {
  const { columns = PIPE_WIDTH } = streams;
  const line = (text: string) => paragraph(text, columns);
  const { pending, pods, options, refusals, best, resizes, limits, wanted } = decision;
  const more = pending > pods.length ? ` and ${pending - pods.length} more` : '';
  const lines = [line(`${when}${pending} pod${pending === 1 ? '' : 's'} had no room: ${pods.join(', ')}${more}.`)];
  if (options.length > 0) lines.push(await optionTable(streams, options, best));
  for (const { group: name, skipped, rejected } of refusals)
    lines.push(line(`${name}: ${skipped ?? reasonText(rejected ?? {})}`));
  lines.push(line(best === undefined ? 'No group would help.' : winnerText(options, best, wanted ?? 0)));
  for (const limit of limits) lines.push(line(`Limited by ${limit}.`));
  for (const { group: name, from, to, max } of resizes)
    lines.push(line(`${name} was resized from ${from} to ${to} (max ${max}).`));
  if (best !== undefined && best !== group && !resizes.some((one) => one.group === group))
    lines.push(line(`${group} was not resized.`));
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
  if (options.length === 1) return `${best} is the only option: ${nodes}.`;
  const scores = options.find(({ group }) => group === best)?.scores ?? [];
  const last = scores[scores.length - 1]?.expander ?? '';
  return `${best} wins by ${last}: ${nodes}.`;
}

async function scaleDownText(streams: Streams, { scaleDown, now }: NodeGroupExplanation): Promise<string> {
  const { enabled, threshold, ofGpus, whole, unneededTime, cooldownUntil, nodes } = scaleDown;
  const { columns = PIPE_WIDTH } = streams;
  if (!enabled) return 'No node is removed.\n';
  const rule = paragraph(
    `A node goes that has been unneeded for ${formatDuration(unneededTime)}: asked for at most ${percent(threshold)}${ofGpus ? ' of its GPUs' : ''}, and its pods have room elsewhere.${whole ? ' All of them go, or none.' : ''}`,
    columns,
  );
  const rest = cooldownUntil ? `None goes before ${cooldownUntil}.\n` : '';
  if (nodes.length === 0) return `${rule}${rest}`;
  const shares = nodes.some(({ gpu }) => gpu !== undefined) ? (['gpu'] as const) : (['cpu', 'memory'] as const);
  const rows = nodes.map((node) => [
    node.node,
    ...shares.map((name) => (node[name] === undefined ? '-' : percent(node[name]))),
    node.unneededSince ? ago(node.unneededSince, now) : '-',
    outlook(node),
  ]);
  return `${rule}${rest}${await table(streams, ['NODE', ...shares.map((name) => name.toUpperCase()), 'UNNEEDED FOR', 'OUTLOOK'], rows)}`;
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
  AtomicScaleDownFailed: 'all nodes of its group go, or none',
};

function percent(share: number): string {
  return `${formatFixed(share * 100, 1)}%`;
}

function ago(then: string, now: string): string {
  return formatDuration((parseTime(now) ?? 0) - (parseTime(then) ?? 0));
}
