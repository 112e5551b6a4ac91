/** `apply --prune`: deletes what was applied before and is not in the files any more (apply/prune.go, util/prune/prune.go). */
import { formatGroupVersion, type KubeList } from '../../apimachinery/meta';
import type { RestMapper } from '../../client/rest-mapper';
import type { ResourceInfo } from '../../schema/schema';
import { formatGvk, Info, noKindMatch, whereOf } from '../builder/info';
import { deleteObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { lastAppliedText } from '../last-applied';
import { type ApplyOptions, printOperation, type Visited } from './run-apply';

/** What is pruned unless --prune-allowlist says otherwise. */
const DEFAULT_ALLOWLIST = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/PersistentVolumeClaim',
  'core/v1/Pod',
  'core/v1/ReplicationController',
  'core/v1/Secret',
  'core/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'core/v1/Namespace',
  'core/v1/PersistentVolume',
];

export interface PruneTypes {
  mappings: ResourceInfo[];
  byDefault: boolean;
}

/** The types of --prune-allowlist, `group/version/kind` each (prune.ParseResources). */
export function readAllowlist(mapper: RestMapper, given: readonly string[]): PruneTypes {
  const mappings = (given.length > 0 ? given : DEFAULT_ALLOWLIST).map((text) => {
    const parts = text.split('/');
    if (parts.length !== 3) {
      throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
    }
    const [group, version, kind] = parts as [string, string, string];
    const gvk = { group: group === 'core' ? '' : group, version, kind };
    const mapping = mapper.kind(gvk.group, gvk.kind, gvk.version);
    if (!mapping) throw new CommandError(noKindMatch(gvk));
    return mapping;
  });
  return { mappings, byDefault: given.length === 0 };
}

export async function pruneAll(
  invocation: Invocation,
  { mappings, byDefault }: PruneTypes,
  visited: Visited,
  options: ApplyOptions,
): Promise<void> {
  if (byDefault) {
    invocation.streams.err(
      'Warning: Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.\n',
    );
  }
  const prune = async (namespace: string, mapping: ResourceInfo) => {
    try {
      await pruneType(invocation, namespace, mapping, visited, options);
    } catch (error) {
      const scope = mapping.namespaced ? 'namespaced' : 'nonNamespaced';
      throw new CommandError(`error pruning ${scope} object ${formatGvk(mapping)}: ${messageOf(error)}`);
    }
  };
  for (const namespace of visited.namespaces) {
    for (const mapping of mappings) if (mapping.namespaced) await prune(namespace, mapping);
  }
  for (const mapping of mappings) if (!mapping.namespaced) await prune('', mapping);
}

async function pruneType(
  invocation: Invocation,
  namespace: string,
  mapping: ResourceInfo,
  visited: Visited,
  options: ApplyOptions,
): Promise<void> {
  const client = await invocation.client();
  const selector = invocation.flags.string('selector');
  const list: KubeList = await client.list(whereOf(mapping), namespace, selector ? { labelSelector: selector } : {});
  for (const item of list.items) {
    if (lastAppliedText(item) === undefined || visited.uids.has(item.metadata.uid ?? '')) continue;
    const object = item.kind ? item : { ...item, ...typeOf(mapping) };
    const info = new Info({ client, mapping, object, namespace, name: object.metadata.name ?? '' });
    if (options.dryRun !== 'client') {
      const { propagation, gracePeriod, dryRun } = options;
      await deleteObject(info, { propagation, gracePeriod, dryRun });
    }
    await printOperation(invocation, info, 'pruned', { ...options, printsObjects: false });
    await invocation.checkpoint();
  }
}

function typeOf(mapping: ResourceInfo): { apiVersion: string; kind: string } {
  return { apiVersion: formatGroupVersion(mapping), kind: mapping.kind };
}
