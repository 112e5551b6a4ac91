/** What would differ, in words and tables. */
import type { Streams } from '../command';
import type { Ran } from '../compare/throw-away-cluster';
import { table } from '../why/pod-text';
import type { Difference, NodeDifference, PodDifference } from './difference';
import type { NodeUse } from './placements';

export async function differenceText(streams: Streams, ran: readonly Ran[], difference: Difference): Promise<string> {
  const parts = ran.map(({ command, text, exitCode }) => {
    const failed = exitCode === 0 ? '' : `exit status ${exitCode}\n`;
    return `> ${command.join(' ')}\n${text}${failed}`;
  });
  const { pods, nodes, pending } = difference;
  if (pods.length === 0 && nodes.length === 0) return `${parts.join('')}\nNo pod and no node would differ.\n`;
  parts.push(`\n${summary(pods)}\n`);
  if (pods.length > 0) parts.push(await table(streams, ['POD', 'WITHOUT', 'WITH', 'BECAUSE'], pods.map(podRow)), '\n');
  if (nodes.length > 0) parts.push(await table(streams, ['NODE', 'CPU', 'MEMORY', 'PODS'], nodes.map(nodeRow)), '\n');
  parts.push(`Pods without a node: ${pending.before} without, ${pending.after} with.\n`);
  return parts.join('');
}

function summary(pods: readonly PodDifference[]): string {
  const count = (test: (pod: PodDifference) => boolean) => pods.filter(test).length;
  const moved = count(({ before, after }) => !!before && !!after && before !== after);
  const fresh = count(({ before, after }) => before === undefined && after !== undefined);
  const gone = count(({ before, after }) => before !== undefined && after === undefined);
  const stuck = count(({ before, after }) => before !== '' && after === '');
  const parts = [
    ...(moved > 0 ? [`${moved} moved`] : []),
    ...(fresh > 0 ? [`${fresh} new`] : []),
    ...(gone > 0 ? [`${gone} gone`] : []),
    ...(stuck > 0 ? [`${stuck} left without a node`] : []),
  ];
  return parts.length > 0 ? `Pods: ${parts.join(', ')}.` : 'Pods stay where they are.';
}

function podRow({ pod, before, after, message }: PodDifference): string[] {
  const place = (node: string | undefined) => (node === undefined ? '-' : node === '' ? 'Pending' : node);
  return [pod, place(before), place(after), message ?? ''];
}

function nodeRow({ node, before, after }: NodeDifference): string[] {
  const cell = (show: (use: NodeUse) => string) => {
    const [was, is] = [before ? show(before) : 'not there', after ? show(after) : 'not there'];
    return was === is ? was : `${was} → ${is}`;
  };
  return [
    node,
    cell(({ milliCPU, of }) => percent(milliCPU, of.milliCPU)),
    cell(({ memory, of }) => percent(memory, of.memory)),
    cell(({ pods, of }) => `${pods}/${of.pods}`),
  ];
}

function percent(part: number, of: number): string {
  return of === 0 ? '0%' : `${Math.round((100 * part) / of)}%`;
}
