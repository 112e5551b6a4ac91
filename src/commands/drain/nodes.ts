/** What cordon, uncordon and drain share: the nodes that are meant, and whether pods may come (DrainCmdOptions, drain/cordon.go). */

import { parseLabelSelector, SelectorError } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import { createPrinter, type Printer } from '../../printers/printer';
import { findResources } from '../builder/builder';
import { formatGvr, type Info } from '../builder/info';
import { patchObject } from '../builder/writes';
import { type Command, CommandError, type Invocation, UsageError } from '../command';
import { messageOf } from '../errors';
import { type DryRun, dryRunOf, withDryRun } from '../flag-sets';

export interface FoundNodes {
  infos: Info[];
  dryRun: DryRun;
}

/** Throws for arguments that name no nodes, and for nodes that are not there. */
export async function findNodes(
  invocation: Invocation,
  { use }: Pick<Command, 'use'>,
  more: { podSelector?: string; chunkSize?: number } = {},
): Promise<FoundNodes> {
  const { args, flags } = invocation;
  const selector = flags.string('selector');
  if (args.length === 0 && !flags.changed('selector')) throw new UsageError(`USAGE: ${use} [flags]`);
  if (args.length > 0 && selector) {
    throw new UsageError('error: cannot specify both a node name and a --selector option');
  }
  const dryRun = dryRunOf(invocation);
  if (more.podSelector) checkPodSelector(more.podSelector);
  const { namespace } = await invocation.namespace();
  const named = args.map((name) => (name.includes('/') ? name : `nodes/${name}`));
  const result = await findResources(invocation, {
    args: selector ? ['nodes'] : named,
    namespace,
    selector,
    continueOnError: false,
    singleResourceType: true,
    chunkSize: more.chunkSize ?? 500,
    flatten: true,
  });
  const infos: Info[] = [];
  await result.visit((info) => {
    const { mapping } = info.reachable();
    if (mapping.plural !== 'nodes' || mapping.group !== '') {
      throw new CommandError(`error: expected resource of type node, got ${JSON.stringify(formatGvr(mapping))}`);
    }
    infos.push(info);
  });
  return { infos, dryRun };
}

function checkPodSelector(text: string): void {
  try {
    parseLabelSelector(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new CommandError('--pod-selector=<pod_selector> must be a valid label selector');
  }
}

/** These commands have no -o: what was done is always said by name. */
export function namePrinter(operation: string, dryRun: DryRun): Promise<Printer> {
  return createPrinter('', { operation: withDryRun(operation, dryRun) });
}

/** Cordons or uncordons each; what goes wrong is told, and is no failure of the command (RunCordonOrUncordon). */
export async function setUnschedulable(
  invocation: Invocation,
  { infos, dryRun }: FoundNodes,
  desired: boolean,
): Promise<void> {
  const { streams } = invocation;
  const verb = desired ? 'cordon' : 'uncordon';
  for (const info of infos) {
    const node = info.object as KubeObject;
    const before = node.spec?.unschedulable === true;
    if (before !== desired && dryRun !== 'client') {
      try {
        const patch = { spec: { unschedulable: desired ? true : null } };
        await patchObject(info, 'strategic', patch, { dryRun });
      } catch (error) {
        streams.err(`error: unable to ${verb} node ${JSON.stringify(info.name)}: ${messageOf(error)}\n`);
        continue;
      }
    }
    const printer = await namePrinter(before === desired ? `already ${verb}ed` : `${verb}ed`, dryRun);
    streams.out(printer.print(node));
    await invocation.checkpoint();
  }
}
