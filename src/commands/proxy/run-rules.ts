/** Runs `proxy rules`. */
import type { ProxyRules } from '../../cluster/proxy';
import { CommandError, type Invocation, UsageError } from '../command';
import { askProxy, checkOutput, printAnswer } from './ask';

export async function runRules(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  checkOutput(invocation);
  const family = flags.string('family');
  if (!['', 'IPv4', 'IPv6'].includes(family)) throw new CommandError("--family must be 'IPv4' or 'IPv6'");
  const query = { node: flags.string('node'), mode: flags.string('mode'), family };
  const answer = await askProxy<ProxyRules>(invocation, 'proxy/rules', query);
  if (await printAnswer(invocation, answer)) return;
  if (flags.bool('count')) {
    const { ownTable } = await import('../own-table');
    const rows = answer.families.flatMap((one) =>
      Object.entries(one.counts).map(([what, count]) => [one.family, what, String(count)]),
    );
    streams.out(await ownTable(streams, ['FAMILY', 'WHAT', 'COUNT'], rows));
    return;
  }
  for (const { rules } of answer.families)
    for (const { tool, text } of rules) streams.out(`# for ${tool}, on ${answer.node}\n${text}`);
}
