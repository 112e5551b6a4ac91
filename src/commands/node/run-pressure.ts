/** Completes, validates and runs `node pressure`. */
import { PRESSURE, SIGNALS, windowText } from '../../apimachinery/behaviour-annotations';
import { parseTime } from '../../apimachinery/time';
import { CommandError, type Invocation, UsageError } from '../command';
import { simulatedNow } from '../simulated-clock';
import { annotateNodes, type Note } from './annotate-nodes';

export async function runPressure(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation;
  if (args.length !== 2) throw new UsageError('a node and one of memory, disk and pid must be named');
  const [name = '', given = ''] = args;
  const signal = SIGNALS.find((known) => known === given);
  if (!signal) throw new CommandError(`invalid pressure ${JSON.stringify(given)}: it must be one of memory, disk, pid`);
  const duration = flags.duration('for');
  if (duration < 0) throw new CommandError('--for must not be negative');
  if (flags.bool('off') && flags.changed('for')) throw new CommandError('--for and --off cannot be specified together');
  const now = await simulatedNow(invocation);
  await annotateNodes(invocation, [name], PRESSURE, (_, present = ''): Note => {
    const windows = present.split(',').filter((window) => window !== '');
    const isOwn = (window: string) => window.split('@')[0] === signal;
    const others = windows.filter((window) => !isOwn(window));
    if (flags.bool('off')) {
      // How long it lasted is kept: its condition outlasts it.
      const over = windows.filter(isOwn).map((window) => windowText(signal, beginOf(window), endOf(window, now)));
      if (over.length === 0) return { said: `is under no ${signal} pressure` };
      return { value: [...others, ...over].join(','), said: `relieved of ${signal} pressure` };
    }
    const window = windowText(signal, now, duration > 0 ? now + duration : undefined);
    return { value: [...others, window].join(','), said: `under ${signal} pressure` };
  });
}

const WINDOW = /@(\d{4}-\d\d-\d\dT[\d:]+Z)(?:-(\d{4}-\d\d-\d\dT[\d:]+Z))?$/;

function beginOf(window: string): number {
  return parseTime(WINDOW.exec(window)?.[1] ?? '') ?? 0;
}

function endOf(window: string, now: number): number {
  return Math.min(now, parseTime(WINDOW.exec(window)?.[2] ?? '') ?? now);
}
