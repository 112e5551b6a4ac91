/** Runs `trace`. */
import type { TraceAnswer } from '../../cluster/trace';
import { CommandError, type Invocation, UsageError } from '../command';
import { askProxy, checkOutput, printAnswer } from '../proxy/ask';
import { spreadText, traceText } from './trace-text';

export async function runTrace(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  const [source, destination, ...more] = args;
  if (source === undefined || destination === undefined || more.length > 0)
    throw new UsageError('a SOURCE and a DESTINATION must be given');
  checkOutput(invocation);
  const protocol = flags.string('protocol').toUpperCase();
  if (!['', 'TCP', 'UDP', 'SCTP'].includes(protocol))
    throw new CommandError(`--protocol must be one of [TCP UDP SCTP], not ${flags.string('protocol')}`);
  const count = flags.int('count');
  if (count < 1) throw new CommandError('--count must be at least 1');
  const hold = flags.changed('hold') ? { hold: flags.duration('hold') } : undefined;
  if (hold && hold.hold < 0) throw new CommandError('--hold must not be negative');
  const question = {
    ...{ source, destination, protocol, count: String(count) },
    namespace: (await invocation.namespace()).namespace,
    mode: flags.string('mode'),
    node: flags.string('node'),
  };
  const answer = await askProxy<TraceAnswer>(invocation, 'trace', question, hold);
  if (await printAnswer(invocation, answer)) return;
  if (answer.spread) streams.out(spreadText(answer, answer.spread, streams.columns ?? 80));
  else streams.out(traceText(answer, { rules: flags.bool('rules'), all: flags.bool('all') }));
}
