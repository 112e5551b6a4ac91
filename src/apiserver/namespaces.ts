/** The namespaces of a store, in memory: nearly every write asks for its own. Read once, and again when one of them changes. */
import type { KubeObject } from '../apimachinery/meta';
import type { Store } from '../store/store';
import { KeptCurrent } from './kept-current';
import { objectOf, resourcePrefix } from './stored';

type Namespaces = ReadonlyMap<string, KubeObject>;

const PREFIX = resourcePrefix('', 'namespaces');

const caches = new WeakMap<Store, KeptCurrent<Namespaces>>();

/** As it is now; undefined where there is none of this name. At once where nothing has to be read. */
export function namespaceNamed(store: Store, name: string): KubeObject | undefined | Promise<KubeObject | undefined> {
  let cache = caches.get(store);
  if (!cache) {
    cache = new KeptCurrent(store, PREFIX, namespacesFrom);
    caches.set(store, cache);
  }
  const namespaces = cache.current();
  return namespaces instanceof Promise ? namespaces.then((late) => late.get(name)) : namespaces.get(name);
}

/** Where the namespace of this name lies. */
export function namespaceKey(name: string): string {
  return PREFIX + name;
}

async function namespacesFrom(store: Store): Promise<{ made: Namespaces; revision: number }> {
  const { entries, revision } = await store.range(PREFIX);
  const made = new Map<string, KubeObject>();
  for (const { value, revision: at } of entries) {
    const namespace = objectOf(value, at);
    made.set(namespace.metadata.name ?? '', namespace);
  }
  return { made, revision };
}
