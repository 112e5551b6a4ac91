/** Runs `proxy sync`. */
import type { ProxySync } from '../../cluster/proxy-sync';
import { type Invocation, UsageError } from '../command';
import { ownTable } from '../own-table';
import { askProxy, checkOutput, printAnswer } from './ask';

export async function runSync(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  checkOutput(invocation);
  const query = { node: flags.string('node'), mode: flags.string('mode') };
  const answer = await askProxy<ProxySync>(invocation, 'proxy/sync', query);
  if (await printAnswer(invocation, answer)) return;
  const { change, modes, node } = answer;
  if (!change) {
    streams.out('No change of a service is remembered.\n');
    return;
  }
  if (flags.bool('input')) {
    for (const { families } of modes)
      for (const { input } of families)
        for (const { tool, text } of input) streams.out(`# for ${tool}, on ${node}\n${text}`);
    return;
  }
  streams.out(`${change.what}, of service ${change.service}. The kube-proxy of ${node}:\n\n`);
  const rows = modes.flatMap(({ mode, families }) =>
    families.map(({ family, input, touched, counts }) => [
      mode,
      family,
      String(linesOf(input.map(({ text }) => text))),
      String(touched.length),
      Object.entries(counts)
        .map(([what, count]) => `${count} ${what}`)
        .join(', '),
    ]),
  );
  streams.out(await ownTable(streams, ['MODE', 'FAMILY', 'LINES WRITTEN', 'THINGS TOUCHED', 'OF'], rows));
  if (!flags.bool('explain')) return;
  for (const { mode, families } of modes)
    for (const { family, touched } of families) {
      streams.out(`\n${mode}, ${family}:\n`);
      if (touched.length === 0) streams.out('  nothing\n');
      else
        streams.out(
          await ownTable(
            streams,
            undefined,
            touched.map((one) => [`  ${one.action}`, one.what, one.detail]),
          ),
        );
    }
}

function linesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.split('\n').filter((line) => line !== '').length, 0);
}
