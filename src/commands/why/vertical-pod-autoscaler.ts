/** Why requests are recommended, and what becomes of each pod. */
import type { Json } from '../../apimachinery/json';
import type {
  ToldContainer,
  ToldEstimate,
  ToldResource,
  VpaExplanation,
} from '../../sim/controllers/vpa-recommender/explain';
import type { ToldPod, ToldUpdates } from '../../sim/controllers/vpa-updater/explain';
import type { Streams } from '../command';
import { paragraph } from '../wrap-text';
import { askWhy, type WhySubject } from './why';

/** Pods that are told one by one. */
const MOST_PODS = 8;
const PIPE_WIDTH = 80;

const subject: WhySubject = {
  async explain(invocation, { namespace, name }) {
    const path = `verticalpodautoscalers.autoscaling.k8s.io/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
    const told = await askWhy<VpaExplanation>(invocation, path);
    return { object: told as unknown as Json, text: () => explanationText(invocation.streams, told) };
  },
};
export default subject;

async function explanationText(streams: Streams, told: VpaExplanation): Promise<string> {
  const { columns = PIPE_WIDTH } = streams;
  const parts = [paragraph(headline(told), columns)];
  for (const complaint of told.complaints) parts.push(paragraph(`What is wrong: ${complaint}`, columns));
  for (const container of told.containers) parts.push(await containerText(streams, container, told));
  parts.push(await updatesText(streams, told.updates));
  return parts.join('\n');
}

function headline({ autoscaler, target, mode, pods, containers }: VpaExplanation): string {
  const name = `verticalpodautoscaler/${autoscaler.name}`;
  const matched = `${pods === 1 ? '1 pod matches' : `${pods} pods match`}, and its mode is ${mode}.`;
  const verb = containers.length > 0 ? 'recommends what pods of' : 'recommends nothing for';
  return `${name} ${verb} ${target}${containers.length > 0 ? ' shall request' : ''}: ${matched}`;
}

async function containerText(
  streams: Streams,
  told: ToldContainer,
  { marginFraction }: VpaExplanation,
): Promise<string> {
  const { columns = PIPE_WIDTH } = streams;
  const { container, samples, firstSample, lastSample, capped, resources } = told;
  const between = firstSample ? ` from ${firstSample} to ${lastSample}` : '';
  const lines = [`Container ${container}: ${samples === 1 ? '1 sample' : `${samples} samples`}${between}`];
  const { table } = await import('./pod-text');
  let text = paragraph(lines[0] as string, columns);
  for (const resource of resources) {
    text += paragraph(`${resource.resource}: confidence ${short(resource.confidence)}`, columns, '  ');
    const head = ['', 'PERCENTILE', `+${short(marginFraction * 100)}%`, 'TIMES', 'GIVES', 'AT LEAST', 'RESULT'];
    text += await table({ ...streams, columns }, head, rows(resource));
  }
  for (const note of capped) text += paragraph(`The policy: ${note}.`, columns, '  ');
  return text;
}

function rows({ target, lowerBound, upperBound }: ToldResource): string[][] {
  return [row('lower', lowerBound), row('target', target), row('upper', upperBound)];
}

function row(name: string, told: ToldEstimate): string[] {
  const { percentile, value, withMargin, multiplier, scaled, minimum, recommended } = told;
  return [
    name,
    `p${short(percentile * 100)} ${compact(value)}`,
    compact(withMargin),
    multiplier === undefined ? '' : factorText(Number(multiplier)),
    compact(scaled),
    compact(minimum),
    compact(recommended),
  ];
}

/** Bytes that come out uneven are told in Mi, near enough; -o json has them all. */
function compact(amount: string): string {
  if (/^\d{7,}$/.test(amount)) return `~${Math.round(Number(amount) / 1024 / 1024)}Mi`;
  const kibibytes = /^(\d{4,})Ki$/.exec(amount);
  return kibibytes ? `~${Math.round(Number(kibibytes[1]) / 1024)}Mi` : amount;
}

function factorText(multiplier: number): string {
  return multiplier === Number.POSITIVE_INFINITY ? 'infinity' : short(multiplier);
}

async function updatesText(streams: Streams, { none, groups, pods }: ToldUpdates): Promise<string> {
  const { columns = PIPE_WIDTH } = streams;
  if (none) return paragraph(none, columns);
  if (pods.length === 0) return paragraph('There is no pod that could be updated.', columns);
  let text = '';
  for (const { controller, configured, running, tolerance } of groups)
    text += paragraph(`${controller}: ${running} of ${configured} pods run, ${tolerance} may be away.`, columns);
  const shown = pods.slice(0, MOST_PODS);
  const { table } = await import('./pod-text');
  text += await table(
    { ...streams, columns },
    ['POD', 'REQUESTS', 'RECOMMENDED', 'DIFFERS', 'UPDATE'],
    shown.map((pod) => [
      pod.pod,
      amounts(pod, 'requests'),
      amounts(pod, 'recommended'),
      short(pod.difference),
      pod.action === 'keep' ? 'no' : pod.action,
    ]),
  );
  if (pods.length > shown.length) text += `(${shown.length} of ${pods.length} pods; -o json has all)\n`;
  const reasons = new Map<string, string[]>();
  for (const { action, because, pod } of shown) {
    const reason = `${ACTIONS[action]}; ${because}.`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), pod]);
  }
  for (const [reason, names] of reasons) {
    const who = names.length === shown.length ? (names.length === 1 ? 'It' : 'Each') : names.join(', ');
    text += `\n${paragraph(`${who}: ${reason}`, columns, '  ')}`;
  }
  return text;
}

const ACTIONS: Readonly<Record<ToldPod['action'], string>> = {
  evict: 'to be evicted at the next look',
  resize: 'to be resized at the next look',
  wait: 'to be updated, but not yet',
  keep: 'left as it is',
};

function amounts(pod: ToldPod, field: 'requests' | 'recommended'): string {
  return pod.containers
    .map((container) =>
      Object.values(container[field])
        .map((amount) => compact(amount))
        .join('/'),
    )
    .join(' ');
}

/** Four digits behind the point at most. */
function short(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
