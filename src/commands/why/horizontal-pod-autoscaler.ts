/** Why an autoscaler scales, or does not. */
import type { Json } from '../../apimachinery/json';
import type { AutoscalerExplanation, ToldMetric } from '../../sim/controllers/horizontalpodautoscaler/explain';
import type { Streams } from '../command';
import { paragraph } from '../wrap-text';
import { askWhy, type WhySubject } from './why';

/** Pods that are told one by one. */
const MOST_PODS = 8;
const PIPE_WIDTH = 80;

const subject: WhySubject = {
  async explain(invocation, { namespace, name }) {
    const path = `horizontalpodautoscalers.autoscaling/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
    const told = await askWhy<AutoscalerExplanation>(invocation, path);
    return { object: told as unknown as Json, text: () => autoscalerText(invocation.streams, told) };
  },
};
export default subject;

async function autoscalerText(streams: Streams, told: AutoscalerExplanation): Promise<string> {
  const { columns = PIPE_WIDTH } = streams;
  const parts = [paragraph(headline(told), columns)];
  if (told.shortcut) parts.push(paragraph(`Metrics are not asked: ${told.shortcut}.`, columns));
  for (const metric of told.metrics) parts.push(await metricText(streams, metric, told, columns));
  if (told.failure) parts.push(paragraph(`What is wrong: ${told.failure}`, columns));
  const steps = stepsText(told);
  if (steps.length > 0) parts.push(steps.map((line) => paragraph(line, columns, '  ')).join(''));
  return parts.join('\n');
}

function headline({ autoscaler, target, current, result, lastScaleTime, reason }: AutoscalerExplanation): string {
  const name = `horizontalpodautoscaler/${autoscaler.name}`;
  if (result === undefined)
    return `${name} leaves ${target} as it is: it can't tell how many replicas there should be.`;
  const last = lastScaleTime ? ` It last scaled at ${lastScaleTime}.` : ' It has not scaled yet.';
  if (result === current) return `${name} leaves ${target} at ${replicas(result)}.${last}`;
  return `${name} scales ${target} from ${current} to ${replicas(result)} at its next sync: ${reason}.${last}`;
}

function replicas(count: number): string {
  return count === 1 ? '1 replica' : `${count} replicas`;
}

async function metricText(
  streams: Streams,
  metric: ToldMetric,
  told: AutoscalerExplanation,
  columns: number,
): Promise<string> {
  const lines = [`${metric.metric}: ${metric.current ?? '<unknown>'}, wanted ${metric.target}`];
  if (metric.failure !== undefined) lines.push(metric.failure);
  else lines.push(...arithmetic(metric, told));
  const text = lines.map((line, i) => paragraph(line, columns, i === 0 ? '' : '  ')).join('');
  const pods = [
    ...metric.counted.map(({ pod, value = '', request = '' }) => [pod, value, request, 'counts']),
    ...metric.others.map(({ pod, because = '', assumed }) => [
      pod,
      '',
      '',
      `${because}${assumed === undefined ? '' : `: counts as ${assumed}`}`,
    ]),
  ];
  if (pods.length === 0) return text;
  const { table } = await import('./pod-text');
  const shown = pods.slice(0, MOST_PODS);
  const more = pods.length > shown.length ? `(${shown.length} of ${pods.length} pods; -o json has all)\n` : '';
  const withRequests = metric.requested !== undefined;
  const rows = shown.map((row) => (withRequests ? row : [row[0], row[1], row[3]]) as string[]);
  const head = withRequests ? ['POD', 'USES', 'REQUESTS', ''] : ['POD', 'VALUE', ''];
  return text + (await table({ ...streams, columns }, head, rows)) + more;
}

/** How the number came about, one step a line. */
function arithmetic(metric: ToldMetric, { tolerance, current }: AutoscalerExplanation): string[] {
  const { counted, total = '', requested, ratio = 0, assumedRatio, times, rule, proposal = 0, target } = metric;
  const lines: string[] = [];
  if (requested !== undefined)
    lines.push(
      `${total} of ${requested} requested = ${metric.current}; ${metric.current} / ${target} = ${short(ratio)}`,
    );
  else if (counted.length > 0)
    lines.push(
      `${total} / ${pods(counted.length)} = ${metric.current}; ${metric.current} / ${perEach(target)} = ${short(ratio)}`,
    );
  else if (rule === 'value by target' || target.endsWith(' each'))
    lines.push(`${total} / (${perEach(target)} × ${replicas(times ?? 0)}) = ${short(ratio)}`);
  else lines.push(`${total} / ${target} = ${short(ratio)}`);
  if (assumedRatio !== undefined)
    lines.push(`with pods that have no figure: ${short(assumedRatio)} of ${pods(times ?? 0)}`);
  const last = assumedRatio ?? ratio;
  const bounds = `${short(1 - tolerance.scaleDown)} to ${short(1 + tolerance.scaleUp)}`;
  switch (rule) {
    case 'within tolerance':
      lines.push(`${short(last)} is within the tolerance, ${bounds}: ${proposal} as it is`);
      break;
    case 'the direction would turn':
      lines.push(`that would turn the direction: ${current} as it is`);
      break;
    case 'value by target':
      lines.push(`outside the tolerance, ${bounds}: ${total} / ${perEach(target)}, rounded up, asks for ${proposal}`);
      break;
    case 'ratio, from zero':
      lines.push(`from no replicas: ${short(last)}, rounded up, asks for ${proposal}`);
      break;
    default:
      lines.push(
        `outside the tolerance, ${bounds}: ${short(last)} × ${pods(times ?? 0)} = ${short(last * (times ?? 0))}, rounded up, asks for ${proposal}`,
      );
  }
  return lines;
}

function perEach(target: string): string {
  return target.replace(/ each$/, '');
}

function pods(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** Four digits behind the point at most. */
function short(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

function stepsText({
  metrics,
  desired,
  stabilization,
  limit,
  current = 0,
  min,
  max,
  result,
}: AutoscalerExplanation): string[] {
  if (desired === undefined || !stabilization || !limit) return [];
  const lines: string[] = [];
  const most = metrics.find(({ proposal }) => proposal === desired);
  lines.push(`The metrics ask for ${desired}${metrics.length > 1 && most ? ` (${most.metric} for the most)` : ''}.`);
  const { replicas: stable, lowest, highest, upWindowSeconds, downWindowSeconds } = stabilization;
  if (stable === desired) lines.push(`Looking back changes nothing: ${stable}.`);
  else if (stable > desired)
    lines.push(`The most that was recommended within ${downWindowSeconds}s is ${highest}: ${stable}.`);
  else lines.push(`The least that was recommended within ${upWindowSeconds}s is ${lowest}: ${stable}.`);
  if (limit.policies) for (const { text, proposed } of limit.policies) lines.push(`Policy ${text}: ${proposed}.`);
  if (limit.replicas === stable)
    lines.push(`From ${min} to ${max} are allowed, and the rate allows it: ${limit.replicas}.`);
  else if (limit.rate !== undefined && limit.reason.endsWith('Limit'))
    lines.push(`From ${current}, the rate allows ${limit.rate}: ${limit.replicas} (${limit.reason}).`);
  else lines.push(`From ${min} to ${max} are allowed: ${limit.replicas} (${limit.reason}).`);
  lines.push(result === current ? `Result: ${result}, as it is.` : `Result: ${current} → ${result}.`);
  return lines;
}
