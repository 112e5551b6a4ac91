/** Runs `proxy sync`. */
import type { ModeSync, ProxySync } from '../../cluster/proxy-sync';
import { type Invocation, UsageError } from '../command';
import { ownTable } from '../own-table';
import { askProxy, checkOutput, printAnswer } from './ask';

export async function runSync(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  checkOutput(invocation);
  const query = { node: flags.string('node'), mode: flags.string('mode') };
  const answer = await askProxy<ProxySync>(invocation, 'proxy/sync', query, {});
  if (await printAnswer(invocation, answer)) return;
  const { changes, full, node, again } = answer;
  if (flags.bool('input')) {
    const all = changes.length > 0 ? changes.flatMap(({ modes }) => modes) : full;
    for (const { report } of all)
      for (const { tool, text } of report.input) streams.out(`# for ${tool}, on ${node}\n${text}`);
    return;
  }
  if (again) streams.out('Nothing has changed since the last sync. That one:\n\n');
  if (changes.length === 0)
    await printSync(invocation, `A full sync: the kube-proxy of ${node} writes everything.`, full);
  if (changes.length === 0) streams.out('\nThe next sync tells what has changed by then.\n');
  for (const [i, { service, what, modes }] of changes.entries()) {
    if (i > 0) streams.out('\n');
    await printSync(invocation, `Service ${service} ${what}. The kube-proxy of ${node}:`, modes);
  }
}

async function printSync({ flags, streams }: Invocation, head: string, modes: readonly ModeSync[]): Promise<void> {
  const rows = modes.map(({ mode, family, report, counts }) => [
    mode,
    family,
    String(linesOf(report.input.map(({ text }) => text))),
    String(report.touched.filter(({ action }) => action !== 'rewrite').length),
    Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', '),
  ]);
  streams.out(`${head}\n\n`);
  streams.out(await ownTable(streams, ['MODE', 'FAMILY', 'LINES WRITTEN', 'CHANGES', 'IN ALL'], rows));
  if (!flags.bool('explain')) return;
  for (const { mode, family, report } of modes) {
    streams.out(`\n${mode}, ${family}:\n`);
    const touched = report.touched.map(({ action, what, detail }) => [`  ${action}`, what, detail]);
    streams.out(touched.length === 0 ? '  nothing\n' : await ownTable(streams, undefined, touched));
  }
}

function linesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.split('\n').filter((line) => line !== '').length, 0);
}
