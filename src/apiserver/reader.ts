/** Reads of other objects while one is being written: straight from the store, as the server's own informers would have them. */
import type { KubeObject } from '../apimachinery/meta';
import type { Store } from '../store/store';
import type { ResourceReader } from './resource';
import { objectKey, objectOf, resourcePrefix } from './stored';

export function resourceReader(store: Store): ResourceReader {
  return {
    async get(group, resource, namespace, name): Promise<KubeObject | undefined> {
      const entry = await store.get(objectKey(resourcePrefix(group, resource), namespace, name));
      return entry && objectOf(entry.value, entry.revision);
    },
    async list(group, resource, namespace = ''): Promise<KubeObject[]> {
      const prefix = resourcePrefix(group, resource);
      const page = await store.range(namespace === '' ? prefix : `${prefix}${namespace}/`);
      return page.entries.map((entry) => objectOf(entry.value, entry.revision));
    },
  };
}
