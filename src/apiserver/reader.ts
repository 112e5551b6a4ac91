/** Reads of other objects while one is being written: straight from the store, as the server's own informers would have them. */
import type { KubeObject } from '../apimachinery/meta';
import type { Store } from '../store/store';
import type { ResourceReader } from './resource';
import { objectKey, objectOf, resourcePrefix } from './stored';

export function resourceReader(store: Store): ResourceReader {
  // The same is asked for again and again: the namespace that is written to.
  let latest = { group: '', resource: '', namespace: '', name: '', key: '' };
  const keyOf = (group: string, resource: string, namespace: string, name: string): string => {
    const isSame =
      latest.name === name && latest.resource === resource && latest.namespace === namespace && latest.group === group;
    if (!isSame || latest.key === '')
      latest = { group, resource, namespace, name, key: objectKey(resourcePrefix(group, resource), namespace, name) };
    return latest.key;
  };
  const get = async (key: string): Promise<KubeObject | undefined> => {
    const entry = await store.get(key);
    return entry && objectOf(entry.value, entry.revision);
  };
  return {
    get: (group, resource, namespace, name) => get(keyOf(group, resource, namespace, name)),
    find(group, resource, namespace, name) {
      const key = keyOf(group, resource, namespace, name);
      const entry = store.atHand?.(key);
      return entry ? objectOf(entry.value, entry.revision) : get(key);
    },
    async list(group, resource, namespace = ''): Promise<KubeObject[]> {
      const prefix = resourcePrefix(group, resource);
      const page = await store.range(namespace === '' ? prefix : `${prefix}${namespace}/`);
      return page.entries.map((entry) => objectOf(entry.value, entry.revision));
    },
  };
}
