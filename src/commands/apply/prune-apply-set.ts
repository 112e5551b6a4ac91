/** Deletes the members of an ApplySet that are not in the files any more (kubectl pkg/cmd/apply/applyset_pruner.go). */
import { formatGroupVersion, type KubeObject } from '../../apimachinery/meta';
import type { ResourceInfo } from '../../schema/schema';
import { formatGvk, Info, whereOf } from '../builder/info';
import { deleteObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { withDryRun } from '../flag-sets';
import { printerFor } from '../print-objects';
import type { ApplySet } from './apply-set';
import { formatKind } from './apply-set-parent';
import type { ApplyOptions, Visited } from './run-apply';

export async function pruneApplySet(
  invocation: Invocation,
  applySet: ApplySet,
  visited: Visited,
  options: ApplyOptions,
): Promise<void> {
  const members: Info[] = [];
  for (const mapping of applySet.kinds) {
    for (const namespace of mapping.namespaced ? applySet.namespaces : ['']) {
      members.push(...(await membersOf(invocation, applySet, mapping, namespace)));
    }
  }
  const unwanted = members.filter(({ object }) => !visited.uids.has(object?.metadata.uid ?? ''));
  const { propagation, gracePeriod, dryRun } = options;
  const printer = await printerFor(invocation, withDryRun('pruned', dryRun));
  for (const info of unwanted) {
    try {
      if (dryRun !== 'client') await deleteObject(info, { propagation, gracePeriod, dryRun });
    } catch (error) {
      throw new CommandError(`pruning ${describe(info)}: ${messageOf(error)}`);
    }
    invocation.streams.out(printer.print(info.object as KubeObject));
    await invocation.checkpoint();
  }
  // Had pruning failed, the parent would go on to name all that there was, and the next time prune it.
  await applySet.afterPrune(options);
}

async function membersOf(
  invocation: Invocation,
  applySet: ApplySet,
  mapping: ResourceInfo,
  namespace: string,
): Promise<Info[]> {
  const client = await invocation.client();
  try {
    const { items } = await client.list(whereOf(mapping), namespace, { labelSelector: applySet.selector });
    return items.map((item) => {
      const object = { ...item, apiVersion: formatGroupVersion(mapping), kind: mapping.kind };
      return new Info({ client, mapping, object, namespace, name: item.metadata.name ?? '' });
    });
  } catch (error) {
    throw new CommandError(`listing ${formatGvk(mapping)} objects for pruning: ${messageOf(error)}`);
  }
}

/** `Deployment.apps default/web` */
function describe(info: Info): string {
  const { mapping, namespace, name } = info.reachable();
  return `${formatKind(mapping)} ${namespace ? `${namespace}/` : ''}${name}`;
}
