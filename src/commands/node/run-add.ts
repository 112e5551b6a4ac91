/** Completes, validates and runs `node add`. */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeList } from '../../apimachinery/meta';
import { parseQuantity } from '../../apimachinery/quantity';
import { isReason } from '../../apimachinery/status';
import { CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { notSimulated } from '../simulated-clock';
import { parseTaints } from '../taint/taints';

export async function runAdd(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  if (args.length > 1) throw new UsageError(`Unexpected args: [${args.slice(1).join(' ')}]`);
  const body: JsonObject = {
    ...(args[0] === undefined ? {} : { name: args[0] }),
    count: positive(invocation, 'count'),
    pods: positive(invocation, 'pods'),
    cpu: quantity(invocation, 'cpu'),
    memory: quantity(invocation, 'memory'),
    labels: labelsOf(flags.strings('labels')),
    taints: taintsOf(flags.strings('taints')),
  };
  const client = await invocation.client();
  let added: KubeList;
  try {
    added = await client.request<KubeList>({ method: 'POST', path: '/kubetick/nodes', body });
  } catch (error) {
    if (isReason(error, 'NotFound')) throw notSimulated();
    throw error;
  }
  for (const { metadata } of added.items) streams.out(`node/${metadata.name} added\n`);
}

function positive({ flags }: Invocation, name: string): number {
  const value = flags.int(name);
  if (value < 1) throw new CommandError(`--${name} must be at least 1, not ${value}`);
  return value;
}

function quantity({ flags }: Invocation, name: string): string {
  const text = flags.string(name);
  try {
    if (parseQuantity(text).sign() < 0) throw new Error('must not be negative');
    return text;
  } catch (error) {
    throw new CommandError(`invalid value ${JSON.stringify(text)} of --${name}: ${messageOf(error)}`);
  }
}

function labelsOf(pairs: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(`invalid label ${JSON.stringify(pair)}: it must look like KEY=VALUE`);
    labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return labels;
}

function taintsOf(texts: readonly string[]): JsonObject[] {
  if (texts.length === 0) return [];
  const { add, remove } = parseTaints(texts);
  if (remove.length > 0) throw new CommandError('a node that is added has no taints to remove');
  return add.map((taint) => ({ ...taint }));
}
