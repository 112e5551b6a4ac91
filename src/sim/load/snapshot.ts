/** A view of load read from the store, for one request: no more than it can need. */
import type { KubeObject } from '../../apimachinery/meta';
import type { ResourceReader } from '../../apiserver/resource';
import type { Instant } from '../clock';
import { parseResourceName } from '../resource-names';
import { prepareUsage, UsageReader } from './usage-reader';
import { CLUSTER_USAGES, LOAD_RESOURCE, type LoadView, OWNERS, USAGES } from './view';

/** Reads what is needed to tell of one namespace, or with '' of all. */
export async function readUsage(reader: ResourceReader, namespace: string, now: Instant): Promise<UsageReader> {
  const lists = new Map<string, readonly KubeObject[]>();
  const read = async (resource: string, where = namespace) => {
    const { group, resource: plural } = parseResourceName(resource);
    lists.set(resource, await reader.list(group, plural, where));
  };
  await Promise.all([read(LOAD_RESOURCE), read('pods'), read(USAGES), read(CLUSTER_USAGES, '')]);
  // Whose pods they are matters only where something was declared for somebody.
  if (lists.get(LOAD_RESOURCE)?.length) await Promise.all(OWNERS.map((resource) => read(resource)));
  // Expressions may look at nodes.
  if (lists.get(USAGES)?.length || lists.get(CLUSTER_USAGES)?.length) await read('nodes', '');
  const view = new Snapshot(lists, namespace);
  await prepareUsage(view);
  return new UsageReader(view, now);
}

class Snapshot implements LoadView {
  private readonly byNamespace = new Map<string, readonly KubeObject[]>();
  private readonly uids = new Map<string, KubeObject>();
  private readonly onNode = new Map<string, KubeObject[]>();

  constructor(
    private readonly lists: ReadonlyMap<string, readonly KubeObject[]>,
    private readonly namespace: string,
  ) {
    for (const list of lists.values()) for (const object of list) this.uids.set(object.metadata.uid ?? '', object);
    for (const pod of lists.get('pods') ?? []) {
      const node: string = pod['spec']?.nodeName ?? '';
      const pods = this.onNode.get(node);
      if (pods) pods.push(pod);
      else this.onNode.set(node, [pod]);
    }
  }

  list(resource: string, namespace = ''): readonly KubeObject[] {
    const all = this.lists.get(resource) ?? [];
    if (namespace === this.namespace || namespace === '') return all;
    const key = `${resource} ${namespace}`;
    let list = this.byNamespace.get(key);
    if (!list) {
      list = all.filter(({ metadata }) => metadata.namespace === namespace);
      this.byNamespace.set(key, list);
    }
    return list;
  }

  get(resource: string, namespace: string, name: string): KubeObject | undefined {
    return this.list(resource, namespace).find(({ metadata }) => metadata.name === name);
  }

  byUid(uid: string): KubeObject | undefined {
    return this.uids.get(uid);
  }

  index(_resource: string, _index: string, value: string): readonly KubeObject[] {
    return this.onNode.get(value) ?? [];
  }
}
