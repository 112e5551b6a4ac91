/** Completes, validates and runs `node add`. */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeList } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { type Invocation, UsageError } from '../command';
import { notSimulated } from '../simulated-clock';
import { labelsOf, positive, quantity, taintsOf } from './machine-flags';

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
