/** Completes and runs `what-if`. */
import type { Json } from '../../apimachinery/json';
import { isReason } from '../../apimachinery/status';
import type { ClusterCopy } from '../../cluster/paths';
import { CommandError, ExitSilently, type Invocation, UsageError } from '../command';
import { commandWords } from '../compare/steps';
import { type Ran, ThrowAwayCluster } from '../compare/throw-away-cluster';
import { type Difference, differenceOf } from './difference';
import { placementsOf } from './placements';

/** How much simulated time a copy has to come to rest. */
const LONGEST = '1h';
const RESTLESS = 'timed out waiting for the cluster to settle';

export async function runWhatIf(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const output = flags.string('output');
  if (!['', 'json', 'yaml'].includes(output)) throw new CommandError("--output must be 'yaml' or 'json'");
  const commands = readCommands(invocation.args);
  const passing = flags.changed('for') ? ['tick', flagText(invocation)] : ['tick', '--settle', `--timeout=${LONGEST}`];
  const copy = await copyOf(invocation);
  const [without] = await run(copy, [], passing, invocation);
  const [withThem, ran] = await run(copy, commands, passing, invocation);
  const difference = differenceOf(without, withThem);
  if (output === '') {
    const { differenceText } = await import('./difference-text');
    streams.out(await differenceText(streams, ran, difference));
  } else await print(invocation, output, ran, difference);
  const failed = ran.find(({ exitCode }) => exitCode !== 0);
  if (failed) throw new ExitSilently(failed.exitCode);
}

function flagText({ flags }: Invocation): string {
  return flags.given().find(({ name }) => name === 'for')?.value ?? '';
}

/** Parted by `--`; one that is a single word is a command in quotes. */
function readCommands(args: readonly string[]): string[][] {
  const commands: string[][] = [[]];
  for (const word of args) {
    if (word === '--') commands.push([]);
    else commands.at(-1)?.push(word);
  }
  const read = commands
    .filter((words) => words.length > 0)
    .map((words) => (words.length === 1 ? commandWords(words[0] as string) : words))
    .map((words) => (words[0] === 'kubectl' || words[0] === 'kubetick' ? words.slice(1) : words));
  if (read.length === 0) throw new UsageError('at least one command is needed');
  return read;
}

async function copyOf(invocation: Invocation): Promise<ClusterCopy> {
  const client = await invocation.client();
  try {
    return await client.request<ClusterCopy>({ method: 'GET', path: '/kubetick/copy' });
  } catch (error) {
    if (!isReason(error, 'NotFound') && !isReason(error, 'Forbidden')) throw error;
    throw new CommandError('what-if needs a cluster in a folder: another server gives no copy of itself');
  }
}

/** The commands on a copy of their own, and where all pods are in the end. */
async function run(
  copy: ClusterCopy,
  commands: readonly string[][],
  passing: readonly string[],
  invocation: Invocation,
): Promise<[Awaited<ReturnType<typeof placementsOf>>, Ran[]]> {
  const cluster = await ThrowAwayCluster.of(copy, invocation);
  try {
    const ran: Ran[] = [];
    for (const command of commands) ran.push(await cluster.run(command));
    const passed = await cluster.run([...passing, '-q']);
    // Something that goes on for ever does not keep the pods from having their places.
    if (passed.exitCode !== 0 && !passed.stderr.includes(RESTLESS))
      throw new CommandError(passed.stderr.replace(/^error: /, '').trimEnd());
    return [await placementsOf(cluster.client), ran];
  } finally {
    await cluster.close();
  }
}

async function print(
  { streams }: Invocation,
  output: string,
  ran: readonly Ran[],
  difference: Difference,
): Promise<void> {
  const object = {
    apiVersion: 'kubetick.dev/v1',
    kind: 'WhatIf',
    commands: ran.map(({ command, stdout, stderr, exitCode }) => ({ command: [...command], stdout, stderr, exitCode })),
    ...difference,
  } as unknown as Json;
  if (output === 'json') {
    const { stringifyGo } = await import('../../apimachinery/json-text');
    streams.out(`${stringifyGo(object, { indent: '    ' })}\n`);
  } else {
    const { toYaml } = await import('../../yaml/write');
    streams.out(toYaml(object));
  }
}
