/** Runs `drain` (DrainCmdOptions.RunDrain). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Command, Invocation } from '../command';
import { ErrorList, messageOf } from '../errors';
import { Evictions } from './evictions';
import { type FoundNodes, findNodes, namePrinter, setUnschedulable } from './nodes';
import { type Choice, podsToEvict } from './pods-to-evict';

export async function runDrain(invocation: Invocation, command: Pick<Command, 'use'>): Promise<void> {
  const { flags, streams } = invocation;
  const podSelector = flags.string('pod-selector');
  const chunkSize = flags.int('chunk-size');
  const found = await findNodes(invocation, command, { podSelector, chunkSize });
  await setUnschedulable(invocation, found, true);
  const time = await invocation.time();
  const choice: Choice = {
    podSelector,
    chunkSize,
    force: flags.bool('force'),
    ignoreDaemonSets: flags.bool('ignore-daemonsets'),
    deleteEmptyDirData: flags.bool('delete-emptydir-data'),
    skipDeletedSeconds: flags.int('skip-wait-for-delete-timeout'),
    now: () => time.now(),
  };
  const failures: unknown[] = [];
  const remaining: string[] = [];
  for (const info of found.infos) {
    try {
      await drainNode(invocation, info.name, choice, found.dryRun);
      const printer = await namePrinter('drained', found.dryRun);
      streams.out(printer.print(info.object as KubeObject));
    } catch (error) {
      streams.err(
        `error: unable to drain node ${JSON.stringify(info.name)} due to error: ${aggregate(error)}, continuing command...\n`,
      );
      failures.push(error);
      remaining.push(info.name);
    }
    await invocation.checkpoint();
  }
  if (remaining.length > 0) {
    streams.err(`There are pending nodes to be drained:\n${remaining.map((name) => ` ${name}\n`).join('')}`);
  }
  // Upstream's is a list of lists: it is printed without `error: ` even where there is but one error in it.
  if (failures.length > 0) throw new ErrorList([new ErrorList([]), ...failures]);
}

/** Several errors as one text (aggregate.Error). */
function aggregate(error: unknown): string {
  if (!(error instanceof ErrorList)) return messageOf(error);
  const texts = [...new Set(error.errors.map(messageOf))];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
}

/** deleteOrEvictPodsSimple */
async function drainNode(
  invocation: Invocation,
  node: string,
  choice: Choice,
  dryRun: FoundNodes['dryRun'],
): Promise<void> {
  const { streams } = invocation;
  const client = await invocation.client();
  const { pods, warnings, check } = await podsToEvict(client, node, choice);
  check();
  if (warnings) streams.err(`Warning: ${warnings}\n`);
  if (dryRun === 'client') {
    for (const { metadata } of pods) {
      streams.out(`evicting pod ${metadata.namespace}/${metadata.name} (dry run)\n`);
    }
    return;
  }
  try {
    await new Evictions(invocation, client, choice, dryRun).run(pods);
  } catch (error) {
    const pending = await podsToEvict(client, node, choice);
    if (pending.pods.length > 0) {
      streams.err(
        `There are pending pods in node ${JSON.stringify(node)} when an error occurred: ${aggregate(error)}\n`,
      );
      for (const { metadata } of pending.pods) streams.err(`pod/${metadata.name}\n`);
    }
    throw error;
  }
}
