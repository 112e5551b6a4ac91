/** What could run on a node. */
import type { Json } from '../../apimachinery/json';
import type { NodeExplanation, ToldPod } from '../../sim/scheduler/why/explanation';
import type { Streams } from '../command';
import { paragraph } from '../wrap-text';
import { askWhy, type WhySubject } from './why';

/** Columns where there is no terminal. */
const PIPE_WIDTH = 80;

const subject: WhySubject = {
  async explain(invocation, { name }) {
    const told = await askWhy<NodeExplanation>(invocation, `nodes/${encodeURIComponent(name)}`);
    return { object: told as unknown as Json, text: () => nodeText(invocation.streams, told) };
  },
};
export default subject;

async function nodeText(streams: Streams, told: NodeExplanation): Promise<string> {
  const { table } = await import('./pod-text');
  const { node, unschedulable, taints, room, pending, elsewhere } = told;
  const remarks = [
    ...(unschedulable ? ['it is cordoned'] : []),
    ...(taints.length > 0 ? [`taints ${taints.join(', ')}`] : []),
  ];
  const parts = [`node/${node}${remarks.length > 0 ? `: ${remarks.join('; ')}` : ''}\n`];
  const rows = Object.entries(room).map(([name, { allocatable, requested, free }]) => [
    name,
    allocatable,
    requested,
    free,
  ]);
  parts.push(await table(streams, ['RESOURCE', 'ALLOCATABLE', 'REQUESTED', 'FREE'], rows));
  if (pending.length > 0) {
    parts.push('Pods without a node:\n');
    parts.push(await table(streams, ['POD', 'FITS', 'BECAUSE'], pending.map(row)));
  }
  if (elsewhere.length > 0) {
    parts.push('Pods of other nodes, could one more like them run here?\n');
    parts.push(await table(streams, ['POD', 'FITS', 'BECAUSE'], elsewhere.map(row)));
  }
  if (told.scaleDown) {
    const { outlook } = await import('./node-group-text');
    parts.push(paragraph(`The Cluster Autoscaler: ${outlook(told.scaleDown)}.`, streams.columns ?? PIPE_WIDTH));
  }
  return parts.join('\n');
}

function row({ pod, fits, held, findings = [], reasons = [] }: ToldPod): string[] {
  const because = fits ? [] : findings.length > 0 ? findings.map(({ text }) => text) : reasons;
  const all = held === undefined || because.includes(held) ? because : [`it is not tried: ${held}`, ...because];
  return [pod, fits ? 'yes' : 'no', all.join('\n')];
}
